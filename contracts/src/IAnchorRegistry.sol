// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A registry of append-only logs whose growth the chain enforces
/// @notice It keeps one head (size and Merkle root, RFC 9162) for each log and moves it only along a consistency
/// proof, so that a log which rewrites its past can not be anchored. There is no administrator and no proxy.
///
/// A log has an *owner*, a key kept offline, who alone sets operator and keys, hands over ownership in two steps and
/// closes the log; and an *operator*, a key kept on the node, who anchors and can do nothing else. Whatever the owner
/// does has a second form, ending in `Signed`, which takes the owner's EIP-712 signature from whoever pays for it; so
/// has an anchor, in `anchorMany`. Nobody needs coin to own or to operate a log.
///
/// Deadlines are seconds since 1970-01-01 UTC: the last block timestamp at which a signature is accepted.
/// Signatures are r ‖ s ‖ v in 65 bytes, s in the lower half of the curve's order, v 27 or 28. The EIP-712 domain is
/// name "akashi AnchorRegistry", version "1", the chain id of the moment, and the address of the registry.
interface IAnchorRegistry {
    /// @notice An anchor with its operator's signature, for anyone to submit.
    /// @param logId The log to anchor.
    /// @param size Entries in the new head.
    /// @param root RFC 9162 root of the new head.
    /// @param deadline Last block timestamp at which the signature counts.
    /// @param proof RFC 9162 consistency proof from the registry's head of this log to the new one. The operator does
    /// not sign it: who submits may have to make a newer one.
    /// @param signature The operator's, over Anchor(bytes32 logId,uint64 size,bytes32 root,uint64 deadline).
    struct SignedAnchor {
        bytes32 logId;
        uint64 size;
        bytes32 root;
        uint64 deadline;
        bytes32[] proof;
        bytes signature;
    }

    // Events. The history of a log is in its events alone.

    /// @notice A log begins, at size 0.
    event LogOpened(bytes32 indexed logId, address indexed owner, address operator, string origin, bytes keys);

    /// @notice The head of a log moved from `prevSize` to `size` entries.
    event Anchored(bytes32 indexed logId, uint64 indexed size, bytes32 root, uint64 prevSize);

    /// @notice From the entry at index `atSize` on, `keys` sign the log's checkpoints.
    event KeysChanged(bytes32 indexed logId, uint64 atSize, bytes keys);

    /// @notice Another key anchors the log.
    event OperatorChanged(bytes32 indexed logId, address indexed operator, address previous);

    /// @notice The owner offers the log to `newOwner`, who has to accept; the zero address takes an offer back.
    event OwnerOffered(bytes32 indexed logId, address indexed newOwner, address owner);

    /// @notice The log has a new owner.
    event OwnerChanged(bytes32 indexed logId, address indexed owner, address previous);

    /// @notice The log ended with the head (`size`, `root`), for ever.
    event LogClosed(bytes32 indexed logId, uint64 size, bytes32 root);

    /// @notice `anchorMany` left out an anchor.
    /// @param reason Selector of the error that says why: DeadlinePassed, InvalidSignature, UnknownLog, LogIsClosed,
    /// NotOperator, SizeNotAbove, SizeTooLarge or InvalidProof.
    event Skipped(bytes32 indexed logId, uint64 size, bytes4 reason);

    // Errors. Each carries the values that were wrong.

    /// @notice The chain has no SHA-256 precompile: sha256("") gave `answer`.
    error NoSha256(bytes32 answer);
    /// @notice An origin has 1 to 255 bytes of 0x21 to 0x7E without "+".
    error InvalidOrigin(string origin);
    /// @notice Keys have 1 to 8192 bytes, of which the last is a newline. `length` is how many were given.
    error InvalidKeys(uint256 length);
    /// @notice The operator of a log is not the zero address.
    error ZeroOperator(bytes32 logId);
    /// @notice This owner has opened a log of this origin and keys before.
    error AlreadyOpen(bytes32 logId);
    /// @notice No log of this id has been opened.
    error UnknownLog(bytes32 logId);
    /// @notice The log was closed, and nothing about it changes any more.
    error LogIsClosed(bytes32 logId);
    /// @notice `account`, which called or signed, is not the operator.
    error NotOperator(bytes32 logId, address account, address operator);
    /// @notice `account`, which called or signed, is not the owner.
    error NotOwner(bytes32 logId, address account, address owner);
    /// @notice `account`, which called or signed, is not whom the owner offered the log to; or did not sign as the one
    /// that its message names.
    error NotPendingOwner(bytes32 logId, address account, address pendingOwner);
    /// @notice A head only grows: `size` must be above `headSize`.
    error SizeNotAbove(bytes32 logId, uint64 headSize, uint64 size);
    /// @notice Sizes are below 2^56.
    error SizeTooLarge(bytes32 logId, uint64 size);
    /// @notice The proof does not lead from the registry's head of `headSize` entries to (`size`, `root`).
    error InvalidProof(bytes32 logId, uint64 headSize, uint64 size, bytes32 root);
    /// @notice The block's `time` is past the signature's `deadline`.
    error DeadlinePassed(uint64 deadline, uint64 time);
    /// @notice The signature is not 65 bytes long, has v other than 27 and 28, s in the upper half of the curve's
    /// order, or belongs to no key at all.
    error InvalidSignature(bytes signature);
    /// @notice The log's next signed action has the nonce `expected`, not `nonce`.
    error WrongNonce(bytes32 logId, uint64 nonce, uint64 expected);
    /// @notice A proof was made for a head of `size` entries, and the log's head has `headSize`.
    error NotHead(bytes32 logId, uint64 size, uint64 headSize);

    // Opening.

    /// @notice Opens a log owned by the caller.
    /// @param operator Who anchors it.
    /// @param origin The log's name in its checkpoints.
    /// @param keys The log's C2SP verifier keys, each ended by a newline.
    /// @return logId keccak256(abi.encode(owner, keccak256(bytes(origin)), keccak256(keys))): since the owner goes
    /// in, being first to open somebody else's log gains nothing.
    function openLog(address operator, string calldata origin, bytes calldata keys) external returns (bytes32 logId);

    /// @notice Opens a log for `owner`, who signed
    /// OpenLog(address owner,address operator,string origin,bytes keys,uint64 deadline).
    function openLogSigned(
        address owner,
        address operator,
        string calldata origin,
        bytes calldata keys,
        uint64 deadline,
        bytes calldata signature
    ) external returns (bytes32 logId);

    // Anchoring.

    /// @notice Moves the head of a log; for its operator.
    /// @param size Entries in the new head: above the old size and below 2^56.
    /// @param root RFC 9162 root of the new head.
    /// @param proof RFC 9162 consistency proof from the old head to the new; empty when the old size is 0.
    function anchor(bytes32 logId, uint64 size, bytes32 root, bytes32[] calldata proof) external;

    /// @notice Moves the heads of many logs, one after the other, each by its operator's signature.
    /// @dev An anchor that does not hold is reported by Skipped and costs the others nothing; so nobody, by anchoring
    /// first, by closing a log or by changing its operator, can burn what a sponsor pays for the others. What one
    /// item costs has a bound, whatever the log and its proof: an ecrecover, 112 SHA-256 calls and two slots. Who pays
    /// has to send gas for that, and gets back what is not used. It calls no account.
    /// @return reasons For each item 0 if anchored, else the reason also given by Skipped.
    function anchorMany(SignedAnchor[] calldata items) external returns (bytes4[] memory reasons);

    // What the owner does. Each takes the nonce one up, so that a signature made for the state before is void.

    /// @notice Gives the log another operator. Anchors signed by the former one are void at once.
    function setOperator(bytes32 logId, address operator) external;

    /// @notice The same with the owner's signature over
    /// SetOperator(bytes32 logId,address operator,uint64 nonce,uint64 deadline).
    function setOperatorSigned(bytes32 logId, address operator, uint64 nonce, uint64 deadline, bytes calldata signature)
        external;

    /// @notice Announces the keys that sign the log's checkpoints from the present size on.
    function setKeys(bytes32 logId, bytes calldata keys) external;

    /// @notice The same with the owner's signature over
    /// SetKeys(bytes32 logId,bytes keys,uint64 nonce,uint64 deadline).
    function setKeysSigned(bytes32 logId, bytes calldata keys, uint64 nonce, uint64 deadline, bytes calldata signature)
        external;

    /// @notice Offers the log to `newOwner`; an offer to the zero address takes the last one back.
    function transferOwner(bytes32 logId, address newOwner) external;

    /// @notice The same with the owner's signature over
    /// TransferOwner(bytes32 logId,address newOwner,uint64 nonce,uint64 deadline).
    function transferOwnerSigned(
        bytes32 logId,
        address newOwner,
        uint64 nonce,
        uint64 deadline,
        bytes calldata signature
    ) external;

    /// @notice Takes the log over; for whom the owner offered it to. The log keeps its id.
    function acceptOwner(bytes32 logId) external;

    /// @notice The same with the new owner's signature over
    /// AcceptOwner(bytes32 logId,address newOwner,uint64 nonce,uint64 deadline).
    function acceptOwnerSigned(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline, bytes calldata signature)
        external;

    /// @notice Ends the log. Its head stays, and it can be neither anchored nor opened again.
    function closeLog(bytes32 logId) external;

    /// @notice The same with the owner's signature over
    /// CloseLog(bytes32 logId,uint64 nonce,uint64 deadline).
    function closeLogSigned(bytes32 logId, uint64 nonce, uint64 deadline, bytes calldata signature) external;

    // Views. Those of a log that was never opened are all zero.

    /// @notice The head of a log.
    /// @return size Entries anchored.
    /// @return root Their RFC 9162 root; zero, not the root of the empty tree, before the first anchor.
    /// @return time Timestamp of the block of the last anchor; 0 before the first.
    /// @return operator Who anchors; zero when closed.
    /// @return closed Whether this head is the last for ever.
    function head(bytes32 logId)
        external
        view
        returns (uint64 size, bytes32 root, uint64 time, address operator, bool closed);

    /// @notice Who owns the log.
    function ownerOf(bytes32 logId) external view returns (address);

    /// @notice Whom the owner offered the log to; zero for nobody.
    function pendingOwnerOf(bytes32 logId) external view returns (address);

    /// @notice The nonce that the log's next signed action has to carry.
    function nonceOf(bytes32 logId) external view returns (uint64);

    /// @notice The id of a log: keccak256(abi.encode(owner, keccak256(bytes(origin)), keccak256(keys))).
    function logIdOf(address owner, string calldata origin, bytes calldata keys) external pure returns (bytes32);

    /// @notice Whether `entry` is at `index` of the log as its head stands (RFC 9162, section 2.1.3.2).
    /// @dev It takes the entry, not a leaf hash, since any inner node of the tree would pass for one. A proof for an
    /// older head is neither true nor false: it reverts with NotHead.
    /// @param size The size of the log's head, for which the proof was made.
    /// @param entry The bytes of the entry.
    /// @param proof The sibling hashes from the leaf up.
    function verifyInclusion(bytes32 logId, uint64 size, uint64 index, bytes calldata entry, bytes32[] calldata proof)
        external
        view
        returns (bool);

    // What has to be signed (EIP-712).

    /// @notice Fields of the EIP-712 domain, as EIP-5267 has them.
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
        );

    /// @notice The EIP-712 domain separator on this chain.
    function domainSeparator() external view returns (bytes32);

    /// @notice What the operator signs for `anchorMany`.
    function anchorDigest(bytes32 logId, uint64 size, bytes32 root, uint64 deadline) external view returns (bytes32);

    /// @notice What the owner signs for `openLogSigned`.
    function openLogDigest(
        address owner,
        address operator,
        string calldata origin,
        bytes calldata keys,
        uint64 deadline
    ) external view returns (bytes32);

    /// @notice What the owner signs for `setOperatorSigned`.
    function setOperatorDigest(bytes32 logId, address operator, uint64 nonce, uint64 deadline)
        external
        view
        returns (bytes32);

    /// @notice What the owner signs for `setKeysSigned`.
    function setKeysDigest(bytes32 logId, bytes calldata keys, uint64 nonce, uint64 deadline)
        external
        view
        returns (bytes32);

    /// @notice What the owner signs for `transferOwnerSigned`.
    function transferOwnerDigest(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline)
        external
        view
        returns (bytes32);

    /// @notice What the new owner signs for `acceptOwnerSigned`.
    function acceptOwnerDigest(bytes32 logId, address newOwner, uint64 nonce, uint64 deadline)
        external
        view
        returns (bytes32);

    /// @notice What the owner signs for `closeLogSigned`.
    function closeLogDigest(bytes32 logId, uint64 nonce, uint64 deadline) external view returns (bytes32);
}
