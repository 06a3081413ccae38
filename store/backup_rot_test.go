package store

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
)

// TestBackupOfRottenStore: a store whose entries are not those of its tree any
// more does not replace the backup that still has them.
func TestBackupOfRottenStore(t *testing.T) {
	ctx := context.Background()
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		mustAppend(t, s, testBadge(t, i))
	}
	dir := filepath.Join(t.TempDir(), "backup")
	mustBackup(t, s, dir)
	closeTest(t, s)
	edit(t, filepath.Join(o.Dir, logFile), func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketEntries)
		v := bytes.Clone(b.Get(key64(0)))
		v[20] ^= 1 // in the commitment of entry 0
		return b.Put(key64(0), v)
	})
	if s, err = Open(o); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	load(t, s, 100, 300) // more than there were, so that all is written again
	before := listing(t, dir)
	if _, err := s.Backup(ctx, dir); !errors.Is(err, ErrDamaged) {
		t.Errorf("a backup of a damaged store: %v", err)
	}
	if after := listing(t, dir); !slices.Equal(before, after) {
		t.Errorf("the folder had %v and has %v", before, after)
	}
	if got, err := CheckBackup(ctx, dir, nil); err != nil || got.Size != 20 {
		t.Errorf("the backup afterwards: %+v, %v", got, err)
	}
}
