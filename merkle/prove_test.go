package merkle

import (
	"slices"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
)

// maxSmall is the size up to which the tests try everything.
const maxSmall = 200

// TestEverySize holds roots, inclusion and consistency proofs of every size,
// every leaf and every pair of sizes against three independent makers: the
// recursive model, x/mod's tlog, and transparency-dev/merkle.
func TestEverySize(t *testing.T) {
	t.Parallel()
	leaves := testLeaves(maxSmall)
	tiles := buildTiles(t, leaves)
	oracle := tlogOver(t, leaves)
	prover := NewProver(tiles, 4)
	trees := make([]Tree, maxSmall+1)
	for n := range trees {
		trees[n] = Tree{Size: uint64(n), Root: modelRoot(leaves[:n])}
		got, err := RootFromTiles(tiles, uint64(n))
		if err != nil || got != trees[n].Root {
			t.Fatalf("RootFromTiles(%d) = %v, %v, want %v", n, got, err, trees[n].Root)
		}
		if got := Root(leaves[:n]); got != trees[n].Root {
			t.Fatalf("Root of %d leaves = %v, want %v", n, got, trees[n].Root)
		}
		// x/mod says that the empty tree has a root of zeros; RFC 9162 and
		// transparency-dev/merkle do not.
		if want, err := tlog.TreeHash(int64(n), oracle); n > 0 && (err != nil || Hash(want) != got) {
			t.Fatalf("tlog.TreeHash(%d) = %v, %v, want %v", n, want, err, got)
		}
	}
	if [32]byte(rfc6962.DefaultHasher.EmptyRoot()) != EmptyRoot {
		t.Fatalf("EmptyRoot = %v, transparency-dev has %x", EmptyRoot, rfc6962.DefaultHasher.EmptyRoot())
	}
	for n := 1; n <= maxSmall; n++ {
		for i := range n {
			p, err := ProveInclusion(tiles, uint64(n), uint64(i))
			if err != nil {
				t.Fatalf("ProveInclusion(%d, %d): %v", n, i, err)
			}
			if want := modelPath(i, leaves[:n]); p.Index != uint64(i) || !slices.Equal(p.Hashes, want) {
				t.Fatalf("ProveInclusion(%d, %d) = %v, want %v", n, i, p, want)
			}
			if q, err := prover.Inclusion(trees[n], uint64(i)); err != nil || !slices.Equal(p.Hashes, q.Hashes) {
				t.Fatalf("Prover.Inclusion(%d, %d) = %v, %v, want %v", n, i, q, err, p)
			}
			if leaf, err := prover.Leaf(uint64(n), uint64(i)); err != nil || leaf != leaves[i] {
				t.Fatalf("Leaf(%d, %d) = %v, %v, want %v", n, i, leaf, err, leaves[i])
			}
			if err := trees[n].CheckInclusion(leaves[i], p); err != nil {
				t.Fatal(err)
			}
			want, err := tlog.ProveRecord(int64(n), int64(i), oracle)
			if err != nil || !slices.EqualFunc(want, p.Hashes, func(a tlog.Hash, b Hash) bool { return Hash(a) == b }) {
				t.Fatalf("tlog.ProveRecord(%d, %d) = %v, %v, want %v", n, i, want, err, p.Hashes)
			}
			if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(i), uint64(n), leaves[i][:], rawHashes(p.Hashes), trees[n].Root[:]); err != nil {
				t.Fatalf("transparency-dev refuses inclusion of %d in %d: %v", i, n, err)
			}
		}
	}
	for n := 0; n <= maxSmall; n++ {
		for m := 0; m <= n; m++ {
			p, err := ProveConsistency(tiles, uint64(m), uint64(n))
			if err != nil {
				t.Fatalf("ProveConsistency(%d, %d): %v", m, n, err)
			}
			if want := modelProof(m, leaves[:n]); !slices.Equal(p.Hashes, want) {
				t.Fatalf("ProveConsistency(%d, %d) = %v, want %v", m, n, p, want)
			}
			if q, err := prover.Consistency(trees[m], trees[n]); err != nil || !slices.Equal(p.Hashes, q.Hashes) {
				t.Fatalf("Prover.Consistency(%d, %d) = %v, %v, want %v", m, n, q, err, p)
			}
			if err := trees[n].CheckConsistency(trees[m], p); err != nil {
				t.Fatal(err)
			}
			if m > 0 {
				want, err := tlog.ProveTree(int64(n), int64(m), oracle)
				if err != nil || !slices.EqualFunc(want, p.Hashes, func(a tlog.Hash, b Hash) bool { return Hash(a) == b }) {
					t.Fatalf("tlog.ProveTree(%d, %d) = %v, %v, want %v", n, m, want, err, p.Hashes)
				}
				if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(m), uint64(n), rawHashes(p.Hashes), trees[m].Root[:], trees[n].Root[:]); err != nil {
					t.Fatalf("transparency-dev refuses consistency from %d to %d: %v", m, n, err)
				}
			}
		}
	}
}
