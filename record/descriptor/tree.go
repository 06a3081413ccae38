package descriptor

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is how much of a text is taken into a report, in bytes.
const maxText = 300

// maxItems is how many items of a list are looked at.
const maxItems = 200

// A node is a value of a JSON document and the path to it.
type node struct {
	value any // of encoding/json, with numbers as json.Number; nil: there is none
	path  string
}

func (n node) there() bool { return n.value != nil }

// at returns a member; a node without value when there is none.
func (n node) at(name string) node {
	object, _ := n.value.(map[string]any)
	path := name
	if n.path != "" {
		path = n.path + "." + name
	}
	return node{object[name], path}
}

// items returns the values of a list; one value counts as a list of itself.
func (n node) items() []node {
	list, ok := n.value.([]any)
	if !ok {
		if n.there() {
			return []node{n}
		}
		return nil
	}
	var all []node
	for i, v := range list[:min(len(list), maxItems)] {
		all = append(all, node{v, n.path + "[" + strconv.Itoa(i) + "]"})
	}
	return all
}

// text returns a string as it is to be shown: without control characters, in
// one line.
func (n node) text() string {
	s, _ := n.value.(string)
	return oneLine(s)
}

// words is the text of a value that may be written as a string, as a JSON-LD
// value or as an object with a name.
func (n node) words() string {
	if s := n.text(); s != "" {
		return s
	}
	for _, name := range []string{"name", "text", "@value", "value", "description", "targetName"} {
		if s := n.at(name).text(); s != "" {
			return s
		}
	}
	return ""
}

// number returns the text of a JSON number, or a string in its place.
func (n node) number() string {
	switch v := n.value.(type) {
	case json.Number:
		return v.String()
	case string:
		return strings.TrimSpace(v)
	}
	return ""
}

// is reports whether a value is the name, or a list with it.
func (n node) is(name string) bool {
	for _, i := range n.items() {
		if s, ok := i.value.(string); ok && s == name {
			return true
		}
	}
	return false
}

// oneLine joins the words of a text and shortens it to maxText bytes.
func oneLine(s string) string {
	if len(s) > 4*maxText {
		s = s[:4*maxText]
	}
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if len(s) <= maxText {
		return s
	}
	end := maxText - len("…")
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

func clip(s string) string {
	if s = oneLine(s); len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
