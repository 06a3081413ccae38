package stack_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/descriptor"
	"github.com/akashi-project/akashi/record/stack"
)

const uni = "https://uni.example/issuer"

// A made is a badge of a test.
type made struct {
	achievement, issuer, awarded, learner, salt string
	id                                          string
	hours, credits, scheme, level               string
	outcome                                     string
	kind, into                                  string
	verdict                                     string // of a judgement; "": not checked
}

// of gives a badge of a unit with what most tests want.
func of(achievement string) made {
	return made{achievement: achievement, issuer: uni, awarded: "2026-03-01T00:00:00Z", learner: "did:example:1", id: "urn:" + achievement,
		hours: "45", credits: "1", scheme: "UCTS", level: "6", kind: "inclusion", into: "P", verdict: "verified"}
}

func (m made) with(change func(*made)) made { change(&m); return m }

func (m made) input(t testing.TB) stack.Input {
	t.Helper()
	subject := map[string]any{"achievement": map[string]any{
		"id": m.achievement, "name": "Badge " + m.achievement,
		"alignment": []any{
			map[string]any{"targetFramework": "European Qualifications Framework", "targetCode": m.level},
			map[string]any{"targetName": m.outcome, "targetUrl": "https://o.example/" + m.outcome},
		},
		"microCredential": map[string]any{
			"workload":     map[string]any{"totalHours": m.hours, "credits": m.credits, "creditScheme": m.scheme},
			"stackability": map[string]any{"kind": m.kind, "into": []any{m.into}},
		},
	}}
	if m.salt != "" {
		subject["identifier"] = []any{map[string]any{"hashed": true, "salt": m.salt, "identityHash": m.learner}}
	} else {
		subject["id"] = m.learner
	}
	b, err := json.Marshal(map[string]any{"type": []string{"OpenBadgeCredential"}, "id": m.id, "issuer": m.issuer, "awardedDate": m.awarded, "credentialSubject": subject})
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	in := stack.Input{Name: m.achievement + ".json", Record: r}
	if m.verdict != "" {
		in.Judgements = []stack.Judgement{{By: "badge", Verdict: m.verdict, Code: "proof.signature", Text: "Said so."}}
	}
	return in
}

// programme has two units in order, an optional one, and one outcome.
const programme = `{"v":1,"id":"P","name":"Programme","institution":"https://uni.example/issuer","model":"inclusion",
 "require":{"hours":"90","credits":"2","creditScheme":"UCTS","level":{"framework":"EQF","least":5}},
 "outcomes":[{"id":"o","text":"Outcome","uri":"https://o.example/o"}],
 "units":[{"id":"u1","title":"One","badges":["a1"]},{"id":"u2","title":"Two","badges":["a2","b2"],"outcomes":["o"],"after":["u1"]},{"id":"u3","title":"Three","badges":["a3"],"optional":true}]}`

func check(t testing.TB, programme string, o stack.Options, badges ...made) stack.Dossier {
	t.Helper()
	p, err := stack.ParseProgramme([]byte(programme))
	if err != nil {
		t.Fatal(err)
	}
	var inputs []stack.Input
	for _, b := range badges {
		inputs = append(inputs, b.input(t))
	}
	d, err := stack.Check(p, []byte(programme), inputs, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// rows lists the checks of a dossier that did not pass.
func rows(d stack.Dossier) string {
	var out []string
	for _, r := range d.Checks {
		if r.Result != stack.Pass {
			out = append(out, fmt.Sprintf("%s %s %d%s", r.Code, r.Result, r.Badge, r.Unit))
		}
	}
	return strings.Join(out, ", ")
}

func TestCheck(t *testing.T) {
	replace := func(old, new string) string { return strings.Replace(programme, old, new, 1) }
	late := func(m *made) { m.awarded = "2026-06-01T00:00:00Z" }
	a1, a2 := of("a1"), of("a2").with(late)
	transfer := strings.NewReplacer(`"inclusion"`, `"transfer"`, `"credits":"2",`, `"credits":"2","maxTransfer":"1.5",`, `"units"`, `"recognised":["https://other.example"],"units"`).Replace(programme)
	tests := []struct {
		name      string
		programme string
		badges    []made
		learner   string
		verdict   stack.Verdict
		rows      string // that did not pass
		totals    string // hours, credits
	}{
		{"complete", programme, []made{a1, a2}, "", stack.Complete, "", "90 2"},
		{"in any order of files", programme, []made{a2, a1}, "", stack.Complete, "", "90 2"},
		{"with the optional unit", programme, []made{a1, a2, of("a3")}, "", stack.Complete, "", "135 3"},
		{"another badge for a unit", programme, []made{a1, of("b2").with(late)}, "", stack.Complete, "", "90 2"},
		{"a badge of no unit", programme, []made{a1, a2, of("zz")}, "", stack.Complete, "badge.unit warn 3", "90 2"},
		{"nothing", programme, nil, "", stack.Incomplete, "unit.met fail 0u1, unit.met fail 0u2, total.hours fail 0, total.credits fail 0, outcome.covered fail 0", "0 0"},
		{"a unit missing", programme, []made{a1}, "", stack.Incomplete, "unit.met fail 0u2, total.hours fail 0, total.credits fail 0, outcome.covered fail 0", "45 1"},
		{"a prerequisite missing", programme, []made{a2}, "", stack.Incomplete, "unit.met fail 0u1, unit.order fail 1u2, total.hours fail 0, total.credits fail 0", "45 1"},
		{"the wrong order", programme, []made{a1.with(func(m *made) { m.awarded = "2026-09-01T00:00:00Z" }), a2}, "", stack.Incomplete, "unit.order fail 2u2", "90 2"},
		{"the same day in two zones", programme, []made{a1.with(func(m *made) { m.awarded = "2026-06-01T08:00:00+02:00" }), a2}, "", stack.Complete, "", "90 2"},
		{"no date", programme, []made{a1.with(func(m *made) { m.awarded = "soon" }), a2}, "", stack.CouldNotTell, "unit.order unknown 2u2", "90 2"},

		{"not checked", programme, []made{a1, a2.with(func(m *made) { m.verdict = "" })}, "", stack.CouldNotTell, "badge.genuine unknown 2", "90 2"},
		{"not to be told", programme, []made{a1, a2.with(func(m *made) { m.verdict = "could-not-tell" })}, "", stack.CouldNotTell, "badge.genuine unknown 2", "90 2"},
		{"forged", programme, []made{a1, a2.with(func(m *made) { m.verdict = "refuted" })}, "", stack.Incomplete, "badge.genuine fail 2, unit.met fail 0u2, total.hours fail 0, total.credits fail 0, outcome.covered fail 0", "45 1"},

		{"the same file twice", programme, []made{a1, a2, a1}, "", stack.Complete, "badge.twice warn 3", "90 2"},
		{"the same credential, signed twice", programme, []made{a1, a2, a1.with(func(m *made) { m.hours = "46" })}, "", stack.Complete, "badge.twice warn 3", "90 2"},
		{"two badges for one unit", programme, []made{a1, a2, of("b2").with(late)}, "", stack.Complete, "badge.twice warn 3u2", "90 2"},
		{"a forged one does not keep the genuine out", programme, []made{a1, of("b2").with(func(m *made) { m.verdict = "refuted" }), a2}, "", stack.Incomplete, "badge.genuine fail 2", "90 2"},

		{"another learner", programme, []made{a1, a2.with(func(m *made) { m.learner = "did:example:2" })}, "", stack.Incomplete, "learner.same fail 2", "90 2"},
		{"salted apart", programme, []made{salted(a1, "hanako@uni.example", "s1"), salted(a2, "hanako@uni.example", "s2")}, "", stack.CouldNotTell, "learner.same unknown 2", "90 2"},
		{"salted alike", programme, []made{salted(a1, "hanako@uni.example", "s1"), salted(a2, "hanako@uni.example", "s1")}, "", stack.Complete, "", "90 2"},
		{"salted alike, of two", programme, []made{salted(a1, "hanako@uni.example", "s1"), salted(a2, "taro@uni.example", "s1")}, "", stack.Incomplete, "learner.same fail 2", "90 2"},
		{"salted apart, and named", programme, []made{salted(a1, "hanako@uni.example", "s1"), salted(a2, "hanako@uni.example", "s2")}, "hanako@uni.example", stack.Complete, "", "90 2"},
		{"named as another", programme, []made{salted(a1, "hanako@uni.example", "s1"), salted(a2, "taro@uni.example", "s2")}, "hanako@uni.example", stack.Incomplete, "learner.same fail 2", "90 2"},
		{"named by another kind of identifier", programme, []made{a1, a2}, "hanako@uni.example", stack.CouldNotTell, "learner.same unknown 1, learner.same unknown 2", "90 2"},

		{"too few hours", programme, []made{a1, a2.with(func(m *made) { m.hours = "44.999" })}, "", stack.Incomplete, "total.hours fail 0", "89.999 2"},
		{"thirds", replace(`"credits":"2"`, `"credits":"1"`), []made{a1.with(func(m *made) { m.credits = "1/3" }), a2.with(func(m *made) { m.credits = "2/3" })}, "", stack.Complete, "", "90 1"},
		{"hours that are not given", programme, []made{a1, a2.with(func(m *made) { m.hours = "" })}, "", stack.CouldNotTell, "total.hours unknown 0", "45 2"},
		{"credits of another scheme", programme, []made{a1, a2.with(func(m *made) { m.scheme = "ECTS" })}, "", stack.CouldNotTell, "badge.credits warn 2u2, total.credits unknown 0", "90 1"},
		{"credits of no scheme", programme, []made{a1, a2.with(func(m *made) { m.scheme = "" })}, "", stack.CouldNotTell, "badge.credits warn 2u2, total.credits unknown 0", "90 1"},
		{"the unit's own credits", replace(`"badges":["a1"]`, `"badges":["a1"],"credits":"1.5","hours":"60"`), []made{a1, a2}, "", stack.Complete, "badge.credits warn 1u1", "105 2.5"},

		{"a level too low", programme, []made{a1.with(func(m *made) { m.level = "4" }), a2}, "", stack.Incomplete, "badge.level fail 1u1", "90 2"},
		{"no level", programme, []made{a1.with(func(m *made) { m.level = "" }), a2}, "", stack.CouldNotTell, "badge.level unknown 1u1", "90 2"},
		{"an outcome twice", programme, []made{a1.with(func(m *made) { m.outcome = "o" }), a2}, "", stack.Complete, "outcome.overlap warn 0", "90 2"},
		{"no word of stacking", programme, []made{a1.with(func(m *made) { m.kind, m.into = "", "" }), a2}, "", stack.Complete, "badge.declared warn 1u1", "90 2"},
		{"for another model", programme, []made{a1.with(func(m *made) { m.kind = "modular" }), a2}, "", stack.Complete, "badge.declared warn 1u1", "90 2"},
		{"into another programme", programme, []made{a1.with(func(m *made) { m.into = "Q" }), a2}, "", stack.Complete, "badge.declared warn 1u1", "90 2"},

		{"modular: any units", strings.Replace(replace(`"inclusion"`, `"modular"`), `,"after":["u1"]`, "", 1), []made{a2.with(func(m *made) { m.kind = "modular" }), of("a3").with(func(m *made) { m.kind = "modular" })}, "", stack.Complete, "", "90 2"},
		{"modular: too little", replace(`"inclusion"`, `"modular"`), []made{a1.with(func(m *made) { m.kind = "modular" })}, "", stack.Incomplete, "total.hours fail 0, total.credits fail 0, outcome.covered fail 0", "45 1"},

		{"transfer: recognised, and capped", transfer, []made{
			a1.with(func(m *made) { m.issuer, m.kind = "https://other.example", "transfer" }),
			a2.with(func(m *made) { m.issuer, m.kind = "https://other.example", "transfer" })}, "", stack.Incomplete, "total.transfer warn 0, total.credits fail 0", "90 1.5"},
		{"transfer: one of the own", transfer, []made{
			a1.with(func(m *made) { m.kind = "transfer" }),
			a2.with(func(m *made) { m.issuer, m.kind = "https://other.example", "transfer" })}, "", stack.Complete, "", "90 2"},
		{"inclusion: a stranger's badge that names a unit", programme, []made{
			a1, a2.with(func(m *made) { m.issuer = "did:key:stranger" })}, "", stack.Incomplete,
			"badge.recognised warn 2u2, unit.met fail 0u2, total.hours fail 0, total.credits fail 0, outcome.covered fail 0", "45 1"},
		{"inclusion: a partner's badge", replace(`"units"`, `"recognised":["https://other.example"],"units"`), []made{
			a1, a2.with(func(m *made) { m.issuer = "https://other.example" })}, "", stack.Complete, "", "90 2"},
		{"transfer: not recognised", transfer, []made{
			a1.with(func(m *made) { m.kind = "transfer" }),
			a2.with(func(m *made) { m.issuer, m.kind = "https://mill.example", "transfer" })}, "", stack.Incomplete,
			"badge.recognised warn 2u2, unit.met fail 0u2, total.hours fail 0, total.credits fail 0, outcome.covered fail 0", "45 1"},
	}
	seen := map[stack.Code]bool{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := check(t, tt.programme, stack.Options{Learner: tt.learner}, tt.badges...)
			if got := rows(d); d.Verdict != tt.verdict || got != tt.rows {
				t.Errorf("%s with %s", d.Verdict, got)
			}
			if got := d.Totals.Hours + " " + d.Totals.Credits; got != tt.totals {
				t.Errorf("totals %s", got)
			}
			for _, r := range d.Checks {
				seen[r.Code] = true
				if r.Text == "" || strings.ContainsAny(r.Text, "{}") {
					t.Errorf("%s says %q", r.Code, r.Text)
				}
			}
		})
	}
	for _, c := range stack.Codes {
		if !seen[c] {
			t.Errorf("no case has %s", c)
		}
	}
}

func salted(m made, who, salt string) made {
	m.salt = salt
	m.learner = "sha256$" + record.DigestOf([]byte(who+salt)).Hex()
	return m
}

// TestSameBytes: the same input gives the same dossier, in both languages and
// both forms; the learner who was named is nowhere in it.
func TestSameBytes(t *testing.T) {
	who := "hanako@uni.example"
	for _, l := range []descriptor.Lang{descriptor.En, descriptor.Ja} {
		o := stack.Options{Lang: l, Learner: who, At: time.Date(2026, 11, 1, 9, 0, 0, 0, time.FixedZone("JST", 9*3600))}
		badges := []made{salted(of("a1"), who, "s1"), salted(of("a2"), who, "s2"), of("zz").with(func(m *made) { m.verdict = "refuted" })}
		var first []byte
		for range 3 {
			d := check(t, programme, o, badges...)
			b, err := d.JSON()
			if err != nil {
				t.Fatal(err)
			}
			var page bytes.Buffer
			if err := d.HTML(&page); err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			d.WriteText(&text)
			all := append(append(b, page.Bytes()...), text.String()...)
			if first == nil {
				first = all
			}
			if !bytes.Equal(first, all) {
				t.Error("two dossiers differ")
			}
			if d.At != "2026-11-01T00:00:00Z" || bytes.Contains(all, []byte(who)) {
				t.Errorf("made at %s, or the learner is in it", d.At)
			}
		}
	}
}

// TestPage: what a badge says is text on the page; the page refers to nothing.
func TestPage(t *testing.T) {
	evil := of("a1")
	evil.id = `"><script>alert(1)</script>`
	evil.issuer = "<img src=x onerror=alert(1)>"
	d := check(t, programme, stack.Options{Lang: descriptor.Ja}, evil, of("a2"))
	var page bytes.Buffer
	if err := d.HTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "<img", "http-equiv", "href="} {
		if strings.Contains(page.String(), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	for _, want := range []string{`<html lang="ja">`, "バッジ積み上げ審査書", "&lt;img", "担当部署"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestProgrammeRefused(t *testing.T) {
	unit := func(s string) string {
		return `{"v":1,"id":"P","name":"N","institution":"I","model":"modular","units":[` + s + `]}`
	}
	for name, tt := range map[string]struct{ in, want string }{
		"not JSON":            {"{", "line 1, column 2: it ends before it is complete"},
		"no comma":            {"{\n \"v\": 1\n \"id\": \"P\"}", "line 3, column 2: this is not JSON"},
		"a list":              {"[]", "not a programme"},
		"unknown member":      {`{"v":1,"programme":"x"}`, `line 1, column 8: there is no member "programme"`},
		"member twice":        {`{"v":1,"v":1}`, `the member "v" stands there twice`},
		"another case":        {strings.Replace(programme, `"model"`, `"Model"`, 1), `no member "Model"`},
		"another version":     {strings.Replace(programme, `"v":1`, `"v":2`, 1), "v is 2"},
		"no name":             {strings.Replace(programme, `"name":"Programme"`, `"name":""`, 1), "name is missing"},
		"another model":       {strings.Replace(programme, `"inclusion"`, `"vertical"`, 1), "inclusion, transfer and modular"},
		"no units":            {unit(""), "1 to 500"},
		"hours as a number":   {strings.Replace(programme, `"90"`, `90`, 1), `"hours" has another kind of value`},
		"hours in words":      {strings.Replace(programme, `"90"`, `"ninety"`, 1), "a number is written like"},
		"credits of nothing":  {strings.Replace(programme, `,"creditScheme":"UCTS"`, ``, 1), "of which scheme"},
		"level too low":       {strings.Replace(programme, `"least":5`, `"least":0`, 1), "1 to 100"},
		"limit of a transfer": {strings.Replace(programme, `"hours":"90"`, `"maxTransfer":"1"`, 1), "for the model transfer"},
		"unit twice":          {unit(`{"id":"u","title":"T","badges":["a"]},{"id":"u","title":"T","badges":["b"]}`), "id of another one"},
		"badge in two units":  {unit(`{"id":"u","title":"T","badges":["a"]},{"id":"v","title":"T","badges":["a"]}`), "meets one unit"},
		"unit of no badge":    {unit(`{"id":"u","title":"T","badges":[]}`), "1 to 100"},
		"unknown outcome":     {unit(`{"id":"u","title":"T","badges":["a"],"outcomes":["o"]}`), "no outcome"},
		"unknown unit before": {unit(`{"id":"u","title":"T","badges":["a"],"after":["x"]}`), "names no unit"},
		"after itself":        {unit(`{"id":"u","title":"T","badges":["a"],"after":["u"]}`), "u → u"},
		"circle":              {unit(`{"id":"u","title":"T","badges":["a"],"after":["v"]},{"id":"v","title":"T","badges":["b"],"after":["w"]},{"id":"w","title":"T","badges":["c"],"after":["v"]}`), "v → w → v"},
		"control character":   {unit(`{"id":"u","title":"T\u0007","badges":["a"]}`), "control character"},
		"long name":           {unit(`{"id":"u","title":"` + strings.Repeat("x", 501) + `","badges":["a"]}`), "500 bytes"},
		"too large":           {strings.Repeat(" ", stack.MaxProgramme) + "{}", "at most"},
	} {
		if _, err := stack.ParseProgramme([]byte(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInputs(t *testing.T) {
	p, err := stack.ParseProgramme([]byte(programme))
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.Parse([]byte("%PDF-1.7"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stack.Check(p, nil, []stack.Input{{Name: "x.pdf", Record: r}}, stack.Options{}); !errors.Is(err, descriptor.ErrNoBadge) || !strings.HasPrefix(err.Error(), "x.pdf: ") {
		t.Error(err)
	}
	many := slices.Repeat([]stack.Input{of("a1").input(t)}, stack.MaxBadges+1)
	if _, err := stack.Check(p, nil, many, stack.Options{}); err == nil || !strings.Contains(err.Error(), "more than 500") {
		t.Error(err)
	}
}

// TestLarge holds the largest programme against the most badges.
func TestLarge(t *testing.T) {
	var units []map[string]any
	for i := range stack.MaxUnits {
		u := map[string]any{"id": fmt.Sprint("u", i), "title": "T", "badges": []string{fmt.Sprint("a", i)}, "outcomes": []string{fmt.Sprint("o", i)}}
		if i > 0 {
			u["after"] = []string{fmt.Sprint("u", i-1)}
		}
		units = append(units, u)
	}
	var outcomes []map[string]any
	for i := range stack.MaxOutcomes {
		outcomes = append(outcomes, map[string]any{"id": fmt.Sprint("o", i), "text": fmt.Sprint("Outcome ", i)})
	}
	b, err := json.Marshal(map[string]any{"v": 1, "id": "P", "name": "N", "institution": uni, "model": "inclusion", "units": units, "outcomes": outcomes})
	if err != nil {
		t.Fatal(err)
	}
	var badges []made
	for i := range stack.MaxBadges {
		badges = append(badges, of(fmt.Sprint("a", i)))
	}
	d := check(t, string(b), stack.Options{}, badges...)
	if d.Verdict != stack.Complete || d.Totals.Hours != "22500" {
		t.Errorf("%s, %s hours, %.300s", d.Verdict, d.Totals.Hours, rows(d))
	}
}

// TestCatalogue holds the catalogue complete, and free of what nobody says.
func TestCatalogue(t *testing.T) {
	raw, err := os.ReadFile("catalogue.json")
	if err != nil {
		t.Fatal(err)
	}
	var all descriptor.Catalogue
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	gaps := regexp.MustCompile(`\{[a-zA-Z]+\}`)
	for code, text := range all {
		en, ja := gaps.FindAllString(text.English, -1), gaps.FindAllString(text.Japanese, -1)
		slices.Sort(en)
		slices.Sort(ja)
		if text.English == "" || text.Japanese == "" || text.English == text.Japanese || !slices.Equal(en, ja) {
			t.Errorf("%s: %q and %q", code, text.English, text.Japanese)
		}
	}
	files, _ := filepath.Glob("*.*")
	used := map[string]bool{}
	said := regexp.MustCompile(`"((?:badge|unit|outcome|learner|total|page|text)\.[a-zA-Z.]+)"`)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "catalogue.json" {
			continue
		}
		code, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range said.FindAllStringSubmatch(string(code), -1) {
			used[m[1]] = true
		}
	}
	for _, c := range stack.Codes {
		delete(used, string(c)) // the code itself is no sentence
	}
	delete(used, "page.html")
	for _, c := range []stack.Code{stack.TotalHours, stack.TotalCredits} {
		for _, r := range []string{".pass", ".unknown", ".fail"} {
			used[string(c)+r] = true
		}
	}
	for _, v := range []stack.Verdict{stack.Complete, stack.Incomplete, stack.CouldNotTell} {
		used["verdict."+string(v)] = true
	}
	for _, r := range []stack.Result{stack.Pass, stack.Warn, stack.Unknown, stack.Fail} {
		used["result."+string(r)] = true
	}
	for _, m := range []stack.Model{stack.Inclusion, stack.Transfer, stack.Modular} {
		used["model."+string(m)] = true
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
}

// FuzzProgramme: what is accepted is accepted again, and can be checked.
func FuzzProgramme(f *testing.F) {
	f.Add([]byte(programme))
	f.Add([]byte(`{"v":1,"id":"P","name":"N","institution":"I","model":"modular","units":[{"id":"u","title":"T","badges":["a"],"after":["u"]}]}`))
	in := of("a1").input(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := stack.ParseProgramme(b)
		if err != nil {
			return
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stack.ParseProgramme(again); err != nil {
			t.Fatalf("written anew it is refused: %v", err)
		}
		d, err := stack.Check(p, b, []stack.Input{in}, stack.Options{})
		if err != nil || len(d.Badges) != 1 {
			t.Fatal(err)
		}
	})
}

func Example() {
	p, err := stack.ParseProgramme([]byte(`{"v":1,"id":"https://uni.example/p","name":"Earth science","institution":"https://uni.example",
		"model":"modular","require":{"hours":"60"},"units":[{"id":"S1","title":"Seismology","badges":["https://uni.example/seismology"]}]}`))
	if err != nil {
		panic(err)
	}
	r, err := record.Parse([]byte(`{"type":"OpenBadgeCredential","issuer":"https://uni.example","credentialSubject":{"achievement":
		{"id":"https://uni.example/seismology","name":"Seismology","microCredential":{"workload":{"totalHours":45}}}}}`))
	if err != nil {
		panic(err)
	}
	d, err := stack.Check(p, nil, []stack.Input{{Name: "badge.json", Record: r}}, stack.Options{})
	if err != nil {
		panic(err)
	}
	fmt.Println(d.Verdict)
	for _, row := range d.Checks {
		fmt.Println(row.Result, row.Code, row.Text)
	}
	// Output:
	// incomplete
	// unknown badge.genuine Whether the badge is genuine was not checked.
	// pass badge.unit It meets the unit "Seismology".
	// warn badge.declared The badge says nothing of stacking.
	// pass unit.met The unit "Seismology" is met.
	// fail total.hours 45 hours of study, and 60 are asked.
}
