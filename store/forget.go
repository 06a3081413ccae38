package store

import (
	"bytes"
	"context"
	"fmt"

	"go.etcd.io/bbolt"
)

// Private returns the private row of the sealed or open entry at an index.
// ErrForgotten says that it was forgotten, ErrNotFound that the entry is not
// of a record.
func (s *Store) Private(index uint64) (Private, error) {
	var (
		p        Private
		row, box []byte
	)
	err := s.view(func(tx *bbolt.Tx) error {
		e, err := s.recordEntry(tx, index)
		if err != nil {
			return err
		}
		p.Type = e.Type
		if row, err = privateRow(tx.Bucket(bucketPrivate).Cursor(), index); err != nil {
			return err
		}
		if box, err = recordBox(tx.Bucket(bucketRecords).Cursor(), index); err != nil {
			return err
		}
		row, box = bytes.Clone(row), bytes.Clone(box)
		switch {
		case row != nil:
			return nil
		case tx.Bucket(bucketForgotten).Get(key64(index)) != nil:
			return fmt.Errorf("entry %d: %w", index, ErrForgotten)
		}
		return fmt.Errorf("%w: private row %d is missing", ErrDamaged, index)
	})
	if err != nil {
		return Private{}, err
	}
	a, err := s.rowKey(index)
	if err != nil {
		return Private{}, err
	}
	if p.Salt, p.Digest, err = openBox(a, row); err != nil {
		return Private{}, fmt.Errorf("entry %d: %w", index, err)
	}
	if box != nil {
		if p.Original, err = a.Open(box[:0], nonceRecord, box, nil); err != nil {
			return Private{}, fmt.Errorf("entry %d: %w: its record does not decrypt with its slot of the keys file", index, ErrDamaged)
		}
	}
	return p, nil
}

// Forget destroys what the store holds of the record at an index: the record,
// its salt and its digest. The log stays whole; a commitment remains that
// nobody can open. An open entry keeps showing the record's CID, which is the
// digest; only the bytes go. What remains is the record's lookup HMAC, so
// that the record is not taken again. Forgetting twice is no error.
//
// The rows are deleted and the tombstone is set in one transaction, then the
// key slot is overwritten, both synced: when Forget returns, the deleted rows
// that linger in free pages cannot be decrypted any more. A crash in between
// is finished by the next Open. Older backups still have all of it.
func (s *Store) Forget(ctx context.Context, index uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.forgetting.Lock()
	defer s.forgetting.Unlock()
	s.anyForgotten.Store(true) // first, so that the sequencer looks from here on
	err := s.update(func(tx *bbolt.Tx) error {
		if _, err := s.recordEntry(tx, index); err != nil {
			return err
		}
		return forget(tx, index)
	})
	if err != nil {
		return err
	}
	if err := s.destroySlots(); err != nil {
		return err
	}
	for b := range s.backups {
		b.forgotten = append(b.forgotten, index)
	}
	s.opts.Observer.Forgot()
	return nil
}

// forget replaces the private row of an index by a tombstone, and notes that
// its slot is to be destroyed.
func forget(tx *bbolt.Tx, index uint64) error {
	k := key64(index)
	row, err := privateRow(tx.Bucket(bucketPrivate).Cursor(), index)
	if err != nil {
		return err
	}
	if row == nil {
		if tx.Bucket(bucketForgotten).Get(k) != nil {
			return nil
		}
		return fmt.Errorf("%w: private row %d is missing", ErrDamaged, index)
	}
	lookup := bytes.Clone(row[:lookupSize])
	if err := tx.Bucket(bucketTombstones).Put(lookup, k); err != nil {
		return err
	}
	if err := tx.Bucket(bucketForgotten).Put(k, lookup); err != nil {
		return err
	}
	if err := tx.Bucket(bucketDestroy).Put(k, nil); err != nil {
		return err
	}
	return deleteRow(tx, index)
}

// destroySlots overwrites the slots that bucketDestroy names.
func (s *Store) destroySlots() error {
	var indexes []uint64
	err := s.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketDestroy).ForEach(func(k, _ []byte) error {
			i, err := num(k)
			indexes = append(indexes, i)
			return err
		})
	})
	if err != nil || len(indexes) == 0 {
		return err
	}
	for _, i := range indexes {
		if err := s.keys.destroy(i); err != nil {
			return s.fail(err)
		}
	}
	if err := s.keys.flush(); err != nil {
		return s.fail(err)
	}
	return s.update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketDestroy)
		for _, i := range indexes {
			if err := b.Delete(key64(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// finishForgetting does what a crash kept Forget from doing.
func (s *Store) finishForgetting() error {
	err := s.view(func(tx *bbolt.Tx) error {
		k, _ := tx.Bucket(bucketTombstones).Cursor().First()
		s.anyForgotten.Store(k != nil)
		return nil
	})
	if err != nil {
		return err
	}
	return s.destroySlots()
}
