package mpt

import (
	"errors"
	"fmt"
)

// ErrReceipt is wrapped by every error that says: this receipt has no such
// log, or its transaction failed.
var ErrReceipt = errors.New("no such log in the receipt")

// A Log is one log of a receipt.
type Log struct {
	Address [20]byte // of the contract that wrote it
	Topics  [][32]byte
	Data    []byte
}

// maxTopics is what the EVM's LOG4 writes.
const maxTopics = 4

// ReceiptLog returns log number index of a receipt, as the receipts trie
// holds it: the RLP list of status, gas used, bloom and logs, behind the type
// of its transaction when that has one (EIP-2718). The transaction must have
// succeeded: status 1 (EIP-658). Fields that a chain appends to the four are
// passed over.
func ReceiptLog(value []byte, index uint64) (Log, error) {
	bad := func(format string, a ...any) (Log, error) {
		return Log{}, fmt.Errorf("%w: %w", ErrReceipt, fmt.Errorf(format, a...))
	}
	// A type is 0x01 to 0x7f; a list begins at 0xc0.
	if len(value) > 0 && 0 < value[0] && value[0] < 0x80 {
		value = value[1:]
	}
	it, err := whole(value)
	if err != nil {
		return bad("%w", err)
	}
	fields, err := it.items(16)
	if err != nil {
		return bad("%w", err)
	}
	if len(fields) < 4 {
		return bad("%d fields, want 4 or more", len(fields))
	}
	status, err := fields[0].bytes()
	if err != nil {
		return bad("status: %w", err)
	}
	if len(status) != 1 || status[0] != 1 {
		return bad("its transaction did not succeed")
	}
	if !fields[3].list {
		return bad("its logs are not a list")
	}
	rest := fields[3].content
	for i := uint64(0); ; i++ {
		if len(rest) == 0 {
			return bad("it has %d logs, and log %d is asked for", i, index)
		}
		var entry item
		if entry, rest, err = split(rest); err != nil {
			return bad("log %d: %w", i, err)
		}
		if i < index {
			continue
		}
		l, err := parseLog(entry)
		if err != nil {
			return bad("log %d: %w", i, err)
		}
		return l, nil
	}
}

func parseLog(entry item) (Log, error) {
	fields, err := entry.items(3)
	if err != nil {
		return Log{}, err
	}
	if len(fields) != 3 {
		return Log{}, fmt.Errorf("%d fields, want 3", len(fields))
	}
	var l Log
	address, err := fields[0].bytes()
	if err != nil {
		return Log{}, err
	}
	if len(address) != len(l.Address) {
		return Log{}, fmt.Errorf("an address of %d bytes", len(address))
	}
	copy(l.Address[:], address)
	topics, err := fields[1].items(maxTopics)
	if err != nil {
		return Log{}, err
	}
	for _, t := range topics {
		word, err := t.word()
		if err != nil {
			return Log{}, err
		}
		l.Topics = append(l.Topics, word)
	}
	l.Data, err = fields[2].bytes()
	return l, err
}
