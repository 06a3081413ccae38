package record_test

import (
	"bytes"
	"errors"
	stdimage "image"
	"image/png"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/image"
)

func picture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, stdimage.NewGray(stdimage.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestParseBaked reads one badge from every picture that it is baked into, and
// finds the same record: the picture and the evidence in it do not count.
func TestParseBaked(t *testing.T) {
	const svg = `<svg xmlns="http://www.w3.org/2000/svg"><title>x</title></svg>`
	for name, badge := range map[string]string{
		"assertion":  ` {"type": "Assertion", "badge": {"issuer": "https://uni.example"}, "n": 1.0}`,
		"credential": `{"issuer":{"id":"did:key:z6Mk"},"type":["VerifiableCredential","OpenBadgeCredential"]}`,
		"token":      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL3VuaS5leGFtcGxlIn0.AAAA",
	} {
		want := mustParse(t, badge)
		for _, pic := range [][]byte{picture(t), []byte(svg)} {
			baked, err := image.Bake(pic, image.Badge{Standard: image.OpenBadges3, Content: []byte(badge)})
			if err != nil {
				t.Fatal(err)
			}
			proven, err := image.PutEvidence(baked, []byte(`{"v":1}`))
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range [][]byte{baked, proven} {
				got := mustParse(t, string(b))
				if got.Form() != want.Form() || got.Digest() != want.Digest() || !bytes.Equal(got.Bytes(), want.Bytes()) || got.InferType() != record.Badge {
					t.Errorf("%s: baked it is a %s of %q", name, got.Form(), got.Bytes())
				}
				if !got.Baked() || want.Baked() {
					t.Errorf("%s: baked is %t, and %t of the badge by itself", name, got.Baked(), want.Baked())
				}
				if !bytes.Equal(got.Original(), b) {
					t.Errorf("%s: the original is not the image", name)
				}
				gotIssuer, _ := got.Issuer()
				wantIssuer, ok := want.Issuer()
				gotSigned, _ := got.SigningDigest()
				wantSigned, _ := want.SigningDigest()
				if gotIssuer != wantIssuer || !ok || gotSigned != wantSigned {
					t.Errorf("%s: issuer %q or signed bytes differ", name, gotIssuer)
				}
			}
		}
	}
}

// TestParseBakedGates bakes what no gate lets through, and finds the gate of
// the badge at the place in the image.
func TestParseBakedGates(t *testing.T) {
	const secret = "q7Hk2Zpv"
	for in, gate := range map[string]record.Gate{
		`{"q7Hk2Zpv":1,"q7Hk2Zpv":2}`:                 record.GateDuplicate,
		`{"q7Hk2Zpv":9007199254740993.0}`:             record.GateNumber,
		`{"q7Hk2Zpv":"\ud800"}`:                       record.GateSurrogate,
		`{"q7Hk2Zpv":1} x`:                            record.GateTrailing,
		`{"q7Hk2Zpv"`:                                 record.GateSyntax,
		"eyJhbGciOiJFUzI1NiJ9.q7Hk2Zpv.AAB":           record.GateJWS,
		"q7Hk2Zpv.e30.":                               record.GateBaked,
		"1.2.3":                                       record.GateJWS,
		`{"a":` + strings.Repeat("[", 70):             record.GateDepth,
		`{"a":"` + secret + strings.Repeat("\x01", 1): record.GateSyntax,
	} {
		b, err := image.Bake(picture(t), image.Badge{Standard: image.OpenBadges2, Content: []byte(in)})
		if err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		_, err = record.Parse(b)
		var f *record.FormatError
		if !errors.As(err, &f) {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if f.Gate != gate || f.Offset != bytes.Index(b, []byte("iTXt")) || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: %v, want gate %s at byte %d", in, err, gate, bytes.Index(b, []byte("iTXt")))
		}
	}
}

// TestParseAddress refuses an image that holds only the address of a badge.
func TestParseAddress(t *testing.T) {
	_, err := record.Parse([]byte(`<svg><a:assertion xmlns:a="http://openbadges.org" verify="https://b.example/1"/></svg>`))
	var f *record.FormatError
	if !errors.As(err, &f) || f.Gate != record.GateBaked || !strings.Contains(f.Reason, "only the address") {
		t.Error(err)
	}
}

// TestParsePictures takes pictures without a badge as plain bytes, whatever
// else is wrong with them.
func TestParsePictures(t *testing.T) {
	pic := string(picture(t))
	for name, in := range map[string]string{
		"png":                    pic,
		"png cut off":            pic[:len(pic)-3],
		"png with a tail":        pic + "PK\x03\x04",
		"svg":                    `<svg xmlns="http://www.w3.org/2000/svg"/>`,
		"svg with evidence only": `<svg><e:evidence xmlns:e="https://github.com/akashi-project/akashi/evidence/v1">{}</e:evidence></svg>`,
		"svg with entities":      `<!DOCTYPE svg [<!ENTITY n "http://www.w3.org/2000/svg">]><svg xmlns="&n;"/>`,
		"svg in Latin-1":         "<?xml version='1.0' encoding='ISO-8859-1'?><svg>\xe9</svg>",
		"gzipped svg":            "\x1f\x8b\x08\x00openbadges",
		"page with a picture":    "<!doctype html><html><p>openbadges<svg></svg><br></html>",
		"page in Latin-1":        "<html><p>\xe9 openbadges<svg></svg></p></html>",
	} {
		if r := mustParse(t, in); r.Form() != record.Bytes || string(r.Bytes()) != in {
			t.Errorf("%s: form %s", name, r.Form())
		}
	}
}
