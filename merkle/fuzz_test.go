package merkle

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// FuzzPath holds the parsers of paths to their word: what they accept is
// what Path writes, and a log can have it.
func FuzzPath(f *testing.F) {
	for _, p := range []string{"tile/0/000", "tile/1/x001/234.p/255", "tile/entries/x001/x234/067.p/3", "tile/7/000.p/127", "tile/0/x036/x028/x797/x018/x963/967.p/255"} {
		f.Add(p)
	}
	for _, p := range badIndexPaths {
		if len(p) < 100 {
			f.Add("tile/0/" + p)
			f.Add("tile/entries/" + p)
		}
	}
	f.Fuzz(func(t *testing.T, p string) {
		tile, err := ParseTilePath(p)
		if err == nil && (tile.Path() != p || !tile.In(MaxSize)) {
			t.Errorf("ParseTilePath(%q) = %#v, whose path is %q", p, tile, tile.Path())
		}
		bundle, err2 := ParseBundlePath(p)
		if err2 == nil && (bundle.Path() != p || !bundle.In(MaxSize)) {
			t.Errorf("ParseBundlePath(%q) = %#v, whose path is %q", p, bundle, bundle.Path())
		}
		if err == nil && err2 == nil {
			t.Errorf("%q is both a tile and an entry bundle", p)
		}
	})
}

// FuzzTile goes from a tile to its path and back.
func FuzzTile(f *testing.F) {
	f.Add(uint8(0), uint64(0), 1)
	f.Add(uint8(0), uint64(1<<55-1), 255)
	f.Add(uint8(7), uint64(0), 127)
	f.Add(uint8(8), uint64(1<<63), 256)
	f.Fuzz(func(t *testing.T, level uint8, index uint64, width int) {
		tile := Tile{Level: level, Index: index, Width: width}
		got, err := ParseTilePath(tile.Path())
		if (err == nil) != tile.In(MaxSize) || err == nil && got != tile {
			t.Errorf("%#v comes back as %#v, %v", tile, got, err)
		}
		bundle := Bundle{Index: index, Width: width}
		back, err := ParseBundlePath(bundle.Path())
		if (err == nil) != bundle.In(MaxSize) || err == nil && back != bundle {
			t.Errorf("%#v comes back as %#v, %v", bundle, back, err)
		}
	})
}

// FuzzBytes holds the parsers of binary forms to their word: what they accept
// encodes to the same bytes.
func FuzzBytes(f *testing.F) {
	f.Add([]byte{0, 1, 'a', 0, 0}, 2)
	f.Add(make([]byte, 40), 1)
	f.Add(make([]byte, 512), 256)
	f.Add(bytes.Repeat([]byte{0, 0, 0, 0, 0, 0, 0, 1}, 5), 5)
	f.Add([]byte(EmptyRoot.String()), 1)
	f.Fuzz(func(t *testing.T, data []byte, width int) {
		if entries, err := ParseBundle(data, width); err == nil {
			var again []byte
			for _, e := range entries {
				if again, err = AppendEntry(again, e); err != nil {
					t.Fatal(err)
				}
			}
			if len(entries) != width || !bytes.Equal(again, data) {
				t.Errorf("a bundle of %d entries comes back otherwise", width)
			}
		}
		if hashes, err := ParseTile(data, width); err == nil {
			if len(hashes) != width || !bytes.Equal(AppendTile(nil, hashes), data) {
				t.Errorf("a tile of %d hashes comes back otherwise", width)
			}
		}
		var frontier Frontier
		if err := frontier.UnmarshalBinary(data); err == nil {
			if again, err := frontier.MarshalBinary(); err != nil || !bytes.Equal(again, data) {
				t.Errorf("a frontier of %d comes back otherwise: %v", frontier.Size(), err)
			}
			if frontier.Size() < MaxSize { // and can be used
				frontier.Append(EmptyRoot)
			}
			frontier.Tree()
		}
		if h, err := ParseHash(string(data)); err == nil && h.String() != string(data) {
			t.Errorf("hash %q comes back as %v", data, h)
		}
	})
}

// FuzzGrow grows a log by batches, the lengths of which the input gives, and
// holds tiles, proofs and roots against the recursive model.
func FuzzGrow(f *testing.F) {
	f.Add([]byte{1, 0}, uint16(0), uint16(0))
	f.Add([]byte{255, 0, 1, 0, 1, 0}, uint16(100), uint16(256))
	f.Add([]byte{0, 1, 0, 1, 0, 2, 7, 0}, uint16(1000), uint16(300))
	f.Add([]byte{0, 0, 255, 7, 9, 0}, uint16(2040), uint16(2047))
	all := testLeaves(1 << 12)
	f.Fuzz(func(t *testing.T, batches []byte, x, y uint16) {
		b, stored := new(TileBuilder), newMemTiles()
		var one Frontier
		size := 0
		for ; len(batches) >= 2; batches = batches[2:] {
			n := int(binary.LittleEndian.Uint16(batches)) % 2048
			if size+n > len(all) {
				break
			}
			batch := all[size : size+n]
			next, changed, err := b.Grow(batch)
			if err != nil {
				t.Fatal(err)
			}
			var names []Tile
			for _, d := range changed {
				names = append(names, d.Tile)
			}
			if want := slices.Collect(TilesFor(uint64(size), uint64(size+n))); !slices.Equal(names, want) {
				t.Fatalf("%d more at %d change %v, want %v", n, size, names, want)
			}
			stored.put(changed)
			one.AppendAll(batch)
			b, size = next, size+n
		}
		leaves := all[:size]
		root := modelRoot(leaves)
		if b.Tree() != (Tree{Size: uint64(size), Root: root}) || one.Tree() != b.Tree() {
			t.Fatalf("%d leaves: %v and %v, want root %v", size, b.Tree(), one.Tree(), root)
		}
		for key, hashes := range stored.tiles {
			span := 1 << (TileHeight * key.level)
			for i, h := range hashes {
				at := (int(key.index)*TileWidth + i) * span
				if h != modelRoot(leaves[at:at+span]) {
					t.Fatalf("hash %d of tile %v is not the root of leaves %d to %d", i, key, at, at+span)
				}
			}
		}
		n := int(x) % (size + 1)
		if n > 0 {
			i := int(y) % n
			p, err := ProveInclusion(stored, uint64(n), uint64(i))
			if err != nil || !slices.Equal(p.Hashes, modelPath(i, leaves[:n])) {
				t.Fatalf("inclusion of %d in %d: %v, %v", i, n, p, err)
			}
		}
		m := int(y) % (n + 1)
		p, err := ProveConsistency(stored, uint64(m), uint64(n))
		if err != nil || !slices.Equal(p.Hashes, modelProof(m, leaves[:n])) {
			t.Fatalf("consistency from %d to %d: %v, %v", m, n, p, err)
		}
	})
}

// FuzzInclusion holds the root that a proof leads to against that which
// transparency-dev/merkle finds, for any size, index and hashes.
func FuzzInclusion(f *testing.F) {
	f.Add(uint64(0), uint64(0), []byte{})
	f.Add(uint64(1), uint64(0), make([]byte, 32))
	f.Add(uint64(7), uint64(5), make([]byte, 4*32))
	f.Add(uint64(MaxSize), uint64(1<<62), make([]byte, 64*32))
	f.Add(uint64(MaxSize), uint64(MaxSize-1), make([]byte, 63*32))
	f.Fuzz(func(t *testing.T, size, index uint64, data []byte) {
		size &= MaxSize
		var leaf Hash
		copy(leaf[:], data)
		var hashes []Hash
		for ; len(data) >= 32; data = data[32:] {
			hashes = append(hashes, Hash(data[:32]))
		}
		root, err := rootFromInclusion(size, leaf, Inclusion{Index: index, Hashes: hashes})
		want, wantErr := proof.RootFromInclusionProof(rfc6962.DefaultHasher, index, size, leaf[:], rawHashes(hashes))
		if (err == nil) != (wantErr == nil) || err == nil && Hash(want) != root {
			t.Fatalf("leaf %d of %d, %d hashes: %v, %v, transparency-dev finds %x, %v", index, size, len(hashes), root, err, want, wantErr)
		}
		if err != nil {
			return
		}
		p := Inclusion{Index: index, Hashes: hashes}
		if err := (Tree{Size: size, Root: root}).CheckInclusion(leaf, p); err != nil {
			t.Fatal(err)
		}
		refused(t, Tree{Size: size, Root: NodeHash(root, root)}.CheckInclusion(leaf, p), "leaf %d of %d", index, size)
	})
}

// FuzzConsistency claims sizes of true trees, with a true or a changed proof,
// and holds the answer against that of transparency-dev/merkle.
func FuzzConsistency(f *testing.F) {
	f.Add(uint16(3), uint16(7), uint64(3), uint64(7), []byte{})
	f.Add(uint16(2), uint16(3), uint64(2), uint64(4), []byte{})
	f.Add(uint16(6), uint16(8), uint64(6), uint64(8), []byte{0, 31, 1})
	f.Add(uint16(0), uint16(9), uint64(0), uint64(9), []byte{})
	f.Add(uint16(8), uint16(8), uint64(8), uint64(8), []byte{200, 1, 1})
	f.Add(uint16(8), uint16(300), uint64(1<<62), uint64(MaxSize), []byte{200, 1, 1})
	leaves := testLeaves(1 << 10)
	f.Fuzz(func(t *testing.T, m, n uint16, claimOld, claimNew uint64, change []byte) {
		n %= uint16(len(leaves) + 1)
		m %= n + 1
		older := Tree{Size: claimOld & MaxSize, Root: Root(leaves[:m])}
		newer := Tree{Size: claimNew & MaxSize, Root: Root(leaves[:n])}
		hashes := modelProof(int(m), leaves[:n])
		for ; len(change) >= 3; change = change[3:] {
			if k := int(change[0]); k < len(hashes) {
				hashes[k][change[1]%HashSize] ^= change[2]
			} else if len(hashes) < 100 {
				hashes = append(hashes, LeafHash(change[:3]))
			}
		}
		err := newer.CheckConsistency(older, Consistency{Hashes: hashes})
		want := proof.VerifyConsistency(rfc6962.DefaultHasher, older.Size, newer.Size, rawHashes(hashes), older.Root[:], newer.Root[:])
		// transparency-dev does not look at the root of an empty old tree.
		if older.Size == 0 && older.Root != EmptyRoot {
			refused(t, err, "an empty tree with another root")
			return
		}
		if (err == nil) != (want == nil) {
			t.Fatalf("%d to %d claimed as %v to %v, %d hashes: %v, transparency-dev says %v", m, n, older, newer, len(hashes), err, want)
		}
	})
}

// FuzzStatusTree runs a program of growing, setting, storing, going back and
// cloning on a tree and on the model.
func FuzzStatusTree(f *testing.F) {
	f.Add([]byte{0, 44, 1, 1, 5, 0, 2, 2, 0, 0, 0})
	f.Add([]byte{0, 255, 255, 1, 200, 200, 2, 3, 0, 0, 0, 1, 1, 1, 0, 9, 9, 4, 0, 0})
	f.Add([]byte{0, 0, 128, 2, 0, 0, 0, 1, 0, 1, 0, 128, 3, 0, 0})
	f.Fuzz(func(t *testing.T, program []byte) {
		const most = 3*StatusPerTile + 200
		model, r := modelStatus{}, make(memStatus)
		tree := newStatus(t, r, 0)
		stored := slices.Clone(model)
		if len(program) > 3*40 {
			program = program[:3*40]
		}
		for ; len(program) >= 3; program = program[3:] {
			x := int(binary.LittleEndian.Uint16(program[1:]))
			switch op := program[0]; op % 5 {
			case 0:
				n := min(len(model)+x, most)
				if err := tree.Grow(uint64(n)); err != nil {
					t.Fatal(err)
				}
				model = append(model, make(modelStatus, n-len(model))...)
			case 1:
				if len(model) == 0 {
					continue
				}
				i, state := (x*31)%len(model), op/5%4
				if err := tree.Set(uint64(i), state); err != nil {
					t.Fatal(err)
				}
				model[i] = state
			case 2:
				r.store(tree)
				stored = slices.Clone(model)
			case 3:
				model = slices.Clone(stored)
				if err := tree.Reset(uint64(len(model))); err != nil {
					t.Fatal(err)
				}
			case 4:
				if len(model) > 0 {
					model.agrees(t, tree, x%len(model))
				}
				tree = tree.Clone(r)
			}
		}
		if len(model) > 0 {
			model.agrees(t, tree, len(model)-1)
		}
		model.agrees(t, tree)
	})
}

// FuzzCheckStatus asks that no chunk but the true one passes for any target,
// in a tree whose states the input gives.
func FuzzCheckStatus(f *testing.F) {
	f.Add(uint16(300), []byte{0x80, 1, 2}, uint16(129), uint64(300), []byte{0, 1})
	f.Add(uint16(1), []byte{}, uint16(0), uint64(1), []byte{})
	f.Add(uint16(128), []byte{}, uint16(3), uint64(127), []byte{})
	f.Fuzz(func(t *testing.T, size uint16, states []byte, target uint16, n uint64, change []byte) {
		model := make(modelStatus, size)
		for i := range model {
			if len(states) > 0 {
				model[i] = states[i%len(states)] % 4
			}
		}
		if size == 0 {
			return
		}
		target %= size
		root, leaves := model.root(), model.leaves()
		chunk := model.chunks()[target/StatusPerChunk]
		proof := modelPath(int(target)/StatusPerChunk, leaves)
		if err := CheckStatus(root, uint64(size), uint64(target), chunk, proof); err != nil {
			t.Fatal(err)
		}
		changed := chunk
		for ; len(change) >= 2; change = change[2:] {
			if k := int(change[0]); k < ChunkSize {
				changed[k] ^= change[1]
			} else if k -= ChunkSize; k < len(proof) {
				proof[k][int(change[1])%HashSize]++
			}
		}
		same := changed == chunk && slices.Equal(proof, modelPath(int(target)/StatusPerChunk, leaves))
		if err := CheckStatus(root, uint64(size), uint64(target), changed, proof); (err == nil) != same {
			t.Errorf("target %d of %d, same %v: %v", target, size, same, err)
		}
		// n is not bound by the proof, but what passes is never a chunk with
		// states past it, and never says something of a target past it.
		if err := CheckStatus(root, n, uint64(target), changed, proof); err == nil {
			if uint64(target) >= n {
				t.Errorf("target %d of %d passes", target, n)
			}
			for i := n; i < ceilDiv(n, StatusPerChunk)*StatusPerChunk; i++ {
				if i/StatusPerChunk == uint64(target)/StatusPerChunk && changed.State(i) != 0 {
					t.Errorf("a state for %d of %d passes", i, n)
				}
			}
		}
	})
}
