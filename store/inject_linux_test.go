package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/akashi-project/akashi/record"
)

// inject runs a job on a store under strace, which has the n-th sync of
// log.db in each thread fail with an error. It returns what the job printed
// and the trace of writes and syncs of log.db.
func inject(t *testing.T, job, dir, errno string, n int) (out, trace string) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("this test needs strace: make tools installs it")
	}
	file := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command("strace", "-f", "-P", filepath.Join(dir, logFile), "-e", "trace=pwrite64,fdatasync", "-e", "signal=none",
		"-e", fmt.Sprintf("inject=fdatasync:error=%s:when=%d", errno, n), "-o", file, os.Args[0], dir)
	cmd.Env = append(os.Environ(), childEnv+"="+job)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s%s", err, &stdout, &stderr)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return stdout.String(), string(b)
}

// frozenDir is a closed store of one record whose log is frozen.
func frozenDir(t *testing.T) Options {
	t.Helper()
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, s, testBadge(t, 1))
	mustFreeze(t, s)
	closeTest(t, s)
	return o
}

// journalRow begins the anchor of the tree that frozenDir froze.
func journalRow(s *Store) (Anchor, error) {
	f, err := s.FrozenAt(2)
	return Anchor{Size: f.Tree.Size, Root: f.Tree.Root, State: Intended}, err
}

// childJournal changes a journal row a few times, and prints after each how
// that went and which row is visible.
func childJournal(s *Store) error {
	runtime.LockOSThread() // strace counts in each thread
	row, err := journalRow(s)
	if err != nil {
		return err
	}
	for n := range 6 {
		row.Note = fmt.Sprintf("row-%d", n)
		how := "done"
		switch err := s.PutAnchor(context.Background(), row); {
		case errors.Is(err, ErrBroken):
			how = "broken"
		case errors.Is(err, ErrFull):
			how = "full"
		case err != nil:
			return err
		}
		a, err := s.Anchor(row.Size)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		fmt.Println(row.Note, how, "note="+a.Note)
	}
	return s.Close()
}

// TestFullAtEachSync has the disk run out of room at each sync of a few
// journal changes. A change that is refused and visible nevertheless has to
// stop the store: its pages may not be on the disk. One that is not visible
// passes.
func TestFullAtEachSync(t *testing.T) {
	var passed, stopped int
	for n := 1; n <= 8; n++ {
		o := frozenDir(t)
		out, trace := inject(t, "journal", o.Dir, "ENOSPC", n)
		if !strings.Contains(trace, "(INJECTED)") {
			t.Fatalf("sync %d was not reached: %s", n, trace)
		}
		broken := false
		for line := range strings.Lines(out) {
			var note, how, visible string
			if _, err := fmt.Sscan(line, &note, &how, &visible); err != nil {
				t.Fatalf("%v: %q", err, out)
			}
			switch visible = strings.TrimPrefix(visible, "note="); {
			case broken && how != "broken":
				t.Errorf("sync %d: written after the store broke:\n%s", n, out)
			case how == "full" && visible == note:
				t.Errorf("sync %d: refused, visible, and written on:\n%s", n, out)
			case how == "full":
				passed++
			case how == "broken" && !broken:
				broken = true
				stopped++
			}
		}
		closeTest(t, openTest(t, o))
	}
	if passed != 4 || stopped != 4 {
		t.Errorf("%d failures passed and %d stopped the store, want 4 each: of its data, and of its meta page", passed, stopped)
	}
}

// childCrowd has many callers write until each is refused.
func childCrowd(s *Store) error {
	row, err := journalRow(s)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	for caller := range 8 {
		wg.Go(func() {
			row := row
			for n := 0; ; n++ {
				var err error
				if caller == 0 {
					_, err = s.Append(context.Background(), Submission{Type: record.Document, Digest: record.Digest{1, byte(n), byte(n >> 8)}})
				} else {
					row.Note = fmt.Sprintf("%d of caller %d", n, caller)
					err = s.PutAnchor(context.Background(), row)
				}
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return s.Close()
}

// TestNothingAfterFailedSync has a sync of log.db fail while many callers wait
// for their turn: none of them gets it. The kernel tells of a failure once, so
// the next sync would succeed on top of what is lost.
func TestNothingAfterFailedSync(t *testing.T) {
	for n := 1; n <= 4; n++ {
		o := frozenDir(t)
		_, trace := inject(t, "crowd", o.Dir, "EIO", n)
		_, after, ok := strings.Cut(trace, "(INJECTED)")
		if !ok {
			t.Fatalf("sync %d was not reached", n)
		}
		if strings.Contains(after, "pwrite64") {
			t.Errorf("sync %d failed, and log.db was written on", n)
		}
		closeTest(t, openTest(t, o))
	}
}
