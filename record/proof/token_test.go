package proof_test

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/proof"
)

var b64 = base64.RawURLEncoding.EncodeToString

// token signs a payload with an RSA or Ed25519 key under any header, also ones
// that no signer makes.
func token(t testing.TB, key crypto.Signer, header, payload string) string {
	t.Helper()
	input := b64([]byte(header)) + "." + b64([]byte(payload))
	digest := sha256.Sum256([]byte(input))
	var signature []byte
	if k, ok := key.(*rsa.PrivateKey); ok {
		signature = must(rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, digest[:]))
	} else {
		signature = must(key.Sign(rand.Reader, []byte(input), crypto.Hash(0)))
	}
	return input + "." + b64(signature)
}

// TestTokens signs and verifies with each algorithm, then changes each segment.
func TestTokens(t *testing.T) {
	payload := []byte(`{"id":"https://uni.example/assertions/1","type":"Assertion"}`)
	for suite, key := range map[proof.Suite]crypto.Signer{proof.EdDSA: issuerKey(), proof.ES256: p256Key(), proof.RS256: rsaKey()} {
		t.Run(string(suite), func(t *testing.T) {
			signed, err := proof.Signer{Key: key, Method: "https://uni.example/keys#1"}.Token(payload, "")
			if err != nil {
				t.Fatal(err)
			}
			v := proof.Verifier{Now: now, Resolve: resolves(key)}
			r := v.JWS(t.Context(), []byte(signed), proof.Query{})
			if r.Outcome != proof.Pass || r.Suite != suite || string(r.Payload) != string(payload) || r.Method != "https://uni.example/keys#1" || r.Signed != sha256.Sum256([]byte(signed[:strings.LastIndexByte(signed, '.')])) {
				t.Fatalf("%+v", r)
			}
			segments := strings.Split(signed, ".")
			changed := segments[0] + "." + b64([]byte(strings.Replace(string(payload), "/1", "/2", 1))) + "." + segments[2]
			if r := v.JWS(t.Context(), []byte(changed), proof.Query{}); r.Outcome != proof.Fail || r.Code != proof.CodeSignature {
				t.Errorf("changed payload: %s by %s", r.Outcome, r.Code)
			}
			for other, otherKey := range map[proof.Suite]crypto.Signer{proof.EdDSA: issuerKey(), proof.ES256: p256Key(), proof.RS256: rsaKey()} {
				if other == suite {
					continue
				}
				// The algorithm is bound to the type of the key.
				v := proof.Verifier{Now: now, Resolve: resolves(otherKey)}
				if r := v.JWS(t.Context(), []byte(signed), proof.Query{}); r.Outcome != proof.Fail || r.Code != proof.CodeSuite {
					t.Errorf("%s with a key for %s: %s by %s", suite, other, r.Outcome, r.Code)
				}
			}
		})
	}
}

// TestTokenTraps writes tokens in the ways that libraries let through.
func TestTokenTraps(t *testing.T) {
	key := rsaKey()
	const payload = `{"id":"https://uni.example/assertions/1"}`
	good := token(t, key, `{"alg":"RS256"}`, payload)
	segments := strings.Split(good, ".")
	v := proof.Verifier{Now: now, Resolve: resolves(key)}
	if r := v.JWS(t.Context(), []byte(good), proof.Query{}); r.Outcome != proof.Pass {
		t.Fatalf("unchanged: %s by %s: %s", r.Outcome, r.Code, r.Reason)
	}
	// The last character of 256 bytes holds four bits that mean nothing.
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, good[len(good)-1])
	public := must(x509.MarshalPKIXPublicKey(key.Public()))
	mac := hmac.New(sha256.New, public)
	hs256 := b64([]byte(`{"alg":"HS256"}`)) + "." + segments[1]
	mac.Write([]byte(hs256))
	other := must(proof.NewKey(issuerKey().Public()))
	jwk := string(must(other.JWK()))
	for name, test := range map[string]struct {
		token string
		code  proof.Code
	}{
		"a changed last character":     {good[:len(good)-1] + string(alphabet[last^1]), proof.CodeForm},
		"a newline at the end":         {good + "\n", proof.CodeForm},
		"a newline after a dot":        {segments[0] + ".\n" + segments[1] + "." + segments[2], proof.CodeForm},
		"padding":                      {good + "==", proof.CodeForm},
		"an empty signature":           {segments[0] + "." + segments[1] + ".", proof.CodeForm},
		"a fourth segment":             {good + ".AAAA", proof.CodeForm},
		"no token":                     {"AAAA", proof.CodeForm},
		"a header twice":               {token(t, key, `{"alg":"RS256","alg":"RS256"}`, payload), proof.CodeForm},
		"none":                         {token(t, key, `{"alg":"none"}`, payload), proof.CodeHeader},
		"None":                         {token(t, key, `{"alg":"None"}`, payload), proof.CodeHeader},
		"no algorithm":                 {token(t, key, `{"ALG":"RS256"}`, payload), proof.CodeHeader},
		"HS256 with the public key":    {hs256 + "." + b64(mac.Sum(nil)), proof.CodeHeader},
		"crit":                         {token(t, key, `{"alg":"RS256","crit":["exp"],"exp":1}`, payload), proof.CodeHeader},
		"an empty crit":                {token(t, key, `{"alg":"RS256","crit":[]}`, payload), proof.CodeHeader},
		"b64":                          {token(t, key, `{"alg":"RS256","b64":false}`, payload), proof.CodeHeader},
		"a private key in the header":  {token(t, key, `{"alg":"RS256","jwk":{"kty":"oct","k":"AAAA"}}`, payload), proof.CodeHeader},
		"another algorithm of the key": {token(t, key, `{"alg":"EdDSA"}`, payload), proof.CodeSuite},
		"another key's signature":      {token(t, must(rsa.GenerateKey(rand.Reader, 2048)), `{"alg":"RS256"}`, payload), proof.CodeSignature},
		"RS1, of SHA-1":                {token(t, key, `{"alg":"RS1"}`, payload), proof.CodeHeader},
		// Whoever signs with a key of theirs and puts it in the header.
		"a key in the header": {token(t, issuerKey(), `{"alg":"EdDSA","jwk":`+jwk+`}`, payload), proof.CodeSuite},
	} {
		t.Run(name, func(t *testing.T) {
			if test.token == good {
				t.Fatal("not changed")
			}
			if r := v.JWS(t.Context(), []byte(test.token), proof.Query{}); r.Outcome != proof.Fail || r.Code != test.code {
				t.Errorf("%s by %s, want fail by %s: %s", r.Outcome, r.Code, test.code, r.Reason)
			}
		})
	}
	// What others sign by algorithms that are sound and not known here may hold.
	for _, name := range []string{"bbs", "RS384", "RS512", "PS256", "PS384", "PS512", "ES384", "ES512", "ES256K", "Ed25519", "Ed448", "ESP256", "ML-DSA-44"} {
		if r := v.JWS(t.Context(), []byte(token(t, key, `{"alg":"`+name+`"}`, payload)), proof.Query{}); r.Outcome != proof.Unknown || r.Code != proof.CodeSuite {
			t.Errorf("%s: %s by %s, want unknown by %s: %s", name, r.Outcome, r.Code, proof.CodeSuite, r.Reason)
		}
	}
	// A Resolve is told of the key in the header and need not believe it.
	var told proof.Key
	r := (&proof.Verifier{Now: now, Resolve: func(_ context.Context, q proof.Query) (proof.Key, error) {
		told = q.Embedded
		return proof.Key{}, proof.ErrRefuted
	}}).JWS(t.Context(), []byte(token(t, issuerKey(), `{"alg":"EdDSA","jwk":`+jwk+`}`, payload)), proof.Query{})
	if r.Outcome != proof.Fail || r.Code != proof.CodeKey || !told.Equal(other) {
		t.Errorf("%s by %s, told %v", r.Outcome, r.Code, told)
	}
	// A JWK that names its algorithm signs with no other.
	bound := must(proof.ParseJWK([]byte(strings.Replace(jwk, "{", `{"alg":"EdDSA",`, 1))))
	if r := (&proof.Verifier{Resolve: func(context.Context, proof.Query) (proof.Key, error) { return bound, nil }}).JWS(t.Context(), []byte(token(t, issuerKey(), `{"alg":"EdDSA"}`, payload)), proof.Query{}); r.Outcome != proof.Pass {
		t.Errorf("a JWK bound to EdDSA: %s by %s", r.Outcome, r.Code)
	}
}

// TestCredentialTokens maps claims to credentials and refuses contradictions.
func TestCredentialTokens(t *testing.T) {
	const (
		created = 1767323045 // 2026-01-02T03:04:05Z
		v2      = `"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"id":"urn:uuid:1","issuer":{"id":"` + issuer + `"},"credentialSubject":{"id":"did:example:1"}`
		v1      = `"vc":{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"credentialSubject":{"honours":1}}`
	)
	verifier := proof.Verifier{Now: now}
	kid := issuer + "#" + issuer[len("did:key:"):]
	check := func(typ, payload string) proof.CredentialToken {
		return verifier.JWT(t.Context(), []byte(token(t, issuerKey(), fmt.Sprintf(`{"alg":"EdDSA","kid":%q,"typ":%q}`, kid, typ), payload)))
	}
	for name, test := range map[string]struct {
		typ, payload string
		outcome      proof.Outcome
		code         proof.Code
	}{
		"2.0":                  {"vc+jwt", `{` + v2 + `}`, proof.Pass, proof.CodeSignature},
		"2.0 with claims":      {"vc+jwt", fmt.Sprintf(`{%s,"iss":%q,"jti":"urn:uuid:1","sub":"did:example:1","nbf":%d,"exp":%d}`, v2, issuer, created, created+60), proof.Pass, proof.CodeSignature},
		"another iss":          {"vc+jwt", `{` + v2 + `,"iss":"did:example:2"}`, proof.Fail, proof.CodeClaims},
		"another jti":          {"vc+jwt", `{` + v2 + `,"jti":"urn:uuid:2"}`, proof.Fail, proof.CodeClaims},
		"another sub":          {"vc+jwt", `{` + v2 + `,"sub":"did:example:2"}`, proof.Fail, proof.CodeClaims},
		"ISS is no claim":      {"vc+jwt", `{` + v2 + `,"ISS":"did:example:2"}`, proof.Pass, proof.CodeSignature},
		"vc in a vc+jwt":       {"vc+jwt", fmt.Sprintf(`{"iss":%q,%s}`, issuer, v1), proof.Fail, proof.CodeClaims},
		"over":                 {"vc+jwt", fmt.Sprintf(`{%s,"exp":%d}`, v2, created), proof.Fail, proof.CodeExpired},
		"not yet":              {"vc+jwt", fmt.Sprintf(`{%s,"nbf":%d}`, v2, created+3600), proof.Fail, proof.CodeCreated},
		"an instant as text":   {"vc+jwt", `{` + v2 + `,"exp":"2030"}`, proof.Fail, proof.CodeForm},
		"an instant beyond":    {"vc+jwt", `{` + v2 + `,"exp":1e300}`, proof.Fail, proof.CodeClaims},
		"a presentation":       {"vp+jwt", `{` + v2 + `}`, proof.Fail, proof.CodePurpose},
		"a claim vp":           {"JWT", `{"vp":{}}`, proof.Fail, proof.CodePurpose},
		"no credential":        {"JWT", `{"iss":"x"}`, proof.Fail, proof.CodeForm},
		"no object":            {"JWT", `[]`, proof.Fail, proof.CodeForm},
		"a claim twice":        {"JWT", `{"iss":"a","iss":"b"}`, proof.Fail, proof.CodeForm},
		"1.1":                  {"JWT", fmt.Sprintf(`{"iss":%q,%s}`, issuer, v1), proof.Pass, proof.CodeSignature},
		"1.1, another issuer":  {"JWT", fmt.Sprintf(`{"iss":%q,%s}`, issuer, strings.Replace(v1, `"vc":{`, `"vc":{"issuer":"did:example:2",`, 1)), proof.Fail, proof.CodeClaims},
		"1.1, another date":    {"JWT", fmt.Sprintf(`{"iss":%q,"nbf":%d,%s}`, issuer, created, strings.Replace(v1, `"vc":{`, `"vc":{"issuanceDate":"2026-01-02T03:04:06Z",`, 1)), proof.Fail, proof.CodeClaims},
		"1.1, the same date":   {"JWT", fmt.Sprintf(`{"iss":%q,"nbf":%d,%s}`, issuer, created, strings.Replace(v1, `"vc":{`, `"vc":{"issuanceDate":"2026-01-02T12:04:05.5+09:00",`, 1)), proof.Pass, proof.CodeSignature},
		"1.1, two subjects":    {"JWT", fmt.Sprintf(`{"iss":%q,"sub":"x:y",%s}`, issuer, strings.Replace(v1, `{"honours":1}`, `[{},{}]`, 1)), proof.Fail, proof.CodeClaims},
		"1.1, vc is no object": {"JWT", fmt.Sprintf(`{"iss":%q,"vc":7}`, issuer), proof.Fail, proof.CodeForm},
		"another issuer's key": {"JWT", `{"iss":"did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",` + v1 + `}`, proof.Fail, proof.CodeKey},
	} {
		t.Run(name, func(t *testing.T) {
			if r := check(test.typ, test.payload); r.Outcome != test.outcome || r.Code != test.code {
				t.Errorf("%s by %s, want %s by %s: %s", r.Outcome, r.Code, test.outcome, test.code, r.Reason)
			}
		})
	}
	r := check("JWT", fmt.Sprintf(`{"iss":%q,"sub":"did:example:1","jti":"urn:uuid:1","nbf":%d,"exp":%d,%s}`, issuer, created, created+60, v1))
	const want = `{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"credentialSubject":{"honours":1,"id":"did:example:1"},"id":"urn:uuid:1","issuer":"` + issuer + `","issuanceDate":"2026-01-02T03:04:05Z","expirationDate":"2026-01-02T03:05:05Z"}`
	var got, wanted any
	if r.Outcome != proof.Pass || r.Profile != proof.JWTVC11 || json.Unmarshal(r.Credential, &got) != nil || json.Unmarshal([]byte(want), &wanted) != nil ||
		fmt.Sprint(got) != fmt.Sprint(wanted) || !r.NotBefore.Equal(now()) || !r.Expires.Equal(now().Add(time.Minute)) {
		t.Errorf("%s, credential %s; want %s", r.Reason, r.Credential, want)
	}
}

// TestSignJWT makes tokens of the badge in both profiles.
func TestSignJWT(t *testing.T) {
	for profile, doc := range map[proof.Profile]string{
		proof.JWTVC20: badge(t),
		proof.JWTVC11: `{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"id":"urn:uuid:1","issuer":"` + issuer + `","issuanceDate":"2026-01-01T00:00:00.25Z","expirationDate":"2030-01-01T00:00:00.5Z","credentialSubject":{"id":"did:example:1"}}`,
	} {
		signed, err := proof.Signer{Key: issuerKey(), Method: issuer + "#" + issuer[len("did:key:"):]}.JWT([]byte(doc), profile)
		if err != nil {
			t.Fatal(err)
		}
		r := (&proof.Verifier{Now: now}).JWT(t.Context(), []byte(signed))
		if r.Outcome != proof.Pass || r.Profile != profile || r.Issuer != issuer || r.NotBefore.IsZero() || r.Expires.IsZero() {
			t.Errorf("%s: %s by %s: %s", profile, r.Outcome, r.Code, r.Reason)
		}
	}
}
