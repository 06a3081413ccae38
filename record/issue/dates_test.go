package issue

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// dated is the template with dates of a column, twice, and what is after it.
func dated(after string) string {
	return strings.NewReplacer(`"{{awarded}}"`, fmt.Sprintf(`"{{awarded}}%s", "awardedDate": "{{awarded}}%s"`, after, after),
		`"{{until?}}"`, fmt.Sprintf(`"{{until?}}%s"`, after)).Replace(accepting(seismology))
}

// TestDates holds that a day is taken as a spreadsheet shows it when it can be
// read in one way, and that any other is a problem of its cell: once, whatever
// number of dates is made of it, with its column and how to write it.
func TestDates(t *testing.T) {
	const midnight = "T00:00:00+09:00"
	for _, c := range []struct {
		cell, after string
		want        string // validFrom of the badge, or what is said of the cell
	}{
		{"2025-03-20", midnight, "2025-03-20T00:00:00+09:00"},
		{"2025/03/20", midnight, "2025-03-20T00:00:00+09:00"},
		{" 2025/3/5 ", midnight, "2025-03-05T00:00:00+09:00"},
		{"2024/2/29", midnight, "2024-02-29T00:00:00+09:00"},
		{"2025-03-20T09:00:00+09:00", "", "2025-03-20T09:00:00+09:00"},
		{"2025/02/29", midnight, "is no day of the calendar; write it as 2025-03-20"},
		{"2025-02-30", midnight, "is no day of the calendar"},
		{"2025/13/01", midnight, "is no day of the calendar"},
		{"20/03/2025", midnight, "can be mistaken for each other; write the year first, as 2025-03-20"},
		{"3/4/2025", midnight, "can be mistaken"},
		{"03-04-25", midnight, "can be mistaken"},
		{"20.3.2025", midnight, "can be mistaken"},
		{"25/3/4", midnight, "can be mistaken"},
		{"2025年3月20日", midnight, "is a date in words; write it in digits, as 2025-03-20"},
		{"令和7年3月20日", midnight, "is a date in words"},
		{"R7.3.20", midnight, "is not a date as 2025-03-20 is"},
		{"45736", midnight, "is a day as a spreadsheet counts it"},
		{"２０２５/03/20", midnight, "is not a date as 2025-03-20 is"},
		{"2025/3/20 9:00", midnight, "is not a date as 2025-03-20 is"},
		{"2025-03-20T09:00:00+09:00", midnight, "has a time, and the template adds one; write the date alone, as 2025-03-20"},
		{"2025-03-20", "", "is a date without time and time zone; write 2025-03-20T09:00:00+09:00, or put a time such as T00:00:00+09:00 after the column in the template"},
		{"2025/03/20", "", "is a date without time and time zone"},
		{"2025/03/20 09:00", "", "is not a date with time and time zone as 2025-03-20T09:00:00+09:00 is"},
		{"2025-03-20T09:00:00", "", "is not a date with time and time zone"},
		{"2025-03-20", "T00:00:00", "T00:00:00, which the template has after it, is no time with a time zone"},
		{"2025-03-20", " 00:00", "makes, with what the template has around it, no date"},
	} {
		tpl := template(t, dated(c.after))
		rows := fmt.Sprintf("student number,awarded,until,given name,family name,remark,grade,credits\n0012345,%s,,花子,髙橋,,,1.5\n", c.cell)
		badges, err := tpl.Make(table(t, rows), Secret{})
		if err == nil {
			if !strings.Contains(string(badges[0].JSON), fmt.Sprintf(`"validFrom":"%s"`, c.want)) || strings.Contains(string(badges[0].JSON), "validUntil") {
				t.Errorf("%q%s: %s", c.cell, c.after, badges[0].JSON)
			}
			continue
		}
		row, ok := errors.AsType[*RowError](err)
		if !ok || row.Line != 2 || row.Column != "awarded" || strings.Count(err.Error(), "\n") > 0 ||
			!strings.Contains(err.Error(), c.want) || !strings.HasSuffix(err.Error(), "; /badge/awardedDate and /badge/validFrom of the template need it") {
			t.Errorf("%q%s: %v, want %q", c.cell, c.after, err, c.want)
		}
	}
	// No other text is a date.
	rows := "student number,awarded,until,given name,family name,remark,grade,credits\n0012345,2025/3/20,,2025/3/20,髙橋,,,1.5\n"
	badges, err := template(t, dated(midnight)).Make(table(t, rows), Secret{})
	if err != nil || !strings.Contains(string(badges[0].JSON), `"narrative":"2025/3/20 `) {
		t.Errorf("a name: %v", err)
	}
	// What is wrong with every cell of a column is told once.
	rows = "student number,awarded,until,given name,family name,remark,grade,credits\n1,3/4/2025,,A,,,,\n2,3/4/2025,,B,,,,\n3,5/4/2025,,C,,,,\n"
	_, err = template(t, dated(midnight)).Make(table(t, rows), Secret{})
	if !strings.HasPrefix(fmt.Sprint(err), `every row, column "awarded": is a date in which day, month`) || strings.Count(err.Error(), "\n") > 0 {
		t.Errorf("every row: %v", err)
	}
}

// TestYears holds that a date which verifiers would refute is told with its
// column, and that a year too far ahead is taken for a slip.
func TestYears(t *testing.T) {
	const head = "student number,awarded,until,given name,family name,remark,grade,credits\n"
	whole := "0012345,2026-05-01,,A,,,,\n"
	for _, c := range []struct{ rows, want, not string }{
		{whole + "0012346,2052-05-01,,B,,,,\n", `line 3, column "awarded": verifiers would refute it (validity.from): It does not count before 2052-04-30 15:00:00 UTC. Is the year right?`, "accept"},
		{whole + "0012346,2026-06-01,,B,,,,\n", `line 3, column "awarded": verifiers would refute it (validity.from)`, "Is the year right?"},
		{whole + "0012346,2026-05-01,2025-05-01,B,,,,\n", `line 3, column "until": verifiers would refute it (validity.order)`, ""},
		{whole + "0012346,2020-05-01,2025-05-01,B,,,,\n", `line 3, column "until": verifiers would refute it (validity.until)`, ""},
		{"0012345,2052-05-01,,A,,,,\n0012346,2052-05-01,,B,,,,\n", `every badge, column "awarded": verifiers would refute it (validity.from)`, "accept"},
	} {
		got, _ := rehearse(t, dated("T00:00:00+09:00"), head+c.rows, Rehearsal{Now: time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)})
		i := slices.IndexFunc(got, func(s string) bool { return strings.HasPrefix(s, c.want) })
		if i < 0 || c.not != "" && strings.Contains(got[i], c.not) {
			t.Errorf("%s: %q", c.rows, got)
		}
	}
}
