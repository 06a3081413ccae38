package merkle

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// TestProverGrowingLog asks one prover, whose cache is too small, for proofs
// at sizes that go up and down: tiles are cached at one width and wanted at
// another.
func TestProverGrowingLog(t *testing.T) {
	t.Parallel()
	const most = 70000
	leaves := testLeaves(most)
	tiles := buildTiles(t, leaves)
	sizes := []uint64{1, 2, 100, 255, 256, 257, 300, 511, 512, 600, 65535, 65536, 65537, 66000, most}
	trees := make([]Tree, len(sizes))
	for i, n := range sizes {
		trees[i] = Tree{Size: n, Root: Root(leaves[:n])}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, keep := range []int{0, 1, 2, 3, 1000} {
		p := NewProver(tiles, keep)
		for range 2000 {
			a, b := rng.IntN(len(trees)), rng.IntN(len(trees))
			tree, older := trees[max(a, b)], trees[min(a, b)]
			i := rng.Uint64N(tree.Size)
			got, err := p.Inclusion(tree, i)
			if err != nil {
				t.Fatal(err)
			}
			if err := tree.CheckInclusion(leaves[i], got); err != nil {
				t.Fatal(err)
			}
			if leaf, err := p.Leaf(tree.Size, i); err != nil || leaf != leaves[i] {
				t.Fatalf("leaf %d of %d = %v, %v", i, tree.Size, leaf, err)
			}
			proof, err := p.Consistency(older, tree)
			if err != nil {
				t.Fatal(err)
			}
			if err := tree.CheckConsistency(older, proof); err != nil {
				t.Fatal(err)
			}
		}
		if keep == 0 {
			if p.cache != nil {
				t.Error("a prover that keeps nothing has a cache")
			}
			continue
		}
		if got := p.cache.recent.Len(); got > keep || got != len(p.cache.byKey) {
			t.Errorf("a prover that keeps %d tiles has %d, %d by key", keep, got, len(p.cache.byKey))
		}
	}
}

// TestProverReads counts the tiles read: none that is in the cache, and never
// one twice for one proof.
func TestProverReads(t *testing.T) {
	leaves := testLeaves(70000)
	tiles := buildTiles(t, leaves)
	tree := Tree{Size: 70000, Root: Root(leaves)}
	reads := func(what string, want int64, f func() error) {
		t.Helper()
		tiles.reads.Store(0)
		if err := f(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := tiles.reads.Load(); got != want {
			t.Errorf("%s reads %d tiles, want %d", what, got, want)
		}
	}
	inclusion := func(p *Prover, i uint64) func() error {
		return func() error { _, err := p.Inclusion(tree, i); return err }
	}
	p := NewProver(tiles, 10)
	// The tile of the leaf and that above it, and the right edge at both
	// levels, which is the sibling below the root.
	reads("the first proof", 4, inclusion(p, 5))
	reads("the same proof", 0, inclusion(p, 5))
	reads("another leaf of the same tile", 0, inclusion(p, 99))
	reads("a leaf of the tile beside it", 1, inclusion(p, 300))
	reads("a leaf at the edge", 1, inclusion(p, 69999)) // the tile at level 2
	none := NewProver(tiles, 0)
	reads("without a cache", 4, inclusion(none, 5))
	reads("without a cache again", 4, inclusion(none, 5))
	reads("without a root", 5, func() error { _, err := ProveInclusion(tiles, tree.Size, 5); return err })
	// Room for one: the tile used longest ago goes.
	one := NewProver(tiles, 1)
	leaf := func(i uint64) func() error {
		return func() error { _, err := one.Leaf(tree.Size, i); return err }
	}
	reads("leaf 0", 1, leaf(0))
	reads("leaf 255", 0, leaf(255))
	reads("leaf 256", 1, leaf(256))
	reads("leaf 0 after it", 1, leaf(0))
	// Room for two: that used in between stays.
	one = NewProver(tiles, 2)
	reads("leaf 0", 1, leaf(0))
	reads("leaf 256", 1, leaf(256))
	reads("leaf 0 again", 0, leaf(0))
	reads("leaf 512", 1, leaf(512))
	reads("leaf 0 once more", 0, leaf(0))
	reads("leaf 256 once more", 1, leaf(256))
	// A tile that has grown takes the place of what it was.
	edge := func(size uint64) func() error {
		return func() error { _, err := one.Leaf(size, 5); return err }
	}
	one = NewProver(tiles, 2)
	reads("a partial tile", 1, edge(6))
	reads("wider", 1, edge(100))
	reads("as wide", 0, edge(100))
	reads("narrower", 0, edge(6))
}

// TestProverNotices damages each tile in turn, one bit in one hash that the
// proof depends on, and mends it: no wrong proof gets out, and the damage
// does not stay in the cache.
func TestProverNotices(t *testing.T) {
	leaves := testLeaves(70000)
	tiles := buildTiles(t, leaves)
	tree := Tree{Size: 70000, Root: Root(leaves)}
	old := Tree{Size: 50001, Root: Root(leaves[:50001])}
	for _, tt := range []struct {
		index  uint64
		key    tileKey
		onPath int // the hash that the proof leads to, and so does not hold
	}{
		{65999, tileKey{0, 257}, -1}, // all: that of the leaf is what is proved
		{65999, tileKey{0, 273}, -1},
		{65999, tileKey{1, 1}, 1},
		{65999, tileKey{2, 0}, -1},
		{30000, tileKey{0, 117}, -1},
		{30000, tileKey{1, 0}, 117},
		{30000, tileKey{1, 1}, -1},
	} {
		good := tiles.tiles[tt.key]
		for at := range good {
			if at == tt.onPath {
				continue
			}
			p := NewProver(tiles, 100)
			bad := slices.Clone(good)
			bad[at] = flip(bad[at], at%regions, at)
			tiles.tiles[tt.key] = bad
			inclusion, err := p.Inclusion(tree, tt.index)
			if err == nil {
				t.Fatalf("tile %v, hash %d: a damaged tile led to a proof of %d: %v", tt.key, at, tt.index, inclusion)
			}
			if !errors.Is(err, ErrTile) || errors.Is(err, ErrProof) {
				t.Fatalf("tile %v, hash %d: %v, want an error that wraps ErrTile alone", tt.key, at, err)
			}
			tiles.tiles[tt.key] = good
			if _, err := p.Inclusion(tree, tt.index); err != nil {
				t.Fatalf("tile %v, hash %d: mended, and still %v", tt.key, at, err)
			}
		}
	}
	p := NewProver(tiles, 100)
	good := tiles.tiles[tileKey{1, 0}]
	bad := slices.Clone(good)
	bad[7] = flip(bad[7], 0, 0)
	tiles.tiles[tileKey{1, 0}] = bad
	if _, err := p.Consistency(old, tree); !errors.Is(err, ErrTile) || errors.Is(err, ErrProof) {
		t.Fatalf("consistency from a damaged tile: %v, want an error that wraps ErrTile alone", err)
	}
	tiles.tiles[tileKey{1, 0}] = good
	if _, err := p.Consistency(old, tree); err != nil {
		t.Fatalf("consistency from a mended tile: %v", err)
	}
	// Without a root to hold the proof against, tiles that contradict each
	// other are noticed still.
	level0 := tiles.tiles[tileKey{0, 3}]
	bad = slices.Clone(level0)
	bad[0] = flip(bad[0], 3, 0)
	tiles.tiles[tileKey{0, 3}] = bad
	for i := uint64(3 * 256); i < 4*256; i++ {
		if got, err := ProveInclusion(tiles, tree.Size, i); !errors.Is(err, ErrTile) {
			t.Fatalf("leaf %d of a damaged tile: %v, %v, want an error that wraps ErrTile", i, got, err)
		}
	}
	tiles.tiles[tileKey{0, 3}] = level0
	// A root that was never the log's.
	wrong := Tree{Size: tree.Size, Root: EmptyRoot}
	if _, err := p.Inclusion(wrong, 1); !errors.Is(err, ErrTile) {
		t.Errorf("inclusion in another root: %v, want ErrTile", err)
	}
	if _, err := p.Consistency(old, wrong); !errors.Is(err, ErrTile) {
		t.Errorf("consistency with another root: %v, want ErrTile", err)
	}
}

func TestProverRefuses(t *testing.T) {
	tiles := buildTiles(t, testLeaves(10))
	p := NewProver(tiles, 1)
	tree := Tree{Size: 10, Root: Root(testLeaves(10))}
	for name, f := range map[string]func() error{
		"a leaf past the end":      func() error { _, err := p.Inclusion(tree, 10); return err },
		"a leaf far past the end":  func() error { _, err := p.Inclusion(tree, 1<<64-1); return err },
		"a leaf of the empty tree": func() error { _, err := p.Inclusion(Tree{Root: EmptyRoot}, 0); return err },
		"a size past the log":      func() error { _, err := p.Inclusion(Tree{Size: 11}, 10); return err },
		"a size past MaxSize":      func() error { _, err := p.Inclusion(Tree{Size: MaxSize + 1}, 0); return err },
		"the largest size":         func() error { _, err := p.Inclusion(Tree{Size: 1<<64 - 1}, 0); return err },
		"a shrinking tree":         func() error { _, err := p.Consistency(tree, Tree{Size: 9}); return err },
		"growth past MaxSize":      func() error { _, err := p.Consistency(tree, Tree{Size: MaxSize + 1}); return err },
		"growth past the log":      func() error { _, err := p.Consistency(tree, Tree{Size: 11}); return err },
		"no root for the empty":    func() error { _, err := p.Consistency(Tree{}, tree); return err },
		"Leaf past the end":        func() error { _, err := p.Leaf(10, 10); return err },
		"ProveInclusion of none":   func() error { _, err := ProveInclusion(tiles, 0, 0); return err },
		"ProveInclusion too big":   func() error { _, err := ProveInclusion(tiles, 1<<63, 0); return err },
		"ProveConsistency shrinks": func() error { _, err := ProveConsistency(tiles, 5, 4); return err },
		"ProveConsistency too big": func() error { _, err := ProveConsistency(tiles, 5, 1<<63); return err },
		"ProveConsistency old big": func() error { _, err := ProveConsistency(tiles, 1<<63, 5); return err },
	} {
		if err := f(); err == nil {
			t.Errorf("%s: no error", name)
		} else if errors.Is(err, ErrProof) {
			t.Errorf("%s: %v wraps ErrProof, but nobody offered a proof", name, err)
		} else if errors.Is(err, ErrTile) && name != "no root for the empty" {
			t.Errorf("%s: %v blames the tiles", name, err)
		}
	}
}

// TestProverConcurrent is for the race detector, and for a cache whose list
// and map come apart.
func TestProverConcurrent(t *testing.T) {
	leaves := testLeaves(5000)
	tiles := buildTiles(t, leaves)
	tree := Tree{Size: 5000, Root: Root(leaves)}
	p := NewProver(tiles, 5)
	var wg sync.WaitGroup
	for k := range uint64(8) {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(1, k))
			for range 300 {
				i := rng.Uint64N(tree.Size)
				proof, err := p.Inclusion(tree, i)
				if err == nil {
					err = tree.CheckInclusion(leaves[i], proof)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := p.cache.recent.Len(); got != 5 || len(p.cache.byKey) != 5 {
		t.Errorf("the cache holds %d tiles, %d by key, want 5", got, len(p.cache.byKey))
	}
}
