package store

import (
	"errors"
	"fmt"
	"slices"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// A tail is the right edge of the log: all that appending needs. It does not
// change; each batch makes the next one. A batch that fails thus leaves the
// tail before it as good as it was.
type tail struct {
	builder *merkle.TileBuilder
	tree    merkle.Tree
	bundle  []byte // the partial entry bundle, empty when the size divides by 256
	frozen  Frozen // the last frozen tree; zero before the first
}

// keepBuffer bounds the memory that an idle store keeps for its next batch.
const keepBuffer = 4 << 20

type bundleData struct {
	index uint64
	data  []byte
}

type change struct {
	target, index uint64
	state         record.State
}

// A batch is what one transaction appends.
type batch struct {
	ops       []*op
	bytes     int
	exclusive bool // has ops that need the state of everything before them committed
	last      bool // takes no more ops

	// What build makes of the ops.
	before, after tail
	seen          map[[lookupSize]byte]uint64 // lookup HMAC → index of the new records
	fresh         []*op                       // new records in the order of their indexes
	entries       []record.Entry              // new entries
	leaves        []merkle.Hash
	slots         []byte
	tiles         []merkle.TileData
	bundles       []bundleData
	private       []chunk // of rows
	records       []chunk // of boxes
	rows, boxes   []byte
	changes       []change
	frozen        *Frozen
	unknown       []*op
}

func newBatch() *batch { return &batch{seen: make(map[[lookupSize]byte]uint64)} }

// reset empties the batch for new ops.
func (b *batch) reset() {
	clear(b.ops)
	b.ops, b.bytes, b.exclusive, b.last = b.ops[:0], 0, false, false
	b.clear()
}

// clear empties what build made; the ops stay, unanswered.
func (b *batch) clear() {
	clear(b.seen)
	clear(b.fresh)
	clear(b.unknown)
	b.fresh, b.unknown = b.fresh[:0], b.unknown[:0]
	b.entries, b.leaves, b.slots = b.entries[:0], nil, b.slots[:0]
	b.tiles, b.bundles, b.changes, b.frozen = nil, b.bundles[:0], b.changes[:0], nil
	b.private, b.records, b.rows, b.boxes = b.private[:0], b.records[:0], b.rows[:0], b.boxes[:0]
	if cap(b.boxes) > keepBuffer {
		b.boxes = nil // a few large records went through
	}
	for _, o := range b.ops {
		o.err, o.duplicate, o.index, o.frozen = nil, false, 0, Frozen{}
	}
}

// take adds an op.
func (b *batch) take(o *op) {
	b.ops = append(b.ops, o)
	b.bytes += o.cost()
	if o.kind != opAppend {
		b.exclusive = true
	}
	// The tree frozen is the one after the batch.
	b.last = b.last || o.kind == opFreeze
}

// answer tells all callers.
func (b *batch) answer(s *Store, err error) {
	for _, o := range b.ops {
		if err != nil {
			o.err = err
		}
		o.record = nil
		s.giveBack(o)
		o.done <- struct{}{}
	}
}

// next is the index that the next entry gets.
func (b *batch) next() uint64 { return b.before.tree.Size + uint64(len(b.entries)) }

// build works out what the batch appends to the log that ends in q.tail. It
// writes nothing but slots of the keys file that no committed row has. An
// error concerns all the ops; what concerns one is in its answer.
func (q *sequencer) build(b *batch) error {
	if p := q.s.broken.Load(); p != nil {
		return *p
	}
	b.clear()
	b.before = q.tail
	if err := q.s.index.wait(); err != nil {
		return err
	}
	if err := q.findDuplicates(b); err != nil {
		return err
	}
	for _, o := range b.ops {
		if o.err != nil || o.duplicate {
			continue
		}
		var err error
		switch o.kind {
		case opAppend:
			q.buildAppend(b, o)
		case opStatus:
			err = q.buildStatus(b, o)
		case opFreeze:
			err = q.buildFreeze(b, o)
		}
		if err != nil {
			return err
		}
	}
	return q.finish(b)
}

func (b *batch) add(e record.Entry, slot []byte) uint64 {
	i := b.next()
	b.entries = append(b.entries, e)
	b.slots = append(b.slots, slot...)
	return i
}

var noSlot = make([]byte, slotSize)

func (q *sequencer) buildAppend(b *batch, o *op) {
	if i, ok := b.seen[o.lookup]; ok {
		o.duplicate, o.index = true, i
		return
	}
	o.index = b.add(o.entry, o.slot[:])
	b.seen[o.lookup] = o.index
	b.fresh = append(b.fresh, o)
}

// entry returns entry i, be it committed or of the batch being built.
func (q *sequencer) entry(b *batch, i uint64) (record.Entry, error) {
	if i >= b.before.tree.Size {
		return b.entries[i-b.before.tree.Size], nil
	}
	return q.s.Entry(i)
}

func (q *sequencer) buildStatus(b *batch, o *op) error {
	n := b.next()
	e := record.Entry{Kind: record.Status, Target: o.target, State: o.state}
	if o.target >= n {
		o.err = fmt.Errorf("entry %d: %w: the log has %d entries", o.target, ErrNotFound, n)
		return nil
	}
	target, err := q.entry(b, o.target)
	if err != nil {
		return err
	}
	if err := q.status.Grow(n); err != nil {
		return err
	}
	now, err := q.status.State(o.target)
	if err != nil {
		return err
	}
	then, err := e.Effect(n, target, record.State(now))
	if err != nil {
		o.err = err
		return nil
	}
	if then == record.State(now) {
		o.err = fmt.Errorf("%w: entry %d is %s already", ErrNoEffect, o.target, then)
		return nil
	}
	if err := q.status.Set(o.target, uint8(then)); err != nil {
		return err
	}
	o.index = b.add(e, noSlot)
	b.changes = append(b.changes, change{o.target, o.index, then})
	return nil
}

func (q *sequencer) buildFreeze(b *batch, o *op) error {
	n := b.next()
	switch {
	case n == 0:
		o.err = ErrEmpty
		return nil
	case n == b.before.frozen.Tree.Size:
		o.frozen = b.before.frozen
		return nil
	}
	if err := q.status.Grow(n); err != nil {
		return err
	}
	root, err := q.status.Root()
	if err != nil {
		return err
	}
	b.add(record.Entry{Kind: record.Head, StatusRoot: root}, noSlot)
	b.frozen = &Frozen{Time: uint64(q.s.opts.Now().Unix())}
	return nil
}

// finish makes leaves, tiles and bundles out of the new entries, and writes
// the slots.
func (q *sequencer) finish(b *batch) error {
	b.after = b.before
	if len(b.entries) == 0 {
		return nil
	}
	if b.next() > merkle.MaxStatusTargets {
		return fmt.Errorf("%w: the log would have more than %d entries", ErrRefused, uint64(merkle.MaxStatusTargets))
	}
	first := b.before.tree.Size
	index, width := first/merkle.TileWidth, first%merkle.TileWidth
	data := slices.Clone(b.before.bundle)
	b.leaves = make([]merkle.Hash, len(b.entries)) // the builder keeps it
	var buf [record.MaxEntrySize]byte
	for i, e := range b.entries {
		raw := e.AppendTo(buf[:0])
		b.leaves[i] = merkle.LeafHash(raw)
		var err error
		if data, err = merkle.AppendEntry(data, raw); err != nil {
			return err
		}
		if width++; width == merkle.TileWidth {
			b.bundles = append(b.bundles, bundleData{index, data})
			index, width = index+1, 0
			data = make([]byte, 0, merkle.TileWidth*(2+record.MaxEntrySize))
		}
	}
	if width > 0 {
		b.bundles = append(b.bundles, bundleData{index, data})
	}
	b.chunks()
	var err error
	if b.after.builder, b.tiles, err = b.before.builder.Grow(b.leaves); err != nil {
		return err
	}
	b.after.tree = b.after.builder.Tree()
	b.after.bundle = data
	if b.frozen != nil {
		b.frozen.Tree = b.after.tree
		b.after.frozen = *b.frozen
		for _, o := range b.ops {
			if o.kind == opFreeze {
				o.frozen = *b.frozen
			}
		}
	}
	// Before the transaction, so that no committed row is without its slot.
	if err = q.s.keys.write(first, b.slots); errors.Is(err, ErrBroken) {
		return q.s.fail(err)
	}
	return err
}
