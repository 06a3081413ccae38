// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title RFC 9162 proofs, checked with the SHA-256 precompile
/// @dev The one place with assembly: an anchor spends most of its gas on these hashes. Node hash is
/// SHA-256(0x01 ‖ left ‖ right), leaf hash SHA-256(0x00 ‖ entry).
///
/// Both walks go up from a leaf. `fn` and `sn` are, level by level, the positions of the walked node and of the last
/// node. While they differ each level has a sibling. Once they are equal the walked node is the last of its level, and
/// only levels where it is a right child have one; the others are jumped over at once. How many hashes that takes is
/// given by the sizes alone. A proof of another length leads to the walk reading calldata that is not the proof's, or
/// to a rest unread, and is refused at the end; the work is bounded by the sizes either way.
///
/// A call to the precompile fails when gas runs out, and leaves the old value where the hash should be. Each call is
/// checked, so that no gas limit can leave out a hash.
library MerkleProofs {
    /// @notice Whether a tree of `oldSize` leaves and `oldRoot` is a prefix of that of `size` leaves and `root`
    /// (RFC 9162, section 2.1.4.2).
    /// @dev The caller sees to 0 < oldSize < size.
    function isConsistent(bytes32[] calldata proof, uint256 oldSize, bytes32 oldRoot, uint256 size, bytes32 root)
        internal
        view
        returns (bool ok)
    {
        assembly ("memory-safe") {
            // Two inputs of the precompile: at a for the new root, at b for the old one. In b the walked node is
            // always the right one, so its hash is written where the next step needs it.
            let a := mload(0x40)
            let b := add(a, 0x60)
            mstore8(a, 1)
            mstore8(b, 1)

            let at := proof.offset
            // The walk begins at the largest perfect subtree that ends where the old tree ends. It is the old tree
            // itself when oldSize is a power of two, else the first hash of the proof.
            let low := and(oldSize, sub(0, oldSize))
            let fn := sub(div(oldSize, low), 1)
            let sn := div(sub(size, 1), low)
            let sr := oldRoot
            if fn {
                sr := calldataload(at)
                at := add(at, 0x20)
            }
            mstore(add(b, 0x21), sr)

            for {} xor(fn, sn) {} {
                switch and(fn, 1)
                case 0 {
                    mstore(add(a, 0x01), sr)
                    mstore(add(a, 0x21), calldataload(at))
                }
                default {
                    mstore(add(b, 0x01), calldataload(at))
                    if iszero(staticcall(gas(), 2, b, 0x41, add(b, 0x21), 0x20)) { revert(0, 0) }
                    mstore(add(a, 0x01), calldataload(at))
                    mstore(add(a, 0x21), sr)
                }
                if iszero(staticcall(gas(), 2, a, 0x41, 0x00, 0x20)) { revert(0, 0) }
                sr := mload(0x00)
                at := add(at, 0x20)
                fn := shr(1, fn)
                sn := shr(1, sn)
            }
            // From here on the walked node is on the right in both trees.
            mstore(add(a, 0x21), sr)
            for {} fn {} {
                mstore(add(a, 0x01), calldataload(at))
                mstore(add(b, 0x01), calldataload(at))
                if iszero(staticcall(gas(), 2, b, 0x41, add(b, 0x21), 0x20)) { revert(0, 0) }
                if iszero(staticcall(gas(), 2, a, 0x41, add(a, 0x21), 0x20)) { revert(0, 0) }
                at := add(at, 0x20)
                fn := shr(1, div(fn, and(fn, sub(0, fn))))
            }

            ok := and(eq(mload(add(b, 0x21)), oldRoot), eq(mload(add(a, 0x21)), root))
            ok := and(ok, eq(at, add(proof.offset, shl(5, proof.length))))
        }
    }

    /// @notice Whether `leaf` is the hash of the leaf at `index` of the tree of `size` leaves and `root`
    /// (RFC 9162, section 2.1.3.2).
    /// @dev The caller sees to index < size, and to `leaf` being made by leafHash.
    function isIncluded(bytes32[] calldata proof, uint256 index, bytes32 leaf, uint256 size, bytes32 root)
        internal
        view
        returns (bool ok)
    {
        assembly ("memory-safe") {
            let a := mload(0x40)
            mstore8(a, 1)
            let at := proof.offset
            let fn := index
            let sn := sub(size, 1)

            for {} xor(fn, sn) {} {
                // The walked node goes left or right, the sibling to the other side.
                let right := shl(5, and(fn, 1))
                mstore(add(add(a, 0x01), right), leaf)
                mstore(sub(add(a, 0x21), right), calldataload(at))
                if iszero(staticcall(gas(), 2, a, 0x41, 0x00, 0x20)) { revert(0, 0) }
                leaf := mload(0x00)
                at := add(at, 0x20)
                fn := shr(1, fn)
                sn := shr(1, sn)
            }
            mstore(add(a, 0x21), leaf)
            for {} fn {} {
                mstore(add(a, 0x01), calldataload(at))
                if iszero(staticcall(gas(), 2, a, 0x41, add(a, 0x21), 0x20)) { revert(0, 0) }
                at := add(at, 0x20)
                fn := shr(1, div(fn, and(fn, sub(0, fn))))
            }

            ok := eq(mload(add(a, 0x21)), root)
            ok := and(ok, eq(at, add(proof.offset, shl(5, proof.length))))
        }
    }

    /// @notice The hash of a leaf, SHA-256(0x00 ‖ entry) (RFC 9162, section 2.1.1).
    function leafHash(bytes calldata entry) internal pure returns (bytes32) {
        return sha256(bytes.concat(hex"00", entry));
    }
}
