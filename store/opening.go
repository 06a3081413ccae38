package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"
)

// PutOpening writes the attempts to open the log on the registry, oldest
// first, over those there were. They are on disk when it returns. The opening
// anchors no tree and so has no row of its own in the journal.
func (s *Store) PutOpening(ctx context.Context, attempts []Attempt) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkAttempts(attempts); err != nil {
		return fmt.Errorf("opening: %w", err)
	}
	row, err := json.Marshal(attempts)
	if err != nil {
		return fmt.Errorf("opening: %w", err)
	}
	return s.update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketMeta).Put(metaOpening, row)
	})
}

// Opening returns what PutOpening wrote last; nothing before the first.
func (s *Store) Opening() ([]Attempt, error) {
	var out []Attempt
	err := s.view(func(tx *bbolt.Tx) error {
		row := tx.Bucket(bucketMeta).Get(metaOpening)
		if row == nil {
			return nil
		}
		var err error
		out, err = decodeOpening(row)
		return err
	})
	return out, err
}

func decodeOpening(row []byte) ([]Attempt, error) {
	var out []Attempt
	d := json.NewDecoder(bytes.NewReader(row))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("%w: opening: %w", ErrDamaged, err)
	}
	return out, nil
}
