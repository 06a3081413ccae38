package checkpoint

import (
	"errors"
	"fmt"
)

// ErrTerm says that a checkpoint is signed by keys of the log that do not
// count at its size: they were replaced before, or came after.
var ErrTerm = errors.New("checkpoint signed outside the term of its keys")

// A Term is what keys sign a log's checkpoints from when on.
type Term struct {
	From uint64 `json:"from"` // entries anchored when the owner announced the keys; 0 for the opening keys
	Keys Keys   `json:"keys"` // none: what was announced are no keys of the log, and nobody signs
}

// Terms are the terms of a log's keys (docs/formats/log.md): first that of the
// opening keys, then one for each KeysChanged event, in the order of the
// chain. From never falls. A term ends where the next begins, and both count
// at that size: a node goes on signing with the keys it has until the change
// is final.
type Terms []Term

// Current are the keys that sign now; none: nobody.
func (t Terms) Current() Keys {
	if len(t) == 0 {
		return nil
	}
	return t[len(t)-1].Keys
}

// Announce returns t with one term more, read from the bytes of a KeysChanged
// event. The contract takes any bytes that end in a newline; what are no keys
// of this origin leave the log without keys until the owner announces others.
func (t Terms) Announce(from uint64, keys []byte, origin string) Terms {
	k, err := ParseKeys(keys, origin)
	if err != nil {
		k = nil
	}
	return append(t[:len(t):len(t)], Term{From: from, Keys: k})
}

// covers reports whether the keys of term i count for a checkpoint of that size.
func (t Terms) covers(i int, size uint64) bool {
	return size >= t[i].From && (i+1 == len(t) || size <= t[i+1].From)
}

// Open reads a signed checkpoint of a log by the keys of any of its terms. It
// returns the number of the term that counts for the checkpoint's size; or,
// with an error wrapping ErrTerm and the checkpoint, that of the latest term
// whose keys have signed it and do not count. Other errors are those of the
// function Open.
func (t Terms) Open(b []byte) (Checkpoint, int, error) {
	var (
		outside = -1
		signed  Checkpoint
		wrong   error
		refused error = fmt.Errorf("%w: there is no key to check it with", ErrUntrusted)
	)
	for i := len(t) - 1; i >= 0; i-- {
		if len(t[i].Keys) == 0 {
			continue
		}
		c, _, err := Open(b, t[i].Keys)
		switch {
		case err == nil && t.covers(i, c.Tree.Size):
			return c, i, nil
		case err == nil:
			if outside < 0 {
				outside, signed = i, c
			}
		case errors.Is(err, ErrSignature):
			wrong = err
		default:
			refused = err
		}
	}
	switch {
	case outside >= 0:
		return signed, outside, fmt.Errorf("%w: of size %d, keys announced at size %d", ErrTerm, signed.Tree.Size, t[outside].From)
	case wrong != nil:
		return Checkpoint{}, -1, wrong
	}
	return Checkpoint{}, -1, refused
}
