package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record"
)

// TestIdentity holds the small reader against the whole one.
func TestIdentity(t *testing.T) {
	s := openTest(t, testOptions(filepath.Join(t.TempDir(), "store")))
	large, err := record.Parse([]byte(strings.Repeat("x", 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	for _, sub := range []Submission{
		testBadge(t, 1),
		{Type: record.Document, Record: large, Digest: large.Digest()},
		{Type: record.Document, Digest: record.Digest{9}},
	} {
		l := mustAppend(t, s, sub)
		p, err := s.Private(l.Index)
		if err != nil {
			t.Fatal(err)
		}
		i, err := s.Identity(l.Index)
		if err != nil || i.Salt != p.Salt || i.Digest != p.Digest || i.Size != int64(len(p.Original)) {
			t.Errorf("entry %d: %d bytes, want %d, same digest %t, %v", l.Index, i.Size, len(p.Original), i.Digest == p.Digest, err)
		}
		if text := fmt.Sprintf("%v %+v %#v %s", i, i, i, i); strings.Contains(text, i.Digest.String()) || strings.Contains(text, "0x") {
			t.Errorf("an identity prints as %s", text)
		}
		if err := s.Forget(context.Background(), l.Index); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Identity(l.Index); !errors.Is(err, ErrForgotten) {
			t.Errorf("forgotten entry %d: %v", l.Index, err)
		}
	}
	f, err := s.Freeze(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range []uint64{f.Tree.Size - 1, f.Tree.Size} { // the head entry, and none
		if _, err := s.Identity(index); !errors.Is(err, ErrNotFound) {
			t.Errorf("entry %d: %v", index, err)
		}
	}
}

// TestAnchorRows lists a journal in pages of each length.
func TestAnchorRows(t *testing.T) {
	s := openTest(t, testOptions(filepath.Join(t.TempDir(), "store")))
	const n = 5
	var want []Anchor
	prev := uint64(0)
	for i := range n {
		mustAppend(t, s, testBadge(t, i))
		f, err := s.Freeze(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		a := testAnchor(f, prev)
		prev = f.Tree.Size
		if err := s.PutAnchor(context.Background(), a); err != nil {
			t.Fatal(err)
		}
		want = append(want, a)
	}
	for limit := 1; limit <= n+1; limit++ {
		from, seen := uint64(0), 0
		for {
			rows, more, err := s.AnchorRows(from, limit)
			if err != nil || len(rows) > limit {
				t.Fatalf("%d rows with limit %d, %v", len(rows), limit, err)
			}
			for _, r := range rows {
				w := want[seen]
				if r.Size != w.Size || r.Root != w.Root || r.PrevSize != w.PrevSize || r.State != w.State ||
					(r.Block == nil) != (w.Block == nil) || r.Block != nil && *r.Block != *w.Block || (r.TxHash == nil) != (w.TxHash == nil) {
					t.Errorf("row %+v, want %+v", r, w)
				}
				seen++
				from = r.Size + 1
			}
			if more != (seen < n) {
				t.Errorf("limit %d: more is %t after %d of %d", limit, more, seen, n)
			}
			if !more {
				break
			}
		}
		if seen != n {
			t.Errorf("limit %d: %d rows of %d", limit, seen, n)
		}
	}
}

// TestErr holds that a store which stopped writing says so.
func TestErr(t *testing.T) {
	s := openTest(t, testOptions(filepath.Join(t.TempDir(), "store")))
	if err := s.Err(); err != nil {
		t.Fatalf("a new store: %v", err)
	}
	cause := errors.New("input/output error")
	s.fail(cause)
	if err := s.Err(); !errors.Is(err, ErrBroken) || !errors.Is(err, cause) {
		t.Errorf("a broken store: %v", err)
	}
}
