// Package anchor brings the heads of a log to an Ethereum-compatible chain and
// the proofs of it back.
//
// It owns four things: the pipeline (Anchor), which takes one store's frozen
// heads through a journal to the registry; the Reader, which answers a
// verifier's questions from an RPC; keys (Key, WriteKey, LoadKey) and what
// their owners decide (Opening, Action, Payer); and the Client that all of it
// asks through.
//
// # The way of an anchor
//
// A head is frozen by the store: its last entry is a head entry, and size and
// root do not change any more. From there it is a row of the store's journal,
// in one of five states:
//
//	           freeze                 sign, persist, send
//	(entries) --------> intended ------------------------> sent <---+
//	                       ^                                |  |    | fee raised,
//	                       | event gone                     |  +----+ nonce used by another
//	                       |                     event in a |
//	                    orphaned <------------+  block      |
//	                       ^      event gone  |             v
//	a larger anchor is     |                  +---------- mined ----+
//	final: for good        +--- sent                        |       | event moved to
//	                                             block is   |  <----+ another block
//	                                             final      v
//	                                                      final (with its receipt proof)
//
// Each transition is on disk before anything is done that depends on it. In
// particular every attempt, nonce and signed bytes, is journaled before it is
// sent, so that a crash at any instant neither loses nor doubles an anchor:
//
//   - a crash before the attempt is journaled leaves an intended row, for
//     which another attempt is signed with the account's next nonce, which is
//     still the same;
//   - a crash after it leaves a sent row whose attempt is sent again, the very
//     same bytes, whether or not they had reached the chain;
//   - a crash after sending is no different, since whether the chain took a
//     transaction is never read from the answer to sending it.
//
// # One look
//
// The pipeline looks at the chain every Config.Poll. A look asks for the chain
// id, the registry's code, the latest block and the final one; then, by the
// hashes of these two, for the log's head and the account's nonce in both; and
// for the events of the rows that should have one. reconcile, a function of
// this picture and the journal alone, decides what follows. Three things alone are
// remembered between looks, and a restart loses them without harm: the block in
// which the chain was seen ahead of the store, so that an older picture does not
// lift the fence again; how often a header did not hash as this release hashes
// headers; and how often in a row the chain lacked what was final.
//
// The fence is lifted only by a picture that contradicts nothing which is final
// in the journal, and whose latest block is no older than Config.MaxLag.
//
//   - An event counts when it is the registry's, of this log and size, in the
//     block that is canonical for its number. A receipt is only a hint to it.
//   - It is final when that block is at or below the finalized one, or lies
//     Config.Confirmations below the latest where a chain has no finality, and
//     the log's head in the final block includes it, if the RPC still knows
//     that state. Anchors become final in the order of their sizes.
//   - Every journaled attempt from the account's latest nonce on is sent again
//     in each new block, as far as it would succeed on the chain's head. That
//     heals a reorg which dropped some, and a pool that forgot them.
//   - One attempt at most is signed in a look, for the latest nonce, when
//     nothing journaled can fill it: nothing was signed yet, or the nonce was
//     used by somebody else, or the log's head moved.
//   - The tip is what the RPC suggests, or where it does not know that method
//     what it asks for gas in all less the base fee. While it tells neither,
//     nothing is signed, and all else goes on.
//   - A transaction that is not mined Config.Stuck after it was signed is
//     replaced by one that offers an eighth more, tip and cap, up to
//     FeePolicy.FeeCap. It carries the newest head: anchors are cumulative,
//     and of the two whichever is mined is right. A row that was passed in
//     this way is orphaned for good once the larger one is final.
//   - No decision hangs on the text of an error. After any error the chain is
//     looked at again.
//
// A chain without the block of the last final anchor is first taken for an RPC
// that lags or lies. When it is settled there, by its own final block or since
// its time is past that block's, and shows the same in many looks in a row, the
// pipeline is Stopped with ErrFinalReverted: fewer confirmations were configured
// than the chain needs, or a development chain was made anew. It goes on by
// itself when the block is back.
//
// A picture that contradicts what is final, or itself, is not acted on: the
// RPC lags, lies or follows another fork. Nor is half a picture. Status says in
// a sentence what is waited for. One RPC is believed about the rest: it can
// delay anchors, and make the node pay up to the fee cap for replacements; it
// can make the journal take an anchor for final that is not, which verifiers
// do not take from the journal. It cannot have an anchor doubled, since the
// registry lets sizes only grow.
//
// # When a batch is closed
//
// The interval since the first new entry, the count of new entries, or Request
// close a batch. While an anchor is unmined none is closed, so that a slow
// chain gets larger batches and not more of them; while anchors are mined and
// not final others follow.
//
// # The fence
//
// An old copy of a disk, put back, knows nothing of what was signed since. So
// until the head of the log on the chain, at the latest block, was seen to be
// a prefix of the store, nothing may be signed or anchored; records are taken
// meanwhile. Fence asks once and Status.Fenced tells. ErrStoreBehind and
// ErrStoreForked say that the disk is not the newest copy, and what to do. A
// chain that cannot be asked leaves the fence up.
//
// # Proofs
//
// When an anchor is final its block's header and the path to its receipt in
// the block's receipts trie are rebuilt from the receipts of the whole block,
// held against the header's hash, checked with verify.CheckEvent and stored in
// the journal, as the "event" of evidence (docs/formats/evidence.md): chains
// forget history. A header that does not hash to its block's hash has fields
// that this release does not know, as on some rollups; the event then has a
// proof of type ProofAttested, which tells a verifier to ask an RPC. So it has
// when its receipt is too large for evidence to hold, as another's transaction
// can make it that submits a signed anchor: no smaller proof exists, and a row
// that waited for one would keep those after it from being final.
//
// # Keys
//
// The operator's key is hot: it pays for anchors and can extend the log, and
// nothing else. It is kept as a keystore version 3 file with its passphrase in
// another file, which only its owner may read. The owner's key is cold; what it
// signs (an Opening, an Action) is submitted by anybody who pays, the opening by
// the node itself.
//
// The owner may change the operator while the pipeline runs. Each look reads
// from the latest block whose the log is to anchor, and works with that key if
// it has it (Config.Operator, Config.KeyFor); else it is Stopped with
// ErrNotOperator. Nonces belong to accounts: who signed a journaled attempt is
// read from its bytes, and those of another account fill no nonce of this one,
// are never sent again, and lead to their event by their receipts alone.
//
// The owner may also announce other keys for the log's checkpoints. Each look
// asks for the log's nonce, which every action of its owners takes one up, and
// searches for their events only when it has changed, until as many are found.
// Status.Keys is what is final of it, and is kept in the store before anybody
// signs by it.
package anchor
