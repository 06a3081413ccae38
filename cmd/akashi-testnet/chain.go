package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/testnet"
)

// chainInfo is what `chain --json` prints once the chain answers.
type chainInfo struct {
	RPC      string         `json:"rpc"`
	ChainID  uint64         `json:"chainId"`
	Registry string         `json:"registry"`
	Accounts []chainAccount `json:"accounts"`
}

type chainAccount struct {
	Address string `json:"address"`
	Key     string `json:"key"`
}

func chainCommand() *cli.Command {
	return &cli.Command{
		Name:  "chain",
		Usage: "run a development chain with an AnchorRegistry until Ctrl-C",
		Description: `A chain kept in --dir goes on where it ended, also after a crash. Without
--dir it is gone at the end. Its accounts hold a million coin each; their keys
are public and worthless on any chain.

Blocks are sealed when there are transactions, one a second at most, and until
those are final, which is two blocks later.

Examples:
   akashi-testnet chain --dir chain
   akashi-testnet chain --port 0 --json`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Usage: "`FOLDER` to keep the chain in"},
			&cli.IntFlag{Name: "port", Usage: "TCP `PORT` on 127.0.0.1; 0 takes a free one", Value: 8545},
			&cli.Uint64Flag{Name: "chain-id", Usage: "`NUMBER` of the chain", Value: testnet.DefaultChainID},
			&cli.DurationFlag{Name: "heartbeat", Usage: "`TIME` between blocks when there is nothing to do", Value: time.Minute},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document instead of lines"},
			&cli.BoolFlag{Name: "verbose", Usage: "log each block to standard error"},
		},
		Action: runChain,
	}
}

// maxChainID bounds chain ids to what every JSON reader takes exactly.
const maxChainID = 1<<53 - 1

func runChain(c *cli.Context) (err error) {
	if c.NArg() != 0 {
		return usage("chain takes no arguments")
	}
	if p := c.Int("port"); p < 0 || p > 65535 {
		return usage("--port %d is none of 0 to 65535", p)
	}
	if id := c.Uint64("chain-id"); id == 0 || id > maxChainID {
		return usage("--chain-id %d is none of 1 to %d", id, uint64(maxChainID))
	}
	if h := c.Duration("heartbeat"); h < time.Second {
		return usage("--heartbeat %v is shorter than a second, the time between two blocks", h)
	}
	began := time.Now()
	chain, err := testnet.Start(c.Context, testnet.Options{
		Dir: c.String("dir"), Port: c.Int("port"), ChainID: c.Uint64("chain-id"), Heartbeat: c.Duration("heartbeat"),
		Log: logger(c.App.ErrWriter, c.Bool("verbose")),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, chain.Stop()) }()
	ready := time.Since(began)
	registry, err := chain.Registry(c.Context)
	if err != nil {
		return err
	}
	info := chainInfo{RPC: chain.RPC(), ChainID: chain.ChainID(), Registry: strings.ToLower(registry.Hex())}
	for _, a := range chain.Accounts() {
		info.Accounts = append(info.Accounts, chainAccount{strings.ToLower(a.Address.Hex()), a.KeyHex()})
	}
	if c.Bool("json") {
		err = json.NewEncoder(c.App.Writer).Encode(info)
	} else {
		err = info.print(c.App.Writer, c.String("dir"), ready)
	}
	if err != nil {
		return err
	}
	<-c.Context.Done()
	return nil
}

// print writes what a reader needs to use the chain.
func (i chainInfo) print(w io.Writer, dir string, ready time.Duration) error {
	kept := "in memory, gone at the end"
	if dir != "" {
		kept = "in " + dir
	}
	var b strings.Builder
	fmt.Fprintf(&b, "rpc       %s\nchain id  %d\nregistry  %s\nkept      %s\n", i.RPC, i.ChainID, i.Registry, kept)
	for _, a := range i.Accounts {
		fmt.Fprintf(&b, "account   %s  key %s\n", a.Address, a.Key)
	}
	fmt.Fprintf(&b, "Ready after %v. The keys are public and worthless. Stop with Ctrl-C.\n", ready.Round(time.Millisecond))
	_, err := io.WriteString(w, b.String())
	return err
}

// logger returns the log for blocks, which is empty unless verbose, and sends
// what goes wrong inside go-ethereum to w as well. Its logger belongs to the
// whole process, and so to main, and some of its errors end the process, such
// as a full disk: without a log that end would be silent.
func logger(w io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelError
	if verbose {
		level = slog.LevelInfo
	}
	handler := slog.NewTextHandler(w, &slog.HandlerOptions{Level: level})
	log.SetDefault(log.NewLogger(quiet{handler}))
	return slog.New(handler)
}

// quiet passes warnings and errors of go-ethereum on: what it says below that
// concerns itself only.
type quiet struct{ inner slog.Handler }

func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.inner.Enabled(ctx, l)
}

func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn {
		return nil
	}
	return q.inner.Handle(ctx, r)
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.inner.WithAttrs(attrs)} }
func (q quiet) WithGroup(name string) slog.Handler       { return quiet{q.inner.WithGroup(name)} }
