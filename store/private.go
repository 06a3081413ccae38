package store

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/akashi-project/akashi/record"
)

// Labels keep the uses of the secret apart. A lookup HMAC has no label and a
// message of 33 bytes (docs/formats/privacy.md); these messages are longer.
const (
	labelRowKey = "akashi/store/row-key/v1\n"
	labelCheck  = "akashi/store/secret/v1\n"
)

const (
	boxSize  = 32 + 32 + 16             // salt, digest, tag
	rowSize  = lookupSize + boxSize     // of bucketPrivate
	tagSize  = 16                       // of Poly1305
	maxBytes = record.MaxSize + tagSize // of bucketRecords
)

// A row is encrypted once under a key that exists once, so its two messages
// can have fixed nonces.
var (
	nonceBox    = make([]byte, 12)
	nonceRecord = append(make([]byte, 11), 1)
)

// secrets computes everything that comes from the node's secret. HMAC states
// are pooled: keying one costs as much as using it.
type secrets struct{ macs sync.Pool }

func newSecrets(secret []byte) *secrets {
	key := append([]byte(nil), secret...)
	return &secrets{macs: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

func (s *secrets) sum(parts ...[]byte) (out [32]byte) {
	m := s.macs.Get().(hash.Hash)
	m.Reset()
	for _, p := range parts {
		m.Write(p)
	}
	m.Sum(out[:0])
	s.macs.Put(m)
	return out
}

// lookup returns HMAC-SHA-256(secret, type[1] ‖ digest[32]).
func (s *secrets) lookup(t record.Type, d record.Digest) [lookupSize]byte {
	var msg [33]byte
	msg[0] = byte(t)
	copy(msg[1:], d[:])
	return s.sum(msg[:])
}

// check returns what bucketMeta keeps to know the secret again.
func (s *secrets) check(id []byte) []byte {
	c := s.sum([]byte(labelCheck), id)
	return c[:16]
}

// aead returns the cipher of the row whose slot this is: ChaCha20-Poly1305
// (RFC 8439), which takes a new key for each row at a third of the cost that
// AES-GCM does, under
// HMAC-SHA-256(secret, "akashi/store/row-key/v1\n" ‖ slot). Destroying the
// slot makes the row unreadable even for who has the secret.
func (s *secrets) aead(slot *[slotSize]byte) (cipher.AEAD, error) {
	key := s.sum([]byte(labelRowKey), slot[:])
	return chacha20poly1305.New(key[:])
}

// Private is what a private row holds. It prints nothing of its content.
type Private struct {
	Type     record.Type
	Digest   record.Digest
	Salt     record.Salt // zero for an open entry
	Original []byte      // the record as submitted; nil when only its digest was
}

// String names the type only.
func (p Private) String() string { return fmt.Sprintf("private row (%s, redacted)", p.Type) }

// GoString names the type only.
func (p Private) GoString() string { return p.String() }

// openBox decrypts a row of bucketPrivate under its slot.
func openBox(a cipher.AEAD, row []byte) (record.Salt, record.Digest, error) {
	var (
		salt   record.Salt
		digest record.Digest
	)
	if len(row) != rowSize {
		return salt, digest, fmt.Errorf("%w: private row of %d bytes, want %d", ErrDamaged, len(row), rowSize)
	}
	var buf [64]byte
	plain, err := a.Open(buf[:0], nonceBox, row[lookupSize:], nil)
	if err != nil {
		return salt, digest, fmt.Errorf("%w: private row does not decrypt with its slot of the keys file", ErrDamaged)
	}
	copy(salt[:], plain)
	copy(digest[:], plain[32:])
	return salt, digest, nil
}

// rowKey opens and seals what is kept of the record at index. An error wraps
// ErrForgotten when Forget came between reading the row and reading its slot.
func (s *Store) rowKey(index uint64) (cipher.AEAD, error) {
	slot, err := s.keys.read(index)
	if err != nil {
		return nil, err
	}
	if slot == ([slotSize]byte{}) {
		return nil, fmt.Errorf("entry %d: %w", index, ErrForgotten)
	}
	return s.secrets.aead(&slot)
}
