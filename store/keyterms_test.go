package store

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// TestKeyTerms keeps them over a restart, and refuses what is no JSON.
func TestKeyTerms(t *testing.T) {
	o := Options{Dir: filepath.Join(t.TempDir(), "s"), Secret: bytes.Repeat([]byte{1}, SecretSize)}
	open := func() *Store {
		s, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	ctx := context.Background()
	if _, err := s.KeyTerms(); !errors.Is(err, ErrNotFound) {
		t.Fatalf("before the first: %v", err)
	}
	for _, bad := range []string{"", "{", "\"" + strings.Repeat("a", MaxKeyTerms) + "\""} {
		if err := s.PutKeyTerms(ctx, []byte(bad)); !errors.Is(err, ErrRefused) {
			t.Errorf("%.10q was kept: %v", bad, err)
		}
	}
	for _, text := range []string{`{"a":1}`, `{"a":2}`} {
		if err := s.PutKeyTerms(ctx, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer s.Close()
	if got, err := s.KeyTerms(); err != nil || string(got) != `{"a":2}` {
		t.Fatalf("%s, %v", got, err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.PutKeyTerms(gone, []byte("1")); !errors.Is(err, context.Canceled) {
		t.Errorf("after the caller left: %v", err)
	}
}
