package controller_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/controller"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/proof"
)

// site is what is served, by URL; an empty text is a 404, and what is not in it
// does not answer.
type site map[string]string

func (s site) Fetch(_ context.Context, q fetch.Request) (fetch.Answer, error) {
	body, ok := s[q.URL]
	switch {
	case !ok:
		return fetch.Answer{}, &fetch.Error{URL: q.URL, Kind: fetch.Unreachable}
	case body == "":
		return fetch.Answer{Status: 404}, nil
	}
	return fetch.Answer{Status: 200, ContentType: "application/json", Body: []byte(body)}, nil
}

// key makes an Ed25519 key from a seed, and its Multikey text.
func key(t testing.TB, seed byte) (proof.Key, string) {
	t.Helper()
	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(seed), 32)))
	k, err := proof.NewKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	text, err := k.Multikey()
	if err != nil {
		t.Fatal(err)
	}
	return k, text
}

const uni = "https://uni.example/issuers/1"

func TestResolve(t *testing.T) {
	alice, a := key(t, 'a')
	bob, b := key(t, 'b')
	jwkOf := func(k proof.Key) string {
		j, err := k.JWK()
		if err != nil {
			t.Fatal(err)
		}
		return string(j)
	}
	named := func(k proof.Key, kid string) string { return `{"kid":"` + kid + `",` + jwkOf(k)[1:] }
	method := func(id, controller, multikey string) string {
		return fmt.Sprintf(`{"id":"%s","type":"Multikey","controller":"%s","publicKeyMultibase":"%s"}`, id, controller, multikey)
	}
	now := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		site   site
		issuer string
		method string
		shown  proof.Key // in the header of a token
		want   controller.Reason
		key    proof.Key
	}{
		{name: "did:key", issuer: "did:key:" + a, method: "did:key:" + a + "#" + a, key: alice},
		{name: "did:key without a method", issuer: "did:key:" + a, key: alice},
		{name: "another did:key", issuer: "did:key:" + a, method: "did:key:" + b + "#" + b, want: controller.Unlisted},
		{name: "did:key with another fragment", issuer: "did:key:" + a, method: "did:key:" + a + "#" + b, want: controller.Unlisted},
		{name: "did:key of nonsense", issuer: "did:key:z6Mkxxxx", method: "did:key:z6Mkxxxx#z6Mkxxxx", want: controller.BadKey},

		{name: "within", issuer: uni, method: uni + "#1", key: alice, site: site{
			uni: `{"id":"` + uni + `","verificationMethod":[` + method(uni+"#1", uni, a) + `],"assertionMethod":["` + uni + `#1"]}`}},
		{name: "within, by a relative name", issuer: uni, method: uni + "#1", key: alice, site: site{
			uni: `{"id":"` + uni + `","verificationMethod":[` + method("#1", uni, a) + `],"assertionMethod":"#1"}`}},
		{name: "written out in the list", issuer: uni, method: uni + "#1", key: alice, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":[` + method(uni+"#1", uni, a) + `]}`}},
		{name: "did:key in the list", issuer: uni, method: "did:key:" + a + "#" + a, key: alice, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":["did:key:` + a + `#` + a + `"]}`}},
		{name: "did:key not in the list", issuer: uni, method: "did:key:" + b + "#" + b, want: controller.Unlisted, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":["did:key:` + a + `#` + a + `"]}`}},
		{name: "method of its own URL", issuer: uni, method: "https://uni.example/keys/1", key: alice, site: site{
			uni:                          `{"id":"` + uni + `","assertionMethod":["https://uni.example/keys/1"]}`,
			"https://uni.example/keys/1": method("https://uni.example/keys/1", uni, a)}},

		// The hole of validators that look no further than "issuer#".
		{name: "follows issuer#", issuer: uni, method: uni + "#" + a, want: controller.Unproven, site: site{
			uni: `{"id":"` + uni + `","type":"Profile","name":"University"}`}},
		{name: "follows issuer#, others listed", issuer: uni, method: uni + "#" + b, want: controller.Unlisted, site: site{
			uni: `{"id":"` + uni + `","verificationMethod":[` + method(uni+"#1", uni, a) + `],"assertionMethod":["` + uni + `#1"]}`}},
		{name: "a did:key of a stranger, no keys listed", issuer: uni, method: "did:key:" + b + "#" + b, want: controller.Unproven, site: site{
			uni: `{"id":"` + uni + `","type":"Profile"}`}},
		{name: "for another purpose", issuer: uni, method: uni + "#1", want: controller.Purpose, site: site{
			uni: `{"id":"` + uni + `","verificationMethod":[` + method(uni+"#1", uni, a) + `],"authentication":["` + uni + `#1"]}`}},
		{name: "empty list", issuer: uni, method: uni + "#1", want: controller.Unlisted, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":[]}`}},
		{name: "listed, of somebody else", issuer: uni, method: uni + "#1", want: controller.Foreign, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":[` + method(uni+"#1", "https://evil.example", a) + `]}`}},
		{name: "method kept elsewhere, of somebody else", issuer: uni, method: "https://evil.example/k", want: controller.Foreign, site: site{
			uni:                      `{"id":"` + uni + `","assertionMethod":["https://evil.example/k"]}`,
			"https://evil.example/k": method("https://evil.example/k", "https://evil.example/", a)}},
		{name: "round and round", issuer: uni, method: "https://b.example/k#1", want: controller.BadDocument, site: site{
			uni:                   `{"id":"` + uni + `","assertionMethod":["https://b.example/k#1"]}`,
			"https://b.example/k": `{"id":"https://b.example/k","assertionMethod":["` + uni + `#1","https://b.example/k#1"]}`}},
		{name: "lists what it does not hold", issuer: uni, method: uni + "#1", want: controller.BadDocument, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":["` + uni + `#1"]}`}},
		{name: "two of one name", issuer: uni, method: uni + "#1", want: controller.BadDocument, site: site{
			uni: `{"id":"` + uni + `","verificationMethod":[` + method(uni+"#1", uni, a) + `,` + method(uni+"#1", uni, b) + `],"assertionMethod":["` + uni + `#1"]}`}},
		{name: "listed twice", issuer: uni, method: uni + "#1", want: controller.BadDocument, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":[` + method(uni+"#1", uni, a) + `,` + method(uni+"#1", uni, b) + `]}`}},
		{name: "another's document", issuer: uni, method: uni + "#1", want: controller.BadDocument, site: site{
			uni: `{"id":"https://evil.example","assertionMethod":[` + method(uni+"#1", uni, a) + `]}`}},
		{name: "duplicate names", issuer: uni, method: uni + "#1", want: controller.BadDocument, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":[],"assertionMethod":[` + method(uni+"#1", uni, a) + `]}`}},
		{name: "not found", issuer: uni, method: uni + "#1", want: controller.NotFetched, site: site{uni: ""}},
		{name: "silent", issuer: uni, method: uni + "#1", want: controller.NotFetched, site: site{}},
		{name: "no issuer", method: "did:key:" + a + "#" + a, want: controller.NoIssuer},
		{name: "another did", issuer: "did:ion:x", method: "did:ion:x#1", want: controller.Unsupported},

		// Types and keys that do not go together.
		{name: "another type of key", issuer: uni, method: uni + "#1", want: controller.BadKey, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":[{"id":"` + uni + `#1","type":"RsaVerificationKey2018","controller":"` + uni + `","publicKeyMultibase":"` + a + `"}]}`}},
		{name: "two keys in one method", issuer: uni, method: uni + "#1", want: controller.BadKey, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":[{"id":"` + uni + `#1","type":"Multikey","controller":"` + uni + `","publicKeyMultibase":"` + a + `","publicKeyJwk":` + jwkOf(bob) + `}]}`}},
		{name: "a private key", issuer: uni, method: uni + "#1", want: controller.BadKey, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":[{"id":"` + uni + `#1","type":"Multikey","controller":"` + uni + `","publicKeyMultibase":"` + a + `","secretKeyMultibase":"zabc"}]}`}},
		{name: "revoked", issuer: uni, method: uni + "#1", want: controller.Revoked, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":[{"id":"` + uni + `#1","type":"Multikey","controller":"` + uni + `","publicKeyMultibase":"` + a + `","revoked":"2026-01-01T00:00:00Z"}]}`}},
		{name: "expired", issuer: uni, method: uni + "#1", want: controller.Expired, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":[{"id":"` + uni + `#1","type":"Multikey","controller":"` + uni + `","publicKeyMultibase":"` + a + `","expires":"2026-01-01T00:00:00Z"}]}`}},

		{name: "did:web", issuer: "did:web:uni.example%3A8443:law", method: "did:web:uni.example%3A8443:law#k", key: alice, site: site{
			"https://uni.example:8443/law/did.json": `{"id":"did:web:uni.example%3A8443:law","assertionMethod":[` + method("#k", "did:web:uni.example%3A8443:law", a) + `]}`}},
		{name: "did:web of another", issuer: "did:web:uni.example", method: "did:web:uni.example#k", want: controller.BadDocument, site: site{
			"https://uni.example/.well-known/did.json": `{"id":"did:web:evil.example","assertionMethod":[]}`}},
		{name: "a did:web in the list", issuer: uni, method: "did:web:keys.example#k", key: alice, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":["did:web:keys.example#k"]}`,
			"https://keys.example/.well-known/did.json": `{"id":"did:web:keys.example","verificationMethod":[` + method("did:web:keys.example#k", "did:web:keys.example", a) + `]}`}},

		// Keys of tokens.
		{name: "shown, and listed", issuer: uni, shown: alice, key: alice, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":[` + method("#1", uni, b) + `,` + method("#2", uni, a) + `]}`}},
		{name: "shown, and not listed", issuer: uni, shown: alice, want: controller.Unlisted, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":[` + method("#1", uni, b) + `]}`}},
		{name: "shown, nothing listed", issuer: uni, shown: alice, want: controller.Unproven, site: site{uni: `{"id":"` + uni + `"}`}},
		{name: "bare name", issuer: uni, method: "k2", key: alice, site: site{
			uni: `{"id":"` + uni + `","assertionMethod":[` + method("#k1", uni, b) + `,` + method("#k2", uni, a) + `]}`}},
		{name: "key set", issuer: uni, method: "k2", key: alice, site: site{
			uni:                             `{"id":"` + uni + `","jwks_uri":"https://uni.example/jwks.json"}`,
			"https://uni.example/jwks.json": `{"keys":[` + named(bob, "k1") + `,` + named(alice, "k2") + `]}`}},
		{name: "key set, by its address", issuer: uni, method: "https://uni.example/jwks.json#k2", key: alice, site: site{
			uni:                             `{"id":"` + uni + `","jwks_uri":"https://uni.example/jwks.json"}`,
			"https://uni.example/jwks.json": `{"keys":[` + named(alice, "k2") + `]}`}},
		{name: "key set, shown", issuer: uni, shown: alice, key: alice, site: site{
			uni: `{"id":"` + uni + `","jwks":{"keys":[` + jwkOf(bob) + `,` + jwkOf(alice) + `]}}`}},
		{name: "key set without it", issuer: uni, method: "k3", want: controller.Unlisted, site: site{
			uni: `{"id":"` + uni + `","jwks":{"keys":[` + named(alice, "k2") + `]}}`}},
		{name: "key set, two of one name", issuer: uni, method: "k", want: controller.BadDocument, site: site{
			uni: `{"id":"` + uni + `","jwks":{"keys":[` + named(alice, "k") + `,` + named(bob, "k") + `]}}`}},
		{name: "key set, another than shown", issuer: uni, method: "k", shown: bob, want: controller.Unlisted, site: site{
			uni: `{"id":"` + uni + `","jwks":{"keys":[` + named(alice, "k") + `]}}`}},
		{name: "well-known", issuer: uni, method: "k", key: alice, site: site{
			uni: `{"id":"` + uni + `"}`,
			"https://uni.example/.well-known/jwt-vc-issuer/issuers/1": `{"issuer":"` + uni + `","jwks":{"keys":[` + named(alice, "k") + `]}}`}},
		{name: "well-known of another", issuer: uni, method: "k", want: controller.Unproven, site: site{
			uni: `{"id":"` + uni + `"}`,
			"https://uni.example/.well-known/jwt-vc-issuer/issuers/1": `{"issuer":"https://evil.example","jwks":{"keys":[` + named(alice, "k") + `]}}`}},
		{name: "a stranger's key set", issuer: uni, method: "https://evil.example/jwks.json#k", want: controller.Unproven, site: site{
			uni:                              `{"id":"` + uni + `","jwks":{"keys":[` + named(bob, "k") + `]}}`,
			"https://evil.example/jwks.json": `{"keys":[` + named(alice, "k") + `]}`}},
	} {
		r := &controller.Resolver{Fetcher: c.site, Now: func() time.Time { return now }}
		got, err := r.Resolve(t.Context(), proof.Query{Issuer: c.issuer, Method: c.method, Purpose: proof.AssertionMethod, Embedded: c.shown})
		if c.want == "" {
			if err != nil || !got.Equal(c.key) {
				t.Errorf("%s: %v, %v", c.name, got, err)
			}
			continue
		}
		e, ok := controller.ReasonOf(err)
		if !ok || e.Reason != c.want {
			t.Errorf("%s: %v, want the reason %s", c.name, err, c.want)
			continue
		}
		refutes := c.want == controller.Unlisted || c.want == controller.Purpose || c.want == controller.Foreign || c.want == controller.Revoked || c.want == controller.Expired
		if errors.Is(err, proof.ErrRefuted) != refutes {
			t.Errorf("%s: %v refutes: %v, want %v", c.name, err, !refutes, refutes)
		}
		if strings.Contains(err.Error(), "example") {
			t.Errorf("%s: the error repeats a URL: %v", c.name, err)
		}
	}
}

// TestExpired has a proof that was made while the key still counted.
func TestExpired(t *testing.T) {
	alice, a := key(t, 'a')
	s := site{uni: `{"id":"` + uni + `","assertionMethod":[{"id":"` + uni + `#1","type":"Multikey","controller":"` + uni + `","publicKeyMultibase":"` + a + `","expires":"2026-01-01T00:00:00Z"}]}`}
	r := &controller.Resolver{Fetcher: s}
	got, err := r.Resolve(t.Context(), proof.Query{Issuer: uni, Method: uni + "#1", Purpose: proof.AssertionMethod, Created: time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)})
	if err != nil || !got.Equal(alice) {
		t.Error(got, err)
	}
}

// TestKeyTypes reads each kind of method by a document.
func TestKeyTypes(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, public := range map[string]any{"P-256": p256.Public(), "RSA": rsaKey.Public()} {
		k, err := proof.NewKey(public)
		if err != nil {
			t.Fatal(err)
		}
		jwk, err := k.JWK()
		if err != nil {
			t.Fatal(err)
		}
		s := site{uni: `{"id":"` + uni + `","assertionMethod":[{"id":"#1","type":"JsonWebKey","controller":"` + uni + `","publicKeyJwk":` + string(jwk) + `}]}`}
		got, err := (&controller.Resolver{Fetcher: s}).Resolve(t.Context(), proof.Query{Issuer: uni, Method: uni + "#1", Purpose: proof.AssertionMethod})
		if err != nil || !got.Equal(k) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDIDWebURL(t *testing.T) {
	for did, want := range map[string]string{
		"did:web:uni.example":                        "https://uni.example/.well-known/did.json",
		"did:web:uni.example%3A8443":                 "https://uni.example:8443/.well-known/did.json",
		"did:web:uni.example%3a8443":                 "https://uni.example:8443/.well-known/did.json",
		"did:web:uni.example:law":                    "https://uni.example/law/did.json",
		"did:web:uni.example%3A8443:law:people:a.b-": "https://uni.example:8443/law/people/a.b-/did.json",
		"did:web:localhost%3A1":                      "https://localhost:1/.well-known/did.json",
		"did:web:uni.example:%C3%A9":                 "https://uni.example/%C3%A9/did.json",
	} {
		if got, err := controller.DIDWebURL(did); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", did, got, err, want)
		}
	}
	for _, did := range []string{
		"did:web:", "did:key:z6Mk", "did:web:uni.example:", "did:web:uni.example::a", "did:web:uni.example:..", "did:web:uni.example:%2e%2e",
		"did:web:uni.example:a%2Fb", "did:web:uni.example:a%5Cb", "did:web:uni.example:a/b", "did:web:uni.example:a?b", "did:web:uni.example:a%00",
		"did:web:uni.example:a%2", "did:web:uni.example:%zz", "did:web:uni.example:%252e", "did:web:uni.example%3A", "did:web:uni.example%3A0",
		"did:web:uni.example%3A080", "did:web:uni.example%3A99999", "did:web:uni.example%3A80%3A80", "did:web:uni.example%2Fa", "did:web:user%40uni.example",
		"did:web:user@uni.example", "did:web:127.0.0.1", "did:web:%3A80", "did:web:uni..example", "did:web:-uni.example", "did:web:[::1]", "did:web:ünï.example",
		"did:web:uni.example#k", "did:web:" + strings.Repeat("a", 300), "did:web:uni.example:" + strings.Repeat("a", 2000),
	} {
		if got, err := controller.DIDWebURL(did); !errors.Is(err, controller.ErrDIDWeb) {
			t.Errorf("%s: %s, %v", did, got, err)
		}
	}
}

func Example() {
	documents := site{
		"https://uni.example/.well-known/did.json": `{"id":"did:web:uni.example","assertionMethod":[{
			"id":"did:web:uni.example#2026","type":"Multikey","controller":"did:web:uni.example",
			"publicKeyMultibase":"z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"}]}`,
	}
	r := &controller.Resolver{Fetcher: documents}
	for _, method := range []string{"did:web:uni.example#2026", "did:web:uni.example#z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"} {
		key, err := r.Resolve(context.Background(), proof.Query{
			Issuer: "did:web:uni.example", Method: method, Purpose: proof.AssertionMethod,
		})
		fmt.Println(key.Type(), err)
	}
	// Output:
	// Ed25519 <nil>
	//  the issuer's document lists other keys
}
