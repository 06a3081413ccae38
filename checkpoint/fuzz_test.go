package checkpoint_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
)

func FuzzParseBody(f *testing.F) {
	for _, size := range []uint64{0, 1, 1<<63 - 1} {
		f.Add(head(size).Body())
	}
	f.Add([]byte(origin + "\n07\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextra\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := checkpoint.ParseBody(b)
		if err != nil {
			if !errors.Is(err, checkpoint.ErrMalformed) || c != (checkpoint.Checkpoint{}) {
				t.Fatalf("refused with %v, %v", c, err)
			}
			return
		}
		if err := c.Validate(); err != nil {
			t.Fatalf("accepted, but %v", err)
		}
		if !bytes.Equal(c.Body(), b) {
			t.Fatalf("%q is accepted and written as %q", b, c.Body())
		}
	})
}

// FuzzOpen looks for another note that the same keys open: only signature
// lines of others and repetitions may differ, never what the log says.
func FuzzOpen(f *testing.F) {
	signer, witness := newSigner(f, origin), newCosigner(f, "w.example")
	keys := checkpoint.Keys{signer.VerifierKey()}
	p := checkpoint.Policy{Logs: []checkpoint.Keys{keys}, Witnesses: []string{witness.VerifierKey()}, Quorum: 1}
	good := mustSign(f, head(7), signer)
	cosigned, err := checkpoint.Cosign(good, keys, witness)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(cosigned)
	f.Add([]byte("a\n\n— b AAAA\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		opened, err := p.Open(b)
		known := false
		for _, e := range []error{nil, checkpoint.ErrMalformed, checkpoint.ErrUntrusted, checkpoint.ErrSignature, checkpoint.ErrQuorum} {
			known = known || errors.Is(err, e)
		}
		if !known || err == nil && (opened.Checkpoint != head(7) || len(opened.Cosignatures) != 1) {
			t.Fatalf("policy: %v, %v", opened, err)
		}
		c, _, err := checkpoint.Open(b, keys)
		if err == nil && (c != head(7) || !strings.HasPrefix(string(b), string(head(7).Body())+"\n— ")) {
			t.Fatalf("opened as %v: %q", c, b)
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	f.Add(checkpoint.Keys{newSigner(f, origin).VerifierKey()}.Bytes())
	f.Add([]byte(origin + "+00000000+AQ==\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := checkpoint.ParseKeys(b, origin)
		if err == nil && !bytes.Equal(k.Bytes(), b) {
			t.Fatalf("%q is accepted and written as %q", b, k.Bytes())
		}
		if err != nil && (k != nil || !errors.Is(err, checkpoint.ErrKey)) {
			t.Fatalf("refused with %v, %v", k, err)
		}
	})
}

func FuzzParseLogRef(f *testing.F) {
	f.Add(checkpoint.LogRef{ChainID: 1}.String())
	f.Add("eip155:01:0x:0x")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := checkpoint.ParseLogRef(s)
		if err == nil && r.String() != s {
			t.Fatalf("%q is accepted and written as %q", s, r)
		}
	})
}
