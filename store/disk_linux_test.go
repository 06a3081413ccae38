package store

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

var (
	madeDir   = regexp.MustCompile(`mkdir(?:at)?\((?:AT_FDCWD[^,]*, )?"([^"]*)", \w+\) = 0`)
	syncedDir = regexp.MustCompile(`fsync\(\d+<([^>]*)>\) = 0`)
)

// TestNamesAreSynced traces a process that makes a store, and one that makes
// a backup: each directory above the files has its name synced after it was
// made. Power loss takes the names of others, with all that is synced below.
func TestNamesAreSynced(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("this test needs strace: make tools installs it")
	}
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(root, "a", "b", "store")
	made := filepath.Join(root, "made")
	if err := os.Mkdir(made, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		made []string // by the process
		sync []string // directories, at least
	}{
		{"hold", []string{store},
			[]string{filepath.Join(root, "a"), filepath.Join(root, "a", "b"), store},
			[]string{root, filepath.Join(root, "a"), filepath.Join(root, "a", "b"), store}},
		{"hold", []string{made}, nil, []string{root, made}},
		{"backup", []string{store, filepath.Join(root, "c", "backup")},
			[]string{filepath.Join(root, "c"), filepath.Join(root, "c", "backup")},
			[]string{root, filepath.Join(root, "c"), filepath.Join(root, "c", "backup")}},
	} {
		t.Run(test.name+" "+filepath.Base(test.args[0]), func(t *testing.T) {
			trace := filepath.Join(t.TempDir(), "trace")
			args := append([]string{"-f", "-y", "-z", "-e", "trace=mkdir,mkdirat,fsync", "-e", "signal=none", "-o", trace, os.Args[0]}, test.args...)
			cmd := exec.Command("strace", args...)
			cmd.Env = append(os.Environ(), childEnv+"="+test.name)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			b, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			var made, missing []string
			missing = slices.Clone(test.sync)
			for line := range strings.Lines(string(b)) {
				if m := madeDir.FindStringSubmatch(line); m != nil {
					made = append(made, m[1])
					missing = append(missing, filepath.Dir(m[1]))
				}
				if m := syncedDir.FindStringSubmatch(line); m != nil {
					missing = slices.DeleteFunc(missing, func(d string) bool { return d == m[1] })
				}
			}
			if !slices.Equal(made, test.made) {
				t.Errorf("made %q, want %q", made, test.made)
			}
			if len(missing) > 0 {
				t.Errorf("not synced: %q in\n%s", missing, b)
			}
		})
	}
}

func TestMakeDir(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "here"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(root, "here"))
	for _, dir := range []string{"a", "a/b/c", "../d", ".", "..", "/"} {
		for range 2 {
			if err := makeDir(dir); err != nil {
				t.Errorf("%s: %v", dir, err)
			}
		}
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if info, err := os.Stat("a/b"); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("a/b is %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"file", "file/x", "file/x/y"} {
		if err := makeDir(dir); !errors.Is(err, syscall.ENOTDIR) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if err := os.Symlink("nowhere", "link"); err != nil {
		t.Fatal(err)
	}
	if err := makeDir("link"); err == nil {
		t.Error("a link to nowhere passed for a directory")
	}
}

// TestPaths makes stores and backups under names that are not clean.
func TestPaths(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{"a/", "./b", "missing/../c", "d//e"} {
		s := openTest(t, testOptions(dir))
		mustAppend(t, s, testBadge(t, 1))
		to := strings.TrimSuffix(dir, "/") + "/../missing/../backups/" + filepath.Base(dir)
		if _, err := s.Backup(t.Context(), to); err != nil {
			t.Error(err)
		}
		closeTest(t, s)
		closeTest(t, openTest(t, restoreTest(t, filepath.Clean(to))))
	}
	s := newTest(t)
	if _, err := s.Backup(t.Context(), ""); err == nil {
		t.Error("backup to no directory")
	}
}
