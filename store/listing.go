package store

import (
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// This file reads what answers to strangers need, at a cost that does not
// grow with what lies beside it: a record is not decrypted for its salt, and
// transactions and proofs are not held for a list of anchors.

// Err says why the store writes nothing any more, an error wrapping
// ErrBroken, or nil while it writes. Lack of room is not such a reason.
func (s *Store) Err() error {
	if p := s.broken.Load(); p != nil {
		return *p
	}
	return nil
}

// Identity is the small part of a private row. It prints nothing of its
// content.
type Identity struct {
	Salt   record.Salt // zero for an open entry
	Digest record.Digest
	Size   int64 // bytes of the record as submitted; 0 when only its digest was
}

// String says nothing of the content.
func (Identity) String() string { return "identity (redacted)" }

// GoString says nothing of the content.
func (i Identity) GoString() string { return i.String() }

// Identity returns salt and digest of the record at an index, and how large
// the record is, without decrypting it. The errors are those of Private.
func (s *Store) Identity(index uint64) (Identity, error) {
	var (
		out Identity
		row [rowSize]byte
	)
	err := s.view(func(tx *bbolt.Tx) error {
		if _, err := s.recordEntry(tx, index); err != nil {
			return err
		}
		found, err := privateRow(tx.Bucket(bucketPrivate).Cursor(), index)
		switch {
		case err != nil:
			return err
		case found == nil && tx.Bucket(bucketForgotten).Get(key64(index)) != nil:
			return fmt.Errorf("entry %d: %w", index, ErrForgotten)
		case found == nil:
			return fmt.Errorf("%w: private row %d is missing", ErrDamaged, index)
		case len(found) != rowSize:
			return fmt.Errorf("%w: private row of %d bytes, want %d", ErrDamaged, len(found), rowSize)
		}
		copy(row[:], found)
		box, err := recordBox(tx.Bucket(bucketRecords).Cursor(), index)
		if err != nil {
			return err
		}
		out.Size = max(0, int64(len(box))-tagSize)
		return nil
	})
	if err != nil {
		return Identity{}, err
	}
	a, err := s.rowKey(index)
	if err != nil {
		return Identity{}, err
	}
	if out.Salt, out.Digest, err = openBox(a, row[:]); err != nil {
		return Identity{}, fmt.Errorf("entry %d: %w", index, err)
	}
	return out, nil
}

// AnchorRow is an Anchor without its attempts and its proof, which are up to
// megabytes.
type AnchorRow struct {
	Size     uint64      `json:"size"`
	Root     merkle.Hash `json:"root"`
	PrevSize uint64      `json:"prevSize"`
	State    AnchorState `json:"state"`
	Block    *ChainBlock `json:"block"`
	TxHash   *ChainHash  `json:"txHash"`
}

// AnchorRows returns up to limit rows of the journal with a size of at least
// from, smallest first, and whether there are more behind them. A limit of 0
// or less, or above 1,000, means 1,000.
func (s *Store) AnchorRows(from uint64, limit int) (rows []AnchorRow, more bool, err error) {
	const most = 1000
	if limit <= 0 || limit > most {
		limit = most
	}
	err = s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketAnchors).Cursor()
		for k, v := c.Seek(key64(from)); k != nil; k, v = c.Next() {
			if len(rows) == limit {
				more = true
				return nil
			}
			var a AnchorRow
			// Members that the row has beyond these are passed over in place.
			if err := json.Unmarshal(v, &a); err != nil {
				return fmt.Errorf("%w: journal row: %w", ErrDamaged, err)
			}
			rows = append(rows, a)
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	return rows, more, nil
}
