package issue

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/akashi-project/akashi/record/proof"
)

// instants are the places of a badge that hold an instant with its time zone:
// dateTimeStamp of the Verifiable Credentials Data Model 2.0 (section 4.9),
// DateTimeZ of Open Badges 3.0, DateTime of Open Badges 2.0.
var instants = []string{
	"/badge/validFrom", "/badge/validUntil", "/badge/awardedDate",
	"/badge/credentialSubject/activityStartDate", "/badge/credentialSubject/activityEndDate",
	"/badge/issuedOn", "/badge/expires",
}

func isInstant(path string) bool { return slices.Contains(instants, path) }

// slashed is a date as spreadsheets of Japan and China show it, 2025/3/20. It
// begins with the year, so it cannot be read in two ways, as 3/4/2025 can.
var slashed = regexp.MustCompile(`^([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})$`)

// dashed writes a date with slashes as 2025-03-20, and leaves all else.
func dashed(cell string) string {
	if d, err := time.Parse("2006/1/2", cell); err == nil && slashed.MatchString(cell) {
		return d.Format(time.DateOnly)
	}
	return cell
}

var (
	// dayFirst is a date that ends with the year or has two digits of it: which
	// number is the day nobody can tell.
	dayFirst = regexp.MustCompile(`^[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}\b`)
	serial   = regexp.MustCompile(`^[0-9]{5}(\.[0-9]+)?$`)
	yearly   = regexp.MustCompile(`^[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}$`)
)

// firstHole is the column of the first placeholder.
func firstHole(pieces []piece) string {
	for _, p := range pieces {
		if p.hole != nil {
			return p.hole.column
		}
	}
	return ""
}

// wrongInstant says what is wrong with the cells of which pieces make no instant.
func wrongInstant(pieces []piece, cells []string) string {
	var cell, before, after string
	holes := 0
	for _, p := range pieces {
		switch {
		case p.hole != nil:
			holes++
		case holes == 0:
			before = p.literal
		default:
			after = p.literal
		}
	}
	if holes == 1 && len(cells) == 1 {
		cell = cells[0]
	}
	want, kind := "2025-03-20T09:00:00+09:00", "a date with time and time zone"
	alone := before == "" && strings.HasPrefix(after, "T")
	if alone {
		want, kind = "2025-03-20", "a date"
	}
	_, err := proof.ParseInstant(cell)
	_, day := time.Parse(time.DateOnly, dashed(cell))
	switch {
	case holes > 1 || before != "" || after != "" && !alone:
		return "makes, with what the template has around it, no date with time and time zone as " + want + " is"
	case alone && err == nil:
		return "has a time, and the template adds one; write the date alone, as " + want
	case day == nil && !alone:
		return "is a date without time and time zone; write " + want + ", or put a time such as T00:00:00+09:00 after the column in the template"
	case day == nil:
		return fmt.Sprintf("is a date, and %s, which the template has after it, is no time with a time zone such as T00:00:00+09:00", after)
	case yearly.MatchString(cell):
		return "is no day of the calendar; write it as " + want
	case dayFirst.MatchString(cell):
		return "is a date in which day, month and year can be mistaken for each other; write the year first, as " + want
	case serial.MatchString(cell):
		return "is a day as a spreadsheet counts it; format the column as a date or as text, and write " + want
	case strings.Contains(cell, "年"):
		return "is a date in words; write it in digits, as " + want
	}
	return "is not " + kind + " as " + want + " is"
}

// dateColumn is the column that a check of dates is about; "" when the template
// has the date itself.
func (t Template) dateColumn(members ...string) string {
	for _, name := range members {
		if names, err := columnsOf(t.badge[name], "", nil); err == nil && len(names) > 0 {
			return names[0]
		}
	}
	return ""
}
