package main

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/testnet"
)

func fundCommand() *cli.Command {
	return &cli.Command{
		Name:      "fund",
		Usage:     "send coin of the development chain to an account",
		ArgsUsage: "ADDRESS",
		Description: `Example:
   akashi-testnet fund 0x00112233445566778899aabbccddeeff00112233`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "rpc", Usage: "`URL` of the development chain", Value: "http://127.0.0.1:8545"},
			&cli.Uint64Flag{Name: "coin", Usage: "how many `COINS`", Value: 10},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("give one address")
			}
			to, err := checkpoint.ParseAddress(c.Args().First())
			if err != nil {
				return usage("%v", err)
			}
			if n := c.Uint64("coin"); n == 0 || n > 1_000_000 {
				return usage("--coin %d is none of 1 to 1000000", n)
			}
			ctx, cancel := context.WithTimeout(c.Context, time.Minute)
			defer cancel()
			wei := new(big.Int).Mul(new(big.Int).SetUint64(c.Uint64("coin")), big.NewInt(params.Ether))
			tx, err := testnet.Fund(ctx, c.String("rpc"), common.Address(to), wei)
			if err != nil {
				return fmt.Errorf("fund %s: %w", to, err)
			}
			fmt.Fprintf(c.App.Writer, "sent %d coin to %s in %s\n", c.Uint64("coin"), to, tx)
			return nil
		},
	}
}
