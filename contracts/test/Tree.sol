// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev RFC 9162 as its text has it (section 2.1), recursive and slow: what the proof library is compared with. The
/// leaf at index i of tree `brand` is the entry abi.encode(brand, i).
library Tree {
    function entry(uint256 brand, uint256 index) internal pure returns (bytes memory) {
        return abi.encode(brand, index);
    }

    function root(uint256 brand, uint256 size) internal pure returns (bytes32) {
        return size == 0 ? sha256("") : _hash(brand, 0, size);
    }

    /// @dev PATH(index, D[0:size]).
    function inclusion(uint256 brand, uint256 index, uint256 size) internal pure returns (bytes32[] memory path) {
        return _path(brand, index, 0, size);
    }

    /// @dev PROOF(from, D[0:to]).
    function consistency(uint256 brand, uint256 from, uint256 to) internal pure returns (bytes32[] memory) {
        return from == 0 ? new bytes32[](0) : _subproof(brand, from, 0, to, true);
    }

    function _hash(uint256 brand, uint256 begin, uint256 end) private pure returns (bytes32) {
        if (end - begin == 1) return sha256(bytes.concat(hex"00", entry(brand, begin)));
        uint256 k = _split(end - begin);
        return sha256(bytes.concat(hex"01", _hash(brand, begin, begin + k), _hash(brand, begin + k, end)));
    }

    function _path(uint256 brand, uint256 index, uint256 begin, uint256 end) private pure returns (bytes32[] memory) {
        if (end - begin == 1) return new bytes32[](0);
        uint256 k = _split(end - begin);
        return index < k
            ? _push(_path(brand, index, begin, begin + k), _hash(brand, begin + k, end))
            : _push(_path(brand, index - k, begin + k, end), _hash(brand, begin, begin + k));
    }

    function _subproof(uint256 brand, uint256 m, uint256 begin, uint256 end, bool whole)
        private
        pure
        returns (bytes32[] memory)
    {
        uint256 n = end - begin;
        if (m == n) return whole ? new bytes32[](0) : _push(new bytes32[](0), _hash(brand, begin, end));
        uint256 k = _split(n);
        return m <= k
            ? _push(_subproof(brand, m, begin, begin + k, whole), _hash(brand, begin + k, end))
            : _push(_subproof(brand, m - k, begin + k, end, false), _hash(brand, begin, begin + k));
    }

    /// @dev The largest power of two below n.
    function _split(uint256 n) private pure returns (uint256 k) {
        k = 1;
        while (2 * k < n) k *= 2;
    }

    function _push(bytes32[] memory a, bytes32 last) private pure returns (bytes32[] memory b) {
        b = new bytes32[](a.length + 1);
        for (uint256 i = 0; i < a.length; ++i) {
            b[i] = a[i];
        }
        b[a.length] = last;
    }
}
