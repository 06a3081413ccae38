package durable_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/akashi-project/akashi/store/durable"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	holds := func(what, name, want string, mode fs.FileMode) {
		t.Helper()
		b, err := os.ReadFile(name)
		info, serr := os.Stat(name)
		if err != nil || serr != nil || string(b) != want || info.Mode().Perm() != mode {
			t.Errorf("%s: %q, %v, %v", what, b, info, errors.Join(err, serr))
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := durable.Rewrite(path, []byte("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("rewrote what is not there: %v", err)
	}
	must(durable.Create(path, 0o600, []byte("fi"), []byte("rst")))
	holds("created", path, "first", 0o600)
	if err := durable.Create(path, 0o644, []byte("other")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("created twice: %v", err)
	}
	holds("refused", path, "first", 0o600)
	must(durable.Write(path, 0o640, []byte("second")))
	holds("written", path, "second", 0o640)
	must(os.Symlink("file", link))
	must(durable.Rewrite(link, []byte("third")))
	holds("rewritten", path, "third", 0o640)
	if to, err := os.Readlink(link); err != nil || to != "file" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	must(durable.Write(link, 0o600, []byte("fourth")))
	holds("the link replaced", link, "fourth", 0o600)
	holds("not what it led to", path, "third", 0o640)
	only(t, dir, "file", "link")
}

// TestWriteFails: nothing is changed, nothing is left over, and the error tells
// of the file that was meant.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "folder", "in it"), 0o700); err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func(string, fs.FileMode, ...[]byte) error{"write": durable.Write, "create": durable.Create} {
		err := do(filepath.Join(dir, "folder"), 0o600, []byte("x"))
		if at, ok := errors.AsType[*fs.PathError](err); !ok || at.Path != filepath.Join(dir, "folder") || errors.Is(err, durable.ErrUnsynced) {
			t.Errorf("%s over a folder: %v", what, err)
		}
		err = do(filepath.Join(dir, "none", "file"), 0o600, []byte("x"))
		if !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), ".akashi-") {
			t.Errorf("%s in no folder: %v", what, err)
		}
	}
	only(t, dir, "folder")
}

// TestCreateOnce: of many that make a file at once, one does, and its content
// is there whole.
func TestCreateOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	var wg sync.WaitGroup
	var won atomic.Int64
	for i := range 50 {
		wg.Go(func() {
			err := durable.Create(path, 0o600, bytes.Repeat([]byte{byte(i)}, 1000))
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	b, err := os.ReadFile(path)
	if err != nil || won.Load() != 1 || len(b) != 1000 || bytes.Count(b, b[:1]) != 1000 {
		t.Errorf("%d made it, %d bytes, %v", won.Load(), len(b), err)
	}
	only(t, filepath.Dir(path), "file")
}

func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range found {
		names = append(names, f.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("there is %q, want %q", names, want)
	}
}
