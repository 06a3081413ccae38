package badge_test

import (
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/badge"
)

// TestEnvelope has tokens in an EnvelopedVerifiableCredential (VC Data Model
// 2.0, section 4.12.1), and envelopes that are none.
func TestEnvelope(t *testing.T) {
	key := newSigner("envelope")
	token := key.token(t, doc{"typ": "vc+jwt", "kid": key.didMethod()}, diploma(t).set("issuer", key.did()))
	envelope := func() doc {
		return doc{"@context": vc2, "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + token}
	}
	for name, d := range map[string]doc{
		"whole":                     envelope(),
		"contexts in a list":        envelope().set("@context", []any{"https://uni.example/context", vc2}),
		"type in a list":            envelope().set("type", []any{"EnvelopedVerifiableCredential"}),
		"a media type of a draft":   envelope().set("id", "data:application/vc-ld+jwt,"+token),
		"the media type of any JWT": envelope().set("id", "data:application/jwt,"+token),
	} {
		r := check(t, d.bytes(t), nil)
		if r.Verdict != badge.Verified || r.Kind.Form != "jws" {
			t.Errorf("%s: %s %v", name, r.Verdict, r.Checks)
		}
	}
	for name, d := range map[string]doc{
		"no context":             envelope().set("@context", nil),
		"no contexts":            envelope().set("@context", []any{}),
		"another context":        envelope().set("@context", "https://www.w3.org/ns/credentials/examples/v2"),
		"the model 1.1":          envelope().set("@context", []any{vc1}),
		"the token without data": envelope().set("id", token),
		"another media type":     envelope().set("id", "data:text/plain,"+token),
		"no token":               envelope().set("id", "data:application/vc+jwt,hello"),
		"no id":                  envelope().set("id", nil),
		"no token, but JSON":     envelope().set("id", "data:application/vc+jwt,"+string(envelope().bytes(t))),
		"no token, but an image": envelope().set("id", `data:application/vc+jwt,<svg xmlns="http://www.w3.org/2000/svg"/>.`),
		"two ids":                envelope().set("id", []any{"data:application/vc+jwt," + token, "urn:b"}),
	} {
		only(t, name, check(t, d.bytes(t), nil), badge.InputKind)
	}
	for name, d := range map[string]doc{
		"no type": envelope().set("type", nil), "another type": envelope().set("type", "VerifiableCredential"),
		"tampered": envelope().set("id", "data:application/vc+jwt,"+token[:len(token)-20]+"AAAA"+token[len(token)-16:]),
	} {
		if r := check(t, d.bytes(t), nil); r.Verdict == badge.Verified {
			t.Errorf("%s: %v", name, r.Checks)
		}
	}
}

// TestEnvelopeEscaped: one document is judged in one way, whatever escapes its
// text has. The first one is of both kinds: an envelope, which holds no token,
// and a badge with a proof of its own.
func TestEnvelopeEscaped(t *testing.T) {
	key := newSigner("envelope")
	both := key.prove(t, achievement(t).set("issuer.id", key.did()).set("validUntil", nil).
		set("type", []any{"VerifiableCredential", "OpenBadgeCredential", "EnvelopedVerifiableCredential"}), key.didMethod())
	token := key.token(t, doc{"typ": "vc+jwt", "kid": key.didMethod()}, diploma(t).set("issuer", key.did()))
	for name, d := range map[string]doc{
		"both":  both,
		"whole": {"@context": vc2, "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + token},
	} {
		plain := string(d.bytes(t))
		escaped := strings.Replace(plain, `"EnvelopedVerifiableCredential"`, `"\u0045nvelopedVerifiableCredential"`, 1)
		if escaped == plain {
			t.Fatal(name)
		}
		a, b := check(t, []byte(plain), nil), check(t, []byte(escaped), nil)
		if a.Verdict != b.Verdict || a.Kind != b.Kind {
			t.Errorf("%s: %s %+v, and escaped %s %+v", name, a.Verdict, a.Kind, b.Verdict, b.Kind)
		}
	}
}
