// Package jsonld holds akashi's JSON-LD to the W3C JSON-LD 1.1 test suite, and
// to another implementation. Both come with the module json-gold: its tests
// carry the suite.
package jsonld

import (
	"crypto"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/ld"
	gold "github.com/piprate/json-gold/ld"
)

// suite is the folder of the W3C tests, in the module cache.
func suite(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/piprate/json-gold").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "ld", "testdata")
}

func canonical(d ld.Dataset) (string, error) {
	c, err := ld.Canonicalize(d, crypto.SHA256, ld.Limits{})
	return string(c.NQuads), err
}

// TestToRDF runs the suite's tests of deserialization. akashi takes a part of
// JSON-LD: what it takes it must understand as the suite does, and what the
// suite wants refused it must refuse.
func TestToRDF(t *testing.T) {
	dir := suite(t)
	raw, err := os.ReadFile(filepath.Join(dir, "toRdf-manifest.jsonld"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Sequence []struct {
			ID     string   `json:"@id"`
			Type   []string `json:"@type"`
			Name   string
			Input  string
			Expect string
			Option struct {
				SpecVersion, ProcessingMode, RDFDirection string
				ProduceGeneralizedRDF                     bool `json:"produceGeneralizedRdf"`
			}
		}
	}
	if err := json.Unmarshal(raw, &manifest); err != nil {
		t.Fatal(err)
	}
	taken, refused := 0, make(map[ld.Code]int)
	for _, test := range manifest.Sequence {
		if test.Option.SpecVersion == "json-ld-1.0" || test.Option.ProcessingMode == "json-ld-1.0" {
			continue // another language
		}
		doc, err := os.ReadFile(filepath.Join(dir, test.Input))
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := ld.Embedded().Statements(doc, nil, ld.Limits{})
		if err != nil {
			var e *ld.Error
			if !errors.As(err, &e) {
				t.Errorf("%s %s: %v, want an *ld.Error", test.ID, test.Name, err)
				continue
			}
			refused[e.Code]++
			continue
		}
		taken++
		if test.Expect == "" {
			t.Errorf("%s %s: taken, and the suite wants it refused", test.ID, test.Name)
			continue
		}
		expected, err := os.ReadFile(filepath.Join(dir, test.Expect))
		if err != nil {
			t.Fatal(err)
		}
		want, err := ld.ParseNQuads(expected, ld.Limits{})
		if err != nil {
			t.Errorf("%s %s: the expected statements: %v", test.ID, test.Name, err)
			continue
		}
		got, err := canonical(d)
		if err != nil {
			t.Fatal(err)
		}
		if w, err := canonical(want); err != nil || got != w {
			t.Errorf("%s %s:\n%s\nwant\n%s", test.ID, test.Name, got, w)
		}
	}
	t.Logf("%d taken; refused: %v", taken, refused)
	if taken < 100 {
		t.Errorf("%d of the suite's documents are taken, want 100 or more", taken)
	}
}

// TestLikeJSONGold holds every document of the suite that akashi takes to what
// json-gold makes of it.
func TestLikeJSONGold(t *testing.T) {
	dir := suite(t)
	var files []string
	for _, pattern := range []string{"expand/*-in.jsonld", "compact/*-in.jsonld", "flatten/*-in.jsonld", "toRdf/*-in.jsonld"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	taken := 0
	for _, name := range files {
		// json-gold makes error messages of JSON literals; TestToRDF holds these
		// documents to what the suite expects.
		if strings.HasPrefix(filepath.Base(name), "js") {
			continue
		}
		doc, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := ld.Embedded().Statements(doc, nil, ld.Limits{})
		if err != nil {
			continue
		}
		var input any
		if err := json.Unmarshal(doc, &input); err != nil {
			t.Fatal(err)
		}
		options := gold.NewJsonLdOptions("")
		options.Format = "application/n-quads"
		theirs, err := gold.NewJsonLdProcessor().ToRDF(input, options)
		short, _ := filepath.Rel(dir, name)
		if err != nil {
			t.Errorf("%s: taken, and json-gold refuses it: %v", short, err)
			continue
		}
		taken++
		read, err := ld.ParseNQuads([]byte(theirs.(string)), ld.Limits{})
		if err != nil {
			t.Errorf("%s: json-gold's statements: %v", short, err)
			continue
		}
		got, errOurs := canonical(d)
		want, errTheirs := canonical(read)
		if errOurs != nil || errTheirs != nil || got != want {
			t.Errorf("%s:\n%s%v\njson-gold makes\n%s%v", short, got, errOurs, want, errTheirs)
		}
	}
	t.Logf("%d of %d documents taken", taken, len(files))
	if taken < 250 {
		t.Errorf("%d documents were compared, want 250 or more", taken)
	}
}
