package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/merkle"
)

// Limits on a journal row. A row grows by one attempt for each fee bump.
const (
	MaxAttempts   = 512
	MaxRawTx      = 128 << 10 // bytes, what chains accept as one transaction
	MaxRawTxs     = 4 << 20   // bytes of all attempts of a row together
	MaxProofBytes = 1 << 20   // bytes of Anchor.Proof
)

// An AnchorState says how far an anchor has come. As text: "intended",
// "sent", "mined", "final", "orphaned".
type AnchorState uint8

// The states of an anchor. Each is journaled before it is acted on.
const (
	Intended AnchorState = 1 // the tree is frozen and shall be anchored; nothing was sent
	Sent     AnchorState = 2 // an attempt was persisted and may have reached the chain
	Mined    AnchorState = 3 // our event is in a block that may still be orphaned
	Final    AnchorState = 4 // our event is in a final block; the row does not change any more
	Orphaned AnchorState = 5 // it was mined and is not any more, or was overtaken by a larger anchor
)

var anchorStates = [...]string{Intended: "intended", Sent: "sent", Mined: "mined", Final: "final", Orphaned: "orphaned"}

// String returns the state's name, or "anchor state N" when it has none.
func (s AnchorState) String() string {
	if s.known() {
		return anchorStates[s]
	}
	return fmt.Sprintf("anchor state %d", uint8(s))
}

func (s AnchorState) known() bool { return Intended <= s && s <= Orphaned }

// MarshalText returns the state's name; a value without one is an error.
func (s AnchorState) MarshalText() ([]byte, error) {
	if !s.known() {
		return nil, fmt.Errorf("anchor state %d has no name", uint8(s))
	}
	return []byte(anchorStates[s]), nil
}

// UnmarshalText accepts just what MarshalText returns.
func (s *AnchorState) UnmarshalText(text []byte) error {
	for st := Intended; st <= Orphaned; st++ {
		if string(text) == anchorStates[st] {
			*s = st
			return nil
		}
	}
	return errors.New("unknown anchor state")
}

// ChainHash is a hash of the chain's: of a block or a transaction. As text
// it is 0x and 64 lower-case hexadecimal digits.
type ChainHash [32]byte

// String returns 0x and 64 lower-case hexadecimal digits.
func (h ChainHash) String() string { return "0x" + hex.EncodeToString(h[:]) }

// MarshalText returns what String does.
func (h ChainHash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText accepts just what MarshalText returns.
func (h *ChainHash) UnmarshalText(text []byte) error {
	var b ChainHash
	digits, ok := strings.CutPrefix(string(text), "0x")
	if !ok || len(digits) != 2*len(b) || strings.ToLower(digits) != digits {
		return errors.New("chain hash is not 0x and 64 lower-case hexadecimal digits")
	}
	if _, err := hex.Decode(b[:], []byte(digits)); err != nil {
		return fmt.Errorf("chain hash: %w", err)
	}
	*h = b
	return nil
}

// HexBytes are bytes whose text is 0x and lower-case hexadecimal digits.
type HexBytes []byte

// MarshalText returns 0x and two lower-case hexadecimal digits a byte.
func (b HexBytes) MarshalText() ([]byte, error) {
	return hex.AppendEncode([]byte("0x"), b), nil
}

// UnmarshalText accepts just what MarshalText returns.
func (b *HexBytes) UnmarshalText(text []byte) error {
	digits, ok := bytes.CutPrefix(text, []byte("0x"))
	if !ok || !bytes.Equal(bytes.ToLower(digits), digits) {
		return errors.New("bytes are not 0x and lower-case hexadecimal digits")
	}
	out, err := hex.DecodeString(string(digits))
	if err != nil {
		return err
	}
	*b = out
	return nil
}

// An Attempt is one signed transaction that carries an anchor. It is in the
// journal before it is sent, since a crash after sending must not lose it.
type Attempt struct {
	Nonce  uint64    `json:"nonce"`
	Raw    HexBytes  `json:"raw"`    // the signed transaction as it is sent
	Hash   ChainHash `json:"hash"`   // of the transaction
	FeeCap uint64    `json:"feeCap"` // wei a gas at most
	TipCap uint64    `json:"tipCap"` // wei a gas for the proposer at most
	SentAt time.Time `json:"sentAt"` // when it was journaled, right before sending
}

// A ChainBlock is the block that holds an anchor's event.
type ChainBlock struct {
	Number uint64    `json:"number"`
	Hash   ChainHash `json:"hash"`
	Time   uint64    `json:"time"` // Unix seconds of the header
}

// An Anchor is one row of the journal: a frozen tree on its way to the chain.
type Anchor struct {
	Size     uint64          `json:"size"`               // a frozen size; the row's key
	Root     merkle.Hash     `json:"root"`               // the frozen root
	PrevSize uint64          `json:"prevSize"`           // last anchored size: planned, then read from the event
	State    AnchorState     `json:"state"`              //
	Attempts []Attempt       `json:"attempts,omitempty"` // oldest first
	Block    *ChainBlock     `json:"block,omitempty"`    // Mined and Final
	TxHash   *ChainHash      `json:"txHash,omitempty"`   // Mined and Final: the transaction that carried it, ours or a sponsor's
	Proof    json.RawMessage `json:"proof,omitempty"`    // Final: the receipt proof as evidence carries it; opaque here
	Note     string          `json:"note,omitempty"`     // for the operator: why it waits
}

func (a Anchor) validate() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("anchor of size %d: %s", a.Size, fmt.Sprintf(format, args...))
	}
	mined := a.State == Mined || a.State == Final
	switch {
	case !a.State.known():
		return bad("%s", a.State)
	case a.PrevSize >= a.Size:
		return bad("previous size %d is not smaller", a.PrevSize)
	case a.State == Sent && len(a.Attempts) == 0:
		return bad("sent, but there is no attempt")
	case mined && (a.Block == nil || a.TxHash == nil):
		return bad("%s needs its block and transaction", a.State)
	case a.State == Final && len(a.Proof) == 0:
		return bad("final needs its receipt proof")
	case len(a.Proof) > MaxProofBytes:
		return bad("receipt proof of %d bytes, at most %d", len(a.Proof), MaxProofBytes)
	case len(a.Note) > 1024:
		return bad("note of %d bytes, at most 1024", len(a.Note))
	}
	if err := checkAttempts(a.Attempts); err != nil {
		return bad("%v", err)
	}
	return nil
}

func checkAttempts(attempts []Attempt) error {
	if len(attempts) > MaxAttempts {
		return fmt.Errorf("%d attempts, at most %d are kept; drop the oldest", len(attempts), MaxAttempts)
	}
	total := 0
	for i, t := range attempts {
		if len(t.Raw) == 0 || len(t.Raw) > MaxRawTx {
			return fmt.Errorf("attempt %d has %d bytes, want 1 to %d", i, len(t.Raw), MaxRawTx)
		}
		if total += len(t.Raw); total > MaxRawTxs {
			return fmt.Errorf("attempts of more than %d bytes in all; drop the oldest", MaxRawTxs)
		}
	}
	return nil
}

func decodeAnchor(b []byte) (Anchor, error) {
	var a Anchor
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return a, fmt.Errorf("%w: journal row: %w", ErrDamaged, err)
	}
	return a, nil
}

// decodedRows remembers rows of the journal by the SHA-256 of their bytes, so
// that it is never behind. Evidence of all records names few anchors, and
// reading one's row takes longer than finding it. The zero value is empty.
type decodedRows struct {
	mu   sync.Mutex // guards rows
	rows map[[sha256.Size]byte]Anchor
}

// maxDecodedRows bounds the memory: a row is some kilobytes.
const maxDecodedRows = 256

// anchor is decodeAnchor. What the result points to is not to be changed.
func (d *decodedRows) anchor(row []byte) (Anchor, error) {
	key := sha256.Sum256(row)
	d.mu.Lock()
	a, ok := d.rows[key]
	d.mu.Unlock()
	if ok {
		return a, nil
	}
	a, err := decodeAnchor(row)
	if err != nil {
		return a, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rows == nil || len(d.rows) == maxDecodedRows {
		d.rows = make(map[[sha256.Size]byte]Anchor)
	}
	d.rows[key] = a
	return a, nil
}

// PutAnchor writes a row of the journal, new or over the one of the same
// size; it is on disk when PutAnchor returns. The size must be frozen with
// that root. A final row does not change: the same again is no error,
// anything else is ErrFinal.
func (s *Store) PutAnchor(ctx context.Context, a Anchor) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := a.validate(); err != nil {
		return err
	}
	row, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("anchor of size %d: %w", a.Size, err)
	}
	return s.update(func(tx *bbolt.Tx) error {
		f, err := frozenAt(tx, a.Size)
		if err != nil {
			return fmt.Errorf("anchor of size %d: %w", a.Size, err)
		}
		if f.Tree.Root != a.Root {
			return fmt.Errorf("anchor of size %d: root %s, frozen was %s", a.Size, a.Root, f.Tree.Root)
		}
		b := tx.Bucket(bucketAnchors)
		if old := b.Get(key64(a.Size)); old != nil {
			was, err := decodeAnchor(old)
			if err != nil {
				return err
			}
			if was.State == Final {
				if bytes.Equal(old, row) {
					return nil
				}
				return fmt.Errorf("anchor of size %d: %w", a.Size, ErrFinal)
			}
		}
		return b.Put(key64(a.Size), row)
	})
}

// Anchor returns the journal's row for a size, or ErrNotFound.
func (s *Store) Anchor(size uint64) (Anchor, error) {
	var a Anchor
	err := s.view(func(tx *bbolt.Tx) error {
		row := tx.Bucket(bucketAnchors).Get(key64(size))
		if row == nil {
			return fmt.Errorf("anchor of size %d: %w", size, ErrNotFound)
		}
		var err error
		a, err = decodeAnchor(row)
		return err
	})
	return a, err
}

// Anchors returns up to limit rows of the journal with a size of at least
// from, smallest first. A limit of 0 or less, or above 1,000, means 1,000.
func (s *Store) Anchors(from uint64, limit int) ([]Anchor, error) {
	const most = 1000
	if limit <= 0 || limit > most {
		limit = most
	}
	var out []Anchor
	err := s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketAnchors).Cursor()
		for k, v := c.Seek(key64(from)); k != nil && len(out) < limit; k, v = c.Next() {
			a, err := decodeAnchor(v)
			if err != nil {
				return err
			}
			out = append(out, a)
		}
		return nil
	})
	return out, err
}

// OpenAnchors returns the rows that are not final and follow the last final
// one, smallest first: what the anchoring loop has still to bring home.
func (s *Store) OpenAnchors() ([]Anchor, error) {
	var out []Anchor
	err := s.backward(decodeAnchor, func(a Anchor) bool {
		if a.State == Final {
			return false
		}
		out = append(out, a)
		return true
	})
	slices.Reverse(out)
	return out, err
}

// LastFinal returns the final row with the largest size, or ErrNotFound. What
// it points to is not to be changed.
func (s *Store) LastFinal() (Anchor, error) {
	var (
		last  Anchor
		found bool
	)
	err := s.backward(s.decoded.anchor, func(a Anchor) bool {
		if a.State == Final {
			last, found = a, true
		}
		return !found
	})
	if err == nil && !found {
		err = fmt.Errorf("no anchor is final yet: %w", ErrNotFound)
	}
	return last, err
}

// FinalTimes returns the block times, in Unix seconds, of up to limit final
// anchors, newest first.
func (s *Store) FinalTimes(limit int) ([]uint64, error) {
	var times []uint64
	err := s.backward(decodeAnchor, func(a Anchor) bool {
		if a.State == Final && a.Block != nil {
			times = append(times, a.Block.Time)
		}
		return len(times) < limit
	})
	return times, err
}

// backward hands f the rows of the journal, largest size first, until f
// returns false.
func (s *Store) backward(decode func(row []byte) (Anchor, error), f func(Anchor) bool) error {
	return s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketAnchors).Cursor()
		for k, v := c.Last(); k != nil; k, v = c.Prev() {
			a, err := decode(v)
			if err != nil {
				return err
			}
			if !f(a) {
				return nil
			}
		}
		return nil
	})
}

// FinalAnchorOf returns the one final row that dates entry index: that with
// PrevSize ≤ index < Size. ErrNotFound says that none is final yet. What it
// points to is not to be changed.
func (s *Store) FinalAnchorOf(index uint64) (Anchor, error) {
	var (
		out   Anchor
		found bool
	)
	err := s.view(func(tx *bbolt.Tx) error {
		if index >= merkle.MaxSize {
			return nil
		}
		c := tx.Bucket(bucketAnchors).Cursor()
		for k, v := c.Seek(key64(index + 1)); k != nil; k, v = c.Next() {
			a, err := s.decoded.anchor(v)
			if err != nil {
				return err
			}
			if a.State == Final {
				out, found = a, a.PrevSize <= index
				return nil
			}
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("no final anchor covers entry %d yet: %w", index, ErrNotFound)
	}
	return out, err
}
