package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/akashi-project/akashi/merkle"
)

// TestBackup copies a store while it is appended to and records are forgotten
// in it. Each copy is a whole store, whose log is a prefix of the original's.
func TestBackup(t *testing.T) {
	ctx := context.Background()
	s := newTest(t)
	kept := rich(t, s)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() {
		for n := 10_000; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			l := mustAppend(t, s, testBadge(t, n))
			if n%3 == 0 {
				if err := s.Forget(ctx, l.Index); err != nil {
					t.Error(err)
				}
			}
		}
	})
	dirs := []string{}
	for range 5 {
		dir := filepath.Join(t.TempDir(), "backup")
		if err := s.Backup(ctx, dir); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	close(stop)
	wg.Wait()
	for _, dir := range dirs {
		names, err := os.ReadDir(dir)
		if err != nil || len(names) != 2 {
			t.Fatalf("backup holds %v, %v", names, err)
		}
		o := testOptions(dir)
		mustBeClean(t, o)
		b := openTest(t, o)
		old, err := s.TreeAt(b.Tree().Size)
		if err != nil || old != b.Tree() {
			t.Errorf("the backup's log is %v, the store had %v, %v", b.Tree(), old, err)
		}
		want, err := s.Private(kept)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := b.Private(kept); err != nil || got.Digest != want.Digest {
			t.Errorf("private row of the backup: %v", err)
		}
		if a, err := b.LastFinal(); err != nil || a.Size != 328 {
			t.Errorf("journal of the backup: %+v, %v", a, err)
		}
		// And it goes on as a log of its own.
		mustAppend(t, b, testBadge(t, 99_999))
		if f := mustFreeze(t, b); f.Tree == (merkle.Tree{}) {
			t.Error("no tree")
		}
	}
}

// onErr is a context that runs a function whenever it is asked for its error,
// as Backup does before each write.
type onErr struct {
	context.Context
	f func()
}

func (c onErr) Err() error { c.f(); return nil }

// TestForgetDuringBackup forgets records after their rows were copied and
// before the backup is whole.
func TestForgetDuringBackup(t *testing.T) {
	ctx := context.Background()
	s := newTest(t)
	l := mustAppend(t, s, testBadge(t, 1))
	mustAppend(t, s, testBadge(t, 2))
	dir := filepath.Join(t.TempDir(), "backup")
	forgot := false
	during := onErr{ctx, func() {
		if _, err := os.Stat(filepath.Join(dir, keysFile)); err != nil || forgot {
			return // log.db is still being copied
		}
		forgot = true
		if err := s.Forget(ctx, l.Index); err != nil {
			t.Error(err)
		}
		late := mustAppend(t, s, testBadge(t, 3))
		if err := s.Forget(ctx, late.Index); err != nil { // not in the copy at all
			t.Error(err)
		}
	}}
	if err := s.Backup(during, dir); err != nil {
		t.Fatal(err)
	}
	if !forgot {
		t.Fatal("nothing was forgotten in time")
	}
	mustBeClean(t, testOptions(dir))
	copied := openTest(t, testOptions(dir))
	if size := copied.Tree().Size; size != 2 {
		t.Errorf("the backup has %d entries, want 2", size)
	}
	if _, err := copied.Private(l.Index); !errors.Is(err, ErrForgotten) {
		t.Errorf("the forgotten record in the backup: %v", err)
	}
	if _, err := copied.Append(ctx, testBadge(t, 1)); !errors.Is(err, ErrForgotten) {
		t.Errorf("submitting it to the backup: %v", err)
	}
}

func TestBackupRefusals(t *testing.T) {
	s := newTest(t)
	mustAppend(t, s, testBadge(t, 1))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(context.Background(), dir); err == nil || !strings.Contains(err.Error(), "thesis.tex") {
		t.Errorf("backup into a directory in use: %v", err)
	}
	if err := s.Backup(context.Background(), s.opts.Dir); err == nil {
		t.Error("backup onto itself")
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	dir = filepath.Join(t.TempDir(), "b")
	if err := s.Backup(ended, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("backup under an ended context: %v", err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 0 {
		t.Errorf("a backup that failed left %v, %v", names, err)
	}
}
