package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestWalk: what a folder holds is found once, in one order, and nothing of
// elsewhere is.
func TestWalk(t *testing.T) {
	top := t.TempDir()
	t.Chdir(top)
	for _, path := range []string{
		"tree/b/2.json", "tree/b/10.json", "tree/a.json", "tree/a.json.akashi", "tree/orphan.json.akashi", "tree/c.pdf",
		"tree/.hidden/x.json", "tree/.x.json", "tree/.x.json.akashi", "tree/b.akashi", "tree/out.csv", "outside/o.json", "single.json",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(path), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("tree/empty", 0o700); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"tree/loop":          ".",
		"tree/b/up":          "..",
		"tree/l-inside.json": "a.json",
		"tree/l-absolute":    filepath.Join(top, "tree", "b", "2.json"),
		"tree/l-folder":      "b",
		"tree/l-outside":     "../outside/o.json",
		"tree/l-outsidedir":  "../outside",
		"tree/l-hidden":      ".hidden/x.json",
		"tree/l-dangling":    "nowhere",
		"tree/l-self":        "l-self",
		"tree/l-evidence":    "a.json.akashi",
		"named":              "tree/b",
	} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo("tree/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := os.Stat("tree/out.csv")
	if err != nil {
		t.Fatal(err)
	}
	list := func(w *walk) (all []string) {
		for f := range w.files(t.Context()) {
			switch {
			case f.err != nil:
				all = append(all, f.path+": "+f.err.Error())
			case f.evidence:
				all = append(all, f.path+" (evidence)")
			default:
				all = append(all, f.path)
			}
		}
		return all
	}
	const elsewhere = ": is a link to something that is not among these files, and is not followed; name it by itself"
	const nowhere = ": is a link that leads nowhere"
	below := []string{
		"tree/a.json", "tree/b/10.json", "tree/b/2.json", "tree/c.pdf",
		"tree/l-dangling" + nowhere, "tree/l-evidence" + elsewhere, "tree/l-hidden" + elsewhere,
		"tree/l-outside" + elsewhere, "tree/l-outsidedir" + elsewhere, "tree/l-self" + nowhere,
		"tree/pipe: is a pipe, a socket or a device, and no file",
	}
	for _, test := range []struct {
		name string
		walk walk
		want []string
	}{
		{"files and a folder", walk{args: []string{"single.json", "tree", "single.json", "nowhere", "tree/empty"}, except: []os.FileInfo{out}},
			slices.Concat([]string{"single.json"}, below, []string{"single.json", "nowhere", "tree/empty: is a folder with no record in it"})},
		{"a link that is named", walk{args: []string{"named"}}, []string{"named/10.json", "named/2.json", "named/up" + elsewhere}},
		{"evidence without a record", walk{args: []string{"tree"}, orphans: true, except: []os.FileInfo{out}},
			slices.Concat(below[:1], []string{"tree/b/10.json", "tree/b/2.json", "tree/b.akashi (evidence)"}, below[3:10], []string{"tree/orphan.json.akashi (evidence)"}, below[10:])},
		{"nothing", walk{}, nil},
	} {
		got := list(&test.walk)
		slices.Sort(got) // b/ and b.akashi are in the order of names, which is tested below
		want := slices.Sorted(slices.Values(test.want))
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	first := list(&walk{args: []string{"tree"}})
	if i, j := slices.Index(first, "tree/b/10.json"), slices.Index(first, "tree/c.pdf"); i != 1 || j < i {
		t.Errorf("order: %s", strings.Join(first, "\n"))
	}
	if !hasFolder([]string{"single.json", "named"}) || hasFolder([]string{"single.json", "nowhere"}) {
		t.Error("hasFolder")
	}
}
