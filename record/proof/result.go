package proof

import (
	"time"

	"github.com/akashi-project/akashi/record/ld"
)

// An Outcome is what came of a check.
type Outcome string

// The outcomes.
const (
	Pass    Outcome = "pass"
	Fail    Outcome = "fail"    // the bytes contradict themselves, the key or the clock
	Unknown Outcome = "unknown" // it could not be checked here and now
)

// A Suite is how a proof was made: the name of a cryptosuite, of an older proof
// type, or a JOSE algorithm.
type Suite string

// The suites.
const (
	EdDSARDFC2022        Suite = "eddsa-rdfc-2022"
	EdDSAJCS2022         Suite = "eddsa-jcs-2022"
	ECDSARDFC2019        Suite = "ecdsa-rdfc-2019"
	Ed25519Signature2020 Suite = "Ed25519Signature2020"
	RS256                Suite = "RS256"
	ES256                Suite = "ES256"
	EdDSA                Suite = "EdDSA"
)

// A Code names the check that decided a Result. Codes are stable.
type Code string

// The codes. A Pass always has CodeSignature.
const (
	CodeForm      Code = "proof.form"      // not the shape of a proof or token
	CodeSuite     Code = "proof.suite"     // a suite that is not known, or not with this key
	CodePurpose   Code = "proof.purpose"   // made for something else
	CodeCreated   Code = "proof.created"   // no instant, or later than now
	CodeExpired   Code = "proof.expired"   // over
	CodeChain     Code = "proof.chain"     // a previous proof is missing, stands twice, or does not hold
	CodeContext   Code = "proof.context"   // a context is not pinned, or the proof has others than the document
	CodeTerms     Code = "proof.terms"     // something in the document is not covered by the signature
	CodeComplex   Code = "proof.complex"   // refused: too complex
	CodeKey       Code = "proof.key"       // the key could not be had, or is not the issuer's
	CodeSignature Code = "proof.signature" // the signature does, or does not, fit
	CodeHeader    Code = "proof.header"    // a token's header asks for what is not allowed
	CodeClaims    Code = "proof.claims"    // a token's claims contradict its credential
)

// A Result is what came of one proof.
type Result struct {
	Outcome Outcome
	Code    Code   // the check that decided
	Reason  string // one plain sentence, with no content of the document but names of its members

	Suite    Suite     // "" when it could not be read
	ID       string    // "id" of the proof, often empty
	Method   string    // verificationMethod, or "kid" of a token, as written
	Purpose  string    // proofPurpose; for a token AssertionMethod
	Created  time.Time // zero when not stated
	Expires  time.Time // zero when not stated
	Previous []string  // ids of the proofs that this one covers too

	Key      Key      // the key that Resolve gave; zero when none was asked for
	Signed   [32]byte // SHA-256 of the bytes that were signed; zero when they could not be made
	Contexts []ld.Pin // the JSON-LD contexts that gave the terms their meaning, in order of use

	// Document is, for CodeContext, CodeTerms and CodeComplex, the rule and the
	// place in the document. Its text names members; see ld.Error.LogValue.
	Document *ld.Error
}
