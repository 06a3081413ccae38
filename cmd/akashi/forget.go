package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
)

func (e *env) forgetCommand() *cli.Command {
	return &cli.Command{
		Name:      "forget",
		Usage:     "destroy what the node holds of a record, leaving the log whole",
		ArgsUsage: "FILE",
		Description: `The record, its salt and its digest are destroyed on this node. Its entry
stays in the log, as a commitment that nobody can open. The node refuses the
record from then on. Backups made before, and copies in other hands, are not
reached. This cannot be undone.

Examples:
   akashi --dir uni forget diploma.pdf
   akashi --dir uni forget --index 17`,
		Flags: []cli.Flag{typeFlag(), indexFlag()},
		Action: func(c *cli.Context) error {
			client, err := e.client(c)
			if err != nil {
				return err
			}
			t, err := e.target(c.Context, c, client)
			var problem *node.Problem
			if errors.As(err, &problem) && problem.Name() == "forgotten" {
				// What was to be done is done, and the node has forgotten where.
				return e.say(map[string]bool{"forgotten": true}, func(w io.Writer) {
					fmt.Fprintf(w, "%s was forgotten before\n", nameOf(c.Args().First()))
				})
			}
			if err != nil {
				return err
			}
			ctx, cancel := e.bounded(c.Context)
			defer cancel()
			done, err := client.Forget(ctx, node.Target{Index: &t.index})
			if err != nil {
				return about(t.name, client, harmless(err))
			}
			return e.say(done, func(w io.Writer) { fmt.Fprintf(w, "record %d is forgotten\n", done.Index) })
		},
	}
}
