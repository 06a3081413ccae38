package verify

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/akashi-project/akashi/record/jcs"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decode reads one JSON value into v: no unknown, repeated or differently
// spelled members, no invalid UTF-8, nothing behind the value. Its errors say
// where, and never repeat the input.
func decode(b []byte, v any) error {
	return explain(json.Unmarshal(b, v, json.RejectUnknownMembers(true)))
}

// encode writes v as compact JSON, members in the order of its fields.
func encode(v any) ([]byte, error) {
	return json.Marshal(v)
}

// explain turns an error of the JSON library into one that names the place in
// the document. The library's own words quote the input.
func explain(err error) error {
	var (
		syntactic *jsontext.SyntacticError
		semantic  *json.SemanticError
	)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntactic):
		return fmt.Errorf("a member stands twice in one object at byte %d", syntactic.ByteOffset)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("the JSON ends before it is complete, as in a file that was cut off")
	case errors.As(err, &syntactic):
		return fmt.Errorf("not JSON (RFC 8259) at byte %d", syntactic.ByteOffset)
	case errors.As(err, &semantic):
		at := fmt.Sprintf("at %s (byte %d)", place(semantic.JSONPointer), semantic.ByteOffset)
		switch {
		case errors.Is(err, json.ErrUnknownName):
			return fmt.Errorf("an unknown member in %s%s (byte %d)", place(semantic.JSONPointer.Parent()), memberName(semantic.JSONPointer.LastToken()), semantic.ByteOffset)
		case semantic.Err == nil, strings.HasPrefix(string(semantic.JSONPointer), "/record"):
			return fmt.Errorf("not a value of the right kind %s", at)
		}
		return fmt.Errorf("%w %s", semantic.Err, at)
	}
	return errors.New("not JSON of the right shape")
}

// memberName quotes the name of a member when it is like one that a person
// could have mistyped, which no digest or salt in hexadecimal is: too short.
func memberName(name string) string {
	if !visible(name, 31) {
		return ""
	}
	return fmt.Sprintf(", %q", name)
}

// place shortens a pointer into a document for an error.
func place(p jsontext.Pointer) string {
	if p == "" {
		return "the document"
	}
	return clip(string(p))
}

// canonicalValue returns an error unless b is one JSON value in the form of
// RFC 8785, nested no deeper than maxQADepth.
func canonicalValue(b []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := d.ReadToken(); err != nil {
			return explain(err)
		}
		if d.StackDepth() > maxQADepth {
			return fmt.Errorf("nested deeper than %d levels", maxQADepth)
		}
		if d.StackDepth() == 0 {
			break
		}
	}
	if int(d.InputOffset()) != len(b) {
		return errors.New("something follows the JSON value")
	}
	canonical, err := canonicalize(b)
	if err != nil {
		return err
	}
	if i := difference(canonical, b); i >= 0 {
		return fmt.Errorf("not in the form of RFC 8785 at its byte %d", i)
	}
	return nil
}

// canonicalize returns the RFC 8785 form of a JSON value that a decoder has
// accepted.
func canonicalize(b []byte) ([]byte, error) {
	// The library takes an object or an array: another value goes in as the
	// only element of one.
	if len(b) > 0 && (b[0] == '{' || b[0] == '[') {
		c, err := jcs.Transform(b)
		if err != nil {
			return nil, errors.New("RFC 8785 has no form for this value")
		}
		return c, nil
	}
	c, err := jcs.Transform(append(append([]byte{'['}, b...), ']'))
	if err != nil {
		return nil, errors.New("RFC 8785 has no form for this value")
	}
	return c[1 : len(c)-1], nil
}

// difference returns the first place where a and b differ, or -1.
func difference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) == len(b) {
		return -1
	}
	return min(len(a), len(b))
}

// clip shortens a stranger's text before it enters an error or a sentence,
// and takes out what does not print.
func clip(s string) string { return clipTo(s, 200) }

func clipTo(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if !printable(r) {
			return '\uFFFD'
		}
		return r
	}, s)
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// printable reports whether r is a character of its own: no control, no
// formatting that turns the reading direction, no stand-in for broken bytes.
func printable(r rune) bool {
	return unicode.IsPrint(r) && r != unicode.ReplacementChar
}

// unmarshalLoosely reads the members of an object that v has and passes over
// others. The object is held to its full shape elsewhere.
func unmarshalLoosely(b []byte, v any) error { return json.Unmarshal(b, v) }
