package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
)

var statusCommands = map[string]struct {
	state record.State
	usage string
	more  string
}{
	"revoke":    {record.Revoked, "revoke a record for good", "A revoked record stays revoked. From the next final anchor on, every\nverification that sees it says \"revoked as of block N\"."},
	"suspend":   {record.Suspended, "suspend a record until it is reinstated", "Verifications that see the newest status refute a suspended record until it is\nreinstated; those that cannot ask say that they could not tell."},
	"reinstate": {record.Valid, "make a suspended record valid again", "A revoked record cannot be reinstated."},
}

func (e *env) statusCommand(name string) *cli.Command {
	s := statusCommands[name]
	return &cli.Command{
		Name:        name,
		Usage:       s.usage,
		ArgsUsage:   "FILE",
		Description: fmt.Sprintf("%s\n\nExamples:\n   akashi --dir uni %s badge.json\n   akashi --dir uni %s --index 17", s.more, name, name),
		Flags:       []cli.Flag{typeFlag(), indexFlag()},
		Action: func(c *cli.Context) error {
			client, err := e.client(c)
			if err != nil {
				return err
			}
			t, err := e.target(c.Context, c, client)
			if err != nil {
				return err
			}
			ctx, cancel := e.bounded(c.Context)
			defer cancel()
			changed, err := client.ChangeStatus(ctx, node.StatusChange{Index: &t.index, State: s.state})
			if err != nil {
				return about(t.name, client, harmless(err))
			}
			return e.say(changed, func(w io.Writer) {
				if !changed.Changed || changed.Index == nil {
					fmt.Fprintf(w, "record %d was %s already\n", changed.Target, changed.State)
					return
				}
				fmt.Fprintf(w, "record %d is %s by entry %d; verifiers see it from the next final anchor on\n", changed.Target, changed.State, *changed.Index)
			})
		},
	}
}
