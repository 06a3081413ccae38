package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/checkpoint"
)

// An ownerJSON is what the chain holds about a log, under --json.
type ownerJSON struct {
	Ref      checkpoint.LogRef   `json:"ref"`
	Block    uint64              `json:"block"` // as of which, the latest
	Owner    checkpoint.Address  `json:"owner"`
	Pending  *checkpoint.Address `json:"pendingOwner,omitempty"`
	Operator *checkpoint.Address `json:"operator,omitempty"` // absent when closed
	Nonce    uint64              `json:"nonce"`              // of the next signed action
	Size     uint64              `json:"anchoredSize"`
	Closed   bool                `json:"closed"`
	// Keys are the terms of the checkpoint keys, oldest first, and Next those
	// that are announced in a block that is not final yet. Without --dir they
	// are absent, since the opening keys are not known.
	Keys []checkpoint.Term `json:"keys,omitempty"`
	Next []checkpoint.Term `json:"nextKeys,omitempty"`
	// KeysUnknown is why the keys could not be found out.
	KeysUnknown string `json:"keysUnknown,omitempty"`
}

func (e *env) ownerShowCommand() *cli.Command {
	return &cli.Command{
		Name:  "show",
		Usage: "show what the chain holds about a log: owner, operator, keys, nonce",
		Description: `It asks the chain, and neither a node nor a key. Exit code 2: the chain did not
tell which keys sign checkpoints.

Examples:
   akashi --dir uni owner show
   akashi owner show --log eip155:… --rpc URL`,
		Flags: targetFlags(),
		Action: func(c *cli.Context) error {
			if c.NArg() != 0 {
				return usage("owner show takes no arguments")
			}
			t, err := e.ownerTarget(c)
			if err != nil {
				return err
			}
			client, err := t.dial()
			if err != nil {
				return err
			}
			defer client.Close()
			o, err := askOwner(c.Context, client, t.ref)
			if err != nil {
				return err
			}
			out := ownerJSON{Ref: t.ref, Block: o.Block.Number, Owner: o.Owner, Nonce: o.Nonce, Size: o.Size, Closed: o.Closed}
			if !o.Pending.IsZero() {
				out.Pending = &o.Pending
			}
			if !o.Operator.IsZero() {
				out.Operator = &o.Operator
			}
			if o.Owner.IsZero() {
				return fmt.Errorf("log %s is not open on chain %d; its node opens it when it first runs with coin", t.ref, t.ref.ChainID)
			}
			if t.config != nil {
				final, latest, err := client.KeyTerms(c.Context, t.log, t.ref, t.confirmations)
				if err != nil {
					out.KeysUnknown = message(err)
				} else {
					out.Keys, out.Next = final, latest[len(final):]
				}
			}
			if err := e.say(out, func(w io.Writer) { printOwner(w, t, out) }); err != nil || out.KeysUnknown == "" {
				return err
			}
			return exitError(exitUnknown)
		},
	}
}

func printOwner(w io.Writer, t ownerTarget, o ownerJSON) {
	fmt.Fprintf(w, "log       %s\n", o.Ref)
	if t.origin != "" {
		fmt.Fprintf(w, "origin    %s\n", t.origin)
	}
	fmt.Fprintf(w, "owner     %s\n", o.Owner)
	if o.Pending != nil {
		fmt.Fprintf(w, "offered   to %s, who has not accepted\n", o.Pending)
	}
	switch {
	case o.Closed:
		fmt.Fprintf(w, "closed    at %d entries, for good\n", o.Size)
	default:
		fmt.Fprintf(w, "operator  %s\n", o.Operator)
		fmt.Fprintf(w, "anchored  %d entries\n", o.Size)
	}
	fmt.Fprintf(w, "nonce     %d\n", o.Nonce)
	if o.KeysUnknown != "" {
		fmt.Fprintf(w, "keys      not known: %s\n", o.KeysUnknown)
	}
	show := func(term checkpoint.Term, note string) {
		if len(term.Keys) == 0 {
			fmt.Fprintf(w, "keys      none from %d entries on: what was announced are no keys of this log%s\n", term.From, note)
		}
		for _, k := range term.Keys {
			fmt.Fprintf(w, "key       %s from %d entries on%s\n", k, term.From, note)
		}
	}
	for _, term := range o.Keys {
		show(term, "")
	}
	for _, term := range o.Next {
		show(term, ", once it is final")
	}
}
