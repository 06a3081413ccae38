package biglog

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/testnet"
)

// anchorGas is the limit of one anchor's transaction. The worst costs 52,000
// in a log of a million (contracts/gas.json).
const anchorGas = 60_000

// maxPerBlock is as many anchors as a block of 60 million gas takes.
const maxPerBlock = 1000

// anchor makes the log's entries and anchors them.
func (l *Log) anchor(ctx context.Context, chain *testnet.Chain, opts *Options, tiles *folder) error {
	registry, err := chain.Registry(ctx)
	if err != nil {
		return err
	}
	binding := contracts.NewAnchorRegistry()
	opened, err := chain.Transact(ctx, l.Owner, &registry, nil, binding.PackOpenLog(l.Operator.Address, l.Origin, l.Keys.Bytes()))
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	if opened.Status != types.ReceiptStatusSuccessful {
		return fmt.Errorf("open the log: transaction %s was reverted; is there a log of this origin?", opened.TxHash)
	}
	l.Ref = checkpoint.LogRef{ChainID: chain.ChainID(), Registry: checkpoint.Address(registry), Log: l.ID()}
	l.Opened = opened.BlockNumber.Uint64()

	entries, err := newPlan(opts)
	if err != nil {
		return err
	}
	builder, err := merkle.NewTileBuilder(nil, 0)
	if err != nil {
		return err
	}
	prover := merkle.NewProver(tiles, 256)
	chain.Pause()
	defer chain.Resume()
	sender := sender{chain: chain, to: registry}
	for k := range opts.Anchors {
		old := builder.Tree()
		var leaves []merkle.Hash
		for i := old.Size; i < opts.size(k); i++ {
			entry, err := entries.next(i+1 == opts.size(k))
			if err != nil {
				return err
			}
			if err := tiles.add(entry); err != nil {
				return err
			}
			leaves = append(leaves, merkle.LeafHash(entry))
		}
		grown, changed, err := builder.Grow(leaves)
		if err != nil {
			return err
		}
		builder = grown
		if err := tiles.put(changed); err != nil {
			return err
		}
		l.Tree = builder.Tree()
		proof, err := prover.Consistency(old, l.Tree)
		if err != nil {
			return err
		}
		if err := sender.send(ctx, l.Operator, binding.PackAnchor(l.Ref.Log, l.Tree.Size, l.Tree.Root, words(proof.Hashes))); err != nil {
			return fmt.Errorf("anchor %d entries: %w", l.Tree.Size, err)
		}
		if (k+1)%opts.PerBlock != 0 && k+1 != opts.Anchors {
			continue
		}
		if err := sender.mine(ctx); err != nil {
			return err
		}
		if opts.Mined == nil {
			continue
		}
		chain.Resume()
		err = opts.Mined(ctx, l, k+1)
		chain.Pause()
		if err != nil {
			return err
		}
		sender.from = common.Address{} // it may have sent something, too
	}
	chain.Resume()
	return l.collect(ctx, chain, opts.Anchors)
}

// collect makes the last anchor final and reads all of them back.
func (l *Log) collect(ctx context.Context, chain *testnet.Chain, want int) error {
	head, final := chain.Head()
	for final < head {
		// Blocks without transactions are not made in a hurry but by asking.
		if err := chain.Mine(ctx, 1); err != nil {
			return err
		}
		_, final = chain.Head()
	}
	binding := contracts.NewAnchorRegistry()
	logs, err := chain.Client().FilterLogs(ctx, ethereum.FilterQuery{
		FromBlock: new(big.Int).SetUint64(l.Opened), ToBlock: new(big.Int).SetUint64(head),
		Addresses: []common.Address{common.Address(l.Ref.Registry)},
		Topics:    [][]common.Hash{{contracts.ABI().Events[contracts.AnchorRegistryAnchoredEventName].ID}, {common.Hash(l.Ref.Log)}},
	})
	if err != nil {
		return err
	}
	for _, found := range logs {
		event, err := binding.UnpackAnchoredEvent(&found)
		if err != nil {
			return err
		}
		l.Anchors = append(l.Anchors, Anchor{
			Tree: merkle.Tree{Size: event.Size, Root: event.Root}, Block: found.BlockNumber, Time: found.BlockTimestamp, TxHash: found.TxHash,
		})
	}
	if len(l.Anchors) != want || l.Anchors[want-1].Tree != l.Tree {
		return fmt.Errorf("the chain holds %d of %d anchors; a transaction was reverted or left out", len(l.Anchors), want)
	}
	return nil
}

// words are hashes as the contract's bindings take them.
func words(hashes []merkle.Hash) [][32]byte {
	all := make([][32]byte, len(hashes))
	for i, h := range hashes {
		all[i] = h
	}
	return all
}

// A sender fills the pool of a chain that does not seal meanwhile, counting
// nonces itself.
type sender struct {
	chain *testnet.Chain
	to    common.Address
	from  common.Address // whose nonce is next
	nonce uint64
}

func (s *sender) send(ctx context.Context, from testnet.Account, data []byte) error {
	client := s.chain.Client()
	if s.from != from.Address {
		nonce, err := client.NonceAt(ctx, from.Address, nil)
		if err != nil {
			return err
		}
		s.from, s.nonce = from.Address, nonce
	}
	id := new(big.Int).SetUint64(s.chain.ChainID())
	tx, err := types.SignNewTx(from.Key, types.LatestSignerForChainID(id), &types.DynamicFeeTx{
		ChainID: id, Nonce: s.nonce, To: &s.to, Data: data, Gas: anchorGas,
		// Full blocks raise the base fee by an eighth each: this is enough for
		// 78 of them. More than a coin in all the RPC would not take.
		GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(10_000 * params.GWei),
	})
	if err != nil {
		return err
	}
	s.nonce++
	if err := client.SendTransaction(ctx, tx); err != nil {
		return errors.Join(fmt.Errorf("transaction %d of %s", tx.Nonce(), from.Address), err)
	}
	return nil
}

// mine seals what was sent, as a rule in one block. The pool takes what it is
// given in at once and gets it ready for a block in its own time, so that is
// waited for.
func (s *sender) mine(ctx context.Context) error {
	client := s.chain.Client()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		ready, err := client.PendingNonceAt(ctx, s.from)
		if err != nil {
			return err
		}
		if ready == s.nonce {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for transaction %d of %s: %w", s.nonce-1, s.from, ctx.Err())
		}
	}
	for range 10 { // a block may be full
		if err := s.chain.Mine(ctx, 1); err != nil {
			return err
		}
		mined, err := client.NonceAt(ctx, s.from, nil)
		if err != nil || mined == s.nonce {
			return err
		}
	}
	return fmt.Errorf("transaction %d of %s is not mined", s.nonce-1, s.from)
}
