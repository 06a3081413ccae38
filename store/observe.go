package store

import (
	"os"
	"path/filepath"
	"time"
)

// An Observer is told what a store does, for whoever counts and measures it.
// Its methods may be called by several goroutines at once, and hold up the
// store until they return.
type Observer interface {
	// Committed is called for each transaction that appended entries, or
	// failed to.
	Committed(Commit)

	// Indexed is called when part of the index was written to index.db, or
	// could not be.
	Indexed(Flush)

	// Forgot is called when what there was of a record is destroyed.
	Forgot()
}

// A Commit is one transaction that appends entries.
type Commit struct {
	Entries int           // appended
	Records int           // those of them that have a private row
	Took    time.Duration // in all
	Synced  time.Duration // the part of it that wrote pages and synced them
	Err     error         // why nothing was appended; else nil
}

// A Flush writes the index of many entries to index.db.
type Flush struct {
	Entries int
	Took    time.Duration
	Err     error // it is tried again; else nil
}

type unobserved struct{}

func (unobserved) Committed(Commit) {}
func (unobserved) Indexed(Flush)    {}
func (unobserved) Forgot()          {}

// Stats are figures of a store at one moment.
type Stats struct {
	Queue    int // requests that wait for a place in a batch
	QueueCap int // how many may wait; further callers wait for a place to wait in

	Unindexed int // entries whose index is in memory only
	Indexing  bool

	// Bytes is the length of each file of the store by its name, and Free how
	// much more fits on the disk; -1: not known.
	Bytes map[string]int64
	Free  int64
}

// Stats reads them. It waits for nothing that is being written.
func (s *Store) Stats() Stats {
	out := Stats{Queue: len(s.queue), QueueCap: cap(s.queue), Bytes: map[string]int64{}, Free: -1}
	s.index.mu.RLock()
	out.Unindexed = s.index.recent.entries
	if s.index.flushing != nil {
		out.Unindexed += s.index.flushing.entries
		out.Indexing = true
	}
	s.index.mu.RUnlock()
	for _, name := range []string{logFile, indexFile, keysFile} {
		out.Bytes[name] = -1
		if info, err := os.Stat(filepath.Join(s.opts.Dir, name)); err == nil {
			out.Bytes[name] = info.Size()
		}
	}
	if d, err := DiskOf(s.opts.Dir); err == nil {
		out.Free = d.Free
	}
	return out
}

// A Disk is the file system that a directory is on, in bytes.
type Disk struct {
	Free  int64 // that this process can still write
	Total int64 // of the whole file system
}
