package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/store"
)

// A backupJSON is what akashi backup says under --json.
type backupJSON struct {
	Dir string `json:"dir"`
	store.BackupInfo
	Entries uint64   `json:"entries,omitzero"` // new ones
	Written int64    `json:"written,omitzero"` // bytes
	Mended  []string `json:"mended,omitempty"`
	By      string   `json:"by"` // "node" when the running node made it, "command", or "check"
}

func (e *env) backupCommand() *cli.Command {
	return &cli.Command{
		Name:      "backup",
		Usage:     "bring the backup of a log up to date, or check one",
		ArgsUsage: "FOLDER",
		Description: `FOLDER is one that akashi init made. The backup goes to backup.dir of the
configuration, or to --to. The first costs a copy of the log, each later one
what changed. A node that runs makes it itself, and into backup.dir only; with
backup.interval it does so without being asked.

The backup has the log, the records (encrypted), the configuration and the
hashes of tokens. It has no secret: keep a copy of secrets/node.secret and of
the owner's key elsewhere. Without node.secret no record can be restored.

--check reads every byte of a backup and recomputes the log from it. It needs
neither the node nor a secret; the folder is then that of the backup.

Exit code 0: the backup is made, or whole. 1: it is not.

Examples:
   akashi backup uni --to /mnt/backup/uni
   akashi backup --check /mnt/backup/uni`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "to", Usage: "`FOLDER` of the backup (default: backup.dir of the configuration)"},
			&cli.BoolFlag{Name: "check", Usage: "check the backup in FOLDER instead"},
			&cli.DurationFlag{Name: "timeout", Usage: "longest `TIME` to wait for a running node to make the backup", Value: 6 * time.Hour},
		},
		Action: func(c *cli.Context) error {
			if c.Bool("check") {
				return e.checkBackup(c)
			}
			dir, err := e.folder(c)
			if err != nil {
				return err
			}
			config, err := e.configIn(dir)
			if err != nil {
				return err
			}
			config.Logger = e.quiet()
			to := c.String("to")
			if to == "" && config.Backup.Dir == "" {
				return usage("name the folder of the backup: give --to FOLDER, or set backup.dir in %s", config.Path)
			}
			r, err := node.Backup(c.Context, config, to)
			if errors.Is(err, store.ErrLocked) {
				return e.askForBackup(c, dir, to, config)
			}
			if err != nil {
				return err
			}
			return e.sayBackup(backupJSON{Dir: r.Dir, BackupInfo: r.BackupInfo, Entries: r.Entries, Written: r.Written, Mended: r.Mended, By: "command"})
		},
	}
}

func (e *env) sayBackup(b backupJSON) error {
	return e.say(b, func(w io.Writer) {
		fmt.Fprintf(w, "%s holds %d entries with root %s (%d new, %d bytes written)\n", b.Dir, b.Size, b.Root, b.Entries, b.Written)
		for _, name := range b.Mended {
			fmt.Fprintf(w, "%s was missing or damaged and was made again: look at the disk\n", name)
		}
	})
}

// askForBackup has the running node make the backup.
func (e *env) askForBackup(c *cli.Context, dir, to string, config node.Config) error {
	if config.Backup.Dir == "" {
		return fmt.Errorf("the node runs, and makes no backups: set backup.dir in %s and start it again, or stop it for this one", config.Path)
	}
	if to != "" && !sameFolder(to, config.Backup.Dir) {
		return fmt.Errorf("the node runs, and makes its backup in %s only: leave --to out and copy that folder, or stop the node", config.Backup.Dir)
	}
	client, err := e.clientOf(c, dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Context, c.Duration("timeout"))
	defer cancel()
	before, err := client.BackupStatus(ctx)
	if err != nil {
		return err
	}
	line := e.progress()
	line.show("the node makes the backup")
	s, err := client.Backup(ctx, 200*time.Millisecond)
	line.clear()
	switch {
	case err != nil:
		return err
	case s.Error != "":
		return fmt.Errorf("the node could not make the backup: %s", s.Error)
	case s.Last == nil:
		return errors.New("the node says nothing of the backup")
	}
	b := backupJSON{
		Dir: config.Backup.Dir, Written: s.Written, By: "node",
		BackupInfo: store.BackupInfo{Made: time.Unix(s.Last.Made, 0).UTC(), Size: s.Last.Size, Root: s.Last.Root, Bytes: s.Last.Bytes, Files: []string{}},
	}
	if before.Last != nil {
		b.Entries = b.Size - min(b.Size, before.Last.Size)
	} else {
		b.Entries = b.Size
	}
	return e.sayBackup(b)
}

// sameFolder says whether two names are of one folder, as far as names tell.
func sameFolder(a, b string) bool {
	x, xerr := filepath.Abs(a)
	y, yerr := filepath.Abs(b)
	return xerr == nil && yerr == nil && x == y
}

func (e *env) checkBackup(c *cli.Context) error {
	if c.NArg() != 1 {
		return usage("give the one folder of the backup")
	}
	if c.String("to") != "" {
		return usage("--check and --to do not go together")
	}
	dir := c.Args().First()
	line := e.progress()
	info, err := store.CheckBackup(c.Context, dir, func(done, total uint64) { line.show("%d of %d entries", done, total) })
	line.clear()
	if err != nil {
		return err
	}
	return e.say(backupJSON{Dir: dir, BackupInfo: info, By: "check"}, func(w io.Writer) {
		fmt.Fprintf(w, "whole: %s; %d records were forgotten; files: %v\n", info, info.Forgotten, info.Files)
	})
}
