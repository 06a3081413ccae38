package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/jcs"
)

// gated is for JSON that has passed the gates of package record: its names are
// unique.
var gated = jsontext.AllowDuplicateNames(true)

// A member is one member of a JSON object in RFC 8785 form, name and value as
// they stand there.
type member struct {
	name  string // with its quotation marks
	value []byte
}

// text is the name without its escapes.
func (m member) text() string {
	var s string
	if strings.IndexByte(m.name, '\\') < 0 || json.Unmarshal([]byte(m.name), &s) != nil {
		return m.name[1 : len(m.name)-1]
	}
	return s
}

// errCanonical cannot be the fault of input: only output of record.Parse is
// taken apart.
var errCanonical = errors.New("not the RFC 8785 form of a JSON object")

// canonicalize holds a document to the gates of record.Parse and returns its
// RFC 8785 form. The error is a *record.FormatError.
func canonicalize(doc []byte) ([]byte, error) {
	if err := record.CheckJSON(doc); err != nil {
		return nil, err
	}
	canonical, err := jcs.Transform(doc)
	if err != nil {
		return nil, errCanonical // not reached: the gates are narrower
	}
	return canonical, nil
}

// listOf is the elements of an array, and anything else as a list of it.
func listOf(value []byte) ([][]byte, error) {
	if len(value) == 0 || value[0] != '[' {
		return [][]byte{value}, nil
	}
	return elements(value)
}

// members takes an object in RFC 8785 form apart. That form has no white space,
// so the parts put together in their order are RFC 8785 again.
func members(object []byte) ([]member, error) {
	if len(object) < 2 || object[0] != '{' || object[len(object)-1] != '}' {
		return nil, errCanonical
	}
	var out []member
	for rest := object[1 : len(object)-1]; len(rest) > 0; {
		n := valueLength(rest)
		if rest[0] != '"' || n == len(rest) || rest[n] != ':' {
			return nil, errCanonical
		}
		m := member{name: string(rest[:n])}
		rest = rest[n+1:]
		n = valueLength(rest)
		m.value, rest = rest[:n], rest[n:]
		out = append(out, m)
		if len(rest) > 0 {
			if rest[0] != ',' || len(rest) == 1 {
				return nil, errCanonical
			}
			rest = rest[1:]
		}
	}
	return out, nil
}

// elements takes an array in RFC 8785 form apart.
func elements(array []byte) ([][]byte, error) {
	if len(array) < 2 || array[0] != '[' || array[len(array)-1] != ']' {
		return nil, errCanonical
	}
	var out [][]byte
	for rest := array[1 : len(array)-1]; len(rest) > 0; {
		n := valueLength(rest)
		if n == 0 {
			return nil, errCanonical
		}
		out = append(out, rest[:n])
		if rest = rest[n:]; len(rest) > 0 {
			rest = rest[1:]
		}
	}
	return out, nil
}

// valueLength returns the length of the JSON value that b begins with: up to a
// comma, colon or closing bracket outside of strings and brackets.
func valueLength(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i += stringLength(b[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return i
			}
		case ',', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return len(b)
}

// stringLength returns the length of the JSON string that b begins with, with
// its quotation marks.
func stringLength(b []byte) int {
	for i := 1; ; i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return len(b)
		}
		i += n
		// An odd number of backslashes before it makes it part of the text.
		escapes := 0
		for b[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1
		}
	}
}

// join puts members together in their order.
func join(ms []member) []byte {
	n := 2
	for _, m := range ms {
		n += len(m.name) + len(m.value) + 2
	}
	b := make([]byte, 0, n)
	b = append(b, '{')
	for i, m := range ms {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, m.name...)
		b = append(b, ':')
		b = append(b, m.value...)
	}
	return append(b, '}')
}

// joinList puts elements together.
func joinList(list [][]byte) []byte {
	return append(append([]byte{'['}, bytes.Join(list, []byte{','})...), ']')
}

// without returns the members but for one.
func without(ms []member, name string) []member {
	out := make([]member, 0, len(ms))
	for _, m := range ms {
		if m.name != name {
			out = append(out, m)
		}
	}
	return out
}

// with returns the members with one set, in the order of RFC 8785. The name is
// ASCII.
func with(ms []member, name string, value []byte) []member {
	out := make([]member, 0, len(ms)+1)
	placed := false
	for _, m := range ms {
		if !placed && m.text() >= name[1:len(name)-1] {
			out = append(out, member{name, value})
			placed = true
		}
		if m.name != name {
			out = append(out, m)
		}
	}
	if !placed {
		out = append(out, member{name, value})
	}
	return out
}

// find returns the value of a member, or nil.
func find(ms []member, name string) []byte {
	for _, m := range ms {
		if m.name == name {
			return m.value
		}
	}
	return nil
}
