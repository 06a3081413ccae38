package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch/web"
	"github.com/akashi-project/akashi/verify"
)

func (e *env) verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "judge a record by its evidence",
		ArgsUsage: "RECORD [EVIDENCE] | FOLDER...",
		Description: `EVIDENCE is RECORD.akashi unless it is named, and if there is no such file the
evidence that akashi prove --bake put into an image. Nothing in it is trusted
because it says so: the policy says which registries, issuers and blocks you
trust. With --rpc the chain is asked for the blocks and for newer news; with
--block nothing is asked and the named blocks are taken as canonical. With
--node, newer evidence is fetched from that node first, and counts when it
says more than what is there.

A badge is judged by itself too, as one more step: a signature that does not fit
and a badge that has run out are refuted, and what nobody was asked for is named
and decides nothing. With --badge the issuer is asked, for keys and status lists,
as akashi badge check does. Then the badge has to hold: one that does not in any
way is refuted, and when that could not be told, since a status list was not
reached or a key is unproven, the verdict is that it could not be told. A badge
with a JSON-LD context that is not embedded is judged when --context names it.

Given a folder, or more than two files, or --csv, it judges every record named
and below the folders by the evidence beside it, and writes one row for each:
a sentence, a line of --csv, or with --json one object a line. A record without
evidence, and evidence without its record, have rows that say so. Hidden files,
the policy and the file that is being written have none, and links are not
followed. The chain is asked each question once; when it does not answer, it is
waited for twice --rpc-timeout, and then the rows that need it say that they
could not tell. The columns of --csv are file, verdict, code and reason of the
step that decided, issuer, issuer_name, existed_by, status, status_as_of.

Exit code 0: verified. 1: refuted, and only that. 2: could not tell, also
since a file is missing or cannot be read. Of many: 1 when one is refuted, else
2 when one could not be told, else 0.

Examples:
   akashi verify badge.json --policy policy.json --rpc http://127.0.0.1:8545
   akashi verify badge.json --policy policy.json --block 1337:12:0x5c…
   akashi verify applications --csv --bom --policy policy.json \
      --rpc URL > verdicts.csv`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "policy", Usage: "`FILE` that says whom you trust (needed)", EnvVars: []string{"AKASHI_POLICY"}},
			&cli.StringFlag{Name: "rpc", Usage: "`URL` of a JSON-RPC of the chain", EnvVars: []string{"AKASHI_RPC"}},
			&cli.DurationFlag{Name: "rpc-timeout", Usage: "longest `TIME` that the RPC may take for each answer", Value: 10 * time.Second},
			&cli.Uint64Flag{Name: "confirmations", Usage: "take a block as final when `N` lie above it, for chains without finality"},
			&cli.StringSliceFlag{Name: "block", Usage: "`CHAIN:NUMBER:HASH` of a block to trust; may be repeated"},
			&cli.StringFlag{Name: "issuer", Usage: "`ID` of the issuer that you expect"},
			&cli.BoolFlag{Name: "badge", Usage: "badges have to hold by themselves too: ask their issuers for keys and status lists, which fetches what the badges name"},
			contextFlag(),
		}, reachFlags(), []cli.Flag{
			&cli.BoolFlag{Name: "csv", Usage: "judge many, and write a table in CSV (RFC 4180)"},
			&cli.BoolFlag{Name: "bom", Usage: "begin the table with a byte order mark, so that Excel reads it as UTF-8"},
		}),
		Action: func(c *cli.Context) error {
			if c.Bool("bom") && !c.Bool("csv") {
				return usage("--bom is for --csv")
			}
			if !c.Bool("badge") && (c.IsSet("allow-network") || c.IsSet("allow-http")) {
				return usage("--allow-network and --allow-http are for --badge: without it nothing is fetched")
			}
			if c.Bool("csv") && e.json {
				return usage("give --csv or --json, not both")
			}
			if c.Bool("csv") || c.NArg() > 2 || hasFolder(c.Args().Slice()) {
				return e.verifyMany(c)
			}
			return e.verifyOne(c)
		},
	}
}

// A judge judges records by what a command line says of whom to trust and
// whom to ask.
type judge struct {
	e        *env
	verifier *verify.Verifier
	newer    *newerEvidence // nil: only what the files hold
	close    func()
}

// newJudge reads the flags. many says that one chain connection and one node
// serve many records.
func (e *env) newJudge(c *cli.Context, many bool) (*judge, error) {
	timeout := c.Duration("rpc-timeout")
	if timeout <= 0 {
		return nil, usage("--rpc-timeout %s is not above zero", timeout)
	}
	policy, err := e.policy(c)
	if err != nil {
		return nil, err
	}
	j := &judge{e: e, close: func() {}}
	j.verifier = &verify.Verifier{Policy: policy, ExpectIssuer: c.String("issuer"), CallTimeout: timeout}
	contexts, err := e.contexts(c)
	if err != nil {
		return nil, err
	}
	j.verifier.Badge = badgeJudge{badge.Options{Contexts: contexts}}
	if c.Bool("badge") {
		w, err := reach(c)
		if err != nil {
			return nil, err
		}
		fetcher := web.New(w)
		j.verifier.BadgeNeeded = true
		j.verifier.Badge, j.close = badgeJudge{badge.Options{Fetcher: fetcher, Contexts: contexts}}, fetcher.Close
	}
	closeBadge := j.close
	if c.String("node") != "" || c.String("dir") != "" {
		client, err := e.client(c)
		j.newer = &newerEvidence{client: client, patience: min(e.patience, 15*time.Second), stopped: err}
	}
	if url := c.String("rpc"); url != "" {
		client, err := anchor.Dial(url, timeout)
		if err != nil {
			return nil, usage("--rpc: %v", err)
		}
		reader := anchor.NewReader(client, c.Uint64("confirmations"))
		j.verifier.Chain, j.close = reader, func() { client.Close(); closeBadge() }
		if many {
			// An outage is waited for, and bounded there.
			shared := shareChain(c.Context, reader, 2*timeout)
			j.verifier.Chain, j.verifier.CallTimeout = shared, longestQuestion(timeout)
			j.close = func() { shared.close(); client.Close(); closeBadge() }
		}
	}
	return j, nil
}

// verifyOne judges one record and shows every step.
func (e *env) verifyOne(c *cli.Context) error {
	report, path, err := e.judgeOne(c)
	if err != nil {
		return untold(err)
	}
	if err := e.say(report, func(w io.Writer) { printReport(w, nameOf(path), report, hint(c, report)) }); err != nil {
		return codedError{exitUnknown, err}
	}
	return exit(exitFor(report.Verdict, verify.Verified, verify.Refuted))
}

// judgeOne gives the report on a record and the path of the record.
func (e *env) judgeOne(c *cli.Context) (verify.Report, string, error) {
	none := verify.Report{}
	if c.NArg() < 1 {
		return none, "", usage("give a record, and its evidence unless that is RECORD%s; or a folder of both", evidenceSuffix)
	}
	j, err := e.newJudge(c, false)
	if err != nil {
		return none, "", err
	}
	defer j.close()
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
	raw, err := e.evidenceNamed(c.Context, c.Args().Get(1), path, recordBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.HasSuffix(path, evidenceSuffix):
		return none, path, fmt.Errorf("%s looks like evidence; name the record first: akashi verify RECORD %s", path, path)
	case errors.Is(err, fs.ErrNotExist):
		return none, path, fmt.Errorf("there is no evidence at %s; ask the issuer for it, or fetch it with akashi prove", evidencePath)
	case err != nil:
		return none, path, fmt.Errorf("evidence %w", err)
	}
	if _, err := verify.ParseEvidence(raw); err != nil {
		if _, swapped := verify.ParseEvidence(recordBytes); swapped == nil {
			return none, path, usage("%s is the evidence; name the record first", nameOf(path))
		}
	}
	report, note := j.check(c.Context, recordBytes, raw)
	if note != "" {
		e.complain("the newest evidence of the node was not used: %s", note)
	}
	return report, path, nil
}

// evidenceNamed reads the evidence at path, or that of the record when none is
// named.
func (e *env) evidenceNamed(ctx context.Context, path, ofRecord string, recordBytes []byte) ([]byte, error) {
	if path != "" {
		return e.readSmall(ctx, path, verify.MaxEvidenceSize)
	}
	raw, err := e.evidenceOfFile(ctx, ofRecord, recordBytes)
	if err == nil && len(raw) > verify.MaxEvidenceSize {
		err = fmt.Errorf("has more than %d bytes, which is too much here", verify.MaxEvidenceSize)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nameOf(ofRecord+evidenceSuffix), err)
	}
	return raw, nil
}

// check judges a record by its evidence, or by newer evidence of a node when
// that says more. The note says why the node's was not used.
func (j *judge) check(ctx context.Context, recordBytes, raw []byte) (report verify.Report, note string) {
	evidence, err := verify.ParseEvidence(raw)
	if err != nil {
		return j.verifier.CheckBytes(ctx, recordBytes, raw), ""
	}
	if j.newer == nil {
		return j.verifier.Check(ctx, recordBytes, evidence), ""
	}
	newer, err := j.newer.fetch(ctx, evidence)
	if err != nil {
		return j.verifier.Check(ctx, recordBytes, evidence), message(err)
	}
	// A node cannot spoil good evidence by answering with bad.
	now := j.verifier.Check(ctx, recordBytes, newer)
	if state, _ := now.Step(verify.StatusState); now.Verdict == verify.Verified || state.Result == verify.Fail {
		return now, ""
	}
	then := j.verifier.Check(ctx, recordBytes, evidence)
	if then.Verdict == now.Verdict {
		return now, ""
	}
	return then, fmt.Sprintf("by it the verdict would be %s", now.Verdict)
}

// newerEvidence fetches the newest evidence that the node of --node or --dir
// has. Many goroutines may use it.
type newerEvidence struct {
	client   *node.Client
	patience time.Duration // for one record

	mu      sync.Mutex // guards what follows; held while the log is asked for
	info    *node.LogInfo
	stopped error // why the node is asked nothing more
}

// fetch gives the newest evidence of the entry that old is about. A node that
// did not answer once, or answers enough for now, is not asked again.
func (n *newerEvidence) fetch(ctx context.Context, old verify.Evidence) (verify.Evidence, error) {
	ctx, cancel := context.WithTimeout(ctx, n.patience)
	defer cancel()
	// The salt is for the node that keeps the record and for no other, so what
	// can be asked without it comes first.
	info, err := n.log(ctx)
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
	_, newer, err := n.client.Evidence(ctx, q)
	var problem *node.Problem
	switch {
	case errors.Is(err, node.ErrUnreachable) || errors.As(err, &problem) && problem.Retry() && problem.Status == 429:
		n.mu.Lock()
		n.stopped = err
		n.mu.Unlock()
		return verify.Evidence{}, err
	case err != nil:
		return verify.Evidence{}, err
	case newer.Ref() != old.Ref() || newer.Index != old.Index:
		return verify.Evidence{}, errors.New("it is about another entry")
	}
	return newer, nil
}

// log asks which log the node keeps, once.
func (n *newerEvidence) log(ctx context.Context) (node.LogInfo, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stopped != nil {
		return node.LogInfo{}, n.stopped
	}
	if n.info == nil {
		info, err := n.client.Log(ctx)
		if err != nil {
			n.stopped = err
			return node.LogInfo{}, err
		}
		n.info = &info
	}
	return *n.info, nil
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
