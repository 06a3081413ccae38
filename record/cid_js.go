package record

import "github.com/akashi-project/akashi/record/internal/rawcid"

// A CID names open records for all who fetch by content.
type CID = rawcid.CID

func makeCID(d Digest) CID { return CID(d) }

func digestIn(s string) (Digest, error) {
	c, err := rawcid.Parse(s)
	return Digest(c), err
}
