package issue

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
)

// names has what Japanese rosters hold and old encodings trip over: 髙 and 﨑
// (IBM extensions), 𠮷 (beyond the basic plane), a backslash as second byte
// (表, ソ), a full-width tilde, half-width kana, a circled number.
const names = "学籍番号,氏名,備考\n0012345,髙橋 﨑子,表ソ\n\"00,7\",\"山田\n太郎\",ｱｲｳ①\n"

func TestReadTableEncodings(t *testing.T) {
	sjis, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(names))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		in   []byte
		hint Encoding
		want Encoding
	}{
		{"utf-8", []byte(names), "", UTF8},
		{"utf-8 with a byte order mark", []byte("\ufeff" + names), "", UTF8},
		{"utf-8, said so", []byte(names), UTF8, UTF8},
		{"utf-8, lines of Windows", []byte(strings.ReplaceAll(names, "\n", "\r\n")), "", UTF8},
		{"shift_jis", sjis, "", ShiftJIS},
		{"shift_jis, said so", sjis, ShiftJIS, ShiftJIS},
		{"shift_jis, lines of Windows", bytes.ReplaceAll(sjis, []byte("\n"), []byte("\r\n")), "", ShiftJIS},
	} {
		table, err := ReadTable(c.in, c.hint)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if table.Encoding != c.want || !slices.Equal(table.Columns, []string{"学籍番号", "氏名", "備考"}) || len(table.Rows) != 2 {
			t.Errorf("%s: %+v", c.name, table)
			continue
		}
		if got := table.Rows[0]; got.Line != 2 || !slices.Equal(got.Cells, []string{"0012345", "髙橋 﨑子", "表ソ"}) {
			t.Errorf("%s: first row %+v", c.name, got)
		}
		if got := table.Rows[1]; got.Line != 3 || !slices.Equal(got.Cells, []string{"00,7", "山田\n太郎", "ｱｲｳ①"}) {
			t.Errorf("%s: second row %+v", c.name, got)
		}
	}
	table, err := ReadTable([]byte("id,name\n1,𠮷野家\n"), "")
	if err != nil || table.Rows[0].Cells[1] != "𠮷野家" {
		t.Errorf("a character beyond the basic plane: %+v, %v", table, err)
	}
}

func TestReadTableRefuses(t *testing.T) {
	utf16 := []byte("\xff\xfei\x00d\x00\n\x00\x42\x9a\n\x00")
	for _, c := range []struct {
		name string
		in   []byte
		hint Encoding
		want string
	}{
		{"nothing", nil, "", "the file is empty"},
		{"only a header", []byte("id\n"), "", "no learner below it"},
		{"a nameless column", []byte("id,,name\n1,2,3\n"), "", "column 2 of the header has no name"},
		{"two columns of one name", []byte("id, id\n1,2\n"), "", "columns 1 and 2 have the same name in the first line"},
		{"a row too long", []byte("id,name\n1,Smith, Ann\n"), "", "line 2: has 3 cells, and the header names 2; is a comma in a cell"},
		{"a quote that does not end", []byte("sep=,\nid,name\n1,\"Ann\n2,Bob\n"), "", "line 3: has a cell that begins with a quotation mark"},
		{"a quote within", []byte("id,name\n1,5\" disk\n"), "", "line 2: has a quotation mark within a cell"},
		{"a comma in a name, and nothing at the end", []byte("id,name,remark\n1,Smith, Ann,\n"), "", "line 2: has 4 cells, and the header names 3"},
		{"a cell beyond the header", []byte("id,\n1,2\n"), "", "or a column without a name"},
		{"a cell too few", []byte("id,name\n1\n"), "", "line 2: has 1 cells, and the header names 2; is something missing?"},
		{"two columns that only look alike", []byte("がく,か\u3099く\n1,2\n"), "", "columns 1 and 2 have the same name"},
		{"a semicolon in a cell", []byte("id;name\n1;Smith; Ann\n"), "", "is a semicolon in a cell"},
		{"a private character", []byte("id\n\ue000\n"), "", "gaiji, U+E000"},
		{"a private character of Windows", []byte("id\n\xf0\x40\n"), "", "line 2 is neither UTF-8 nor Shift_JIS; it may hold a character of one machine's own (gaiji)"},
		{"no character", []byte("id\n\uffff\n"), "", "no character (U+FFFF)"},
		{"a control character", []byte("id\n1\x00\n"), "", "control character (U+0000)"},
		{"text turned round", []byte("id\n\u202e1\n"), "", "(U+202E)"},
		{"a lost character", []byte("id\n\ufffd\n"), "", "U+FFFD"},
		{"neither encoding", []byte("id\n\xfd\xfe\xff\n"), "", "neither UTF-8 nor Shift_JIS"},
		{"half a character of Shift_JIS", []byte("id\n\x82"), ShiftJIS, "line 2 is neither"},
		{"UTF-16", utf16, "", "UTF-16"},
		{"a workbook", []byte("PK\x03\x04\x14\x00"), "", "the file is a workbook of a spreadsheet (.xlsx, .ods or .xls); save its sheet as \"CSV UTF-8\""},
		{"a workbook of old", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), ShiftJIS, "the file is a workbook"},
		{"UTF-8 that is said to be Shift_JIS", []byte("id,name\n1,髙橋 花子\n"), ShiftJIS, "the file is in UTF-8 and not in Shift_JIS"},
		{"not the encoding that was said", []byte("id\n\x8d\x82\n"), UTF8, "line 2 is not UTF-8"},
		{"an encoding nobody knows", []byte("id\n1\n"), "latin1", "not known"},
		{"a cell too long", []byte("id\n" + strings.Repeat("1", MaxCell+1) + "\n"), "", "more than 32 KiB"},
		{"too many columns", []byte(strings.Repeat("a,", MaxColumns) + "b\n"), "", "more than 256 columns"},
	} {
		if _, err := ReadTable(c.in, c.hint); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestReadTableEveryProblem holds that one bad row hides no other.
func TestReadTableEveryProblem(t *testing.T) {
	table, err := ReadTable([]byte("id,name\n1\n2,Bob\n\n3,Eve,x\n,,\n,\n4,\u202ex\n"), "")
	var all []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		row, ok := errors.AsType[*RowError](e)
		if !ok {
			t.Fatalf("%v names no row", e)
		}
		all = append(all, row.Error())
	}
	if len(all) != 3 || !strings.HasPrefix(all[0], "line 2:") || !strings.HasPrefix(all[1], "line 5:") || !strings.HasPrefix(all[2], `line 8, column "name":`) {
		t.Errorf("%q", all)
	}
	if len(table.Rows) != 1 || table.Rows[0].Cells[1] != "Bob" {
		t.Errorf("the whole rows: %+v", table.Rows)
	}
}

// FuzzReadTable holds that what is read stays: written again as UTF-8, it is
// the same table.
func FuzzReadTable(f *testing.F) {
	sjis, _ := japanese.ShiftJIS.NewEncoder().Bytes([]byte(names))
	for _, seed := range [][]byte{[]byte(names), sjis, []byte("a\n\"\"\"\"\n"), []byte("a,b\r\n1,2"), []byte("\ufeffa\n1\n")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		table, err := ReadTable(b, "")
		if err != nil {
			return
		}
		again, err := ReadTable(write(table), UTF8)
		if err != nil {
			t.Fatalf("%v of %q", err, write(table))
		}
		if !slices.Equal(again.Columns, table.Columns) || len(again.Rows) != len(table.Rows) {
			t.Fatalf("%+v and %+v", table, again)
		}
		for i, r := range table.Rows {
			if !slices.Equal(r.Cells, again.Rows[i].Cells) {
				t.Fatalf("row %d: %q and %q", i, r.Cells, again.Rows[i].Cells)
			}
		}
	})
}

// write is the table as comma-separated values, each cell in quotes.
func write(t Table) []byte {
	var b bytes.Buffer
	line := func(cells []string) {
		for i, c := range cells {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
		}
		b.WriteByte('\n')
	}
	line(t.Columns)
	for _, r := range t.Rows {
		line(r.Cells)
	}
	return b.Bytes()
}
