package audit

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/verify"
)

// A batch whose entries do not lead to the anchored root has an entry in it
// that is not the one that was anchored. What is public may say which:
//
//  1. a mirror whose entries lead to the root names each exactly;
//  2. so do the log's tiles of hashes, as far down as they still lead to it;
//  3. the consistency proofs in the calldata of the anchors hold hashes of
//     parts of the anchored trees. Whoever anchored made them from the true
//     entries, and nobody can take them back: the parts that fit are cleared,
//     the smallest ones that do not hold a changed entry;
//  4. head entries follow from the others. One that fits is cleared.

// Limits on the work of naming, for each batch.
const (
	laterAnchors = 64  // whose proofs are looked at
	tilesToLook  = 512 // that are read on the way down
)

// A search looks for the changed entries of one batch.
type search struct {
	r     *replay
	a     Anchor
	tree  merkle.Tree
	which int // the source that served the batch

	otherwise bool // it serves the anchored entries now

	// ours are the nodes of the tree as the served entries give it: those
	// over whole tiles, of every height that is a multiple of 8, and wanted.
	ours   map[node]merkle.Hash
	wanted map[node]bool
}

// name finds which entries of the batch of anchor k were changed, as exactly
// as can be told. Where it learns the anchored frontier on the way it sets it.
// It returns true when the source now serves the anchored entries after all.
func (r *replay) name(ctx context.Context, k int) (otherwise bool, err error) {
	a := r.plan.all[k]
	a.PrevSize = r.since(k)
	s := &search{r: r, a: a, tree: merkle.Tree{Size: a.Size, Root: a.Root}, which: r.asked()[0], ours: map[node]merkle.Hash{}, wanted: map[node]bool{}}
	for _, m := range r.asked()[1:] {
		if done, err := s.byMirror(ctx, m); done || err != nil {
			return s.otherwise, err
		}
	}
	truths, err := s.proofs(ctx, k)
	if err != nil {
		return s.otherwise, err
	}
	for _, t := range truths {
		s.wanted[t.node] = true
	}
	if err := s.recompute(ctx); err != nil {
		return false, s.lost(ctx, err)
	}
	if s.otherwise {
		return true, nil
	}
	for _, i := range r.asked() {
		if done, err := s.byTiles(ctx, i); done || err != nil {
			return s.otherwise, err
		}
	}
	s.byProofs(truths)
	return false, nil
}

// lost notes that the batch could not be read once more.
func (s *search) lost(ctx context.Context, err error) error {
	var e *sourceError
	if ctx.Err() != nil || !errors.As(err, &e) {
		return err
	}
	src := s.r.reader.sources[s.which]
	s.r.Led.find(EntryChanged, verify.Unknown, s.where(s.a.PrevSize, s.a.Size-1), "Which of entries %d to %d was changed is not known, since they could not be read once more at %s: %v.", s.a.PrevSize, s.a.Size-1, src.shown, e)
	return nil
}

func (s *search) where(first, last uint64) Where {
	w := Where{Anchor: at(s.a.Size), Entry: at(first), Block: at(s.a.Block)}
	if last != first {
		w.Last = at(last)
	}
	return w
}

// exactly notes an entry that was changed without doubt.
func (s *search) exactly(index uint64, how string) {
	w := s.where(index, index)
	w.Source = s.r.reader.sources[s.which].shown
	s.r.Led.find(EntryChanged, verify.Fail, w, "Entry %d, as %s serves it, is not the one that was anchored: %s.", index, w.Source, how)
}

// batch reads the entries of the batch from some sources, in order.
func (s *search) batch(ctx context.Context, which []int, use func(index uint64, got []fetched, at int) error) error {
	first := s.a.PrevSize - s.a.PrevSize%merkle.TileWidth
	return s.r.reader.read(ctx, which, first, s.a.Size, func(p piece) error {
		for _, f := range p.got {
			if f.err != nil {
				return f.err
			}
		}
		for i := range p.width {
			if index := p.first + uint64(i); index >= s.a.PrevSize {
				if err := use(index, p.got, i); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// byMirror names what differs from a mirror whose entries lead to the root.
func (s *search) byMirror(ctx context.Context, mirror int) (bool, error) {
	f, again := s.r.Good, s.r.Good
	var differ []uint64
	n := uint64(0)
	err := s.batch(ctx, []int{s.which, mirror}, func(index uint64, got []fetched, at int) error {
		again.Append(got[0].leaves[at])
		f.Append(got[1].leaves[at])
		if got[0].leaves[at] != got[1].leaves[at] {
			if n++; n <= MaxFindings {
				differ = append(differ, index)
			}
		}
		return nil
	})
	if err != nil {
		var e *sourceError
		if errors.As(err, &e) && ctx.Err() == nil {
			return false, nil // others may tell
		}
		return false, err
	}
	if s.settle(again) {
		return true, nil
	}
	if f.Tree() != s.tree {
		return false, nil
	}
	for _, index := range differ {
		s.exactly(index, "the mirror "+s.r.reader.sources[mirror].shown+" serves the anchored one")
	}
	s.r.Frontier, s.r.Sure = f, true
	return true, nil
}

// settle takes over the frontier of the entries that the source serves when it
// is asked again, if that is the anchored one.
func (s *search) settle(again merkle.Frontier) bool {
	if again.Tree() == s.tree {
		s.r.Frontier, s.r.Sure, s.otherwise = again, true, true
	}
	return s.otherwise
}

// recompute computes the tree of the served entries once more, and keeps the
// nodes that are to be compared.
func (s *search) recompute(ctx context.Context) error {
	type root struct {
		height int
		hash   merkle.Hash
	}
	var stack []root
	b, err := s.r.Good.MarshalBinary()
	if err != nil {
		return err
	}
	size := binary.BigEndian.Uint64(b)
	b = b[8:]
	for h := 63; h >= 0; h-- {
		if size>>h&1 == 1 {
			stack = append(stack, root{h, merkle.Hash(b)})
			b = b[merkle.HashSize:]
		}
	}
	again := s.r.Good
	err = s.batch(ctx, []int{s.which}, func(index uint64, got []fetched, at int) error {
		again.Append(got[0].leaves[at])
		x := root{0, got[0].leaves[at]}
		for {
			n := node{x.height, index >> x.height}
			if s.wanted[n] || x.height > 0 && x.height%merkle.TileHeight == 0 {
				s.ours[n] = x.hash
			}
			if len(stack) == 0 || stack[len(stack)-1].height != x.height {
				break
			}
			x = root{x.height + 1, merkle.NodeHash(stack[len(stack)-1].hash, x.hash)}
			stack = stack[:len(stack)-1]
		}
		stack = append(stack, x)
		return nil
	})
	if err == nil {
		s.settle(again)
	}
	return err
}

// tileReader reads a source's tiles of hashes once each.
type tileReader struct {
	ctx  context.Context
	s    *search
	src  *source
	have map[merkle.Tile][]merkle.Hash
}

// ReadTile implements merkle.TileReader.
func (t *tileReader) ReadTile(tile merkle.Tile) ([]merkle.Hash, error) {
	if h, ok := t.have[tile]; ok {
		return h, nil
	}
	h, err := t.src.tile(t.ctx, tile, t.s.r.reader.now)
	if err != nil {
		return nil, err
	}
	t.have[tile] = h
	t.s.r.HashTiles.add(merkle.AppendTile(nil, h))
	return h, nil
}

// byTiles compares the served entries with a source's tiles of hashes, from
// the anchored root down, as far as each tile leads to the hash above it.
func (s *search) byTiles(ctx context.Context, which int) (bool, error) {
	t := &tileReader{ctx: ctx, s: s, src: s.r.reader.sources[which], have: map[merkle.Tile][]merkle.Hash{}}
	root, err := merkle.RootFromTiles(t, s.a.Size)
	if err != nil || root != s.tree.Root {
		return false, ctx.Err() // they were rewritten too, or are not there
	}
	edge, err := merkle.FrontierFromTiles(t, s.a.Size)
	if err != nil {
		return false, ctx.Err()
	}
	s.r.Frontier, s.r.Sure = edge, true
	left := tilesToLook
	for level := 7; level >= 0; level-- {
		hashes := s.a.Size >> (merkle.TileHeight * level)
		if width := hashes % merkle.TileWidth; width != 0 {
			if err := s.descend(ctx, t, merkle.Tile{Level: uint8(level), Index: hashes / merkle.TileWidth, Width: int(width)}, &left); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// descend compares a tile that leads to the anchored root with the served
// entries.
func (s *search) descend(ctx context.Context, t *tileReader, tile merkle.Tile, left *int) error {
	hashes, err := t.ReadTile(tile)
	if err != nil {
		return ctx.Err()
	}
	height := merkle.TileHeight * int(tile.Level)
	var leaves []merkle.Hash
	if tile.Level == 0 {
		f := s.r.reader.one(ctx, s.r.reader.sources[s.which], tile.Index*merkle.TileWidth, tile.Width, maxBundle)
		if f.err != nil {
			return s.lost(ctx, f.err)
		}
		leaves = f.leaves
	}
	for i, h := range hashes {
		n := node{height, tile.Index*merkle.TileWidth + uint64(i)}
		if n.end() <= s.a.PrevSize {
			continue // before the batch, where all is right
		}
		if tile.Level == 0 {
			if leaves[i] != h {
				s.exactly(n.index, "the tiles of hashes of "+t.src.shown+" have another hash for it, which leads to the anchored root")
			}
			continue
		}
		if s.ours[n] == h {
			continue
		}
		below := merkle.Tile{Level: tile.Level - 1, Index: n.index, Width: merkle.TileWidth}
		if *left--; *left >= 0 {
			under, err := t.ReadTile(below)
			if err := ctx.Err(); err != nil {
				return err
			}
			if err == nil && merkle.Root(under) == h {
				if err := s.descend(ctx, t, below, left); err != nil {
					return err
				}
				continue
			}
		}
		s.among(max(n.first(), s.a.PrevSize), n.end()-1, "by the tiles of hashes of "+t.src.shown+", which lead to the anchored root that far")
	}
	return nil
}

// among notes a range that holds an entry that was changed.
func (s *search) among(first, last uint64, how string) {
	if first == last {
		s.exactly(first, how+" it can be no other")
		return
	}
	s.r.Led.find(EntryChanged, verify.Fail, s.where(first, last), "Among entries %d to %d at least one is not the one that was anchored, %s.", first, last, how)
}

// proofs reads the consistency proofs of this anchor and later ones, and gives
// the nodes in the batch that they vouch for.
func (s *search) proofs(ctx context.Context, k int) ([]truth, error) {
	all := s.r.plan.all
	end := min(len(all), k+1+laterAnchors)
	txs, err := s.r.txs(ctx, s.r.plan.txs[k:end])
	if err != nil {
		return nil, err
	}
	if txs[0] != nil {
		if c, ok := callIn(txs[0].Input, s.r.Log, s.a.Size); ok && c.root != s.tree.Root {
			s.r.Led.find(ChainEvents, verify.Unknown, Where{Anchor: at(s.a.Size), Block: at(s.a.Block)}, "The RPC contradicts itself: the event of the anchor of size %d has another root than the transaction that made it.", s.a.Size)
		}
	}
	seen := map[node]bool{}
	var list []truth
	for i, tx := range txs {
		nodes, _, ok := s.r.proofOf(k+i, tx)
		if !ok {
			continue
		}
		for _, t := range nodes {
			if t.end() > s.a.PrevSize && t.end() <= s.a.Size && !seen[t.node] {
				seen[t.node] = true
				list = append(list, t)
			}
		}
	}
	return list, nil
}

// proofOf gives what the proof of anchor k vouches for: nodes of the trees it
// joins, and the frontier of the older.
func (r *replay) proofOf(k int, tx *anchor.Transaction) (nodes []truth, edge merkle.Frontier, ok bool) {
	if tx == nil || k == 0 {
		return nil, edge, false
	}
	before, after := r.plan.all[k-1], r.plan.all[k]
	old, tree := merkle.Tree{Size: before.Size, Root: before.Root}, merkle.Tree{Size: after.Size, Root: after.Root}
	c, ok := callIn(tx.Input, r.Log, tree.Size)
	if !ok || tree.CheckConsistency(old, merkle.Consistency{Hashes: c.proof}) != nil {
		return nil, edge, false
	}
	return proofNodes(old, tree, c.proof)
}

// recover takes the anchored frontier of anchor k from the proof of the next
// one, so that what follows is judged although this batch is wrong.
func (r *replay) recover(ctx context.Context, k int) error {
	if k+1 >= len(r.plan.all) {
		return nil
	}
	txs, err := r.txs(ctx, r.plan.txs[k+1:k+2])
	if err != nil {
		return err
	}
	if _, edge, ok := r.proofOf(k+1, txs[0]); ok {
		r.Frontier, r.Sure = edge, true
	}
	return nil
}

// A span is a range of entries, end not included.
type span struct{ first, end uint64 }

// byProofs names what the nodes that are vouched for leave open.
func (s *search) byProofs(truths []truth) {
	open := []span{{s.a.PrevSize, s.a.Size}}
	for _, h := range s.r.Heads {
		open = without(open, span{h, h + 1})
	}
	var wrong []node
	for _, t := range truths {
		if s.ours[t.node] == t.hash {
			open = without(open, span{t.first(), t.end()})
		} else {
			wrong = append(wrong, t.node)
		}
	}
	const how = "as far as what is public tells"
	if len(open) == 0 { // a head that follows from the others, and is not the anchored one
		open = []span{{s.a.PrevSize, s.a.Size}}
	}
	// Those that hold no smaller one that is wrong.
	smallest := slices.DeleteFunc(slices.Clone(wrong), func(n node) bool {
		return slices.ContainsFunc(wrong, func(m node) bool {
			return m != n && m.first() >= n.first() && m.end() <= n.end()
		})
	})
	slices.SortFunc(smallest, func(a, b node) int { return cmp.Compare(a.first(), b.first()) })
	spans := []span{{s.a.PrevSize, s.a.Size}}
	if len(smallest) > 0 {
		spans = nil
		for _, n := range smallest {
			spans = append(spans, span{max(n.first(), s.a.PrevSize), n.end()})
		}
	}
	for _, sp := range spans {
		left := within(open, sp)
		if len(left) == 0 {
			left = []span{sp}
		}
		s.leftOpen(left, how)
	}
}

// leftOpen notes the entries of which at least one was changed.
func (s *search) leftOpen(left []span, how string) {
	first, last := left[0].first, left[len(left)-1].end-1
	n := uint64(0)
	for _, l := range left {
		n += l.end - l.first
	}
	switch {
	case n == 1:
		s.exactly(first, "all others of its batch are, or follow from it")
	case len(left) == 1:
		s.among(first, last, how)
	default:
		s.r.Led.find(EntryChanged, verify.Fail, s.where(first, last), "Among entries %d to %d, without %d of them that are or follow from others, at least one is not the one that was anchored, %s.", first, last, last-first+1-n, how)
	}
}

// without takes a span out of others, which are in order.
func without(list []span, x span) (out []span) {
	for _, s := range list {
		if s.first < min(s.end, x.first) {
			out = append(out, span{s.first, min(s.end, x.first)})
		}
		if max(s.first, x.end) < s.end {
			out = append(out, span{max(s.first, x.end), s.end})
		}
	}
	return out
}

// within cuts spans to one.
func within(list []span, x span) (out []span) {
	for _, s := range list {
		if a, b := max(s.first, x.first), min(s.end, x.end); a < b {
			out = append(out, span{a, b})
		}
	}
	return out
}
