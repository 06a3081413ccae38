package merkle

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// regions is the number of parts of a hash in each of which a test flips a
// bit: the 64-bit words that a comparison might forget.
const regions = 4

// flip returns h with one bit of a region changed; which bit depends on salt.
func flip(h Hash, region, salt int) Hash {
	bit := region*HashSize*8/regions + salt%(HashSize*8/regions)
	h[bit/8] ^= 1 << (bit % 8)
	return h
}

// refused fails the test unless err refutes a proof.
func refused(t *testing.T, err error, what string, args ...any) {
	if errors.Is(err, ErrProof) { // millions of times
		return
	}
	t.Helper()
	t.Fatalf("%s: got %v, want an error that wraps ErrProof", fmt.Sprintf(what, args...), err)
}

// damaged yields every proof that differs from hashes in one bit of one
// region of one hash, lacks a hash, has one twice, or has two neighbours
// exchanged. It changes hashes while it runs, and puts it right afterwards.
// what says with two numbers what was done.
func damaged(hashes []Hash, salt int, yield func(what string, k, r int, hashes []Hash)) {
	for k, good := range hashes {
		for r := range regions {
			hashes[k] = flip(good, r, salt+k+r)
			yield("hash %d changed in region %d", k, r, hashes)
		}
		hashes[k] = good
	}
	scratch := make([]Hash, 0, len(hashes)+1)
	for k := range hashes {
		scratch = append(append(scratch[:0], hashes[:k]...), hashes[k+1:]...)
		yield("hash %d of %d missing", k, len(hashes), scratch)
		scratch = append(append(scratch[:0], hashes[:k+1]...), hashes[k:]...)
		yield("hash %d of %d twice", k, len(hashes), scratch)
	}
	for k := range len(hashes) - 1 {
		hashes[k], hashes[k+1] = hashes[k+1], hashes[k]
		yield("hashes %d and %d exchanged", k, k+1, hashes)
		hashes[k], hashes[k+1] = hashes[k+1], hashes[k]
	}
	scratch = append(append(scratch[:0], hashes...), EmptyRoot)
	yield("hash %d added to %d", len(hashes), len(hashes), scratch)
}

func TestDamagedInclusion(t *testing.T) {
	t.Parallel()
	leaves := testLeaves(maxSmall)
	tiles := buildTiles(t, leaves)
	for n := uint64(1); n <= maxSmall; n++ {
		tree := Tree{Size: n, Root: modelRoot(leaves[:n])}
		for i := range n {
			p, err := ProveInclusion(tiles, n, i)
			if err != nil {
				t.Fatal(err)
			}
			leaf := leaves[i]
			damaged(p.Hashes, int(n+i), func(what string, k, r int, hashes []Hash) {
				refused(t, tree.CheckInclusion(leaf, Inclusion{Index: i, Hashes: hashes}), "leaf %d of %d, "+what, i, n, k, r)
			})
			for r := range regions {
				refused(t, tree.CheckInclusion(flip(leaf, r, int(n+i)), p), "leaf %d of %d changed in region %d", i, n, r)
				other := Tree{Size: n, Root: flip(tree.Root, r, int(n+i))}
				refused(t, other.CheckInclusion(leaf, p), "leaf %d of %d, root changed in region %d", i, n, r)
			}
			// At one size the index is bound; TestSizesAreNotBound tries all.
			for _, j := range []uint64{0, i - 1, i + 1, i ^ 1, i ^ 2, n - 1 - i, n - 1, n, 1<<64 - 1} {
				if j != i {
					refused(t, tree.CheckInclusion(leaf, Inclusion{Index: j, Hashes: p.Hashes}), "leaf %d of %d as leaf %d", i, n, j)
				}
			}
			// The size is not, but for what it says of the proof's length.
			refused(t, Tree{Size: i, Root: tree.Root}.CheckInclusion(leaf, p), "leaf %d in a tree of %d", i, i)
			refused(t, Tree{Size: n << 8, Root: tree.Root}.CheckInclusion(leaf, p), "leaf %d of %d in a tree of %d", i, n, n<<8)
		}
	}
}

func TestDamagedConsistency(t *testing.T) {
	t.Parallel()
	leaves := testLeaves(maxSmall)
	tiles := buildTiles(t, leaves)
	trees := make([]Tree, maxSmall+1)
	for n := range trees {
		trees[n] = Tree{Size: uint64(n), Root: modelRoot(leaves[:n])}
	}
	for n := range trees {
		for m := range n + 1 {
			older, newer := trees[m], trees[n]
			p, err := ProveConsistency(tiles, older.Size, newer.Size)
			if err != nil {
				t.Fatal(err)
			}
			damaged(p.Hashes, n+m, func(what string, k, r int, hashes []Hash) {
				refused(t, newer.CheckConsistency(older, Consistency{Hashes: hashes}), "%d to %d, "+what, m, n, k, r)
			})
			for r := range regions {
				bad := Tree{Size: older.Size, Root: flip(older.Root, r, n+m)}
				refused(t, newer.CheckConsistency(bad, p), "%d to %d, old root changed in region %d", m, n, r)
				if m == 0 {
					continue // an empty proof says nothing of the new root
				}
				bad = Tree{Size: newer.Size, Root: flip(newer.Root, r, n+m)}
				refused(t, bad.CheckConsistency(older, p), "%d to %d, new root changed in region %d", m, n, r)
			}
			if m != n {
				refused(t, older.CheckConsistency(newer, p), "%d to %d turned round", m, n)
			}
		}
	}
}

// TestSizesAreNotBound holds each proof of small trees against each claim
// about size and index. It must be accepted just where
// transparency-dev/merkle accepts it; and some claims that are false are
// accepted, which is why sizes must come from a checkpoint or the chain.
func TestSizesAreNotBound(t *testing.T) {
	t.Parallel()
	const maxSize = 40
	leaves := testLeaves(maxSize)
	tiles := buildTiles(t, leaves)
	wrong := 0
	for n := uint64(1); n <= maxSize; n++ {
		root := modelRoot(leaves[:n])
		for i := range n {
			p, err := ProveInclusion(tiles, n, i)
			if err != nil {
				t.Fatal(err)
			}
			for size := uint64(1); size <= maxSize; size++ {
				for index := range size {
					err := Tree{Size: size, Root: root}.CheckInclusion(leaves[i], Inclusion{Index: index, Hashes: p.Hashes})
					oracle := proof.VerifyInclusion(rfc6962.DefaultHasher, index, size, leaves[i][:], rawHashes(p.Hashes), root[:])
					if (err == nil) != (oracle == nil) {
						t.Fatalf("leaf %d of %d claimed as %d of %d: %v, transparency-dev says %v", i, n, index, size, err, oracle)
					}
					if err == nil && (size != n || index != i) {
						wrong++
						if size == n {
							t.Fatalf("leaf %d of %d passes as leaf %d of the same tree", i, n, index)
						}
					}
				}
			}
		}
	}
	if wrong == 0 {
		t.Error("no wrong size was accepted: the warning in the documentation of Inclusion is out of date")
	}
	t.Logf("%d wrong claims accepted", wrong)

	// Likewise consistency, with smaller trees since there are more claims.
	const maxPair = 16
	for n := range uint64(maxPair + 1) {
		for m := range n {
			hashes := modelProof(int(m), leaves[:n])
			oldRoot, newRoot := modelRoot(leaves[:m]), modelRoot(leaves[:n])
			for b := range uint64(maxPair + 1) {
				for a := range uint64(maxPair + 1) {
					err := Tree{Size: b, Root: newRoot}.CheckConsistency(Tree{Size: a, Root: oldRoot}, Consistency{Hashes: hashes})
					oracle := proof.VerifyConsistency(rfc6962.DefaultHasher, a, b, rawHashes(hashes), oldRoot[:], newRoot[:])
					if a == 0 && oldRoot != EmptyRoot {
						oracle = ErrProof // of an old size of 0 transparency-dev asks no more
					}
					if (err == nil) != (oracle == nil) {
						t.Fatalf("%d to %d claimed as %d to %d: %v, transparency-dev says %v", m, n, a, b, err, oracle)
					}
				}
			}
		}
	}

	// The proof from 2 to 3 leaves and that from 2 to 4 are one hash each,
	// and the checker cannot tell which it has.
	three := modelRoot(leaves[:3])
	p, err := ProveConsistency(tiles, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := (Tree{Size: 4, Root: three}).CheckConsistency(Tree{Size: 2, Root: modelRoot(leaves[:2])}, p); err != nil {
		t.Errorf("the tree of 3 claimed as one of 4: %v", err)
	}
}

func rawHashes(hashes []Hash) [][]byte {
	raw := make([][]byte, len(hashes))
	for i := range hashes {
		raw[i] = hashes[i][:]
	}
	return raw
}

// TestCheckHostile gives the checkers sizes at the limits, where a shift or
// a sum that is not thought through wraps round.
func TestCheckHostile(t *testing.T) {
	var zero Hash
	many := make([]Hash, 200)
	sizes := []uint64{0, 1, 2, 3, 255, 256, 257, 1<<32 - 1, 1 << 32, 1<<62 - 1, 1 << 62, MaxSize, MaxSize + 1, 1<<64 - 1}
	for _, n := range sizes {
		for _, m := range sizes {
			for _, k := range []int{0, 1, 61, 62, 63, 64, 65, 200} {
				refused(t, Tree{Size: n, Root: EmptyRoot}.CheckInclusion(zero, Inclusion{Index: m, Hashes: many[:k]}), "leaf %d of %d with %d hashes", m, n, k)
				if m != n || m == 0 || k > 0 || n > MaxSize {
					refused(t, Tree{Size: n, Root: zero}.CheckConsistency(Tree{Size: m, Root: zero}, Consistency{Hashes: many[:k]}), "%d to %d with %d hashes", m, n, k)
				}
			}
		}
	}
	// Proofs that would be right if trees could be as large.
	u := newUniform(EmptyRoot)
	past := Tree{Size: MaxSize + 1, Root: NodeHash(u.perfect[62], u.perfect[62])}
	refused(t, past.CheckInclusion(EmptyRoot, Inclusion{Hashes: u.perfect[:63]}), "inclusion past MaxSize")
	refused(t, past.CheckConsistency(Tree{Size: 1 << 62, Root: u.perfect[62]}, Consistency{Hashes: u.perfect[62:63]}), "consistency past MaxSize")
	half := Tree{Size: 1 << 62, Root: u.perfect[62]}
	if err := half.CheckInclusion(EmptyRoot, Inclusion{Hashes: u.perfect[:62]}); err != nil {
		t.Error(err)
	}
	if err := half.CheckConsistency(Tree{Size: 1 << 61, Root: u.perfect[61]}, Consistency{Hashes: u.perfect[61:62]}); err != nil {
		t.Error(err)
	}
	// One root, one size, nothing to prove.
	if err := (Tree{Size: MaxSize}).CheckConsistency(Tree{Size: MaxSize}, Consistency{}); err != nil {
		t.Error(err)
	}
	empty := Tree{Root: EmptyRoot}
	if err := empty.CheckConsistency(empty, Consistency{}); err != nil {
		t.Error(err)
	}
	if err := (Tree{Size: 9}).CheckConsistency(empty, Consistency{}); err != nil {
		t.Error(err)
	}
	refused(t, Tree{Size: 9}.CheckConsistency(Tree{}, Consistency{}), "the empty tree with a root of zeros")
}

// TestUniformLog proves leaves of logs of up to MaxSize leaves that are all
// alike, whose tiles can be computed without being stored, and holds the
// proofs against transparency-dev/merkle.
func TestUniformLog(t *testing.T) {
	u := newUniform(LeafHash([]byte("same")))
	var sizes []uint64
	for h := range 63 {
		s := uint64(1) << h
		sizes = append(sizes, s-1, s, s+1, s+s/3)
	}
	sizes = append(sizes, MaxSize-1, MaxSize)
	slices.Sort(sizes)
	sizes = slices.Compact(sizes)
	prover := NewProver(u, 8)
	for k, n := range sizes {
		f, err := FrontierFromTiles(u, n)
		if err != nil {
			t.Fatal(err)
		}
		tree := f.Tree()
		if root, err := RootFromTiles(u, n); err != nil || root != tree.Root || f.Size() != n || tree.Size != n {
			t.Fatalf("size %d: root %v, %v from tiles, %v from the frontier", n, root, err, tree)
		}
		for _, i := range []uint64{0, 1, n / 3, n / 2, n - 2, n - 1} {
			if i >= n {
				continue
			}
			p, err := prover.Inclusion(tree, i)
			if err != nil {
				t.Fatalf("leaf %d of %d: %v", i, n, err)
			}
			if err := proof.VerifyInclusion(rfc6962.DefaultHasher, i, n, u.perfect[0][:], rawHashes(p.Hashes), tree.Root[:]); err != nil {
				t.Fatalf("leaf %d of %d: %v", i, n, err)
			}
		}
		if k == 0 || sizes[k-1] == 0 {
			continue
		}
		for _, m := range []uint64{1, sizes[k/2], sizes[k-1]} {
			if m == 0 {
				continue
			}
			oldRoot, err := RootFromTiles(u, m)
			if err != nil {
				t.Fatal(err)
			}
			p, err := prover.Consistency(Tree{Size: m, Root: oldRoot}, tree)
			if err != nil {
				t.Fatalf("%d to %d: %v", m, n, err)
			}
			if err := proof.VerifyConsistency(rfc6962.DefaultHasher, m, n, rawHashes(p.Hashes), oldRoot[:], tree.Root[:]); err != nil {
				t.Fatalf("%d to %d: %v", m, n, err)
			}
		}
	}
}

// uniform is a log of any size whose leaves are all the same.
type uniform struct {
	perfect [64]Hash // root over 1<<h leaves
}

func newUniform(leaf Hash) *uniform {
	u := new(uniform)
	u.perfect[0] = leaf
	for h := 1; h < len(u.perfect); h++ {
		u.perfect[h] = NodeHash(u.perfect[h-1], u.perfect[h-1])
	}
	return u
}

func (u *uniform) ReadTile(t Tile) ([]Hash, error) {
	if !t.In(MaxSize) {
		return nil, fmt.Errorf("no log has %v", t)
	}
	return slices.Repeat([]Hash{u.perfect[TileHeight*int(t.Level)]}, t.Width), nil
}

func TestHashText(t *testing.T) {
	good := EmptyRoot.String()
	if good != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Fatalf("EmptyRoot is %s", good)
	}
	if h, err := ParseHash(good); err != nil || h != EmptyRoot {
		t.Fatalf("ParseHash(%s) = %v, %v", good, h, err)
	}
	for _, bad := range []string{"", "e3", good[1:], good + "0", " " + good[1:], "E" + good[1:], "g" + good[1:], "0x" + good[2:], good[:63] + "\n"} {
		h := Hash{1}
		if err := h.UnmarshalText([]byte(bad)); err == nil || h != (Hash{1}) {
			t.Errorf("UnmarshalText(%q) = %v, %v, want an error and h unchanged", bad, h, err)
		}
	}
}

// TestLeafHash holds the two ways through LeafHash against RFC 9162 as
// transparency-dev/merkle reads it, around the length where they part.
func TestLeafHash(t *testing.T) {
	for n := range 200 {
		entry := make([]byte, n)
		for i := range entry {
			entry[i] = byte(i*7 + n)
		}
		if got, want := LeafHash(entry), rfc6962.DefaultHasher.HashLeaf(entry); [32]byte(want) != got {
			t.Fatalf("LeafHash of %d bytes = %v, want %x", n, got, want)
		}
		if got := LeafHashes([][]byte{nil, entry}); got[1] != LeafHash(entry) || got[0] != LeafHash(nil) {
			t.Fatalf("LeafHashes = %v", got)
		}
	}
}
