package audit

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/verify"
)

func render(t testing.TB, r *Report, p Page) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteHTML(&b, r, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A parsed page: how often each element stands in it, its text, and what may
// not be there at all.
type parsed struct {
	elements map[string]int
	text     string
	bad      []string
}

// parse reads a page as XML, which it is as well, so that anything that breaks
// out of its place shows.
func parse(t testing.TB, page []byte) parsed {
	t.Helper()
	var (
		p       = parsed{elements: map[string]int{}}
		text    strings.Builder
		d       = xml.NewDecoder(bytes.NewReader(page))
		path    []string
		ids     = map[string]bool{}
		links   []string
		allowed = strings.Fields("html head meta title style body main header section div p h1 h2 h3 b small span bdi a br ul li dl dt dd table thead tbody tr th td pre figure figcaption svg defs pattern g path line rect circle text")
	)
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			path = append(path, name)
			p.elements[name]++
			if !slices.Contains(allowed, name) {
				p.bad = append(p.bad, "element "+name)
			}
			for _, a := range token.Attr {
				switch key := a.Name.Local; {
				case key == "id":
					if ids[a.Value] {
						p.bad = append(p.bad, "id twice: "+a.Value)
					}
					ids[a.Value] = true
				case key == "href":
					links = append(links, a.Value)
				case strings.HasPrefix(key, "on"), key == "src", key == "style", key == "action", key == "srcset", a.Name.Space != "":
					p.bad = append(p.bad, "attribute "+key)
				case strings.Contains(a.Value, "://"):
					p.bad = append(p.bad, "address in "+key)
				}
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if len(path) > 0 && path[len(path)-1] == "style" {
				for _, use := range regexp.MustCompile(`(?i)url\([^)]*\)|@import|://|expression`).FindAllString(string(token), -1) {
					if use != "url(#hatch)" {
						p.bad = append(p.bad, "style: "+use)
					}
				}
				continue
			}
			text.Write(token)
		case xml.Comment, xml.ProcInst:
			p.bad = append(p.bad, fmt.Sprintf("%T", token))
		}
	}
	for _, l := range links {
		if id, ok := strings.CutPrefix(l, "#"); !ok || !ids[id] {
			p.bad = append(p.bad, "link to "+l)
		}
	}
	p.text = text.String()
	return p
}

// flawed is a scene with something of everything to report.
func flawed(anchors int) *Report {
	r := scene(anchors)
	r.find(anchors/3, EntryChanged, verify.Fail, "Entry 17 is not the one that was anchored.")
	r.find(anchors/3, AnchorRoot, verify.Fail, "The entries lead to another root.")
	r.find(anchors*2/5, AnchorGap, verify.Warn, "There was no anchor for 48 days.")
	r.find(anchors*4/5, AnchorStatus, verify.Unknown, "The entries could not be read.")
	l := &r.Logs[0]
	end := l.Anchors[anchors-1]
	l.Closed = &ClosedEvent{Size: end.Size, Root: end.Root, At: Event{Block: verify.Block{Number: end.Block + 1, Time: end.Time + 12}}}
	l.Offers = []AccountEvent{{Account: accountOf(6), At: l.Closed.At}, {At: l.Closed.At}}
	l.Base = &Anchor{Size: 0, Time: sceneStart, Result: verify.Pass}
	l.Skipped = 2
	r.Findings = append(r.Findings, Finding{Code: ChainCode, Result: verify.Unknown, Text: "The RPC gives other code."})
	r.Range.Partial, r.Range.Past = true, true
	return r
}

// TestPage lays out reports of every shape in both languages: each is
// well-formed, stands by itself, and comes out the same twice.
func TestPage(t *testing.T) {
	several := flawed(50)
	several.Subject = nil
	several.Logs = append(several.Logs, scene(3).Logs[0], Log{Ref: scene(1).Logs[0].Ref, Verdict: verify.CouldNotTell})
	nothing := scene(1)
	nothing.Logs[0].Anchors, nothing.Logs[0].Opened, nothing.Inputs = nil, nil, nil
	empty := scene(1)
	empty.Logs = nil
	for name, r := range map[string]*Report{
		"one anchor": scene(1), "few": scene(12), "many": scene(700), "flawed": flawed(12), "flawed, many": flawed(700),
		"several logs": several, "no anchors": nothing, "no logs": empty, "nothing": {},
	} {
		for _, lang := range Langs {
			page := render(t, r, Page{Lang: lang, Key: sceneKey})
			p := parse(t, page)
			for _, bad := range p.bad {
				t.Errorf("%s, %s: %s", name, lang, bad)
			}
			if again := render(t, r, Page{Lang: lang, Key: sceneKey}); !bytes.Equal(page, again) {
				t.Errorf("%s, %s: two pages of one report differ", name, lang)
			}
			if strings.Contains(p.text, "%!") || strings.Contains(p.text, "<no value>") {
				t.Errorf("%s, %s: a text is not filled in", name, lang)
			}
			for _, l := range r.Logs {
				if want := (phrase{"verified", "矛盾"}).in(lang); l.Verdict == verify.Verified && !strings.Contains(strings.ToLower(p.text), want) {
					t.Errorf("%s, %s: nothing says %q", name, lang, want)
				}
				if got := p.elements["svg"] > 0 && p.elements["pattern"] > 0; len(l.Anchors) > 0 && !got {
					t.Errorf("%s, %s: no timeline", name, lang)
				}
			}
			encoded, err := EncodeJSON(r)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{HashOf(encoded).String(), sceneKey} {
				if !strings.Contains(p.text, want) {
					t.Errorf("%s, %s: the page does not show %s", name, lang, want)
				}
			}
			for _, in := range r.Inputs {
				if !strings.Contains(p.text, in.SHA256.String()) {
					t.Errorf("%s, %s: the input %s is without its hash", name, lang, in.Kind)
				}
			}
		}
	}
}

// TestPageTrustsNobody puts what strangers might send into every string of a
// report: the page has the elements that it has with harmless ones, and shows
// the rest as text.
func TestPageTrustsNobody(t *testing.T) {
	put := func(s string) *Report {
		r := flawed(12)
		l := &r.Logs[0]
		l.Origin = s
		l.Keys[1].Keys = checkpoint.Keys{s, s}
		l.Operators[1].At.Call = s
		for i := range l.Findings {
			l.Findings[i].Text, l.Findings[i].Where.Source = s, s
		}
		r.Findings[0].Text, r.Findings[0].Code = s, Code(s)
		l.Checks[0].Code = Code(s)
		l.Anchors[0].Codes, l.Anchors[0].Result = []Code{Code(s)}, verify.Warn
		for i := range r.Inputs {
			r.Inputs[i].Source, r.Inputs[i].Kind = s, s
		}
		r.Inputs[3].Kind = InputEntries
		return r
	}
	want := parse(t, render(t, put("x"), Page{})).elements
	for _, s := range []string{
		`"><script>alert(1)</script>`, `</style><img src=x onerror=alert(1)>`, `<!--`, `]]>`, `{{.}}`, "`${1}`",
		`javascript:alert(1)`, `'"&<>`, `</title></main>`, `\u003cscript\u003e`, `&lt;b&gt;`, `'; rm -rf ~; echo '`,
	} {
		for _, lang := range Langs {
			p := parse(t, render(t, put(s), Page{Lang: lang}))
			for _, bad := range p.bad {
				t.Errorf("%q: %s", s, bad)
			}
			if lang == English && fmt.Sprint(p.elements) != fmt.Sprint(want) {
				t.Errorf("%q: elements %v, want %v", s, p.elements, want)
			}
			if strings.Count(p.text, s) < 5 {
				t.Errorf("%q: shown %d times", s, strings.Count(p.text, s))
			}
		}
	}
	// What cannot be seen, or moves what can, is not let through; nor a book.
	hidden := "a\u202eb\u2066c\u200bd\x00e\x1b[31mf\ng\u00a0h\u2028i\xffj"
	p := parse(t, render(t, put(hidden), Page{}))
	if strings.ContainsAny(p.text, "\u202e\u2066\u200b\x00\x1b\u00a0\u2028") || !strings.Contains(p.text, "a\ufffdb\ufffdc\ufffdd\ufffde\ufffd[31mf\ufffdg\ufffdh\ufffdi\ufffdj") {
		t.Error("hidden characters were let through")
	}
	if page := render(t, put(strings.Repeat("あ", 100_000)), Page{}); len(page) > 200_000 {
		t.Errorf("a long text makes a page of %d bytes", len(page))
	}
}

// TestQuote gives what is quoted to no shell but looks: a single quote ends
// the word in none of them.
func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"https://log.uni.example/": "https://log.uni.example/", "": "''", "a b": "'a b'", "'; rm -rf ~; '": `''\''; rm -rf ~; '\'''`, "$(id)": "'$(id)'", "`id`": "'`id`'",
	} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) = %s, want %s", in, got, want)
		}
	}
}

// TestTimelineStaysSmall draws logs that were anchored very often, also when
// every anchor is wrong, every one waited too long and the owner is busy.
func TestTimelineStaysSmall(t *testing.T) {
	for _, bad := range []bool{false, true} {
		r := scene(10_000)
		l := &r.Logs[0]
		numbers := map[uint64][]int{}
		if bad {
			for i := range l.Anchors {
				l.Anchors[i].Result, l.Anchors[i].Codes = verify.Fail, []Code{AnchorGap}
				numbers[l.Anchors[i].Size] = []int{i + 1}
				l.Keys = append(l.Keys, KeysEvent{At: Event{Block: verify.Block{Time: l.Anchors[i].Time}}})
			}
		}
		d := draw(Japanese, l, r.Range, numbers)
		n := len(d.Bars) + 2*len(d.Gaps) + 3*len(d.Flags) + 2*len(d.Acts) + 2*len(d.Ticks) + 2*len(d.Levels)
		if n < 100 || n > 1200 || len(d.Curve) > 30_000 {
			t.Errorf("every anchor wrong: %t: %d elements, a curve of %d bytes", bad, n, len(d.Curve))
		}
		if bad && (len(d.Flags) < 10 || len(d.Acts) < 10) {
			t.Errorf("%d flags, %d acts", len(d.Flags), len(d.Acts))
		}
	}
	few := &scene(100).Logs[0]
	for i := range few.Anchors {
		few.Anchors[i].Codes = []Code{AnchorGap}
	}
	if d := draw(English, few, Range{}, nil); len(d.Gaps) < 10 || len(d.Gaps) > maxGaps {
		t.Errorf("%d gaps are drawn", len(d.Gaps))
	}
}

// TestTimeline holds the drawing of three anchors to figures.
func TestTimeline(t *testing.T) {
	l := &Log{
		Opened: &Event{Block: verify.Block{Time: 1000}},
		Anchors: []Anchor{
			{Size: 100, Time: 1000, Result: verify.Pass},
			{Size: 300, PrevSize: 100, Time: 1500, Result: verify.Fail, Codes: []Code{AnchorRoot}},
			{Size: 400, PrevSize: 300, Time: 2000, Result: verify.Unknown},
		},
		Keys:   []KeysEvent{{}, {At: Event{Block: verify.Block{Time: 1500}}}},
		Closed: &ClosedEvent{At: Event{Block: verify.Block{Time: 2000}}},
	}
	d := draw(English, l, Range{}, map[uint64][]int{300: {2, 1}})
	// The axis runs from 78 to 708, sizes from 130 up to 26.
	if want := "M78 130H78V104H393V52H708V26H708"; d.Curve != want {
		t.Errorf("curve %s, want %s", d.Curve, want)
	}
	if want := (bar{"391.8", "144", "2.4", "34", "fail"}); len(d.Bars) != 3 || d.Bars[1] != want {
		t.Errorf("bars %v, want %v amid", d.Bars, want)
	}
	if want := []flag{{X: "393", Y: "16", Label: "1+", Class: "fail"}}; !slices.Equal(d.Flags, want) {
		t.Errorf("flags %v, want %v", d.Flags, want)
	}
	if want := []act{{X: "78", Kind: "opened"}, {X: "393", Kind: "keys"}, {X: "708", Kind: "closed"}}; !slices.Equal(d.Acts, want) {
		t.Errorf("acts %v, want %v", d.Acts, want)
	}
	// Times out of all reason are drawn at the edge.
	l.Anchors[2].Time = 1 << 62
	if d := draw(English, l, Range{}, nil); strings.Contains(d.Curve, "NaN") || strings.Contains(d.Curve, "-") || len(d.Ticks) > maxTicks {
		t.Errorf("curve %s, ticks %v", d.Curve, d.Ticks)
	}
}

func TestTicks(t *testing.T) {
	const day = 86400
	for span, want := range map[int64]string{
		3: "00:00:00 00:00:01 00:00:02 00:00:03", 600: "00:00 00:02 00:04 00:06 00:08 00:10", day: "1 Apr 06:00", 12 * day: "1 Apr 3 Apr", 200 * day: "Apr 2024 May 2024", 1500 * day: "Jul 2024 Jan 2025", 9000 * day: "2025 2030",
	} {
		ticks := English.ticks(sceneStart, sceneStart+span, maxTicks)
		var labels []string
		for _, tick := range ticks {
			labels = append(labels, tick.label)
		}
		got := strings.Join(labels, " ")
		if !strings.HasPrefix(got, want) && got != want || len(ticks) > maxTicks || len(ticks) < 2 {
			t.Errorf("%d seconds: %q, want %q first", span, got, want)
		}
	}
	if n := len(English.ticks(0, lastSecond, maxTicks)); n < 1 || n > maxTicks {
		t.Errorf("all of history has %d ticks", n)
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		seconds uint64
		en, ja  string
	}{{0, "0 seconds", "0秒"}, {1, "1 second", "1秒"}, {61, "1 minute 1 second", "1分1秒"}, {3600, "1 hour", "1時間"}, {90000, "1 day 1 hour", "1日1時間"}, {86460, "1 day", "1日"}, {200 * 86400, "200 days", "200日"}} {
		if en, ja := English.span(c.seconds), Japanese.span(c.seconds); en != c.en || ja != c.ja {
			t.Errorf("%d seconds: %q and %q, want %q and %q", c.seconds, en, ja, c.en, c.ja)
		}
	}
	if got := number(1234567); got != "1,234,567" {
		t.Error(got)
	}
	if got := English.moment(sceneStart) + "/" + Japanese.moment(1<<60); got != "1 Apr 2024 00:00:00/暦にない時刻" {
		t.Error(got)
	}
	for n, want := range map[uint64][2]uint64{0: {1, 1}, 1: {1, 1}, 4: {4, 1}, 5: {6, 2}, 12817: {15000, 5000}, 1 << 60: {15e17, 5e17}} {
		if top, step := scale(n); top != want[0] || step != want[1] {
			t.Errorf("scale(%d) = %d, %d, want %v", n, top, step, want)
		}
	}
	if _, err := ParseLang("fr"); err == nil {
		t.Error("fr is a language of pages")
	}
}

var verb = regexp.MustCompile(`%\[\d\]s|%.`)

// TestCatalogue holds every text to be there in both languages with the same
// verbs, every name that is used to have one, and every text to be used.
func TestCatalogue(t *testing.T) {
	used := map[string]bool{}
	uses := func(pattern string, files ...string) {
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(b), -1) {
				used[m[1]] = true
			}
		}
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	sources = slices.DeleteFunc(sources, func(f string) bool { return strings.HasSuffix(f, "_test.go") || f == "catalogue.go" || f == "codes.go" })
	uses(`\.T "([a-z.]+)"`, "page.html")
	uses(`(?:say|count)\("([a-z.]+[a-z])"`, sources...)
	uses(`"((?:summary|where|legend|registry|checkpoint|anchors|span)\.[a-z]+)"`, sources...)
	for _, r := range []verify.Result{verify.Pass, verify.Warn, verify.Unknown, verify.Fail} {
		used["result."+r.String()] = true
	}
	for _, v := range []verify.Verdict{verify.Verified, verify.Refuted, verify.CouldNotTell} {
		used["verdict."+v.String()] = true
	}
	for _, k := range []string{"code", InputHeaders, InputEvents, InputTransactions, InputState, InputEntries, InputHashTiles, InputStatusTiles, InputCheckpoint} {
		used["input."+k] = true
	}
	for _, k := range []string{"opened", "keys", "operator", "owner", "closed"} {
		used["legend."+k], used["history."+k] = true, true
	}
	used["history.offer"], used["history.takenback"] = true, true
	for _, u := range units {
		used[u.name], used[u.name+".one"] = true, true
	}
	for _, w := range []string{"log", "entry", "root", "head", "anch", "oper", "owner"} {
		used["glossary."+w], used["glossary."+w+".is"] = true, true
	}
	for name := range used {
		if _, ok := catalogue[name]; !ok {
			t.Errorf("the text %q is used and not in the catalogue", name)
		}
	}
	for name, p := range catalogue {
		if !used[name] {
			t.Errorf("the text %q is in the catalogue and nobody uses it", name)
		}
		if p.en == "" || p.ja == "" {
			t.Errorf("the text %q lacks a language", name)
		}
		en, ja := verb.FindAllString(p.en, -1), verb.FindAllString(p.ja, -1)
		slices.Sort(en)
		slices.Sort(ja)
		if !slices.Equal(en, ja) || slices.ContainsFunc(en, func(v string) bool { return !strings.HasPrefix(v, "%[") }) {
			t.Errorf("the text %q has the verbs %q and %q", name, en, ja)
		}
	}
	for _, info := range Codes {
		ja, ok := japaneseCodes[info.Code]
		if !ok || ja.Asks == "" || (ja.Fails == "") != (info.Fails == "") || (ja.Warns == "") != (info.Warns == "") || (ja.Unknown == "") != (info.Unknown == "") {
			t.Errorf("the check %s is not in Japanese as it is in English", info.Code)
		}
	}
	if len(japaneseCodes) != len(Codes) {
		t.Errorf("%d checks in Japanese, %d in English", len(japaneseCodes), len(Codes))
	}
}
