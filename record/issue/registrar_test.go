package issue

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestReadTableSpreadsheets holds that tables are read as spreadsheets in
// several countries write them, and that a name comes out as it went in.
func TestReadTableSpreadsheets(t *testing.T) {
	for _, c := range []struct {
		name string
		in   string
		want [][]string // the header first
	}{
		{"a byte order mark, Windows lines, empty lines at the end", "\ufeffid,name\r\n01,Ann\r\n\r\n,\r\n\r\n", [][]string{{"id", "name"}, {"01", "Ann"}}},
		{"semicolons", "id;name\n01;\"Smith; Ann\"\n02;Li, Bo\n", [][]string{{"id", "name"}, {"01", "Smith; Ann"}, {"02", "Li, Bo"}}},
		{"the line sep=;", "sep=;\r\nid;name\r\n01;Ann\r\n", [][]string{{"id", "name"}, {"01", "Ann"}}},
		{"tabs", "id\tname\n01\tAnn\n", [][]string{{"id", "name"}, {"01", "Ann"}}},
		{"a comma in a quoted header", "\"id;no\",name\n01,Ann\n", [][]string{{"id;no", "name"}, {"01", "Ann"}}},
		{"lines of old Macs", "id,name\r01,Ann\r02,Bo\r", [][]string{{"id", "name"}, {"01", "Ann"}, {"02", "Bo"}}},
		{"empty columns at the end", "id,name,,\n01,Ann,,\n02,Bo\n", [][]string{{"id", "name"}, {"01", "Ann"}, {"02", "Bo"}}},
		{"a header with spaces and a line break", " student  number ,\"学籍\n番号\",　氏名　\n1,2,3\n", [][]string{{"student number", "学籍 番号", "氏名"}, {"1", "2", "3"}}},
		{"a header of a Mac, in parts", "か\u3099く\n1\n", [][]string{{"がく"}, {"1"}}},
		{"a line break in a cell", "id,name\n01,\"A\nB\"\n02,C\n", [][]string{{"id", "name"}, {"01", "A\nB"}, {"02", "C"}}},
		{"quotation marks", "id,name\n01,\"the \"\"Ann\"\"\"\n", [][]string{{"id", "name"}, {"01", `the "Ann"`}}},
		{"zeros at the front", "id,name\n0000012,007\n", [][]string{{"id", "name"}, {"0000012", "007"}}},
		{"four bytes in UTF-8", "id,name\n1,𠮷野家\n", [][]string{{"id", "name"}, {"1", "𠮷野家"}}},
		{"a variant of a character", "id,name\n1,葛\U000E0100城\n", [][]string{{"id", "name"}, {"1", "葛\U000E0100城"}}},
		{"combining marks", "id,name\n1,か\u3099 Nguye\u0302\u0303n\n", [][]string{{"id", "name"}, {"1", "か\u3099 Nguye\u0302\u0303n"}}},
		{"a yen sign, an overline, a wave dash, half-width kana", "id,name\n1,¥ ‾ 〜～ ｶﾞ\n", [][]string{{"id", "name"}, {"1", "¥ ‾ 〜～ ｶﾞ"}}},
		// Code page 932, byte for byte.
		{"髙 as IBM has it", "id,name\n1,\xfb\xfc\n", [][]string{{"id", "name"}, {"1", "髙"}}},
		{"髙 as NEC has it", "id,name\n1,\xee\xe0\n", [][]string{{"id", "name"}, {"1", "髙"}}},
		{"﨑 as IBM and NEC have it", "id,name\n1,\xfa\xb1\xed\x95\n", [][]string{{"id", "name"}, {"1", "﨑﨑"}}},
		{"①Ⅳ㈱ of NEC", "id,name\n1,\x87\x40\x87\x57\x87\x8a\n", [][]string{{"id", "name"}, {"1", "①Ⅳ㈱"}}},
		{"a second byte that is a backslash", "id,name\n1,\x83\x5c\x95\x5c\x94\x5c\n", [][]string{{"id", "name"}, {"1", "ソ表能"}}},
		{"a lone backslash, which shows as a yen sign", "id,name\n1,\x5c500 \x82\xa0\n", [][]string{{"id", "name"}, {"1", `\500 あ`}}},
		{"the wave dash as Windows has it", "id,name\n1,\x81\x60\x82\xa0\n", [][]string{{"id", "name"}, {"1", "～あ"}}},
		{"half-width kana", "id,name\n1,\xb6\xde\xc5\n", [][]string{{"id", "name"}, {"1", "ｶﾞﾅ"}}},
		{"full-width digits", "id,name\n1,\x82\x4f\x82\x50\n", [][]string{{"id", "name"}, {"1", "０１"}}},
	} {
		table, err := ReadTable([]byte(c.in), "")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := [][]string{table.Columns}
		for _, row := range table.Rows {
			got = append(got, row.Cells)
		}
		if !slices.EqualFunc(got, c.want, slices.Equal) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestReadTableLines holds that a row is named by the line of the file at which
// it begins, whatever stands before it.
func TestReadTableLines(t *testing.T) {
	table, err := ReadTable([]byte("sep=;\nid;name\n1;\"a\nb\nc\"\n\n2;d\n"), "")
	if err != nil || len(table.Rows) != 2 || table.Rows[0].Line != 3 || table.Rows[1].Line != 7 {
		t.Errorf("%+v, %v", table.Rows, err)
	}
}

func TestReadTableRows(t *testing.T) {
	rows := func(n int) []byte {
		return append([]byte("id\n"), bytes.Repeat([]byte("0000001\n"), n)...)
	}
	if table, err := ReadTable(rows(MaxRows), ""); err != nil || len(table.Rows) != MaxRows {
		t.Errorf("%d rows, %v", len(table.Rows), err)
	}
	if _, err := ReadTable(rows(MaxRows+1), ""); err == nil || !strings.Contains(err.Error(), "more than 100000 rows; issue them in several runs") {
		t.Errorf("one more: %v", err)
	}
	if _, err := ReadTable(make([]byte, MaxTable+1), ""); err == nil || !strings.Contains(err.Error(), "more than 64 MiB") {
		t.Errorf("a file too large: %v", err)
	}
}

// TestMakeSpoiled holds that a number which nobody could compare is refused, and
// so is what a spreadsheet could not work out.
func TestMakeSpoiled(t *testing.T) {
	const head = "student number,awarded,until,given name,family name,remark,grade,credits\n"
	for _, c := range []struct{ row, want string }{
		{"００１２３４５,2026-05-01T00:00:00Z,,Ann,,,,", `line 2, column "student number": has full-width, half-width or otherwise unusual forms`},
		{"ｱ123,2026-05-01T00:00:00Z,,Ann,,,,", `column "student number": has full-width, half-width`},
		{"か\u30991,2026-05-01T00:00:00Z,,Ann,,,,", `column "student number": has full-width, half-width or otherwise unusual forms`},
		{"00\u200b12,2026-05-01T00:00:00Z,,Ann,,,,", `column "student number": has a character that cannot be seen`},
		{"1.2E+10,2026-05-01T00:00:00Z,,Ann,,,,", `column "student number": looks like a number that a spreadsheet shortened`},
		{"#N/A,2026-05-01T00:00:00Z,,Ann,,,,", `column "student number": holds an error of the spreadsheet`},
		{"\"=\"\"0012345\"\"\",2026-05-01T00:00:00Z,,Ann,,,,", `line 2, column "student number": begins with =, as a formula does`},
		{"1,2026-05-01T00:00:00Z,,=PHONETIC(B2),,,,", `line 2, column "given name": begins with =, as a formula does`},
		{"1,2026-05-01T00:00:00Z,,#REF!,,,,", `column "given name": holds an error of the spreadsheet`},
		{"1,########,,Ann,,,,", `column "awarded": holds an error of the spreadsheet`},
		{"1,2026-05-01T00:00:00Z,,Ann,,,,１．５", `column "credits": is not a number as 2 or 1.5 is, in half-width digits`},
		{"1,2026-05-01T00:00:00Z,,Ann,,,,\"1,5\"", `column "credits": is not a number`},
	} {
		_, err := template(t, seismology).Make(table(t, head+c.row+"\n"), Secret{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.row, err)
		}
	}
	// Names are text and stay.
	badges, err := template(t, seismology).Make(table(t, head+"0012,2026-05-01T00:00:00Z,,か\u3099ｶﾞ１,𠮷,#1,,\n"), Secret{})
	if err != nil || !bytes.Contains(badges[0].JSON, []byte("か\u3099ｶﾞ１ 𠮷: #1")) {
		t.Errorf("a name is changed: %v", err)
	}
}

// TestTemplateColumns holds that a template finds a column that the table spells
// in another way of the same name.
func TestTemplateColumns(t *testing.T) {
	tpl := template(t, strings.ReplaceAll(seismology, "{{student number}}", "{{ か\u3099くせき  番号 }}"))
	rows := strings.Replace(learners, "student number", "がくせき 番号", 1)
	if badges, err := tpl.Make(table(t, rows), Secret{}); err != nil || len(badges) != 2 {
		t.Errorf("%d badges, %v", len(badges), err)
	}
}

func TestNotes(t *testing.T) {
	const head = "student number,awarded,until,given name,family name,remark,grade,credits\n"
	row := func(number, name string) string {
		return fmt.Sprintf("%s,2026-05-01T00:00:00Z,,%s,,,,\n", number, name)
	}
	for _, c := range []struct {
		name, rows string
		encoding   Encoding
		want       []string
	}{
		{"nothing", row("0012345", "Ann?") + row("0012346", "Bo"), UTF8, nil},
		{"letters", row("A1", "Ann") + row("0012346", "Bo"), UTF8, nil},
		{"lost zeros beside numbers of full width", row("0012345", "Ann") + row("12346", "Bo") + row("００１２３４８", "Cy") + row("００１２３４９", "Di") + row("0012347", "Ed"), UTF8, []string{`column "student number": line 3 has not 7 digits like the others; did a spreadsheet take zeros`}},
		{"lost zeros beside a guest", row("0012345", "Ann") + row("12346", "Bo") + row("0012347", "Cy") + row("G-1", "Di"), UTF8, []string{`column "student number": line 3 has not 7 digits`}},
		{"half are no numbers", row("0012345", "Ann") + row("12346", "Bo") + row("G-2", "Cy") + row("G-1", "Di"), UTF8, nil},
		{"a row twice", row("0012345", "Ann") + row("0012345", "Ann") + row("0012345", "Anne"), UTF8, []string{"line 4: is the learner of line 2 again"}},
		{"lost zeros", row("0012345", "Ann") + row("12346", "Bo") + row("12347", "Cy") + row("1012348", "Di"), UTF8, []string{`column "student number": lines 3 and 4 have not 7 digits like the others; did a spreadsheet take zeros`}},
		{"a learner twice", row("0012345", "Ann") + row("0012345", "Anne"), UTF8, []string{"line 3: is the learner of line 2 again"}},
		{"a lost character", row("0012345", "?野") + row("0012346", "Bo"), ShiftJIS, []string{`column "given name": line 2 has ? or 〓`}},
	} {
		tab := table(t, head+c.rows)
		tab.Encoding = c.encoding
		tpl := template(t, seismology)
		_, problems := tpl.Make(tab, Secret{})
		got := tpl.Notes(tab, problems)
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i], c.want[i]) {
				t.Errorf("%s: %q, want %q", c.name, got[i], c.want[i])
			}
		}
	}
	many := strings.Repeat(row("12346", "Bo"), 2)
	for i := range 50 {
		many += row(fmt.Sprintf("%07d", i), "Ann")
		many += row(fmt.Sprintf("%05d", i), "Ann")
	}
	if notes := template(t, seismology).Notes(table(t, head+many), nil); len(notes) == 0 || !strings.Contains(notes[0], " and 30 more have not 5 digits") {
		t.Errorf("%.300q", notes)
	}
}
