package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"go.etcd.io/bbolt"
)

// noSync, when not empty, switches syncing off. Nothing in this module sets
// it: a test links a binary with -ldflags "-X …/store.noSync=1" to show that
// the check for syncs would notice.
var noSync string

// diskError marks the errors that mean: there is no room.
func diskError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

func syncFile(f *os.File) error {
	if noSync != "" {
		return nil
	}
	return syncData(f)
}

// syncDir makes a directory's entries durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if noSync != "" {
		return nil
	}
	return d.Sync()
}

// makeDir makes a directory, readable for its owner only, and those above it
// that are missing, so that they outlast power loss: what is synced in a
// directory is lost with the directory's own name. dir is a clean path.
func makeDir(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return &os.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
	}
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := makeDir(filepath.Join(dir, "..")); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		// Another may have made it just now; what else is there stays in the way.
		if info, e := os.Stat(dir); e != nil || !info.IsDir() {
			return diskError(err)
		}
	}
	return syncName(dir)
}

// syncName makes the name of a directory durable. A directory above that may
// not be read is another user's, who has answered for what is in it.
func syncName(dir string) error {
	if err := syncDir(filepath.Join(dir, "..")); !errors.Is(err, os.ErrPermission) {
		return err
	}
	return nil
}

// guard runs f and turns a panic, which is what bbolt answers a damaged page
// with, and a fault, which is what a page beyond the end of the file gives,
// into ErrDamaged.
func guard(path string, f func() error) (err error) {
	before := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(before)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %s: %v; run fsck, and restore from a backup", ErrDamaged, filepath.Base(path), p)
		}
	}()
	return f()
}

// viewDB and updateDB are bbolt's View and Update, guarded.
func viewDB(db *bbolt.DB, f func(*bbolt.Tx) error) error {
	return closedError(guard(db.Path(), func() error { return db.View(f) }))
}

func updateDB(db *bbolt.DB, f func(*bbolt.Tx) error) error {
	return closedError(guard(db.Path(), func() error { return db.Update(f) }))
}

func closedError(err error) error {
	if errors.Is(err, bbolt.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}

// view runs one read transaction on log.db.
func (s *Store) view(f func(*bbolt.Tx) error) error { return viewDB(s.db, f) }
