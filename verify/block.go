package verify

import (
	"encoding/hex"
	"fmt"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
)

// A BlockHash is keccak256 of a block's header, or of another Ethereum value
// of 32 bytes. As text it is "0x" and 64 lower-case hexadecimal digits.
type BlockHash [32]byte

// String returns "0x" and 64 lower-case hexadecimal digits.
func (h BlockHash) String() string { return "0x" + hex.EncodeToString(h[:]) }

// IsZero reports whether h is all zeros, which no hash is.
func (h BlockHash) IsZero() bool { return h == BlockHash{} }

// MarshalText returns what String does.
func (h BlockHash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText accepts just what MarshalText returns.
func (h *BlockHash) UnmarshalText(text []byte) error {
	b, err := unhex("hash", text, true)
	if err != nil {
		return err
	}
	if len(b) != len(h) {
		return fmt.Errorf("hash is not 0x and %d hexadecimal digits", 2*len(h))
	}
	copy(h[:], b)
	return nil
}

// A Block names one block of a chain.
type Block struct {
	Number uint64    `json:"number"`
	Hash   BlockHash `json:"hash"`
	Time   uint64    `json:"time"` // Unix seconds, of the header
}

// An Anchored is what one Anchored event of the registry says: the head of a
// log, and the size of the head before it.
type Anchored struct {
	Log      checkpoint.LogID
	Size     uint64      // above PrevSize, below 2^56
	Root     merkle.Hash // of the tree of that size
	PrevSize uint64      // 0 for the first anchor of the log
	Block    Block
}

// Tree returns the head that the event anchored.
func (a Anchored) Tree() merkle.Tree { return merkle.Tree{Size: a.Size, Root: a.Root} }

// Covers reports whether this anchor is the first that holds the entry at
// index: the sizes of one log's anchors follow each other without gaps, so
// that exactly one does.
func (a Anchored) Covers(index uint64) bool { return a.PrevSize <= index && index < a.Size }
