package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestLook holds what a store shows from outside against the store, and that
// looking changes no byte.
func TestLook(t *testing.T) {
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	if _, err := Look(o.Dir); !errors.Is(err, ErrNoStore) {
		t.Errorf("of no directory: %v", err)
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	rich(t, s)
	last, err := s.LastFinal()
	if err != nil {
		t.Fatal(err)
	}
	signed, _, err := s.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Look(o.Dir); !errors.Is(err, ErrLocked) {
		t.Errorf("of an open store: %v", err)
	}
	size := s.Tree().Size
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(o.Dir, logFile))
	if err != nil {
		t.Fatal(err)
	}
	v, err := Look(o.Dir)
	if err != nil || v.Format != Format || v.Size != size || v.Final != last.Size || v.Checkpoint != signed ||
		len(v.FinalTimes) != 1 || v.FinalTimes[0] != last.Block.Time || v.Bytes < int64(len(before)) {
		t.Errorf("%+v, %v", v, err)
	}
	if after, err := os.ReadFile(filepath.Join(o.Dir, logFile)); err != nil || string(after) != string(before) {
		t.Errorf("looking changed the file, %v", err)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, logFile), make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Look(o.Dir); err == nil || errors.Is(err, ErrLocked) {
		t.Errorf("of zeros: %v", err)
	}
}
