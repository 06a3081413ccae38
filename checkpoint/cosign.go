package checkpoint

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// A Cosignature says that a witness saw a checkpoint, consistent with all it
// saw before of that log (C2SP tlog-cosignature).
type Cosignature struct {
	Name string    // of the witness
	Key  uint32    // its key hash
	Time time.Time // when it signed, whole seconds, by its own clock
}

// Cosign verifies a checkpoint of the log with these keys and returns it with
// cosigner's cosignature/v1 added after the signatures that are there; an
// earlier one by the same key is replaced. The caller has made sure that the
// checkpoint is consistent with the last one it cosigned, and has stored it.
func Cosign(b []byte, keys Keys, cosigner *Signer) ([]byte, error) {
	if p, err := parseVkey(cosigner.vkey); err != nil || p.alg != algCosignature {
		return nil, errors.New("cosign checkpoint: the signer is not a cosigner; make it with NewCosigner")
	}
	_, n, err := Open(b, keys)
	if err != nil {
		return nil, err
	}
	out, err := note.Sign(n, cosigner)
	if err != nil {
		return nil, fmt.Errorf("cosign checkpoint: %w", err)
	}
	if len(out) > MaxNoteSize {
		return nil, fmt.Errorf("%w: with this cosignature it has %d bytes, want at most %d", ErrMalformed, len(out), MaxNoteSize)
	}
	return out, nil
}

// cosignature reads the time of a verified cosignature. It must not exceed
// 2^63-1 seconds (C2SP tlog-cosignature).
func cosignature(s note.Signature) (Cosignature, error) {
	t, err := signatureTime(s)
	if err != nil || t.Unix() < 0 {
		return Cosignature{}, fmt.Errorf("%w: cosignature of %s+%08x has no possible time", ErrMalformed, s.Name, s.Hash)
	}
	return Cosignature{Name: s.Name, Key: s.Hash, Time: t.UTC()}, nil
}
