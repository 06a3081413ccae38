package verify

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/verify/internal/mpt"
)

// ProofReceipt is the proof type of an event that stands in a receipt: block
// header, and the nodes of the receipts trie down to the receipt.
const ProofReceipt = "eth-receipt-mpt/1"

// AnchoredTopic is the first topic of the registry's event,
// keccak256("Anchored(bytes32,uint64,bytes32,uint64)").
var AnchoredTopic = mpt.Keccak256([]byte("Anchored(bytes32,uint64,bytes32,uint64)"))

// Errors of CheckEvent.
var (
	// ErrEvent says that the bytes of a proof contradict each other or the
	// event that they are to prove.
	ErrEvent = errors.New("event is not proved")
	// ErrProofType says that the proof is of a type which this version cannot
	// check. It is no contradiction.
	ErrProofType = errors.New("unknown type of proof")
)

// An Event names one event of a registry and proves it by its block's hash.
// As JSON it is as in docs/formats/evidence.md.
type Event struct {
	ChainID  uint64 // EIP-155; not 0, below 2^53
	Registry checkpoint.Address
	Block    Block
	Proof    EventProof
}

// An EventProof leads from a block's hash to one log of one receipt.
type EventProof struct {
	Type     string   // ProofReceipt, or one that this version does not know
	Header   []byte   // RLP of the block header
	Nodes    [][]byte // RLP of the trie's nodes, root first, along rlp(TxIndex)
	TxIndex  uint64   // of the transaction in its block
	LogIndex uint64   // of the log in its receipt, not in the block
	Other    []byte   // of an unknown Type: the whole proof as RFC 8785 JSON
}

// NewEvent returns the event whose block has that header, proved by the nodes
// of its receipts trie. It takes hash, number and time from the header, and
// checks nothing else: CheckEvent does.
func NewEvent(chainID uint64, registry checkpoint.Address, header []byte, nodes [][]byte, txIndex, logIndex uint64) (Event, error) {
	h, err := mpt.ParseHeader(header)
	if err != nil {
		return Event{}, fmt.Errorf("block header: %w", err)
	}
	e := Event{
		ChainID:  chainID,
		Registry: registry,
		Block:    Block{Number: h.Number, Hash: h.Hash, Time: h.Time},
		Proof:    EventProof{Type: ProofReceipt, Header: header, Nodes: nodes, TxIndex: txIndex, LogIndex: logIndex},
	}
	return e, e.validate()
}

// CheckEvent checks that e is an Anchored event of that log, proved by the
// hash of its block, and returns what the event says. Whether the block is
// one of the chain, and whether the registry is trusted, is not its matter.
//
// An error wraps ErrProofType when the proof is of another type, and ErrEvent
// when the bytes contradict each other.
func CheckEvent(e Event, log checkpoint.LogID) (Anchored, error) {
	bad := func(format string, a ...any) (Anchored, error) {
		return Anchored{}, fmt.Errorf("%w: %w", ErrEvent, fmt.Errorf(format, a...))
	}
	if err := e.validate(); err != nil {
		return bad("%w", err)
	}
	if e.Proof.Type != ProofReceipt {
		return Anchored{}, fmt.Errorf("%w: %q", ErrProofType, clip(e.Proof.Type))
	}
	h, err := mpt.ParseHeader(e.Proof.Header)
	switch {
	case err != nil:
		return bad("block header: %w", err)
	case BlockHash(h.Hash) != e.Block.Hash:
		return bad("the header has the hash %s, and the evidence names %s", BlockHash(h.Hash), e.Block.Hash)
	case h.Number != e.Block.Number:
		return bad("the header is of block %d, and the evidence names block %d", h.Number, e.Block.Number)
	case h.Time != e.Block.Time:
		return bad("the header has the time %d, and the evidence names %d", h.Time, e.Block.Time)
	}
	value, err := mpt.Get(h.ReceiptsRoot, mpt.IndexKey(e.Proof.TxIndex), e.Proof.Nodes)
	if err != nil {
		return bad("receipt of transaction %d: %w", e.Proof.TxIndex, err)
	}
	l, err := mpt.ReceiptLog(value, e.Proof.LogIndex)
	if err != nil {
		return bad("receipt of transaction %d: %w", e.Proof.TxIndex, err)
	}
	return readAnchored(l, e, log)
}

// readAnchored reads the log of an
// event Anchored(bytes32 indexed logId, uint64 indexed size, bytes32 root, uint64 prevSize).
func readAnchored(l mpt.Log, e Event, log checkpoint.LogID) (Anchored, error) {
	bad := func(format string, a ...any) (Anchored, error) {
		return Anchored{}, fmt.Errorf("%w: log %d: %w", ErrEvent, e.Proof.LogIndex, fmt.Errorf(format, a...))
	}
	if l.Address != e.Registry {
		return bad("it was written by the contract %s, not by the registry %s", checkpoint.Address(l.Address), e.Registry)
	}
	if len(l.Topics) != 3 || l.Topics[0] != AnchoredTopic {
		return bad("it is not an Anchored event")
	}
	if l.Topics[1] != log {
		return bad("it is about the log %s, not about %s", checkpoint.LogID(l.Topics[1]), log)
	}
	if len(l.Data) != 64 {
		return bad("an Anchored event with %d bytes of data, want 64", len(l.Data))
	}
	size, ok := wordUint64(l.Topics[2])
	prev, ok2 := wordUint64([32]byte(l.Data[32:]))
	if !ok || !ok2 || prev >= size || size >= 1<<56 {
		return bad("its sizes are none that a registry writes: want previous size < size < 2^56")
	}
	return Anchored{Log: log, Size: size, Root: merkle.Hash(l.Data[:32]), PrevSize: prev, Block: e.Block}, nil
}

// wordUint64 reads a 32-byte word that holds a uint64 (Solidity ABI).
func wordUint64(w [32]byte) (uint64, bool) {
	return binary.BigEndian.Uint64(w[24:]), [24]byte(w[:24]) == [24]byte{}
}

// validate checks the shape and the limits of an event.
func (e Event) validate() error {
	switch {
	case e.ChainID == 0 || e.ChainID > maxNumber:
		return fmt.Errorf("event: chain id %d, want 1 to 2^53-1", e.ChainID)
	case e.Registry.IsZero():
		return errors.New("event: the registry is the zero address")
	case e.Block.Number > maxNumber || e.Block.Time > maxNumber:
		return errors.New("event: block number or time is 2^53 or more")
	}
	p := e.Proof
	if p.Type != ProofReceipt {
		if !visible(p.Type, 64) {
			return errors.New("event: the type of the proof is not 1 to 64 visible characters")
		}
		if p.Header != nil || p.Nodes != nil || p.TxIndex != 0 || p.LogIndex != 0 {
			return fmt.Errorf("event: a proof of type %q with members of another type", p.Type)
		}
		if err := canonicalValue(p.Other); err != nil {
			return fmt.Errorf("event: proof: %w", err)
		}
		return nil
	}
	switch {
	case p.Other != nil:
		return fmt.Errorf("event: a proof of type %q with members of another type", p.Type)
	case len(p.Header) > maxHeader:
		return fmt.Errorf("event: header of %d bytes, want at most %d", len(p.Header), maxHeader)
	case len(p.Nodes) > maxNodes:
		return fmt.Errorf("event: %d trie nodes, want at most %d", len(p.Nodes), maxNodes)
	case p.TxIndex > maxTrieIndex || p.LogIndex > maxTrieIndex:
		return errors.New("event: txIndex or logIndex is 2^32 or more")
	}
	return nil
}
