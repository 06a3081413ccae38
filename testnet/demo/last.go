package demo

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

// impostor logs the revoked badge of one university anew in the log of
// another, where nobody has revoked it.
func (d *demo) impostor(ctx context.Context) error {
	s, other := d.samples[0], d.net.Universities[1]
	again := &sample{file: s.file, at: other, bytes: s.bytes}
	if err := d.log(ctx, again); err != nil {
		return err
	}
	if _, err := finalAnchor(ctx, again); err != nil {
		return err
	}
	if err := d.fetch(ctx, again); err != nil {
		return err
	}
	r, err := d.check(ctx, again.bytes, again.evidence, d.net.Policy, d.net.Chain.RPC())
	if err != nil {
		return err
	}
	if err := want(r, verify.CouldNotTell, s.file+" logged anew by an impostor"); err != nil {
		return err
	}
	bound, _ := r.Step(verify.IssuerBound)
	if bound.Result != verify.Unknown {
		return fmt.Errorf("the log of %s counts as that of %s", other.English, d.home.English)
	}
	d.done("an impostor logs the revoked %s anew at %s: it is not verified", s.file, other.English)
	d.more("%s", bound.Text)
	return nil
}

// closed ends a university's node for good, and verifies its badge without it.
func (d *demo) closed(ctx context.Context) error {
	s := d.foreign[len(d.foreign)-1]
	if err := s.at.Stop(); err != nil {
		return err
	}
	if _, err := s.at.Client.Log(ctx); !errors.Is(err, node.ErrUnreachable) {
		return fmt.Errorf("%s still answers: %v", s.at.English, err)
	}
	r, err := d.check(ctx, s.bytes, s.evidence, d.net.Policy, d.net.Chain.RPC())
	if err != nil {
		return err
	}
	if err := want(r, verify.Verified, s.file+" of a closed university"); err != nil {
		return err
	}
	policy, events := withBlocks(d.net.Policy, s.evidence)
	if r, err = d.check(ctx, s.bytes, s.evidence, policy, ""); err != nil {
		return err
	}
	if err := want(r, verify.Verified, s.file+" of a closed university, offline"); err != nil {
		return err
	}
	d.done("%s closes for ever: its badge still verifies, by the chain or by a block hash alone", s.at.English)
	d.more("block %d is %s", events[0].Block.Number, events[0].Block.Hash)
	return nil
}

// forget destroys a record on the node and sees it refused from then on.
func (d *demo) forget(ctx context.Context) error {
	s := d.samples[len(d.samples)-1]
	if _, err := d.home.Client.Forget(ctx, node.Target{Index: &s.logged.Index}); err != nil {
		return err
	}
	var problem *node.Problem
	_, _, err := d.home.Client.Evidence(ctx, node.EvidenceQuery{Index: &s.logged.Index})
	if !errors.As(err, &problem) {
		return fmt.Errorf("evidence of the forgotten %s: %v, want a refusal", s.file, err)
	}
	if _, err := d.home.Client.Submit(ctx, node.Submission{Record: s.bytes}); !errors.As(err, &problem) {
		return fmt.Errorf("the forgotten %s submitted again: %v, want a refusal", s.file, err)
	}
	d.done("%s is forgotten: the node has neither it nor its salt, and refuses it", s.file)
	d.more("%v", problem)
	return nil
}

// replay reads the log's entries as anybody can and computes the root.
func (d *demo) replay(ctx context.Context) error {
	note, err := d.home.Client.Checkpoint(ctx)
	if err != nil {
		return err
	}
	info, err := d.home.Client.Log(ctx)
	if err != nil {
		return err
	}
	head, _, err := checkpoint.Open(note, info.Keys)
	if err != nil {
		return err
	}
	var frontier merkle.Frontier
	var all []byte
	for size := head.Tree.Size; frontier.Size() < size; {
		b := merkle.Bundle{Index: frontier.Size() / merkle.TileWidth, Width: int(min(merkle.TileWidth, size-frontier.Size()))}
		data, err := d.get(ctx, "/"+b.Path())
		if err != nil {
			return err
		}
		entries, err := merkle.ParseBundle(data, b.Width)
		if err != nil {
			return err
		}
		for _, e := range entries {
			frontier.Append(merkle.LeafHash(e))
		}
		all = append(all, data...)
	}
	if got := frontier.Tree(); got != head.Tree {
		return fmt.Errorf("the entries lead to root %s, the checkpoint says %s", got.Root, head.Tree.Root)
	}
	for _, s := range d.samples {
		r, err := record.Parse(s.bytes)
		if err != nil {
			return err
		}
		digest := r.Digest()
		open := s.logged.CID != ""
		if bytes.Contains(all, digest[:]) != open || bytes.Contains(all, []byte(hex.EncodeToString(digest[:]))) {
			return fmt.Errorf("the log shows the digest of %s, or lacks it", s.file)
		}
	}
	d.done("the log is whole: %d entries read back lead to the signed root", head.Tree.Size)
	return nil
}

func (d *demo) get(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.home.Client.URL+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, 1<<20))
}

// tryNext leaves evidence on disk and names commands that work as they stand.
func (d *demo) tryNext() error {
	badge := d.samples[1]
	raw, err := badge.evidence.Encode()
	if err != nil {
		return err
	}
	path := filepath.Join(d.dir, badge.file)
	if err := os.WriteFile(path, badge.bytes, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(path+".akashi", raw, 0o600); err != nil {
		return err
	}
	b := badge.evidence.Existence.Event
	fmt.Fprintf(d.Out, `
The chain and two nodes stay up until Ctrl-C. In another terminal, try:

  %[1]s verify %[4]s --policy %[2]s/policy.json --rpc %[5]s
  %[1]s verify %[4]s --policy %[2]s/policy.json --block %[6]d:%[7]d:%[8]s

  export AKASHI_DIR=%[3]s
  %[1]s submit %[4]s
  %[1]s prove %[4]s
  %[1]s suspend %[4]s
  %[1]s reinstate %[4]s
  %[1]s log
`, d.Binary, d.net.Dir, d.home.Dir, path, d.net.Chain.RPC(), b.ChainID, b.Block.Number, b.Block.Hash)
	return nil
}
