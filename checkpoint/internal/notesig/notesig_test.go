package notesig_test

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/checkpoint/internal/notesig"
	f_note "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// text is a checkpoint, as the keys of the types 0x04 and 0x06 want it.
const text = "log.example\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"

// keys returns a verifier key of each type, and what signs for it.
func keys(t testing.TB) map[string]note.Signer {
	t.Helper()
	all := map[string]note.Signer{}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	skey, vkey, err := note.GenerateKey(nil, "log.example")
	must(err)
	all[vkey], err = note.NewSigner(skey)
	must(err)
	skey, vkey, err = note.GenerateKey(nil, "witness.example")
	must(err)
	vkey, err = f_note.VKeyToCosignatureV1(vkey)
	must(err)
	all[vkey], err = f_note.NewSignerForCosignatureV1(skey)
	must(err)
	skey, vkey, err = f_note.GenerateMLDSAKey("pq.example")
	must(err)
	all[vkey], err = f_note.NewMLDSASigner(skey)
	must(err)
	return all
}

// sameVerifiers returns the verifier of each library, which must agree on
// whether there is one.
func sameVerifiers(t testing.TB, vkey string) (ours, theirs note.Verifier) {
	t.Helper()
	ours, err := notesig.NewVerifier(vkey)
	theirs, wantErr := f_note.NewVerifier(vkey)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%.60s: %v here, %v by the library", vkey, err, wantErr)
	}
	if err != nil {
		return nil, nil
	}
	if ours.Name() != theirs.Name() || ours.KeyHash() != theirs.KeyHash() {
		t.Fatalf("%.60s: %s+%08x here, %s+%08x by the library", vkey, ours.Name(), ours.KeyHash(), theirs.Name(), theirs.KeyHash())
	}
	return ours, theirs
}

// TestAgainstLibrary signs with the library and verifies with both, as it is
// and with every part of text and signature changed.
func TestAgainstLibrary(t *testing.T) {
	for vkey, signer := range keys(t) {
		ours, theirs := sameVerifiers(t, vkey)
		verified := 0
		same := func(text string, sig []byte) bool {
			t.Helper()
			ok := ours.Verify([]byte(text), sig)
			if ok != theirs.Verify([]byte(text), sig) {
				t.Fatalf("%.40s: %v here and not by the library, %q", vkey, ok, text)
			}
			if ok {
				verified++
			}
			return ok
		}
		for _, text := range []string{text, "a\n18446744073709551615\nAA==\nextension\n", strings.Repeat("o", 300) + "\n1\nAAAA\n", "no checkpoint\n", "a\nb\n", ""} {
			sig, err := signer.Sign([]byte(text))
			if err != nil {
				continue // no checkpoint, to a key that signs no other text
			}
			same(text, sig)
			for i := range text {
				same(text[:i]+string(text[i]^1)+text[i+1:], sig)
			}
			for i := 0; i < len(sig); i += 1 + len(sig)/100 {
				changed := bytes.Clone(sig)
				changed[i] ^= 1 << (i % 8)
				same(text, changed)
				same(text, sig[:i])
			}
			same(text, append(bytes.Clone(sig), 0))
			same(text+"\n", sig)
			same(text+"more\n", sig)
		}
		sig, err := signer.Sign([]byte(text))
		if err != nil || !same(text, sig) {
			t.Errorf("%.40s: what was signed is not verified: %v", vkey, err)
		}
		if verified < 2 {
			t.Errorf("%.40s: %d signatures verified", vkey, verified)
		}
	}
}

// TestKeys: what is a key to the library is one here, and nothing else is,
// but for the types that checkpoints do not have.
func TestKeys(t *testing.T) {
	for vkey := range keys(t) {
		name, rest, _ := strings.Cut(vkey, "+")
		hash, b64, _ := strings.Cut(rest, "+")
		raw, err := base64.StdEncoding.DecodeString(b64)
		if err != nil {
			t.Fatal(err)
		}
		with := func(raw []byte) string { return name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(raw) }
		for _, other := range []string{
			vkey, with(raw[:len(raw)-1]), with(append(bytes.Clone(raw), 0)), with(raw[:1]), with(nil),
			with(append([]byte{3}, raw[1:]...)), with(append([]byte{7}, raw[1:]...)), vkey + "=", vkey[:len(vkey)-1] + "!",
			name + "+" + hash[1:] + "+" + b64, name + "+0" + hash + "+" + b64, "+" + hash + "+" + b64, "a\u00a0b+" + hash + "+" + b64, "\xff+" + hash + "+" + b64,
		} {
			sameVerifiers(t, other)
		}
	}
	for _, s := range []string{"", "+", "++", "a+b", "a+12345678+", "a+12345678+AQ==", "+12345678+BAAA", "a b+12345678+" + strings.Repeat("A", 44)} {
		sameVerifiers(t, s)
	}
}

func TestTimestamp(t *testing.T) {
	for vkey, signer := range keys(t) {
		b, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := sameVerifiers(t, vkey)
		n, err := note.Open(b, note.VerifierList(v))
		if err != nil {
			t.Fatalf("%.40s: %v", vkey, err)
		}
		sigs := slices.Clone(n.Sigs)
		for i := 0; i < len(sigs[0].Base64) && i < 200; i += 4 {
			sigs = append(sigs, note.Signature{Base64: sigs[0].Base64[:i]})
		}
		for _, s := range append(sigs, note.Signature{Base64: "!"}) {
			got, err := notesig.Timestamp(s)
			want, wantErr := f_note.CoSigV1Timestamp(s)
			if !got.Equal(want) || (err == nil) != (wantErr == nil) {
				t.Errorf("%.40s: %v, %v here; %v, %v by the library", vkey, got, err, want, wantErr)
			}
		}
	}
}

// FuzzNewVerifier: any text is a key to both or to none, and both answer
// alike about any signature.
func FuzzNewVerifier(f *testing.F) {
	for vkey, signer := range keys(f) {
		sig, err := signer.Sign([]byte(text))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(vkey, text, sig)
	}
	f.Fuzz(func(t *testing.T, vkey, text string, sig []byte) {
		_, rest, _ := strings.Cut(vkey, "+")
		_, b64, _ := strings.Cut(rest, "+")
		if raw, err := base64.StdEncoding.DecodeString(b64); err == nil && len(raw) > 0 && (raw[0] == 2 || raw[0] == 5) {
			return // ECDSA and RFC 6962, which no checkpoint here is signed with
		}
		ours, theirs := sameVerifiers(t, vkey)
		if ours != nil && ours.Verify([]byte(text), sig) != theirs.Verify([]byte(text), sig) {
			t.Fatalf("%.60s: not of one mind", vkey)
		}
	})
}
