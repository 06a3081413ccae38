package checkpoint

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Signature types of C2SP signed-note, the first byte of a decoded key.
const (
	algEd25519     = 0x01
	algCosignature = 0x04 // Ed25519, timestamped: cosignature/v1
	algMLDSA44     = 0x06 // ML-DSA-44, timestamped
)

// MaxKeys is the most verifier keys that a log may have.
const MaxKeys = 4

// mldsaKeySize is the length of an ML-DSA-44 public key (FIPS 204, table 2).
const mldsaKeySize = 1312

// ErrKey is wrapped by every error that says: this is no such key.
var ErrKey = errors.New("bad verifier key")

// Keys are the verifier keys with which a log opens (C2SP vkeys): first an
// Ed25519 key (type 0x01), then at most MaxKeys-1 of ML-DSA-44 (type 0x06).
// Each has the log's origin as its name.
type Keys []string

// Bytes returns the keys, each ended by a newline: what the chain holds and
// LogID hashes.
func (k Keys) Bytes() []byte {
	var b []byte
	for _, vkey := range k {
		b = append(append(b, vkey...), '\n')
	}
	return b
}

// ParseKeys reads what Bytes returns, for the log of that origin.
func ParseKeys(b []byte, origin string) (Keys, error) {
	if len(b) > MaxKeys*maxVkeySize {
		return nil, fmt.Errorf("%w: %d bytes of keys, want at most %d", ErrKey, len(b), MaxKeys*maxVkeySize)
	}
	text, ended := strings.CutSuffix(string(b), "\n")
	if !ended {
		return nil, fmt.Errorf("%w: the keys do not end in a newline", ErrKey)
	}
	k := Keys(strings.Split(text, "\n"))
	if err := k.Validate(origin); err != nil {
		return nil, err
	}
	return k, nil
}

// Validate returns an error unless k are the keys of a log of that origin,
// each in its one exact form.
func (k Keys) Validate(origin string) error {
	if len(k) == 0 || len(k) > MaxKeys {
		return fmt.Errorf("%w: %d keys, want 1 to %d", ErrKey, len(k), MaxKeys)
	}
	for i, vkey := range k {
		p, err := parseVkey(vkey)
		if err != nil {
			return fmt.Errorf("key %d: %w", i, err)
		}
		if p.name != origin {
			return fmt.Errorf("key %d: %w: its name is not the log's origin %q", i, ErrKey, origin)
		}
		want := byte(algMLDSA44)
		if i == 0 {
			want = algEd25519
		}
		if p.alg != want {
			return fmt.Errorf("key %d: %w: type 0x%02x, want 0x%02x (first Ed25519, then ML-DSA-44)", i, ErrKey, p.alg, want)
		}
		if _, err := newVerifier(vkey); err != nil { // not every 1,312 bytes are an ML-DSA-44 key
			return fmt.Errorf("key %d: %w", i, err)
		}
		if slices.Contains(k[:i], vkey) {
			return fmt.Errorf("key %d: %w: it stands there twice", i, ErrKey)
		}
	}
	return nil
}

// verifiers returns the keys as note.Verifier. The keys must be valid.
func (k Keys) verifiers() ([]note.Verifier, error) {
	var list []note.Verifier
	for _, vkey := range k {
		v, err := newVerifier(vkey)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// vkey is a decoded C2SP verifier key: name "+" hash "+" base64(alg ‖ key).
type vkey struct {
	name string
	hash uint32 // first 4 bytes of SHA-256(name ‖ "\n" ‖ alg ‖ key)
	alg  byte
	key  []byte
}

// maxVkeySize bounds a verifier key as text: the longest origin, the hash and
// an ML-DSA-44 key in base64.
const maxVkeySize = 255 + 1 + 8 + 1 + (1+mldsaKeySize+2)/3*4 + 1

// parseVkey reads a verifier key in its one exact form (C2SP signed-note,
// "Verifier keys"): lower-case hash, padded base64 without spare bits or line
// ends, and the hash is that of the key. The libraries below are laxer: one
// skips line ends, the other does not look at the hash.
func parseVkey(s string) (vkey, error) {
	bad := func(format string, a ...any) (vkey, error) {
		return vkey{}, fmt.Errorf("%w: %s", ErrKey, fmt.Sprintf(format, a...))
	}
	if len(s) > maxVkeySize {
		return bad("%d characters, want at most %d", len(s), maxVkeySize)
	}
	name, rest, ok := strings.Cut(s, "+")
	hash, text, ok2 := strings.Cut(rest, "+")
	if !ok || !ok2 {
		return bad("want name+hash+key with a plus sign between")
	}
	if err := checkName(name); err != nil {
		return bad("name: %v", err)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") || len(raw) == 0 {
		return bad("the key is not base64")
	}
	p := vkey{name: name, alg: raw[0], key: raw[1:]}
	size, known := map[byte]int{algEd25519: ed25519.PublicKeySize, algCosignature: ed25519.PublicKeySize, algMLDSA44: mldsaKeySize}[p.alg]
	if !known {
		return bad("signature type 0x%02x is not known", p.alg)
	}
	if len(p.key) != size {
		return bad("key of type 0x%02x has %d bytes, want %d", p.alg, len(p.key), size)
	}
	p.hash = keyHash(name, raw)
	if want := fmt.Sprintf("%08x", p.hash); hash != want {
		return bad("its hash is %s by the key itself, but it says %q", want, clip(hash))
	}
	return p, nil
}

// keyHash is the key ID of C2SP signed-note.
func keyHash(name string, algAndKey []byte) uint32 {
	h := sha256.New()
	h.Write([]byte(name))
	h.Write([]byte{'\n'})
	h.Write(algAndKey)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// newVerifier returns the verifier of a key of any known type, in its exact
// form.
func newVerifier(s string) (note.Verifier, error) {
	p, err := parseVkey(s)
	if err != nil {
		return nil, err
	}
	v, err := noteVerifier(s)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if v.Name() != p.name || v.KeyHash() != p.hash {
		return nil, fmt.Errorf("%w: the library reads another name or hash", ErrKey)
	}
	return v, nil
}

// clip shortens a stranger's text before it enters an error.
func clip(s string) string {
	const most = 80
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
