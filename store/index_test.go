package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/record"
)

// TestIndexMadeAnew opens stores whose index.db is missing, stale, damaged or
// of something else; each time everything is found again.
func TestIndexMadeAnew(t *testing.T) {
	ctx := context.Background()
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	o.MaxRecent = 40
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	var at []Logged
	add := func(n int) {
		for range n {
			at = append(at, mustAppend(t, s, testBadge(t, len(at))))
		}
	}
	add(100)
	mustFreeze(t, s)
	if err := s.Forget(ctx, at[3].Index); err != nil {
		t.Fatal(err)
	}
	closeTest(t, s)
	stale, err := os.ReadFile(filepath.Join(o.Dir, indexFile))
	if err != nil {
		t.Fatal(err)
	}
	if s, err = Open(o); err != nil {
		t.Fatal(err)
	}
	add(100)
	mustFreeze(t, s)
	closeTest(t, s)
	// The same store, put back to its first state, then grown differently.
	forked := copyDir(t, o)

	write := func(b []byte) func(string) error {
		return func(path string) error { return os.WriteFile(path, b, 0o600) }
	}
	change := func(f func(*bbolt.Tx) error) func(string) error {
		return func(path string) error { edit(t, path, f); return nil }
	}
	for name, damage := range map[string]func(path string) error{
		"missing":       os.Remove,
		"empty":         write(nil),
		"stale":         write(stale),
		"noise":         write(make([]byte, 20000)),
		"cut short":     func(path string) error { return os.Truncate(path, 3<<12) },
		"newer":         change(put(bucketMeta, metaFormat, []byte{0, 0, 0, 9})),
		"of another":    change(flip(bucketMeta, metaID, 3)),
		"another state": change(flip(bucketMeta, metaIndexed, 20)),
		"ahead":         change(flip(bucketMeta, metaIndexed, 0)),
		"no bucket":     change(func(tx *bbolt.Tx) error { return tx.DeleteBucket(bucketLookup) }),
		"no watermark":  change(del(bucketMeta, metaIndexed)),
	} {
		t.Run(name, func(t *testing.T) {
			o := copyDir(t, o)
			if err := damage(filepath.Join(o.Dir, indexFile)); err != nil {
				t.Fatal(err)
			}
			s := openTest(t, o)
			for n, l := range at {
				if n == 3 {
					continue
				}
				again := mustAppend(t, s, testBadge(t, n))
				if !again.Duplicate || again.Index != l.Index {
					t.Fatalf("record %d is at %d, found %+v", n, l.Index, again)
				}
				if i, err := s.ByCommitment(l.Entry.Commitment); err != nil || i != l.Index {
					t.Fatalf("commitment of %d: %d, %v, want %d", n, i, err, l.Index)
				}
			}
		})
	}

	// An index that covers what another past had at the same sizes.
	o2 := forked
	if err := os.Remove(filepath.Join(o2.Dir, indexFile)); err != nil {
		t.Fatal(err)
	}
	s2 := openTest(t, o2)
	if i, err := s2.ByDigest(record.Badge, testBadge(t, 150).Record.Digest()); err != nil || i != at[150].Index {
		t.Errorf("record 150: %d, %v", i, err)
	}
}

// TestIndexLies damages an index in a way that Open cannot see. A wrong hit
// is never believed.
func TestIndexLies(t *testing.T) {
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	a, b := mustAppend(t, s, testBadge(t, 1)), mustAppend(t, s, testBadge(t, 2))
	closeTest(t, s)
	swap := func(bucket []byte) func(tx *bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			return tx.Bucket(bucket).ForEach(func(k, v []byte) error {
				i, err := num(v)
				if err != nil {
					return err
				}
				return tx.Bucket(bucket).Put(k, key64(1-i))
			})
		}
	}
	edit(t, filepath.Join(o.Dir, indexFile), swap(bucketLookup))
	edit(t, filepath.Join(o.Dir, indexFile), swap(bucketCommitment))
	if s, err = Open(o); err != nil {
		t.Fatal(err)
	}
	for _, l := range []Logged{a, b} {
		if i, err := s.ByCommitment(l.Entry.Commitment); err == nil {
			t.Errorf("commitment of entry %d was found at %d", l.Index, i)
		}
	}
	if i, err := s.ByDigest(record.Badge, testBadge(t, 1).Record.Digest()); err == nil {
		t.Errorf("record of entry 0 was found at %d", i)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Fsck(context.Background(), o, nil)
	if err != nil || r.Clean() || r.Divergence.File != indexFile {
		t.Errorf("fsck: %v, %v", r, err)
	}
}
