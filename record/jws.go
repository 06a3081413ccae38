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

// checkJWS holds b to the exact compact serialisation of RFC 7515, section
// 7.1, and returns the length of its signing input, header "." payload. Every
// way to write the same JWS differently is refused, since the text itself is
// hashed.
func checkJWS(b []byte) (signed int, err error) {
	start := 0
	for i, name := range []string{"header", "payload", "signature"} {
		end := len(b)
		if i < 2 {
			end = start + bytes.IndexByte(b[start:], '.') // there are two: looksLikeJWS counted
		}
		segment := b[start:end]
		if len(segment) == 0 {
			return 0, refuse(b, GateJWS, start, "the %s of the JWS is empty; a detached payload or a missing signature is not taken", name)
		}
		if j := notBase64url(segment); j >= 0 {
			return 0, refuse(b, GateJWS, start+j, "the %s of the JWS holds a character outside base64url; remove white space, line ends and padding", name)
		}
		decoded, err := strict64.DecodeString(string(segment))
		if err != nil {
			return 0, refuse(b, GateJWS, end-1, "three base64url segments are taken as a compact JWS, but the %s does not end as base64url does: a character is missing, or the last one has bits beyond the last byte", name)
		}
		if i == 0 {
			if !looksLikeJSON(decoded) {
				return 0, refuse(b, GateJWS, 0, "three base64url segments are taken as a compact JWS, but the header is not a JSON object")
			}
			if err := checkJSON(decoded, false); err != nil {
				var inner *FormatError
				errors.As(err, &inner)
				return 0, refuse(b, GateJWS, 0, "the header of the JWS, decoded, is refused by gate %s at byte %d: %s", inner.Gate, inner.Offset, inner.Reason)
			}
		}
		if i == 1 {
			signed = end
		}
		start = end + 1
	}
	return signed, nil
}
