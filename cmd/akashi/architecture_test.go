package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	roomRow = regexp.MustCompile("(?m)^\\| `([a-z/-]+)` \\| [^|]+ \\| ([^|]+) \\| [^|]+ \\|$")
	inCode  = regexp.MustCompile("`([^`]+)`")
)

// TestArchitecture holds the table of docs/architecture.md to the arrows: each
// room has a row, with the project's packages that it may import.
func TestArchitecture(t *testing.T) {
	page, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for _, m := range roomRow.FindAllStringSubmatch(string(page), -1) {
		rows[m[1]] = []string{}
		for _, c := range inCode.FindAllStringSubmatch(m[2], -1) {
			rows[m[1]] = append(rows[m[1]], c[1])
		}
	}
	for room, allowed := range arrows {
		shown, ok := rows[room]
		if !ok {
			t.Errorf("docs/architecture.md has no row for %s: | `%[1]s` | what it is | `%s` | – |", room, strings.Join(allowed.own, "`, `"))
			continue
		}
		want := slices.DeleteFunc(slices.Clone(allowed.own), func(o string) bool { return o == room })
		slices.Sort(want)
		slices.Sort(shown)
		if !slices.Equal(shown, want) {
			t.Errorf("docs/architecture.md says that %s imports %q, and by the arrows it may import %q", room, shown, want)
		}
	}
	for room := range rows {
		if _, ok := arrows[room]; !ok {
			t.Errorf("docs/architecture.md has a row for %s, which the arrows do not have", room)
		}
	}
}
