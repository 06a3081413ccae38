package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/verify"
)

// TestPrintReport prints the report of every golden case: the verdict comes
// first, what is not good is explained, and every step is there.
func TestPrintReport(t *testing.T) {
	paths, err := filepath.Glob(golden("*", "report.json"))
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d golden reports, %v", len(paths), err)
	}
	for _, path := range paths {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			var r verify.Report
			if err := json.Unmarshal(read(t, path), &r); err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			printReport(&b, "badge.json", r, "")
			text := b.String()
			first, rest, _ := strings.Cut(text, "\n")
			want := map[verify.Verdict]string{verify.Verified: "VERIFIED", verify.Refuted: "REFUTED", verify.CouldNotTell: "COULD NOT TELL"}[r.Verdict]
			if first != "badge.json: "+want {
				t.Errorf("first line %q", first)
			}
			summary, steps, _ := strings.Cut(rest, "  steps\n")
			if explained := strings.HasPrefix(summary, "  why      "); explained != (r.Verdict != verify.Verified) {
				t.Errorf("a verdict of %s with\n%s", r.Verdict, summary)
			}
			if strings.Contains(summary, notReached) {
				t.Errorf("a consequence is given as a reason:\n%s", summary)
			}
			if n := strings.Count(steps, "\n"); n != len(r.Steps) {
				t.Errorf("%d steps, want %d", n, len(r.Steps))
			}
			for _, key := range []string{"issuer", "since", "status"} {
				if n := strings.Count(summary, "  "+key); n < 1 {
					t.Errorf("no line on %s:\n%s", key, summary)
				}
			}
			if s := r.Status; s != nil && !strings.Contains(summary, "  status   "+s.State.String()+" as of block ") {
				t.Errorf("no status:\n%s", summary)
			}
			if r.Verdict == verify.Refuted && r.Status != nil && r.Status.Final && strings.Contains(summary, "  note") {
				t.Errorf("the age of what cannot change:\n%s", summary)
			}
		})
	}
}
