package image

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A scanner walks an XML 1.0 document in UTF-8, token by token, and keeps the
// offsets of what it reads, so that an image can be changed without writing it
// anew. It is strict where readers differ. It expands no entity: text and
// attributes with a reference to one are marked opaque.
type scanner struct {
	b       []byte
	at      int
	stack   []frame
	prefix  map[string][]binding // innermost last
	root    bool                 // the root element was seen
	doctype []byte               // from "<!DOCTYPE" to its ">", when there is one
	opaque  bool                 // a reference to an entity was met
}

// A frame is an open element.
type frame struct {
	name     []byte // as written, with its prefix
	declared []string
}

type binding struct {
	space  string
	opaque bool
}

// The tokens of a document. Comments, instructions and the DOCTYPE are none.
const (
	tokenEnd     = iota // of the document
	tokenOpen           // a start tag, also of an empty element
	tokenClose          // an end tag, also of an empty element
	tokenText           // characters and references between tags
	tokenCData          // a CDATA section
	tokenComment        // a comment or an instruction
)

type token struct {
	kind       int
	start, end int // offsets
	space      string
	local      string
	name       string // as written
	opaque     bool   // text: holds an entity; element: its namespace does
	attrs      []attribute
	empty      bool   // <name/>
	text       []byte // of text and CDATA, line ends normalised and references resolved
	soft       []bool // of text with references: which bytes were not written as one
}

type attribute struct {
	prefix, local string
	value         string
	opaque        bool
}

const xmlSpace = " \t\r\n"

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// newScanner reads what must stand before the first token: a byte order mark
// and the XML declaration.
func newScanner(b []byte) (*scanner, error) {
	s := &scanner{b: b, prefix: map[string][]binding{
		"xml": {{space: "http://www.w3.org/XML/1998/namespace"}},
	}}
	if bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
		s.at = 3
	}
	if bytes.HasPrefix(b[s.at:], []byte("<?xml")) && len(b) > s.at+5 && isSpace(b[s.at+5]) {
		end := bytes.Index(b[s.at:], []byte("?>"))
		if end < 0 {
			return nil, refuse(s.at, "the XML declaration has no end")
		}
		if err := s.declaration(string(b[s.at+5 : s.at+end])); err != nil {
			return nil, err
		}
		s.at += end + 2
	}
	return s, nil
}

// checkCharacters refuses bytes that are not UTF-8, and characters that XML
// cannot hold (XML, section 2.2).
func checkCharacters(b []byte) error {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return refuse(i, "the SVG holds what XML in UTF-8 cannot hold; save it again as UTF-8")
		}
		i += n
	}
	return nil
}

// declaration takes version 1.0 and UTF-8 or ASCII. Under any other encoding
// the same bytes would be another text.
func (s *scanner) declaration(text string) error {
	for text = strings.Trim(text, xmlSpace); text != ""; text = strings.TrimLeft(text, xmlSpace) {
		name, rest, ok := strings.Cut(text, "=")
		name, rest = strings.Trim(name, xmlSpace), strings.TrimLeft(rest, xmlSpace)
		if !ok || rest == "" || rest[0] != '"' && rest[0] != '\'' {
			return refuse(s.at, "the XML declaration cannot be read")
		}
		value, after, closed := strings.Cut(rest[1:], rest[:1])
		known := name == "version" && value == "1.0" || name == "standalone" && (value == "yes" || value == "no") ||
			name == "encoding" && (strings.EqualFold(value, "utf-8") || strings.EqualFold(value, "us-ascii"))
		if !closed || !known {
			return refuse(s.at, "the XML declaration names a version other than 1.0 or an encoding other than UTF-8; save the SVG again as UTF-8")
		}
		text = after
	}
	return nil
}

// next gives the next token.
func (s *scanner) next() (token, error) {
	b, start := s.b, s.at
	has := func(p string) bool { return bytes.HasPrefix(b[start:], []byte(p)) }
	switch {
	case start == len(b):
		if len(s.stack) > 0 || !s.root {
			return token{}, refuse(start, "the SVG is cut off: an element has no end tag")
		}
		return token{kind: tokenEnd, start: start, end: start}, nil
	case has("<!--"):
		// "--" may not stand within a comment (XML, section 2.5).
		i := bytes.Index(b[start+4:], []byte("--"))
		if i < 0 || !bytes.HasPrefix(b[start+4+i:], []byte("-->")) {
			return token{}, refuse(start, "a comment of the SVG has no right end")
		}
		s.at = start + 4 + i + 3
		return token{kind: tokenComment, start: start, end: s.at}, nil
	case has("<?"):
		i := bytes.Index(b[start:], []byte("?>"))
		target := nameAt(b, start+2)
		if i < 0 || target == 0 || strings.EqualFold(string(b[start+2:start+2+target]), "xml") {
			return token{}, refuse(start, "an instruction of the SVG has no end or no right name")
		}
		if after := start + 2 + target; after < start+i && !isSpace(b[after]) {
			return token{}, refuse(after, "a space is missing behind the name of an instruction of the SVG")
		}
		s.at = start + i + 2
		return token{kind: tokenComment, start: start, end: s.at}, nil
	case len(b)-start > 9 && bytes.EqualFold(b[start:start+9], []byte("<!DOCTYPE")): // of HTML in small letters too
		if s.root || s.doctype != nil {
			return token{}, refuse(start, "the DOCTYPE of the SVG is out of place")
		}
		end := doctypeEnd(b, start)
		if end < 0 {
			return token{}, refuse(start, "the DOCTYPE of the SVG has no end")
		}
		s.doctype, s.at = b[start:end], end
		return token{kind: tokenComment, start: start, end: end}, nil
	case has("<![CDATA["):
		i := bytes.Index(b[start:], []byte("]]>"))
		if i < 0 || len(s.stack) == 0 {
			return token{}, refuse(start, "a CDATA section of the SVG is out of place or has no end")
		}
		s.at = start + i + 3
		return token{kind: tokenCData, start: start, end: s.at, text: lineEnds(b[start+9 : start+i])}, nil
	case has("</"):
		return s.endTag()
	case has("<"):
		return s.startTag()
	}
	return s.characters()
}

// characters reads text up to the next tag.
func (s *scanner) characters() (token, error) {
	start, end := s.at, len(s.b)
	if i := bytes.IndexByte(s.b[start:], '<'); i >= 0 {
		end = start + i
	}
	raw := s.b[start:end]
	s.at = end
	t := token{kind: tokenText, start: start, end: end}
	if len(s.stack) == 0 {
		if i := bytes.IndexFunc(raw, func(r rune) bool { return !strings.ContainsRune(xmlSpace, r) }); i >= 0 {
			return token{}, refuse(start+i, "text stands outside of the root element of the SVG")
		}
		return t, nil
	}
	if i := bytes.Index(raw, []byte("]]>")); i >= 0 {
		return token{}, refuse(start+i, "the end of a CDATA section stands alone in the SVG")
	}
	var err error
	t.text, t.soft, t.opaque, err = s.resolve(raw, start, false)
	return t, err
}

// resolve replaces references to characters and to the five entities that XML
// itself has; others make the text opaque. In attributes white space becomes a
// space (XML, section 3.3.3), elsewhere line ends become newlines (section
// 2.11). soft says which bytes were not written as references.
func (s *scanner) resolve(raw []byte, offset int, inAttr bool) (text []byte, soft []bool, opaque bool, err error) {
	if inAttr && bytes.IndexAny(raw, "&\t\r\n") < 0 {
		return raw, nil, false, nil
	}
	if !inAttr && bytes.IndexByte(raw, '&') < 0 {
		return lineEnds(raw), nil, false, nil
	}
	text = make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '&' {
			if c == '\r' {
				if i+1 < len(raw) && raw[i+1] == '\n' {
					continue
				}
				c = '\n'
			}
			if inAttr && isSpace(c) {
				c = ' '
			}
			text = append(text, c)
			if !inAttr {
				soft = append(soft, true)
			}
			continue
		}
		length := bytes.IndexByte(raw[i:], ';')
		if length < 2 || length > 300 {
			return nil, nil, false, refuse(offset+i, "an & of the SVG begins no reference; write &amp;")
		}
		name := string(raw[i+1 : i+length])
		r, known := reference(name)
		switch {
		case known:
			text = utf8.AppendRune(text, r)
			for !inAttr && len(soft) < len(text) {
				soft = append(soft, false)
			}
		case name[0] != '#' && nameAt(raw, i+1) == len(name):
			opaque, s.opaque = true, true
		default:
			return nil, nil, false, refuse(offset+i, "a reference of the SVG names no character that XML has")
		}
		i += length
	}
	return text, soft, opaque, nil
}

// reference gives the character of "amp" or "#x8a3c".
func reference(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "apos":
		return '\'', true
	case "quot":
		return '"', true
	}
	digits, base := strings.CutPrefix(name, "#x")
	radix := 16
	if !base {
		if digits, base = strings.CutPrefix(name, "#"); !base {
			return 0, false
		}
		radix = 10
	}
	if digits == "" || digits[0] == '+' || digits[0] == '-' || strings.Contains(digits, "_") {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, radix, 32)
	r := rune(n)
	if err != nil || n > utf8.MaxRune || !utf8.ValidRune(r) || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
		return 0, false
	}
	return r, true
}

// lineEnds makes CR LF and CR a newline (XML, section 2.11).
func lineEnds(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\r"), []byte("\n"))
}

// nameAt returns the length of the XML name at b[i:], 0 when there is none.
// Characters beyond ASCII are all taken: which of them may be in names is
// nothing that two readers of a badge could differ on.
func nameAt(b []byte, i int) int {
	n := 0
	for ; i+n < len(b); n++ {
		c := b[i+n]
		first := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == ':' || c >= 0x80
		if !first && (n == 0 || !('0' <= c && c <= '9' || c == '-' || c == '.')) {
			break
		}
	}
	return n
}

// doctypeEnd returns the offset behind the DOCTYPE that begins at start, or -1.
func doctypeEnd(b []byte, start int) int {
	inside := false // of [ ]
	for i := start + len("<!DOCTYPE"); i < len(b); {
		skip := func(from int, end string) int {
			j := bytes.Index(b[from:], []byte(end))
			if j < 0 {
				return len(b)
			}
			return from + j + len(end)
		}
		switch {
		case bytes.HasPrefix(b[i:], []byte("<!--")):
			i = skip(i+4, "-->")
		case bytes.HasPrefix(b[i:], []byte("<?")):
			i = skip(i+2, "?>")
		case b[i] == '"' || b[i] == '\'':
			i = skip(i+1, string(b[i:i+1]))
		case b[i] == '[' && !inside:
			inside, i = true, i+1
		case b[i] == ']' && inside:
			inside, i = false, i+1
		case b[i] == '>' && !inside:
			return i + 1
		default:
			i++
		}
	}
	return -1
}
