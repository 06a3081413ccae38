package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"
)

// A usageError says that the call is wrong and how to make it right.
type usageError struct{ error }

func usage(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

// Main runs one command line and returns its exit code: 0 done, 1 failed,
// 64 the call itself is wrong.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := newApp(stdout, stderr).RunContext(ctx, flagsFirst(args))
	var wrong usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "akashi-testnet: %v\nakashi-testnet: see 'akashi-testnet help'\n", err)
		return 64
	default:
		fmt.Fprintf(stderr, "akashi-testnet: %v\n", err)
		return 1
	}
}

func newApp(stdout, stderr io.Writer) *cli.App {
	// go-ethereum's log flags, which this program links in and does not have,
	// bring a format of help of their own that shows no placeholders.
	cli.FlagStringer = flagHelp
	help := *cli.HelpFlag.(*cli.BoolFlag)
	help.Category = ""
	cli.HelpFlag = &help
	hook := func(_ *cli.Context, err error, _ bool) error { return usageError{err} }
	app := &cli.App{
		Name:  "akashi-testnet",
		Usage: "run a development chain, universities on it, and the demo",
		Description: `The chain runs in this process, answers JSON-RPC on 127.0.0.1 and has finality
like a real one. Its accounts are known to everybody and worthless.

Examples:
   akashi-testnet demo
   akashi-testnet network --nodes 3 --dir net
   akashi-testnet chain --dir chain
   akashi-testnet fund 0x00112233445566778899aabbccddeeff00112233`,
		Writer:         stdout,
		ErrWriter:      stderr,
		HideVersion:    true,
		Commands:       []*cli.Command{chainCommand(), networkCommand(), fundCommand(), demoCommand()},
		ExitErrHandler: func(*cli.Context, error) {}, // Main decides
		OnUsageError:   hook,
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return cli.ShowAppHelp(c)
			}
			return usage("there is no command %q", c.Args().First())
		},
	}
	for _, c := range app.Commands {
		c.OnUsageError = hook
	}
	return app
}

// flagHelp is the line of help about a flag: its names and the word in
// backquotes of its usage, a tab, and its usage.
func flagHelp(f cli.Flag) string {
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return ""
	}
	usage := doc.GetUsage()
	placeholder := ""
	if before, rest, ok := strings.Cut(usage, "`"); ok {
		if word, after, ok := strings.Cut(rest, "`"); ok {
			placeholder, usage = word, before+word+after
		}
	}
	line := cli.FlagNamePrefixer(f.Names(), placeholder) + "\t" + usage
	if value := doc.GetDefaultText(); doc.TakesValue() && value != "" {
		line += fmt.Sprintf(" (default: %s)", value)
	}
	return line
}

// flagsFirst moves the flags of a command before its arguments, where the cli
// package looks for them, since people write them behind. What follows "--"
// stays.
func flagsFirst(args []string) []string {
	if len(args) < 2 {
		return args
	}
	var flags, rest []string
	for i := 2; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--":
			rest = append(rest, args[i:]...)
			i = len(args)
		case !strings.HasPrefix(a, "-"):
			rest = append(rest, a)
		case strings.Contains(a, "=") || slices.Contains(switches, strings.TrimLeft(a, "-")) || i+1 == len(args):
			flags = append(flags, a)
		default:
			flags = append(flags, a, args[i+1])
			i++
		}
	}
	return slices.Concat(args[:2], flags, rest)
}

// switches are the flags that take no value.
var switches = []string{"json", "verbose", "once", "help", "h"}
