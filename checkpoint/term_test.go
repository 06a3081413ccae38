package checkpoint_test

import (
	"errors"
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
)

// TestTerms signs each size with each key of a log whose keys were changed
// three times: once to nonsense, and once back.
func TestTerms(t *testing.T) {
	a, b := newSigner(t, origin), otherSigner(t, origin, "b")
	opening := checkpoint.Keys{a.VerifierKey()}
	second := checkpoint.Keys{b.VerifierKey()}
	terms := checkpoint.Terms{{Keys: opening}}.
		Announce(10, second.Bytes(), origin).
		Announce(20, []byte("nonsense\n"), origin).
		Announce(30, opening.Bytes(), origin)
	if len(terms) != 4 || len(terms[2].Keys) != 0 || terms.Current()[0] != a.VerifierKey() {
		t.Fatalf("terms are %+v", terms)
	}
	if k := (checkpoint.Terms{}).Current(); k != nil {
		t.Errorf("no terms have the keys %v", k)
	}
	for _, c := range []struct {
		by   *checkpoint.Signer
		size uint64
		term int
		want error
	}{
		{a, 0, 0, nil}, {a, 9, 0, nil}, {a, 10, 0, nil},
		{a, 11, 3, checkpoint.ErrTerm}, {a, 29, 3, checkpoint.ErrTerm},
		{a, 30, 3, nil}, {a, 1 << 40, 3, nil},
		{b, 9, 1, checkpoint.ErrTerm}, {b, 10, 1, nil}, {b, 20, 1, nil}, {b, 21, 1, checkpoint.ErrTerm}, {b, 30, 1, checkpoint.ErrTerm},
		{otherSigner(t, origin, "c"), 15, -1, checkpoint.ErrUntrusted},
	} {
		note := mustSign(t, head(c.size), c.by)
		got, term, err := terms.Open(note)
		if !errors.Is(err, c.want) || term != c.term {
			t.Errorf("size %d by %s: term %d, %v; want term %d, %v", c.size, c.by, term, err, c.term, c.want)
		}
		if term >= 0 && got != head(c.size) {
			t.Errorf("size %d by %s: read as %+v", c.size, c.by, got)
		}
	}
	note := mustSign(t, head(15), b)
	note[0] ^= 1 // another origin under the same signature
	if _, _, err := terms.Open(note); !errors.Is(err, checkpoint.ErrSignature) {
		t.Errorf("a wrong signature: %v", err)
	}
	if _, _, err := (checkpoint.Terms{{}}).Open(mustSign(t, head(1), a)); !errors.Is(err, checkpoint.ErrUntrusted) {
		t.Errorf("a log without keys: %v", err)
	}
}

// otherSigner is another key for the log of that origin.
func otherSigner(t testing.TB, origin, seed string) *checkpoint.Signer {
	t.Helper()
	s, _, err := checkpoint.SignerFromKey(origin, private(seed))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
