package anchor

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// A search looks for the event of one size where no receipt leads to it: the
// journal was lost with an old disk, or the RPC keeps no index of
// transactions. It walks from the latest block down, some steps each look.
type search struct {
	next uint64 // block to go on from, downwards
	done bool   // walked to the end in vain
}

const (
	searchWindow  = 1000 // blocks asked for at once: providers limit it
	searchPerLook = 16   // windows for one size in one look

	// maxOthers is how many attempts of one row are asked about that another
	// operator signed: its nonces are not known, so that each costs a question.
	// An event that none of them leads to is searched for.
	maxOthers = 8
)

// observe asks the chain for everything that reconcile judges by. It returns
// an error wrapping ErrSetup when chain or registry are not the configured
// ones, and one wrapping ErrNoAnswer when a question went unanswered: half a
// picture is none. The tip alone may be missing.
func (a *Anchor) observe(ctx context.Context, j journal) (picture, error) {
	c := a.c.Client
	if err := c.CheckRegistry(ctx, a.c.Ref, a.c.CodeHash); err != nil {
		return picture{}, err
	}
	latest, err := c.block(ctx, latestBlock)
	if err != nil {
		return picture{}, err
	}
	if latest.baseFee == nil {
		return picture{}, fmt.Errorf("%w: block %d of chain %d; akashi cannot pay on it", ErrNoFeeMarket, latest.Number, a.c.Ref.ChainID)
	}
	p := picture{events: map[uint64]found{}, gone: map[uint64]bool{}, unproven: map[uint64]error{}, costs: costs{baseFee: latest.baseFee}}
	if p.latest, err = a.point(ctx, latest.Block, true); err != nil {
		return picture{}, err
	}
	final, err := c.final(ctx, latest.Block, a.c.Confirmations)
	switch {
	case errors.Is(err, ErrNoFinality):
		// It may come: anchors are sent, and wait. What is final already
		// stays so.
		p.noFinality = true
	case err != nil:
		return picture{}, err
	default:
		p.final.block = final.Block
		// RPCs that keep no old states cannot tell of a final block far
		// below; the block alone is enough, the state is the second witness.
		if pt, err := a.point(ctx, final.Block, false); err == nil {
			p.final = pt
		} else if ctx.Err() != nil {
			return picture{}, err
		}
	}
	if p.balance, err = c.balance(ctx, a.key.Address(), latest.Hash); err != nil {
		return picture{}, err
	}
	// A tip is needed to sign alone: without one, all else goes on.
	if p.tip, p.noTip = c.tip(ctx, latest.baseFee); ctx.Err() != nil {
		return picture{}, p.noTip
	}
	if p.lastFinal, err = a.lastFinal(ctx, j, latest.Number); err != nil {
		return picture{}, err
	}
	return p, a.find(ctx, &p, j)
}

// lastFinal asks for the canonical hash at the number of the last final
// anchor's block; zero when there is none or the latest block is below it.
func (a *Anchor) lastFinal(ctx context.Context, j journal, latest uint64) (verify.BlockHash, error) {
	if j.last == nil || j.last.Block.Number > latest {
		return verify.BlockHash{}, nil
	}
	b, err := a.c.Client.canonical(ctx, j.last.Block.Number)
	return b.Hash, err
}

// point asks for the state after a block. The latest one says whose key
// anchors, and so whose nonces count.
func (a *Anchor) point(ctx context.Context, b verify.Block, latest bool) (point, error) {
	pt := point{block: b, known: true}
	var err error
	if pt.head, err = a.c.Client.logHead(ctx, a.c.Ref, b.Hash); err != nil {
		return point{}, err
	}
	if latest {
		a.choose(pt.head)
	}
	pt.nonce, err = a.c.Client.nonce(ctx, a.key.Address(), b.Hash)
	return pt, err
}

// find fills in the events of all sizes that should be on the chain: rows up
// to the chain's head, that head itself, and what each event says came before
// it.
func (a *Anchor) find(ctx context.Context, p *picture, j journal) error {
	for i := range j.open {
		r := &j.open[i]
		if r.Size > p.latest.head.tree.Size && r.State != store.Mined {
			continue // by the state of the latest block there is none
		}
		e, ok, err := a.findRow(ctx, p, j, r)
		if err != nil {
			return err
		}
		if ok {
			p.events[r.Size] = e
		}
	}
	// Heads that the journal has no event of. The last is the chain's own;
	// rows without event below it were passed over, or the one before says
	// that they were not.
	want := []uint64{p.latest.head.tree.Size}
	for _, e := range p.events {
		want = append(want, e.PrevSize)
	}
	for len(want) > 0 {
		size := want[0]
		want = want[1:]
		if _, ok := p.events[size]; ok || size <= j.lastSize() || p.gone[size] {
			continue
		}
		e, ok, err := a.search(ctx, p, j, size)
		if err != nil {
			return err
		}
		if ok {
			p.events[size] = e
			want = append(want, e.PrevSize)
		}
	}
	for size := range a.searches {
		if _, ok := p.events[size]; ok || size <= j.lastSize() {
			delete(a.searches, size)
		}
	}
	return nil
}

// findRow looks for a row's event where the journal says it was, and else by
// the receipts of its attempts. The journal is not believed about a size that
// the log has not reached: it may have been told so by a lie.
func (a *Anchor) findRow(ctx context.Context, p *picture, j journal, r *store.Anchor) (found, bool, error) {
	if r.State == store.Mined && r.Block.Number <= p.latest.block.Number && r.Size <= p.latest.head.tree.Size {
		b, err := a.c.Client.canonical(ctx, r.Block.Number)
		if err != nil {
			return found{}, false, err
		}
		if store.ChainHash(b.Hash) == r.Block.Hash {
			return found{tx: *r.TxHash, Anchored: verify.Anchored{
				Log: a.c.Ref.Log, Size: r.Size, Root: r.Root, PrevSize: r.PrevSize, Block: b.Block,
			}}, true, nil
		}
	}
	// The newest attempt is the likeliest.
	others := 0
	for i := len(r.Attempts) - 1; i >= 0; i-- {
		if !j.foreign(&r.Attempts[i], a.key.Address()) {
			if r.Attempts[i].Nonce >= p.latest.nonce {
				continue // its nonce is not used yet
			}
		} else if others++; others > maxOthers {
			continue
		}
		receipt, err := a.c.Client.receipt(ctx, common.Hash(r.Attempts[i].Hash))
		if err != nil {
			return found{}, false, err
		}
		if receipt == nil {
			continue
		}
		if receipt.Status != types.ReceiptStatusSuccessful {
			a.log.DebugContext(ctx, "attempt reverted", "size", r.Size, "nonce", r.Attempts[i].Nonce, "tx", r.Attempts[i].Hash.String())
			continue
		}
		for _, l := range receipt.Logs {
			if l == nil || l.TxHash != receipt.TxHash {
				continue
			}
			if e, ok, err := a.canonicalEvent(ctx, p, l); ok || err != nil {
				if ok && e.Size == r.Size {
					return e, true, nil
				}
				if err != nil {
					return found{}, false, err
				}
			}
		}
	}
	return found{}, false, nil
}

// canonicalEvent reads an Anchored event of our log and returns it if the
// block it claims to be in is canonical and not above the picture's latest.
func (a *Anchor) canonicalEvent(ctx context.Context, p *picture, l *types.Log) (found, bool, error) {
	e, ok := readAnchored(a.c.Ref, l)
	if !ok || e.Block.Number > p.latest.block.Number {
		return found{}, false, nil
	}
	b, err := a.c.Client.canonical(ctx, e.Block.Number)
	if err != nil {
		return found{}, false, err
	}
	if b.Hash != e.Block.Hash {
		return found{}, false, nil
	}
	e.Block = b.Block
	return found{Anchored: e, tx: store.ChainHash(l.TxHash)}, true, nil
}

// search goes on looking for the event of a size that no receipt leads to.
// Sizes that the store never froze cannot be journaled and count as gone.
func (a *Anchor) search(ctx context.Context, p *picture, j journal, size uint64) (found, bool, error) {
	frozen, err := a.store.FrozenAt(size)
	if errors.Is(err, store.ErrNotFound) {
		p.gone[size] = true
		return found{}, false, nil
	} else if err != nil {
		return found{}, false, ofStore(err)
	}
	s := a.searches[size]
	if s == nil {
		s = &search{next: p.latest.block.Number}
		a.searches[size] = s
	}
	if s.done {
		// Blocks that came since may hold what a reorg moved.
		s.next, s.done = p.latest.block.Number, false
		p.gone[size] = true
	}
	var lowest uint64
	if j.last != nil {
		lowest = j.last.Block.Number
	}
	for range searchPerLook {
		from := max(lowest, s.next-min(s.next, searchWindow-1))
		logs, err := a.c.Client.anchoredLogs(ctx, a.c.Ref, size, from, s.next)
		if err != nil {
			return found{}, false, err
		}
		for i := range logs {
			e, ok, err := a.canonicalEvent(ctx, p, &logs[i])
			if err != nil {
				return found{}, false, err
			}
			if ok && e.Size == size {
				if e.Root != frozen.Tree.Root {
					// The log's head agrees with the store, so no earlier
					// anchor can disagree.
					return found{}, false, a.c.Client.nonsense("its anchor of size %d in block %d has another root than the store, unlike the log's head", size, e.Block.Number)
				}
				return e, true, nil
			}
		}
		if from <= lowest {
			s.done = true
			p.gone[size] = true
			return found{}, false, nil
		}
		s.next = from - 1
	}
	return found{}, false, nil
}

// offer is what the next attempt would offer by this picture.
func (p picture) offer(f FeePolicy) (fee, error) { return f.quote(p.baseFee, p.tip) }

// costs are the figures of a picture that fees come from, in wei.
type costs struct {
	balance *big.Int // of the operator's account
	baseFee *big.Int // for a unit of gas in the latest block
	tip     *big.Int // suggested; nil: not known
	noTip   error    // why tip is not known
}
