package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

func TestSubmissionRules(t *testing.T) {
	s := newTest(t)
	badge, doc := testBadge(t, 1), testDocument(t, 1)
	other := doc.Record.Digest()
	other[0] ^= 1
	for _, test := range []struct {
		name string
		sub  Submission
		want string // of the refusal; "" accepts
		kind record.Kind
	}{
		{"badge", badge, "", record.Sealed},
		{"badge as a document", Submission{Type: record.Document, Record: badge.Record}, "", record.Sealed},
		{"document", doc, "", record.Sealed},
		{"digest only", Submission{Type: record.Document, Digest: record.Digest{1}}, "", record.Sealed},
		{"digest only, open", Submission{Type: record.Document, Digest: record.Digest{2}, Open: true}, "", record.Open},
		{"record and its digest", Submission{Type: record.Badge, Record: badge.Record, Digest: badge.Record.Digest()}, "", record.Sealed},
		{"course-qa is open unasked", Submission{Type: record.CourseQA, Record: badge.Record}, "", record.Open},
		{"no type", Submission{Record: doc.Record}, "declare badge, course-qa or document", 0},
		{"unknown type", Submission{Type: 4, Record: doc.Record}, "declare badge", 0},
		{"nothing", Submission{Type: record.Badge}, "neither a record nor its digest", 0},
		{"open badge", Submission{Type: record.Badge, Record: badge.Record, Open: true}, "a badge cannot be open", 0},
		{"document as a badge", Submission{Type: record.Badge, Record: doc.Record}, "badge", 0},
		{"another digest", Submission{Type: record.Document, Record: doc.Record, Digest: other}, "not that of the record", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, err := s.Append(context.Background(), test.sub)
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if e, err := s.Entry(l.Index); err != nil || e != l.Entry || e.Kind != test.kind || e.Type != test.sub.Type {
					t.Errorf("entry %+v, %v, want kind %s", e, err, test.kind)
				}
				return
			}
			if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestConcurrent has many callers submit the same few records, change states
// and freeze at once: one entry for each identity, every answer durable when
// it is given.
func TestConcurrent(t *testing.T) {
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	// Full batches are built while others are in flight, and the index is
	// written all the time.
	o.MaxBatch, o.MaxRecent = 10, 64
	s := openTest(t, o)
	ctx := context.Background()
	const identities = 400
	var (
		wg    sync.WaitGroup
		fresh atomic.Int64
		mu    sync.Mutex
		at    = map[int]uint64{}
	)
	for caller := range 64 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(caller)))
			for range 60 {
				n := r.IntN(identities)
				l, err := s.Append(ctx, testDocument(t, n))
				if err != nil {
					t.Error(err)
					return
				}
				if !l.Duplicate {
					fresh.Add(1)
				}
				mu.Lock()
				if was, ok := at[n]; ok && was != l.Index {
					t.Errorf("record %d is at %d and at %d", n, was, l.Index)
				}
				at[n] = l.Index
				mu.Unlock()
				// What was answered can be read, proved and found.
				tree := s.Tree()
				if l.Index >= tree.Size {
					t.Errorf("answered index %d, the committed log has %d", l.Index, tree.Size)
					return
				}
				p, err := s.ProveInclusion(tree.Size, l.Index)
				if err != nil || tree.CheckInclusion(merkle.LeafHash(l.Entry.Bytes()), p) != nil {
					t.Errorf("entry %d in size %d: %v", l.Index, tree.Size, err)
				}
				switch r.IntN(20) {
				case 0:
					f, err := s.Freeze(ctx)
					if err != nil {
						t.Error(err)
						continue
					}
					if _, err := s.ProveStatus(f.Head(), l.Index); err != nil && f.Head() > l.Index {
						t.Error(err)
					}
				case 1:
					if _, err := s.ChangeStatus(ctx, l.Index, record.State(r.IntN(2))); err != nil && !errors.Is(err, ErrNoEffect) {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if int(fresh.Load()) != len(at) {
		t.Errorf("%d entries were fresh for %d identities", fresh.Load(), len(at))
	}
}

// TestContextEnds gives up waiting at random moments; the log and the pool of
// requests stay whole.
func TestContextEnds(t *testing.T) {
	s := newTest(t)
	var wg sync.WaitGroup
	for n := range 200 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(context.Background())
			if n%3 == 0 {
				cancel()
			} else {
				go cancel()
			}
			defer cancel()
			if _, err := s.Append(ctx, testBadge(t, n)); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for n := range 200 { // whatever became of it, submitting again answers
		l := mustAppend(t, s, testBadge(t, n))
		if p, err := s.Private(l.Index); err != nil || p.Digest != testBadge(t, n).Record.Digest() {
			t.Fatalf("record %d at %d: %v", n, l.Index, err)
		}
	}
}

// TestLargeRecords appends records of the largest size from many callers.
func TestLargeRecords(t *testing.T) {
	s := newTest(t)
	var wg sync.WaitGroup
	for n := range 12 {
		wg.Go(func() {
			b := make([]byte, record.MaxSize)
			b[0] = byte(n)
			r, err := record.Parse(b)
			if err != nil {
				t.Error(err)
				return
			}
			l, err := s.Append(context.Background(), Submission{Type: record.Document, Record: r})
			if err != nil {
				t.Error(err)
				return
			}
			if p, err := s.Private(l.Index); err != nil || len(p.Original) != len(b) || p.Original[0] != byte(n) {
				t.Errorf("record %d: %v", n, err)
			}
		})
	}
	wg.Wait()
}

// TestReopen opens and closes a store between every few requests, and checks
// tiles, proofs and roots of all sizes against the entries.
func TestReopen(t *testing.T) {
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	ctx := context.Background()
	n := 0
	for _, more := range []int{1, 1, 2, 250, 1, 1, 1, 3, 300, 0, 255} {
		s, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		for range more {
			mustAppend(t, s, testBadge(t, n))
			n++
		}
		if more != 1 {
			mustFreeze(t, s)
			if _, err := s.ChangeStatus(ctx, uint64(rand.IntN(n/2+1)), record.Suspended); err != nil && !errors.Is(err, ErrNoEffect) {
				t.Fatal(err)
			}
		}
		closeTest(t, s)
	}
	s := openTest(t, o)
	roots := allRoots(t, s)
	for size := uint64(1); size < uint64(len(roots)); size += 1 + rand.Uint64N(7) {
		tree, err := s.TreeAt(size)
		if err != nil || tree.Root != roots[size] {
			t.Fatalf("tree at %d: %s, %v, want %s", size, tree.Root, err, roots[size])
		}
		i := rand.Uint64N(size)
		e, err := s.Entry(i)
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.ProveInclusion(size, i)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.CheckInclusion(merkle.LeafHash(e.Bytes()), p); err != nil {
			t.Fatal(err)
		}
		old := merkle.Tree{Size: i, Root: roots[i]}
		c, err := s.ProveConsistency(i, size)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.CheckConsistency(old, c); err != nil {
			t.Fatal(err)
		}
	}
	for tile := range merkle.TilesFor(0, s.Tree().Size) {
		for width := 1; width <= tile.Width; width += 50 {
			tile.Width = width
			hashes, err := s.ReadTile(tile)
			if err != nil || len(hashes) != width {
				t.Fatalf("tile %s: %d hashes, %v", tile, len(hashes), err)
			}
			if tile.Level > 0 {
				continue
			}
			bundle := merkle.Bundle{Index: tile.Index, Width: width}
			data, err := s.Bundle(bundle)
			if err != nil {
				t.Fatal(err)
			}
			entries, err := merkle.ParseBundle(data, width)
			if err != nil {
				t.Fatalf("bundle %s: %v", bundle, err)
			}
			for i, h := range merkle.LeafHashes(entries) {
				if h != hashes[i] {
					t.Fatalf("entry %d of bundle %s is not that of the tile", i, bundle)
				}
			}
		}
	}
}

// TestPastTheEnd asks for what is not there.
func TestPastTheEnd(t *testing.T) {
	s := newTest(t)
	mustAppend(t, s, testBadge(t, 1))
	f := mustFreeze(t, s)
	for name, call := range map[string]func() error{
		"entry":        func() error { _, err := s.Entry(2); return err },
		"tile":         func() error { _, err := s.ReadTile(merkle.Tile{Width: 3}); return err },
		"tile level":   func() error { _, err := s.ReadTile(merkle.Tile{Level: 1, Width: 1}); return err },
		"bundle":       func() error { _, err := s.Bundle(merkle.Bundle{Index: 1, Width: 1}); return err },
		"bundle width": func() error { _, err := s.Bundle(merkle.Bundle{Width: 3}); return err },
		"inclusion":    func() error { _, err := s.ProveInclusion(2, 2); return err },
		"size":         func() error { _, err := s.ProveInclusion(3, 0); return err },
		"consistency":  func() error { _, err := s.ProveConsistency(0, 3); return err },
		"head":         func() error { _, err := s.ProveStatus(0, 0); return err },
		"target":       func() error { _, err := s.ProveStatus(f.Head(), 1); return err },
		"status":       func() error { _, err := s.ChangeStatus(context.Background(), 2, record.Revoked); return err },
		"state":        func() error { _, err := s.State(2); return err },
		"status tile":  func() error { _, err := s.StatusTile(1); return err },
		"frozen":       func() error { _, err := s.FrozenAt(1); return err },
		"private":      func() error { _, err := s.Private(1); return err },
		"digest":       func() error { _, err := s.ByDigest(record.Badge, record.Digest{1}); return err },
		"commitment":   func() error { _, err := s.ByCommitment(record.Commitment{1}); return err },
		"checkpoint":   func() error { _, _, err := s.Checkpoint(); return err },
		"anchor":       func() error { _, err := s.Anchor(2); return err },
		"last final":   func() error { _, err := s.LastFinal(); return err },
		"final of":     func() error { _, err := s.FinalAnchorOf(0); return err },
	} {
		if err := call(); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.ProveConsistency(2, 1); !errors.Is(err, ErrRefused) {
		t.Errorf("consistency backwards: %v", err)
	}
}

// TestCloseUnderLoad closes a store while many append: each is answered, and
// what was acknowledged is there.
func TestCloseUnderLoad(t *testing.T) {
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		have = map[int]uint64{}
		some = make(chan struct{})
	)
	for caller := range 32 {
		wg.Go(func() {
			for n := caller; ; n += 32 {
				l, err := s.Append(context.Background(), testBadge(t, n))
				if err != nil {
					if !errors.Is(err, ErrClosed) {
						t.Errorf("append while closing: %v", err)
					}
					return
				}
				mu.Lock()
				if have[n] = l.Index; len(have) == 100 {
					close(some)
				}
				mu.Unlock()
			}
		})
	}
	<-some
	closeTest(t, s)
	wg.Wait()
	s = openTest(t, o)
	for n, i := range have {
		if l := mustAppend(t, s, testBadge(t, n)); !l.Duplicate || l.Index != i {
			t.Fatalf("record %d is at %d, was acknowledged at %d", n, l.Index, i)
		}
	}
}
