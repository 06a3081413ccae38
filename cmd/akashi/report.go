package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

// printReport writes a report as a registrar reads it: the verdict, why if it
// is not the good one, whose record it is, since when, its status as of which
// block, and then every step.
func printReport(w io.Writer, name string, r verify.Report, hint string) {
	fmt.Fprintf(w, "%s: %s\n", name, strings.ToUpper(strings.ReplaceAll(r.Verdict.String(), "-", " ")))
	line := func(key, format string, a ...any) { fmt.Fprintf(w, "  %-8s %s\n", key, fmt.Sprintf(format, a...)) }
	for _, why := range reasons(r) {
		line("why", "%s", why)
	}
	if hint != "" {
		line("to do", "%s", hint)
	}
	if i := r.Issuer; i == nil {
		line("issuer", "not known")
	} else if i.Name != "" {
		line("issuer", "%s (%s)", i.Name, i.ID)
	} else {
		line("issuer", "%s", i.ID)
	}
	if x := r.Existence; x == nil {
		line("since", "not known")
	} else {
		line("since", "%s at the latest (block %d)", date(x.Block.Time), x.Block.Number)
	}
	switch s := r.Status; {
	case s != nil && s.Final && s.State != record.Revoked:
		line("status", "%s as of block %d, of %s; the log is closed, so it stays so", s.State, s.Block.Number, date(s.Block.Time))
	case s != nil:
		line("status", "%s as of block %d, of %s", s.State, s.Block.Number, date(s.Block.Time))
	case r.Type == record.CourseQA:
		line("status", "a course review has none")
	default:
		line("status", "not known")
	}
	for _, s := range notes(r) {
		line("note", "%s", s.Text)
	}
	if r.Log != nil && r.Index != nil {
		line("log", "entry %d of %s", *r.Index, r.Log)
	}
	fmt.Fprintln(w, "  steps")
	for _, s := range r.Steps {
		fmt.Fprintf(w, "    %-8s %-20s %s\n", s.Result, s.Code, s.Text)
	}
}

// notReached begins the text of a step that only repeats that another one did
// not pass.
const notReached = "This was not checked"

// reasons are the steps that decided against "verified", in their own words,
// each once.
func reasons(r verify.Report) []string {
	var texts []string
	for _, s := range against(r) {
		if !slices.Contains(texts, s.Text) {
			texts = append(texts, s.Text)
		}
	}
	return texts
}

// against are the steps that decided against "verified", without those that
// only repeat that another one did.
func against(r verify.Report) []verify.Step {
	if r.Verdict == verify.Verified {
		return nil
	}
	decides := verify.Unknown
	if r.Verdict == verify.Refuted {
		decides = verify.Fail
	}
	var steps []verify.Step
	for _, s := range r.Steps {
		if s.Result == decides && (decides == verify.Fail || s.Required()) && !strings.HasPrefix(s.Text, notReached) {
			steps = append(steps, s)
		}
	}
	return steps
}

// decisive is the one step to name when there is room for one: the first that
// decided, or of a verified record the first that warns.
func decisive(r verify.Report) (verify.Step, bool) {
	steps := against(r)
	if r.Verdict == verify.Verified {
		steps = notes(r)
	}
	if len(steps) == 0 {
		return verify.Step{}, false
	}
	return steps[0], true
}

// notes are the warnings that matter to somebody.
func notes(r verify.Report) []verify.Step {
	var steps []verify.Step
	for _, s := range r.Steps {
		// How old a status is that cannot change matters to nobody.
		if s.Result == verify.Warn && !(s.Code == verify.StatusCurrent && r.Status != nil && r.Status.Final) {
			steps = append(steps, s)
		}
	}
	return steps
}

// hint says what would make an undecided report decide.
func hint(c *cli.Context, r verify.Report) string {
	if r.Verdict != verify.CouldNotTell || c.String("rpc") != "" {
		return ""
	}
	for _, code := range []verify.Code{verify.ExistenceBlock, verify.StatusBlock} {
		if s, ok := r.Step(code); ok && s.Result == verify.Unknown {
			return "Ask the chain with --rpc URL, or name the blocks with --block, by hashes from somewhere you trust."
		}
	}
	return ""
}

// date words a time of a block.
func date(unix uint64) string {
	return time.Unix(int64(min(unix, 1<<53)), 0).UTC().Format("2006-01-02 15:04 UTC")
}
