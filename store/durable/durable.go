// Package durable writes files whole or not at all. What it says is written
// stays written when the power fails: the content is synced in a file beside
// the one that is meant, that file gets the name in one step, and then the
// folder is synced, in which the name stands. A crash leaves the old content or
// the new, and at worst a file .akashi-* in the same folder that nobody reads.
//
// Errors name the file that was meant, never the one beside it, and are
// [fs.PathError] with what the system said.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// ErrUnsynced is wrapped by errors that come after the file has its name: it is
// whole and in its place, but a loss of power may take it away again.
var ErrUnsynced = errors.New("was written, but may not survive a loss of power")

// Write gives path that content, in the place of the file that may be there,
// which may be a link: the link is replaced then, not what it leads to.
func Write(path string, mode fs.FileMode, content ...[]byte) error {
	return write(path, mode, nil, os.Rename, content)
}

// Create makes a file that must not be there: else the error is fs.ErrExist,
// also for the slower of two that make it at once.
func Create(path string, mode fs.FileMode, content ...[]byte) error {
	return write(path, mode, nil, func(from, to string) error {
		// Unlike a new name, a second one fails when it is taken.
		err := os.Link(from, to)
		if err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		return claim(from, to)
	}, content)
}

// claim gives a file a name that must be free, where a file has only one name,
// as on memory sticks. A crash may leave an empty file.
func claim(from, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = f.Close()
	if err == nil {
		err = os.Rename(from, to)
	}
	if err != nil {
		os.Remove(to)
	}
	return err
}

// Rewrite gives a file that must be there another content. It keeps its mode
// and its owner, and a link keeps leading to it.
func Rewrite(path string, content ...[]byte) error {
	old, err := os.Stat(path)
	if err != nil {
		return err
	}
	at, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	return write(at, old.Mode().Perm(), old, os.Rename, content)
}

// write fills a file beside path and gives it the name. It gets the owner of
// old, unless that is nil.
func write(path string, mode fs.FileMode, old fs.FileInfo, name func(from, to string) error, content [][]byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".akashi-*") // for its owner's eyes only, whatever the mode will be
	if err != nil {
		return fmt.Errorf("make a file in %s: %w", dir, cause(err))
	}
	err = fill(f, mode, old, content)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = name(f.Name(), path)
	}
	os.Remove(f.Name()) // unless it has the name; the error that is told is the first
	if err != nil {
		return &fs.PathError{Op: "write", Path: path, Err: cause(err)}
	}
	if err := SyncFolder(dir); err != nil {
		return fmt.Errorf("%w: %w", ErrUnsynced, err)
	}
	return nil
}

func fill(f *os.File, mode fs.FileMode, old fs.FileInfo, content [][]byte) error {
	if old != nil {
		if err := keepOwner(f, old); err != nil {
			return fmt.Errorf("keep the owner: %w", cause(err))
		}
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	for _, b := range content {
		if _, err := f.Write(b); err != nil {
			return err
		}
	}
	return f.Sync()
}

// SyncFolder makes the names in a folder survive a loss of power. A folder that
// cannot be read, or that cannot be synced, as on Windows and on some network
// file systems, has no more to give, and is no error.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Sync()
	if runtime.GOOS == "windows" || errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}

// cause is what the system said, without the file beside that nobody knows.
func cause(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	if link, ok := errors.AsType[*os.LinkError](err); ok {
		return link.Err
	}
	return err
}
