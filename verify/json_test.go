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
