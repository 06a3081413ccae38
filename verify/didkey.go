package verify

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"github.com/mr-tron/base58"
)

// didKeyPrefix begins an issuer that is its own key (did:key method).
const didKeyPrefix = "did:key:"

// multikeyEd25519 is the multicodec of an Ed25519 public key, 0xed as varint.
var multikeyEd25519 = [2]byte{0xed, 0x01}

// multikeyLength bounds the text: 34 bytes in base58 behind the "z".
const multikeyLength = 48

// Multikey returns the text of an Ed25519 public key: "z" and, in base58btc,
// 0xed 0x01 and the 32 bytes (W3C Controlled Identifiers 1.0, section 2.2.2).
// It begins with "z6Mk".
func Multikey(key ed25519.PublicKey) string {
	return "z" + base58.Encode(append(multikeyEd25519[:], key...))
}

// ParseMultikey reads exactly what Multikey returns.
func ParseMultikey(s string) (ed25519.PublicKey, error) {
	b, err := multibase(s, multikeyLength)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if len(b) != 2+ed25519.PublicKeySize || [2]byte(b) != multikeyEd25519 {
		return nil, errors.New("key is not an Ed25519 key, whose text begins with z6Mk")
	}
	return ed25519.PublicKey(b[2:]), nil
}

// DIDKey returns the issuer name of a key: "did:key:" and its Multikey.
func DIDKey(key ed25519.PublicKey) string { return didKeyPrefix + Multikey(key) }

// multibase reads "z" and base58btc. Different texts are different bytes.
func multibase(s string, most int) ([]byte, error) {
	text, ok := strings.CutPrefix(s, "z")
	if !ok || text == "" {
		return nil, errors.New("not base58btc behind the letter z")
	}
	if len(s) > most {
		return nil, fmt.Errorf("%d characters, want at most %d", len(s), most)
	}
	b, err := base58.Decode(text)
	if err != nil {
		return nil, errors.New("not base58btc behind the letter z")
	}
	return b, nil
}
