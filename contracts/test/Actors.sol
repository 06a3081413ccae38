// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "../src/IAnchorRegistry.sol";
import {Tree} from "./Tree.sol";
import {vm} from "./Vm.sol";

/// @dev Deploys the committed bytecode, and knows how to sign.
abstract contract Actors {
    string internal constant ORIGIN = "log.uni.example";
    bytes internal constant KEYS = "log.uni.example+3e9ee5fe+AXpUWqf0j5XYaxAa5m0VEq6VmkmQuKPOjIOaeXXj7jeX\n";
    uint256 internal constant OWNER = 0xA11CE;
    uint256 internal constant OPERATOR = 0x0B0B;
    uint256 internal constant STRANGER = 0x5A5A;
    uint256 internal constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint64 internal constant NOW = 1_800_000_000;

    IAnchorRegistry internal registry;

    function deploy() internal returns (IAnchorRegistry) {
        bytes memory code = vm.parseBytes(vm.trim(vm.readFile("artifacts/AnchorRegistry.bin")));
        address deployed;
        assembly ("memory-safe") {
            deployed := create(0, add(code, 0x20), mload(code))
        }
        require(deployed != address(0), "the registry is not deployed");
        return IAnchorRegistry(deployed);
    }

    function sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev A log of OWNER and OPERATOR.
    function open() internal returns (bytes32 logId) {
        vm.prank(vm.addr(OWNER));
        return registry.openLog(vm.addr(OPERATOR), ORIGIN, KEYS);
    }

    function anchorTo(bytes32 logId, uint256 brand, uint256 from, uint256 to) internal {
        // Before the prank, which is for the next call, be it one of SHA-256.
        bytes32 root = Tree.root(brand, to);
        bytes32[] memory proof = Tree.consistency(brand, from, to);
        vm.prank(vm.addr(OPERATOR));
        registry.anchor(logId, uint64(to), root, proof);
    }

    function item(uint256 key, bytes32 logId, uint64 size, bytes32 root, bytes32[] memory proof)
        internal
        view
        returns (IAnchorRegistry.SignedAnchor memory)
    {
        uint64 deadline = uint64(block.timestamp + 1 days);
        bytes memory signature = sign(key, registry.anchorDigest(logId, size, root, deadline));
        return IAnchorRegistry.SignedAnchor(logId, size, root, deadline, proof, signature);
    }

    function only(IAnchorRegistry.SignedAnchor memory it)
        internal
        pure
        returns (IAnchorRegistry.SignedAnchor[] memory items)
    {
        items = new IAnchorRegistry.SignedAnchor[](1);
        items[0] = it;
    }

    /// @dev n brought into lo to hi, both included.
    function bound(uint256 n, uint256 lo, uint256 hi) internal pure returns (uint256) {
        return lo + n % (hi - lo + 1);
    }

    function flip(bytes32 word, uint256 bit) internal pure returns (bytes32) {
        return word ^ bytes32(1 << (bit % 256));
    }
}
