package ld

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseNQuads reads N-Quads (W3C RDF 1.1 N-Quads): one statement a line,
// comments and empty lines allowed. IRIs must be absolute. The terms of the
// dataset are in canonical form whatever escapes the document used. A refusal is
// an *Error whose Path is the line.
func ParseNQuads(b []byte, limits Limits) (Dataset, error) {
	limits = limits.OrDefault()
	if len(b) > limits.Bytes {
		return nil, tooComplex("%d bytes, at most %d are taken", len(b), limits.Bytes)
	}
	if !utf8.Valid(b) {
		return nil, &Error{Code: CodeNQuads, Reason: "not UTF-8; save the file as UTF-8"}
	}
	var d Dataset
	rest := string(b)
	for n := 1; rest != ""; n++ {
		line := rest
		if i := strings.IndexAny(rest, "\r\n"); i >= 0 {
			end := i + 1
			if strings.HasPrefix(rest[i:], "\r\n") {
				end++
			}
			line, rest = rest[:i], rest[end:]
		} else {
			rest = ""
		}
		r := lineReader{text: line, line: n}
		q, ok, err := r.statement()
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if len(d) == limits.Quads {
			return nil, tooComplex("more than %d statements", limits.Quads)
		}
		d = append(d, q)
	}
	return d, nil
}

// A lineReader reads the terms of one line.
type lineReader struct {
	text string
	line int
	at   int
}

func (r *lineReader) refuse(reason string) *Error {
	return &Error{Code: CodeNQuads, Path: "line " + strconv.Itoa(r.line), Reason: reason}
}

func (r *lineReader) space() {
	for r.at < len(r.text) && (r.text[r.at] == ' ' || r.text[r.at] == '\t') {
		r.at++
	}
}

func (r *lineReader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

// statement reads the whole line; false for one without a statement.
func (r *lineReader) statement() (q Quad, ok bool, err error) {
	r.space()
	if c := r.peek(); r.at == len(r.text) || c == '#' {
		return Quad{}, false, nil
	}
	if q.Subject, err = r.node(); err != nil {
		return
	}
	r.space()
	if q.Predicate, err = r.iri(); err != nil {
		return
	}
	r.space()
	if r.peek() == '"' {
		q.Object, err = r.literal()
	} else {
		q.Object, err = r.node()
	}
	if err != nil {
		return
	}
	r.space()
	if c := r.peek(); c == '<' || c == '_' {
		if q.Graph, err = r.node(); err != nil {
			return
		}
		r.space()
	}
	if r.peek() != '.' {
		return Quad{}, false, r.refuse("a statement ends with a full stop")
	}
	r.at++
	r.space()
	if r.at < len(r.text) && r.peek() != '#' {
		return Quad{}, false, r.refuse("something follows the full stop of the statement")
	}
	return q, true, nil
}

func (r *lineReader) node() (string, error) {
	if r.peek() == '_' {
		return r.blank()
	}
	return r.iri()
}

// blank reads BLANK_NODE_LABEL.
func (r *lineReader) blank() (string, error) {
	from := r.at
	if !strings.HasPrefix(r.text[r.at:], "_:") {
		return "", r.refuse("a blank node is written _: and a name")
	}
	r.at += 2
	first := r.at
	end := r.at // behind the last character that may end the label
	for r.at < len(r.text) {
		c, n := utf8.DecodeRuneInString(r.text[r.at:])
		digit := '0' <= c && c <= '9'
		switch {
		case isNameStart(c) || digit:
		case r.at > first && (c == '-' || c == 0xb7 || 0x300 <= c && c <= 0x36f || c == 0x203f || c == 0x2040):
		case r.at > first && c == '.':
			r.at += n
			continue
		default:
			r.at = end
			if r.at == first {
				return "", r.refuse("a blank node without a name")
			}
			return r.text[from:end], nil
		}
		r.at += n
		end = r.at
	}
	r.at = end
	if r.at == first {
		return "", r.refuse("a blank node without a name")
	}
	return r.text[from:end], nil
}

// isNameStart is PN_CHARS_U of the grammar.
func isNameStart(c rune) bool {
	switch {
	case c == '_', c == ':', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z',
		0xc0 <= c && c <= 0xd6, 0xd8 <= c && c <= 0xf6, 0xf8 <= c && c <= 0x2ff,
		0x370 <= c && c <= 0x37d, 0x37f <= c && c <= 0x1fff, 0x200c <= c && c <= 0x200d,
		0x2070 <= c && c <= 0x218f, 0x2c00 <= c && c <= 0x2fef, 0x3001 <= c && c <= 0xd7ff,
		0xf900 <= c && c <= 0xfdcf, 0xfdf0 <= c && c <= 0xfffc, 0x10000 <= c && c <= 0xeffff:
		return true
	}
	return false
}

// iri reads IRIREF.
func (r *lineReader) iri() (string, error) {
	if r.peek() != '<' {
		return "", r.refuse("an IRI stands between < and >")
	}
	end := strings.IndexByte(r.text[r.at:], '>')
	if end < 0 {
		return "", r.refuse("an IRI without its >")
	}
	raw := r.text[r.at+1 : r.at+end]
	r.at += end + 1
	if strings.IndexByte(raw, '\\') >= 0 {
		text, err := r.unescape(raw, false)
		if err != nil {
			return "", err
		}
		raw = text
	}
	if !isWritable(raw) {
		return "", r.refuse("an IRI with a space, a control character or one of <>\"{}|^`\\")
	}
	if !isAbsolute(raw) {
		return "", r.refuse("an IRI without a scheme; write it in full")
	}
	return "<" + raw + ">", nil
}

// literal reads a literal with its datatype or language.
func (r *lineReader) literal() (string, error) {
	from := r.at + 1
	end := from
	for end < len(r.text) && r.text[end] != '"' {
		if r.text[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(r.text) {
		return "", r.refuse("a literal without its closing quotation mark")
	}
	r.at = end + 1
	text, err := r.unescape(r.text[from:end], true)
	if err != nil {
		return "", err
	}
	switch {
	case strings.HasPrefix(r.text[r.at:], "^^"):
		r.at += 2
		datatype, err := r.iri()
		if err != nil {
			return "", err
		}
		return literal(text, datatype[1:len(datatype)-1], ""), nil
	case r.peek() == '@':
		from := r.at + 1
		for r.at++; r.at < len(r.text) && r.text[r.at] != ' ' && r.text[r.at] != '\t' && r.text[r.at] != '.' && r.text[r.at] != '<' && r.text[r.at] != '_'; r.at++ {
		}
		language := r.text[from:r.at]
		if !isLanguageTag(language) {
			return "", r.refuse("what follows @ is not a language tag")
		}
		return literal(text, "", language), nil
	}
	return literal(text, xsdString, ""), nil
}

// isLanguageTag is LANGTAG of the grammar, which has no bound on the length of
// a part.
func isLanguageTag(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if part == "" {
			return false
		}
		for _, c := range []byte(part) {
			if !(c|0x20 >= 'a' && c|0x20 <= 'z') && !('0' <= c && c <= '9' && i > 0) {
				return false
			}
		}
	}
	return true
}

// unescape resolves UCHAR and, in a literal, ECHAR.
func (r *lineReader) unescape(s string, echar bool) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		if i == len(s) {
			return "", r.refuse("an escape that is cut off")
		}
		if j := strings.IndexByte(`tbnrf"'\`, s[i]); echar && j >= 0 {
			b.WriteByte("\t\b\n\r\f\"'\\"[j])
			continue
		}
		digits := 0
		switch s[i] {
		case 'u':
			digits = 4
		case 'U':
			digits = 8
		default:
			return "", r.refuse("an escape that N-Quads does not have")
		}
		if len(s)-i-1 < digits {
			return "", r.refuse("an escape that is cut off")
		}
		var c rune
		for _, h := range []byte(s[i+1 : i+1+digits]) {
			v := strings.IndexByte("0123456789abcdef", h|0x20)
			if v < 0 || h < '0' {
				return "", r.refuse("an escape with other than hexadecimal digits")
			}
			if c = c<<4 | rune(v); c > utf8.MaxRune {
				return "", r.refuse("an escape beyond the last Unicode character")
			}
		}
		if !utf8.ValidRune(c) {
			return "", r.refuse("an escape of half a surrogate pair")
		}
		b.WriteRune(c)
		i += digits
	}
	return b.String(), nil
}
