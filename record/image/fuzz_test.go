package image_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/akashi-project/akashi/record/image"
)

// FuzzPNG holds files that begin as a PNG to what extract promises, and bakes
// into those that hold no badge.
func FuzzPNG(f *testing.F) {
	f.Add(pixels(f), []byte(ob3JSON), []byte("{}"))
	f.Add(with(f, itxt("openbadges", ob3JSON)), []byte(jws), []byte("{\"v\":1}"))
	f.Add(with(f, itxt("openbadgecredential", jws), itxt("akashi-evidence", "{}")), []byte("{\r\n}"), []byte("]]>"))
	f.Add(with(f, chunk("zTXt", "openbadges\x00\x00"+deflate([]byte("{}")))), []byte("{}"), []byte("x"))
	f.Add(with(f, chunk("tEXt", "openbadges\x00https://a.example/")), []byte("{}"), []byte("x"))
	f.Fuzz(func(t *testing.T, in, badge, evidence []byte) { hold(t, in, badge, evidence) })
}

// FuzzSVG is FuzzPNG for SVG, with a second XML reader that must agree on
// where a badge is.
func FuzzSVG(f *testing.F) {
	for _, s := range []string{
		plainSVG, `<svg/>`, "\xef\xbb\xbf<s:svg xmlns:s='x'></s:svg>",
		`<svg xmlns:o="http://openbadges.org"><o:assertion verify="` + jws + `"/></svg>`,
		`<svg xmlns:o="http://openbadges.org"><o:assertion>` + "\r\n" + `{"a":"&lt;&#x8a3c;"}</o:assertion></svg>`,
		`<svg><credential xmlns="https://purl.imsglobal.org/ob/v3p0"><![CDATA[{}]]></credential><?x y?><!-- z --></svg>`,
		`<svg><credential xmlns="https://purl.imsglobal.org/ob/v3p0"><![CDATA[{}]]></credential><?x䗁 y?></svg>`,
		`<!DOCTYPE svg [<!ENTITY n "x">]><svg a="&n;">&n;</svg>`,
	} {
		f.Add([]byte(s), []byte(ob3JSON), []byte("{}"))
		f.Add([]byte(s), []byte(jws), []byte("]]>\r"))
	}
	f.Fuzz(func(t *testing.T, in, badge, evidence []byte) {
		if got, err := image.Extract(in); err == nil && got.Format == image.SVG && !bytes.Contains(in, []byte("<!DOCTYPE")) {
			if n := badgesByXML(t, in); n != 1 {
				t.Fatalf("another XML reader finds %d badges", n)
			}
		}
		hold(t, in, badge, evidence)
	})
}

// hold checks one input. Accepted implies stable: the same badge again, also
// with evidence put in, also from the image that it is baked into.
func hold(t *testing.T, in, badge, evidence []byte) {
	got, err := image.Extract(in)
	var refused *image.Error
	switch {
	case err == nil:
		if image.Suspect(in) < 0 {
			t.Fatal("a badge comes out that is not suspected")
		}
		if (got.Badge.Content == nil) == (got.Badge.Verify == "") && got.Badge.Content == nil {
			t.Fatal("nothing came out")
		}
		if out, err := image.PutEvidence(in, evidence); err == nil {
			again, err := image.Extract(out)
			if err != nil || !bytes.Equal(again.Badge.Content, got.Badge.Content) || again.Badge.Verify != got.Badge.Verify || !bytes.Equal(again.Evidence, evidence) {
				t.Fatalf("with evidence out came %v, %v", again, err)
			}
		}
		if _, err := image.Bake(in, image.Badge{Standard: image.OpenBadges3, Content: badge}); err == nil {
			t.Fatal("a second badge was baked in")
		}
	case errors.As(err, &refused):
		if refused.Offset < 0 || refused.Offset > len(in) {
			t.Fatalf("refused at %d of %d", refused.Offset, len(in))
		}
	case errors.Is(err, image.ErrNoBadge):
		for _, standard := range []image.Standard{image.OpenBadges2, image.OpenBadges3} {
			out, err := image.Bake(in, image.Badge{Standard: standard, Content: badge})
			if err != nil {
				continue
			}
			again, err := image.Extract(out)
			if err != nil || !bytes.Equal(again.Badge.Content, badge) || again.Badge.Standard != standard {
				t.Fatalf("out came %v, %v", again, err)
			}
		}
	case !errors.Is(err, image.ErrNotImage):
		t.Fatalf("an error of another kind: %v", err)
	}
}

func badgesByXML(t *testing.T, in []byte) int {
	n := 0
	d := xml.NewDecoder(bytes.NewReader(in))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return n
		}
		// That reader has the letters of names from the fourth edition of XML.
		if err != nil && strings.Contains(err.Error(), "invalid XML name") && strings.IndexFunc(string(in), func(r rune) bool { return r > unicode.MaxASCII }) >= 0 {
			return 1
		}
		if err != nil {
			t.Fatalf("another XML reader refuses it: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok {
			space := strings.TrimSuffix(e.Name.Space, "/")
			if space == "http://openbadges.org" && e.Name.Local == "assertion" || space == "https://purl.imsglobal.org/ob/v3p0" && e.Name.Local == "credential" {
				n++
			}
		}
	}
}
