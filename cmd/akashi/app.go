package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"
)

// Exit codes of every command.
const (
	exitDone    = 0  // verified, or done
	exitFailed  = 1  // refuted, or failed
	exitUnknown = 2  // could not tell
	exitUsage   = 64 // the call itself is wrong (EX_USAGE of sysexits.h)
)

// An exitError carries the exit code of a command that has said already, on
// standard output, what there is to say.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// A usageError says that the call is wrong and how to make it right.
type usageError struct{ error }

func usage(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

// env is what a command sees of the world.
type env struct {
	environ []string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
}

// Main runs one command line and returns its exit code. It reads nothing of
// the process but its signals.
func Main(args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	e := &env{environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
	app := e.app()
	args = flagsFirst(app, args)
	err := app.RunContext(ctx, args)
	var exit exitError
	var wrong usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &exit):
		return int(exit)
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "akashi: %v\n", err)
		if name := commandOf(app, args); name != "" {
			fmt.Fprintf(stderr, "akashi: see 'akashi %s --help'\n", name)
		} else {
			fmt.Fprintln(stderr, "akashi: see 'akashi --help'")
		}
		return exitUsage
	default:
		fmt.Fprintf(stderr, "akashi: %v\n", err)
		return exitFailed
	}
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

Exit codes: 0 verified or done, 1 refuted or failed, 2 could not tell,
64 the call is wrong.`,
		Writer:    e.stdout,
		ErrWriter: e.stderr,
		Reader:    e.stdin,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Usage: "`FOLDER` that akashi init made: finds the node and the token", EnvVars: []string{"AKASHI_DIR"}},
			&cli.StringFlag{Name: "node", Usage: "`URL` of the node (default: the one of --dir, else http://127.0.0.1:8044)", EnvVars: []string{"AKASHI_NODE"}},
			&cli.StringFlag{Name: "token-file", Usage: "`FILE` with the bearer token for writes (default: the one of --dir)", EnvVars: []string{"AKASHI_TOKEN_FILE"}},
			&cli.BoolFlag{Name: "json", Usage: "write one JSON document instead of sentences"},
		},
		Commands: []*cli.Command{
			e.initCommand(), e.nodeCommand(),
			e.submitCommand(), e.proveCommand(), e.verifyCommand(),
			e.statusCommand("revoke"), e.statusCommand("suspend"), e.statusCommand("reinstate"),
			e.forgetCommand(), e.logCommand(), e.fsckCommand(),
		},
		HideVersion:          true,
		EnableBashCompletion: true,
		ExitErrHandler:       func(*cli.Context, error) {}, // Main decides
		OnUsageError:         usageHook,
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return cli.ShowAppHelp(c)
			}
			return usage("there is no command %q", c.Args().First())
		},
	}
	for _, c := range app.Commands {
		c.OnUsageError = usageHook
	}
	return app
}

func usageHook(_ *cli.Context, err error, _ bool) error { return usageError{err} }

// flagsFirst moves flags before the arguments of a command, since the cli
// package stops looking for flags at the first argument, and people write
// "akashi verify badge.json --policy p.json". What follows "--" stays.
func flagsFirst(app *cli.App, args []string) []string {
	takesValue := map[string]bool{}
	note := func(flags []cli.Flag) {
		for _, f := range flags {
			_, isBool := f.(*cli.BoolFlag)
			for _, n := range f.Names() {
				takesValue[n] = !isBool
			}
		}
	}
	note(app.Flags)
	var before, flags, rest []string
	var command *cli.Command
	for i := 1; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			rest = append(rest, args[i:]...)
			break
		}
		if len(a) > 1 && a[0] == '-' {
			group := []string{a}
			name, _, has := strings.Cut(strings.TrimLeft(a, "-"), "=")
			if takesValue[name] && !has && i+1 < len(args) {
				i++
				group = append(group, args[i])
			}
			if command == nil || isGlobal(app, command, name) {
				before = append(before, group...)
			} else {
				flags = append(flags, group...)
			}
			continue
		}
		if command == nil {
			if command = app.Command(a); command != nil {
				note(command.Flags)
				continue
			}
		}
		rest = append(rest, a)
	}
	out := append([]string{args[0]}, before...)
	if command != nil {
		out = append(out, command.Name)
	}
	return append(append(out, flags...), rest...)
}

// isGlobal tells a flag of the program from one of the command; the command's
// own comes first.
func isGlobal(app *cli.App, command *cli.Command, name string) bool {
	for _, f := range command.Flags {
		for _, n := range f.Names() {
			if n == name {
				return false
			}
		}
	}
	for _, f := range app.Flags {
		for _, n := range f.Names() {
			if n == name {
				return true
			}
		}
	}
	return false
}

// commandOf finds the name of the command in arguments that flagsFirst has
// put in order.
func commandOf(app *cli.App, args []string) string {
	for _, a := range args[min(1, len(args)):] {
		if c := app.Command(a); c != nil {
			return c.Name
		}
	}
	return ""
}

// say prints a result: as JSON when asked for, else as the sentences that text
// writes.
func (e *env) say(c *cli.Context, v any, text func(w io.Writer)) error {
	if c.Bool("json") {
		enc := json.NewEncoder(e.stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
	text(e.stdout)
	return nil
}
