package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/node"
)

// deployGas is what deploying an AnchorRegistry takes (contracts/gas.json).
const deployGas = 2_610_000

// A registryJSON is a deployed registry.
type registryJSON struct {
	Registry checkpoint.Address `json:"registry"`
	ChainID  uint64             `json:"chainId"`
	Deployer checkpoint.Address `json:"deployer"`
}

// An accountJSON is a new account.
type accountJSON struct {
	Account  checkpoint.Address `json:"account"`
	KeyFile  string             `json:"keyFile"`
	PassFile string             `json:"passFile"`
}

func (e *env) registryCommand() *cli.Command {
	return group("registry", "deploy the contract in which logs are anchored",
		`An AnchorRegistry belongs to nobody and serves every log of a chain: deploy one
only where there is none. Whoever deploys it pays once and gets no power over
it.

Examples:
   akashi registry account deployer.json
   akashi registry deploy --network sepolia --rpc https://rpc.example/KEY \
      --key-file deployer.json`,
		e.registryAccountCommand(), e.registryDeployCommand())
}

func (e *env) registryAccountCommand() *cli.Command {
	return &cli.Command{
		Name:      "account",
		Usage:     "make an account that can pay for a registry",
		ArgsUsage: "FILE",
		Description: `Writes the key of a new account to FILE (keystore v3), and its passphrase beside
it: deployer.pass for deployer.json. Send coin to the address that is shown.

Example:
   akashi registry account deployer.json`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "light-keys", Usage: "encrypt the key file weakly and fast, for tests"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("give the one file to make, for instance deployer.json")
			}
			path := c.Args().First()
			pass := passFileOf(path)
			if _, err := os.Lstat(path); err == nil {
				return fmt.Errorf("%s: is there already; nothing was changed; name a new file", path)
			}
			var secret [24]byte
			rand.Read(secret[:]) // does not fail (crypto/rand)
			if err := writeNew(pass, base64.RawURLEncoding.EncodeToString(secret[:])+"\n"); err != nil {
				return fmt.Errorf("%s: %w", pass, err)
			}
			key, err := anchor.NewKey()
			if err != nil {
				return err
			}
			kdf := anchor.StandardScrypt
			if c.Bool("light-keys") {
				kdf = anchor.LightScrypt
			}
			if err := anchor.WriteKey(path, pass, key, kdf); err != nil {
				os.Remove(pass) // of no key
				return err
			}
			return e.say(accountJSON{key.Address(), path, pass}, func(w io.Writer) {
				fmt.Fprintf(w, "account     %s\n", key.Address())
				fmt.Fprintf(w, "key         %s\n", path)
				fmt.Fprintf(w, "passphrase  %s\n", pass)
			})
		},
	}
}

// passFileOf is where the passphrase of a key file lies when nobody says.
func passFileOf(keyFile string) string {
	return strings.TrimSuffix(keyFile, filepath.Ext(keyFile)) + ".pass"
}

func (e *env) registryDeployCommand() *cli.Command {
	return &cli.Command{
		Name:  "deploy",
		Usage: "deploy an AnchorRegistry where there is none",
		Description: fmt.Sprintf(`Sends one transaction, which takes some 2,610,000 gas: %s coin at a price of 1 gwei.
The account has to hold a quarter more. It returns when the transaction is mined and the code is there.
Interrupted, it says which transaction may still be mined.

For a chain that is no network known by name, give --chain-id.

Examples:
   akashi registry deploy --network sepolia --rpc https://rpc.example/KEY \
      --key-file deployer.json
   akashi registry deploy --chain-id 1337 --rpc http://127.0.0.1:8545 \
      --key-file deployer.json --fee-cap-gwei 5`, node.CoinText(deployGas, 1)),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "network", Usage: "`NAME` of a known chain: " + strings.Join(node.NetworkNames(), ", ")},
			&cli.Uint64Flag{Name: "chain-id", Usage: "`NUMBER` of the chain, when it has no such name"},
			&cli.StringFlag{Name: "rpc", Usage: "`URL` of the chain's JSON-RPC", EnvVars: []string{"AKASHI_RPC"}},
			&cli.StringFlag{Name: "key-file", Usage: "`FILE` with the key of the account that pays, keystore v3 (needed)"},
			&cli.StringFlag{Name: "pass-file", Usage: "`FILE` with its passphrase (default: beside the key, ending in .pass)"},
			&cli.Float64Flag{Name: "fee-cap-gwei", Usage: "the most to pay for a unit of gas (default: the network's, else 100)"},
			&cli.DurationFlag{Name: "timeout", Usage: "longest `TIME` to wait until it is mined", Value: 10 * time.Minute},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 0 {
				return usage("registry deploy takes no arguments")
			}
			var n node.Network
			switch {
			case c.IsSet("network") == c.IsSet("chain-id"):
				return usage("name the chain by --network or by --chain-id")
			case c.IsSet("network"):
				var err error
				if n, err = node.FindNetwork(c.String("network")); err != nil {
					return usage("--network: %v", err)
				}
				if !n.Registry.IsZero() {
					return fmt.Errorf("%s has a registry, at %s: akashi init --network %s uses it, and logs in one registry are found in one place; to deploy another all the same, give --chain-id %d instead of --network",
						n.Name, n.Registry, n.Name, n.ChainID)
				}
			default:
				n.ChainID = c.Uint64("chain-id")
			}
			rpc := cmp.Or(c.String("rpc"), n.RPC)
			if rpc == "" {
				return usage("--rpc is missing: give the URL of the chain's JSON-RPC")
			}
			if c.String("key-file") == "" {
				return usage("--key-file is missing: akashi registry account makes one")
			}
			feeCap := cmp.Or(c.Float64("fee-cap-gwei"), n.FeeCapGwei, 100)
			if !(feeCap > 0 && feeCap <= 1e6) {
				return usage("--fee-cap-gwei %v is not above 0 and at most 1000000", feeCap)
			}
			if c.Duration("timeout") <= 0 {
				return usage("--timeout %s is not above zero", c.Duration("timeout"))
			}
			client, err := anchor.Dial(rpc, 0)
			if err != nil {
				return usage("--rpc: %v", err)
			}
			defer client.Close()
			key, err := anchor.LoadKey(c.String("key-file"), cmp.Or(c.String("pass-file"), passFileOf(c.String("key-file"))))
			if err != nil {
				return fmt.Errorf("--key-file: %w", err)
			}
			ctx, cancel := context.WithTimeout(c.Context, c.Duration("timeout"))
			defer cancel()
			wei, _ := new(big.Float).Mul(big.NewFloat(feeCap), big.NewFloat(1e9)).Int(nil)
			payer := anchor.Payer{Client: client, ChainID: n.ChainID, Key: key, Fees: anchor.FeePolicy{FeeCap: wei}}
			at, err := payer.DeployRegistry(ctx)
			if err != nil {
				return err
			}
			return e.say(registryJSON{at, n.ChainID, key.Address()}, func(w io.Writer) {
				fmt.Fprintf(w, "registry  %s\n", at)
				fmt.Fprintf(w, "chain     %d\n", n.ChainID)
				fmt.Fprintf(w, "config    [chain] registry = %q\n", at.String())
				if n.Name != "" {
					fmt.Fprintf(w, "to do     Make a log in it: akashi init FOLDER --origin NAME --network %s --rpc URL --registry %s\n", n.Name, at)
				} else {
					fmt.Fprintf(w, "to do     Make a log in it: akashi init FOLDER --origin NAME --rpc URL --chain-id %d --registry %s\n", n.ChainID, at)
				}
			})
		},
	}
}
