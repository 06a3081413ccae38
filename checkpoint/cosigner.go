//go:build !js

package checkpoint

// Witnesses are made in native builds only: a page in a browser judges what
// others signed.

import (
	"fmt"

	f_note "github.com/transparency-dev/formats/note"
)

// GenerateCosignerKey makes an Ed25519 key for a witness of that name. The
// verifier key is of type 0x04, which verifies nothing but cosignature/v1.
func GenerateCosignerKey(name string) (skey, vkey string, err error) {
	skey, vkey, err = GenerateKey(name)
	if err != nil {
		return "", "", err
	}
	vkey, err = f_note.VKeyToCosignatureV1(vkey)
	return skey, vkey, err
}

// NewCosigner returns the signer of a witness: it makes cosignature/v1, which
// carries the time of signing.
func NewCosigner(skey string) (*Signer, error) {
	s, err := NewSigner(skey) // checks the key against its hash, which the library below does not
	if err != nil {
		return nil, err
	}
	c, err := f_note.NewSignerForCosignatureV1(skey)
	if err != nil {
		return nil, fmt.Errorf("%w: not for cosignatures", ErrSignerKey)
	}
	vkey, err := f_note.VKeyToCosignatureV1(s.vkey)
	if err != nil {
		return nil, fmt.Errorf("%w: not for cosignatures", ErrSignerKey)
	}
	return &Signer{Signer: c, vkey: vkey}, nil
}
