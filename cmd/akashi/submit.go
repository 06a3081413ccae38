package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
)

func (e *env) submitCommand() *cli.Command {
	return &cli.Command{
		Name:      "submit",
		Usage:     "log records",
		ArgsUsage: "FILE...",
		Description: `Each FILE is one record: an Open Badges assertion or credential in JSON, a
VC-JWT, a course review, or any other file ("-" reads one from standard
input). When submit answers, the record is on the node's disk for good.
Submitting it again gives the same index.

Examples:
   akashi --dir uni submit badge.json
   akashi --dir uni submit *.json --wait final --timeout 5m
   akashi --dir uni submit regulations.pdf --type document --open`,
		Flags: []cli.Flag{
			typeFlag(),
			&cli.BoolFlag{Name: "open", Usage: "publish a document's bytes (badges are never open, course reviews always)"},
			&cli.StringFlag{Name: "wait", Usage: "`STATE` to wait for: logged, anchored or final", Value: node.StateLogged},
			&cli.DurationFlag{Name: "timeout", Usage: "how long to wait", Value: time.Minute},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usage("give at least one file")
			}
			t, err := typeOf(c)
			if err != nil {
				return err
			}
			switch c.String("wait") {
			case node.StateLogged, node.StateAnchored, node.StateFinal:
			default:
				return usage("--wait %q is none of logged, anchored, final", c.String("wait"))
			}
			client, err := e.client(c)
			if err != nil {
				return err
			}
			failed := 0
			for _, path := range c.Args().Slice() {
				b, err := e.readRecord(path)
				var logged node.Logged
				if err == nil {
					logged, err = client.Submit(c.Context, node.Submission{
						Record: b, Type: t, Open: c.Bool("open"), Wait: c.String("wait"), Timeout: c.Duration("timeout"),
					})
				}
				if err != nil {
					if c.Context.Err() != nil {
						return c.Context.Err()
					}
					failed++
					fmt.Fprintf(e.stderr, "akashi: %s: %v\n", path, err)
					if errors.Is(err, node.ErrUnreachable) {
						break // the others would say the same
					}
					continue
				}
				if err := e.say(c, submitJSON{path, logged}, func(w io.Writer) {
					again := ""
					if logged.Duplicate {
						again = ", was there already"
					}
					fmt.Fprintf(w, "%s: %s at index %d, %s%s\n", path, logged.Type, logged.Index, logged.State, again)
				}); err != nil {
					return err
				}
			}
			if failed > 0 {
				return exitError(exitFailed)
			}
			return nil
		},
	}
}

type submitJSON struct {
	File string `json:"file"`
	node.Logged
}
