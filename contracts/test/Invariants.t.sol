// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Handler} from "./Handler.sol";
import {RegistryTest} from "./RegistryTest.sol";
import {vm} from "./Vm.sol";

contract InvariantsTest is RegistryTest {
    Handler private _handler;
    uint64[3] private _sizes; // of the logs, when last looked at
    uint64[3] private _nonces;
    bytes32[3] private _closed; // hash of the head of a closed log

    function setUp() public override {
        super.setUp();
        _handler = new Handler(registry);
    }

    /// @dev By this name forge asks what to call.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev The registry is what the model says, its root that of the log's own entries, and whatever was tried was
    /// done if it had to be done, and refused if it had to be refused.
    function invariant_registryIsTheModel() public view {
        vm.assertTrue(bytes(_handler.broken()).length == 0, _handler.broken());
        vm.assertEq(address(registry).balance, 0, "nobody can get coin back from the registry");
        for (uint256 log = 0; log < _handler.LOGS(); ++log) {
            Handler.Model memory m = _handler.model(log);
            bytes32 logId = _handler.idOf(log);
            (uint64 size, bytes32 root, uint64 time, address operator, bool closed) = registry.head(logId);
            vm.assertEq(size, m.size, "size");
            vm.assertEq(root, _handler.rootOf(log), "root");
            vm.assertEq(time, m.time, "time");
            vm.assertEq(operator, m.closed ? address(0) : vm.addr(m.operator), "operator");
            vm.assertTrue(closed == m.closed, "closed");
            vm.assertEq(registry.ownerOf(logId), vm.addr(m.owner), "owner");
            vm.assertEq(registry.pendingOwnerOf(logId), m.pending == 0 ? address(0) : vm.addr(m.pending), "pending");
            vm.assertEq(registry.nonceOf(logId), m.nonce, "nonce");
        }
    }

    /// @dev Sizes and nonces only grow, and a closed log never changes.
    function invariant_onlyGrows() public {
        for (uint256 log = 0; log < 3; ++log) {
            bytes32 logId = _handler.idOf(log);
            (uint64 size, bytes32 root, uint64 time, address operator, bool closed) = registry.head(logId);
            vm.assertTrue(size >= _sizes[log], "a log shrank");
            vm.assertTrue(registry.nonceOf(logId) >= _nonces[log], "a nonce went back");
            (_sizes[log], _nonces[log]) = (size, registry.nonceOf(logId));
            bytes32 now_ = keccak256(abi.encode(size, root, time, operator, closed, registry.nonceOf(logId)));
            if (_closed[log] != 0) vm.assertEq(now_, _closed[log], "a closed log changed");
            if (closed) _closed[log] = now_;
        }
    }
}
