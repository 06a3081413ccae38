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
