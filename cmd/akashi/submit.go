package main

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
)

func (e *env) submitCommand() *cli.Command {
	return &cli.Command{
		Name:      "submit",
		Usage:     "log records",
		ArgsUsage: "FILE...",
		Description: `Each FILE is one record: an Open Badges assertion or credential in JSON, a
VC-JWT, a course review, or any other file ("-" reads one from standard
input). When submit names an index, the record is on the node's disk for good.
Submitting it again gives the same index. Several files are sent at once, and
their indexes follow no order.

One bad file does not keep the others back. Files that were not sent, since
the node could not be reached or takes none, are counted.

With --wait, submit waits until an anchor covers all of them: as long as it
takes, or as --timeout says. Interrupting it loses nothing that is logged.

Exit code 0: done. 1: a file was not logged. 2: all are logged, and the anchor
that was to be waited for is not there.

Examples:
   akashi --dir uni submit badge.json
   akashi --dir uni submit *.json --wait final --timeout 30m
   akashi --dir uni submit regulations.pdf --type document --open`,
		Flags: []cli.Flag{
			typeFlag(),
			&cli.BoolFlag{Name: "open", Usage: "publish a document's bytes (badges are never open, course reviews always)"},
			&cli.StringFlag{Name: "wait", Usage: "`STATE` to wait for: logged, anchored or final", Value: node.StateLogged},
			&cli.DurationFlag{Name: "timeout", Usage: "longest `TIME` to wait, such as 30m (default: no limit)"},
		},
		Action: e.submit,
	}
}

// concurrent is how many files are on their way at once: enough that they
// share the node's commits to disk, and few enough that it takes them all.
const concurrent = 16

// A sending is one file and what became of it.
type sending struct {
	path   string
	done   chan struct{} // closed when the rest is set
	logged node.Logged
	err    error // nil: logged
	unsent bool  // it was not tried, since no other could be sent either
}

func (e *env) submit(c *cli.Context) error {
	if c.NArg() == 0 {
		return usage("give at least one file")
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
	client, err := e.client(c)
	if err != nil {
		return err
	}
	line := e.progress()
	defer line.clear()
	sendings := e.send(c.Context, client, c.Args().Slice(), t, c.Bool("open"))
	waiting := goal != node.StateLogged
	var sum tally
	var highest *uint64 // of the indexes to wait for
	for i, s := range sendings {
		line.show("%d of %d sent", i, len(sendings))
		<-s.done
		sum.count(s)
		if s.err == nil && (highest == nil || s.logged.Index > *highest) {
			highest = &s.logged.Index
		}
		// What is waited for is told when the waiting is over.
		if s.err != nil || !waiting {
			line.clear()
			if err := e.tell(s); err != nil {
				return err
			}
		}
	}
	var late error
	if waiting && highest != nil {
		var reached node.LogInfo
		reached, late = e.await(c.Context, client, *highest, goal, c.Duration("timeout"), line)
		line.clear()
		for _, s := range sendings {
			if s.err != nil {
				continue
			}
			s.logged.State = stateOf(reached, s.logged)
			if err := e.tell(s); err != nil {
				return err
			}
		}
	}
	if sum.failed > 0 && len(sendings) > 1 && !e.json {
		e.complain("%s", sum)
	}
	if late != nil {
		// Also under --json, as a line of its own, after those of the files.
		code := e.finish(codedError{exitUnknown, late}, c.Command.Name)
		if sum.failed == 0 {
			return exitError(code)
		}
	}
	if sum.failed > 0 {
		return exitError(exitFailed)
	}
	return nil
}

// send sends the files, several at once. The sendings are in the order of the
// paths, and done in any.
func (e *env) send(ctx context.Context, client *node.Client, paths []string, t *record.Type, open bool) []*sending {
	sendings := make([]*sending, len(paths))
	next := make(chan *sending, len(paths))
	for i, path := range paths {
		sendings[i] = &sending{path: path, done: make(chan struct{})}
		next <- sendings[i]
	}
	close(next)
	// Ends when one sending shows that no other can succeed.
	hope, giveUp := context.WithCancelCause(ctx)
	one := func(s *sending) {
		if cause := context.Cause(hope); cause != nil {
			s.err, s.unsent = fmt.Errorf("not sent: %w", cause), true
		} else if s.logged, s.err = e.sendOne(ctx, client, s.path, t, open); hopeless(s.err) {
			giveUp(s.err)
		}
		close(s.done)
	}
	go func() {
		// The first goes alone: when there is no node, one file says so.
		one(<-next)
		for range min(concurrent, len(paths)-1) {
			go func() {
				for s := range next {
					one(s)
				}
			}()
		}
	}()
	return sendings
}

func (e *env) sendOne(ctx context.Context, client *node.Client, path string, t *record.Type, open bool) (node.Logged, error) {
	b, _, err := e.parseRecord(ctx, path)
	if err != nil {
		return node.Logged{}, err
	}
	ctx, cancel := e.bounded(ctx)
	defer cancel()
	logged, err := client.Submit(ctx, node.Submission{Record: b, Type: t, Open: open})
	if err != nil {
		return logged, fmt.Errorf("%s: %w", nameOf(path), harmless(err))
	}
	return logged, nil
}

// tell says what became of one file.
func (e *env) tell(s *sending) error {
	switch {
	case s.err != nil && e.json:
		return e.sayJSON(describe(s.path, s.err))
	case s.unsent:
		return nil // it is counted
	case s.err != nil:
		e.complain("%s", message(s.err))
		return nil
	}
	return e.say(submitJSON{s.path, s.logged}, func(w io.Writer) {
		again := ""
		if s.logged.Duplicate {
			again = ", was there already"
		}
		fmt.Fprintf(w, "%s: %s at index %d, %s%s\n", nameOf(s.path), s.logged.Type, s.logged.Index, s.logged.State, again)
	})
}

type submitJSON struct {
	File string `json:"file"`
	node.Logged
}

// A tally counts files.
type tally struct{ all, failed, unsent int }

func (t *tally) count(s *sending) {
	t.all++
	if s.err != nil {
		t.failed++
	}
	if s.unsent {
		t.unsent++
	}
}

func (t tally) String() string {
	s := fmt.Sprintf("%d of %d files are logged, %d failed", t.all-t.failed, t.all, t.failed-t.unsent)
	if t.unsent > 0 {
		s += fmt.Sprintf(", %d not sent; submit them again later: what is logged keeps its index", t.unsent)
	}
	return s
}
