package anchor_test

import (
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
	"github.com/ethereum/go-ethereum/core/types"
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

// TestPersistedBeforeSent looks at the disk between journaling and sending, of
// the opening and of an anchor.
func TestPersistedBeforeSent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var on []store.Attempt
	r.a.Trap(func(at string) error {
		if at != "persisted" {
			return nil
		}
		if n := r.fault.Calls("eth_sendRawTransaction"); n != 0 {
			t.Errorf("%d sent before", n)
		}
		opening, err := r.store.Opening()
		r.must(err)
		on = append([]store.Attempt(nil), opening...)
		if rows, err := r.store.OpenAnchors(); err != nil {
			t.Error(err)
		} else if len(rows) == 1 {
			if rows[0].State != store.Sent {
				t.Errorf("about to be sent, but %s", rows[0].State)
			}
			on = append(on, rows[0].Attempts...)
		}
		return nil
	})
	for want := 1; want <= 2; want++ {
		r.fault.ResetCalls()
		on = nil
		r.step()
		if len(on) != want {
			t.Fatalf("%d attempts on disk before the send, want %d", len(on), want)
		}
		tx := new(types.Transaction)
		r.must(tx.UnmarshalBinary(on[want-1].Raw))
		if store.ChainHash(tx.Hash()) != on[want-1].Hash || tx.Nonce() != on[want-1].Nonce {
			t.Fatalf("the raw bytes are of another transaction")
		}
		if _, pending, err := r.chain.Client().TransactionByHash(r.ctx, tx.Hash()); err != nil || !pending {
			t.Fatalf("what was persisted is not what was sent: %v", err)
		}
		r.mine(1)
		r.request(1)
	}
	r.a.Trap(func(string) error { return nil })
	r.finish()
}
