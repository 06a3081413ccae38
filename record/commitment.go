package record

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
)

// A Digest is SHA-256 of a record's canonical bytes.
//
// The digest of a sealed record is private: it confirms a guess of the
// record. That of an open record is public, but the type cannot know which
// it holds, so no Digest prints: every fmt verb, String and slog give
// "[redacted]". Whoever means to write one down calls Hex or MarshalText, or
// CIDOf for an open record.
//
// encoding/json finds MarshalText inside other structs, so a struct with a
// Digest or Salt in it is to be logged through a LogValue of its own.
type Digest [32]byte

// A Salt is 32 random bytes, made anew for each sealed record. It is private
// and prints as "[redacted]", as a Digest does.
type Salt [32]byte

// A Commitment is what a sealed entry shows of a record. It is public: with
// the salt unknown it says nothing of the digest.
type Commitment [32]byte

const (
	commitmentLabel = "akashi/commitment/v1\n"
	redacted        = "[redacted]"
)

// Commit returns SHA-256("akashi/commitment/v1\n" ‖ salt ‖ digest).
func Commit(salt Salt, digest Digest) Commitment {
	var buf [len(commitmentLabel) + 64]byte
	n := copy(buf[:], commitmentLabel)
	n += copy(buf[n:], salt[:])
	copy(buf[n:], digest[:])
	return sha256.Sum256(buf[:])
}

// NewSalt returns a fresh salt from the system's random source, which does
// not fail (crypto/rand.Read).
func NewSalt() Salt {
	var s Salt
	rand.Read(s[:])
	return s
}

// DigestOf returns the SHA-256 of canonical bytes.
func DigestOf(canonical []byte) Digest { return sha256.Sum256(canonical) }

// Hex returns d as 64 lower-case hexadecimal digits: for encodings, never
// for logs or errors.
func (d Digest) Hex() string { return hex.EncodeToString(d[:]) }

// String returns "[redacted]"; see Hex.
func (d Digest) String() string { return redacted }

// Format writes "[redacted]" whatever the verb.
func (d Digest) Format(f fmt.State, verb rune) { io.WriteString(f, redacted) }

// LogValue returns "[redacted]".
func (d Digest) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns what Hex does.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.Hex()), nil }

// UnmarshalText accepts just what MarshalText returns.
func (d *Digest) UnmarshalText(text []byte) error { return unhex(d[:], "digest", text) }

// ParseDigest reads 64 lower-case hexadecimal digits. Its errors do not
// repeat the input.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	err := d.UnmarshalText([]byte(s))
	return d, err
}

// Hex returns s as 64 lower-case hexadecimal digits: for encodings, never
// for logs or errors.
func (s Salt) Hex() string { return hex.EncodeToString(s[:]) }

// String returns "[redacted]"; see Hex.
func (s Salt) String() string { return redacted }

// Format writes "[redacted]" whatever the verb.
func (s Salt) Format(f fmt.State, verb rune) { io.WriteString(f, redacted) }

// LogValue returns "[redacted]".
func (s Salt) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns what Hex does.
func (s Salt) MarshalText() ([]byte, error) { return []byte(s.Hex()), nil }

// UnmarshalText accepts just what MarshalText returns.
func (s *Salt) UnmarshalText(text []byte) error { return unhex(s[:], "salt", text) }

// ParseSalt reads 64 lower-case hexadecimal digits. Its errors do not repeat
// the input.
func ParseSalt(s string) (Salt, error) {
	var salt Salt
	err := salt.UnmarshalText([]byte(s))
	return salt, err
}

// Hex returns c as 64 lower-case hexadecimal digits.
func (c Commitment) Hex() string { return hex.EncodeToString(c[:]) }

// String returns c as 64 lower-case hexadecimal digits.
func (c Commitment) String() string { return c.Hex() }

// MarshalText returns c as 64 lower-case hexadecimal digits.
func (c Commitment) MarshalText() ([]byte, error) { return []byte(c.Hex()), nil }

// UnmarshalText accepts just what MarshalText returns.
func (c *Commitment) UnmarshalText(text []byte) error { return unhex(c[:], "commitment", text) }

// ParseCommitment reads 64 lower-case hexadecimal digits.
func ParseCommitment(s string) (Commitment, error) {
	var c Commitment
	err := c.UnmarshalText([]byte(s))
	return c, err
}

// unhex reads exactly 2·len(dst) lower-case hexadecimal digits. Its errors
// give a place but never the text, which may be private.
func unhex(dst []byte, what string, text []byte) error {
	if len(text) != 2*len(dst) {
		return fmt.Errorf("%s has %d characters, want %d hexadecimal digits", what, len(text), 2*len(dst))
	}
	for i, c := range text {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return fmt.Errorf("%s has a character at position %d that is not a lower-case hexadecimal digit", what, i)
		}
	}
	_, err := hex.Decode(dst, text)
	return err
}
