package audit

import (
	"math/bits"
	"slices"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/merkle"
	"github.com/ethereum/go-ethereum/accounts/abi"
)

// abiOf is the registry's interface.
func abiOf() *abi.ABI { return contracts.ABI() }

// A node is the root of a perfect subtree: of the 1<<height entries from
// index<<height on.
type node struct {
	height int
	index  uint64
}

func (n node) first() uint64 { return n.index << n.height }
func (n node) end() uint64   { return (n.index + 1) << n.height }

// A call is what the calldata of a transaction says of one anchor.
type call struct {
	root  merkle.Hash
	proof []merkle.Hash // of consistency with the anchor before
}

// callIn finds an anchor in the calldata of its transaction; false when the
// registry was called by another contract.
func callIn(input []byte, log checkpoint.LogID, size uint64) (c call, ok bool) {
	if len(input) < 4 {
		return c, false
	}
	m, err := abiOf().MethodById(input[:4])
	if err != nil {
		return c, false
	}
	values, err := m.Inputs.Unpack(input[4:])
	if err != nil {
		return c, false
	}
	switch m.Name {
	case "anchor":
		id, ok1 := values[0].([32]byte)
		n, ok2 := values[1].(uint64)
		root, ok3 := values[2].([32]byte)
		proof, ok4 := values[3].([][32]byte)
		if ok1 && ok2 && ok3 && ok4 && id == log && n == size {
			return call{root, hashes(proof)}, true
		}
	case "anchorMany":
		items := *abi.ConvertType(values[0], new([]contracts.SignedAnchor)).(*[]contracts.SignedAnchor)
		for _, it := range items {
			if it.LogId == log && it.Size == size {
				// Of several of one size the registry took one at most.
				c, ok = call{it.Root, hashes(it.Proof)}, !ok
			}
		}
	}
	return c, ok
}

func hashes(p [][32]byte) []merkle.Hash {
	out := make([]merkle.Hash, len(p))
	for i := range p {
		out[i] = p[i]
	}
	return out
}

// A truth is a node whose hash a proof shows to be part of an anchored tree.
type truth struct {
	node
	hash merkle.Hash
}

// proofNodes says which nodes the hashes of a consistency proof are, and the
// frontier of the old tree, which they are enough for. The proof must have
// been checked. A last node that the new tree cuts off is left out.
func proofNodes(old, new merkle.Tree, p []merkle.Hash) (nodes []truth, edge merkle.Frontier, ok bool) {
	if old.Size == 0 || old.Size >= new.Size {
		return nil, edge, old.Size == 0
	}
	// This is the walk of merkle.Tree.CheckConsistency (RFC 9162, section
	// 2.1.4.2), with the place of each hash in mind.
	shift := bits.TrailingZeros64(old.Size)
	start := old.Root
	if old.Size != 1<<shift {
		if len(p) == 0 {
			return nil, edge, false
		}
		start, p = p[0], p[1:]
	}
	last := old.Size - 1
	inner := bits.Len64(last ^ (new.Size - 1))
	nodes = append(nodes, truth{node{shift, last >> shift}, start})
	left := []truth{nodes[0]}
	for h := shift; len(p) > 0; h++ {
		if h >= 64 {
			return nil, edge, false
		}
		isLeft := last>>h&1 == 1
		if h >= inner && !isLeft {
			continue // above the point where the two paths join only left siblings count
		}
		t := truth{node{h, last>>h ^ 1}, p[0]}
		p = p[1:]
		if isLeft {
			left = append(left, t)
		}
		if isLeft || t.index < new.Size>>h {
			nodes = append(nodes, t)
		}
	}
	b := make([]byte, 8, 8+len(left)*merkle.HashSize)
	for i := range 8 {
		b[i] = byte(old.Size >> (56 - 8*i))
	}
	slices.Reverse(left)
	for _, t := range left {
		b = append(b, t.hash[:]...)
	}
	if edge.UnmarshalBinary(b) != nil || edge.Tree() != old {
		return nil, edge, false
	}
	return nodes, edge, true
}
