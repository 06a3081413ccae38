package descriptor_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/descriptor"
)

// TestCatalogue holds the catalogue complete: each code, in both languages,
// with the same gaps; and nothing that is not used.
func TestCatalogue(t *testing.T) {
	raw, err := os.ReadFile("catalogue.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]descriptor.Text
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	gaps := regexp.MustCompile(`\{[a-zA-Z0-9]+\}`)
	for code, text := range all {
		en, ja := gaps.FindAllString(text.English, -1), gaps.FindAllString(text.Japanese, -1)
		slices.Sort(en)
		slices.Sort(ja)
		if text.English == "" || text.Japanese == "" || text.English == text.Japanese || !slices.Equal(en, ja) {
			t.Errorf("%s: %q and %q", code, text.English, text.Japanese)
		}
	}
	used := map[string]bool{}
	for _, c := range descriptor.Codes {
		used[string(c)] = true
	}
	for _, s := range []descriptor.State{descriptor.Present, descriptor.Weak, descriptor.Missing} {
		used["state."+string(s)] = true
	}
	for _, n := range []descriptor.Need{descriptor.Mandatory, descriptor.Optional, descriptor.Unspecified} {
		used["need."+string(n)] = true
	}
	for _, s := range []descriptor.Source{descriptor.FromExtension, descriptor.FromCore, descriptor.FromText} {
		used["source."+string(s)] = true
	}
	files, _ := filepath.Glob("*.go")
	literal := regexp.MustCompile(`"((?:word|summary|crosswalk)\.[a-z-]+)"`)
	for _, name := range files {
		code, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(code), -1) {
			used[m[1]] = true
		}
	}
	for code := range used {
		if _, ok := all[code]; !ok {
			t.Errorf("the catalogue lacks %s", code)
		}
	}
	for code := range all {
		if !used[code] {
			t.Errorf("nothing says %s", code)
		}
	}
	for _, f := range descriptor.Frameworks() {
		for _, row := range f.Descriptors {
			if row.Term.English == "" || row.Term.Japanese == "" || !slices.Contains(descriptor.Keys, row.Key) {
				t.Errorf("%s: %+v", f.ID, row)
			}
		}
		if f.Source == "" || f.Note.English == "" || f.Note.Japanese == "" || f.Name.Japanese == "" {
			t.Errorf("%s: %+v", f.ID, f)
		}
	}
}

// TestJapanese reads a report in Japanese: no sentence is left in English.
func TestJapanese(t *testing.T) {
	report := lint(t, sample(t, "narrative-ja.json"), "jp-1.0", descriptor.Options{Lang: descriptor.Ja})
	var text strings.Builder
	report.WriteText(&text)
	for _, want := range []string{"学修成果", "本文の記載", "要改善", "UCTS の 1 単位は 38～48 時間の学修に当たりますが、30 時間とされています。", "（うち必須 1）"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("lacks %q:\n%s", want, text.String())
		}
	}
	if english := regexp.MustCompile(`\b(the|present|missing|weak|is|core)\b`).FindString(text.String()); english != "" {
		t.Errorf("%q in\n%s", english, text.String())
	}
	if _, err := descriptor.ParseLang("fr"); err == nil {
		t.Error("fr is taken")
	}
}
