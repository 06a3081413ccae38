package anchor_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
	"github.com/ethereum/go-ethereum/common"
)

// TestReorgDrops loses the transaction with its block: it is sent again from
// the journal, under the same nonce.
func TestReorgDrops(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.step()
	r.mine(2)
	r.step()
	size := r.store.Tree().Size
	r.wantState(size, store.Mined)
	was := r.row(size)
	r.reorg(2, true)
	r.step()
	r.wantState(size, store.Sent)
	if row := r.row(size); row.Block != nil || row.TxHash != nil || len(row.Attempts) != 1 {
		t.Fatalf("after the reorg: %+v", row)
	}
	r.finish()
	if row := r.row(size); row.Block.Hash == was.Block.Hash || *row.TxHash != *was.TxHash {
		t.Fatalf("final in block %s by %s; was in %s by %s", row.Block.Hash, row.TxHash, was.Block.Hash, was.TxHash)
	}
}

// TestReorgMovesElsewhere has the transaction mined again in another block
// before we look.
func TestReorgMovesElsewhere(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.step()
	r.mine(1)
	r.step()
	size := r.store.Tree().Size
	was := r.row(size)
	r.reorg(1, false)
	r.mine(1)
	r.step()
	row := r.row(size)
	if row.State != store.Mined || row.Block.Hash == was.Block.Hash || row.Block.Number != was.Block.Number+1 {
		t.Fatalf("%s in %+v, was in %+v", row.State, row.Block, was.Block)
	}
	r.finish()
}

// TestReorgOfMany drops several anchors that are mined and not final: all are
// sent again in order.
func TestReorgOfMany(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	for range 2 {
		r.request(3)
		r.step()
		r.mine(1)
		r.step()
	}
	r.reorg(2, true)
	r.step()
	r.mine(1)
	r.step()
	r.finish()
	if n := len(r.events()); n != 2 {
		t.Fatalf("%d anchors, want 2", n)
	}
}

// TestStuck raises the fee of what is not mined, with a newer head if there is
// one, and ends with each size that was mined final and each other overtaken.
func TestStuck(t *testing.T) {
	t.Parallel()
	for _, fresher := range []bool{false, true} {
		for _, sends := range []testnet.Sends{testnet.Forward, testnet.Drop} {
			name := "same"
			if fresher {
				name = "fresher"
			}
			t.Run(name+"/"+string(sends), func(t *testing.T) {
				t.Parallel()
				r := newOpenRig(t)
				r.set(testnet.Faults{Sends: sends})
				r.request(2)
				r.step()
				first := r.store.Tree().Size
				r.now = r.now.Add(59 * time.Second)
				r.step()
				if n := len(r.row(first).Attempts); n != 1 {
					t.Fatalf("%d attempts before it is stuck", n)
				}
				if fresher {
					r.append(2)
				}
				r.now = r.now.Add(time.Second)
				r.set(testnet.Faults{})
				r.step()
				last := r.store.Tree().Size
				if (last > first) != fresher {
					t.Fatalf("the tree went from %d to %d", first, last)
				}
				before := r.row(first).Attempts[0]
				row := r.row(last)
				after := row.Attempts[len(row.Attempts)-1]
				if after.Nonce != before.Nonce {
					t.Fatalf("nonce %d after %d", after.Nonce, before.Nonce)
				}
				for _, pair := range [][2]uint64{{before.FeeCap, after.FeeCap}, {before.TipCap, after.TipCap}} {
					if 8*pair[1] < 9*pair[0] {
						t.Fatalf("raised from %d to %d, want an eighth more", pair[0], pair[1])
					}
				}
				r.finish()
				if n := len(r.events()); n != 1 {
					t.Fatalf("%d anchors, want 1", n)
				}
				if fresher {
					if row := r.row(first); row.State != store.Orphaned || row.Note == "" {
						t.Fatalf("size %d is %s, %q; want it overtaken", first, row.State, row.Note)
					}
				}
			})
		}
	}
}

// TestStuckOldMined has the old attempt mined although a newer one was sent:
// both count as ours.
func TestStuckOldMined(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.step()
	first := r.store.Tree().Size
	r.append(2)
	r.now = r.now.Add(time.Minute)
	r.set(testnet.Faults{Sends: testnet.Drop})
	r.step()
	second := r.store.Tree().Size
	r.wantState(second, store.Sent)
	r.mine(1)
	r.set(testnet.Faults{})
	r.step()
	r.wantState(first, store.Mined)
	r.finish()
	if r.row(second).PrevSize != first {
		t.Fatalf("size %d follows %d, want %d", second, r.row(second).PrevSize, first)
	}
}

// TestStuckAtCap keeps sending what cannot be raised and says so.
func TestStuckAtCap(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.config = func(c *anchor.Config) { c.Fees.FeeCap = big.NewInt(710_000_000) }
	r.restart()
	r.request(1)
	r.step()
	size := r.store.Tree().Size
	r.now = r.now.Add(time.Minute)
	r.step()
	if s := r.phase(anchor.Waiting); !errors.Is(s.Err, anchor.ErrFeeTooHigh) {
		t.Fatalf("%v", s.Err)
	}
	if n := len(r.row(size).Attempts); n != 1 {
		t.Fatalf("%d attempts", n)
	}
	r.finish()
}

// TestFeeAboveCap sends nothing while the base fee alone is above the cap.
func TestFeeAboveCap(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.config = func(c *anchor.Config) { c.Fees.FeeCap = big.NewInt(1000) }
	r.restart()
	r.request(1)
	r.fault.ResetCalls()
	r.step()
	if s := r.phase(anchor.Waiting); !errors.Is(s.Err, anchor.ErrFeeTooHigh) || !strings.Contains(s.Detail, "gwei") {
		t.Fatalf("%+v", s)
	}
	if n := r.fault.Calls("eth_sendRawTransaction"); n != 0 {
		t.Fatalf("%d sent", n)
	}
	r.config = nil
	r.restart()
	r.finish()
}

// TestForeignNonce has another program use the operator's account.
func TestForeignNonce(t *testing.T) {
	t.Parallel()
	for _, sends := range []testnet.Sends{testnet.Drop, testnet.Hold} {
		t.Run(string(sends), func(t *testing.T) {
			t.Parallel()
			r := newOpenRig(t)
			r.set(testnet.Faults{Sends: sends})
			r.request(2)
			r.step()
			size := r.store.Tree().Size
			nonce := r.row(size).Attempts[0].Nonce
			r.chain.Resume()
			to := common.HexToAddress("0x1234")
			if _, err := r.chain.Transact(r.ctx, r.account, &to, ether(1), nil); err != nil {
				t.Fatal(err)
			}
			r.chain.Pause()
			r.set(testnet.Faults{})
			r.step()
			row := r.row(size)
			if n := len(row.Attempts); n != 2 || row.Attempts[1].Nonce != nonce+1 {
				t.Fatalf("attempts %s", r.journal())
			}
			r.finish()
			if n := len(r.events()); n != 1 {
				t.Fatalf("%d anchors", n)
			}
		})
	}
}

// TestFaults has the RPC fail and lie in each way while an anchor is at each
// stage. Nothing may be concluded from it, and all must go on by itself.
func TestFaults(t *testing.T) {
	t.Parallel()
	stages := map[string]func(*rig){
		"due":   func(r *rig) { r.request(2) },
		"sent":  func(r *rig) { r.request(2); r.step() },
		"mined": func(r *rig) { r.request(2); r.step(); r.mine(1); r.step() },
		"deep":  func(r *rig) { r.request(2); r.step(); r.mine(1); r.step(); r.mine(3) },
	}
	faults := map[string]testnet.Faults{
		"dead":           {Dead: true},
		"status 500":     {Status: 500},
		"status 429":     {Status: 429},
		"redirect":       {Status: 302},
		"garbage":        {Body: testnet.Garbage},
		"truncated":      {Body: testnet.Truncated},
		"huge":           {Body: testnet.Huge},
		"hang":           {Hang: true},
		"stale":          {Stale: &testnet.Stale{}},
		"wrong chain":    {ChainID: 99},
		"lying blocks":   {LieBlocks: true},
		"lying state":    {LieState: true},
		"lying receipts": {LieReceipts: true},
		"silent state":   {Methods: []string{"eth_call"}, Status: 503},
		"no receipts":    {Methods: []string{"eth_getTransactionReceipt", "eth_getBlockReceipts", "eth_getLogs"}, Status: 503},
		"no tip":         {Methods: []string{"eth_maxPriorityFeePerGas"}, Status: 503},
		"no estimate":    {Methods: []string{"eth_estimateGas"}, Status: 503},
	}
	for stage, prepare := range stages {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			r := newOpenRig(t)
			r.request(2)
			r.finish()
			for name, f := range faults {
				r.logs.Reset()
				final, anchors := r.a.Status().FinalSize, len(r.events())
				prepare(r)
				if f.Hang {
					r.config = func(c *anchor.Config) {
						client, err := anchor.Dial(r.fault.URL(), 20*time.Millisecond)
						r.must(err)
						c.Client = client
					}
					r.restart()
					r.a.Request()
				}
				r.set(f)
				r.a.Step(r.ctx)
				r.a.Step(r.ctx)
				s := r.a.Status()
				if s.Detail == "" || strings.Contains(s.Detail, "\n") || len(s.Detail) > 600 {
					t.Errorf("%s: says %q", name, s.Detail)
				}
				if f.ChainID != 0 && (s.Phase != anchor.Stopped || !errors.Is(s.Err, anchor.ErrWrongChain)) {
					t.Errorf("%s: %+v", name, s)
				}
				if s.FinalSize != final && stage != "deep" {
					t.Errorf("%s: size %d became final", name, s.FinalSize)
				}
				r.set(testnet.Faults{})
				r.config = nil
				r.restart()
				r.a.Request()
				r.finish()
				if n := len(r.events()); n != anchors+1 {
					t.Errorf("%s: %d anchors, want %d: %s", name, n, anchors+1, r.journal())
				}
			}
		})
	}
}

// TestLag shows a head from before the anchor was mined: no reorg is seen in
// what is a delay.
func TestLag(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.step()
	size := r.store.Tree().Size
	r.mine(1)
	r.step()
	r.wantState(size, store.Mined)
	latest, final := r.chain.Head()
	r.set(testnet.Faults{Stale: &testnet.Stale{Latest: latest - 1, Finalized: final - 1}})
	r.step()
	s := r.phase(anchor.Waiting)
	if !errors.Is(s.Err, anchor.ErrNoAnswer) || !strings.Contains(s.Detail, "lags") {
		t.Fatalf("%+v", s)
	}
	r.wantState(size, store.Mined)
	r.set(testnet.Faults{})
	r.finish()
}

// TestLyingHeads are RPCs that show the log otherwise than it is. Each is
// named, nothing is sent, and nothing final changes.
func TestLyingHeads(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.step()
	r.mine(3)
	r.finish()
	r.request(1)
	head := func(word int, f func([]byte)) func(string, []byte, []byte) []byte {
		return func(method string, params, result []byte) []byte {
			if method != "eth_call" {
				return result
			}
			var hex string
			if json.Unmarshal(result, &hex) != nil || len(hex) != 2+5*64 {
				return result
			}
			b := common.FromHex(hex)
			f(b[32*word : 32*word+32])
			out, _ := json.Marshal("0x" + common.Bytes2Hex(b))
			return out
		}
	}
	for _, c := range []struct {
		name    string
		rewrite func(string, []byte, []byte) []byte
		want    error
		phase   anchor.Phase
	}{
		{"larger", head(0, func(w []byte) { w[28] = 1 }), anchor.ErrStoreBehind, anchor.Stopped},
		{"huge", head(0, func(w []byte) { w[24] = 1 }), anchor.ErrNoAnswer, anchor.Waiting},
		{"not a size", head(0, func(w []byte) { w[0] = 1 }), anchor.ErrNoAnswer, anchor.Waiting},
		{"smaller", head(0, func(w []byte) { w[31] = 1 }), anchor.ErrStoreForked, anchor.Stopped},
		{"empty", head(0, func(w []byte) { clear(w) }), anchor.ErrNoAnswer, anchor.Waiting},
		{"other root", head(1, func(w []byte) { w[0] ^= 1 }), anchor.ErrStoreForked, anchor.Stopped},
		{"other operator", head(3, func(w []byte) { w[31] ^= 1 }), anchor.ErrNotOperator, anchor.Stopped},
		{"closed", head(4, func(w []byte) { w[31] = 1 }), anchor.ErrLogClosed, anchor.Stopped},
	} {
		r.fault.ResetCalls()
		before := r.journal()
		r.set(testnet.Faults{Rewrite: c.rewrite})
		r.a.Step(r.ctx)
		if s := r.phase(c.phase); !errors.Is(s.Err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, s.Err, c.want)
		}
		if n := r.fault.Calls("eth_sendRawTransaction"); n != 0 {
			t.Errorf("%s: %d transactions sent", c.name, n)
		}
		if after := r.journal(); after != before {
			t.Errorf("%s: journal %s, was %s", c.name, after, before)
		}
	}
	r.set(testnet.Faults{})
	r.finish()
}

// TestNoBlockReceipts builds proofs through an RPC that has no
// eth_getBlockReceipts.
func TestNoBlockReceipts(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	// Others share the block, so that the trie has branches.
	to := common.HexToAddress("0x1234")
	for i := range 60 {
		r.sendBeside(r.chain.Accounts()[2+i%6], uint64(i/6), to)
	}
	r.request(2)
	r.step()
	r.set(testnet.Faults{Methods: []string{"eth_getBlockReceipts"}, Status: 404})
	r.mine(1)
	r.finish()
	if n := r.fault.Calls("eth_getTransactionReceipt"); n < 60 {
		t.Fatalf("%d receipts asked for", n)
	}
}

// TestReceiptIsAHint is an RPC whose receipts are of a block that is not
// canonical, as one that has not noticed a reorg: the anchor is not mined.
func TestReceiptIsAHint(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(1)
	r.step()
	size := r.store.Tree().Size
	r.mine(1)
	hash := r.header().Hash().Hex()
	r.set(testnet.Faults{Rewrite: func(method string, _, result []byte) []byte {
		if method != "eth_getTransactionReceipt" && method != "eth_getLogs" {
			return result
		}
		return []byte(strings.ReplaceAll(string(result), hash, "0x"+strings.Repeat("ab", 32)))
	}})
	r.step()
	r.wantState(size, store.Sent)
	r.phase(anchor.Waiting)
	r.set(testnet.Faults{})
	r.step()
	r.wantState(size, store.Mined)
	r.finish()
}

// TestStuckUnpriced cannot raise a stuck transaction, since what it costs is
// not told or not there: looks leave no heads behind, and what was sent is
// sent again.
func TestStuckUnpriced(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]testnet.Faults{
		"no estimate": {Methods: []string{"eth_estimateGas", "eth_sendRawTransaction"}, Status: 503},
		"no funds": {Sends: testnet.Drop, Rewrite: func(method string, _, result []byte) []byte {
			if method == "eth_getBalance" {
				return []byte(`"0x1"`)
			}
			return result
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newOpenRig(t)
			r.set(testnet.Faults{Sends: testnet.Drop})
			r.request(2)
			r.step()
			r.now = r.now.Add(time.Minute)
			r.set(f)
			for range 3 {
				r.append(1)
				before := r.journal()
				r.mine(1)
				r.fault.ResetCalls()
				r.step()
				if s := r.phase(anchor.Waiting); s.Err == nil {
					t.Fatalf("%+v", s)
				}
				if after := r.journal(); after != before {
					t.Fatalf("journal %s, was %s", after, before)
				}
				if n := r.fault.Calls("eth_sendRawTransaction"); n != 1 {
					t.Fatalf("%d sent", n)
				}
			}
			r.set(testnet.Faults{})
			r.finish()
		})
	}
}
