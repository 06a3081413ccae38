package badge_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/badge"
)

// TestPage holds the table of docs/badges.md against the codes.
func TestPage(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "badges.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "| `") {
			rows = append(rows, strings.TrimSpace(line))
		}
	}
	if len(rows) != len(badge.Codes) {
		t.Errorf("%d rows for %d codes", len(rows), len(badge.Codes))
	}
	for i, c := range badge.Codes {
		needed := "no"
		if c.Required {
			needed = "yes"
		}
		want := "| `" + string(c.Code) + "` | " + c.Asks + " | " + needed + " |"
		if i >= len(rows) || rows[i] != want {
			t.Errorf("row %d should be %s", i+1, want)
		}
	}
}
