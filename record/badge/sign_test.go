package badge_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
	"github.com/mr-tron/base58"
)

// A signer has an Ed25519 key. It signs with the standard library alone, so
// that what is tested is not what signs.
type signer struct{ private ed25519.PrivateKey }

func newSigner(seed string) signer {
	return signer{ed25519.NewKeyFromSeed([]byte(strings.Repeat(seed, 32)[:32]))}
}

func (s signer) multikey() string {
	return "z" + base58.Encode(append([]byte{0xed, 0x01}, s.private.Public().(ed25519.PublicKey)...))
}

func (s signer) did() string { return "did:key:" + s.multikey() }

func (s signer) didMethod() string { return s.did() + "#" + s.multikey() }

// prove adds an eddsa-jcs-2022 proof to a document (W3C Data Integrity EdDSA
// Cryptosuites 1.0, section 3.3), beside those that it has.
func (s signer) prove(t testing.TB, d doc, method string) doc {
	t.Helper()
	d = d.clone(t)
	before := d["proof"]
	delete(d, "proof")
	options := doc{"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "created": "2026-01-01T00:00:00Z",
		"verificationMethod": method, "proofPurpose": "assertionMethod"}
	if c, ok := d["@context"]; ok {
		options["@context"] = c
	}
	message := append(canonicalHash(t, options), canonicalHash(t, d)...)
	options["proofValue"] = "z" + base58.Encode(ed25519.Sign(s.private, message))
	switch b := before.(type) {
	case nil:
		d["proof"] = map[string]any(options)
	case []any:
		d["proof"] = append(b, map[string]any(options))
	default:
		d["proof"] = []any{b, map[string]any(options)}
	}
	return d
}

func canonicalHash(t testing.TB, d doc) []byte {
	t.Helper()
	b, err := jcs.Transform(d.bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// token makes a compact JWS with EdDSA.
func (s signer) token(t testing.TB, header, payload doc) string {
	t.Helper()
	h := doc{"alg": "EdDSA", "typ": "JWT"}
	for name, v := range header {
		h[name] = v
	}
	encode := func(d doc) string { return base64.RawURLEncoding.EncodeToString(d.bytes(t)) }
	input := encode(h) + "." + encode(payload)
	return input + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(s.private, []byte(input)))
}

// controller is an issuer's document that lists keys for assertions.
func controllerOf(t testing.TB, id string, keys ...signer) string {
	t.Helper()
	methods, list := []any{}, []any{}
	for _, k := range keys {
		method := id + "#" + k.multikey()
		methods = append(methods, doc{"id": method, "type": "Multikey", "controller": id, "publicKeyMultibase": k.multikey()})
		list = append(list, method)
	}
	b, err := json.Marshal(doc{"id": id, "type": "Profile", "verificationMethod": methods, "assertionMethod": list})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
