package testnet

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/core/types"
)

// Reorg replaces the last depth blocks by as many empty ones of other hashes,
// in one step, as a network does that settles on another branch.
//
// With drop, the transactions of the replaced blocks are gone, and nobody will
// mine them unless they are sent again; what else was pending stays pending.
// Without drop they are back in the pool when Reorg returns, and the chain
// mines them into its next block, unless it is paused.
//
// A Reorg that would replace a finalized block is refused with ErrFinalized:
// no network does that. The chain seals by itself while depth is being counted,
// so a test that means certain blocks calls Pause first.
func (c *Chain) Reorg(ctx context.Context, depth uint64, drop bool) error {
	c.sealing.Lock()
	defer c.sealing.Unlock()
	c.mu.Lock()
	stopped := c.stopped
	c.mu.Unlock()
	if stopped {
		return fmt.Errorf("testnet: reorg: %w", ErrStopped)
	}
	bc, pool := c.eth.BlockChain(), c.eth.TxPool()
	head, final := bc.CurrentBlock(), c.finalized()
	switch at := head.Number.Uint64(); {
	case depth == 0:
		return errors.New("testnet: reorg: depth must be at least 1")
	case depth > at || at-depth < final:
		return fmt.Errorf("testnet: reorg of %d blocks at head %d: %w, which is %d: at most %d blocks can be replaced", depth, at, ErrFinalized, final, at-final)
	}
	if err := pool.Sync(); err != nil {
		return fmt.Errorf("testnet: reorg: sync the pool: %w", err)
	}
	before, queued := pool.Content()

	// Empty blocks need no more seconds than those they replace, so the new
	// head is not ahead of the clock either.
	block := bc.GetBlockByNumber(head.Number.Uint64() - depth)
	for range depth {
		next, err := c.build(ctx, block.Header(), true)
		if err != nil {
			return fmt.Errorf("testnet: reorg: %w", err)
		}
		block = next
	}
	if err := c.adopt(block); err != nil {
		return fmt.Errorf("testnet: reorg: %w", err)
	}
	// The pool takes the replaced transactions back on a goroutine of its own.
	if err := pool.Sync(); err != nil {
		return fmt.Errorf("testnet: reorg: sync the pool: %w", err)
	}
	if drop {
		pool.Clear()
		var keep []*types.Transaction
		for _, txs := range before {
			keep = append(keep, txs...)
		}
		for _, txs := range queued {
			keep = append(keep, txs...)
		}
		pool.Add(keep, true)
	}
	c.log.InfoContext(ctx, "reorg", "depth", depth, "dropped", drop, "head", block.Hash())
	c.nudge()
	return nil
}
