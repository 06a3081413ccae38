package store

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"
)

// upgrades holds, for each older format, what makes the next one out of it.
// An upgrade runs in one transaction: either it is done or it never began.
var upgrades = map[uint32]func(*bbolt.Tx) error{}

// readFormat returns the version of a log.db or index.db.
func readFormat(tx *bbolt.Tx, name string) (uint32, error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return 0, fmt.Errorf("%w: %s has no bucket meta; is it another program's file?", ErrDamaged, name)
	}
	v := meta.Get(metaFormat)
	if len(v) != 4 {
		return 0, fmt.Errorf("%w: %s has a format version of %d bytes, want 4", ErrDamaged, name, len(v))
	}
	return binary.BigEndian.Uint32(v), nil
}

// checkFormat brings log.db to Format, or says why that cannot be.
func checkFormat(db *bbolt.DB) error {
	var v uint32
	err := viewDB(db, func(tx *bbolt.Tx) (err error) {
		v, err = readFormat(tx, logFile)
		return err
	})
	if err != nil {
		return err
	}
	if v > Format {
		return fmt.Errorf("%w: log.db has format %d, this release reads up to %d; install the release that wrote it, or a later one", ErrNewer, v, Format)
	}
	for ; v < Format; v++ {
		up, ok := upgrades[v]
		if !ok {
			return fmt.Errorf("%w: log.db has format %d, which no release ever wrote", ErrDamaged, v)
		}
		err := updateDB(db, func(tx *bbolt.Tx) error {
			if err := up(tx); err != nil {
				return err
			}
			return tx.Bucket(bucketMeta).Put(metaFormat, binary.BigEndian.AppendUint32(nil, v+1))
		})
		if err != nil {
			return fmt.Errorf("upgrade log.db from format %d: %w", v, diskError(err))
		}
	}
	return viewDB(db, func(tx *bbolt.Tx) error {
		for _, name := range logBuckets {
			if tx.Bucket(name) == nil {
				return fmt.Errorf("%w: log.db has no bucket %s; restore from a backup", ErrDamaged, name)
			}
		}
		return nil
	})
}
