package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

func (e *env) verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "judge a record by its evidence",
		ArgsUsage: "RECORD [EVIDENCE]",
		Description: `EVIDENCE is RECORD.akashi unless it is named. Nothing in it is trusted
because it says so: the policy says which registries, issuers and blocks you
trust. With --rpc the chain is asked for the blocks and for newer news; with
--block nothing is asked and the named blocks are taken as canonical. With
--node, newer evidence is fetched from that node first, and counts when it
says more than what is there.

Exit code 0: verified. 1: refuted, and only that. 2: could not tell, also
since a file is missing or cannot be read.

Examples:
   akashi verify badge.json --policy policy.json --rpc http://127.0.0.1:8545
   akashi verify badge.json --policy policy.json --block 1337:12:0x5c…`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "policy", Usage: "`FILE` that says whom you trust (needed)", EnvVars: []string{"AKASHI_POLICY"}},
			&cli.StringFlag{Name: "rpc", Usage: "`URL` of a JSON-RPC of the chain", EnvVars: []string{"AKASHI_RPC"}},
			&cli.DurationFlag{Name: "rpc-timeout", Usage: "longest `TIME` that the RPC may take for each answer", Value: 10 * time.Second},
			&cli.Uint64Flag{Name: "confirmations", Usage: "take a block as final when `N` lie above it, for chains without finality"},
			&cli.StringSliceFlag{Name: "block", Usage: "`CHAIN:NUMBER:HASH` of a block to trust; may be repeated"},
			&cli.StringFlag{Name: "issuer", Usage: "`ID` of the issuer that you expect"},
		},
		Action: func(c *cli.Context) error {
			report, path, err := e.judge(c)
			var wrong codedError
			if errors.As(err, &wrong) {
				return err
			}
			if err != nil {
				return codedError{exitUnknown, err}
			}
			if err := e.say(report, func(w io.Writer) { printReport(w, nameOf(path), report, hint(c, report)) }); err != nil {
				return codedError{exitUnknown, err}
			}
			switch report.Verdict {
			case verify.Verified:
				return nil
			case verify.Refuted:
				return exitError(exitFailed)
			}
			return exitError(exitUnknown)
		},
	}
}

// judge gives the report on a record and the path of the record.
func (e *env) judge(c *cli.Context) (verify.Report, string, error) {
	none := verify.Report{}
	if c.NArg() < 1 || c.NArg() > 2 {
		return none, "", usage("give a record, and its evidence unless that is RECORD%s", evidenceSuffix)
	}
	if c.Duration("rpc-timeout") <= 0 {
		return none, "", usage("--rpc-timeout %s is not above zero", c.Duration("rpc-timeout"))
	}
	policy, err := e.policy(c)
	if err != nil {
		return none, "", err
	}
	v := &verify.Verifier{Policy: policy, ExpectIssuer: c.String("issuer"), CallTimeout: c.Duration("rpc-timeout")}
	if url := c.String("rpc"); url != "" {
		client, err := anchor.Dial(url, c.Duration("rpc-timeout"))
		if err != nil {
			return none, "", usage("--rpc: %v", err)
		}
		defer client.Close()
		v.Chain = anchor.NewReader(client, c.Uint64("confirmations"))
	}
	path, evidencePath := c.Args().First(), c.Args().Get(1)
	if evidencePath == "" {
		if path == "-" {
			return none, path, usage("name the evidence of a record on standard input")
		}
		evidencePath = path + evidenceSuffix
	}
	recordBytes, err := e.readRecord(c.Context, path)
	if err != nil {
		return none, path, fmt.Errorf("%s: %w", nameOf(path), err)
	}
	raw, err := e.readSmall(c.Context, evidencePath, verify.MaxEvidenceSize)
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.HasSuffix(path, evidenceSuffix):
		return none, path, fmt.Errorf("%s looks like evidence; name the record first: akashi verify RECORD %s", path, path)
	case errors.Is(err, fs.ErrNotExist):
		return none, path, fmt.Errorf("there is no evidence at %s; ask the issuer for it, or fetch it with akashi prove", evidencePath)
	case err != nil:
		return none, path, fmt.Errorf("evidence %w", err)
	}
	evidence, err := verify.ParseEvidence(raw)
	if err != nil {
		if _, swapped := verify.ParseEvidence(recordBytes); swapped == nil {
			return none, path, usage("%s is the evidence; name the record first", nameOf(path))
		}
		return v.CheckBytes(c.Context, recordBytes, raw), path, nil
	}
	newer := e.newest(c, evidence)
	if newer == nil {
		return v.Check(c.Context, recordBytes, evidence), path, nil
	}
	// A node cannot spoil good evidence by answering with bad.
	now := v.Check(c.Context, recordBytes, *newer)
	if state, _ := now.Step(verify.StatusState); now.Verdict == verify.Verified || state.Result == verify.Fail {
		return now, path, nil
	}
	then := v.Check(c.Context, recordBytes, evidence)
	if then.Verdict == now.Verdict {
		return now, path, nil
	}
	e.complain("the newest evidence of the node was not used: by it the verdict would be %s", now.Verdict)
	return then, path, nil
}

// newest fetches the newest evidence that --node or --dir has of the entry
// that old is about; nil when neither is given or nothing came of it, which is
// said.
func (e *env) newest(c *cli.Context, old verify.Evidence) *verify.Evidence {
	if c.String("node") == "" && c.String("dir") == "" {
		return nil
	}
	newer, err := e.fetch(c, old)
	if err == nil && (newer.Ref() != old.Ref() || newer.Index != old.Index) {
		err = errors.New("it is about another entry")
	}
	if err != nil {
		e.complain("the newest evidence of the node was not used: %s", message(err))
		return nil
	}
	return &newer
}

func (e *env) fetch(c *cli.Context, old verify.Evidence) (verify.Evidence, error) {
	client, err := e.client(c)
	if err != nil {
		return verify.Evidence{}, err
	}
	ctx, cancel := context.WithTimeout(c.Context, min(e.patience, 15*time.Second))
	defer cancel()
	// The salt is for the node that keeps the record and for no other, so what
	// can be asked without it comes first.
	info, err := client.Log(ctx)
	if err != nil {
		return verify.Evidence{}, err
	}
	if info.Ref != old.Ref() {
		return verify.Evidence{}, fmt.Errorf("it keeps another log, %s, and was told nothing of the record; name the node of %s", info.Ref, old.Ref())
	}
	var q node.EvidenceQuery
	if old.Record.Open {
		q.CID = record.CIDOf(old.Record.Digest).String()
	} else {
		commitment := old.Record.Entry().Commitment
		q.Commitment, q.Salt = &commitment, &old.Record.Salt
	}
	_, newer, err := client.Evidence(ctx, q)
	return newer, err
}

// policy reads --policy and adds --block to it.
func (e *env) policy(c *cli.Context) (verify.Policy, error) {
	path := c.String("policy")
	if path == "" {
		return verify.Policy{}, usage("--policy is missing: it says whom you trust; akashi init writes one, %s, for the log it makes", node.PolicyFile)
	}
	blocks := c.StringSlice("block")
	var named []verify.TrustedBlock
	for _, s := range blocks {
		b, err := parseBlock(s)
		if err != nil {
			return verify.Policy{}, err
		}
		named = append(named, b)
	}
	text, err := e.readSmall(c.Context, path, verify.MaxPolicySize)
	if err != nil {
		return verify.Policy{}, fmt.Errorf("policy %w", err)
	}
	policy, err := verify.ParsePolicy(text)
	if err != nil {
		return verify.Policy{}, fmt.Errorf("%s: %w", path, err)
	}
	for i, b := range named {
		known := false
		for _, p := range policy.Blocks {
			if p.ChainID != b.ChainID || p.Number != b.Number {
				continue
			}
			if p.Hash != b.Hash {
				return verify.Policy{}, usage("--block %s: block %d of chain %d has another hash in the policy, or in a --block before", blocks[i], b.Number, b.ChainID)
			}
			known = true
		}
		if !known {
			policy.Blocks = append(policy.Blocks, b)
		}
	}
	return policy, nil
}

// parseBlock reads CHAIN:NUMBER:HASH.
func parseBlock(s string) (verify.TrustedBlock, error) {
	var b verify.TrustedBlock
	parts := strings.Split(s, ":")
	if len(parts) != 3 {
		return b, usage("--block %q is not CHAIN:NUMBER:HASH", s)
	}
	var err error
	if b.ChainID, err = strconv.ParseUint(parts[0], 10, 53); err != nil || b.ChainID == 0 {
		return b, usage("--block %q: the chain id is not a whole number from 1 on", s)
	}
	if b.Number, err = strconv.ParseUint(parts[1], 10, 53); err != nil {
		return b, usage("--block %q: the block number is not a whole number", s)
	}
	if err := b.Hash.UnmarshalText([]byte(parts[2])); err != nil {
		return b, usage("--block %q: %v", s, err)
	}
	return b, nil
}
