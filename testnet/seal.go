package testnet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/consensus/misc/eip1559"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/event"
	"github.com/ethereum/go-ethereum/miner"
	"github.com/holiman/uint256"
)

// headKey is the database key under which the hash of the head that is about
// to be shown is kept; see adopt.
var headKey = []byte("akashi-testnet/head")

// seal is the sealing goroutine: it makes a block when one is due, until ctx
// ends.
func (c *Chain) seal(ctx context.Context, txs <-chan core.NewTxsEvent, sub event.Subscription) {
	defer sub.Unsubscribe()
	// The pool blocks once nobody reads its announcements, and mining waits for
	// the pool: so they are read apart from mining.
	var reader sync.WaitGroup
	defer reader.Wait()
	reader.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-txs:
				c.mu.Lock()
				c.balked = false
				c.mu.Unlock()
				c.nudge()
			}
		}
	})
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		wait, ok := c.due()
		if ok && wait <= 0 {
			err := c.mine(ctx, true)
			if err == nil || ctx.Err() != nil {
				continue
			}
			c.log.ErrorContext(ctx, "block not sealed", "error", err)
			wait = time.Second
		}
		if !ok {
			wait = c.opts.Heartbeat
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-c.wake:
		}
	}
}

// due returns how long to wait before the next block, not above zero when it
// is to be sealed now. It is false while the chain is not to seal by itself.
func (c *Chain) due() (time.Duration, bool) {
	c.mu.Lock()
	manual, balked, sealed := c.manual, c.balked, c.sealed
	c.mu.Unlock()
	if manual {
		return 0, false
	}
	return c.next(balked, sealed), true
}

// next returns how long it takes until a chain that seals by itself seals, after
// it did so at that instant, and left out what it should hold when it balked.
func (c *Chain) next(balked bool, sealed time.Time) time.Duration {
	head := c.eth.BlockChain().CurrentBlock()
	wait := time.Until(sealed.Add(c.opts.Heartbeat))
	switch waiting := c.includable(head); {
	case waiting && !balked:
		wait = 0
	case waiting || c.unfinished(head):
		wait = min(wait, time.Until(sealed.Add(c.opts.Every)))
	}
	return max(wait, untilAfter(head))
}

// untilAfter returns how long it takes until a block can follow head: block
// times are whole seconds, strictly increase and are never ahead of the clock.
func untilAfter(head *types.Header) time.Duration {
	return time.Until(time.Unix(int64(head.Time)+1, 0))
}

// includable reports whether the pool holds a transaction that the next block
// takes: one that pays the base fee that the block will have, and the least tip.
func (c *Chain) includable(head *types.Header) bool {
	fee := eip1559.CalcBaseFee(c.eth.BlockChain().Config(), head)
	_, n := c.eth.TxPool().Pending(txpool.PendingFilter{BaseFee: uint256.MustFromBig(fee), MinTip: uint256.NewInt(minTip)})
	return n > 0
}

// unfinished reports whether a block above the finalized one holds
// transactions.
func (c *Chain) unfinished(head *types.Header) bool {
	bc := c.eth.BlockChain()
	final := c.finalized()
	for h := head; h != nil && h.Number.Uint64() > final; h = bc.GetHeaderByHash(h.ParentHash) {
		if h.TxHash != types.EmptyTxsHash {
			return true
		}
	}
	return false
}

// Mine seals n blocks, each with the transactions that are pending, and
// returns when the last is the head. It works while the chain is paused. Where
// the last block bears the present second it waits for the next one.
func (c *Chain) Mine(ctx context.Context, n int) error {
	for range n {
		if err := c.mine(ctx, false); err != nil {
			return fmt.Errorf("testnet: mine: %w", err)
		}
	}
	return nil
}

// mine seals one block as soon as the clock allows. By itself means that the
// sealing goroutine asks, which a Pause in the meantime overrules.
func (c *Chain) mine(ctx context.Context, byItself bool) error {
	for {
		if wait := untilAfter(c.eth.BlockChain().CurrentBlock()); wait > 0 {
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return ctx.Err()
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		done, err := c.mineNow(ctx, byItself)
		if done || err != nil {
			return err
		}
	}
}

// mineNow seals one block unless the head bears the present second, in which
// case somebody else sealed while the caller waited and it returns false.
func (c *Chain) mineNow(ctx context.Context, byItself bool) (bool, error) {
	c.sealing.Lock()
	defer c.sealing.Unlock()
	c.mu.Lock()
	manual, stopped := c.manual, c.stopped
	c.mu.Unlock()
	if stopped {
		return false, ErrStopped
	}
	if byItself && manual {
		return true, nil
	}
	head := c.eth.BlockChain().CurrentBlock()
	if untilAfter(head) > 0 {
		return false, nil
	}
	// The pool resets on a goroutine of its own after each head; a block built
	// before that would hold transactions twice or not at all.
	if err := c.eth.TxPool().Sync(); err != nil {
		return false, fmt.Errorf("sync the pool: %w", err)
	}
	offered := c.includable(head)
	block, err := c.build(ctx, head, false)
	if err != nil {
		return false, err
	}
	if err := c.adopt(block); err != nil {
		return false, err
	}
	c.mu.Lock()
	c.balked = offered && len(block.Transactions()) == 0
	c.mu.Unlock()
	return true, nil
}

// build makes a block on parent, empty or with what the pool holds, and writes
// it to the database without making it the head. The caller holds c.sealing.
func (c *Chain) build(ctx context.Context, parent *types.Header, empty bool) (*types.Block, error) {
	lagging := time.Now().Add(-c.opts.Behind.Truncate(time.Second)).Unix()
	var random common.Hash
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	block, _, err := c.eth.Miner().BuildTestingPayload(&miner.BuildPayloadArgs{
		Parent:      parent.Hash(),
		Timestamp:   max(parent.Time+1, uint64(max(lagging, 0))),
		Random:      random,
		Withdrawals: types.Withdrawals{},
		BeaconRoot:  new(common.Hash),
	}, nil, empty, nil)
	if err != nil {
		return nil, fmt.Errorf("build block %d: %w", parent.Number.Uint64()+1, err)
	}
	if _, err := c.eth.BlockChain().InsertBlockWithoutSetHead(ctx, block, false); err != nil {
		return nil, fmt.Errorf("insert block %d: %w", block.NumberU64(), err)
	}
	return block, nil
}

// adopt makes a block the head and moves finality. The caller holds c.sealing.
//
// The block, its state and the intention to show it are on disk before anyone
// can see it as the head: SIGKILL before that leaves a block that nobody saw,
// SIGKILL after it leaves a head that recover puts back.
func (c *Chain) adopt(block *types.Block) error {
	db := c.eth.ChainDb()
	if err := db.Put(headKey, block.Hash().Bytes()); err != nil {
		return fmt.Errorf("write the head: %w", err)
	}
	if err := db.SyncKeyValue(); err != nil {
		return fmt.Errorf("sync block %d: %w", block.NumberU64(), err)
	}
	if err := c.show(block); err != nil {
		return err
	}
	if err := db.SyncKeyValue(); err != nil {
		return fmt.Errorf("sync head %d: %w", block.NumberU64(), err)
	}
	c.log.Info("block sealed", "number", block.NumberU64(), "hash", block.Hash(), "transactions", len(block.Transactions()), "finalized", c.finalized())
	c.mu.Lock()
	c.sealed = time.Now()
	if !c.stopped {
		close(c.changed)
		c.changed = make(chan struct{})
	}
	c.mu.Unlock()
	c.nudge()
	return nil
}

// show makes a block canonical, and final what lies FinalityLag below it.
func (c *Chain) show(block *types.Block) error {
	bc := c.eth.BlockChain()
	// Not again at a start: an event for the genesis would start go-ethereum's
	// transaction index on nothing and make it miss the first block.
	if bc.CurrentBlock().Hash() != block.Hash() {
		if _, err := bc.SetCanonical(block); err != nil {
			return fmt.Errorf("make block %d the head: %w", block.NumberU64(), err)
		}
	}
	number := block.NumberU64()
	if safe := bc.GetHeaderByNumber(number - min(number, (c.opts.FinalityLag+1)/2)); safe != nil {
		bc.SetSafe(safe)
	}
	final := max(number-min(number, c.opts.FinalityLag), c.finalized())
	if h := bc.GetHeaderByNumber(final); h != nil {
		bc.SetFinalized(h)
	}
	return nil
}

// finalized returns the number of the finalized block, 0 before there is one.
func (c *Chain) finalized() uint64 {
	if h := c.eth.BlockChain().CurrentFinalBlock(); h != nil {
		return h.Number.Uint64()
	}
	return 0
}

// recover puts back the head that was last shown, if the process died between
// showing it and writing that down, and sets what is safe and final.
func (c *Chain) recover() error {
	bc, db := c.eth.BlockChain(), c.eth.ChainDb()
	head := bc.GetBlockByHash(bc.CurrentBlock().Hash())
	if known, err := db.Has(headKey); err != nil {
		return fmt.Errorf("read the head: %w", err)
	} else if known {
		hash, err := db.Get(headKey)
		if err != nil {
			return fmt.Errorf("read the head: %w", err)
		}
		if shown := bc.GetBlockByHash(common.BytesToHash(hash)); shown != nil {
			head = shown
		}
	}
	if head == nil {
		return errors.New("the database names a head that it does not hold: remove the directory")
	}
	return c.show(head)
}

// Pause keeps the chain from sealing by itself: transactions stay in the pool,
// nothing becomes final, and only Mine makes blocks, until Resume.
func (c *Chain) Pause() { c.setManual(true) }

// Resume ends what Pause or Options.Manual began.
func (c *Chain) Resume() { c.setManual(false) }

func (c *Chain) setManual(manual bool) {
	// Taken so that no block is under way once Pause has returned.
	c.sealing.Lock()
	c.mu.Lock()
	c.manual = manual
	c.mu.Unlock()
	c.sealing.Unlock()
	c.nudge()
}

// nudge makes the sealing goroutine look again at what is due.
func (c *Chain) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
