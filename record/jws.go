package record

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
)

// strict64 is base64url without padding (RFC 7515, section 2) that refuses a
// last character with bits beyond the last byte. It would still skip newlines,
// so it is only given text of the alphabet.
var strict64 = base64.RawURLEncoding.Strict()

const alphabet64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// Segments are the parts of an exact compact JWS, decoded.
type Segments struct {
	Header    []byte // a JSON object that passed the gates
	Payload   []byte // any bytes
	Signature []byte
	Signed    int // length of the signing input, header "." payload, in the text
}

// splitExact decodes three segments of exact base64url with dots between; ok
// says that b is that. It is all there is to do for most tokens, and says of no
// other what is wrong with it. Each segment is decoded once.
func splitExact(b []byte) (s Segments, ok bool) {
	first := bytes.IndexByte(b, '.')
	if first <= 0 {
		return s, false
	}
	second := bytes.IndexByte(b[first+1:], '.')
	if second <= 0 {
		return s, false
	}
	s.Signed = first + 1 + second
	// The decoder refuses every other character outside of the alphabet.
	if s.Signed+1 == len(b) || bytes.IndexByte(b, '\n') >= 0 || bytes.IndexByte(b, '\r') >= 0 {
		return s, false
	}
	buf := make([]byte, 0, strict64.DecodedLen(len(b)))
	for _, part := range []struct {
		from, to int
		out      *[]byte
	}{{0, first, &s.Header}, {first + 1, s.Signed, &s.Payload}, {s.Signed + 1, len(b), &s.Signature}} {
		from := len(buf)
		var err error
		if buf, err = strict64.AppendDecode(buf, b[part.from:part.to]); err != nil {
			return s, false
		}
		*part.out = buf[from:len(buf):len(buf)]
	}
	return s, looksLikeJSON(s.Header) && checkJSON(s.Header, false) == nil
}

// looksLikeJWS reports whether b must be an exact compact JWS or be refused:
// three base64url segments; or three segments that are so but for white space,
// padding, the characters + and / or an empty segment, and whose first one is
// the header of a JWS. The second kind is never accepted: it is here so that
// a JWS with a newline at its end is refused and does not become a document.
func looksLikeJWS(b []byte) bool {
	if bytes.Count(b, []byte(".")) != 2 {
		return false
	}
	segments := bytes.Split(b, []byte("."))
	exact := true
	for _, s := range segments {
		exact = exact && len(s) > 0 && notBase64url(s) < 0
	}
	if exact {
		return true
	}
	loose := func(r rune) rune {
		switch {
		case r < 0x80 && strings.ContainsRune(alphabet64, r):
			return r
		case r == '+':
			return '-'
		case r == '/':
			return '_'
		case strings.ContainsRune(" \t\n\v\f\r=\ufeff", r):
			return -1
		}
		return '!'
	}
	for i, s := range segments {
		s = bytes.Map(loose, s)
		if notBase64url(s) >= 0 {
			return false
		}
		segments[i] = s
	}
	header, err := base64.RawURLEncoding.DecodeString(string(segments[0]))
	return err == nil && looksLikeJSON(header) && checkJSON(header, false) == nil
}

// notBase64url returns the offset of the first byte of s outside the base64url
// alphabet, or -1.
func notBase64url(s []byte) int {
	for i, c := range s {
		if !('A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return i
		}
	}
	return -1
}

// splitJWS holds b to the exact compact serialisation of RFC 7515, section 7.1,
// and takes it apart. Every way to write the same JWS differently is refused,
// since the text itself is hashed. It is none, without an error, when b does not
// look like one.
func splitJWS(b []byte) (s Segments, isJWS bool, err error) {
	if s, ok := splitExact(b); ok {
		return s, true, nil
	}
	if !looksLikeJWS(b) {
		return Segments{}, false, nil
	}
	return Segments{}, true, explainJWS(b)
}

// explainJWS says what splitExact refuses in b.
func explainJWS(b []byte) error {
	start := 0
	for i, name := range []string{"header", "payload", "signature"} {
		end := len(b)
		if i < 2 {
			end = start + bytes.IndexByte(b[start:], '.') // there are two: looksLikeJWS counted
		}
		segment := b[start:end]
		if len(segment) == 0 {
			return refuse(b, GateJWS, start, "the %s of the JWS is empty; a detached payload or a missing signature is not taken", name)
		}
		if j := notBase64url(segment); j >= 0 {
			return refuse(b, GateJWS, start+j, "the %s of the JWS holds a character outside base64url; remove white space, line ends and padding", name)
		}
		decoded, err := strict64.DecodeString(string(segment))
		if err != nil {
			return refuse(b, GateJWS, end-1, "three base64url segments are taken as a compact JWS, but the %s does not end as base64url does: a character is missing, or the last one has bits beyond the last byte", name)
		}
		if i == 0 {
			if !looksLikeJSON(decoded) {
				return refuse(b, GateJWS, 0, "three base64url segments are taken as a compact JWS, but the header is not a JSON object")
			}
			if err := checkJSON(decoded, false); err != nil {
				var inner *FormatError
				errors.As(err, &inner)
				return refuse(b, GateJWS, 0, "the header of the JWS, decoded, is refused by gate %s at byte %d: %s", inner.Gate, inner.Offset, inner.Reason)
			}
		}
		start = end + 1
	}
	return refuse(b, GateJWS, 0, "not an exact compact JWS") // not reached: splitExact takes it
}
