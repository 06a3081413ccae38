package main

import (
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
			index, err := e.target(c.Context, c, client)
			if err != nil {
				return err
			}
			done, err := client.Forget(c.Context, node.Target{Index: &index})
			if err != nil {
				return err
			}
			return e.say(c, done, func(w io.Writer) { fmt.Fprintf(w, "record %d is forgotten\n", done.Index) })
		},
	}
}
