package checkpoint

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// MaxTrusted is the most logs, and the most witnesses, that a Policy names.
const MaxTrusted = 1000

// A Policy says whose checkpoints are believed: those of its logs, cosigned
// by enough of its witnesses. The zero Policy believes nobody.
type Policy struct {
	Logs      []Keys   // one set for each log; origins differ
	Witnesses []string // verifier keys of type 0x04 (cosignature/v1) or 0x06 (ML-DSA-44)
	Quorum    int      // how many of the witnesses must have cosigned; 0 asks for none
}

// Validate returns an error, naming every complaint, unless p can be used.
func (p Policy) Validate() error {
	var complaints []error
	complain := func(format string, a ...any) { complaints = append(complaints, fmt.Errorf(format, a...)) }
	if len(p.Logs) > MaxTrusted || len(p.Witnesses) > MaxTrusted {
		return fmt.Errorf("policy names %d logs and %d witnesses, want at most %d each", len(p.Logs), len(p.Witnesses), MaxTrusted)
	}
	origins := make(map[string]bool)
	for i, keys := range p.Logs {
		if len(keys) == 0 {
			complain("log %d: no keys", i)
			continue
		}
		first, err := parseVkey(keys[0])
		if err == nil {
			err = keys.Validate(first.name)
		}
		if err != nil {
			complain("log %d: %w", i, err)
			continue
		}
		if origins[first.name] {
			complain("log %d: origin %q is there twice", i, first.name)
		}
		origins[first.name] = true
	}
	// By key, whatever its name: cosignature/v1 does not sign the name, so
	// that one key under two would count twice.
	seen := make(map[string]bool)
	for i, s := range p.Witnesses {
		w, err := parseVkey(s)
		if err != nil {
			complain("witness %d: %w", i, err)
			continue
		}
		if w.alg != algCosignature && w.alg != algMLDSA44 {
			complain("witness %d: %w: type 0x%02x, want 0x04 or 0x06, which carry a time", i, ErrKey, w.alg)
		}
		if _, err := newVerifier(s); err != nil {
			complain("witness %d: %w", i, err)
		}
		if seen[string(w.key)] {
			complain("witness %d: its key is there twice", i)
		}
		seen[string(w.key)] = true
	}
	if p.Quorum < 0 || p.Quorum > len(p.Witnesses) {
		complain("quorum %d, want 0 to the number of witnesses, %d", p.Quorum, len(p.Witnesses))
	}
	if len(complaints) > 0 {
		return fmt.Errorf("checkpoint policy: %w", errors.Join(complaints...))
	}
	return nil
}

// An Opened is a checkpoint that a Policy believes.
type Opened struct {
	Checkpoint
	Cosignatures []Cosignature // by the policy's witnesses, in the order of the note
}

// Open reads a signed checkpoint and returns it when p believes it. An error
// wraps ErrMalformed, ErrSignature, ErrUntrusted or ErrQuorum; another one
// says that p itself cannot be used.
func (p Policy) Open(b []byte) (Opened, error) {
	if err := p.Validate(); err != nil {
		return Opened{}, err
	}
	origin, err := peekOrigin(b)
	if err != nil {
		return Opened{}, err
	}
	keys, ok := p.log(origin)
	if !ok {
		return Opened{}, fmt.Errorf("%w: its origin %q is not a log of the policy", ErrUntrusted, clip(origin))
	}
	c, _, err := Open(b, keys)
	if err != nil {
		return Opened{}, err
	}
	cosigned, err := p.cosignatures(b)
	if err != nil {
		return Opened{}, err
	}
	if len(cosigned) < p.Quorum {
		return Opened{}, fmt.Errorf("%w: %d of %d witnesses cosigned, want %d", ErrQuorum, len(cosigned), len(p.Witnesses), p.Quorum)
	}
	return Opened{Checkpoint: c, Cosignatures: cosigned}, nil
}

// cosignatures returns those of the policy's witnesses on a checkpoint that
// its log has signed. One wrong cosignature refuses the whole checkpoint (C2SP
// signed-note, "Signatures"): an honest note has none. One without a time does
// not say that the witness saw no larger tree (C2SP tlog-cosignature), and
// does not count.
func (p Policy) cosignatures(b []byte) ([]Cosignature, error) {
	if len(p.Witnesses) == 0 {
		return nil, nil
	}
	var verifiers []note.Verifier
	for _, s := range p.Witnesses {
		v, err := newVerifier(s)
		if err != nil {
			return nil, err
		}
		verifiers = append(verifiers, v)
	}
	_, n, err := openNote(b, verifiers)
	if errors.Is(err, ErrUntrusted) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []Cosignature
	for _, s := range n.Sigs {
		c, err := cosignature(s)
		if err != nil {
			return nil, err
		}
		if c.Time.Unix() != 0 {
			list = append(list, c)
		}
	}
	return list, nil
}

// peekOrigin returns the first line of an unverified checkpoint.
func peekOrigin(b []byte) (string, error) {
	_, _, err := openNote(b, nil)
	if !errors.Is(err, ErrUntrusted) {
		return "", err
	}
	for i, c := range b {
		if c == '\n' {
			return string(b[:i]), nil
		}
	}
	return "", ErrMalformed // not reached: openNote found three lines
}

func (p Policy) log(origin string) (Keys, bool) {
	for _, keys := range p.Logs {
		if k, err := parseVkey(keys[0]); err == nil && k.name == origin {
			return keys, true
		}
	}
	return nil, false
}
