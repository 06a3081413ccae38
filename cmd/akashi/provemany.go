package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

// A proved is one record of many and what became of its evidence.
type proved struct {
	path     string // of the record
	output   string // file that the evidence is in
	evidence verify.Evidence
	err      error // nil: written
	unsent   bool  // it was not asked for, since no other could be either
}

// proveMany fetches the evidence of every record that the arguments name and
// puts it beside them.
func (e *env) proveMany(c *cli.Context) error {
	for _, name := range []string{"index", "cid", "output"} {
		if c.IsSet(name) {
			return usage("--%s is for one record; of several files and folders each has its evidence beside it", name)
		}
	}
	declared, err := typeOf(c)
	if err != nil {
		return err
	}
	client, err := e.client(c)
	if err != nil {
		return err
	}
	find := &walk{args: recordsOnly(c.Args().Slice())}
	line := e.progress()
	defer line.clear()
	total := line.total(c.Context, find)
	// Set by the first error that every other record would meet too.
	var hopeless atomic.Pointer[error]
	var sum struct{ all, waiting, failed, unsent int }
	bake := c.Bool("bake")
	err = inOrder(c.Context, find.files(c.Context), func(ctx context.Context, f found) proved {
		if cause := hopeless.Load(); cause != nil {
			return proved{path: f.path, err: fmt.Errorf("not asked for: %w", *cause), unsent: true}
		}
		p := e.proveOne(ctx, client, f, declared, bake)
		if isHopeless(p.err) {
			hopeless.CompareAndSwap(nil, &p.err)
		}
		return p
	}, func(p proved) error {
		sum.all++
		code := exitDone
		if p.err != nil {
			code = codeOf(p.err)
		}
		switch {
		case p.unsent:
			sum.unsent++
		case code == exitUnknown:
			sum.waiting++
		case p.err != nil:
			sum.failed++
		}
		line.before(e.stdout)
		defer line.bar(sum.all, total, "%d wait for their anchor, %d failed", sum.waiting, sum.failed)
		switch {
		case p.err != nil && e.json:
			return e.sayJSON(describe(p.path, p.err))
		case p.unsent:
			return nil
		case p.err != nil:
			line.clear()
			e.complain("%s", message(p.err))
			return nil
		}
		output := p.output
		return e.say(proveJSON{output, p.evidence.Index, p.evidence.Ref()}, func(w io.Writer) {
			fmt.Fprintf(w, "%s: %s\n", nameOf(output), p.evidence)
		})
	})
	line.clear()
	if err != nil && c.Context.Err() == nil {
		return err
	}
	if !e.json {
		text := fmt.Sprintf("%d of %d records have their evidence", sum.all-sum.waiting-sum.failed-sum.unsent, sum.all)
		if sum.waiting > 0 {
			text += fmt.Sprintf(", %d wait for their anchor; ask again later", sum.waiting)
		}
		if sum.failed > 0 {
			text += fmt.Sprintf(", %d failed", sum.failed)
		}
		if sum.unsent > 0 {
			text += fmt.Sprintf(", %d were not asked for", sum.unsent)
		}
		e.complain("%s", text)
	}
	switch {
	case err != nil:
		return errors.New("interrupted: the rest was not asked for")
	case sum.failed+sum.unsent > 0:
		return exitError(exitFailed)
	case sum.waiting > 0:
		return exitError(exitUnknown)
	case sum.all == 0:
		return errors.New("there is no record in what was named")
	}
	return nil
}

// proveOne fetches and writes the evidence of one record. Its errors name the
// file.
func (e *env) proveOne(ctx context.Context, client *node.Client, f found, declared *record.Type, bake bool) proved {
	p := proved{path: f.path, output: f.path + evidenceSuffix}
	if f.err != nil {
		p.err = fmt.Errorf("%s: %w", nameOf(f.path), f.err)
		return p
	}
	if f.path == "-" {
		p.err = errors.New("standard input: it has no place for evidence beside it; ask for it alone")
		return p
	}
	b, r, err := e.parseRecord(ctx, f.path)
	if err != nil {
		p.err = err
		return p
	}
	t, d := r.InferType(), r.Digest()
	if declared != nil {
		t = *declared
	}
	ask := wanted{query: node.EvidenceQuery{Type: &t, Digest: &d}}
	raw, err := e.evidenceOf(ctx, client, ask.query, &p.evidence)
	var problem *node.Problem
	switch {
	case errors.As(err, &problem) && problem.Retry():
		p.err = codedError{exitUnknown, about(nameOf(f.path), client, err)}
	case err != nil:
		p.err = about(nameOf(f.path), client, err)
	case !ask.answeredBy(p.evidence):
		p.err = fmt.Errorf("%s: %s answered with evidence of another record", nameOf(f.path), client.URL)
	case bake && r.Baked():
		p.output = f.path
		if err := bakeEvidence(f.path, b, raw, p.evidence); err != nil {
			p.err = fmt.Errorf("%s: %w", nameOf(f.path), err)
		}
	default:
		if err := writeEvidence(p.output, raw, p.evidence); err != nil {
			p.err = fmt.Errorf("%s: %w", nameOf(p.output), err)
		}
	}
	return p
}

// evidenceOf asks for evidence, and again when the node has too much to do.
func (e *env) evidenceOf(ctx context.Context, client *node.Client, q node.EvidenceQuery, ev *verify.Evidence) ([]byte, error) {
	ctx, cancel := e.bounded(ctx)
	defer cancel()
	for {
		raw, found, err := client.Evidence(ctx, q)
		var problem *node.Problem
		if !errors.As(err, &problem) || !problem.Retry() || problem.Name() == "not-final" || ctx.Err() != nil {
			*ev = found
			return raw, err
		}
		if sleep(ctx, time.Duration(problem.RetryAfter)*time.Second) != nil {
			return nil, err
		}
	}
}

// recordsOnly leaves out the evidence that "folder/*" names beside the records.
func recordsOnly(args []string) []string {
	var out []string
	for _, a := range args {
		if path, ok := strings.CutSuffix(a, evidenceSuffix); !ok || path == "" || !hasRecord(path) {
			out = append(out, a)
		}
	}
	return out
}
