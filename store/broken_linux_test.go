package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// sever makes every write and sync of a file that this process has open fail,
// as a device that went away does. Reading through the map goes on.
func sever(t testing.TB, path string) {
	t.Helper()
	redirect(t, path, "/dev/null", os.O_RDONLY) // writing to it is an error
}

// loseWrites makes writes to a file that this process has open succeed and
// syncs of it fail (/dev/null has none), as a disk with bad blocks does: the
// kernel takes what is written, and finds later that it cannot keep it.
func loseWrites(t testing.TB, path string) {
	t.Helper()
	redirect(t, path, "/dev/null", os.O_RDWR)
}

// redirect makes the descriptors that this process has of one file lead to
// another.
func redirect(t testing.TB, from, to string, flag int) {
	t.Helper()
	f, err := os.OpenFile(to, flag, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, e := range fds {
		name, err := os.Readlink(filepath.Join("/proc/self/fd", e.Name()))
		if err != nil || name != from {
			continue
		}
		var fd int
		fmt.Sscan(e.Name(), &fd)
		if err := syscall.Dup3(int(f.Fd()), fd, syscall.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		found = true
	}
	if !found {
		t.Fatalf("%s is not open", from)
	}
}

// TestBroken takes a file away from under a store in use: callers are told,
// nothing more is written, reading goes on, and opening again recovers all
// that was acknowledged.
func TestBroken(t *testing.T) {
	for _, name := range []string{logFile, keysFile} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			o := testOptions(filepath.Join(t.TempDir(), "store"))
			s, err := Open(o)
			if err != nil {
				t.Fatal(err)
			}
			kept := mustAppend(t, s, testBadge(t, 1))
			f := mustFreeze(t, s)
			sever(t, filepath.Join(o.Dir, name))
			var wg sync.WaitGroup
			for n := range 20 {
				wg.Go(func() {
					if _, err := s.Append(ctx, testBadge(t, 100+n)); err == nil {
						t.Error("a record was acknowledged")
					} else if name == logFile && (!errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), "restart to recover")) {
						t.Errorf("append: %v", err)
					}
				})
			}
			wg.Wait()
			if name == logFile {
				if err := s.PutAnchor(ctx, testAnchor(f, 0)); !errors.Is(err, ErrBroken) {
					t.Errorf("journal: %v", err)
				}
				if err := s.Forget(ctx, kept.Index); !errors.Is(err, ErrBroken) {
					t.Errorf("forget: %v", err)
				}
			}
			if s.Tree() != f.Tree {
				t.Error("the log grew")
			}
			if e, err := s.Entry(kept.Index); err != nil || e != kept.Entry {
				t.Errorf("reading on: %v", err)
			}
			s.Close()
			s = openTest(t, o)
			if s.Tree() != f.Tree {
				t.Errorf("opened again: %v, want %v", s.Tree(), f.Tree)
			}
			mustAppend(t, s, testBadge(t, 100))
		})
	}
}

// TestIndexStuck takes index.db away from under a store in use. What it holds
// in memory stays bounded: appending goes on until that is full and fails
// then, naming the file; nothing acknowledged is lost.
func TestIndexStuck(t *testing.T) {
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	o.MaxRecent = 50
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	var have []Logged
	for range 120 { // two writes have succeeded
		have = append(have, mustAppend(t, s, testBadge(t, len(have))))
	}
	sever(t, filepath.Join(o.Dir, indexFile))
	for len(have) < 1000 {
		l, err := s.Append(context.Background(), testBadge(t, len(have)))
		if err != nil {
			if !strings.Contains(err.Error(), indexFile) {
				t.Errorf("append: %v", err)
			}
			break
		}
		have = append(have, l)
	}
	if len(have) < 150 || len(have) > 250 {
		t.Errorf("%d records were taken, want 100 to 200 in memory after 50 or 100 written", len(have))
	}
	s.Close()
	s = openTest(t, o)
	for n, l := range have {
		if again := mustAppend(t, s, testBadge(t, n)); !again.Duplicate || again.Index != l.Index {
			t.Fatalf("record %d was acknowledged at %d, is at %+v", n, l.Index, again)
		}
	}
}
