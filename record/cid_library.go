//go:build !js

package record

import (
	"errors"
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
)

// A CID names open records for all who fetch by content. In a build for
// browsers it is a type of this project's with the same text and bytes.
type CID = cid.Cid

func makeCID(d Digest) CID {
	mh, err := multihash.Encode(d[:], multihash.SHA2_256)
	if err != nil {
		panic(fmt.Sprintf("record: encode a sha2-256 multihash: %v", err)) // only an unknown code or length fails
	}
	return cid.NewCidV1(cid.Raw, mh)
}

// digestIn returns the digest of any CID with a hash of 32 bytes.
func digestIn(s string) (Digest, error) {
	c, err := cid.Decode(s)
	if err != nil {
		return Digest{}, err
	}
	mh, err := multihash.Decode(c.Hash())
	if err != nil {
		return Digest{}, err
	}
	if len(mh.Digest) != len(Digest{}) {
		return Digest{}, errors.New("its hash is not one of 32 bytes")
	}
	return Digest(mh.Digest), nil
}
