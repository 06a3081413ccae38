package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/akashi-project/akashi/record"
)

// TestKeysSyncFails has a sync of the keys file fail under Append and under
// Forget: from then on nothing is written, whoever met it, and opening again
// finishes what was begun.
func TestKeysSyncFails(t *testing.T) {
	ctx := context.Background()
	for name, meet := range map[string]func(s *Store, kept uint64) error{
		"Append": func(s *Store, _ uint64) error { _, err := s.Append(ctx, testBadge(t, 2)); return err },
		"Forget": func(s *Store, kept uint64) error { return s.Forget(ctx, kept) },
	} {
		t.Run(name, func(t *testing.T) {
			o := testOptions(filepath.Join(t.TempDir(), "store"))
			s := openTest(t, o)
			kept := mustAppend(t, s, testBadge(t, 1)).Index
			f := mustFreeze(t, s)
			keys := filepath.Join(o.Dir, keysFile)
			loseWrites(t, keys)

			if err := meet(s, kept); !errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), "sync keys file") {
				t.Fatalf("error %v", err)
			}
			for what, write := range map[string]func() error{
				"Append":       func() error { _, err := s.Append(ctx, testBadge(t, 3)); return err },
				"ChangeStatus": func() error { _, err := s.ChangeStatus(ctx, kept, record.Revoked); return err },
				"PutAnchor":    func() error { return s.PutAnchor(ctx, testAnchor(f, 0)) },
				"Forget":       func() error { return s.Forget(ctx, kept) },
			} {
				if err := write(); !errors.Is(err, ErrBroken) {
					t.Errorf("%s afterwards: %v", what, err)
				}
			}
			if s.Tree() != f.Tree {
				t.Error("the log grew")
			}

			s.Close()
			s = openTest(t, o)
			if s.Tree() != f.Tree {
				t.Errorf("opened again: %v, want %v", s.Tree(), f.Tree)
			}
			if name == "Forget" {
				b, err := os.ReadFile(keys)
				if err != nil {
					t.Fatal(err)
				}
				if slot := b[keysOffset(kept):][:slotSize]; string(slot) != string(noSlot) {
					t.Error("opening again left the slot of the forgotten record")
				}
			}
			mustAppend(t, s, testBadge(t, 2))
		})
	}
}

// TestKeysSyncToldOnce has a sync fail and the next be able to succeed, which
// is how the kernel tells: the slots of a batch under way may be among what it
// dropped, so writing them must not come to look synced.
func TestKeysSyncToldOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), keysFile)
	k, err := openKeys(path, make([]byte, idSize), true, syncFile)
	if err != nil {
		t.Fatal(err)
	}
	defer k.close()
	if err := k.write(0, make([]byte, 4*slotSize)); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Dup(int(k.f.Fd())) // the way back
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if err := syscall.Dup3(int(null.Fd()), int(k.f.Fd()), syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	if err := k.destroy(1); err != nil {
		t.Fatal(err)
	}
	if err := k.flush(); err == nil {
		t.Fatal("/dev/null was synced")
	}
	if err := syscall.Dup3(fd, int(k.f.Fd()), syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	syscall.Close(fd)
	if err := syncFile(k.f); err != nil {
		t.Fatalf("the file is back, but: %v", err)
	}
	if err := k.write(4, make([]byte, slotSize)); !errors.Is(err, ErrBroken) {
		t.Errorf("write after a sync that failed: %v", err)
	}
}
