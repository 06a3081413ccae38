package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
)

// A doctorJSON is what akashi doctor says under --json.
type doctorJSON struct {
	Level    node.Level     `json:"level"` // the worst of the findings
	Findings []node.Finding `json:"findings"`
}

func (e *env) doctorCommand() *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "look whether a node has all it needs, and say what to do",
		ArgsUsage: "FOLDER",
		Description: `FOLDER is one that akashi init made. The doctor looks at keys, tokens and
certificates, disk and clock, the chain's RPC, the registry, the log on it, the
operator's account, and at the node itself when it runs. It changes nothing.

With --wait logging it first waits until the node takes records; with --wait
anchoring also until the chain was seen to agree with the log.

Exit code 0: all is well. 1: something fails. 2: nothing fails, and something
will unless you act.

Examples:
   akashi doctor uni
   akashi doctor uni --wait anchoring
   akashi --json doctor uni`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "wait", Usage: "wait until the running node is ready for `PART`: logging or anchoring"},
			&cli.DurationFlag{Name: "timeout", Usage: "longest `TIME` to wait so", Value: 2 * time.Minute},
		},
		Action: func(c *cli.Context) error {
			dir, err := e.folder(c)
			if err != nil {
				return err
			}
			part := c.String("wait")
			if c.IsSet("wait") && part != node.ReadyLogging && part != node.ReadyAnchoring {
				return usage("--wait %q is none of logging, anchoring", part)
			}
			if d := c.Duration("timeout"); d <= 0 {
				return usage("--timeout %s is not above zero", d)
			}
			config, err := e.configIn(dir)
			if err != nil {
				return err
			}
			if err := c.Set("dir", dir); err != nil {
				return err
			}
			client, clientErr := e.client(c)
			if part != "" {
				if clientErr != nil {
					return clientErr
				}
				if err := e.awaitReady(c.Context, client, part, c.Duration("timeout")); err != nil {
					return err
				}
			}
			if clientErr != nil {
				client = nil // what is wrong with it is among the findings
			}
			return e.sayFindings(node.Doctor(c.Context, config, dir, client))
		},
	}
}

func (e *env) sayFindings(findings []node.Finding) error {
	worst, marks := node.OK, map[node.Level]string{node.OK: "ok", node.Warn: "warn", node.Fail: "FAIL"}
	for _, f := range findings {
		if f.Level == node.Fail || f.Level == node.Warn && worst == node.OK {
			worst = f.Level
		}
	}
	err := e.say(doctorJSON{worst, findings}, func(w io.Writer) {
		for _, f := range findings {
			fmt.Fprintf(w, "%-4s  %-14s  %s\n", marks[f.Level], f.Code, strings.TrimSuffix(f.Text, ".")+".")
			if f.Do != "" {
				fmt.Fprintf(w, "%22s  %s\n", "", f.Do)
			}
		}
	})
	if err != nil {
		return err
	}
	return exit(exitFor(worst, node.OK, node.Fail))
}

// awaitReady asks the node until it is ready for a part of its work.
func (e *env) awaitReady(ctx context.Context, client *node.Client, part string, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	line := e.progress()
	defer line.clear()
	detail := "the node was not asked"
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		err := client.ReadyTo(ctx, part)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			detail = message(err)
		}
		line.show("waiting until the node is ready for %s: %s", part, detail)
		switch err := sleep(ctx, pause); {
		case errors.Is(err, context.DeadlineExceeded):
			return codedError{exitUnknown, fmt.Errorf("not ready for %s after %s: %s", part, limit, detail)}
		case err != nil:
			return fmt.Errorf("interrupted before the node was ready for %s: %s", part, detail)
		}
	}
}
