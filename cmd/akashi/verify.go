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
--node, newer evidence is fetched from that node first.

Exit code 0: verified. 1: refuted. 2: could not tell.

Examples:
   akashi verify badge.json --policy policy.json --rpc http://127.0.0.1:8545
   akashi verify badge.json --policy policy.json --block 1337:12:0x5c…`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "policy", Usage: "`FILE` that says whom you trust (needed)", EnvVars: []string{"AKASHI_POLICY"}},
			&cli.StringFlag{Name: "rpc", Usage: "`URL` of a JSON-RPC of the chain", EnvVars: []string{"AKASHI_RPC"}},
			&cli.DurationFlag{Name: "rpc-timeout", Usage: "how long each question to the RPC may take", Value: 10 * time.Second},
			&cli.Uint64Flag{Name: "confirmations", Usage: "take a block as final when `N` lie above it, for chains without finality"},
			&cli.StringSliceFlag{Name: "block", Usage: "`CHAIN:NUMBER:HASH` of a block to trust; may be repeated"},
			&cli.StringFlag{Name: "issuer", Usage: "`ID` of the issuer that you expect"},
		},
		Action: e.verify,
	}
}

func (e *env) verify(c *cli.Context) error {
	if c.NArg() < 1 || c.NArg() > 2 {
		return usage("give a record, and its evidence unless that is RECORD%s", evidenceSuffix)
	}
	if c.String("policy") == "" {
		return usage("--policy is missing: it says whom you trust; akashi init writes one for the log it makes")
	}
	policyText, err := readLimited(c.String("policy"), 1<<20)
	if err != nil {
		return err
	}
	policy, err := verify.ParsePolicy(policyText)
	if err != nil {
		return fmt.Errorf("policy %s: %w", c.String("policy"), err)
	}
	for _, s := range c.StringSlice("block") {
		b, err := parseBlock(s)
		if err != nil {
			return err
		}
		policy.Blocks = append(policy.Blocks, b)
	}
	path := c.Args().First()
	bytes, err := e.readRecord(path)
	if err != nil {
		return err
	}
	evidencePath := c.Args().Get(1)
	if evidencePath == "" {
		evidencePath = path + evidenceSuffix
	}
	raw, err := readLimited(evidencePath, verify.MaxEvidenceSize+1)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no evidence at %s; ask the issuer for it, or fetch it with akashi prove", evidencePath)
	}
	if err != nil {
		return err
	}
	evidence, err := verify.ParseEvidence(raw)
	if err != nil {
		return fmt.Errorf("evidence %s: %w", evidencePath, err)
	}
	v := &verify.Verifier{Policy: policy, ExpectIssuer: c.String("issuer")}
	if url := c.String("rpc"); url != "" {
		client, err := anchor.Dial(url, c.Duration("rpc-timeout"))
		if err != nil {
			return usage("--rpc: %v", err)
		}
		defer client.Close()
		v.Chain = anchor.NewReader(client, c.Uint64("confirmations"))
	}
	if c.IsSet("node") || c.IsSet("dir") {
		client, err := e.client(c)
		if err != nil {
			return err
		}
		if newer, err := refresh(c.Context, client, evidence); err != nil {
			fmt.Fprintf(e.stderr, "akashi: no newer evidence: %v\n", err)
		} else {
			evidence = newer
		}
	}
	report := v.Check(c.Context, bytes, evidence)
	if err := e.say(c, report, func(w io.Writer) { printReport(w, path, report) }); err != nil {
		return err
	}
	switch report.Verdict {
	case verify.Verified:
		return nil
	case verify.Refuted:
		return exitError(exitFailed)
	}
	return exitError(exitUnknown)
}

// refresh asks a node for the newest evidence of the same entry.
func refresh(ctx context.Context, client *node.Client, e verify.Evidence) (verify.Evidence, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	var q node.EvidenceQuery
	if e.Record.Open {
		q.CID = record.CIDOf(e.Record.Digest).String()
	} else {
		commitment := e.Record.Entry().Commitment
		q.Commitment, q.Salt = &commitment, &e.Record.Salt
	}
	_, newer, err := client.Evidence(ctx, q)
	return newer, err
}

// printReport writes a report as a person reads it: what matters first.
func printReport(w io.Writer, path string, r verify.Report) {
	fmt.Fprintf(w, "%s: %s\n", path, strings.ToUpper(strings.ReplaceAll(r.Verdict.String(), "-", " ")))
	for _, s := range r.Steps {
		fmt.Fprintf(w, "  %-8s %-20s %s\n", s.Result, s.Code, s.Text)
	}
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
