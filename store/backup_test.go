package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
)

// testMark is what a restore is told to wait for.
var testMark = Restored{Operator: checkpoint.Address{7}, Keys: []string{"log.uni.example+00000000+k"}}

// restoreTest restores a backup and returns the options of the new store.
func restoreTest(t testing.TB, from string) Options {
	t.Helper()
	if _, err := CheckBackup(context.Background(), from, nil); err != nil {
		t.Fatal(err)
	}
	o := testOptions(filepath.Join(t.TempDir(), "restored"))
	r, err := Restore(context.Background(), o, RestoreOptions{From: from, Mark: testMark})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Clean() {
		t.Fatalf("fsck: %v", r)
	}
	return o
}

func mustBackup(t testing.TB, s *Store, dir string, files ...BackupFile) BackupReport {
	t.Helper()
	r, err := s.Backup(context.Background(), dir, files...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestBackup backs a store up again and again into one folder while it is
// appended to and records are forgotten in it. Each backup is a whole store,
// whose log is a prefix of the original's.
func TestBackup(t *testing.T) {
	ctx := context.Background()
	s := newTest(t)
	kept := rich(t, s)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() {
		for n := 10_000; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			l := mustAppend(t, s, testBadge(t, n))
			if n%3 == 0 {
				if err := s.Forget(ctx, l.Index); err != nil {
					t.Error(err)
				}
			}
			if n%50 == 0 {
				mustFreeze(t, s)
			}
		}
	})
	dir := filepath.Join(t.TempDir(), "backup")
	copies := []string{}
	for i := range 6 {
		r := mustBackup(t, s, dir)
		if r.Run != uint64(i+1) || len(r.Mended) > 0 {
			t.Errorf("run %d: %+v", i, r)
		}
		// As it is now, for later.
		copied := filepath.Join(t.TempDir(), "copied")
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		copies = append(copies, copied)
	}
	close(stop)
	wg.Wait()
	for _, dir := range copies {
		o := restoreTest(t, dir)
		b := openTest(t, o)
		old, err := s.TreeAt(b.Tree().Size)
		if err != nil || old != b.Tree() {
			t.Errorf("the backup's log is %v, the store had %v, %v", b.Tree(), old, err)
		}
		want, err := s.Private(kept)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := b.Private(kept); err != nil || got.Digest != want.Digest || !bytes.Equal(got.Original, want.Original) {
			t.Errorf("private row of the backup: %v", err)
		}
		if a, err := b.LastFinal(); err != nil || a.Size != 328 {
			t.Errorf("journal of the backup: %+v, %v", a, err)
		}
		if m, ok, err := b.Restored(); !ok || err != nil || m.Operator != testMark.Operator || m.Size != b.Tree().Size {
			t.Errorf("mark of the restore: %+v, %v, %v", m, ok, err)
		}
		// And it goes on as a log of its own.
		mustAppend(t, b, testBadge(t, 99_999))
		if f := mustFreeze(t, b); f.Tree == (merkle.Tree{}) {
			t.Error("no tree")
		}
	}
}

// TestBackupOfNothing backs up a store that has no entries yet.
func TestBackupOfNothing(t *testing.T) {
	s := newTest(t)
	dir := filepath.Join(t.TempDir(), "backup")
	mustBackup(t, s, dir)
	b := openTest(t, restoreTest(t, dir))
	mustAppend(t, b, testBadge(t, 1))
	mustAppend(t, s, testBadge(t, 1))
	mustBackup(t, s, dir)
	if got := openTest(t, restoreTest(t, dir)).Tree(); got != s.Tree() {
		t.Errorf("%v, want %v", got, s.Tree())
	}
}

// TestBackupIncrement: a run writes what is new and a little more, and the
// folder does not fill with files.
func TestBackupIncrement(t *testing.T) {
	s := newTest(t)
	load(t, s, 0, 20_000)
	dir := filepath.Join(t.TempDir(), "backup")
	full := mustBackup(t, s, dir, BackupFile{Name: "akashi.toml", Data: []byte("x = 1\n")})
	if full.Entries != 20_000 || full.Written < full.Bytes {
		t.Errorf("full: %+v", full)
	}
	idle := mustBackup(t, s, dir, BackupFile{Name: "akashi.toml", Data: []byte("x = 1\n")})
	if idle.Entries != 0 || idle.Written > 4096 {
		t.Errorf("with nothing new: %+v", idle)
	}
	written := int64(0)
	for i := range 20 {
		load(t, s, 20_000+100*i, 100)
		written += mustBackup(t, s, dir).Written
	}
	// 2,000 new entries, each copied about log2(20) times.
	if perEntry, cost := full.Written/20_000, written/2000; cost > 8*perEntry {
		t.Errorf("an entry costs %d bytes in small runs, %d in a full one", cost, perEntry)
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) > 16 {
		t.Errorf("%d files, %v", len(names), err)
	}
	r, err := CheckBackup(t.Context(), dir, nil)
	if err != nil || r.Size != 22_000 || r.Bytes < full.Bytes {
		t.Errorf("%+v, %v", r, err)
	}
	if files, err := BackupFiles(dir); err != nil || len(files) != 0 {
		t.Errorf("a file that was not given any more: %v, %v", files, err)
	}
	closeTest(t, openTest(t, restoreTest(t, dir)))
}

// load appends n documents by many callers.
func load(t testing.TB, s *Store, from, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for c := range 256 {
		wg.Go(func() {
			for i := from + c; i < from+n; i += 256 {
				if _, err := s.Append(context.Background(), testDocument(t, i)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestBackupForget: what was forgotten after a run is gone from the folder
// with the next, whichever segment it was in, and only what holds its slot is
// written again.
func TestBackupForget(t *testing.T) {
	ctx := context.Background()
	s := newTest(t)
	load(t, s, 0, 3000)
	dir := filepath.Join(t.TempDir(), "backup")
	full := mustBackup(t, s, dir)
	slots := map[string][]byte{}
	var gone []uint64
	for _, i := range []uint64{0, 1700, 2999} {
		slot, err := s.keys.read(i)
		if err != nil {
			t.Fatal(err)
		}
		slots[string(rune('a'+len(gone)))] = slot[:]
		gone = append(gone, i)
	}
	if found := grep(t, dir, slots); len(found) != 3 {
		t.Fatalf("the backup has the slots %v", found)
	}
	for _, i := range gone {
		if err := s.Forget(ctx, i); err != nil {
			t.Fatal(err)
		}
	}
	r := mustBackup(t, s, dir)
	if found := grep(t, dir, slots); len(found) > 0 {
		t.Errorf("after Forget the backup still has %v", found)
	}
	if r.Forgotten != 3 || r.Written > full.Written/2 {
		t.Errorf("a run after Forget: %+v, the full one wrote %d", r, full.Written)
	}
	b := openTest(t, restoreTest(t, dir))
	for n, i := range gone {
		if _, err := b.Private(i); !errors.Is(err, ErrForgotten) {
			t.Errorf("forgotten record %d: %v", n, err)
		}
	}
}

// onErr is a context that runs a function whenever it is asked for its error,
// as Backup does before each read.
type onErr struct {
	context.Context
	f func()
}

func (c onErr) Err() error { c.f(); return nil }

// TestForgetDuringBackup forgets records after their slots were copied and
// before the backup is whole.
func TestForgetDuringBackup(t *testing.T) {
	ctx := context.Background()
	s := newTest(t)
	l := mustAppend(t, s, testBadge(t, 1))
	mustAppend(t, s, testBadge(t, 2))
	f := mustFreeze(t, s)
	putFinal(t, s, f, 0)
	slot, err := s.keys.read(l.Index)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "backup")
	forgot := false
	during := onErr{ctx, func() {
		if _, err := os.Stat(filepath.Join(dir, "journal-0-1")); err != nil || forgot {
			return // slots are still being copied
		}
		if len(grep(t, dir, map[string][]byte{"slot": slot[:]})) == 0 {
			t.Error("the slot was not copied yet")
		}
		forgot = true
		if err := s.Forget(ctx, l.Index); err != nil {
			t.Error(err)
		}
		late := mustAppend(t, s, testBadge(t, 3))
		if err := s.Forget(ctx, late.Index); err != nil { // not in the copy at all
			t.Error(err)
		}
	}}
	if _, err := s.Backup(during, dir); err != nil {
		t.Fatal(err)
	}
	if !forgot {
		t.Fatal("nothing was forgotten in time")
	}
	if found := grep(t, dir, map[string][]byte{"slot": slot[:]}); len(found) > 0 {
		t.Errorf("the backup has the slot of a record that was forgotten before it was whole: %v", found)
	}
	copied := openTest(t, restoreTest(t, dir))
	if size := copied.Tree().Size; size != 3 {
		t.Errorf("the backup has %d entries, want 3", size)
	}
	if _, err := copied.Private(l.Index); !errors.Is(err, ErrForgotten) {
		t.Errorf("the forgotten record in the backup: %v", err)
	}
	if _, err := copied.Append(ctx, testBadge(t, 1)); !errors.Is(err, ErrForgotten) {
		t.Errorf("submitting it to the backup: %v", err)
	}
}

// TestBackupRefusals: a folder that holds something else is left as it is.
func TestBackupRefusals(t *testing.T) {
	ctx := context.Background()
	s := newTest(t)
	mustAppend(t, s, testBadge(t, 1))
	refused := func(name, dir, want string) {
		t.Helper()
		before := listing(t, dir)
		if _, err := s.Backup(ctx, dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
		if after := listing(t, dir); !slices.Equal(before, after) {
			t.Errorf("%s: the folder had %v and has %v", name, before, after)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused("a folder in use", dir, "thesis.tex")
	refused("the store itself", s.opts.Dir, "is no part of a backup")

	ended, cancel := context.WithCancel(ctx)
	cancel()
	dir = filepath.Join(t.TempDir(), "b")
	if _, err := s.Backup(ended, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("backup under an ended context: %v", err)
	}
	if left := listing(t, dir); len(left) != 0 {
		t.Errorf("a backup that failed left %v", left)
	}
	if _, err := s.Backup(ctx, dir, BackupFile{Name: "../secret"}); err == nil {
		t.Error("a file outside")
	}

	other := newTest(t)
	mustAppend(t, other, testBadge(t, 1))
	dir = filepath.Join(t.TempDir(), "other")
	mustBackup(t, other, dir)
	refused("another log's", dir, "of another log")

	// An old copy of the disk must not replace the newer backup.
	dir = filepath.Join(t.TempDir(), "newer")
	first := filepath.Join(t.TempDir(), "first")
	mustBackup(t, s, first)
	mustAppend(t, s, testBadge(t, 2))
	mustBackup(t, s, dir)
	o := restoreTest(t, first)
	old := openTest(t, o)
	newest := s
	s = old
	refused("of a newer state", dir, "the store is an older copy")
	mustAppend(t, s, testBadge(t, 7))
	mustAppend(t, s, testBadge(t, 8))
	refused("of another past", dir, "another past")
	s = newest

	// A manifest that somebody else wrote, or that is broken.
	m, _, _, err := readManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	m.Made = m.Made.Add(time.Hour)
	if _, err := writeManifest(dir, m, newSecrets(bytes.Repeat([]byte{9}, 32))); err != nil {
		t.Fatal(err)
	}
	refused("changed by a stranger", dir, "does not have the secret")
	if err := os.Truncate(filepath.Join(dir, manifestFile), 100); err != nil {
		t.Fatal(err)
	}
	refused("manifest cut short", dir, "is cut short")
}

func listing(t testing.TB, dir string) (out []string) {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		out = append(out, n.Name())
	}
	return out
}

// TestBackupDamage damages each file of a backup in turn: it is noticed with
// and without the secret, named, and nothing is restored from it.
func TestBackupDamage(t *testing.T) {
	ctx := context.Background()
	s := newTest(t)
	rich(t, s)
	dir := filepath.Join(t.TempDir(), "backup")
	mustBackup(t, s, dir, BackupFile{Name: "akashi.toml", Data: []byte("x = 1\n")})
	for _, name := range listing(t, dir) {
		for how, damage := range map[string]func(path string) error{
			"gone": os.Remove,
			"cut":  func(p string) error { return os.Truncate(p, 5) },
			"bit": func(p string) error {
				b, err := os.ReadFile(p)
				if err != nil {
					return err
				}
				b[len(b)/2] ^= 1
				return os.WriteFile(p, b, 0o600)
			},
			"longer": func(p string) error {
				b, err := os.ReadFile(p)
				if err != nil {
					return err
				}
				return os.WriteFile(p, append(b, 'x'), 0o600)
			},
		} {
			copied := filepath.Join(t.TempDir(), "copied")
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			if err := damage(filepath.Join(copied, name)); err != nil {
				t.Fatal(err)
			}
			_, err := CheckBackup(ctx, copied, nil)
			want := ErrBadBackup
			if name == manifestFile && how == "gone" {
				want = os.ErrNotExist
			}
			if !errors.Is(err, want) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s %s: check says %v", name, how, err)
			}
			if strings.HasPrefix(name, "file-") {
				if _, err := BackupFiles(copied); !errors.Is(err, ErrBadBackup) {
					t.Errorf("%s %s: %v", name, how, err)
				}
				continue // no part of the store
			}
			o := testOptions(filepath.Join(t.TempDir(), "restored"))
			if _, err := Restore(ctx, o, RestoreOptions{From: copied, Mark: testMark}); !errors.Is(err, want) {
				t.Errorf("%s %s: restore says %v", name, how, err)
			}
			for _, left := range []string{o.Dir, o.Dir + ".restoring"} {
				if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("%s %s: restore left %s", name, how, left)
				}
			}
			if name == manifestFile || how == "bit" {
				continue
			}
			// The next run mends what is not there any more.
			r, err := s.Backup(ctx, copied)
			if err != nil || len(r.Mended) != 1 || r.Mended[0] != name {
				t.Errorf("%s %s: the next run: %+v, %v", name, how, r, err)
			}
			if _, err := CheckBackup(ctx, copied, nil); err != nil {
				t.Errorf("%s %s: after the next run: %v", name, how, err)
			}
		}
	}
}

// TestRestoreRefusals: what must not be restored, or not so.
func TestRestoreRefusals(t *testing.T) {
	ctx := context.Background()
	s := newTest(t)
	mustAppend(t, s, testBadge(t, 1))
	dir := filepath.Join(t.TempDir(), "backup")
	mustBackup(t, s, dir)
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "thesis.tex"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(t.TempDir(), "newer")
	m, _, _, err := readManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(newer, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	m.Format = Format + 1
	if _, err := writeManifest(newer, m, s.secrets); err != nil {
		t.Fatal(err)
	}
	later := filepath.Join(t.TempDir(), "later")
	if err := os.CopyFS(later, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	m.V = 2
	if _, err := writeManifest(later, m, s.secrets); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change func(*Options, *RestoreOptions)
		is     error
		want   string
	}{
		"another secret":     {func(o *Options, _ *RestoreOptions) { o.Secret = bytes.Repeat([]byte{7}, 32) }, ErrSecret, "the node that the backup was made of"},
		"no backup":          {func(_ *Options, r *RestoreOptions) { r.From = t.TempDir() }, os.ErrNotExist, "no whole backup"},
		"no mark":            {func(_ *Options, r *RestoreOptions) { r.Mark = Restored{} }, nil, "new operator and new keys"},
		"a folder in use":    {func(o *Options, _ *RestoreOptions) { o.Dir = full }, nil, "thesis.tex"},
		"a newer store":      {func(_ *Options, r *RestoreOptions) { r.From = newer }, ErrNewer, "install the release"},
		"of a later release": {func(_ *Options, r *RestoreOptions) { r.From = later }, ErrNewer, "the backup has version 2"},
	} {
		o, r := testOptions(filepath.Join(t.TempDir(), "restored")), RestoreOptions{From: dir, Mark: testMark}
		test.change(&o, &r)
		if _, err := Restore(ctx, o, r); err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	o := testOptions(filepath.Join(t.TempDir(), "restored"))
	if _, err := Restore(ended, o, RestoreOptions{From: dir, Mark: testMark}); !errors.Is(err, context.Canceled) {
		t.Errorf("under an ended context: %v", err)
	}
	if _, err := os.Stat(o.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("it left a folder")
	}
}

// TestBackupKill kills a process that makes backups, at random instants. The
// folder holds a whole backup afterwards, no older than the last that was
// acknowledged, and the next run goes on from it.
func TestBackupKill(t *testing.T) {
	ctx := context.Background()
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	dir := filepath.Join(t.TempDir(), "backup")
	acknowledged := uint64(0)
	for round := range 10 {
		cmd, out := startChild(t, "backups", o.Dir, dir, fmt.Sprint(round*1_000_000))
		for range rand.IntN(4) + min(round, 1) {
			if !out.Scan() {
				t.Fatalf("child ended by itself: %v", cmd.Wait())
			}
			fmt.Sscanf(out.Text(), "backup %d", &acknowledged)
		}
		// What it writes next is cut off somewhere.
		for range rand.IntN(2000) {
			listing(t, filepath.Dir(dir))
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for out.Scan() {
			fmt.Sscanf(out.Text(), "backup %d", &acknowledged)
		}
		cmd.Wait()
		info, err := CheckBackup(ctx, dir, nil)
		if errors.Is(err, os.ErrNotExist) && acknowledged == 0 {
			continue // the first was not whole yet
		}
		if err != nil || info.Size < acknowledged {
			t.Fatalf("round %d: %d entries acknowledged, the backup has %d: %v", round, acknowledged, info.Size, err)
		}
		mustBeClean(t, restoreTest(t, dir))
	}
	s := openTest(t, o)
	r := mustBackup(t, s, dir)
	if len(r.Mended) > 0 {
		t.Errorf("something had to be mended: %v", r.Mended)
	}
	m, _, _, err := readManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{manifestFile}
	for _, f := range m.all() {
		want = append(want, f.Name)
	}
	slices.Sort(want)
	if got := listing(t, dir); !slices.Equal(got, want) {
		t.Errorf("the folder has %v, the manifest names %v", got, want)
	}
	if got := openTest(t, restoreTest(t, dir)).Tree(); got != s.Tree() {
		t.Errorf("restored %v, want %v", got, s.Tree())
	}
}
