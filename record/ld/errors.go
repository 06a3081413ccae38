package ld

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// A Code names the rule of this package that refused a document. Codes are
// stable.
type Code string

// The codes.
const (
	CodeJSON        Code = "ld.json"        // not one JSON object within the limits
	CodeUnpinned    Code = "ld.unpinned"    // a context that is not pinned; see Contexts.With
	CodeContext     Code = "ld.context"     // a context that JSON-LD refuses
	CodeProtected   Code = "ld.protected"   // a protected term is defined anew
	CodeTerm        Code = "ld.term"        // a member whose name no context defines
	CodeRelative    Code = "ld.relative"    // an id, type or reference that is not absolute
	CodeIRI         Code = "ld.iri"         // an IRI with characters that no IRI has
	CodeDropped     Code = "ld.dropped"     // something that has no place in RDF and would not be signed
	CodeHidden      Code = "ld.hidden"      // a member that readers of the JSON would not find under its name
	CodeUnsupported Code = "ld.unsupported" // a feature of JSON-LD that credentials do not need
	CodeComplex     Code = "ld.complex"     // refused: too complex
	CodeNQuads      Code = "ld.nquads"      // not the grammar of N-Quads
)

// An Error is a refusal with the rule and the place. Its text holds names of
// members and URLs of contexts, never values; LogValue holds the code alone.
type Error struct {
	Code   Code
	Path   string // JSON Pointer of the member (RFC 6901), "" for the whole; for N-Quads "line N"
	Reason string // what is wrong there and what to do
	// Context is the URL that is not pinned, for CodeUnpinned.
	Context string
}

// Error gives the code, the place and the reason in one line.
func (e *Error) Error() string {
	path := e.Path
	if path == "" {
		path = "the document"
	}
	return fmt.Sprintf("%s at %s: %s", e.Code, path, e.Reason)
}

// LogValue gives the code alone, since names of members may be private.
func (e *Error) LogValue() slog.Value { return slog.StringValue(string(e.Code)) }

// A place is where in a document a value stands, for errors only.
type place struct {
	up   *place
	name string
	item int // when name is ""
}

func (p *place) String() string {
	var steps []string
	for ; p != nil && p.up != nil; p = p.up {
		if p.name == "" {
			steps = append(steps, strconv.Itoa(p.item))
		} else {
			name := p.name
			if len(name) > maxShown {
				name = strings.ToValidUTF8(name[:maxShown], "") + "…"
			}
			steps = append(steps, strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
		}
	}
	var b strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		b.WriteByte('/')
		b.WriteString(steps[i])
	}
	return b.String()
}

// maxShown bounds the bytes of a name in an error.
const maxShown = 128

func (p *place) refuse(code Code, format string, a ...any) *Error {
	return &Error{Code: code, Path: p.String(), Reason: fmt.Sprintf(format, a...)}
}
