package merkle

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// memStatus is stored status tiles in memory.
type memStatus map[uint64][]byte

func (m memStatus) ReadStatusTile(index uint64) ([]byte, error) { return m[index], nil }

// store does what a store does when its transaction commits.
func (m memStatus) store(t *StatusTree) {
	for _, tile := range t.Changed() {
		m[tile.Index] = slices.Clone(tile.Data)
	}
	t.Flushed()
}

// modelStatus is the reference: a state for each target, packed anew by the
// formula of docs/formats/status.md whenever it is asked.
type modelStatus []uint8

func (m modelStatus) chunks() []Chunk {
	chunks := make([]Chunk, (len(m)+127)/128)
	for i, state := range m {
		chunks[i/128][i%128/4] += state << (6 - 2*(i%4))
	}
	return chunks
}

func (m modelStatus) leaves() []Hash {
	var leaves []Hash
	for _, c := range m.chunks() {
		leaves = append(leaves, LeafHash(c[:]))
	}
	return leaves
}

func (m modelStatus) root() Hash { return modelRoot(m.leaves()) }

// agrees fails the test unless tree and model are the same in root and, for
// the targets given, in state and proof.
func (m modelStatus) agrees(t *testing.T, tree *StatusTree, targets ...int) {
	t.Helper()
	root, err := tree.Root()
	if err != nil {
		t.Fatal(err)
	}
	if want := m.root(); root != want || tree.Size() != uint64(len(m)) {
		t.Fatalf("%d targets: root %v, want %v over %d", tree.Size(), root, want, len(m))
	}
	if len(targets) == 0 {
		return
	}
	chunks, leaves := m.chunks(), m.leaves()
	for _, i := range targets {
		target := uint64(i)
		if got, err := tree.State(target); err != nil || got != m[i] {
			t.Fatalf("state of %d of %d = %d, %v, want %d", i, len(m), got, err, m[i])
		}
		c, proof, err := tree.Prove(target)
		if err != nil {
			t.Fatalf("Prove(%d) of %d: %v", i, len(m), err)
		}
		if c != chunks[i/128] || c.State(target) != m[i] {
			t.Fatalf("Prove(%d) of %d: chunk %x, want %x", i, len(m), c, chunks[i/128])
		}
		if want := modelPath(i/128, leaves); !slices.Equal(proof, want) {
			t.Fatalf("Prove(%d) of %d: proof %v, want %v", i, len(m), proof, want)
		}
		if err := CheckStatus(root, uint64(len(m)), target, c, proof); err != nil {
			t.Fatal(err)
		}
	}
}

func newStatus(t *testing.T, r StatusReader, n uint64) *StatusTree {
	t.Helper()
	tree, err := NewStatusTree(r, n)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// statusSizes are numbers of targets at which chunks, tiles and rows of tiles
// begin and end.
var statusSizes = []int{
	0, 1, 3, 4, 5, 127, 128, 129, 255, 256, 257, 300, 32767, 32768, 32769, 32768 + 128, 32768 + 129,
	2 * 32768, 2*32768 + 1, 3*32768 - 1, 3 * 32768, 3*32768 + 1, 5*32768 + 777, 8*32768 + 1,
}

func TestStatusSizes(t *testing.T) {
	t.Parallel()
	for _, n := range statusSizes {
		rng := rand.New(rand.NewPCG(1, uint64(n)))
		for _, density := range []float64{0, 0.001, 0.5} {
			model, r := make(modelStatus, n), make(memStatus)
			tree := newStatus(t, r, uint64(n))
			for range int(density * float64(n)) {
				i, state := rng.IntN(n), uint8(rng.IntN(4))
				model[i] = state
				if err := tree.Set(uint64(i), state); err != nil {
					t.Fatal(err)
				}
			}
			targets := []int{0, n / 3, n / 2, n - 1}
			if n == 0 {
				targets = nil
			}
			model.agrees(t, tree, targets...)
			r.store(tree)
			model.agrees(t, tree, targets...)
			// And so does who opens what was stored.
			model.agrees(t, newStatus(t, r, uint64(n)), targets...)
		}
	}
}

// TestStatusGrows takes one tree through all sizes, setting states, storing
// some of the time, going back some of the time, and cloning.
func TestStatusGrows(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(2, seed))
		model, r := modelStatus{}, make(memStatus)
		tree := newStatus(t, r, 0)
		stored := slices.Clone(model)
		var clone *StatusTree
		var cloneModel modelStatus
		for _, n := range statusSizes {
			if err := tree.Grow(uint64(n)); err != nil {
				t.Fatal(err)
			}
			model = append(model, make(modelStatus, n-len(model))...)
			for range rng.IntN(20) {
				if n == 0 {
					break
				}
				i, state := rng.IntN(n), uint8(rng.IntN(4))
				model[i] = state
				if err := tree.Set(uint64(i), state); err != nil {
					t.Fatal(err)
				}
				if rng.IntN(4) == 0 {
					model.agrees(t, tree, i)
				}
			}
			switch rng.IntN(4) {
			case 0: // the transaction failed
				if rng.IntN(2) == 0 {
					model.agrees(t, tree)
				}
				model = slices.Clone(stored)
				if err := tree.Reset(uint64(len(model))); err != nil {
					t.Fatal(err)
				}
				if got := tree.Changed(); len(got) != 0 {
					t.Fatalf("%d tiles changed after Reset", len(got))
				}
			case 1, 2:
				r.store(tree)
				stored = slices.Clone(model)
			}
			if len(model) > 0 {
				model.agrees(t, tree, rng.IntN(len(model)))
			}
			if clone != nil && len(cloneModel) > 0 {
				cloneModel.agrees(t, clone, rng.IntN(len(cloneModel)))
			}
			if rng.IntN(3) == 0 {
				then := make(memStatus)
				for k, v := range r {
					then[k] = slices.Clone(v)
				}
				clone, cloneModel = tree.Clone(then), slices.Clone(model)
			}
		}
	}
}

func TestStatusChanged(t *testing.T) {
	r := make(memStatus)
	tree := newStatus(t, r, 5*StatusPerTile)
	set := func(target uint64, state uint8) {
		t.Helper()
		if err := tree.Set(target, state); err != nil {
			t.Fatal(err)
		}
	}
	changed := func(want ...uint64) {
		t.Helper()
		var got []uint64
		for _, tile := range tree.Changed() {
			got = append(got, tile.Index)
			if len(tile.Data) != StatusTileSize {
				t.Errorf("tile %d has %d bytes", tile.Index, len(tile.Data))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("changed tiles %v, want %v", got, want)
		}
	}
	changed()
	set(7, 0) // what it is already
	changed()
	set(4*StatusPerTile+1, 2)
	set(2*StatusPerTile-1, 1)
	set(0, 3)
	changed(0, 1, 4)
	if got := tree.Changed()[0].Data[0]; got != 3<<6 {
		t.Errorf("byte 0 of tile 0 is %#x, want %#x", got, 3<<6)
	}
	r.store(tree)
	changed()
	set(0, 3)
	changed()
	set(0, 0)
	changed(0)
	for range 2 {
		if err := tree.Reset(5 * StatusPerTile); err != nil {
			t.Fatal(err)
		}
		if got, err := tree.State(0); err != nil || got != 3 {
			t.Errorf("state after Reset = %d, %v, want 3", got, err)
		}
	}
}

// TestStatusClone copies trees that have changes neither hashed nor stored:
// the copy has them, and from then on each goes its own way.
func TestStatusClone(t *testing.T) {
	const n = 3*StatusPerTile + 5
	model, r := make(modelStatus, n), make(memStatus)
	tree := newStatus(t, r, n)
	set := func(tree *StatusTree, model modelStatus, i int, state uint8) {
		t.Helper()
		if err := tree.Set(uint64(i), state); err != nil {
			t.Fatal(err)
		}
		model[i] = state
	}
	set(tree, model, 5, 1)
	r.store(tree)
	model.agrees(t, tree, 5)
	set(tree, model, 6, 2)
	set(tree, model, n-1, 2)
	clone, cloneModel := tree.Clone(r), slices.Clone(model)
	set(clone, cloneModel, 7, 3)
	set(tree, model, 8, 1)
	cloneModel.agrees(t, clone, 5, 6, 7, 8, n-1)
	model.agrees(t, tree, 5, 6, 7, 8, n-1)
	if err := clone.Reset(n); err != nil {
		t.Fatal(err)
	}
	then := make(modelStatus, n)
	then[5] = 1
	then.agrees(t, clone, 5, 6, 7, 8, n-1)
	model.agrees(t, tree, 5, 6, 7, 8, n-1)
}

// TestStatusReads counts the tiles read when one state changes among many:
// memory is bounded only if the rest is not read and not kept.
func TestStatusReads(t *testing.T) {
	r := &countingStatus{memStatus: make(memStatus)}
	const tiles = 100
	tree := newStatus(t, r, tiles*StatusPerTile)
	for i := range uint64(tiles) {
		if err := tree.Set(i*StatusPerTile+i, 2); err != nil {
			t.Fatal(err)
		}
	}
	r.store(tree)
	if _, err := tree.Root(); err != nil {
		t.Fatal(err)
	}
	r.reads = 0
	if err := tree.Set(50*StatusPerTile, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Root(); err != nil {
		t.Fatal(err)
	}
	if r.reads != 1 || len(tree.Changed()) != 1 {
		t.Errorf("one state changed: %d tiles read, %d to store, want 1 and 1", r.reads, len(tree.Changed()))
	}
	r.store(tree)
	r.reads = 0
	if _, err := tree.Root(); err != nil || r.reads != 0 {
		t.Errorf("nothing changed: %d tiles read, %v", r.reads, err)
	}
	if _, _, err := tree.Prove(50 * StatusPerTile); err != nil || r.reads > 2 {
		t.Errorf("one proof: %d tiles read, %v, want at most 2", r.reads, err)
	}
}

type countingStatus struct {
	memStatus
	reads int
}

func (c *countingStatus) ReadStatusTile(index uint64) ([]byte, error) {
	c.reads++
	return c.memStatus.ReadStatusTile(index)
}

func TestStatusRefuses(t *testing.T) {
	tree := newStatus(t, make(memStatus), 300)
	for name, f := range map[string]func() error{
		"State past the end": func() error { _, err := tree.State(300); return err },
		"State far past":     func() error { _, err := tree.State(1<<64 - 1); return err },
		"Set past the end":   func() error { return tree.Set(300, 1) },
		"Set of state 4":     func() error { return tree.Set(0, 4) },
		"Set of state 255":   func() error { return tree.Set(0, 255) },
		"Prove past the end": func() error { _, _, err := tree.Prove(300); return err },
		"shrinking":          func() error { return tree.Grow(299) },
		"growing too far":    func() error { return tree.Grow(MaxStatusTargets + 1) },
		"growing out of all": func() error { return tree.Grow(1<<64 - 1) },
		"Reset to more":      func() error { return tree.Reset(301) },
		"a tree too large":   func() error { _, err := NewStatusTree(nil, 1<<64-1); return err },
		"Prove in no tree":   func() error { _, _, err := newStatus(t, nil, 0).Prove(0); return err },
	} {
		if err := f(); err == nil {
			t.Errorf("%s: no error", name)
		} else if errors.Is(err, ErrProof) {
			t.Errorf("%s: %v wraps ErrProof, but nobody offered a proof", name, err)
		}
	}
	make(modelStatus, 300).agrees(t, tree, 0, 299)
}

// TestStatusBadTiles gives the tree readers that fail or hand out tiles that
// cannot be those of the log; when the reader is well again, so is the tree.
func TestStatusBadTiles(t *testing.T) {
	broken := errors.New("disk on fire")
	stray := make([]byte, StatusTileSize)
	stray[300/4] = 2 << (6 - 2*(300%4)) // target 300, in the last chunk there is
	after := make([]byte, StatusTileSize)
	after[StatusTileSize-1] = 1 // a chunk that is not there at all
	for name, tt := range map[string]struct {
		data []byte
		err  error
		want error
	}{
		"an error":          {nil, broken, broken},
		"a byte short":      {make([]byte, StatusTileSize-1), nil, ErrTile},
		"a byte more":       {make([]byte, StatusTileSize+1), nil, ErrTile},
		"a state past n":    {stray, nil, ErrTile},
		"a chunk past n":    {after, nil, ErrTile},
		"only one chunk":    {make([]byte, ChunkSize), nil, ErrTile},
		"more than one can": {make([]byte, 1<<20), nil, ErrTile},
	} {
		bad := true
		r := statusFunc(func(uint64) ([]byte, error) {
			if bad {
				return tt.data, tt.err
			}
			return nil, nil
		})
		tree := newStatus(t, r, 300)
		for what, f := range map[string]func() error{
			"State": func() error { _, err := tree.State(1); return err },
			"Set":   func() error { return tree.Set(1, 1) },
			"Root":  func() error { _, err := tree.Root(); return err },
			"Prove": func() error { _, _, err := tree.Prove(1); return err },
		} {
			if err := f(); !errors.Is(err, tt.want) || errors.Is(err, ErrProof) {
				t.Errorf("%s: %s: %v, want an error that wraps %q", name, what, err, tt.want)
			}
		}
		bad = false
		make(modelStatus, 300).agrees(t, tree, 1, 299)
	}
	// A tile that changes behind the tree's back is noticed by the proof.
	r := make(memStatus)
	tree := newStatus(t, r, 3*StatusPerTile)
	if _, err := tree.Root(); err != nil {
		t.Fatal(err)
	}
	r[1] = slices.Repeat([]byte{0x40}, StatusTileSize)
	if _, _, err := tree.Prove(StatusPerTile); !errors.Is(err, ErrTile) || errors.Is(err, ErrProof) {
		t.Errorf("proof from a tile changed from outside: %v, want an error that wraps ErrTile alone", err)
	}
}

type statusFunc func(uint64) ([]byte, error)

func (f statusFunc) ReadStatusTile(index uint64) ([]byte, error) { return f(index) }

func TestChunk(t *testing.T) {
	var c Chunk
	want := make([]uint8, StatusPerChunk)
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		i, state := rng.IntN(StatusPerChunk), uint8(rng.IntN(4))
		want[i] = state
		c.Set(uint64(i)+StatusPerChunk*rng.Uint64N(1<<40), state)
		for j, s := range want {
			if got := c.State(uint64(j)); got != s {
				t.Fatalf("state of %d = %d, want %d", j, got, s)
			}
		}
	}
	c = Chunk{}
	c.Set(1, 2) // byte 0, shift 4
	if c != (Chunk{0x20}) {
		t.Errorf("target 1 revoked: %x", c)
	}
	c.Set(127, 0xff) // byte 31, shift 0; two bits count
	if c != (Chunk{0: 0x20, 31: 3}) {
		t.Errorf("and target 127 to 3: %x", c)
	}
}

func TestStatusCounts(t *testing.T) {
	for _, tt := range []struct{ n, chunks, tiles uint64 }{
		{0, 0, 0}, {1, 1, 1}, {128, 1, 1}, {129, 2, 1}, {32768, 256, 1}, {32769, 257, 2},
		{1<<64 - 1, 1 << 57, 1 << 49}, {1<<64 - 128, 1<<57 - 1, 1 << 49},
	} {
		if c, k := StatusChunks(tt.n), StatusTiles(tt.n); c != tt.chunks || k != tt.tiles {
			t.Errorf("%d targets: %d chunks, %d tiles, want %d and %d", tt.n, c, k, tt.chunks, tt.tiles)
		}
	}
}

// TestDamagedStatus takes trees of up to 64 chunks and damages every proof,
// every chunk, and every statement that a proof binds.
func TestDamagedStatus(t *testing.T) {
	t.Parallel()
	for chunks := 1; chunks <= 64; chunks++ {
		n := uint64(chunks)*StatusPerChunk - uint64(chunks%3)
		tree := newStatus(t, make(memStatus), n)
		for i := uint64(0); i < n; i += 97 {
			if err := tree.Set(i, uint8(i%4)); err != nil {
				t.Fatal(err)
			}
		}
		root, err := tree.Root()
		if err != nil {
			t.Fatal(err)
		}
		for k := range uint64(chunks) {
			target := k*StatusPerChunk + k%(StatusPerChunk-2)
			c, proof, err := tree.Prove(target)
			if err != nil {
				t.Fatal(err)
			}
			damaged(proof, chunks, func(what string, k, r int, hashes []Hash) {
				refused(t, CheckStatus(root, n, target, c, hashes), "target %d of %d, "+what, target, n, k, r)
			})
			for r := range regions {
				refused(t, CheckStatus(flip(root, r, chunks), n, target, c, proof), "target %d of %d, root changed", target, n)
				refused(t, CheckStatus(root, n, target, Chunk(flip(Hash(c), r, chunks)), proof), "target %d of %d, chunk changed", target, n)
			}
			// The chunk of another target is not this one's.
			for _, other := range []uint64{target + StatusPerChunk, target - StatusPerChunk, n, n + 1, 1<<64 - 1} {
				refused(t, CheckStatus(root, n, other, c, proof), "target %d of %d as %d", target, n, other)
			}
			refused(t, CheckStatus(root, 0, target, c, proof), "target %d of none", target)
			refused(t, CheckStatus(root, target, target, c, proof), "target %d of %d", target, target)
		}
	}
}

// TestStatusStray makes roots over chunks that are not zero-padded: no head
// may have one, however right its proof.
func TestStatusStray(t *testing.T) {
	for n := uint64(1); n < 2*StatusPerChunk; n++ {
		last := StatusChunks(n) - 1
		for stray := n; stray < (last+1)*StatusPerChunk; stray++ {
			chunks := make([]Chunk, last+1)
			chunks[last].Set(stray, 1)
			leaves := []Hash{}
			for _, c := range chunks {
				leaves = append(leaves, LeafHash(c[:]))
			}
			refused(t, CheckStatus(modelRoot(leaves), n, n-1, chunks[last], modelPath(int(last), leaves)), "a state for %d of %d", stray, n)
		}
	}
}

func ExampleCheckStatus() {
	// A log of 300 entries, of which entry 129 was revoked; then its head.
	tree, err := NewStatusTree(make(memStatus), 300)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := tree.Set(129, 2); err != nil {
		fmt.Println(err)
		return
	}
	root, err := tree.Root() // goes into the head entry, at index 300
	if err != nil {
		fmt.Println(err)
		return
	}
	chunk, proof, err := tree.Prove(129)
	if err != nil {
		fmt.Println(err)
		return
	}
	// Whoever has proved that entry 300 is that head asks of entry 129:
	fmt.Println(len(proof), CheckStatus(root, 300, 129, chunk, proof), chunk.State(129))
	// The same chunk says nothing of entry 5.
	fmt.Println(CheckStatus(root, 300, 5, chunk, proof))
	// Output:
	// 2 <nil> 2
	// status chunk under the head at index 300: inclusion of leaf 0 in tree of size 3 leads to another root: proof does not verify
}
