package testnet

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
)

// ErrNoFaucet says that an RPC is not that of a chain of this package: the
// faucet's account, which every one of them funds, holds nothing there.
var ErrNoFaucet = errors.New("the chain has no faucet")

// Fund sends wei from the faucet to an address on the chain of this package
// that another process runs at that RPC, and returns the transaction once it
// is mined. Two calls at once may take the same nonce; one of them then fails.
func Fund(ctx context.Context, rpc string, to common.Address, wei *big.Int) (common.Hash, error) {
	client, err := ethclient.DialContext(ctx, rpc)
	if err != nil {
		return common.Hash{}, err
	}
	defer client.Close()
	chainID, err := client.ChainID(ctx)
	if err != nil {
		return common.Hash{}, err
	}
	from := faucet()
	balance, err := client.BalanceAt(ctx, from.Address, nil)
	if err != nil {
		return common.Hash{}, err
	}
	if balance.Cmp(wei) <= 0 {
		return common.Hash{}, fmt.Errorf("%w: chain %d is none that akashi-testnet runs", ErrNoFaucet, chainID)
	}
	nonce, err := client.PendingNonceAt(ctx, from.Address)
	if err != nil {
		return common.Hash{}, err
	}
	head, err := client.HeaderByNumber(ctx, nil)
	if err != nil {
		return common.Hash{}, err
	}
	tip := big.NewInt(1_000_000_000)
	tx, err := types.SignNewTx(from.Key, types.LatestSignerForChainID(chainID), &types.DynamicFeeTx{
		ChainID: chainID, Nonce: nonce, GasTipCap: tip,
		GasFeeCap: new(big.Int).Add(tip, new(big.Int).Mul(head.BaseFee, big.NewInt(2))),
		Gas:       100_000, // enough for a receiving contract as well
		To:        &to, Value: wei,
	})
	if err != nil {
		return common.Hash{}, err
	}
	if err := client.SendTransaction(ctx, tx); err != nil {
		return common.Hash{}, err
	}
	// Another process's chain can only be polled.
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		receipt, err := client.TransactionReceipt(ctx, tx.Hash())
		switch {
		case err == nil && receipt.Status == types.ReceiptStatusSuccessful:
			return tx.Hash(), nil
		case err == nil:
			return tx.Hash(), fmt.Errorf("transaction %s was reverted by %s", tx.Hash(), to)
		case !errors.Is(err, ethereum.NotFound):
			return tx.Hash(), err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return tx.Hash(), ctx.Err()
		}
	}
}
