package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

// TestBackupOfOldStore: a store that was put back to an old state, in which no
// entry is missing, does not replace the backup either. It would bring back the
// key of a record that was forgotten since, or undo what is final.
func TestBackupOfOldStore(t *testing.T) {
	ctx := context.Background()
	for name, since := range map[string]func(*Store, Frozen){
		"forgotten": func(s *Store, _ Frozen) {
			if err := s.Forget(ctx, 0); err != nil {
				t.Fatal(err)
			}
		},
		"final": func(s *Store, f Frozen) { putFinal(t, s, f, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			o := testOptions(filepath.Join(t.TempDir(), "store"))
			s, err := Open(o)
			if err != nil {
				t.Fatal(err)
			}
			mustAppend(t, s, testBadge(t, 1))
			mustAppend(t, s, testBadge(t, 2))
			f := mustFreeze(t, s)
			dir := filepath.Join(t.TempDir(), "backup")
			mustBackup(t, s, dir)
			closeTest(t, s)
			snapshot := copyDir(t, o)

			s = openTest(t, o)
			since(s, f)
			want := mustBackup(t, s, dir)

			old := openTest(t, snapshot)
			if _, err := old.Backup(ctx, dir); !errors.Is(err, ErrOtherBackup) {
				t.Errorf("a backup of the old state over the newer one: %v", err)
			}
			if got, err := CheckBackup(ctx, dir, nil); err != nil || got.Forgotten != want.Forgotten || got.Made != want.Made {
				t.Errorf("the backup afterwards: %+v, %v", got, err)
			}
			restoreTest(t, dir)
			// The newer state goes on.
			mustBackup(t, s, dir)
			// And so does one that was restored from it.
			mustBackup(t, openTest(t, restoreTest(t, dir)), dir)
		})
	}
}

// TestBackupForgetFailed: the slot of a forgotten record that could not be
// overwritten gets into no backup, however often its segment is written.
func TestBackupForgetFailed(t *testing.T) {
	s := newTest(t)
	load(t, s, 0, 20)
	slot, err := s.keys.read(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Forget(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) {
		t.Helper()
		if _, err := s.keys.f.WriteAt(b, keysOffset(3)); err != nil {
			t.Fatal(err)
		}
	}
	put(slot[:]) // as a disk leaves it that fails to overwrite
	dir := filepath.Join(t.TempDir(), "backup")
	for n := range 4 {
		mustBackup(t, s, dir)
		if found := grep(t, dir, map[string][]byte{"slot": slot[:]}); len(found) > 0 {
			t.Errorf("run %d: %v", n+1, found)
		}
		if _, err := CheckBackup(t.Context(), dir, nil); err != nil {
			t.Error(err)
		}
		if n == 2 { // in a segment that is written again for another record, too
			if err := s.Forget(t.Context(), 5); err != nil {
				t.Fatal(err)
			}
			put(slot[:])
		} else {
			load(t, s, 100<<n, 30<<n)
		}
	}
	put(make([]byte, slotSize))
}

// TestBackupAbandon: a run that fails after its manifest has taken its place
// takes nothing away that the manifest names.
func TestBackupAbandon(t *testing.T) {
	s := newTest(t)
	load(t, s, 0, 20)
	dir := filepath.Join(t.TempDir(), "backup")
	mustBackup(t, s, dir)
	held, _, _, err := readManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	load(t, s, 100, 30)
	mustBackup(t, s, dir)
	for _, h := range []manifest{held, {}} {
		run := &backupRun{s: s, dir: dir, held: h}
		if err := run.abandon(); err != nil {
			t.Error(err)
		}
		if _, err := CheckBackup(t.Context(), dir, nil); err != nil {
			t.Error(err)
		}
	}
}
