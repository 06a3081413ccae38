package store

import (
	"context"
	"path/filepath"
	"testing"
)

// A store whose log was opened on the chain, as every node's is, is clean.
func TestFsckWithOpening(t *testing.T) {
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, s, testBadge(t, 1))
	if err := s.PutOpening(context.Background(), []Attempt{{Nonce: 7, Raw: []byte{1, 2, 3}}}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Opening(); err != nil || len(got) != 1 || got[0].Nonce != 7 {
		t.Fatalf("opening %+v, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	report, err := Fsck(context.Background(), o, nil)
	if err != nil || !report.Clean() {
		t.Fatalf("fsck: %v, %v", report, err)
	}
}
