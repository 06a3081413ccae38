package anchor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// What an auditor asks besides what a verifier does: all events of a registry,
// the headers of their blocks, and the transactions that made them.

const (
	// eventsLimit bounds the events of one range of blocks: some 60,000.
	eventsLimit = 64 << 20

	// batchLimit bounds the answers to one request of many questions.
	batchLimit = 64 << 20

	// headersPerRequest and transactionsPerRequest: see receiptsPerRequest.
	// The headers come with the hashes of a block's transactions.
	headersPerRequest      = 100
	transactionsPerRequest = receiptsPerRequest
)

// Events asks for all events of a registry in a range of canonical blocks, or
// for those of one log. They come in the order of the chain, each once. That
// an RPC leaves some out cannot be seen here. A range can be too large for an
// RPC: nothing in the error tells that from other reasons, so ask for less.
func (c *Client) Events(ctx context.Context, registry checkpoint.Address, log *checkpoint.LogID, from, to uint64) ([]types.Log, error) {
	q := ethereum.FilterQuery{
		FromBlock: new(big.Int).SetUint64(from),
		ToBlock:   new(big.Int).SetUint64(to),
		Addresses: []common.Address{common.Address(registry)},
	}
	if log != nil {
		q.Topics = [][]common.Hash{nil, {common.Hash(*log)}}
	}
	question := fmt.Sprintf("events in blocks %d to %d", from, to)
	logs, err := ask(withLimit(ctx, eventsLimit), c, question, func(ctx context.Context) ([]types.Log, error) {
		return c.eth.FilterLogs(ctx, q)
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(logs, func(a, b types.Log) int {
		return cmp.Or(cmp.Compare(a.BlockNumber, b.BlockNumber), cmp.Compare(a.Index, b.Index))
	})
	for i := range logs {
		l := &logs[i]
		switch {
		case l.Address != common.Address(registry), l.Removed, len(l.Topics) < 2, log != nil && l.Topics[1] != common.Hash(*log), l.BlockNumber < from, l.BlockNumber > to:
			return nil, c.nonsense("%s: one that was not asked for", question)
		case i > 0 && l.BlockNumber == logs[i-1].BlockNumber && l.BlockHash != logs[i-1].BlockHash:
			return nil, c.nonsense("%s: block %d has two hashes", question, l.BlockNumber)
		case i > 0 && l.BlockNumber == logs[i-1].BlockNumber && l.Index == logs[i-1].Index:
			return nil, c.nonsense("%s: block %d has two events of number %d", question, l.BlockNumber, l.Index)
		}
	}
	return logs, nil
}

// Blocks asks for the canonical blocks of many numbers, in that order.
func (c *Client) Blocks(ctx context.Context, numbers []uint64) ([]verify.Block, error) {
	type header struct {
		Number    *hexutil.Uint64 `json:"number"`
		Hash      *common.Hash    `json:"hash"`
		Timestamp *hexutil.Uint64 `json:"timestamp"`
	}
	out := make([]verify.Block, 0, len(numbers))
	for part := range slices.Chunk(numbers, headersPerRequest) {
		answers := make([]*header, len(part))
		batch := make([]rpc.BatchElem, len(part))
		for i, n := range part {
			batch[i] = rpc.BatchElem{Method: "eth_getBlockByNumber", Args: []any{numbered(n), false}, Result: &answers[i]}
		}
		whole, err := c.many(ctx, fmt.Sprintf("%d blocks", len(part)), batch)
		if err != nil {
			return nil, err
		}
		for i, n := range part {
			h := answers[i]
			if !whole || h == nil || h.Number == nil || h.Hash == nil || h.Timestamp == nil {
				// Some RPCs take no batches, or fail some of it.
				b, err := c.canonical(ctx, n)
				if err != nil {
					return nil, err
				}
				out = append(out, b.Block)
				continue
			}
			if uint64(*h.Number) != n || *h.Timestamp > maxNumber || *h.Hash == (common.Hash{}) {
				return nil, c.nonsense("asked for block %d it gives another one", n)
			}
			out = append(out, verify.Block{Number: n, Hash: verify.BlockHash(*h.Hash), Time: uint64(*h.Timestamp)})
		}
	}
	return out, nil
}

// many puts many questions in one request. It returns false when the RPC did
// not take them so; single ones may be unanswered at any time. An error says
// that nobody waits for the answer.
func (c *Client) many(ctx context.Context, question string, batch []rpc.BatchElem) (bool, error) {
	_, err := ask(withLimit(ctx, batchLimit), c, question, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, c.rpc.BatchCallContext(ctx, batch)
	})
	return err == nil, ctx.Err()
}

// A Transaction is what an auditor wants to know of one. All of it is proved
// by the transaction's hash.
type Transaction struct {
	From  checkpoint.Address
	To    checkpoint.Address // zero: it made a contract
	Input []byte             // calldata
}

// Transactions asks for the transactions of those hashes, in that order. Nil
// stands for one that the RPC does not give, or of a kind that only its own
// chain knows.
func (c *Client) Transactions(ctx context.Context, hashes []verify.BlockHash) ([]*Transaction, error) {
	out := make([]*Transaction, 0, len(hashes))
	for part := range slices.Chunk(hashes, transactionsPerRequest) {
		answers := make([]*types.Transaction, len(part))
		batch := make([]rpc.BatchElem, len(part))
		for i, h := range part {
			batch[i] = rpc.BatchElem{Method: "eth_getTransactionByHash", Args: []any{h}, Result: &answers[i]}
		}
		whole, err := c.many(ctx, fmt.Sprintf("%d transactions", len(part)), batch)
		if err != nil {
			return nil, err
		}
		for i, h := range part {
			if !whole || batch[i].Error != nil {
				answers[i], err = ask(withLimit(ctx, batchLimit), c, "transaction "+h.String(), func(ctx context.Context) (*types.Transaction, error) {
					var tx *types.Transaction
					return tx, c.rpc.CallContext(ctx, &tx, "eth_getTransactionByHash", h)
				})
				if ctx.Err() != nil {
					return nil, err
				}
				if err != nil {
					answers[i] = nil
				}
			}
			out = append(out, readTransaction(answers[i], h))
		}
	}
	return out, nil
}

// readTransaction believes a transaction as far as its own hash and signature
// vouch for it.
func readTransaction(tx *types.Transaction, hash verify.BlockHash) *Transaction {
	if tx == nil || tx.Hash() != common.Hash(hash) {
		return nil
	}
	from, err := types.Sender(types.LatestSignerForChainID(tx.ChainId()), tx)
	if err != nil {
		return nil
	}
	out := &Transaction{From: checkpoint.Address(from), Input: tx.Data()}
	if to := tx.To(); to != nil {
		out.To = checkpoint.Address(*to)
	}
	return out
}

// A LogState is what the registry held of a log after one block.
type LogState struct {
	Tree     merkle.Tree // EmptyRoot at size 0
	Operator checkpoint.Address
	Owner    checkpoint.Address // zero: not opened
	Closed   bool
	Actions  uint64 // how many actions of its owners there were
}

// LogState asks what the registry held of a log after a block. Most RPCs keep
// the states of the last hundred blocks or so only.
func (c *Client) LogState(ctx context.Context, ref checkpoint.LogRef, at verify.Block) (LogState, error) {
	h, err := c.logHead(ctx, ref, at.Hash)
	if err != nil {
		return LogState{}, err
	}
	n, err := c.ownerNonce(ctx, ref, at.Hash)
	if err != nil {
		return LogState{}, err
	}
	return LogState{Tree: h.tree, Operator: h.operator, Owner: h.owner, Closed: h.closed, Actions: n}, nil
}

// Code asks for the code at an address in the latest block.
func (c *Client) Code(ctx context.Context, a checkpoint.Address) ([]byte, error) {
	return ask(ctx, c, "code of "+a.String(), func(ctx context.Context) ([]byte, error) {
		return c.eth.CodeAt(ctx, common.Address(a), nil)
	})
}

// Alive reports whether the RPC answers the simplest question there is.
func (c *Client) Alive(ctx context.Context) bool {
	_, err := c.block(ctx, latestBlock)
	return err == nil || errors.Is(err, errNoBlock)
}
