package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/checkpoint"
)

// A Restored says that a store was made from a backup. The machine that it
// was made on may still run, or come back, with keys that it had; so nothing
// may be signed from the store until the chain names, in a final block, the
// operator and the checkpoint keys below, which were made with the restore and
// which no other machine has. The store keeps it over restarts until Release.
type Restored struct {
	At   time.Time `json:"at"`   // when the store was restored
	Made time.Time `json:"made"` // when the backup was made
	Size uint64    `json:"size"` // entries that the backup had

	Operator checkpoint.Address `json:"operator"` // the address of the new operator key
	Keys     []string           `json:"keys"`     // the new verifier keys, as SetKeys gives them to the chain

	// Asked is the number of the latest block in which the chain's head was
	// seen not to be ahead of the store; 0 before the chain was asked. Until
	// then nobody knows whether the backup is short of entries that the chain
	// holds.
	Asked uint64 `json:"asked,omitempty"`
}

func (r Restored) validate() error {
	if r.Operator.IsZero() || len(r.Keys) == 0 {
		return fmt.Errorf("a restored store needs a new operator and new keys")
	}
	return nil
}

// Restored returns what the store says of its restore, and false when it was
// not restored or was released since.
func (s *Store) Restored() (Restored, bool, error) {
	var (
		r  Restored
		ok bool
	)
	err := s.view(func(tx *bbolt.Tx) error {
		row := tx.Bucket(bucketMeta).Get(metaRestored)
		if row == nil {
			return nil
		}
		var err error
		r, err = decodeRestored(row)
		ok = err == nil
		return err
	})
	return r, ok, err
}

// Asked notes that the chain's head was not ahead of a restored store in
// block number block.
func (s *Store) Asked(ctx context.Context, block uint64) error {
	return s.changeRestored(ctx, func(r *Restored) bool {
		r.Asked = max(r.Asked, block)
		return true
	})
}

// Release takes the mark away: the chain names the new operator and the new
// keys. It is durable when Release returns.
func (s *Store) Release(ctx context.Context) error {
	return s.changeRestored(ctx, func(*Restored) bool { return false })
}

// changeRestored rewrites the mark, or takes it away when f returns false.
func (s *Store) changeRestored(ctx context.Context, f func(*Restored) bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.update(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		row := meta.Get(metaRestored)
		if row == nil {
			return nil
		}
		r, err := decodeRestored(row)
		if err != nil {
			return err
		}
		if !f(&r) {
			return meta.Delete(metaRestored)
		}
		return putRestored(tx, r)
	})
}

func putRestored(tx *bbolt.Tx, r Restored) error {
	if err := r.validate(); err != nil {
		return err
	}
	row, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("restored: %w", err)
	}
	return tx.Bucket(bucketMeta).Put(metaRestored, row)
}

func decodeRestored(row []byte) (Restored, error) {
	var r Restored
	d := json.NewDecoder(bytes.NewReader(row))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("%w: restored: %w", ErrDamaged, err)
	}
	if err := r.validate(); err != nil {
		return r, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return r, nil
}
