package record

import (
	"errors"
	"fmt"
)

// ErrNoEffect is wrapped by every error that says: this status entry does
// not act. Such an entry occupies its index and changes no state.
var ErrNoEffect = errors.New("status entry has no effect")

// Effect returns the state of e's target after e, a status entry at index.
// target is the entry at e.Target, the zero Entry when its bytes are none of
// this version; now is its state before e.
//
// A status entry acts if and only if its target is a smaller index, holds a
// sealed or open entry of type badge or document, and is not revoked. Any of
// the three states may be set, also the one that holds already. Otherwise the
// result is now and an error wrapping ErrNoEffect that says why.
func (e Entry) Effect(index uint64, target Entry, now State) (State, error) {
	none := func(format string, a ...any) (State, error) {
		return now, fmt.Errorf("%w: %s", ErrNoEffect, fmt.Sprintf(format, a...))
	}
	switch {
	case e.Kind != Status:
		return none("entry %d is of %s, not a status entry", index, kindOf(e))
	case e.State > Revoked:
		return none("entry %d sets %s, which is reserved", index, e.State)
	case e.Target >= index:
		return none("entry %d targets entry %d, which is not before it", index, e.Target)
	case target.Kind != Sealed && target.Kind != Open:
		return none("entry %d is of %s; only a sealed or open record has a state", e.Target, kindOf(target))
	case target.Type != Badge && target.Type != Document:
		return none("entry %d is of type %s; only a badge or a document has a state", e.Target, target.Type)
	case now == Revoked:
		return none("entry %d is revoked, which is final", e.Target)
	case now > Revoked:
		return none("entry %d is in %s, which is reserved", e.Target, now)
	}
	return e.State, nil
}

func kindOf(e Entry) string {
	if e.Kind == 0 {
		return "no known kind"
	}
	return "kind " + e.Kind.String()
}
