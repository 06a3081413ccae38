package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A found is one file that a command line names, by itself or by a folder
// that it lies in.
type found struct {
	path string
	err  error // why it is not taken; it does not name the path
	// evidence says that path is evidence whose record is not beside it.
	evidence bool
}

// A walk finds the files of a command line, in the order of the arguments and
// below a folder in the order of names, so that two runs give one order.
//
// Below a folder are left out: hidden files and folders, whose names begin
// with a dot; evidence, whose names end in ".akashi", unless orphans is set;
// and the files of except. Links are not followed, so that no loop is walked
// and nothing of elsewhere is taken by accident: a link to a file that the
// walk finds anyway is passed over, and any other one is an error of its own.
// An argument that is itself a link is followed, since somebody named it.
type walk struct {
	args    []string
	orphans bool          // find evidence without a record too
	except  []os.FileInfo // files that are never found
}

// hasFolder reports whether an argument is a folder.
func hasFolder(args []string) bool {
	return slices.ContainsFunc(args, func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && info.IsDir()
	})
}

// files yields what is found. Only the listings of the folders on the way
// down are in memory at once.
func (w *walk) files(ctx context.Context) iter.Seq[found] {
	return func(yield func(found) bool) {
		for _, path := range w.args {
			if ctx.Err() != nil {
				return
			}
			if info, err := os.Stat(path); err == nil && info.IsDir() {
				empty := true
				ok := w.folder(ctx, path, path, func(f found) bool {
					empty = false
					return yield(f)
				})
				if !ok || empty && !yield(found{path: path, err: errors.New("is a folder with no record in it")}) {
					return
				}
			} else if !yield(found{path: path}) {
				return
			}
		}
	}
}

// folder yields what is below dir, which lies below root.
func (w *walk) folder(ctx context.Context, root, dir string, yield func(found) bool) bool {
	entries, err := os.ReadDir(dir)
	if err != nil && !yield(found{path: dir, err: fmt.Errorf("is a folder that cannot be listed: %w", pathless(err))}) {
		return false
	}
	for _, entry := range entries {
		name := entry.Name()
		if ctx.Err() != nil {
			return false
		}
		if strings.HasPrefix(name, ".") {
			continue
		}
		f := found{path: filepath.Join(dir, name)}
		switch {
		case entry.IsDir():
			if !w.folder(ctx, root, f.path, yield) {
				return false
			}
			continue
		case strings.HasSuffix(name, evidenceSuffix):
			if f.evidence = w.orphans && !hasFile(entries, strings.TrimSuffix(name, evidenceSuffix)); !f.evidence {
				continue
			}
		case entry.Type()&fs.ModeSymlink != 0:
			if f.err = checkLink(root, f.path); f.err == nil {
				continue // its target is found by itself
			}
		case !entry.Type().IsRegular():
			f.err = errors.New("is a pipe, a socket or a device, and no file")
		case w.excepts(entry):
			continue
		}
		if !yield(f) {
			return false
		}
	}
	return true
}

func (w *walk) excepts(entry fs.DirEntry) bool {
	if len(w.except) == 0 {
		return false
	}
	info, err := entry.Info()
	return err == nil && slices.ContainsFunc(w.except, func(x os.FileInfo) bool { return os.SameFile(x, info) })
}

// hasFile reports whether a sorted listing has something of that name that is
// no folder.
func hasFile(entries []fs.DirEntry, name string) bool {
	i, ok := slices.BinarySearchFunc(entries, name, func(e fs.DirEntry, name string) int { return strings.Compare(e.Name(), name) })
	return ok && !entries[i].IsDir()
}

// checkLink returns nil when the link at path leads to a file that a walk of
// root finds by its own name.
func checkLink(root, path string) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return errors.New("is a link that leads nowhere")
	}
	elsewhere := errors.New("is a link to something that is not among these files, and is not followed; name it by itself")
	info, err := os.Stat(target)
	if err != nil {
		return elsewhere
	}
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return elsewhere
	}
	// Both are made absolute, or a link to an absolute path never lies below a
	// root that is named relative to the working folder.
	if real, err = filepath.Abs(real); err != nil {
		return elsewhere
	}
	if target, err = filepath.Abs(target); err != nil {
		return elsewhere
	}
	below, err := filepath.Rel(real, target)
	if err != nil || !filepath.IsLocal(below) {
		return elsewhere
	}
	if below == "." {
		return nil // the root itself, which is being walked
	}
	for part := range strings.SplitSeq(below, string(filepath.Separator)) {
		if strings.HasPrefix(part, ".") {
			return elsewhere
		}
	}
	if info.Mode().IsRegular() && strings.HasSuffix(below, evidenceSuffix) || !info.Mode().IsRegular() && !info.IsDir() {
		return elsewhere
	}
	return nil
}

// hasRecord reports whether there is something at path that may be a record.
func hasRecord(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}
