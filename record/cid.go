package record

import (
	"errors"
	"fmt"
)

// cidLength is the length of every CID of ours as text: the multibase
// prefix "b" and 36 bytes in base32 without padding.
const cidLength = 59

var errCID = errors.New("not a CIDv1, raw, sha2-256, in lower-case base32")

// CIDOf returns the CIDv1 (codec raw 0x55, multihash sha2-256) of bytes
// whose SHA-256 is d: what `ipfs add --cid-version=1 --raw-leaves` prints
// for a file of at most 262,144 bytes. It is used for larger ones too.
func CIDOf(d Digest) CID { return makeCID(d) }

// ParseCID reads a CID as CIDOf(d).String() writes it, and gives d. Every
// other text, also another base or upper case of the same CID, is refused.
func ParseCID(s string) (Digest, error) {
	if len(s) != cidLength {
		return Digest{}, fmt.Errorf("CID of %d characters, want %d: %w", len(s), cidLength, errCID)
	}
	d, err := digestIn(s)
	if err != nil {
		return Digest{}, fmt.Errorf("%w: %w", errCID, err)
	}
	// Version, codec, hash function, base and spare bits are right if and
	// only if the digest gives the same text again.
	if CIDOf(d).String() != s {
		return Digest{}, errCID
	}
	return d, nil
}
