package descriptor

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

// Facts are what a badge says of itself, for who compares badges.
type Facts struct {
	Achievement string // its identifier, or ""
	Credential  string // its identifier, or ""
	Title       string
	Issuer      string // name, else identifier
	IssuerID    string
	Awarded     time.Time // zero: not said, or not readable
	Effort      Effort    // nil where it says nothing in a member of its own
	Levels      []LevelOf
	Outcomes    []Outcome
	StackKind   string   // inclusion, transfer, modular or ""
	StackInto   []string // names and identifiers
	Learners    []Identity
}

// A LevelOf is a level of a framework.
type LevelOf struct{ Framework, Code string }

// An Outcome is a learning outcome; it has a text, an address or both.
type Outcome struct{ Text, URI string }

// An Identity is what a badge knows its learner by. It is private: it prints
// as "[redacted]", whatever the verb.
type Identity struct {
	id, hash, salt string
	hashed         bool
}

const redacted = "[redacted]"

// String returns "[redacted]".
func (i Identity) String() string { return redacted }

// Format writes "[redacted]" whatever the verb.
func (i Identity) Format(f fmt.State, verb rune) { io.WriteString(f, redacted) }

// LogValue returns "[redacted]".
func (i Identity) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]".
func (i Identity) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// A Sameness says whether two identities are of one person.
type Sameness uint8

// The answers. CannotTell is the one for identifiers that are hashed with
// different salts, or of different kinds.
const (
	CannotTell Sameness = iota
	Same
	Different
)

// Compare says whether two identities are of one person, as far as they show
// it.
func (i Identity) Compare(o Identity) Sameness {
	switch {
	case i.hashed && o.hashed && i.salt == o.salt && kindOfHash(i.hash) == kindOfHash(o.hash):
		if strings.EqualFold(i.hash, o.hash) {
			return Same
		}
		return Different
	case i.hashed && o.hashed:
		return CannotTell
	case i.hashed:
		return i.Is(o.id)
	case o.hashed:
		return o.Is(i.id)
	case sameName(i.id, o.id):
		return Same
	}
	if a, b := scheme(i.id), scheme(o.id); a != b {
		return CannotTell // a DID and an address of mail may be of one person
	}
	return Different
}

// Is says whether an identity is that of a learner who is known by id: an
// address of mail or another identifier, as the issuer was given it.
func (i Identity) Is(id string) Sameness {
	if !i.hashed {
		switch {
		case sameName(i.id, id):
			return Same
		case scheme(i.id) != scheme(id):
			return CannotTell
		}
		return Different
	}
	var sum []byte
	for _, name := range []string{id, strings.TrimPrefix(id, "mailto:")} {
		switch kindOfHash(i.hash) {
		case "sha256":
			s := sha256.Sum256([]byte(name + i.salt))
			sum = s[:]
		case "md5": // old badges; it proves nothing, and tells one learner from another
			s := md5.Sum([]byte(name + i.salt))
			sum = s[:]
		default:
			return CannotTell
		}
		if _, digits, _ := strings.Cut(i.hash, "$"); strings.EqualFold(digits, hex.EncodeToString(sum)) {
			return Same
		}
	}
	// What was hashed may be an identifier of another kind.
	if scheme(id) == "mailto" {
		return Different
	}
	return CannotTell
}

func kindOfHash(s string) string {
	kind, _, _ := strings.Cut(s, "$")
	return strings.ToLower(kind)
}

func sameName(a, b string) bool {
	if scheme(a) == "mailto" && scheme(b) == "mailto" {
		return strings.EqualFold(strings.TrimPrefix(a, "mailto:"), strings.TrimPrefix(b, "mailto:"))
	}
	return a == b
}

// scheme tells kinds of identifiers apart: "mailto" for addresses of mail, with
// or without it, "did", "https", or "".
func scheme(id string) string {
	before, _, ok := strings.Cut(id, ":")
	switch {
	case ok && !strings.Contains(before, "@"):
		return strings.ToLower(before)
	case strings.Contains(id, "@"):
		return "mailto"
	}
	return ""
}

// Facts reads what a badge says of itself.
func (b Badge) Facts() Facts {
	var ignored Finding
	f := Facts{
		Achievement: b.ID(), Credential: b.CredentialID(), Title: b.Name(), Issuer: b.Issuer(), IssuerID: b.IssuerID(),
		Effort: *b.effort(&ignored),
	}
	for _, name := range []string{"awardedDate", "issuedOn", "validFrom", "issuanceDate"} {
		if t, err := time.Parse(time.RFC3339, b.assertion.at(name).text()); err == nil {
			f.Awarded = t.UTC()
			break
		}
	}
	if l := b.extension.at("level"); l.there() {
		if text := l.text(); text != "" {
			if i := strings.LastIndexByte(text, ' '); i > 0 {
				f.Levels = append(f.Levels, LevelOf{strings.TrimSpace(text[:i]), text[i+1:]})
			}
		} else {
			f.Levels = append(f.Levels, LevelOf{l.at("framework").text(), l.at("level").number()})
		}
	}
	for _, a := range b.alignments() {
		if isLevel(a) {
			f.Levels = append(f.Levels, LevelOf{a.at("targetFramework").text(), a.at("targetCode").number()})
		} else {
			f.Outcomes = append(f.Outcomes, Outcome{a.at("targetName").text(), a.at("targetUrl").text()})
		}
	}
	for _, o := range b.extension.at("learningOutcome").items() {
		f.Outcomes = append(f.Outcomes, Outcome{o.words(), o.at("id").text()})
	}
	s := b.extension.at("stackability")
	f.StackKind = s.at("kind").text()
	for _, i := range s.at("into").items() {
		for _, text := range []string{i.words(), i.at("id").text()} {
			if text != "" {
				f.StackInto = append(f.StackInto, text)
			}
		}
	}
	f.Learners = b.learners()
	return f
}

// learners reads all identities of the learner.
func (b Badge) learners() []Identity {
	var all []Identity
	if r := b.assertion.at("recipient"); b.Standard == "ob2" && r.there() {
		value, _ := r.at("identity").value.(string)
		all = append(all, newIdentity(value, r))
	}
	if id, _ := b.subject.at("id").value.(string); id != "" {
		all = append(all, Identity{id: id})
	}
	for _, i := range b.subject.at("identifier").items() {
		if value, _ := i.at("identityHash").value.(string); value != "" {
			all = append(all, newIdentity(value, i))
		}
	}
	return all
}

func newIdentity(value string, n node) Identity {
	hashed, _ := n.at("hashed").value.(bool)
	salt, _ := n.at("salt").value.(string)
	if hashed || strings.Contains(value, "$") {
		return Identity{hash: value, salt: salt, hashed: true}
	}
	return Identity{id: value}
}
