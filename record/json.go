package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/akashi-project/akashi/record/jcs"
	"github.com/go-json-experiment/json/jsontext"
)

// utf8BOM is the byte order mark U+FEFF in UTF-8.
var utf8BOM = []byte("\xef\xbb\xbf")

// trimSpace drops the white space of RFC 8259, section 2, from the left.
func trimSpace(b []byte) []byte { return bytes.TrimLeft(b, " \t\n\r") }

// looksLikeJSON reports whether b must be a JSON object or be refused. A
// byte order mark is looked through, so that an object behind one is refused
// with that reason and does not become a document by surprise.
func looksLikeJSON(b []byte) bool {
	return bytes.HasPrefix(trimSpace(bytes.TrimPrefix(trimSpace(b), utf8BOM)), []byte("{"))
}

// canonicalJSON holds b to the JSON gates and returns its RFC 8785 form.
func canonicalJSON(b []byte) ([]byte, error) {
	if err := checkJSON(b, true); err != nil {
		return nil, err
	}
	canonical, err := jcs.Transform(b)
	if err != nil {
		// The gates are narrower than the transformation, so this is an
		// input on which the two libraries disagree. Its message may quote
		// the input and is left out.
		return nil, refuse(b, GateSyntax, 0, "RFC 8785 has no form for this document")
	}
	return canonical, nil
}

// checkJSON holds b, which is to be one JSON object, to the gates. With
// exact, numbers must keep their value in RFC 8785 form.
//
// Nearly every input passes, and most of what a check of a badge costs beside
// the signature is here. So it is asked first whether anything is wrong at all,
// and what is wrong, and where, only of what does not pass.
func checkJSON(b []byte, exact bool) error {
	if withinBounds(b, exact) && jsontext.Value(b).IsValid() {
		return nil
	}
	return explainJSON(b, exact)
}

// withinBounds reports whether b keeps the gates of depth, values and numbers,
// if it is JSON. Of other bytes it says nothing that matters.
func withinBounds(b []byte, exact bool) bool {
	depth, values := 0, 0
	for i := 0; i < len(b); {
		switch c := b[i]; c {
		case '"':
			values++
			for i++; ; i++ {
				n := bytes.IndexByte(b[i:], '"')
				if n < 0 {
					return false
				}
				i += n
				// An odd number of backslashes before it makes it part of the text.
				escapes := 0
				for b[i-1-escapes] == '\\' {
					escapes++
				}
				if escapes%2 == 0 {
					break
				}
			}
			i++
		case '{', '[':
			values++
			if depth++; depth > MaxDepth {
				return false
			}
			i++
		case '}', ']':
			depth--
			i++
		case ' ', '\t', '\n', '\r', ':', ',':
			i++
		default:
			values++
			from := i
			for i++; i < len(b) && isInLiteral(b[i]); i++ {
			}
			if exact && (c == '-' || '0' <= c && c <= '9') && !exactNumber(string(b[from:i])) {
				return false
			}
		}
	}
	return values <= MaxValues
}

// isInLiteral reports whether a number, true, false or null goes on with c.
func isInLiteral(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '.' || c == 'E' || c == '+' || c == '-'
}

// explainJSON is checkJSON, one token after the other, with the gate and the
// place of what is wrong.
func explainJSON(b []byte, exact bool) error {
	if i := len(b) - len(trimSpace(b)); bytes.HasPrefix(b[i:], utf8BOM) {
		return refuse(b, GateBOM, i, "a byte order mark stands before the JSON; save the file as UTF-8 without one")
	}
	if i := invalidUTF8(b); i >= 0 {
		return refuse(b, GateUTF8, i, "the byte 0x%02x does not continue or begin a UTF-8 character; save the file as UTF-8", b[i])
	}
	d := jsontext.NewDecoder(bytes.NewReader(b))
	for values := 0; ; {
		t, err := d.ReadToken()
		if err != nil {
			return explain(b, d, err)
		}
		end := int(d.InputOffset())
		if k := t.Kind(); k != '}' && k != ']' {
			if values++; values > MaxValues {
				return refuse(b, GateValues, end-1, "more than %d names and values; split the document", MaxValues)
			}
		}
		switch t.Kind() {
		case '{', '[':
			if d.StackDepth() > MaxDepth {
				return refuse(b, GateDepth, end-1, "nested deeper than %d levels; make the document flatter", MaxDepth)
			}
		case '0':
			// The token is the number as written: jsontext keeps its text.
			number := t.String()
			if exact && !exactNumber(number) {
				return refuse(b, GateNumber, end-len(number),
					"this number has more than %d characters or differs from its RFC 8785 form, the shortest for a 64-bit IEEE 754 value; round it, or write it as a string", MaxNumber)
			}
		}
		if d.StackDepth() == 0 {
			if rest := trimSpace(b[end:]); len(rest) > 0 {
				return refuse(b, GateTrailing, len(b)-len(rest), "something follows the end of the JSON object; submit one object by itself")
			}
			return nil
		}
	}
}

// invalidUTF8 returns the offset of the first byte of b that is not part of
// a UTF-8 character, or -1. Surrogates and overlong forms are not UTF-8
// (RFC 3629, section 3).
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// explain turns an error of the decoder into one of a gate. The decoder's
// own words quote the input and are not used.
func explain(b []byte, d *jsontext.Decoder, err error) error {
	offset := int(d.InputOffset())
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		offset = int(syntactic.ByteOffset)
	}
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return refuse(b, GateDuplicate, offset, "this name stands twice in one object, once as an escape perhaps; keep one of the two")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return refuse(b, GateSyntax, len(b), "the JSON ends before its object is closed, as in a file that was cut off")
	case isSurrogateEscape(b, offset):
		return refuse(b, GateSurrogate, offset, `a \u escape of half a surrogate pair; write both halves, high first, or the character itself`)
	case errors.Is(err, jsontext.ErrNonStringName):
		return refuse(b, GateSyntax, offset, "the name of an object member is not a string; put it in double quotes")
	case offset < len(b):
		return refuse(b, GateSyntax, offset, "%s is not allowed here by the JSON grammar (RFC 8259)", describe(b[offset]))
	}
	return refuse(b, GateSyntax, offset, "not the JSON grammar (RFC 8259)")
}

// isSurrogateEscape reports whether the escape at b[offset:] is \uD800 to
// \uDFFF.
func isSurrogateEscape(b []byte, offset int) bool {
	if offset < 0 || len(b)-offset < 4 {
		return false
	}
	e := b[offset : offset+4]
	return e[0] == '\\' && e[1] == 'u' && (e[2] == 'd' || e[2] == 'D') &&
		('8' <= e[3] && e[3] <= '9' || 'a' <= e[3] && e[3] <= 'f' || 'A' <= e[3] && e[3] <= 'F')
}

// describe names the class of a byte and not the byte, which may be private.
func describe(c byte) string {
	switch {
	case c < 0x20 || c == 0x7f:
		return fmt.Sprintf("the control character 0x%02x", c)
	case c == '\\':
		return "this escape"
	case '0' <= c && c <= '9':
		return "this digit"
	case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z':
		return "this letter"
	case c >= 0x80:
		return "this character beyond ASCII"
	}
	return fmt.Sprintf("%q", c)
}
