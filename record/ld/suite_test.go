package ld

import (
	"crypto"
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The suites are no part of the project. `make conformance SUITES=DIR` names
// the folder that holds rdf-canon and vc-di-eddsa.
var suites = flag.String("suites", os.Getenv("AKASHI_SUITES"), "folder of the W3C suites; TestRDFCanon then runs every case and fails when one is missing")

// The suite's manifest, in the Turtle that its generator writes.
var (
	testEntry  = regexp.MustCompile(`(?s)\n:(test\d+[a-z]) a rdfc:(\w+);(.*?)\n  \.`)
	testAction = regexp.MustCompile(`mf:action <([^>]+)>`)
	testResult = regexp.MustCompile(`mf:result <([^>]+)>`)
)

// TestRDFCanon runs every case of the W3C rdf-canon suite, where its folder is
// named.
func TestRDFCanon(t *testing.T) {
	if *suites == "" {
		t.Log("not run: name the folder of the W3C suites with -suites or make conformance SUITES=DIR")
		return
	}
	dir := filepath.Join(*suites, "rdf-canon")
	manifest, err := os.ReadFile(filepath.Join(dir, "manifest.ttl"))
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	ran := 0
	for _, entry := range testEntry.FindAllStringSubmatch(string(manifest), -1) {
		name, kind, body := entry[1], entry[2], entry[3]
		ran++
		t.Run(name, func(t *testing.T) {
			action := testAction.FindStringSubmatch(body)
			if action == nil {
				t.Fatal("no action in the manifest")
			}
			h := crypto.SHA256
			if strings.Contains(body, `rdfc:hashAlgorithm "SHA384"`) {
				h = crypto.SHA384
			}
			d, err := ParseNQuads(read(action[1]), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			c, err := Canonicalize(d, h, Limits{})
			if kind == "RDFC10NegativeEvalTest" {
				var refused *Error
				if !errors.As(err, &refused) || refused.Code != CodeComplex {
					t.Fatalf("error %v, want %s", err, CodeComplex)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := read(testResult.FindStringSubmatch(body)[1])
			switch kind {
			case "RDFC10EvalTest":
				if string(c.NQuads) != string(want) {
					t.Errorf("canonical form\n%s\nwant\n%s", c.NQuads, want)
				}
			case "RDFC10MapTest":
				var m map[string]string
				if err := json.Unmarshal(want, &m); err != nil {
					t.Fatal(err)
				}
				if !maps.Equal(m, c.Issued) {
					t.Errorf("issued %v, want %v", c.Issued, m)
				}
			default:
				t.Fatalf("a kind of test that is not known: %s", kind)
			}
		})
	}
	if listed := regexp.MustCompile(`:test\d+[a-z]\b`).FindAllString(string(manifest), -1); ran == 0 || 2*ran != len(listed) {
		t.Errorf("%d of the %d cases of the manifest ran", ran, len(listed)/2)
	}
}
