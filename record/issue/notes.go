package issue

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxNotes bounds the notes of one kind.
const maxNotes = 20

// Notes says what of a table may be a mistake and need not be one: student
// numbers of different lengths, of which a spreadsheet may have taken zeros; a
// learner who stands there twice; characters that may stand for lost ones. They
// name lines and columns, and nothing of a cell. problems is Make's error: what
// it says is not said again.
func (t Template) Notes(table Table, problems error) []string {
	return slices.Concat(t.lengths(table), t.twice(table, repeated(problems)), t.lost(table))
}

// repeated are the lines that are told to make the badge of another.
func repeated(err error) []int {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var lines []int
		for _, e := range many.Unwrap() {
			lines = append(lines, repeated(e)...)
		}
		return lines
	}
	if row, ok := errors.AsType[*RowError](err); ok && row.again {
		return []int{row.Line}
	}
	return nil
}

// identifiers calls do with the identifier of each row that has one.
func (t Template) identifiers(table Table, do func(line int, learner string)) {
	for _, row := range table.Rows {
		v, err := fill(t.Learner.Identifier, "", func(column string) (string, bool) { return table.Cell(row, column) })
		if s, ok := v.(string); ok && err == nil {
			do(row.Line, s)
		}
	}
}

// lengths compares identifiers that are digits, where most are. What is refused
// anyway, such as digits of full width, is left aside.
func (t Template) lengths(table Table) []string {
	lines := map[int][]int{} // by length
	all := 0
	t.identifiers(table, func(line int, learner string) {
		if spoiled(learner) != "" {
			return
		}
		all++
		if strings.Trim(learner, "0123456789") == "" {
			lines[len(learner)] = append(lines[len(learner)], line)
		}
	})
	most, digits := 0, 0
	for n, at := range lines {
		digits += len(at)
		if len(at) > len(lines[most]) || len(at) == len(lines[most]) && n > most {
			most = n
		}
	}
	if len(lines) < 2 || digits < all-all/4 {
		return nil
	}
	var others []int
	for n, at := range lines {
		if n != most {
			others = append(others, at...)
		}
	}
	slices.Sort(others)
	return []string{fmt.Sprintf("column %q: %s not %d digits like the others; did a spreadsheet take zeros at the front?", t.identifierColumn(), listed(others, "has", "have"), most)}
}

// twice finds learners with more than one badge.
func (t Template) twice(table Table, told []int) []string {
	first := map[string]int{}
	var notes []string
	t.identifiers(table, func(line int, learner string) {
		if _, again := slices.BinarySearch(told, line); again {
			return
		}
		before, ok := first[learner]
		if !ok {
			first[learner] = line
			return
		}
		if len(notes) < maxNotes {
			notes = append(notes, fmt.Sprintf("line %d: is the learner of line %d again", line, before))
		}
	})
	return notes
}

// lost finds what programs put for a character that Shift_JIS lacks.
func (t Template) lost(table Table) []string {
	if table.Encoding != ShiftJIS {
		return nil
	}
	var notes []string
	for _, column := range t.Columns {
		var lines []int
		for _, row := range table.Rows {
			if cell, ok := table.Cell(row, column); ok && strings.ContainsAny(cell, "?〓") {
				lines = append(lines, row.Line)
			}
		}
		if len(lines) > 0 {
			notes = append(notes, fmt.Sprintf("column %q: %s ? or 〓, which spreadsheets write for a character that Shift_JIS lacks, such as 𠮷; if so, export the table as CSV UTF-8", column, listed(lines, "has", "have")))
		}
	}
	return notes
}

// listed names lines: "line 3 has", "lines 3, 5 and 8 have".
func listed(lines []int, one, many string) string {
	if len(lines) == 1 {
		return fmt.Sprintf("line %d %s", lines[0], one)
	}
	var b strings.Builder
	b.WriteString("lines ")
	shown := lines[:min(len(lines), maxNotes)]
	for i, line := range shown {
		switch {
		case i > 0 && i == len(shown)-1 && len(shown) == len(lines):
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		fmt.Fprint(&b, line)
	}
	if len(shown) < len(lines) {
		fmt.Fprintf(&b, " and %d more", len(lines)-len(shown))
	}
	return b.String() + " " + many
}
