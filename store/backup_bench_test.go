package store

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// BenchmarkBackup makes a full backup of a million entries with records of
// 256 bytes, then one of 1,000 more, then one after a record was forgotten, and
// restores it. Each is compared with a plain copy of log.db and keys, synced,
// which is what is not incremental. Run it with -benchtime 1x.
func BenchmarkBackup(b *testing.B) {
	const entries = 1_000_000
	ctx := context.Background()
	s := newTest(b)
	fill(s, 4096, 0, entries, fails(b))
	root := b.TempDir()
	took := func(f func() error) float64 {
		began := time.Now()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		return time.Since(began).Seconds()
	}
	for b.Loop() {
		dir := filepath.Join(root, "backup")
		copied := int64(0)
		plain := took(func() (err error) {
			copied, err = plainCopy(s, root)
			return err
		})
		var full, more, forgot BackupReport
		first := took(func() (err error) { full, err = s.Backup(ctx, dir); return err })
		fill(s, 1000, entries, entries+1000, fails(b))
		second := took(func() (err error) { more, err = s.Backup(ctx, dir); return err })
		if err := s.Forget(ctx, 500_000); err != nil {
			b.Fatal(err)
		}
		third := took(func() (err error) { forgot, err = s.Backup(ctx, dir); return err })
		check := took(func() error { _, err := CheckBackup(ctx, dir, nil); return err })
		o := testOptions(filepath.Join(root, "restored"))
		restored := took(func() error { _, err := Restore(ctx, o, RestoreOptions{From: dir, Mark: testMark}); return err })
		fsck := took(func() error { _, err := Fsck(ctx, o, nil); return err })
		for name, v := range map[string]float64{
			"copy-s": plain, "copy-MB": float64(copied) / 1e6,
			"full-s": first, "full-MB": float64(full.Written) / 1e6, "full/copy": first / plain,
			"more-s": second, "more-MB": float64(more.Written) / 1e6,
			"forget-s": third, "forget-MB": float64(forgot.Written) / 1e6,
			"check-s": check, "restore+fsck-s": restored, "fsck-s": fsck, "restore/copy": (restored - fsck) / plain,
		} {
			b.ReportMetric(v, name)
		}
		for _, d := range []string{dir, o.Dir} {
			if err := os.RemoveAll(d); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// plainCopy copies log.db and keys as they are, and syncs them.
func plainCopy(s *Store, root string) (n int64, err error) {
	to := filepath.Join(root, "plain")
	defer os.Remove(to)
	err = writeSynced(to, func(w io.Writer) error {
		return s.view(func(tx *bbolt.Tx) error {
			n, err = tx.WriteTo(w)
			if err != nil {
				return err
			}
			k, err := io.Copy(w, io.NewSectionReader(s.keys.f, 0, keysOffset(s.Tree().Size)))
			n += k
			return err
		})
	})
	return n, err
}
