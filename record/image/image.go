package image

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Limits on images and on what is in them.
const (
	MaxSize     = 4 << 20 // bytes of an image, as given and as baked; also of a badge, decompressed
	MaxEvidence = 1 << 20 // bytes of evidence
	MaxSide     = 1 << 14 // pixels of width and height of a PNG
	MaxChunks   = 1 << 12 // of a PNG
	MaxDepth    = 256     // nested elements of an SVG
	MaxAttrs    = 512     // attributes of one element of an SVG
	MaxAddress  = 2048    // bytes of the address of a badge
)

// A Format is a file format of images. As text: "png", "svg".
type Format uint8

// The formats.
const (
	PNG Format = 1
	SVG Format = 2
)

// String returns the format's name, or "format N" for a value that has none.
func (f Format) String() string {
	switch f {
	case PNG:
		return "png"
	case SVG:
		return "svg"
	}
	return fmt.Sprintf("format %d", uint8(f))
}

// A Standard says by which specification a badge is baked.
// As text: "ob2", "ob3".
type Standard uint8

// The standards.
const (
	OpenBadges2 Standard = 1
	OpenBadges3 Standard = 2 // also Comprehensive Learner Record 2.0
)

// String returns the standard's name, or "standard N" for a value that has none.
func (s Standard) String() string {
	switch s {
	case OpenBadges2:
		return "ob2"
	case OpenBadges3:
		return "ob3"
	}
	return fmt.Sprintf("standard %d", uint8(s))
}

// A Warning says in which older or unusual way a badge was baked. It is
// stable, and safe to show.
type Warning string

// The warnings.
const (
	Compressed Warning = "compressed"   // in a compressed text chunk; the specifications ask for plain iTXt
	Legacy     Warning = "legacy-text"  // in a tEXt or zTXt chunk, as bakers before 2013 wrote
	Address    Warning = "address-only" // nothing but the address of a badge
	Slash      Warning = "namespace"    // the SVG namespace has a slash too many at its end
)

// A Badge is what an image holds of a badge.
type Badge struct {
	Standard Standard
	Content  []byte // JSON object or compact JWS, exactly as baked; nil when there is only an address
	// Verify is the http or https address at which the badge is hosted, where
	// the image gives one: all there is of a badge in the oldest images, and
	// the attribute "verify" of an SVG element.
	Verify string
}

// Baked is an image taken apart.
type Baked struct {
	Format   Format
	Badge    Badge
	Offset   int    // of the chunk or element with the badge
	Evidence []byte // akashi's evidence as it was put there; nil when there is none
	Warnings []Warning
}

// Errors that callers tell apart. All others are an *Error.
var (
	ErrNotImage = errors.New("neither a PNG nor an SVG image")
	ErrNoBadge  = errors.New("the image holds no badge")
)

// An Error says why an image is refused, and where. It repeats nothing of
// what is in the image.
type Error struct {
	Offset int    // bytes before the place, from 0
	Reason string // what is wrong there and what to do
	Limit  bool   // nothing is wrong: it is larger, or has more, than is taken here
}

// Error gives place and reason in one line.
func (e *Error) Error() string {
	return fmt.Sprintf("image refused at byte %d: %s", e.Offset, e.Reason)
}

func refuse(offset int, format string, a ...any) *Error {
	return &Error{Offset: offset, Reason: fmt.Sprintf(format, a...)}
}

// beyond is refuse for what may be sound, and is beyond a limit.
func beyond(offset int, format string, a ...any) *Error {
	return &Error{offset, fmt.Sprintf(format, a...), true}
}

var pngSignature = []byte("\x89PNG\r\n\x1a\n")

// FormatOf tells the format by the first bytes. An SVG is known by its root
// element, so that what precedes it is read; damage there hides it.
func FormatOf(b []byte) (Format, bool) {
	switch {
	case bytes.HasPrefix(b, pngSignature):
		return PNG, true
	case startsLikeXML(b) && rootIsSVG(b):
		return SVG, true
	}
	return 0, false
}

// Extract takes an image apart. The error is ErrNotImage, ErrNoBadge for an
// image without a badge that is otherwise sound, or an *Error. What it returns
// does not share memory with b.
func Extract(b []byte) (Baked, error) {
	format, ok := FormatOf(b)
	switch {
	case !ok:
		return Baked{}, ErrNotImage
	case len(b) > MaxSize:
		return Baked{}, beyond(MaxSize, "the image has %d bytes, at most %d are taken; make the picture smaller", len(b), MaxSize)
	case format == PNG:
		p, err := readPNG(b)
		if err != nil {
			return Baked{}, err
		}
		return p.baked()
	}
	s, err := readSVG(b)
	if err != nil {
		return Baked{}, err
	}
	return s.baked()
}

// Suspect returns the offset of what some reader may take for a badge in b,
// or -1. It is wider than Extract: it also answers for damaged images. What it
// passes over, no reader of badges sees as baked.
func Suspect(b []byte) int {
	if bytes.HasPrefix(b, pngSignature) {
		return suspectPNG(b)
	}
	return suspectSVG(b)
}

// Bake puts a badge into an image that has none, and leaves every other byte
// as it is. A JWS goes into the attribute "verify" of an SVG element, JSON
// between its tags; in a PNG either is the text of an uncompressed iTXt chunk
// right behind the header. The result is read again before it is returned.
func Bake(b []byte, badge Badge) ([]byte, error) {
	switch kind, err := kindOf(badge.Content, 0); {
	case err != nil:
		return nil, errors.New("the badge is neither a JSON object nor a compact JWS in UTF-8")
	case kind == anAddress:
		return nil, errors.New("this is the address of a badge; bake the badge itself")
	case len(badge.Content) > MaxSize:
		return nil, fmt.Errorf("the badge has %d bytes, at most %d are baked", len(badge.Content), MaxSize)
	case badge.Standard != OpenBadges2 && badge.Standard != OpenBadges3:
		return nil, fmt.Errorf("badges are baked by Open Badges 2.0 or 3.0, and not by %s", badge.Standard)
	case badge.Verify != "" && !isAddress(badge.Verify):
		return nil, errors.New("the address of the badge is not an http or https address without spaces, of at most 2048 characters")
	}
	format, _ := FormatOf(b)
	return change(b, format, badge.Content, nil, func() ([]byte, error) {
		if format == PNG {
			p, err := readPNG(b)
			if err != nil {
				return nil, err
			}
			return p.bake(badge)
		}
		s, err := readSVG(b)
		if err != nil {
			return nil, err
		}
		return s.bake(badge)
	})
}

// PutEvidence puts evidence into a baked image, or in the place of the
// evidence that is there. Every other byte stays as it is.
func PutEvidence(b, evidence []byte) ([]byte, error) {
	switch {
	case len(evidence) == 0 || len(evidence) > MaxEvidence:
		return nil, fmt.Errorf("evidence has 1 to %d bytes, and this has %d", MaxEvidence, len(evidence))
	case !utf8.Valid(evidence) || bytes.IndexByte(evidence, 0) >= 0:
		return nil, errors.New("evidence is JSON in UTF-8, and this is none")
	}
	old, err := Extract(b)
	if err != nil {
		return nil, err
	}
	return change(b, old.Format, old.Badge.Content, evidence, func() ([]byte, error) {
		if old.Format == PNG {
			p, err := readPNG(b)
			if err != nil {
				return nil, err
			}
			return p.putEvidence(evidence), nil
		}
		s, err := readSVG(b)
		if err != nil {
			return nil, err
		}
		return s.putEvidence(evidence)
	})
}

// change makes an image and reads it again: whoever gets a badge gets one that
// gives its bytes back.
func change(b []byte, format Format, content, evidence []byte, make func() ([]byte, error)) ([]byte, error) {
	switch {
	case format == 0:
		return nil, ErrNotImage
	case len(b) > MaxSize:
		return nil, beyond(MaxSize, "the image has %d bytes, at most %d are taken; make the picture smaller", len(b), MaxSize)
	}
	out, err := make()
	switch {
	case err != nil:
		return nil, err
	case len(out) > MaxSize:
		return nil, fmt.Errorf("with what is put into it the image would have %d bytes, and at most %d are read again; make the picture smaller", len(out), MaxSize)
	}
	back, err := Extract(out)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the image cannot take it: %w", err)
	case !bytes.Equal(back.Badge.Content, content), evidence != nil && !bytes.Equal(back.Evidence, evidence):
		return nil, errors.New("the image cannot take it: it gives other bytes back; choose another image")
	}
	return out, nil
}

// The kinds of text that stand where a badge is expected.
const (
	aBadge = iota
	anAddress
)

// kindOf tells a badge from the address of one. offset is for its error, which
// says nothing of the text.
func kindOf(text []byte, offset int) (int, error) {
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return 0, refuse(offset, "what is baked here is not text in UTF-8")
	}
	if first := bytes.TrimLeft(text, " \t\r\n"); len(first) > 0 && first[0] == '{' {
		return aBadge, nil
	}
	if isAddress(string(text)) {
		return anAddress, nil
	}
	if bytes.Count(text, []byte(".")) == 2 && bytes.IndexFunc(text, notOfJWS) < 0 {
		return aBadge, nil
	}
	return 0, refuse(offset, "what is baked here is neither a JSON object, nor a compact JWS, nor the address of a badge")
}

func notOfJWS(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
}

// isAddress reports whether s may be an http or https address: visible ASCII,
// as RFC 3986 has it, and with a host.
func isAddress(s string) bool {
	rest, ok := cutPrefixFold(s, "https://")
	if !ok {
		rest, ok = cutPrefixFold(s, "http://")
	}
	if !ok || rest == "" || rest[0] == '/' || len(s) > MaxAddress {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || bytes.IndexByte([]byte("\"<>\\^`{|}"), s[i]) >= 0 {
			return false
		}
	}
	return true
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !bytes.EqualFold([]byte(s[:len(prefix)]), []byte(prefix)) {
		return s, false
	}
	return s[len(prefix):], true
}
