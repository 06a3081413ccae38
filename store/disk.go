package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
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
