package biglog

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// One entry in so many is no sealed badge.
const (
	statusEvery = 50
	openEvery   = 97
)

// A plan makes the entries of a log, one after another, and keeps the states
// that follow from them.
type plan struct {
	opts   *Options
	states *merkle.StatusTree
	kinds  []byte // of the entries so far: kind<<4 | type
}

func newPlan(opts *Options) (*plan, error) {
	states, err := merkle.NewStatusTree(nothing{}, 0)
	if err != nil {
		return nil, err
	}
	return &plan{opts: opts, states: states, kinds: make([]byte, 0, opts.Entries)}, nil
}

// nothing is a StatusReader before anything is stored: the tree keeps all.
type nothing struct{}

func (nothing) ReadStatusTile(uint64) ([]byte, error) { return nil, nil }

// next returns the bytes of the next entry. The last one of an anchored tree is
// its head.
func (p *plan) next(last bool) ([]byte, error) {
	index := uint64(len(p.kinds))
	if err := p.states.Grow(index); err != nil {
		return nil, err
	}
	entry, err := p.planned(index, last)
	if err != nil {
		return nil, err
	}
	b := entry.Bytes()
	if p.opts.Entry != nil {
		b = p.opts.Entry(index, b)
		// What cannot be read occupies its index and does nothing.
		entry, err = record.ParseEntry(b)
		if err != nil {
			entry = record.Entry{}
		}
	}
	p.kinds = append(p.kinds, byte(entry.Kind)<<4|byte(entry.Type))
	if entry.Kind == record.Status && entry.Target < index {
		now, err := p.states.State(entry.Target)
		if err != nil {
			return nil, err
		}
		then, err := entry.Effect(index, p.entry(entry.Target), record.State(now))
		if err == nil {
			if err := p.states.Set(entry.Target, uint8(then)); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// entry returns what Effect asks of an earlier entry: its kind and type.
func (p *plan) entry(index uint64) record.Entry {
	k := p.kinds[index]
	return record.Entry{Kind: record.Kind(k >> 4), Type: record.Type(k & 15)}
}

func (p *plan) planned(index uint64, last bool) (record.Entry, error) {
	word := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("akashi biglog "+p.opts.Origin+" "), index))
	switch {
	case last:
		root, err := p.states.Root()
		return record.Entry{Kind: record.Head, StatusRoot: root}, err
	case index%statusEvery == statusEvery-1:
		target, ok, err := p.target(binary.BigEndian.Uint64(word[:]) % index)
		if err != nil {
			return record.Entry{}, err
		}
		if ok {
			state := record.Revoked
			if word[8]&1 == 0 {
				state = record.Suspended
			}
			return record.Entry{Kind: record.Status, Target: target, State: state}, nil
		}
	case index%openEvery == openEvery-1:
		return record.Entry{Kind: record.Open, Type: record.CourseQA, Digest: record.Digest(word)}, nil
	}
	return record.Entry{Kind: record.Sealed, Type: record.Badge, Commitment: record.Commitment(word)}, nil
}

// target returns the last badge at or before index whose state can change, of
// the hundred before it.
func (p *plan) target(index uint64) (uint64, bool, error) {
	for i := index + 1; i > 0 && i+100 > index; i-- {
		if p.entry(i-1).Kind != record.Sealed {
			continue
		}
		state, err := p.states.State(i - 1)
		if err != nil {
			return 0, false, err
		}
		if record.State(state) == record.Valid {
			return i - 1, true, nil
		}
	}
	return 0, false, nil
}
