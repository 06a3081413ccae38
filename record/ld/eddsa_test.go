package ld

import (
	"crypto"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
)

// examplesV2 is the context of the examples in the specifications: every name
// that no other context defines stands behind one IRI.
const (
	examplesV2    = `{"@context":{"@vocab":"https://www.w3.org/ns/credentials/examples#"}}`
	examplesV2URL = "https://www.w3.org/ns/credentials/examples/v2"
)

func withExamples(t testing.TB) *Contexts {
	t.Helper()
	c, err := Embedded().With(examplesV2URL, []byte(examplesV2), sha256.Sum256([]byte(examplesV2)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEdDSACanonical compares the canonical form of the documents of the W3C
// vc-di-eddsa suite, where its folder is named.
func TestEdDSACanonical(t *testing.T) {
	if *suites == "" {
		t.Log("not run: name the folder of the W3C suites with -suites or make conformance SUITES=DIR")
		return
	}
	contexts := withExamples(t)
	for _, test := range []struct{ document, want string }{
		{"unsigned.json", "eddsa-rdfc-2022/canonDocDataInt.txt"},
		{"eddsa-rdfc-2022/proofConfigDataInt.json", "eddsa-rdfc-2022/proofCanonDataInt.txt"},
		{"employmentAuth.json", "eddsa-rdfc-2022/employ/canonDocDataInt.txt"},
		{"eddsa-rdfc-2022/employ/proofConfigDataInt.json", "eddsa-rdfc-2022/employ/proofCanonDataInt.txt"},
		{"Ed25519Signature2020/proofConfigEdSig.json", "Ed25519Signature2020/proofCanonEdSig.txt"},
	} {
		read := func(name string) []byte {
			b, err := os.ReadFile(filepath.Join(*suites, "vc-di-eddsa", name))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		d, pins, err := contexts.Statements(read(test.document), nil, Limits{})
		if err != nil {
			t.Errorf("%s: %v", test.document, err)
			continue
		}
		if len(pins) < 2 {
			t.Errorf("%s: contexts %v, want two or more", test.document, pins)
		}
		c, err := Canonicalize(d, crypto.SHA256, Limits{})
		if err != nil {
			t.Errorf("%s: %v", test.document, err)
			continue
		}
		if want := read(test.want); string(c.NQuads) != string(want) {
			t.Errorf("%s: canonical form\n%s\nwant\n%s", test.document, c.NQuads, want)
		}
	}
}
