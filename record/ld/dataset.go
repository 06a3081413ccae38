package ld

import (
	"strings"
)

// A Quad is one RDF statement. Each member is a term as canonical N-Quads
// writes it (W3C RDF 1.1 N-Quads; RDFC-1.0, section 5):
//
//	<http://example.org/a>     an IRI
//	_:b0                       a blank node
//	"text"                     a literal of type xsd:string
//	"text"@en                  one with a language
//	"1"^^<http://…#integer>    one with a datatype
type Quad struct {
	Subject   string // IRI or blank node
	Predicate string // IRI
	Object    string // any term
	Graph     string // IRI or blank node; "" is the default graph
}

// A Dataset is a list of statements; order and repetition mean nothing.
type Dataset []Quad

// isBlank reports whether a term is a blank node.
func isBlank(term string) bool { return len(term) > 1 && term[0] == '_' && term[1] == ':' }

// appendTo writes q as one line of N-Quads.
func (q Quad) appendTo(b []byte) []byte {
	b = append(b, q.Subject...)
	b = append(b, ' ')
	b = append(b, q.Predicate...)
	b = append(b, ' ')
	b = append(b, q.Object...)
	if q.Graph != "" {
		b = append(b, ' ')
		b = append(b, q.Graph...)
	}
	return append(b, " .\n"...)
}

// The IRIs of RDF and XML Schema that JSON-LD puts in by itself.
const (
	rdfNS      = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	rdfType    = "<" + rdfNS + "type>"
	rdfFirst   = "<" + rdfNS + "first>"
	rdfRest    = "<" + rdfNS + "rest>"
	rdfNil     = "<" + rdfNS + "nil>"
	rdfJSON    = rdfNS + "JSON"
	xsdNS      = "http://www.w3.org/2001/XMLSchema#"
	xsdString  = xsdNS + "string"
	xsdBoolean = xsdNS + "boolean"
	xsdInteger = xsdNS + "integer"
	xsdDouble  = xsdNS + "double"
)

const upperHex = "0123456789ABCDEF"

// literal writes a literal with the escapes of canonical N-Quads: the seven
// with a letter, \u for the other control characters up to U+001F and U+007F,
// and every other character as it is (RDFC-1.0, section 5).
func literal(text, datatype, language string) string {
	var b strings.Builder
	b.Grow(len(text) + len(datatype) + len(language) + 8)
	b.WriteByte('"')
	from := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= 0x20 && c != '"' && c != '\\' && c != 0x7f {
			continue
		}
		b.WriteString(text[from:i])
		from = i + 1
		switch c {
		case '\b':
			b.WriteString(`\b`)
		case '\t':
			b.WriteString(`\t`)
		case '\n':
			b.WriteString(`\n`)
		case '\f':
			b.WriteString(`\f`)
		case '\r':
			b.WriteString(`\r`)
		case '"':
			b.WriteString(`\"`)
		case '\\':
			b.WriteString(`\\`)
		default:
			b.WriteString(`\u00`)
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
	}
	b.WriteString(text[from:])
	b.WriteByte('"')
	switch {
	case language != "":
		b.WriteByte('@')
		b.WriteString(language)
	case datatype != xsdString:
		b.WriteString("^^<")
		b.WriteString(datatype)
		b.WriteByte('>')
	}
	return b.String()
}

// isLanguage reports whether s has the form of a language tag (RDF 1.1
// N-Quads, LANGTAG without its sign).
func isLanguage(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if part == "" || len(part) > 8 {
			return false
		}
		for _, c := range []byte(part) {
			digit := '0' <= c && c <= '9'
			if !(c|0x20 >= 'a' && c|0x20 <= 'z') && !(digit && i > 0) {
				return false
			}
		}
	}
	return true
}

// isAbsolute reports whether s begins with a scheme (RFC 3987, section 2.2).
func isAbsolute(s string) bool {
	for i, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		switch {
		case letter:
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return i > 0 && c == ':'
		}
	}
	return false
}

// isWritable reports whether s can stand between < and > in N-Quads: none of
// the characters that IRIREF leaves out.
func isWritable(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c <= 0x20, c == 0x7f, c == '<', c == '>', c == '"', c == '{', c == '}', c == '|', c == '^', c == '`', c == '\\':
			return false
		}
	}
	return true
}
