package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/verify"
)

var kills = flag.Int("kills", 50, "how often TestKill kills the node")

// TestKill kills the real node at random instants under load, again and again,
// and checks after each start that every acknowledged record is at its index
// and that the head extends each head it has ever shown; and at the end that
// fsck is clean and that the chain holds each anchor once.
func TestKill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, build(t, ""))
	c := w.client()
	l := &load{client: c, index: map[string]uint64{}}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for round := range *kills {
		p := w.start(nil)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() { l.submit(ctx, round, worker) })
		}
		wg.Go(func() { l.watch(ctx) })
		timer := time.NewTimer(time.Duration(random.IntN(900)+20) * time.Millisecond)
		select {
		case <-timer.C:
		case <-t.Context().Done():
		}
		p.kill()
		p.Wait()
		cancel()
		wg.Wait()
	}
	p := w.start(nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.index) < *kills || len(l.heads) < 2 {
		t.Fatalf("%d records acknowledged and %d heads seen in %d rounds: that is no load", len(l.index), len(l.heads), *kills)
	}
	for text, want := range l.index {
		got, err := c.Submit(t.Context(), node.Submission{Record: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		if !got.Duplicate || got.Index != want {
			t.Errorf("%q was acknowledged at index %d and is now at %d (duplicate: %v)", text, want, got.Index, got.Duplicate)
		}
	}
	info, err := c.Log(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.until("everything is anchored and final", func(ctx context.Context) bool {
		now, err := c.Log(ctx)
		return err == nil && now.FinalSize >= info.Size
	})
	roots := rootsOf(t, w, info.Size)
	for _, raw := range l.heads {
		head, _, err := checkpoint.Open([]byte(raw), info.Keys)
		if err != nil {
			t.Fatal(err)
		}
		if head.Tree.Size > info.Size || roots[head.Tree.Size] != head.Tree.Root {
			t.Errorf("a head of size %d was signed that the log does not extend", head.Tree.Size)
		}
	}
	w.stop(p)
	w.run(0, "fsck", w.dir)
	checkAnchors(t, w, info, roots)
	t.Logf("%d kills, %d acknowledged records, %d heads seen", *kills, len(l.index), len(l.heads))
}

// A load submits records and remembers what was acknowledged.
type load struct {
	client *node.Client
	mu     sync.Mutex
	index  map[string]uint64 // record → index in the answer
	heads  []string          // checkpoints as served
}

func (l *load) submit(ctx context.Context, round, worker int) {
	for i := 0; ctx.Err() == nil; i++ {
		text := fmt.Sprintf("record %d of worker %d in round %d", i, worker, round)
		got, err := l.client.Submit(ctx, node.Submission{Record: []byte(text)})
		if err != nil {
			continue // the node is being killed; nothing was promised
		}
		l.mu.Lock()
		l.index[text] = got.Index
		l.mu.Unlock()
	}
}

func (l *load) watch(ctx context.Context) {
	for ctx.Err() == nil {
		head, err := l.client.Checkpoint(ctx)
		if err != nil {
			continue
		}
		l.mu.Lock()
		if len(l.heads) == 0 || l.heads[len(l.heads)-1] != string(head) {
			l.heads = append(l.heads, string(head))
		}
		l.mu.Unlock()
	}
}

// rootsOf reads the log's entries over HTTP and returns the root at each size
// up to size.
func rootsOf(t *testing.T, w *world, size uint64) []merkle.Hash {
	t.Helper()
	var f merkle.Frontier
	roots := []merkle.Hash{f.Tree().Root}
	for f.Size() < size {
		b := merkle.Bundle{Index: f.Size() / merkle.TileWidth, Width: int(min(merkle.TileWidth, size-f.Size()))}
		data := get(t, "http://"+w.listen+"/"+b.Path())
		entries, err := merkle.ParseBundle(data, b.Width)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			f.Append(merkle.LeafHash(e))
			roots = append(roots, f.Tree().Root)
		}
	}
	return roots
}

// checkAnchors reads every Anchored event of the log from the chain: sizes
// follow each other, and each root is that of the log.
func checkAnchors(t *testing.T, w *world, info node.LogInfo, roots []merkle.Hash) {
	t.Helper()
	logs, err := w.chain.Client().FilterLogs(t.Context(), ethereum.FilterQuery{
		Addresses: []common.Address{common.Address(info.Registry)},
		Topics:    [][]common.Hash{{common.Hash(verify.AnchoredTopic)}, {common.Hash(info.LogID)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(logs) == 0 {
		t.Fatal("nothing was anchored")
	}
	prev := uint64(0)
	for _, l := range logs {
		size := l.Topics[2].Big().Uint64()
		before := new(common.Hash)
		copy(before[:], l.Data[32:64])
		if before.Big().Uint64() != prev {
			t.Errorf("the anchor of size %d follows %d, but the one before had %d", size, before.Big().Uint64(), prev)
		}
		if merkle.Hash(l.Data[:32]) != roots[size] {
			t.Errorf("the anchor of size %d has another root than the log", size)
		}
		prev = size
	}
	t.Logf("%d anchors on the chain, the last of size %d", len(logs), prev)
	// The journal must say the same: one final row for each event.
	p := w.start(nil)
	defer w.stop(p)
	final := map[uint64]int{}
	for from := uint64(0); ; {
		page, err := w.client().Anchors(t.Context(), from, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Anchors {
			if a.State == "final" {
				final[a.Size]++
			}
		}
		if page.Next == nil {
			break
		}
		from = *page.Next
	}
	for _, l := range logs {
		if size := l.Topics[2].Big().Uint64(); final[size] != 1 {
			t.Errorf("the chain's anchor of size %d is final %d times in the journal, want once", size, final[size])
		}
		delete(final, l.Topics[2].Big().Uint64())
	}
	for size := range final {
		t.Errorf("the journal's final anchor of size %d is not on the chain", size)
	}
}
