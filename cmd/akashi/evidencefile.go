package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/akashi-project/akashi/store/durable"
	"github.com/akashi-project/akashi/verify"
)

// writeEvidence puts evidence into a file, whole or not at all. A file that is
// there is replaced only when it is evidence of the same entry: the evidence
// that a mistyped name would destroy cannot always be had again, and the
// record itself lies beside it. Its errors do not name the file.
func writeEvidence(path string, raw []byte, e verify.Evidence) error {
	return put(path, raw, func() (bool, error) {
		if !holdsEvidenceOf(path, e) {
			return false, errors.New("is there already and holds no evidence of this record; nothing was written; name another file with -o")
		}
		return true, nil
	})
}

// put writes what is about a person into a file, whole or not at all. over says
// whether it replaces a file that is there. Its errors do not name the file.
func put(path string, content []byte, over func() (bool, error)) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return replace(path, content, 0o600)
	case err != nil:
		return pathless(err)
	case info.IsDir():
		return errors.New("is a folder; name a file with -o")
	case !info.Mode().IsRegular(): // a pipe or a device is there to be written to
		return writeThrough(path, content)
	}
	if yes, err := over(); !yes {
		return err
	}
	return written(durable.Rewrite(path, content))
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

// replace gives path the content. Its errors do not name the file.
func replace(path string, raw []byte, mode fs.FileMode) error {
	return written(durable.Write(path, mode, raw))
}

// written words an error of writing a file.
func written(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, durable.ErrUnsynced):
		return fmt.Errorf("%w: %w", durable.ErrUnsynced, pathless(err))
	}
	return fmt.Errorf("%w; nothing was changed", pathless(err))
}
