package merkle

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// TestGrow appends batches of many lengths to logs of many sizes, and holds
// the tiles that change against TilesFor and against those of a log built in
// one piece.
func TestGrow(t *testing.T) {
	t.Parallel()
	const most = 1 << 17
	leaves := testLeaves(most)
	whole := buildTiles(t, leaves)
	rng := rand.New(rand.NewPCG(1, 2))
	steps := map[string]func(size int) int{
		"one":        func(int) int { return 1 },
		"255":        func(int) int { return 255 },
		"256":        func(int) int { return 256 },
		"257":        func(int) int { return 257 },
		"to the end": func(size int) int { return 256 - size%256 },
		"1000":       func(int) int { return 1000 },
		"65536":      func(int) int { return 65536 },
		"65537":      func(int) int { return 65537 },
		"random":     func(int) int { return rng.IntN(3000) },
		"few or many": func(int) int {
			if rng.IntN(3) == 0 {
				return rng.IntN(20000)
			}
			return rng.IntN(3)
		},
	}
	for name, step := range steps {
		limit := most
		if name == "one" {
			limit = 3000
		}
		b, stored := new(TileBuilder), newMemTiles()
		for size := 0; size < limit; {
			n := min(step(size), limit-size)
			batch := slices.Clone(leaves[size : size+n])
			before := b.Tree()
			next, changed, err := b.Grow(batch)
			if err != nil {
				t.Fatal(err)
			}
			if b.Tree() != before {
				t.Fatalf("%s: Grow changed the builder it was called on", name)
			}
			var got []Tile
			for _, d := range changed {
				got = append(got, d.Tile)
				if want, err := whole.ReadTile(d.Tile); err != nil || !slices.Equal(d.Hashes, want) {
					t.Fatalf("%s: %d leaves more at %d: contents of %v differ (%v)", name, n, size, d.Tile, err)
				}
			}
			if want := slices.Collect(TilesFor(uint64(size), uint64(size+n))); !slices.Equal(got, want) {
				t.Fatalf("%s: %d leaves more at %d change %v, want %v", name, n, size, got, want)
			}
			stored.put(changed)
			size += n
			b = next
			if size%7 != 0 {
				continue
			}
			// Whoever comes back reads the same builder out of the tiles.
			again, err := NewTileBuilder(stored, uint64(size))
			if err != nil {
				t.Fatal(err)
			}
			if again.Tree() != b.Tree() {
				t.Fatalf("%s: read back at %d: %v, want %v", name, size, again.Tree(), b.Tree())
			}
			b = again
		}
		if want := (Tree{Size: uint64(limit), Root: Root(leaves[:limit])}); b.Tree() != want {
			t.Fatalf("%s: %v, want %v", name, b.Tree(), want)
		}
		f := b.Frontier()
		f.Append(leaves[0])
		if b.Tree().Size != uint64(limit) {
			t.Fatalf("%s: appending to the Frontier of a builder changed the builder", name)
		}
	}
}

// TestGrowAgain is a transaction that fails and is done again with other
// leaves: nothing of the first attempt may show.
func TestGrowAgain(t *testing.T) {
	leaves := testLeaves(2000)
	other := slices.Clone(leaves)
	slices.Reverse(other)
	for _, size := range []int{0, 1, 100, 255, 256, 300, 511} {
		for _, n := range []int{1, 100, 255, 256, 700} {
			b, _, err := new(TileBuilder).Grow(leaves[:size])
			if err != nil {
				t.Fatal(err)
			}
			first, firstTiles, err := b.Grow(leaves[size : size+n])
			if err != nil {
				t.Fatal(err)
			}
			copies := make([][]Hash, len(firstTiles))
			for i, d := range firstTiles {
				copies[i] = slices.Clone(d.Hashes)
			}
			second, _, err := b.Grow(other[:n])
			if err != nil {
				t.Fatal(err)
			}
			// And both go on, from edges that they must not share.
			if _, _, err := first.Grow(other); err != nil {
				t.Fatal(err)
			}
			if got, want := first.Tree().Root, Root(leaves[:size+n]); got != want {
				t.Fatalf("%d and %d: root %v, want %v", size, n, got, want)
			}
			if got, want := second.Tree().Root, Root(slices.Concat(leaves[:size], other[:n])); got != want {
				t.Fatalf("%d and %d, second attempt: root %v, want %v", size, n, got, want)
			}
			for i, d := range firstTiles {
				if !slices.Equal(d.Hashes, copies[i]) {
					t.Fatalf("%d and %d: the second attempt changed %v of the first", size, n, d.Tile)
				}
			}
		}
	}
}

func TestGrowLimits(t *testing.T) {
	u := newUniform(LeafHash(nil))
	b, err := NewTileBuilder(u, MaxSize-1)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Grow(make([]Hash, 2)); err == nil {
		t.Error("a tree grew past MaxSize")
	}
	last, changed, err := b.Grow([]Hash{u.perfect[0]})
	if err != nil || len(changed) != 1 || last.Tree().Size != MaxSize {
		t.Errorf("growing to MaxSize: %d tiles, %v", len(changed), err)
	}
	if want, err := RootFromTiles(u, MaxSize); err != nil || last.Tree().Root != want {
		t.Errorf("root at MaxSize %v, want %v, %v", last.Tree().Root, want, err)
	}
	if same, changed, err := b.Grow(nil); err != nil || changed != nil || same.Tree() != b.Tree() {
		t.Errorf("growing by nothing: %v, %v", changed, err)
	}
	if _, err := NewTileBuilder(u, MaxSize+1); err == nil {
		t.Error("NewTileBuilder takes a size past MaxSize")
	}
	if _, err := FrontierFromTiles(u, 1<<64-1); err == nil {
		t.Error("FrontierFromTiles takes a size past MaxSize")
	}
	if _, err := RootFromTiles(u, 1<<64-1); err == nil {
		t.Error("RootFromTiles takes a size past MaxSize")
	}
}

// TestCores builds the same trees on one core and on several.
func TestCores(t *testing.T) {
	leaves := testLeaves(5000)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, n := range []int{0, 1, 255, 256, 1023, 1024, 1025, 4096, 5000} {
		runtime.GOMAXPROCS(1)
		want := Root(leaves[:n])
		runtime.GOMAXPROCS(4)
		if got := Root(leaves[:n]); got != want {
			t.Errorf("root of %d leaves on several cores = %v, want %v", n, got, want)
		}
		entries := make([][]byte, n)
		for i := range entries {
			entries[i] = testEntry(i)
		}
		if got := LeafHashes(entries); !slices.Equal(got, leaves[:n]) {
			t.Errorf("LeafHashes of %d entries on several cores differ", n)
		}
	}
}

// TestFrontier splits a tree in every way into a first part, appended at
// once, and leaves one by one or at once, with a copy and a round trip
// through bytes between.
func TestFrontier(t *testing.T) {
	t.Parallel()
	const most = 600
	leaves := testLeaves(most)
	roots := make([]Hash, most+1)
	var one Frontier
	for n := range roots {
		roots[n] = one.Tree().Root
		if want := (Tree{Size: uint64(n), Root: modelRoot(leaves[:n])}); one.Tree() != want || one.Size() != want.Size {
			t.Fatalf("one by one to %d: %v, want %v", n, one.Tree(), want)
		}
		if n < most {
			one.Append(leaves[n])
		}
	}
	for n := range roots {
		var f Frontier
		f.AppendAll(leaves[:n])
		if f.Tree().Root != roots[n] {
			t.Fatalf("%d at once: %v, want %v", n, f.Tree().Root, roots[n])
		}
		data, err := f.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var g Frontier
		if err := g.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		again, err := g.MarshalBinary()
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("bytes of a frontier of %d do not come back: %v", n, err)
		}
		for _, to := range []int{n, n + 1, n + 255, n + 256, n + 257, most} {
			if to < n || to > most {
				continue
			}
			h := g // a copy
			h.AppendAll(leaves[n:to])
			if h.Tree().Root != roots[to] {
				t.Fatalf("%d, then to %d: %v, want %v", n, to, h.Tree().Root, roots[to])
			}
		}
		if g.Tree().Root != roots[n] {
			t.Fatalf("appending to a copy of %d changed the original", n)
		}
	}
}

func TestFrontierBytes(t *testing.T) {
	var f Frontier
	f.AppendAll(testLeaves(5))
	good, err := f.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	// 5 leaves: the root of four, then the fifth.
	leaves := testLeaves(5)
	want := slices.Concat([]byte{0, 0, 0, 0, 0, 0, 0, 5}, AppendTile(nil, []Hash{modelRoot(leaves[:4]), leaves[4]}))
	if !bytes.Equal(good, want) {
		t.Fatalf("bytes of a frontier of 5 = %x, want %x", good, want)
	}
	with := func(size ...byte) []byte { return slices.Concat(size, good[8:]) }
	for name, bad := range map[string][]byte{
		"nothing":         nil,
		"part of a size":  good[:7],
		"a byte short":    good[:len(good)-1],
		"a byte more":     append(slices.Clone(good), 0),
		"a hash short":    good[:len(good)-HashSize],
		"a hash more":     append(slices.Clone(good), make([]byte, HashSize)...),
		"another size":    with(0, 0, 0, 0, 0, 0, 0, 7),
		"past MaxSize":    with(0x80, 0, 0, 0, 0, 0, 0, 1),
		"all bits set":    with(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
		"only the size":   good[:8],
		"size 0 and hash": with(0, 0, 0, 0, 0, 0, 0, 0),
	} {
		g := f
		if err := g.UnmarshalBinary(bad); err == nil {
			t.Errorf("%s: accepted as a frontier of %d", name, g.Size())
		}
		if g != f {
			t.Errorf("%s: refused, and the frontier changed", name)
		}
	}
	var g Frontier
	if err := g.UnmarshalBinary(make([]byte, 8)); err != nil || g.Tree() != (Tree{Root: EmptyRoot}) {
		t.Errorf("the empty frontier: %v, %v", g.Tree(), err)
	}
}

// TestBadTiles gives builders and provers readers that fail or break their
// promise.
func TestBadTiles(t *testing.T) {
	leaves := testLeaves(70000)
	tiles := buildTiles(t, leaves)
	tree := Tree{Size: 70000, Root: Root(leaves)}
	broken := errors.New("disk on fire")
	for name, tt := range map[string]struct {
		read func(x Tile) ([]Hash, error)
		want error
	}{
		"an error":     {func(Tile) ([]Hash, error) { return nil, broken }, broken},
		"nothing":      {func(Tile) ([]Hash, error) { return nil, nil }, ErrTile},
		"a hash short": {func(x Tile) ([]Hash, error) { h, err := tiles.ReadTile(x); return h[1:], err }, ErrTile},
		"a hash more": {func(x Tile) ([]Hash, error) {
			h, err := tiles.ReadTile(x)
			return append(h[:len(h):len(h)], Hash{}), err
		}, ErrTile},
	} {
		r := readerFunc(tt.read)
		check := func(what string, err error) {
			t.Helper()
			if !errors.Is(err, tt.want) || errors.Is(err, ErrProof) {
				t.Errorf("%s: %s: %v, want an error that wraps %q", name, what, err, tt.want)
			}
		}
		_, err := NewTileBuilder(r, tree.Size)
		check("NewTileBuilder", err)
		_, err = FrontierFromTiles(r, tree.Size)
		check("FrontierFromTiles", err)
		_, err = RootFromTiles(r, tree.Size)
		check("RootFromTiles", err)
		_, err = ProveInclusion(r, tree.Size, 5)
		check("ProveInclusion", err)
		_, err = ProveConsistency(r, 5, tree.Size)
		check("ProveConsistency", err)
		p := NewProver(r, 10)
		_, err = p.Inclusion(tree, 5)
		check("Prover.Inclusion", err)
		_, err = p.Consistency(Tree{Size: 5, Root: Root(leaves[:5])}, tree)
		check("Prover.Consistency", err)
		_, err = p.Leaf(tree.Size, 5)
		check("Prover.Leaf", err)
	}
}

type readerFunc func(Tile) ([]Hash, error)

func (f readerFunc) ReadTile(t Tile) ([]Hash, error) { return f(t) }
