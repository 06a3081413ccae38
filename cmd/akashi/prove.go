package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
)

// evidenceSuffix is added to a record's file name to name its evidence.
const evidenceSuffix = ".akashi"

func (e *env) proveCommand() *cli.Command {
	return &cli.Command{
		Name:      "prove",
		Usage:     "fetch the evidence of a record",
		ArgsUsage: "FILE",
		Description: `Writes the evidence to FILE.akashi. Whoever has the record and the evidence
can verify both for ever, also when this node is gone.

Examples:
   akashi --dir uni prove badge.json
   akashi --dir uni prove --index 17 -o evidence.akashi`,
		Flags: []cli.Flag{
			typeFlag(), indexFlag(),
			&cli.StringFlag{Name: "cid", Usage: "`CID` of an open record, instead of a file"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FILE` to write; - for standard output"},
		},
		Action: func(c *cli.Context) error {
			query, name, err := e.evidenceQuery(c)
			if err != nil {
				return err
			}
			client, err := e.client(c)
			if err != nil {
				return err
			}
			raw, ev, err := client.Evidence(c.Context, query)
			var problem *node.Problem
			if errors.As(err, &problem) && problem.Retry() {
				fmt.Fprintf(e.stderr, "akashi: %v\n", err)
				return exitError(exitUnknown)
			}
			if err != nil {
				return err
			}
			if name == "-" {
				_, err := e.stdout.Write(raw)
				return err
			}
			if err := os.WriteFile(name, raw, 0o600); err != nil {
				return err
			}
			return e.say(c, map[string]any{"evidence": name, "index": ev.Index, "log": ev.Ref()}, func(w io.Writer) {
				fmt.Fprintf(w, "%s: %s\n", name, ev)
			})
		},
	}
}

// evidenceQuery says which evidence is meant and where it goes.
func (e *env) evidenceQuery(c *cli.Context) (node.EvidenceQuery, string, error) {
	var q node.EvidenceQuery
	name := c.String("output")
	index, err := indexOf(c)
	if err != nil {
		return q, "", err
	}
	cid := c.String("cid")
	ways := c.NArg()
	if index != nil {
		ways++
	}
	if cid != "" {
		ways++
	}
	if ways != 1 {
		return q, "", usage("give one file, or --index N, or --cid CID")
	}
	switch {
	case index != nil:
		q.Index = index
		if name == "" {
			name = fmt.Sprintf("%d%s", *index, evidenceSuffix)
		}
	case cid != "":
		if _, err := record.ParseCID(cid); err != nil {
			return q, "", usage("--cid: %v", err)
		}
		q.CID = cid
		if name == "" {
			name = cid + evidenceSuffix
		}
	default:
		path := c.Args().First()
		b, err := e.readRecord(path)
		if err != nil {
			return q, "", err
		}
		r, err := record.Parse(b)
		if err != nil {
			return q, "", fmt.Errorf("%s: %w", path, err)
		}
		t := r.InferType()
		if declared, err := typeOf(c); err != nil {
			return q, "", err
		} else if declared != nil {
			t = *declared
		}
		d := r.Digest()
		q.Type, q.Digest = &t, &d
		if name == "" {
			if path == "-" {
				name = "-"
			} else {
				name = path + evidenceSuffix
			}
		}
	}
	return q, name, nil
}
