package audit

import (
	"encoding/json"
	"os"
	"testing"
)

// TestGolden reads reports and signatures as they were released. They were
// made canonical and signed by a program in another language.
func TestGolden(t *testing.T) {
	raw, err := os.ReadFile("../../testdata/golden/v1/audit.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Report, VKey, Note string
		Pages              []string
	}
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) == 0 {
		t.Fatal(len(cases), "cases", err)
	}
	for i, c := range cases {
		r, err := DecodeJSON([]byte(c.Report))
		if err != nil {
			t.Errorf("case %d: %v", i, err)
			continue
		}
		if b, err := EncodeJSON(r); err != nil || string(b) != c.Report {
			t.Errorf("case %d is encoded otherwise (%v)", i, err)
		}
		s, err := OpenStatement([]byte(c.Note), c.VKey)
		if err != nil || s.Report != HashOf([]byte(c.Report)) {
			t.Errorf("case %d: signature: %v", i, err)
		}
		for _, p := range c.Pages {
			if !s.Names([]byte(p)) {
				t.Errorf("case %d: the page %q is not named", i, p)
			}
		}
		for _, lang := range Langs {
			if p := parse(t, render(t, r, Page{Lang: lang})); len(p.bad) > 0 {
				t.Errorf("case %d: %v", i, p.bad)
			}
		}
	}
}
