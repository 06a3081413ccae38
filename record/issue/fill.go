package issue

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/akashi-project/akashi/record/proof"
)

// A placeholder in a template is {{column}}, {{column?}} or {{column:number}}.
//
//   - {{column}} stands for the cell's text, spaces at its ends taken off. An
//     empty cell is a problem of that row. Where the badge has an instant, a day
//     may be 2025/3/20 for 2025-03-20.
//   - {{column?}} may be empty: a member that holds nothing else, and an instant,
//     is then left out, and elsewhere it stands for nothing.
//   - {{column:number}} makes the whole value a JSON number, and the cell has to
//     be one; {{column:number?}} may be empty.
type placeholder struct {
	column   string
	optional bool
	number   bool
}

const (
	opening = "{{"
	closing = "}}"
)

// errOmit says that a value is left out of its object or array.
var errOmit = errors.New("left out")

// A piece of a text is a literal or a placeholder.
type piece struct {
	literal string
	hole    *placeholder
}

// split takes a string of a template apart.
func split(s string) ([]piece, error) {
	var pieces []piece
	for {
		before, rest, found := strings.Cut(s, opening)
		if strings.Contains(before, closing) {
			return nil, fmt.Errorf("%s without %s before it", closing, opening)
		}
		if before != "" {
			pieces = append(pieces, piece{literal: before})
		}
		if !found {
			return pieces, nil
		}
		inside, after, found := strings.Cut(rest, closing)
		if !found || strings.Contains(inside, opening) {
			return nil, fmt.Errorf("%s without %s after it", opening, closing)
		}
		hole := &placeholder{}
		name := strings.TrimSpace(inside)
		name, hole.optional = strings.CutSuffix(name, "?")
		name, hole.number = strings.CutSuffix(name, ":number")
		if hole.column = columnName(name); hole.column == "" {
			return nil, fmt.Errorf("%s%s%s names no column", opening, inside, closing)
		}
		pieces = append(pieces, piece{hole: hole})
		s = after
	}
}

// A cellReader gives the cell of a column.
type cellReader func(column string) (string, bool)

// fill returns the value of a template with a row's cells in it. path is where
// the value stands, for errors, as a JSON Pointer (RFC 6901).
func fill(v any, path string, cell cellReader) (any, error) {
	switch v := v.(type) {
	case string:
		return fillText(v, path, cell)
	case map[string]any:
		out := make(map[string]any, len(v))
		var problems []error
		for _, name := range sortedKeys(v) {
			child, err := fill(v[name], path+"/"+escapePointer(name), cell)
			switch {
			case errors.Is(err, errOmit):
			case err != nil:
				problems = append(problems, err)
			default:
				out[name] = child
			}
		}
		// An object that is left with its type, since what it was there for is
		// left out, says nothing.
		_, typed := out["type"]
		if len(out) < len(v) && (len(out) == 0 || len(out) == 1 && typed) && len(problems) == 0 {
			return nil, errOmit
		}
		return out, errors.Join(problems...)
	case []any:
		out := make([]any, 0, len(v))
		var problems []error
		for i, item := range v {
			child, err := fill(item, fmt.Sprintf("%s/%d", path, i), cell)
			switch {
			case errors.Is(err, errOmit):
			case err != nil:
				problems = append(problems, err)
			default:
				out = append(out, child)
			}
		}
		if len(out) == 0 && len(v) > 0 && len(problems) == 0 {
			return nil, errOmit
		}
		return out, errors.Join(problems...)
	}
	return v, nil
}

// A cellProblem is what is wrong with a cell for its place in the template.
type cellProblem struct {
	column string
	path   string
	text   string
}

func (e *cellProblem) Error() string {
	return fmt.Sprintf("column %q: %s (for %s of the template)", e.column, e.text, e.path)
}

func fillText(s, path string, cell cellReader) (any, error) {
	pieces, err := split(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var text strings.Builder
	omitted, holes := 0, 0
	var cells []string // of the holes
	dates := isInstant(path)
	for _, p := range pieces {
		if p.hole == nil {
			text.WriteString(p.literal)
			continue
		}
		holes++
		value, ok := cell(p.hole.column)
		if !ok {
			return nil, &cellProblem{p.hole.column, path, "there is no such column"}
		}
		value = strings.TrimSpace(value)
		if value == "" {
			if !p.hole.optional {
				return nil, &cellProblem{p.hole.column, path, "is empty"}
			}
			omitted++
			continue
		}
		if isSheetError(value) {
			return nil, &cellProblem{p.hole.column, path, "holds an error of the spreadsheet, such as #N/A, and no value; mend the formula there"}
		}
		if strings.HasPrefix(value, "=") {
			return nil, &cellProblem{p.hole.column, path, "begins with =, as a formula does; export the table with the values that formulas give"}
		}
		if p.hole.number {
			if len(pieces) > 1 {
				return nil, &cellProblem{p.hole.column, path, "a number has to be the whole value"}
			}
			return number(p.hole.column, path, value)
		}
		cells = append(cells, value)
		if dates {
			value = dashed(value)
		}
		text.WriteString(value)
	}
	if holes > 0 && omitted == holes && (dates || strings.TrimSpace(text.String()) == "") {
		return nil, errOmit
	}
	if dates && holes > 0 {
		if _, err := proof.ParseInstant(text.String()); err != nil {
			return nil, &cellProblem{firstHole(pieces), path, wrongInstant(pieces, cells)}
		}
	}
	return text.String(), nil
}

// number reads a cell as a JSON number (RFC 8259, section 6), which 007 and
// 1,000 are not.
func number(column, path, value string) (any, error) {
	if !json.Valid([]byte(value)) || !strings.ContainsRune("-0123456789", rune(value[0])) {
		return nil, &cellProblem{column, path, "is not a number as 2 or 1.5 is, in half-width digits, without commas, units or zeros before it"}
	}
	return json.Number(value), nil
}

// sheetErrors are what spreadsheets write for a value that they could not work
// out.
var sheetErrors = []string{"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}

func isSheetError(value string) bool {
	return slices.Contains(sheetErrors, value) || strings.Trim(value, "#") == "" && len(value) > 2
}

// columnsOf adds to names the columns that a value of a template asks for.
func columnsOf(v any, path string, names []string) ([]string, error) {
	var err error
	switch v := v.(type) {
	case string:
		pieces, serr := split(v)
		if serr != nil {
			return names, fmt.Errorf("%s: %w", path, serr)
		}
		for _, p := range pieces {
			if p.hole != nil && !slices.Contains(names, p.hole.column) {
				names = append(names, p.hole.column)
			}
		}
	case map[string]any:
		for _, name := range sortedKeys(v) {
			if strings.Contains(name, opening) {
				return names, fmt.Errorf("%s: the name of a member cannot be filled in", path)
			}
			if names, err = columnsOf(v[name], path+"/"+escapePointer(name), names); err != nil {
				return names, err
			}
		}
	case []any:
		for i, item := range v {
			if names, err = columnsOf(item, fmt.Sprintf("%s/%d", path, i), names); err != nil {
				return names, err
			}
		}
	}
	return names, nil
}

func sortedKeys(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// escapePointer writes a member's name as a reference token (RFC 6901,
// section 3).
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
