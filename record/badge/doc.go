// Package badge says what a badge is, who issued it, and whether it holds:
// Open Badges 2.0, hosted or signed; Open Badges 3.0 achievements and
// endorsements; Comprehensive Learner Records 2.0 with the credentials within;
// and other verifiable credentials as far as signature, dates and status go.
//
// # Input
//
// Check takes JSON, a compact JWS, or a PNG or SVG image with either baked in.
// JSON and the payload of a token pass the gates of package record first, so
// that there is one way to read them. The rules of structure stand in code:
// the published schemas let any context, type and empty criteria pass.
//
// # Findings
//
// A Report lists every check with its Code, a Result and one sentence, in
// English or Japanese. The codes are stable, the sentences are not; Codes says
// what each one asks. The results:
//
//	pass     it holds
//	warn     it holds, with something to know
//	fail     the bytes contradict themselves, or the badge was withdrawn
//	unknown  it could not be checked here and now; the sentence says why
//
// A network failure is never a fail, and an unreachable status list never "not
// revoked". The verdict follows: a fail refutes, an unknown that matters leaves
// the question open (could-not-tell), and else the badge is verified.
//
// # Trust
//
// Nothing is believed because the badge says it.
//
//   - The key of a signature counts when the issuer's own document lists it for
//     assertions (package controller). Of Open Badges 2.0 it is the publicKey of
//     the Profile at the issuer's own address.
//   - A hosted assertion is fetched again from its id, which must lie where that
//     Profile hosts assertions.
//   - A status list counts when it is signed by the badge's issuer and good now.
//     Lists of Open Badges 2.0 and of 1EdTech are not signed: there the issuer's
//     host vouches, which a warning says.
//   - Endorsements are what others say: one that does not hold counts for
//     nothing, and a badge holds without it. The credentials within a learner
//     record are what it is about: one that does not hold fails the record.
//
// Whether an issuer is who one thinks is beyond a signature: the Report has the
// issuer's id, and says whether it is proven.
//
// # Bounds
//
// One check shares one budget of work with all that is within the badge and all
// that it names: statements and steps of JSON-LD, signatures, bytes hashed, read
// and unpacked, status entries, badges within. It counts and does not look at the
// clock, so that a slow machine gives the same answer as a fast one. Contexts that
// were made for another badge before are not made again and take nothing: a badge
// near the bounds of those can be unknown to a program that has just started and
// to no other. What would take more is unknown; Report.Work says what was taken.
//
// # Again
//
// What was fetched is part of the Report, and Report.Transcript keeps the
// bytes: Options.Replay makes the same check of the same badge again from it,
// years later and without a network, with the same findings.
//
// Sources: 1EdTech Open Badges 2.0 and 3.0, Comprehensive Learner Record 2.0,
// Revocation List Status Method; W3C VC Data Model 1.1 and 2.0, Bitstring Status
// List 1.0; Status List 2021.
package badge
