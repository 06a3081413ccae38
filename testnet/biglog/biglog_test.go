package biglog_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/biglog"
)

func build(t *testing.T, opts biglog.Options) (*testnet.Chain, *biglog.Log) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	chain, err := testnet.Start(ctx, opts.Chain())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { chain.Stop() })
	opts.Dir = t.TempDir()
	l, err := biglog.Build(ctx, chain, opts)
	if err != nil {
		t.Fatal(err)
	}
	return chain, l
}

// web reads a log as a stranger does.
type web struct {
	t    *testing.T
	url  string
	size uint64
}

func (w web) get(path string) []byte {
	w.t.Helper()
	r, err := http.Get(w.url + "/" + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		w.t.Fatal(path, r.Status, err)
	}
	return b
}

func (w web) ReadTile(tile merkle.Tile) ([]merkle.Hash, error) {
	stored := tile
	stored.Width = int(min(merkle.TileWidth, w.size>>(8*tile.Level)-tile.Index*merkle.TileWidth))
	hashes, err := merkle.ParseTile(w.get(stored.Path()), stored.Width)
	if err != nil {
		return nil, err
	}
	return hashes[:tile.Width], nil
}

func (w web) entries() [][]byte {
	var all [][]byte
	for i := uint64(0); i < w.size; i += merkle.TileWidth {
		b := merkle.Bundle{Index: i / merkle.TileWidth, Width: int(min(merkle.TileWidth, w.size-i))}
		entries, err := merkle.ParseBundle(w.get(b.Path()), b.Width)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, entries...)
	}
	return all
}

// TestBuild reads a log of 70,000 entries as a stranger and recomputes each
// anchored root and each head, the latter from plain arithmetic; and rewrites
// an entry.
func TestBuild(t *testing.T) {
	const entries, anchors = 70_000, 40
	_, l := build(t, biglog.Options{Entries: entries, Anchors: anchors, PerBlock: 7})
	server := httptest.NewServer(l.Handler())
	defer server.Close()
	w := web{t, server.URL, entries}
	cp, _, err := checkpoint.Open(w.get("checkpoint"), l.Keys)
	if err != nil || cp.Tree != l.Tree || cp.Tree.Size != entries {
		t.Fatalf("checkpoint of %+v (%v), want %+v", cp, err, l.Tree)
	}
	if root, err := merkle.RootFromTiles(w, entries); err != nil || root != l.Tree.Root {
		t.Fatalf("the tiles lead to %s (%v), want %s", root, err, l.Tree.Root)
	}
	var (
		frontier merkle.Frontier
		chunks   = make([]merkle.Chunk, entries/128+1)
		leaves   []merkle.Hash
		next     int
		kinds    = map[record.Kind]int{}
		blocks   = map[uint64]int{}
		all      = w.entries()
	)
	for i, b := range all {
		e, err := record.ParseEntry(b)
		if err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
		kinds[e.Kind]++
		switch e.Kind {
		case record.Status:
			target, err := record.ParseEntry(all[e.Target])
			if err != nil {
				t.Fatal(err)
			}
			c := &chunks[e.Target/128]
			then, err := e.Effect(uint64(i), target, record.State(c.State(e.Target)))
			if err != nil {
				t.Fatalf("status entry %d: %v", i, err)
			}
			c.Set(e.Target, uint8(then))
		case record.Head:
			leaves = leaves[:0]
			for c := range (i + 127) / 128 {
				leaves = append(leaves, merkle.LeafHash(chunks[c][:]))
			}
			if root := merkle.Root(leaves); root != e.StatusRoot {
				t.Fatalf("head %d has %x, want %s", i, e.StatusRoot, root)
			}
		}
		frontier.Append(merkle.LeafHash(b))
		if a := l.Anchors[next]; frontier.Size() == a.Size {
			if frontier.Tree() != a.Tree || e.Kind != record.Head {
				t.Fatalf("anchor %d has %+v, want %+v; last entry %v", next, a.Tree, frontier.Tree(), e.Kind)
			}
			blocks[a.Block]++
			next++
		}
	}
	if next != anchors || kinds[record.Head] != anchors || kinds[record.Status] < entries/60 || kinds[record.Open] < entries/110 {
		t.Errorf("%d anchors fit, kinds %v", next, kinds)
	}
	if len(blocks) != 6 || blocks[l.Anchors[0].Block] != 7 {
		t.Errorf("anchors a block: %v, want 7 in each of 5 and the rest", blocks)
	}

	const forged = 12_345
	was := l.Tree
	if err := l.Rewrite(forged, record.Entry{Kind: record.Sealed, Type: record.Badge}.Bytes()); err != nil {
		t.Fatal(err)
	}
	frontier = merkle.Frontier{}
	for i, b := range w.entries() {
		if same := bytes.Equal(b, all[i]); same == (i == forged) {
			t.Errorf("entry %d was rewritten: %t", i, !same)
		}
		frontier.Append(merkle.LeafHash(b))
	}
	root, err := merkle.RootFromTiles(w, entries)
	if err != nil || root != frontier.Tree().Root || root != l.Tree.Root || root == was.Root {
		t.Errorf("the forged tiles lead to %s (%v), their entries to %s, before %s", root, err, frontier.Tree().Root, was.Root)
	}
	if cp, _, err := checkpoint.Open(w.get("checkpoint"), l.Keys); err != nil || cp.Tree != l.Tree {
		t.Errorf("the forged checkpoint says %+v (%v)", cp, err)
	}
}

// TestHooks logs other bytes than planned and lets the owner act between
// blocks: keys, operator and the log's end.
func TestHooks(t *testing.T) {
	binding := contracts.NewAnchorRegistry()
	var chain *testnet.Chain
	transact := func(ctx context.Context, l *biglog.Log, data []byte) error {
		to := common.Address(l.Ref.Registry)
		r, err := chain.Transact(ctx, l.Owner, &to, nil, data)
		if err == nil && r.Status != 1 {
			err = fmt.Errorf("reverted: %s", r.TxHash)
		}
		return err
	}
	opts := biglog.Options{Origin: "hooked.example/log", Dir: t.TempDir(), Entries: 60, Anchors: 20}
	opts.Entry = func(index uint64, planned []byte) []byte {
		if index == 7 {
			return []byte("no entry of this version")
		}
		return planned
	}
	opts.Mined = func(ctx context.Context, l *biglog.Log, anchors int) error {
		switch anchors {
		case 5:
			return transact(ctx, l, binding.PackSetKeys(l.Ref.Log, l.Keys.Bytes()))
		case 10:
			l.Operator = chain.Accounts()[5]
			return transact(ctx, l, binding.PackSetOperator(l.Ref.Log, l.Operator.Address))
		case 20:
			return transact(ctx, l, binding.PackCloseLog(l.Ref.Log))
		}
		return nil
	}
	chain, err := testnet.Start(t.Context(), opts.Chain())
	if err != nil {
		t.Fatal(err)
	}
	defer chain.Stop()
	l, err := biglog.Build(t.Context(), chain, opts)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := l.Entry(7); err != nil || string(b) != "no entry of this version" {
		t.Errorf("entry 7 is %q (%v)", b, err)
	}
	if l.Anchors[9].Block >= l.Anchors[10].Block || len(l.Anchors) != 20 {
		t.Errorf("anchors %+v", l.Anchors)
	}
	// Closed: nothing more is taken, and a second log of this origin cannot be.
	if _, err := biglog.Build(t.Context(), chain, opts); err == nil {
		t.Error("the same log was opened twice")
	}
}

func TestOptions(t *testing.T) {
	for want, opts := range map[string]biglog.Options{
		"no folder":       {Entries: 1, Anchors: 1},
		"3 anchors of 2":  {Dir: t.TempDir(), Entries: 2, Anchors: 3},
		"0 anchors of 2":  {Dir: t.TempDir(), Entries: 2},
		"1001 anchors a ": {Dir: t.TempDir(), Entries: 2, Anchors: 1, PerBlock: 1001},
	} {
		if _, err := biglog.Build(t.Context(), nil, opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want one that says %q", opts, err, want)
		}
	}
}
