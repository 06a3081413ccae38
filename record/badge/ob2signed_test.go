package badge_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/badge"
)

// rs256 makes a compact JWS with RS256, by the standard library alone.
func rs256(t testing.TB, key *rsa.PrivateKey, header, payload doc) []byte {
	t.Helper()
	encode := func(d doc) string { return base64.RawURLEncoding.EncodeToString(d.bytes(t)) }
	input := encode(header) + "." + encode(payload)
	sum := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return []byte(input + "." + base64.RawURLEncoding.EncodeToString(signature))
}

func publicPEM(t testing.TB, key *rsa.PrivateKey) string {
	t.Helper()
	b, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: b}))
}

const (
	keyURL        = "https://badges.example/key"
	revocationURL = "https://badges.example/revoked"
)

func TestSignedOB2(t *testing.T) {
	issuerKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	otherKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	weakPEM := `-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALqbHeRLCyOdykC5SDLqI49ArYGYG1mq
aH9/GnWjGavZM02fos4lc2w6tCchcUBNtJvGqKwhC5JEnx3RYoSX2ucCAwEAAQ==
-----END PUBLIC KEY-----
`
	keyDoc := func(p string) doc {
		return doc{"@context": "https://w3id.org/openbadges/v2", "type": "CryptographicKey", "id": keyURL, "owner": profileURL, "publicKeyPem": p}
	}
	signedAssertion := func() doc {
		return assertion(t).set("id", "urn:uuid:0b8e7e51-7c1c-4b0e-9d0c-6a7d1f3d8a11").set("uid", "a-1").
			set("verification", map[string]any{"type": "SignedBadge", "creator": keyURL})
	}
	issuer := func() doc {
		return profile(t).set("publicKey", keyURL).set("revocationList", revocationURL)
	}
	list := func(entries string) page {
		return page{body: `{"@context":"https://w3id.org/openbadges/v2","type":"RevocationList","id":"` + revocationURL + `","issuer":"` + profileURL + `","revokedAssertions":` + entries + `}`}
	}
	asPage := func(d doc) page { return page{body: string(d.bytes(t))} }
	web := world{
		classURL: asPage(class(t)), profileURL: asPage(issuer()), keyURL: asPage(keyDoc(publicPEM(t, issuerKey))),
		revocationURL: list(`[]`),
	}
	header := doc{"alg": "RS256"}
	sound := rs256(t, issuerKey, header, signedAssertion())
	r := check(t, sound, web)
	if r.Verdict != badge.Verified || r.Issuer == nil || !r.Issuer.Proven || r.Kind.Title != "Statistics" {
		t.Fatalf("a sound one: %s %+v %v", r.Verdict, r.Issuer, r.Checks)
	}
	for _, c := range []struct {
		name   string
		token  []byte
		world  world
		code   badge.Code
		result badge.Result
	}{
		{"another signed it", rs256(t, otherKey, header, signedAssertion()), web, badge.ProofSignature, badge.Fail},
		{"another signed it, and shows the key", rs256(t, otherKey, doc{"alg": "RS256", "jku": "https://evil.example/jwks"}, signedAssertion()), web, badge.ProofSignature, badge.Fail},
		{"changed", []byte(strings.Join([]string{strings.Split(string(sound), ".")[0],
			base64.RawURLEncoding.EncodeToString(signedAssertion().set("issuedOn", "2025-01-01T00:00:00Z").bytes(t)), strings.Split(string(sound), ".")[2]}, ".")), web, badge.ProofSignature, badge.Fail},
		{"HS256 with the public key", rs256(t, issuerKey, doc{"alg": "HS256"}, signedAssertion()), web, badge.ProofHeader, badge.Fail},
		{"RS1", rs256(t, issuerKey, doc{"alg": "RS1"}, signedAssertion()), web, badge.ProofHeader, badge.Fail},
		{"RS512", rs256(t, issuerKey, doc{"alg": "RS512"}, signedAssertion()), web, badge.ProofSuite, badge.Unknown},
		{"none", rs256(t, issuerKey, doc{"alg": "none"}, signedAssertion()), web, badge.ProofHeader, badge.Fail},
		{"a key of 512 bits", sound, web.with(keyURL, asPage(keyDoc(weakPEM))), badge.ProofKey, badge.Unknown},
		{"a key that the profile does not have", rs256(t, otherKey, header, signedAssertion().set("verification.creator", "https://evil.example/key")),
			web.with("https://evil.example/key", asPage(keyDoc(publicPEM(t, otherKey)).set("id", "https://evil.example/key"))), badge.ProofKey, badge.Fail},
		{"a key of another owner", sound, web.with(keyURL, asPage(keyDoc(publicPEM(t, issuerKey)).set("owner", "https://evil.example"))), badge.ProofKey, badge.Fail},
		{"a key without an owner", sound, web.with(keyURL, asPage(keyDoc(publicPEM(t, issuerKey)).set("owner", nil))), badge.ProofKey, badge.Fail},
		{"the key is silent", sound, web.with(keyURL, page{status: -1}), badge.ProofKey, badge.Unknown},
		{"an error instead of the key", sound, web.with(keyURL, page{body: `{"error":"maintenance"}`}), badge.ProofKey, badge.Unknown},
		{"the profile has no key", sound, web.with(profileURL, asPage(issuer().set("publicKey", nil))), badge.ProofKey, badge.Fail},
		{"no creator, one key", rs256(t, issuerKey, header, signedAssertion().set("verification.creator", nil)), web, badge.ProofSignature, badge.Pass},
		{"no creator, two keys", rs256(t, issuerKey, header, signedAssertion().set("verification.creator", nil)), web.with(profileURL, asPage(issuer().set("publicKey", []any{keyURL, "https://badges.example/key2"}))), badge.ProofKey, badge.Unknown},
		{"the key written out", sound, web.with(profileURL, asPage(issuer().set("publicKey", map[string]any(keyDoc(publicPEM(t, issuerKey)))))).with(keyURL, page{status: -1}), badge.ProofSignature, badge.Pass},
		{"an embedded profile is not believed", rs256(t, otherKey, header, signedAssertion().set("badge", map[string]any(class(t).set("issuer", map[string]any(issuer().set("publicKey", map[string]any(keyDoc(publicPEM(t, otherKey))))))))), web, badge.ProofSignature, badge.Fail},
		{"says hosted", rs256(t, issuerKey, header, signedAssertion().set("verification.type", "HostedBadge")), web, badge.StructureAssertion, badge.Fail},

		{"revoked, a string", sound, web.with(revocationURL, list(`["urn:uuid:0b8e7e51-7c1c-4b0e-9d0c-6a7d1f3d8a11"]`)), badge.StatusRevoked, badge.Fail},
		{"revoked, an id", sound, web.with(revocationURL, list(`[{"id":"urn:uuid:0b8e7e51-7c1c-4b0e-9d0c-6a7d1f3d8a11","revocationReason":"x"}]`)), badge.StatusRevoked, badge.Fail},
		{"revoked, a uid", sound, web.with(revocationURL, list(`["urn:uuid:9",{"uid":"a-1"}]`)), badge.StatusRevoked, badge.Fail},
		{"others revoked", sound, web.with(revocationURL, list(`["urn:uuid:9",{"uid":"a-2"}]`)), badge.StatusRevoked, badge.Pass},
		{"a list of nonsense", sound, web.with(revocationURL, list(`[1]`)), badge.StatusRevoked, badge.Unknown},
		{"a silent list", sound, web.with(revocationURL, page{status: -1}), badge.StatusRevoked, badge.Unknown},
		{"another's list", sound, web.with(revocationURL, page{body: `{"id":"` + revocationURL + `","issuer":"https://evil.example","revokedAssertions":[]}`}), badge.StatusIssuer, badge.Unknown},
		{"no list", sound, web.with(profileURL, asPage(issuer().set("revocationList", nil))), badge.StatusRevoked, badge.Warn},
	} {
		r := check(t, c.token, c.world)
		wants(t, c.name, r, c.code, c.result)
		want := map[badge.Result]badge.Verdict{badge.Fail: badge.Refuted, badge.Unknown: badge.CouldNotTell}[c.result]
		if want == "" {
			want = badge.Verified
		}
		if r.Verdict != want {
			t.Errorf("%s: %s, want %s: %v", c.name, r.Verdict, want, r.Checks)
		}
	}
}
