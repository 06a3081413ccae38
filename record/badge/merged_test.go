package badge_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/mr-tron/base58"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/ld"
	"github.com/akashi-project/akashi/record/lognames"
	"github.com/akashi-project/akashi/record/proof"
)

// statements is the canonical form that a signature over statements covers.
func statements(t testing.TB, d doc) []byte {
	t.Helper()
	quads, _, err := ld.Embedded().Statements(d.bytes(t), nil, ld.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := ld.Canonicalize(quads, crypto.SHA256, ld.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return c.NQuads
}

// proveRDFC signs by the suite that signs statements as a signer does that looks
// at nothing (W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.2).
func (s signer) proveRDFC(t testing.TB, d doc, method string) doc {
	t.Helper()
	d = d.clone(t)
	options := doc{"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": "2026-01-01T00:00:00Z",
		"verificationMethod": method, "proofPurpose": "assertionMethod"}
	config, document := sha256.Sum256(statements(t, options.clone(t).set("@context", d["@context"]))), sha256.Sum256(statements(t, d))
	options["proofValue"] = "z" + base58.Encode(ed25519.Sign(s.private, append(config[:], document[:]...)))
	d["proof"] = map[string]any(options)
	return d
}

// TestMoved: statements do not say where in the JSON they stood. So what somebody
// else wrote into a credential, which its issuer signed with it, could be put
// where it counts as the issuer's: to the top, or with the top below it.
func TestMoved(t *testing.T) {
	const id, other = "https://uni.example/credentials/1", "https://mallory.example/1"
	own, mallory := newSigner("registrar"), newSigner("mallory")
	plain := achievement(t).set("id", id).set("issuer.id", own.did()).set("validUntil", nil)
	praise := endorsement(t, id).set("id", other).set("issuer.id", mallory.did()).set("validUntil", nil)
	refused := func(name string, d doc) {
		t.Helper()
		_, err := proof.Signer{Key: own.private, Method: own.didMethod()}.Document(d.bytes(t),
			proof.Options{Suite: proof.EdDSARDFC2022, Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
		if e, ok := errors.AsType[*ld.Error](err); !ok || e.Code != ld.CodeHidden {
			t.Errorf("%s is signed: %v", name, err)
		}
	}
	open := func(name string, d doc) {
		t.Helper()
		r := check(t, d.bytes(t), world{})
		wants(t, name, r, badge.ProofTerms, badge.Unknown)
		if by, _ := r.SignedBy(); by != "" || r.Logs != nil || r.Verdict != badge.CouldNotTell || r.Issuer.Proven {
			t.Errorf("%s: %s, signed by %q, names %v: %v", name, r.Verdict, by, r.Logs, r.Checks)
		}
	}

	// Mallory's endorsement names a log in the object with the credential's id.
	// Under the issuer's signature the same statements name it at the top.
	object := map[string]any{lognames.Member: map[string]any{"@id": lognames.Term, "@type": "@json"}}
	with := func(inner doc) doc {
		return plain.clone(t).set("endorsement", []any{map[string]any(inner)})
	}
	refused("a log named from within", with(praise.clone(t).set("credentialSubject.@context", []any{object}).set("credentialSubject."+lognames.Member, []any{otherLog})))
	byIRI := praise.clone(t)
	byIRI["credentialSubject"].(map[string]any)[lognames.Term] = map[string]any{"type": "@json", "@value": []any{otherLog}}
	refused("a log named from within by its IRI", with(byIRI))
	moved := with(praise).set(lognames.Member, []any{otherLog})
	moved["@context"] = append(moved["@context"].([]any), object)
	refused("a log, and an endorsement of the credential itself", moved)
	open("a log that could have been moved", own.proveRDFC(t, moved, own.didMethod()))

	// What stands within says that it is the same issuer's, and refers back.
	within := achievement(t).set("id", other).set("issuer.id", own.did()).set("validUntil", nil).set("credentialSubject.achievement.name", "Doctor of Medicine")
	top := plain.clone(t).set("evidence", []any{map[string]any(within.clone(t).set("evidence", []any{map[string]any{"id": id, "type": []any{"Evidence"}}}))})
	turned := within.clone(t).set("evidence", []any{map[string]any(plain.clone(t).set("type", []any{"VerifiableCredential", "OpenBadgeCredential", "Evidence"}).set("evidence", []any{other}))})
	for _, d := range []doc{top, turned} {
		delete(d["evidence"].([]any)[0].(map[string]any), "@context")
	}
	if a, b := statements(t, top), statements(t, turned); !bytes.Equal(a, b) {
		t.Fatalf("the two say different things:\n%s\n%s", a, b)
	}
	refused("a credential that something within refers to", top)
	open("the credential", own.proveRDFC(t, top, own.didMethod()))
	open("turned inside out", own.proveRDFC(t, turned, own.didMethod()))

	// Where every byte is signed, nothing moves.
	if r := check(t, own.prove(t, moved, own.didMethod()).bytes(t), world{}); len(r.Logs) != 1 || r.Verdict != badge.Verified {
		t.Errorf("signed as it stands: %s %v", r.Verdict, r.Checks)
	}
}
