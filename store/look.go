package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// A View is what a store shows of itself from outside.
type View struct {
	Format     uint32 // of the files; Format is that of this release
	Size       uint64 // entries
	Checkpoint uint64 // entries that the stored checkpoint covers; 0: there is none
	Final      uint64 // entries that final anchors cover
	// FinalTimes are the block times of the last final anchors, in Unix
	// seconds, newest first.
	FinalTimes []uint64
	Bytes      int64 // of all files in the directory
}

// maxViewTimes is how many final anchors a View tells of.
const maxViewTimes = 30

// ErrNoStore says that a directory holds no log yet.
var ErrNoStore = errors.New("there is no log yet")

// Look reads a store that no process has open, and changes nothing. One that
// is open gives ErrLocked, an empty directory ErrNoStore. What is older or newer
// than this release shows its format and nothing else.
func Look(dir string) (View, error) {
	var v View
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return v, err
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil && info.Mode().IsRegular() {
			v.Bytes += info.Size()
		}
	}
	path := filepath.Join(dir, logFile)
	if n, err := sizeOf(path); err != nil {
		return v, err
	} else if n == 0 {
		return v, fmt.Errorf("look at store %s: %w", dir, ErrNoStore)
	}
	db, err := openBolt(path, true)
	if err != nil {
		return v, fmt.Errorf("look at store %s: %w", dir, lockedError(dir, err))
	}
	defer db.Close()
	s := &Store{db: db}
	err = s.view(func(tx *bbolt.Tx) error {
		if v.Format, err = readFormat(tx, logFile); err != nil || v.Format != Format {
			return err
		}
		t, err := readHead(tx)
		v.Size = t.Size
		return err
	})
	if err != nil || v.Format != Format {
		return v, wrapLook(dir, err)
	}
	if v.Checkpoint, _, err = s.Checkpoint(); err != nil && !errors.Is(err, ErrNotFound) {
		return v, wrapLook(dir, err)
	}
	last, err := s.LastFinal()
	if err != nil && !errors.Is(err, ErrNotFound) {
		return v, wrapLook(dir, err)
	}
	v.Final = last.Size
	v.FinalTimes, err = s.FinalTimes(maxViewTimes)
	return v, wrapLook(dir, err)
}

func wrapLook(dir string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("look at store %s: %w", dir, err)
}
