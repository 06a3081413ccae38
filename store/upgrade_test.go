package store

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/record"
)

// unpack puts the store of a zip file into a directory.
func unpack(t testing.TB, name string) Options {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	if err := os.Mkdir(o.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(o.Dir, f.Name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// TestGoldenStores upgrades the stores that earlier releases left, one of each
// older format. Each holds all that a store of its format can hold. These
// files never change, and every later release must pass this.
func TestGoldenStores(t *testing.T) {
	ctx := context.Background()
	names, err := filepath.Glob(filepath.Join("testdata", "format-*.zip"))
	if err != nil || len(names) != Format-1 {
		t.Fatalf("stores of %d formats, want %d: %v", len(names), Format-1, err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			o := unpack(t, name)
			if _, err := Open(o); !errors.Is(err, ErrOlder) {
				t.Fatalf("it opens before it is upgraded: %v", err)
			}
			if _, err := Fsck(ctx, o, nil); !errors.Is(err, ErrOlder) {
				t.Fatalf("fsck before it is upgraded: %v", err)
			}
			if _, err := Upgrade(ctx, o, UpgradeOptions{}); err != nil {
				t.Fatal(err)
			}
			r := mustBeClean(t, o)
			if r.Size != 330 || r.Records != 323 || r.Forgotten != 1 || r.Statuses != 4 || r.Heads != 3 || r.Anchors != 2 {
				t.Errorf("fsck counted %+v", r)
			}
			roots := map[string]string{"format-1.zip": "1da57974be4cfdeb02461f8ced51ef1cbe383076b8fc51801871d12485984856"}
			if want := roots[filepath.Base(name)]; r.Root.String() != want {
				t.Errorf("root %s, want %s", r.Root, want)
			}
			s := openTest(t, o)
			// It still knows what it had.
			l := mustAppend(t, s, testBadge(t, 9))
			p, err := s.Private(l.Index)
			if err != nil || !l.Duplicate || !bytes.Contains(p.Original, []byte("Hanako Yamada 9")) {
				t.Errorf("badge 9 is %+v, %v", l, err)
			}
			if _, err := s.Append(ctx, testBadge(t, 5)); !errors.Is(err, ErrForgotten) {
				t.Errorf("a forgotten record: %v", err)
			}
			if state, err := s.State(1); err != nil || state != record.Revoked {
				t.Errorf("state %v, %v", state, err)
			}
			if _, _, err := s.Checkpoint(); err != nil {
				t.Error(err)
			}
			if a, err := s.OpenAnchors(); err != nil || len(a) != 1 || a[0].Attempts[0].Nonce != 4 {
				t.Errorf("open anchors %+v, %v", a, err)
			}
			if a, err := s.Opening(); err != nil || len(a) != 1 {
				t.Errorf("opening %+v, %v", a, err)
			}
			// And goes on.
			mustAppend(t, s, testBadge(t, 5000))
			mustFreeze(t, s)
		})
	}
}

// doubling is a step made up for tests: it doubles each of its rows, a few in
// each transaction, the way a large step has to work.
func doubling(failAt *int) upgradeStep {
	rows := []byte("test-rows")
	return upgradeStep{
		what: "each of the test's rows gets twice its value",
		plan: func(tx *bbolt.Tx) (w UpgradeWork, err error) {
			err = tx.Bucket(rows).ForEach(func(_, v []byte) error { w.Rows++; w.Bytes += uint64(len(v)); return nil })
			return w, err
		},
		do: func(tx *bbolt.Tx, cursor []byte) ([]byte, error) {
			b := tx.Bucket(rows)
			c := b.Cursor()
			k, v := c.Seek(cursor)
			var keys, values [][]byte
			for n := 0; k != nil && n < 3; n++ {
				keys, values = append(keys, bytes.Clone(k)), append(values, bytes.Clone(v))
				k, v = c.Next()
			}
			k = bytes.Clone(k)
			for i := range keys {
				if err := b.Put(keys[i], binary.BigEndian.AppendUint64(nil, 2*binary.BigEndian.Uint64(values[i]))); err != nil {
					return nil, err
				}
			}
			if *failAt--; *failAt == 0 {
				return nil, errPower
			}
			if k == nil { // the last: the bucket was the test's only
				return nil, nil
			}
			return k, nil
		},
	}
}

var errPower = errors.New("power failed")

// TestUpgradeInterrupted runs an upgrade of several transactions and has each
// of them fail once. A release opens no store that is half upgraded, and
// upgrading again finishes it.
func TestUpgradeInterrupted(t *testing.T) {
	ctx := context.Background()
	original, _ := richDir(t)
	rows := []byte("test-rows")
	edit(t, filepath.Join(original.Dir, logFile), func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket(rows)
		for i := range uint64(10) {
			err = errors.Join(err, b.Put(key64(i), key64(i)))
		}
		return errors.Join(err, tx.Bucket(bucketMeta).Put(metaFormat, []byte{0, 0, 0, 0}))
	})
	values := func(o Options) (out []uint64) {
		edit(t, filepath.Join(o.Dir, logFile), func(tx *bbolt.Tx) error {
			return tx.Bucket(rows).ForEach(func(_, v []byte) error {
				out = append(out, binary.BigEndian.Uint64(v))
				return nil
			})
		})
		return out
	}
	t.Cleanup(func() { delete(upgrades, 0) })
	want := []uint64{0, 2, 4, 6, 8, 10, 12, 14, 16, 18}
	for failAt := 1; failAt <= 5; failAt++ {
		o := copyDir(t, original)
		left := failAt
		upgrades[0] = doubling(&left)
		p, err := Upgrade(ctx, o, UpgradeOptions{DryRun: true})
		if err != nil || p.From != 0 || p.To != Format || len(p.Steps) != Format || p.Steps[0].Rows != 10 || p.Steps[0].Bytes != 80 {
			t.Fatalf("dry run: %+v, %v", p, err)
		}
		if p.Copy == "" || p.CopyBytes == 0 || p.DiskBytes < p.CopyBytes+80 {
			t.Errorf("dry run says nothing of room: %+v", p)
		}
		if got := values(o); !slices.Equal(got, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
			t.Fatalf("the dry run changed the store: %v", got)
		}
		p, err = Upgrade(ctx, o, UpgradeOptions{})
		if failAt < 5 { // five transactions would be one too many
			if !errors.Is(err, errPower) || !strings.Contains(err.Error(), "from format 0") {
				t.Fatalf("an upgrade that fails: %v", err)
			}
			if _, err := Open(o); !errors.Is(err, ErrOlder) {
				t.Fatalf("a store half upgraded opens: %v", err)
			}
			if p, err = Upgrade(ctx, o, UpgradeOptions{}); err != nil {
				t.Fatal(err)
			}
			if (failAt > 1) != p.Interrupted {
				t.Errorf("step %d: interrupted is %v", failAt, p.Interrupted)
			}
		} else if err != nil {
			t.Fatal(err)
		}
		if got := values(o); !slices.Equal(got, want) {
			t.Errorf("step %d interrupted: %v", failAt, got)
		}
		// The copy of before is whole, also after a second run.
		if err := os.Rename(filepath.Join(o.Dir, "log.db.format-0"), filepath.Join(o.Dir, logFile)); err != nil {
			t.Fatal(err)
		}
		if got := values(o); got[9] != 9 {
			t.Errorf("the copy has %v", got)
		}
	}
}

// TestUpgradeRefusals: what cannot be upgraded is left as it is.
func TestUpgradeRefusals(t *testing.T) {
	ctx := context.Background()
	original, _ := richDir(t)
	edit(t, filepath.Join(original.Dir, logFile), put(bucketMeta, metaFormat, []byte{0, 0, 0, 1}))
	for name, test := range map[string]struct {
		change func(o *Options)
		is     error
	}{
		"nothing there": {func(o *Options) { o.Dir = filepath.Join(o.Dir, "x") }, os.ErrNotExist},
		"newer": {func(o *Options) {
			edit(t, filepath.Join(o.Dir, logFile), put(bucketMeta, metaFormat, []byte{0, 0, 0, Format + 1}))
		}, ErrNewer},
		"other secret": {func(o *Options) { o.Secret = bytes.Repeat([]byte{7}, 32) }, ErrSecret},
		"no format":    {func(o *Options) { edit(t, filepath.Join(o.Dir, logFile), del(bucketMeta, metaFormat)) }, ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			o := copyDir(t, original)
			test.change(&o)
			if _, err := Upgrade(ctx, o, UpgradeOptions{}); !errors.Is(err, test.is) {
				t.Fatalf("%v, want %v", err, test.is)
			}
			if _, err := os.Stat(filepath.Join(o.Dir, "log.db.format-1")); !errors.Is(err, os.ErrNotExist) {
				t.Error("it left a copy")
			}
		})
	}
	t.Run("running", func(t *testing.T) {
		o := copyDir(t, original)
		if _, err := Upgrade(ctx, o, UpgradeOptions{NoCopy: true}); err != nil {
			t.Fatal(err)
		}
		_, release := hold(t, o.Dir)
		defer release()
		if _, err := Upgrade(ctx, o, UpgradeOptions{DryRun: true}); !errors.Is(err, ErrLocked) {
			t.Errorf("a dry run on a store in use: %v", err)
		}
	})
	t.Run("ended", func(t *testing.T) {
		o := copyDir(t, original)
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := Upgrade(ended, o, UpgradeOptions{}); !errors.Is(err, context.Canceled) {
			t.Errorf("under an ended context: %v", err)
		}
		if _, err := os.Stat(filepath.Join(o.Dir, "log.db.format-1")); !errors.Is(err, os.ErrNotExist) {
			t.Error("it left a copy")
		}
		p, err := Upgrade(ctx, o, UpgradeOptions{})
		if err != nil || len(p.Steps) != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		if p, err = Upgrade(ctx, o, UpgradeOptions{}); err != nil || p.Needed() {
			t.Errorf("upgrading again: %+v, %v", p, err)
		}
		mustBeClean(t, o)
	})
}
