package store

import "context"

// A Pending is a submission that Begin handed over: it is being logged.
type Pending struct {
	s *Store
	o *op
}

// Begin is the first half of Append: it checks and encrypts the submission,
// and hands it over. Who logs many records begins them one after the other and
// waits for them afterwards, with one goroutine where Append would take one
// for each, and they share transactions. Begin waits while too many
// submissions, of all callers, are under way.
//
// After Begin the record itself is not needed any more. It is logged whether
// or not anybody waits for it; Wait says where. The errors of Begin are those
// of Append that can be known at once.
func (s *Store) Begin(ctx context.Context, sub Submission) (Pending, error) {
	if err := ctx.Err(); err != nil {
		return Pending{}, err
	}
	digest, open, err := sub.identity()
	if err != nil {
		return Pending{}, err
	}
	// The encrypted copy is held until it is committed. Small ones are bounded
	// by the number of submissions under way, large ones by their bytes.
	held := int64(len(sub.Record.Original()))
	if held <= largeRecord {
		held = 0
	}
	if held > 0 {
		if err := s.large.Acquire(ctx, held); err != nil {
			return Pending{}, err
		}
	}
	o := ops.Get().(*op)
	o.held = held
	if err = s.seal(o, sub, digest, open); err == nil {
		err = s.enqueue(ctx, o)
	}
	if err != nil {
		o.record = nil
		s.giveBack(o)
		ops.Put(o)
		return Pending{}, err
	}
	return Pending{s, o}, nil
}

// giveBack gives back what Begin took of Store.large.
func (s *Store) giveBack(o *op) {
	if o.held > 0 {
		s.large.Release(o.held)
		o.held = 0
	}
}

// Wait is the second half of Append, and is called once. When ctx ends first
// the record may still be logged.
func (p Pending) Wait(ctx context.Context) (Logged, error) {
	o := p.o
	if err := o.wait(ctx); err != nil {
		return Logged{}, err
	}
	logged := Logged{Index: o.index, Entry: o.entry, Duplicate: o.duplicate}
	err := o.err
	ops.Put(o)
	if err != nil {
		return Logged{}, err
	}
	if logged.Duplicate {
		logged.Entry, err = p.s.Entry(logged.Index)
	}
	return logged, err
}

// Ready reports whether Wait would answer at once.
func (p Pending) Ready() bool { return len(p.o.done) > 0 }
