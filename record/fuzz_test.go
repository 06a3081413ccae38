package record_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/image"
	"github.com/gowebpki/jcs"
)

// FuzzParse holds what Parse accepts to what it promises: the canonical bytes
// are their own canonical bytes, and for each form there is only one spelling.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{}`, ` {"b":[1,2.50,-0,1e3],"a":{"\u00e9":"\ud83d\ude02\n"}}`, `{"a":9007199254740993.0}`, `{"a":1,"\u0061":2}`,
		"\xef\xbb\xbf{}", `{"a":"\ud800"}`, `{"type":["VerifiableCredential","OpenBadgeCredential"],"issuer":{"id":"did:key:z6Mk"}}`,
		"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2EuZXhhbXBsZSJ9.AAAA", "eyJhbGciOiJFUzI1NiJ9.e30.AAB\n",
		"\x89PNG\r\n\x1a\n", `<?xml version="1.0"?><svg xmlns:o="http://openbadges.org"/>`, "%PDF-1.7",
		`<svg xmlns:o="http://openbadges.org"><o:assertion>{"b":1.0}</o:assertion></svg>`,
		`<svg xmlns:o="http://openbadges.org"><o:assertion verify="eyJhbGciOiJFUzI1NiJ9.e30.AAAA"/></svg>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := record.Parse(in)
		if err != nil {
			if fe, ok := errors.AsType[*record.FormatError](err); !ok || fe.Offset < 0 || fe.Offset > len(in) || fe.Line < 1 || fe.Column < 1 {
				t.Fatalf("refused with %v", err)
			}
			if !r.IsZero() {
				t.Fatal("refused, but a record came back")
			}
			return
		}
		again, err := record.Parse(r.Bytes())
		if err != nil {
			t.Fatalf("canonical bytes %q are refused: %v", r.Bytes(), err)
		}
		if again.Digest() != r.Digest() || again.Form() != r.Form() || !bytes.Equal(again.Bytes(), r.Bytes()) {
			t.Fatalf("canonical bytes %q parse as %q (%s)", r.Bytes(), again.Bytes(), again.Form())
		}
		if !bytes.Equal(r.Original(), in) {
			t.Fatal("original differs from the input")
		}
		if r.Baked() {
			baked, err := image.Extract(in)
			if err != nil {
				t.Fatalf("taken for an image with a badge, which gives %v", err)
			}
			in = baked.Badge.Content // what the rest is about
		}
		issuer, named := r.Issuer()
		if againIssuer, _ := again.Issuer(); issuer != againIssuer || again.InferType() != r.InferType() {
			t.Fatal("canonical bytes name another issuer or type")
		}
		if err := r.CheckType(r.InferType()); err != nil {
			t.Fatalf("inferred type: %v", err)
		}
		switch r.Form() {
		case record.JSON:
			// A second implementation of RFC 8785.
			if other, err := jcs.Transform(in); err != nil || !bytes.Equal(other, r.Bytes()) {
				t.Fatalf("two implementations of RFC 8785 differ: %s and %s, %v", r.Bytes(), other, err)
			}
			if !json.Valid(in) {
				t.Fatal("encoding/json calls it invalid")
			}
		case record.JWS:
			if !bytes.Equal(r.Bytes(), in) {
				t.Fatal("a JWS was changed")
			}
			parts := bytes.Split(in, []byte("."))
			if len(parts) != 3 {
				t.Fatalf("%d segments", len(parts))
			}
			for _, p := range parts {
				b, err := base64.RawURLEncoding.DecodeString(string(p))
				if err != nil || base64.RawURLEncoding.EncodeToString(b) != string(p) {
					t.Fatalf("segment %q has another spelling, %v", p, err)
				}
			}
		case record.Bytes:
			if named || !bytes.Equal(r.Bytes(), in) {
				t.Fatal("bytes were changed or name an issuer")
			}
		default:
			t.Fatalf("form %s", r.Form())
		}
	})
}

func FuzzParseEntry(f *testing.F) {
	for _, e := range sampleEntries() {
		f.Add(e.Bytes())
	}
	f.Add([]byte{1, 2, 1, 1, 0x55, 0x12, 0x20})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, in []byte) {
		e, err := record.ParseEntry(in)
		if err != nil {
			if !errors.Is(err, record.ErrUnknownEntry) || e != (record.Entry{}) {
				t.Fatalf("refused with %+v, %v", e, err)
			}
			return
		}
		if out := e.Bytes(); !bytes.Equal(out, in) {
			t.Fatalf("%x is accepted and written as %x", in, out)
		}
	})
}

func FuzzParseCID(f *testing.F) {
	f.Add("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e")
	f.Add("BAFKREIFZJUT3TE2NHYEKKLSS27NH3K72YSCO7Y32KOAO5EEI66WOF36N5E")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := record.ParseCID(s)
		if err == nil && record.CIDOf(d).String() != s {
			t.Fatalf("%q is accepted and written as %q", s, record.CIDOf(d))
		}
	})
}
