package image

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
	"unicode/utf8"
)

// keywords of the text chunks that are ours to read.
const (
	keywordOB2      = "openbadges"
	keywordOB3      = "openbadgecredential"
	keywordEvidence = "akashi-evidence"
)

// A chunk is one of a PNG: length[4] type[4] data[length] crc[4], big-endian
// (PNG, section 5.3).
type chunk struct {
	start int // offset of its length
	kind  string
	data  []byte // part of the file
}

func (c chunk) end() int { return c.start + 12 + len(c.data) }

// A png is a sound PNG file, and where its badge and evidence are.
type png struct {
	file     []byte
	header   chunk
	badge    *chunk
	evidence *chunk
	standard Standard
}

// readPNG walks the whole file. Order and bounds are those of PNG, sections
// 5.6 and 11.2; what is unknown and critical is refused, as section 13.1 asks.
func readPNG(b []byte) (*png, error) {
	p := &png{file: b}
	var seen struct{ palette, pixels, afterPixels, end bool }
	at := len(pngSignature)
	for n := 0; ; n++ {
		switch {
		case at == len(b) && seen.end:
			return p, p.alone()
		case at == len(b):
			return nil, refuse(at, "the PNG is cut off: its end chunk is missing; fetch the file again")
		case seen.end:
			return nil, refuse(at, "the PNG goes on after its end; it was changed or is two files in one")
		case n == MaxChunks:
			return nil, beyond(at, "the PNG has more than %d chunks; save it again from a graphics program", MaxChunks)
		case len(b)-at < 12:
			return nil, refuse(at, "the PNG is cut off within a chunk; fetch the file again")
		}
		size := binary.BigEndian.Uint32(b[at:])
		if uint64(size) > uint64(len(b)-at-12) {
			return nil, refuse(at, "a chunk of the PNG is longer than the file; fetch the file again")
		}
		c := chunk{at, string(b[at+4 : at+8]), b[at+8 : at+8+int(size)]}
		if !isChunkType(c.kind) {
			return nil, refuse(at+4, "a chunk of the PNG has a type that is not four letters, the third upper-case")
		}
		if crc32.ChecksumIEEE(b[at+4:at+8+int(size)]) != binary.BigEndian.Uint32(b[c.end()-4:]) {
			return nil, refuse(at, "a chunk of the PNG has a wrong checksum: it was damaged or changed; fetch the file again")
		}
		if (n == 0) != (c.kind == "IHDR") {
			return nil, refuse(at, "the header chunk of a PNG is its first, and there is one")
		}
		switch c.kind {
		case "IHDR":
			if err := checkHeader(c); err != nil {
				return nil, err
			}
			p.header = c
		case "PLTE":
			if seen.palette || seen.pixels || size == 0 || size%3 != 0 || size > 768 {
				return nil, refuse(at, "the palette of the PNG is out of place or has a wrong size")
			}
			seen.palette = true
		case "IDAT":
			if seen.afterPixels {
				return nil, refuse(at, "the pixels of the PNG are in two places")
			}
			seen.pixels = true
		case "IEND":
			if size != 0 || !seen.pixels {
				return nil, refuse(at, "the PNG ends without pixels, or its end chunk holds something")
			}
			seen.end = true
		case "iTXt", "tEXt", "zTXt":
			if err := p.note(c); err != nil {
				return nil, err
			}
		default:
			if c.kind[0] < 'a' {
				return nil, refuse(at, "the PNG has a chunk that must be understood, and is not of the specification")
			}
		}
		seen.afterPixels = seen.pixels && c.kind != "IDAT"
		at = c.end()
	}
}

func isChunkType(s string) bool {
	for i := range 4 {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return s[2] < 'a'
}

// depths lists the bit depths of each colour type (PNG, section 11.2.1).
var depths = map[byte][]byte{0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}

func checkHeader(c chunk) error {
	if len(c.data) != 13 {
		return refuse(c.start, "the header of the PNG has not 13 bytes")
	}
	width, height := binary.BigEndian.Uint32(c.data), binary.BigEndian.Uint32(c.data[4:])
	switch {
	case width == 0 || height == 0:
		return refuse(c.start+8, "the PNG has no width or no height")
	case width > MaxSide || height > MaxSide:
		return beyond(c.start+8, "the PNG says that it is %d by %d pixels, at most %d each are taken", width, height, MaxSide)
	case !slices.Contains(depths[c.data[9]], c.data[8]), c.data[10] != 0, c.data[11] != 0, c.data[12] > 1:
		return refuse(c.start+16, "the header of the PNG names a kind of picture that there is not")
	}
	return nil
}

// note remembers a text chunk with one of our keywords.
func (p *png) note(c chunk) error {
	keyword, _, _ := bytes.Cut(c.data, []byte{0})
	switch string(keyword) {
	case keywordOB2, keywordOB3:
		if p.badge != nil {
			return refuse(c.start, "the image holds a second badge; the first is at byte %d, and readers would differ on which counts", p.badge.start)
		}
		p.badge, p.standard = &c, OpenBadges2
		if string(keyword) == keywordOB3 {
			p.standard = OpenBadges3
		}
	case keywordEvidence:
		if p.evidence != nil {
			return refuse(c.start, "the image holds evidence twice; the first is at byte %d", p.evidence.start)
		}
		p.evidence = &c
	}
	return nil
}

// alone refuses a file in which a text chunk with a badge begins within
// another chunk: a reader that searches, instead of walking, finds that one.
func (p *png) alone() error {
	from := 0
	if p.badge != nil {
		from = p.badge.start + 5
		if i := suspectPNG(p.file[:from]); i >= 0 && i != p.badge.start+4 {
			return refuse(i, "what looks like a chunk with a badge lies inside another chunk")
		}
	}
	if i := suspectPNG(p.file[from:]); i >= 0 {
		return refuse(from+i, "what looks like a chunk with a badge lies inside another chunk")
	}
	return nil
}

// baked reads the chunks that were noted.
func (p *png) baked() (Baked, error) {
	if p.badge == nil {
		return Baked{}, ErrNoBadge
	}
	text, warnings, err := readText(*p.badge, MaxSize)
	if err != nil {
		return Baked{}, err
	}
	out := Baked{Format: PNG, Badge: Badge{Standard: p.standard}, Offset: p.badge.start, Warnings: warnings}
	switch kind, err := kindOf(text, p.badge.start); {
	case err != nil:
		return Baked{}, err
	case kind == anAddress:
		out.Badge.Verify = string(text)
		out.Warnings = append(out.Warnings, Address)
	default:
		out.Badge.Content = bytes.Clone(text)
	}
	if p.evidence != nil {
		text, warnings, err := readText(*p.evidence, MaxEvidence)
		switch {
		case err != nil:
			return Baked{}, err
		case len(warnings) > 0 || p.evidence.kind != "iTXt":
			return Baked{}, refuse(p.evidence.start, "the evidence in the image is not in an uncompressed iTXt chunk, so akashi did not put it there; put it in anew")
		case len(text) == 0 || !utf8.Valid(text):
			return Baked{}, refuse(p.evidence.start, "the evidence in the image is not text in UTF-8")
		}
		out.Evidence = bytes.Clone(text)
	}
	return out, nil
}

// readText gives the text of a text chunk (PNG, section 11.3.3), at most limit
// bytes of it decompressed.
//
//	iTXt  keyword 00 flag[1] method[1] language 00 translated keyword 00 text in UTF-8
//	zTXt  keyword 00 method[1] zlib of text in Latin-1
//	tEXt  keyword 00 text in Latin-1
func readText(c chunk, limit int) (text []byte, warnings []Warning, err error) {
	_, rest, found := bytes.Cut(c.data, []byte{0})
	if !found {
		return nil, nil, refuse(c.start, "a text chunk has no end of its keyword")
	}
	packed := false
	switch c.kind {
	case "iTXt":
		if len(rest) < 2 || rest[0] > 1 || rest[0] == 1 && rest[1] != 0 {
			return nil, nil, refuse(c.start, "a text chunk names a compression that there is not")
		}
		packed = rest[0] == 1
		var language, translated bool
		if _, rest, language = bytes.Cut(rest[2:], []byte{0}); language {
			_, rest, translated = bytes.Cut(rest, []byte{0})
		}
		if !language || !translated {
			return nil, nil, refuse(c.start, "a text chunk is cut off before its text")
		}
	case "zTXt":
		if len(rest) < 1 || rest[0] != 0 {
			return nil, nil, refuse(c.start, "a text chunk names a compression that there is not")
		}
		packed, rest = true, rest[1:]
		warnings = append(warnings, Legacy)
	case "tEXt":
		warnings = append(warnings, Legacy)
	}
	if packed {
		warnings = append(warnings, Compressed)
		if rest, err = unpack(rest, limit, c.start); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case len(rest) > limit:
		return nil, nil, beyond(c.start, "a text chunk holds more than %d bytes", limit)
	case bytes.IndexByte(rest, 0) >= 0:
		return nil, nil, refuse(c.start, "a text chunk has a NUL in its text")
	case c.kind != "iTXt" && bytes.IndexFunc(rest, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0:
		return nil, nil, refuse(c.start, "a badge with characters beyond ASCII stands in a chunk for Latin-1, which readers take differently; have it baked anew in an iTXt chunk")
	}
	return rest, warnings, nil
}

// unpack inflates one zlib stream (RFC 1950) that fills packed exactly, and at
// most limit bytes of it.
func unpack(packed []byte, limit, offset int) ([]byte, error) {
	left := bytes.NewReader(packed)
	z, err := zlib.NewReader(left)
	if err != nil {
		return nil, refuse(offset, "the compressed text of a chunk is damaged")
	}
	text, err := io.ReadAll(io.LimitReader(z, int64(limit)+1))
	switch {
	case len(text) > limit:
		return nil, beyond(offset, "the compressed text of a chunk is of more than %d bytes", limit)
	case err != nil:
		return nil, refuse(offset, "the compressed text of a chunk is damaged")
	case left.Len() > 0:
		return nil, refuse(offset, "something follows the compressed text of a chunk")
	}
	return text, nil
}

// appendText writes an uncompressed iTXt chunk without language.
func appendText(out []byte, keyword string, text []byte) []byte {
	start := len(out)
	out = binary.BigEndian.AppendUint32(out, uint32(len(keyword)+5+len(text)))
	out = append(out, "iTXt"...)
	out = append(out, keyword...)
	out = append(out, 0, 0, 0, 0, 0)
	out = append(out, text...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start+4:]))
}

func (p *png) bake(badge Badge) ([]byte, error) {
	switch {
	case p.badge != nil:
		return nil, refuse(p.badge.start, "the image holds a badge already; bake into the picture without it")
	case p.evidence != nil:
		return nil, refuse(p.evidence.start, "the image holds evidence of another badge; bake into the picture without it")
	}
	keyword := keywordOB2
	if badge.Standard == OpenBadges3 {
		keyword = keywordOB3
	}
	return p.insert(p.header.end(), p.header.end(), keyword, badge.Content), nil
}

func (p *png) putEvidence(evidence []byte) []byte {
	if old := p.evidence; old != nil {
		return p.insert(old.start, old.end(), keywordEvidence, evidence)
	}
	return p.insert(p.badge.end(), p.badge.end(), keywordEvidence, evidence)
}

// insert writes a text chunk in the place of the bytes from start to end.
func (p *png) insert(start, end int, keyword string, text []byte) []byte {
	out := make([]byte, 0, len(p.file)+len(keyword)+len(text)+17)
	out = append(out, p.file[:start]...)
	out = appendText(out, keyword, text)
	return append(out, p.file[end:]...)
}

// suspectPNG looks for the start of a text chunk with a badge: type, keyword
// and NUL. It looks anywhere and not chunk by chunk: readers differ on damaged
// chunks and on what follows the end, and compressed pixels do not hold these
// bytes by chance.
func suspectPNG(b []byte) int {
	first := -1
	for _, kind := range []string{"iTXt", "tEXt", "zTXt"} {
		for _, keyword := range []string{keywordOB2, keywordOB3} {
			if i := bytes.Index(b, []byte(kind+keyword+"\x00")); i >= 0 && (first < 0 || i < first) {
				first = i
			}
		}
	}
	return first
}
