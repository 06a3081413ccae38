package merkle

import (
	"fmt"
	"math/bits"
)

// A TileReader reads the tiles of a log.
//
// ReadTile returns exactly t.Width hashes, which neither side changes
// afterwards. It is asked only for tiles that a log of the size at hand has;
// a partial tile may be answered from a wider one of the same level and
// index, whose first hashes are the same. Every error is handed on, wrapped.
// A TileReader given to a Prover must be safe for concurrent use when the
// Prover is used so.
type TileReader interface {
	ReadTile(t Tile) ([]Hash, error)
}

// readTile asks r for t and holds it to its promise.
func readTile(r TileReader, t Tile) ([]Hash, error) {
	hashes, err := r.ReadTile(t)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t, err)
	}
	if len(hashes) != t.Width {
		return nil, fmt.Errorf("read %s: %d hashes, want %d: %w", t, len(hashes), t.Width, ErrTile)
	}
	return hashes, nil
}

// ProveInclusion makes the proof that leaf index is in the tree of size
// leaves, out of the tiles of a log that has at least that many. It reads at
// most two tiles a level, and checks the proof against the root that the
// right edge of the tiles leads to: tiles that contradict each other give an
// error that wraps ErrTile. A caller who knows the root, or makes many
// proofs, uses a Prover.
func ProveInclusion(r TileReader, size, index uint64) (Inclusion, error) {
	v := newView(r, nil)
	t, err := v.tree(size)
	if err != nil {
		return Inclusion{}, err
	}
	return v.inclusion(t, index)
}

// ProveConsistency makes the proof that the tree of the first oldSize leaves
// is a prefix of that of the first newSize, out of the tiles of a log that
// has at least newSize. It is checked as that of ProveInclusion is.
func ProveConsistency(r TileReader, oldSize, newSize uint64) (Consistency, error) {
	v := newView(r, nil)
	oldTree, err := v.tree(oldSize)
	if err != nil {
		return Consistency{}, err
	}
	newTree, err := v.tree(newSize)
	if err != nil {
		return Consistency{}, err
	}
	return v.consistency(oldTree, newTree)
}

// RootFromTiles returns the root of the tree of the first size leaves of a
// log that has at least that many, having read one tile a level.
func RootFromTiles(r TileReader, size uint64) (Hash, error) {
	t, err := newView(r, nil).tree(size)
	return t.Root, err
}

// FrontierFromTiles returns the right edge of the tree of the first size
// leaves of a log that has at least that many, having read one tile a level.
func FrontierFromTiles(r TileReader, size uint64) (Frontier, error) {
	b, err := NewTileBuilder(r, size)
	if err != nil {
		return Frontier{}, err
	}
	return b.frontier, nil
}

// A nodeSource gives the roots of perfect subtrees: node(h, i) is that over
// the 1<<h leaves from i<<h on.
type nodeSource interface {
	node(h int, i uint64) (Hash, error)
}

// path returns the siblings on the way from the node of height from above
// leaf index up to the root of the tree of size leaves: with from 0 the
// inclusion proof (RFC 9162, section 2.1.3.1), otherwise the greater part of
// a consistency proof. The node must be perfect and below the root.
func path(src nodeSource, size, index uint64, from int) ([]Hash, error) {
	// Up to height inner the path differs from that to the last leaf. Siblings
	// below lie left of that path or on it, those above are left siblings, so
	// only the one at inner-1 may be cut off by the end of the tree. inner is
	// above from, but for the last leaf itself, where both are 0: a node that
	// is perfect and not the last begins to differ above its own height.
	inner := bits.Len64(index ^ (size - 1))
	hashes := make([]Hash, 0, inner-from+bits.OnesCount64(index>>inner))
	for h := from; h < inner-1; h++ {
		s, err := src.node(h, index>>h^1)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, s)
	}
	if inner > from {
		s, err := rightEdge(src, size, inner-1)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, s)
	}
	for h := inner; index>>h != 0; h++ {
		if index>>h&1 == 1 {
			s, err := src.node(h, index>>h^1)
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, s)
		}
	}
	return hashes, nil
}

// rightEdge returns the root over the last leaves of the tree of size leaves:
// those from the last multiple of 1<<height before the last leaf on.
func rightEdge(src nodeSource, size uint64, height int) (Hash, error) {
	rest := size & (1<<height - 1)
	if rest == 0 {
		return src.node(height, size>>height-1)
	}
	h := bits.TrailingZeros64(rest)
	root, err := src.node(h, size>>h-1)
	for rest &= rest - 1; rest != 0 && err == nil; rest &= rest - 1 {
		var left Hash
		h = bits.TrailingZeros64(rest)
		left, err = src.node(h, size>>h-1)
		root = NodeHash(left, root)
	}
	return root, err
}
