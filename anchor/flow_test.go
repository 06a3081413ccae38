package anchor_test

import (
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
)

// TestWay takes one batch all the way, and looks at each state.
func TestWay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if s := r.a.Status(); s.Phase != anchor.Starting || !s.Fenced {
		t.Fatalf("before the first look: %+v", s)
	}
	r.step()
	if s := r.phase(anchor.Anchoring); s.Fenced {
		t.Fatal("fenced after the chain was seen to agree")
	}
	r.mine(1)
	r.step()
	r.phase(anchor.Idle)

	r.request(3)
	r.step()
	size := r.store.Tree().Size // with the head entry
	r.wantState(size, store.Sent)
	if s := r.phase(anchor.Anchoring); s.Pending != size {
		t.Fatalf("pending %d, want %d", s.Pending, size)
	}
	r.mine(1)
	r.step()
	r.wantState(size, store.Mined)
	r.step()
	r.wantState(size, store.Mined)
	r.mine(2)
	r.step()
	r.wantState(size, store.Final)
	if s := r.phase(anchor.Idle); s.FinalSize != size || s.ChainSize != size || s.Pending != 0 || s.DaysLeft <= 0 {
		t.Fatalf("at the end: %+v", s)
	}
	r.finish()
	if n := len(r.events()); n != 1 {
		t.Fatalf("%d anchors, want 1", n)
	}
}

// TestRestart ends the process at each instant where a crash matters, in each
// way that a send can go, and wants every anchor once and none lost.
func TestRestart(t *testing.T) {
	t.Parallel()
	prepare := map[string]func(*rig){
		"frozen":    func(*rig) {},
		"intended":  func(*rig) {},
		"persisted": func(*rig) {},
		"sent":      func(*rig) {},
		"mined":     func(r *rig) { r.step(); r.mine(1) },
		"orphaned":  func(r *rig) { r.step(); r.mine(1); r.step(); r.reorg(1, true) },
		"proved":    func(r *rig) { r.step(); r.mine(3) },
		"final":     func(r *rig) { r.step(); r.mine(3) },
	}
	for at, before := range prepare {
		for _, sends := range []testnet.Sends{testnet.Forward, testnet.Drop, testnet.Reject, testnet.ForwardError, testnet.ForwardCut, testnet.Duplicate, testnet.Hold} {
			if sends != testnet.Forward && at != "sent" && at != "persisted" {
				continue // nothing is sent around the crash
			}
			t.Run(at+"/"+string(sends), func(t *testing.T) {
				t.Parallel()
				r := newOpenRig(t)
				r.request(2)
				r.step()
				r.mine(3)
				r.finish()
				r.request(5)
				before(r)
				r.set(testnet.Faults{Sends: sends})
				r.crashAt(at)
				r.a.Request() // what is asked for is not durable, what is journaled is
				r.step()
				r.set(testnet.Faults{})
				if sends == testnet.Hold {
					if _, err := r.fault.Release(r.ctx); err != nil {
						t.Log(err) // the chain had it twice
					}
				}
				r.finish()
				if n := len(r.events()); n != 2 {
					t.Fatalf("%d anchors, want 2", n)
				}
				if n, err := r.chain.Client().NonceAt(r.ctx, r.account.Address, nil); err != nil || n != 3 {
					t.Fatalf("the account sent %d transactions, want 3: an opening and two anchors (%v)", n, err)
				}
			})
		}
	}
}
