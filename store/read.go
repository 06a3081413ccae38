package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// ReadTile returns the hashes of a tile of the committed log. It makes the
// store a merkle.TileReader.
func (s *Store) ReadTile(t merkle.Tile) ([]merkle.Hash, error) {
	if !t.In(s.Tree().Size) {
		return nil, fmt.Errorf("tile %s: %w: the log has %d entries", t, ErrNotFound, s.Tree().Size)
	}
	var out []merkle.Hash
	err := s.view(func(tx *bbolt.Tx) error {
		data := tx.Bucket(bucketTiles).Get(tileKey(t.Level, t.Index))
		if len(data) < t.Width*merkle.HashSize {
			return fmt.Errorf("%w: tile %s has %d bytes, want %d", ErrDamaged, t, len(data), t.Width*merkle.HashSize)
		}
		var err error
		out, err = merkle.ParseTile(data[:t.Width*merkle.HashSize], t.Width)
		return err
	})
	return out, err
}

// Bundle returns the bytes of an entry bundle of the committed log, as C2SP
// tlog-tiles serves it.
func (s *Store) Bundle(b merkle.Bundle) ([]byte, error) {
	if !b.In(s.Tree().Size) {
		return nil, fmt.Errorf("%s: %w: the log has %d entries", b, ErrNotFound, s.Tree().Size)
	}
	var out []byte
	err := s.view(func(tx *bbolt.Tx) error {
		data := tx.Bucket(bucketEntries).Get(key64(b.Index))
		rest := data
		for i := range b.Width {
			if _, rest = cutEntry(rest); rest == nil {
				return fmt.Errorf("%w: bundle %d ends at entry %d, want %d entries", ErrDamaged, b.Index, i, b.Width)
			}
		}
		out = bytes.Clone(data[:len(data)-len(rest)])
		return nil
	})
	return out, err
}

// cutEntry splits the first entry off a bundle; rest is nil when there is
// none.
func cutEntry(bundle []byte) (entry, rest []byte) {
	if len(bundle) < 2 {
		return nil, nil
	}
	n := 2 + int(binary.BigEndian.Uint16(bundle))
	if len(bundle) < n {
		return nil, nil
	}
	return bundle[2:n], bundle[n:]
}

// Entry returns one entry of the committed log.
func (s *Store) Entry(index uint64) (record.Entry, error) {
	var e record.Entry
	err := s.view(func(tx *bbolt.Tx) (err error) {
		e, err = s.entry(tx, index)
		return err
	})
	return e, err
}

func (s *Store) entry(tx *bbolt.Tx, index uint64) (record.Entry, error) {
	if size := s.Tree().Size; index >= size {
		return record.Entry{}, fmt.Errorf("entry %d: %w: the log has %d entries", index, ErrNotFound, size)
	}
	rest := tx.Bucket(bucketEntries).Get(key64(index / merkle.TileWidth))
	var raw []byte
	for range index%merkle.TileWidth + 1 {
		if raw, rest = cutEntry(rest); rest == nil {
			return record.Entry{}, fmt.Errorf("%w: the bundle of entry %d is too short", ErrDamaged, index)
		}
	}
	e, err := record.ParseEntry(raw)
	if err != nil {
		return e, fmt.Errorf("%w: entry %d: %w", ErrDamaged, index, err)
	}
	return e, nil
}

// recordEntry returns the entry of a record. ErrNotFound says that there is no
// entry at index, or one of another kind.
func (s *Store) recordEntry(tx *bbolt.Tx, index uint64) (record.Entry, error) {
	e, err := s.entry(tx, index)
	if err == nil && e.Kind != record.Sealed && e.Kind != record.Open {
		err = fmt.Errorf("entry %d is of kind %s, which holds no record: %w", index, e.Kind, ErrNotFound)
	}
	return e, err
}

// eachEntry hands f the raw entries from … to-1, which lie in tx.
func eachEntry(tx *bbolt.Tx, from, to uint64, f func(i uint64, raw []byte) error) error {
	c := tx.Bucket(bucketEntries).Cursor()
	first := from / merkle.TileWidth
	i := first * merkle.TileWidth
	for k, v := c.Seek(key64(first)); i < to; k, v = c.Next() {
		if k == nil || !bytes.Equal(k, key64(i/merkle.TileWidth)) {
			return fmt.Errorf("%w: entry bundle %d is missing", ErrDamaged, i/merkle.TileWidth)
		}
		end := min(to, i+merkle.TileWidth)
		for rest := v; i < end; i++ {
			var raw []byte
			if raw, rest = cutEntry(rest); rest == nil {
				return fmt.Errorf("%w: entry bundle %d ends before entry %d", ErrDamaged, i/merkle.TileWidth, i)
			}
			if i < from {
				continue
			}
			if err := f(i, raw); err != nil {
				return err
			}
		}
	}
	return nil
}

// TreeAt returns the head that the log had at a size, from its tiles.
func (s *Store) TreeAt(size uint64) (merkle.Tree, error) {
	now := s.Tree()
	switch {
	case size == now.Size:
		return now, nil
	case size > now.Size:
		return merkle.Tree{}, fmt.Errorf("tree of size %d: %w: the log has %d entries", size, ErrNotFound, now.Size)
	}
	if f, err := s.FrozenAt(size); err == nil {
		return f.Tree, nil
	} else if !errors.Is(err, ErrNotFound) {
		return merkle.Tree{}, err
	}
	root, err := merkle.RootFromTiles(s, size)
	if err != nil {
		return merkle.Tree{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return merkle.Tree{Size: size, Root: root}, nil
}

// ProveInclusion proves that entry index is in the tree that the log had at a
// size. The proof was checked against that tree's root.
func (s *Store) ProveInclusion(size, index uint64) (merkle.Inclusion, error) {
	t, err := s.TreeAt(size)
	if err != nil {
		return merkle.Inclusion{}, err
	}
	if index >= size {
		return merkle.Inclusion{}, fmt.Errorf("entry %d: %w: the tree has %d entries", index, ErrNotFound, size)
	}
	return s.prover.Inclusion(t, index)
}

// ProveConsistency proves that the tree that the log had at oldSize is a
// prefix of the one that it had at newSize.
func (s *Store) ProveConsistency(oldSize, newSize uint64) (merkle.Consistency, error) {
	if oldSize > newSize {
		return merkle.Consistency{}, fmt.Errorf("%w: size %d is above %d", ErrRefused, oldSize, newSize)
	}
	oldTree, err := s.TreeAt(oldSize)
	if err != nil {
		return merkle.Consistency{}, err
	}
	newTree, err := s.TreeAt(newSize)
	if err != nil {
		return merkle.Consistency{}, err
	}
	return s.prover.Consistency(oldTree, newTree)
}

// ByDigest returns the index of the record with an identity. ErrForgotten
// says that it was forgotten, ErrNotFound that the log never had it.
func (s *Store) ByDigest(t record.Type, d record.Digest) (uint64, error) {
	o := &op{lookup: s.secrets.lookup(t, d)}
	if err := s.known([]*op{o}); err != nil {
		return 0, err
	}
	switch {
	case o.err != nil:
		return 0, o.err
	case !o.duplicate:
		return 0, fmt.Errorf("record: %w", ErrNotFound)
	}
	return o.index, nil
}

// ByCommitment returns the index of the sealed entry that shows a commitment,
// or ErrNotFound.
func (s *Store) ByCommitment(c record.Commitment) (uint64, error) {
	i, ok, err := s.index.get(bucketCommitment, prefix(c[:]))
	if err != nil {
		return 0, err
	}
	if ok {
		e, err := s.Entry(i)
		if err != nil {
			return 0, err
		}
		ok = e.Kind == record.Sealed && e.Commitment == c
	}
	if !ok {
		return 0, fmt.Errorf("commitment: %w", ErrNotFound)
	}
	return i, nil
}

// SetCheckpoint stores the signed note over a tree, for Checkpoint. The tree
// must be one that the log committed, and not a smaller one than that of the
// note before.
func (s *Store) SetCheckpoint(t merkle.Tree, note []byte) error {
	const most = 64 << 10
	if len(note) == 0 || len(note) > most {
		return fmt.Errorf("%w: checkpoint of %d bytes, want 1 to %d", ErrRefused, len(note), most)
	}
	committed, err := s.TreeAt(t.Size)
	if err != nil {
		return err
	}
	if committed != t {
		return fmt.Errorf("%w: checkpoint of size %d with root %s, the log has %s", ErrRefused, t.Size, t.Root, committed.Root)
	}
	return s.update(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if old := meta.Get(metaCheckpoint); len(old) >= 8 {
			if size := binary.BigEndian.Uint64(old); size > t.Size {
				return fmt.Errorf("%w: checkpoint of size %d after one of size %d", ErrRefused, t.Size, size)
			}
		}
		return meta.Put(metaCheckpoint, append(key64(t.Size), note...))
	})
}

// Checkpoint returns the signed note stored last and the size it is over, or
// ErrNotFound before the first.
func (s *Store) Checkpoint() (size uint64, note []byte, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		v := tx.Bucket(bucketMeta).Get(metaCheckpoint)
		switch {
		case v == nil:
			return fmt.Errorf("checkpoint: %w", ErrNotFound)
		case len(v) <= 8:
			return fmt.Errorf("%w: meta checkpoint of %d bytes", ErrDamaged, len(v))
		}
		size, note = binary.BigEndian.Uint64(v), bytes.Clone(v[8:])
		return nil
	})
	return size, note, err
}
