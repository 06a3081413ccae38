package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

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
--dir it is gone at the end.

Examples:
   akashi-testnet chain --dir chain
   akashi-testnet chain --port 0 --json`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Usage: "`FOLDER` to keep the chain in"},
			&cli.IntFlag{Name: "port", Usage: "TCP `PORT` on 127.0.0.1; 0 takes a free one", Value: 8545},
			&cli.Uint64Flag{Name: "chain-id", Usage: "`NUMBER` of the chain", Value: testnet.DefaultChainID},
			&cli.DurationFlag{Name: "heartbeat", Usage: "`TIME` between blocks when there is nothing to do", Value: time.Minute},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document instead of lines"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 0 {
				return usage("chain takes no arguments")
			}
			if p := c.Int("port"); p < 0 || p > 65535 {
				return usage("--port %d is none of 0 to 65535", p)
			}
			chain, err := testnet.Start(c.Context, testnet.Options{
				Dir: c.String("dir"), Port: c.Int("port"), ChainID: c.Uint64("chain-id"), Heartbeat: c.Duration("heartbeat"),
			})
			if err != nil {
				return err
			}
			registry, err := chain.Registry(c.Context)
			if err != nil {
				chain.Stop()
				return err
			}
			info := chainInfo{RPC: chain.RPC(), ChainID: chain.ChainID(), Registry: strings.ToLower(registry.Hex())}
			for _, a := range chain.Accounts() {
				info.Accounts = append(info.Accounts, chainAccount{strings.ToLower(a.Address.Hex()), a.KeyHex()})
			}
			if c.Bool("json") {
				if err := json.NewEncoder(c.App.Writer).Encode(info); err != nil {
					chain.Stop()
					return err
				}
			} else {
				fmt.Fprintf(c.App.Writer, "rpc       %s\nchain id  %d\nregistry  %s\n", info.RPC, info.ChainID, info.Registry)
				for _, a := range info.Accounts {
					fmt.Fprintf(c.App.Writer, "account   %s  key %s\n", a.Address, a.Key)
				}
				fmt.Fprintln(c.App.Writer, "The keys are public and worthless. Stop with Ctrl-C.")
			}
			<-c.Context.Done()
			return chain.Stop()
		},
	}
}
