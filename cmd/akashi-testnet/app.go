package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
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
	err := newApp(stdout, stderr).RunContext(ctx, args)
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
	hook := func(_ *cli.Context, err error, _ bool) error { return usageError{err} }
	app := &cli.App{
		Name:  "akashi-testnet",
		Usage: "run a development chain, and the demo",
		Description: `The chain runs in this process, answers JSON-RPC on 127.0.0.1 and has finality
like a real one. Its accounts are known to everybody and worthless.

Examples:
   akashi-testnet demo
   akashi-testnet chain --dir chain
   akashi-testnet fund 0x00112233445566778899aabbccddeeff00112233`,
		Writer:         stdout,
		ErrWriter:      stderr,
		HideVersion:    true,
		Commands:       []*cli.Command{chainCommand(), fundCommand(), demoCommand()},
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
