package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/verify"
)

// TestCSVLine: what RFC 4180 reads back is what was written, but for what a
// spreadsheet or a terminal would act on.
func TestCSVLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"plain":                  "plain",
		`say "a", b`:             `say "a", b`,
		"a;=1+1":                 "a;=1+1",
		"=cmd|' /C calc'!A0":     "'=cmd|' /C calc'!A0",
		"+1":                     "'+1",
		"-1":                     "'-1",
		"@SUM(A1)":               "'@SUM(A1)",
		"\t=1":                   "'\ufffd=1",
		"\r=1":                   "'\ufffd=1",
		"\n=1":                   "' =1",
		"＝1":                     "'＝1",
		"a\nb":                   "a b",
		"証明書.json":               "証明書.json",
		"bad \xff\x1b[31mutf8":   "bad \ufffd\ufffd[31mutf8",
		"https://uni.example/=1": "https://uni.example/=1",
	} {
		line := csvLine("first", in, "last")
		if !bytes.HasSuffix(line, []byte("\"\r\n")) || bytes.Count(line, []byte("\n")) != 1 {
			t.Errorf("%q: line %q", in, line)
		}
		cells, err := csv.NewReader(bytes.NewReader(line)).Read()
		if err != nil || !slices.Equal(cells, []string{"first", want, "last"}) {
			t.Errorf("%q: read back %q, %v; want %q", in, cells, err, want)
		}
	}
	if got := string(csvLine(`a"b`, "")); got != "\"a\"\"b\",\"\"\r\n" {
		t.Errorf("quoting: %q", got)
	}
}

// FuzzCSVLine: no cell ever reads back as a formula, spills into another one,
// or carries what a terminal acts on.
func FuzzCSVLine(f *testing.F) {
	for _, s := range []string{"", "=1", `"`, "\",=1,\"", "\r\n=1", "\ufeff=1", "＠x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		cells, err := csv.NewReader(bytes.NewReader(csvLine(cell, "x"))).Read()
		if err != nil || len(cells) != 2 || cells[1] != "x" || isFormula(cells[0]) || plain(cells[0]) != cells[0] {
			t.Errorf("%q became %q, %v", cell, cells, err)
		}
	})
}

// office makes a folder with n copies of golden evidence and its record, and a
// policy under which all are verified for as long as this test is run.
func office(tb testing.TB, n int) (dir, policy string) {
	tb.Helper()
	dir = tb.TempDir()
	var p map[string]any
	raw, err := os.ReadFile(golden("verified", "policy.json"))
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		tb.Fatal(err)
	}
	p["maxStatusAgeSeconds"] = 3_000_000_000
	if raw, err = json.Marshal(p); err != nil {
		tb.Fatal(err)
	}
	policy = filepath.Join(dir, "policy.json")
	write := func(path string, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	write(policy, raw)
	for i := range n {
		for file, suffix := range map[string]string{"record": "", "evidence.json": evidenceSuffix} {
			b, err := os.ReadFile(golden("verified", file))
			if err != nil {
				tb.Fatal(err)
			}
			write(filepath.Join(dir, fmt.Sprintf("badge-%04d.json%s", i, suffix)), b)
		}
	}
	return dir, policy
}

// TestVerifyMany: each record has one row, in the order of names, whatever is
// wrong with the others; and the worst decides the exit code.
func TestVerifyMany(t *testing.T) {
	dir, policy := office(t, 40)
	at := func(name string) string { return filepath.Join(dir, name) }
	run := func(args ...string) (int, string, string) {
		t.Helper()
		return call(t, nil, append([]string{"verify", "--policy", policy}, args...)...)
	}
	verdicts := func(out string) (all []string) {
		t.Helper()
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out, byteOrderMark))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(rows[0], csvHeader) {
			t.Fatalf("header %q", rows[0])
		}
		for _, r := range rows[1:] {
			all = append(all, filepath.Base(r[0])+" "+r[1]+" "+r[2])
		}
		return all
	}
	code, out, stderr := run(dir, "--csv", "--bom")
	if code != exitDone || !strings.HasPrefix(out, byteOrderMark+`"file",`) || !strings.Contains(stderr, "40 records: 40 verified, 0 refuted, 0 could not tell") {
		t.Fatalf("code %d, %q, %q", code, out, stderr)
	}
	all := verdicts(out)
	if len(all) != 40 || !slices.IsSorted(all) || !strings.HasPrefix(all[7], "badge-0007.json verified ") {
		t.Fatalf("rows:\n%s", strings.Join(all, "\n"))
	}
	// What can be wrong with files, one of each.
	change := func(name string, do func(path string) error) {
		t.Helper()
		if err := do(at(name)); err != nil {
			t.Fatal(err)
		}
	}
	change("badge-0001.json.akashi", os.Remove)
	change("badge-0002.json", os.Remove)
	change("badge-0003.json", func(p string) error {
		b := read(t, p)
		return os.WriteFile(p, bytes.Replace(b, []byte(`"type"`), []byte(`"Type"`), 1), 0o600)
	})
	change("badge-0004.json.akashi", func(p string) error { return os.WriteFile(p, []byte(`{"v":1`), 0o600) })
	change("badge-0005.json.akashi", func(p string) error {
		return os.WriteFile(p, make([]byte, verify.MaxEvidenceSize+1), 0o600)
	})
	change("badge-0006.json", func(p string) error { return os.WriteFile(p, make([]byte, 5<<20), 0o600) })
	change("badge-0008.json", func(p string) error {
		if err := os.Remove(p); err != nil {
			return err
		}
		return os.Symlink("/etc/hostname", p)
	})
	change("=cmd.json", func(p string) error { return os.WriteFile(p, []byte("x"), 0o600) })
	code, out, stderr = run(dir, "--csv")
	all = verdicts(out)
	want := []string{
		"=cmd.json could-not-tell evidence.missing",
		"badge-0001.json could-not-tell evidence.missing",
		"badge-0002.json.akashi could-not-tell record.missing",
		"badge-0003.json refuted record.digest",
		"badge-0004.json could-not-tell evidence.form",
		"badge-0005.json could-not-tell evidence.unreadable",
		"badge-0006.json could-not-tell record.form",
		"badge-0008.json could-not-tell record.unreadable",
	}
	for i := range want {
		row := all[i]
		if i > 0 { // badge-0000 and -0007 are whole
			row = all[i+1]
		}
		if i == len(want)-1 {
			row = all[i+2]
		}
		if row != want[i] {
			t.Errorf("row %d is %q, want %q", i, row, want[i])
		}
	}
	if code != exitFailed || len(all) != 41 || !strings.Contains(stderr, "41 records: 33 verified, 1 refuted, 7 could not tell") {
		t.Errorf("code %d, %d rows, %q", code, len(all), stderr)
	}
	// The same as JSON, one object a line, with the report.
	code, out, _ = run(dir, "--json")
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if code != exitFailed || len(lines) != 41 {
		t.Fatalf("code %d, %d lines", code, len(lines))
	}
	for i, line := range lines {
		var r row
		if err := json.Unmarshal([]byte(line), &r); err != nil || filepath.Base(r.File)+" "+r.Verdict.String()+" "+r.Code != all[i] || r.Code != "" && r.Reason == "" {
			t.Errorf("line %d: %s, %v", i, line, err)
		}
	}
	// In sentences.
	_, out, _ = run(dir)
	if !strings.Contains(out, "badge-0001.json: COULD NOT TELL: There is no evidence at badge-0001.json.akashi; ask the issuer for it, or fetch it with akashi prove.\n") ||
		strings.Count(out, ": VERIFIED\n") != 33 {
		t.Errorf("%s", out)
	}
	// A name writes no row of its own.
	forged := filepath.Join(t.TempDir(), "a.json: VERIFIED\nb.json")
	if err := os.WriteFile(forged, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, stderr := run(filepath.Dir(forged)); code != exitUnknown || strings.Count(out, "\n") != 1 || strings.Count(stderr, "\n") != 1 {
		t.Errorf("a name with a newline: code %d, %q, %q", code, out, stderr)
	}
	// A glob names records and evidence; each record is judged once.
	code, out, _ = run("--csv", at("badge-0010.json"), at("badge-0010.json.akashi"), at("badge-0011.json.akashi"), at("badge-0002.json.akashi"), at("nowhere.json"))
	if got := verdicts(out); code != exitUnknown || len(got) != 4 || !strings.HasPrefix(got[1], "badge-0011.json verified") ||
		got[2] != "badge-0002.json.akashi could-not-tell record.missing" || got[3] != "nowhere.json could-not-tell record.missing" {
		t.Errorf("code %d: %s", code, strings.Join(got, "\n"))
	}
	// Nothing to judge is not "verified".
	code, out, stderr = run(t.TempDir())
	if code != exitUnknown || !strings.Contains(out, "COULD NOT TELL: It is a folder with no record in it.") || !strings.Contains(stderr, "1 could not tell") {
		t.Errorf("an empty folder: code %d, %q, %q", code, out, stderr)
	}
	for _, args := range [][]string{{dir, "--bom"}, {dir, "--csv", "--json"}, {dir, "--csv", "--rpc-timeout", "0s"}, {dir, "--csv", "--rpc", "ftp://x"}} {
		if code, _, _ := run(args...); code != exitUsage {
			t.Errorf("%v: code %d", args, code)
		}
	}
	// Without the hashes of the blocks nothing is decided, and what helps is said.
	bare := filepath.Join(t.TempDir(), "bare.json")
	if err := os.WriteFile(bare, []byte(`{"registries":[],"issuers":[],"blocks":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call(t, nil, "verify", "--policy", bare, "--csv", dir); code != exitFailed || !strings.Contains(stderr, "ask it with --rpc URL") {
		t.Errorf("no blocks: code %d, %q", code, stderr)
	}
}

// BenchmarkVerifyMany judges a folder of badges with their evidence, from the
// hashes of their blocks.
func BenchmarkVerifyMany(b *testing.B) {
	const n = 1000
	dir, policy := office(b, n)
	b.ReportAllocs()
	for b.Loop() {
		var out, errs bytes.Buffer
		if code := Main([]string{"akashi", "verify", "--csv", dir, "--policy", policy}, nil, nil, &out, &errs); code != exitDone {
			b.Fatal(code, errs.String())
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
}
