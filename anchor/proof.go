package anchor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

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

// ProofAttested is the proof type of an event whose block's header or receipts
// this release cannot rebuild, as on rollups that add fields to the one and
// types to the other, or whose receipt is too large for evidence: an RPC said
// so, and a verifier has to ask one too. It carries nothing but its type.
const ProofAttested = "eth-rpc-attested/1"

// maxProof is how many bytes an event with its proof may have as JSON. Evidence
// holds two such events, and a quarter is left for what else is in it. The
// journal takes more, so that a row with less is never refused.
const maxProof = verify.MaxEvidenceSize * 3 / 8

var _ [store.MaxProofBytes - maxProof]struct{} // does not compile if it takes less

// prove builds the proof of an anchor from its block's header and all its
// receipts (docs/formats/evidence.md, eth-receipt-mpt/1), and checks it as a
// verifier would. It returns the event as the proof has it as well: what the
// RPC said of the transaction, or of the size before, may have been wrong. An
// error wrapping errAbsent says that the block surely holds no such event.
func (a *Anchor) prove(ctx context.Context, e found) (verify.Event, found, error) {
	event, proven, err := a.c.Client.proveEvent(ctx, a.c.Ref, e)
	if !errors.Is(err, errHeader) {
		delete(a.oddLooks, e.Size)
		return event, proven, err
	}
	if a.oddLooks[e.Size]++; a.oddLooks[e.Size] < maxOddLooks {
		return event, proven, err
	}
	return attested(a.c.Ref, e), e, nil
}

// errHeader says that a block's header has no member that this release does
// not know, and still does not hash to the block's hash.
var errHeader = errors.New("the header does not hash to the block's hash")

// maxOddLooks is in how many looks in a row a header may be odd in that way
// until the chain and not the answer is taken for the reason: what is attested
// once is never proved any more.
const maxOddLooks = 10

// errAbsent says that a block, by receipts that hash to its header, does not
// hold an event.
var errAbsent = errors.New("the event is not in its block")

func (c *Client) proveEvent(ctx context.Context, ref checkpoint.LogRef, e found) (verify.Event, found, error) {
	header, err := c.header(ctx, e.Block.Hash)
	if err != nil {
		return verify.Event{}, e, err
	}
	if header == nil {
		return attested(ref, e), e, nil
	}
	receipts, err := c.blockReceipts(ctx, e.Block.Hash)
	if err != nil {
		return verify.Event{}, e, err
	}
	// The registry takes a size once, so the size alone tells the event,
	// whatever transaction the journal has for it.
	log := -1
	tx := slices.IndexFunc(receipts, func(r *types.Receipt) bool {
		log = slices.IndexFunc(r.Logs, func(l *types.Log) bool {
			if l == nil {
				return false
			}
			got, ok := readAnchored(ref, l)
			return ok && got.Size == e.Size
		})
		return log >= 0
	})
	nodes, err := receiptProof(receipts, max(tx, 0), header.ReceiptHash)
	if err != nil {
		if tx >= 0 && slices.ContainsFunc(receipts, foreign) {
			return attested(ref, e), e, nil
		}
		return verify.Event{}, e, c.nonsense("receipts of block %s: %s", e.Block.Hash, reason(err))
	}
	if tx < 0 {
		return verify.Event{}, e, fmt.Errorf("%w: size %d, block %s", errAbsent, e.Size, e.Block.Hash)
	}
	raw, err := rlp.EncodeToBytes(header)
	if err != nil {
		return verify.Event{}, e, fmt.Errorf("encode the header of block %s: %w", e.Block.Hash, err)
	}
	event, err := verify.NewEvent(ref.ChainID, ref.Registry, raw, nodes, uint64(tx), uint64(log))
	if err != nil {
		return verify.Event{}, e, fmt.Errorf("proof of the anchor of size %d: %w", e.Size, err)
	}
	// Nobody can repair a proof once the chain has forgotten the block, so it
	// is held against what it has to prove before it is kept.
	got, err := verify.CheckEvent(event, ref.Log)
	if err != nil {
		return verify.Event{}, e, fmt.Errorf("proof of the anchor of size %d: %w", e.Size, err)
	}
	if got.Tree() != e.Tree() || got.Block != e.Block {
		return verify.Event{}, e, c.nonsense("block %d at %d with %s anchors size %d with root %s; it told of block %d at %d and root %s", got.Block.Number, got.Block.Time, e.Block.Hash, got.Size, got.Root, e.Block.Number, e.Block.Time, e.Root)
	}
	e.PrevSize, e.tx = got.PrevSize, store.ChainHash(receipts[tx].TxHash)
	text, err := json.Marshal(event)
	if err != nil {
		return verify.Event{}, e, fmt.Errorf("proof of the anchor of size %d: %w", e.Size, err)
	}
	if len(text) > maxProof {
		// The receipt hashes to the block, so there is no smaller proof and
		// never will be. Whoever submits an operator's signature for
		// AnchorMany can log what he likes beside it.
		return attested(ref, e), e, nil
	}
	return event, e, nil
}

// foreign reports whether a receipt is of a type that this release cannot
// encode, such as the deposits of OP chains (0x7e): the receipts of its block
// then cannot be hashed.
func foreign(r *types.Receipt) bool {
	switch r.Type {
	case types.LegacyTxType, types.AccessListTxType, types.DynamicFeeTxType, types.BlobTxType, types.SetCodeTxType:
		return false
	}
	return true
}

// attested is an event without a proof.
func attested(ref checkpoint.LogRef, e found) verify.Event {
	return verify.Event{
		ChainID: ref.ChainID, Registry: ref.Registry, Block: e.Block,
		Proof: verify.EventProof{Type: ProofAttested, Other: []byte(`{"type":"` + ProofAttested + `"}`)},
	}
}

// header asks for a block's header. It is nil when it has members that this
// release does not know, and the known ones do not hash to the block's hash:
// it cannot be part of a proof then. Without such members that is an error
// wrapping errHeader, as of an answer that was spoiled on its way.
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
	var members map[string]json.RawMessage
	var named common.Hash
	if json.Unmarshal(raw, &h) != nil || json.Unmarshal(raw, &members) != nil || json.Unmarshal(members["hash"], &named) != nil || named != common.Hash(hash) {
		return nil, c.nonsense("the header of block %s is not whole", hash)
	}
	if h.Hash() == named {
		return &h, nil
	}
	for name := range members {
		if !blockMembers[name] {
			return nil, nil
		}
	}
	return nil, fmt.Errorf("%w: %s answers nonsense: block %s: %w", ErrNoAnswer, c.host, hash, errHeader)
}

// blockMembers are the names of a block's members that are part of its header
// as this release knows it, or of no header at all (Ethereum execution API).
var blockMembers = func() map[string]bool {
	known := map[string]bool{"hash": true, "size": true, "totalDifficulty": true, "transactions": true, "uncles": true, "withdrawals": true}
	for f := range reflect.TypeFor[types.Header]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		known[name] = true
	}
	return known
}()

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
