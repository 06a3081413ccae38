// Package verify judges a record by its evidence: is it genuine, since when
// does it exist at the latest, and does its issuer still stand by it?
//
// # The idea
//
// A university keeps its records in an append-only log and anchors the head of
// that log on a chain. Evidence is what goes with a record: the entry's place
// in the log, and two events of the chain, one that dates the record and one
// that carries its status. A Verifier checks all of it from bytes. What bytes
// cannot say (is this block part of the chain, whose log is this) it takes
// from a Policy and, when it has one, from a Chain client; never from the
// evidence itself.
//
//	record ─ digest ─ commitment ─ entry ─┐
//	                                      ├─ tree ─ Anchored event ─ receipt ─ block   existence
//	state ─ chunk ─ head ─ last entry ────┴─ tree ─ Anchored event ─ receipt ─ block   status
//
// # Evidence
//
// The file is compact JSON with these members in this order, at most 1 MiB.
// It has one spelling: ParseEvidence refuses every other one, so that nothing
// is said in two ways. Not every byte is judged: a signature on the checkpoint
// by a key that is not the log's, the qa, and what a proof of an unknown type
// holds beside its type may be others without a step changing.
// docs/formats/evidence.md has the rules.
//
//	{"v":1,
//	 "record":{"type":"badge","digest":HEX,"salt":HEX} or {"type":"course-qa","cid":CID},
//	 "log":{"owner":0xADDRESS,"origin":NAME,"keys":[VKEY,…]},
//	 "index":N,
//	 "existence":{"event":EVENT,"inclusion":[HEX,…]},
//	 "status":{"event":EVENT,"head":HEX,"headInclusion":[HEX,…],"chunk":HEX,"chunkProof":[HEX,…]},
//	 "checkpoint":NOTE,      optional
//	 "binding":BINDING,      optional
//	 "qa":JSON}              optional; RFC 8785, carried and not judged
//
//	EVENT = {"chainId":N,"registry":0xADDRESS,"block":{"number":N,"hash":0xHASH,"time":N},
//	         "proof":{"type":"eth-receipt-mpt/1","header":0xRLP,"nodes":[0xRLP,…],"txIndex":N,"logIndex":N}}
//
// Sizes and roots are nowhere in it: an RFC 9162 inclusion proof binds neither
// the size of its tree nor the index of its leaf, so they are read from the
// proven event. A proof of another type is RFC 8785 JSON with a member "type";
// it is believed when the Chain client has the event, and unknown otherwise.
//
// Evidence holds the digest and the salt of a sealed record. It does not print
// them, and no error and no Report of this package repeats them.
//
// # Trust
//
// Anyone can log a revoked badge again, in a log and on a registry of their
// own, and make perfect evidence of it. Therefore
//
//   - a registry counts when the Policy lists its chain, address and code;
//   - a block counts when the Policy names its hash, or the Chain client has
//     it at or below its highest final block;
//   - a log counts as the issuer's when the Policy lists it for that issuer, or
//     when a LogBinding says so, signed with the issuer's key: that of its
//     did:key, or one that the Policy lists for it; or when the badge itself
//     names the log, and the BadgeJudge finds it signed with a key that is
//     proven to be the issuer's. A document names no issuer: there the Policy,
//     or a key that it lists, must say whose log it is.
//
// # Verdicts
//
// Every step of a Report passes, warns, fails or stays unknown; Codes lists
// them all. Verified means that every required step passed. Refuted means that
// bytes contradict each other, that the issuer revoked the record, or that it
// is suspended as of the newest status. Everything else is could-not-tell: a chain client that is silent,
// slow, lagging, on another chain or of another opinion never refutes.
//
// A status that nobody could ask the chain about, or that is known not to be
// the newest, counts for as long as the Policy's MaxStatusAge (seven days
// unless it says otherwise), with a warning that gives its age. So whoever
// presents a record can hold back a revocation for that long: a verifier who
// minds sets a shorter age, or asks the node for fresh evidence.
//
// What a single verifier cannot see is whether an operator wrote a false head;
// whoever replays the log can.
//
// # Example
//
// The package example judges testdata/golden/v1/evidence/verified offline, and
// then with one bit of the badge changed.
package verify
