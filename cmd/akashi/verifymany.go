package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

// Codes of rows that no verify.Report stands behind.
const (
	recordMissing      = "record.missing"
	recordUnreadable   = "record.unreadable"
	evidenceMissing    = "evidence.missing"
	evidenceUnreadable = "evidence.unreadable"
)

// A row is the answer about one record of many.
type row struct {
	File    string         `json:"file"`
	Verdict verify.Verdict `json:"verdict"`
	// Code names the step that decided: the first that failed, or is not
	// known, or of a verified record the first warning; else it is empty.
	Code   string `json:"code,omitzero"`
	Reason string `json:"reason,omitzero"` // that step in a sentence
	// Report has every step; nil when there was nothing to judge.
	Report *verify.Report `json:"report,omitzero"`
}

// csvHeader names the columns of csvCells.
var csvHeader = []string{"file", "verdict", "code", "reason", "issuer", "issuer_name", "existed_by", "status", "status_as_of"}

func (r row) csvCells() []string {
	cells := make([]string, len(csvHeader))
	cells[0], cells[1], cells[2], cells[3] = r.File, r.Verdict.String(), r.Code, r.Reason
	if r.Report == nil {
		return cells
	}
	if i := r.Report.Issuer; i != nil {
		cells[4], cells[5] = i.ID, i.Name
	}
	if x := r.Report.Existence; x != nil {
		cells[6] = instant(x.Block.Time)
	}
	if s := r.Report.Status; s != nil {
		cells[7], cells[8] = s.State.String(), instant(s.Block.Time)
	} else if r.Report.Type == record.CourseQA {
		cells[7] = "none"
	}
	return cells
}

// instant words a time of a block as spreadsheets read it.
func instant(unix uint64) string {
	return time.Unix(int64(min(unix, 1<<53)), 0).UTC().Format(time.RFC3339)
}

// A judged is a row, and why newer evidence of the node was not used for it.
type judged struct {
	row  row
	note string
}

// A count is how many rows had each verdict.
type count struct{ all, verified, refuted, open int }

func (n *count) add(v verify.Verdict) {
	n.all++
	switch v {
	case verify.Verified:
		n.verified++
	case verify.Refuted:
		n.refuted++
	default:
		n.open++
	}
}

// exit is the command's: the worst row decides. A run that judged nothing
// could not tell.
func (n count) exit() error {
	switch {
	case n.refuted > 0:
		return exitError(exitFailed)
	case n.open > 0 || n.all == 0:
		return exitError(exitUnknown)
	}
	return nil
}

// verifyMany judges records by the evidence beside them and tells one row for
// each, in the order of walk.
func (e *env) verifyMany(c *cli.Context) error {
	j, err := e.newJudge(c, true)
	if err != nil {
		return err
	}
	defer j.close()
	find := &walk{args: pairs(c.Args().Slice()), orphans: true}
	// Neither the table that is being written nor the policy is a record.
	if info, err := os.Stat(c.String("policy")); err == nil {
		find.except = append(find.except, info)
	}
	if f, ok := e.stdout.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			find.except = append(find.except, info)
		}
	}
	asCSV := c.Bool("csv")
	if asCSV {
		bom := ""
		if c.Bool("bom") {
			bom = byteOrderMark
		}
		if err := e.write(append([]byte(bom), csvLine(csvHeader...)...)); err != nil {
			return codedError{exitUnknown, err}
		}
	}
	line := e.progress()
	defer line.clear()
	total := line.total(c.Context, find)
	began := time.Now()
	var sum count
	unasked := false // a row is open that an RPC would decide
	unused, note := 0, ""
	err = inOrder(c.Context, find.files(c.Context), j.row, func(next judged) error {
		r := next.row
		sum.add(r.Verdict)
		if next.note != "" {
			if unused++; unused == 1 {
				note = next.note
			}
		}
		unasked = unasked || r.Report != nil && hint(c, *r.Report) != ""
		line.before(e.stdout)
		defer line.bar(sum.all, total, "%d verified, %d refuted, %d could not tell", sum.verified, sum.refuted, sum.open)
		if asCSV {
			return e.write(csvLine(r.csvCells()...))
		}
		return e.say(r, func(w io.Writer) {
			fmt.Fprintf(w, "%s: %s", nameOf(r.File), strings.ToUpper(strings.ReplaceAll(r.Verdict.String(), "-", " ")))
			if r.Reason != "" && r.Verdict != verify.Verified {
				fmt.Fprintf(w, ": %s", r.Reason)
			}
			fmt.Fprintln(w)
		})
	})
	line.clear()
	if err != nil && c.Context.Err() == nil {
		return codedError{exitUnknown, err}
	}
	if unasked {
		e.complain("some could not be decided without the chain: ask it with --rpc URL")
	}
	if unused > 0 {
		e.complain("the newest evidence of the node was not used for %d records; for the first: %s", unused, note)
	}
	e.complain("%d records: %d verified, %d refuted, %d could not tell; %.1f s", sum.all, sum.verified, sum.refuted, sum.open, time.Since(began).Seconds())
	switch {
	case err != nil:
		e.complain("interrupted: the rest was not judged")
		sum.open++
	case sum.all == 0:
		e.complain("there is nothing to judge in what was named")
	}
	return sum.exit()
}

// pairs takes out of a command line the evidence of records that are in it
// too, as "folder/*" brings them, and names the record where only its evidence
// is given.
func pairs(args []string) []string {
	named := map[string]bool{}
	for _, a := range args {
		named[filepath.Clean(a)] = true
	}
	var out []string
	for _, a := range args {
		if path, ok := strings.CutSuffix(a, evidenceSuffix); ok && path != "" {
			if named[filepath.Clean(path)] {
				continue
			}
			if hasRecord(path) {
				a = path
			}
		}
		out = append(out, a)
	}
	return out
}

// row judges one file of many.
func (j *judge) row(ctx context.Context, f found) judged {
	open := func(code, format string, a ...any) judged {
		return judged{row: row{File: f.path, Verdict: verify.CouldNotTell, Code: code, Reason: fmt.Sprintf(format, a...) + "."}}
	}
	switch {
	case f.err != nil:
		return open(recordUnreadable, "It %s", message(f.err))
	case f.evidence || strings.HasSuffix(f.path, evidenceSuffix):
		return open(recordMissing, "This is evidence, and the record that it is about is not beside it")
	}
	b, err := j.e.readRecord(ctx, f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return open(recordMissing, "There is no such file")
	case err != nil:
		return open(recordUnreadable, "The file cannot be read: %s", message(err))
	}
	if f.path == "-" {
		return open(evidenceMissing, "Standard input has no evidence beside it; name both, without --csv")
	}
	raw, err := j.e.evidenceOfFile(ctx, f.path, b)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return open(evidenceMissing, "There is no evidence at %s; ask the issuer for it, or fetch it with akashi prove", nameOf(filepath.Base(f.path)+evidenceSuffix))
	case err != nil:
		return open(evidenceUnreadable, "The evidence cannot be read: %s", message(err))
	case len(raw) > verify.MaxEvidenceSize:
		return open(evidenceUnreadable, "The evidence has more than %d bytes, the most that evidence has", verify.MaxEvidenceSize)
	}
	report, note := j.check(ctx, b, raw)
	r := row{File: f.path, Verdict: report.Verdict, Report: &report}
	if s, ok := decisive(report); ok {
		r.Code, r.Reason = string(s.Code), s.Text
	}
	return judged{r, note}
}
