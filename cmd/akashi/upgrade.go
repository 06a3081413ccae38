package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/store"
)

func (e *env) upgradeCommand() *cli.Command {
	return &cli.Command{
		Name:      "upgrade",
		Usage:     "bring a stopped node's store to the format of this release",
		ArgsUsage: "FOLDER",
		Description: `A store is upgraded by this command only, since there is no way back but the
copy of log.db that it makes first, or a backup. What a crash interrupts is
finished by calling it again.

--dry-run says what would change, how much room it takes and about how long it
lasts, and changes nothing.

Exit code 0: done, or nothing to do. 1: failed.

Examples:
   akashi upgrade --dry-run uni
   akashi upgrade uni`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "dry-run", Usage: "only say what would be done"},
			&cli.BoolFlag{Name: "no-copy", Usage: "do not copy log.db first: there is a backup"},
		},
		Action: func(c *cli.Context) error {
			config, err := e.configOfFolder(c)
			if err != nil {
				return err
			}
			config.Logger = e.quiet()
			line := e.progress()
			dry := c.Bool("dry-run")
			p, err := node.Upgrade(c.Context, config, store.UpgradeOptions{
				DryRun: dry, NoCopy: c.Bool("no-copy"), Progress: func(what string) { line.show("%s", what) },
			})
			line.clear()
			if err != nil {
				return err
			}
			return e.say(p, func(w io.Writer) { upgradeText(w, p, dry) })
		},
	}
}

func upgradeText(w io.Writer, p store.UpgradePlan, dry bool) {
	if !p.Needed() {
		fmt.Fprintf(w, "the store has format %d, that of this release: nothing to do\n", p.From)
		return
	}
	if p.Interrupted {
		fmt.Fprintf(w, "an upgrade from format %d was interrupted\n", p.From)
	}
	for _, s := range p.Steps {
		fmt.Fprintf(w, "format %d to %d: %s (%d rows, %d bytes)\n", s.From, s.To, s.What, s.Rows, s.Bytes)
	}
	if p.Copy != "" {
		fmt.Fprintf(w, "log.db is copied first: %s, %d bytes; delete it when the node runs well\n", p.Copy, p.CopyBytes)
	}
	if dry {
		fmt.Fprintf(w, "takes %d bytes of room and about %s on a slow disk; nothing was changed\n", p.DiskBytes, p.Duration())
		return
	}
	fmt.Fprintf(w, "the store has format %d; akashi fsck checks it whole\n", p.To)
}
