package testnet

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Changed returns a channel that is closed when the head or the finalized block
// moves next, or the chain stops.
func (c *Chain) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		closed := make(chan struct{})
		close(closed)
		return closed
	}
	return c.changed
}

// Await calls done, now and each time the chain changes, until it returns true
// or an error, ctx ends or the chain stops. What done asks of the chain is
// asked again after a change that came while it was asking.
func (c *Chain) Await(ctx context.Context, done func(context.Context) (bool, error)) error {
	for {
		changed := c.Changed() // before the question, so that no change falls between
		if ok, err := done(ctx); ok || err != nil {
			return err
		}
		c.mu.Lock()
		stopped := c.stopped
		c.mu.Unlock()
		if stopped {
			return ErrStopped
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// WaitMined returns the receipt of a transaction once it is in a block, final
// or not.
func (c *Chain) WaitMined(ctx context.Context, tx common.Hash) (*types.Receipt, error) {
	var receipt *types.Receipt
	err := c.Await(ctx, func(ctx context.Context) (bool, error) {
		r, err := c.client.TransactionReceipt(ctx, tx)
		if errors.Is(err, ethereum.NotFound) {
			return false, nil
		}
		receipt = r
		return err == nil, err
	})
	if err != nil {
		return nil, fmt.Errorf("testnet: wait until %s is mined: %w", tx, err)
	}
	return receipt, nil
}

// WaitFinal returns when the block of that number is finalized.
func (c *Chain) WaitFinal(ctx context.Context, number uint64) error {
	err := c.Await(ctx, func(context.Context) (bool, error) { return c.finalized() >= number, nil })
	if err != nil {
		return fmt.Errorf("testnet: wait until block %d is final: %w", number, err)
	}
	return nil
}

// Head returns the number of the newest block and of the finalized one.
func (c *Chain) Head() (latest, finalized uint64) {
	finalized = c.finalized() // first: it only grows, and never above the head
	return c.eth.BlockChain().CurrentBlock().Number.Uint64(), finalized
}

// Fund sends wei to an address, from an account that is none of Accounts, and
// returns once that is mined.
func (c *Chain) Fund(ctx context.Context, to common.Address, wei *big.Int) error {
	tx, err := c.send(ctx, faucet(), &to, wei, nil)
	if err != nil {
		return fmt.Errorf("testnet: fund %s: %w", to, err)
	}
	_, err = c.WaitMined(ctx, tx)
	return err
}

// Transact signs and sends a transaction and returns its receipt once it is
// mined; to is nil for a contract's creation, wei nil for none. The nonce is
// the next one that the pool knows, so that calls for one account may overlap.
// A transaction that reverts is mined too: the receipt's Status tells.
func (c *Chain) Transact(ctx context.Context, from Account, to *common.Address, wei *big.Int, data []byte) (*types.Receipt, error) {
	tx, err := c.send(ctx, from, to, wei, data)
	if err != nil {
		return nil, fmt.Errorf("testnet: transact: %w", err)
	}
	return c.WaitMined(ctx, tx)
}

// send signs a transaction, hands it to the pool and returns its hash. No block
// and no reorg happens meanwhile: amid a reorg the pool tells a nonce that one
// of the transactions it is about to take back already has.
func (c *Chain) send(ctx context.Context, from Account, to *common.Address, wei *big.Int, data []byte) (common.Hash, error) {
	c.sealing.Lock()
	defer c.sealing.Unlock()
	if err := c.eth.TxPool().Sync(); err != nil {
		return common.Hash{}, fmt.Errorf("sync the pool: %w", err)
	}
	nonce, err := c.client.PendingNonceAt(ctx, from.Address)
	if err != nil {
		return common.Hash{}, err
	}
	head, err := c.client.HeaderByNumber(ctx, nil)
	if err != nil {
		return common.Hash{}, err
	}
	if wei == nil {
		wei = new(big.Int)
	}
	gas, err := c.client.EstimateGas(ctx, ethereum.CallMsg{From: from.Address, To: to, Value: wei, Data: data})
	if err != nil {
		return common.Hash{}, err
	}
	tip := big.NewInt(1_000_000_000)
	tx, err := types.SignNewTx(from.Key, types.LatestSignerForChainID(new(big.Int).SetUint64(c.ChainID())), &types.DynamicFeeTx{
		ChainID:   new(big.Int).SetUint64(c.ChainID()),
		Nonce:     nonce,
		GasTipCap: tip,
		GasFeeCap: new(big.Int).Add(tip, new(big.Int).Mul(head.BaseFee, big.NewInt(2))),
		Gas:       gas,
		To:        to,
		Value:     wei,
		Data:      data,
	})
	if err != nil {
		return common.Hash{}, err
	}
	return tx.Hash(), c.client.SendTransaction(ctx, tx)
}
