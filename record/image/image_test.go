package image_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	stdimage "image"
	stdpng "image/png"
	"runtime"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/image"
)

const (
	ob3JSON = `{"type":["VerifiableCredential","OpenBadgeCredential"],"name":"証明 ]]> & <b>"}`
	jws     = "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"
	secret  = "q7Hk2Zpv"
)

// pixels is a PNG as a graphics library writes it.
func pixels(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := stdpng.Encode(&b, stdimage.NewGray(stdimage.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// chunk writes one chunk of a PNG, with the right checksum.
func chunk(kind, data string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:])))
}

// with puts chunks behind the header of a PNG.
func with(t testing.TB, chunks ...string) []byte {
	b := pixels(t)
	const header = 8 + 25
	return bytes.Join([][]byte{b[:header], []byte(strings.Join(chunks, "")), b[header:]}, nil)
}

func deflate(b []byte) string {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.String()
}

func itxt(keyword, text string) string { return chunk("iTXt", keyword+"\x00\x00\x00\x00\x00"+text) }

const plainSVG = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
  <!ENTITY ns_svg "http://www.w3.org/2000/svg"> <!-- ' -->
]>
<svg xmlns="&ns_svg;" width='10' height="10">
  <!-- drawn --><title>a &amp; b &#x8a3c;</title><rect width="10"	height = "10"/>
</svg>
`

// TestBake bakes badges and evidence into both formats and takes them out.
func TestBake(t *testing.T) {
	pictures := map[string][]byte{
		"png":                 pixels(t),
		"svg":                 []byte(plainSVG),
		"svg of one tag":      []byte(`<svg xmlns="http://www.w3.org/2000/svg" />`),
		"svg with a prefix":   []byte("\xef\xbb\xbf<s:svg xmlns:s='http://www.w3.org/2000/svg'><s:g></s:g></s:svg>\n"),
		"png with other text": with(t, chunk("tEXt", "Comment\x00openbadges"), chunk("tIME", "\x07\xe8\x01\x01\x00\x00\x00")),
	}
	badges := map[string]image.Badge{
		"OB3":           {Standard: image.OpenBadges3, Content: []byte(ob3JSON)},
		"OB3 as a JWT":  {Standard: image.OpenBadges3, Content: []byte(jws)},
		"OB2":           {Standard: image.OpenBadges2, Content: []byte(" {\r\n\t\"a\": \"]]>]]\"\r}\n")},
		"OB2 as a JWS":  {Standard: image.OpenBadges2, Content: []byte(jws)},
		"without layer": {Standard: image.OpenBadges2, Content: []byte("{}")},
	}
	for name, picture := range pictures {
		if _, err := image.Extract(picture); !errors.Is(err, image.ErrNoBadge) || image.Suspect(picture) >= 0 {
			t.Errorf("%s: a picture without a badge gives %v, suspect at %d", name, err, image.Suspect(picture))
		}
		for kind, badge := range badges {
			t.Run(name+"/"+kind, func(t *testing.T) {
				out, err := image.Bake(picture, badge)
				if err != nil {
					t.Fatal(err)
				}
				got := mustExtract(t, out)
				if !bytes.Equal(got.Badge.Content, badge.Content) || got.Badge.Standard != badge.Standard || got.Evidence != nil || got.Warnings != nil {
					t.Fatalf("out came %+v", got)
				}
				if image.Suspect(out) < 0 {
					t.Error("the badge is not suspected")
				}
				if _, err := image.Bake(out, badge); err == nil {
					t.Error("a second badge was baked in")
				}
				first, second := []byte("{\"v\":1,\r\n\"n\":\"]]>\"}"), []byte(`{"v":1,"longer":"証明"}`)
				one, err := image.PutEvidence(out, first)
				if err != nil {
					t.Fatal(err)
				}
				onlyInserted(t, out, one)
				two, err := image.PutEvidence(one, second)
				if err != nil {
					t.Fatal(err)
				}
				onlyInserted(t, out, two)
				for want, b := range map[string][]byte{string(first): one, string(second): two} {
					again := mustExtract(t, b)
					if string(again.Evidence) != want || !bytes.Equal(again.Badge.Content, badge.Content) || again.Offset != got.Offset {
						t.Errorf("with evidence, out came %+v", again)
					}
				}
				back, err := image.PutEvidence(two, first)
				if err != nil || !bytes.Equal(back, one) {
					t.Errorf("replacing the evidence changed another byte (%v)", err)
				}
			})
		}
	}
}

// onlyInserted checks that long is short with bytes put in at one place.
func onlyInserted(t *testing.T, short, long []byte) {
	t.Helper()
	n := 0
	for n < len(short) && short[n] == long[n] {
		n++
	}
	if !bytes.HasSuffix(long, short[n:]) {
		t.Error("more was changed than one place")
	}
}

func mustExtract(t testing.TB, b []byte) image.Baked {
	t.Helper()
	got, err := image.Extract(b)
	if err != nil {
		t.Fatalf("Extract: %v", err)
	}
	return got
}

// TestPixelsStay decodes a baked PNG with another reader.
func TestPixelsStay(t *testing.T) {
	out, err := image.Bake(pixels(t), image.Badge{Standard: image.OpenBadges3, Content: []byte(ob3JSON)})
	if err != nil {
		t.Fatal(err)
	}
	if out, err = image.PutEvidence(out, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	picture, err := stdpng.Decode(bytes.NewReader(out))
	if err != nil || picture.Bounds().Dx() != 3 || picture.Bounds().Dy() != 2 {
		t.Fatalf("image/png reads %v, %v", picture, err)
	}
}

// TestOldWays reads what other bakers write.
func TestOldWays(t *testing.T) {
	const address = "https://badges.example/a/1?x=1&y=2"
	svg := func(inside string) []byte {
		return []byte(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="http://openbadges.org">` + inside + `<g/></svg>`)
	}
	tests := []struct {
		name     string
		in       []byte
		content  string
		verify   string
		warnings string
	}{
		{"iTXt", with(t, itxt("openbadges", "{}")), "{}", "", "[]"},
		{"iTXt with a language", with(t, chunk("iTXt", "openbadges\x00\x00\x00ja\x00\xe8\xa8\xbc\x00{}")), "{}", "", "[]"},
		{"compressed iTXt", with(t, chunk("iTXt", "openbadgecredential\x00\x01\x00\x00\x00"+deflate([]byte(ob3JSON)))), ob3JSON, "", "[compressed]"},
		{"zTXt", with(t, chunk("zTXt", "openbadges\x00\x00"+deflate([]byte(jws)))), jws, "", "[legacy-text compressed]"},
		{"tEXt", with(t, chunk("tEXt", "openbadges\x00"+jws)), jws, "", "[legacy-text]"},
		{"tEXt with an address", with(t, chunk("tEXt", "openbadges\x00"+address)), "", address, "[legacy-text address-only]"},
		{"badge behind the pixels", append(pixels(t)[:len(pixels(t))-12], itxt("openbadges", "{}")+chunk("IEND", "")...), "{}", "", "[]"},
		{"svg, JSON in CDATA", svg("<openbadges:assertion>\n <![CDATA[ {\"a\":\"<&>\"} ]]>\n</openbadges:assertion>"), " {\"a\":\"<&>\"} ", "", "[]"},
		{"svg, JSON as text", svg("<openbadges:assertion>\r\n{\"a\":\"&lt;&#38;&#x8a3c;&quot;\"}\r\n</openbadges:assertion>"), `{"a":"<&証""}`, "", "[]"},
		{"svg, hosted: address and JSON", svg(`<openbadges:assertion verify="https://badges.example/a/1?x=1&amp;y=2"><![CDATA[{}]]></openbadges:assertion>`), "{}", address, "[]"},
		{"svg, only an address", svg(`<openbadges:assertion verify="https://badges.example/a/1?x=1&amp;y=2"/>`), "", address, "[address-only]"},
		{"svg, address as text", svg(`<openbadges:assertion> https://badges.example/a/1?x=1&amp;y=2 </openbadges:assertion>`), "", address, "[address-only]"},
		{"svg, JWS", svg(`<openbadges:assertion verify='` + jws + `'></openbadges:assertion>`), jws, "", "[]"},
		{"svg, JWS as text", svg("<openbadges:assertion>\n\t" + jws + "\n</openbadges:assertion>"), jws, "", "[]"},
		{"svg, another prefix, deep", []byte(`<svg><g><x:credential xmlns:x="https://purl.imsglobal.org/ob/v3p0">{}</x:credential></g></svg>`), "{}", "", "[]"},
		{"svg, default namespace", []byte(`<svg><credential xmlns="https://purl.imsglobal.org/ob/v3p0">{}</credential></svg>`), "{}", "", "[]"},
		{"svg, slash too many", []byte(`<svg><o:assertion xmlns:o="http://openbadges.org/">{}</o:assertion></svg>`), "{}", "", "[namespace]"},
		{"svg, namespace with references", []byte(`<svg><o:assertion xmlns:o="http:&#x2f;/openbadges.org">{}</o:assertion></svg>`), "{}", "", "[]"},
		{"svg, DOCTYPE and entities of a drawing program", []byte(strings.Replace(plainSVG, "<title>", `<o:assertion xmlns:o="http://openbadges.org">{}</o:assertion><title>`, 1)), "{}", "", "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := mustExtract(t, tt.in)
			if string(got.Badge.Content) != tt.content || got.Badge.Verify != tt.verify || fmt.Sprint(got.Warnings) != tt.warnings {
				t.Errorf("content %q, address %q, warnings %v", got.Badge.Content, got.Badge.Verify, got.Warnings)
			}
			if image.Suspect(tt.in) < 0 {
				t.Error("it is not suspected")
			}
		})
	}
}

// TestHostile gives files that readers would see differently, or that want to
// cost time and memory. Each must be refused for the reason that it was built
// for, and must be suspected.
func TestHostile(t *testing.T) {
	sound := string(with(t, itxt("openbadges", "{}")))
	at := strings.Index(sound, "openbadges")
	flip := func(i int) []byte {
		b := []byte(sound)
		b[i] ^= 1
		return b
	}
	header := func(data string) []byte {
		return []byte("\x89PNG\r\n\x1a\n" + chunk("IHDR", data) + itxt("openbadges", "{}") + chunk("IDAT", "x") + chunk("IEND", ""))
	}
	bomb := bytes.Repeat([]byte{'{'}, 8<<20)
	bad := func(inside string) []byte {
		return []byte(`<svg xmlns:o="http://openbadges.org">` + inside + `</svg>`)
	}
	doctype := func(subset string) []byte {
		return []byte(`<!DOCTYPE svg [` + subset + `]><svg xmlns:o="http://openbadges.org"><o:assertion>{}</o:assertion></svg>`)
	}
	const one = `<o:assertion>{}</o:assertion>`
	tests := []struct {
		name   string
		in     []byte
		reason string
	}{
		{"bomb in zTXt", with(t, chunk("zTXt", "openbadges\x00\x00"+deflate(bomb))), "compressed text of a chunk is of more than"},
		{"bomb in iTXt", with(t, chunk("iTXt", "openbadges\x00\x01\x00\x00\x00"+deflate(bomb))), "compressed text of a chunk is of more than"},
		{"something behind the stream", with(t, chunk("zTXt", "openbadges\x00\x00"+deflate([]byte("{}"))+"x")), "something follows"},
		{"stream cut off", with(t, chunk("zTXt", "openbadges\x00\x00"+deflate([]byte("{}"))[:8])), "damaged"},
		{"no stream", with(t, chunk("zTXt", "openbadges\x00\x00")), "damaged"},
		{"unknown compression", with(t, chunk("zTXt", "openbadges\x00\x01x")), "compression that there is not"},
		{"unknown flag", with(t, chunk("iTXt", "openbadges\x00\x02\x00\x00\x00{}")), "compression that there is not"},
		{"iTXt without text", with(t, chunk("iTXt", "openbadges\x00\x00\x00\x00")), "cut off before its text"},
		{"Latin-1", with(t, chunk("tEXt", "openbadges\x00{\"a\":\"\xe9\"}")), "Latin-1"},
		{"not UTF-8", with(t, itxt("openbadges", "{\xff}")), "not text in UTF-8"},
		{"NUL", with(t, itxt("openbadges", "{}\x00{}")), "NUL"},
		{"empty", with(t, itxt("openbadges", "")), "neither a JSON object"},
		{"JWS with a newline", with(t, itxt("openbadges", jws+"\n")), "neither a JSON object"},
		{"script", with(t, itxt("openbadges", "javascript:alert(1)")), "neither a JSON object"},
		{"address without host", with(t, itxt("openbadges", "https:///etc/passwd")), "neither a JSON object"},

		{"two badges", with(t, itxt("openbadges", "{}"), itxt("openbadges", "{}")), "second badge"},
		{"two standards", with(t, itxt("openbadges", "{}"), itxt("openbadgecredential", "{}")), "second badge"},
		{"two kinds of chunk", with(t, itxt("openbadges", "{}"), chunk("tEXt", "openbadges\x00https://a.example/")), "second badge"},
		{"badge inside of another chunk", with(t, itxt("openbadges", "{}"), chunk("prVt", itxt("openbadges", "{}"))), "inside another chunk"},
		{"two evidences", with(t, itxt("openbadges", "{}"), itxt("akashi-evidence", "{}"), itxt("akashi-evidence", "{}")), "evidence twice"},
		{"compressed evidence", with(t, itxt("openbadges", "{}"), chunk("iTXt", "akashi-evidence\x00\x01\x00\x00\x00"+deflate([]byte("{}")))), "not in an uncompressed iTXt"},

		{"wrong checksum in the badge", flip(at + 16), "wrong checksum"},
		{"wrong checksum in the pixels", flip(strings.Index(sound, "IDAT") + 6), "wrong checksum"},
		{"checksum itself", flip(len(sound) - 1), "wrong checksum"},
		{"cut off within a chunk", []byte(sound[:len(sound)-5]), "cut off within a chunk"},
		{"cut off between chunks", []byte(sound[:len(sound)-12]), "cut off: its end chunk"},
		{"length beyond the file", flip(at - 8), "longer than the file"},
		{"chunk after the end", []byte(sound + itxt("openbadges", "[]")), "goes on after its end"},
		{"ZIP after the end", []byte(sound + "PK\x03\x04"), "goes on after its end"},
		{"second header", []byte(strings.Replace(sound, chunk("IEND", ""), sound[8:33]+chunk("IEND", ""), 1)), "header chunk"},
		{"no header", []byte("\x89PNG\r\n\x1a\n" + sound[33:]), "header chunk"},
		{"short header", header("\x00\x00\x00\x01"), "13 bytes"},
		{"giant width", header("\x7f\xff\xff\xff\x00\x00\x00\x01\x08\x00\x00\x00\x00"), "2147483647 by 1 pixels"},
		{"giant height", header("\x00\x00\x00\x01\xff\xff\xff\xff\x08\x00\x00\x00\x00"), "1 by 4294967295 pixels"},
		{"no width", header("\x00\x00\x00\x00\x00\x00\x00\x01\x08\x00\x00\x00\x00"), "no width"},
		{"strange depth", header("\x00\x00\x00\x01\x00\x00\x00\x01\x03\x00\x00\x00\x00"), "kind of picture"},
		{"strange colour", header("\x00\x00\x00\x01\x00\x00\x00\x01\x08\x05\x00\x00\x00"), "kind of picture"},
		{"unknown critical chunk", with(t, itxt("openbadges", "{}"), chunk("ABCD", "")), "must be understood"},
		{"chunk type of digits", with(t, itxt("openbadges", "{}"), chunk("ab1d", "")), "four letters"},
		{"two places of pixels", []byte(strings.Replace(sound, chunk("IEND", ""), chunk("teXt", "")+chunk("IDAT", "")+chunk("IEND", ""), 1)), ""},
		{"palette of no colours", with(t, itxt("openbadges", "{}"), chunk("PLTE", "")), "palette"},
		{"no pixels", []byte(sound[:strings.Index(sound, "IDAT")-4] + chunk("IEND", "")), "without pixels"},
		{"too many chunks", with(t, itxt("openbadges", "{}"), strings.Repeat(chunk("prVt", ""), image.MaxChunks)), "more than 4096 chunks"},
		{"too large", append(with(t, itxt("openbadges", "{}")), make([]byte, image.MaxSize)...), "at most 4194304"},

		{"entity as the badge", bad(`<o:assertion>&x;</o:assertion>`), "reference to an entity"},
		{"entity as the address", bad(`<o:assertion verify="&x;"/>`), "reference to an entity"},
		{"entities of entities", doctype(`<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c '&b;&b;'>`), "more than plain text"},
		{"entity with an element", doctype(`<!ENTITY a "<g/>">`), "more than plain text"},
		{"entity with an element behind a >", doctype(`<!ENTITY a "><g/>">`), "more than plain text"},
		{"entity hidden by a comment", doctype(`<!-- <!ENTITY a " --><!ENTITY b "<g/>">`), "more than plain text"},
		{"outside entity", doctype(`<!ENTITY a SYSTEM "file:///etc/passwd">`), "may change the badge"},
		{"parameter entity", doctype(`<!ENTITY % a "x"> %a;`), "may change the badge"},
		{"attribute from the DOCTYPE", doctype(`<!ATTLIST o:assertion verify CDATA "` + jws + `">`), "may change the badge"},
		{"namespace from the DOCTYPE", doctype(`<!ENTITY n "http://openbadges.org">`), "may change the badge"},
		{"doctype of HTML", []byte(strings.Replace(string(doctype("")), "DOCTYPE", "doctype", 1)), "capitals"},
		{"element of an unknown namespace", []byte(`<!DOCTYPE svg [<!ENTITY n "x">]><svg xmlns:o="http://openbadges.org"><o:assertion>{}</o:assertion><p:assertion xmlns:p="&n;">{}</p:assertion></svg>`), "second one"},
		{"two badges in svg", bad(one + one), "second badge"},
		{"two standards in svg", bad(one + `<p:credential xmlns:p="https://purl.imsglobal.org/ob/v3p0">{}</p:credential>`), "second badge"},
		{"badge in the badge", bad(`<o:assertion>` + one + `</o:assertion>`), "element inside"},
		{"same name, another namespace", bad(one + `<openbadges:assertion xmlns:openbadges="http://x.example">{}</openbadges:assertion>`), "second one"},
		{"another name, same namespace", bad(one + `<o:credential>{}</o:credential>`), "second one"},
		{"JWS and JSON in svg", bad(`<o:assertion verify="` + jws + `">{}</o:assertion>`), "a JWS and a text"},
		{"two addresses", bad(`<o:assertion verify="https://a.example/">https://b.example/</o:assertion>`), "two addresses"},
		{"JSON as attribute", bad(`<o:assertion verify=" {}"/>`), "neither a compact JWS nor an address"},
		{"empty element", bad(`<o:assertion> </o:assertion>`), "is empty"},
		{"comment in the badge", bad(`<o:assertion>{}<!-- --> </o:assertion>`), "comment or instruction"},
		{"evidence twice", bad(one + strings.Repeat(`<e:evidence xmlns:e="https://github.com/akashi-project/akashi/evidence/v1">{}</e:evidence>`, 2)), "evidence twice"},
		{"empty evidence", bad(one + `<e:evidence xmlns:e="https://github.com/akashi-project/akashi/evidence/v1"/>`), "1 to 1048576"},

		{"svg cut off", []byte(`<svg xmlns:o="http://openbadges.org">` + one), "cut off"},
		{"something behind the root", append(bad(one), "<svg/>"...), "second root"},
		{"text behind the root", append(bad(one), "{}"...), "outside of the root"},
		{"crossed tags", bad(one + "<a><b></a></b>"), "ends no element"},
		{"attribute twice", bad(one + `<a x="1" x="2"/>`), "attribute twice"},
		{"attribute twice of many", bad(one + `<a a="" b="" c="" d="" e="" f="" g="" h="" i="" j="" b=""/>`), "attribute twice"},
		{"attribute without quotes", bad(one + `<a x=1/>`), "no quotes"},
		{"attributes without space", bad(one + `<a x="1"y="2"/>`), "space is missing"},
		{"attribute without value", bad(one + `<a x/>`), "no value"},
		{"< in an attribute", bad(one + `<a x="<"/>`), "write &lt;"},
		{"& alone", bad(one + `a & b`), "write &amp;"},
		{"reference to NUL", bad(one + `&#0;`), "no character"},
		{"reference to half a pair", bad(one + `&#xD800;`), "no character"},
		{"reference with a sign", bad(one + `&#+65;`), "no character"},
		{"section end alone", bad(one + `]]>`), "CDATA section"},
		{"section without end", bad(one + `<![CDATA[`), "CDATA section"},
		{"comment with dashes", bad(one + `<!-- a -- b -->`), "comment"},
		{"instruction without a space", bad(one + `<?x&y?>`), "space is missing"},
		{"undeclared prefix", bad(one + `<p:a/>`), "declared nowhere"},
		{"prefix that ended", bad(one + `<g xmlns:p="x"><p:a/></g><p:a/>`), "declared nowhere"},
		{"namespace taken away", bad(one + `<g xmlns:o=""/>`), "declared as it must not"},
		{"two colons", bad(one + `<a:b:c/>`), "no right name"},
		{"control character", bad(one + "\x01"), "cannot hold"},
		{"not UTF-8 in svg", bad(one + "\xff"), "cannot hold"},
		{"too deep", bad(one + strings.Repeat("<g>", image.MaxDepth)), "more than 256 elements"},
		{"too many attributes", bad(one + "<g" + manyAttrs(image.MaxAttrs+1) + "/>"), "more than 512 attributes"},
		{"second DOCTYPE", append([]byte("<!DOCTYPE svg><!DOCTYPE svg>"), bad(one)...), ""},
		{"encoding", append([]byte(`<?xml version="1.0" encoding="Shift_JIS"?>`), bad(one)...), ""},
		{"XML 1.1", append([]byte(`<?xml version="1.1"?>`), bad(one)...), ""},
		{"UTF-16", []byte("\xff\xfe<\x00s\x00v\x00g\x00 \x00o\x00p\x00e\x00n\x00b\x00a\x00d\x00g\x00e\x00s\x00>\x00"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := image.Extract(tt.in)
			if err == nil {
				t.Fatalf("accepted as %+v", got)
			}
			var refused *image.Error
			switch {
			case tt.reason == "":
			case !errors.As(err, &refused):
				t.Fatalf("%v is no *Error", err)
			case !strings.Contains(refused.Reason, tt.reason) || refused.Offset < 0 || refused.Offset > len(tt.in):
				t.Errorf("refused at %d of %d: %v", refused.Offset, len(tt.in), err)
			}
			if image.Suspect(tt.in) < 0 {
				t.Error("it is not suspected")
			}
		})
	}
}

func manyAttrs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return b.String()
}

// TestMemory gives files of the largest size that are built to cost memory: no
// more is taken than some times their size.
func TestMemory(t *testing.T) {
	fill := func(before, each, after string) []byte {
		return []byte(before + strings.Repeat(each, (image.MaxSize-len(before)-len(after))/len(each)) + after)
	}
	const open = `<svg xmlns:o="http://openbadges.org"><o:assertion>{}</o:assertion>`
	for name, in := range map[string][]byte{
		"elements":          fill(open, "<a/>", "</svg>"),
		"attributes":        fill(open, "<a"+manyAttrs(image.MaxAttrs)+"/>", "</svg>"),
		"namespaces":        fill(open, strings.NewReplacer(" a", " xmlns:a", `""`, `"x"`).Replace("<a"+manyAttrs(image.MaxAttrs)+"/>"), "</svg>"),
		"references":        fill(open, "&lt;", "</svg>"),
		"references inside": fill(`<svg xmlns:o="http://openbadges.org"><o:assertion>{`, "&#9;", "}</o:assertion></svg>"),
		"sections":          fill(open, "<![CDATA[]]>", "</svg>"),
		"entities":          fill("<!DOCTYPE svg [", `<!ENTITY a "">`, "]>"+open+"</svg>"),
		"chunks":            with(t, itxt("openbadges", "{}"), strings.Repeat(chunk("prVt", strings.Repeat("x", 1000)), image.MaxChunks-10)),
		"bomb":              with(t, chunk("zTXt", "openbadges\x00\x00"+deflate(append([]byte{'{'}, make([]byte, 32<<20)...)))),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			image.Suspect(in)
			image.Extract(in)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 256<<20 {
				t.Errorf("%d bytes were allocated for %d", used, len(in))
			}
		})
	}
}

func TestBakeRefuses(t *testing.T) {
	good := image.Badge{Standard: image.OpenBadges3, Content: []byte("{}")}
	for name, try := range map[string]func() ([]byte, error){
		"no image":    func() ([]byte, error) { return image.Bake([]byte("%PDF-1.7"), good) },
		"gzipped svg": func() ([]byte, error) { return image.Bake([]byte("\x1f\x8b\x08"), good) },
		"no standard": func() ([]byte, error) { return image.Bake(pixels(t), image.Badge{Content: []byte("{}")}) },
		"no badge":    func() ([]byte, error) { return image.Bake(pixels(t), image.Badge{Standard: 1, Content: []byte("x")}) },
		"address": func() ([]byte, error) {
			return image.Bake(pixels(t), image.Badge{Standard: 1, Content: []byte("https://a.example/")})
		},
		"spaced address": func() ([]byte, error) {
			return image.Bake(pixels(t), image.Badge{Standard: 1, Content: []byte("{}"), Verify: "https://a b"})
		},
		"too large": func() ([]byte, error) {
			return image.Bake(pixels(t), image.Badge{Standard: 1, Content: []byte("{" + strings.Repeat(" ", image.MaxSize-50) + "}")})
		},
		"not of XML": func() ([]byte, error) {
			return image.Bake([]byte("<svg></svg>"), image.Badge{Standard: 1, Content: []byte("{\"a\":\"\uffff\"}")})
		},
		"shadow": func() ([]byte, error) {
			return image.Bake([]byte(`<svg xmlns:o="http://openbadges.org"><o:x/></svg>`), good)
		},
		"hidden badge":    func() ([]byte, error) { return image.Bake(with(t, chunk("prVt", itxt("openbadges", "{}"))), good) },
		"old evidence":    func() ([]byte, error) { return image.Bake(with(t, itxt("akashi-evidence", "{}")), good) },
		"evidence alone":  func() ([]byte, error) { return image.PutEvidence(pixels(t), []byte("{}")) },
		"empty evidence":  func() ([]byte, error) { return image.PutEvidence(with(t, itxt("openbadges", "{}")), nil) },
		"evidence binary": func() ([]byte, error) { return image.PutEvidence(with(t, itxt("openbadges", "{}")), []byte("\xff")) },
	} {
		if out, err := try(); err == nil || out != nil {
			t.Errorf("%s: done", name)
		}
	}
}

// TestErrorsKeepSecrets puts a secret wherever something is refused.
func TestErrorsKeepSecrets(t *testing.T) {
	for _, in := range [][]byte{
		with(t, itxt("openbadges", secret)),
		with(t, itxt("openbadges", "{\xff"+secret)),
		with(t, itxt("openbadges", "{}"), chunk("Q7Hk", secret)),
		[]byte(`<svg xmlns:o="http://openbadges.org"><o:assertion>` + secret + `</o:assertion></svg>`),
		[]byte(`<svg xmlns:o="http://openbadges.org"><o:assertion verify="` + secret + `"/></svg>`),
		[]byte(`<svg xmlns:o="http://openbadges.org"><o:assertion ` + secret + `="` + secret + `" ` + secret + `=""/></svg>`),
		[]byte(`<svg xmlns:o="http://openbadges.org"></` + secret + `></svg>`),
	} {
		if _, err := image.Extract(in); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%v", err)
		}
	}
}

func TestNames(t *testing.T) {
	if got := fmt.Sprint(image.PNG, image.SVG, image.Format(9), image.OpenBadges2, image.OpenBadges3, image.Standard(9)); got != "png svg format 9 ob2 ob3 standard 9" {
		t.Error(got)
	}
}
