package anchor

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
)

// registry packs and unpacks the calls of the contract.
var registry = contracts.NewAnchorRegistry()

// maxNumber keeps what comes from the chain whole in JSON numbers.
const maxNumber = 1<<53 - 1

// Names of blocks that the chain keeps (Ethereum execution API).
const (
	latestBlock    = "latest"
	finalizedBlock = "finalized"
)

// numbered names the canonical block of a number.
func numbered(n uint64) string { return hexutil.EncodeUint64(n) }

// blockInfo is a block as far as the pipeline needs it.
type blockInfo struct {
	verify.Block
	parent  verify.BlockHash
	baseFee *big.Int // nil on a chain without EIP-1559
}

// errNoBlock says that the chain has no block of that name.
var errNoBlock = errors.New("there is no such block")

// block asks for a block by name or number. That there is none gives an error
// wrapping errNoBlock as well as ErrNoAnswer.
func (c *Client) block(ctx context.Context, name string) (blockInfo, error) {
	type answer struct {
		Number     *hexutil.Uint64 `json:"number"`
		Hash       *common.Hash    `json:"hash"`
		ParentHash *common.Hash    `json:"parentHash"`
		Timestamp  *hexutil.Uint64 `json:"timestamp"`
		BaseFee    *hexutil.Big    `json:"baseFeePerGas"`
	}
	question := "block " + name
	a, err := ask(ctx, c, question, func(ctx context.Context) (*answer, error) {
		var a *answer
		err := c.rpc.CallContext(ctx, &a, "eth_getBlockByNumber", name, false)
		return a, err
	})
	switch {
	case err != nil:
		return blockInfo{}, err
	case a == nil:
		return blockInfo{}, &callError{text: fmt.Sprintf("%s at %s: %s", question, c.host, errNoBlock), cause: errNoBlock}
	case a.Number == nil || a.Hash == nil || a.ParentHash == nil || a.Timestamp == nil || *a.Hash == (common.Hash{}):
		return blockInfo{}, c.nonsense("%s lacks its number, hash, parent or time", question)
	case *a.Number > maxNumber || *a.Timestamp > maxNumber:
		return blockInfo{}, c.nonsense("%s has a number or time of 2^53 or more", question)
	}
	return blockInfo{
		Block:   verify.Block{Number: uint64(*a.Number), Hash: verify.BlockHash(*a.Hash), Time: uint64(*a.Timestamp)},
		parent:  verify.BlockHash(*a.ParentHash),
		baseFee: (*big.Int)(a.BaseFee),
	}, nil
}

// canonical asks for the canonical block of a number.
func (c *Client) canonical(ctx context.Context, number uint64) (blockInfo, error) {
	b, err := c.block(ctx, numbered(number))
	if err == nil && b.Number != number {
		return blockInfo{}, c.nonsense("asked for block %d it gives block %d", number, b.Number)
	}
	return b, err
}

// final asks for the highest final block below latest: the chain's finalized
// block, or the one that many confirmations below.
func (c *Client) final(ctx context.Context, latest verify.Block, confirmations uint64) (blockInfo, error) {
	if confirmations > 0 {
		return c.canonical(ctx, latest.Number-min(latest.Number, confirmations))
	}
	b, err := c.block(ctx, finalizedBlock)
	if err != nil {
		// Some chains have no finality and answer with an error, some have
		// not finalized yet and answer with nothing. Neither can be told from
		// an outage by the error, but an outage shows in other questions too.
		if _, alive := c.block(ctx, latestBlock); alive == nil {
			return blockInfo{}, fmt.Errorf("%w; if it never will, configure a number of confirmations: %w", ErrNoFinality, err)
		}
		return blockInfo{}, err
	}
	return b, nil
}

// ChainID asks for the chain's EIP-155 id.
func (c *Client) ChainID(ctx context.Context) (uint64, error) {
	id, err := ask(ctx, c, "chain id", c.eth.ChainID)
	if err != nil {
		return 0, err
	}
	if !id.IsUint64() || id.Sign() == 0 || id.Uint64() > maxNumber {
		return 0, c.nonsense("the chain id is not from 1 to 2^53-1")
	}
	return id.Uint64(), nil
}

// codeHash asks for keccak256 of the code at an address in the latest block.
func (c *Client) codeHash(ctx context.Context, a checkpoint.Address) (hash verify.BlockHash, empty bool, err error) {
	code, err := ask(ctx, c, "code of "+a.String(), func(ctx context.Context) ([]byte, error) {
		return c.eth.CodeAt(ctx, common.Address(a), nil)
	})
	if err != nil {
		return hash, false, err
	}
	return verify.BlockHash(crypto.Keccak256Hash(code)), len(code) == 0, nil
}

// CheckRegistry returns an error unless the client's chain is that of ref and
// the registry's address holds code of that hash. An error wraps ErrWrongChain,
// ErrNoRegistry or ErrOtherCode; or ErrNoAnswer, which says nothing.
func (c *Client) CheckRegistry(ctx context.Context, ref checkpoint.LogRef, code verify.BlockHash) error {
	id, err := c.ChainID(ctx)
	if err != nil {
		return err
	}
	if id != ref.ChainID {
		return fmt.Errorf("%w: %s is a node of chain %d, configured is chain %d; nothing is sent until the RPC's address or the chain id is put right", ErrWrongChain, c.host, id, ref.ChainID)
	}
	hash, empty, err := c.codeHash(ctx, ref.Registry)
	if err != nil {
		return err
	}
	if empty {
		return fmt.Errorf("%w: %s on chain %d, by %s; check the address, or deploy a registry", ErrNoRegistry, ref.Registry, id, c.host)
	}
	if hash != code {
		return fmt.Errorf("%w: %s on chain %d has code of hash %s, want %s; check the address", ErrOtherCode, ref.Registry, id, hash, code)
	}
	return nil
}

// head is what the registry holds of a log.
type head struct {
	tree     merkle.Tree // EmptyRoot at size 0
	time     uint64      // of the block that anchored it, Unix seconds
	operator checkpoint.Address
	owner    checkpoint.Address // zero: never opened
	closed   bool
}

func (h head) opened() bool { return !h.owner.IsZero() }

// call asks for the answer of a contract in the state of one block.
func call[T any](ctx context.Context, c *Client, question string, to checkpoint.Address, input []byte, at verify.BlockHash, unpack func([]byte) (T, error)) (T, error) {
	var zero T
	target := common.Address(to)
	out, err := ask(ctx, c, question, func(ctx context.Context) ([]byte, error) {
		return c.eth.CallContractAtHash(ctx, ethereum.CallMsg{To: &target, Data: input}, common.Hash(at))
	})
	if err != nil {
		return zero, err
	}
	v, err := unpack(out)
	if err != nil {
		// An answer of another shape comes from another contract, or from
		// an account without code, which answers nothing.
		return zero, c.nonsense("%s: %s", question, reason(err))
	}
	return v, nil
}

// logHead asks for the head of a log in the state of one block.
func (c *Client) logHead(ctx context.Context, ref checkpoint.LogRef, at verify.BlockHash) (head, error) {
	h, err := call(ctx, c, "head of the log", ref.Registry, registry.PackHead(ref.Log), at, registry.UnpackHead)
	if err != nil {
		return head{}, err
	}
	owner, err := call(ctx, c, "owner of the log", ref.Registry, registry.PackOwnerOf(ref.Log), at, registry.UnpackOwnerOf)
	if err != nil {
		return head{}, err
	}
	out := head{
		tree:     merkle.Tree{Size: h.Size, Root: merkle.Hash(h.Root)},
		time:     h.Time,
		operator: checkpoint.Address(h.Operator),
		owner:    checkpoint.Address(owner),
		closed:   h.Closed,
	}
	switch {
	case h.Size >= 1<<56 || h.Time > maxNumber:
		return head{}, c.nonsense("the log's size or time is out of range")
	case h.Size == 0:
		out.tree.Root = merkle.EmptyRoot // the registry holds zero
	}
	return out, nil
}

// nonce asks how many transactions an account had sent after one block.
func (c *Client) nonce(ctx context.Context, a checkpoint.Address, at verify.BlockHash) (uint64, error) {
	n, err := ask(ctx, c, "nonce of "+a.String(), func(ctx context.Context) (uint64, error) {
		return c.eth.NonceAtHash(ctx, common.Address(a), common.Hash(at))
	})
	if err == nil && n > maxNumber {
		return 0, c.nonsense("the nonce of %s is 2^53 or more", a)
	}
	return n, err
}

// balance asks for the wei that an account held after one block.
func (c *Client) balance(ctx context.Context, a checkpoint.Address, at verify.BlockHash) (*big.Int, error) {
	return ask(ctx, c, "balance of "+a.String(), func(ctx context.Context) (*big.Int, error) {
		return c.eth.BalanceAtHash(ctx, common.Address(a), common.Hash(at))
	})
}

// tip asks what tip gets a transaction mined now, on a base fee. Some RPCs do
// not know that question but what to pay in all, of which the base fee is not
// the proposer's: the rest is the tip then, and at least 1 wei, since the base
// fee may be of another block than the price.
func (c *Client) tip(ctx context.Context, baseFee *big.Int) (*big.Int, error) {
	// Whether the method is missing cannot be told from the error; asking the
	// other way succeeds if it is.
	t, err := c.wei(ctx, "suggested tip", c.eth.SuggestGasTipCap)
	if err == nil || ctx.Err() != nil {
		return t, err
	}
	price, perr := c.wei(ctx, "gas price", c.eth.SuggestGasPrice)
	if perr != nil {
		return nil, fmt.Errorf("%w; %w", err, perr)
	}
	return greater(price.Sub(price, baseFee), big.NewInt(1)), nil
}

// wei asks for what a unit of gas costs in some respect.
func (c *Client) wei(ctx context.Context, question string, do func(context.Context) (*big.Int, error)) (*big.Int, error) {
	x, err := ask(ctx, c, question, do)
	if err == nil && (x.Sign() < 0 || x.BitLen() > 64) {
		return nil, c.nonsense("a %s of %d bits", question, x.BitLen())
	}
	return x, err
}

// estimate asks how much gas a transaction would take in the latest block.
// That it would fail is an error like any other: what to think of it is read
// from the chain.
func (c *Client) estimate(ctx context.Context, from checkpoint.Address, to *common.Address, data []byte) (uint64, error) {
	return ask(ctx, c, "gas estimate", func(ctx context.Context) (uint64, error) {
		return c.eth.EstimateGas(ctx, ethereum.CallMsg{From: common.Address(from), To: to, Data: data})
	})
}

// send hands over a signed transaction. An error does not say that the chain
// has not taken it: that is read from the chain.
func (c *Client) send(ctx context.Context, raw []byte) error {
	_, err := ask(ctx, c, "send a transaction", func(ctx context.Context) (struct{}, error) {
		var hash common.Hash
		return struct{}{}, c.rpc.CallContext(ctx, &hash, "eth_sendRawTransaction", hexutil.Bytes(raw))
	})
	return err
}

// receipt asks for the receipt of a transaction. It is a hint (see
// ethereum.TransactionReader): nil means that this RPC knows of none now.
func (c *Client) receipt(ctx context.Context, tx common.Hash) (*types.Receipt, error) {
	return ask(ctx, c, "receipt of "+tx.Hex(), func(ctx context.Context) (*types.Receipt, error) {
		r, err := c.eth.TransactionReceipt(ctx, tx)
		if errors.Is(err, ethereum.NotFound) {
			return nil, nil
		}
		if err == nil && (r.TxHash != tx || r.BlockNumber == nil || !r.BlockNumber.IsUint64()) {
			return nil, errors.New("the receipt is of another transaction or of no block")
		}
		return r, err
	})
}

// anchoredLogs asks for the Anchored events of a log in a range of canonical
// blocks, of one size or, with size 0, of any.
func (c *Client) anchoredLogs(ctx context.Context, ref checkpoint.LogRef, size, from, to uint64) ([]types.Log, error) {
	q := ethereum.FilterQuery{
		FromBlock: new(big.Int).SetUint64(from),
		ToBlock:   new(big.Int).SetUint64(to),
		Addresses: []common.Address{common.Address(ref.Registry)},
		Topics:    [][]common.Hash{{verify.AnchoredTopic}, {common.Hash(ref.Log)}},
	}
	if size > 0 {
		q.Topics = append(q.Topics, []common.Hash{common.BigToHash(new(big.Int).SetUint64(size))})
	}
	return ask(ctx, c, fmt.Sprintf("anchors in blocks %d to %d", from, to), func(ctx context.Context) ([]types.Log, error) {
		return c.eth.FilterLogs(ctx, q)
	})
}

// readAnchored reads an Anchored event of the log from a log of the chain's.
// It returns false for any other.
func readAnchored(ref checkpoint.LogRef, l *types.Log) (verify.Anchored, bool) {
	if l.Address != common.Address(ref.Registry) || l.Removed || len(l.Topics) != 3 || l.Topics[0] != verify.AnchoredTopic || l.Topics[1] != common.Hash(ref.Log) {
		return verify.Anchored{}, false
	}
	e, err := registry.UnpackAnchoredEvent(l)
	if err != nil || e.PrevSize >= e.Size || e.Size >= 1<<56 {
		return verify.Anchored{}, false
	}
	return verify.Anchored{Log: ref.Log, Size: e.Size, Root: merkle.Hash(e.Root), PrevSize: e.PrevSize,
		Block: verify.Block{Number: l.BlockNumber, Hash: verify.BlockHash(l.BlockHash), Time: l.BlockTimestamp}}, true
}

// blockReceipts asks for all receipts of a block, in order. RPCs without
// eth_getBlockReceipts are asked for each, many in one request.
func (c *Client) blockReceipts(ctx context.Context, block verify.BlockHash) ([]*types.Receipt, error) {
	ctx = withLimit(ctx, receiptsLimit)
	hash := common.Hash(block)
	question := "receipts of block " + block.String()
	all, err := ask(ctx, c, question, func(ctx context.Context) ([]*types.Receipt, error) {
		return c.eth.BlockReceipts(ctx, rpc.BlockNumberOrHashWithHash(hash, false))
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		// Why it failed cannot be told from the error; asking the long way
		// succeeds if it was the method that is missing.
		if all, err = c.receiptsOneByOne(ctx, question, hash); err != nil {
			return nil, err
		}
	}
	for i, r := range all {
		if r == nil || r.BlockHash != hash || r.TransactionIndex != uint(i) {
			return nil, c.nonsense("%s: number %d is missing, of another block or out of order", question, i)
		}
	}
	return all, nil
}

// receiptsPerRequest is how many receipts go into one batch: RPCs refuse
// batches of more than some hundred, or cut them off.
const receiptsPerRequest = 50

// maxTransactions is how many transactions of one block are looked at. At
// 21,000 gas each it is a block of 630 million gas.
const maxTransactions = 30_000

func (c *Client) receiptsOneByOne(ctx context.Context, question string, block common.Hash) ([]*types.Receipt, error) {
	type answer struct {
		Transactions []common.Hash `json:"transactions"`
	}
	b, err := ask(ctx, c, question, func(ctx context.Context) (*answer, error) {
		var a *answer
		err := c.rpc.CallContext(ctx, &a, "eth_getBlockByHash", block, false)
		if err == nil && a == nil {
			err = errNoBlock
		}
		return a, err
	})
	if err != nil {
		return nil, err
	}
	if len(b.Transactions) > maxTransactions {
		return nil, c.nonsense("a block of %d transactions", len(b.Transactions))
	}
	all := make([]*types.Receipt, len(b.Transactions))
	for from := 0; from < len(all); from += receiptsPerRequest {
		part := b.Transactions[from:min(from+receiptsPerRequest, len(all))]
		batch := make([]rpc.BatchElem, len(part))
		for i, tx := range part {
			batch[i] = rpc.BatchElem{Method: "eth_getTransactionReceipt", Args: []any{tx}, Result: &all[from+i]}
		}
		_, err := ask(ctx, c, question, func(ctx context.Context) (struct{}, error) {
			if err := c.rpc.BatchCallContext(ctx, batch); err != nil {
				return struct{}{}, err
			}
			for _, e := range batch {
				if e.Error != nil {
					return struct{}{}, e.Error
				}
			}
			return struct{}{}, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
