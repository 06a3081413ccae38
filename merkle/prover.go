package merkle

import (
	"container/list"
	"fmt"
	"math/bits"
	"sync"
)

// A Prover makes proofs from tiles and keeps the tiles it used most lately,
// expanded to all their nodes: hashing the inside of a tile costs about as
// much as all else in a proof together. It is safe for concurrent use.
//
// A Prover relies on the log growing only. Give it tiles of committed sizes,
// and make a new one when a log was put back to an earlier state.
type Prover struct {
	r     TileReader
	cache *tileCache
}

// NewProver returns a Prover that keeps up to tiles expanded tiles in memory,
// 16 KiB each; 0 or less keeps none.
func NewProver(r TileReader, tiles int) *Prover {
	p := &Prover{r: r}
	if tiles > 0 {
		p.cache = &tileCache{max: tiles, byKey: make(map[tileKey]*list.Element)}
	}
	return p
}

// Inclusion makes the proof that leaf index is in t, and checks it against
// t.Root. Tiles that lead to another root give an error that wraps ErrTile.
func (p *Prover) Inclusion(t Tree, index uint64) (Inclusion, error) {
	return newView(p.r, p.cache).inclusion(t, index)
}

// Consistency makes the proof that oldTree is a prefix of newTree, and checks
// it against both roots. Tiles that lead to other roots give an error that
// wraps ErrTile.
func (p *Prover) Consistency(oldTree, newTree Tree) (Consistency, error) {
	return newView(p.r, p.cache).consistency(oldTree, newTree)
}

// Leaf returns the hash of leaf index of a log of at least size leaves, as the
// tiles have it: unproved.
func (p *Prover) Leaf(size, index uint64) (Hash, error) {
	if index >= size {
		return Hash{}, fmt.Errorf("leaf %d is not in a tree of size %d", index, size)
	}
	v := newView(p.r, p.cache)
	v.size = size
	return v.node(0, index)
}

// A view is the log while one proof is made: a nodeSource that reads each
// tile once.
type view struct {
	r     TileReader
	cache *tileCache // nil: none
	size  uint64     // of the tree at hand: says how wide tiles are
	tiles []viewTile
}

type tileKey struct {
	level uint8
	index uint64
}

type viewTile struct {
	key tileKey
	*expandedTile
}

func newView(r TileReader, c *tileCache) *view { return &view{r: r, cache: c} }

// node returns the root of the perfect subtree of 1<<h leaves from i<<h on,
// which must lie within the first size leaves.
func (v *view) node(h int, i uint64) (Hash, error) {
	level, inside := h/TileHeight, h%TileHeight
	perTile := TileHeight - inside
	t, err := v.tile(tileKey{uint8(level), i >> perTile})
	if err != nil {
		return Hash{}, err
	}
	return t.row(inside)[i&(1<<perTile-1)], nil
}

func (v *view) tile(k tileKey) (*expandedTile, error) {
	hashes := v.size >> (TileHeight * k.level)
	t := Tile{Level: k.level, Index: k.index, Width: int(min(TileWidth, hashes-k.index*TileWidth))}
	at := -1
	for i := range v.tiles {
		if v.tiles[i].key == k {
			if v.tiles[i].width >= t.Width {
				return v.tiles[i].expandedTile, nil
			}
			at = i
		}
	}
	e := v.cache.get(k, t.Width)
	if e == nil {
		hashes, err := readTile(v.r, t)
		if err != nil {
			return nil, err
		}
		e = expand(hashes)
		v.cache.put(k, e)
	}
	if at < 0 {
		v.tiles = append(v.tiles, viewTile{k, e})
	} else {
		v.tiles[at].expandedTile = e
	}
	return e, nil
}

// tree returns the head that the tiles lead to.
func (v *view) tree(size uint64) (Tree, error) {
	if err := checkSize(size); err != nil {
		return Tree{}, err
	}
	v.size = size
	if size == 0 {
		return Tree{Root: EmptyRoot}, nil
	}
	root, err := rightEdge(v, size, bits.Len64(size-1))
	return Tree{Size: size, Root: root}, err
}

func (v *view) inclusion(t Tree, index uint64) (Inclusion, error) {
	if err := checkSize(t.Size); err != nil {
		return Inclusion{}, err
	}
	if index >= t.Size {
		return Inclusion{}, fmt.Errorf("leaf %d is not in a tree of size %d", index, t.Size)
	}
	v.size = t.Size
	hashes, err := path(v, t.Size, index, 0)
	if err != nil {
		return Inclusion{}, err
	}
	leaf, err := v.node(0, index)
	if err != nil {
		return Inclusion{}, err
	}
	p := Inclusion{Index: index, Hashes: hashes}
	if err := t.CheckInclusion(leaf, p); err != nil {
		return Inclusion{}, v.contradiction(err)
	}
	return p, nil
}

func (v *view) consistency(oldTree, newTree Tree) (Consistency, error) {
	if err := checkSize(newTree.Size); err != nil {
		return Consistency{}, err
	}
	if oldTree.Size > newTree.Size {
		return Consistency{}, fmt.Errorf("a tree of size %d is no prefix of one of size %d", oldTree.Size, newTree.Size)
	}
	var p Consistency
	if 0 < oldTree.Size && oldTree.Size < newTree.Size {
		v.size = newTree.Size
		// As in CheckConsistency: from the largest perfect subtree that ends
		// where the old tree ends. The checker knows it when it is the whole
		// of the old tree.
		from := bits.TrailingZeros64(oldTree.Size)
		if oldTree.Size != 1<<from {
			start, err := v.node(from, oldTree.Size>>from-1)
			if err != nil {
				return Consistency{}, err
			}
			p.Hashes = append(p.Hashes, start)
		}
		hashes, err := path(v, newTree.Size, oldTree.Size-1, from)
		if err != nil {
			return Consistency{}, err
		}
		p.Hashes = append(p.Hashes, hashes...)
	}
	if err := newTree.CheckConsistency(oldTree, p); err != nil {
		return Consistency{}, v.contradiction(err)
	}
	return p, nil
}

// contradiction says that the tiles do not lead to the root asked for, and
// drops those used from the cache: whoever repairs the log need not restart.
func (v *view) contradiction(err error) error {
	for _, t := range v.tiles {
		v.cache.drop(t.key)
	}
	// Not wrapping err: this is no proof from a stranger that was refuted.
	return fmt.Errorf("%w: %v", ErrTile, err)
}

// An expandedTile holds the perfect nodes over the hashes of a tile, but for
// the root of a full one: that is in the tile above. It does not change once
// made.
type expandedTile struct {
	width int
	nodes []Hash              // row after row
	start [TileHeight + 1]int // row h is nodes[start[h]:start[h+1]]
}

// row returns the nodes over 1<<h hashes of the tile each.
func (e *expandedTile) row(h int) []Hash { return e.nodes[e.start[h]:e.start[h+1]] }

func expand(hashes []Hash) *expandedTile {
	e := &expandedTile{width: len(hashes)}
	n := 0
	for h := range TileHeight {
		e.start[h] = n
		n += len(hashes) >> h
	}
	e.start[TileHeight] = n
	e.nodes = make([]Hash, n)
	copy(e.nodes, hashes)
	for h := 1; h < TileHeight; h++ {
		hashPairs(e.row(h), e.row(h-1))
	}
	return e
}

// A tileCache keeps expanded tiles, dropping that used longest ago. A nil
// cache is empty and stays so.
type tileCache struct {
	max int

	mu     sync.Mutex // guards the rest
	byKey  map[tileKey]*list.Element
	recent list.List // of viewTile, used most lately first
}

// get returns the tile when it is there and at least width wide: a wider
// tile has all nodes of a narrower one.
func (c *tileCache) get(k tileKey, width int) *expandedTile {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.byKey[k]
	if el == nil {
		return nil
	}
	t := el.Value.(viewTile)
	if t.width < width {
		return nil
	}
	c.recent.MoveToFront(el)
	return t.expandedTile
}

func (c *tileCache) put(k tileKey, e *expandedTile) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if el := c.byKey[k]; el != nil {
		if el.Value.(viewTile).width < e.width {
			el.Value = viewTile{k, e}
		}
		c.recent.MoveToFront(el)
		return
	}
	c.byKey[k] = c.recent.PushFront(viewTile{k, e})
	if c.recent.Len() > c.max {
		oldest := c.recent.Back()
		c.recent.Remove(oldest)
		delete(c.byKey, oldest.Value.(viewTile).key)
	}
}

func (c *tileCache) drop(k tileKey) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if el := c.byKey[k]; el != nil {
		c.recent.Remove(el)
		delete(c.byKey, k)
	}
}
