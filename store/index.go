package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// DefaultMaxRecent is the default of Options.MaxRecent.
const DefaultMaxRecent = 98304

// An index finds the index of a record by its lookup HMAC, and that of a
// sealed entry by its commitment. Random keys are the slowest thing a B+tree
// can be given, so they stay off the commit path: new ones are held in memory
// and written to index.db in large sorted batches, by a goroutine of their
// own. A crash loses what was in memory; it is read again from log.db.
type index struct {
	s  *Store
	db *bbolt.DB

	// mu guards what follows and the content of recent. The content of
	// flushing does not change.
	mu       sync.RWMutex
	recent   *run
	flushing *run          // nil when nothing is being written
	free     *run          // an empty run to use again
	idle     chan struct{} // closed when the write under way has ended
	failed   error         // of the last write; it is tried again by the next wait
	writers  sync.WaitGroup
}

// A hit is an op whose record the index has, at least by the beginning of its
// HMAC.
type hit struct {
	op    *op
	index uint64
}

// find hands f the ops, sorted by lookup, whose record the index has.
func (x *index) find(sorted []*op, f func([]hit) error) error {
	if len(sorted) == 0 {
		return nil
	}
	var hits []hit
	rest := make([]*op, 0, len(sorted))
	// Memory first: what is written meanwhile is in index.db before it leaves
	// memory, so that it is seen in one of the two.
	x.mu.RLock()
	for _, o := range sorted {
		i, ok := x.recent.lookup.get(prefix(o.lookup[:]))
		if !ok && x.flushing != nil {
			i, ok = x.flushing.lookup.get(prefix(o.lookup[:]))
		}
		if ok {
			hits = append(hits, hit{o, i})
		} else {
			rest = append(rest, o)
		}
	}
	x.mu.RUnlock()
	err := viewDB(x.db, func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketLookup).Cursor() // allocates less than Get
		for _, o := range rest {
			if k, v := c.Seek(o.lookup[:prefixSize]); bytes.Equal(k, o.lookup[:prefixSize]) {
				i, err := num(v)
				if err != nil {
					return err
				}
				hits = append(hits, hit{o, i})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f(hits)
}

// get looks one key up in one of the two maps.
func (x *index) get(bucket []byte, p prefix) (uint64, bool, error) {
	in := func(r *run) (uint64, bool) {
		if r == nil {
			return 0, false
		}
		if bytes.Equal(bucket, bucketCommitment) {
			return r.commitment.get(p)
		}
		return r.lookup.get(p)
	}
	x.mu.RLock()
	i, ok := in(x.recent)
	if !ok {
		i, ok = in(x.flushing)
	}
	x.mu.RUnlock()
	if ok {
		return i, true, nil
	}
	err := viewDB(x.db, func(tx *bbolt.Tx) error {
		v := tx.Bucket(bucket).Get(p[:])
		if v == nil {
			return nil
		}
		var err error
		i, err = num(v)
		ok = err == nil
		return err
	})
	return i, ok, err
}

// add takes the new records of a batch that was committed.
func (x *index) add(b *batch) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, o := range b.fresh {
		x.recent.put(o.lookup[:], o.entry, o.index)
	}
	x.recent.entries += len(b.entries)
	x.recent.tree = b.after.tree
	if x.recent.entries >= x.s.opts.MaxRecent && x.flushing == nil {
		x.flush()
	}
}

// flush begins to write the recent run; mu is held and nothing is being
// written.
func (x *index) flush() {
	x.flushing = x.recent
	if x.recent, x.free = x.free, nil; x.recent == nil {
		x.recent = newRun(x.s.opts.MaxRecent)
	}
	x.recent.tree = x.flushing.tree
	x.again()
}

// again begins to write the run that is set as flushing.
func (x *index) again() {
	idle, r := make(chan struct{}), x.flushing
	x.idle, x.failed = idle, nil
	x.writers.Go(func() {
		began := time.Now()
		err := x.write(r)
		x.s.opts.Observer.Indexed(Flush{Entries: r.entries, Took: time.Since(began), Err: err})
		x.mu.Lock()
		defer x.mu.Unlock()
		defer close(idle)
		x.idle = nil
		if err != nil {
			x.failed = err
			x.s.log.LogAttrs(context.Background(), slog.LevelWarn, "index not written; trying again with the next entries", slog.Any("error", err))
			return
		}
		x.s.log.LogAttrs(context.Background(), slog.LevelDebug, "index written", slog.Int("entries", r.entries), slog.Duration("took", time.Since(began)))
		x.flushing = nil
		r.clear()
		x.free = r
	})
}

// wait holds the sequencer back while the index has as much in memory as it
// may. It returns an error when what is in memory cannot be written.
func (x *index) wait() error {
	for tried := false; ; tried = true {
		x.mu.Lock()
		if x.recent.entries < x.s.opts.MaxRecent {
			x.mu.Unlock()
			return nil
		}
		switch {
		case x.flushing == nil:
			x.flush()
		case x.idle == nil && tried:
			err := x.failed
			x.mu.Unlock()
			return fmt.Errorf("write index.db: %w", err)
		case x.idle == nil:
			x.again()
		}
		idle := x.idle
		x.mu.Unlock()
		<-idle
	}
}

// drain writes everything out, for a quick start the next time. A failure
// costs that time only.
func (x *index) drain() {
	for range 2 {
		x.writers.Wait()
		x.mu.Lock()
		switch {
		case x.flushing != nil:
			x.again()
		case x.recent.entries > 0:
			x.flush()
		}
		x.mu.Unlock()
	}
	x.writers.Wait()
}

func (x *index) close() error {
	x.writers.Wait()
	return x.db.Close()
}

// One transaction of a flush touches about flushPages pages of index.db at
// most, since bbolt keeps touched pages in memory until it commits, and puts
// between minFlushKeys and maxFlushKeys keys. As the keys are sorted, several
// transactions touch no more pages than one; but each costs two syncs.
const (
	flushPages   = 128
	keysPerPage  = 64 // of 102 that fit
	minFlushKeys = 256
	maxFlushKeys = 4096
)

// keysPerFlush returns how many of n keys one transaction puts into a bucket
// that gets size keys in all.
func keysPerFlush(n int, size uint64) int {
	pages := size/keysPerPage + 1
	return int(min(max(flushPages*uint64(n)/pages, minFlushKeys), maxFlushKeys))
}

// write puts a run into index.db, and last how far the index goes then. A
// crash in between leaves keys that lead to committed entries and are put
// again.
func (x *index) write(r *run) error {
	if err := x.putSorted(bucketLookup, &r.lookup, r.tree.Size); err != nil {
		return err
	}
	if err := x.putSorted(bucketCommitment, &r.commitment, r.tree.Size); err != nil {
		return err
	}
	return diskError(updateDB(x.db, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketMeta).Put(metaIndexed, headValue(r.tree))
	}))
}

func (x *index) putSorted(bucket []byte, t *table, size uint64) error {
	slots := make([]uint32, 0, t.count) // not the pairs: they would be five times as large
	for i, v := range t.values {
		if v != 0 {
			slots = append(slots, uint32(i))
		}
	}
	slices.SortFunc(slots, func(a, b uint32) int { return bytes.Compare(t.keys[a][:], t.keys[b][:]) })
	for some := range slices.Chunk(slots, keysPerFlush(len(slots), size)) {
		err := updateDB(x.db, func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucket)
			values := make([]byte, 0, 8*len(some)) // bbolt keeps both slices until it commits
			for _, i := range some {
				values = binary.BigEndian.AppendUint64(values, t.base+uint64(t.values[i])-1)
				if err := b.Put(t.keys[i][:], values[len(values)-8:]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return diskError(err)
		}
	}
	return nil
}

// openIndex opens index.db and brings it up to the log. One that is missing,
// damaged, of another format or of another log is made anew: it is derived.
func openIndex(s *Store) (*index, error) {
	path := filepath.Join(s.opts.Dir, indexFile)
	x := &index{s: s, recent: newRun(s.opts.MaxRecent), free: newRun(s.opts.MaxRecent)}
	from, err := x.open(path)
	if err != nil {
		s.log.LogAttrs(context.Background(), slog.LevelInfo, "making the index anew", slog.Any("reason", err))
		if x.db != nil {
			x.db.Close()
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		if from, err = x.open(path); err != nil {
			if x.db != nil {
				x.db.Close()
			}
			return nil, err
		}
	}
	if err := x.catchUp(from); err != nil {
		x.close()
		return nil, fmt.Errorf("bring index.db up to the log: %w", err)
	}
	return x, nil
}

// open opens or makes index.db and returns how much of the log it covers.
func (x *index) open(path string) (from uint64, err error) {
	info, statErr := os.Stat(path)
	fresh := statErr != nil || info.Size() == 0
	if x.db, err = openBolt(path, false); err != nil {
		x.db = nil
		return 0, err
	}
	if fresh {
		if err := x.create(); err != nil {
			return 0, err
		}
	}
	var t merkle.Tree
	err = viewDB(x.db, func(tx *bbolt.Tx) error {
		if v, err := readFormat(tx, indexFile); err != nil {
			return err
		} else if v != indexFormat {
			return fmt.Errorf("index.db has format %d, want %d", v, indexFormat)
		}
		meta := tx.Bucket(bucketMeta)
		if !bytes.Equal(meta.Get(metaID), x.s.id) {
			return errors.New("index.db is of another log.db")
		}
		if tx.Bucket(bucketLookup) == nil || tx.Bucket(bucketCommitment) == nil {
			return fmt.Errorf("%w: index.db lacks a bucket", ErrDamaged)
		}
		v := meta.Get(metaIndexed)
		if len(v) != 8+merkle.HashSize {
			return fmt.Errorf("%w: index.db does not say how far it goes", ErrDamaged)
		}
		t = merkle.Tree{Size: binary.BigEndian.Uint64(v), Root: merkle.Hash(v[8:])}
		return nil
	})
	if err != nil {
		return 0, err
	}
	// A log.db put back from an older copy may have grown differently since.
	now := x.s.Tree()
	if t.Size > now.Size {
		return 0, fmt.Errorf("index.db covers %d entries of a log of %d", t.Size, now.Size)
	}
	root, err := merkle.RootFromTiles(x.s, t.Size)
	if err != nil {
		return 0, err
	}
	if root != t.Root {
		return 0, errors.New("index.db was made from another state of log.db")
	}
	x.recent.tree = t
	return t.Size, nil
}

func (x *index) create() error {
	err := updateDB(x.db, func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketMeta, bucketLookup, bucketCommitment} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		if err := meta.Put(metaFormat, binary.BigEndian.AppendUint32(nil, indexFormat)); err != nil {
			return err
		}
		if err := meta.Put(metaID, x.s.id); err != nil {
			return err
		}
		return meta.Put(metaIndexed, headValue(merkle.Tree{Root: merkle.EmptyRoot}))
	})
	return diskError(err)
}

// catchUp reads the entries from index from on, and writes full runs. On a
// full disk some more stay in memory, so that a store can be read there.
func (x *index) catchUp(from uint64) error {
	t := x.s.Tree()
	for from < t.Size {
		to := min(t.Size, from+uint64(x.s.opts.MaxRecent))
		if err := x.s.view(func(tx *bbolt.Tx) error { return x.recent.read(tx, from, to) }); err != nil {
			return err
		}
		root, err := merkle.RootFromTiles(x.s, to)
		if err != nil {
			return err
		}
		x.recent.entries += int(to - from)
		x.recent.tree = merkle.Tree{Size: to, Root: root}
		if x.recent.entries >= x.s.opts.MaxRecent {
			err := x.write(x.recent)
			if errors.Is(err, ErrFull) && x.recent.entries < 16*x.s.opts.MaxRecent {
				from = to
				continue
			}
			if err != nil {
				return err
			}
			x.recent.clear()
		}
		from = to
	}
	return nil
}

// read takes the entries from … to-1 of log.db into the run.
func (r *run) read(tx *bbolt.Tx, from, to uint64) error {
	c := tx.Bucket(bucketPrivate).Cursor()
	ch, ok, err := chunkOf(c, from)
	if err != nil {
		return err
	}
	if !ok {
		if k, v := c.First(); k != nil {
			if ch.first, err = num(k); err != nil {
				return err
			}
			ch.data, ok = v, true
		}
	}
	for ok && ch.first < to {
		for i := max(from, ch.first); i < min(to, ch.first+uint64(len(ch.data)/rowSize)); i++ {
			row, err := ch.row(i)
			if err != nil {
				return err
			}
			if row != nil {
				r.lookup.put(prefix(row[:prefixSize]), i)
			}
		}
		k, v := c.Next()
		if ok = k != nil; ok {
			if ch.first, err = num(k); err != nil {
				return err
			}
			ch.data = v
		}
	}
	return eachEntry(tx, from, to, func(i uint64, raw []byte) error {
		e, err := record.ParseEntry(raw)
		if err != nil {
			return fmt.Errorf("%w: entry %d: %w", ErrDamaged, i, err)
		}
		r.put(nil, e, i)
		return nil
	})
}
