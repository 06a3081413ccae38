package record_test

import (
	"testing"

	"github.com/akashi-project/akashi/record"
)

func TestParseForms(t *testing.T) {
	tests := []struct {
		name, in, canonical string
		form                record.Form
	}{
		{"json", " {\"b\":1.50, \"a\":[1E2,-0,\"\\u00e9\"]}\n", `{"a":[100,0,"é"],"b":1.5}`, record.JSON},
		{"jws", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA", record.JWS},
		{"bytes", "%PDF-1.7\n", "%PDF-1.7\n", record.Bytes},
		{"array", "[1]", "[1]", record.Bytes},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := record.Parse([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(r.Bytes()); got != tt.canonical {
				t.Errorf("canonical bytes are %q, want %q", got, tt.canonical)
			}
			if string(r.Original()) != tt.in {
				t.Errorf("original is %q, want %q", r.Original(), tt.in)
			}
			if r.Form() != tt.form {
				t.Errorf("form is %s, want %s", r.Form(), tt.form)
			}
		})
	}
}
