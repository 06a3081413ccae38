package anchor_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/testnet"
)

// fenced asks both ways and wants the fence to stay up for a reason that says
// nothing about the chain.
func (r *rig) fenced(sentence string) {
	r.t.Helper()
	if err := r.a.Fence(r.ctx); !errors.Is(err, anchor.ErrNoAnswer) || !strings.Contains(err.Error(), sentence) {
		r.t.Fatalf("Fence: %v, want %q", err, sentence)
	}
	r.a.Step(r.ctx)
	if s := r.phase(anchor.Waiting); !s.Fenced || !errors.Is(s.Err, anchor.ErrNoAnswer) || !strings.Contains(s.Detail, sentence) {
		r.t.Fatalf("a look: %+v, want fenced and %q", s, sentence)
	}
}

// TestFenceLagging starts at an RPC that shows the chain from before the last
// final anchor: it cannot tell whether the store is the newest copy.
func TestFenceLagging(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.finish()
	at := r.row(r.store.Tree().Size).Block.Number
	r.restart()
	r.set(testnet.Faults{Stale: &testnet.Stale{Latest: at - 1, Finalized: at - 2}})
	r.fenced("was final in block")
	r.set(testnet.Faults{})
	r.must(r.a.Fence(r.ctx))
	if r.a.Status().Fenced {
		t.Fatal("still fenced")
	}
}

// TestFenceFlapping has an RPC with two nodes behind it, one of which is late:
// once the chain was seen to be ahead of an old copy of the store, the late
// one cannot lift the fence.
func TestFenceFlapping(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.append(3)
	r.stop()
	old := filepath.Join(t.TempDir(), "copy")
	r.must(os.CopyFS(old, os.DirFS(r.dir)))
	before, _ := r.chain.Head()
	r.start()
	r.request(2)
	r.finish()
	r.stop()
	r.dir = old
	r.start()
	late := testnet.Faults{Stale: &testnet.Stale{Latest: before, Finalized: before}}
	r.set(late)
	r.must(r.a.Fence(r.ctx)) // nothing tells it yet
	r.set(testnet.Faults{})
	if err := r.a.Fence(r.ctx); !errors.Is(err, anchor.ErrStoreBehind) {
		t.Fatalf("%v", err)
	}
	r.fault.ResetCalls()
	r.set(late)
	r.request(1)
	r.fenced("did not agree with the store")
	if n := r.fault.Calls("eth_sendRawTransaction"); n != 0 {
		t.Fatalf("%d transactions sent", n)
	}
}

// TestFenceOldBlock starts at an RPC that stopped following the chain.
func TestFenceOldBlock(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.config = func(c *anchor.Config) { c.MaxLag = 0 }
	mined := time.Unix(int64(r.header().Time), 0)
	r.now = mined.Add(30 * time.Hour)
	r.restart()
	r.fenced("the RPC is 30 hours behind")
	r.now = mined.Add(24 * time.Hour)
	r.step()
	if r.a.Status().Fenced {
		t.Fatal("still fenced")
	}
	// A chain that seals nothing for long does not put it up again.
	r.now = mined.Add(30 * time.Hour)
	r.step()
	if s := r.phase(anchor.Idle); s.Fenced {
		t.Fatal("fenced again")
	}
}
