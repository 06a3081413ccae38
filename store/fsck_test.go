package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// richDir makes a closed rich store.
func richDir(t testing.TB) (Options, uint64) {
	t.Helper()
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	kept := rich(t, s)
	r := closeTest(t, s)
	if r.Records != 323 || r.Forgotten != 1 || r.Statuses != 4 || r.Heads != 2 || r.Anchors != 1 || r.Indexed != r.Size {
		t.Fatalf("fsck counted %+v", r)
	}
	// What follows the last page is room to grow: no need to copy it about.
	for _, name := range []string{logFile, indexFile} {
		path := filepath.Join(o.Dir, name)
		var size int64
		edit(t, path, func(tx *bbolt.Tx) error { size = tx.Size(); return nil })
		if err := os.Truncate(path, size+1<<16); err != nil {
			t.Fatal(err)
		}
	}
	return o, kept
}

// copyDir copies a closed store.
func copyDir(t testing.TB, o Options) Options {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(dir, os.DirFS(o.Dir)); err != nil {
		t.Fatal(err)
	}
	o.Dir = dir
	return o
}

func edit(t testing.TB, path string, f func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(f); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// flip changes one byte of a bucket's value.
func flip(bucket []byte, key []byte, at int) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		v := bytes.Clone(tx.Bucket(bucket).Get(key))
		if v == nil {
			return fmt.Errorf("no key %x in %s", key, bucket)
		}
		v[at] ^= 1
		return tx.Bucket(bucket).Put(key, v)
	}
}

func put(bucket, key, value []byte) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Put(key, value) }
}

func del(bucket, key []byte) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		if tx.Bucket(bucket).Get(key) == nil {
			return fmt.Errorf("no key %x in %s", key, bucket)
		}
		return tx.Bucket(bucket).Delete(key)
	}
}

func firstKey(tx *bbolt.Tx, bucket []byte) []byte {
	k, _ := tx.Bucket(bucket).Cursor().First()
	return bytes.Clone(k)
}

// TestFsckNames damages each bucket and file by hand, in each way there is,
// and wants the place named.
func TestFsckNames(t *testing.T) {
	original, kept := richDir(t)
	type damage func(*bbolt.Tx) error
	var head merkle.Tree
	var forgottenAt uint64
	edit(t, filepath.Join(original.Dir, logFile), func(tx *bbolt.Tx) (err error) {
		head, err = readHead(tx)
		forgottenAt = binary.BigEndian.Uint64(firstKey(tx, bucketForgotten))
		return err
	})
	size := head.Size
	inKept := func(f func(ch chunk) []byte) damage {
		return func(tx *bbolt.Tx) error {
			ch, _, err := chunkOf(tx.Bucket(bucketPrivate).Cursor(), kept)
			if err != nil {
				return err
			}
			return tx.Bucket(bucketPrivate).Put(key64(ch.first), f(chunk{ch.first, bytes.Clone(ch.data)}))
		}
	}
	tests := []struct {
		name   string
		file   string
		damage damage
		want   string // in the divergence
	}{
		{"entry changed", logFile, flip(bucketEntries, key64(0), 20), "bucket private, key 0: its salt and digest do not open the entry's commitment"},
		{"entry version", logFile, flip(bucketEntries, key64(0), 2), "bucket entries, key 0: entry 0: entry version 0"},
		{"bundle cut", logFile, func(tx *bbolt.Tx) error {
			v := tx.Bucket(bucketEntries).Get(key64(1))
			return tx.Bucket(bucketEntries).Put(key64(1), bytes.Clone(v[:len(v)-1]))
		}, "bucket entries, key 1"},
		{"bundle missing", logFile, del(bucketEntries, key64(1)), "bucket entries, key 1: the bundle is missing"},
		{"bundle too many", logFile, put(bucketEntries, key64(2), []byte{0, 0}), "bucket entries, key 2: a row that no entry leads to"},
		{"leaf hash", logFile, flip(bucketTiles, tileKey(0, 0), 33), "bucket tiles, key tile/0/000: hash 1"},
		{"upper hash", logFile, flip(bucketTiles, tileKey(1, 0), 0), "bucket tiles, key tile/1/000.p/1: hash 0"},
		{"partial tile", logFile, flip(bucketTiles, tileKey(0, 1), 0), "bucket tiles, key tile/0/001.p/"},
		{"tile missing", logFile, del(bucketTiles, tileKey(0, 0)), "bucket tiles, key tile/0/000: the row is missing"},
		{"tile too many", logFile, put(bucketTiles, tileKey(2, 0), make([]byte, 32)), "bucket tiles, key 020000000000000000"},
		{"current state", logFile, flip(bucketStatus, key64(0), 8), "bucket status, key 0: chunk 0"},
		{"last change", logFile, flip(bucketStatus, key64(0), 7), "bucket status, key 0: last changed by"},
		{"status tile missing", logFile, del(bucketStatus, key64(0)), "bucket status, key 0: the row is missing"},
		{"status tile too many", logFile, put(bucketStatus, key64(1), make([]byte, 8200)), "bucket status, key 1"},
		{"change missing", logFile, func(tx *bbolt.Tx) error { return del(bucketChanges, firstKey(tx, bucketChanges))(tx) }, "bucket changes, key 0 at"},
		{"change altered", logFile, func(tx *bbolt.Tx) error { return flip(bucketChanges, firstKey(tx, bucketChanges), 0)(tx) }, "bucket changes, key 0 at"},
		{"change too many", logFile, put(bucketChanges, key2(9, 300), []byte{2}), "bucket changes, key 9 at 300"},
		{"frozen root", logFile, flip(bucketFrozen, key64(301), 0), "bucket frozen, key 301: root"},
		{"frozen missing", logFile, del(bucketFrozen, key64(301)), "bucket frozen, key 301: the row is missing"},
		{"frozen too many", logFile, put(bucketFrozen, key64(5), make([]byte, 40)), "bucket frozen, key 5"},
		{"lookup changed", logFile, inKept(func(c chunk) []byte { c.data[(kept-c.first)*rowSize] ^= 1; return c.data }), fmt.Sprintf("bucket private, key %d: its lookup HMAC", kept)},
		{"box changed", logFile, inKept(func(c chunk) []byte { c.data[(kept-c.first)*rowSize+40] ^= 1; return c.data }), fmt.Sprintf("bucket private, key %d: store is damaged: private row does not decrypt", kept)},
		{"row zeroed", logFile, inKept(func(c chunk) []byte { clear(c.data[(kept-c.first)*rowSize:][:rowSize]); return c.data }), fmt.Sprintf("bucket private, key %d: the row is missing", kept)},
		{"chunk cut", logFile, inKept(func(c chunk) []byte { return c.data[:len(c.data)-1] }), "bucket private, key"},
		{"chunk too many", logFile, put(bucketPrivate, key64(size), make([]byte, rowSize)), fmt.Sprintf("bucket private, key %d: a chunk that no entry leads to", size)},
		{"record changed", logFile, func(tx *bbolt.Tx) error {
			ch, _, err := chunkOf(tx.Bucket(bucketRecords).Cursor(), kept)
			if err != nil {
				return err
			}
			boxes, err := ch.records()
			if err != nil {
				return err
			}
			data := []byte{}
			for i, box := range boxes {
				if box = bytes.Clone(box); ch.first+uint64(i) == kept {
					box[0] ^= 1
				}
				data = appendRecord(data, box)
			}
			return tx.Bucket(bucketRecords).Put(key64(ch.first), data)
		}, fmt.Sprintf("bucket records, key %d: it does not decrypt", kept)},
		{"record too many", logFile, put(bucketRecords, key64(300), appendRecord(nil, []byte{1})), "bucket records, key 300: a record for an entry of kind head"},
		{"record chunk cut", logFile, func(tx *bbolt.Tx) error {
			k, v := tx.Bucket(bucketRecords).Cursor().First()
			return tx.Bucket(bucketRecords).Put(bytes.Clone(k), bytes.Clone(v[:len(v)-1]))
		}, "bucket records, key 0"},
		{"tombstone missing", logFile, func(tx *bbolt.Tx) error { return del(bucketTombstones, firstKey(tx, bucketTombstones))(tx) }, "bucket forgotten, key"},
		{"tombstone too many", logFile, put(bucketTombstones, make([]byte, 32), key64(4)), "bucket tombstones, key 0000"},
		{"forgotten missing", logFile, func(tx *bbolt.Tx) error { return del(bucketForgotten, firstKey(tx, bucketForgotten))(tx) }, fmt.Sprintf("bucket private, key %d: the row is missing", forgottenAt)},
		{"forgotten too many", logFile, put(bucketForgotten, key64(300), make([]byte, 32)), "bucket forgotten, key 300"},
		{"destroy too many", logFile, put(bucketDestroy, key64(1), nil), "bucket destroy, key 1"},
		{"anchor root", logFile, func(tx *bbolt.Tx) error {
			k, v := tx.Bucket(bucketAnchors).Cursor().First()
			a, err := decodeAnchor(v)
			if err != nil {
				return err
			}
			return tx.Bucket(bucketAnchors).Put(bytes.Clone(k), bytes.Replace(v, []byte(a.Root.String()), []byte(strings.Repeat("0", 64)), 1))
		}, "bucket anchors, key 328: root"},
		{"anchor unreadable", logFile, func(tx *bbolt.Tx) error { return put(bucketAnchors, firstKey(tx, bucketAnchors), []byte("{"))(tx) }, "bucket anchors, key 328"},
		{"anchor never frozen", logFile, func(tx *bbolt.Tx) error {
			_, v := tx.Bucket(bucketAnchors).Cursor().First()
			return tx.Bucket(bucketAnchors).Put(key64(7), bytes.Replace(v, []byte(`"size":328`), []byte(`"size":7`), 1))
		}, "bucket anchors, key 7: no tree of that size was frozen"},
		{"checkpoint", logFile, func(tx *bbolt.Tx) error {
			v := bytes.Clone(tx.Bucket(bucketMeta).Get(metaCheckpoint))
			lines := bytes.SplitN(v[8:], []byte("\n"), 4)
			lines[2][0] ^= 1
			return tx.Bucket(bucketMeta).Put(metaCheckpoint, append(v[:8:8], bytes.Join(lines, []byte("\n"))...))
		}, "bucket meta, key checkpoint"},
		{"key terms", logFile, put(bucketMeta, metaKeyTerms, []byte("{")), "bucket meta, key keyterms"},
		{"opening", logFile, put(bucketMeta, metaOpening, []byte("[")), "bucket meta, key opening"},
		{"head root", logFile, flip(bucketMeta, metaHead, 9), "bucket meta, key head: root"},
		{"head size", logFile, flip(bucketMeta, metaHead, 7), "bucket entries, key 1"},
		{"head cut", logFile, put(bucketMeta, metaHead, []byte{1}), "bucket meta, key head"},
		{"format gone", logFile, del(bucketMeta, metaFormat), "bucket meta, key format"},
		{"unknown name", logFile, put(bucketMeta, []byte("extra"), nil), "bucket meta, key 6578747261"},
		{"bucket gone", logFile, func(tx *bbolt.Tx) error { return tx.DeleteBucket(bucketAnchors) }, "bucket anchors: the bucket is missing"},
		{"bucket too many", logFile, func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("other")); return err }, "bucket other"},
		{"index of nothing", indexFile, put(bucketLookup, make([]byte, prefixSize), key64(3)), "index.db, bucket lookup, key 0000"},
		{"index lacks a record", indexFile, func(tx *bbolt.Tx) error { return del(bucketLookup, firstKey(tx, bucketLookup))(tx) }, "index.db, bucket lookup"},
		{"index leads elsewhere", indexFile, func(tx *bbolt.Tx) error { return flip(bucketCommitment, firstKey(tx, bucketCommitment), 7)(tx) }, "index.db, bucket commitment"},
		{"index of no commitment", indexFile, put(bucketCommitment, make([]byte, prefixSize), key64(3)), "index.db, bucket commitment, key 0000"},
		{"index ahead", indexFile, flip(bucketMeta, metaIndexed, 0), "index.db, bucket meta, key indexed: it covers"},
		{"index of another state", indexFile, flip(bucketMeta, metaIndexed, 9), "index.db, bucket meta, key indexed: it was made from"},
		{"index of another log", indexFile, flip(bucketMeta, metaID, 0), "index.db, bucket meta, key id"},
	}
	damaged := map[string]bool{}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := copyDir(t, original)
			edit(t, filepath.Join(o.Dir, test.file), test.damage)
			r, err := Fsck(context.Background(), o, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Clean() || !strings.Contains(r.String(), test.want) {
				t.Fatalf("fsck: %v\nwant %s", r, test.want)
			}
			damaged[r.Divergence.Bucket] = true
		})
	}
	for _, name := range logBuckets {
		if !damaged[string(name)] {
			t.Errorf("no test damages bucket %s", name)
		}
	}
}

// TestFsckFiles damages files as a whole.
func TestFsckFiles(t *testing.T) {
	original, kept := richDir(t)
	overwrite := func(name string, at int64, b []byte) func(t *testing.T, o Options) {
		return func(t *testing.T, o Options) {
			f, err := os.OpenFile(filepath.Join(o.Dir, name), os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteAt(b, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	noise := make([]byte, 4096)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		damage func(t *testing.T, o Options)
		want   string
	}{
		{"no keys", func(t *testing.T, o Options) { os.Remove(filepath.Join(o.Dir, keysFile)) }, "keys: the file is missing"},
		{"keys of another", overwrite(keysFile, 20, noise[:4]), "keys: it is not the keys file of this log.db"},
		{"slot changed", overwrite(keysFile, keysOffset(kept), noise[:32]), fmt.Sprintf("bucket private, key %d", kept)},
		{"slot zero", overwrite(keysFile, keysOffset(kept), make([]byte, 32)), fmt.Sprintf("keys, key %d: the slot is zero", kept)},
		{"slot of the forgotten", overwrite(keysFile, keysOffset(5), noise[:32]), "keys, key 5: the slot of a forgotten record was not destroyed"},
		{"keys cut", func(t *testing.T, o Options) { os.Truncate(filepath.Join(o.Dir, keysFile), keysOffset(kept)) }, fmt.Sprintf("keys, key %d: the slot is missing", kept)},
		{"log cut", func(t *testing.T, o Options) { os.Truncate(filepath.Join(o.Dir, logFile), 20<<12) }, "log.db: it cannot be read: it is cut short"},
		{"index cut", func(t *testing.T, o Options) { os.Truncate(filepath.Join(o.Dir, indexFile), 4<<12) }, "delete index.db, it is made anew at the next start"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := copyDir(t, original)
			test.damage(t, o)
			r, err := Fsck(context.Background(), o, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Clean() || !strings.Contains(r.String(), test.want) {
				t.Fatalf("fsck: %v\nwant %s", r, test.want)
			}
		})
	}
}

// TestFsckNoise overwrites each page of log.db with noise: whatever Fsck and
// Open make of it, they return.
func TestFsckNoise(t *testing.T) {
	original, _ := richDir(t)
	raw, err := os.ReadFile(filepath.Join(original.Dir, logFile))
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 4096)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	os.Truncate(filepath.Join(original.Dir, indexFile), 0)
	var named, harmless int
	for page := 0; page*4096 < len(raw); page++ {
		o := copyDir(t, original)
		b := bytes.Clone(raw)
		copy(b[page*4096:], noise)
		if err := os.WriteFile(filepath.Join(o.Dir, logFile), b, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Fsck(context.Background(), o, nil)
		if err != nil && !errors.Is(err, ErrSecret) && !errors.Is(err, ErrNewer) {
			t.Fatalf("page %d: %v", page, err)
		}
		if err != nil || !r.Clean() {
			named++
		} else {
			harmless++ // a free page, or the older of the two meta pages
		}
		if s, err := Open(o); err == nil {
			s.Close()
		}
		os.RemoveAll(o.Dir)
	}
	t.Logf("%d pages named, %d harmless", named, harmless)
	if named < harmless {
		t.Errorf("%d pages of noise were named, %d were not", named, harmless)
	}
}

func TestFsckRefusals(t *testing.T) {
	o, _ := richDir(t)
	ctx := context.Background()
	t.Run("open elsewhere", func(t *testing.T) {
		s, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := Fsck(ctx, o, nil); !errors.Is(err, ErrLocked) {
			t.Errorf("fsck of an open store: %v", err)
		}
	})
	t.Run("other secret", func(t *testing.T) {
		o := o
		o.Secret = bytes.Repeat([]byte{9}, SecretSize)
		if _, err := Fsck(ctx, o, nil); !errors.Is(err, ErrSecret) {
			t.Errorf("fsck with another secret: %v", err)
		}
	})
	t.Run("no store", func(t *testing.T) {
		o := o
		o.Dir = t.TempDir()
		if _, err := Fsck(ctx, o, nil); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("fsck of nothing: %v", err)
		}
	})
	t.Run("ended", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := Fsck(ended, o, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("fsck under an ended context: %v", err)
		}
	})
	t.Run("newer", func(t *testing.T) {
		o := copyDir(t, o)
		edit(t, filepath.Join(o.Dir, logFile), put(bucketMeta, metaFormat, []byte{0, 0, 0, Format + 1}))
		if _, err := Fsck(ctx, o, nil); !errors.Is(err, ErrNewer) {
			t.Errorf("fsck of a newer store: %v", err)
		}
	})
}

// TestFsckStatusWithoutEffect appends, past the store's own refusal, a status
// entry that does not act.
func TestFsckStatusWithoutEffect(t *testing.T) {
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, s, testBadge(t, 1))
	b := newBatch()
	b.before = tail{builder: mustBuilder(t, s), tree: s.Tree()}
	b.before.bundle, err = s.Bundle(merkle.Bundle{Width: 1})
	if err != nil {
		t.Fatal(err)
	}
	b.add(record.Entry{Kind: record.Status, Target: 0, State: record.Revoked}, noSlot)
	b.add(record.Entry{Kind: record.Status, Target: 0, State: record.Valid}, noSlot)
	b.changes = []change{{0, 1, record.Revoked}, {0, 2, record.Valid}}
	if err := (&sequencer{s: s}).finish(b); err != nil {
		t.Fatal(err)
	}
	if err := s.update(b.put); err != nil {
		t.Fatal(err)
	}
	s.Close()
	r, err := Fsck(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "status entry 2: status entry has no effect: entry 0 is revoked"; !strings.Contains(r.String(), want) {
		t.Errorf("fsck: %v\nwant %s", r, want)
	}
}

func mustBuilder(t testing.TB, s *Store) *merkle.TileBuilder {
	t.Helper()
	b, err := merkle.NewTileBuilder(s, s.Tree().Size)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
