package merkle_test

import (
	"errors"
	"fmt"

	"github.com/akashi-project/akashi/merkle"
)

// tiles is what a store keeps of a log: its tiles by their level and index.
type tiles map[[2]uint64][]merkle.Hash

func (s tiles) ReadTile(t merkle.Tile) ([]merkle.Hash, error) {
	hashes := s[[2]uint64{uint64(t.Level), t.Index}]
	if len(hashes) < t.Width {
		return nil, errors.New("no such tile")
	}
	return hashes[:t.Width], nil
}

// The worked example of the package comment, which is that of RFC 9162,
// section 2.1.5: a log that grows from three entries to seven.
func Example() {
	var leaves []merkle.Hash
	for _, entry := range []string{"d0", "d1", "d2", "d3", "d4", "d5", "d6"} {
		leaves = append(leaves, merkle.LeafHash([]byte(entry)))
	}

	// A store starts with nothing, and puts into its transaction the tiles
	// that each batch changes.
	stored := make(tiles)
	builder, err := merkle.NewTileBuilder(stored, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	var trees []merkle.Tree
	for _, batch := range [][]merkle.Hash{leaves[:3], leaves[3:]} {
		next, changed, err := builder.Grow(batch)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, d := range changed {
			fmt.Println("store", d.Tile)
			stored[[2]uint64{uint64(d.Tile.Level), d.Tile.Index}] = d.Hashes
		}
		builder = next
		trees = append(trees, builder.Tree())
	}
	three, seven := trees[0], trees[1]
	fmt.Println(three.Size, three.Root)
	fmt.Println(seven.Size, seven.Root)

	// Anyone who has the tiles makes proofs.
	prover := merkle.NewProver(stored, 16)
	inclusion, err := prover.Inclusion(seven, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	consistency, err := prover.Consistency(three, seven)
	if err != nil {
		fmt.Println(err)
		return
	}
	a, b, c, d, e, f, j := leaves[0], leaves[1], leaves[2], leaves[3], leaves[4], leaves[5], leaves[6]
	g, i := merkle.NodeHash(a, b), merkle.NodeHash(e, f)
	l := merkle.NodeHash(i, j)
	fmt.Println("inclusion of d3 is c, g, l:", fmt.Sprint(inclusion.Hashes) == fmt.Sprint([]merkle.Hash{c, g, l}))
	fmt.Println("consistency from 3 to 7 is c, d, g, l:", fmt.Sprint(consistency.Hashes) == fmt.Sprint([]merkle.Hash{c, d, g, l}))

	// And anyone who has a head from a source worth trusting checks them.
	fmt.Println(seven.CheckInclusion(merkle.LeafHash([]byte("d3")), inclusion))
	fmt.Println(seven.CheckConsistency(three, consistency))
	fmt.Println(seven.CheckInclusion(merkle.LeafHash([]byte("d4")), inclusion))

	// Output:
	// store tile/0/000.p/3
	// store tile/0/000.p/7
	// 3 c64c5b9326951a2db82d5462565696286659d1c7a4a26a92703568f63462f7ba
	// 7 73a590fb266b81557040b146b9d479e2a1b5849b125167642f5b64866f1d5c7d
	// inclusion of d3 is c, g, l: true
	// consistency from 3 to 7 is c, d, g, l: true
	// <nil>
	// <nil>
	// inclusion of leaf 3 in tree of size 7 leads to another root: proof does not verify
}
