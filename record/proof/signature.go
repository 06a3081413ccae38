package proof

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"math/big"

	"github.com/mr-tron/base58"
)

// verify checks a signature: Ed25519 (RFC 8032), ECDSA with the two numbers at
// full length, one behind the other (IEEE P1363; RFC 7518, section 3.4), or
// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3).
func (k Key) verify(message, signature []byte) bool {
	switch public := k.public.(type) {
	case ed25519.PublicKey:
		return len(signature) == ed25519.SignatureSize && ed25519.Verify(public, message, signature)
	case *ecdsa.PublicKey:
		size := k.signatureSize() / 2
		if len(signature) != 2*size {
			return false
		}
		return ecdsa.Verify(public, k.digest(message), new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:]))
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, k.digest(message), signature) == nil
	}
	return false
}

// digest is what ECDSA and RSA sign of a message.
func (k Key) digest(message []byte) []byte {
	if k.kind == P384 {
		d := sha512.Sum384(message)
		return d[:]
	}
	d := sha256.Sum256(message)
	return d[:]
}

// signatureSize is the length of a Data Integrity signature in bytes.
func (k Key) signatureSize() int {
	if k.kind == P384 {
		return 96
	}
	return 64
}

// decodeProofValue reads "z" and the signature in base58btc.
func decodeProofValue(s string, k Key) ([]byte, error) {
	if len(s) < 2 || len(s) > 140 || s[0] != 'z' {
		return nil, errors.New("not the letter z and a signature in base58btc")
	}
	b, err := base58.Decode(s[1:])
	if err != nil {
		return nil, errors.New("not base58btc")
	}
	if len(b) != k.signatureSize() {
		return nil, errors.New("of another length than a signature of this key")
	}
	return b, nil
}

func encode58(b []byte) string { return base58.Encode(b) }
