package audit

import (
	"encoding/binary"
	"fmt"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

var (
	registry = contracts.NewAnchorRegistry()
	kinds    = func() map[common.Hash]string {
		m := map[common.Hash]string{}
		for name, e := range contracts.ABI().Events {
			m[e.ID] = name
		}
		return m
	}()
)

// The events of the registry, by their names in its interface.
const (
	opened          = "LogOpened"
	anchored        = "Anchored"
	keysChanged     = "KeysChanged"
	operatorChanged = "OperatorChanged"
	ownerOffered    = "OwnerOffered"
	ownerChanged    = "OwnerChanged"
	logClosed       = "LogClosed"
	skipped         = "Skipped"
)

// An event is one of the registry's. Which fields count depends on its kind.
// They are exported for the state file.
type event struct {
	Kind  string
	Block uint64
	Hash  verify.BlockHash // of the block
	Tx    verify.BlockHash
	Index uint64 // within the block

	Size     uint64 // anchored, keysChanged, logClosed
	Prev     uint64 // anchored
	Root     merkle.Hash
	Account  checkpoint.Address // operator, owner or new owner
	Previous checkpoint.Address // what it was before; of an offer: who offers
	Owner    checkpoint.Address // opened
	Origin   string
	Keys     []byte
}

// readEvent reads an event of the registry.
func readEvent(l *types.Log) (e event, err error) {
	e = event{Kind: kinds[l.Topics[0]], Block: l.BlockNumber, Hash: verify.BlockHash(l.BlockHash), Tx: verify.BlockHash(l.TxHash), Index: uint64(l.Index)}
	switch e.Kind {
	case opened:
		u, err := registry.UnpackLogOpenedEvent(l)
		if err != nil {
			return e, badEvent(l)
		}
		e.Owner, e.Account, e.Origin, e.Keys = checkpoint.Address(u.Owner), checkpoint.Address(u.Operator), u.Origin, u.Keys
	case anchored:
		u, err := registry.UnpackAnchoredEvent(l)
		if err != nil || u.PrevSize >= u.Size || u.Size >= 1<<56 {
			return e, badEvent(l)
		}
		e.Size, e.Prev, e.Root = u.Size, u.PrevSize, u.Root
	case keysChanged:
		u, err := registry.UnpackKeysChangedEvent(l)
		if err != nil || u.AtSize >= 1<<56 {
			return e, badEvent(l)
		}
		e.Size, e.Keys = u.AtSize, u.Keys
	case operatorChanged:
		u, err := registry.UnpackOperatorChangedEvent(l)
		if err != nil {
			return e, badEvent(l)
		}
		e.Account, e.Previous = checkpoint.Address(u.Operator), checkpoint.Address(u.Previous)
	case ownerOffered:
		u, err := registry.UnpackOwnerOfferedEvent(l)
		if err != nil {
			return e, badEvent(l)
		}
		e.Account, e.Previous = checkpoint.Address(u.NewOwner), checkpoint.Address(u.Owner)
	case ownerChanged:
		u, err := registry.UnpackOwnerChangedEvent(l)
		if err != nil {
			return e, badEvent(l)
		}
		e.Account, e.Previous = checkpoint.Address(u.Owner), checkpoint.Address(u.Previous)
	case logClosed:
		u, err := registry.UnpackLogClosedEvent(l)
		if err != nil || u.Size >= 1<<56 {
			return e, badEvent(l)
		}
		e.Size, e.Root = u.Size, u.Root
	case skipped:
	default:
		return e, badEvent(l)
	}
	return e, nil
}

func badEvent(l *types.Log) error {
	return fmt.Errorf("event %d of block %d is none of a registry", l.Index, l.BlockNumber)
}

// appendEvent appends what is hashed of an event: block number, block hash,
// transaction hash, number within the block, count of topics, topics, length
// of the data, data; numbers in 8 bytes, big-endian.
func appendEvent(b []byte, l *types.Log) []byte {
	b = binary.BigEndian.AppendUint64(b, l.BlockNumber)
	b = append(b, l.BlockHash[:]...)
	b = append(b, l.TxHash[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(l.Index))
	b = binary.BigEndian.AppendUint64(b, uint64(len(l.Topics)))
	for _, t := range l.Topics {
		b = append(b, t[:]...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(len(l.Data)))
	return append(b, l.Data...)
}
