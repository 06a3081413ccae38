package main_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var rebuild = flag.Bool("rebuild", false, "compile the second build anew from the standard library on, which takes minutes")

// TestReproducible builds from a copy of the sources in another folder: the
// same bytes, so that whoever has the sources and the compiler of
// go-runtime.mjs's first line can tell whether a page's wasm is made of them.
func TestReproducible(t *testing.T) {
	root, out := t.TempDir(), t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "Makefile"} {
		b, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"merkle", "record", "checkpoint", "verify"} {
		if err := os.CopyFS(filepath.Join(root, name), os.DirFS(filepath.Join("../..", name))); err != nil {
			t.Fatal(err)
		}
	}
	if *rebuild {
		t.Setenv("GOCACHE", t.TempDir())
	}
	if err := makeWasm(out, root); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(folder(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 12 {
		t.Errorf("only %d files", len(files))
	}
	for _, f := range files {
		a, err := os.ReadFile(filepath.Join(folder(t), f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(out, "wasm", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs between two builds", f.Name())
		}
	}
}
