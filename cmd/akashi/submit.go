package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
)

func (e *env) submitCommand() *cli.Command {
	return &cli.Command{
		Name:      "submit",
		Usage:     "log records",
		ArgsUsage: "FILE... | FOLDER...",
		Description: `Each FILE is one record: an Open Badges assertion or credential in JSON, a
VC-JWT, a course review, or any other file ("-" reads one from standard
input). Of a FOLDER, every file in it and below is one, but for hidden files
and evidence (*.akashi); links are not followed, and one that leads out of the
folder is an error of its own.

When submit names an index, the record is on the node's disk for good.
Submitting it again gives the same index: a run that was cut short is simply
run again, and says what was there already. One bad file does not keep the
others back. Files that were not sent, since the node could not be reached or
takes none, are counted.

With --ndjson each FILE holds one JSON object a line: {"record":…} with the
record itself, {"bytes":"…"} with its bytes in base64, or
{"type":"…","digest":"…"} with its SHA-256 in hexadecimal, for those who keep
their records to themselves. "type" and "open" may stand in each. Lines are
named FILE:NUMBER.

With --wait, submit waits until an anchor covers all of them: as long as it
takes, or as --timeout says. Interrupting it loses nothing that is logged.

Exit code 0: done. 1: a record was not logged. 2: all are logged, and the
anchor that was to be waited for is not there.

Examples:
   akashi --dir uni submit badge.json
   akashi --dir uni submit diplomas-2026 --wait final --timeout 30m
   akashi --dir uni submit regulations.pdf --type document --open
   registry-export | akashi --dir uni submit - --ndjson`,
		Flags: []cli.Flag{
			typeFlag(),
			&cli.BoolFlag{Name: "open", Usage: "publish a document's bytes (badges are never open, course reviews always)"},
			&cli.BoolFlag{Name: "force", Usage: "log a badge as the mere document that --type says, which proves nothing of the badge"},
			&cli.BoolFlag{Name: "ndjson", Usage: "each file holds one record a line"},
			&cli.StringFlag{Name: "wait", Usage: "`STATE` to wait for: logged, anchored or final", Value: node.StateLogged},
			&cli.DurationFlag{Name: "timeout", Usage: "longest `TIME` to wait, such as 30m (default: no limit)"},
		},
		Action: e.submit,
	}
}

func (e *env) submit(c *cli.Context) error {
	if c.NArg() == 0 {
		return usage("give at least one file, or a folder")
	}
	t, err := typeOf(c)
	if err != nil {
		return err
	}
	goal := c.String("wait")
	switch goal {
	case node.StateLogged, node.StateAnchored, node.StateFinal:
	default:
		return usage("--wait %q is none of logged, anchored, final", goal)
	}
	if c.Duration("timeout") < 0 {
		return usage("--timeout %s is below zero", c.Duration("timeout"))
	}
	lines := c.Bool("ndjson")
	switch {
	case lines && (c.IsSet("type") || c.Bool("open") || c.Bool("force")):
		return usage("with --ndjson each line says its own type, open and force")
	case lines && hasFolder(c.Args().Slice()):
		return usage("--ndjson is for files of lines, not for folders")
	}
	client, err := e.client(c)
	if err != nil {
		return err
	}
	line := e.progress()
	defer line.clear()
	find := &walk{args: recordsOnly(c.Args().Slice())}
	u := &upload{e: e, client: client, typ: t, open: c.Bool("open"), force: c.Bool("force"), patience: e.patience}
	total := 0
	if lines {
		u.items = e.lines(c.Context, find.args)
		line.total(c.Context, &walk{})
	} else {
		u.items = e.filesOf(c.Context, find)
		total = line.total(c.Context, find)
	}
	many := lines || c.NArg() > 1 || hasFolder(c.Args().Slice())
	waiting := goal != node.StateLogged
	var sum tally
	var logged []*sending // when they are waited for
	var highest uint64
	err = u.run(c.Context, func(s *sending) error {
		sum.count(s)
		if s.err == nil {
			highest = max(highest, s.logged.Index)
		}
		line.before(e.stdout)
		defer line.bar(sum.all, total, "%d logged, %d failed", sum.all-sum.failed, sum.failed)
		// What is waited for is told when the waiting is over.
		if s.err == nil && waiting {
			logged = append(logged, s)
			return nil
		}
		if s.err != nil {
			line.clear()
		}
		return e.tell(s)
	})
	line.clear()
	if err != nil {
		return err
	}
	interrupted := c.Context.Err() != nil // before all was found and sent
	var late error
	if len(logged) > 0 {
		var reached node.LogInfo
		reached, late = e.await(c.Context, client, highest, goal, c.Duration("timeout"), line)
		line.clear()
		for _, s := range logged {
			s.logged.State = stateOf(reached, s.logged)
			if err := e.tell(s); err != nil {
				return err
			}
		}
	}
	if many && !e.json {
		e.complain("%s", sum)
	}
	switch {
	case !many:
	case e.json && u.unread:
		e.finish(codedError{exitFailed, errors.New("the lines after these were not read")}, c.Command.Name)
	case e.json:
	case interrupted:
		e.complain("interrupted: what comes after these was not sent; submit it all again, what is logged keeps its index")
	case u.unread:
		e.complain("the lines after these were not read")
	}
	if late != nil {
		// Also under --json, as a line of its own, after those of the files.
		code := e.finish(codedError{exitUnknown, late}, c.Command.Name)
		if sum.failed == 0 {
			return exitError(code)
		}
	}
	if sum.failed > 0 || sum.all == 0 || interrupted {
		return exitError(exitFailed)
	}
	return nil
}

// tell says what became of one record.
func (e *env) tell(s *sending) error {
	switch {
	case s.err != nil && e.json:
		d := describe(s.path, s.err)
		d.Line = s.line
		return e.sayJSON(d)
	case s.unsent:
		return nil // it is counted
	case s.err != nil:
		e.complain("%s", message(s.err))
		return nil
	}
	return e.say(submitJSON{s.path, s.line, s.logged}, func(w io.Writer) {
		again := ""
		if s.logged.Duplicate {
			again = ", was there already"
		}
		fmt.Fprintf(w, "%s: %s at index %d, %s%s\n", s.name(), s.logged.Type, s.logged.Index, s.logged.State, again)
	})
}

type submitJSON struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"` // of the file, with --ndjson
	node.Logged
}

// A tally counts records.
type tally struct{ all, failed, unsent, again int }

func (t *tally) count(s *sending) {
	t.all++
	switch {
	case s.unsent:
		t.unsent++
		fallthrough
	case s.err != nil:
		t.failed++
	case s.logged.Duplicate:
		t.again++
	}
}

func (t tally) String() string {
	if t.all == 0 {
		return "there is no record in what was named"
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%d of %d records are logged", t.all-t.failed, t.all)
	if t.again > 0 {
		fmt.Fprintf(&s, ", %d of them were there already and keep their index", t.again)
	}
	if n := t.failed - t.unsent; n > 0 {
		fmt.Fprintf(&s, ", %d failed", n)
	}
	if t.unsent > 0 {
		fmt.Fprintf(&s, ", %d not sent; submit them again later: what is logged keeps its index", t.unsent)
	}
	return s.String()
}
