package merkle

import "fmt"

// The shape of the status tree (docs/formats/status.md).
const (
	ChunkSize        = 32            // bytes in a chunk
	StatusPerChunk   = ChunkSize * 4 // targets in a chunk, two bits each
	StatusTileChunks = TileWidth     // chunks in a status tile
	StatusPerTile    = StatusPerChunk * StatusTileChunks
	StatusTileSize   = ChunkSize * StatusTileChunks // 8,192 bytes
)

// A Chunk is one leaf of the status tree before hashing: the states of 128
// targets, two bits each, the first in the two highest bits of byte 0.
type Chunk [ChunkSize]byte

// State returns the state (0 … 3) of target, any of the log, in the chunk
// that holds it: target/128.
func (c *Chunk) State(target uint64) uint8 {
	i := target % StatusPerChunk
	return c[i/4] >> statusShift(i) & 3
}

// Set sets the state of target, any of the log, in the chunk that holds it.
// Only the two low bits of state count.
func (c *Chunk) Set(target uint64, state uint8) {
	i := target % StatusPerChunk
	c[i/4] = c[i/4]&^(3<<statusShift(i)) | state&3<<statusShift(i)
}

func statusShift(i uint64) uint64 { return 6 - 2*(i%4) }

// leafHash returns the leaf of the status tree: SHA-256(0x00 ‖ chunk).
func (c *Chunk) leafHash() Hash { return LeafHash(c[:]) }

// StatusChunks returns ⌈n/128⌉: the chunks, and so the leaves, of the status
// tree over n targets.
func StatusChunks(n uint64) uint64 { return ceilDiv(n, StatusPerChunk) }

// StatusTiles returns ⌈n/32768⌉: the status tiles over n targets.
func StatusTiles(n uint64) uint64 { return ceilDiv(n, StatusPerTile) }

func ceilDiv(n, d uint64) uint64 {
	q := n / d
	if n%d != 0 {
		q++
	}
	return q
}

// CheckStatus reports whether proof shows that c is the chunk which holds
// target in the status tree with root statusRoot over the n targets 0 … n−1.
// The number of the chunk and of the tree's leaves follow from target and n:
// n is the index of the head entry that holds statusRoot, and must come, as
// target must, from proven inclusion under a proven size. Bits past the last
// target must be zero. Nil means proved, and that c.State(target) is the
// state; an error wrapping ErrProof means refuted.
func CheckStatus(statusRoot Hash, n, target uint64, c Chunk, proof []Hash) error {
	if target >= n {
		return fmt.Errorf("a head at index %d says nothing of entry %d: %w", n, target, ErrProof)
	}
	chunk := target / StatusPerChunk
	if i, ok := c.stray(chunk, n); ok {
		return fmt.Errorf("status chunk %d under the head at index %d has a state for entry %d: %w", chunk, n, i, ErrProof)
	}
	t := Tree{Size: StatusChunks(n), Root: statusRoot}
	if err := t.CheckInclusion(c.leafHash(), Inclusion{Index: chunk, Hashes: proof}); err != nil {
		return fmt.Errorf("status chunk under the head at index %d: %w", n, err)
	}
	return nil
}

// stray returns a target not below n whose state in c, the chunk of the given
// number, is not 0.
func (c *Chunk) stray(chunk, n uint64) (target uint64, ok bool) {
	first := chunk * StatusPerChunk
	for i := range uint64(StatusPerChunk) {
		if first+i >= n && c.State(i) != 0 {
			return first + i, true
		}
	}
	return 0, false
}
