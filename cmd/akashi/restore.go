package main

import (
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
)

func (e *env) restoreCommand() *cli.Command {
	return &cli.Command{
		Name:      "restore",
		Usage:     "make a node's folder again from a backup",
		ArgsUsage: "BACKUP FOLDER",
		Description: `BACKUP is a folder that akashi backup made; FOLDER must not exist. The log is
rebuilt, checked whole as akashi fsck does, and held against the chain.

The machine that is lost may come back with its keys. So the restored node gets
a new operator key and a new checkpoint key, and signs and anchors nothing until
the owner has set both on the chain and that is final. It takes records
meanwhile, unless the chain has entries that the backup lacks.

Exit code 0: restored. 1: not. 2: restored, but the chain has entries that the
backup lacks, or could not be asked.

Example:
   akashi restore /mnt/backup/uni uni2 --secret-file node.secret`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "secret-file", Usage: "`FILE` that was secrets/node.secret of the lost node (needed)"},
			&cli.StringFlag{Name: "config", Usage: "`FILE` to take for akashi.toml instead of the backup's"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return usage("give the folder of the backup and the folder to make")
			}
			if c.String("secret-file") == "" {
				return usage("give --secret-file FILE: the secrets/node.secret of the lost node, which no backup has")
			}
			line := e.progress()
			r, err := node.Restore(c.Context, c.Args().Get(1), node.RestoreOptions{
				From: c.Args().First(), SecretFile: c.String("secret-file"), Config: c.String("config"),
				Progress: func(what string, done, total uint64) { line.show("%s: %d of %d entries", what, done, total) },
			})
			line.clear()
			if err != nil {
				return err
			}
			if err := e.say(r, func(w io.Writer) { restoredText(w, r) }); err != nil {
				return err
			}
			if r.Lost > 0 || r.ChainSize == nil {
				return exitError(exitUnknown)
			}
			return nil
		},
	}
}

func restoredText(w io.Writer, r node.Restored) {
	fmt.Fprintf(w, "%s holds the log %s with %d entries, as of %s; it checks whole.\n", r.Dir, r.Ref, r.Size, r.Made.UTC().Format(time.RFC3339))
	switch {
	case r.Lost > 0:
		fmt.Fprintf(w, `The chain has the log at size %d: the backup lacks the last %d entries.
This log cannot go on from here: look for a newer backup or the old disk. If
there is none, keep this node for evidence of what it has, open a new log with
akashi init, and log the lost records there.
`, *r.ChainSize, r.Lost)
		return
	case r.ChainSize == nil:
		fmt.Fprintf(w, "The chain could not be asked whether it has entries that the backup lacks: %s\n", r.Chain)
	default:
		fmt.Fprintf(w, "The chain has the log at size %d: nothing that was anchored is missing.\n", *r.ChainSize)
	}
	fmt.Fprintf(w, `What was logged after the backup is lost unless it is submitted again.
Nothing is signed or anchored until the owner has set, on the chain:
   akashi owner operator %s
   akashi owner keys %s
Send coin to that operator, which pays for anchors, and start the node. Tokens
count as before; secrets/token is in no backup, so make one for this folder with
akashi token new.
`, r.Operator, r.Key)
}
