package anchor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/ethereum/go-ethereum/triedb"
)

// ProofAttested is the proof type of an event whose block's header this
// release cannot rebuild, as on rollups that add fields to it: an RPC said so,
// and a verifier has to ask one too. It carries nothing but its type.
const ProofAttested = "eth-rpc-attested/1"

// prove builds the proof of an anchor from its block's header and all its
// receipts (docs/formats/evidence.md, eth-receipt-mpt/1), and checks it as a
// verifier would.
func (a *Anchor) prove(ctx context.Context, e found) (verify.Event, error) {
	return a.c.Client.proveEvent(ctx, a.c.Ref, e)
}

func (c *Client) proveEvent(ctx context.Context, ref checkpoint.LogRef, e found) (verify.Event, error) {
	header, err := c.header(ctx, e.Block.Hash)
	if err != nil {
		return verify.Event{}, err
	}
	if header == nil {
		return verify.Event{
			ChainID: ref.ChainID, Registry: ref.Registry, Block: e.Block,
			Proof: verify.EventProof{Type: ProofAttested, Other: []byte(`{"type":"` + ProofAttested + `"}`)},
		}, nil
	}
	receipts, err := c.blockReceipts(ctx, e.Block.Hash)
	if err != nil {
		return verify.Event{}, err
	}
	tx := slices.IndexFunc(receipts, func(r *types.Receipt) bool { return store.ChainHash(r.TxHash) == e.tx })
	if tx < 0 {
		return verify.Event{}, c.nonsense("block %s does not hold transaction %s", e.Block.Hash, e.tx)
	}
	log := slices.IndexFunc(receipts[tx].Logs, func(l *types.Log) bool {
		if l == nil {
			return false
		}
		got, ok := readAnchored(ref, l)
		return ok && got.Size == e.Size
	})
	if log < 0 {
		return verify.Event{}, c.nonsense("transaction %s holds no anchor of size %d", e.tx, e.Size)
	}
	nodes, err := receiptProof(receipts, tx, header.ReceiptHash)
	if err != nil {
		return verify.Event{}, c.nonsense("receipts of block %s: %s", e.Block.Hash, reason(err))
	}
	raw, err := rlp.EncodeToBytes(header)
	if err != nil {
		return verify.Event{}, fmt.Errorf("encode the header of block %s: %w", e.Block.Hash, err)
	}
	event, err := verify.NewEvent(ref.ChainID, ref.Registry, raw, nodes, uint64(tx), uint64(log))
	if err != nil {
		return verify.Event{}, fmt.Errorf("proof of the anchor of size %d: %w", e.Size, err)
	}
	// Nobody can repair a proof once the chain has forgotten the block, so it
	// is held against what it has to prove before it is kept.
	got, err := verify.CheckEvent(event, ref.Log)
	if err != nil {
		return verify.Event{}, fmt.Errorf("proof of the anchor of size %d: %w", e.Size, err)
	}
	if got.Tree() != e.Tree() || got.PrevSize != e.PrevSize || got.Block != e.Block {
		return verify.Event{}, c.nonsense("the receipts of block %s anchor size %d after %d, its logs size %d after %d", e.Block.Hash, got.Size, got.PrevSize, e.Size, e.PrevSize)
	}
	return event, nil
}

// header asks for a block's header. It is nil when its known fields do not
// hash to the block's hash: then it has fields that this release does not know
// of, and cannot be part of a proof.
func (c *Client) header(ctx context.Context, hash verify.BlockHash) (*types.Header, error) {
	raw, err := ask(ctx, c, "header of block "+hash.String(), func(ctx context.Context) (json.RawMessage, error) {
		var raw json.RawMessage
		err := c.rpc.CallContext(ctx, &raw, "eth_getBlockByHash", common.Hash(hash), false)
		if err == nil && (len(raw) == 0 || bytes.Equal(raw, []byte("null"))) {
			err = errNoBlock
		}
		return raw, err
	})
	if err != nil {
		return nil, err
	}
	var h types.Header
	if json.Unmarshal(raw, &h) != nil || h.Hash() != common.Hash(hash) {
		return nil, nil
	}
	return &h, nil
}

// receiptProof returns the nodes of the receipts trie from its root to receipt
// number index, root first. The receipts must be all of the block and hash to
// root, since each of them shapes the trie.
func receiptProof(receipts types.Receipts, index int, root common.Hash) ([][]byte, error) {
	t := trie.NewEmpty(triedb.NewDatabase(rawdb.NewMemoryDatabase(), nil))
	var value bytes.Buffer
	for i := range receipts {
		value.Reset()
		receipts.EncodeIndex(i, &value)
		if err := t.Update(rlp.AppendUint64(nil, uint64(i)), bytes.Clone(value.Bytes())); err != nil {
			return nil, err
		}
	}
	if got := t.Hash(); got != root {
		return nil, fmt.Errorf("they hash to %s, the header has %s", got, root)
	}
	var nodes nodeList
	if err := t.Prove(rlp.AppendUint64(nil, uint64(index)), &nodes); err != nil {
		return nil, err
	}
	return nodes, nil
}

// nodeList takes the nodes of a proof in the order in which Prove writes them:
// from the root down.
type nodeList [][]byte

var _ ethdb.KeyValueWriter = (*nodeList)(nil)

func (n *nodeList) Put(_, value []byte) error {
	*n = append(*n, bytes.Clone(value))
	return nil
}

func (n *nodeList) Delete([]byte) error { return nil }
