package image

import (
	"bytes"
	"slices"
	"strings"
)

// startsLikeXML reports whether the first byte that is not space, a byte order
// mark or a NUL of UTF-16 is "<".
func startsLikeXML(b []byte) bool {
	first := bytes.IndexFunc(b, func(r rune) bool { return !strings.ContainsRune(" \t\r\n\x00\ufeff\ufffd", r) })
	return first >= 0 && b[first] == '<'
}

// rootIsSVG reads up to the root element.
func rootIsSVG(b []byte) bool {
	s, err := newScanner(b)
	for err == nil {
		var t token
		if t, err = s.next(); err == nil && (t.kind == tokenOpen || t.kind == tokenEnd) {
			return t.local == "svg"
		}
	}
	return false
}

// suspectSVG returns the offset at which an SVG document declares a namespace
// of badges, or -1. When the XML cannot be read to its end (an entity, an
// encoding, damage), a mere mention counts, since another reader may go on.
func suspectSVG(b []byte) int {
	if !startsLikeXML(b) {
		return -1
	}
	s, err := newScanner(b)
	for err == nil {
		var t token
		if t, err = s.next(); err != nil {
			break
		}
		switch t.kind {
		case tokenEnd:
			if s.opaque {
				return mentionsBadge(b)
			}
			return -1
		case tokenComment:
			// A DOCTYPE can give attributes to elements.
			if t.end == t.start+len(s.doctype) && slices.ContainsFunc([]string{spaceOB2, spaceOB3}, func(space string) bool {
				return bytes.Contains(s.doctype, []byte(space))
			}) {
				return t.start
			}
		case tokenOpen:
			if len(s.stack) == 1 {
				if t.local != "svg" {
					return -1
				}
				if checkCharacters(b) != nil {
					return mentionsBadge(b)
				}
			}
			for _, a := range t.attrs {
				if (a.prefix == "xmlns" || a.prefix == "" && a.local == "xmlns") && isBadgeSpace(a.value) {
					return t.start
				}
			}
			if t.empty {
				s.close()
			}
		}
	}
	return mentionsBadge(b)
}

func mentionsBadge(b []byte) int {
	plain := bytes.ReplaceAll(b, []byte{0}, nil) // UTF-16 has a NUL beside each ASCII character
	if !bytes.Contains(plain, []byte("<svg")) && !bytes.Contains(plain, []byte(":svg")) {
		return -1
	}
	for _, word := range []string{"openbadges", "purl.imsglobal.org/ob"} {
		if bytes.Contains(plain, []byte(word)) {
			return max(0, bytes.Index(b, []byte(word)))
		}
	}
	return -1
}
