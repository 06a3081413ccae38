package ld

import (
	"crypto"
	"os"
	"slices"
	"testing"
)

// small limits let the fuzzer try much.
var small = Limits{Bytes: 1 << 16, Contexts: 32, Terms: 4000, Quads: 500, Nodes: 200, Output: 1 << 18, Steps: 2000}

// FuzzNQuads holds that what is accepted, written in canonical form, is read
// as the same statements, and that the canonical form is canonical.
func FuzzNQuads(f *testing.F) {
	for _, s := range []string{
		"", "# nothing\n", "<a:b> <a:c> <a:d> .", "_:a <a:b> \"\\u0000\\t\\\"é\" <a:g>.# end\r\n",
		"_:a.b <a:b> \"1\"^^<a:t> _:g .\n_:a.b <a:b> \"x\"@en-GB .", "<a:b> <a:c> \"\\U0010FFFF\\u00e9\" .", "<\\u0061:b> <a:c> _:0 .",
		"_:a <a:p> _:b .\n_:b <a:p> _:c .\n_:c <a:p> _:a .\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseNQuads(b, small)
		if err != nil {
			return
		}
		var text []byte
		for _, q := range d {
			text = q.appendTo(text)
		}
		again, err := ParseNQuads(text, small)
		if err != nil || !slices.Equal(d, again) {
			t.Fatalf("%q is read as %v, and what is written of it, %q, as %v: %v", b, d, text, again, err)
		}
		canonicalTwice(t, d)
	})
}

// canonicalTwice holds the canonical form to itself.
func canonicalTwice(t *testing.T, d Dataset) {
	c, err := Canonicalize(d, crypto.SHA256, small)
	if err != nil {
		return
	}
	again, err := ParseNQuads(c.NQuads, Limits{})
	if err != nil {
		t.Fatalf("the canonical form %q is refused: %v", c.NQuads, err)
	}
	slices.Reverse(again)
	c2, err := Canonicalize(again, crypto.SHA256, Limits{})
	if err != nil || string(c.NQuads) != string(c2.NQuads) {
		t.Fatalf("the canonical form %q becomes %q: %v", c.NQuads, c2.NQuads, err)
	}
}

// FuzzStatements holds that no document makes more than its limits allow, or
// statements that N-Quads cannot hold, and that what was made is made again.
func FuzzStatements(f *testing.F) {
	badge, err := os.ReadFile("../proof/testdata/badge.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(badge)
	for _, s := range []string{
		`{"@context":{"a":"urn:a","m":{"@id":"urn:m","@container":"@language"}},"a":[1,true,{"@value":"x","@language":"en"}],"m":{"ja":"証"}}`,
		`{"@context":{"@vocab":"urn:v:","@protected":true,"l":{"@id":"urn:l","@container":"@list"}},"l":[[1],{"@list":[]}],"@type":"T"}`,
		`{"@context":[{"p":"urn:p:","g":{"@id":"p:g","@container":"@graph","@context":{"a":"urn:a"}}}],"g":{"@id":"_:x","a":{"@set":[]}}}`,
		`{"@context":["https://www.w3.org/2018/credentials/v1","https://w3id.org/security/v2"],"type":"VerifiableCredential","proof":{"created":"1"}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, pins, err := Embedded().Statements(b, nil, small)
		if err != nil {
			return
		}
		if len(d) == 0 || len(d) > small.Quads {
			t.Fatalf("%d statements", len(d))
		}
		var text []byte
		for _, q := range d {
			text = q.appendTo(text)
		}
		read, err := ParseNQuads(text, Limits{})
		if err != nil || !slices.Equal(read, d) {
			t.Fatalf("%q is read as %v: %v", text, read, err)
		}
		canonicalTwice(t, d)
		again, pinsAgain, err := Embedded().Statements(b, nil, small)
		if err != nil || !slices.Equal(d, again) || !slices.Equal(pins, pinsAgain) {
			t.Fatalf("%v and then %v: %v", d, again, err)
		}
	})
}
