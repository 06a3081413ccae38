package verify_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/verify"
	"github.com/mr-tron/base58"
)

// The binding of this test, by hand: the key is that of the seed 0x00 … 0x1f,
// and the two strings are what eddsa-jcs-2022 hashes.
const (
	vectorKey      = "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"
	vectorConfig   = `{"created":"2026-01-02T03:04:05Z","cryptosuite":"eddsa-jcs-2022","proofPurpose":"assertionMethod","type":"DataIntegrityProof","verificationMethod":"did:key:` + vectorKey + `#` + vectorKey + `"}`
	vectorDocument = `{"issuer":"did:key:` + vectorKey + `","keys":["log.uni.example+94e32bf6+AXpUWqf0j5XYaxAa5m0VEq6VmkmQuKPOjIOaeXXj7jeX"],"logs":["eip155:1337:0x00112233445566778899aabbccddeeff00112233:0x4242424242424242424242424242424242424242424242424242424242424242"],"origin":"log.uni.example","type":"LogBinding"}`
	vectorValue    = "z5arte1Mj9zuekpz2TYXhqKFLBS75uCrfxrTVchAruSmRY2gSHjC2khPdyBiaRHfeBbhzmH1zh3j27hUUgKEwm46R"
)

func vectorBinding(t testing.TB) (ed25519.PrivateKey, *verify.Binding) {
	t.Helper()
	seed := make([]byte, 32)
	for i := range seed {
		seed[i] = byte(i)
	}
	key := ed25519.NewKeyFromSeed(seed)
	ref, err := checkpoint.ParseLogRef("eip155:1337:0x00112233445566778899aabbccddeeff00112233:0x" + strings.Repeat("42", 32))
	if err != nil {
		t.Fatal(err)
	}
	keys := checkpoint.Keys{"log.uni.example+94e32bf6+AXpUWqf0j5XYaxAa5m0VEq6VmkmQuKPOjIOaeXXj7jeX"}
	b, err := verify.SignBinding(key, "", "log.uni.example", keys, []checkpoint.LogRef{ref}, time.Date(2026, 1, 2, 3, 4, 5, 999, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return key, b
}

// TestBindingVector compares with hashes of texts that are written out above,
// and with a frozen signature.
func TestBindingVector(t *testing.T) {
	key, b := vectorBinding(t)
	config, document := sha256.Sum256([]byte(vectorConfig)), sha256.Sum256([]byte(vectorDocument))
	want := "z" + base58.Encode(ed25519.Sign(key, append(config[:], document[:]...)))
	if b.Proof.ProofValue != want {
		t.Errorf("proofValue %s, want %s", b.Proof.ProofValue, want)
	}
	if want != vectorValue {
		t.Errorf("the vector is now %s", want)
	}
	got, err := b.Verify()
	if err != nil || !got.Equal(key.Public()) {
		t.Errorf("%x %v", got, err)
	}
	if verify.Multikey(got) != vectorKey || b.Issuer != verify.DIDKey(got) {
		t.Errorf("key %s, issuer %s", verify.Multikey(got), b.Issuer)
	}
}

// TestBindingTampered changes every byte of a binding as JSON.
func TestBindingTampered(t *testing.T) {
	_, b := vectorBinding(t)
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := verify.ParseBinding(text); err != nil {
		t.Fatal(err)
	} else if _, err := again.Verify(); err != nil {
		t.Fatal(err)
	}
	for i := range text {
		for _, c := range []byte{text[i] ^ 1, text[i] ^ 0x20, '2', 'z', ' '} {
			if c == text[i] {
				continue
			}
			changed := bytes.Clone(text)
			changed[i] = c
			got, err := verify.ParseBinding(changed)
			if err != nil {
				continue
			}
			if _, err := got.Verify(); err == nil {
				t.Fatalf("byte %d changed to %q, and the signature fits: %s", i, c, changed)
			}
		}
	}
}

func TestBindingShape(t *testing.T) {
	key, good := vectorBinding(t)
	for _, c := range []struct {
		name, want string
		change     func(b *verify.Binding)
	}{
		{"type", "type is not", func(b *verify.Binding) { b.Type = "" }},
		{"proof type", "proof.type", func(b *verify.Binding) { b.Proof.Type = "Ed25519Signature2020" }},
		{"cryptosuite", "cryptosuite", func(b *verify.Binding) { b.Proof.Cryptosuite = "eddsa-rdfc-2022" }},
		{"purpose", "proofPurpose", func(b *verify.Binding) { b.Proof.ProofPurpose = "authentication" }},
		{"no issuer", "issuer", func(b *verify.Binding) { b.Issuer = "" }},
		{"issuer with a space", "issuer", func(b *verify.Binding) { b.Issuer = "a b" }},
		{"issuer that turns the text", "issuer", func(b *verify.Binding) { b.Issuer = "a\u202eb" }},
		{"long issuer", "issuer", func(b *verify.Binding) { b.Issuer = strings.Repeat("a", 2049) }},
		{"origin", "origin", func(b *verify.Binding) { b.Origin = "a+b" }},
		{"keys", "keys", func(b *verify.Binding) { b.Keys = nil }},
		{"key of another origin", "origin", func(b *verify.Binding) { b.Origin = "other.example" }},
		{"no logs", "0 logs", func(b *verify.Binding) { b.Logs = nil }},
		{"many logs", "65 logs", func(b *verify.Binding) { b.Logs = make([]checkpoint.LogRef, 65) }},
		{"a log twice", "twice", func(b *verify.Binding) { b.Logs = append(b.Logs, b.Logs[0]) }},
		{"a log of chain 0", "chain id", func(b *verify.Binding) { b.Logs[0].ChainID = 0 }},
		{"created", "created", func(b *verify.Binding) { b.Proof.Created = "2026-01-02" }},
		{"created with a fraction", "created", func(b *verify.Binding) { b.Proof.Created = "2026-01-02T03:04:05.5Z" }},
		{"method of another", "neither", func(b *verify.Binding) { b.Proof.VerificationMethod = "did:example:x#" + vectorKey }},
		{"method without key", "names no key", func(b *verify.Binding) { b.Proof.VerificationMethod = b.Issuer }},
		{"method with a name for a key", "key", func(b *verify.Binding) { b.Proof.VerificationMethod = b.Issuer + "#key-1" }},
		{"method with another kind of key", "Ed25519", func(b *verify.Binding) {
			b.Proof.VerificationMethod = b.Issuer + "#z" + base58.Encode(append([]byte{0xec, 0x01}, make([]byte, 32)...))
		}},
		{"short value", "proofValue", func(b *verify.Binding) { b.Proof.ProofValue = "z" + base58.Encode(make([]byte, 63)) }},
		{"value in another base", "proofValue", func(b *verify.Binding) { b.Proof.ProofValue = "u" + b.Proof.ProofValue[1:] }},
		{"value that is not base58", "proofValue", func(b *verify.Binding) { b.Proof.ProofValue = "z0" + b.Proof.ProofValue[2:] }},
		{"endless value", "proofValue", func(b *verify.Binding) { b.Proof.ProofValue = "z" + strings.Repeat("2", 1000) }},
	} {
		b := *good
		b.Logs = append([]checkpoint.LogRef{}, good.Logs...)
		c.change(&b)
		if err := b.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if _, err := b.Verify(); err == nil {
			t.Errorf("%s: verified", c.name)
		}
	}
	for _, text := range []string{"", "{}", "null", `{"type":"LogBinding","extra":1}`, `{"type":"LogBinding","type":"LogBinding"}`, strings.Repeat(" ", verify.MaxEvidenceSize+1)} {
		if _, err := verify.ParseBinding([]byte(text)); err == nil {
			t.Errorf("%.40q is a binding", text)
		}
	}
	if _, err := verify.SignBinding(key[:32], "", "log.uni.example", good.Keys, good.Logs, time.Now()); err == nil {
		t.Error("signed with half a key")
	}
	if _, err := verify.SignBinding(key, "a b", "log.uni.example", good.Keys, good.Logs, time.Now()); err == nil {
		t.Error("signed for an issuer that has no name")
	}
	if _, err := verify.SignBinding(key, "", "other.example", good.Keys, good.Logs, time.Now()); err == nil {
		t.Error("signed for keys of another origin")
	}
	b := *good
	b.Proof.Created = "2026-01-02T03:04:06Z"
	if _, err := b.Verify(); !errors.Is(err, verify.ErrSignature) {
		t.Errorf("another time: %v", err)
	}
}

// TestMethodOfTheIssuer: the key may stand behind the issuer's own name, also
// when that has a # in it, or behind its did:key.
func TestMethodOfTheIssuer(t *testing.T) {
	key, good := vectorBinding(t)
	for _, issuer := range []string{"https://uni.example", "https://uni.example/#org", "did:web:uni.example"} {
		b, err := verify.SignBinding(key, issuer, good.Origin, good.Keys, good.Logs, time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		if want := issuer + "#" + vectorKey; b.Proof.VerificationMethod != want {
			t.Errorf("method %s, want %s", b.Proof.VerificationMethod, want)
		}
		if got, err := b.Verify(); err != nil || !got.Equal(key.Public()) {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}

func TestMultikey(t *testing.T) {
	for _, s := range []string{"", "z", "z6Mk", vectorKey[1:], vectorKey + "1", "z1" + vectorKey[1:], "m" + vectorKey[1:], "z" + strings.Repeat("1", 47), strings.Repeat("z", 4096), vectorKey[:47] + "0"} {
		if k, err := verify.ParseMultikey(s); err == nil {
			t.Errorf("%q is the key %x", s, k)
		}
	}
}

// FuzzParseBinding: no bytes bring it down, and what is read is written as
// JSON that reads alike.
func FuzzParseBinding(f *testing.F) {
	_, b := vectorBinding(f)
	text, err := json.Marshal(b)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := verify.ParseBinding(text)
		if err != nil {
			return
		}
		again, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		c, err := verify.ParseBinding(again)
		if err != nil {
			t.Fatalf("%v: %s", err, again)
		}
		_, first := b.Verify()
		if _, second := c.Verify(); (first == nil) != (second == nil) {
			t.Fatalf("%v and %v", first, second)
		}
	})
}
