// Package rawcid writes the one kind of CID that this project has: version 1,
// codec raw, multihash sha2-256, in lower-case base32. A page in a browser
// uses it in the place of github.com/ipfs/go-cid, which links in every hash
// function that a CID can name. Native builds use the library; the tests here
// hold the two against each other.
package rawcid

import (
	"encoding/base32"
	"errors"
)

// A CID is named by the SHA-256 of its bytes; the rest of it is always the
// same.
type CID [32]byte

// prefix stands before the digest: CID version 1, codec raw 0x55, multihash
// sha2-256 0x12 of 0x20 bytes (CID specification, "CIDv1"; each a varint).
const prefix = "\x01\x55\x12\x20"

// multibase is the letter of lower-case base32 without padding (RFC 4648,
// section 6).
const multibase = 'b'

var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// String returns the 59 characters of the CID.
func (c CID) String() string {
	return string(encoding.AppendEncode([]byte{multibase}, c.Bytes()))
}

// Bytes returns the 36 bytes of the CID.
func (c CID) Bytes() []byte { return append([]byte(prefix), c[:]...) }

// Parse reads exactly what String returns.
func Parse(s string) (CID, error) {
	var c CID
	if s != "" && s[0] == multibase {
		b, err := encoding.DecodeString(s[1:])
		if err == nil && len(b) == len(prefix)+len(c) {
			c = CID(b[len(prefix):])
		}
		// Prefix, case and spare bits are right if and only if the digest
		// gives the same text again.
		if err == nil && c.String() == s {
			return c, nil
		}
	}
	return CID{}, errors.New("another base, version, codec or hash function, or no CID")
}
