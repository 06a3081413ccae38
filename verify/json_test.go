package verify

import (
	"strings"
	"testing"
)

// A mistyped member is named; one that could be a digest is not.
func TestUnknownMember(t *testing.T) {
	long := strings.Repeat("ab", 32)
	for _, test := range []struct {
		name, text, want string
	}{
		{"top", `{"registrys":[]}`, `an unknown member in the document, "registrys" (byte 1)`},
		{"nested", `{"registries":[{"chainId":1,"adress":"0x"}]}`, `an unknown member in /registries/0, "adress" (byte`},
		{"case", `{"Issuers":[]}`, `an unknown member in the document, "Issuers" (byte`},
		{"long", `{"` + long + `":1}`, `an unknown member in the document (byte 1)`},
		{"unprintable", `{"a\nb":1}`, `an unknown member in the document (byte 1)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParsePolicy([]byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %s", err, test.want)
			}
			if strings.Contains(err.Error(), long) {
				t.Fatalf("%v repeats what could be a digest", err)
			}
		})
	}
}

// A file without a version is not said to be of a later one.
func TestEvidenceVersion(t *testing.T) {
	for text, want := range map[string]string{
		`{"type":"Assertion"}`: `no version "v"; is it another file?`,
		`{"v":0}`:              `its version "v" is 0`,
		`{"v":2,"new":true}`:   `its version "v" is 2, and this release reads 1; use a newer one`,
	} {
		if _, err := ParseEvidence([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
