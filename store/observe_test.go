package store

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/akashi-project/akashi/record"
)

// watcher keeps what a store tells it.
type watcher struct {
	mu      sync.Mutex
	commits []Commit
	flushes []Flush
	forgot  int
}

func (w *watcher) Committed(c Commit) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.commits = append(w.commits, c)
}
func (w *watcher) Indexed(f Flush) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flushes = append(w.flushes, f)
}
func (w *watcher) Forgot() { w.mu.Lock(); defer w.mu.Unlock(); w.forgot++ }

// TestObserver holds that every entry, record and flush is told of once, with
// times that can be.
func TestObserver(t *testing.T) {
	w := &watcher{}
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	o.MaxRecent, o.Observer = 4, w
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		mustAppend(t, s, testBadge(t, i))
	}
	mustAppend(t, s, testBadge(t, 3)) // there already
	if _, err := s.ChangeStatus(t.Context(), 2, record.Revoked); err != nil {
		t.Fatal(err)
	}
	mustFreeze(t, s)
	if err := s.Forget(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	now := s.Stats()
	if now.Queue != 0 || now.QueueCap != DefaultMaxBatch || now.Free <= 0 {
		t.Errorf("stats: %+v", now)
	}
	for _, name := range []string{logFile, indexFile, keysFile} {
		info, err := os.Stat(filepath.Join(o.Dir, name))
		if err != nil || now.Bytes[name] != info.Size() {
			t.Errorf("stats say %d bytes of %s, %v", now.Bytes[name], name, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	entries, records, flushed := 0, 0, 0
	for _, c := range w.commits {
		entries += c.Entries
		records += c.Records
		if c.Err != nil || c.Took < c.Synced || c.Synced <= 0 {
			t.Errorf("commit: %+v", c)
		}
	}
	for _, f := range w.flushes {
		flushed += f.Entries
		if f.Err != nil || f.Took <= 0 {
			t.Errorf("flush: %+v", f)
		}
	}
	if entries != 12 || records != 10 || flushed != 12 || w.forgot != 1 {
		t.Errorf("told of %d entries, %d records, %d in the index, %d forgotten", entries, records, flushed, w.forgot)
	}
}

// TestDiskOf holds the figures of a disk against each other.
func TestDiskOf(t *testing.T) {
	d, err := DiskOf(t.TempDir())
	if err != nil || d.Free <= 0 || d.Free > d.Total {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := DiskOf(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a directory that is not there is on a disk")
	}
}
