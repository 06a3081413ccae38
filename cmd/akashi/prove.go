package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

// evidenceSuffix is added to a record's file name to name its evidence.
const evidenceSuffix = ".akashi"

func (e *env) proveCommand() *cli.Command {
	return &cli.Command{
		Name:      "prove",
		Usage:     "fetch the evidence of a record",
		ArgsUsage: "FILE... | FOLDER...",
		Description: `Writes the evidence to FILE.akashi. Whoever has the record and the evidence
can verify both for ever, also when this node is gone. A file that is there
already is replaced when it is evidence of the same record, and never when it
is anything else. Who holds the evidence of a sealed record can ask
the node for newer evidence of it, so give it to those who may see the record.

Of a folder, the evidence of every record in it and below is fetched, and put
beside it; hidden files and evidence are passed over and links not followed.
One record that has no evidence yet does not keep the others back.

With --bake, the evidence of a badge that is baked into a PNG or SVG is put
into that image, beside the badge; nothing else of the image changes, and its
digest stays what it is. The evidence of other records goes beside them.

Exit code 0: written. 1: one failed. 2: none failed, and one waits for its
anchor.

Examples:
   akashi --dir uni prove badge.json
   akashi --dir uni prove diplomas-2026
   akashi --dir uni prove badge.png --bake
   akashi --dir uni prove --index 17 -o evidence.akashi`,
		Flags: []cli.Flag{
			typeFlag(), indexFlag(),
			&cli.StringFlag{Name: "cid", Usage: "`CID` of an open record, instead of a file"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FILE` to write; - for standard output"},
			&cli.BoolFlag{Name: "bake", Usage: "put the evidence of baked images into them"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() > 1 || hasFolder(c.Args().Slice()) {
				return e.proveMany(c)
			}
			ask, err := e.evidenceWanted(c.Context, c)
			if err != nil {
				return err
			}
			client, err := e.client(c)
			if err != nil {
				return err
			}
			ctx, cancel := e.bounded(c.Context)
			defer cancel()
			raw, ev, err := client.Evidence(ctx, ask.query)
			var problem *node.Problem
			switch {
			case errors.As(err, &problem) && problem.Retry():
				return codedError{exitUnknown, about(ask.name, client, err)}
			case err != nil:
				return about(ask.name, client, err)
			case !ask.answeredBy(ev):
				return fmt.Errorf("%s: %s answered with evidence of another record", ask.name, client.URL)
			}
			switch {
			case ask.image != nil:
				ask.output = c.Args().First()
				err = bakeEvidence(ask.output, ask.image, raw, ev)
			case ask.output == "-":
				return e.write(raw)
			default:
				err = writeEvidence(ask.output, raw, ev)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", ask.output, err)
			}
			return e.say(proveJSON{ask.output, ev.Index, ev.Ref()}, func(w io.Writer) {
				fmt.Fprintf(w, "%s: %s\n", ask.output, ev)
			})
		},
	}
}

type proveJSON struct {
	Evidence string            `json:"evidence"` // the file
	Index    uint64            `json:"index"`
	Log      checkpoint.LogRef `json:"log"`
}

// A wanted is the evidence that somebody asks for.
type wanted struct {
	query  node.EvidenceQuery
	name   string // of the record, in messages
	output string // file to write, or "-"
	image  []byte // that the evidence is to be put into, instead
}

// answeredBy reports whether e is about the record that was asked for.
func (w wanted) answeredBy(e verify.Evidence) bool {
	q := w.query
	switch {
	case q.Index != nil:
		return e.Index == *q.Index
	case q.CID != "":
		return e.Record.Open && record.CIDOf(e.Record.Digest).String() == q.CID
	}
	return e.Record.Type == *q.Type && e.Record.Digest == *q.Digest
}

// evidenceWanted reads what the command line asks for.
func (e *env) evidenceWanted(ctx context.Context, c *cli.Context) (wanted, error) {
	w := wanted{output: c.String("output")}
	index, err := indexOf(c)
	if err != nil {
		return w, err
	}
	ways := c.NArg()
	for _, name := range []string{"index", "cid"} {
		if c.IsSet(name) {
			ways++
		}
	}
	if ways != 1 {
		return w, usage("give a file or a folder, or --index N, or --cid CID")
	}
	preset := ""
	switch {
	case index != nil:
		w.query.Index = index
		w.name, preset = fmt.Sprintf("entry %d", *index), fmt.Sprintf("%d%s", *index, evidenceSuffix)
	case c.IsSet("cid"):
		cid := c.String("cid")
		if _, err := record.ParseCID(cid); err != nil {
			return w, usage("--cid: %v", err)
		}
		w.query.CID = cid
		w.name, preset = cid, cid+evidenceSuffix
	default:
		declared, err := typeOf(c)
		if err != nil {
			return w, err
		}
		path := c.Args().First()
		b, r, err := e.parseRecord(ctx, path)
		if err != nil {
			return w, err
		}
		if c.Bool("bake") && r.Baked() {
			if path == "-" || c.IsSet("output") {
				return w, usage("--bake puts the evidence into the image itself: name the image, and no --output")
			}
			w.image = b
		}
		t, d := r.InferType(), r.Digest()
		if declared != nil {
			t = *declared
		}
		w.query.Type, w.query.Digest = &t, &d
		w.name, preset = nameOf(path), path+evidenceSuffix
		if path == "-" {
			preset = "-"
		}
	}
	if !c.IsSet("output") {
		w.output = preset
	}
	if w.output == "" {
		return w, usage("--output is empty: name a file, or - for standard output")
	}
	return w, nil
}
