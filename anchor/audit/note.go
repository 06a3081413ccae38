package audit

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"slices"
	"sort"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/verify"
)

// fetchNote reads the log's newest checkpoint, unless the audit is of the
// past.
func (r *replay) fetchNote(ctx context.Context, rg Range, sources []*source) error {
	if rg.Past {
		return nil
	}
	// The log's own place first; who mirrors it may serve an older one.
	for i, src := range sources {
		b, err := src.checkpoint(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			r.Note, r.NoteSource, r.NoteWhy = b, src.shown, ""
			return nil
		}
		if i == 0 {
			r.NoteSource, r.NoteWhy = src.shown, err.Error()
		}
	}
	return nil
}

// readNote opens the checkpoint by the keys that the chain names.
func (r *replay) readNote() {
	r.term = -1
	if r.Note == nil {
		return
	}
	c, term, err := r.plan.terms.Open(r.Note)
	if err == nil || errors.Is(err, checkpoint.ErrTerm) {
		r.note, r.term, r.noteErr = &c, term, err
		return
	}
	r.noteErr = err
}

// judgeNote says what is to say of the checkpoint.
func (r *replay) judgeNote(rg Range) {
	if rg.Past || len(r.Sources) == 0 {
		return
	}
	where := Where{Source: r.NoteSource}
	if r.Note == nil {
		r.Led.find(CheckpointRead, verify.Unknown, where, "The log's checkpoint cannot be read at %s: %s.", r.NoteSource, r.NoteWhy)
		return
	}
	if errors.Is(r.noteErr, checkpoint.ErrMalformed) {
		r.Led.find(CheckpointRead, verify.Unknown, where, "What %s serves is no checkpoint of the log.", r.NoteSource)
		return
	}
	r.Led.pass(CheckpointRead)
	switch {
	case r.note == nil:
		r.Led.find(CheckpointSigned, verify.Unknown, where, "No key of the log has signed the checkpoint that %s serves.", r.NoteSource)
		return
	case r.noteErr != nil:
		r.Led.find(CheckpointSigned, verify.Warn, where, "The checkpoint of size %d is signed with keys of the log that do not count at that size.", r.note.Tree.Size)
	default:
		r.Led.pass(CheckpointSigned)
	}
	t := r.note.Tree
	anchored := r.plan.tree()
	if c := r.plan.log.Closed; c != nil && t.Size > c.Size {
		r.Led.find(LogClosed, verify.Warn, where, "The log was closed at size %d and signed a checkpoint of size %d: what it took in since will never be anchored.", c.Size, t.Size)
	}
	// A key that does not count may be a stolen one, for which it was replaced:
	// what it signs says nothing about the log.
	wrong, doubt := verify.Fail, ""
	if r.noteErr != nil {
		wrong, doubt = verify.Unknown, " Its key does not count at that size, and may be in other hands."
	}
	if t.Size < anchored.Size {
		r.Led.find(CheckpointAhead, verify.Warn, where, "The checkpoint has size %d, but size %d is anchored: a part of what is anchored may not be served.", t.Size, anchored.Size)
	} else {
		r.Led.pass(CheckpointAhead)
	}
	i := sort.Search(len(r.plan.all), func(i int) bool { return r.plan.all[i].Size >= t.Size })
	if i < len(r.plan.all) && r.plan.all[i].Size == t.Size {
		r.compared = true
		if r.plan.all[i].Root != t.Root {
			r.Led.find(CheckpointTree, wrong, Where{Anchor: at(t.Size), Source: r.NoteSource}, "A key of the log signed a checkpoint of size %d with another root than was anchored at that size.%s", t.Size, doubt)
			return
		}
		r.Led.pass(CheckpointTree)
		return
	}
	switch {
	case r.Next < t.Size || !r.NoteSure:
		r.Led.find(CheckpointTree, verify.Unknown, where, "The checkpoint of size %d cannot be compared with the entries, since not all of them could be read, or some were changed.", t.Size)
	case r.NoteRoot != t.Root:
		r.compared = true
		r.Led.find(CheckpointTree, wrong, where, "The entries that the log serves do not lead to the root of the checkpoint of size %d that a key of it signed.%s", t.Size, doubt)
	default:
		r.compared = true
		r.Led.pass(CheckpointTree)
	}
}

// compareStates holds the states that the log serves against those that its
// entries give. They are of now, and may be ahead of the entries that were
// read.
func (r *replay) compareStates(ctx context.Context) error {
	which := r.asked()
	if len(which) == 0 {
		return nil
	}
	src := r.reader.sources[which[0]]
	where := Where{Source: src.shown}
	r.StatusSource = src.shown
	for i := range merkle.StatusTiles(r.Next) {
		b, err := src.statusTile(ctx, i)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if missing(err) && i == 0 {
			return nil // who serves plain C2SP tiles has none of these
		}
		if err != nil {
			r.Led.find(StatusTiles, verify.Warn, where, "The states that the log serves cannot be read at %s: %v.", src.shown, err)
			return nil
		}
		r.StatusTiles.add(b)
		ours := r.States[i]
		if len(ours) == 0 {
			ours = make([]byte, merkle.StatusTileSize)
		}
		if at := slices.IndexFunc(slices.Collect(chunksOf(b, ours)), func(same bool) bool { return !same }); at >= 0 {
			first := i*merkle.StatusPerTile + uint64(at)*merkle.StatusPerChunk
			last := min(first+merkle.StatusPerChunk, r.Next) - 1
			if first > last {
				continue // of entries that came after
			}
			where.Entry, where.Last = &first, &last
			r.Led.find(StatusTiles, verify.Warn, where, "The states of entries %d to %d that %s serves are not those that the entries up to %d give; the log may have grown meanwhile.", first, last, src.shown, r.Next)
			return nil
		}
	}
	r.Led.pass(StatusTiles)
	return nil
}

// chunksOf compares two status tiles chunk by chunk.
func chunksOf(a, b []byte) func(func(bool) bool) {
	return func(yield func(bool) bool) {
		for i := 0; i < merkle.StatusTileSize; i += merkle.ChunkSize {
			if !yield(bytes.Equal(a[i:i+merkle.ChunkSize], b[i:i+merkle.ChunkSize])) {
				return
			}
		}
	}
}

// clone is a copy that shares nothing that changes.
func (s *logState) clone() (*logState, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(s); err != nil {
		return nil, err
	}
	c := new(logState)
	if err := gob.NewDecoder(&b).Decode(c); err != nil {
		return nil, err
	}
	return c, nil
}
