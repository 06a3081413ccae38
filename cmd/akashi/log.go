package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"
)

func (e *env) logCommand() *cli.Command {
	return &cli.Command{
		Name:  "log",
		Usage: "show a node's log: its names, its sizes and how anchoring goes",
		Description: `Examples:
   akashi log --node https://log.uni.example
   akashi --dir uni --json log`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 0 {
				return usage("log takes no arguments")
			}
			client, err := e.client(c)
			if err != nil {
				return err
			}
			l, err := e.askLog(c.Context, client)
			if err != nil {
				return err
			}
			return e.say(l, func(w io.Writer) {
				fmt.Fprintf(w, "log        %s\n", l.Ref)
				fmt.Fprintf(w, "origin     %s\n", l.Origin)
				fmt.Fprintf(w, "operator   %s\n", l.Operator)
				fmt.Fprintf(w, "entries    %d on disk, %d in the checkpoint, %d anchored, %d final\n", l.Size, l.CheckpointSize, l.AnchoredSize, l.FinalSize)
				if n := l.Size - min(l.Size, l.AnchoredSize); n > 0 {
					fmt.Fprintf(w, "waiting    %d for the next anchor\n", n)
				}
				fmt.Fprintf(w, "anchoring  %s: %s\n", l.Anchoring.State, l.Anchoring.Detail)
				if l.Signing.State != "" { // a node of an earlier release does not say
					fmt.Fprintf(w, "signing    %s: %s\n", l.Signing.State, l.Signing.Detail)
				}
			})
		},
	}
}
