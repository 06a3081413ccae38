package record

import (
	"errors"
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
)

// cidLength is the length of every CID of ours as text: the multibase
// prefix "b" and 36 bytes in base32 without padding.
const cidLength = 59

var errCID = errors.New("not a CIDv1, raw, sha2-256, in lower-case base32")

// CIDOf returns the CIDv1 (codec raw 0x55, multihash sha2-256) of bytes
// whose SHA-256 is d: what `ipfs add --cid-version=1 --raw-leaves` prints
// for a file of at most 262,144 bytes. It is used for larger ones too.
func CIDOf(d Digest) cid.Cid {
	mh, err := multihash.Encode(d[:], multihash.SHA2_256)
	if err != nil {
		panic(fmt.Sprintf("record: encode a sha2-256 multihash: %v", err)) // only an unknown code or length fails
	}
	return cid.NewCidV1(cid.Raw, mh)
}

// ParseCID reads a CID as CIDOf(d).String() writes it, and gives d. Every
// other text, also another base or upper case of the same CID, is refused.
func ParseCID(s string) (Digest, error) {
	var d Digest
	if len(s) != cidLength {
		return d, fmt.Errorf("CID of %d characters, want %d: %w", len(s), cidLength, errCID)
	}
	c, err := cid.Decode(s)
	if err != nil {
		return d, fmt.Errorf("%w: %w", errCID, err)
	}
	mh, err := multihash.Decode(c.Hash())
	if err != nil {
		return d, fmt.Errorf("%w: %w", errCID, err)
	}
	if len(mh.Digest) != len(d) {
		return d, errCID
	}
	// Version, codec, hash function, base and spare bits are right if and
	// only if the digest gives the same text again.
	if d = Digest(mh.Digest); CIDOf(d).String() != s {
		return Digest{}, errCID
	}
	return d, nil
}
