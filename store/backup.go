package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// A backup is one under way.
type backup struct {
	forgotten []uint64 // by Forget since it began
}

// partFile is the name that the copy of log.db has until the backup is whole.
const partFile = logFile + ".part"

// Backup copies the store, as it is at one instant, into a directory that
// does not exist or is empty, while everything else goes on. The copy has
// log.db and keys, not index.db, which Open makes anew; with the same secret
// it opens as a store. What is forgotten while the copy is made is forgotten
// in the copy too. On error the directory is as empty as it was.
//
// A copy is an older state as soon as the log grows: before a node signs
// anything from one, the chain has to be asked how far the log had come.
func (s *Store) Backup(ctx context.Context, dir string) error {
	if err := s.backup(ctx, dir); err != nil {
		return fmt.Errorf("back up to %s: %w", dir, err)
	}
	return nil
}

func (s *Store) backup(ctx context.Context, dir string) (err error) {
	if dir == "" {
		return errors.New("no directory is named")
	}
	dir = filepath.Clean(dir)
	if err := emptyDir(dir); err != nil {
		return err
	}
	b := &backup{}
	s.forgetting.Lock()
	s.backups[b] = struct{}{}
	s.forgetting.Unlock()
	defer func() {
		s.forgetting.Lock()
		delete(s.backups, b)
		s.forgetting.Unlock()
		if err != nil {
			for _, name := range []string{partFile, logFile, keysFile} {
				os.Remove(filepath.Join(dir, name))
			}
		}
	}()
	size, err := s.copyLog(ctx, filepath.Join(dir, partFile))
	if err != nil {
		return err
	}
	if err := s.copyKeys(ctx, filepath.Join(dir, keysFile), size); err != nil {
		return err
	}
	// From here on Forget waits. One that ran before is repeated in the copy,
	// one that runs after finds a backup older than itself.
	s.forgetting.Lock()
	defer s.forgetting.Unlock()
	if err := s.repeatForget(dir, b.forgotten, size); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(dir, partFile), filepath.Join(dir, logFile)); err != nil {
		return err
	}
	return syncDir(dir)
}

func emptyDir(dir string) error {
	if err := makeDir(dir); err != nil {
		return err
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		return fmt.Errorf("it is not empty (there is %s); name a new directory", names[0].Name())
	}
	return nil
}

// copyLog copies log.db as of one transaction and returns the log's size in
// it.
func (s *Store) copyLog(ctx context.Context, path string) (size uint64, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		t, err := readHead(tx)
		if err != nil {
			return err
		}
		size = t.Size
		return writeSynced(path, func(w io.Writer) error {
			to := &ctxWriter{ctx: ctx, w: w}
			if _, err := tx.WriteTo(to); err != nil {
				return errors.Join(to.err, err) // bbolt's error does not wrap ours
			}
			return nil
		})
	})
	return size, err
}

// copyKeys copies the slots of size indexes. They do not change but by
// Forget.
func (s *Store) copyKeys(ctx context.Context, path string, size uint64) error {
	return writeSynced(path, func(w io.Writer) error {
		_, err := io.Copy(&ctxWriter{ctx: ctx, w: w}, io.NewSectionReader(s.keys.f, 0, keysOffset(size)))
		return err
	})
}

// repeatForget forgets in the copy what was forgotten while it was made.
func (s *Store) repeatForget(dir string, indexes []uint64, size uint64) (err error) {
	if len(indexes) == 0 {
		return nil
	}
	keys, err := openKeys(filepath.Join(dir, keysFile), s.id, false, syncFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, keys.close()) }()
	db, err := openBolt(filepath.Join(dir, partFile), false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, i := range indexes {
		if i < size {
			if err := keys.destroy(i); err != nil {
				return err
			}
		}
	}
	if err := keys.flush(); err != nil {
		return err
	}
	for _, i := range indexes {
		if i >= size {
			continue
		}
		err := updateDB(db, func(tx *bbolt.Tx) error {
			if err := forget(tx, i); err != nil {
				return err
			}
			return tx.Bucket(bucketDestroy).Delete(key64(i))
		})
		if err != nil {
			return diskError(err)
		}
	}
	return nil
}

// writeSynced makes a file that is durable, but for its name.
func writeSynced(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = syncFile(f)
	}
	return diskError(errors.Join(err, f.Close()))
}

// ctxWriter writes until ctx ends, and keeps the error that stopped it.
type ctxWriter struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (c *ctxWriter) Write(b []byte) (n int, err error) {
	if err = c.ctx.Err(); err == nil {
		n, err = c.w.Write(b)
	}
	c.err = err
	return n, err
}
