package anchor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// Keys says which keys sign a log's checkpoints.
type Keys struct {
	Terms   checkpoint.Terms   // by final blocks: who signs, signs with the keys of the last
	Changes []verify.KeyChange // that Terms follow from, after the opening
	// Latest is Terms with what is mined and not final yet, which a
	// reorganisation may still undo.
	Latest checkpoint.Terms
}

// pending reports whether a change waits until it is final.
func (k *Keys) pending() bool { return len(k.Latest) > len(k.Terms) }

// keptKeys is a history in the store.
type keptKeys struct {
	Log     checkpoint.LogRef `json:"log"` // whose it is: a store may be opened for another
	Block   uint64            `json:"block"`
	Hash    verify.BlockHash  `json:"hash"`
	Actions []uint64          `json:"actions"`
	Changes []keptChange      `json:"changes"`
}

type keptChange struct {
	AtSize uint64        `json:"atSize"`
	Keys   hexutil.Bytes `json:"keys"`
	Block  verify.Block  `json:"block"`
}

// keepEvery is how many blocks may be searched again after a restart.
const keepEvery = 5000

// keptHistory reads the history that the store keeps; one that cannot be read
// counts for nothing, and is asked of the chain again.
func keptHistory(s *store.Store, ref checkpoint.LogRef) (history, verify.BlockHash, error) {
	text, err := s.KeyTerms()
	if errors.Is(err, store.ErrNotFound) {
		return history{}, verify.BlockHash{}, nil
	}
	if err != nil {
		return history{}, verify.BlockHash{}, err
	}
	var k keptKeys
	if err := json.Unmarshal(text, &k); err != nil || k.Log != ref {
		return history{}, verify.BlockHash{}, nil
	}
	h := history{Block: k.Block, Actions: k.Actions}
	for _, c := range k.Changes {
		h.Changes = append(h.Changes, verify.KeyChange{AtSize: c.AtSize, Keys: c.Keys, Block: c.Block})
	}
	return h, k.Hash, nil
}

// KeptTerms returns the terms of the log's checkpoint keys as the pipeline saw
// them last, without asking the chain.
func KeptTerms(s *store.Store, log checkpoint.Log, ref checkpoint.LogRef) (checkpoint.Terms, error) {
	h, _, err := keptHistory(s, ref)
	return termsOf(log, h.Changes), err
}

// learnKeys finds out which keys sign checkpoints. Not to know it keeps
// nothing else waiting; only the store's and the context's errors are
// returned.
func (a *Anchor) learnKeys(ctx context.Context, p picture) error {
	k, err := a.askKeys(ctx, p)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errStore):
		return err
	case err != nil:
		if a.Status().KeysDetail != err.Error() {
			a.log.WarnContext(ctx, "checkpoint keys not known", "error", err)
		}
		a.update(func(s *Status) { s.KeysDetail = err.Error() })
		return nil
	}
	if old := a.Status().Keys; old == nil || len(old.Latest) != len(k.Latest) || old.pending() != k.pending() {
		a.log.InfoContext(ctx, "checkpoint keys", "changes", len(k.Latest)-1, "final", len(k.Terms)-1, "keys", []string(k.Terms.Current()))
	}
	a.update(func(s *Status) { s.Keys, s.KeysDetail = k, "" })
	return nil
}

func (a *Anchor) askKeys(ctx context.Context, p picture) (*Keys, error) {
	if !a.checked {
		kept, hash, err := keptHistory(a.store, a.c.Ref)
		if err != nil {
			return nil, ofStore(err)
		}
		if kept.Block > p.latest.block.Number {
			return nil, fmt.Errorf("%w: %s is behind block %d, up to which the log's keys are known", ErrNoAnswer, a.c.Client.host, kept.Block)
		}
		if kept.Block > 0 {
			b, err := a.c.Client.canonical(ctx, kept.Block)
			if err != nil {
				return nil, err
			}
			if b.Hash == hash {
				a.learned, a.kept = kept, kept.Block
			}
		}
		a.checked = true
	}
	if p.latest.block.Number < a.learned.Block {
		return nil, fmt.Errorf("%w: %s is behind block %d, up to which the log's keys are known", ErrNoAnswer, a.c.Client.host, a.learned.Block)
	}
	all, whole, err := a.events.read(ctx, a.learned, p.latest.block, searchPerLook)
	if err != nil {
		return nil, err
	}
	if !whole {
		return nil, fmt.Errorf("%w: the chain is still searched for changes of the log's keys, from block %d down", ErrNoAnswer, a.events.next)
	}
	if n := len(all.Changes); p.noFinality && n > len(a.learned.Changes) {
		// What is known may be from before a change that was final long ago.
		return nil, fmt.Errorf("%w: the owner announced keys in block %d, and %s names no final block", ErrNoFinality, all.Changes[n-1].Block.Number, a.c.Client.host)
	}
	if final := p.final.block; !p.noFinality && final.Number > a.learned.Block {
		// Kept before anybody signs by it: at the next start a checkpoint has
		// to be known as the log's own without the chain.
		now := all.until(final.Number)
		if len(now.Actions) > len(a.learned.Actions) || now.Block >= a.kept+keepEvery {
			if err := a.keepKeys(ctx, now, final.Hash); err != nil {
				return nil, err
			}
		}
		a.learned = now
	}
	return &Keys{
		Terms: termsOf(a.c.Log, a.learned.Changes), Changes: a.learned.Changes, Latest: termsOf(a.c.Log, all.Changes),
	}, nil
}

func (a *Anchor) keepKeys(ctx context.Context, h history, hash verify.BlockHash) error {
	k := keptKeys{Log: a.c.Ref, Block: h.Block, Hash: hash, Actions: h.Actions, Changes: []keptChange{}}
	for _, c := range h.Changes {
		k.Changes = append(k.Changes, keptChange{c.AtSize, c.Keys, c.Block})
	}
	text, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("keep the log's keys: %w", err)
	}
	if err := a.store.PutKeyTerms(ctx, text); err != nil {
		return ofStore(err)
	}
	a.kept = h.Block
	return nil
}

// choose takes the key of the log's operator, if it is at hand, and else the
// configured one, with which nothing is sent then.
func (a *Anchor) choose(h head) {
	operator := h.operator
	if !h.opened() && a.c.Opening != nil {
		operator = a.c.Opening.Operator
	}
	a.keyErr = nil
	switch {
	case operator == a.key.Address():
		return
	case operator == a.c.Operator.Address(), operator.IsZero(), a.c.KeyFor == nil:
		a.key = a.c.Operator
		return
	}
	k, err := a.c.KeyFor(operator)
	if err == nil && k.Address() != operator {
		err = fmt.Errorf("the key given for %s is of %s", operator, k)
	}
	if err != nil {
		a.key, a.keyErr = a.c.Operator, err
		return
	}
	a.log.Info("operator changed", "operator", k.String(), "before", a.key.String())
	a.key = k
}

// signersOf returns who signed each attempt of the journal: what is signed
// tells. One that cannot be read is nobody's.
func (a *Anchor) signersOf(j journal) map[store.ChainHash]checkpoint.Address {
	signers := map[store.ChainHash]checkpoint.Address{}
	add := func(attempts []store.Attempt) {
		for _, t := range attempts {
			signer, ok := a.signers[t.Hash]
			if !ok {
				signer = signerOf(t.Raw)
			}
			signers[t.Hash] = signer
		}
	}
	for _, r := range j.open {
		add(r.Attempts)
	}
	add(j.opening)
	a.signers = signers
	return signers
}

func signerOf(raw []byte) checkpoint.Address {
	var tx types.Transaction
	if err := tx.UnmarshalBinary(raw); err != nil {
		return checkpoint.Address{}
	}
	from, err := types.Sender(types.LatestSignerForChainID(tx.ChainId()), &tx)
	if err != nil {
		return checkpoint.Address{}
	}
	return checkpoint.Address(from)
}
