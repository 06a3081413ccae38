package golden

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A Change says what was done to a case.
type Change uint8

// The changes.
const (
	RecordChanged   Change = iota // another record is presented
	EvidenceChanged               // a value of the evidence is another, of the same kind
	MemberGone                    // a member or element of the evidence is missing
	ValueEmptied                  // an object or array of the evidence is empty
)

// Changed returns the case with each member of evidence and record changed,
// one at a time: each string in one character, which stays a hexadecimal digit
// where it was one, each number by one; each member and element left out; each
// object and array emptied. What is not JSON is changed in some of its bytes.
func (c Case) Changed() iter.Seq2[Change, Case] {
	return func(yield func(Change, Case) bool) {
		give := func(kind Change, record, evidence []byte, format string, a ...any) bool {
			changed := c
			changed.Name += ": " + fmt.Sprintf(format, a...)
			changed.Record, changed.Evidence, changed.Report = record, evidence, nil
			return yield(kind, changed)
		}
		for i, s := range spans(c.Evidence) {
			for _, e := range s.edits(c.Evidence, i) {
				if !give(e.kind, c.Record, e.doc, "evidence%s %s", s.pointer, e.what) {
					return
				}
			}
		}
		values := spans(c.Record)
		for i, s := range values {
			for _, e := range s.edits(c.Record, i) {
				if e.kind == EvidenceChanged && !give(RecordChanged, e.doc, c.Evidence, "record%s %s", s.pointer, e.what) {
					return
				}
			}
		}
		if len(values) > 0 {
			return
		}
		for i := range 8 {
			b := bytes.Clone(c.Record)
			at := i * (len(b) - 1) / 7
			b[at] ^= 1 << i
			if !give(RecordChanged, b, c.Evidence, "record byte %d", at) {
				return
			}
		}
	}
}

// A span is where a value stands in a document: with its name, if it is a
// member, from start; by itself from value to end.
type span struct {
	pointer           jsontext.Pointer
	kind              jsontext.Kind
	start, value, end int
}

type edit struct {
	kind Change
	what string
	doc  []byte
}

// edits returns the document with this value changed. The number n chooses
// which character of a string.
func (s span) edits(doc []byte, n int) []edit {
	put := func(from, to int, with string) []byte {
		return slices.Concat(doc[:from], []byte(with), doc[to:])
	}
	var list []edit
	text := string(doc[s.value:s.end])
	switch s.kind {
	case '{', '[':
		if s.end-s.value > 2 {
			list = append(list, edit{ValueEmptied, "emptied", put(s.value, s.end, text[:1]+text[len(text)-1:])})
		}
	default:
		list = append(list, edit{EvidenceChanged, "changed", put(s.value, s.end, other(text, s.kind, n))})
	}
	if s.start > 0 {
		from, to := s.start, s.end // with one comma, if there is one
		if doc[to] == ',' {
			to++
		} else if doc[from-1] == ',' {
			from--
		}
		list = append(list, edit{MemberGone, "left out", put(from, to, "")})
	}
	return list
}

// other returns another scalar of the same kind.
func other(text string, kind jsontext.Kind, n int) string {
	switch kind {
	case '"':
		inner := text[1 : len(text)-1]
		for i := range len(inner) {
			at := (n*31 + i) % len(inner)
			if to, ok := neighbours[inner[at]]; ok && (at == 0 || inner[at-1] != '\\') {
				return `"` + inner[:at] + string(to) + inner[at+1:] + `"`
			}
		}
		return `"` + inner + `x"`
	case '0':
		if u, err := strconv.ParseUint(text, 10, 64); err == nil {
			return strconv.FormatUint(u+1, 10)
		}
		return "0"
	case 't':
		return "false"
	}
	return "true" // for false and null
}

// neighbours maps a character to another of its class.
var neighbours = func() map[byte]byte {
	m := map[byte]byte{}
	for _, class := range []string{"0123456789abcdef", "ghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} {
		for i := range class {
			m[class[i]] = class[(i+1)%len(class)]
		}
	}
	return m
}()

// spans returns the values of a JSON object, outermost first. Of what is no
// JSON object there are none.
func spans(doc []byte) []span {
	if !strings.HasPrefix(string(doc), "{") {
		return nil
	}
	var list []span
	d := jsontext.NewDecoder(bytes.NewReader(doc))
	start := 0 // of the name that was read last
	for {
		t, err := d.ReadToken()
		if err != nil {
			return nil
		}
		end := int(d.InputOffset())
		kind, length := d.StackIndex(d.StackDepth())
		pointer := d.StackPointer()
		opened := t.Kind() == '{' || t.Kind() == '['
		switch {
		case t.Kind() == '}' || t.Kind() == ']':
			i := slices.IndexFunc(list, func(s span) bool { return s.pointer == pointer })
			list[i].end = end
			if d.StackDepth() == 0 {
				return list
			}
			continue
		case !opened && kind == '{' && length%2 == 1: // a name
			start = stringStart(doc, end)
			continue
		}
		value := end - 1
		if !opened {
			value = end - len(t.String())
			if t.Kind() == '"' {
				value = stringStart(doc, end)
			}
		}
		s := span{pointer: pointer, kind: t.Kind(), start: value, value: value, end: end}
		if bytes.HasSuffix(bytes.TrimRight(doc[:value], " \n\t\r"), []byte(":")) {
			s.start = start
		}
		list = append(list, s)
	}
}

// stringStart returns where the string begins that ends before end: at the
// last quotation mark before without an escape.
func stringStart(doc []byte, end int) int {
	for i := end - 2; ; i-- {
		if doc[i] == '"' && (i == 0 || doc[i-1] != '\\') {
			return i
		}
	}
}
