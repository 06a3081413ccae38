package audit

import (
	"context"
	"sync"

	"github.com/akashi-project/akashi/merkle"
)

// A piece is one bundle's entries as each source serves them.
type piece struct {
	first uint64 // index of the first entry
	width int
	got   []fetched // one for each source that was asked
}

type fetched struct {
	entries [][]byte
	raw     []byte
	leaves  []merkle.Hash // of entries
	err     error
}

// A reader reads a log's entries in order, some bundles ahead: at most twice
// as many as may be asked for at once, 64 KiB each.
type reader struct {
	sources  []*source
	parallel int
	now      uint64 // entries that the log has, as far as is known
}

// read asks those sources for the entries from first (the beginning of a
// bundle) to end, and hands them to use, in order. It stops with the first
// error of use, or the context's.
func (r *reader) read(ctx context.Context, which []int, first, end uint64, use func(piece) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	slots := make(chan struct{}, r.parallel) // one element for each bundle being read
	ahead := make(chan chan piece, r.parallel)
	wg.Go(func() {
		defer close(ahead)
		for at := first; at < end; at += merkle.TileWidth {
			width := int(min(merkle.TileWidth, end-at))
			done := make(chan piece, 1)
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			wg.Go(func() {
				defer func() { <-slots }()
				done <- r.fetch(ctx, which, at, width)
			})
			select {
			case ahead <- done:
			case <-ctx.Done():
				return
			}
		}
	})
	for done := range ahead {
		p := <-done
		if err := ctx.Err(); err != nil {
			return err
		}
		for i := range p.got {
			if tooLarge(p.got[i].err) {
				p.got[i] = r.one(ctx, r.sources[which[i]], p.first, p.width, maxBundle)
			}
		}
		if err := use(p); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (r *reader) fetch(ctx context.Context, which []int, first uint64, width int) piece {
	p := piece{first: first, width: width, got: make([]fetched, len(which))}
	var wg sync.WaitGroup
	for i, s := range which[1:] {
		wg.Go(func() { p.got[i+1] = r.one(ctx, r.sources[s], first, width, usualBundle) })
	}
	p.got[0] = r.one(ctx, r.sources[which[0]], first, width, usualBundle)
	wg.Wait()
	return p
}

func (r *reader) one(ctx context.Context, s *source, first uint64, width, limit int) (f fetched) {
	f.entries, f.raw, f.err = s.bundle(ctx, first/merkle.TileWidth, width, r.now, limit)
	if f.err == nil {
		f.leaves = make([]merkle.Hash, len(f.entries))
		for i, e := range f.entries {
			f.leaves[i] = merkle.LeafHash(e)
		}
	}
	return f
}

// bitmap is one bit for each entry.
type bitmap []uint64

func (b *bitmap) push(i uint64, on bool) {
	for i/64 >= uint64(len(*b)) {
		*b = append(*b, 0)
	}
	if on {
		(*b)[i/64] |= 1 << (i % 64)
	}
}

func (b bitmap) has(i uint64) bool { return i/64 < uint64(len(b)) && b[i/64]>>(i%64)&1 == 1 }

// storedStates are the tiles of states that are not all zero; it is what the
// status tree reads, and what a state file holds of it.
type storedStates map[uint64][]byte

func (s storedStates) ReadStatusTile(index uint64) ([]byte, error) { return s[index], nil }

// keep takes over what changed.
func (s storedStates) keep(t *merkle.StatusTree) {
	for _, c := range t.Changed() {
		s[c.Index] = c.Data // Set copies what is flushed
	}
	t.Flushed()
}
