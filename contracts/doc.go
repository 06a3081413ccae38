// Package contracts holds the registry contract, which keeps one head for
// each log and lets it move only along a consistency proof, and what Go needs
// to talk to it: bindings generated from the compiled contract, the code to
// deploy, the hash by which verifiers know it, and the digests of the EIP-712
// messages that it accepts.
//
// # Who may do what
//
// The registry has no administrator, no proxy and no switch; what it does on
// the day of its deployment it does for ever. Four parties meet in it.
//
//   - The owner of a log is a key kept offline. It opens the log, sets the
//     operator and the keys, offers the log to another owner, who has to
//     accept, and closes it. It can not anchor; but it may appoint itself
//     operator, so whoever holds this key holds the log.
//   - The operator is a key kept on the node. It anchors, and nothing else.
//     Who steals it can extend the log, and can neither rewrite nor shrink it,
//     nor keep the owner from naming another operator.
//   - A sponsor is anyone with coin. It submits what owners and operators
//     signed and pays for it. It can delay or leave out, and change nothing.
//     In AnchorMany nobody else can make it lose more than the gas of the one
//     item that does not hold.
//   - Everybody reads.
//
// The id of a log is keccak256(abi.encode(owner, keccak256(bytes(origin)),
// keccak256(keys))) with the first owner and the keys of the opening. It stays
// when owner, operator or keys change. A closed log can be neither anchored
// nor changed nor opened again.
//
// # Storage
//
// A log takes four slots, at keccak256(abi.encode(logId, 0)) and after:
//
//	slot 0  operator (20 bytes), size (7), time (5), from the low end
//	slot 1  root
//	slot 2  owner (20 bytes), nonce (8), from the low end
//	slot 3  pending owner (20 bytes)
//
// An anchor writes slots 0 and 1. The history of a log is in its events alone:
// a mapping of old heads would cost as much again as the rest of an anchor.
//
// # Signed messages
//
// Each action of the owner, the opening and the anchor can be signed (EIP-712)
// and submitted by anybody; see Anchor, OpenLog, SetOperator, SetKeys,
// TransferOwner, AcceptOwner and CloseLog. A signature is r ‖ s ‖ v, 65 bytes,
// with s in the lower half of the curve's order and v 27 or 28, as Sign makes
// it. A deadline is the last block timestamp, in seconds since 1970, at which
// it is accepted; the contract sets no limit to it, nodes sign anchors for at
// most MaxAnchorDeadline. Actions of the owner carry the log's nonce, which
// each of them takes one up, also those sent by the owner itself: what was
// signed for an earlier state is void. An opening needs none, since a log
// opens once; an anchor needs none, since a log only grows.
//
// # Gas
//
// Under Osaka rules an anchor of a hundred new entries on a log of a million
// costs 50,000 on average; signed by its operator and sent together with 19
// others, 38,000. gas.json has the figures of this very code, and a test
// measures them again. A sponsor has to send more than it will pay for; see
// AnchorManyGas.
//
// # Building
//
// make contracts compiles src with the compiler that package-lock.json pins
// and writes artifacts and registry.go; make contracts-check fails when what
// is committed is something else.
package contracts
