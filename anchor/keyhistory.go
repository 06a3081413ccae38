package anchor

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// Each action of an owner takes the log's nonce one up and emits one of these
// events. So whoever has found as many of them as the nonce says has found all,
// whatever an RPC leaves out, and looks no further back.
var ownerTopics = []common.Hash{
	crypto.Keccak256Hash([]byte("OperatorChanged(bytes32,address,address)")),
	keysChangedTopic,
	crypto.Keccak256Hash([]byte("OwnerOffered(bytes32,address,address)")),
	crypto.Keccak256Hash([]byte("OwnerChanged(bytes32,address,address)")),
	crypto.Keccak256Hash([]byte("LogClosed(bytes32,uint64,bytes32)")),
}

var keysChangedTopic = crypto.Keccak256Hash([]byte("KeysChanged(bytes32,uint64,bytes)"))

// A history is what a log's owners did up to a block, as far as it concerns
// checkpoint keys.
type history struct {
	Block   uint64             // number; 0: nothing is known
	Actions []uint64           // the blocks of all actions up to it, in order
	Changes []verify.KeyChange // those of them that change keys
}

// maxActions bounds how many actions are looked for. Each costs its owner a
// transaction.
const maxActions = 10_000

// A historian looks for the actions that follow a history.
type historian struct {
	client *Client
	ref    checkpoint.LogRef

	// What is found so far, newest first, in blocks from next+1 on. It is
	// begun anew when the log's nonce is another.
	total uint64
	found []types.Log
	next  uint64 // block to go on from, downwards
	begun bool
}

// read returns the history up to block latest, and false when more windows
// have to be searched than it may in one call (0: as many as it takes).
func (h *historian) read(ctx context.Context, known history, latest verify.Block, windows int) (history, bool, error) {
	total, err := h.client.ownerNonce(ctx, h.ref, latest.Hash)
	if err != nil {
		return known, false, err
	}
	had := uint64(len(known.Actions))
	switch {
	case total < had:
		return known, false, h.client.nonsense("it counts %d actions of the log's owner in block %d, there were %d in block %d", total, latest.Number, had, known.Block)
	case total > maxActions:
		return known, false, h.client.nonsense("it counts %d actions of the log's owner", total)
	case total == had:
		h.begun = false
		known.Block = latest.Number
		return known, true, nil
	}
	if !h.begun || h.total != total {
		*h = historian{client: h.client, ref: h.ref, total: total, next: latest.Number, begun: true}
	}
	want := int(total - had)
	// In one piece, if the RPC allows it.
	if h.next == latest.Number && h.next > known.Block+searchWindow {
		if logs, err := h.client.ownerLogs(ctx, h.ref, known.Block+1, h.next); err == nil {
			h.found, h.next = logs, known.Block
		} else if ctx.Err() != nil {
			return known, false, ctx.Err()
		}
	}
	for n := 0; len(h.found) < want && h.next > known.Block; n++ {
		if windows > 0 && n == windows {
			return known, false, nil
		}
		from := max(known.Block+1, h.next-min(h.next, searchWindow-1))
		logs, err := h.client.ownerLogs(ctx, h.ref, from, h.next)
		if err != nil {
			return known, false, err
		}
		h.found, h.next = append(h.found, logs...), from-1
	}
	found := h.found
	h.begun = false
	if len(found) != want {
		return known, false, fmt.Errorf("%w: %s counts %d actions of the log's owner since block %d and shows %d: an RPC that keeps fewer events than blocks cannot tell which keys sign checkpoints", ErrNoAnswer, h.client.host, want, known.Block, len(found))
	}
	slices.SortFunc(found, func(a, b types.Log) int {
		return cmp.Or(cmp.Compare(a.BlockNumber, b.BlockNumber), cmp.Compare(a.Index, b.Index))
	})
	out := history{Block: latest.Number, Actions: slices.Clone(known.Actions), Changes: slices.Clone(known.Changes)}
	for i := range found {
		l := &found[i]
		out.Actions = append(out.Actions, l.BlockNumber)
		// The search may have lasted, and a reorg have put another action in
		// the place of one that was found.
		b, err := h.client.canonical(ctx, l.BlockNumber)
		if err != nil {
			return known, false, err
		}
		if common.Hash(b.Hash) != l.BlockHash {
			return known, false, h.client.nonsense("an action of the log's owner is in block %s of number %d, but the canonical one is %s", l.BlockHash, l.BlockNumber, b.Hash)
		}
		if l.Topics[0] != keysChangedTopic {
			continue
		}
		e, err := registry.UnpackKeysChangedEvent(l)
		if err != nil || e.AtSize >= 1<<56 {
			return known, false, h.client.nonsense("a change of keys in block %d cannot be read", l.BlockNumber)
		}
		out.Changes = append(out.Changes, verify.KeyChange{AtSize: e.AtSize, Keys: e.Keys, Block: b.Block})
	}
	return out, true, nil
}

// until is the part of a history up to a block.
func (h history) until(number uint64) history {
	a := slices.IndexFunc(h.Actions, func(n uint64) bool { return n > number })
	if a < 0 {
		a = len(h.Actions)
	}
	c := slices.IndexFunc(h.Changes, func(k verify.KeyChange) bool { return k.Block.Number > number })
	if c < 0 {
		c = len(h.Changes)
	}
	return history{Block: min(h.Block, number), Actions: h.Actions[:a:a], Changes: h.Changes[:c:c]}
}

// ownerLogs asks for the events of what a log's owners did in a range of
// canonical blocks.
func (c *Client) ownerLogs(ctx context.Context, ref checkpoint.LogRef, from, to uint64) ([]types.Log, error) {
	q := ethereum.FilterQuery{
		FromBlock: new(big.Int).SetUint64(from),
		ToBlock:   new(big.Int).SetUint64(to),
		Addresses: []common.Address{common.Address(ref.Registry)},
		Topics:    [][]common.Hash{ownerTopics, {common.Hash(ref.Log)}},
	}
	logs, err := ask(withLimit(ctx, ownerLogsLimit), c, fmt.Sprintf("owner's actions in blocks %d to %d", from, to), func(ctx context.Context) ([]types.Log, error) {
		return c.eth.FilterLogs(ctx, q)
	})
	if err != nil {
		return nil, err
	}
	for i := range logs {
		l := &logs[i]
		if l.Address != common.Address(ref.Registry) || l.Removed || len(l.Topics) < 2 || !slices.Contains(ownerTopics, l.Topics[0]) ||
			l.Topics[1] != common.Hash(ref.Log) || l.BlockNumber < from || l.BlockNumber > to {
			return nil, c.nonsense("an event that was not asked for among the owner's actions")
		}
	}
	return logs, nil
}

// ownerLogsLimit bounds the answer: some thousand events of key changes.
const ownerLogsLimit = 16 << 20

// termsOf are the terms of a log's checkpoint keys by the changes of a history.
func termsOf(log checkpoint.Log, changes []verify.KeyChange) checkpoint.Terms {
	t := checkpoint.Terms{{Keys: log.Keys}}
	for _, k := range changes {
		t = t.Announce(k.AtSize, k.Keys, log.Origin)
	}
	return t
}

// KeyTerms asks which keys sign a log's checkpoints from when on, as far as
// final, and which of that is mined and not final yet.
func (c *Client) KeyTerms(ctx context.Context, log checkpoint.Log, ref checkpoint.LogRef, confirmations uint64) (final, latest checkpoint.Terms, err error) {
	b, err := c.block(ctx, latestBlock)
	if err != nil {
		return nil, nil, err
	}
	f, err := c.final(ctx, b.Block, confirmations)
	if err != nil {
		return nil, nil, err
	}
	h := historian{client: c, ref: ref}
	all, _, err := h.read(ctx, history{}, b.Block, 0)
	if err != nil {
		return nil, nil, err
	}
	return termsOf(log, all.until(f.Number).Changes), termsOf(log, all.Changes), nil
}

// KeyChanges implements verify.Chain.
func (r *Reader) KeyChanges(ctx context.Context, log checkpoint.LogRef, at verify.Block) ([]verify.KeyChange, error) {
	latest, err := r.client.block(ctx, latestBlock)
	if err != nil {
		return nil, err
	}
	h := historian{client: r.client, ref: log}
	all, _, err := h.read(ctx, history{}, latest.Block, 0)
	if err != nil {
		return nil, err
	}
	return all.until(at.Number).Changes, nil
}
