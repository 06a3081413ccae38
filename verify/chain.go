package verify

import (
	"context"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
)

// A Chain answers questions about one Ethereum-compatible chain. What it says
// is believed, as far as it does not contradict the evidence or itself; so it
// is the verifier's own choice, never the evidence's.
//
// Every error means "could not be asked", whatever the reason, and leads to
// "could not tell". Each method returns soon after its context is done.
// Methods may be called by many goroutines at once.
type Chain interface {
	// ChainID returns the chain's EIP-155 id.
	ChainID(ctx context.Context) (uint64, error)

	// CodeHash returns keccak256 of the runtime code at that address in the
	// latest block: for an account without code, keccak256 of nothing.
	CodeHash(ctx context.Context, address checkpoint.Address) (BlockHash, error)

	// Finalized returns the highest block that will not be undone.
	Finalized(ctx context.Context) (Block, error)

	// Block returns the canonical block of that number. That there is none is
	// an error.
	Block(ctx context.Context, number uint64) (Block, error)

	// LogHead returns what the registry held for the log after block at.
	LogHead(ctx context.Context, log checkpoint.LogRef, at Block) (LogHead, error)

	// Anchored returns the Anchored events of that log in the canonical block
	// of that number, in the order of the block; none is no error.
	Anchored(ctx context.Context, log checkpoint.LogRef, number uint64) ([]Anchored, error)

	// KeyChanges returns every KeysChanged event of that log in canonical
	// blocks up to block at, oldest first; none is no error. That it cannot be
	// known to be every one is an error.
	KeyChanges(ctx context.Context, log checkpoint.LogRef, at Block) ([]KeyChange, error)
}

// A KeyChange is a KeysChanged event: from a size on, other keys sign the
// log's checkpoints.
type KeyChange struct {
	AtSize uint64 // entries anchored in that block
	Keys   []byte // as the owner announced them, of whatever form
	Block  Block
}

// A LogHead is the head of a log in the state of one block.
type LogHead struct {
	Size   uint64 // 0: opened and not anchored, or not opened
	Root   merkle.Hash
	Time   uint64 // of the block that anchored it, Unix seconds; 0 when Size is
	Closed bool   // the log takes no further anchor
}
