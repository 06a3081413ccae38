package audit

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"errors"
	"hash"

	"github.com/akashi-project/akashi/merkle"
)

// A stream hashes what is read, piece by piece, and survives in a state file.
// The zero value is empty.
type stream struct {
	items, bytes uint64
	h            hash.Hash
}

// add hashes the bytes of one item.
func (s *stream) add(b []byte) {
	s.items++
	s.more(b)
}

// more hashes further bytes of the same item.
func (s *stream) more(b []byte) {
	if s.h == nil {
		s.h = sha256.New()
	}
	s.h.Write(b)
	s.bytes += uint64(len(b))
}

func (s *stream) sum() (h merkle.Hash) {
	if s.h == nil {
		return sha256.Sum256(nil)
	}
	s.h.Sum(h[:0])
	return h
}

// GobEncode implements gob.GobEncoder.
func (s stream) GobEncode() ([]byte, error) {
	b := binary.BigEndian.AppendUint64(nil, s.items)
	b = binary.BigEndian.AppendUint64(b, s.bytes)
	if s.h == nil {
		return b, nil
	}
	state, err := s.h.(encoding.BinaryMarshaler).MarshalBinary()
	return append(b, state...), err
}

// GobDecode implements gob.GobDecoder.
func (s *stream) GobDecode(b []byte) error {
	if len(b) < 16 {
		return errors.New("hash state cut off")
	}
	*s = stream{items: binary.BigEndian.Uint64(b), bytes: binary.BigEndian.Uint64(b[8:])}
	if b = b[16:]; len(b) == 0 {
		return nil
	}
	s.h = sha256.New()
	return s.h.(encoding.BinaryUnmarshaler).UnmarshalBinary(b)
}
