package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// A Submission is a record to be logged, or only the digest of one that its
// owner keeps. Its identity is (Type, Digest).
type Submission struct {
	Type   record.Type
	Record record.Record // zero when only Digest is given
	Digest record.Digest // zero when Record is given; both must agree
	Open   bool          // show the record's CID in the log; course-qa always does, a badge cannot
}

// Logged says where a record is in the log.
type Logged struct {
	Index     uint64
	Entry     record.Entry
	Duplicate bool // it was there before, perhaps sealed where open was asked for, or the other way round
}

// maxLargeBytes bounds the encrypted copies of records above largeRecord bytes
// that wait to be committed.
const (
	largeRecord   = 16 << 10
	maxLargeBytes = 64 << 20
)

// identity checks the submission and returns its digest and whether its
// entry is open.
func (s *Submission) identity() (record.Digest, bool, error) {
	refuse := func(format string, a ...any) (record.Digest, bool, error) {
		return record.Digest{}, false, fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, a...))
	}
	if s.Type < record.Badge || s.Type > record.Document {
		return refuse("%s; declare badge, course-qa or document", s.Type)
	}
	digest := s.Digest
	if !s.Record.IsZero() {
		digest = s.Record.Digest()
		if s.Digest != (record.Digest{}) && s.Digest != digest {
			return refuse("the digest given is not that of the record")
		}
		if err := s.Record.CheckType(s.Type); err != nil {
			return record.Digest{}, false, fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	if digest == (record.Digest{}) {
		return refuse("neither a record nor its digest was given")
	}
	if s.Open && s.Type == record.Badge {
		return refuse("a badge cannot be open: its CID would let anybody confirm a guess of it")
	}
	return digest, s.Open || s.Type == record.CourseQA, nil
}

type opKind uint8

const (
	opAppend opKind = iota
	opStatus
	opFreeze
)

// An op is one request on its way through sequencer and committer. Until done
// is signalled it belongs to them.
type op struct {
	kind opKind
	done chan struct{} // one signal, when the answer is below

	// opAppend: all that can be computed before the index is known, so that
	// callers compute it on all cores.
	open   bool
	entry  record.Entry
	lookup [lookupSize]byte
	slot   [slotSize]byte
	row    [rowSize]byte
	record []byte // encrypted, nil when only the digest was given
	held   int64  // of Store.large, given back when there is an answer

	// opStatus
	target uint64
	state  record.State

	// The answer, valid once it is durable.
	index     uint64
	duplicate bool
	frozen    Frozen
	err       error
}

var ops = sync.Pool{New: func() any { return &op{done: make(chan struct{}, 1)} }}

// cost is what the op adds to its batch's bytes.
func (o *op) cost() int { return len(o.record) + rowSize + slotSize }

// do hands o to the sequencer and waits for the answer. When ctx ends first,
// the op may or may not take effect, and do keeps it out of the pool.
func (s *Store) do(ctx context.Context, o *op) error {
	if err := s.enqueue(ctx, o); err != nil {
		return err
	}
	return o.wait(ctx)
}

// enqueue hands o to the sequencer. After an error it is the caller's.
func (s *Store) enqueue(ctx context.Context, o *op) error {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return ErrClosed
	}
	select {
	case s.queue <- o:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait waits for the answer.
func (o *op) wait(ctx context.Context) error {
	select {
	case <-o.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w; the request may still take effect", ctx.Err())
	}
}

// Append logs a record. When it returns without error the entry, its private
// row, tiles and head are synced to disk, in one transaction with those of
// other callers at the time. A record whose identity the log has already is
// answered with the entry that is there, once that is durable; one that was
// forgotten is refused with ErrForgotten, an impossible one with ErrRefused.
// After ErrFull or an ended ctx the same record can be submitted again.
func (s *Store) Append(ctx context.Context, sub Submission) (Logged, error) {
	p, err := s.Begin(ctx, sub)
	if err != nil {
		return Logged{}, err
	}
	return p.Wait(ctx)
}

// seal fills o with everything about a submission that its index does not
// change.
func (s *Store) seal(o *op, sub Submission, digest record.Digest, open bool) error {
	var (
		random [slotSize + 32]byte // slot ‖ salt
		plain  [64]byte            // salt ‖ digest
	)
	o.kind, o.err, o.duplicate, o.record, o.open = opAppend, nil, false, nil, open
	if _, err := rand.Read(random[:]); err != nil {
		return err
	}
	copy(o.slot[:], random[:])
	if open {
		o.entry = record.Entry{Kind: record.Open, Type: sub.Type, Digest: digest}
	} else {
		copy(plain[:], random[slotSize:])
		c := record.Commit(record.Salt(plain[:32]), digest)
		o.entry = record.Entry{Kind: record.Sealed, Type: sub.Type, Commitment: c}
	}
	copy(plain[32:], digest[:])
	a, err := s.secrets.aead(&o.slot)
	if err != nil {
		return err
	}
	o.lookup = s.secrets.lookup(sub.Type, digest)
	copy(o.row[:], o.lookup[:])
	a.Seal(o.row[lookupSize:lookupSize], nonceBox, plain[:], nil)
	if !sub.Record.IsZero() {
		o.record = a.Seal(nil, nonceRecord, sub.Record.Original(), nil)
	}
	return nil
}

// ChangeStatus appends the status entry that sets the state of the badge or
// document at index target, and returns the entry's index once it is durable.
// An entry that would not act, or would set the state that holds already, is
// not appended; the error wraps ErrNoEffect and says why.
func (s *Store) ChangeStatus(ctx context.Context, target uint64, state record.State) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	o := &op{kind: opStatus, target: target, state: state, done: make(chan struct{}, 1)}
	if err := s.do(ctx, o); err != nil {
		return 0, err
	}
	return o.index, o.err
}

// Frozen is a tree that ends in a head entry, and so may be anchored.
type Frozen struct {
	Tree merkle.Tree
	Time uint64 // Unix seconds by Options.Now, when it was frozen
}

// Head returns the index of the tree's head entry.
func (f Frozen) Head() uint64 { return f.Tree.Size - 1 }

// Freeze appends a head entry over the status tree and freezes the tree that
// ends in it, in one transaction. When nothing was appended since the last
// head it returns the tree frozen then. ErrEmpty says that the log is empty.
func (s *Store) Freeze(ctx context.Context) (Frozen, error) {
	if err := ctx.Err(); err != nil {
		return Frozen{}, err
	}
	o := &op{kind: opFreeze, done: make(chan struct{}, 1)}
	if err := s.do(ctx, o); err != nil {
		return Frozen{}, err
	}
	return o.frozen, o.err
}
