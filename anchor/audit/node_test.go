package audit_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
)

// TestRealNode rewrites one entry of a real node's log consistently: every
// tile that a client could read is that of the forged log. The audit names the
// entry. Before that it finds nothing, and the node's tiles of states right.
func TestRealNode(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := chain(t)
	if _, err := c.Registry(ctx); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "uni")
	made, err := node.Init(ctx, dir, node.InitOptions{Origin: "log.real.example", Network: "dev", RPC: c.RPC(), Listen: "127.0.0.1:0", AnchorInterval: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Fund(ctx, common.Address(made.Operator), big.NewInt(params.Ether)); err != nil {
		t.Fatal(err)
	}
	config, err := node.Load(filepath.Join(dir, node.ConfigFile), nil, map[string]string{"anchor.poll": "50ms", "sequencer.checkpoint_interval": "10ms", "anchor.max_lag": "24h"})
	if err != nil {
		t.Fatal(err)
	}
	config.Logger = slog.New(slog.DiscardHandler)
	n, err := node.New(config)
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(running) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	token, err := os.ReadFile(filepath.Join(dir, node.TokenFile))
	if err != nil {
		t.Fatal(err)
	}
	client := &node.Client{URL: n.URL(), Token: strings.TrimSpace(string(token))}
	var at []uint64
	for i := range 4 {
		l, err := client.Submit(ctx, node.Submission{Record: fmt.Appendf(nil, "%%PDF-1.7 diploma %d", i), Wait: node.StateFinal, Timeout: patience})
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, l.Index)
		if i == 1 {
			if _, err := client.ChangeStatus(ctx, node.StatusChange{Index: &l.Index, State: record.Suspended}); err != nil {
				t.Fatal(err)
			}
		}
	}
	rpc, err := anchor.Dial(c.RPC(), patience)
	if err != nil {
		t.Fatal(err)
	}
	defer rpc.Close()
	ref := made.Ref
	o := audit.Options{Client: rpc, ChainID: ref.ChainID, Registry: ref.Registry, Log: &ref.Log, Tiles: []audit.Tiles{{URL: n.URL()}}, Attempts: 1}
	right, err := audit.Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	want(t, right, verify.Verified)
	l := right.Logs[0]
	if l.Entries.Document != 4 || l.States.Suspended != 1 || len(found(right, audit.StatusTiles)) != 0 {
		t.Errorf("%+v %+v", l.Entries, l.States)
	}

	// The forged log, of the node's own entries but one.
	forged := &forgedLog{index: at[3], size: l.Entries.Total}
	target, err := url.Parse(n.URL())
	if err != nil {
		t.Fatal(err)
	}
	forged.behind = httputil.NewSingleHostReverseProxy(target)
	if err := forged.read(n.URL()); err != nil {
		t.Fatal(err)
	}
	o.Tiles[0].URL = serve(t, forged).URL
	wrong, err := audit.Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	f := found(wrong, audit.EntryChanged)
	if wrong.Verdict != verify.Refuted || len(f) != 1 || *f[0].Where.Entry != at[3] || f[0].Where.Last != nil {
		t.Errorf("%s, named %+v, want entry %d", wrong.Verdict, f, at[3])
	}
}

// A forgedLog serves a log with another entry at index, and all its tiles to
// match.
type forgedLog struct {
	index, size uint64
	entries     [][]byte
	leaves      leafTiles
	behind      http.Handler
}

func (l *forgedLog) read(from string) error {
	resp, err := http.Get(from + "/" + merkle.Bundle{Width: int(l.size)}.Path())
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b := make([]byte, 1<<16)
	n := 0
	for {
		k, err := resp.Body.Read(b[n:])
		if n += k; err != nil {
			break
		}
	}
	if l.entries, err = merkle.ParseBundle(b[:n], int(l.size)); err != nil {
		return err
	}
	l.entries[l.index] = record.Entry{Kind: record.Sealed, Type: record.Document, Commitment: record.Commitment{1, 2, 3}}.Bytes()
	l.leaves = leafTiles(merkle.LeafHashes(l.entries))
	return nil
}

func (l *forgedLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if b, err := merkle.ParseBundlePath(path); err == nil && b.In(l.size) {
		var out []byte
		for _, e := range l.entries[b.Index*merkle.TileWidth:][:b.Width] {
			out, _ = merkle.AppendEntry(out, e)
		}
		w.Write(out)
		return
	}
	if tile, err := merkle.ParseTilePath(path); err == nil && tile.In(l.size) {
		hashes, _ := l.leaves.ReadTile(tile)
		w.Write(merkle.AppendTile(nil, hashes))
		return
	}
	l.behind.ServeHTTP(w, r)
}

// leafTiles is a small log as a tile reader.
type leafTiles []merkle.Hash

func (l leafTiles) ReadTile(t merkle.Tile) (out []merkle.Hash, err error) {
	width := 1 << (merkle.TileHeight * t.Level)
	for i := range t.Width {
		first := (int(t.Index)*merkle.TileWidth + i) * width
		out = append(out, merkle.Root(l[first:first+width]))
	}
	return out, nil
}
