package store

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// txTiles reads tiles within one transaction.
type txTiles struct{ tx *bbolt.Tx }

func (t txTiles) ReadTile(tile merkle.Tile) ([]merkle.Hash, error) {
	data := t.tx.Bucket(bucketTiles).Get(tileKey(tile.Level, tile.Index))
	if len(data) < tile.Width*merkle.HashSize {
		return nil, fmt.Errorf("tile %s has %d bytes, want %d", tile, len(data), tile.Width*merkle.HashSize)
	}
	return merkle.ParseTile(data[:tile.Width*merkle.HashSize], tile.Width)
}

// A chunkWalk walks a bucket of chunks along with the log.
type chunkWalk struct {
	bucket []byte
	split  func(chunk) ([][]byte, error)
	c      *bbolt.Cursor
	k, v   []byte
	first  uint64   // index of rows[0]
	rows   [][]byte // of the chunk walked now
	next   uint64   // index after the last one taken
}

func newChunkWalk(tx *bbolt.Tx, bucket []byte, split func(chunk) ([][]byte, error)) chunkWalk {
	w := chunkWalk{bucket: bucket, split: split, c: tx.Bucket(bucket).Cursor()}
	w.k, w.v = w.c.First()
	return w
}

func newRecordWalk(tx *bbolt.Tx) chunkWalk {
	return newChunkWalk(tx, bucketRecords, chunk.records)
}

func newPrivateWalk(tx *bbolt.Tx) chunkWalk {
	return newChunkWalk(tx, bucketPrivate, chunk.privateRows)
}

// take returns the row of index n, nil when there is none. It is asked for
// each index of the log in turn, so a chunk that begins before n is one that
// begins within another.
func (w *chunkWalk) take(n uint64) ([]byte, error) {
	w.next = n + 1
	if n-w.first < uint64(len(w.rows)) {
		if w.k != nil && bytes.Compare(w.k, key64(n)) <= 0 {
			return nil, bad(w.bucket, keyText(w.k), "the chunk begins within the one at %d", w.first)
		}
		return w.rows[n-w.first], nil
	}
	if w.k == nil || bytes.Compare(w.k, key64(n)) > 0 {
		return nil, nil
	}
	first, err := num(w.k)
	if err != nil || first != n {
		return nil, bad(w.bucket, keyText(w.k), "a chunk that no entry leads to")
	}
	rows, err := w.split(chunk{first, w.v})
	if err != nil {
		return nil, bad(w.bucket, first, "%v", err)
	}
	if len(rows) == 0 {
		return nil, bad(w.bucket, first, "an empty chunk")
	}
	w.first, w.rows = first, rows
	w.k, w.v = w.c.Next()
	return rows[0], nil
}

// end says that the log is over.
func (w *chunkWalk) end() error {
	if w.first+uint64(len(w.rows)) > w.next {
		return bad(w.bucket, w.first, "the chunk goes on after the end of the log")
	}
	if w.k != nil {
		return bad(w.bucket, keyText(w.k), "a chunk that no entry leads to")
	}
	return nil
}

// checkRecord checks all that belongs to one sealed or open entry.
func (f *fsck) checkRecord(i uint64, e record.Entry, row, box []byte) error {
	gone, err := f.gone.take(i)
	if err != nil {
		return err
	}
	var slot [slotSize]byte
	if _, err := f.keys.ReadAt(slot[:], keysOffset(i)); err != nil {
		return &Divergence{File: keysFile, Key: fmt.Sprint(i), Problem: fmt.Sprintf("the slot is missing: %v; put back log.db and keys of one backup", err)}
	}
	if gone != nil {
		return f.checkForgotten(i, gone, row, box, slot)
	}
	if row == nil {
		return bad(bucketPrivate, i, "the row is missing, and the record was not forgotten")
	}
	if slot == ([slotSize]byte{}) {
		return &Divergence{File: keysFile, Key: fmt.Sprint(i), Problem: "the slot is zero, but the record was not forgotten"}
	}
	a, err := f.secrets.aead(&slot)
	if err != nil {
		return err
	}
	salt, digest, err := openBox(a, row)
	if err != nil {
		return bad(bucketPrivate, i, "%v", err)
	}
	if f.secrets.lookup(e.Type, digest) != [lookupSize]byte(row) {
		return bad(bucketPrivate, i, "its lookup HMAC is not that of the type and digest inside")
	}
	switch {
	case e.Kind == record.Open && digest != e.Digest:
		return bad(bucketPrivate, i, "its digest is not that of the entry's CID")
	case e.Kind == record.Sealed && record.Commit(salt, digest) != e.Commitment:
		return bad(bucketPrivate, i, "its salt and digest do not open the entry's commitment")
	}
	return f.checkRecordBytes(i, e.Type, box, a, digest)
}

func (f *fsck) checkRecordBytes(i uint64, t record.Type, box []byte, a cipher.AEAD, digest record.Digest) error {
	if box == nil {
		return nil
	}
	original, err := a.Open(nil, nonceRecord, box, nil)
	if err != nil {
		return bad(bucketRecords, i, "it does not decrypt with its slot of the keys file")
	}
	r, err := record.Parse(original)
	if err != nil {
		return bad(bucketRecords, i, "%v", err)
	}
	if r.Digest() != digest {
		return bad(bucketRecords, i, "the record has not the digest of its private row")
	}
	if err := r.CheckType(t); err != nil {
		return bad(bucketRecords, i, "%v", err)
	}
	return nil
}

func (f *fsck) checkForgotten(i uint64, gone, row, box []byte, slot [slotSize]byte) error {
	f.report.Forgotten++
	switch {
	case row != nil:
		return bad(bucketPrivate, i, "the row of a forgotten record is still there")
	case box != nil:
		return bad(bucketRecords, i, "the bytes of a forgotten record are still there")
	case len(gone) != lookupSize:
		return bad(bucketForgotten, i, "%d bytes, want %d", len(gone), lookupSize)
	case slot != [slotSize]byte{} && f.tx.Bucket(bucketDestroy).Get(key64(i)) == nil:
		return &Divergence{File: keysFile, Key: fmt.Sprint(i), Problem: "the slot of a forgotten record was not destroyed"}
	case !bytes.Equal(f.tx.Bucket(bucketTombstones).Get(gone), key64(i)):
		return bad(bucketForgotten, i, "there is no tombstone for it, so that the record would be taken again")
	}
	return nil
}

// checkTombstones looks for tombstones, and slots to destroy, too many.
func (f *fsck) checkTombstones() error {
	forgotten := f.tx.Bucket(bucketForgotten)
	err := f.tx.Bucket(bucketTombstones).ForEach(func(k, v []byte) error {
		if len(k) != lookupSize || len(v) != 8 || !bytes.Equal(forgotten.Get(v), k) {
			return bad(bucketTombstones, hex.EncodeToString(k), "no forgotten record leads to it")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.tx.Bucket(bucketDestroy).ForEach(func(k, _ []byte) error {
		if forgotten.Get(k) == nil {
			return bad(bucketDestroy, keyText(k), "the record was not forgotten")
		}
		return nil
	})
}

// checkIndex compares index.db with log.db, both ways. Missing is fine: Open
// makes it anew.
func (f *fsck) checkIndex() error {
	if info, err := os.Stat(filepath.Join(f.o.Dir, indexFile)); errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	return f.onDatabase(logFile, func(log *bbolt.Tx) error {
		f.tx = log
		return f.onDatabase(indexFile, f.compareIndex)
	})
}

func badIndex(bucket []byte, key string, format string, a ...any) error {
	return &Divergence{File: indexFile, Bucket: string(bucket), Key: key,
		Problem: fmt.Sprintf(format, a...) + "; delete index.db, it is made anew at the next start"}
}

func (f *fsck) compareIndex(tx *bbolt.Tx) error {
	for _, name := range [][]byte{bucketMeta, bucketLookup, bucketCommitment} {
		if tx.Bucket(name) == nil {
			return badIndex(name, "", "the bucket is missing")
		}
	}
	meta := tx.Bucket(bucketMeta)
	if v, err := readFormat(tx, indexFile); err != nil || v != indexFormat {
		return badIndex(bucketMeta, "format", "not version %d", indexFormat)
	}
	if !bytes.Equal(meta.Get(metaID), f.tx.Bucket(bucketMeta).Get(metaID)) {
		return badIndex(bucketMeta, "id", "the index is of another log.db")
	}
	v := meta.Get(metaIndexed)
	if len(v) != 8+merkle.HashSize {
		return badIndex(bucketMeta, "indexed", "%d bytes, want %d", len(v), 8+merkle.HashSize)
	}
	upTo, err := num(v[:8])
	if err != nil {
		return err
	}
	if upTo > f.report.Size {
		return badIndex(bucketMeta, "indexed", "it covers %d entries of a log of %d", upTo, f.report.Size)
	}
	root, err := merkle.RootFromTiles(txTiles{f.tx}, upTo)
	if err != nil {
		return err
	}
	if root != merkle.Hash(v[8:]) {
		return badIndex(bucketMeta, "indexed", "it was made from another state of log.db")
	}
	f.report.Indexed = upTo
	if err := f.indexHolds(tx, upTo); err != nil {
		return err
	}
	if err := f.indexLeads(tx); err != nil {
		return err
	}
	return checkPages(f.ctx, tx, indexFile)
}

// indexHolds checks that all the entries that the index covers are in it.
func (f *fsck) indexHolds(tx *bbolt.Tx, upTo uint64) error {
	lookup, commitment := tx.Bucket(bucketLookup), tx.Bucket(bucketCommitment)
	private := newPrivateWalk(f.tx)
	return eachEntry(f.tx, 0, upTo, func(i uint64, raw []byte) error {
		if i%merkle.TileWidth == 0 {
			if err := f.ctx.Err(); err != nil {
				return err
			}
		}
		row, err := private.take(i)
		if err != nil {
			return err
		}
		if row != nil && !bytes.Equal(lookup.Get(row[:prefixSize]), key64(i)) {
			return badIndex(bucketLookup, hex.EncodeToString(row[:prefixSize]), "it should lead to entry %d", i)
		}
		e, err := record.ParseEntry(raw)
		if err != nil {
			return err
		}
		if e.Kind == record.Sealed && !bytes.Equal(commitment.Get(e.Commitment[:prefixSize]), key64(i)) {
			return badIndex(bucketCommitment, hex.EncodeToString(e.Commitment[:prefixSize]), "it should lead to entry %d", i)
		}
		return nil
	})
}

// indexLeads checks that all that is in the index leads to where it should.
func (f *fsck) indexLeads(tx *bbolt.Tx) error {
	private, forgotten := f.tx.Bucket(bucketPrivate).Cursor(), f.tx.Bucket(bucketForgotten)
	err := tx.Bucket(bucketLookup).ForEach(func(k, v []byte) error {
		i, err := num(v)
		if err != nil {
			return badIndex(bucketLookup, hex.EncodeToString(k), "a value of %d bytes, want 8", len(v))
		}
		row, err := privateRow(private, i)
		if err != nil {
			return err
		}
		if row == nil {
			row = forgotten.Get(v)
		}
		if len(k) != prefixSize || !bytes.HasPrefix(row, k) {
			return badIndex(bucketLookup, hex.EncodeToString(k), "it leads to %s, which is another record", keyText(v))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return tx.Bucket(bucketCommitment).ForEach(func(k, v []byte) error {
		i, err := num(v)
		if err == nil && i >= f.report.Size {
			err = fmt.Errorf("the log has %d entries", f.report.Size)
		}
		var e record.Entry
		if err == nil {
			err = eachEntry(f.tx, i, i+1, func(_ uint64, raw []byte) (err error) {
				e, err = record.ParseEntry(raw)
				return err
			})
		}
		if err != nil || len(k) != prefixSize || e.Kind != record.Sealed || !bytes.HasPrefix(e.Commitment[:], k) {
			return badIndex(bucketCommitment, hex.EncodeToString(k), "it leads to %s, which is another entry", keyText(v))
		}
		return nil
	})
}
