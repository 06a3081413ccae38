package issue

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Limits of a table.
const (
	MaxTable   = 64 << 20 // bytes of the file
	MaxRows    = 100_000  // learners of one run
	MaxColumns = 256
	MaxCell    = 32 << 10 // bytes of a cell in UTF-8
)

// An Encoding is how the text of a table is written in bytes.
type Encoding string

// The encodings. ShiftJIS is the one that Windows and spreadsheets in Japan
// write (code page 932), with the characters of NEC and IBM, such as 髙 and 﨑,
// that JIS X 0208 lacks.
const (
	UTF8     Encoding = "utf-8"
	ShiftJIS Encoding = "shift_jis"
)

// A Table is a list of learners: a header and a row each. Every cell is text,
// as it stands in the file: 0012345 keeps its zeros.
type Table struct {
	Encoding Encoding // that the file was read as
	Columns  []string // names in the header as columnName has them, in its order; no two are alike
	Rows     []Row
}

// A Row is one learner.
type Row struct {
	Line  int // in the file, where the row begins; the header is line 1
	Cells []string
}

// A RowError is what is wrong with one place of a table. Its text names line
// and column, and never whom the row is about.
type RowError struct {
	Line   int    // in the file; the header is line 1; 0 when it is about every row
	Column string // "" when it is about the row
	Text   string

	again bool // the row makes the badge of another
}

// Error names line and column before the text.
func (e *RowError) Error() string {
	at := fmt.Sprintf("line %d", e.Line)
	if e.Line == 0 {
		at = "every row"
	}
	if e.Column != "" {
		at += fmt.Sprintf(", column %q", e.Column)
	}
	return at + ": " + e.Text
}

// ErrTable is wrapped by errors about a file that is no table as a whole.
var ErrTable = errors.New("not a table of learners")

// ReadTable reads comma-separated values (RFC 4180) with a header, as
// spreadsheets write them: with semicolons or tabs for commas where the country
// or the format has it so, with "sep=;" as first line, with lines of Windows, Unix
// or old Macs, and with empty rows and columns at the end. An empty encoding is
// found out: bytes that are valid UTF-8, with or without a byte order mark, are
// UTF-8, and others Shift_JIS; almost no text is valid as both.
//
// Errors that concern single rows come together, in the order of the file, as
// one error that errors.As and Unwrap() []error take apart into *RowError; the
// table has the rows that are whole.
func ReadTable(b []byte, e Encoding) (Table, error) {
	if len(b) > MaxTable {
		return Table{}, fmt.Errorf("%w: the file has more than %d MiB", ErrTable, MaxTable>>20)
	}
	text, e, err := decode(b, e)
	if err != nil {
		return Table{}, err
	}
	t := Table{Encoding: e}
	if !bytes.Contains(text, []byte("\n")) {
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	comma, skipped := separator(text)
	for range skipped {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = comma
	r.FieldsPerRecord = -1 // counted here, to name the line
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return t, fmt.Errorf("%w: the file is empty; its first line has to name the columns", ErrTable)
	}
	if err != nil {
		return t, brokenCSV(err, skipped)
	}
	if t.Columns, err = columns(header); err != nil {
		return t, err
	}
	var problems []error
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			// What follows a stray quote cannot be told apart into rows.
			return t, errors.Join(append(problems, brokenCSV(err, skipped))...)
		}
		line, _ := r.FieldPos(0)
		line += skipped
		if blank(cells) {
			continue // spreadsheets leave rows of commas at the end
		}
		if len(t.Rows)+len(problems) >= MaxRows {
			return t, fmt.Errorf("%w: more than %d rows; issue them in several runs", ErrTable, MaxRows)
		}
		// Only as wide as the header's line is: beyond it, an empty cell at the end
		// is there because another came in before it.
		for len(cells) <= len(header) && len(cells) > len(t.Columns) && blank(cells[len(cells)-1:]) {
			cells = cells[:len(cells)-1]
		}
		if err := checkRow(line, cells, t.Columns, comma); err != nil {
			problems = append(problems, err)
			continue
		}
		t.Rows = append(t.Rows, Row{Line: line, Cells: cells})
	}
	if len(t.Rows) == 0 && len(problems) == 0 {
		return t, fmt.Errorf("%w: there is a header and no learner below it", ErrTable)
	}
	return t, errors.Join(problems...)
}

// Cell returns the cell of a column, which Columns must have.
func (t Table) Cell(r Row, column string) (string, bool) {
	for i, c := range t.Columns {
		if c == column {
			return r.Cells[i], true
		}
	}
	return "", false
}

// separator finds what stands between the cells of the header, and how many
// lines are before it: a spreadsheet may say so in a line of its own.
func separator(text []byte) (comma rune, lines int) {
	header, _, _ := bytes.Cut(text, []byte("\n"))
	if said, ok := bytes.CutPrefix(bytes.ToLower(bytes.TrimRight(header, "\r")), []byte("sep=")); ok && len(said) == 1 && bytes.ContainsAny(said, ",;\t") {
		return rune(said[0]), 1
	}
	quoted := false
	var semicolons, tabs bool
	for _, c := range header {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ',':
			return ',', 0
		case c == ';':
			semicolons = true
		case c == '\t':
			tabs = true
		}
	}
	switch {
	case semicolons:
		return ';', 0
	case tabs:
		return '\t', 0
	}
	return ',', 0
}

// decode returns b as UTF-8.
func decode(b []byte, e Encoding) ([]byte, Encoding, error) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if bytes.HasPrefix(b, []byte("PK\x03\x04")) || bytes.HasPrefix(b, []byte("\xd0\xcf\x11\xe0")) {
		return nil, e, fmt.Errorf("%w: the file is a workbook of a spreadsheet (.xlsx, .ods or .xls); save its sheet as \"CSV UTF-8\"", ErrTable)
	}
	switch e {
	case "":
		if utf8.Valid(b) {
			return b, UTF8, nil
		}
		if len(b) >= 2 && (b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff) {
			return nil, e, fmt.Errorf("%w: the file is in UTF-16; save it as \"CSV UTF-8\"", ErrTable)
		}
		return decode(b, ShiftJIS)
	case UTF8:
		if n := invalidUTF8(b); n >= 0 {
			return nil, e, fmt.Errorf("%w: line %d is not UTF-8; was the file saved in another encoding, such as Shift_JIS?", ErrTable, lineOf(b, n))
		}
		return b, UTF8, nil
	case ShiftJIS:
		text, e, err := decodeShiftJIS(b)
		if err != nil && utf8.Valid(b) {
			return nil, e, fmt.Errorf("%w: the file is in UTF-8 and not in Shift_JIS; name utf-8 as its encoding, or none", ErrTable)
		}
		return text, e, err
	}
	return nil, e, fmt.Errorf("%w: encoding %q is not known; utf-8 and shift_jis are", ErrTable, e)
}

// decodeShiftJIS decodes strictly: the library puts U+FFFD for what it cannot
// read, and a name with a hole in it must not get onto a badge.
func decodeShiftJIS(b []byte) ([]byte, Encoding, error) {
	text, _, err := transform.Bytes(japanese.ShiftJIS.NewDecoder(), b)
	if err != nil {
		return nil, ShiftJIS, fmt.Errorf("%w: read as Shift_JIS: %w", ErrTable, err)
	}
	if n := bytes.IndexRune(text, utf8.RuneError); n >= 0 {
		return nil, ShiftJIS, fmt.Errorf("%w: line %d is neither UTF-8 nor Shift_JIS; it may hold a character of one machine's own (gaiji), or the file be in another encoding: save it as \"CSV UTF-8\"", ErrTable, lineOf(text, n))
	}
	return text, ShiftJIS, nil
}

func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

func lineOf(b []byte, offset int) int { return 1 + bytes.Count(b[:offset], []byte("\n")) }

// columnName is the name of a column: without spaces and line breaks around
// it, each within as one space, and composed (Unicode NFC), since the header of
// one machine and the template of another may spell が in two ways.
func columnName(s string) string {
	return norm.NFC.String(strings.Join(strings.Fields(s), " "))
}

// columns checks the header. Nameless columns at its end are left out; a row
// must then have nothing in them.
func columns(header []string) ([]string, error) {
	for len(header) > 1 && blank(header[len(header)-1:]) {
		header = header[:len(header)-1]
	}
	if len(header) > MaxColumns {
		return nil, fmt.Errorf("%w: the header names more than %d columns", ErrTable, MaxColumns)
	}
	names, seen := make([]string, len(header)), map[string]int{}
	for i, h := range header {
		if what := unfit(h); what != "" {
			return nil, fmt.Errorf("%w: the name of column %d has %s", ErrTable, i+1, what)
		}
		name := columnName(h)
		switch {
		case name == "":
			return nil, fmt.Errorf("%w: column %d of the header has no name; the first line has to name every column", ErrTable, i+1)
		case len(name) > 200:
			return nil, fmt.Errorf("%w: the name of column %d has more than 200 bytes; is the first line a header?", ErrTable, i+1)
		}
		if j, ok := seen[name]; ok {
			return nil, fmt.Errorf("%w: columns %d and %d have the same name in the first line; name one of them otherwise, or, if that line is a learner, put the names of the columns above it", ErrTable, j, i+1)
		}
		seen[name] = i + 1
		names[i] = name
	}
	return names, nil
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimFunc(c, unicode.IsSpace) != "" {
			return false
		}
	}
	return true
}

func checkRow(line int, cells, columns []string, comma rune) error {
	switch n := len(columns); {
	case len(cells) > n:
		return &RowError{Line: line, Text: fmt.Sprintf("has %d cells, and the header names %d; is a %s in a cell without quotes around it, or a column without a name?", len(cells), n, commaNames[comma])}
	case len(cells) < n:
		return &RowError{Line: line, Text: fmt.Sprintf("has %d cells, and the header names %d; is something missing?", len(cells), n)}
	}
	for i, c := range cells {
		if len(c) > MaxCell {
			return &RowError{Line: line, Column: columns[i], Text: fmt.Sprintf("has more than %d KiB", MaxCell>>10)}
		}
		if what := unfit(c); what != "" {
			return &RowError{Line: line, Column: columns[i], Text: "has " + what}
		}
	}
	return nil
}

var commaNames = map[rune]string{',': "comma", ';': "semicolon", '\t': "tab"}

// unfit names what a cell must not hold. Line breaks and tabs within a cell
// are text.
func unfit(s string) string {
	for _, r := range s {
		switch {
		case r == utf8.RuneError:
			return "the sign for a character that was lost (U+FFFD); write it anew"
		case r == '\n' || r == '\r' || r == '\t':
		case unicode.IsControl(r):
			return fmt.Sprintf("a control character (U+%04X)", r)
		case bidi(r):
			return fmt.Sprintf("a character that turns the direction of text (U+%04X)", r)
		case r == 0xFEFF:
			return "a byte order mark in the middle of text"
		case unicode.Is(unicode.Co, r):
			return fmt.Sprintf("a private character (gaiji, U+%04X), which looks otherwise or is missing everywhere else; write the character that Unicode has", r)
		case r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF:
			return fmt.Sprintf("what is no character (U+%04X)", r)
		}
	}
	return ""
}

// bidi reports the explicit directional characters (UAX #9, section 2), which
// make text read other than it is.
func bidi(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

func brokenCSV(err error, skipped int) error {
	p, ok := errors.AsType[*csv.ParseError](err)
	switch {
	case !ok:
		return fmt.Errorf("%w: %w", ErrTable, err)
	case errors.Is(p.Err, csv.ErrBareQuote):
		return &RowError{Line: p.Line + skipped, Text: "has a quotation mark within a cell; put quotation marks around the cell and write the one within twice. What follows was not read"}
	case errors.Is(p.Err, csv.ErrQuote):
		return &RowError{Line: p.StartLine + skipped, Text: "has a cell that begins with a quotation mark and does not end with one; a quotation mark within a cell is written twice. What follows was not read"}
	}
	return &RowError{Line: p.Line + skipped, Text: fmt.Sprintf("cannot be taken apart into cells: %v", p.Err)}
}
