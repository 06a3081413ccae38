package anchor_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
)

// looks steps as Run does, some time apart, wanting a phase each time.
func (r *rig) looks(n int, want anchor.Phase) anchor.Status {
	r.t.Helper()
	for range n {
		r.now = r.now.Add(3 * time.Second)
		r.step()
		r.phase(want)
	}
	s := r.a.Status()
	switch want {
	case anchor.Stopped:
		if !errors.Is(s.Err, anchor.ErrFinalReverted) || errors.Is(s.Err, anchor.ErrNoAnswer) || errors.Is(s.Err, anchor.ErrSetup) {
			r.t.Fatalf("stopped by %v", s.Err)
		}
		for _, w := range []string{"another RPC", "confirmations", "akashi init", "records are logged"} {
			if !strings.Contains(s.Detail, w) {
				r.t.Errorf("%q does not say %q", s.Detail, w)
			}
		}
		if len(s.Detail) > 600 {
			r.t.Errorf("%d bytes: %q", len(s.Detail), s.Detail)
		}
	case anchor.Waiting:
		if !errors.Is(s.Err, anchor.ErrNoAnswer) || !strings.Contains(s.Detail, "lags or lies") {
			r.t.Fatalf("%+v", s)
		}
	}
	return s
}

// TestFinalReverted has too few confirmations configured: what counted as
// final is dropped by a reorg. After ten looks somebody is called; nothing is
// sent, final stays what was, records are taken, and a restart comes to the
// same.
func TestFinalReverted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.config = func(c *anchor.Config) { c.Confirmations = 1 }
	r.restart()
	r.step()
	r.mine(3)
	r.step()
	r.request(2)
	r.step()
	size := r.store.Tree().Size
	r.mine(2)
	r.step()
	r.wantState(size, store.Final)
	was := r.row(size)
	r.reorg(2, true)

	r.request(2)
	r.fault.ResetCalls()
	r.looks(9, anchor.Waiting)
	for range 20 { // looks that are asked for do not count, if they come at once
		r.step()
		r.phase(anchor.Waiting)
	}
	if s := r.looks(3, anchor.Stopped); s.Fenced {
		t.Fatal("fenced: the store is not to blame")
	}
	r.mine(3)
	r.looks(1, anchor.Stopped)
	if n := strings.Count(r.logs.String(), "phase=stopped"); n != 1 {
		t.Fatalf("said %d times in the log", n)
	}
	r.restart()
	r.append(1)
	if s := r.looks(9, anchor.Waiting); !s.Fenced {
		t.Fatal("the fence fell")
	}
	if s := r.looks(2, anchor.Stopped); !s.Fenced {
		t.Fatal("the fence fell")
	}
	if n := r.fault.Calls("eth_sendRawTransaction"); n != 0 {
		t.Fatalf("%d transactions sent", n)
	}
	if row := r.row(size); row.State != store.Final || row.Block.Hash != was.Block.Hash {
		t.Fatalf("%+v, was %+v", row, was)
	}

	// Run goes on while it stands.
	ctx, cancel := context.WithCancel(r.ctx)
	ended := make(chan error, 1)
	go func() { ended <- r.a.Run(ctx) }()
	asked := r.fault.Calls("eth_chainId")
	r.await("Run looks", func() bool {
		select {
		case err := <-ended:
			t.Fatalf("Run ended: %v", err)
		default:
		}
		return r.fault.Calls("eth_chainId") > asked
	})
	r.append(1)
	cancel()
	r.must(<-ended)
}

// TestFinalRevertedPasses is an RPC that tells of another block for a while:
// the pipeline goes on by itself once it tells the truth, whatever it had told
// before. One that tells another thing each time is never believed.
func TestFinalRevertedPasses(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.finish()
	block := r.row(r.store.Tree().Size).Block
	r.mine(3)
	told := 0
	lying := func(changing bool) testnet.Faults {
		return testnet.Faults{Rewrite: func(method string, params, result []byte) []byte {
			if method != "eth_getBlockByNumber" || !strings.Contains(string(params), fmt.Sprintf(`"%#x"`, block.Number)) {
				return result
			}
			if changing {
				told++
			}
			return []byte(strings.ReplaceAll(string(result), block.Hash.String(), fmt.Sprintf("0x%064x", 7+told)))
		}}
	}
	r.set(lying(true))
	r.looks(30, anchor.Waiting)
	r.set(testnet.Faults{})
	r.looks(1, anchor.Idle)
	r.set(lying(false))
	r.looks(9, anchor.Waiting)
	r.set(testnet.Faults{})
	r.looks(1, anchor.Idle)
	r.set(lying(false))
	r.looks(5, anchor.Waiting)
	r.set(testnet.Faults{Dead: true}) // silence says nothing
	r.a.Step(r.ctx)
	r.set(lying(false))
	r.looks(4, anchor.Waiting)
	r.looks(2, anchor.Stopped)
	r.request(1)
	r.set(testnet.Faults{})
	r.looks(1, anchor.Anchoring)
	r.finish()
}

// TestChainMadeAnew starts the node at a development chain that was made anew:
// it is shorter than the old one was, and later grows past it.
func TestChainMadeAnew(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.finish()
	number := r.row(r.store.Tree().Size).Block.Number
	r.stop()
	r.must(r.chain.Stop())
	var err error
	o := testnet.Fast()
	o.Behind = 30 * time.Minute // the old one's blocks are from an hour ago
	r.chain, err = testnet.Start(r.ctx, o)
	r.must(err)
	t.Cleanup(func() { r.chain.Stop() })
	_, err = r.chain.Registry(r.ctx)
	r.must(err)
	r.chain.Pause()
	r.fault, err = testnet.NewFault(r.chain.RPC())
	r.must(err)
	t.Cleanup(func() { r.fault.Close() })
	r.start()
	if latest, _ := r.chain.Head(); latest >= number {
		t.Fatalf("block %d is not below %d", latest, number)
	}
	r.request(1)
	r.looks(9, anchor.Waiting)
	if s := r.looks(2, anchor.Stopped); !s.Fenced || !strings.Contains(s.Detail, "has not come to its number") {
		t.Fatalf("%+v", s)
	}
	r.mine(int(number) + 3)
	r.looks(9, anchor.Waiting)
	if s := r.looks(2, anchor.Stopped); !strings.Contains(s.Detail, "that block is 0x") {
		t.Fatalf("%+v", s)
	}
	if n := r.fault.Calls("eth_sendRawTransaction"); n != 0 {
		t.Fatalf("%d transactions sent", n)
	}
}
