package stack

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
)

//go:embed page.html
var pageHTML string

var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"numbers": numbers,
	}).Parse(pageHTML))
})

// pageData is a dossier and its language, for the template.
type pageData struct {
	Dossier
}

// Say words a code in the dossier's language.
func (p pageData) Say(code string) string { return Say(p.Lang, code, nil) }

// Genuine is the result of the check of whether a badge is genuine.
func (p pageData) Genuine(number int) Result {
	for _, row := range p.Checks {
		if row.Code == BadgeGenuine && row.Badge == number {
			return row.Result
		}
	}
	return Unknown
}

// Number counts from 1.
func (p pageData) Number(i int) int { return i + 1 }

// HTML writes a dossier as one page to print and file. It needs no script and
// nothing else than itself, and what badges say is text in it, never markup.
func (d Dossier) HTML(w io.Writer) error { return page().Execute(w, pageData{d}) }

// WriteText writes a dossier for a terminal: the result, then each check.
func (d Dossier) WriteText(w io.Writer) {
	say := func(code string) string { return Say(d.Lang, code, nil) }
	fmt.Fprintf(w, "%s (%s): %s\n", d.Programme.Name, say("model."+string(d.Programme.Model)), strings.ToUpper(say("verdict."+string(d.Verdict))))
	line := fmt.Sprintf("%s: %s", say("page.hours"), d.Totals.Hours)
	if d.Totals.RequiredHours != "" {
		line += fmt.Sprintf(" (%s %s)", say("page.required"), d.Totals.RequiredHours)
	}
	line += fmt.Sprintf("; %s: %s", say("page.credits"), strings.TrimSpace(d.Totals.Credits+" "+d.Totals.CreditScheme))
	if d.Totals.RequiredCredits != "" {
		line += fmt.Sprintf(" (%s %s)", say("page.required"), d.Totals.RequiredCredits)
	}
	fmt.Fprintln(w, line)
	for i, b := range d.Badges {
		counts := say("text.not")
		if b.Counts {
			counts = say("text.counts")
		}
		title := b.Title
		if title == "" {
			title = b.File
		}
		fmt.Fprintf(w, "%2d  %s: %s\n", i+1, title, counts)
		d.rows(w, i+1)
	}
	d.rows(w, 0)
}

// rows writes the checks about one badge, or about none.
func (d Dossier) rows(w io.Writer, badge int) {
	for _, row := range d.Checks {
		if row.Badge == badge {
			fmt.Fprintf(w, "      %-8s %-17s %s\n", row.Result, row.Code, row.Text)
		}
	}
}
