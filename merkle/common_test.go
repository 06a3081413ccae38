package merkle

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// This file holds what the tests share: a naive reference model, written
// after the recursive definitions of RFC 9162 and not after this package.

// testLeaves returns n leaf hashes, those of the entries 0, 1, … in 8 bytes.
func testLeaves(n int) []Hash {
	leaves := make([]Hash, n)
	for i := range leaves {
		leaves[i] = LeafHash(testEntry(i))
	}
	return leaves
}

func testEntry(i int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(i)) }

// modelRoot is MTH of RFC 9162, section 2.1.1.
func modelRoot(leaves []Hash) Hash {
	switch len(leaves) {
	case 0:
		return EmptyRoot
	case 1:
		return leaves[0]
	}
	k := modelSplit(len(leaves))
	return NodeHash(modelRoot(leaves[:k]), modelRoot(leaves[k:]))
}

// modelSplit returns the largest power of two below n.
func modelSplit(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

// modelPath is PATH of RFC 9162, section 2.1.3.1.
func modelPath(m int, leaves []Hash) []Hash {
	if len(leaves) <= 1 {
		return nil
	}
	k := modelSplit(len(leaves))
	if m < k {
		return append(modelPath(m, leaves[:k]), modelRoot(leaves[k:]))
	}
	return append(modelPath(m-k, leaves[k:]), modelRoot(leaves[:k]))
}

// modelProof is PROOF of RFC 9162, section 2.1.4.1.
func modelProof(m int, leaves []Hash) []Hash {
	if m == 0 || m == len(leaves) {
		return nil
	}
	return modelSubproof(m, leaves, true)
}

func modelSubproof(m int, leaves []Hash, whole bool) []Hash {
	if m == len(leaves) {
		if whole {
			return nil
		}
		return []Hash{modelRoot(leaves)}
	}
	k := modelSplit(len(leaves))
	if m <= k {
		return append(modelSubproof(m, leaves[:k], whole), modelRoot(leaves[k:]))
	}
	return append(modelSubproof(m-k, leaves[k:], false), modelRoot(leaves[:k]))
}

// memTiles is a log's tiles in memory: the widest of each level and index.
type memTiles struct {
	tiles map[tileKey][]Hash
	reads atomic.Int64
}

func newMemTiles() *memTiles { return &memTiles{tiles: make(map[tileKey][]Hash)} }

func (m *memTiles) put(changed []TileData) {
	for _, d := range changed {
		m.tiles[tileKey{d.Tile.Level, d.Tile.Index}] = d.Hashes
	}
}

func (m *memTiles) ReadTile(t Tile) ([]Hash, error) {
	m.reads.Add(1)
	hashes := m.tiles[tileKey{t.Level, t.Index}]
	if t.Width < 1 || len(hashes) < t.Width {
		return nil, fmt.Errorf("no tile of that width, only %d", len(hashes))
	}
	return hashes[:t.Width], nil
}

// buildTiles returns the tiles over leaves, built in one batch.
func buildTiles(t testing.TB, leaves []Hash) *memTiles {
	t.Helper()
	b, err := NewTileBuilder(nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, changed, err := b.Grow(leaves)
	if err != nil {
		t.Fatal(err)
	}
	m := newMemTiles()
	m.put(changed)
	return m
}

// tlogHashes is storage for golang.org/x/mod/sumdb/tlog, the first oracle.
type tlogHashes []tlog.Hash

func (s tlogHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = s[x]
	}
	return out, nil
}

func tlogOver(t testing.TB, leaves []Hash) tlogHashes {
	t.Helper()
	var s tlogHashes
	for i, leaf := range leaves {
		hashes, err := tlog.StoredHashesForRecordHash(int64(i), tlog.Hash(leaf), s)
		if err != nil {
			t.Fatal(err)
		}
		s = append(s, hashes...)
	}
	return s
}
