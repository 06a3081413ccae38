// Package proof checks and makes the signatures of credentials: W3C Data
// Integrity proofs that are embedded in a JSON document, and JOSE tokens. It
// says of each proof which suite it is, which key it names, what was signed,
// and whether it holds. It asks no network: whose key it is, an injected
// Resolve answers.
//
// # Suites
//
//	suite                 what is signed                             keys
//	eddsa-rdfc-2022       SHA-256(options) ‖ SHA-256(document),      Ed25519
//	                      both as RDFC-1.0 N-Quads
//	eddsa-jcs-2022        the same, both as RFC 8785 JSON            Ed25519
//	ecdsa-rdfc-2019       as eddsa-rdfc-2022; SHA-384 with P-384     P-256, P-384
//	Ed25519Signature2020  as eddsa-rdfc-2022                         Ed25519
//	VC-JWT, JWS           header "." payload (RFC 7515)              RS256, ES256, EdDSA
//
// Sources: W3C Verifiable Credential Data Integrity 1.0, Data Integrity EdDSA
// and ECDSA Cryptosuites 1.0, Securing Verifiable Credentials using JOSE and
// COSE, VC Data Model 1.1 section 6.3.1, Open Badges 2.0 section "Signed Badges".
//
// # What a result means
//
// A Result is Pass only when the signature fits, the key is the one that
// Resolve vouches for, the purpose is the expected one and the instants allow
// it. It is Fail when the bytes contradict themselves or the key, and Unknown
// when something could not be had: a key, a context that is not pinned, a suite
// that is not known here. Its Code names the check that decided.
//
// A key that merely stands behind "issuer#" proves nothing. Resolve must have
// read the issuer's own document and found the method listed for the purpose.
package proof
