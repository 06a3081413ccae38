package anchor_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/params"
)

// The methods that tell of prices for gas.
const (
	tipMethod   = "eth_maxPriorityFeePerGas"
	priceMethod = "eth_gasPrice"
)

// lastTip is the tip of a row's newest attempt, in wei.
func (r *rig) lastTip(size uint64) uint64 {
	r.t.Helper()
	list := r.row(size).Attempts
	if len(list) == 0 {
		r.t.Fatalf("size %d was not sent: %s", size, r.a.Status().Detail)
	}
	return list[len(list)-1].TipCap
}

// TestNoTipMethod opens a log and anchors through an RPC that does not know
// what tip to offer: the tip is what gas costs in all less the base fee.
func TestNoTipMethod(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(testnet.Faults{Missing: []string{tipMethod}})
	r.step()
	if r.a.Status().Fenced {
		t.Fatalf("fenced: %s", r.a.Status().Detail)
	}
	r.mine(3)
	r.step()
	r.phase(anchor.Idle)

	r.request(2)
	price, err := r.chain.Client().SuggestGasPrice(r.ctx)
	r.must(err)
	want := new(big.Int).Sub(price, r.header().BaseFee).Uint64()
	r.step()
	if got := r.lastTip(r.store.Tree().Size); got != want || want < 2 {
		t.Fatalf("tip %d, want %d", got, want)
	}
	if r.a.Status().DaysLeft < 0 {
		t.Fatal("how long the balance lasts is not known")
	}
	r.finish()

	// The owner's transactions are priced alike.
	p := anchor.Payer{Client: r.client, Key: r.owner, ChainID: r.chain.ChainID(), Poll: time.Millisecond}
	r.chain.Resume()
	_, err = p.DeployRegistry(r.ctx)
	r.must(err)
}

// TestTipFromPrice has the price of gas far too high, which the cap bounds,
// and below the base fee, which gives a tip that nobody mines for: it is
// raised to what is right as soon as it counts as stuck.
func TestTipFromPrice(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	priced := func(wei uint64) testnet.Faults {
		return testnet.Faults{Missing: []string{tipMethod}, Rewrite: func(method string, _, result []byte) []byte {
			if method == priceMethod {
				return []byte(`"` + hexutil.EncodeUint64(wei) + `"`)
			}
			return result
		}}
	}
	r.set(priced(1000 * params.GWei))
	r.request(1)
	r.step()
	if got := r.lastTip(r.store.Tree().Size); got != 2*params.GWei {
		t.Fatalf("tip %d, want that of the cap", got)
	}
	r.finish()

	r.set(priced(1))
	r.request(1)
	r.step()
	size := r.store.Tree().Size
	if got := r.lastTip(size); got != 1 {
		t.Fatalf("tip %d, want 1", got)
	}
	r.mine(2)
	r.step()
	r.wantState(size, store.Sent)
	r.set(testnet.Faults{Missing: []string{tipMethod}})
	r.now = r.now.Add(time.Minute)
	r.finish()
}

// TestNoTipAtAll starts at an RPC that tells no price of gas in any way. The
// fence is lifted and a mined anchor becomes final; what has to be signed
// waits and says why, and what is stuck is sent again as it is.
func TestNoTipAtAll(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]testnet.Faults{
		"missing":  {Missing: []string{tipMethod, priceMethod}},
		"failing":  {Methods: []string{tipMethod, priceMethod}, Status: 503},
		"nonsense": rewriting(func(string) string { return `"0x1` + strings.Repeat("0", 20) + `"` }, tipMethod, priceMethod),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newOpenRig(t)
			r.request(2)
			r.step()
			first := r.store.Tree().Size
			r.mine(1)
			r.step()
			r.wantState(first, store.Mined)
			r.set(f)
			r.restart()
			r.must(r.a.Fence(r.ctx))
			r.restart()
			r.mine(3)
			r.step()
			if s := r.phase(anchor.Idle); s.Fenced || s.DaysLeft != -1 {
				t.Fatalf("%+v", s)
			}
			r.wantState(first, store.Final)

			r.request(2)
			r.step()
			second := r.store.Tree().Size
			s := r.phase(anchor.Waiting)
			if !errors.Is(s.Err, anchor.ErrNoAnswer) || !strings.Contains(s.Detail, "what tip") || !strings.Contains(s.Detail, "suggested tip") || !strings.Contains(s.Detail, "gas price") {
				t.Fatalf("%+v", s)
			}
			if n := len(r.row(second).Attempts); n != 0 {
				t.Fatalf("%d attempts", n)
			}

			// Sent while the price was known, and stuck while it is not.
			r.set(testnet.Faults{Sends: testnet.Drop})
			r.step()
			r.set(f)
			r.now = r.now.Add(time.Hour)
			r.mine(1)
			r.fault.ResetCalls()
			r.step()
			r.phase(anchor.Waiting)
			if n, m := len(r.row(second).Attempts), r.fault.Calls("eth_sendRawTransaction"); n != 1 || m != 1 {
				t.Fatalf("%d attempts, %d sent", n, m)
			}
			r.mine(1)
			r.step()
			r.wantState(second, store.Mined)
			r.set(testnet.Faults{})
			r.finish()
		})
	}
}
