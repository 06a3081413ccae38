package checkpoint

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// ErrSignerKey says that a signer key cannot be used. The error never repeats
// the key.
var ErrSignerKey = errors.New("bad signer key")

// A Signer signs checkpoints with one key of a log, or cosigns those of
// others. It satisfies note.Signer, prints its public key only, and any
// number of goroutines may use it.
type Signer struct {
	note.Signer
	vkey string
}

// GenerateKey makes an Ed25519 key for the log of that origin and returns it
// as a signer key ("PRIVATE+KEY+…", secret) and a verifier key (C2SP
// signed-note).
func GenerateKey(origin string) (skey, vkey string, err error) {
	if err := CheckOrigin(origin); err != nil {
		return "", "", err
	}
	return note.GenerateKey(rand.Reader, origin)
}

// NewSigner returns the signer of an Ed25519 signer key, for a log.
func NewSigner(skey string) (*Signer, error) {
	name, seed, err := parseSkey(skey)
	if err != nil {
		return nil, err
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		return nil, fmt.Errorf("%w: its hash is not that of the key", ErrSignerKey)
	}
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignerKey, err)
	}
	return &Signer{Signer: s, vkey: vkey}, nil
}

// SignerFromKey returns the signer of an Ed25519 private key for the log of
// that origin, and its verifier key: for keys that are derived or kept
// elsewhere.
func SignerFromKey(origin string, key ed25519.PrivateKey) (*Signer, string, error) {
	if err := CheckOrigin(origin); err != nil {
		return nil, "", err
	}
	if len(key) != ed25519.PrivateKeySize {
		return nil, "", fmt.Errorf("%w: %d bytes, want %d", ErrSignerKey, len(key), ed25519.PrivateKeySize)
	}
	public := append([]byte{algEd25519}, key.Public().(ed25519.PublicKey)...)
	private := append([]byte{algEd25519}, key.Seed()...)
	s, err := NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", origin, keyHash(origin, public), base64.StdEncoding.EncodeToString(private)))
	if err != nil {
		return nil, "", err
	}
	return s, s.vkey, nil
}

// VerifierKey returns the C2SP verifier key that belongs to s.
func (s *Signer) VerifierKey() string { return s.vkey }

// String returns the verifier key.
func (s *Signer) String() string { return s.vkey }

// Format writes the verifier key whatever the verb, so that no %+v shows the
// private one.
func (s *Signer) Format(f fmt.State, verb rune) { io.WriteString(f, s.vkey) }

// LogValue returns the verifier key.
func (s *Signer) LogValue() slog.Value { return slog.StringValue(s.vkey) }

// parseSkey reads "PRIVATE+KEY+" name "+" hash "+" base64(0x01 ‖ seed[32]).
func parseSkey(skey string) (name string, seed []byte, err error) {
	rest, ok := strings.CutPrefix(skey, "PRIVATE+KEY+")
	parts := strings.SplitN(rest, "+", 3)
	if !ok || len(parts) != 3 {
		return "", nil, fmt.Errorf("%w: want PRIVATE+KEY+name+hash+key", ErrSignerKey)
	}
	if err := checkName(parts[0]); err != nil {
		return "", nil, fmt.Errorf("%w: name: %w", ErrSignerKey, err)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || strings.ContainsAny(parts[2], "\r\n") {
		return "", nil, fmt.Errorf("%w: the key is not base64, or has a line end after it", ErrSignerKey)
	}
	if len(raw) != 1+ed25519.SeedSize || raw[0] != algEd25519 {
		return "", nil, fmt.Errorf("%w: not an Ed25519 key (type 0x01, 32 bytes)", ErrSignerKey)
	}
	return parts[0], raw[1:], nil
}
