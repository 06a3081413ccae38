package audit

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/verify"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Page says how a report is laid out for people.
type Page struct {
	Lang Lang   // empty: English
	Key  string // verifier key of the auditor who signs; empty: nobody does
}

// Limits on what a page shows. All of it is in the report.
const (
	maxRows   = 40  // anchors that are all listed
	someRows  = 5   // else, so many of the first and of the last
	badRows   = 60  // and so many of those that did not pass
	actRows   = 60  // acts of a log's owner
	maxCircle = 999 // findings that have a number in the timeline
)

// WriteHTML writes the report as one page that stands by itself: no script,
// nothing that is fetched, ready to be printed on A4, in black and white too.
// It follows from the report and p alone, byte for byte. Nothing in the report
// is trusted to be harmless: origins and sources come from strangers.
func WriteHTML(w io.Writer, r *Report, p Page) error {
	if p.Lang == "" {
		p.Lang = English
	}
	if _, err := ParseLang(string(p.Lang)); err != nil {
		return err
	}
	encoded, err := EncodeJSON(r)
	if err != nil {
		return err
	}
	var b bytes.Buffer // so that a reader never gets half a page
	if err := pageTemplate.Execute(&b, newSheet(r, p, HashOf(encoded))); err != nil {
		return fmt.Errorf("lay out the report: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// A sheet is what the template reads. Its strings are harmless but not
// escaped.
type sheet struct {
	Lang
	Style    template.CSS // of this package alone
	Title    string
	Ref      string
	Verdict  verify.Verdict
	Lead     []string // of the registry as a whole
	Registry []string
	Findings []findingRow // of no single log
	Logs     []logSheet
	Several  bool // logs
	Inputs   []inputRow
	Command  []string // lines of a shell
	Again    string   // what comes of them
	Verify   []string
	Hash     merkle.Hash // of the report
	Key      string
	KeyName  string
}

type logSheet struct {
	Name     string
	Ref      string
	Verdict  verify.Verdict
	Anchor   string // name of the section within the page
	Lead     string
	Facts    []string
	Figures  [4]string // anchors, entries, longest gap, findings
	Drawing  *drawing
	Checks   []checkRow
	Findings []findingRow
	Acts     []actRow
	MoreActs string
	Shown    string // which anchors are listed
	Anchors  []anchorRow
	Skipped  string
	Served   []string // of the checkpoint
}

type (
	checkRow struct {
		Code, Asks              string
		Passed, Failed, Unknown string
		Class                   string
	}
	findingRow struct {
		Number                    int
		Class, Kind, Code         string
		Where                     []string
		Means, Text, DetailHeader string
	}
	actRow struct {
		What, AtSize, Block, Time string
		Values                    []string
		Tx, From, Call            string
	}
	anchorRow struct {
		Size, Added, Time, Block, Root string
		Class, Kind                    string
		Codes                          []string
		Left                           string // instead of all else: how many are left out
		Note                           string
	}
	inputRow struct{ Of, Kind, Source, Items, Bytes, SHA256 string }
)

func newSheet(r *Report, p Page, hash merkle.Hash) *sheet {
	s := &sheet{
		Lang: p.Lang, Style: template.CSS(pageStyle), Verdict: r.Verdict, Hash: hash,
		Key: harmless(p.Key), KeyName: harmless(shortKey(p.Key)), Several: len(r.Logs) != 1,
	}
	s.Lead = append(s.Lead, s.say("summary.range", fmt.Sprint(r.Registry.ChainID), number(r.Range.To.Number), s.moment(r.Range.To.Time)))
	if r.Range.Partial {
		s.Lead = append(s.Lead, s.say("summary.partial", number(r.Range.From.Number), s.moment(r.Range.From.Time)))
	}
	if r.Range.Past {
		s.Lead = append(s.Lead, s.say("summary.past"))
	}
	if n := r.Range.Confirmations; n > 0 {
		s.Lead = append(s.Lead, s.say("summary.confirmed", number(n)))
	}
	known := "registry.other"
	if r.Registry.Known {
		known = "registry.known"
	}
	s.Registry = []string{fmt.Sprintf("eip155:%d:%s", r.Registry.ChainID, r.Registry.Address), s.say(known)}
	next := 1
	s.Findings = s.findings(r.Findings, &next, "where.registry")
	names := map[checkpoint.LogID]string{}
	for i := range r.Logs {
		l := s.log(&r.Logs[i], r.Range, &next)
		l.Anchor = fmt.Sprintf("log-%d", i+1)
		names[r.Logs[i].Ref.Log] = l.Name
		s.Logs = append(s.Logs, l)
	}
	if s.Several {
		s.Title, s.Ref = s.say("title.registry", r.Registry.Address), s.Registry[0]
		s.Lead = append(s.Lead, s.say("summary.logs", number(uint64(len(r.Logs)))))
	} else {
		s.Title, s.Ref = s.say("title.log", s.Logs[0].Name), s.Logs[0].Ref
	}
	s.inputs(r, names)
	s.commands(r)
	return s
}

// log lays out what was found of one log.
func (s *sheet) log(l *Log, rng Range, next *int) logSheet {
	v := logSheet{Name: harmless(l.Origin), Ref: l.Ref.String(), Verdict: l.Verdict}
	if v.Name == "" {
		v.Name = s.say("unnamed")
	}
	v.Findings = s.findings(l.Findings, next, "where.log")
	numbers := map[uint64][]int{}
	for i, f := range l.Findings {
		if at := f.Where.Anchor; at != nil && v.Findings[i].Number <= maxCircle {
			numbers[*at] = append(numbers[*at], v.Findings[i].Number)
		}
	}
	v.Drawing = draw(s.Lang, l, rng, numbers)
	v.Lead = s.say(map[verify.Verdict]string{verify.Verified: "summary.verified", verify.Refuted: "summary.refuted", verify.CouldNotTell: "summary.untold"}[l.Verdict])
	s.facts(l, &v)
	for _, c := range l.Checks {
		class := "pass"
		if c.Failed > 0 {
			class = "fail"
		} else if c.Unknown > 0 {
			class = "unknown"
		}
		v.Checks = append(v.Checks, checkRow{harmless(string(c.Code)), s.code(c.Code).Asks, number(c.Passed), number(c.Failed), number(c.Unknown), class})
	}
	s.acts(l, &v)
	s.anchors(l, &v)
	if l.Skipped > 0 {
		v.Skipped = s.say("anchors.skipped", number(l.Skipped))
	}
	if c := l.Checkpoint; c != nil {
		compared := "checkpoint.not"
		if c.Compared {
			compared = "checkpoint.same"
		}
		v.Served = []string{s.say("checkpoint.served", number(c.Size), number(c.Waiting)), s.say(compared)}
	}
	return v
}

// facts words the log in sentences, and in four figures.
func (s *sheet) facts(l *Log, v *logSheet) {
	say := func(name string, a ...any) { v.Facts = append(v.Facts, s.say(name, a...)) }
	if l.Opened != nil {
		say("summary.opened", s.day(l.Opened.Block.Time))
	}
	switch n := len(l.Anchors); n {
	case 0:
		say("summary.never")
	case 1:
		say("summary.once", s.moment(l.Anchors[0].Time))
	default:
		say("summary.anchors", number(uint64(n)), s.moment(l.Anchors[0].Time), s.moment(l.Anchors[n-1].Time))
	}
	v.Figures = [4]string{number(uint64(len(l.Anchors))), number(l.Entries.Total), "–", number(uint64(len(l.Findings)))}
	if g := l.LongestGap; g.Seconds > 0 {
		say("summary.longest", s.span(g.Seconds), s.moment(g.To))
		v.Figures[2] = s.roughly(g.Seconds)
	}
	if e := l.Entries; e.Total > 0 {
		say("summary.entries", number(e.Total), number(e.Badge), number(e.CourseQA), number(e.Document), number(e.Status), number(e.Head), number(e.Unknown))
		say("summary.states", number(l.States.Valid), number(l.States.Suspended), number(l.States.Revoked))
	}
	say("summary.keys", number(uint64(len(after(l.Keys)))), number(uint64(len(after(l.Operators)))), number(uint64(len(after(l.Owners)))))
	if l.Closed != nil {
		say("summary.closed", s.day(l.Closed.At.Block.Time), number(l.Closed.Size))
	} else {
		say("summary.open")
	}
}

// findings lays out findings and numbers them from *next.
func (s *sheet) findings(all []Finding, next *int, whole string) (rows []findingRow) {
	for _, f := range all {
		row := findingRow{
			Number: *next, Class: classOf(f.Result), Kind: s.Lang.Result(f.Result), Code: harmless(string(f.Code)),
			Means: s.code(f.Code).means(f.Result), Text: harmless(f.Text), Where: s.where(f.Where, whole),
		}
		if s.Lang != English {
			row.DetailHeader = s.say("findings.detail")
		}
		*next++
		rows = append(rows, row)
	}
	return rows
}

func (s *sheet) where(w Where, whole string) (all []string) {
	switch {
	case w.Entry != nil && w.Last != nil:
		all = append(all, s.say("where.entries", number(*w.Entry), number(*w.Last)))
	case w.Entry != nil:
		all = append(all, s.say("where.entry", number(*w.Entry)))
	}
	if w.Anchor != nil {
		all = append(all, s.say("where.anchor", number(*w.Anchor)))
	}
	if w.Block != nil {
		all = append(all, s.say("where.block", number(*w.Block)))
	}
	if w.Source != "" {
		all = append(all, harmless(w.Source))
	}
	if len(all) == 0 {
		all = []string{s.say(whole)}
	}
	return all
}

// acts lists what the owner did, in the order of the chain.
func (s *sheet) acts(l *Log, v *logSheet) {
	type dated struct {
		at  Event
		row actRow
	}
	var all []dated
	add := func(what string, atSize uint64, at Event, values ...string) {
		row := actRow{
			What: s.say("history." + what), AtSize: number(atSize), Block: number(at.Block.Number), Time: s.moment(at.Block.Time),
			Values: values, Tx: at.Tx.String(), Call: harmless(at.Call),
		}
		if !at.From.IsZero() {
			row.From = at.From.Checksum()
		}
		all = append(all, dated{at, row})
	}
	keys := func(k checkpoint.Keys) (values []string) {
		for _, key := range k {
			values = append(values, harmless(key))
		}
		if len(k) == 0 {
			values = []string{s.say("history.nokeys")}
		}
		return values
	}
	if l.Opened != nil {
		// What was set then stands in one row.
		values := []string{harmless(l.Origin)}
		label := func(what, value string) { values = append(values, s.say("history."+what)+" "+value) }
		for _, e := range l.Owners[:min(1, len(l.Owners))] {
			label("owner", e.Account.Checksum())
		}
		for _, e := range l.Operators[:min(1, len(l.Operators))] {
			label("operator", e.Account.Checksum())
		}
		for _, e := range l.Keys[:min(1, len(l.Keys))] {
			for _, k := range keys(e.Keys) {
				label("keys", k)
			}
		}
		add("opened", 0, *l.Opened, values...)
	}
	for _, e := range after(l.Owners) {
		add("owner", e.AtSize, e.At, e.Account.Checksum())
	}
	for _, e := range after(l.Operators) {
		add("operator", e.AtSize, e.At, e.Account.Checksum())
	}
	for _, e := range after(l.Keys) {
		add("keys", e.AtSize, e.At, keys(e.Keys)...)
	}
	for _, e := range l.Offers {
		if e.Account.IsZero() {
			add("takenback", e.AtSize, e.At)
		} else {
			add("offer", e.AtSize, e.At, e.Account.Checksum())
		}
	}
	if l.Closed != nil {
		add("closed", l.Closed.Size, l.Closed.At, l.Closed.Root.String())
	}
	slices.SortStableFunc(all, func(a, b dated) int {
		switch x, y := a.at, b.at; {
		case x.Block.Number != y.Block.Number:
			return compare(x.Block.Number, y.Block.Number)
		default:
			return compare(x.Index, y.Index)
		}
	})
	for i, d := range all {
		if i == actRows {
			v.MoreActs = s.say("history.more", number(uint64(len(all)-i)))
			break
		}
		v.Acts = append(v.Acts, d.row)
	}
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// anchors lists all anchors, or the ends and those that did not pass.
func (s *sheet) anchors(l *Log, v *logSheet) {
	all := l.Anchors
	v.Shown = s.say("anchors.all")
	if len(all) > maxRows {
		v.Shown = s.say("anchors.some", number(uint64(len(all))), number(badRows))
	}
	if l.Base != nil {
		row := s.anchorRow(l.Base)
		row.Note = s.say("anchors.base")
		v.Anchors = append(v.Anchors, row)
	}
	bad, left := 0, uint64(0)
	for i := range all {
		show := len(all) <= maxRows || i < someRows || i >= len(all)-someRows
		if !show && all[i].Result != verify.Pass && bad < badRows {
			bad++
			show = true
		}
		if !show {
			left++
			continue
		}
		if left > 0 {
			v.Anchors = append(v.Anchors, anchorRow{Left: s.say("anchors.left", number(left))})
			left = 0
		}
		v.Anchors = append(v.Anchors, s.anchorRow(&all[i]))
	}
}

func (s *sheet) anchorRow(a *Anchor) anchorRow {
	row := anchorRow{
		Size: number(a.Size), Added: "+" + number(a.Size-min(a.PrevSize, a.Size)), Time: s.moment(a.Time), Block: number(a.Block),
		Root: a.Root.String(), Class: classOf(a.Result), Kind: s.Lang.Result(a.Result),
	}
	for _, c := range a.Codes {
		row.Codes = append(row.Codes, harmless(string(c)))
	}
	return row
}

func (s *sheet) inputs(r *Report, names map[checkpoint.LogID]string) {
	for _, in := range r.Inputs {
		row := inputRow{
			Of: s.say("inputs.registry"), Kind: harmless(in.Kind), Source: harmless(in.Source),
			Items: number(in.Items), Bytes: size(in.Bytes), SHA256: in.SHA256.String(),
		}
		if in.Log != nil {
			row.Of = names[*in.Log]
		}
		if _, ok := catalogue["input."+in.Kind]; ok {
			row.Kind = s.say("input." + in.Kind)
		}
		if in.Source == "chain" {
			row.Source = s.say("inputs.chain")
		}
		s.Inputs = append(s.Inputs, row)
	}
}

// commands are what a reader types to get the report again, and to check its
// signature.
func (s *sheet) commands(r *Report) {
	subject := fmt.Sprintf("eip155:%d:%s", r.Registry.ChainID, r.Registry.Address)
	if r.Subject != nil {
		subject = r.Subject.String()
	}
	// What a log published at the time nobody can ask for again.
	s.Again = s.say("reproduce.live", number(r.Range.To.Number))
	if r.Range.Past {
		s.Again = s.say("reproduce.same")
	}
	s.Command = []string{"akashi audit " + subject, fmt.Sprintf("--rpc URL --to %d", r.Range.To.Number)}
	if r.Range.Partial {
		s.Command[1] += fmt.Sprintf(" --from %d", r.Range.From.Number)
	}
	if gap := r.Range.MaxGapSeconds; gap > 0 {
		s.Command[1] += fmt.Sprintf(" --max-gap %ds", gap)
	}
	if n := r.Range.Confirmations; n > 0 {
		s.Command[1] += fmt.Sprintf(" --confirmations %d", n)
	}
	origins := map[checkpoint.LogID]string{}
	for _, l := range r.Logs {
		origins[l.Ref.Log] = "https://" + l.Origin
	}
	for _, in := range r.Inputs {
		if in.Kind != InputEntries || in.Log == nil || strings.TrimSuffix(in.Source, "/") == origins[*in.Log] {
			continue
		}
		source := in.Source
		if r.Subject == nil {
			source = in.Log.String() + "=" + source
		}
		s.Command = append(s.Command, "--tiles "+quote(harmless(source)))
	}
	s.Command = append(s.Command, "--output report.json")
	key := "KEY"
	if s.Key != "" {
		key = quote(s.Key)
	}
	s.Verify = []string{"akashi audit check report.json report.html", "--auditor " + key}
}

// quote makes one word of a shell's command line of s.
func quote(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("-_./:=@%+,", r))
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
