package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
)

func (e *env) fsckCommand() *cli.Command {
	return &cli.Command{
		Name:      "fsck",
		Usage:     "recompute a stopped node's log from its entries and compare",
		ArgsUsage: "FOLDER",
		Description: `Recomputes every hash, tile, status, head, private row and index from the
entries and names the first divergence. The node must not be running.

Exit code 0: clean. 1: it diverges, or could not be read.

Example:
   akashi fsck uni`,
		Action: func(c *cli.Context) error {
			config, err := e.configOfFolder(c)
			if err != nil {
				return err
			}
			config.Logger = e.quiet()
			line := e.progress()
			report, err := node.Fsck(c.Context, config, func(done, total uint64) {
				line.show("%d of %d entries", done, total)
			})
			line.clear()
			if err != nil {
				return err
			}
			if err := e.say(report, func(w io.Writer) { fmt.Fprintln(w, report) }); err != nil {
				return err
			}
			if !report.Clean() {
				return exitError(exitFailed)
			}
			return nil
		},
	}
}
