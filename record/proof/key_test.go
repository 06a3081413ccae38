package proof_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/akashi-project/akashi/record/proof"
	"github.com/mr-tron/base58"
)

// The issuer of testdata/badge.json, whose seed is 00 01 … 1f.
const issuer = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"

func issuerKey() ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(i)
	}
	return ed25519.NewKeyFromSeed(seed)
}

var (
	p256Key = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	p384Key = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)) })
	rsaKey  = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestMultikey holds the two forms of the did:key and Multikey specifications
// to each other, and each key to its text.
func TestMultikey(t *testing.T) {
	for _, public := range []crypto.PublicKey{issuerKey().Public(), p256Key().Public(), p384Key().Public()} {
		k, err := proof.NewKey(public)
		if err != nil {
			t.Fatal(err)
		}
		text, err := k.Multikey()
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{"did:key:" + text, "did:key:" + text + "#" + text} {
			back, err := proof.ParseDIDKey(form)
			if err != nil || !back.Equal(k) || back.Type() != k.Type() {
				t.Errorf("%s: %v, %v; want the %s key", form, back.Type(), err, k.Type())
			}
		}
		jwk, err := k.JWK()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := proof.ParseJWK(jwk); err != nil || !back.Equal(k) {
			t.Errorf("%s: %v", jwk, err)
		}
	}
	if k, err := proof.ParseDIDKey(issuer); err != nil || !k.Public().(ed25519.PublicKey).Equal(issuerKey().Public()) {
		t.Errorf("%s: %v", issuer, err)
	}
	// From the examples of the did:key method.
	for text, kind := range map[string]proof.KeyType{
		"zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169":                       proof.P256,
		"z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9": proof.P384,
	} {
		if k, err := proof.ParseMultikey(text); err != nil || k.Type() != kind {
			t.Errorf("%s: %q, %v; want %s", text, k.Type(), err, kind)
		}
	}
}

// TestKeysRefused feeds keys that nobody should sign or be believed with.
func TestKeysRefused(t *testing.T) {
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	if _, err := proof.NewKey(small.Public()); !errors.Is(err, proof.ErrKey) {
		t.Errorf("RSA of 1024 bits: %v, want ErrKey", err)
	}
	if _, err := proof.NewKey(must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)).Public()); !errors.Is(err, proof.ErrKey) {
		t.Errorf("P-224: %v, want ErrKey", err)
	}
	for _, text := range []string{
		"", "z", "z6Mk", "Z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd", "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvV0",
		"z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd\n", "z" + strings.Repeat("1", 500),
		"z" + base58.Encode(append([]byte("\xec\x01"), make([]byte, 32)...)), // X25519
	} {
		if k, err := proof.ParseMultikey(text); !errors.Is(err, proof.ErrKey) || !k.IsZero() {
			t.Errorf("%q: %v, want ErrKey", text, err)
		}
	}
	if _, err := proof.ParseDIDKey(issuer + "#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"); !errors.Is(err, proof.ErrKey) {
		t.Errorf("a did:key with another key behind #: %v, want ErrKey", err)
	}
	public := string(must(must(proof.NewKey(issuerKey().Public())).JWK()))
	for name, jwk := range map[string]string{
		"private":    strings.Replace(public, "{", `{"d":"AAAA",`, 1),
		"shared":     `{"kty":"oct","k":"AAAA"}`,
		"encryption": strings.Replace(public, "{", `{"use":"enc",`, 1),
		"key_ops":    strings.Replace(public, "{", `{"key_ops":["encrypt"],`, 1),
		"other alg":  strings.Replace(public, "{", `{"alg":"RS256",`, 1),
		"off curve":  `{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"}`,
		"small RSA":  string(must(json.Marshal(map[string]string{"kty": "RSA", "e": "AQAB", "n": strings.Repeat("qq", 80)}))),
		"twice":      strings.Replace(public, "{", `{"kty":"RSA",`, 1),
		"no object":  `[]`,
	} {
		if _, err := proof.ParseJWK([]byte(jwk)); !errors.Is(err, proof.ErrKey) {
			t.Errorf("a JWK that is %s: %v, want ErrKey", name, err)
		}
	}
}

// TestMethods reads each form of a verification method.
func TestMethods(t *testing.T) {
	ed := must(proof.NewKey(issuerKey().Public()))
	multikey := must(ed.Multikey())
	rsaPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(rsaKey().Public()))}))
	pkcs1 := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(rsaKey().Public().(*rsa.PublicKey))}))
	object := func(members map[string]any) []byte {
		members["id"], members["controller"] = "https://uni.example/keys#1", "https://uni.example/keys"
		return must(json.Marshal(members))
	}
	for name, test := range map[string]struct {
		method map[string]any
		want   proof.KeyType // "" is refused
	}{
		"Multikey":            {map[string]any{"type": "Multikey", "publicKeyMultibase": multikey}, proof.Ed25519},
		"2020":                {map[string]any{"type": "Ed25519VerificationKey2020", "publicKeyMultibase": multikey}, proof.Ed25519},
		"2018":                {map[string]any{"type": "Ed25519VerificationKey2018", "publicKeyBase58": base58.Encode(issuerKey().Public().(ed25519.PublicKey))}, proof.Ed25519},
		"JsonWebKey":          {map[string]any{"type": "JsonWebKey", "publicKeyJwk": json.RawMessage(must(ed.JWK()))}, proof.Ed25519},
		"2019":                {map[string]any{"type": "EcdsaSecp256r1VerificationKey2019", "publicKeyMultibase": must(must(proof.NewKey(p256Key().Public())).Multikey())}, proof.P256},
		"PEM":                 {map[string]any{"type": "CryptographicKey", "publicKeyPem": rsaPEM}, proof.RSA},
		"list":                {map[string]any{"type": []string{"Key", "CryptographicKey"}, "publicKeyPem": pkcs1}, proof.RSA},
		"two keys":            {map[string]any{"type": "Multikey", "publicKeyMultibase": multikey, "publicKeyPem": rsaPEM}, ""},
		"no key":              {map[string]any{"type": "Multikey"}, ""},
		"other type":          {map[string]any{"type": "Ed25519VerificationKey2020", "publicKeyPem": rsaPEM}, ""},
		"unknown type":        {map[string]any{"type": "SomethingElse", "publicKeyMultibase": multikey}, ""},
		"private key":         {map[string]any{"type": "Multikey", "publicKeyMultibase": multikey, "secretKeyMultibase": "z3u2"}, ""},
		"revoked, no instant": {map[string]any{"type": "Multikey", "publicKeyMultibase": multikey, "revoked": "yesterday"}, ""},
	} {
		m, err := proof.ParseMethod(object(test.method))
		if test.want == "" {
			if !errors.Is(err, proof.ErrKey) {
				t.Errorf("%s: %v, want ErrKey", name, err)
			}
			continue
		}
		if err != nil || m.Key.Type() != test.want || m.Controller != "https://uni.example/keys" {
			t.Errorf("%s: %+v, %v; want a %s key", name, m, err, test.want)
		}
	}
	m, err := proof.ParseMethod(object(map[string]any{"type": "Multikey", "publicKeyMultibase": multikey, "revoked": "2026-01-02T03:04:05+09:00", "expires": "2027-01-01T00:00:00Z"}))
	if err != nil || m.Revoked.IsZero() || m.Expires.IsZero() || m.Revoked.Hour() != 18 {
		t.Errorf("revoked %v, expires %v, %v", m.Revoked, m.Expires, err)
	}
}

// TestInstants reads times with a zone and no others.
func TestInstants(t *testing.T) {
	same := map[string]string{
		"2026-01-02T03:04:05Z":              "2026-01-02T03:04:05Z",
		"2026-01-02T12:04:05+09:00":         "2026-01-02T03:04:05Z",
		"2026-01-02T03:04:05.000000000000Z": "2026-01-02T03:04:05Z",
		"2026-01-01T24:00:00Z":              "2026-01-02T00:00:00Z",
		"2026-01-01T24:00:00.000+14:00":     "2026-01-01T10:00:00Z",
	}
	for text, want := range same {
		got, err := proof.ParseInstant(text)
		if err != nil || got.Format("2006-01-02T15:04:05Z07:00") != want {
			t.Errorf("%s: %v, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02t03:04:05z", "2026-01-02T03:04:05,5Z", "2026-01-01T24:00:01Z", "2026-01-01T24:01:00Z", "2026-01-01T24:00:00.001Z", "2026-02-30T00:00:00Z", "2026-01-02T03:04:05+14:01", "2026-01-02T03:04:60Z", " 2026-01-02T03:04:05Z"} {
		if got, err := proof.ParseInstant(text); err == nil {
			t.Errorf("%q: %v, want a refusal", text, got)
		}
	}
}

// TestResolveDIDKey vouches for the issuer's own did:key and for nothing else.
func TestResolveDIDKey(t *testing.T) {
	const other = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
	for _, test := range []struct {
		method, issuer string
		refuted        bool
		ok             bool
	}{
		{issuer + "#" + issuer[8:], issuer, false, true},
		{"", issuer, false, true},
		{other, issuer, true, false},
		{other, "https://uni.example", true, false},
		{"https://uni.example#" + other[8:], "https://uni.example", false, false}, // behind issuer#, and unproven
	} {
		_, err := proof.ResolveDIDKey(context.Background(), proof.Query{Method: test.method, Issuer: test.issuer})
		if (err == nil) != test.ok || errors.Is(err, proof.ErrRefuted) != test.refuted {
			t.Errorf("method %q of issuer %q: %v", test.method, test.issuer, err)
		}
	}
}
