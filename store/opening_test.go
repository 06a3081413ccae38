package store

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"
)

// TestOpening writes the attempts to open a log and reads them after a restart.
func TestOpening(t *testing.T) {
	o := Options{Dir: filepath.Join(t.TempDir(), "s"), Secret: bytes.Repeat([]byte{1}, SecretSize)}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Opening(); err != nil || len(got) != 0 {
		t.Fatalf("%v, %v", got, err)
	}
	ctx := context.Background()
	one := Attempt{Nonce: 3, Raw: HexBytes{1, 2}, Hash: ChainHash{4}, FeeCap: 5, TipCap: 6, SentAt: time.Unix(7, 0).UTC()}
	two := one
	two.FeeCap = 8
	for _, list := range [][]Attempt{{one}, {one, two}} {
		if err := s.PutOpening(ctx, list); err != nil {
			t.Fatal(err)
		}
	}
	for name, bad := range map[string][]Attempt{
		"no bytes":       {{Nonce: 1}},
		"too many bytes": {{Raw: make(HexBytes, MaxRawTx+1)}},
		"too many":       make([]Attempt, MaxAttempts+1),
	} {
		if err := s.PutOpening(ctx, bad); err == nil {
			t.Errorf("%s were taken", name)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(o); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Opening()
	if err != nil || len(got) != 2 || got[0].FeeCap != 5 || got[1].FeeCap != 8 || !bytes.Equal(got[1].Raw, two.Raw) || !got[1].SentAt.Equal(two.SentAt) {
		t.Fatalf("%+v, %v", got, err)
	}
}
