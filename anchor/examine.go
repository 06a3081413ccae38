package anchor

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/verify"
)

// An Examination is what an RPC shows of itself, of its chain and of one log.
type Examination struct {
	Program string        // what the RPC calls itself; empty: it does not say
	Latency time.Duration // half of the questions were answered faster
	// Ahead is how far this machine's clock is ahead of the RPC's, by the
	// Date of its answers, which tells seconds; nil: they had none.
	Ahead *time.Duration

	Latest verify.Block
	Final  *verify.Block // nil: the chain names none

	Price *big.Int // of a unit of gas, tip included, in wei; nil: not known

	Opened, Closed bool
	Operator       checkpoint.Address // that may anchor, when opened
	Head           merkle.Tree        // of the log on the chain

	Balance *big.Int // of the account asked about, in wei
}

// Examine asks everything that says whether a log can be anchored through c,
// from the account. Errors are those of CheckRegistry, and ErrNoAnswer. It
// takes the place of Observe, and nothing else may be asked through c
// meanwhile.
func (c *Client) Examine(ctx context.Context, ref checkpoint.LogRef, code verify.BlockHash, account checkpoint.Address, confirmations uint64) (Examination, error) {
	var (
		e     Examination
		took  []time.Duration
		ahead []time.Duration
	)
	c.Observe(func(q Question) {
		if q.Err != nil {
			return
		}
		took = append(took, q.Took)
		if !q.Date.IsZero() {
			// Date is cut to seconds: on average it is half of one behind.
			ahead = append(ahead, time.Since(q.Date)-500*time.Millisecond)
		}
	})
	defer c.Observe(func(Question) {})
	err := c.examine(ctx, &e, ref, code, account, confirmations)
	if len(ahead) > 0 {
		slices.Sort(ahead)
		e.Ahead = &ahead[len(ahead)/2]
	}
	if len(took) > 0 {
		slices.Sort(took)
		e.Latency = took[len(took)/2]
	}
	return e, err
}

func (c *Client) examine(ctx context.Context, e *Examination, ref checkpoint.LogRef, code verify.BlockHash, account checkpoint.Address, confirmations uint64) error {
	if err := c.CheckRegistry(ctx, ref, code); err != nil {
		return err
	}
	program, err := ask(ctx, c, "program", func(ctx context.Context) (string, error) {
		var s string
		err := c.rpc.CallContext(ctx, &s, "web3_clientVersion")
		return s, err
	})
	if err == nil { // many providers do not say
		e.Program = reason(errors.New(program))
	}
	latest, err := c.block(ctx, latestBlock)
	if err != nil {
		return err
	}
	e.Latest = latest.Block
	final, err := c.final(ctx, latest.Block, confirmations)
	switch {
	case err == nil:
		e.Final = &final.Block
	case !errors.Is(err, ErrNoFinality):
		return err
	}
	if latest.baseFee != nil {
		if tip, err := c.tip(ctx, latest.baseFee); err == nil {
			e.Price = new(big.Int).Add(latest.baseFee, tip)
		}
	}
	h, err := c.logHead(ctx, ref, latest.Hash)
	if err != nil {
		return err
	}
	e.Opened, e.Closed, e.Operator, e.Head = h.opened(), h.closed, h.operator, h.tree
	e.Balance, err = c.balance(ctx, account, latest.Hash)
	return err
}
