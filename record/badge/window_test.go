package badge_test

import (
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/badge"
)

// TestContextBehind puts the context of the newer data model behind those that a
// signature by RFC 8785 names: the signature still fits (Data Integrity EdDSA
// Cryptosuites 1.0, section 3.3.2), and the end in the older member must count.
func TestContextBehind(t *testing.T) {
	over := parse(t, `{"@context":["`+vc1+`"],"id":"urn:uuid:1","type":["VerifiableCredential"],"issuer":"`+uni+`",
	 "issuanceDate":"2025-01-01T00:00:00Z","expirationDate":"2026-01-01T00:00:00Z","credentialSubject":{"id":"did:example:learner"}}`)
	signed := dean.prove(t, over, deanMethod())
	only(t, "as it was", check(t, signed.bytes(t), campus(t)), badge.ValidityUntil)
	signed["@context"] = []any{vc1, "https://www.w3.org/ns/credentials/v2"}
	only(t, "a context behind", check(t, signed.bytes(t), campus(t)), badge.ValidityUntil)
}

// TestRecipientOfAll asks of every kind of credential whose it is.
func TestRecipientOfAll(t *testing.T) {
	plain := parse(t, `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"`+uni+`",
	 "credentialSubject":{"id":"did:example:learner"}}`)
	nobody := plain.clone(t).set("credentialSubject.id", nil).set("credentialSubject.type", "Person")
	for _, c := range []struct {
		name    string
		badge   doc
		who     string
		result  badge.Result
		verdict badge.Verdict
	}{
		{"the subject", plain, "did:example:learner", badge.Pass, badge.Verified},
		{"another", plain, "did:example:other", badge.Unknown, badge.CouldNotTell},
		{"nobody named", nobody, "did:example:learner", badge.Unknown, badge.CouldNotTell},
		{"a badge", achievement(t), "did:example:learner", badge.Pass, badge.Verified},
		{"another's badge", achievement(t), "did:example:other", badge.Unknown, badge.CouldNotTell},
	} {
		r := badge.Check(t.Context(), dean.prove(t, c.badge, deanMethod()).bytes(t), badge.Options{
			Fetcher: campus(t), Now: func() time.Time { return today }, Recipient: c.who})
		wants(t, c.name, r, badge.RecipientMatch, c.result)
		if r.Verdict != c.verdict {
			t.Errorf("%s: %s", c.name, r.Verdict)
		}
	}
}
