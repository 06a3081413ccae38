package anchor_test

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
)

// watcher keeps what a pipeline tells it.
type watcher struct {
	sent, replaced, mined, orphaned int
	finished                        []anchor.Finished
}

func (w *watcher) Sent(replaces bool) {
	w.sent++
	if replaces {
		w.replaced++
	}
}
func (w *watcher) Mined()                     { w.mined++ }
func (w *watcher) Orphaned()                  { w.orphaned++ }
func (w *watcher) Finished(f anchor.Finished) { w.finished = append(w.finished, f) }

// TestObserver takes an anchor through a raise of its fee and a reorg, and
// holds what is told of it against what the account has paid.
func TestObserver(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	w := &watcher{}
	r.config = func(c *anchor.Config) { c.Observer = w }
	r.restart()
	r.step()
	balance := func() *big.Int {
		b, err := r.chain.Client().BalanceAt(r.ctx, r.account.Address, nil)
		r.must(err)
		return b
	}
	before := balance()
	r.request(2)
	r.step()
	r.now = r.now.Add(10 * time.Minute)
	r.step() // it is stuck
	if w.sent != 2 || w.replaced != 1 || w.mined != 0 {
		t.Fatalf("after a raise: %+v", w)
	}
	r.mine(1)
	r.step()
	r.reorg(1, true)
	r.step()
	if w.mined != 1 || w.orphaned != 1 {
		t.Fatalf("after a reorg: %+v", w)
	}
	r.finish()
	if len(w.finished) != 1 || w.mined < 2 {
		t.Fatalf("at the end: %+v", w)
	}
	paid := new(big.Int).Sub(before, balance())
	if f := w.finished[0]; f.Paid == nil || f.Paid.Cmp(paid) != 0 || f.Took != 10*time.Minute {
		t.Errorf("took %s and paid %v, of the account are gone %v", f.Took, f.Paid, paid)
	}
}

// TestQuestions holds that each question is told of once, by its method, with
// the error of those that have no answer.
func TestQuestions(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	var told []anchor.Question
	r.client.Observe(func(q anchor.Question) { told = append(told, q) })
	r.request(1)
	r.step()
	for _, q := range told {
		if q.Err != nil || q.Took <= 0 || !slices.Contains(anchor.Methods, q.Method) || q.Method == "other" {
			t.Errorf("%+v", q)
		}
	}
	for _, method := range []string{"eth_chainId", "eth_getCode", "eth_call", "eth_getBlockByNumber", "eth_estimateGas", "eth_sendRawTransaction"} {
		if !slices.ContainsFunc(told, func(q anchor.Question) bool { return q.Method == method }) {
			t.Errorf("nothing was told of %s", method)
		}
	}
	r.set(testnet.Faults{Dead: true})
	told = nil
	if _, err := r.client.ChainID(r.ctx); err == nil {
		t.Fatal("a dead RPC answers")
	}
	if len(told) != 1 || told[0].Method != "eth_chainId" || told[0].Err == nil {
		t.Errorf("of a dead RPC: %+v", told)
	}
	ctx, cancel := context.WithCancel(r.ctx)
	cancel()
	told = nil
	if _, err := r.client.ChainID(ctx); !errors.Is(err, context.Canceled) || len(told) != 0 {
		t.Errorf("a question that nobody waits for: %v, %+v", err, told)
	}
}

// TestExamine holds what a chain shows against the chain, and what is said of
// a wrong one.
func TestExamine(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	code := verify.BlockHash(contracts.RuntimeCodeHash)
	e, err := r.client.Examine(r.ctx, r.ref, code, r.operator.Address(), 0)
	r.must(err)
	head, err := r.chain.Client().HeaderByNumber(r.ctx, nil)
	r.must(err)
	if e.Latest.Number != head.Number.Uint64() || e.Final == nil || e.Final.Number >= e.Latest.Number || e.Price == nil || e.Price.Sign() <= 0 {
		t.Errorf("of the chain: %+v", e)
	}
	if !e.Opened || e.Closed || e.Operator != r.operator.Address() || e.Head.Size != 0 || e.Balance == nil || e.Balance.Sign() <= 0 {
		t.Errorf("of the log: %+v", e)
	}
	if e.Program == "" || e.Latency <= 0 || e.Ahead == nil || e.Ahead.Abs() > 2*time.Second {
		t.Errorf("of the RPC: %+v", e)
	}
	r.set(testnet.Faults{ChainID: 999})
	if _, err := r.client.Examine(r.ctx, r.ref, code, r.operator.Address(), 0); !errors.Is(err, anchor.ErrWrongChain) {
		t.Errorf("of another chain: %v", err)
	}
	r.set(testnet.Faults{Dead: true})
	if _, err := r.client.Examine(r.ctx, r.ref, code, r.operator.Address(), 0); !errors.Is(err, anchor.ErrNoAnswer) {
		t.Errorf("of a dead RPC: %v", err)
	}
}
