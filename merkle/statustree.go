package merkle

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// MaxStatusTargets is the largest number of targets of a StatusTree, which
// then keeps 128 MiB of hashes in memory.
const MaxStatusTargets = 1 << 36

// A StatusReader reads the stored status tiles of a log.
//
// ReadStatusTile returns the 8,192 bytes of the tile with the states of
// targets index·32768 … index·32768+32767, zero-padded, or nothing (length
// 0) when all of them are 0: such a tile need not be stored. The StatusTree
// does not change or keep what it is given. Every error is handed on, wrapped.
type StatusReader interface {
	ReadStatusTile(index uint64) ([]byte, error)
}

// A StatusTile is a status tile with its contents.
type StatusTile struct {
	Index uint64
	Data  []byte // 8,192 bytes
}

// A StatusTree is the tree over the states of the targets 0 … n−1
// (docs/formats/status.md). It keeps two hashes for each 32,768 targets in
// memory, and the tiles changed since Flushed was last called, 8 KiB each;
// all else it reads when it needs it. Changing one state and asking for the
// root costs reading one tile and some 500 hashes.
//
// State, Root and Prove may run at the same time as each other once Root has
// returned without error and nothing was changed since. Any other use at the
// same time needs a lock of the caller's.
type StatusTree struct {
	r StatusReader
	n uint64
	// rows[0] has the root of each tile over the chunks that n gives it,
	// rows[k+1] the nodes over pairs of rows[k], where a last one without a
	// partner moves up unchanged. The last row has one hash, or none.
	rows    [][]Hash
	stale   map[uint64]struct{} // tiles whose rows entry is to be computed
	changed map[uint64][]byte   // contents of tiles changed since Flushed
}

// NewStatusTree returns the tree over the first n targets with the states
// that r gives. It reads nothing yet: Root reads what it needs.
func NewStatusTree(r StatusReader, n uint64) (*StatusTree, error) {
	t := &StatusTree{r: r, stale: make(map[uint64]struct{}), changed: make(map[uint64][]byte)}
	if err := t.Grow(n); err != nil {
		return nil, err
	}
	return t, nil
}

// Size returns n, the number of targets.
func (t *StatusTree) Size() uint64 { return t.n }

// Grow adds targets of state 0 up to n in all.
func (t *StatusTree) Grow(n uint64) error {
	if n > MaxStatusTargets {
		return fmt.Errorf("status tree over %d targets, want at most %d", n, uint64(MaxStatusTargets))
	}
	if n < t.n {
		return fmt.Errorf("status tree over %d targets cannot shrink to %d", t.n, n)
	}
	if StatusChunks(n) != StatusChunks(t.n) {
		t.resize(n)
	}
	t.n = n
	return nil
}

// resize sets n and the length of each row, and marks as stale the last tile
// that the tree had and has still, and the tiles that are new.
func (t *StatusTree) resize(n uint64) {
	before, now := StatusTiles(t.n), StatusTiles(n)
	t.n = n
	if last := min(before, now); last > 0 {
		t.stale[last-1] = struct{}{}
	}
	for i := before; i < now; i++ {
		t.stale[i] = struct{}{}
	}
	if now < before {
		maps.DeleteFunc(t.stale, func(i uint64, _ struct{}) bool { return i >= now })
	}
	for k, length := 0, int(now); ; k, length = k+1, (length+1)/2 {
		if k == len(t.rows) {
			t.rows = append(t.rows, nil)
		}
		if length <= len(t.rows[k]) {
			t.rows[k] = t.rows[k][:length]
		} else {
			t.rows[k] = append(t.rows[k], make([]Hash, length-len(t.rows[k]))...)
		}
		if length <= 1 {
			t.rows = t.rows[:k+1]
			return
		}
	}
}

// State returns the state of target.
func (t *StatusTree) State(target uint64) (uint8, error) {
	if err := t.check(target); err != nil {
		return 0, err
	}
	data, err := t.tile(target / StatusPerTile)
	if err != nil || len(data) == 0 {
		return 0, err
	}
	c := chunkOf(data, target/StatusPerChunk)
	return c.State(target), nil
}

// Set sets the state of target, 0 … 3.
func (t *StatusTree) Set(target uint64, state uint8) error {
	if err := t.check(target); err != nil {
		return err
	}
	if state > 3 {
		return fmt.Errorf("state %d of entry %d, want at most 3", state, target)
	}
	index := target / StatusPerTile
	data := t.changed[index]
	if data == nil {
		stored, err := t.tile(index)
		if err != nil {
			return err
		}
		data = make([]byte, StatusTileSize)
		copy(data, stored)
	}
	c := chunkOf(data, target/StatusPerChunk)
	if c.State(target) == state {
		return nil
	}
	c.Set(target, state)
	t.changed[index] = data
	t.stale[index] = struct{}{}
	return nil
}

func (t *StatusTree) check(target uint64) error {
	if target >= t.n {
		return fmt.Errorf("entry %d is not in a status tree over %d targets", target, t.n)
	}
	return nil
}

// tile returns the contents of a tile, or nothing when all is 0. They are not
// to be changed.
func (t *StatusTree) tile(index uint64) ([]byte, error) {
	if data := t.changed[index]; data != nil {
		return data, nil
	}
	data, err := t.r.ReadStatusTile(index)
	if err != nil {
		return nil, fmt.Errorf("read status tile %d: %w", index, err)
	}
	if len(data) == 0 {
		return nil, nil
	}
	if len(data) != StatusTileSize {
		return nil, fmt.Errorf("read status tile %d: %d bytes, want %d: %w", index, len(data), StatusTileSize, ErrTile)
	}
	// Only a tile with targets past the last one can have states there.
	if (index+1)*StatusPerTile > t.n {
		for i := range uint64(StatusTileChunks) {
			chunk := index*StatusTileChunks + i
			if target, ok := chunkOf(data, chunk).stray(chunk, t.n); ok {
				return nil, fmt.Errorf("read status tile %d: a state for entry %d, but the tree has %d targets: %w", index, target, t.n, ErrTile)
			}
		}
	}
	return data, nil
}

// chunkOf returns the chunk of the given number within its tile's contents.
func chunkOf(data []byte, chunk uint64) *Chunk {
	i := chunk % StatusTileChunks * ChunkSize
	return (*Chunk)(data[i : i+ChunkSize])
}

// Root returns the root: EmptyRoot over no targets.
func (t *StatusTree) Root() (Hash, error) {
	if err := t.rehash(); err != nil {
		return Hash{}, err
	}
	if t.n == 0 {
		return EmptyRoot, nil
	}
	return t.rows[len(t.rows)-1][0], nil
}

// rehash computes the roots of stale tiles and the nodes above them.
func (t *StatusTree) rehash() error {
	if len(t.stale) == 0 {
		return nil
	}
	stale := slices.Sorted(maps.Keys(t.stale))
	for _, index := range stale {
		root, err := t.root(index)
		if err != nil {
			return err
		}
		t.rows[0][index] = root
	}
	// From here on nothing fails, so a tile is stale until its path is right.
	for k := 1; k < len(t.rows); k++ {
		for i := range stale {
			stale[i] /= 2
		}
		stale = slices.Compact(stale)
		below := t.rows[k-1]
		for _, i := range stale {
			if 2*i+1 < uint64(len(below)) {
				t.rows[k][i] = NodeHash(below[2*i], below[2*i+1])
			} else {
				t.rows[k][i] = below[2*i]
			}
		}
	}
	clear(t.stale)
	return nil
}

// zeroChunkLeaf is the leaf of a chunk of zeros: almost all there are.
var zeroChunkLeaf = new(Chunk).leafHash()

// zeroTile is a full tile of such leaves, and zeroTileRoot its root.
var (
	zeroTile     = sync.OnceValue(func() *expandedTile { return expand(slices.Repeat([]Hash{zeroChunkLeaf}, StatusTileChunks)) })
	zeroTileRoot = sync.OnceValue(func() Hash { return smallRoot(slices.Clone(zeroTile().row(0))) })
)

// root returns the root of a tile.
func (t *StatusTree) root(index uint64) (Hash, error) {
	leaves, err := t.leaves(index)
	if err != nil {
		return Hash{}, err
	}
	if leaves == nil {
		return zeroTileRoot(), nil
	}
	return smallRoot(leaves), nil
}

// leaves returns the leaf hashes of the chunks of a tile that the tree has;
// nothing for a full tile of zeros.
func (t *StatusTree) leaves(index uint64) ([]Hash, error) {
	data, err := t.tile(index)
	if err != nil {
		return nil, err
	}
	n := min(StatusTileChunks, StatusChunks(t.n)-index*StatusTileChunks)
	if len(data) == 0 && n == StatusTileChunks {
		return nil, nil
	}
	leaves := make([]Hash, n)
	for i := range leaves {
		leaves[i] = zeroChunkLeaf
		if len(data) == 0 {
			continue
		}
		if c := chunkOf(data, uint64(i)); *c != (Chunk{}) {
			leaves[i] = c.leafHash()
		}
	}
	return leaves, nil
}

// smallRoot returns the root over leaves, of which there is at least one, and
// overwrites them.
func smallRoot(leaves []Hash) Hash {
	for n := len(leaves); n > 1; n = (n + 1) / 2 {
		hashPairs(leaves[:n/2], leaves[:n])
		if n%2 == 1 {
			leaves[n/2] = leaves[n-1]
		}
	}
	return leaves[0]
}

// Prove returns the chunk that holds target's state and the proof that it is
// in the tree, siblings from the leaf up, both as CheckStatus takes them, and
// checked.
func (t *StatusTree) Prove(target uint64) (Chunk, []Hash, error) {
	if err := t.check(target); err != nil {
		return Chunk{}, nil, err
	}
	root, err := t.Root()
	if err != nil {
		return Chunk{}, nil, err
	}
	data, err := t.tile(target / StatusPerTile)
	if err != nil {
		return Chunk{}, nil, err
	}
	chunk := target / StatusPerChunk
	var c Chunk
	if len(data) != 0 {
		c = *chunkOf(data, chunk)
	}
	proof, err := path(&statusNodes{t: t}, StatusChunks(t.n), chunk, 0)
	if err != nil {
		return Chunk{}, nil, err
	}
	if err := CheckStatus(root, t.n, target, c, proof); err != nil {
		return Chunk{}, nil, fmt.Errorf("%w: %v", ErrTile, err)
	}
	return c, proof, nil
}

// statusNodes is the nodeSource of a StatusTree that needs no rehash: nodes
// inside tiles are computed from their contents, those above are in rows.
type statusNodes struct {
	t     *StatusTree
	index uint64 // of the tile last expanded
	*expandedTile
}

func (s *statusNodes) node(h int, i uint64) (Hash, error) {
	if h >= TileHeight {
		return s.t.rows[h-TileHeight][i], nil
	}
	perTile := TileHeight - h
	if index := i >> perTile; s.expandedTile == nil || s.index != index {
		leaves, err := s.t.leaves(index)
		if err != nil {
			return Hash{}, err
		}
		s.index, s.expandedTile = index, zeroTile()
		if leaves != nil {
			s.expandedTile = expand(leaves)
		}
	}
	return s.row(h)[i&(1<<perTile-1)], nil
}

// Changed returns the tiles that Set changed since Flushed was last called,
// by index, for the caller to store. Their data must not be changed, and
// changes itself with the next Set.
func (t *StatusTree) Changed() []StatusTile {
	tiles := make([]StatusTile, 0, len(t.changed))
	for _, index := range slices.Sorted(maps.Keys(t.changed)) {
		tiles = append(tiles, StatusTile{Index: index, Data: t.changed[index]})
	}
	return tiles
}

// Flushed says that the reader now returns what Changed returned.
func (t *StatusTree) Flushed() { clear(t.changed) }

// Reset forgets what Set changed since Flushed was last called, and goes back
// to n targets, at most as many as there are: for a caller whose transaction
// failed.
func (t *StatusTree) Reset(n uint64) error {
	if n > t.n {
		return fmt.Errorf("status tree over %d targets cannot go back to %d", t.n, n)
	}
	for index := range t.changed {
		t.stale[index] = struct{}{}
	}
	clear(t.changed)
	t.resize(n)
	return nil
}

// Clone returns a copy that reads from r and changes on its own: the tree as
// it is now, to prove from when t has gone on. r must return the tiles as
// they are now for as long as the copy is used; the copy's Root rereads none
// but those that t has not hashed.
func (t *StatusTree) Clone(r StatusReader) *StatusTree {
	c := &StatusTree{r: r, n: t.n, stale: maps.Clone(t.stale), changed: make(map[uint64][]byte, len(t.changed))}
	for _, row := range t.rows {
		c.rows = append(c.rows, slices.Clone(row))
	}
	for index, data := range t.changed {
		c.changed[index] = slices.Clone(data)
	}
	return c
}
