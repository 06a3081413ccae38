package anchor

import (
	"context"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"slices"
	"time"

	"github.com/akashi-project/akashi/store"
)

// An Observer is told what happens to anchors, for whoever counts it. Its
// methods are called by one goroutine, which waits for them.
type Observer interface {
	// Sent is called for each transaction that is signed and journaled, and
	// about to be sent; replaces says that it has the nonce of one before.
	Sent(replaces bool)

	// Mined and Orphaned are called when an anchor is in a block, and when it
	// is in none any more.
	Mined()
	Orphaned()

	// Finished is called when an anchor is final and its proof is journaled.
	Finished(Finished)
}

// Finished says how an anchor came to its end.
type Finished struct {
	// Took is the time from the first transaction for it to its being final;
	// 0: not known, since another node or account sent it.
	Took time.Duration
	// Paid is what this node's account paid for it, in wei; nil: not known, or
	// another account paid.
	Paid *big.Int
}

type unobserved struct{}

func (unobserved) Sent(bool)         {}
func (unobserved) Mined()            {}
func (unobserved) Orphaned()         {}
func (unobserved) Finished(Finished) {}

// finished gathers what is told of an anchor. That the RPC does not say what
// was paid is no reason for anything.
func (a *Anchor) finished(ctx context.Context, e found, sent []store.Attempt) Finished {
	var f Finished
	if _, ok := a.c.Observer.(unobserved); ok || len(sent) == 0 {
		return f
	}
	f.Took = max(0, a.c.Now().Sub(sent[0].SentAt))
	if !slices.ContainsFunc(sent, func(t store.Attempt) bool { return t.Hash == e.tx }) {
		return f
	}
	r, err := a.c.Client.receipt(ctx, [32]byte(e.tx))
	if err != nil || r == nil || r.EffectiveGasPrice == nil || r.EffectiveGasPrice.BitLen() > 128 {
		return f
	}
	f.Paid = cost(r.GasUsed, r.EffectiveGasPrice)
	return f
}

// A Question is one that a Client asked its RPC.
type Question struct {
	Method string // one of Methods
	Took   time.Duration
	Err    error     // why there is no answer; else nil
	Date   time.Time // that the answer bears, in whole seconds; zero: none
}

// Methods are the JSON-RPC methods that a Client asks for; otherMethod stands
// for a question that is not one of them, or did not come to be asked.
var Methods = []string{
	"eth_blockNumber", "eth_call", "eth_chainId", "eth_estimateGas", "eth_gasPrice", "eth_getBalance", "eth_getBlockByHash", "eth_getBlockByNumber",
	"eth_getBlockReceipts", "eth_getCode", "eth_getLogs", "eth_getTransactionCount", "eth_getTransactionReceipt",
	"eth_maxPriorityFeePerGas", "eth_sendRawTransaction", "web3_clientVersion", otherMethod,
}

const otherMethod = "other"

// Observe has f told of every question from here on whose answer was waited
// for. It is called before the first one.
func (c *Client) Observe(f func(Question)) { c.observe = f }

type askedKey struct{}

// methodOf reads the method of a JSON-RPC request, or of the first of a batch.
func methodOf(req *http.Request) string {
	if req.GetBody == nil {
		return otherMethod
	}
	body, err := req.GetBody()
	if err != nil {
		return otherMethod
	}
	defer body.Close()
	d := json.NewDecoder(io.LimitReader(body, 4<<10))
	for {
		t, err := d.Token()
		if err != nil {
			return otherMethod
		}
		if t != "method" {
			continue
		}
		if t, err = d.Token(); err != nil {
			return otherMethod
		}
		if name, ok := t.(string); ok && slices.Contains(Methods, name) {
			return name
		}
		return otherMethod
	}
}
