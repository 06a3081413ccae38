// Package notesig verifies signatures of C2SP signed notes by the keys that
// checkpoints have, and by no others: what a page in a browser needs of
// github.com/transparency-dev/formats/note. That library also reads the keys of
// certificate transparency and Rekor, and so brings crypto/x509 and every
// curve with it, which would double what a page has to load. Native builds
// use the library; the tests here hold the two against each other.
package notesig

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"filippo.io/mldsa"
	f_log "github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"
)

// Signature types of C2SP signed-note, the first byte of a decoded key.
const (
	algCosignature = 0x04 // Ed25519, timestamped: cosignature/v1
	algMLDSA44     = 0x06 // ML-DSA-44, timestamped
)

// Lengths in bytes of what stands before a signature in a note.
const (
	hashSize = 4 // the key's hash, in every signature
	timeSize = 8 // Unix seconds, big-endian, in timestamped ones
)

var errKey = errors.New("not a verifier key of type 0x01, 0x04 or 0x06")

// A verifier is a note.Verifier of timestamped signatures.
type verifier struct {
	name  string
	hash  uint32
	check func(text, sig []byte) bool // sig without its time and of the right length
	size  int                         // of sig
	bytes func(name string, time uint64, text []byte) []byte
}

// NewVerifier returns the verifier of a C2SP verifier key of the types 0x01,
// 0x04 and 0x06. It does not look at the hash in a key of the last two types,
// as the library does not; the caller has.
func NewVerifier(vkey string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	hash, text, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) == 0 || len(hash) != 8 || !validName(name) {
		return nil, errKey
	}
	v := &verifier{name: name, hash: keyHash(name, raw)}
	switch key := raw[1:]; raw[0] {
	case algCosignature:
		if len(key) != ed25519.PublicKeySize {
			return nil, errKey
		}
		v.size, v.bytes = ed25519.SignatureSize, cosignedText
		v.check = func(m, sig []byte) bool { return ed25519.Verify(key, m, sig) }
	case algMLDSA44:
		public, err := mldsa.NewPublicKey(mldsa.MLDSA44(), key)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errKey, err)
		}
		v.size, v.bytes = mldsa.MLDSA44SignatureSize, cosignedTree
		v.check = func(m, sig []byte) bool { return mldsa.Verify(public, m, sig, nil) == nil }
	default:
		return note.NewVerifier(vkey)
	}
	return v, nil
}

// Name returns the key's name.
func (v *verifier) Name() string { return v.name }

// KeyHash returns the key's hash.
func (v *verifier) KeyHash() uint32 { return v.hash }

// Verify reports whether sig, a time and a signature, is one of text.
func (v *verifier) Verify(text, sig []byte) bool {
	if len(sig) != timeSize+v.size {
		return false
	}
	m := v.bytes(v.name, binary.BigEndian.Uint64(sig), text)
	return m != nil && v.check(m, sig[timeSize:])
}

// cosignedText returns the bytes that a key of type 0x04 signs: a header, the
// time, and the note's text, whose first three lines are a checkpoint (C2SP
// tlog-cosignature, "Format"). Nil: the text cannot be one.
func cosignedText(_ string, time uint64, text []byte) []byte {
	if bytes.Count(text, []byte("\n")) < 2 {
		return nil
	}
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", time, text)
}

// cosignedTree returns the bytes that a key of type 0x06 signs: the
// cosigned_message of the whole tree, in the presentation language of TLS
// (C2SP tlog-cosignature, "ML-DSA-44"). Nil: the text is no checkpoint.
//
//	"subtree/v1\n\0" ‖ len8 cosigner ‖ time[8] ‖ len8 origin ‖ 0[8] ‖ size[8] ‖ root[32]
func cosignedTree(name string, time uint64, text []byte) []byte {
	var c f_log.Checkpoint
	if _, err := c.Unmarshal(text); err != nil {
		return nil
	}
	b := []byte("subtree/v1\n\x00")
	b = append(append(b, byte(len(name))), name...)
	b = binary.BigEndian.AppendUint64(b, time)
	b = append(append(b, byte(len(c.Origin))), c.Origin...)
	b = binary.BigEndian.AppendUint64(b, 0)
	b = binary.BigEndian.AppendUint64(b, c.Size)
	return append(b, c.Hash...)
}

// Timestamp returns the time that a timestamped signature carries.
func Timestamp(s note.Signature) (time.Time, error) {
	b, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(b) < hashSize+timeSize+ed25519.SignatureSize {
		return time.UnixMilli(0), errors.New("not a timestamped signature")
	}
	return time.Unix(int64(binary.BigEndian.Uint64(b[hashSize:])), 0), nil
}

// validName is the rule of C2SP signed-note for the names of keys.
func validName(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsSpace)
}

// keyHash is the key ID of C2SP signed-note: the first 4 bytes of
// SHA-256(name ‖ "\n" ‖ alg ‖ key).
func keyHash(name string, algAndKey []byte) uint32 {
	sum := sha256.Sum256(slices.Concat([]byte(name), []byte("\n"), algAndKey))
	return binary.BigEndian.Uint32(sum[:])
}
