// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "../src/IAnchorRegistry.sol";
import {RegistryTest} from "./RegistryTest.sol";
import {Tree} from "./Tree.sol";
import {vm} from "./Vm.sol";

/// @dev After each success one bit is flipped, and must fail.
contract ProofsTest is RegistryTest {
    function test_anchor_everySizeToTen() public {
        for (uint256 to = 2; to <= 10; ++to) {
            for (uint256 from = 1; from < to; ++from) {
                registry = deploy();
                bytes32 logId = open();
                anchorTo(logId, 1, 0, from);
                anchorTo(logId, 1, from, to);
            }
        }
    }

    function test_fuzz_anchor(uint256 from, uint256 to, uint256 where, uint256 bit) public {
        to = bound(to, 2, 80);
        from = bound(from, 1, to - 1);
        bytes32 logId = open();
        anchorTo(logId, 1, 0, from);

        bytes32[] memory proof = Tree.consistency(1, from, to);
        bytes32 root = Tree.root(1, to);
        where %= proof.length + 1;
        if (where == proof.length) {
            refuse(logId, from, to, flip(root, bit), proof);
        } else {
            bytes32 right = proof[where];
            proof[where] = flip(right, bit);
            refuse(logId, from, to, root, proof);
            proof[where] = right;
        }
        vm.prank(vm.addr(OPERATOR));
        registry.anchor(logId, uint64(to), root, proof);
    }

    function test_fuzz_anchor_forgedHistory(uint256 from, uint256 to, uint256 claimed) public {
        to = bound(to, 2, 80);
        from = bound(from, 1, to - 1);
        claimed = bound(claimed, 1, to - 1);
        bytes32 logId = open();
        anchorTo(logId, 1, 0, from);
        refuse(logId, from, to, Tree.root(2, to), Tree.consistency(2, claimed, to));
    }

    function test_fuzz_anchor_arbitraryProof(uint256 from, uint64 to, bytes32 root, bytes32[] memory proof) public {
        from = bound(from, 1, 80);
        to = uint64(bound(to, from + 1, (1 << 56) - 1));
        bytes32 logId = open();
        anchorTo(logId, 1, 0, from);
        refuse(logId, from, to, root, proof);
    }

    function test_fuzz_verifyInclusion(uint256 index, uint256 size, uint256 where, uint256 bit) public {
        size = bound(size, 1, 80);
        index = bound(index, 0, size - 1);
        bytes32 logId = open();
        anchorTo(logId, 1, 0, size);
        bytes32[] memory proof = Tree.inclusion(1, index, size);
        bytes memory entry = Tree.entry(1, index);
        vm.assertTrue(included(logId, size, index, entry, proof), "a genuine proof");
        vm.assertTrue(!included(logId, size, index ^ (1 << (bit % 64)), entry, proof), "another index");
        vm.assertTrue(!included(logId, size, index, Tree.entry(2, index), proof), "another entry");
        where %= proof.length + 1;
        if (where == proof.length) {
            entry[bit % entry.length] ^= 0x01;
        } else {
            proof[where] = flip(proof[where], bit);
        }
        vm.assertTrue(!included(logId, size, index, entry, proof), "a flipped bit");
    }

    /// @dev The two children of an inner node, passed off as the entry of a leaf one level up.
    function test_fuzz_verifyInclusion_innerNode(uint256 index, uint256 levels) public {
        levels = bound(levels, 1, 6);
        uint256 size = 1 << levels;
        index = bound(index, 0, size / 2 - 1) * 2;
        bytes32 logId = open();
        anchorTo(logId, 1, 0, size);
        bytes32[] memory proof = Tree.inclusion(1, index, size);
        bytes32 leaf = sha256(bytes.concat(hex"00", Tree.entry(1, index)));
        bytes32[] memory shorter = new bytes32[](proof.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) {
            shorter[i] = proof[i + 1];
        }
        vm.assertTrue(!included(logId, size, index / 2, bytes.concat(leaf, proof[0]), shorter), "an inner node");
        vm.assertTrue(!included(logId, size, index / 2, bytes.concat(hex"01", leaf, proof[0]), shorter), "with prefix");
    }

    function refuse(bytes32 logId, uint256 from, uint256 to, bytes32 root, bytes32[] memory proof) private {
        vm.prank(vm.addr(OPERATOR));
        vm.expectRevert(
            abi.encodeWithSelector(IAnchorRegistry.InvalidProof.selector, logId, uint64(from), uint64(to), root)
        );
        registry.anchor(logId, uint64(to), root, proof);
    }

    function included(bytes32 logId, uint256 size, uint256 index, bytes memory entry, bytes32[] memory proof)
        private
        view
        returns (bool)
    {
        return registry.verifyInclusion(logId, uint64(size), uint64(index), entry, proof);
    }
}
