package audit

import (
	"encoding/binary"
	"testing"

	"github.com/akashi-project/akashi/merkle"
)

// TestProofNodes makes every consistency proof up to some sizes and compares
// each node that it is said to hold with the root of the leaves below it.
func TestProofNodes(t *testing.T) {
	const most = 70
	leaves := make([]merkle.Hash, most)
	for i := range leaves {
		leaves[i] = merkle.LeafHash(binary.BigEndian.AppendUint64(nil, uint64(i)))
	}
	tiles := leafTiles(leaves)
	seen := 0
	for n := uint64(1); n <= most; n++ {
		for m := uint64(1); m < n; m++ {
			oldTree := merkle.Tree{Size: m, Root: merkle.Root(leaves[:m])}
			newTree := merkle.Tree{Size: n, Root: merkle.Root(leaves[:n])}
			p, err := merkle.ProveConsistency(tiles, m, n)
			if err != nil {
				t.Fatal(err)
			}
			nodes, edge, ok := proofNodes(oldTree, newTree, p.Hashes)
			if !ok || edge.Tree() != oldTree {
				t.Fatalf("%d to %d: no frontier", m, n)
			}
			for _, x := range nodes {
				if x.end() > n || merkle.Root(leaves[x.first():x.end()]) != x.hash {
					t.Fatalf("%d to %d: node %v is not the one of that place", m, n, x.node)
				}
				seen++
			}
			// A hash that is not part of the tree leads to no frontier.
			for i := range p.Hashes {
				bad := append([]merkle.Hash(nil), p.Hashes...)
				bad[i][3] ^= 1
				nodes, _, ok := proofNodes(oldTree, newTree, bad)
				for _, x := range nodes {
					if ok && x.end() <= m && merkle.Root(leaves[x.first():x.end()]) != x.hash {
						t.Fatalf("%d to %d: a changed hash is taken for a node of the old tree", m, n)
					}
				}
			}
		}
	}
	if seen < 10_000 {
		t.Fatalf("only %d nodes were compared", seen)
	}
}

// leafTiles is a log of few leaves as a tile reader.
type leafTiles []merkle.Hash

func (l leafTiles) ReadTile(t merkle.Tile) ([]merkle.Hash, error) {
	width := 1 << (8 * t.Level)
	var out []merkle.Hash
	for i := range t.Width {
		first := (int(t.Index)*merkle.TileWidth + i) * width
		out = append(out, merkle.Root(l[first:first+width]))
	}
	return out, nil
}
