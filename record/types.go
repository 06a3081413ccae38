package record

import "fmt"

// A Type says what a record is. The submitter declares it; identity is
// (type, digest). As text: "badge", "course-qa", "document".
type Type uint8

// The record types of format version 1.
const (
	Badge    Type = 1 // a credential of one learner: Open Badges 2.0 or 3.0, CLR, VC-JWT
	CourseQA Type = 2 // a course quality-assurance record; always open
	Document Type = 3 // any bytes: a diploma as PDF, a transcript
)

// A State is what a log says of one of its sealed or open entries.
// As text: "valid", "suspended", "revoked".
type State uint8

// The states of format version 1; value 3 is reserved.
const (
	Valid     State = 0
	Suspended State = 1 // may become valid again
	Revoked   State = 2 // final
)

// A Kind is the second byte of an entry. As text: "sealed", "open",
// "status", "head".
type Kind uint8

// The entry kinds of format version 1.
const (
	Sealed Kind = 1 // 35 bytes: 01 01 type commitment[32]
	Open   Kind = 2 // 39 bytes: 01 02 type 01 55 12 20 digest[32]
	Status Kind = 3 // 11 bytes: 01 03 target[8, big-endian] status[1]
	Head   Kind = 4 // 34 bytes: 01 04 statusRoot[32]
)

var (
	typeNames  = [...]string{Badge: "badge", CourseQA: "course-qa", Document: "document"}
	stateNames = [...]string{Valid: "valid", Suspended: "suspended", Revoked: "revoked"}
	kindNames  = [...]string{Sealed: "sealed", Open: "open", Status: "status", Head: "head"}
)

// String returns the type's name, or "type N" for a value that has none.
func (t Type) String() string {
	if t.known() {
		return typeNames[t]
	}
	return fmt.Sprintf("type %d", uint8(t))
}

func (t Type) known() bool { return Badge <= t && t <= Document }

// ParseType reads the name of a record type.
func ParseType(s string) (Type, error) {
	for t := Badge; t <= Document; t++ {
		if s == typeNames[t] {
			return t, nil
		}
	}
	return 0, fmt.Errorf("unknown record type %q: want badge, course-qa or document", clip(s))
}

// MarshalText returns the type's name; a value without one is an error.
func (t Type) MarshalText() ([]byte, error) {
	if !t.known() {
		return nil, fmt.Errorf("record type %d has no name", uint8(t))
	}
	return []byte(typeNames[t]), nil
}

// UnmarshalText accepts just what MarshalText returns.
func (t *Type) UnmarshalText(text []byte) error {
	p, err := ParseType(string(text))
	if err == nil {
		*t = p
	}
	return err
}

// String returns the state's name, or "state N" for a value that has none.
func (s State) String() string {
	if s <= Revoked {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// ParseState reads the name of a state.
func ParseState(s string) (State, error) {
	for st := Valid; st <= Revoked; st++ {
		if s == stateNames[st] {
			return st, nil
		}
	}
	return 0, fmt.Errorf("unknown state %q: want valid, suspended or revoked", clip(s))
}

// MarshalText returns the state's name; a value without one is an error.
func (s State) MarshalText() ([]byte, error) {
	if s > Revoked {
		return nil, fmt.Errorf("state %d has no name", uint8(s))
	}
	return []byte(stateNames[s]), nil
}

// UnmarshalText accepts just what MarshalText returns.
func (s *State) UnmarshalText(text []byte) error {
	p, err := ParseState(string(text))
	if err == nil {
		*s = p
	}
	return err
}

// String returns the kind's name, or "kind N" for a value that has none.
func (k Kind) String() string {
	if Sealed <= k && k <= Head {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// clip shortens a stranger's text before it enters an error.
func clip(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
