package testnet

import (
	"context"
	"errors"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

func callMsg(code []byte) ethereum.CallMsg { return ethereum.CallMsg{Data: code} }

// signed is a transfer to self with the given nonce, tip and fee cap in wei.
func signed(t *testing.T, from Account, nonce uint64, tip, feeCap int64) *types.Transaction {
	t.Helper()
	tx, err := types.SignNewTx(from.Key, types.LatestSignerForChainID(big.NewInt(DefaultChainID)), &types.DynamicFeeTx{
		ChainID: big.NewInt(DefaultChainID), Nonce: nonce, To: &from.Address, Gas: 21000,
		GasTipCap: big.NewInt(tip), GasFeeCap: big.NewInt(feeCap),
	})
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

func (c *Chain) tag(t *testing.T, tag rpc.BlockNumber) uint64 {
	t.Helper()
	h, err := c.Client().HeaderByNumber(t.Context(), big.NewInt(int64(tag)))
	if err != nil {
		t.Fatalf("block %s: %v", tag, err)
	}
	return h.Number.Uint64()
}

func TestFinalityLags(t *testing.T) {
	for _, lag := range []uint64{1, 2, 3, 7} {
		o := Fast()
		o.Manual, o.FinalityLag = true, lag
		c := start(t, o)
		for want := uint64(1); want < 40; want++ {
			latest, safe, final := c.tag(t, rpc.LatestBlockNumber), c.tag(t, rpc.SafeBlockNumber), c.tag(t, rpc.FinalizedBlockNumber)
			wantFinal := want - min(want, lag)
			if latest != want || final != wantFinal || safe < final || safe > latest {
				t.Fatalf("lag %d: latest %d, safe %d, finalized %d; want %d and %d", lag, latest, safe, final, want, wantFinal)
			}
			if l, f := c.Head(); l != latest || f != final {
				t.Fatalf("lag %d: Head says %d and %d", lag, l, f)
			}
			if err := c.Mine(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Transactions come faster than one a second: they share blocks, each block has
// a time of its own, and none is ahead of the clock when it is seen.
func TestBlockTimes(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{"true": {}, "behind": {Behind: 3 * time.Second, Every: time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			c := start(t, o)
			var watch sync.WaitGroup
			ctx, cancel := context.WithCancel(t.Context())
			watch.Go(func() {
				var last *types.Header
				c.Await(ctx, func(context.Context) (bool, error) {
					head := c.eth.BlockChain().CurrentBlock()
					if now := time.Now().Unix(); int64(head.Time) > now {
						t.Errorf("block %d bears time %d at %d", head.Number, head.Time, now)
					}
					if last != nil && head.Number.Cmp(last.Number) > 0 && head.Time <= last.Time {
						t.Errorf("block %d bears time %d, block %d before it %d", head.Number, head.Time, last.Number, last.Time)
					}
					last = head
					return false, nil
				})
			})
			var tx *types.Transaction
			for nonce := range uint64(200) {
				tx = signed(t, c.Accounts()[0], nonce, params.GWei, 3*params.GWei)
				if err := c.Client().SendTransaction(t.Context(), tx); err != nil {
					t.Fatal(err)
				}
			}
			r, err := c.WaitMined(t.Context(), tx.Hash())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.WaitFinal(t.Context(), r.BlockNumber.Uint64()); err != nil {
				t.Fatal(err)
			}
			cancel()
			watch.Wait()
		})
	}
}

// A chain at rest costs a block a heartbeat: once all is final nothing is due.
func TestRestsWhenAllIsFinal(t *testing.T) {
	o := Fast()
	o.Heartbeat = time.Hour
	c := start(t, o)
	if wait, ok := c.due(); !ok || wait < time.Minute {
		t.Fatalf("a new chain seals in %v, %v", wait, ok)
	}
	tx := signed(t, c.Accounts()[0], 0, params.GWei, 3*params.GWei)
	if err := c.Client().SendTransaction(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	r, err := c.WaitMined(t.Context(), tx.Hash())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.WaitFinal(t.Context(), r.BlockNumber.Uint64()); err != nil {
		t.Fatal(err)
	}
	latest, final := c.Head()
	if wait, ok := c.due(); !ok || wait < time.Minute || latest != r.BlockNumber.Uint64()+2 || final != r.BlockNumber.Uint64() {
		t.Fatalf("head %d, finalized %d, next block in %v, %v", latest, final, wait, ok)
	}
}

// A transaction that cannot be mined must not make blocks: neither one that
// does not pay the base fee, which empty blocks lower until it does, nor one
// whose tip is too small.
func TestStuckTransactions(t *testing.T) {
	o := Fast()
	o.Heartbeat, o.Every = time.Hour, time.Minute
	c := start(t, o)
	ctx := t.Context()
	head, err := c.Client().HeaderByNumber(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	cheap := signed(t, c.Accounts()[0], 0, params.GWei/10, head.BaseFee.Int64()/2)
	mean := signed(t, c.Accounts()[1], 0, minTip-1, 3*params.GWei)
	for _, tx := range []*types.Transaction{cheap, mean} {
		if err := c.Client().SendTransaction(ctx, tx); err != nil {
			t.Fatal(err)
		}
	}
	if wait, ok := c.due(); !ok || wait < time.Minute {
		t.Fatalf("next block in %v, %v", wait, ok)
	}
	for mined := false; !mined; {
		if err := c.Mine(ctx, 1); err != nil {
			t.Fatal(err)
		}
		_, err := c.Client().TransactionReceipt(ctx, cheap.Hash())
		if mined = err == nil; err != nil && !errors.Is(err, ethereum.NotFound) {
			t.Fatal(err)
		}
		if latest, _ := c.Head(); latest > 50 {
			t.Fatal("the base fee does not fall to that of the transaction")
		}
	}
	if _, err := c.Client().TransactionReceipt(ctx, mean.Hash()); !errors.Is(err, ethereum.NotFound) {
		t.Fatalf("a tip below the least was mined: %v", err)
	}

	// Were a block to leave out what it should hold, the next attempt would
	// come after Every, not at once. The chain is paused, so that it does not
	// make one meanwhile.
	c.Pause()
	pooled := make(chan core.NewTxsEvent, 1)
	defer c.eth.TxPool().SubscribeTransactions(pooled, false).Unsubscribe()
	if err := c.Client().SendTransaction(ctx, signed(t, c.Accounts()[2], 0, params.GWei, 3*params.GWei)); err != nil {
		t.Fatal(err)
	}
	select { // the pool takes it in, and some time later offers it to blocks
	case <-pooled:
	case <-ctx.Done():
		t.Fatal(ctx.Err())
	}
	if wait := c.next(true, time.Now()); wait > time.Minute || wait < 30*time.Second {
		t.Fatalf("next block in %v", wait)
	}
	if wait := c.next(false, time.Now()); wait > time.Minute/2 {
		t.Fatalf("of a block that left out nothing: next one in %v", wait)
	}
}

func TestPause(t *testing.T) {
	c := start(t, Fast())
	ctx := t.Context()
	c.Pause()
	at, _ := c.Head()
	tx := signed(t, c.Accounts()[0], 0, params.GWei, 3*params.GWei)
	if err := c.Client().SendTransaction(ctx, tx); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.due(); ok {
		t.Fatal("a block is due while paused")
	}
	if err := c.mine(ctx, true); err != nil {
		t.Fatal(err)
	}
	if got, _ := c.Head(); got != at {
		t.Fatalf("head %d, was %d: the goroutine sealed after Pause had returned", got, at)
	}
	if err := c.Mine(ctx, 2); err != nil {
		t.Fatal(err)
	}
	if got, _ := c.Head(); got != at+2 {
		t.Fatalf("head %d, was %d", got, at)
	}
	tx = signed(t, c.Accounts()[0], 1, params.GWei, 3*params.GWei)
	if err := c.Client().SendTransaction(ctx, tx); err != nil {
		t.Fatal(err)
	}
	c.Resume()
	if _, err := c.WaitMined(ctx, tx.Hash()); err != nil {
		t.Fatal(err)
	}
}

// Mine waits for the clock where block times allow no block yet, and gives up
// with its context.
func TestMineWaitsForTheClock(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Manual: true})
	before := c.eth.BlockChain().CurrentBlock()
	if err := c.Mine(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	after := c.eth.BlockChain().CurrentBlock()
	if after.Time <= before.Time || int64(after.Time) > time.Now().Unix() {
		t.Errorf("block times %d and %d at %d", before.Time, after.Time, time.Now().Unix())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Mine(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestReorg(t *testing.T) {
	for _, drop := range []bool{false, true} {
		o := Fast()
		o.Manual = true
		c := start(t, o)
		ctx := t.Context()
		if err := c.Mine(ctx, 5); err != nil {
			t.Fatal(err)
		}
		lost := signed(t, c.Accounts()[0], 0, params.GWei, 3*params.GWei)
		if err := c.Client().SendTransaction(ctx, lost); err != nil {
			t.Fatal(err)
		}
		if err := c.Mine(ctx, 2); err != nil {
			t.Fatal(err)
		}
		r, err := c.WaitMined(ctx, lost.Hash())
		if err != nil {
			t.Fatal(err)
		}
		waiting := signed(t, c.Accounts()[1], 0, params.GWei, 3*params.GWei)
		if err := c.Client().SendTransaction(ctx, waiting); err != nil {
			t.Fatal(err)
		}
		latest, final := c.Head()
		finalHash := c.eth.BlockChain().GetCanonicalHash(final)
		oldHead := c.eth.BlockChain().CurrentBlock().Hash()

		if err := c.Reorg(ctx, 2, drop); err != nil {
			t.Fatal(err)
		}
		if l, f := c.Head(); l != latest || f != final || c.eth.BlockChain().GetCanonicalHash(final) != finalHash {
			t.Errorf("drop %v: head %d and finalized %d became %d and %d", drop, latest, final, l, f)
		}
		if h, err := c.Client().HeaderByNumber(ctx, r.BlockNumber); err != nil || h.Hash() == r.BlockHash {
			t.Errorf("drop %v: block %d is still %s, %v", drop, r.BlockNumber, r.BlockHash, err)
		}
		if head := c.eth.BlockChain().CurrentBlock(); head.Hash() == oldHead || int64(head.Time) > time.Now().Unix() {
			t.Errorf("drop %v: head %s at %d", drop, head.Hash(), head.Time)
		}
		if _, err := c.Client().TransactionReceipt(ctx, lost.Hash()); !errors.Is(err, ethereum.NotFound) {
			t.Errorf("drop %v: the receipt outlived its block: %v", drop, err)
		}
		if n, err := c.Client().NonceAt(ctx, c.Accounts()[0].Address, nil); err != nil || n != 0 {
			t.Errorf("drop %v: nonce %d, %v", drop, n, err)
		}
		if err := c.Mine(ctx, 1); err != nil {
			t.Fatal(err)
		}
		again, err := c.Client().TransactionReceipt(ctx, lost.Hash())
		switch {
		case drop && !errors.Is(err, ethereum.NotFound):
			t.Errorf("a dropped transaction was mined again: %v", err)
		case !drop && (err != nil || again.BlockHash == r.BlockHash):
			t.Errorf("not mined again: %v, %v", again, err)
		}
		if _, err := c.Client().TransactionReceipt(ctx, waiting.Hash()); err != nil {
			t.Errorf("drop %v: what was pending is lost: %v", drop, err)
		}
	}
}

func TestReorgRefuses(t *testing.T) {
	o := Fast()
	o.Manual, o.FinalityLag = true, 4
	c := start(t, o)
	ctx := t.Context()
	if err := c.Reorg(ctx, 2, false); !errors.Is(err, ErrFinalized) {
		t.Errorf("below the genesis: %v", err)
	}
	if err := c.Mine(ctx, 9); err != nil {
		t.Fatal(err)
	}
	for depth, wantErr := range map[uint64]bool{0: true, 5: true, 100: true, 1<<64 - 1: true, 4: false, 1: false} {
		head := c.eth.BlockChain().CurrentBlock().Hash()
		err := c.Reorg(ctx, depth, true)
		if (err != nil) != wantErr || wantErr && depth > 0 && !errors.Is(err, ErrFinalized) {
			t.Errorf("depth %d: %v", depth, err)
		}
		if moved := head != c.eth.BlockChain().CurrentBlock().Hash(); moved == wantErr {
			t.Errorf("depth %d: the head moved is %v", depth, moved)
		}
	}
}

// Everything at once, for the race detector, and what must hold after it.
func TestConcurrentUse(t *testing.T) {
	c := start(t, Options{Behind: time.Hour, Every: time.Millisecond, FinalityLag: 5})
	ctx := t.Context()
	var all sync.WaitGroup
	for _, a := range c.Accounts()[:3] {
		all.Go(func() {
			for range 10 {
				if _, err := c.Transact(ctx, a, &common.Address{1}, big.NewInt(1), nil); err != nil {
					t.Errorf("transact: %v", err)
				}
			}
		})
	}
	for range 2 {
		all.Go(func() {
			for range 5 {
				if err := c.Fund(ctx, common.Address{2}, big.NewInt(1)); err != nil {
					t.Errorf("fund: %v", err)
				}
			}
		})
	}
	all.Go(func() {
		for range 5 {
			if err := c.Reorg(ctx, 1, false); err != nil {
				t.Errorf("reorg: %v", err)
			}
			if err := c.Mine(ctx, 1); err != nil {
				t.Errorf("mine: %v", err)
			}
		}
	})
	all.Wait()
	if err := c.Mine(ctx, 10); err != nil { // whatever a reorg put back into the pool
		t.Fatal(err)
	}
	for to, want := range map[byte]int64{1: 30, 2: 10} {
		if got, err := c.Client().BalanceAt(ctx, common.Address{to}, nil); err != nil || got.Int64() != want {
			t.Errorf("address %d holds %v, %v, want %d", to, got, err, want)
		}
	}
}
