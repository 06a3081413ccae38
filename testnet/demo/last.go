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
)

// forget destroys a record on the node and sees it refused from then on.
func (d *demo) forget(ctx context.Context) error {
	s := d.samples[len(d.samples)-1]
	if _, err := d.client.Forget(ctx, node.Target{Index: &s.logged.Index}); err != nil {
		return err
	}
	var problem *node.Problem
	_, _, err := d.client.Evidence(ctx, node.EvidenceQuery{Index: &s.logged.Index})
	if !errors.As(err, &problem) {
		return fmt.Errorf("evidence of the forgotten %s: %v, want a refusal", s.file, err)
	}
	if _, err := d.client.Submit(ctx, node.Submission{Record: s.bytes}); !errors.As(err, &problem) {
		return fmt.Errorf("the forgotten %s submitted again: %v, want a refusal", s.file, err)
	}
	d.done("%s is forgotten: the node has neither it nor its salt, and refuses it", s.file)
	d.more("%v", problem)
	return nil
}

// replay reads the log's entries as anybody can and computes the root.
func (d *demo) replay(ctx context.Context) error {
	note, err := d.client.Checkpoint(ctx)
	if err != nil {
		return err
	}
	info, err := d.client.Log(ctx)
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
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.client.URL+path, nil)
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
The chain and the node stay up until Ctrl-C. In another terminal, try:

  %[1]s verify %[4]s --policy %[2]s/policy.json --rpc %[5]s
  %[1]s verify %[4]s --policy %[2]s/policy.json --block %[6]d:%[7]d:%[8]s

  export AKASHI_DIR=%[2]s AKASHI_NODE=%[3]s
  %[1]s submit %[4]s
  %[1]s prove %[4]s
  %[1]s suspend %[4]s
  %[1]s reinstate %[4]s
  %[1]s log
`, d.Binary, d.made.Dir, d.client.URL, path, d.chain.RPC(), b.ChainID, b.Block.Number, b.Block.Hash)
	return nil
}
