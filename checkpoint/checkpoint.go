package checkpoint

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/akashi-project/akashi/merkle"
	f_log "github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"
)

// Limits on a signed checkpoint. C2SP signed-note wants at least 16
// signatures taken, and says that one can have nearly 5 kB.
const (
	MaxNoteSize   = 128 << 10 // bytes
	MaxSignatures = 100       // signature lines; x/mod/sumdb/note takes no more
)

// Errors of Open, Cosign and Policy.Open, one for each answer that a caller
// may give.
var (
	ErrMalformed = errors.New("malformed checkpoint")                     // not the exact bytes of a checkpoint
	ErrUntrusted = errors.New("checkpoint not signed by a trusted key")   // no signature of a key that is trusted
	ErrSignature = errors.New("checkpoint with a wrong signature")        // a trusted key's name on bytes it did not sign
	ErrQuorum    = errors.New("checkpoint without its witnesses' quorum") // too few cosignatures of trusted witnesses
)

// A Checkpoint is the head of a log (C2SP tlog-checkpoint).
type Checkpoint struct {
	Origin string      // see Log
	Tree   merkle.Tree // size below 2^63
}

// Validate returns an error unless c can be signed.
func (c Checkpoint) Validate() error {
	if err := checkName(c.Origin); err != nil {
		return fmt.Errorf("%w: origin: %w", ErrMalformed, err)
	}
	if c.Tree.Size >= 1<<63 {
		return fmt.Errorf("%w: tree size %d, want below 2^63", ErrMalformed, c.Tree.Size)
	}
	if c.Tree.Size == 0 && c.Tree.Root != merkle.EmptyRoot {
		return fmt.Errorf("%w: a tree of size 0 has the root SHA-256 of nothing, not %s", ErrMalformed, c.Tree.Root)
	}
	return nil
}

// Body returns the text that is signed: origin, decimal size and base64 root,
// each ended by a newline.
func (c Checkpoint) Body() []byte {
	return f_log.Checkpoint{Origin: c.Origin, Size: c.Tree.Size, Hash: c.Tree.Root[:]}.Marshal()
}

// ParseBody reads exactly what Body returns. Extension lines are refused.
func ParseBody(b []byte) (Checkpoint, error) {
	bad := func(format string, a ...any) (Checkpoint, error) {
		return Checkpoint{}, fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, a...))
	}
	if len(b) > MaxNoteSize {
		return bad("text of %d bytes, want at most %d", len(b), MaxNoteSize)
	}
	var f f_log.Checkpoint
	rest, err := f.Unmarshal(b)
	if err != nil {
		return bad("want three lines: origin, size in decimal, root in base64")
	}
	if len(rest) > 0 {
		return bad("it has an extension line after the root; such checkpoints are not taken")
	}
	if len(f.Hash) != merkle.HashSize {
		return bad("root of %d bytes, want %d", len(f.Hash), merkle.HashSize)
	}
	c := Checkpoint{Origin: f.Origin, Tree: merkle.Tree{Size: f.Size, Root: merkle.Hash(f.Hash)}}
	if err := c.Validate(); err != nil {
		return Checkpoint{}, err
	}
	if !bytes.Equal(c.Body(), b) {
		return bad("size or root is not in its one exact form (no sign, leading zero or spare bits)")
	}
	return c, nil
}

// Sign returns c as a signed note with a signature line of each signer. Each
// must be named as the origin is. The caller signs only a head that is
// committed to disk, and publishes after.
func Sign(c Checkpoint, signers ...*Signer) ([]byte, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if len(signers) == 0 {
		return nil, errors.New("sign checkpoint: no signer")
	}
	var list []note.Signer
	for _, s := range signers {
		if s.Name() != c.Origin {
			return nil, fmt.Errorf("sign checkpoint: the key is named %q, the log %q", clip(s.Name()), c.Origin)
		}
		list = append(list, s)
	}
	b, err := note.Sign(&note.Note{Text: string(c.Body())}, list...)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return b, nil
}

// Open reads a signed checkpoint of the log with these keys and verifies each
// signature by one of them; the first of the keys must have signed. The
// origin must be the name of the keys. Signatures by other keys, such as
// witnesses, are in the note's UnverifiedSigs.
func Open(b []byte, keys Keys) (Checkpoint, *note.Note, error) {
	if len(keys) == 0 {
		return Checkpoint{}, nil, fmt.Errorf("%w: there is no key to check it with", ErrUntrusted)
	}
	first, err := parseVkey(keys[0])
	if err != nil {
		return Checkpoint{}, nil, err
	}
	if err := keys.Validate(first.name); err != nil {
		return Checkpoint{}, nil, err
	}
	verifiers, err := keys.verifiers()
	if err != nil {
		return Checkpoint{}, nil, err
	}
	c, n, err := openNote(b, verifiers)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	if c.Origin != first.name {
		return Checkpoint{}, nil, fmt.Errorf("%w: its origin is not the log's, %q", ErrUntrusted, first.name)
	}
	if !signedBy(n, first.name, first.hash) {
		return Checkpoint{}, nil, fmt.Errorf("%w: the log's Ed25519 key did not sign it", ErrUntrusted)
	}
	return c, n, nil
}

// openNote reads a note whose text is a checkpoint, and verifies what the
// verifiers can.
func openNote(b []byte, verifiers []note.Verifier) (Checkpoint, *note.Note, error) {
	if len(b) > MaxNoteSize {
		return Checkpoint{}, nil, fmt.Errorf("%w: %d bytes, want at most %d", ErrMalformed, len(b), MaxNoteSize)
	}
	n, err := note.Open(b, note.VerifierList(verifiers...))
	var (
		unverified *note.UnverifiedNoteError
		invalid    *note.InvalidSignatureError
	)
	switch {
	case err == nil:
	case errors.As(err, &unverified):
		// A foreign note is only refused as untrusted when it is a checkpoint.
		if _, err := ParseBody([]byte(unverified.Note.Text)); err != nil {
			return Checkpoint{}, nil, err
		}
		if err := checkSpelling(b); err != nil {
			return Checkpoint{}, nil, err
		}
		return Checkpoint{}, nil, ErrUntrusted
	case errors.As(err, &invalid):
		return Checkpoint{}, nil, fmt.Errorf("%w: of key %s+%08x", ErrSignature, invalid.Name, invalid.Hash)
	case bytes.Count(b, []byte("\n— ")) > MaxSignatures:
		return Checkpoint{}, nil, fmt.Errorf("%w: more than %d signature lines", ErrMalformed, MaxSignatures)
	default:
		return Checkpoint{}, nil, fmt.Errorf("%w: not a signed note: want text, an empty line, and signature lines", ErrMalformed)
	}
	c, err := ParseBody([]byte(n.Text))
	if err != nil {
		return Checkpoint{}, nil, err
	}
	if err := checkSpelling(b); err != nil {
		return Checkpoint{}, nil, err
	}
	return c, n, nil
}

// checkSpelling makes sure that each signature line of a note, as the library
// takes it, is canonical base64: the library skips spare bits, so that one
// signature could be spelled in four ways. The lines are read here again,
// since the library drops the second one of a key.
func checkSpelling(b []byte) error {
	for line := range bytes.Lines(b[bytes.LastIndex(b, []byte("\n\n"))+2:]) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		text := line[bytes.LastIndexByte(line, ' ')+1:]
		if _, err := base64.StdEncoding.Strict().DecodeString(string(text)); err != nil {
			return fmt.Errorf("%w: the base64 of a signature has bits beyond its last byte", ErrMalformed)
		}
	}
	return nil
}

func signedBy(n *note.Note, name string, hash uint32) bool {
	for _, s := range n.Sigs {
		if s.Name == name && s.Hash == hash {
			return true
		}
	}
	return false
}
