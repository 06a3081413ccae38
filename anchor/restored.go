package anchor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
)

// held says whether a store that was restored from a backup has to go on
// waiting, and releases it when the chain names its new operator and its new
// keys in a final block. Until then nothing is signed or sent, and no row of
// the journal changes: the machine that the backup was made on may still act on
// those rows.
//
// A crash before Release leaves the mark, which is looked at again; one after
// it leaves a store like any other.
func (a *Anchor) held(ctx context.Context, p picture, credible bool) (bool, error) {
	if credible && a.restored.Asked == 0 {
		// compare has passed: what the chain holds, the backup had.
		if err := a.store.Asked(ctx, p.latest.block.Number); err != nil {
			return true, ofStore(err)
		}
		r := *a.restored
		r.Asked = p.latest.block.Number
		a.restored = &r
		a.log.InfoContext(ctx, "backup lacks nothing that the chain holds", "block", r.Asked, "chain_size", p.latest.head.tree.Size, "size", r.Size)
		a.update(func(s *Status) { s.Restored = &r })
	}
	waits := a.waitsFor(p)
	if len(waits) == 0 && credible {
		if err := a.store.Release(ctx); err != nil {
			return true, ofStore(err)
		}
		a.log.InfoContext(ctx, "restored store released", "operator", a.restored.Operator.String(), "keys", a.restored.Keys)
		a.restored = nil
		a.update(func(s *Status) { s.Restored, s.Fenced = nil, false })
		return false, nil
	}
	err := a.heldError(p)
	if h := p.latest.head; credible && h.closed {
		// What it waits for cannot come any more.
		err = fmt.Errorf("%w: the owner closed it at size %d; this store was restored from a backup, and serves evidence of what it has", ErrLogClosed, h.tree.Size)
	}
	a.update(func(s *Status) { s.Phase, s.Detail, s.Err = Stopped, err.Error(), err })
	return true, nil
}

// waitsFor lists what the owner has not done yet, or not as far as final.
func (a *Anchor) waitsFor(p picture) []string {
	var waits []string
	if now := p.final.head.operator; p.noFinality || !p.final.known || now != a.restored.Operator {
		text := fmt.Sprintf("operator %s", a.restored.Operator.Checksum())
		switch {
		case p.latest.head.operator != a.restored.Operator && p.latest.head.opened():
			text += fmt.Sprintf(" (the chain names %s)", p.latest.head.operator.Checksum())
		case p.latest.head.operator != a.restored.Operator:
		case !p.noFinality && !p.final.known:
			text += fmt.Sprintf(" (set, but the RPC has no state of its final block %d, which would show that it stays; use an RPC that keeps states as old as that)", p.final.block.Number)
		default:
			text += " (set, and not final yet)"
		}
		waits = append(waits, text)
	}
	k := a.Status().Keys
	if k == nil || !announced(k.Terms, a.restored.Keys) {
		text := "checkpoint key " + strings.Join(a.restored.Keys, ", ")
		if k != nil && announced(k.Latest, a.restored.Keys) {
			text += " (set, and not final yet)"
		}
		waits = append(waits, text)
	}
	return waits
}

// announced reports whether the owner has ever announced all these keys at
// once. Those of a restored store were made by the restore, so that whatever
// counts since, the lost machine has no part in it.
func announced(terms checkpoint.Terms, keys []string) bool {
	return slices.ContainsFunc(terms, func(t checkpoint.Term) bool {
		return !slices.ContainsFunc(keys, func(k string) bool { return !slices.Contains(t.Keys, k) })
	})
}

// heldError says what a restored store waits for.
func (a *Anchor) heldError(p picture) error {
	r := a.restored
	return fmt.Errorf("%w of %s: nothing is signed or anchored until the owner has set these on the chain (akashi owner operator, akashi owner keys) and that is final: %s; records are taken meanwhile",
		ErrRestored, r.Made.UTC().Format(time.RFC3339), strings.Join(a.waitsFor(p), "; "))
}

// LogSize asks how many entries the log's head has in the latest block; 0 when
// the registry does not know the log.
func (c *Client) LogSize(ctx context.Context, ref checkpoint.LogRef) (uint64, error) {
	latest, err := c.block(ctx, latestBlock)
	if err != nil {
		return 0, err
	}
	h, err := c.logHead(ctx, ref, latest.Hash)
	return h.tree.Size, err
}
