package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

var testSecret = []byte("0123456789abcdef0123456789abcdef")

func testOptions(dir string) Options {
	return Options{Dir: dir, Secret: testSecret, Now: func() time.Time { return time.Unix(1_800_000_000, 0) }}
}

// openTest opens a store. With the test it is closed and must be whole.
func openTest(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeTest(t, s) })
	return s
}

// closeTest closes a store and checks it.
func closeTest(t testing.TB, s *Store) FsckReport {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	return mustBeClean(t, s.opts)
}

func mustBeClean(t testing.TB, o Options) FsckReport {
	t.Helper()
	r, err := Fsck(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Clean() {
		t.Errorf("fsck: %v", r)
	}
	return r
}

func newTest(t testing.TB) *Store {
	return openTest(t, testOptions(filepath.Join(t.TempDir(), "store")))
}

// testBadge is badge number n, with some text that a grep can look for.
func testBadge(t testing.TB, n int) Submission {
	t.Helper()
	r, err := record.Parse(fmt.Appendf(nil, `{"type":"Assertion","id":"urn:learner-%d","name":"Hanako Yamada %d"}`, n, n))
	if err != nil {
		t.Fatal(err)
	}
	return Submission{Type: record.Badge, Record: r}
}

// testDocument is document number n.
func testDocument(t testing.TB, n int) Submission {
	t.Helper()
	r, err := record.Parse(fmt.Appendf(nil, "transcript of learner %d", n))
	if err != nil {
		t.Fatal(err)
	}
	return Submission{Type: record.Document, Record: r}
}

func mustAppend(t testing.TB, s *Store, sub Submission) Logged {
	t.Helper()
	l, err := s.Append(context.Background(), sub)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func mustFreeze(t testing.TB, s *Store) Frozen {
	t.Helper()
	f, err := s.Freeze(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// dropViews has the store make the status trees of heads again.
func dropViews(s *Store) {
	s.views.mu.Lock()
	defer s.views.mu.Unlock()
	s.views.heads, s.views.trees = nil, nil
}

func TestAppend(t *testing.T) {
	s := newTest(t)
	ctx := context.Background()
	if _, err := s.Freeze(ctx); !errors.Is(err, ErrEmpty) {
		t.Fatalf("freeze of an empty log: %v", err)
	}
	const n = 700
	var wg sync.WaitGroup
	at := make([]Logged, n)
	for i := range n {
		wg.Go(func() { at[i] = mustAppend(t, s, testDocument(t, i)) })
	}
	wg.Wait()
	f := mustFreeze(t, s)
	if f.Tree.Size != n+1 || f.Tree != s.Tree() {
		t.Fatalf("frozen %v, tree %v", f.Tree, s.Tree())
	}
	again := mustFreeze(t, s)
	if again != f {
		t.Fatalf("freezing twice: %v, then %v", f, again)
	}
	for i, l := range at {
		p, err := s.ProveInclusion(f.Tree.Size, l.Index)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Tree.CheckInclusion(merkle.LeafHash(l.Entry.Bytes()), p); err != nil {
			t.Fatal(err)
		}
		priv, err := s.Private(l.Index)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("transcript of learner %d", i)
		if string(priv.Original) != want || priv.Digest != record.Digest(sha256.Sum256([]byte(want))) {
			t.Fatalf("private row %d is of another record", i)
		}
		if record.Commit(priv.Salt, priv.Digest) != l.Entry.Commitment {
			t.Fatalf("private row %d does not open the commitment", i)
		}
		dup := mustAppend(t, s, testDocument(t, i))
		if !dup.Duplicate || dup.Index != l.Index || dup.Entry != l.Entry {
			t.Fatalf("second submission of %d: %+v, want %+v", i, dup, l)
		}
		if j, err := s.ByCommitment(l.Entry.Commitment); err != nil || j != l.Index {
			t.Fatalf("by commitment: %d, %v, want %d", j, err, l.Index)
		}
		if j, err := s.ByDigest(record.Document, priv.Digest); err != nil || j != l.Index {
			t.Fatalf("by digest: %d, %v, want %d", j, err, l.Index)
		}
	}
	if s.Tree() != f.Tree {
		t.Fatal("duplicates grew the log")
	}
}

func TestStatus(t *testing.T) {
	s := newTest(t)
	ctx := context.Background()
	a := mustAppend(t, s, testBadge(t, 1))
	b := mustAppend(t, s, testBadge(t, 2))
	f1 := mustFreeze(t, s)
	if _, err := s.ChangeStatus(ctx, a.Index, record.Suspended); err != nil {
		t.Fatal(err)
	}
	f2 := mustFreeze(t, s)
	if _, err := s.ChangeStatus(ctx, a.Index, record.Revoked); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChangeStatus(ctx, a.Index, record.Valid); !errors.Is(err, ErrNoEffect) {
		t.Fatalf("reinstating a revoked badge: %v", err)
	}
	if _, err := s.ChangeStatus(ctx, b.Index, record.Valid); !errors.Is(err, ErrNoEffect) {
		t.Fatalf("setting the state that holds: %v", err)
	}
	f3 := mustFreeze(t, s)
	for _, c := range []struct {
		f      Frozen
		target uint64
		want   record.State
	}{
		{f1, a.Index, record.Valid}, {f2, a.Index, record.Suspended}, {f3, a.Index, record.Revoked},
		{f1, b.Index, record.Valid}, {f2, b.Index, record.Valid}, {f3, b.Index, record.Valid},
	} {
		for _, kept := range []bool{true, false} {
			if !kept {
				dropViews(s)
			}
			p, err := s.ProveStatus(c.f.Head(), c.target)
			if err != nil {
				t.Fatal(err)
			}
			if err := merkle.CheckStatus(p.Head.StatusRoot, c.f.Head(), c.target, p.Chunk, p.Hashes); err != nil {
				t.Fatal(err)
			}
			if got := record.State(p.Chunk.State(c.target)); got != c.want {
				t.Errorf("entry %d as of %d (kept %v): %s, want %s", c.target, c.f.Head(), kept, got, c.want)
			}
		}
	}
}
