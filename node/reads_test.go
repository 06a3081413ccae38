package node

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// TestPublicLog replays the log as a stranger can: from the checkpoint and
// the tiles alone.
func TestPublicLog(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	for i := range 300 { // more than one tile
		r.submit(badge("https://a.example", i), "")
	}
	target := r.submit(badge("https://a.example", 5), "").Index // was there before: heads may stand between
	if _, err := r.client.ChangeStatus(t.Context(), StatusChange{Index: &target, State: record.Revoked}); err != nil {
		t.Fatal(err)
	}
	r.submit(badge("https://a.example", 0), StateFinal)
	r.submit(badge("https://a.example", 300), StateFinal)
	var c checkpoint.Checkpoint
	waitFor(t, "a checkpoint over all", func() bool {
		resp, note := r.get("/checkpoint")
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" || resp.Header.Get("Cache-Control") != "no-cache" {
			t.Fatalf("checkpoint: %d %v %s", resp.StatusCode, resp.Header, note)
		}
		var err error
		if c, _, err = checkpoint.Open(note, checkpoint.Keys(r.made.Keys)); err != nil {
			t.Fatal(err)
		}
		return c.Tree.Size == r.node.store.Tree().Size
	})
	if c.Origin != r.made.Origin {
		t.Errorf("origin %q", c.Origin)
	}

	tile := func(path string) []byte {
		t.Helper()
		resp, b := r.get("/" + path)
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/octet-stream" || !strings.Contains(resp.Header.Get("Cache-Control"), "immutable") {
			t.Fatalf("%s: %d %v", path, resp.StatusCode, resp.Header)
		}
		return b
	}
	var frontier merkle.Frontier
	states := map[uint64]record.State{}
	for size := c.Tree.Size; frontier.Size() < size; {
		bundle := merkle.Bundle{Index: frontier.Size() / merkle.TileWidth, Width: int(min(merkle.TileWidth, size-frontier.Size()))}
		entries, err := merkle.ParseBundle(tile(bundle.Path()), bundle.Width)
		if err != nil {
			t.Fatal(err)
		}
		var leaves []merkle.Hash
		for _, raw := range entries {
			e, err := record.ParseEntry(raw)
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind == record.Status {
				states[e.Target] = e.State
			}
			leaves = append(leaves, merkle.LeafHash(raw))
		}
		hashes, err := merkle.ParseTile(tile(merkle.Tile{Index: bundle.Index, Width: bundle.Width}.Path()), bundle.Width)
		if err != nil {
			t.Fatal(err)
		}
		for i := range leaves {
			if leaves[i] != hashes[i] {
				t.Fatalf("leaf %d of bundle %d is not the tile's", i, bundle.Index)
			}
			frontier.Append(leaves[i])
		}
	}
	if frontier.Tree() != c.Tree {
		t.Errorf("the entries have head %+v, signed is %+v", frontier.Tree(), c.Tree)
	}

	resp, status := r.get("/tile/status/000")
	if resp.StatusCode != 200 || len(status) != merkle.StatusTileSize || resp.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("status tile: %d %v", resp.StatusCode, resp.Header)
	}
	for i := range c.Tree.Size {
		chunk := merkle.Chunk(status[i/merkle.StatusPerChunk*merkle.ChunkSize:])
		if got := record.State(chunk.State(i)); got != states[i] {
			t.Errorf("the status tile has entry %d %s, the log %s", i, got, states[i])
		}
	}

	partial := int(c.Tree.Size % merkle.TileWidth)
	for _, path := range []string{
		"tile/0/002", "tile/0/001", fmt.Sprintf("tile/0/001.p/%d", partial+1), "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/0", "tile/0/00",
		"tile/0/x000/000", "tile/1/000", "tile/1/000.p/2", "tile/8/000", "tile/64/000", "tile/-1/000", "tile/00/000", "tile/0/000/", "tile/0/000.p/1/",
		"tile/entries/001", fmt.Sprintf("tile/entries/001.p/%d", partial+1), "tile/entries/x001", "tile/entries/", "tile/entries/000.p/01",
		"tile/status/001", "tile/status/000.p/1", "tile/status/0", "tile/status/", "tile/status/x999/x999/x999/x999/x999/x999/999", "tile/", "tile/data/000",
		"tile/0/%30%30%30%30", "tile/entries/" + strings.Repeat("x999/", 2000),
	} {
		resp, body := r.get("/" + path)
		if resp.StatusCode != 404 {
			t.Errorf("%.80s: %d", path, resp.StatusCode)
			continue
		}
		if p := problemOf(t, resp, body); p.Name() != "not-found" {
			t.Errorf("%.80s: %s", path, p.Name())
		}
	}
	if resp, _ := r.get("/tile/1/000.p/1"); resp.StatusCode != 200 {
		t.Errorf("the tile of level 1: %d", resp.StatusCode)
	}
}

// TestAnchorsPages lists the journal in pages and checks one proof.
func TestAnchorsPages(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	for i := range 5 {
		r.submit(badge("https://a.example", i), StateFinal)
	}
	all, err := r.stranger().Anchors(t.Context(), 0, 0)
	if err != nil || len(all.Anchors) < 5 || all.Next != nil {
		t.Fatalf("%+v, %v", all, err)
	}
	var paged []AnchorInfo
	from := uint64(0)
	for {
		page, err := r.stranger().Anchors(t.Context(), from, 2)
		if err != nil || len(page.Anchors) > 2 {
			t.Fatalf("%+v, %v", page, err)
		}
		paged = append(paged, page.Anchors...)
		if page.Next == nil {
			break
		}
		from = *page.Next
	}
	if len(paged) != len(all.Anchors) {
		t.Fatalf("%d anchors in pages, %d at once", len(paged), len(all.Anchors))
	}
	last := uint64(0)
	for i, a := range paged {
		if a.Size != all.Anchors[i].Size || a.State != "final" || a.PrevSize != last || a.Block == nil || a.TxHash == "" || a.Event != nil {
			t.Errorf("anchor %+v after size %d", a, last)
		}
		last = a.Size
		one, err := r.stranger().Anchor(t.Context(), a.Size)
		if err != nil || len(one.Event) == 0 || one.Root != a.Root {
			t.Errorf("anchor %+v, %v", one, err)
		}
	}
	info, err := r.stranger().Log(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.Ref != r.made.Ref || info.LogID != r.made.Ref.Log || info.Owner != r.made.Owner || info.Operator != r.made.Operator || info.FinalSize != last ||
		info.AnchoredSize != last || info.Size != last || info.Anchoring.Fenced || info.Anchoring.Detail == "" {
		t.Errorf("log info %+v", info)
	}
	binding, err := r.stranger().Binding(t.Context())
	if err != nil || string(binding) != string(r.node.bindingBytes) {
		t.Errorf("binding %s, %v", binding, err)
	}
	r.until("idle", func(s anchor.Status) bool { return s.Phase == anchor.Idle })
}

// TestNoBinding serves a log whose issuer signed nothing.
func TestNoBinding(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	r.config.Issuer.BindingFile = ""
	r.start()
	if _, err := r.client.Binding(t.Context()); err == nil {
		t.Fatal("there is a binding")
	} else {
		wantProblem(t, err, "not-found", http.StatusNotFound)
	}
}
