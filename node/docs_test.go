package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kinds are all rows of the table of problems.
var kinds = []kind{
	kindBadRequest, kindToken, kindScope, kindPrivate, kindNotFound, kindMethod, kindSlow, kindNotFinal, kindNoEffect, kindForgotten,
	kindTooLarge, kindMediaType, kindRecord, kindCredential, kindTooMany, kindInternal, kindUnavailable, kindRollback, kindBusy, kindNoRoom,
}

// TestHTTPIsDocumented holds docs/http.md against paths, problems and media
// types of the code: all of them, and no others.
func TestHTTPIsDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "docs", "http.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	routes := (&Node{}).routes()
	for pattern := range routes {
		if !strings.Contains(page, "\n| `"+pattern+"` |") {
			t.Errorf("docs/http.md lacks the path %s", pattern)
		}
	}
	if n := strings.Count(page, "\n| `GET ") + strings.Count(page, "\n| `POST "); n != len(routes) {
		t.Errorf("docs/http.md has %d paths, the node %d", n, len(routes))
	}
	_, problems, _ := strings.Cut(page, "## Problems")
	seen := map[string]bool{}
	for _, k := range kinds {
		if !strings.Contains(problems, fmt.Sprintf("\n| `%s` | %d |", k.name, k.status)) {
			t.Errorf("docs/http.md lacks the problem %s with status %d", k.name, k.status)
		}
		if seen[k.name] || k.title == "" {
			t.Errorf("problem %s is there twice, or has no title", k.name)
		}
		seen[k.name] = true
	}
	if n := strings.Count(problems, "\n| `"); n != len(kinds) {
		t.Errorf("docs/http.md has %d problems, the node %d", n, len(kinds))
	}
	source, err := os.ReadFile("problems.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), "= kind{"); n != len(kinds) {
		t.Errorf("problems.go has %d problems, this test %d", n, len(kinds))
	}
	for media := range mediaForms {
		if !strings.Contains(page, "`"+media+"`") {
			t.Errorf("docs/http.md lacks the media type %s", media)
		}
	}
}

// TestConfigFileIsDocumented holds the file that Init writes against the keys
// of Config: each is there, set or commented out.
func TestConfigFileIsDocumented(t *testing.T) {
	section := ""
	have := map[string]bool{}
	for _, line := range strings.Split(configTemplate, "\n") {
		if strings.HasPrefix(line, "[") {
			section = strings.Trim(line, "[]") + "."
		}
		if name, _, ok := strings.Cut(strings.TrimPrefix(line, "# "), " ="); ok {
			have[section+name] = true
		}
		if name, ok := strings.CutPrefix(line, "{"); ok {
			have[section+strings.TrimSuffix(name, "}")] = true
		}
	}
	for _, s := range settingsOf(&Config{}) {
		if !have[s.key] {
			t.Errorf("the file that init writes lacks %s", s.key)
		}
	}
}
