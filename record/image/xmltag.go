package image

import (
	"bytes"
	"slices"
	"strings"
)

// startTag reads <name attr="value" …> or <name …/> (XML, section 3.1).
func (s *scanner) startTag() (token, error) {
	b, start := s.b, s.at
	n := nameAt(b, start+1)
	if n == 0 {
		return token{}, refuse(start, "a < of the SVG begins no tag; write &lt;")
	}
	if len(s.stack) == 0 && s.root {
		return token{}, refuse(start, "the SVG has a second root element")
	}
	if len(s.stack) == MaxDepth {
		return token{}, beyond(start, "the SVG nests more than %d elements", MaxDepth)
	}
	name := b[start+1 : start+1+n]
	t := token{kind: tokenOpen, start: start, name: string(name)}
	s.at = start + 1 + n
	var seen map[string]bool // of many attributes; few are compared one by one
	for {
		gap := s.at
		for s.at < len(b) && isSpace(b[s.at]) {
			s.at++
		}
		if s.at < len(b) && b[s.at] == '>' {
			s.at++
			break
		}
		if bytes.HasPrefix(b[s.at:], []byte("/>")) {
			s.at += 2
			t.empty = true
			break
		}
		if s.at == gap {
			return token{}, refuse(s.at, "a tag of the SVG is cut off, or a space is missing in it")
		}
		if len(t.attrs) == MaxAttrs {
			return token{}, beyond(start, "an element of the SVG has more than %d attributes", MaxAttrs)
		}
		at := s.at
		a, err := s.attribute()
		if err != nil {
			return token{}, err
		}
		var twice bool
		if len(t.attrs) < 8 {
			twice = slices.ContainsFunc(t.attrs, func(o attribute) bool { return o.prefix == a.prefix && o.local == a.local })
		} else {
			if seen == nil {
				seen = map[string]bool{}
				for _, o := range t.attrs {
					seen[o.prefix+":"+o.local] = true
				}
			}
			full := a.prefix + ":" + a.local
			twice = seen[full]
			seen[full] = true
		}
		if twice {
			return token{}, refuse(at, "an element of the SVG has an attribute twice")
		}
		t.attrs = append(t.attrs, a)
	}
	t.end, s.root = s.at, true
	return t, s.open(&t, name)
}

// attribute reads name="value".
func (s *scanner) attribute() (attribute, error) {
	b, start := s.b, s.at
	n := nameAt(b, start)
	var a attribute
	var ok bool
	if a.prefix, a.local, ok = splitName(b[start : start+n]); !ok {
		return a, refuse(start, "an attribute of the SVG has no right name")
	}
	i := start + n
	space := func() {
		for i < len(b) && isSpace(b[i]) {
			i++
		}
	}
	space()
	if i >= len(b) || b[i] != '=' {
		return a, refuse(start, "an attribute of the SVG has no value")
	}
	i++
	space()
	if i >= len(b) || b[i] != '"' && b[i] != '\'' {
		return a, refuse(start, "the value of an attribute of the SVG stands in no quotes")
	}
	length := bytes.IndexByte(b[i+1:], b[i])
	if length < 0 {
		return a, refuse(start, "the value of an attribute of the SVG has no end")
	}
	raw := b[i+1 : i+1+length]
	if j := bytes.IndexByte(raw, '<'); j >= 0 {
		return a, refuse(i+1+j, "a < stands in an attribute of the SVG; write &lt;")
	}
	value, _, opaque, err := s.resolve(raw, i+1, true)
	if err != nil {
		return a, err
	}
	a.value, a.opaque = string(value), opaque
	s.at = i + 1 + length + 1
	return a, nil
}

// splitName divides a name at its colon (Namespaces in XML, section 4).
func splitName(name []byte) (prefix, local string, ok bool) {
	before, after, colon := strings.Cut(string(name), ":")
	if !colon {
		return "", before, before != ""
	}
	return before, after, before != "" && nameAt([]byte(after), 0) == len(after) && after != "" && !strings.Contains(after, ":")
}

// open pushes an element and finds its namespace. The element of an empty tag
// is pushed too and leaves with the end tag that is made for it.
func (s *scanner) open(t *token, name []byte) error {
	f := frame{name: name}
	for _, a := range t.attrs {
		prefix, ok := "", a.prefix == "" && a.local == "xmlns"
		if a.prefix == "xmlns" {
			prefix, ok = a.local, true
		}
		if !ok {
			continue
		}
		if prefix == "xmlns" || prefix == "xml" || a.prefix == "xmlns" && a.value == "" && !a.opaque {
			return refuse(t.start, "a namespace of the SVG is declared as it must not be")
		}
		s.prefix[prefix] = append(s.prefix[prefix], binding{a.value, a.opaque})
		f.declared = append(f.declared, prefix)
	}
	s.stack = append(s.stack, f)
	prefix, local, ok := splitName(name)
	if !ok {
		return refuse(t.start, "an element of the SVG has no right name")
	}
	bound := s.prefix[prefix]
	if len(bound) == 0 && prefix != "" {
		return refuse(t.start, "an element of the SVG has a prefix that is declared nowhere")
	}
	t.local = local
	if len(bound) > 0 {
		t.space, t.opaque = bound[len(bound)-1].space, bound[len(bound)-1].opaque
	}
	return nil
}

// endTag reads </name>.
func (s *scanner) endTag() (token, error) {
	b, start := s.b, s.at
	n := nameAt(b, start+2)
	i := start + 2 + n
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	switch {
	case n == 0 || i >= len(b) || b[i] != '>':
		return token{}, refuse(start, "an end tag of the SVG is cut off")
	case len(s.stack) == 0 || !bytes.Equal(s.stack[len(s.stack)-1].name, b[start+2:start+2+n]):
		return token{}, refuse(start, "an end tag of the SVG ends no element that is open")
	}
	s.at = i + 1
	s.close()
	return token{kind: tokenClose, start: start, end: s.at}, nil
}

// close forgets the innermost element and its namespaces.
func (s *scanner) close() {
	last := len(s.stack) - 1
	for _, p := range s.stack[last].declared {
		s.prefix[p] = s.prefix[p][:len(s.prefix[p])-1]
	}
	s.stack = s.stack[:last]
}
