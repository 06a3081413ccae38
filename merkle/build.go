package merkle

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Root returns the root of the tree over leaves (RFC 9162, section 2.1.1),
// hashing on all cores.
func Root(leaves []Hash) Hash {
	var f Frontier
	f.AppendAll(leaves)
	return f.Tree().Root
}

// LeafHashes returns LeafHash of each entry, hashing on all cores.
func LeafHashes(entries [][]byte) []Hash {
	leaves := make([]Hash, len(entries))
	parallel((len(entries)+TileWidth-1)/TileWidth, func(block int) {
		lo := block * TileWidth
		hi := min(lo+TileWidth, len(entries))
		for i := lo; i < hi; i++ {
			leaves[i] = LeafHash(entries[i])
		}
	})
	return leaves
}

// tileRoots returns the root of each full tile in leaves, whose length is a
// multiple of TileWidth.
func tileRoots(leaves []Hash) []Hash {
	roots := make([]Hash, len(leaves)/TileWidth)
	parallel(len(roots), func(i int) {
		roots[i] = tileRoot(leaves[i*TileWidth : (i+1)*TileWidth])
	})
	return roots
}

// tileRoot returns the root over exactly TileWidth leaves.
func tileRoot(leaves []Hash) Hash {
	var row [TileWidth / 2]Hash
	hashPairs(row[:], leaves)
	for n := TileWidth / 4; n > 0; n /= 2 {
		hashPairs(row[:n], row[:2*n])
	}
	return row[0]
}

// hashPairs sets dst[i] to the node over src[2i] and src[2i+1]. The two may
// begin at the same element.
func hashPairs(dst, src []Hash) {
	// NodeHash, with one buffer for all: bulk building is little else.
	var buf [1 + 2*HashSize]byte
	buf[0] = 0x01
	src = src[:2*len(dst)]
	for i := range dst {
		copy(buf[1:], src[2*i][:])
		copy(buf[1+HashSize:], src[2*i+1][:])
		dst[i] = sha256.Sum256(buf[:])
	}
}

// minParallel is the number of blocks of 256 hashes (some 30 µs each) from
// which on it pays to wake other cores.
const minParallel = 4

// parallel calls do(0) … do(n-1), on all cores when n is large, and returns
// when all calls have.
func parallel(n int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if n < minParallel || workers == 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			do(int(i))
		}
	}
	var wg sync.WaitGroup
	for range workers - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}

// TileData is a tile with its hashes.
type TileData struct {
	Tile   Tile
	Hashes []Hash // Tile.Width of them
}

// A TileBuilder grows the tiles of a log batch by batch. It holds the right
// edge of the tree and no more: at most 8 partial tiles, 64 KiB. It never
// changes after it is made, so that a caller whose transaction fails goes on
// with the builder it had; it is safe for concurrent use.
type TileBuilder struct {
	frontier Frontier
	edge     [tileLevels][]Hash // the partial tile of each level
}

// NewTileBuilder returns the builder of the log that has size leaves, having
// read its partial tiles. Size 0 reads nothing; r may be nil then.
func NewTileBuilder(r TileReader, size uint64) (*TileBuilder, error) {
	if err := checkSize(size); err != nil {
		return nil, err
	}
	b := new(TileBuilder)
	b.frontier.size = size
	for level := range tileLevels {
		t, ok := edgeTile(size, level)
		if !ok {
			continue
		}
		hashes, err := readTile(r, t)
		if err != nil {
			return nil, err
		}
		b.edge[level] = hashes
		// The bits of size that this level stands for are the bits of its
		// partial tile's width.
		for h := TileHeight - 1; h >= 0; h-- {
			if t.Width>>h&1 == 1 {
				b.frontier.roots[level*TileHeight+h] = perfectRoot(hashes[:1<<h])
				hashes = hashes[1<<h:]
			}
		}
	}
	return b, nil
}

// perfectRoot returns the root over leaves, whose number is a power of two
// below TileWidth.
func perfectRoot(leaves []Hash) Hash {
	var row [TileWidth / 2]Hash
	n := copy(row[:], leaves)
	for n /= 2; n > 0; n /= 2 {
		hashPairs(row[:n], row[:2*n])
	}
	return row[0]
}

// Tree returns the head of the log.
func (b *TileBuilder) Tree() Tree { return b.frontier.Tree() }

// Frontier returns the right edge of the log.
func (b *TileBuilder) Frontier() Frontier { return b.frontier }

// Grow returns the builder of the log with leaves appended, and the tiles
// that this changes: those of TilesFor, in the same order, lowest level
// first. Every node is hashed exactly once over the life of a log, on all
// cores when there are many.
//
// The caller must not change leaves or the hashes returned, which share
// memory with leaves and with the new builder.
func (b *TileBuilder) Grow(leaves []Hash) (*TileBuilder, []TileData, error) {
	oldSize := b.frontier.size
	if uint64(len(leaves)) > MaxSize-oldSize {
		return nil, nil, fmt.Errorf("a tree of %d leaves cannot take %d more: the limit is %d", oldSize, len(leaves), uint64(MaxSize))
	}
	if len(leaves) == 0 {
		return b, nil, nil
	}
	next := &TileBuilder{frontier: b.frontier, edge: b.edge}
	var done [tileLevels][]TileData
	var index [tileLevels]uint64 // of the tile that edge holds
	var own [tileLevels]bool     // edge is next's alone and may be appended to
	for level := range tileLevels {
		index[level] = oldSize >> (TileHeight * (level + 1))
	}
	finish := func(level int, hashes []Hash) {
		t := Tile{Level: uint8(level), Index: index[level], Width: len(hashes)}
		done[level] = append(done[level], TileData{Tile: t, Hashes: hashes})
		index[level]++
	}
	next.frontier.grow(0, leaves, func(level int, hashes []Hash) {
		edge := next.edge[level]
		for len(hashes) > 0 {
			if len(edge) == 0 && len(hashes) >= TileWidth {
				finish(level, hashes[:TileWidth:TileWidth])
				hashes = hashes[TileWidth:]
				continue
			}
			if !own[level] {
				edge = append(make([]Hash, 0, TileWidth), edge...)
				own[level] = true
			}
			n := min(len(hashes), TileWidth-len(edge))
			edge = append(edge, hashes[:n]...)
			hashes = hashes[n:]
			if len(edge) == TileWidth {
				finish(level, edge)
				edge, own[level] = nil, false
			}
		}
		next.edge[level] = edge
	})
	var changed []TileData
	for level := range tileLevels {
		if own[level] && len(next.edge[level]) > 0 {
			finish(level, next.edge[level])
		}
		changed = append(changed, done[level]...)
	}
	return next, changed, nil
}

func checkSize(size uint64) error {
	if size > MaxSize {
		return fmt.Errorf("tree of size %d, want at most %d", size, uint64(MaxSize))
	}
	return nil
}
