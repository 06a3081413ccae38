package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
)

// env is what a command sees of the world.
type env struct {
	environ []string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	json    bool // --json

	patience time.Duration // --node-timeout
}

// Main runs one command line and returns its exit code. It reads nothing of
// the process but its signals: the first SIGINT or SIGTERM asks a command to
// end, the second ends it.
func Main(args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	e := &env{environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
	app := e.app()
	if len(args) > 1 && args[1] == completeWord {
		return e.finish(e.complete(args[2:]), "")
	}
	line := arrange(app, args)
	e.json = line.json
	return e.finish(app.RunContext(ctx, line.args), line.command)
}

func (e *env) app() *cli.App {
	app := &cli.App{
		Name:  "akashi",
		Usage: "log, anchor, prove and verify badges and course reviews",
		Description: `A university runs a node and sends it records:

   akashi init uni --origin log.uni.example --network dev
   akashi node uni
   akashi --dir uni submit badge.json --wait final
   akashi --dir uni prove badge.json

Anybody verifies, with a policy that says whom they trust:

   akashi verify badge.json badge.json.akashi --policy policy.json --rpc URL

Exit codes: 0 verified or done, 1 refuted or failed, 2 could not tell, or not
yet, 64 the call is wrong.

With --json, standard output holds one JSON document (of several files one a
line), and of what went wrong {"error":{"message","exitCode"}}, with
"problem" when the node answered with one.`,
		Writer:    e.stdout,
		ErrWriter: e.stderr,
		Reader:    e.stdin,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Usage: "`FOLDER` that akashi init made: finds the node and the token", EnvVars: []string{"AKASHI_DIR"}},
			&cli.StringFlag{Name: "node", Usage: "`URL` of the node (default: the one of --dir, else " + defaultNode + ")", EnvVars: []string{"AKASHI_NODE"}},
			&cli.StringFlag{Name: "token-file", Usage: "`FILE` with the bearer token for writes (default: the one of --dir)", EnvVars: []string{"AKASHI_TOKEN_FILE"}},
			&cli.DurationFlag{Name: "node-timeout", Usage: "longest `TIME` that the node may take to answer", Value: defaultPatience},
			&cli.BoolFlag{Name: "json", Usage: "write JSON instead of sentences, also of errors"},
		},
		Commands: []*cli.Command{
			e.initCommand(), e.nodeCommand(),
			e.submitCommand(), e.proveCommand(), e.verifyCommand(),
			e.statusCommand("revoke"), e.statusCommand("suspend"), e.statusCommand("reinstate"),
			e.badgeCommand(), e.stackCommand(),
			e.forgetCommand(), e.logCommand(), e.auditCommand(), e.fsckCommand(),
			e.backupCommand(), e.restoreCommand(), e.upgradeCommand(),
			e.configCommand(), e.doctorCommand(),
			e.tokenCommand(), e.keysCommand(), e.ownerCommand(), e.registryCommand(),
			e.completionCommand(), e.manCommand(),
		},
		HideVersion: true,
		// A comma is part of a value: log.keys is written with them.
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(*cli.Context, error) {}, // Main decides
		OnUsageError:              usageHook,
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return cli.ShowAppHelp(c)
			}
			return noCommand(c.Args().First(), "", c.App.Commands)
		},
	}
	hook(app.Commands)
	return app
}

// hook makes wrong calls of every command end alike.
func hook(commands []*cli.Command) {
	for _, c := range commands {
		c.OnUsageError = usageHook
		hook(c.Subcommands)
	}
}

// group makes a command that only leads to others.
func group(name, what, description string, commands ...*cli.Command) *cli.Command {
	return &cli.Command{
		Name: name, Usage: what, Description: description, Subcommands: commands,
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usage("say what: akashi %s %s", name, strings.Join(namesOf(commands), ", or "))
			}
			return noCommand(c.Args().First(), name, commands)
		},
	}
}

// noCommand says that a command is none of those of its group, and which was
// meant or which there are. The group of all commands has no name.
func noCommand(typed, group string, commands []*cli.Command) error {
	names := namesOf(commands)
	text := fmt.Sprintf("there is no command %q", strings.TrimSpace(group+" "+typed))
	if near := node.Nearest(typed, names); near != "" {
		return usage("%s; did you mean %s?", text, near)
	}
	if group != "" {
		return usage("%s; there are %s", text, strings.Join(names, ", "))
	}
	return usage("%s", text)
}

func namesOf(commands []*cli.Command) []string {
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	return names
}

// usageHook words what package flag says of a wrong option, and says which was
// meant when it is none of the command's.
func usageHook(c *cli.Context, err error, _ bool) error {
	typed, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return codedError{exitUsage, err}
	}
	typed = strings.TrimPrefix(typed, "-")
	var names []string
	for _, of := range c.Lineage() {
		if of.Command != nil {
			for _, f := range of.Command.Flags {
				names = append(names, f.Names()[0])
			}
		}
	}
	if near := node.Nearest(typed, names); len(typed) > 1 && near != "" {
		return usage("there is no option --%s; did you mean --%s?", typed, near)
	}
	return usage("there is no option --%s", typed)
}

// folder is the folder of a node that a command is about: its argument, or
// --dir.
func (e *env) folder(c *cli.Context) (string, error) {
	switch {
	case c.NArg() == 1:
		return c.Args().First(), nil
	case c.NArg() == 0 && c.String("dir") != "":
		return c.String("dir"), nil
	}
	return "", usage("give the one folder that akashi init made")
}
