package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/akashi-project/akashi/record"
)

// smallDisk mounts a tmpfs of 8 MB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Fatalf("mount a tmpfs of 8 MB: %v; this test fills a real disk and has to run as root, or in a user and mount namespace (unshare -rm)", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// TestDiskFull fills a disk under load: requests fail with ErrFull, what was
// acknowledged stays, reading goes on, and writing works again once there is
// room, without reopening and after it.
func TestDiskFull(t *testing.T) {
	disk := smallDisk(t)
	filler := filepath.Join(disk, "filler")
	if err := os.WriteFile(filler, make([]byte, 4<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	o := testOptions(filepath.Join(disk, "store"))
	o.MaxRecent = 256 // so that index.db runs out of room too
	o.MaxBatch = 3    // so that batches are built upon ones that fail
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	var (
		mu   sync.Mutex
		have = map[int]uint64{}
	)
	// load appends from 8 callers until each was told that the disk is full,
	// or has appended n.
	load := func(from, n int) (full int) {
		var wg sync.WaitGroup
		for caller := range 8 {
			wg.Go(func() {
				for i := range n {
					l, err := s.Append(ctx, testDocument(t, from+caller*n+i))
					mu.Lock()
					if err == nil {
						have[from+caller*n+i] = l.Index
					} else {
						full++
						if !errors.Is(err, ErrFull) {
							t.Errorf("append on a full disk: %v", err)
						}
					}
					mu.Unlock()
					if err != nil {
						return
					}
				}
			})
		}
		wg.Wait()
		return full
	}
	check := func() {
		t.Helper()
		for n, i := range have {
			sub := testDocument(t, n)
			if p, err := s.Private(i); err != nil || string(p.Original) != string(sub.Record.Original()) {
				t.Fatalf("acknowledged record %d is not at %d: %v", n, i, err)
			}
			if got, err := s.ByDigest(sub.Type, sub.Record.Digest()); err != nil || got != i {
				t.Fatalf("acknowledged record %d: index %d, %v, want %d", n, got, err, i)
			}
		}
	}

	// toggle changes the state of entry 0 until there is no room for it, and
	// wants it left as the last change that was acknowledged set it.
	state := record.Valid
	toggle := func() {
		t.Helper()
		for {
			_, err := s.ChangeStatus(ctx, 0, record.Suspended-state)
			if err == nil {
				state = record.Suspended - state
				continue
			}
			if !errors.Is(err, ErrFull) {
				t.Errorf("change of status on a full disk: %v", err)
			}
			if now, err := s.State(0); err != nil || now != state {
				t.Errorf("entry 0 is %s, %v, want %s", now, err, state)
			}
			return
		}
	}

	if full := load(0, 1_000_000); full != 8 {
		t.Fatalf("%d of 8 callers were told that the disk is full", full)
	}
	t.Logf("%d records acknowledged until the disk was full", len(have))
	check()
	// Small requests may still find room; then none does.
	for n := 99_000_000; ; n++ {
		size := s.Tree()
		l, err := s.Append(ctx, testDocument(t, n))
		if err == nil {
			have[n] = l.Index
			continue
		}
		if !errors.Is(err, ErrFull) {
			t.Errorf("append with the disk still full: %v", err)
		}
		if s.Tree() != size {
			t.Errorf("the log grew from %d to %d without room", size.Size, s.Tree().Size)
		}
		break
	}
	toggle()
	if _, err := s.Backup(ctx, filepath.Join(disk, "backup")); !errors.Is(err, ErrFull) {
		t.Errorf("backup without room: %v", err)
	}

	// Closing and opening without room.
	if err := s.Close(); err != nil {
		t.Fatalf("close on a full disk: %v", err)
	}
	mustBeClean(t, o)
	if s, err = Open(o); err != nil {
		t.Fatalf("open on a full disk: %v", err)
	}
	check()

	// Room again, without reopening.
	load(50_000_000, 1_000_000)
	toggle()
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	before := len(have)
	if full := load(100_000_000, 100); full != 0 || len(have) != before+800 {
		t.Errorf("with room again %d of 8 callers failed", full)
	}
	if _, err := s.ChangeStatus(ctx, 0, record.Suspended-state); err != nil {
		t.Errorf("change of status with room again: %v", err)
	}
	if _, err := s.Freeze(ctx); err != nil {
		t.Errorf("freeze with room again: %v", err)
	}
	check()
	closeTest(t, s)
	s = openTest(t, o)
	check()
}
