package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// acknowledged is what a killed process had been told is durable.
type acknowledged struct {
	records   map[int]uint64 // number → index
	forgotten map[int]uint64
	statuses  map[uint64]uint64 // target → index
	frozen    map[uint64]string // size → root
}

// TestKill kills a process that appends, changes states, freezes and forgets,
// at random instants, again and again on one store. Whatever was acknowledged
// is there afterwards, at its index, and the store is whole.
func TestKill(t *testing.T) {
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	o.MaxRecent = 500
	seen := acknowledged{map[int]uint64{}, map[int]uint64{}, map[uint64]uint64{}, map[uint64]string{}}
	var last merkle.Tree
	for round := range 8 {
		cmd, out := startChild(t, "append", o.Dir, fmt.Sprint(round*1_000_000))
		lines := 1 + rand.IntN(400)
		for range lines {
			if !out.Scan() {
				t.Fatalf("child ended by itself: %v", cmd.Wait())
			}
			seen.note(t, out.Text())
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for out.Scan() { // what it said before it died counts too
			seen.note(t, out.Text())
		}
		cmd.Wait()
		mustBeClean(t, o)
		s, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		seen.check(t, s)
		now := s.Tree()
		p, err := s.ProveConsistency(last.Size, now.Size)
		if err != nil {
			t.Fatal(err)
		}
		if last.Size > 0 {
			if err := now.CheckConsistency(last, p); err != nil {
				t.Fatal(err)
			}
		}
		last = now
		closeTest(t, s)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d records, %d forgotten, %d status changes, %d frozen trees in a log of %d", len(seen.records), len(seen.forgotten), len(seen.statuses), len(seen.frozen), last.Size)
}

// note takes one line of the child's. One that was cut short by the kill is
// no acknowledgement that anybody heard.
func (a *acknowledged) note(t testing.TB, line string) {
	t.Helper()
	var (
		n    int
		i, j uint64
		root string
	)
	if c, _ := fmt.Sscanf(line, "record %d %d", &n, &i); c == 2 {
		a.records[n] = i
	} else if c, _ := fmt.Sscanf(line, "status %d %d", &i, &j); c == 2 {
		a.statuses[i] = j
	} else if c, _ := fmt.Sscanf(line, "forgotten %d %d", &n, &i); c == 2 {
		a.forgotten[n] = i
	} else if c, _ := fmt.Sscanf(line, "frozen %d %s", &i, &root); c == 2 && len(root) == 64 {
		a.frozen[i] = root
	} else {
		t.Errorf("child said %q", line)
	}
}

func (a *acknowledged) check(t testing.TB, s *Store) {
	t.Helper()
	ctx := context.Background()
	for n, i := range a.records {
		sub := testDocument(t, n)
		got, err := s.ByDigest(record.Document, sub.Record.Digest())
		_, gone := a.forgotten[n]
		if errors.Is(err, ErrForgotten) && (gone || n%7 == 2) {
			continue // the kill may have come before the line was said
		}
		if gone || err != nil || got != i {
			t.Fatalf("record %d: index %d, %v, want %d (forgotten: %v)", n, got, err, i, gone)
		}
		p, err := s.Private(i)
		if err != nil || p.Digest != sub.Record.Digest() || string(p.Original) != string(sub.Record.Original()) {
			t.Fatalf("record %d at %d is not what was submitted: %v", n, i, err)
		}
	}
	for n := range a.forgotten {
		if _, err := s.Append(ctx, testDocument(t, n)); !errors.Is(err, ErrForgotten) {
			t.Fatalf("forgotten record %d again: %v", n, err)
		}
	}
	for target, i := range a.statuses {
		e, err := s.Entry(i)
		if err != nil || e != (record.Entry{Kind: record.Status, Target: target, State: record.Suspended}) {
			t.Fatalf("status entry %d: %+v, %v", i, e, err)
		}
		if state, err := s.State(target); err != nil || state != record.Suspended {
			t.Fatalf("entry %d: %s, %v, want suspended", target, state, err)
		}
	}
	for size, root := range a.frozen {
		if f, err := s.FrozenAt(size); err != nil || f.Tree.Root.String() != root {
			t.Fatalf("frozen at %d: %v, %v, want root %s", size, f.Tree, err, root)
		}
	}
}
