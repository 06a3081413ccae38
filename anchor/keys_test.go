package anchor_test

import (
	"strings"
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
)

// keys steps and wants so many terms, final and mined.
func (r *rig) keys(final, latest int) *anchor.Keys {
	r.t.Helper()
	r.step()
	k := r.a.Status().Keys
	if k == nil || len(k.Terms) != final || len(k.Latest) != latest || len(k.Changes) != final-1 {
		r.t.Fatalf("%+v (%s), want %d terms that are final and %d in all", k, r.a.Status().KeysDetail, final, latest)
	}
	return k
}

// post has the owner do something in exactly one more block.
func (r *rig) post(a anchor.Action) {
	r.t.Helper()
	a.Ref = r.ref
	p := r.payer()
	p.Key = r.owner
	ended := make(chan error, 1)
	go func() { _, err := p.Do(r.ctx, a); ended <- err }()
	r.waitPool()
	r.mine(1)
	r.must(<-ended)
}

// waitPool waits until a transaction is in the pool.
func (r *rig) waitPool() {
	r.t.Helper()
	r.await("something is in the pool", func() bool {
		n, err := r.chain.Client().PendingTransactionCount(r.ctx)
		return err == nil && n > 0
	})
}

// TestKeys follows changes of checkpoint keys: mined, undone by a reorg, mined
// again, final, and after a restart.
func TestKeys(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.keys(1, 1)
	r.request(3)
	r.finish()
	size := r.a.Status().ChainSize
	vkey := r.newVkey()

	r.post(anchor.Action{Kind: anchor.SetKeys, Keys: checkpoint.Keys{vkey}})
	r.keys(1, 2)
	r.reorg(1, true)
	r.mine(1)
	r.keys(1, 1)
	r.post(anchor.Action{Kind: anchor.SetKeys, Keys: checkpoint.Keys{vkey}})
	r.keys(1, 2)
	r.mine(4)
	k := r.keys(2, 2)
	if k.Terms[1].From != size || k.Terms.Current()[0] != vkey || k.Changes[0].AtSize != size {
		t.Fatalf("%+v, want %s from %d on", k, vkey, size)
	}
	// Other actions of the owner count, and are no changes of keys.
	r.must(r.do(r.owner, anchor.Action{Kind: anchor.TransferOwner, Account: r.operator.Address()}))
	r.mine(4)
	r.keys(2, 2)

	final, latest, err := r.client.KeyTerms(r.ctx, r.log, r.ref, 0)
	r.must(err)
	if len(final) != 2 || len(latest) != 2 || final[1].Keys[0] != vkey {
		t.Errorf("asked apart, the terms are %+v and %+v", final, latest)
	}
	block, err := anchor.NewReader(r.client, 0).Finalized(r.ctx)
	r.must(err)
	for at, want := range map[verify.Block]int{block: 1, {Number: k.Changes[0].Block.Number - 1}: 0} {
		changes, err := anchor.NewReader(r.client, 0).KeyChanges(r.ctx, r.ref, at)
		if err != nil || len(changes) != want {
			t.Errorf("as of block %d: %+v, %v", at.Number, changes, err)
		}
	}

	// A restart knows them without the chain, and does not search again.
	kept, err := anchor.KeptTerms(r.store, r.log, r.ref)
	if err != nil || len(kept) != 2 || kept[1].Keys[0] != vkey {
		t.Fatalf("kept %+v, %v", kept, err)
	}
	r.restart()
	if r.a.Status().Keys != nil {
		t.Error("keys are known before the chain was asked")
	}
	r.fault.ResetCalls()
	r.keys(2, 2)
	if n := r.fault.Calls("eth_getLogs"); n > 0 {
		t.Errorf("%d searches after a restart", n)
	}

	// What is no key of this log leaves it without.
	other, _, err := otherKeys(r)
	r.must(err)
	r.must(r.do(r.owner, anchor.Action{Kind: anchor.SetKeys, Keys: other}))
	r.mine(4)
	if k := r.keys(3, 3); len(k.Terms.Current()) != 0 {
		t.Errorf("keys of another origin are the log's: %v", k.Terms.Current())
	}
}

func otherKeys(r *rig) (checkpoint.Keys, string, error) {
	skey, vkey, err := checkpoint.GenerateKey("log.other.example")
	return checkpoint.Keys{vkey}, skey, err
}

// TestKeysHidden: an RPC that leaves events out, or refuses long searches.
func TestKeysHidden(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	vkey := r.newVkey()
	r.must(r.do(r.owner, anchor.Action{Kind: anchor.SetKeys, Keys: checkpoint.Keys{vkey}}))
	r.mine(1100) // more than one window
	r.restart()
	r.set(testnet.Faults{Rewrite: func(method string, _, result []byte) []byte {
		if method == "eth_getLogs" {
			return []byte("[]")
		}
		return result
	}})
	r.request(1)
	r.step()
	if s := r.a.Status(); s.Keys != nil || !strings.Contains(s.KeysDetail, "counts 1 actions") || !strings.Contains(s.KeysDetail, "shows 0") {
		t.Errorf("%+v: %s", s.Keys, s.KeysDetail)
	}
	r.phase(anchor.Anchoring) // which does not wait for it
	r.set(testnet.Faults{Methods: []string{"eth_getLogs"}, Status: 500, Times: 1})
	r.fault.ResetCalls()
	k := r.keys(2, 2)
	if k.Terms.Current()[0] != vkey || k.Terms[1].From != 0 {
		t.Errorf("%+v", k.Terms)
	}
	if n := r.fault.Calls("eth_getLogs"); n != 3 { // one for all, then two windows
		t.Errorf("%d searches", n)
	}
	// Later the RPC is silent about them: what is known stays.
	r.must(r.do(r.owner, anchor.Action{Kind: anchor.SetKeys, Keys: r.log.Keys}))
	r.set(testnet.Faults{Methods: []string{"eth_getLogs"}, Status: 500})
	r.step()
	if s := r.a.Status(); s.Keys == nil || s.Keys.Terms.Current()[0] != vkey || s.KeysDetail == "" {
		t.Errorf("%+v: %s", s.Keys, s.KeysDetail)
	}
	r.set(testnet.Faults{})
	r.mine(4)
	r.keys(3, 3)
}

// TestKeysNoFinality: a disk from before a change of keys comes back, and its
// RPC names no final block. The replaced key signs nothing then.
func TestKeysNoFinality(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	vkey := r.newVkey()
	r.must(r.do(r.owner, anchor.Action{Kind: anchor.SetKeys, Keys: checkpoint.Keys{vkey}}))
	r.mine(40)
	r.restart()
	r.set(testnet.Faults{Rewrite: func(method string, params, result []byte) []byte {
		if method == "eth_getBlockByNumber" && strings.Contains(string(params), "finalized") {
			return []byte("null")
		}
		return result
	}})
	r.step()
	if s := r.a.Status(); s.Keys != nil || !strings.Contains(s.KeysDetail, "names no final block") || s.Fenced {
		t.Errorf("keys %+v (%q), fenced: %v", s.Keys, s.KeysDetail, s.Fenced)
	}
	r.set(testnet.Faults{})
	if k := r.keys(2, 2); k.Terms.Current()[0] != vkey {
		t.Errorf("%+v", k.Terms)
	}
	// Who knows a key goes on with it: finality may come late.
	r.must(r.do(r.owner, anchor.Action{Kind: anchor.SetKeys, Keys: r.log.Keys}))
	r.set(testnet.Faults{Rewrite: func(method string, params, result []byte) []byte {
		if method == "eth_getBlockByNumber" && strings.Contains(string(params), "finalized") {
			return []byte("null")
		}
		return result
	}})
	r.step()
	if s := r.a.Status(); s.Keys == nil || s.Keys.Terms.Current()[0] != vkey || s.KeysDetail == "" {
		t.Errorf("keys %+v (%q)", s.Keys, s.KeysDetail)
	}
}
