package merkle

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// HashSize is the length of a Hash in bytes.
const HashSize = sha256.Size

// A Hash is a SHA-256 value: the hash of a leaf, of a node, or a root.
// As text it is 64 lower-case hexadecimal digits.
type Hash [HashSize]byte

// EmptyRoot is the root of the tree of size 0: SHA-256 of nothing
// (RFC 9162, section 2.1.1).
var EmptyRoot = Hash(sha256.Sum256(nil))

// LeafHash returns SHA-256(0x00 ‖ entry) (RFC 9162, section 2.1.1).
func LeafHash(entry []byte) Hash {
	// Entries of akashi are at most 39 bytes: hash those on the stack.
	var buf [1 + 64]byte
	if len(entry) < len(buf) {
		n := copy(buf[1:], entry)
		return sha256.Sum256(buf[:1+n])
	}
	h := sha256.New()
	h.Write(buf[:1])
	h.Write(entry)
	return Hash(h.Sum(nil))
}

// NodeHash returns SHA-256(0x01 ‖ left ‖ right) (RFC 9162, section 2.1.1).
func NodeHash(left, right Hash) Hash {
	var buf [1 + 2*HashSize]byte
	buf[0] = 0x01
	copy(buf[1:], left[:])
	copy(buf[1+HashSize:], right[:])
	return sha256.Sum256(buf[:])
}

// String returns h as 64 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText returns h as 64 lower-case hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText accepts just what MarshalText returns.
func (h *Hash) UnmarshalText(text []byte) error {
	p, err := ParseHash(string(text))
	if err != nil {
		return err
	}
	*h = p
	return nil
}

// ParseHash reads 64 lower-case hexadecimal digits.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 2*HashSize {
		return h, fmt.Errorf("hash has %d characters, want %d hexadecimal digits", len(s), 2*HashSize)
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return h, fmt.Errorf("hash has %q at character %d, want lower-case hexadecimal digits", c, i)
		}
	}
	hex.Decode(h[:], []byte(s)) // cannot fail: checked above
	return h, nil
}
