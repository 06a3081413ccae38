package descriptor

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// WriteText writes a report for people, one descriptor a line and below it
// where it was found and what is wrong with it.
func (r Report) WriteText(w io.Writer) {
	say := func(code string, args map[string]string) string { return Say(r.Lang, code, args) }
	when := say("word.no-date", nil)
	if r.Framework.Effective != "" {
		when = say("word.effective", map[string]string{"date": r.Framework.Effective})
	}
	fmt.Fprintf(w, "%s: %s (%s)\n%s\n", r.Framework.ID, r.Framework.Name, when, r.Framework.Note)
	for _, b := range r.Badges {
		fmt.Fprintf(w, "\n%s\n", heading(r.Lang, b.Title, b.Issuer, b.Path))
		states, terms := 0, 0
		for _, row := range b.Rows {
			states = max(states, width(say("state."+string(row.State), nil)))
			terms = max(terms, width(row.Term))
		}
		for _, row := range b.Rows {
			line := fmt.Sprintf("%2d  %s  %s  %s", row.Number, pad(say("state."+string(row.State), nil), states), pad(row.Term, terms), row.Value)
			fmt.Fprintln(w, strings.TrimRight(line, " "))
			if row.State == Missing {
				fmt.Fprintf(w, "      %s\n", say("word.home", map[string]string{"need": say("need."+string(row.Need), nil), "path": row.Home}))
			}
			for i, p := range row.Places {
				if i == 3 {
					fmt.Fprintf(w, "      … (%d)\n", len(row.Places))
					break
				}
				fmt.Fprintf(w, "      %s: %s\n", say("source."+string(p.Source), nil), p.Path)
			}
			for _, p := range row.Problems {
				fmt.Fprintf(w, "      ! %s\n", p.Text)
			}
			if page := row.Page; page != nil && page.SHA256 != "" {
				fmt.Fprintf(w, "      %s\n", say("word.recorded", map[string]string{"sha256": page.SHA256, "at": page.RetrievedAt}))
			}
			if row.Seen != nil {
				fmt.Fprintf(w, "      %s\n", say("word.seen", map[string]string{"sha256": row.Seen.SHA256, "at": row.Seen.RetrievedAt}))
			}
		}
		args := map[string]string{"present": strconv.Itoa(b.Counts.Present), "weak": strconv.Itoa(b.Counts.Weak), "missing": strconv.Itoa(b.Counts.Missing)}
		code := "summary.unknown"
		if m := b.Counts.MandatoryMissing; m != nil {
			code, args["mandatory"] = "summary.known", strconv.Itoa(*m)
		}
		fmt.Fprintln(w, say(code, args))
		for _, log := range b.Logs {
			fmt.Fprintln(w, log.Text)
		}
	}
}

// WriteText writes a cross-walk as a table, one descriptor a line.
func (k Walk) WriteText(w io.Writer) {
	say := func(code string) string { return Say(k.Lang, code, nil) }
	for _, b := range k.Badges {
		fmt.Fprintf(w, "%s\n\n", heading(k.Lang, b.Title, b.Issuer, b.Path))
		head := []string{"", say("crosswalk.found")}
		for _, f := range k.Frameworks {
			head = append(head, f.ID)
		}
		table := [][]string{head}
		for _, row := range b.Rows {
			found := say("state." + string(row.State))
			if row.Source != "" {
				found += " (" + say("source."+string(row.Source)) + ")"
			}
			cells := []string{strconv.Itoa(row.Number), found}
			for _, c := range row.Frameworks {
				if c == nil {
					cells = append(cells, "— "+say("word.none-here"))
				} else {
					cells = append(cells, c.Term)
				}
			}
			table = append(table, cells)
		}
		writeTable(w, table)
		fmt.Fprintln(w)
	}
	for _, f := range k.Frameworks {
		fmt.Fprintf(w, "%s: %s. %s\n", f.ID, f.Name, f.Note)
	}
	fmt.Fprintln(w, k.Note)
}

func heading(l Lang, title, issuer, path string) string {
	if title == "" {
		title = Say(l, "word.untitled", nil)
	}
	text := title
	if issuer != "" {
		text = Say(l, "crosswalk.title", map[string]string{"title": title, "issuer": issuer})
	}
	if path != "" {
		text += " [" + path + "]"
	}
	return text
}

func writeTable(w io.Writer, table [][]string) {
	widths := make([]int, len(table[0]))
	for _, row := range table {
		for i, cell := range row {
			widths[i] = max(widths[i], width(cell))
		}
	}
	for _, row := range table {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(pad(cell, widths[i]) + "  ")
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// width is how many columns a text takes in a terminal: East Asian characters
// take two (Unicode Standard Annex 11).
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || 0x3000 <= r && r <= 0x30ff || 0xff01 <= r && r <= 0xff60 {
			n++
		}
	}
	return n
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-width(s))) }
