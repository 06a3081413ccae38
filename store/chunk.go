package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"
)

// Private rows and records are kept in chunks of consecutive indexes: a key
// of its own for each would cost bbolt more than the row itself. A chunk
// holds what one transaction appended, up to chunkRows indexes and, but for
// one large record, chunkBytes; it is rewritten by Forget only.
const (
	chunkRows  = 256
	chunkBytes = 64 << 10
)

// A chunk is one value of bucketPrivate or bucketRecords.
type chunk struct {
	first uint64
	data  []byte
}

// chunkOf returns the chunk that would hold index, if there is one. The data
// lies in the transaction.
func chunkOf(c *bbolt.Cursor, index uint64) (chunk, bool, error) {
	k, v := c.Seek(key64(index))
	if k == nil {
		k, v = c.Last()
	} else if !bytes.Equal(k, key64(index)) {
		k, v = c.Prev()
	}
	if k == nil {
		return chunk{}, false, nil
	}
	first, err := num(k)
	return chunk{first, v}, err == nil, err
}

// row returns the private row of an index; nil when the chunk has none.
func (c chunk) row(index uint64) ([]byte, error) {
	if len(c.data)%rowSize != 0 || len(c.data) > chunkRows*rowSize {
		return nil, fmt.Errorf("%w: private chunk %d has %d bytes, want up to %d rows of %d", ErrDamaged, c.first, len(c.data), chunkRows, rowSize)
	}
	at := index - c.first
	if at >= uint64(len(c.data)/rowSize) {
		return nil, nil
	}
	row := c.data[at*rowSize : (at+1)*rowSize]
	if allZero(row) {
		return nil, nil
	}
	return row, nil
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

// records returns the encrypted records of a chunk in the order of their
// indexes, nil where there is none.
func (c chunk) records() ([][]byte, error) {
	out := make([][]byte, 0, chunkRows)
	for rest := c.data; len(rest) > 0; {
		if len(out) == chunkRows {
			return nil, fmt.Errorf("%w: record chunk %d has more than %d records", ErrDamaged, c.first, chunkRows)
		}
		if len(rest) < 4 {
			return nil, fmt.Errorf("%w: record chunk %d ends within a length", ErrDamaged, c.first)
		}
		n := uint64(binary.BigEndian.Uint32(rest))
		if rest = rest[4:]; n > uint64(len(rest)) || n > maxBytes {
			return nil, fmt.Errorf("%w: record chunk %d: entry %d has %d bytes, %d are there", ErrDamaged, c.first, c.first+uint64(len(out)), n, len(rest))
		}
		if n == 0 {
			out = append(out, nil)
		} else {
			out = append(out, rest[:n:n])
		}
		rest = rest[n:]
	}
	return out, nil
}

func appendRecord(data, box []byte) []byte {
	data = binary.BigEndian.AppendUint32(data, uint32(len(box)))
	return append(data, box...)
}

// privateRow returns the private row of an index, nil when there is none. It
// lies in the transaction.
func privateRow(c *bbolt.Cursor, index uint64) ([]byte, error) {
	ch, ok, err := chunkOf(c, index)
	if !ok || err != nil {
		return nil, err
	}
	return ch.row(index)
}

// recordBox returns the encrypted record of an index, nil when there is none.
// It lies in the transaction.
func recordBox(c *bbolt.Cursor, index uint64) ([]byte, error) {
	ch, ok, err := chunkOf(c, index)
	if !ok || err != nil {
		return nil, err
	}
	boxes, err := ch.records()
	if err != nil || index-ch.first >= uint64(len(boxes)) {
		return nil, err
	}
	return boxes[index-ch.first], nil
}

// deleteRow takes the private row and the record of an index out of their
// chunks.
func deleteRow(tx *bbolt.Tx, index uint64) error {
	private := tx.Bucket(bucketPrivate)
	ch, ok, err := chunkOf(private.Cursor(), index)
	if err != nil {
		return err
	}
	if ok {
		data := bytes.Clone(ch.data)
		row, err := chunk{ch.first, data}.row(index)
		if err != nil {
			return err
		}
		clear(row)
		if err := private.Put(key64(ch.first), data); err != nil {
			return err
		}
	}
	records := tx.Bucket(bucketRecords)
	ch, ok, err = chunkOf(records.Cursor(), index)
	if !ok || err != nil {
		return err
	}
	boxes, err := ch.records()
	if err != nil || index-ch.first >= uint64(len(boxes)) || boxes[index-ch.first] == nil {
		return err
	}
	data := make([]byte, 0, len(ch.data))
	for i, box := range boxes {
		if ch.first+uint64(i) == index {
			box = nil
		}
		data = appendRecord(data, box)
	}
	return records.Put(key64(ch.first), data)
}

// chunks makes the chunks of a batch out of its new records.
func (b *batch) chunks() {
	first := b.before.tree.Size
	n := len(b.entries)
	if len(b.fresh) == 0 {
		return
	}
	size := n * rowSize
	if cap(b.rows) < size {
		b.rows = make([]byte, size)
	}
	b.rows = b.rows[:size]
	clear(b.rows)
	for _, o := range b.fresh {
		copy(b.rows[(o.index-first)*rowSize:], o.row[:])
	}
	for i := 0; i < n; i += chunkRows {
		b.private = append(b.private, chunk{first + uint64(i), b.rows[i*rowSize : min(i+chunkRows, n)*rowSize]})
	}
	// Two steps, since the buffer moves while it grows.
	type span struct {
		first    uint64
		from, to int
	}
	var spans []span
	b.boxes = b.boxes[:0]
	next := uint64(0) // index after the last record of the open span
	for _, o := range b.fresh {
		if o.record == nil {
			continue
		}
		last := len(spans) - 1
		if last < 0 || o.index-spans[last].first >= chunkRows || len(b.boxes)-spans[last].from+len(o.record) > chunkBytes {
			spans = append(spans, span{o.index, len(b.boxes), 0})
			last, next = last+1, o.index
		}
		for ; next < o.index; next++ {
			b.boxes = appendRecord(b.boxes, nil)
		}
		b.boxes = appendRecord(b.boxes, o.record)
		spans[last].to, next = len(b.boxes), o.index+1
	}
	for _, s := range spans {
		b.records = append(b.records, chunk{s.first, b.boxes[s.from:s.to]})
	}
}
