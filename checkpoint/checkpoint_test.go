package checkpoint_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	f_note "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

const origin = "university.example/log"

// private makes an Ed25519 key that is the same in every run.
func private(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func newSigner(t testing.TB, name string) *checkpoint.Signer {
	t.Helper()
	s, _, err := checkpoint.SignerFromKey(name, private(name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// skey writes an Ed25519 signer key.
func skey(name string) string {
	key := private(name)
	hash := sha256.Sum256(append([]byte(name+"\n\x01"), key.Public().(ed25519.PublicKey)...))
	return fmt.Sprintf("PRIVATE+KEY+%s+%x+%s", name, hash[:4], base64.StdEncoding.EncodeToString(append([]byte{1}, key.Seed()...)))
}

func newCosigner(t testing.TB, name string) *checkpoint.Signer {
	t.Helper()
	s, err := checkpoint.NewCosigner(skey(name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func head(size uint64) checkpoint.Checkpoint {
	c := checkpoint.Checkpoint{Origin: origin, Tree: merkle.Tree{Size: size, Root: merkle.LeafHash([]byte("root"))}}
	if size == 0 {
		c.Tree.Root = merkle.EmptyRoot
	}
	return c
}

func mustSign(t testing.TB, c checkpoint.Checkpoint, signers ...*checkpoint.Signer) []byte {
	t.Helper()
	b, err := checkpoint.Sign(c, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSignOpen(t *testing.T) {
	signer := newSigner(t, origin)
	keys := checkpoint.Keys{signer.VerifierKey()}
	for _, size := range []uint64{0, 1, 7, 1 << 56, 1<<63 - 1} {
		want := head(size)
		b := mustSign(t, want, signer)
		got, n, err := checkpoint.Open(b, keys)
		if err != nil || got != want {
			t.Errorf("size %d: %v, %v", size, got, err)
		}
		if string(want.Body()) != n.Text {
			t.Errorf("size %d: body is %q, note %q", size, want.Body(), n.Text)
		}
		// The signature is Ed25519 over the text (C2SP signed-note).
		sig, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
		if err != nil || !ed25519.Verify(private(origin).Public().(ed25519.PublicKey), []byte(n.Text), sig[4:]) {
			t.Errorf("size %d: the signature is not over the text: %v", size, err)
		}
	}
}

// TestExactBytes holds one checkpoint for ever. OpenSSL, by way of node, makes
// the same signature of the same seed.
func TestExactBytes(t *testing.T) {
	got := mustSign(t, head(20852163), newSigner(t, origin))
	const want = "university.example/log\n20852163\nPAb5plclr2BSYfY2ZyyWINQJcx2JpFHXRV/pxK4WeCk=\n\n" +
		"— university.example/log e2QpWNkzR2RMKU33sWIuJ54Z3A2+HkiZbV5f3qrsCb+EVmLzlfrom1pk9wQaGFAHSAteLkJBNSdfrFBxiAK3C1sSyQw=\n"
	if string(got) != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	empty := string(checkpoint.Checkpoint{Origin: "a", Tree: merkle.Tree{Root: merkle.EmptyRoot}}.Body())
	if empty != "a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n" {
		t.Errorf("the empty tree is written as %q", empty)
	}
}

// TestBodies signs texts that are not exactly a checkpoint.
func TestBodies(t *testing.T) {
	root := base64.StdEncoding.EncodeToString(merkle.EmptyRoot[:])
	other := merkle.LeafHash(nil)
	tests := []struct{ name, text, want string }{
		{"extension line", origin + "\n7\n" + root + "\nextra\n", "extension line"},
		{"empty extension line", origin + "\n7\n" + root + "\n\n", "extension line"},
		{"two lines", origin + "\n7\n", "three lines"},
		{"no origin", "\n7\n" + root + "\n", "three lines"},
		{"origin with a space", "a b\n7\n" + root + "\n", "origin"},
		{"origin with a plus sign", "a+b\n7\n" + root + "\n", "origin"},
		{"origin beyond ASCII", "大学\n7\n" + root + "\n", "origin"},
		{"origin too long", strings.Repeat("a", 256) + "\n7\n" + root + "\n", "origin"},
		{"size with a leading zero", origin + "\n07\n" + root + "\n", "one exact form"},
		{"size with a sign", origin + "\n+7\n" + root + "\n", "three lines"},
		{"negative size", origin + "\n-7\n" + root + "\n", "three lines"},
		{"size with a space", origin + "\n7 \n" + root + "\n", "three lines"},
		{"size in hexadecimal", origin + "\n0x7\n" + root + "\n", "three lines"},
		{"size with underscores", origin + "\n1_000\n" + root + "\n", "three lines"},
		{"size 00", origin + "\n00\n" + root + "\n", "one exact form"},
		{"size 2^63", origin + "\n9223372036854775808\n" + root + "\n", "below 2^63"},
		{"size 2^64", origin + "\n18446744073709551616\n" + root + "\n", "three lines"},
		{"root of 31 bytes", origin + "\n7\n" + base64.StdEncoding.EncodeToString(other[1:]) + "\n", "root of 31 bytes"},
		{"root of 33 bytes", origin + "\n7\n" + base64.StdEncoding.EncodeToString(append(other[:], 0)) + "\n", "root of 33 bytes"},
		{"root without padding", origin + "\n7\n" + strings.TrimRight(root, "=") + "\n", "three lines"},
		{"root with spare bits", origin + "\n7\n" + root[:42] + "V=\n", "one exact form"},
		{"root in hexadecimal", origin + "\n7\n" + other.String() + "\n", "root of 48 bytes"},
		{"root of a tree that is not empty", origin + "\n0\n" + base64.StdEncoding.EncodeToString(other[:]) + "\n", "a tree of size 0"},
	}
	signer := newSigner(t, origin)
	keys := checkpoint.Keys{signer.VerifierKey()}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := note.Sign(&note.Note{Text: tt.text}, signer)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = checkpoint.Open(b, keys)
			if !errors.Is(err, checkpoint.ErrMalformed) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open: %v, want %q", err, tt.want)
			}
			// Without a signature that we know, it is still malformed.
			if _, _, err := checkpoint.Open(b, checkpoint.Keys{newSigner(t, "other.example").VerifierKey()}); !errors.Is(err, checkpoint.ErrMalformed) {
				t.Errorf("Open with another key: %v", err)
			}
			if _, err := checkpoint.ParseBody([]byte(tt.text)); !errors.Is(err, checkpoint.ErrMalformed) {
				t.Errorf("ParseBody: %v", err)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	signer := newSigner(t, origin)
	good := string(mustSign(t, head(7), signer))
	body := string(head(7).Body())
	line := strings.TrimPrefix(good, body+"\n")
	// A line by a key that nobody knows.
	foreign := func(i int) string {
		return fmt.Sprintf("— witness-%d.example %s\n", i, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{byte(i)}, 4+72)))
	}
	// The same line, with a bit beyond the last byte of its base64.
	spare := func(line string) string {
		i := strings.IndexAny(line, "=\n") - 1
		return line[:i] + nextBase64(line[i]) + line[i+1:]
	}
	var many, tooMany, large strings.Builder
	for i := range 99 {
		many.WriteString(foreign(i))
	}
	for i := range 100 {
		tooMany.WriteString(foreign(i))
	}
	for range 17 {
		fmt.Fprintf(&large, "— w.example %s\n", base64.StdEncoding.EncodeToString(make([]byte, 5000)))
	}
	tests := []struct {
		name, in string
		want     error // nil: accepted
	}{
		{"as signed", good, nil},
		{"with 99 foreign signatures", body + "\n" + many.String() + line, nil},
		{"with 100 foreign signatures", body + "\n" + tooMany.String() + line, checkpoint.ErrMalformed},
		{"with 17 foreign signatures of 5,000 bytes", body + "\n" + large.String() + line, nil},
		{"too large", body + "\n" + large.String() + large.String() + line, checkpoint.ErrMalformed},
		{"signed twice", good + line, nil},
		{"nothing", "", checkpoint.ErrMalformed},
		{"without signature", body, checkpoint.ErrMalformed},
		{"with an empty signature block", body + "\n", checkpoint.ErrMalformed},
		{"without the last newline", strings.TrimSuffix(good, "\n"), checkpoint.ErrMalformed},
		{"with a newline more", good + "\n", checkpoint.ErrMalformed},
		{"with carriage returns", strings.ReplaceAll(good, "\n", "\r\n"), checkpoint.ErrMalformed},
		{"with a byte that is not UTF-8", strings.Replace(good, "— ", "\xff\x94 ", 1), checkpoint.ErrMalformed},
		{"with a hyphen for the dash", strings.Replace(good, "— ", "- ", 1), checkpoint.ErrMalformed},
		{"signed by somebody else", body + "\n" + foreign(1), checkpoint.ErrUntrusted},
		{"another size under the signature", strings.Replace(good, "\n7\n", "\n8\n", 1), checkpoint.ErrSignature},
		{"another root under the signature", strings.Replace(good, body, string(checkpoint.Checkpoint{Origin: origin, Tree: merkle.Tree{Size: 7, Root: merkle.EmptyRoot}}.Body()), 1), checkpoint.ErrSignature},
		{"another origin under the signature", strings.Replace(good, origin+"\n", "other.example\n", 1), checkpoint.ErrSignature},
		{"signature with spare bits", good[:len(good)-3] + nextBase64(good[len(good)-3]) + "=\n", checkpoint.ErrMalformed},
		{"foreign signature with spare bits", good + spare(foreign(0)), checkpoint.ErrMalformed},
		{"foreign signature with spare bits, before the log's", body + "\n" + spare(foreign(0)) + line, checkpoint.ErrMalformed},
		{"foreign signature with spare bits, alone", body + "\n" + spare(foreign(0)), checkpoint.ErrMalformed},
		{"signed twice, once with spare bits", good + spare(line), checkpoint.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _, err := checkpoint.Open([]byte(tt.in), checkpoint.Keys{signer.VerifierKey()})
			if !errors.Is(err, tt.want) || tt.want == nil && c != head(7) {
				t.Errorf("got %v, %v; want %v", c, err, tt.want)
			}
			if len(fmt.Sprint(err)) > 300 {
				t.Errorf("long error: %v", err)
			}
		})
	}
}

// nextBase64 gives a character that differs in the last bit only.
func nextBase64(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	return string(alphabet[strings.IndexByte(alphabet, c)^1])
}

// TestEveryByte changes each bit of a signed checkpoint.
func TestEveryByte(t *testing.T) {
	signer := newSigner(t, origin)
	keys := checkpoint.Keys{signer.VerifierKey()}
	good := mustSign(t, head(123456), signer)
	for i := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << bit
			if c, _, err := checkpoint.Open(bad, keys); err == nil || c != (checkpoint.Checkpoint{}) {
				t.Fatalf("accepted with bit %d of byte %d changed: %q", bit, i, bad)
			}
		}
	}
}

func TestSignRefuses(t *testing.T) {
	signer, other := newSigner(t, origin), newSigner(t, "other.example")
	tests := []struct {
		name    string
		c       checkpoint.Checkpoint
		signers []*checkpoint.Signer
	}{
		{"no signer", head(1), nil},
		{"key of another log", head(1), []*checkpoint.Signer{signer, other}},
		{"size 2^63", head(1 << 63), []*checkpoint.Signer{signer}},
		{"no origin", checkpoint.Checkpoint{Tree: head(1).Tree}, []*checkpoint.Signer{signer}},
		{"origin of two lines", checkpoint.Checkpoint{Origin: origin + "\n9", Tree: head(1).Tree}, []*checkpoint.Signer{signer}},
		{"empty tree with a root", checkpoint.Checkpoint{Origin: origin, Tree: merkle.Tree{Root: merkle.LeafHash(nil)}}, []*checkpoint.Signer{signer}},
	}
	for _, tt := range tests {
		if b, err := checkpoint.Sign(tt.c, tt.signers...); err == nil {
			t.Errorf("%s: signed as %q", tt.name, b)
		}
	}
}

func TestOpenNeedsTheLogsKey(t *testing.T) {
	signer := newSigner(t, origin)
	b := mustSign(t, head(7), signer)
	if _, _, err := checkpoint.Open(b, nil); !errors.Is(err, checkpoint.ErrUntrusted) {
		t.Errorf("without keys: %v", err)
	}
	if _, _, err := checkpoint.Open(b, checkpoint.Keys{"x"}); !errors.Is(err, checkpoint.ErrKey) {
		t.Errorf("with a bad key: %v", err)
	}
	// A log may not sign for another, also when its key signs what it says.
	alien, err := note.Sign(&note.Note{Text: "victim.example\n7\n" + strings.Split(string(head(7).Body()), "\n")[2] + "\n"}, signer)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := checkpoint.Open(alien, checkpoint.Keys{signer.VerifierKey()}); !errors.Is(err, checkpoint.ErrUntrusted) {
		t.Errorf("checkpoint of another origin: %v", err)
	}
}

// TestMLDSAKey opens a checkpoint of a log with two keys. The Ed25519 key
// must sign; the other may, and then it must sign rightly.
func TestMLDSAKey(t *testing.T) {
	signer := newSigner(t, origin)
	mlSkey, mlVkey, err := f_note.GenerateMLDSAKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	ml, err := f_note.NewMLDSASigner(mlSkey)
	if err != nil {
		t.Fatal(err)
	}
	keys := checkpoint.Keys{signer.VerifierKey(), mlVkey}
	if err := keys.Validate(origin); err != nil {
		t.Fatal(err)
	}
	n := func(text string, signers ...note.Signer) []byte {
		b, err := note.Sign(&note.Note{Text: text}, signers...)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	body := string(head(7).Body())
	both := n(body, signer, ml)
	if c, opened, err := checkpoint.Open(both, keys); err != nil || c != head(7) || len(opened.Sigs) != 2 {
		t.Errorf("signed by both: %v, %v", c, err)
	}
	if _, _, err := checkpoint.Open(n(body, signer), keys); err != nil {
		t.Errorf("signed by Ed25519 alone: %v", err)
	}
	if _, _, err := checkpoint.Open(n(body, ml), keys); !errors.Is(err, checkpoint.ErrUntrusted) {
		t.Errorf("signed by ML-DSA alone: %v", err)
	}
	mlLine := n(string(head(8).Body()), ml)
	mlLine = mlLine[bytes.Index(mlLine, []byte("— ")):]
	if _, _, err := checkpoint.Open(append(n(body, signer), mlLine...), keys); !errors.Is(err, checkpoint.ErrSignature) {
		t.Errorf("wrong ML-DSA signature: %v", err)
	}
}

func TestCosign(t *testing.T) {
	signer, witness := newSigner(t, origin), newCosigner(t, "witness.example/w1")
	keys := checkpoint.Keys{signer.VerifierKey()}
	synctest.Test(t, func(t *testing.T) { // the clock stands at 2000-01-01
		b, err := checkpoint.Cosign(mustSign(t, head(7), signer), keys, witness)
		if err != nil {
			t.Fatal(err)
		}
		p := checkpoint.Policy{Logs: []checkpoint.Keys{keys}, Witnesses: []string{witness.VerifierKey()}, Quorum: 1}
		got, err := p.Open(b)
		if err != nil || got.Checkpoint != head(7) || len(got.Cosignatures) != 1 {
			t.Fatalf("%v, %v", got, err)
		}
		if c := got.Cosignatures[0]; c.Name != "witness.example/w1" || c.Key != witness.KeyHash() || !c.Time.Equal(time.Now()) {
			t.Errorf("cosignature is %v, want time %v", c, time.Now())
		}
		// The line is as C2SP tlog-cosignature says: key ID over 0x04 and the
		// key, time, and Ed25519 over two lines and the body.
		lines := strings.Split(string(b), "\n")
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[5], "— witness.example/w1 "))
		if err != nil || len(raw) != 4+8+64 {
			t.Fatalf("line %q: %v", lines[5], err)
		}
		public := private("witness.example/w1").Public().(ed25519.PublicKey)
		id := sha256.Sum256(append([]byte("witness.example/w1\n\x04"), public...))
		if !bytes.Equal(raw[:4], id[:4]) || binary.BigEndian.Uint64(raw[4:]) != 946684800 {
			t.Errorf("key ID %x and time %d", raw[:4], binary.BigEndian.Uint64(raw[4:]))
		}
		if !ed25519.Verify(public, []byte("cosignature/v1\ntime 946684800\n"+string(head(7).Body())), raw[12:]) {
			t.Error("the signature is over something else")
		}

		// A second one replaces the first.
		time.Sleep(time.Minute)
		again, err := checkpoint.Cosign(b, keys, witness)
		if err != nil || len(again) != len(b) {
			t.Fatalf("cosigned again: %q, %v", again, err)
		}
		if got, err := p.Open(again); err != nil || !got.Cosignatures[0].Time.Equal(time.Now()) {
			t.Errorf("cosigned again: %v, %v", got, err)
		}
	})
}

func TestCosignRefuses(t *testing.T) {
	signer, witness := newSigner(t, origin), newCosigner(t, "witness.example")
	keys := checkpoint.Keys{signer.VerifierKey()}
	good := mustSign(t, head(7), signer)
	if _, err := checkpoint.Cosign(good, keys, signer); err == nil {
		t.Error("cosigned with a key for logs")
	}
	if _, err := checkpoint.Cosign(good, checkpoint.Keys{newSigner(t, "other.example").VerifierKey()}, witness); !errors.Is(err, checkpoint.ErrUntrusted) {
		t.Errorf("cosigned what the log did not sign: %v", err)
	}
	if _, err := checkpoint.Cosign(bytes.Replace(good, []byte("\n7\n"), []byte("\n8\n"), 1), keys, witness); !errors.Is(err, checkpoint.ErrSignature) {
		t.Errorf("cosigned a changed size: %v", err)
	}
	full := append([]byte{}, good...)
	for i := 0; len(full) < checkpoint.MaxNoteSize-7000; i++ {
		full = fmt.Appendf(full, "— w%d.example %s\n", i, base64.StdEncoding.EncodeToString(make([]byte, 5000)))
	}
	rest := checkpoint.MaxNoteSize - len(full) - len("— last.example ") - 1
	full = fmt.Appendf(full, "— last.example %s\n", base64.StdEncoding.EncodeToString(make([]byte, rest/4*3-2)))
	if _, _, err := checkpoint.Open(full, keys); err != nil {
		t.Fatalf("a note just below the limit: %v", err)
	}
	if _, err := checkpoint.Cosign(full, keys, witness); !errors.Is(err, checkpoint.ErrMalformed) {
		t.Errorf("cosigned beyond the limit: %v", err)
	}
}

func TestSignerKeys(t *testing.T) {
	good := skey("log.example")
	if _, err := checkpoint.NewSigner(good); err != nil {
		t.Fatal(err)
	}
	seed := good[strings.LastIndexByte(good, '+')+1:]
	tests := map[string]string{
		"nothing":           "",
		"verifier key":      newSigner(t, "log.example").VerifierKey(),
		"cut":               good[:len(good)-2],
		"wrong hash":        strings.Replace(good, "log.example+", "log.example+0", 1),
		"another name":      strings.Replace(good, "log.example", "lag.example", 1),
		"name with a space": strings.Replace(good, "log.example", "log example", 1),
		"line end":          good + "\n",
		"no prefix":         strings.TrimPrefix(good, "PRIVATE+"),
		"another type":      good[:len(good)-len(seed)] + "B" + seed[1:],
	}
	for name, bad := range tests {
		for kind, f := range map[string]func(string) (*checkpoint.Signer, error){"signer": checkpoint.NewSigner, "cosigner": checkpoint.NewCosigner} {
			_, err := f(bad)
			if !errors.Is(err, checkpoint.ErrSignerKey) {
				t.Errorf("%s, %s: %v", name, kind, err)
			} else if strings.Contains(err.Error(), seed[4:12]) {
				t.Errorf("%s, %s: the error shows the key: %v", name, kind, err)
			}
		}
	}
	if _, _, err := checkpoint.SignerFromKey("log.example", make([]byte, 32)); !errors.Is(err, checkpoint.ErrSignerKey) {
		t.Errorf("key of 32 bytes: %v", err)
	}
	if _, _, err := checkpoint.SignerFromKey("a b", private("x")); err == nil {
		t.Error("origin with a space")
	}
	for _, bad := range []string{"", "a b", "a+b", "é", strings.Repeat("a", 256)} {
		if _, _, err := checkpoint.GenerateKey(bad); !errors.Is(err, checkpoint.ErrLog) {
			t.Errorf("key for %.20q: %v", bad, err)
		}
		if _, _, err := checkpoint.GenerateCosignerKey(bad); err == nil {
			t.Errorf("cosigner key for %.20q", bad)
		}
	}
}

func TestGeneratedKeys(t *testing.T) {
	s, v, err := checkpoint.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := checkpoint.NewSigner(s)
	if err != nil || signer.VerifierKey() != v || signer.Name() != origin {
		t.Errorf("signer %v, %v; want %s", signer, err, v)
	}
	s, v, err = checkpoint.GenerateCosignerKey("w.example")
	if err != nil {
		t.Fatal(err)
	}
	cosigner, err := checkpoint.NewCosigner(s)
	if err != nil || cosigner.VerifierKey() != v {
		t.Errorf("cosigner %v, %v; want %s", cosigner, err, v)
	}
}

func TestSignerPrintsNoSecret(t *testing.T) {
	secret := skey(origin)
	seed := private(origin).Seed()
	for _, s := range []*checkpoint.Signer{newSigner(t, origin), newCosigner(t, origin)} {
		var out bytes.Buffer
		fmt.Fprintf(&out, "%v %+v %#v %s %x %q %d %v", s, s, s, s, s, s, s, struct{ S *checkpoint.Signer }{s})
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "signer", s, "list", []*checkpoint.Signer{s})
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "signer", s)
		for _, bad := range []string{secret[len(secret)-20:], fmt.Sprintf("%x", seed[:8]), fmt.Sprint(seed[:4])[1:8]} {
			if strings.Contains(out.String(), bad) {
				t.Errorf("the private key is in %s", out.String())
			}
		}
		if !strings.Contains(out.String(), s.VerifierKey()) {
			t.Errorf("the verifier key is not in %s", out.String())
		}
	}
}
