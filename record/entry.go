package record

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// MaxEntrySize is the length of the longest entry of format version 1.
const MaxEntrySize = 39

// ErrUnknownEntry says that the bytes are no entry of this version. Such an
// entry occupies its index in the log and never affects a status.
var ErrUnknownEntry = errors.New("not an entry of format version 1")

// An Entry is one leaf of the log before hashing. Kind says which of the
// other fields count; the rest are zero.
type Entry struct {
	Kind       Kind
	Type       Type       // Sealed, Open
	Commitment Commitment // Sealed
	Digest     Digest     // Open: the CID's digest
	Target     uint64     // Status: index of the entry whose state changes
	State      State      // Status: the new state
	StatusRoot [32]byte   // Head: root of the status tree over all entries before
}

// entrySizes holds the length of an entry of each kind, in bytes.
var entrySizes = [...]int{Sealed: 35, Open: 39, Status: 11, Head: 34}

// openPrefix is CIDv1, codec raw (0x55), multihash sha2-256 (0x12) of 32 bytes.
var openPrefix = [4]byte{0x01, 0x55, 0x12, 0x20}

// Bytes returns the entry's exact bytes (docs/formats/entry.md).
func (e Entry) Bytes() []byte { return e.AppendTo(make([]byte, 0, MaxEntrySize)) }

// AppendTo appends the entry's exact bytes to b. It panics on a Kind that is
// not one of the four, which is a programming error.
func (e Entry) AppendTo(b []byte) []byte {
	b = append(b, 1, byte(e.Kind))
	switch e.Kind {
	case Sealed:
		b = append(b, byte(e.Type))
		return append(b, e.Commitment[:]...)
	case Open:
		b = append(b, byte(e.Type))
		b = append(b, openPrefix[:]...)
		return append(b, e.Digest[:]...)
	case Status:
		b = binary.BigEndian.AppendUint64(b, e.Target)
		return append(b, byte(e.State))
	case Head:
		return append(b, e.StatusRoot[:]...)
	}
	panic(fmt.Sprintf("record: entry of kind %d", e.Kind))
}

// ParseEntry reads the exact bytes of an entry: what it accepts, Bytes gives
// back unchanged. Every other input gives an error wrapping ErrUnknownEntry.
func ParseEntry(b []byte) (Entry, error) {
	bad := func(format string, a ...any) (Entry, error) {
		return Entry{}, fmt.Errorf("%s: %w", fmt.Sprintf(format, a...), ErrUnknownEntry)
	}
	if len(b) < 2 {
		return bad("entry of %d bytes", len(b))
	}
	if b[0] != 1 {
		return bad("entry version %d", b[0])
	}
	e := Entry{Kind: Kind(b[1])}
	if e.Kind < Sealed || e.Kind > Head {
		return bad("entry kind %d", b[1])
	}
	size := entrySizes[e.Kind]
	if len(b) != size {
		return bad("entry of kind %d has %d bytes, want %d", b[1], len(b), size)
	}
	switch e.Kind {
	case Sealed, Open:
		e.Type = Type(b[2])
		if e.Type < Badge || e.Type > Document {
			return bad("record type %d", b[2])
		}
		if e.Kind == Sealed {
			copy(e.Commitment[:], b[3:])
			break
		}
		if [4]byte(b[3:7]) != openPrefix {
			return bad("open entry is not a CIDv1 raw sha2-256")
		}
		if e.Type == Badge {
			return bad("open entry of type badge")
		}
		copy(e.Digest[:], b[7:])
	case Status:
		e.Target = binary.BigEndian.Uint64(b[2:])
		e.State = State(b[10])
		if e.State > Revoked {
			return bad("status %d", b[10])
		}
	case Head:
		copy(e.StatusRoot[:], b[2:])
	}
	return e, nil
}
