package merkle

import (
	"errors"
	"fmt"
	"math/bits"
)

// ErrProof is wrapped by every error that says: this proof does not prove it.
var ErrProof = errors.New("proof does not verify")

// A Tree is the head of an append-only log (RFC 9162, section 2.1.1).
type Tree struct {
	Size uint64 // leaves committed to; at most MaxSize
	Root Hash   // EmptyRoot when Size is 0
}

// An Inclusion shows that one leaf is in a Tree (RFC 9162, section 2.1.3).
//
// In a tree of a given size a leaf has one proof, and that proves no other
// index. But it does not bind the size: the same hashes may lead from the
// same leaf to the same root when they are read as the proof of another index
// in a tree of another size. So sizes must come from a signed checkpoint or
// a proven chain event, never from whoever hands over the proof.
type Inclusion struct {
	Index  uint64 // position of the leaf, counted from 0
	Hashes []Hash // siblings from the leaf up; at most 63
}

// A Consistency shows that a Tree is a prefix of a larger one (RFC 9162,
// section 2.1.4). It is empty when the old size is 0 or both sizes are equal.
// It does not bind the sizes either.
type Consistency struct {
	Hashes []Hash // at most 64
}

// CheckInclusion reports whether p proves that leaf is entry p.Index of t
// (RFC 9162, section 2.1.3.2). Nil means proved; an error wrapping ErrProof
// means refuted. It reads nothing but its arguments.
func (t Tree) CheckInclusion(leaf Hash, p Inclusion) error {
	root, err := rootFromInclusion(t.Size, leaf, p)
	if err != nil {
		return err
	}
	if root != t.Root {
		return fmt.Errorf("inclusion of leaf %d in tree of size %d leads to another root: %w", p.Index, t.Size, ErrProof)
	}
	return nil
}

func rootFromInclusion(size uint64, leaf Hash, p Inclusion) (Hash, error) {
	if size > MaxSize {
		return Hash{}, fmt.Errorf("tree of size %d, want at most %d: %w", size, uint64(MaxSize), ErrProof)
	}
	if p.Index >= size {
		return Hash{}, fmt.Errorf("leaf %d is not in a tree of size %d: %w", p.Index, size, ErrProof)
	}
	// Below the point where the path to the leaf leaves the path to the last
	// leaf every level has a sibling; above it only those where the path is
	// a right child.
	inner := bits.Len64(p.Index ^ (size - 1))
	border := bits.OnesCount64(p.Index >> inner)
	if len(p.Hashes) != inner+border {
		return Hash{}, fmt.Errorf("inclusion of leaf %d in tree of size %d has %d hashes, want %d: %w", p.Index, size, len(p.Hashes), inner+border, ErrProof)
	}
	h := leaf
	for i, s := range p.Hashes {
		if i >= inner || p.Index>>i&1 == 1 {
			h = NodeHash(s, h)
		} else {
			h = NodeHash(h, s)
		}
	}
	return h, nil
}

// CheckConsistency reports whether p proves that old is a prefix of t
// (RFC 9162, section 2.1.4.2). Nil means proved; an error wrapping ErrProof
// means refuted. Every tree extends the empty one, with an empty proof.
func (t Tree) CheckConsistency(old Tree, p Consistency) error {
	bad := func(what string) error {
		return fmt.Errorf("consistency from size %d to %d: %s: %w", old.Size, t.Size, what, ErrProof)
	}
	switch {
	case t.Size > MaxSize:
		return bad(fmt.Sprintf("a size past the limit of %d", uint64(MaxSize)))
	case old.Size > t.Size:
		return bad("the tree shrank")
	case old.Size == 0 || old.Size == t.Size:
		if len(p.Hashes) != 0 {
			return bad("the proof must be empty")
		}
		if old.Size == 0 && old.Root != EmptyRoot {
			return bad("the empty tree has another root")
		}
		if old.Size == t.Size && old.Root != t.Root {
			return bad("two roots for one size")
		}
		return nil
	}
	// The walk starts at the largest perfect subtree that ends at old.Size:
	// its hash is the first of the proof, or old.Root itself when old.Size is
	// a power of two.
	shift := bits.TrailingZeros64(old.Size)
	inner := bits.Len64((old.Size-1)^(t.Size-1)) - shift
	border := bits.OnesCount64((old.Size - 1) >> (inner + shift))
	path := p.Hashes
	start := old.Root
	if old.Size != 1<<shift {
		if len(path) == 0 {
			return bad("the proof is empty")
		}
		start, path = path[0], path[1:]
	}
	if len(path) != inner+border {
		return bad(fmt.Sprintf("%d hashes, want %d", len(p.Hashes), inner+border+len(p.Hashes)-len(path)))
	}
	oldRoot, newRoot := start, start
	pos := (old.Size - 1) >> shift
	for i, s := range path {
		if i >= inner || pos>>i&1 == 1 {
			oldRoot, newRoot = NodeHash(s, oldRoot), NodeHash(s, newRoot)
		} else {
			newRoot = NodeHash(newRoot, s)
		}
	}
	if oldRoot != old.Root {
		return bad("the proof leads to another old root")
	}
	if newRoot != t.Root {
		return bad("the proof leads to another new root")
	}
	return nil
}
