package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
)

// errDisagree is wrapped by what a Chain says that contradicts the evidence,
// the policy or itself: unlike silence, it is not passed over.
var errDisagree = errors.New("the chain client disagrees")

// errOffline says that there is no Chain to ask.
var errOffline = errors.New("there is no chain client")

// client asks a Chain on behalf of one Check: each question once, each with
// its own timeout, and none after one that took too long.
type client struct {
	chain   Chain // nil when offline
	timeout time.Duration
	chainID uint64 // that the evidence is about
	dead    error  // the reason to ask no more

	asked     bool // for the chain id
	wrong     error
	finalized *Block
	blocks    map[uint64]Block
}

func newClient(chain Chain, timeout time.Duration, chainID uint64) *client {
	if timeout <= 0 {
		timeout = DefaultCallTimeout
	}
	return &client{chain: chain, timeout: timeout, chainID: chainID, blocks: make(map[uint64]Block)}
}

// ask calls f unless the chain is known to be of no use.
func ask[T any](ctx context.Context, c *client, f func(context.Context) (T, error)) (T, error) {
	var zero T
	if c.chain == nil {
		return zero, errOffline
	}
	if c.dead != nil {
		return zero, c.dead
	}
	call, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	value, err := f(call)
	if err == nil {
		return value, nil
	}
	switch {
	case ctx.Err() != nil:
		c.dead = errors.New("the check was stopped before the chain client answered")
		err = c.dead
	case call.Err() == nil && errors.Is(err, context.DeadlineExceeded): // the client has a shorter limit of its own
		c.dead = errors.New("the chain client did not answer in its own time")
		err = c.dead
	case call.Err() != nil:
		c.dead = fmt.Errorf("the chain client did not answer within %v", c.timeout)
		err = c.dead
	}
	return zero, err
}

// onChain makes sure that the client is on the chain of the evidence.
func (c *client) onChain(ctx context.Context) error {
	if !c.asked {
		id, err := ask(ctx, c, func(ctx context.Context) (uint64, error) { return c.chain.ChainID(ctx) })
		if err != nil {
			return err
		}
		c.asked = true
		if id != c.chainID {
			c.wrong = fmt.Errorf("%w: it is on chain %d, and the evidence is about chain %d", errDisagree, id, c.chainID)
		}
	}
	return c.wrong
}

func (c *client) codeHash(ctx context.Context, a checkpoint.Address) (BlockHash, error) {
	if err := c.onChain(ctx); err != nil {
		return BlockHash{}, err
	}
	return ask(ctx, c, func(ctx context.Context) (BlockHash, error) { return c.chain.CodeHash(ctx, a) })
}

func (c *client) final(ctx context.Context) (Block, error) {
	if err := c.onChain(ctx); err != nil {
		return Block{}, err
	}
	if c.finalized == nil {
		b, err := ask(ctx, c, c.chainFinalized)
		if err != nil {
			return Block{}, err
		}
		c.finalized = &b
	}
	return *c.finalized, nil
}

func (c *client) chainFinalized(ctx context.Context) (Block, error) { return c.chain.Finalized(ctx) }

func (c *client) block(ctx context.Context, number uint64) (Block, error) {
	if err := c.onChain(ctx); err != nil {
		return Block{}, err
	}
	if b, ok := c.blocks[number]; ok {
		return b, nil
	}
	b, err := ask(ctx, c, func(ctx context.Context) (Block, error) { return c.chain.Block(ctx, number) })
	if err != nil {
		return Block{}, err
	}
	if b.Number != number {
		return Block{}, fmt.Errorf("%w: asked for block %d it gave block %d", errDisagree, number, b.Number)
	}
	c.blocks[number] = b
	return b, nil
}

func (c *client) head(ctx context.Context, ref checkpoint.LogRef, at Block) (LogHead, error) {
	if err := c.onChain(ctx); err != nil {
		return LogHead{}, err
	}
	return ask(ctx, c, func(ctx context.Context) (LogHead, error) { return c.chain.LogHead(ctx, ref, at) })
}

// anchored returns the anchors of the log in exactly that block.
func (c *client) anchored(ctx context.Context, ref checkpoint.LogRef, in Block) ([]Anchored, error) {
	b, err := c.block(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	if b != in {
		return nil, fmt.Errorf("%w: its block %d has the hash %s, and the evidence names %s", errDisagree, in.Number, b.Hash, in.Hash)
	}
	list, err := ask(ctx, c, func(ctx context.Context) ([]Anchored, error) { return c.chain.Anchored(ctx, ref, in.Number) })
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		if a.Log != ref.Log || a.Block != in || a.PrevSize >= a.Size {
			return nil, fmt.Errorf("%w: it gave an anchor of another log or block", errDisagree)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: it has no anchor of this log in block %d", errDisagree, in.Number)
	}
	return list, nil
}

// terms returns when which keys of the log sign its checkpoints, as of the
// highest final block.
func (c *client) terms(ctx context.Context, ref checkpoint.LogRef, log checkpoint.Log) (checkpoint.Terms, error) {
	at, err := c.final(ctx)
	if err != nil {
		return nil, err
	}
	list, err := ask(ctx, c, func(ctx context.Context) ([]KeyChange, error) { return c.chain.KeyChanges(ctx, ref, at) })
	if err != nil {
		return nil, err
	}
	terms := checkpoint.Terms{{Keys: log.Keys}}
	var last KeyChange
	for _, k := range list {
		if k.AtSize < last.AtSize || k.Block.Number < last.Block.Number || k.Block.Number > at.Number {
			return nil, fmt.Errorf("%w: it gave changes of keys out of order", errDisagree)
		}
		last = k
		terms = terms.Announce(k.AtSize, k.Keys, log.Origin)
	}
	return terms, nil
}
