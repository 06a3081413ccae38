// Package tree reads the members of a JSON document that has passed the gates
// of package record, of which nothing else is known.
package tree

import (
	"bytes"
	"errors"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/akashi-project/akashi/record"
)

// An Object is a JSON object: nil, bool, float64, string, []any and Object by
// their names. Names are compared exactly.
type Object map[string]any

// ErrNotJSON says that a record is of another form.
var ErrNotJSON = errors.New("not a JSON object")

// Parse reads a JSON object through the gates of package record. An error is a
// *record.FormatError, or ErrNotJSON.
func Parse(b []byte) (Object, error) {
	if !bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("{")) {
		return nil, ErrNotJSON
	}
	if err := record.CheckJSON(b); err != nil {
		return nil, err
	}
	return FromGated(b)
}

// FromGated reads what the gates let through before: names are unique, and
// numbers are what they say.
func FromGated(b []byte) (Object, error) {
	var o map[string]any
	if err := json.Unmarshal(b, &o, jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, ErrNotJSON
	}
	return o, nil
}

// Count counts the names and values of v.
func Count(v any) int {
	n := 1
	switch v := v.(type) {
	case map[string]any:
		for _, w := range v {
			n += 1 + Count(w)
		}
	case Object:
		return Count(map[string]any(v))
	case []any:
		for _, w := range v {
			n += Count(w)
		}
	}
	return n
}

// Has reports whether there is such a member, whatever it holds.
func (o Object) Has(name string) bool { _, ok := o[name]; return ok }

// Text returns a member that is a string; "" when it is none.
func (o Object) Text(name string) string {
	s, _ := o[name].(string)
	return s
}

// Object returns a member that is an object; nil when it is none.
func (o Object) Object(name string) Object { return AsObject(o[name]) }

// AsObject returns v when it is an object, else nil.
func AsObject(v any) Object {
	switch m := v.(type) {
	case map[string]any:
		return m
	case Object:
		return m
	}
	return nil
}

// Each returns a member as a list: one value is a list of one, and what is
// absent or null an empty one. Most lists of JSON-LD may be written so.
func (o Object) Each(name string) []any {
	switch v := o[name].(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// Objects returns the objects among Each.
func (o Object) Objects(name string) []Object {
	var all []Object
	for _, v := range o.Each(name) {
		if m := AsObject(v); m != nil {
			all = append(all, m)
		}
	}
	return all
}

// Texts returns a member that is a string or a list of nothing but strings.
func (o Object) Texts(name string) ([]string, bool) {
	if !o.Has(name) {
		return nil, false
	}
	var all []string
	for _, v := range o.Each(name) {
		s, ok := v.(string)
		if !ok {
			return nil, false
		}
		all = append(all, s)
	}
	return all, len(all) > 0
}

// Is reports whether "type" is, or holds, one of the names.
func (o Object) Is(names ...string) bool {
	for _, v := range o.Each("type") {
		for _, n := range names {
			if v == n {
				return true
			}
		}
	}
	return false
}

// ID returns a value that is a string, or the "id" of an object.
func ID(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return AsObject(v).Text("id")
}

// IsURL reports whether a text is an absolute URL or URN: a scheme, then
// something, and no character that a URL cannot hold.
func IsURL(s string) bool {
	if s == "" || len(s) > 4096 || strings.ContainsAny(s, " \t\r\n\"<>\\^`{|}") {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && (u.Opaque != "" || u.Host != "" || u.Path != "")
}

// Origin returns scheme, host and port of an http or https URL (RFC 6454),
// with the scheme's usual port left out; "" for any other text.
func Origin(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p := u.Port(); p != "" && !(u.Scheme == "https" && p == "443") && !(u.Scheme == "http" && p == "80") {
		host += ":" + p
	}
	return u.Scheme + "://" + host
}

// Split takes the fragment off an URL. The fragment keeps its "#", and is
// empty when there is none.
func Split(s string) (document, fragment string) {
	i := strings.IndexByte(s, '#')
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i:]
}
