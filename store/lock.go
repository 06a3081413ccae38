package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// bbolt holds an advisory lock on log.db for as long as a store is open; the
// kernel lets go of it when the process ends, however it ends. The LOCK file
// beside it locks nothing: it tells who to look for.

func writeLock(dir string, now time.Time) error {
	text := fmt.Sprintf("%d since %s\n", os.Getpid(), now.UTC().Format(time.RFC3339))
	if err := os.WriteFile(filepath.Join(dir, lockFile), []byte(text), 0o600); err != nil {
		return diskError(err)
	}
	return nil
}

func removeLock(dir string) error {
	err := os.Remove(filepath.Join(dir, lockFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// lockedError turns bbolt's "timeout" into what it means.
func lockedError(dir string, err error) error {
	if !errors.Is(err, bbolt.ErrTimeout) {
		return err
	}
	who := "its process is not known"
	if b, err := os.ReadFile(filepath.Join(dir, lockFile)); err == nil && len(b) < 100 {
		who = "process " + strings.TrimSpace(string(b))
	}
	return fmt.Errorf("%w (%s); stop it first, or use another directory", ErrLocked, who)
}
