package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

func TestLocked(t *testing.T) {
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	pid, release := hold(t, o.Dir)
	_, err := Open(o)
	if !errors.Is(err, ErrLocked) {
		t.Fatalf("second process: %v", err)
	}
	for _, want := range []string{o.Dir, fmt.Sprintf("process %d since", pid), "stop it first"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
	release()
	s := openTest(t, o) // and its LOCK file is no obstacle
	if _, err := Open(o); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("second Open in one process: %v", err)
	}
	mustAppend(t, s, testBadge(t, 1))
}

func TestOpenRefusals(t *testing.T) {
	original, _ := richDir(t)
	onFile := func(name string, f func(path string) error) func(*testing.T, *Options) {
		return func(t *testing.T, o *Options) {
			if err := f(filepath.Join(o.Dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name   string
		change func(*testing.T, *Options)
		is     error
		want   string
	}{
		{"no directory", func(_ *testing.T, o *Options) { o.Dir = "" }, nil, "Dir is empty"},
		{"short secret", func(_ *testing.T, o *Options) { o.Secret = o.Secret[1:] }, nil, "31 bytes, want 32"},
		{"negative", func(_ *testing.T, o *Options) { o.MaxBatch = -1 }, nil, "must not be negative"},
		{"other secret", func(_ *testing.T, o *Options) { o.Secret = bytes.Repeat([]byte{7}, 32) }, ErrSecret, "use the secret that was configured"},
		{"newer", func(t *testing.T, o *Options) {
			edit(t, filepath.Join(o.Dir, logFile), put(bucketMeta, metaFormat, []byte{0, 0, 0, Format + 1}))
		}, ErrNewer, "format 3, this release reads up to 2; install the release that wrote it"},
		{"older", func(t *testing.T, o *Options) {
			edit(t, filepath.Join(o.Dir, logFile), put(bucketMeta, metaFormat, []byte{0, 0, 0, 1}))
		}, ErrOlder, "make a backup and run akashi upgrade"},
		{"upgrade interrupted", func(t *testing.T, o *Options) {
			edit(t, filepath.Join(o.Dir, logFile), put(bucketMeta, metaUpgrading, []byte{7}))
		}, ErrOlder, "run akashi upgrade again"},
		{"older than any", func(t *testing.T, o *Options) {
			edit(t, filepath.Join(o.Dir, logFile), put(bucketMeta, metaFormat, []byte{0, 0, 0, 0}))
		}, ErrDamaged, "format 0, which no release ever wrote"},
		{"another program's", func(t *testing.T, o *Options) {
			edit(t, filepath.Join(o.Dir, logFile), func(tx *bbolt.Tx) error { return tx.DeleteBucket(bucketMeta) })
		}, ErrDamaged, "another program's file"},
		{"bucket gone", func(t *testing.T, o *Options) {
			edit(t, filepath.Join(o.Dir, logFile), func(tx *bbolt.Tx) error { return tx.DeleteBucket(bucketTiles) })
		}, ErrDamaged, "no bucket tiles"},
		{"not a database", onFile(logFile, func(p string) error { return os.WriteFile(p, bytes.Repeat([]byte("x"), 9000), 0o600) }), ErrDamaged, "it cannot be read as a database, being cut short or another file (log.db: invalid database); restore from a backup"},
		{"cut to a page", onFile(logFile, func(p string) error { return os.Truncate(p, 4096) }), ErrDamaged, "restore from a backup"},
		{"cut short", onFile(logFile, func(p string) error { return os.Truncate(p, 12<<12) }), ErrDamaged, "log.db"},
		{"log gone", onFile(logFile, os.Remove), ErrDamaged, "there is a keys file but no log.db"},
		{"log empty", onFile(logFile, func(p string) error { return os.Truncate(p, 0) }), ErrDamaged, "there is a keys file but no log.db"},
		{"keys gone", onFile(keysFile, os.Remove), ErrDamaged, "keys is missing"},
		{"keys cut", onFile(keysFile, func(p string) error { return os.Truncate(p, 320) }), ErrDamaged, "the keys file is shorter than the log of 329 entries"},
		{"keys empty", onFile(keysFile, func(p string) error { return os.Truncate(p, 0) }), ErrDamaged, "put it back from a backup"},
		{"keys of another", onFile(keysFile, func(p string) error { return os.WriteFile(p, make([]byte, 1<<16), 0o600) }), ErrDamaged, "not the keys file of this log.db"},
		{"head", func(t *testing.T, o *Options) {
			edit(t, filepath.Join(o.Dir, logFile), flip(bucketMeta, metaHead, 9))
		}, ErrDamaged, "the head says"},
		{"no place", func(t *testing.T, o *Options) {
			file := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			o.Dir = filepath.Join(file, "store")
		}, nil, "not a directory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := copyDir(t, original)
			test.change(t, &o)
			s, err := Open(o)
			if err == nil {
				s.Close()
				t.Fatal("it opened")
			}
			if test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %q, want %v and %q", err, test.is, test.want)
			}
		})
	}
}

// TestOpenAfterCrashWhileMaking opens what a crash leaves of a store that was
// being made.
func TestOpenAfterCrashWhileMaking(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, o Options){
		"an empty log.db": func(t *testing.T, o Options) {
			if err := os.WriteFile(filepath.Join(o.Dir, logFile), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"a log.db without buckets": func(t *testing.T, o Options) { bareLog(t, o.Dir) },
		"a log.db without buckets, a keys header": func(t *testing.T, o Options) {
			bareLog(t, o.Dir)
			keysHeader(t, o.Dir)
		},
		"the keys header of a log.db that is not there": func(t *testing.T, o Options) { keysHeader(t, o.Dir) },
		"no keys yet": func(t *testing.T, o Options) {
			s, err := Open(o)
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
			os.Remove(filepath.Join(o.Dir, keysFile))
			os.Remove(filepath.Join(o.Dir, indexFile))
		},
		"part of a keys header": func(t *testing.T, o Options) {
			if err := os.WriteFile(filepath.Join(o.Dir, keysFile), []byte("akashi"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := testOptions(t.TempDir())
			leave(t, o)
			s := openTest(t, o)
			mustAppend(t, s, testBadge(t, 1))
		})
	}
}

// bareLog leaves the log.db that bbolt makes before its first transaction.
func bareLog(t *testing.T, dir string) {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(dir, logFile), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// keysHeader leaves a keys file without slots, of a log.db with another id.
func keysHeader(t *testing.T, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, keysFile), []byte(keysMagic+"another log's id"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOpenUnmade opens what power failing during the first start may leave:
// a log.db that bbolt cannot read. The error says that nothing is lost, what
// it tells to do helps, and a log that had entries is not spoken of so.
func TestOpenUnmade(t *testing.T) {
	page := os.Getpagesize()
	for name, spoil := range map[string]func(path string) error{
		"zeros":      func(p string) error { return os.WriteFile(p, make([]byte, 4*page), 0o600) },
		"part":       func(p string) error { return os.Truncate(p, int64(page)/2) },
		"one page":   func(p string) error { return os.Truncate(p, int64(page)) },
		"two pages":  func(p string) error { return os.Truncate(p, 2*int64(page)) },
		"three":      func(p string) error { return os.Truncate(p, 3*int64(page)) },
		"zero metas": func(p string) error { return zeroMetas(p, page) },
	} {
		t.Run(name, func(t *testing.T) {
			o := testOptions(t.TempDir())
			log := filepath.Join(o.Dir, logFile)
			bareLog(t, o.Dir)
			if err := spoil(log); err != nil {
				t.Fatal(err)
			}
			_, err := Open(o)
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "delete it and start again") {
				t.Fatalf("error %v", err)
			}
			if err := os.Remove(log); err != nil {
				t.Fatal(err)
			}
			mustAppend(t, openTest(t, o), testBadge(t, 1))
		})
	}

	original, _ := richDir(t)
	for name, spoil := range map[string]func(dir string) error{
		"not readable": func(dir string) error {
			os.Remove(filepath.Join(dir, keysFile))
			os.Remove(filepath.Join(dir, logFile))
			return os.Mkdir(filepath.Join(dir, logFile), 0o700)
		},
		"keys there": func(dir string) error { return os.WriteFile(filepath.Join(dir, logFile), make([]byte, 4*page), 0o600) },
		"keys there, no buckets": func(dir string) error {
			os.Remove(filepath.Join(dir, logFile))
			bareLog(t, dir)
			return nil
		},
		"keys gone": func(dir string) error {
			os.Remove(filepath.Join(dir, keysFile))
			return zeroMetas(filepath.Join(dir, logFile), page)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := copyDir(t, original)
			if err := spoil(o.Dir); err != nil {
				t.Fatal(err)
			}
			_, err := Open(o)
			if err == nil || strings.Contains(err.Error(), "delete it") {
				t.Fatalf("error %v", err)
			}
		})
	}
}

func zeroMetas(path string, page int) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteAt(make([]byte, 2*page), 0)
	return err
}

func TestClosed(t *testing.T) {
	s := newTest(t)
	l := mustAppend(t, s, testBadge(t, 1))
	f := mustFreeze(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for name, call := range map[string]func() error{
		"Append":     func() error { _, err := s.Append(ctx, testBadge(t, 2)); return err },
		"Freeze":     func() error { _, err := s.Freeze(ctx); return err },
		"Forget":     func() error { return s.Forget(ctx, l.Index) },
		"Entry":      func() error { _, err := s.Entry(l.Index); return err },
		"Private":    func() error { _, err := s.Private(l.Index); return err },
		"ByDigest":   func() error { _, err := s.ByDigest(1, testBadge(t, 1).Record.Digest()); return err },
		"PutAnchor":  func() error { return s.PutAnchor(ctx, testAnchor(f, 0)) },
		"Backup":     func() error { _, err := s.Backup(ctx, filepath.Join(t.TempDir(), "b")); return err },
		"Proof":      func() error { _, err := s.ProveInclusion(f.Tree.Size, l.Index); return err },
		"Checkpoint": func() error { _, _, err := s.Checkpoint(); return err },
	} {
		if err := call(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s of a closed store: %v", name, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}
