package main

import (
	"slices"
	"strings"
	"testing"
)

// TestKeep reads lines as go test -bench prints them.
func TestKeep(t *testing.T) {
	var m measurer
	for _, line := range []string{
		"BenchmarkAdd/callers=4096/tessera-256-1s-2         	  200000	      6753 ns/op	         2.410 heap-MiB	    148084 op/s",
		"BenchmarkBuild/root-2  	     193	        78.66 bare-ns/hash	         1.077 ×bare-cpu",
		"BenchmarkBroken-2",
		"Benchmark 1 not-a-number unit",
	} {
		m.keep(line)
	}
	for name, want := range map[string]float64{
		"Add/callers=4096/tessera-256-1s op/s": 148084,
		"Build/root ×bare-cpu":                 1.077,
	} {
		bench, unit, _ := strings.Cut(name, " ")
		if got := m.value(bench, unit); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if text, err := m.done("all there"); err != nil || text != "all there" {
		t.Errorf("%q, %v", text, err)
	}
	m.value("Build/root", "ns/op")
	if _, err := m.done("not all"); err == nil || !strings.Contains(err.Error(), "no Build/root ns/op") {
		t.Errorf("a missing figure: %v", err)
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{0: "0.00", 0.127: "0.13", 3.14159: "3.14", 12.34: "12.3", 123.4: "123", 999.6: "1,000", 1234.5: "1,234", 1e6: "1,000,000", 1e7: "10,000,000"} {
		if got := number(v); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
	if got := (table{{"a", "b"}, {"1", "2"}}).String(); got != "| a | b |\n|---|---|\n| 1 | 2 |\n" {
		t.Errorf("a table is %q", got)
	}
}

// TestPart takes sections out of a page, each whole.
func TestPart(t *testing.T) {
	const page = "# Page\n\nHead.\n\n## One\n\ntext\n\n### More\n\nmore\n\n## Two\n\nlast\n"
	for title, want := range map[string]string{"One": "text\n\n### More\n\nmore", "Two": "last", "Tw": "", "Three": ""} {
		if got := part(page, title); got != want {
			t.Errorf("%s is %q, want %q", title, got, want)
		}
	}
	var names []string
	for _, s := range sections {
		names = append(names, s.name, s.title)
	}
	slices.Sort(names)
	if n := len(slices.Compact(slices.Clone(names))); n != len(names) {
		t.Errorf("two sections share a name or a title: %v", names)
	}
}
