package mpt

import "fmt"

// A Header holds the fields of a block header that evidence rests on.
type Header struct {
	Hash         [32]byte // keccak256 of the RLP
	ReceiptsRoot [32]byte
	Number       uint64
	Time         uint64 // Unix seconds
}

// Places of fields in a block header (Yellow Paper, section 4.4). The first
// 15 have kept their meaning since the first block; hard forks append others,
// and what those mean does not matter here.
const (
	fieldReceiptsRoot = 5
	fieldNumber       = 8
	fieldTime         = 11
	minHeaderFields   = 15
	maxHeaderFields   = 64
)

// ParseHeader reads the RLP of a block header. It asks nothing of the fields
// that it does not return but that they be RLP items.
func ParseHeader(b []byte) (Header, error) {
	it, err := whole(b)
	if err != nil {
		return Header{}, err
	}
	fields, err := it.items(maxHeaderFields)
	if err != nil {
		return Header{}, err
	}
	if len(fields) < minHeaderFields {
		return Header{}, fmt.Errorf("%w: a header of %d fields, want %d or more", ErrRLP, len(fields), minHeaderFields)
	}
	h := Header{Hash: Keccak256(b)}
	if h.ReceiptsRoot, err = fields[fieldReceiptsRoot].word(); err != nil {
		return Header{}, fmt.Errorf("receipts root: %w", err)
	}
	if h.Number, err = fields[fieldNumber].number(); err != nil {
		return Header{}, fmt.Errorf("number: %w", err)
	}
	if h.Time, err = fields[fieldTime].number(); err != nil {
		return Header{}, fmt.Errorf("timestamp: %w", err)
	}
	return h, nil
}
