package anchor_test

import (
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/testnet"
)

// TestFenceWithKeys: who sees the fence fall sees which keys sign, or why that
// is not known. A node that stops right then signs its last head.
func TestFenceWithKeys(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	vkey := r.newVkey()
	r.must(r.do(r.owner, anchor.Action{Kind: anchor.SetKeys, Keys: checkpoint.Keys{vkey}}))
	r.mine(4)
	slow := testnet.Faults{Methods: []string{"eth_getLogs"}, Delay: 300 * time.Millisecond}
	refused := slow
	refused.Status = 500
	// What was found is kept, so that the refusal comes first.
	for _, f := range []testnet.Faults{refused, slow} {
		r.restart()
		r.set(f)
		r.fault.ResetCalls()
		type seen struct {
			s   anchor.Status
			err error
		}
		fell := make(chan seen, 1)
		a := r.a
		go func() {
			s, err := a.Wait(r.ctx, func(s anchor.Status) bool { return !s.Fenced })
			fell <- seen{s, err}
		}()
		r.step()
		got := <-fell
		r.must(got.err)
		if r.fault.Calls("eth_getLogs") == 0 {
			t.Fatal("nothing was searched for")
		}
		if known := got.s.Keys != nil && got.s.Keys.Terms.Current()[0] == vkey; known == (f.Status != 0) || known == (got.s.KeysDetail != "") {
			t.Errorf("status %d: when the fence fell the keys were %+v (%q)", f.Status, got.s.Keys, got.s.KeysDetail)
		}
	}
}
