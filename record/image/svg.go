package image

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// The namespaces of what is baked into SVG.
const (
	spaceOB2      = "http://openbadges.org"
	spaceOB3      = "https://purl.imsglobal.org/ob/v3p0"
	spaceEvidence = "https://github.com/akashi-project/akashi/evidence/v1"
)

// An element is one of an SVG that holds a badge or evidence.
type element struct {
	start, end int
	space      string
	verify     string
	text       []byte
	solid      int // length of text up to the last byte that is not trimmed
	begun      bool
}

// An svg is a sound SVG file, and where its badge and evidence are.
type svg struct {
	file     []byte
	root     token // its start tag
	badge    *element
	evidence *element
	// shadow is where something stands that readers who expand entities may
	// take for a badge, or -1.
	shadow int
}

func isBadgeSpace(space string) bool {
	space = strings.TrimSuffix(space, "/")
	return space == spaceOB2 || space == spaceOB3
}

// role says what an element is to us: 'b' a badge, 'e' evidence, '?' one that
// other readers may take for a badge, 0 none of these.
func role(t token) byte {
	switch {
	case t.opaque && slices.Contains([]string{"assertion", "credential", "evidence"}, t.local):
		return '?'
	case strings.TrimSuffix(t.space, "/") == spaceOB2 && t.local == "assertion",
		strings.TrimSuffix(t.space, "/") == spaceOB3 && t.local == "credential":
		return 'b'
	case t.space == spaceEvidence && t.local == "evidence":
		return 'e'
	case isBadgeSpace(t.space), t.name == "openbadges:assertion", t.name == "openbadges:credential":
		return '?'
	}
	return 0
}

// readSVG walks the whole file.
func readSVG(b []byte) (*svg, error) {
	if err := checkCharacters(b); err != nil {
		return nil, err
	}
	s, err := newScanner(b)
	if err != nil {
		return nil, err
	}
	out := &svg{file: b, shadow: -1}
	var inside *element // that is being read
	for {
		t, err := s.next()
		if err != nil {
			return nil, err
		}
		switch t.kind {
		case tokenEnd:
			return out, out.settle(s)
		case tokenOpen:
			if inside != nil {
				return nil, refuse(t.start, "there is an element inside of the badge or the evidence of the SVG")
			}
			if len(s.stack) == 1 {
				out.root = t
			}
			if inside, err = out.enter(t); err != nil {
				return nil, err
			}
			if t.empty {
				if inside != nil {
					inside.end = t.end
				}
				inside = nil
				s.close()
			}
		case tokenClose:
			if inside != nil {
				inside.end = t.end
				inside = nil
			}
		case tokenComment:
			if inside != nil {
				return nil, refuse(t.start, "a comment or instruction interrupts the badge or the evidence of the SVG, and readers differ on what follows")
			}
		case tokenText, tokenCData:
			if inside != nil {
				if t.opaque {
					return nil, refuse(t.start, "the badge or the evidence of the SVG has a reference to an entity, and none is expanded")
				}
				inside.add(t)
			}
		}
	}
}

// enter notes an element that is a badge or evidence.
func (v *svg) enter(t token) (*element, error) {
	e := &element{start: t.start, space: t.space}
	switch role(t) {
	case 'b':
		if v.badge != nil {
			return nil, refuse(t.start, "the image holds a second badge; the first is at byte %d, and readers would differ on which counts", v.badge.start)
		}
		for _, a := range t.attrs {
			if a.local == "verify" && a.prefix == "" {
				if a.opaque {
					return nil, refuse(t.start, "the badge of the SVG has a reference to an entity, and none is expanded")
				}
				e.verify = a.value
			}
		}
		v.badge = e
		return e, nil
	case 'e':
		if v.evidence != nil {
			return nil, refuse(t.start, "the image holds evidence twice; the first is at byte %d", v.evidence.start)
		}
		v.evidence = e
		return e, nil
	case '?':
		if v.shadow < 0 {
			v.shadow = t.start
		}
	}
	return nil, nil
}

// add takes text between the tags of an element. White space at its ends is
// layout, unless it stands in a CDATA section or was written as a reference.
func (e *element) add(t token) {
	for i, c := range t.text {
		hard := t.kind == tokenCData || t.soft != nil && !t.soft[i] || !isSpace(c)
		if hard {
			e.begun = true
		}
		if e.begun {
			e.text = append(e.text, c)
		}
		if hard {
			e.solid = len(e.text)
		}
	}
}

// settle refuses what a DOCTYPE could make of a file with a badge. Entities of
// plain text are tolerated, as drawing programs write them: they can name no
// element.
func (v *svg) settle(s *scanner) error {
	if v.badge == nil && v.evidence == nil {
		return nil
	}
	if v.shadow >= 0 {
		return refuse(v.shadow, "beside the badge, the SVG has an element that other readers may take for a second one")
	}
	if s.doctype != nil && !bytes.HasPrefix(s.doctype, []byte("<!DOCTYPE")) {
		return refuse(bytes.Index(v.file, s.doctype), "the DOCTYPE of the SVG is not written in capitals, as XML has it")
	}
	open := bytes.IndexByte(s.doctype, '[')
	if open < 0 {
		return nil
	}
	subset := s.doctype[open:]
	for _, bad := range []string{"<!ATTLIST", "%", "SYSTEM", "PUBLIC", "openbadges", "imsglobal", spaceEvidence} {
		if bytes.Contains(subset, []byte(bad)) {
			return refuse(bytes.Index(v.file, s.doctype), "the DOCTYPE of the SVG declares what may change the badge for readers who act on it; save the picture without a DOCTYPE")
		}
	}
	// No value can hold the word that begins a declaration, so that each
	// declaration is a piece of its own and its value the first quoted text.
	for _, declared := range bytes.Split(subset, []byte("<!ENTITY"))[1:] {
		plain := false
		if i := bytes.IndexAny(declared, "\"'"); i >= 0 {
			value, _, closed := bytes.Cut(declared[i+1:], declared[i:i+1])
			plain = closed && !bytes.ContainsAny(value, "<&")
		}
		if !plain {
			return refuse(bytes.Index(v.file, s.doctype), "the DOCTYPE of the SVG declares an entity that is more than plain text; save the picture without a DOCTYPE")
		}
	}
	return nil
}

// baked gives what was found.
func (v *svg) baked() (Baked, error) {
	if v.badge == nil {
		return Baked{}, ErrNoBadge
	}
	e := v.badge
	out := Baked{Format: SVG, Badge: Badge{Standard: OpenBadges2}, Offset: e.start}
	if strings.TrimSuffix(e.space, "/") == spaceOB3 {
		out.Badge.Standard = OpenBadges3
	}
	if strings.HasSuffix(e.space, "/") {
		out.Warnings = append(out.Warnings, Slash)
	}
	text := bytes.Clone(e.text[:e.solid])
	if e.verify != "" {
		switch kind, err := kindOf([]byte(e.verify), e.start); {
		case err != nil, kind == aBadge && strings.IndexFunc(e.verify, notOfJWS) >= 0:
			return Baked{}, refuse(e.start, "the attribute verify of the badge is neither a compact JWS nor an address")
		case kind == anAddress:
			out.Badge.Verify = e.verify
		case len(text) > 0:
			return Baked{}, refuse(e.start, "the SVG holds a JWS and a text, and readers would differ on which is the badge")
		default:
			out.Badge.Content = []byte(e.verify)
		}
	}
	switch {
	case len(text) > 0:
		if kind, err := kindOf(text, e.start); err != nil {
			return Baked{}, err
		} else if kind == anAddress {
			if e.verify != "" && e.verify != string(text) {
				return Baked{}, refuse(e.start, "the SVG holds two addresses of a badge")
			}
			out.Badge.Verify = string(text)
			out.Warnings = append(out.Warnings, Address)
		} else {
			out.Badge.Content = text
		}
	case e.verify == "":
		return Baked{}, refuse(e.start, "the element for the badge is empty")
	case out.Badge.Content == nil:
		out.Warnings = append(out.Warnings, Address)
	}
	if v.evidence != nil {
		if v.evidence.solid == 0 || v.evidence.solid > MaxEvidence {
			return Baked{}, refuse(v.evidence.start, "evidence in an image has 1 to %d bytes, and this has %d", MaxEvidence, v.evidence.solid)
		}
		out.Evidence = bytes.Clone(v.evidence.text[:v.evidence.solid])
	}
	return out, nil
}

func (v *svg) bake(badge Badge) ([]byte, error) {
	switch {
	case v.badge != nil:
		return nil, refuse(v.badge.start, "the image holds a badge already; bake into the picture without it")
	case v.evidence != nil:
		return nil, refuse(v.evidence.start, "the image holds evidence of another badge; bake into the picture without it")
	}
	name, space := "openbadges:assertion", spaceOB2
	if badge.Standard == OpenBadges3 {
		name, space = "openbadges:credential", spaceOB3
	}
	tag := "<" + name + ` xmlns:openbadges="` + space + `"`
	first := bytes.TrimLeft(badge.Content, xmlSpace)
	if first[0] != '{' { // a JWS, in characters that need no escaping
		return v.insert(v.root.end, v.root.end, tag+` verify="`+string(badge.Content)+`"/>`), nil
	}
	if badge.Verify != "" {
		tag += ` verify="` + strings.NewReplacer("&", "&amp;", "'", "&apos;").Replace(badge.Verify) + `"`
	}
	text, err := asText(badge.Content)
	if err != nil {
		return nil, err
	}
	return v.insert(v.root.end, v.root.end, tag+">"+text+"</"+name+">"), nil
}

func (v *svg) putEvidence(evidence []byte) ([]byte, error) {
	text, err := asText(evidence)
	if err != nil {
		return nil, err
	}
	text = `<akashi:evidence xmlns:akashi="` + spaceEvidence + `">` + text + "</akashi:evidence>"
	if old := v.evidence; old != nil {
		return v.insert(old.start, old.end, text), nil
	}
	return v.insert(v.badge.end, v.badge.end, text), nil
}

// asText writes text as CDATA sections. What those cannot hold stands between
// them as references: a carriage return, which XML readers would make a
// newline, and the end of a section.
func asText(text []byte) (string, error) {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r < ' ' && r != '\t' && r != '\r' && r != '\n' || r == 0xfffe || r == 0xffff {
			return "", refuse(i, "what is to be baked holds a character that XML cannot hold; bake it into a PNG")
		}
		i += n
	}
	out := strings.ReplaceAll(string(text), "]]>", "]]]]><![CDATA[>")
	out = strings.ReplaceAll(out, "\r", "]]>&#13;<![CDATA[")
	return "<![CDATA[" + out + "]]>", nil
}

// insert writes text in the place of the bytes from start to end. The tag of a
// root element without content is opened for it.
func (v *svg) insert(start, end int, text string) []byte {
	out := make([]byte, 0, len(v.file)+len(text)+len(v.root.name)+3)
	if v.root.empty {
		out = append(out, v.file[:v.root.end-2]...)
		out = append(out, ">"+text+"</"+v.root.name+">"...)
		return append(out, v.file[v.root.end:]...)
	}
	out = append(out, v.file[:start]...)
	out = append(out, text...)
	return append(out, v.file[end:]...)
}
