package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"
)

// MaxKeyTerms bounds what PutKeyTerms takes, in bytes.
const MaxKeyTerms = 16 << 20

// PutKeyTerms keeps what is known of the changes of the log's checkpoint keys
// on the chain: JSON, opaque here. It is on disk when PutKeyTerms returns. It
// can be found out from the chain again.
func (s *Store) PutKeyTerms(ctx context.Context, terms json.RawMessage) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(terms) > MaxKeyTerms || !json.Valid(terms) {
		return fmt.Errorf("%w: terms of keys in %d bytes, want JSON of at most %d", ErrRefused, len(terms), MaxKeyTerms)
	}
	return s.update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketMeta).Put(metaKeyTerms, terms)
	})
}

// KeyTerms returns what PutKeyTerms kept last, or ErrNotFound before the
// first.
func (s *Store) KeyTerms() (json.RawMessage, error) {
	var out json.RawMessage
	err := s.view(func(tx *bbolt.Tx) error {
		out = bytes.Clone(tx.Bucket(bucketMeta).Get(metaKeyTerms))
		if out == nil {
			return fmt.Errorf("terms of keys: %w", ErrNotFound)
		}
		return nil
	})
	return out, err
}
