package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/node"
)

// A keyJSON is a key under --json.
type keyJSON struct {
	Kind string `json:"kind"` // checkpoint or operator
	Key  string `json:"key"`  // the verifier key, or the account
	File string `json:"file"`
}

func (e *env) keysCommand() *cli.Command {
	return group("keys", "make and list the keys that a node works with",
		`A node has two kinds of keys: one signs checkpoints, one anchors on the chain.
Which of them counts, the log's owner says on the chain: see akashi owner. The
node finds the files of both by itself, also while it runs.

Examples:
   akashi --dir uni keys new
   akashi --dir uni keys new --operator
   akashi --dir uni keys list`,
		e.keysNewCommand(), e.keysListCommand())
}

func (e *env) keysNewCommand() *cli.Command {
	return &cli.Command{
		Name:  "new",
		Usage: "make another key: to sign checkpoints, or with --operator to anchor",
		Description: `Nothing changes until the owner names the key on the chain. Until then the node
works with the keys it has, and afterwards with the new one, without a restart.

Examples:
   akashi --dir uni keys new
   akashi --dir uni keys new --operator`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "operator", Usage: "make a key that anchors, with an account of its own"},
			&cli.BoolFlag{Name: "light-keys", Usage: "encrypt the key of an operator weakly and fast, for tests"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 0 {
				return usage("keys new takes no arguments")
			}
			config, err := e.configOfDir(c)
			if err != nil {
				return err
			}
			if !c.Bool("operator") {
				vkey, path, err := node.NewCheckpointKey(config)
				if err != nil {
					return err
				}
				return e.say(keyJSON{"checkpoint", vkey, path}, func(w io.Writer) {
					fmt.Fprintf(w, "key       %s\n", vkey)
					fmt.Fprintf(w, "file      %s\n", path)
					fmt.Fprintf(w, "to do     Have the owner announce it: akashi owner keys %s\n", vkey)
				})
			}
			kdf := anchor.StandardScrypt
			if c.Bool("light-keys") {
				kdf = anchor.LightScrypt
			}
			account, path, err := node.NewOperatorKey(config, kdf)
			if err != nil {
				return err
			}
			return e.say(keyJSON{"operator", account.String(), path}, func(w io.Writer) {
				fmt.Fprintf(w, "operator  %s\n", account)
				fmt.Fprintf(w, "file      %s\n", path)
				fmt.Fprintf(w, "to do     Send coin to %s on chain %d: it pays for anchors.\n", account.Checksum(), config.Chain.ID)
				fmt.Fprintf(w, "to do     Have the owner make it the operator: akashi owner operator %s\n", account)
			})
		},
	}
}

func (e *env) keysListCommand() *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "show the keys that a node has, none of them itself",
		Description: `Which of them count, akashi owner show tells.

Examples:
   akashi --dir uni keys list
   akashi --dir uni --json keys list`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 0 {
				return usage("keys list takes no arguments")
			}
			config, err := e.configOfDir(c)
			if err != nil {
				return err
			}
			all := []keyJSON{}
			for _, kind := range []struct {
				name string
				list func(node.Config) ([]node.KeyFile, error)
			}{{"checkpoint", node.CheckpointKeys}, {"operator", node.OperatorKeys}} {
				list, err := kind.list(config)
				if err != nil {
					return err
				}
				for _, k := range list {
					all = append(all, keyJSON{kind.name, k.Key, k.Path})
				}
			}
			return e.say(map[string]any{"keys": all}, func(w io.Writer) {
				for _, k := range all {
					fmt.Fprintf(w, "%-10s  %s\n            in %s\n", k.Kind, k.Key, k.File)
				}
			})
		},
	}
}
