package descriptor

import (
	"errors"
	"slices"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/lognames"
)

// Options of Lint and Crosswalk.
type Options struct {
	Lang Lang // of the sentences; En when empty
	// Pages are pages of quality assurance as somebody saw them, to be held
	// beside what a badge records of them. Nothing is fetched here.
	Pages []Page
}

func (o Options) lang() Lang {
	if o.Lang == "" {
		return En
	}
	return o.Lang
}

// A Report says what a record has of a framework's descriptors. It is the same
// whenever the record is.
type Report struct {
	Framework About         `json:"framework"`
	Lang      Lang          `json:"lang"`
	Badges    []BadgeReport `json:"badges"`
}

// About is what a report says of a framework.
type About struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Effective string `json:"effective,omitempty"`
	Source    string `json:"source"`
	Note      string `json:"note"`
}

// A BadgeReport is about one achievement.
type BadgeReport struct {
	Standard string      `json:"standard"`
	Path     string      `json:"path,omitempty"` // within the record, when it holds several
	Title    string      `json:"title,omitempty"`
	Issuer   string      `json:"issuer,omitempty"`
	Rows     []RowReport `json:"descriptors"`
	Counts   Counts      `json:"counts"`
	Logs     []NamedLog  `json:"logs,omitempty"` // that the credential names as its issuer's
}

// A NamedLog is a log that a credential names as its issuer's, or why what it
// names counts for nothing (docs/formats/trust.md). That it counts takes the
// issuer's signature as well, which is not looked at here.
type NamedLog struct {
	Log  string `json:"log,omitempty"` // "eip155:CHAIN:0xREGISTRY:0xLOGID"; empty when it counts for nothing
	Text string `json:"text"`
}

// namedLogs reads the logs that the credential names.
func (b Badge) namedLogs(l Lang) []NamedLog {
	doc, _ := b.assertion.value.(map[string]any)
	logs, err := lognames.Find(doc)
	switch {
	case errors.Is(err, lognames.ErrContext):
		return []NamedLog{{Text: Say(l, "word.log-context", nil)}}
	case err != nil:
		return []NamedLog{{Text: Say(l, "word.log-form", nil)}}
	}
	var all []NamedLog
	for _, log := range logs {
		all = append(all, NamedLog{log, Say(l, "word.log", map[string]string{"log": log})})
	}
	return all
}

// A RowReport is about one descriptor.
type RowReport struct {
	Number   int       `json:"number"` // from 1, as the Japanese framework counts
	Key      Key       `json:"key"`
	Term     string    `json:"term"`
	Need     Need      `json:"need"`
	State    State     `json:"state"`
	Value    string    `json:"value,omitempty"`
	Home     string    `json:"home,omitempty"` // where to put it, of a descriptor that is missing
	Places   []Place   `json:"places,omitempty"`
	Problems []Problem `json:"problems,omitempty"`
	Page     *Page     `json:"page,omitempty"` // of quality assurance, as the badge records it
	Seen     *Page     `json:"seen,omitempty"` // the same page, as the caller saw it
}

// Counts count descriptors by state.
type Counts struct {
	Present int `json:"present"`
	Weak    int `json:"weak"`
	Missing int `json:"missing"`
	// MandatoryMissing is nil where the framework's needs are not known.
	MandatoryMissing *int `json:"mandatoryMissing"`
}

// Complete reports whether no badge lacks a descriptor that is known to be
// mandatory.
func (r Report) Complete() bool {
	return !slices.ContainsFunc(r.Badges, func(b BadgeReport) bool {
		return b.Counts.MandatoryMissing != nil && *b.Counts.MandatoryMissing > 0
	})
}

// Lint says what each badge of a record has of a framework's descriptors. Its
// errors are ErrNoBadge and those of a token that cannot be read.
func Lint(r record.Record, f Framework, o Options) (Report, error) {
	badges, err := Parse(r)
	if err != nil {
		return Report{}, err
	}
	l := o.lang()
	out := Report{About{f.ID, f.Name.In(l), f.Effective, f.Source, f.Note.In(l)}, l, nil}
	for _, b := range badges {
		out.Badges = append(out.Badges, lintOne(b, f, o))
	}
	return out, nil
}

func lintOne(b Badge, f Framework, o Options) BadgeReport {
	l := o.lang()
	out := BadgeReport{Standard: b.Standard, Path: b.Path, Title: b.Name(), Issuer: b.Issuer(), Logs: b.namedLogs(l)}
	known, mandatory := true, 0
	for i, k := range Keys {
		row, ok := f.Row(k)
		if !ok {
			continue
		}
		found := b.find(k, l)
		report := RowReport{
			Number: i + 1, Key: k, Term: row.Term.In(l), Need: row.Need,
			State: found.State, Value: found.Value, Places: found.Places, Problems: found.Problems, Page: found.Page,
		}
		if jp, _ := Frameworks()[0].Row(k); l == Ja && jp.Term != row.Term {
			report.Term = jp.Term.Japanese + "（" + row.Term.Japanese + "）" // the source has no Japanese name
		}
		report.look(o.Pages)
		for j, p := range report.Problems {
			report.Problems[j].Text = Say(l, string(p.Code), p.Args)
		}
		known = known && row.Need != Unspecified
		switch report.State {
		case Present:
			out.Counts.Present++
		case Weak:
			out.Counts.Weak++
		case Missing:
			out.Counts.Missing++
			report.Home = b.home(k)
			if row.Need == Mandatory {
				mandatory++
			}
		}
		out.Rows = append(out.Rows, report)
	}
	if known {
		out.Counts.MandatoryMissing = &mandatory
	}
	return out
}

// look holds the page that the badge records beside the one that was seen.
func (r *RowReport) look(pages []Page) {
	if r.Page == nil {
		return
	}
	i := slices.IndexFunc(pages, func(p Page) bool { return p.URI == r.Page.URI })
	if i < 0 {
		return
	}
	r.Seen = &pages[i]
	if r.Page.SHA256 != "" && r.Page.SHA256 != r.Seen.SHA256 {
		r.Problems = append(r.Problems, Problem{Code: PageChanged})
		r.State = Weak
	}
}
