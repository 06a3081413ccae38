package anchor_test

import (
	"fmt"
	"math/big"

	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/merkle"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// thiefAnchors has the holder of the first operator's key call anchor, past
// the node. The error is the registry's.
func (r *rig) thiefAnchors(size uint64, root merkle.Hash, proof []merkle.Hash) error {
	hashes := make([][32]byte, len(proof))
	for i, h := range proof {
		hashes[i] = h
	}
	to := common.Address(r.ref.Registry)
	_, err := r.chain.Client().CallContract(r.ctx, ethereum.CallMsg{
		From: r.account.Address, To: &to, Data: contracts.NewAnchorRegistry().PackAnchor(r.ref.Log, size, root, hashes),
	}, nil)
	return err
}

// drain sends all but dust of the first operator's coin away.
func (r *rig) drain(balance *big.Int) error {
	c := r.chain.Client()
	nonce, err := c.NonceAt(r.ctx, r.account.Address, nil)
	if err != nil {
		return err
	}
	fee := new(big.Int).Mul(big.NewInt(100*params.GWei), big.NewInt(21_000))
	to := common.Address{3}
	tx, err := types.SignNewTx(r.account.Key, types.LatestSignerForChainID(new(big.Int).SetUint64(r.chain.ChainID())), &types.DynamicFeeTx{
		Nonce: nonce, GasTipCap: big.NewInt(100 * params.GWei), GasFeeCap: big.NewInt(100 * params.GWei), Gas: 21_000, To: &to, Value: new(big.Int).Sub(balance, fee),
	})
	if err != nil {
		return err
	}
	if err := c.SendTransaction(r.ctx, tx); err != nil {
		return err
	}
	return r.chain.Mine(r.ctx, 1)
}

// leaves is a small public tree, of one partial tile.
type leaves []merkle.Hash

// ReadTile implements merkle.TileReader.
func (l leaves) ReadTile(t merkle.Tile) ([]merkle.Hash, error) {
	if t.Level != 0 || t.Index != 0 || t.Width > len(l) {
		return nil, fmt.Errorf("there is no %s", t)
	}
	return l[:t.Width], nil
}

// leaves reads the leaf hashes of the first size entries, which are public.
func (r *rig) leaves(size uint64) leaves {
	r.t.Helper()
	tile, err := r.store.ReadTile(merkle.Tile{Width: int(size)})
	r.must(err)
	return append(leaves(nil), tile...)
}

// thiefSends has the holder of the first operator's key anchor, and mines it.
func (r *rig) thiefSends(size uint64, root merkle.Hash, proof []merkle.Hash) error {
	c := r.chain.Client()
	hashes := make([][32]byte, len(proof))
	for i, h := range proof {
		hashes[i] = h
	}
	nonce, err := c.NonceAt(r.ctx, r.account.Address, nil)
	if err != nil {
		return err
	}
	to := common.Address(r.ref.Registry)
	tx, err := types.SignNewTx(r.account.Key, types.LatestSignerForChainID(new(big.Int).SetUint64(r.chain.ChainID())), &types.DynamicFeeTx{
		Nonce: nonce, GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(100 * params.GWei), Gas: 200_000, To: &to,
		Data: contracts.NewAnchorRegistry().PackAnchor(r.ref.Log, size, root, hashes),
	})
	if err != nil {
		return err
	}
	if err := c.SendTransaction(r.ctx, tx); err != nil {
		return err
	}
	if err := r.chain.Mine(r.ctx, 1); err != nil {
		return err
	}
	receipt, err := c.TransactionReceipt(r.ctx, tx.Hash())
	if err == nil && receipt.Status != types.ReceiptStatusSuccessful {
		err = fmt.Errorf("the registry refused size %d", size)
	}
	return err
}
