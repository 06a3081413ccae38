package descriptor_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/descriptor"
)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../testdata/micro", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func lint(t testing.TB, b []byte, framework string, o descriptor.Options) descriptor.Report {
	t.Helper()
	f, err := descriptor.FrameworkByID(framework)
	if err != nil {
		t.Fatal(err)
	}
	report, err := descriptor.Lint(parse(t, b), f, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func parse(t testing.TB, b []byte) record.Record {
	t.Helper()
	r, err := record.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// summary is one line for each descriptor: key, state, source, problems.
func summary(b descriptor.BadgeReport) string {
	var out strings.Builder
	for _, row := range b.Rows {
		fmt.Fprintf(&out, "%s %s", row.Key, row.State)
		if len(row.Places) > 0 {
			fmt.Fprintf(&out, " %s", row.Places[0].Source)
		}
		for _, p := range row.Problems {
			fmt.Fprintf(&out, " %s", p.Code)
		}
		out.WriteString("\n")
	}
	return out.String()
}

func TestLintJapan(t *testing.T) {
	for _, tt := range []struct{ file, want string }{
		{"ob3.json", `learner present core
dateOfIssuing present core
title present core
awardingBody present core
content present core
learningOutcomes present extension
participationForm present extension
learnerEffort present extension
assessment present extension
qualityAssurance present extension
recognition present extension
country present core
language present core
level present core
certification present extension
prerequisites present extension
stackability present extension
`},
		{"ob2.json", `learner present core
dateOfIssuing present core
title present core
awardingBody present core
content present core
learningOutcomes present extension
participationForm present extension
learnerEffort present extension
assessment present extension
qualityAssurance weak extension qa.page
recognition present extension
country present extension
language present extension
level weak text text.only
certification missing
prerequisites missing
stackability missing
`},
		{"narrative-ja.json", `learner present core
dateOfIssuing present core
title present core
awardingBody weak core issuer.name
content present core
learningOutcomes weak text text.only
participationForm weak text text.only
learnerEffort weak text text.only effort.outside
assessment weak text text.only
qualityAssurance weak text text.only
recognition missing
country missing
language weak text text.only
level missing
certification missing
prerequisites weak text text.only
stackability missing
`},
	} {
		report := lint(t, sample(t, tt.file), "jp-1.0", descriptor.Options{})
		if len(report.Badges) != 1 {
			t.Fatalf("%s: %d badges", tt.file, len(report.Badges))
		}
		b := report.Badges[0]
		if got := summary(b); got != tt.want {
			t.Errorf("%s:\n%s", tt.file, got)
		}
		if len(b.Rows) != 17 || b.Counts.Present+b.Counts.Weak+b.Counts.Missing != 17 {
			t.Errorf("%s: %d rows, counts %+v", tt.file, len(b.Rows), b.Counts)
		}
		if complete := tt.file != "narrative-ja.json"; report.Complete() != complete {
			t.Errorf("%s: complete is %t", tt.file, report.Complete())
		}
	}
}

// TestProblems breaks one member after the other of a badge that has all
// descriptors, and looks for the code.
func TestProblems(t *testing.T) {
	const subject = "credentialSubject"
	a := func(rest ...any) []any { return append([]any{subject, "achievement"}, rest...) }
	ext := func(rest ...any) []any { return a(append([]any{"microCredential"}, rest...)...) }
	tests := []struct {
		name  string
		path  []any
		value any // nil deletes
		key   descriptor.Key
		state descriptor.State
		code  descriptor.Code
	}{
		{"empty title", a("name"), "", descriptor.Title, descriptor.Missing, descriptor.Empty},
		{"placeholder as title", a("name"), "TBD", descriptor.Title, descriptor.Missing, descriptor.Placeholder},
		{"placeholder in Japanese", a("description"), "（未定）", descriptor.Content, descriptor.Missing, descriptor.Placeholder},
		{"title of another kind", a("name"), 7, descriptor.Title, descriptor.Missing, descriptor.Wrong},
		{"plain mail address", []any{subject, "identifier", 0, "hashed"}, false, descriptor.Learner, descriptor.Present, ""},
		{"plain identity", []any{subject, "identifier", 0}, map[string]any{"hashed": false, "identityHash": "hanako@uni.example"}, descriptor.Learner, descriptor.Weak, descriptor.PlainLearner},
		{"mail address as id", []any{subject, "id"}, "mailto:hanako@uni.example", descriptor.Learner, descriptor.Weak, descriptor.PlainLearner},
		{"no salt", []any{subject, "identifier", 0, "salt"}, nil, descriptor.Learner, descriptor.Weak, descriptor.UnsaltedLearner},
		{"date alone", []any{"awardedDate"}, "2026-03-31", descriptor.DateOfIssuing, descriptor.Weak, descriptor.NotInstant},
		{"issuer without name", []any{"issuer", "name"}, nil, descriptor.AwardingBody, descriptor.Weak, descriptor.NoName},
		{"country in words", []any{"issuer", "address", "addressCountryCode"}, "Japan", descriptor.Country, descriptor.Weak, descriptor.NotCountry},
		{"language in words", a("inLanguage"), "Japanese", descriptor.Language, descriptor.Weak, descriptor.NotLanguage},
		{"outcomes empty", ext("learningOutcome"), []any{}, descriptor.LearningOutcomes, descriptor.Weak, descriptor.Empty},
		{"outcomes of placeholders", ext("learningOutcome"), []any{"-", "xxx"}, descriptor.LearningOutcomes, descriptor.Weak, descriptor.Empty},
		{"alignment without name", a("alignment", 1, "targetName"), nil, descriptor.LearningOutcomes, descriptor.Weak, descriptor.AlignmentNoName},
		{"participation missing", ext("participationForm"), nil, descriptor.ParticipationForm, descriptor.Missing, ""},
		{"hours in no words", ext("workload", "totalHours"), "many", descriptor.LearnerEffort, descriptor.Weak, descriptor.NotNumber},
		{"hours negative", ext("workload", "totalHours"), -3, descriptor.LearnerEffort, descriptor.Weak, descriptor.NotNumber},
		{"hours without end", ext("workload", "totalHours"), json.Number("1e300"), descriptor.LearnerEffort, descriptor.Weak, descriptor.NotNumber},
		{"no hours", ext("workload", "totalHours"), nil, descriptor.LearnerEffort, descriptor.Weak, descriptor.NoHours},
		{"workload as a text", ext("workload"), "60 hours", descriptor.LearnerEffort, descriptor.Missing, descriptor.Wrong},
		{"empty workload", ext("workload"), map[string]any{}, descriptor.LearnerEffort, descriptor.Missing, descriptor.Empty},
		{"too few hours", ext("workload", "totalHours"), 56.9, descriptor.LearnerEffort, descriptor.Weak, descriptor.HoursOutside},
		{"too many hours", ext("workload", "totalHours"), "72.001", descriptor.LearnerEffort, descriptor.Weak, descriptor.HoursOutside},
		{"too many hours in class", ext("workload", "contactHours"), 25, descriptor.LearnerEffort, descriptor.Weak, descriptor.ContactOutside},
		{"more class than study", ext("workload", "contactHours"), 61, descriptor.LearnerEffort, descriptor.Weak, descriptor.ContactMore},
		{"unknown scheme", ext("workload", "creditScheme"), "CATS", descriptor.LearnerEffort, descriptor.Weak, descriptor.UnknownScheme},
		{"no scheme", ext("workload", "creditScheme"), nil, descriptor.Recognition, descriptor.Weak, descriptor.NoScheme},
		{"no internal quality assurance", ext("qualityAssurance", "internal"), nil, descriptor.QualityAssurance, descriptor.Weak, descriptor.NoInternal},
		{"internal is no address", ext("qualityAssurance", "internal", "uri"), "see our site", descriptor.QualityAssurance, descriptor.Weak, descriptor.NotURI},
		{"no hash of the page", ext("qualityAssurance", "internal", "sha256"), "abc", descriptor.QualityAssurance, descriptor.Weak, descriptor.NoPage},
		{"external address", ext("qualityAssurance", "external", 0, "uri"), "javascript:alert(1)", descriptor.QualityAssurance, descriptor.Weak, descriptor.NotURI},
		{"quality assurance empty", ext("qualityAssurance"), map[string]any{}, descriptor.QualityAssurance, descriptor.Missing, descriptor.Empty},
		{"level without code", a("alignment", 0, "targetCode"), nil, descriptor.Level, descriptor.Weak, descriptor.NoLevelCode},
		{"unknown kind of stacking", ext("stackability", "kind"), "vertical", descriptor.Stackability, descriptor.Weak, descriptor.UnknownKind},
		{"into nothing", ext("stackability", "into"), []any{""}, descriptor.Stackability, descriptor.Weak, descriptor.NoInto},
		{"stacking as a text", ext("stackability"), "yes", descriptor.Stackability, descriptor.Missing, descriptor.Wrong},
		{"extension that is no object", a("microCredential"), "none", descriptor.ParticipationForm, descriptor.Missing, descriptor.UnknownExtension},
	}
	seen := map[descriptor.Code]bool{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := edit(t, sample(t, "ob3.json"), tt.path, tt.value)
			for _, row := range lint(t, b, "jp-1.0", descriptor.Options{}).Badges[0].Rows {
				if row.Key != tt.key {
					continue
				}
				i := slices.IndexFunc(row.Problems, func(p descriptor.Problem) bool { return p.Code == tt.code })
				if row.State != tt.state || tt.code != "" && i < 0 {
					t.Errorf("%s is %s with %+v", row.Key, row.State, row.Problems)
				}
				if tt.code != "" && i >= 0 && strings.ContainsAny(row.Problems[i].Text, "{}") {
					t.Errorf("the sentence has a gap: %s", row.Problems[i].Text)
				}
			}
		})
		seen[tt.code] = true
	}
	for _, c := range descriptor.Codes {
		if !seen[c] && c != descriptor.TextOnly && c != descriptor.PageChanged && c != descriptor.RelatedNotStack {
			t.Errorf("no case has %s", c)
		}
	}
}

// edit changes one member of a JSON document.
func edit(t testing.TB, b []byte, path []any, value any) []byte {
	t.Helper()
	var root any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&root); err != nil {
		t.Fatal(err)
	}
	at := root
	for _, step := range path[:len(path)-1] {
		switch s := step.(type) {
		case string:
			at = at.(map[string]any)[s]
		case int:
			at = at.([]any)[s]
		}
	}
	switch s := path[len(path)-1].(type) {
	case string:
		if value == nil {
			delete(at.(map[string]any), s)
		} else {
			at.(map[string]any)[s] = value
		}
	case int:
		at.([]any)[s] = value
	}
	out, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPages holds the page of quality assurance that a badge records beside
// the one that was seen.
func TestPages(t *testing.T) {
	const uri, old = "https://hoshizora.example/qa", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	for sha, state := range map[string]descriptor.State{old: descriptor.Present, strings.Repeat("0", 64): descriptor.Weak} {
		report := lint(t, sample(t, "ob3.json"), "jp-1.0", descriptor.Options{Pages: []descriptor.Page{{URI: uri, SHA256: sha, RetrievedAt: "2026-11-01T00:00:00Z"}}})
		row := report.Badges[0].Rows[9]
		if row.State != state || row.Page == nil || row.Page.SHA256 != old || row.Page.RetrievedAt != "2026-03-01T00:00:00Z" || row.Seen == nil || row.Seen.SHA256 != sha {
			t.Errorf("page %+v, seen %+v, %s", row.Page, row.Seen, row.State)
		}
	}
}

// TestForms reads one badge in every form: as JSON, as a VC-JWT, as a JWT with
// "vc", in a CLR as JSON, as a JWT and enveloped.
func TestForms(t *testing.T) {
	badge := sample(t, "ob3.json")
	want := summary(lint(t, badge, "jp-1.0", descriptor.Options{}).Badges[0])
	token := func(payload []byte) string {
		enc := base64.RawURLEncoding.EncodeToString
		return enc([]byte(`{"alg":"ES256"}`)) + "." + enc(payload) + ".AAAA"
	}
	clr := func(inside string) []byte {
		return []byte(`{"type":["VerifiableCredential","ClrCredential"],"issuer":"https://a.example","credentialSubject":{"id":"did:example:1","verifiableCredential":[` + inside + `]}}`)
	}
	for name, b := range map[string][]byte{
		"token":               []byte(token(badge)),
		"token with vc":       []byte(token([]byte(`{"iss":"x","vc":` + string(badge) + `}`))),
		"in a CLR":            clr(string(badge)),
		"in a CLR as a token": clr(`"` + token(badge) + `"`),
		"in a CLR, enveloped": clr(`{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,` + token(badge) + `"}`),
		"in a CLR in a CLR":   clr(string(clr(string(badge)))),
	} {
		report := lint(t, b, "jp-1.0", descriptor.Options{})
		if len(report.Badges) != 1 || summary(report.Badges[0]) != want {
			t.Errorf("%s: %d badges\n%s", name, len(report.Badges), summary(report.Badges[0]))
		}
	}
	two := lint(t, clr(string(badge)+","+string(sample(t, "narrative-ja.json"))), "jp-1.0", descriptor.Options{})
	if len(two.Badges) != 2 || two.Badges[0].Path != "credentialSubject.verifiableCredential[0]" || two.Badges[1].Path != "credentialSubject.verifiableCredential[1]" {
		t.Errorf("of two: %+v", two.Badges)
	}
}

func TestNoBadge(t *testing.T) {
	for _, in := range []string{"{}", `{"type":"Assertion"}`, `{"type":["OpenBadgeCredential"],"credentialSubject":"x"}`, "%PDF-1.7", "eyJhbGciOiJFUzI1NiJ9.AAAA.AAAA",
		`{"credentialSubject":{"achievement":[1,"x"],"verifiableCredential":[1,"a.b.c",{"id":"data:,x"}]}}`} {
		if _, err := descriptor.Parse(parse(t, []byte(in))); !errors.Is(err, descriptor.ErrNoBadge) {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// TestPrivate: nothing that identifies the learner is in a report.
func TestPrivate(t *testing.T) {
	const secret = "hanako"
	for _, in := range []string{
		`{"type":"Assertion","recipient":{"identity":"hanako@uni.example","hashed":false},"badge":{}}`,
		`{"credentialSubject":{"id":"mailto:hanako@uni.example","identifier":[{"identityHash":"hanako@uni.example","identityType":"name"}],"achievement":{}}}`,
		`{"credentialSubject":{"id":"did:web:hanako@uni.example","achievement":{}}}`,
		`{"credentialSubject":{"id":"did:example:hanako","achievement":{}}}`,
		`{"credentialSubject":{"id":"https://uni.example/learners/hanako","achievement":{}}}`,
	} {
		report := lint(t, []byte(in), "jp-1.0", descriptor.Options{})
		b, _ := json.Marshal(report)
		var text strings.Builder
		report.WriteText(&text)
		if strings.Contains(string(b)+text.String(), secret) {
			t.Errorf("the learner is in the report: %s", b)
		}
	}
}

// TestNamedLogs: lint knows the member that names logs, and says what is wrong
// with it.
func TestNamedLogs(t *testing.T) {
	const log = "eip155:1337:0x5fbdb2315678afecb367f032d93f642f64180aa3:0x1e0b4b2f3d5c6a798897a6b5c4d3e2f1011223344556677889900aabbccddeef"
	const meaning = `{"transparencyLog":{"@id":"https://github.com/akashi-project/akashi/transparency-log/v1","@type":"@json"}}`
	for _, c := range []struct{ context, value, want string }{
		{meaning, `["` + log + `"]`, "Names the log " + log},
		{meaning, `"` + log + `"`, "! It names logs, which counts for nothing: transparencyLog has to be a list"},
		{`"https://www.w3.org/ns/credentials/v2"`, `["` + log + `"]`, "! It names logs, which counts for nothing: @context has to have"},
	} {
		text := `{"@context":[` + c.context + `],"type":["VerifiableCredential"],"credentialSubject":{"achievement":{"name":"A"}},"transparencyLog":` + c.value + `}`
		report := lint(t, []byte(text), "jp-1.0", descriptor.Options{})
		var out strings.Builder
		report.WriteText(&out)
		if len(report.Badges) != 1 || len(report.Badges[0].Logs) != 1 || !strings.Contains(out.String(), "\n"+c.want) {
			t.Errorf("%s: %s", text, out.String())
		}
	}
}

// TestLarge gives the largest records: no more than some times their size is
// taken.
func TestLarge(t *testing.T) {
	fill := func(before, each, after string) []byte {
		return []byte(before + strings.Repeat(each, (1<<20)/len(each)) + after)
	}
	for name, in := range map[string][]byte{
		"narrative":    fill(`{"credentialSubject":{"achievement":{"criteria":{"narrative":"`, `学修成果: x\n`, `"}}}}`),
		"table":        fill(`{"credentialSubject":{"achievement":{"criteria":{"narrative":"`, `|`, `"}}}}`),
		"achievements": fill(`{"credentialSubject":[{"achievement":{}}`, `,{"achievement":{}}`, `]}`),
		"alignments":   fill(`{"credentialSubject":{"achievement":{"alignment":[{}`, `,{"targetName":"x"}`, `]}}}`),
		"text":         fill(`{"credentialSubject":{"achievement":{"name":"`, `証`, `"}}}`),
		"endorsements": fill(`{"credentialSubject":{"achievement":{"endorsement":[{}`, `,{"name":"xxxxxxxxxxxxxxxxxx"}`, `]}}}`),
	} {
		r := parse(t, in)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f, _ := descriptor.FrameworkByID("jp-1.0")
		if _, err := descriptor.Lint(r, f, descriptor.Options{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 128<<20 {
			t.Errorf("%s: %d bytes were allocated", name, used)
		}
	}
}

// FuzzLint: whatever is a record is answered, and twice alike.
func FuzzLint(f *testing.F) {
	for _, name := range []string{"ob3.json", "ob2.json", "narrative-ja.json"} {
		f.Add(sample(f, name))
	}
	jp, _ := descriptor.FrameworkByID("jp-1.0")
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := record.Parse(in)
		if err != nil {
			return
		}
		one, err := descriptor.Lint(r, jp, descriptor.Options{Lang: descriptor.Ja})
		if err != nil {
			return
		}
		two, _ := descriptor.Lint(r, jp, descriptor.Options{Lang: descriptor.Ja})
		a, err := json.Marshal(one)
		b, _ := json.Marshal(two)
		if err != nil || !bytes.Equal(a, b) {
			t.Fatalf("two reports differ (%v)", err)
		}
		for _, badge := range one.Badges {
			if len(badge.Rows) != 17 {
				t.Fatalf("%d rows", len(badge.Rows))
			}
		}
	})
}

func ExampleLint() {
	badge := []byte(`{"type":["VerifiableCredential","OpenBadgeCredential"],"issuer":{"id":"https://uni.example","name":"Example University"},
		"credentialSubject":{"achievement":{"name":"Seismology","criteria":{"narrative":"**Workload**: 30 hours, 1 credit UCTS"}}}}`)
	r, err := record.Parse(badge)
	if err != nil {
		panic(err)
	}
	framework, err := descriptor.FrameworkByID("jp-1.0")
	if err != nil {
		panic(err)
	}
	report, err := descriptor.Lint(r, framework, descriptor.Options{})
	if err != nil {
		panic(err)
	}
	effort := report.Badges[0].Rows[7]
	fmt.Println(effort.Term, effort.State, effort.Value)
	for _, p := range effort.Problems {
		fmt.Println(p.Text)
	}
	// Output:
	// Learner effort weak 30 hours, 1 credit UCTS
	// It is declared in text only, which machines cannot compare.
	// Credits of 1 UCTS mean 38 to 48 hours of study, and 30 are given.
}
