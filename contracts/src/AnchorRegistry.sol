// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "./IAnchorRegistry.sol";
import {MerkleProofs} from "./MerkleProofs.sol";

/// @title The registry of logs
/// @dev It has no immutables, so that its runtime code, by whose hash verifiers know it, is the same everywhere.
contract AnchorRegistry is IAnchorRegistry {
    using MerkleProofs for bytes32[];

    /// @dev Slot 0 is operator, size and time, slot 1 the root: an anchor writes these two. Slot 2 is the owner and
    /// the nonce of the owner's signed actions, slot 3 whom the log is offered to.
    struct Log {
        address operator; // zero when the log is not open, or closed
        uint56 size; // entries anchored
        uint40 time; // block timestamp of the last anchor; 0 before the first
        bytes32 root; // of the `size` entries; zero before the first anchor
        address owner; // zero when the log is not open, and never again
        uint64 nonce; // of the next signed action; each action of the owner takes it one up
        address pendingOwner; // zero for nobody
    }

    mapping(bytes32 logId => Log) private _logs;

    uint256 private constant _SIZE_LIMIT = 1 << 56;
    uint256 private constant _MAX_ORIGIN = 255;
    uint256 private constant _MAX_KEYS = 8192;
    /// @dev Half the order of secp256k1. Of s and its negative only the lower is accepted, or one signature had two
    /// spellings.
    uint256 private constant _MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    bytes32 private constant _SHA256_OF_NOTHING = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

    bytes32 private constant _DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant _NAME_HASH = keccak256("akashi AnchorRegistry");
    bytes32 private constant _VERSION_HASH = keccak256("1");
    bytes32 private constant _ANCHOR_TYPE = keccak256("Anchor(bytes32 logId,uint64 size,bytes32 root,uint64 deadline)");
    bytes32 private constant _OPEN_LOG_TYPE =
        keccak256("OpenLog(address owner,address operator,string origin,bytes keys,uint64 deadline)");
    bytes32 private constant _SET_OPERATOR_TYPE =
        keccak256("SetOperator(bytes32 logId,address operator,uint64 nonce,uint64 deadline)");
    bytes32 private constant _SET_KEYS_TYPE =
        keccak256("SetKeys(bytes32 logId,bytes keys,uint64 nonce,uint64 deadline)");
    bytes32 private constant _TRANSFER_OWNER_TYPE =
        keccak256("TransferOwner(bytes32 logId,address newOwner,uint64 nonce,uint64 deadline)");
    bytes32 private constant _ACCEPT_OWNER_TYPE =
        keccak256("AcceptOwner(bytes32 logId,address newOwner,uint64 nonce,uint64 deadline)");
    bytes32 private constant _CLOSE_LOG_TYPE = keccak256("CloseLog(bytes32 logId,uint64 nonce,uint64 deadline)");

    /// @dev A call to a precompile that is not there succeeds and answers nothing, and every proof would then be
    /// checked against leftovers in memory. So a chain has to show its SHA-256 once.
    constructor() {
        bytes32 answer = sha256("");
        if (answer != _SHA256_OF_NOTHING) revert NoSha256(answer);
    }

    // Opening.

    /// @inheritdoc IAnchorRegistry
    function openLog(address operator, string calldata origin, bytes calldata keys) external returns (bytes32 logId) {
        return _open(msg.sender, operator, origin, keys);
    }

    /// @inheritdoc IAnchorRegistry
    function openLogSigned(
        address owner,
        address operator,
        string calldata origin,
        bytes calldata keys,
        uint64 deadline,
        bytes calldata signature
    ) external returns (bytes32 logId) {
        address signer = _signer(openLogDigest(owner, operator, origin, keys, deadline), deadline, signature);
        if (signer != owner) revert NotOwner(logIdOf(owner, origin, keys), signer, owner);
        return _open(owner, operator, origin, keys);
    }

    function _open(address owner, address operator, string calldata origin, bytes calldata keys)
        private
        returns (bytes32 logId)
    {
        logId = logIdOf(owner, origin, keys);
        Log storage log = _logs[logId];
        if (log.owner != address(0)) revert AlreadyOpen(logId);
        if (operator == address(0)) revert ZeroOperator(logId);
        _checkOrigin(origin);
        _checkKeys(keys);
        log.operator = operator;
        log.owner = owner;
        emit LogOpened(logId, owner, operator, origin, keys);
    }

    function _checkOrigin(string calldata origin) private pure {
        bytes calldata b = bytes(origin);
        if (b.length == 0 || b.length > _MAX_ORIGIN) revert InvalidOrigin(origin);
        for (uint256 i = 0; i < b.length; ++i) {
            if (b[i] < 0x21 || b[i] > 0x7e || b[i] == "+") revert InvalidOrigin(origin);
        }
    }

    function _checkKeys(bytes calldata keys) private pure {
        uint256 n = keys.length;
        if (n == 0 || n > _MAX_KEYS || keys[n - 1] != "\n") revert InvalidKeys(n);
    }

    // Anchoring.

    /// @inheritdoc IAnchorRegistry
    function anchor(bytes32 logId, uint64 size, bytes32 root, bytes32[] calldata proof) external {
        bytes4 reason = _anchor(msg.sender, logId, size, root, proof);
        if (reason != 0) _revertAnchor(reason, logId, size, root);
    }

    /// @inheritdoc IAnchorRegistry
    function anchorMany(SignedAnchor[] calldata items) external returns (bytes4[] memory reasons) {
        reasons = new bytes4[](items.length);
        bytes32 domain = domainSeparator();
        for (uint256 i = 0; i < items.length; ++i) {
            SignedAnchor calldata item = items[i];
            bytes4 reason = _anchorSigned(domain, item);
            if (reason != 0) {
                reasons[i] = reason;
                emit Skipped(item.logId, item.size, reason);
            }
        }
    }

    function _anchorSigned(bytes32 domain, SignedAnchor calldata item) private returns (bytes4 reason) {
        if (block.timestamp > item.deadline) return DeadlinePassed.selector;
        bytes32 message = keccak256(abi.encode(_ANCHOR_TYPE, item.logId, item.size, item.root, item.deadline));
        address signer = _recover(_digest(domain, message), item.signature);
        if (signer == address(0)) return InvalidSignature.selector;
        return _anchor(signer, item.logId, item.size, item.root, item.proof);
    }

    /// @dev Moves the head of a log in the name of `account`, or says by the selector of an error why not; so that
    /// anchor can revert where anchorMany goes on.
    function _anchor(address account, bytes32 logId, uint64 size, bytes32 root, bytes32[] calldata proof)
        private
        returns (bytes4 reason)
    {
        Log storage log = _logs[logId];
        (address operator, uint256 headSize) = (log.operator, log.size);
        // An unopened or closed log has no operator, which nobody is, but for an eth_call that names no caller.
        if (operator == address(0)) return log.owner == address(0) ? UnknownLog.selector : LogIsClosed.selector;
        if (account != operator) return NotOperator.selector;
        if (size <= headSize) return SizeNotAbove.selector;
        if (size >= _SIZE_LIMIT) return SizeTooLarge.selector;
        bool consistent = headSize == 0 ? proof.length == 0 : proof.isConsistent(headSize, log.root, size, root);
        if (!consistent) return InvalidProof.selector;

        log.size = uint56(size);
        log.time = uint40(block.timestamp);
        log.root = root;
        emit Anchored(logId, size, root, uint64(headSize));
    }

    /// @dev Reverts with the error that `reason` is the selector of, and its values.
    function _revertAnchor(bytes4 reason, bytes32 logId, uint64 size, bytes32 root) private view {
        Log storage log = _logs[logId];
        if (reason == UnknownLog.selector) revert UnknownLog(logId);
        if (reason == LogIsClosed.selector) revert LogIsClosed(logId);
        if (reason == NotOperator.selector) revert NotOperator(logId, msg.sender, log.operator);
        if (reason == SizeNotAbove.selector) revert SizeNotAbove(logId, log.size, size);
        if (reason == SizeTooLarge.selector) revert SizeTooLarge(logId, size);
        revert InvalidProof(logId, log.size, size, root);
    }

    // What the owner does.

    /// @inheritdoc IAnchorRegistry
    function setOperator(bytes32 logId, address operator) external {
        _setOperator(_owned(logId, msg.sender), logId, operator);
    }

    /// @inheritdoc IAnchorRegistry
    function setOperatorSigned(bytes32 logId, address operator, uint64 nonce, uint64 deadline, bytes calldata signature)
        external
    {
        address signer = _signer(setOperatorDigest(logId, operator, nonce, deadline), deadline, signature);
        _checkNonce(logId, nonce);
        _setOperator(_owned(logId, signer), logId, operator);
    }

    function _setOperator(Log storage log, bytes32 logId, address operator) private {
        if (operator == address(0)) revert ZeroOperator(logId);
        ++log.nonce;
        emit OperatorChanged(logId, operator, log.operator);
        log.operator = operator;
    }

    /// @inheritdoc IAnchorRegistry
    function setKeys(bytes32 logId, bytes calldata keys) external {
        _setKeys(_owned(logId, msg.sender), logId, keys);
    }

    /// @inheritdoc IAnchorRegistry
    function setKeysSigned(bytes32 logId, bytes calldata keys, uint64 nonce, uint64 deadline, bytes calldata signature)
        external
    {
        address signer = _signer(setKeysDigest(logId, keys, nonce, deadline), deadline, signature);
        _checkNonce(logId, nonce);
        _setKeys(_owned(logId, signer), logId, keys);
    }

    function _setKeys(Log storage log, bytes32 logId, bytes calldata keys) private {
        _checkKeys(keys);
        ++log.nonce;
        emit KeysChanged(logId, log.size, keys);
    }

    /// @inheritdoc IAnchorRegistry
    function transferOwner(bytes32 logId, address newOwner) external {
        _transferOwner(_owned(logId, msg.sender), logId, newOwner);
    }

    /// @inheritdoc IAnchorRegistry
    function transferOwnerSigned(
        bytes32 logId,
        address newOwner,
        uint64 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external {
        address signer = _signer(transferOwnerDigest(logId, newOwner, nonce, deadline), deadline, signature);
        _checkNonce(logId, nonce);
        _transferOwner(_owned(logId, signer), logId, newOwner);
    }

    function _transferOwner(Log storage log, bytes32 logId, address newOwner) private {
        ++log.nonce;
        log.pendingOwner = newOwner;
        emit OwnerOffered(logId, newOwner, log.owner);
    }

    /// @inheritdoc IAnchorRegistry
    function acceptOwner(bytes32 logId) external {
        _acceptOwner(logId, msg.sender);
    }

    /// @inheritdoc IAnchorRegistry
    function acceptOwnerSigned(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline, bytes calldata signature)
        external
    {
        address signer = _signer(acceptOwnerDigest(logId, newOwner, nonce, deadline), deadline, signature);
        _checkNonce(logId, nonce);
        if (signer != newOwner) revert NotPendingOwner(logId, signer, newOwner);
        _acceptOwner(logId, signer);
    }

    function _acceptOwner(bytes32 logId, address account) private {
        Log storage log = _live(logId);
        address pending = log.pendingOwner;
        if (pending == address(0) || account != pending) revert NotPendingOwner(logId, account, pending);
        ++log.nonce;
        delete log.pendingOwner;
        emit OwnerChanged(logId, account, log.owner);
        log.owner = account;
    }

    /// @inheritdoc IAnchorRegistry
    function closeLog(bytes32 logId) external {
        _closeLog(_owned(logId, msg.sender), logId);
    }

    /// @inheritdoc IAnchorRegistry
    function closeLogSigned(bytes32 logId, uint64 nonce, uint64 deadline, bytes calldata signature) external {
        address signer = _signer(closeLogDigest(logId, nonce, deadline), deadline, signature);
        _checkNonce(logId, nonce);
        _closeLog(_owned(logId, signer), logId);
    }

    function _closeLog(Log storage log, bytes32 logId) private {
        ++log.nonce;
        delete log.operator;
        delete log.pendingOwner;
        emit LogClosed(logId, log.size, log.root);
    }

    /// @dev The log of that id, if it is open: begun, and not closed.
    function _live(bytes32 logId) private view returns (Log storage log) {
        log = _logs[logId];
        if (log.owner == address(0)) revert UnknownLog(logId);
        if (log.operator == address(0)) revert LogIsClosed(logId);
    }

    /// @dev The log of that id, if it is open and `account` its owner.
    function _owned(bytes32 logId, address account) private view returns (Log storage log) {
        log = _live(logId);
        if (account != log.owner) revert NotOwner(logId, account, log.owner);
    }

    /// @dev Refuses a signature made for another state of the log than this one.
    function _checkNonce(bytes32 logId, uint64 nonce) private view {
        uint64 expected = _logs[logId].nonce;
        if (nonce != expected) revert WrongNonce(logId, nonce, expected);
    }

    // Views.

    /// @inheritdoc IAnchorRegistry
    function head(bytes32 logId)
        external
        view
        returns (uint64 size, bytes32 root, uint64 time, address operator, bool closed)
    {
        Log storage log = _logs[logId];
        operator = log.operator;
        closed = operator == address(0) && log.owner != address(0);
        return (log.size, log.root, log.time, operator, closed);
    }

    /// @inheritdoc IAnchorRegistry
    function ownerOf(bytes32 logId) external view returns (address) {
        return _logs[logId].owner;
    }

    /// @inheritdoc IAnchorRegistry
    function pendingOwnerOf(bytes32 logId) external view returns (address) {
        return _logs[logId].pendingOwner;
    }

    /// @inheritdoc IAnchorRegistry
    function nonceOf(bytes32 logId) external view returns (uint64) {
        return _logs[logId].nonce;
    }

    /// @inheritdoc IAnchorRegistry
    function logIdOf(address owner, string calldata origin, bytes calldata keys) public pure returns (bytes32) {
        return keccak256(abi.encode(owner, keccak256(bytes(origin)), keccak256(keys)));
    }

    /// @inheritdoc IAnchorRegistry
    function verifyInclusion(bytes32 logId, uint64 size, uint64 index, bytes calldata entry, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        Log storage log = _logs[logId];
        if (log.owner == address(0)) revert UnknownLog(logId);
        if (size != log.size) revert NotHead(logId, size, log.size);
        return index < size && proof.isIncluded(index, MerkleProofs.leafHash(entry), size, log.root);
    }

    // Signatures.

    /// @dev Who signed `digest`; reverts past the deadline and when nobody did.
    function _signer(bytes32 digest, uint64 deadline, bytes calldata signature) private view returns (address signer) {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, uint64(block.timestamp));
        signer = _recover(digest, signature);
        if (signer == address(0)) revert InvalidSignature(signature);
    }

    /// @dev Who signed `digest`, or zero for nobody. ecrecover also says zero where it can not tell, and zero is the
    /// operator of a log that nobody opened: whoever calls this has to refuse it.
    function _recover(bytes32 digest, bytes calldata signature) private pure returns (address) {
        if (signature.length != 65) return address(0);
        bytes32 r = bytes32(signature[0:32]);
        bytes32 s = bytes32(signature[32:64]);
        uint8 v = uint8(signature[64]);
        if (uint256(s) > _MAX_S || (v != 27 && v != 28)) return address(0);
        return ecrecover(digest, v, r, s);
    }

    function _digest(bytes32 domain, bytes32 message) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    /// @inheritdoc IAnchorRegistry
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        // 0x0f: name, version, chainId and verifyingContract are there, salt and extensions are not.
        return (0x0f, "akashi AnchorRegistry", "1", block.chainid, address(this), 0, new uint256[](0));
    }

    /// @inheritdoc IAnchorRegistry
    /// @dev Made anew each time: after a chain splits in two, a signature for one half is void on the other.
    function domainSeparator() public view returns (bytes32) {
        return keccak256(abi.encode(_DOMAIN_TYPE, _NAME_HASH, _VERSION_HASH, block.chainid, address(this)));
    }

    /// @inheritdoc IAnchorRegistry
    function anchorDigest(bytes32 logId, uint64 size, bytes32 root, uint64 deadline) external view returns (bytes32) {
        return _digest(domainSeparator(), keccak256(abi.encode(_ANCHOR_TYPE, logId, size, root, deadline)));
    }

    /// @inheritdoc IAnchorRegistry
    function openLogDigest(
        address owner,
        address operator,
        string calldata origin,
        bytes calldata keys,
        uint64 deadline
    ) public view returns (bytes32) {
        bytes32 message = keccak256(
            abi.encode(_OPEN_LOG_TYPE, owner, operator, keccak256(bytes(origin)), keccak256(keys), deadline)
        );
        return _digest(domainSeparator(), message);
    }

    /// @inheritdoc IAnchorRegistry
    function setOperatorDigest(bytes32 logId, address operator, uint64 nonce, uint64 deadline)
        public
        view
        returns (bytes32)
    {
        return _digest(domainSeparator(), keccak256(abi.encode(_SET_OPERATOR_TYPE, logId, operator, nonce, deadline)));
    }

    /// @inheritdoc IAnchorRegistry
    function setKeysDigest(bytes32 logId, bytes calldata keys, uint64 nonce, uint64 deadline)
        public
        view
        returns (bytes32)
    {
        bytes32 message = keccak256(abi.encode(_SET_KEYS_TYPE, logId, keccak256(keys), nonce, deadline));
        return _digest(domainSeparator(), message);
    }

    /// @inheritdoc IAnchorRegistry
    function transferOwnerDigest(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline)
        public
        view
        returns (bytes32)
    {
        return _digest(domainSeparator(), keccak256(abi.encode(_TRANSFER_OWNER_TYPE, logId, newOwner, nonce, deadline)));
    }

    /// @inheritdoc IAnchorRegistry
    function acceptOwnerDigest(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline)
        public
        view
        returns (bytes32)
    {
        return _digest(domainSeparator(), keccak256(abi.encode(_ACCEPT_OWNER_TYPE, logId, newOwner, nonce, deadline)));
    }

    /// @inheritdoc IAnchorRegistry
    function closeLogDigest(bytes32 logId, uint64 nonce, uint64 deadline) public view returns (bytes32) {
        return _digest(domainSeparator(), keccak256(abi.encode(_CLOSE_LOG_TYPE, logId, nonce, deadline)));
    }
}
