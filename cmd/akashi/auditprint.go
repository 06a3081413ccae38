package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/verify"
)

// shownFindings is how many findings of a log are printed; the report has all.
const shownFindings = 20

// printAudit writes what a person wants to know first of an audit.
func printAudit(w io.Writer, r *audit.Report) {
	capital := func(v verify.Verdict) string { return strings.ToUpper(strings.ReplaceAll(v.String(), "-", " ")) }
	for _, l := range r.Logs {
		name := l.Origin
		if name == "" {
			name = "a log of unknown origin"
		}
		fmt.Fprintf(w, "%s: %s\n", name, capital(l.Verdict))
		line := func(key, format string, a ...any) { fmt.Fprintf(w, "  %-8s %s\n", key, fmt.Sprintf(format, a...)) }
		line("log", "%s", l.Ref)
		part := ""
		if r.Range.Partial {
			part = fmt.Sprintf(" from block %d on, of %s", r.Range.From.Number, date(r.Range.From.Time))
		}
		if n := len(l.Anchors); n == 0 {
			line("anchors", "none%s", part)
		} else {
			last := l.Anchors[n-1]
			line("anchors", "%d%s; the last of size %d in block %d, of %s", n, part, last.Size, last.Block, date(last.Time))
		}
		c := l.Entries
		line("entries", "%d: %d badges, %d documents, %d course reviews, %d changes of state, %d heads%s", c.Total, c.Badge, c.Document, c.CourseQA, c.Status, c.Head, alsoUnknown(c))
		line("states", "%d valid, %d suspended, %d revoked", l.States.Valid, l.States.Suspended, l.States.Revoked)
		if g := l.LongestGap; g.Seconds > 0 {
			line("gap", "%s at most between two anchors, before that of size %d", time.Duration(g.Seconds)*time.Second, g.Size)
		}
		if len(l.Keys)+len(l.Operators)+len(l.Owners) > 3 {
			line("changes", "keys %d times, operator %d, owner %d", len(l.Keys)-1, len(l.Operators)-1, len(l.Owners)-1)
		}
		if l.Checkpoint != nil && l.Checkpoint.Waiting > 0 {
			line("waiting", "%d entries that no final anchor covers yet", l.Checkpoint.Waiting)
		}
		if l.Closed != nil {
			line("closed", "at size %d in block %d, of %s", l.Closed.Size, l.Closed.At.Block.Number, date(l.Closed.At.Block.Time))
		}
		printFindings(w, l.Findings)
	}
	printFindings(w, r.Findings)
	fmt.Fprintf(w, "audited  %s up to block %d, of %s: %s\n", auditSubject(r), r.Range.To.Number, date(r.Range.To.Time), capital(r.Verdict))
}

func auditSubject(r *audit.Report) string {
	if len(r.Logs) == 1 {
		return "1 log"
	}
	return fmt.Sprintf("%d logs", len(r.Logs))
}

func alsoUnknown(c audit.Entries) string {
	if c.Unknown == 0 {
		return ""
	}
	return fmt.Sprintf(", %d of unknown form", c.Unknown)
}

// printFindings prints what refutes first.
func printFindings(w io.Writer, list []audit.Finding) {
	shown := 0
	for _, result := range []verify.Result{verify.Fail, verify.Unknown, verify.Warn} {
		for _, f := range list {
			if f.Result != result {
				continue
			}
			if shown++; shown <= shownFindings {
				fmt.Fprintf(w, "  %-8s %-18s %s\n", f.Result, f.Code, f.Text)
			}
		}
	}
	if shown > shownFindings {
		fmt.Fprintf(w, "  and %d more in the report\n", shown-shownFindings)
	}
}
