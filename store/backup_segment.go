package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// The files of a backup begin with what they are, the store's id, and the
// index (of the journal: the size) from which on they hold what there is; the
// manifest says how far. Then:
//
//	entries  for each index: length[2] ‖ entry; for a sealed or open one then
//	         there[1], and if that is 1, row[112] ‖ length[4] ‖ box; for a head
//	         Unix seconds[8] of its freezing
//	keys     for each index: slot[32]
//	journal  for each row: size[8] ‖ length[4] ‖ JSON, until the end
//
// Rows, boxes and slots are those of log.db and of the keys file. Tiles, states
// and the index follow from the entries and are not in a backup.
const (
	entriesMagic = "akashi backup entries v1\n"
	slotsMagic   = "akashi backup keys v1\n"
	journalMagic = "akashi backup journal v1\n"
)

func segmentHeader(magic string, id []byte, first uint64) []byte {
	return append(append([]byte(magic), id...), key64(first)...)
}

// A sumWriter writes one file of a backup and reckons its checksum.
type sumWriter struct {
	f    *os.File
	buf  *bufio.Writer
	sum  hash.Hash
	size int64
	name string
}

func createSum(dir, name string) (*sumWriter, error) {
	// One of that name was left by a run that was cut off.
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, diskError(err)
	}
	w := &sumWriter{f: f, sum: sha256.New(), name: name}
	w.buf = bufio.NewWriterSize(f, 1<<20)
	return w, nil
}

func (w *sumWriter) Write(b []byte) (int, error) {
	w.sum.Write(b)
	w.size += int64(len(b))
	return w.buf.Write(b)
}

// close makes the file durable, but for its name.
func (w *sumWriter) close(err error) (backupFile, error) {
	if err == nil {
		err = w.buf.Flush()
	}
	if err == nil {
		err = syncFile(w.f)
	}
	err = diskError(errors.Join(err, w.f.Close()))
	return backupFile{Name: w.name, Size: w.size, SHA256: hex.EncodeToString(w.sum.Sum(nil))}, err
}

// A sumReader reads one file of a backup, and says at the end whether it was
// the one that the manifest means.
type sumReader struct {
	want backupFile
	f    *os.File
	buf  *bufio.Reader
	sum  hash.Hash
	read int64
}

func openSum(dir string, want backupFile) (*sumReader, error) {
	f, err := os.Open(filepath.Join(dir, want.Name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is missing", ErrBadBackup, want.Name)
	}
	if err != nil {
		return nil, err
	}
	r := &sumReader{want: want, f: f, sum: sha256.New()}
	if info, err := f.Stat(); err != nil || info.Size() != want.Size {
		f.Close()
		if err == nil {
			err = fmt.Errorf("%w: %s has %d bytes, want %d", ErrBadBackup, want.Name, info.Size(), want.Size)
		}
		return nil, err
	}
	r.buf = bufio.NewReaderSize(io.TeeReader(f, r.sum), 1<<20)
	return r, nil
}

func (r *sumReader) Read(b []byte) (int, error) { return r.buf.Read(b) }

// full reads all of b.
func (r *sumReader) full(b []byte) error {
	if _, err := io.ReadFull(r.buf, b); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("%w: %s ends too early", ErrBadBackup, r.want.Name)
		}
		return err
	}
	return nil
}

// close wants the file to be at its end and to be the right one, unless there
// is an error already. A file that is not the right one explains any error.
func (r *sumReader) close(err error) error {
	defer r.f.Close()
	if err != nil && !errors.Is(err, ErrBadBackup) {
		return err
	}
	rest, rerr := io.Copy(io.Discard, r.buf)
	if rerr != nil {
		return rerr
	}
	if hex.EncodeToString(r.sum.Sum(nil)) != r.want.SHA256 {
		return fmt.Errorf("%w: %s has another checksum than the manifest says", ErrBadBackup, r.want.Name)
	}
	if err == nil && rest > 0 {
		err = fmt.Errorf("%w: %s has %d bytes too many", ErrBadBackup, r.want.Name, rest)
	}
	return err
}

func (r *sumReader) header(magic string, id []byte, s segment) error {
	want := segmentHeader(magic, id, s.First)
	got := make([]byte, len(want))
	if err := r.full(got); err != nil {
		return err
	}
	if string(got) != string(want) {
		return fmt.Errorf("%w: %s is not what the manifest takes it for", ErrBadBackup, r.want.Name)
	}
	return nil
}

// A chunkReader reads rows of a bucket of chunks at ascending indexes.
type chunkReader struct {
	c     *bbolt.Cursor
	split func(chunk) ([][]byte, error)
	first uint64
	rows  [][]byte
	next  uint64 // where the chunk after it begins
	read  bool
}

func (r *chunkReader) at(i uint64) ([]byte, error) {
	if !r.read || i < r.first || i >= r.next {
		ch, ok, err := chunkOf(r.c, i)
		if err != nil {
			return nil, err
		}
		r.read, r.rows, r.first, r.next = true, nil, i, math.MaxUint64
		if ok && ch.first <= i {
			if r.rows, err = r.split(ch); err != nil {
				return nil, err
			}
			r.first = ch.first
		}
		if k, _ := r.c.Seek(key64(i + 1)); k != nil {
			if r.next, err = num(k); err != nil {
				return nil, err
			}
		}
	}
	if i-r.first >= uint64(len(r.rows)) {
		return nil, nil
	}
	return r.rows[i-r.first], nil
}

// How much of the store is read in one transaction: a long one would keep
// bbolt from using free pages again.
const (
	copyEntries = 8192
	copyBytes   = 16 << 20
)

// writeEntries writes the entries from first on, up to end or until the file
// has grown large, and returns the index after the last.
func (s *Store) writeEntries(ctx context.Context, w io.Writer, size func() int64, first, end uint64) (uint64, error) {
	i := first
	var buf []byte
	for i < end && i-first < maxSegmentEntries && size() < maxSegmentBytes {
		if err := ctx.Err(); err != nil {
			return i, err
		}
		err := s.view(func(tx *bbolt.Tx) error {
			private := &chunkReader{c: tx.Bucket(bucketPrivate).Cursor(), split: chunk.privateRows}
			records := &chunkReader{c: tx.Bucket(bucketRecords).Cursor(), split: chunk.records}
			tiles := tx.Bucket(bucketTiles)
			var tile []byte // hashes of the leaves that n is among
			from, began := i, size()
			return skipFull(eachEntry(tx, from, min(end, from+copyEntries, first+maxSegmentEntries), func(n uint64, raw []byte) error {
				if size()-began > copyBytes {
					return errFull
				}
				e, err := record.ParseEntry(raw)
				if err != nil {
					return fmt.Errorf("%w: entry %d: %w", ErrDamaged, n, err)
				}
				// What has rotted must not take the place of what was saved.
				if n == from || n%merkle.TileWidth == 0 {
					tile = tiles.Get(tileKey(0, n/merkle.TileWidth))
				}
				leaf, at := merkle.LeafHash(raw), int(n%merkle.TileWidth)*merkle.HashSize
				if len(tile) < at+merkle.HashSize || !bytes.Equal(tile[at:at+merkle.HashSize], leaf[:]) {
					return fmt.Errorf("%w: entry %d is not the one that was hashed into the log; run fsck, and restore from the backup", ErrDamaged, n)
				}
				buf = binary.BigEndian.AppendUint16(buf[:0], uint16(len(raw)))
				buf = append(buf, raw...)
				switch e.Kind {
				case record.Sealed, record.Open:
					row, err := private.at(n)
					if err != nil {
						return err
					}
					if row == nil {
						buf = append(buf, 0)
						break
					}
					box, err := records.at(n)
					if err != nil {
						return err
					}
					buf = append(append(buf, 1), row...)
					buf = appendRecord(buf, box)
				case record.Head:
					f, err := frozenAt(tx, n+1)
					if err != nil {
						return fmt.Errorf("%w: head entry %d: %w", ErrDamaged, n, err)
					}
					buf = binary.BigEndian.AppendUint64(buf, f.Time)
				}
				i = n + 1
				_, err = w.Write(buf)
				return err
			}))
		})
		if err != nil {
			return i, err
		}
	}
	return i, nil
}

// errFull ends one transaction of reading.
var errFull = errors.New("enough for one transaction")

func skipFull(err error) error {
	if errors.Is(err, errFull) {
		return nil
	}
	return err
}

// privateRows are the private rows of a chunk, nil where there is none.
func (c chunk) privateRows() ([][]byte, error) {
	var rows [][]byte
	for i := range uint64(len(c.data)+rowSize-1) / rowSize {
		row, err := c.row(c.first + i)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// writeSlots writes the slots of the keys file, those of forgotten records as
// zeros.
func (s *Store) writeSlots(ctx context.Context, w io.Writer, first, end uint64, forgotten map[uint64]bool) error {
	buf := make([]byte, 0, copyEntries*slotSize)
	for i := first; i < end; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(end-i, copyEntries)
		buf = buf[:n*slotSize]
		if _, err := s.keys.f.ReadAt(buf, keysOffset(i)); err != nil {
			if errors.Is(err, os.ErrClosed) {
				return ErrClosed
			}
			return fmt.Errorf("%w: read slots %d to %d: %w", ErrDamaged, i, i+n-1, err)
		}
		for k := range n {
			if forgotten[i+k] {
				clear(buf[k*slotSize : (k+1)*slotSize])
			}
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		i += n
	}
	return nil
}

// A copied entry is one of a backup's, as it was read.
type copied struct {
	index uint64
	raw   []byte
	entry record.Entry
	row   []byte // nil when there is none
	box   []byte // nil when there is none
	time  uint64 // of a head
}

// readEntries hands f the entries of a segment, in order. What it hands over
// is used again for the next.
func readEntries(r *sumReader, id []byte, s segment, f func(*copied) error) error {
	if err := r.header(entriesMagic, id, s); err != nil {
		return err
	}
	var (
		c    copied
		head [8]byte
		raw  [record.MaxEntrySize]byte
		row  [rowSize]byte
		box  []byte
	)
	bad := func(what string) error {
		return fmt.Errorf("%w: %s, entry %d: %s", ErrBadBackup, r.want.Name, c.index, what)
	}
	for c.index = s.First; c.index < s.end(); c.index++ {
		if err := r.full(head[:2]); err != nil {
			return err
		}
		n := int(binary.BigEndian.Uint16(head[:]))
		if n > len(raw) {
			return bad("it is too long")
		}
		c.raw, c.row, c.box, c.time = raw[:n], nil, nil, 0
		if err := r.full(c.raw); err != nil {
			return err
		}
		var err error
		if c.entry, err = record.ParseEntry(c.raw); err != nil {
			return bad(err.Error())
		}
		switch c.entry.Kind {
		case record.Sealed, record.Open:
			if err := r.full(head[:1]); err != nil {
				return err
			}
			if head[0] == 0 {
				break
			}
			c.row = row[:]
			if err := r.full(c.row); err != nil {
				return err
			}
			if err := r.full(head[:4]); err != nil {
				return err
			}
			n := int64(binary.BigEndian.Uint32(head[:]))
			if n > maxBytes {
				return bad("its record is too long")
			}
			if n > 0 {
				if int64(cap(box)) < n {
					box = make([]byte, n)
				}
				c.box = box[:n]
				if err := r.full(c.box); err != nil {
					return err
				}
			}
		case record.Head:
			if err := r.full(head[:]); err != nil {
				return err
			}
			c.time = binary.BigEndian.Uint64(head[:])
		}
		if err := f(&c); err != nil {
			return err
		}
	}
	return nil
}

// writeJournal writes the journal rows of sizes from first to end-1.
func (s *Store) writeJournal(ctx context.Context, w io.Writer, first, end uint64) error {
	for next := first; next < end; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := s.view(func(tx *bbolt.Tx) error {
			c := tx.Bucket(bucketAnchors).Cursor()
			k, v := c.Seek(key64(next))
			for n := 0; n < 256; n++ {
				size := end
				if k != nil {
					size = binary.BigEndian.Uint64(k)
				}
				if next = size; size >= end {
					return nil
				}
				row := binary.BigEndian.AppendUint32(key64(size), uint32(len(v)))
				if _, err := w.Write(append(row, v...)); err != nil {
					return err
				}
				next = size + 1
				k, v = c.Next()
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// maxJournalRow is above what any journal row takes as JSON.
const maxJournalRow = 4*MaxRawTxs + 2*MaxProofBytes

// readJournal hands f the rows of a journal segment.
func readJournal(r *sumReader, id []byte, s segment, f func(size uint64, row []byte) error) error {
	if err := r.header(journalMagic, id, s); err != nil {
		return err
	}
	var head [12]byte
	for left := r.want.Size - int64(len(segmentHeader(journalMagic, id, 0))); left > 0; {
		if err := r.full(head[:]); err != nil {
			return err
		}
		size, n := binary.BigEndian.Uint64(head[:]), int64(binary.BigEndian.Uint32(head[8:]))
		if size < s.First || size >= s.end() || n > left || n > maxJournalRow {
			return fmt.Errorf("%w: %s has a row of size %d and %d bytes", ErrBadBackup, r.want.Name, size, n)
		}
		row := make([]byte, n)
		if err := r.full(row); err != nil {
			return err
		}
		if err := f(size, row); err != nil {
			return err
		}
		left -= int64(len(head)) + n
	}
	return nil
}
