package issue

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/akashi-project/akashi/record"
)

// A Secret is what the ids and salts of a run are drawn from. Whoever has it
// and a badge can guess the learner's number; it stays with the run's folder.
type Secret [32]byte

// A Badge is one unsigned credential.
type Badge struct {
	Row  Row
	ID   string // of the credential
	JSON []byte // RFC 8785 form, without proof

	status []statusPlace
}

// Make fills the template with every row. Problems of rows come together, as
// ReadTable's do, each a *RowError; the badges are those of the rows without
// one.
func (t Template) Make(table Table, secret Secret) ([]Badge, error) {
	if err := t.columnsIn(table); err != nil {
		return nil, err
	}
	var problems []error
	var badges []Badge
	seen := map[[32]byte]int{} // filled badges, without id and salt
	at := map[statusPlace]int{}
	one := t.onePlace() && len(table.Rows) > 1
	if one {
		problems = append(problems, &AllError{Text: "has the same index in the status list (/badge/credentialStatus/statusListIndex of the template): to revoke one would revoke all; give the index from a column, another in each row"})
	}
	for _, row := range table.Rows {
		b, same, err := t.one(table, row, secret)
		if err != nil {
			problems = append(problems, rowErrors(row.Line, err)...)
			continue
		}
		if first, ok := seen[same]; ok {
			problems = append(problems, &RowError{Line: row.Line, Text: fmt.Sprintf("makes the same badge for the same learner as line %d; take one of them out", first), again: true})
			continue
		}
		seen[same] = row.Line
		badges = append(badges, b)
		if !one {
			if err := t.taken(row.Line, b.status, at); err != nil {
				problems = append(problems, err)
			}
		}
	}
	return badges, errors.Join(once(problems, len(table.Rows))...)
}

// columnsIn says which columns of the template a table lacks. Where it has none
// of them, its first line may be a learner, and is not quoted.
func (t Template) columnsIn(table Table) error {
	var missing []string
	for _, c := range t.Columns {
		if !slices.Contains(table.Columns, c) {
			missing = append(missing, c)
		}
	}
	switch {
	case len(missing) == 0:
		return nil
	case len(missing) == len(t.Columns):
		return fmt.Errorf("the first line names no column that the template asks for (%s); it has to be the header, with no title above it", quoted(missing))
	case len(missing) == 1:
		return fmt.Errorf("the template asks for column %s; the table has %s; name the column so in the first line of the table, or in the template", quoted(missing), quoted(table.Columns))
	}
	return fmt.Errorf("the template asks for columns %s; the table has %s; name the columns so in the first line of the table, or in the template", quoted(missing), quoted(table.Columns))
}

// once says a problem that every row has in the same column a single time.
func once(problems []error, rows int) []error {
	type kind struct{ column, text string }
	count := map[kind]int{}
	of := func(err error) (kind, bool) {
		row, ok := errors.AsType[*RowError](err)
		if !ok || row.Column == "" {
			return kind{}, false
		}
		return kind{row.Column, row.Text}, true
	}
	for _, err := range problems {
		if k, ok := of(err); ok {
			count[k]++
		}
	}
	var all []error
	for _, err := range problems {
		k, ok := of(err)
		switch {
		case !ok || rows < 2 || count[k] < rows && count[k] > 0:
			all = append(all, err)
		case count[k] > 0:
			all = append(all, &RowError{Column: k.column, Text: k.text})
			count[k] = 0
		}
	}
	return all
}

// one makes the badge of a row. same is equal for rows that make the same
// badge for the same learner.
func (t Template) one(table Table, row Row, secret Secret) (b Badge, same [32]byte, err error) {
	cell := func(column string) (string, bool) { return table.Cell(row, column) }
	filled, err := fill(t.badge, "/badge", cell)
	identifier, ierr := fill(t.Learner.Identifier, "/learner/identifier", cell)
	if err := errors.Join(err, ierr); err != nil {
		return b, same, err
	}
	learner, _ := identifier.(string)
	if what := spoiled(learner); what != "" {
		return b, same, &cellProblem{t.identifierColumn(), "/learner/identifier", what}
	}
	credential, ok := filled.(map[string]any)
	if !ok {
		return b, same, errors.New("nothing of the badge is left")
	}
	text, err := json.Marshal(credential)
	if err != nil {
		return b, same, err
	}
	same = sha256.Sum256(joined(text, []byte(learner)))
	draw := func(label string, n int) []byte { return secret.draw(label, row.Line, same, n) }
	b.Row = row
	b.ID = t.id(draw("id", 16))
	b.status = statusPlaces(credential)
	credential["id"] = b.ID
	if err := t.name(credential, learner, hex.EncodeToString(draw("salt", 16))); err != nil {
		return b, same, err
	}
	if text, err = json.Marshal(credential); err != nil {
		return b, same, err
	}
	r, err := record.Parse(text)
	if err != nil {
		return b, same, err
	}
	b.JSON = r.Bytes()
	return b, same, nil
}

// draw is the first n bytes of HMAC-SHA-256(secret, label ‖ line ‖ contents).
func (s Secret) draw(label string, line int, contents [32]byte, n int) []byte {
	h := hmac.New(sha256.New, s[:])
	h.Write([]byte("akashi/issue/v1\n" + label + "\n"))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(line)))
	h.Write(contents[:])
	return h.Sum(nil)[:n]
}

// joined keeps two texts apart that would be one when written in a row.
func joined(a, b []byte) []byte {
	out := binary.BigEndian.AppendUint64(nil, uint64(len(a)))
	return append(append(out, a...), b...)
}

// id makes a UUID of 16 bytes (RFC 9562, version 8: of the maker's own kind).
func (t Template) id(b []byte) string {
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("%s%x-%x-%x-%x-%x", t.IDs, b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// name puts the learner in, as a salted hash. Both versions of Open Badges hash
// the identifier followed by the salt.
func (t Template) name(credential map[string]any, learner, salt string) error {
	sum := sha256.Sum256([]byte(learner + salt))
	hash := "sha256$" + hex.EncodeToString(sum[:])
	if !t.isOB3() {
		credential["recipient"] = map[string]any{"type": t.Learner.Type, "hashed": true, "salt": salt, "identity": hash}
		return nil
	}
	subject, ok := credential["credentialSubject"].(map[string]any)
	if !ok {
		return errors.New("nothing of /badge/credentialSubject is left")
	}
	subject["identifier"] = []any{map[string]any{
		"type": "IdentityObject", "identityHash": hash, "identityType": t.Learner.Type, "hashed": true, "salt": salt,
	}}
	return nil
}

// identifierColumn is the column that an identifier is; the first, where it is
// made of several.
func (t Template) identifierColumn() string {
	names, err := columnsOf(t.Learner.Identifier, "", nil)
	if err != nil || len(names) == 0 {
		return ""
	}
	return names[0]
}

// spoiled says what keeps an identifier from being compared. It is hashed as it
// stands: whoever compares types what they see, and must get the same bytes.
func spoiled(learner string) string {
	mantissa, exponent, found := strings.Cut(strings.ToUpper(learner), "E+")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789.") == "" }
	switch {
	case found && digits(mantissa) && digits(exponent):
		return "looks like a number that a spreadsheet shortened, such as 1.2E+10; format the column as text and export it anew"
	case strings.ContainsFunc(learner, func(r rune) bool { return unicode.Is(unicode.Cf, r) }):
		return "has a character that cannot be seen; type it anew"
	case norm.NFKC.String(learner) != learner:
		return "has full-width, half-width or otherwise unusual forms of characters, such as １２３; write 123, since one is not found by the other"
	}
	return ""
}

// rowErrors names the line of each problem. What is wrong with a cell is said
// once, whatever number of places of the template it is for.
func rowErrors(line int, err error) []error {
	var cells []*cellProblem
	var paths [][]string // of each, where it is needed
	var others []error
	var take func(error)
	take = func(err error) {
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range many.Unwrap() {
				take(e)
			}
			return
		}
		p, ok := errors.AsType[*cellProblem](err)
		if !ok {
			others = append(others, &RowError{Line: line, Text: err.Error()})
			return
		}
		i := slices.IndexFunc(cells, func(q *cellProblem) bool { return q.column == p.column && q.text == p.text })
		if i < 0 {
			cells, paths = append(cells, p), append(paths, []string{p.path})
			return
		}
		paths[i] = append(paths[i], p.path)
	}
	take(err)
	var all []error
	for i, p := range cells {
		needs := "needs"
		if len(paths[i]) > 1 {
			needs = "need"
		}
		all = append(all, &RowError{Line: line, Column: p.column, Text: fmt.Sprintf("%s; %s of the template %s it", p.text, strings.Join(paths[i], " and "), needs)})
	}
	return append(all, others...)
}

func quoted(list []string) string {
	q := make([]string, len(list))
	for i, s := range list {
		q[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(q, ", ")
}
