package anchor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// apply carries a plan out, step by step, each one journaled before the next.
// It returns what to say, and true when the journal changed in a way that the
// same picture should be judged by again.
func (a *Anchor) apply(ctx context.Context, p picture, j journal, pl plan) (verdict, bool, error) {
	slices.SortFunc(pl.adopt, func(x, y found) int { return int(x.Size) - int(y.Size) })
	for _, e := range pl.adopt {
		if err := a.adopt(ctx, e); err != nil {
			return pl.verdict, false, err
		}
	}
	for _, size := range pl.orphaned {
		if err := a.orphan(ctx, size); err != nil {
			return pl.verdict, false, err
		}
	}
	for _, e := range pl.mined {
		if err := a.mine(ctx, e); err != nil {
			return pl.verdict, false, err
		}
	}
	for _, e := range pl.final {
		whole, err := a.finalize(ctx, p, e, pl.overtaken)
		if err != nil {
			return pl.verdict, false, err
		}
		if !whole {
			break // what follows is judged again, without it
		}
	}
	if len(pl.adopt)+len(pl.orphaned)+len(pl.mined)+len(pl.final) > 0 {
		return pl.verdict, true, nil
	}
	switch {
	case pl.freeze:
		if err := a.freeze(ctx); errors.Is(err, store.ErrEmpty) {
			return pl.verdict, false, nil
		} else if err != nil {
			return pl.verdict, false, err
		}
		return pl.verdict, true, nil
	case pl.sign != nil:
		signed, v, err := a.sign(ctx, p, j, *pl.sign, pl.verdict)
		if err != nil || signed {
			return v, false, err
		}
		pl.verdict = v
	}
	for _, s := range pl.send {
		if err := a.resend(ctx, p, s); err != nil {
			return pl.verdict, false, err
		}
	}
	return pl.verdict, false, nil
}

// change rewrites one row of the journal.
func (a *Anchor) change(ctx context.Context, size uint64, f func(*store.Anchor)) (store.Anchor, error) {
	r, err := a.store.Anchor(size)
	if err != nil {
		return r, ofStore(err)
	}
	f(&r)
	return r, ofStore(a.store.PutAnchor(ctx, r))
}

// adopt journals an anchor that is on the chain without a row here: the disk
// is a copy from before it was sent.
func (a *Anchor) adopt(ctx context.Context, e found) error {
	r := store.Anchor{Size: e.Size, Root: e.Root, PrevSize: e.PrevSize, State: store.Mined, TxHash: &e.tx, Block: chainBlock(e.Block)}
	if err := a.store.PutAnchor(ctx, r); err != nil {
		return ofStore(err)
	}
	a.log.WarnContext(ctx, "anchor found on the chain", "size", e.Size, "block", e.Block.Number, "tx", e.tx.String())
	return nil
}

// orphan takes a row back to the start: its event is gone.
func (a *Anchor) orphan(ctx context.Context, size uint64) error {
	r, err := a.change(ctx, size, func(r *store.Anchor) { r.State, r.Block, r.TxHash = store.Orphaned, nil, nil })
	if err != nil {
		return err
	}
	a.log.WarnContext(ctx, "anchor orphaned", "size", size, "attempts", len(r.Attempts))
	a.c.Observer.Orphaned()
	if err := a.trap("orphaned"); err != nil {
		return err
	}
	_, err = a.change(ctx, size, func(r *store.Anchor) { r.State = store.Intended })
	return err
}

// mine journals the block that a row's event is in.
func (a *Anchor) mine(ctx context.Context, e found) error {
	_, err := a.change(ctx, e.Size, func(r *store.Anchor) {
		r.State, r.PrevSize, r.TxHash, r.Block, r.Note = store.Mined, e.PrevSize, &e.tx, chainBlock(e.Block), ""
	})
	if err != nil {
		return err
	}
	a.log.InfoContext(ctx, "anchor mined", "size", e.Size, "prev_size", e.PrevSize, "block", e.Block.Number, "tx", e.tx.String())
	a.c.Observer.Mined()
	return a.trap("mined")
}

// finalize proves a final anchor and journals the proof. Rows that it passed
// are marked first: the journal counts as open only what is above its last
// final row.
//
// It returns false when it corrected journal and picture instead: the RPC had
// told of another transaction or block than the one with the event; or the
// proof cannot be built now. The row then stays mined and says why, and what
// else is to do goes on: nothing but this proof hangs on it.
func (a *Anchor) finalize(ctx context.Context, p picture, e found, overtaken []passed) (bool, error) {
	event, proven, err := a.prove(ctx, e)
	switch {
	case errors.Is(err, errAbsent):
		a.log.WarnContext(ctx, "anchor is not in the block that the RPC told of", "size", e.Size, "block", e.Block.Number, "block_hash", e.Block.Hash.String())
		delete(p.events, e.Size)
		return false, a.orphan(ctx, e.Size)
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil:
		return false, a.unproven(ctx, p, e.Size, err)
	case proven != e:
		p.events[e.Size] = proven
		return false, a.mine(ctx, proven)
	}
	proof, err := json.Marshal(event)
	if err != nil {
		return false, fmt.Errorf("proof of the anchor of size %d: %w", e.Size, err)
	}
	if err := a.trap("proved"); err != nil {
		return false, err
	}
	for _, o := range overtaken {
		if o.by != e.Size {
			continue
		}
		_, err := a.change(ctx, o.size, func(r *store.Anchor) {
			r.State, r.Note = store.Orphaned, fmt.Sprintf("overtaken by the anchor of size %d", o.by)
		})
		if err != nil {
			return false, err
		}
		a.log.InfoContext(ctx, "anchor overtaken", "size", o.size, "by", o.by)
	}
	var sent []store.Attempt
	_, err = a.change(ctx, e.Size, func(r *store.Anchor) {
		r.State, r.PrevSize, r.TxHash, r.Block, r.Proof, r.Note = store.Final, e.PrevSize, &e.tx, chainBlock(e.Block), proof, ""
		sent = r.Attempts
	})
	if err != nil {
		return false, err
	}
	for _, s := range sent {
		delete(a.sentIn, s.Hash)
	}
	a.log.InfoContext(ctx, "anchor final", "size", e.Size, "prev_size", e.PrevSize, "block", e.Block.Number, "proof_type", event.Proof.Type, "proof_bytes", len(proof))
	a.c.Observer.Finished(a.finished(ctx, e, sent))
	return true, a.trap("final")
}

// unproven notes why a row that could be final has no proof.
func (a *Anchor) unproven(ctx context.Context, p picture, size uint64, why error) error {
	p.unproven[size] = why
	note := strings.ToValidUTF8("no proof yet: "+why.Error(), "?")
	note = strings.ToValidUTF8(note[:min(len(note), 1000)], "")
	r, err := a.store.Anchor(size)
	if err != nil || r.Note == note {
		return ofStore(err)
	}
	a.log.WarnContext(ctx, "anchor not proved", "size", size, "error", why)
	_, err = a.change(ctx, size, func(r *store.Anchor) { r.Note = note })
	return err
}

func chainBlock(b verify.Block) *store.ChainBlock {
	return &store.ChainBlock{Number: b.Number, Hash: store.ChainHash(b.Hash), Time: b.Time}
}

// freeze closes the batch and journals its head as intended.
func (a *Anchor) freeze(ctx context.Context) error {
	a.mu.Lock()
	requested := a.requested
	a.requested = false // one that comes from here on asks for the next
	a.mu.Unlock()
	err := a.intend(ctx)
	if err != nil && requested {
		a.mu.Lock()
		a.requested = true
		a.mu.Unlock()
	}
	return err
}

func (a *Anchor) intend(ctx context.Context) error {
	f, err := a.store.Freeze(ctx)
	if err != nil {
		return ofStore(err)
	}
	// A crash here leaves a frozen head without a row. The next Freeze
	// returns it again, or a larger one that covers it.
	if err := a.trap("frozen"); err != nil {
		return err
	}
	j, err := a.load()
	if err != nil {
		return err
	}
	if j.has(f.Tree.Size) {
		return nil
	}
	if err := a.store.PutAnchor(ctx, store.Anchor{Size: f.Tree.Size, Root: f.Tree.Root, PrevSize: j.newest(), State: store.Intended}); err != nil {
		return ofStore(err)
	}
	a.log.InfoContext(ctx, "anchor intended", "size", f.Tree.Size, "prev_size", j.newest())
	return a.trap("intended")
}

// sign makes one attempt, journals it and sends it. It returns false, and
// what to say, when there is nothing to sign now: what was sent before is then
// sent again.
func (a *Anchor) sign(ctx context.Context, p picture, j journal, s slot, v verdict) (bool, verdict, error) {
	if p.tip == nil {
		return false, say(Waiting, p.noTip, "what tip the next transaction has to offer is not known: %v", p.noTip), nil
	}
	f, err := p.offer(a.c.Fees)
	if err != nil {
		return false, say(Waiting, err, "%v; anchors wait until it falls, or the cap is raised", err), nil
	}
	if s.attempt != nil {
		old := fee{cap: new(big.Int).SetUint64(s.attempt.FeeCap), tip: new(big.Int).SetUint64(s.attempt.TipCap)}
		raised, ok := a.c.Fees.bump(old, f)
		if !ok {
			return false, say(Waiting, ErrFeeTooHigh, "%s; its fee is %s and cannot be raised by an eighth below the cap of %s", v.detail, gwei(old.cap), gwei(a.c.Fees.FeeCap)), nil
		}
		f = raised
	}
	data, gas, wait, err := a.price(ctx, p, s.size, f)
	if err != nil || wait.phase != "" {
		return false, wait, err
	}
	if s.freshen {
		// Only now: a look that can send nothing must leave nothing behind.
		if err := a.freeze(ctx); err != nil {
			return false, v, err
		}
		now, err := a.load()
		if err != nil {
			return false, v, err
		}
		s.size = now.newest()
		if data, gas, wait, err = a.price(ctx, p, s.size, f); err != nil || wait.phase != "" {
			return false, wait, err
		}
	}
	to := common.Address(a.c.Ref.Registry)
	tx, err := a.key.signTx(a.c.Ref.ChainID, &types.DynamicFeeTx{
		Nonce: s.nonce, GasTipCap: f.tip, GasFeeCap: f.cap, Gas: gas, To: &to, Data: data,
	})
	if err != nil {
		return false, v, err
	}
	raw, err := tx.MarshalBinary()
	if err != nil {
		return false, v, err
	}
	attempt := store.Attempt{
		Nonce: s.nonce, Raw: raw, Hash: store.ChainHash(tx.Hash()),
		FeeCap: f.cap.Uint64(), TipCap: f.tip.Uint64(), SentAt: a.c.Now().UTC(),
	}
	if err := a.persist(ctx, p, j, s.size, attempt); err != nil {
		return false, v, err
	}
	if err := a.trap("persisted"); err != nil {
		return false, v, err
	}
	a.log.InfoContext(ctx, "anchor sent", "size", s.size, "prev_size", p.latest.head.tree.Size, "nonce", s.nonce,
		"replaces", s.attempt != nil, "fee_cap_wei", attempt.FeeCap, "tip_cap_wei", attempt.TipCap, "gas", gas, "tx", attempt.Hash.String())
	a.c.Observer.Sent(s.attempt != nil)
	if err := a.hand(ctx, p, attempt); err != nil {
		return false, v, err
	}
	if s.size == 0 {
		return true, say(Anchoring, nil, "the opening of the log is sent with nonce %d and waits to be mined", s.nonce), nil
	}
	return true, say(Anchoring, nil, "size %d is sent with nonce %d and waits to be mined", s.size, s.nonce), nil
}

// price returns the call for a size and the gas to allow it. A verdict says why
// it cannot be sent now.
func (a *Anchor) price(ctx context.Context, p picture, size uint64, f fee) ([]byte, uint64, verdict, error) {
	data, wait, err := a.calldata(p, size)
	if err != nil || wait.phase != "" {
		return nil, 0, wait, err
	}
	to := common.Address(a.c.Ref.Registry)
	gas, err := a.c.Client.estimate(ctx, a.key.Address(), &to, data)
	if ctx.Err() != nil {
		return nil, 0, verdict{}, ctx.Err()
	}
	if err != nil {
		// It would fail in the latest block, or the RPC does not tell: what
		// is the case shows the next time the chain is looked at.
		return nil, 0, say(Waiting, err, "what the next transaction will cost is not known: %v", err), nil
	}
	gas = gasLimit(gas)
	if need := cost(gas, f.cap); p.balance.Cmp(need) < 0 {
		err := shortOfFunds(a.key.Address(), a.c.Ref.ChainID, p.balance, need)
		return nil, 0, say(Waiting, err, "%v", err), nil
	}
	return data, gas, verdict{}, nil
}

// calldata returns the call that anchors a size on the chain's head, or opens
// the log when size is 0. A verdict says why it cannot be made now.
func (a *Anchor) calldata(p picture, size uint64) ([]byte, verdict, error) {
	if size == 0 {
		o := a.c.Opening
		if p.latest.block.Time >= uint64(o.Deadline.Unix()) {
			return nil, say(Waiting, ErrLogNotOpen, "the signed opening was valid until %s, and the chain's time is past it: have the owner sign another", o.Deadline), nil
		}
		return o.pack(), verdict{}, nil
	}
	was := p.latest.head.tree
	proof, err := a.store.ProveConsistency(was.Size, size)
	if err != nil {
		return nil, verdict{}, ofStore(err)
	}
	tree, err := a.store.TreeAt(size)
	if err != nil {
		return nil, verdict{}, ofStore(err)
	}
	// The registry checks the same for a fee.
	if err := tree.CheckConsistency(was, proof); err != nil {
		return nil, verdict{}, err
	}
	hashes := make([][merkle.HashSize]byte, len(proof.Hashes))
	for i, h := range proof.Hashes {
		hashes[i] = h
	}
	return registry.PackAnchor(a.c.Ref.Log, size, tree.Root, hashes), verdict{}, nil
}

// persist journals an attempt. It is on disk when persist returns.
func (a *Anchor) persist(ctx context.Context, p picture, j journal, size uint64, t store.Attempt) error {
	add := func(list []store.Attempt) []store.Attempt {
		list = append(slices.Clone(list), t)
		return list[max(0, len(list)-store.MaxAttempts):]
	}
	if size == 0 {
		return ofStore(a.store.PutOpening(ctx, add(j.opening)))
	}
	_, err := a.change(ctx, size, func(r *store.Anchor) {
		r.State, r.PrevSize, r.Attempts = store.Sent, p.latest.head.tree.Size, add(r.Attempts)
	})
	return err
}

// resend sends a journaled attempt again, once in each block: pools forget,
// and a reorg may have dropped it.
func (a *Anchor) resend(ctx context.Context, p picture, s slot) error {
	if s.size != 0 {
		r, err := a.store.Anchor(s.size)
		if err != nil {
			return ofStore(err)
		}
		if r.State != store.Sent {
			if _, err := a.change(ctx, s.size, func(r *store.Anchor) { r.State = store.Sent }); err != nil {
				return err
			}
		}
	}
	if a.sentIn[s.attempt.Hash] == p.latest.block.Hash {
		return nil
	}
	return a.hand(ctx, p, *s.attempt)
}

// hand gives an attempt to the RPC. An error is not believed, whatever it
// says: whether the chain took it shows the next time it is looked at.
func (a *Anchor) hand(ctx context.Context, p picture, t store.Attempt) error {
	err := a.c.Client.send(ctx, t.Raw)
	if err != nil {
		a.log.DebugContext(ctx, "sending not confirmed", "nonce", t.Nonce, "tx", t.Hash.String(), "error", err)
	}
	a.sentIn[t.Hash] = p.latest.block.Hash
	return a.trap("sent")
}
