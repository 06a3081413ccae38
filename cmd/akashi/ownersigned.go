package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/node"
)

// maxActionFile bounds the file of an action; ML-DSA keys make it some
// kilobytes.
const maxActionFile = 64 << 10

func (e *env) ownerImportCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "put typed data and the signature that a wallet made of it together",
		ArgsUsage: "TYPED-DATA SIGNED-FILE",
		Description: `TYPED-DATA is what --typed-data wrote, unchanged; SIGNED-FILE is made. It says
who signed: a signature of other data than this is some other account's.

Examples:
   akashi owner import operator.typed.json operator.json --signature 0x…`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "signature", Usage: "what the wallet answered: `0x…` of 65 bytes (needed)"},
			&cli.StringFlag{Name: "signer", Usage: "`ADDRESS` that should have signed; another is refused"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return usage("give the file of typed data and a new file for the signed action")
			}
			if c.String("signature") == "" {
				return usage("--signature is missing: give what the wallet answered")
			}
			from, to := c.Args().Get(0), c.Args().Get(1)
			typed, err := e.readSmall(c.Context, from, maxActionFile)
			if err != nil {
				return err
			}
			s, err := anchor.ImportSignature(typed, c.String("signature"))
			if err != nil {
				return fmt.Errorf("%s: %w", nameOf(from), err)
			}
			if text := c.String("signer"); text != "" {
				want, err := checkpoint.ParseAddress(text)
				if err != nil {
					return usage("--signer: %v", err)
				}
				if want != s.Signer {
					return fmt.Errorf("%s signed it, and not %s: the wallet uses another account, or signed other data", s.Signer, want)
				}
			}
			text, err := json.Marshal(s)
			if err != nil {
				return err
			}
			if err := writePublic(to, text); err != nil {
				return fmt.Errorf("%s: %w", to, err)
			}
			out := actionJSON{Action: s.Kind, Says: s.String(), File: to, Nonce: &s.Nonce, Deadline: &s.Deadline, Signer: &s.Signer}
			return e.say(out, func(w io.Writer) {
				printSigned(w, out, "Anybody with coin may submit it: akashi owner submit "+to)
			})
		},
	}
}

func (e *env) ownerSubmitCommand() *cli.Command {
	return &cli.Command{
		Name:      "submit",
		Usage:     "send what an owner signed, from an account that pays",
		ArgsUsage: "FILE",
		Description: `FILE is what --sign, or owner import, wrote. It says in words what it does.
Whoever submits it pays and can change nothing about it.

The payer is --payer-key, or with --dir the log's operator. That is the account
the node anchors from: should both send at once, one of the two is sent again.

Examples:
   akashi --dir uni owner submit operator.json
   akashi owner submit operator.json --rpc URL --payer-key payer.json`,
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "rpc", Usage: "`URL` of the chain's JSON-RPC (default: that of --dir)"},
			&cli.StringFlag{Name: "payer-key", Usage: "`FILE` with the key of the account that pays"},
			&cli.StringFlag{Name: "payer-pass", Usage: "`FILE` with its passphrase (default: its name with .pass)"},
		}, waitFlags()...),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("give the one file that --sign wrote")
			}
			path := c.Args().First()
			text, err := e.readSmall(c.Context, path, maxActionFile)
			if err != nil {
				return err
			}
			s, err := anchor.ParseSignedAction(text)
			if err != nil {
				return fmt.Errorf("%s: %w", nameOf(path), err)
			}
			t := ownerTarget{ref: s.Ref}
			if c.String("dir") != "" {
				if t, err = e.ownerTarget(c); err != nil {
					return err
				}
				// Anybody may submit anybody's; the chain has to be the same.
				t.ref = s.Ref
			}
			if c.String("rpc") != "" {
				t.rpc = c.String("rpc")
			}
			key, err := e.payer(c, t)
			if err != nil {
				return err
			}
			return e.send(c, t, key, s.Action, &s, func(ctx context.Context, p anchor.Payer) (anchor.Done, error) {
				return p.SubmitSigned(ctx, s)
			})
		},
	}
}

// payer is the key that pays for submitting.
func (e *env) payer(c *cli.Context, t ownerTarget) (*anchor.Key, error) {
	if path := c.String("payer-key"); path != "" {
		return loadKey(path, c.String("payer-pass"))
	}
	if t.config == nil {
		return nil, usage("--payer-key is missing: name the key of the account that pays, or give --dir for the node's operator")
	}
	client, err := t.dial()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	_, ref := t.config.Identity()
	o, err := askOwner(c.Context, client, ref)
	if err != nil {
		return nil, err
	}
	if !o.Operator.IsZero() {
		if key, err := node.OperatorKey(*t.config, o.Operator); err == nil {
			return key, nil
		} else if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return anchor.LoadKey(t.config.Chain.OperatorKeyFile, t.config.Chain.OperatorPassFile)
}

// writePublic writes JSON, for people to read, to a new file that anybody may
// read. Its errors do not name the file.
func writePublic(path string, text []byte) error {
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", "  "); err != nil {
		return err
	}
	indented.WriteByte('\n')
	if err := writeNew(path, indented.String()); err != nil {
		return err
	}
	return pathless(os.Chmod(path, 0o644))
}
