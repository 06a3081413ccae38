package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/verify"
)

const ownerHelp = `The owner of a log alone decides who anchors it, which keys sign its
checkpoints, who owns it, and when it ends. Init put the owner's key into
FOLDER/cold; it belongs to where no server reaches it.

Without --sign the action is sent from the owner's own account, which needs
coin. With --sign FILE it is signed and written to FILE, which anybody may
submit who has coin (akashi owner submit FILE); given --nonce as well it asks
no chain, so that the owner's machine needs no network. With --typed-data FILE
it is written as wallets sign it (EIP-712), for a key that no file holds.`

func (e *env) ownerCommand() *cli.Command {
	return group("owner", "decide over a log: its operator, its keys, its owner, its end", ownerHelp+`

Examples:
   akashi --dir uni owner show
   akashi --dir uni owner operator 0x…
   akashi --dir uni owner keys VKEY --sign keys.json
   akashi --dir uni owner submit keys.json`,
		e.ownerShowCommand(),
		e.ownerActionCommand("operator", "make another account the one that anchors", "ADDRESS",
			`From the block of this action on, nothing that the operator before has signed
can be anchored any more, nor ever again. A node that has the key of ADDRESS
(akashi keys new --operator) goes on with it by itself.`,
			"akashi --dir uni owner operator 0x…", func(c *cli.Context, t ownerTarget) (anchor.Action, error) {
				a, err := oneAddress(c)
				if err == nil {
					e.warnOfOperator(t, a)
				}
				return anchor.Action{Kind: anchor.SetOperator, Account: a}, err
			}),
		e.ownerActionCommand("keys", "announce the keys that sign checkpoints from now on", "VKEY...",
			`The first VKEY is of Ed25519, as akashi keys new prints it; others of ML-DSA-44
may follow. Keys announced before sign nothing from then on: what they sign of
more entries than are anchored by then counts for nothing. Evidence stays as it
is and verifies as before. A node that has the key of the first VKEY goes on
with it once this is final.`,
			"akashi --dir uni owner keys VKEY", func(c *cli.Context, t ownerTarget) (anchor.Action, error) {
				keys := checkpoint.Keys(c.Args().Slice())
				if len(keys) == 0 {
					return anchor.Action{}, usage("give the verifier key that is to sign; akashi keys new makes one, akashi keys list shows those that there are")
				}
				origin := t.origin
				if origin == "" {
					origin, _, _ = strings.Cut(keys[0], "+")
				}
				if err := keys.Validate(origin); err != nil {
					return anchor.Action{}, usage("%v", err)
				}
				if t.origin == "" {
					e.complain("nothing here says which origin the log has; a key of any other than %s would leave it without signatures", origin)
				}
				e.warnOfKey(t, keys[0])
				return anchor.Action{Kind: anchor.SetKeys, Keys: keys}, nil
			}),
		e.ownerActionCommand("transfer", "offer the log to another owner, or take the offer back", "ADDRESS",
			`The first of two steps: nothing changes until ADDRESS accepts (akashi owner
accept). --withdraw takes an offer back.`,
			"akashi --dir uni owner transfer 0x…", func(c *cli.Context, t ownerTarget) (anchor.Action, error) {
				if c.Bool("withdraw") {
					if c.NArg() != 0 {
						return anchor.Action{}, usage("give an address or --withdraw, not both")
					}
					return anchor.Action{Kind: anchor.TransferOwner}, nil
				}
				a, err := oneAddress(c)
				return anchor.Action{Kind: anchor.TransferOwner, Account: a}, err
			}, &cli.BoolFlag{Name: "withdraw", Usage: "take the offer back"}),
		e.ownerActionCommand("accept", "become the owner of a log that was offered", "[ADDRESS]",
			`The second step of a transfer, by the new owner: --owner-key is the new
owner's. ADDRESS is needed with --typed-data only, where no key says whose the
account is. The log keeps its id, which names its first owner.`,
			"akashi --dir uni owner accept --owner-key new/owner.json", func(c *cli.Context, t ownerTarget) (anchor.Action, error) {
				a := anchor.Action{Kind: anchor.AcceptOwner}
				var err error
				if c.NArg() > 0 {
					a.Account, err = oneAddress(c)
				} else if c.String("typed-data") != "" {
					err = usage("give the address that accepts, since no key says it")
				}
				return a, err
			}),
		e.ownerActionCommand("close", "end a log for good", "",
			`Its last anchored head stays, and evidence of what it covers verifies for ever.
Nothing can be anchored in it any more, by nobody. This cannot be undone; it
asks for the log's origin, or for --yes.`,
			"akashi --dir uni owner close", func(c *cli.Context, t ownerTarget) (anchor.Action, error) {
				if c.NArg() != 0 {
					return anchor.Action{}, usage("owner close takes no arguments")
				}
				return anchor.Action{Kind: anchor.CloseLog}, e.confirmClose(c, t)
			}, &cli.BoolFlag{Name: "yes", Usage: "close without asking"}),
		e.ownerImportCommand(), e.ownerSubmitCommand())
}

// targetFlags name the log and its chain.
func targetFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "log", Usage: "`REF` of the log, eip155:…, where there is no --dir"},
		&cli.StringFlag{Name: "rpc", Usage: "`URL` of the chain's JSON-RPC (default: that of --dir)"},
	}
}

func waitFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "wait", Usage: "until the action is `STATE`: mined or final", Value: "final"},
		&cli.DurationFlag{Name: "timeout", Usage: "longest `TIME` to wait", Value: 30 * time.Minute},
		&cli.DurationFlag{Name: "poll", Usage: "`TIME` between two looks at the chain", Value: time.Second, Hidden: true},
	}
}

// An ownerTarget is the log that an owner decides over, and how to reach it.
type ownerTarget struct {
	ref           checkpoint.LogRef
	log           checkpoint.Log // with --dir
	origin        string         // with --dir
	config        *node.Config   // with --dir
	rpc           string
	confirmations uint64
	fees          anchor.FeePolicy
}

func (e *env) ownerTarget(c *cli.Context) (ownerTarget, error) {
	var t ownerTarget
	if text := c.String("log"); text != "" {
		ref, err := checkpoint.ParseLogRef(text)
		if err != nil {
			return t, usage("--log: %v", err)
		}
		t.ref = ref
	} else if c.String("dir") == "" {
		return t, usage("say which log: --dir FOLDER, the one that akashi init made, or --log REF and --rpc URL")
	} else {
		config, err := e.configOfDir(c)
		if err != nil {
			return t, err
		}
		t.config = &config
		t.log, t.ref = config.Identity()
		t.origin, t.rpc, t.confirmations, t.fees = t.log.Origin, config.Chain.RPC, config.Chain.Confirmations, config.Fees()
	}
	if c.String("rpc") != "" {
		t.rpc = c.String("rpc")
	}
	return t, nil
}

// dial prepares the chain's client. No error repeats the RPC's address, which
// may hold a key.
func (t ownerTarget) dial() (*anchor.Client, error) {
	if t.rpc == "" {
		return nil, usage("--rpc is missing: name the chain's JSON-RPC")
	}
	client, err := anchor.Dial(t.rpc, 0)
	if err != nil {
		return nil, usage("--rpc: %v", err)
	}
	return client, nil
}

// ownerKey reads the key of --owner-key, by default that of the folder.
func ownerKey(c *cli.Context) (*anchor.Key, error) {
	key, pass := c.String("owner-key"), c.String("owner-pass")
	if key == "" {
		if c.String("dir") == "" {
			return nil, usage("--owner-key is missing: name the file of the owner's key")
		}
		key = filepath.Join(c.String("dir"), "cold", "owner.json")
	}
	k, err := loadKey(key, pass)
	if errors.Is(err, os.ErrNotExist) && c.String("owner-key") == "" {
		err = fmt.Errorf("%w; name the file of the owner's key with --owner-key", err)
	}
	return k, err
}

// loadKey reads a keystore file. The passphrase is by default in the file of
// the same name that ends in .pass.
func loadKey(key, pass string) (*anchor.Key, error) {
	if pass == "" {
		pass = strings.TrimSuffix(key, ".json") + ".pass"
	}
	return anchor.LoadKey(key, pass)
}

func oneAddress(c *cli.Context) (checkpoint.Address, error) {
	if c.NArg() != 1 {
		return checkpoint.Address{}, usage("give one address: 0x and 40 hexadecimal digits")
	}
	a, err := checkpoint.ParseAddress(c.Args().First())
	if err != nil {
		return a, usage("%v", err)
	}
	if a.IsZero() {
		return a, usage("the zero address is nobody's")
	}
	return a, nil
}

// warnOfKey says that the node lacks a key that is about to be announced: it
// would sign nothing then. The owner's machine may know nothing of the node's
// keys, so it is no error.
func (e *env) warnOfKey(t ownerTarget, vkey string) {
	if t.config == nil {
		return
	}
	have, err := node.CheckpointKeys(*t.config)
	if err == nil && !slices.ContainsFunc(have, func(k node.KeyFile) bool { return k.Key == vkey }) {
		e.complain("this folder has no file of that key; the node signs nothing while it lacks it")
	}
}

// warnOfOperator says that the node lacks the key of an account that is about
// to anchor: it would anchor nothing then.
func (e *env) warnOfOperator(t ownerTarget, account checkpoint.Address) {
	if t.config == nil {
		return
	}
	have, err := node.OperatorKeys(*t.config)
	if err == nil && !slices.ContainsFunc(have, func(k node.KeyFile) bool { return k.Key == account.String() }) {
		e.complain("this folder has no key of that account; the node anchors nothing while it lacks it")
	}
}

// confirmClose wants the origin typed in.
func (e *env) confirmClose(c *cli.Context, t ownerTarget) error {
	if c.Bool("yes") {
		return nil
	}
	name := t.origin
	if name == "" {
		name = t.ref.String()
	}
	if e.json {
		return usage("closing is final: give --yes")
	}
	fmt.Fprintf(e.stderr, "Closing is final: log %s can never be anchored again.\nType its name to close it: ", plain(name))
	line, err := bufio.NewReader(io.LimitReader(e.stdin, 1000)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read standard input: %w", pathless(err))
	}
	if strings.TrimSpace(line) != name {
		return errors.New("that is not its name; nothing was done")
	}
	return nil
}

// ownerActionCommand makes the command of one action.
func (e *env) ownerActionCommand(name, what, args, more, example string, make func(*cli.Context, ownerTarget) (anchor.Action, error), flags ...cli.Flag) *cli.Command {
	return &cli.Command{
		Name: name, Usage: what, ArgsUsage: args,
		Description: more + "\n\nExamples:\n   " + example + "\n   " + example + " \\\n      --sign " + name + ".json",
		Flags: append(append(append(flags, targetFlags()...),
			&cli.StringFlag{Name: "owner-key", Usage: "`FILE` with the owner's key (default: cold/owner.json of --dir)"},
			&cli.StringFlag{Name: "owner-pass", Usage: "`FILE` with its passphrase (default: its name with .pass)"},
			&cli.StringFlag{Name: "sign", Usage: "sign, write to the new `FILE`, and send nothing"},
			&cli.StringFlag{Name: "typed-data", Usage: "write what a wallet has to sign to the new `FILE`, and send nothing"},
			&cli.StringFlag{Name: "nonce", Usage: "`NUMBER` of this action of the log's owners, where no chain can be asked"},
			&cli.StringFlag{Name: "deadline", Usage: "`WHEN` a signature ends to count: after 7d or 12h, with the day 2027-03-31 (UTC), or at 2027-03-31T12:00:00Z", Value: "7d"},
		), waitFlags()...),
		Action: func(c *cli.Context) error {
			t, err := e.ownerTarget(c)
			if err != nil {
				return err
			}
			a, err := make(c, t)
			if err != nil {
				return err
			}
			a.Ref = t.ref
			switch sign, typed := c.IsSet("sign"), c.IsSet("typed-data"); {
			case sign && typed:
				return usage("give --sign or --typed-data, not both")
			case sign || typed:
				return e.signAction(c, t, a)
			case c.IsSet("nonce") || c.IsSet("deadline"):
				return usage("--nonce and --deadline are for --sign and --typed-data")
			}
			return e.doAction(c, t, a)
		},
	}
}

// An actionJSON is an action under --json.
type actionJSON struct {
	Action anchor.ActionKind `json:"action"`
	Says   string            `json:"says"`
	// Of one that was sent:
	Tx    *verify.BlockHash `json:"tx,omitempty"`
	Block uint64            `json:"block,omitempty"`
	Final bool              `json:"final,omitempty"`
	// Of one that was signed, or is to be:
	File     string              `json:"file,omitempty"`
	Nonce    *uint64             `json:"nonce,omitempty"`
	Deadline *time.Time          `json:"deadline,omitempty"`
	Signer   *checkpoint.Address `json:"signer,omitempty"`
}

// doAction sends an action from the owner's account.
func (e *env) doAction(c *cli.Context, t ownerTarget, a anchor.Action) error {
	key, err := ownerKey(c)
	if err != nil {
		return err
	}
	if a.Kind == anchor.AcceptOwner {
		if !a.Account.IsZero() && a.Account != key.Address() {
			return usage("%s accepts, but the key is of %s", a.Account, key)
		}
		a.Account = key.Address()
	}
	return e.send(c, t, key, a, nil, func(ctx context.Context, p anchor.Payer) (anchor.Done, error) {
		done, err := p.Do(ctx, a)
		if errors.Is(err, anchor.ErrShortOfFunds) {
			err = fmt.Errorf("%w; or write the action to a file with --sign FILE, and submit it from another account with akashi owner submit FILE", err)
		}
		return done, err
	})
}

// send has a key pay for something and says what became of it.
func (e *env) send(c *cli.Context, t ownerTarget, key *anchor.Key, a anchor.Action, signed *anchor.SignedAction, do func(context.Context, anchor.Payer) (anchor.Done, error)) error {
	wait := c.String("wait")
	if wait != "mined" && wait != "final" {
		return usage("--wait %q is neither mined nor final", wait)
	}
	if c.Duration("timeout") <= 0 {
		return usage("--timeout is not above zero")
	}
	client, err := t.dial()
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(c.Context, c.Duration("timeout"))
	defer cancel()
	line := e.progress()
	line.show("%s; waiting until that is %s…", a, wait)
	done, err := do(ctx, anchor.Payer{
		Client: client, ChainID: t.ref.ChainID, Key: key, Fees: t.fees, Poll: c.Duration("poll"),
		Final: wait == "final", Confirmations: t.confirmations,
	})
	line.clear()
	if errors.Is(err, context.DeadlineExceeded) {
		return codedError{exitUnknown, fmt.Errorf("%w; look again with akashi owner show", err)}
	}
	if err != nil {
		return err
	}
	out := actionJSON{Action: a.Kind, Says: a.String(), Tx: &done.Tx, Block: done.Block, Final: wait == "final"}
	if signed != nil {
		out.Nonce, out.Deadline, out.Signer = &signed.Nonce, &signed.Deadline, &signed.Signer
	}
	return e.say(out, func(w io.Writer) {
		fmt.Fprintf(w, "done      %s\n", a)
		if signed != nil {
			fmt.Fprintf(w, "signed    by %s, nonce %d, until %s\n", signed.Signer, signed.Nonce, signed.Deadline.Format(time.RFC3339))
		}
		fmt.Fprintf(w, "tx        %s\n", done.Tx)
		fmt.Fprintf(w, "block     %d, %s\n", done.Block, wait)
	})
}

// signAction writes an action to a file, signed or for a wallet to sign.
func (e *env) signAction(c *cli.Context, t ownerTarget, a anchor.Action) error {
	now := time.Now()
	deadline, err := parseExpiry(c.String("deadline"), now)
	if err != nil {
		return usage("--deadline %v", err)
	}
	if deadline.IsZero() {
		return usage("--deadline never: a signature that somebody may submit has to end some day")
	}
	var key *anchor.Key // nil: a wallet signs
	path := c.String("typed-data")
	if c.IsSet("sign") {
		path = c.String("sign")
		if key, err = ownerKey(c); err != nil {
			return err
		}
		if a.Kind == anchor.AcceptOwner && a.Account.IsZero() {
			a.Account = key.Address()
		}
	}
	if path == "" {
		return usage("name the file to write")
	}
	nonce, err := parseNonce(c)
	if err != nil {
		return err
	}
	if nonce == nil {
		if nonce, err = e.askNonce(c.Context, t, a, key); err != nil {
			return err
		}
	}
	out := actionJSON{Action: a.Kind, Says: a.String(), File: path, Nonce: nonce, Deadline: &deadline}
	var text []byte
	next := "Have a wallet sign it (eth_signTypedData_v4), then: akashi owner import " + path + " SIGNED-FILE --signature 0x…"
	if key == nil {
		text, err = a.TypedData(*nonce, deadline)
	} else {
		var s anchor.SignedAction
		if s, err = a.Sign(key, *nonce, deadline); err == nil {
			text, err = json.Marshal(s)
		}
		out.Signer = &s.Signer
		next = "Anybody with coin may submit it: akashi owner submit " + path
	}
	if err != nil {
		return err
	}
	if err := writePublic(path, text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return e.say(out, func(w io.Writer) { printSigned(w, out, next) })
}

func printSigned(w io.Writer, a actionJSON, next string) {
	verb := "signed    "
	if a.Signer == nil {
		verb = "to sign   "
	}
	fmt.Fprintf(w, "%s%s\n", verb, a.Says)
	if a.Signer != nil {
		fmt.Fprintf(w, "by        %s\n", a.Signer)
	}
	fmt.Fprintf(w, "nonce     %d\n", *a.Nonce)
	fmt.Fprintf(w, "until     %s\n", a.Deadline.Format(time.RFC3339))
	fmt.Fprintf(w, "file      %s\n", a.File)
	fmt.Fprintf(w, "to do     %s\n", next)
}

// parseNonce reads --nonce; nil when it is not given.
func parseNonce(c *cli.Context) (*uint64, error) {
	if !c.IsSet("nonce") {
		return nil, nil
	}
	n, err := strconv.ParseUint(c.String("nonce"), 10, 53)
	if err != nil {
		return nil, usage("--nonce %q is not a whole number from 0 on", c.String("nonce"))
	}
	return &n, nil
}

// askNonce asks the chain for the log's nonce, and whether the action could be
// done.
func (e *env) askNonce(ctx context.Context, t ownerTarget, a anchor.Action, key *anchor.Key) (*uint64, error) {
	client, err := t.dial()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	o, err := askOwner(ctx, client, t.ref)
	if err != nil {
		return nil, fmt.Errorf("%w; where no chain can be asked give --nonce, which akashi owner show tells", err)
	}
	account := o.Owner // a wallet's, as far as it is known here
	switch {
	case key != nil:
		account = key.Address()
	case a.Kind == anchor.AcceptOwner:
		account = a.Account
	}
	if err := o.Check(a, account); err != nil {
		return nil, err
	}
	return &o.Nonce, nil
}

// askOwner asks about a log on the chain that its reference names.
func askOwner(ctx context.Context, client *anchor.Client, ref checkpoint.LogRef) (anchor.Owner, error) {
	id, err := client.ChainID(ctx)
	if err != nil {
		return anchor.Owner{}, err
	}
	if id != ref.ChainID {
		return anchor.Owner{}, fmt.Errorf("%w: %s is a node of chain %d, and the log is on chain %d", anchor.ErrWrongChain, client.Host(), id, ref.ChainID)
	}
	return client.Owner(ctx, ref)
}
