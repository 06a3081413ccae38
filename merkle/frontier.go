package merkle

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// MaxSize is the largest size of a Tree. A size fits an int64 and the tree
// over it is at most 63 nodes high.
const MaxSize = 1<<63 - 1

// A Frontier is the right edge of a growing tree: the roots of the perfect
// subtrees that its leaves split into, one for each bit set in the size
// (RFC 9162, section 2.1.2). It holds at most 63 hashes, and yet is enough
// to append leaves and to know the root.
//
// The zero value is the empty tree. Assignment copies a Frontier; the copy
// and the original then grow apart. A Frontier is not safe for concurrent
// use.
type Frontier struct {
	size uint64
	// roots[h] is the root of a perfect subtree of 1<<h leaves where bit h of
	// size is set, and stale where it is not. Entry 63 is never used by sizes
	// up to MaxSize.
	roots [64]Hash
}

// Size returns the number of leaves appended.
func (f *Frontier) Size() uint64 { return f.size }

// Tree returns the head of the tree, at the cost of one hash for each bit set
// in its size but the first.
func (f *Frontier) Tree() Tree {
	if f.size == 0 {
		return Tree{Root: EmptyRoot}
	}
	h := bits.TrailingZeros64(f.size)
	root := f.roots[h]
	for rest := f.size &^ (1 << h); rest != 0; rest &= rest - 1 {
		root = NodeHash(f.roots[bits.TrailingZeros64(rest)], root)
	}
	return Tree{Size: f.size, Root: root}
}

// Append adds one leaf.
func (f *Frontier) Append(leaf Hash) { f.add(0, leaf, nil) }

// AppendAll adds leaves in their order. Long slices are hashed on all cores;
// leaves is only read.
func (f *Frontier) AppendAll(leaves []Hash) { f.grow(0, leaves, nil) }

// An emit receives the roots of perfect subtrees of 256^level leaves, in the
// order of the leaves below them, each exactly once: the contents of the
// tiles of that level. It may keep the slice when it does not change it.
type emit func(level int, roots []Hash)

// add appends the root of a perfect subtree of 1<<h leaves; size must be a
// multiple of that. Each node of the tree is hashed when its last leaf
// arrives, and never again. The nodes above root go to e.
func (f *Frontier) add(h int, root Hash, e emit) {
	size := f.size + 1<<h
	for f.size>>h&1 == 1 {
		root = NodeHash(f.roots[h], root)
		h++
		if h%TileHeight == 0 && e != nil {
			e(h/TileHeight, []Hash{root})
		}
	}
	f.roots[h] = root
	f.size = size
}

// grow appends the roots of perfect subtrees of 1<<h leaves, h a multiple of
// TileHeight; they and the nodes above them go to e. Whole tiles are reduced
// to their roots on all cores, and those are appended in the same way one
// level up.
func (f *Frontier) grow(h int, roots []Hash, e emit) {
	if e != nil {
		e(h/TileHeight, roots)
	}
	for len(roots) > 0 && f.size>>h%TileWidth != 0 {
		f.add(h, roots[0], e)
		roots = roots[1:]
	}
	if n := len(roots) / TileWidth * TileWidth; n > 0 {
		f.grow(h+TileHeight, tileRoots(roots[:n]), e)
		roots = roots[n:]
	}
	for _, root := range roots {
		f.add(h, root, e)
	}
}

// MarshalBinary returns the size in 8 bytes, big-endian, followed by the
// 32-byte roots of the perfect subtrees, largest (leftmost) first.
func (f Frontier) MarshalBinary() ([]byte, error) {
	b := binary.BigEndian.AppendUint64(nil, f.size)
	for h := bits.Len64(f.size) - 1; h >= 0; h-- {
		if f.size>>h&1 == 1 {
			b = append(b, f.roots[h][:]...)
		}
	}
	return b, nil
}

// UnmarshalBinary accepts just what MarshalBinary returns for a size of at
// most MaxSize, and leaves f unchanged when it returns an error.
func (f *Frontier) UnmarshalBinary(data []byte) error {
	if len(data) < 8 {
		return fmt.Errorf("frontier has %d bytes, want at least 8", len(data))
	}
	size := binary.BigEndian.Uint64(data)
	data = data[8:]
	if size > MaxSize {
		return fmt.Errorf("frontier of size %d, want at most %d", size, uint64(MaxSize))
	}
	if want := bits.OnesCount64(size) * HashSize; len(data) != want {
		return fmt.Errorf("frontier of size %d has %d bytes of hashes, want %d", size, len(data), want)
	}
	*f = Frontier{size: size}
	for h := bits.Len64(size) - 1; h >= 0; h-- {
		if size>>h&1 == 1 {
			f.roots[h] = Hash(data[:HashSize])
			data = data[HashSize:]
		}
	}
	return nil
}
