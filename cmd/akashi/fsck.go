package main

import (
	"fmt"
	"io"
	"path/filepath"

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

Example:
   akashi fsck uni`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("give the one folder that akashi init made")
			}
			config, err := node.Load(filepath.Join(c.Args().First(), node.ConfigFile), e.environ, nil)
			if err != nil {
				return err
			}
			report, err := node.Fsck(c.Context, config, e.progress(c, "entries"))
			if err != nil {
				return err
			}
			if err := e.say(c, report, func(w io.Writer) { fmt.Fprintln(w, report) }); err != nil {
				return err
			}
			if !report.Clean() {
				return exitError(exitFailed)
			}
			return nil
		},
	}
}
