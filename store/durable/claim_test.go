package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestClaim is what Create does on file systems without hard links.
func TestClaim(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	for i, want := range []error{nil, fs.ErrExist} {
		if err := os.WriteFile(from, []byte{byte(i)}, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := claim(from, to); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
		if b, err := os.ReadFile(to); err != nil || len(b) != 1 || b[0] != 0 {
			t.Errorf("%x, %v", b, err)
		}
	}
	if err := claim(filepath.Join(dir, "none"), filepath.Join(dir, "other")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "other")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what could not be named left a name: %v", err)
	}
}
