// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "../src/IAnchorRegistry.sol";
import {RegistryTest} from "./RegistryTest.sol";
import {Tree} from "./Tree.sol";
import {vm} from "./Vm.sol";

contract SignaturesTest is RegistryTest {
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    function test_fuzz_domainSeparator(uint64 chain) public {
        vm.assume(chain != 0);
        vm.chainId(chain);
        bytes32 want = keccak256(
            abi.encode(DOMAIN_TYPE, keccak256("akashi AnchorRegistry"), keccak256("1"), uint256(chain), registry)
        );
        vm.assertEq(registry.domainSeparator(), want, "domain separator");
        (,,, uint256 id, address verifying,,) = registry.eip712Domain();
        vm.assertEq(id, chain, "chain id");
        vm.assertEq(verifying, address(registry), "address");
    }

    /// @dev The same contract, after its chain split in two: a signature for one half is void on the other.
    function test_fuzz_anchorMany_chainSplit(uint64 here, uint64 there) public {
        vm.assume(here != 0 && there != 0 && here != there);
        bytes32 logId = open();
        vm.chainId(here);
        IAnchorRegistry.SignedAnchor memory it = item(OPERATOR, logId, 5, Tree.root(1, 5), new bytes32[](0));
        vm.chainId(there);
        vm.assertEq(registry.anchorMany(only(it))[0], bytes32(IAnchorRegistry.NotOperator.selector), "there");
        vm.chainId(here);
        vm.assertEq(registry.anchorMany(only(it))[0], bytes32(0), "here");
    }

    function test_fuzz_anchorMany_deadline(uint64 deadline, uint64 time) public {
        time = uint64(bound(time, 1, type(uint40).max));
        vm.warp(time);
        bytes32 logId = open();
        bytes32 root = Tree.root(1, 5);
        bytes memory signature = sign(OPERATOR, registry.anchorDigest(logId, 5, root, deadline));
        bytes4 want = time > deadline ? IAnchorRegistry.DeadlinePassed.selector : bytes4(0);
        IAnchorRegistry.SignedAnchor memory it =
            IAnchorRegistry.SignedAnchor(logId, 5, root, deadline, new bytes32[](0), signature);
        vm.assertEq(registry.anchorMany(only(it))[0], bytes32(want), "reason");
    }

    /// @dev Whatever bytes are given for a signature, they anchor nothing: neither a log with an operator nor one
    /// without.
    function test_fuzz_anchorMany_arbitrarySignature(bytes memory signature, bool opened) public {
        bytes32 logId = opened ? open() : keccak256("nobody opened it");
        IAnchorRegistry.SignedAnchor memory it = item(OPERATOR, logId, 5, Tree.root(1, 5), new bytes32[](0));
        vm.assume(keccak256(signature) != keccak256(it.signature));
        it.signature = signature;
        vm.assertTrue(registry.anchorMany(only(it))[0] != 0, "anchored");
    }

    /// @dev As above, in the shape of a signature.
    function test_fuzz_anchorMany_arbitraryWords(bytes32 r, bytes32 s, uint8 v, bool low, bool opened) public {
        bytes memory signature = low ? abi.encodePacked(r, s >> 1, v % 2 + 27) : abi.encodePacked(r, s, v);
        test_fuzz_anchorMany_arbitrarySignature(signature, opened);
    }

    function test_fuzz_closeLogSigned_malleable(uint256 key) public {
        key = bound(key, 1, ORDER - 1);
        vm.prank(vm.addr(key));
        bytes32 logId = registry.openLog(vm.addr(OPERATOR), ORIGIN, KEYS);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, registry.closeLogDigest(logId, 0, NOW));
        bytes memory other = abi.encodePacked(r, ORDER - uint256(s), 55 - v);
        vm.expectRevert(abi.encodeWithSelector(IAnchorRegistry.InvalidSignature.selector, other));
        registry.closeLogSigned(logId, 0, NOW, other);
        registry.closeLogSigned(logId, 0, NOW, abi.encodePacked(r, s, v));
    }

    function test_fuzz_setOperatorSigned(uint256 key, address operator, uint64 nonce, uint64 deadline) public {
        key = bound(key, 1, ORDER - 1);
        vm.assume(operator != address(0));
        bytes32 logId = open();
        bytes memory signature = sign(key, registry.setOperatorDigest(logId, operator, nonce, deadline));
        bytes memory want;
        if (deadline < NOW) {
            want = abi.encodeWithSelector(IAnchorRegistry.DeadlinePassed.selector, deadline, NOW);
        } else if (nonce != 0) {
            want = abi.encodeWithSelector(IAnchorRegistry.WrongNonce.selector, logId, nonce, uint64(0));
        } else if (key != OWNER) {
            want = abi.encodeWithSelector(IAnchorRegistry.NotOwner.selector, logId, vm.addr(key), vm.addr(OWNER));
        }
        if (want.length > 0) {
            vm.expectRevert(want);
            registry.setOperatorSigned(logId, operator, nonce, deadline, signature);
        }
        signature = sign(OWNER, registry.setOperatorDigest(logId, operator, 0, NOW));
        registry.setOperatorSigned(logId, operator, 0, NOW, signature);
        (,,, address now_,) = registry.head(logId);
        vm.assertEq(now_, operator, "operator");
        vm.expectRevert(abi.encodeWithSelector(IAnchorRegistry.WrongNonce.selector, logId, uint64(0), uint64(1)));
        registry.setOperatorSigned(logId, operator, 0, NOW, signature);
    }

    function test_fuzz_openLogSigned(uint256 key, bytes memory origin, bytes memory keys) public {
        key = bound(key, 1, ORDER - 1);
        keys = bytes.concat(keys, "\n");
        address owner = vm.addr(key);
        address operator = vm.addr(OPERATOR);
        bytes32 logId = keccak256(abi.encode(owner, keccak256(origin), keccak256(keys)));
        vm.assertEq(registry.logIdOf(owner, string(origin), keys), logId, "log id");
        bytes memory signature = sign(key, registry.openLogDigest(owner, operator, string(origin), keys, NOW));
        bool valid = origin.length > 0 && origin.length < 256;
        for (uint256 i = 0; i < origin.length; ++i) {
            valid = valid && origin[i] > 0x20 && origin[i] < 0x7f && origin[i] != "+";
        }
        if (!valid) {
            vm.expectRevert(abi.encodeWithSelector(IAnchorRegistry.InvalidOrigin.selector, string(origin)));
            registry.openLogSigned(owner, operator, string(origin), keys, NOW, signature);
            return;
        }
        registry.openLogSigned(owner, operator, string(origin), keys, NOW, signature);
        vm.assertEq(registry.ownerOf(logId), owner, "owner");
        vm.expectRevert(abi.encodeWithSelector(IAnchorRegistry.AlreadyOpen.selector, logId));
        registry.openLogSigned(owner, operator, string(origin), keys, NOW, signature);
    }

    /// @dev Origins that are valid, which random bytes hardly ever are.
    function test_fuzz_openLogSigned_printable(uint256 key, bytes memory origin) public {
        vm.assume(origin.length > 0);
        for (uint256 i = 0; i < origin.length; ++i) {
            origin[i] = bytes1(uint8(0x21 + uint8(origin[i]) % 94));
        }
        test_fuzz_openLogSigned(key, origin, KEYS);
    }
}
