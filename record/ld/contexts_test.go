package ld

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestManifest recomputes the hash of every embedded context, and holds the
// folder to the manifest: each file has a row with source and licence, each row
// its file and the licence's text.
func TestManifest(t *testing.T) {
	raw, err := os.ReadFile("contexts/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct{ URL, File, SHA256, Source, Licence, LicenceFile string }
	if err := json.Unmarshal(raw, &rows); err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{"manifest.json": true}
	pinned := make(map[string]bool)
	for _, p := range Embedded().Pins() {
		pinned[p.URL+" "+p.Hex()] = true
	}
	if len(pinned) != len(rows) {
		t.Errorf("%d contexts are pinned and %d in the manifest", len(pinned), len(rows))
	}
	for _, r := range rows {
		b, err := os.ReadFile(filepath.Join("contexts", r.File))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		if got := hex.EncodeToString(sum[:]); got != r.SHA256 || !pinned[r.URL+" "+got] {
			t.Errorf("%s has SHA-256 %s, and the manifest says %s", r.File, got, r.SHA256)
		}
		if r.Source == "" || r.Licence == "" {
			t.Errorf("%s is in the manifest without source or licence", r.File)
		}
		if _, err := os.Stat(filepath.Join("contexts", r.LicenceFile)); err != nil {
			t.Errorf("%s: the text of its licence: %v", r.File, err)
		}
		named[r.File], named[r.LicenceFile] = true, true
		// It is a context that a document can name.
		doc := `{"@context":["` + r.URL + `",{"@vocab":"https://vocab.example/"}],"@type":"Something"}`
		if _, _, err := Embedded().Statements([]byte(doc), Choice{r.URL: sum}, Limits{}); err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Code != CodeHidden { // @type where "type" is its name
				t.Errorf("%s: %v", r.File, err)
			}
		}
	}
	err = filepath.WalkDir("contexts", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !named[e.Name()] {
			t.Errorf("%s is not in the manifest", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOperatorContext adds a context by URL, bytes and hash.
func TestOperatorContext(t *testing.T) {
	const (
		url  = "https://terms.uni.example/v1"
		body = `{"@context":{"room":"https://terms.uni.example/v1#room"}}`
		doc  = `{"@context":"` + url + `","room":"3"}`
	)
	if _, _, err := Embedded().Statements([]byte(doc), nil, Limits{}); code(err) != CodeUnpinned {
		t.Fatalf("a context that is not pinned: %v, want %s", err, CodeUnpinned)
	}
	var e *Error
	if _, _, err := Embedded().Statements([]byte(doc), nil, Limits{}); !errors.As(err, &e) || e.Context != url {
		t.Errorf("the refusal names %q, want %q", e.Context, url)
	}
	if _, err := Embedded().With(url, []byte(body), sha256.Sum256([]byte(body+" "))); !errors.Is(err, ErrHash) {
		t.Errorf("a context with another hash: %v, want ErrHash", err)
	}
	for _, bad := range []string{`{}`, `[]`, `{"@context":{"room":{"@id":"relative"}}}`, `{"@context":"` + url + `"}`, `{"@context":"https://nobody.example/"}`} {
		if _, err := Embedded().With(url, []byte(bad), sha256.Sum256([]byte(bad))); err == nil {
			t.Errorf("the context %s was taken", bad)
		}
	}
	c, err := Embedded().With(url, []byte(body), sha256.Sum256([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	d, pins, err := c.Statements([]byte(doc), nil, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(d) != 1 || len(pins) != 1 || pins[0].URL != url || pins[0].SHA256 != sha256.Sum256([]byte(body)) {
		t.Errorf("statements %v by %v", d, pins)
	}
	if _, _, err := Embedded().Statements([]byte(doc), nil, Limits{}); code(err) != CodeUnpinned {
		t.Errorf("the embedded set knows the operator's context too: %v", err)
	}
}

// TestSettled puts other terms behind a URL whose publisher has fixed what stands
// there: every signature would cover something else. The same content in other
// bytes is no other.
func TestSettled(t *testing.T) {
	for url := range settled {
		known := Embedded().versions[url]
		if len(known) != 1 {
			t.Fatalf("%s is not embedded once", url)
		}
		terms, err := json.Marshal(known[0].local)
		if err != nil {
			t.Fatal(err)
		}
		same := `{ "@context": ` + string(terms) + ` }`
		if _, err := Embedded().With(url, []byte(same), sha256.Sum256([]byte(same))); err != nil {
			t.Errorf("%s in other bytes: %v", url, err)
		}
		for _, other := range []string{
			`{"@context":{"id":"@id","type":"@type","name":"https://schema.org/name"}}`,
			strings.Replace(same, `"@protected":true`, `"@protected":false`, 1), // all five protect their terms
		} {
			if _, err := Embedded().With(url, []byte(other), sha256.Sum256([]byte(other))); !errors.Is(err, ErrSettled) {
				t.Errorf("%s with other terms: %v, want ErrSettled", url, err)
			}
		}
	}
}

func code(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// TestVersions takes a URL under which two documents were published: the
// version that was used is told, and the other can be chosen.
func TestVersions(t *testing.T) {
	const url = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
	doc := `{"@context":["https://www.w3.org/ns/credentials/v2","` + url + `"],"type":["VerifiableCredential","OpenBadgeCredential"]}`
	_, pins, err := Embedded().Statements([]byte(doc), nil, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	choices := Embedded().Choices(pins)
	if len(choices) != 2 || len(choices[0]) != 0 {
		t.Fatalf("choices %v, want the preferred and one other", choices)
	}
	_, other, err := Embedded().Statements([]byte(doc), choices[1], Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(pins) != 2 || len(other) != 2 || pins[0] != other[0] || pins[1].URL != url || other[1].URL != url || pins[1].SHA256 == other[1].SHA256 {
		t.Errorf("contexts %v and %v, want two versions of the second", pins, other)
	}
}
