package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/akashi-project/akashi/verify"
)

// writeEvidence puts evidence into a file, whole or not at all. A file that is
// there is replaced only when it is evidence of the same entry: the evidence
// that a mistyped name would destroy cannot always be had again, and the
// record itself lies beside it. Its errors do not name the file.
func writeEvidence(path string, raw []byte, e verify.Evidence) error {
	mode := fs.FileMode(0o600) // it holds digest and salt
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return pathless(err)
	case info.IsDir():
		return errors.New("is a folder; name a file with -o")
	case !info.Mode().IsRegular(): // a pipe or a device is there to be written to
		return writeThrough(path, raw)
	default:
		if !holdsEvidenceOf(path, e) {
			return errors.New("is there already and holds no evidence of this record; nothing was written; name another file with -o")
		}
		mode = info.Mode().Perm()
		// The file is replaced and not the link that leads to it.
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return pathless(err)
		}
	}
	if err := replace(path, raw, mode); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// holdsEvidenceOf reports whether the file at path holds evidence of the entry
// that e is about.
func holdsEvidenceOf(path string, e verify.Evidence) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, verify.MaxEvidenceSize+1))
	if err != nil {
		return false
	}
	old, err := verify.ParseEvidence(b)
	return err == nil && old.Ref() == e.Ref() && old.Index == e.Index
}

func writeThrough(path string, raw []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return pathless(err)
	}
	_, err = f.Write(raw)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return pathless(err)
	}
	return nil
}

// replace gives path the content, by a file beside it that takes its name. A
// crash leaves the old content or the new, and at worst a file .akashi-* that
// nobody reads.
func replace(path string, raw []byte, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".akashi-*")
	if err != nil {
		return fmt.Errorf("make a file in %s: %w", filepath.Dir(path), pathless(err))
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name()) // the error that is told is the first
			err = fmt.Errorf("%w; nothing was changed", pathless(err))
		}
	}()
	_, err = f.Write(raw)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// syncFolder makes the new name of a file survive power loss. A folder that
// cannot be read or synced, as on some network file systems, has no more to
// give: the file is whole.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	if err := d.Sync(); errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("was written, but may not survive a loss of power: %w", pathless(err))
	}
	return nil
}
