package store

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/merkle"
)

// A sequencer is the one goroutine that decides what comes at which index. It
// builds one batch while the committer, a second goroutine, writes the batch
// before. Thousands of callers share each transaction's sync.
type sequencer struct {
	s      *Store
	tail   tail
	status *merkle.StatusTree // states after tail; only exclusive batches change it
	spare  [2]*batch

	toCommit chan *batch
	done     chan error // the committer's result for the batch in flight
	inFlight *batch     // nil when the committer is idle
}

// start reads the log's right edge and returns the sequencer for it.
func (s *Store) start() (*sequencer, error) {
	q := &sequencer{
		s:        s,
		spare:    [2]*batch{newBatch(), newBatch()},
		toCommit: make(chan *batch),
		done:     make(chan error, 1),
	}
	s.prover = merkle.NewProver(s, proverTiles)
	t := s.Tree()
	var err error
	if q.tail.builder, err = merkle.NewTileBuilder(s, t.Size); err != nil {
		return nil, fmt.Errorf("%w: read the right edge of the tiles: %w", ErrDamaged, err)
	}
	if got := q.tail.builder.Tree(); got != t {
		return nil, fmt.Errorf("%w: the tiles lead to root %s at size %d, the head says %s", ErrDamaged, got.Root, t.Size, t.Root)
	}
	q.tail.tree = t
	if w := t.Size % merkle.TileWidth; w > 0 {
		if q.tail.bundle, err = s.Bundle(merkle.Bundle{Index: t.Size / merkle.TileWidth, Width: int(w)}); err != nil {
			return nil, err
		}
	}
	if q.tail.frozen, err = s.lastFrozen(); err != nil {
		return nil, err
	}
	if q.status, err = merkle.NewStatusTree(currentStatus{s}, t.Size); err != nil {
		return nil, err
	}
	return q, nil
}

// sequence runs until the queue is closed and empty.
func (s *Store) sequence(q *sequencer) {
	committing := make(chan struct{})
	go func() {
		defer close(committing)
		for b := range q.toCommit {
			q.done <- s.commit(b)
		}
	}()
	for q.collect() {
	}
	close(q.toCommit)
	<-committing
}

// collect gathers one batch, builds it and hands it to the committer. It
// takes ops for as long as the committer is busy, so that batches grow with
// the load and a lone caller does not wait. It reports whether there is more
// to come.
func (q *sequencer) collect() (more bool) {
	b := q.spare[0]
	b.reset()
	more = true
	yielded := 0
	for !b.last && len(b.ops) < q.s.opts.MaxBatch && b.bytes < q.s.opts.MaxBatchBytes {
		if len(b.ops) == 0 || q.inFlight != nil {
			select {
			case o, ok := <-q.s.queue:
				if !ok {
					b.last, more = true, false
					break
				}
				b.take(o)
			case err := <-q.done: // never ready while the committer is idle
				q.landed(err)
			}
			continue
		}
		select {
		case o, ok := <-q.s.queue:
			if !ok {
				b.last, more = true, false
				break
			}
			b.take(o)
			yielded = 0
			continue
		default:
		}
		// Callers that were answered a moment ago are about to submit again:
		// letting them run first halves the number of syncs under load, and
		// costs a lone caller nothing.
		if yielded++; yielded > 2 {
			break
		}
		runtime.Gosched()
	}
	if b.exclusive {
		q.land()
	}
	size := q.status.Size()
	err := q.build(b)
	if failed := q.land(); failed && err == nil {
		err = q.build(b) // what it was built upon is not there
	}
	if err != nil {
		b.answer(q.s, q.undo(b, size, err))
		return more
	}
	q.tail = b.after
	q.inFlight = b
	q.toCommit <- b
	q.spare[0], q.spare[1] = q.spare[1], q.spare[0]
	if b.exclusive {
		q.settle(b, size)
	}
	if !more {
		q.land()
	}
	return more
}

// land waits for the batch in flight, if there is one, and reports whether it
// failed. Then the tail is again what it was before that batch.
func (q *sequencer) land() (failed bool) {
	if q.inFlight == nil {
		return false
	}
	return q.landed(<-q.done)
}

func (q *sequencer) landed(err error) (failed bool) {
	if err != nil {
		q.tail = q.inFlight.before
	}
	q.inFlight = nil
	return err != nil
}

// settle waits for an exclusive batch and brings the status tree to where the
// log is.
func (q *sequencer) settle(b *batch, size uint64) {
	if q.land() {
		q.undo(b, size, nil)
		return
	}
	q.status.Flushed()
	if b.frozen != nil {
		q.s.views.put(b.frozen.Head(), q.status.Clone(headStatus{q.s, b.frozen.Head()}))
	}
}

// undo puts the status tree back to size targets and hands err on.
func (q *sequencer) undo(b *batch, size uint64, err error) error {
	if b.exclusive {
		if e := q.status.Reset(min(size, q.status.Size())); e != nil {
			return q.s.fail(e)
		}
	}
	return err
}

// findDuplicates marks the ops whose record the log has or had: first by what
// is in memory, then, those left in sorted order, by index.db.
func (q *sequencer) findDuplicates(b *batch) error {
	for _, o := range b.ops {
		if o.kind != opAppend {
			continue
		}
		if q.inFlight != nil {
			if i, ok := q.inFlight.seen[o.lookup]; ok {
				o.duplicate, o.index = true, i
				continue
			}
		}
		b.unknown = append(b.unknown, o)
	}
	slices.SortFunc(b.unknown, func(x, y *op) int { return bytes.Compare(x.lookup[:], y.lookup[:]) })
	return q.s.known(b.unknown)
}

// known marks those ops, sorted by lookup, whose record is committed already
// or was forgotten.
func (s *Store) known(sorted []*op) error {
	return s.index.find(sorted, func(hits []hit) error {
		if len(hits) == 0 && !s.anyForgotten.Load() {
			return nil
		}
		return s.view(func(tx *bbolt.Tx) error {
			private, forgotten := tx.Bucket(bucketPrivate).Cursor(), tx.Bucket(bucketForgotten)
			for _, h := range hits {
				row, err := privateRow(private, h.index)
				if err != nil {
					return err
				}
				if row == nil {
					row = forgotten.Get(key64(h.index))
				}
				switch {
				case len(row) < lookupSize || !bytes.Equal(row[:lookupSize], h.op.lookup[:]):
					// Two HMACs that begin alike, or an index that is wrong
					// (Fsck tells): the record is not the one at that index.
				default:
					h.op.duplicate, h.op.index = true, h.index
				}
			}
			tombstones := tx.Bucket(bucketTombstones)
			for _, o := range sorted {
				if v := tombstones.Get(o.lookup[:]); v != nil {
					i, err := num(v)
					if err != nil {
						return err
					}
					o.duplicate, o.err = false, fmt.Errorf("%w: it was entry %d", ErrForgotten, i)
				}
			}
			return nil
		})
	})
}

// commit writes a batch in one transaction and answers its callers.
func (s *Store) commit(b *batch) (err error) {
	if len(b.entries) > 0 {
		began := time.Now()
		var put time.Time
		err = s.update(func(tx *bbolt.Tx) error {
			defer func() { put = time.Now() }()
			return b.put(tx)
		})
		if !put.IsZero() {
			s.opts.Observer.Committed(Commit{Entries: len(b.entries), Records: len(b.fresh), Took: time.Since(began), Synced: time.Since(put), Err: err})
		}
	}
	if err == nil && len(b.entries) > 0 {
		t := b.after.tree // the batch is used again
		s.committed.Store(&t)
		s.index.add(b) // after, so that what is found can be read
	}
	b.answer(s, err)
	return err
}

// sequential returns a bucket whose keys only grow at the end, so that its
// pages can be filled.
func sequential(tx *bbolt.Tx, name []byte) *bbolt.Bucket {
	b := tx.Bucket(name)
	b.FillPercent = 1
	return b
}

// put writes the batch. It may not wait, sign or compute.
func (b *batch) put(tx *bbolt.Tx) error {
	entries := sequential(tx, bucketEntries)
	for _, d := range b.bundles {
		if err := entries.Put(key64(d.index), d.data); err != nil {
			return err
		}
	}
	tiles := tx.Bucket(bucketTiles)
	for _, t := range b.tiles {
		data := merkle.AppendTile(make([]byte, 0, len(t.Hashes)*merkle.HashSize), t.Hashes)
		if err := tiles.Put(tileKey(t.Tile.Level, t.Tile.Index), data); err != nil {
			return err
		}
	}
	private, records := sequential(tx, bucketPrivate), sequential(tx, bucketRecords)
	for _, c := range b.private {
		if err := private.Put(key64(c.first), c.data); err != nil {
			return err
		}
	}
	for _, c := range b.records {
		if err := records.Put(key64(c.first), c.data); err != nil {
			return err
		}
	}
	if err := putChanges(tx, b.changes); err != nil {
		return err
	}
	if b.frozen != nil {
		if err := sequential(tx, bucketFrozen).Put(key64(b.frozen.Tree.Size), frozenValue(*b.frozen)); err != nil {
			return err
		}
	}
	return writeHead(tx, b.after.tree)
}
