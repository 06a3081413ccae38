package record

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// checkImage refuses a PNG or SVG image with a badge inside. Such an image
// will one day be read as that badge, so today it must not be logged as a
// plain file. Images without one are plain bytes.
func checkImage(b []byte) error {
	if i := bakedPNG(b); i >= 0 {
		return refuse(b, GateBaked, i, "this PNG has a badge baked in, which is not read yet; extract the badge and submit its JSON or JWS")
	}
	if i := bakedSVG(b); i >= 0 {
		return refuse(b, GateBaked, i, "this SVG has a badge baked in, which is not read yet; extract the badge and submit its JSON or JWS")
	}
	return nil
}

var pngSignature = []byte("\x89PNG\r\n\x1a\n")

// bakedPNG returns the offset of a chunk that carries a badge, or -1. Text
// chunks open with their keyword and a NUL (PNG, section 11.3.3). It looks for
// these bytes anywhere, not chunk by chunk: readers differ on damaged chunks
// and on what follows the end, and compressed pixels do not hold them by
// chance.
func bakedPNG(b []byte) int {
	if !bytes.HasPrefix(b, pngSignature) {
		return -1
	}
	for _, chunk := range []string{"iTXt", "tEXt", "zTXt"} {
		for _, keyword := range []string{"openbadges", "openbadgecredential"} {
			if i := bytes.Index(b, []byte(chunk+keyword+"\x00")); i >= 0 {
				return i
			}
		}
	}
	return -1
}

// The XML namespaces of badges in SVG: Open Badges 2.0 and 3.0.
var badgeNamespaces = []string{"http://openbadges.org", "https://purl.imsglobal.org/ob/v3p0"}

// bakedSVG returns the offset at which an SVG document declares a namespace
// of badges, or -1. When the XML cannot be read to its end (an entity, an
// encoding, damage) a mere mention counts, since another reader may go on.
func bakedSVG(b []byte) int {
	// Space, byte order marks, and the NULs of UTF-16 may stand before.
	first := bytes.IndexFunc(b, func(r rune) bool { return !strings.ContainsRune(" \t\r\n\x00\ufeff\ufffd", r) })
	if first < 0 || b[first] != '<' {
		return -1
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	root, declared := true, -1
	for {
		start := int(d.InputOffset())
		t, err := d.RawToken() // entities are not expanded, nesting is not remembered
		if errors.Is(err, io.EOF) {
			return -1
		}
		if err != nil {
			return mentionsBadge(b)
		}
		switch e := t.(type) {
		case xml.Directive: // a DOCTYPE can give attributes to elements
			if slices.ContainsFunc(badgeNamespaces, func(ns string) bool { return bytes.Contains(e, []byte(ns)) }) {
				declared = start
			}
		case xml.StartElement:
			if root && e.Name.Local != "svg" {
				return -1
			}
			if root = false; declared >= 0 {
				return declared
			}
			for _, a := range e.Attr {
				if (a.Name.Space == "xmlns" || a.Name.Local == "xmlns") && slices.Contains(badgeNamespaces, strings.TrimSuffix(a.Value, "/")) {
					return start
				}
			}
		}
	}
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
