package anchor

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/verify"
)

var (
	us    = checkpoint.Address{1}
	owner = checkpoint.Address{2}
	t0    = time.Unix(1_800_000_000, 0)
)

func blockHash(n uint64, fork byte) verify.BlockHash {
	return verify.BlockHash{byte(n), byte(n >> 8), fork, 1}
}

func block(n uint64, fork byte) verify.Block {
	return verify.Block{Number: n, Hash: blockHash(n, fork), Time: n}
}

func rootOf(size uint64) merkle.Hash { return merkle.Hash{byte(size), byte(size >> 8), 9} }

func at(n, size, nonce uint64) point {
	return point{block: block(n, 0), known: true, nonce: nonce, head: head{tree: merkle.Tree{Size: size, Root: rootOf(size)}, operator: us, owner: owner}}
}

// later is a point whose block has a later time than any number here.
func later(p point) point {
	p.block.Time = 1000
	return p
}

func event(size, prev, n uint64) found {
	return found{Anchored: verify.Anchored{Size: size, Root: rootOf(size), PrevSize: prev, Block: block(n, 0)}, tx: store.ChainHash{byte(size)}}
}

func events(list ...found) map[uint64]found {
	m := map[uint64]found{}
	for _, e := range list {
		m[e.Size] = e
	}
	return m
}

func attempt(nonce, feeCap uint64, ago time.Duration) store.Attempt {
	return store.Attempt{Nonce: nonce, FeeCap: feeCap, TipCap: 1, Raw: []byte{1}, Hash: store.ChainHash{byte(nonce), byte(feeCap)}, SentAt: t0.Add(-ago)}
}

func row(size, prev uint64, state store.AnchorState, attempts ...store.Attempt) store.Anchor {
	return store.Anchor{Size: size, Root: rootOf(size), PrevSize: prev, State: state, Attempts: attempts}
}

func minedRow(size, prev, n uint64, attempts ...store.Attempt) store.Anchor {
	r := row(size, prev, store.Mined, attempts...)
	r.Block, r.TxHash = chainBlock(block(n, 0)), &store.ChainHash{byte(size)}
	return r
}

func finalRow(size, prev, n uint64) *store.Anchor {
	r := minedRow(size, prev, n)
	r.State = store.Final
	return &r
}

// words puts a plan into one line, to compare.
func (pl plan) words() string {
	var b strings.Builder
	for _, e := range pl.adopt {
		fmt.Fprintf(&b, "adopt %d; ", e.Size)
	}
	for _, s := range pl.orphaned {
		fmt.Fprintf(&b, "orphan %d; ", s)
	}
	for _, e := range pl.mined {
		fmt.Fprintf(&b, "mined %d@%d; ", e.Size, e.Block.Number)
	}
	for _, o := range pl.overtaken {
		fmt.Fprintf(&b, "overtaken %d by %d; ", o.size, o.by)
	}
	for _, e := range pl.final {
		fmt.Fprintf(&b, "final %d; ", e.Size)
	}
	if pl.freeze {
		b.WriteString("freeze; ")
	}
	if s := pl.sign; s != nil {
		fmt.Fprintf(&b, "sign %d nonce %d", s.size, s.nonce)
		if s.attempt != nil {
			fmt.Fprintf(&b, " over %d", s.attempt.FeeCap)
		}
		if s.freshen {
			b.WriteString(" fresher")
		}
		b.WriteString("; ")
	}
	for _, s := range pl.send {
		fmt.Fprintf(&b, "send %d nonce %d fee %d; ", s.size, s.nonce, s.attempt.FeeCap)
	}
	return strings.TrimSuffix(b.String(), "; ") + " | " + string(pl.phase)
}

// TestReconcile is the state machine as a table: what the chain shows, what
// the journal says, and what follows.
func TestReconcile(t *testing.T) {
	t.Parallel()
	unopened := at(10, 0, 0)
	unopened.head = head{tree: merkle.Tree{Root: merkle.EmptyRoot}}
	closed := at(10, 5, 1)
	closed.head.closed, closed.head.operator = true, checkpoint.Address{}
	strange := at(10, 5, 1)
	strange.head.operator = checkpoint.Address{9}
	unknown := point{block: block(8, 0)}
	fork := event(5, 0, 7)
	fork.Block = block(7, 1)
	other := event(5, 0, 7)
	other.Root = rootOf(99)

	for _, c := range []struct {
		name    string
		latest  point
		final   point
		events  map[uint64]found
		gone    []uint64
		last    *store.Anchor
		open    []store.Anchor
		opening []store.Attempt
		due     bool
		entries uint64
		undone  int
		want    string
		err     error
	}{
		{name: "nothing due", latest: at(10, 0, 0), final: at(8, 0, 0), want: " | idle"},
		{name: "due", latest: at(10, 0, 0), final: at(8, 0, 0), due: true, want: "freeze | idle"},

		// The opening.
		{name: "not open", latest: unopened, final: unopened, want: "sign 0 nonce 0 | anchoring"},
		{name: "opening sent", latest: unopened, final: unopened, opening: []store.Attempt{attempt(0, 10, 0)}, want: "send 0 nonce 0 fee 10 | anchoring"},
		{name: "opening stuck", latest: unopened, final: unopened, opening: []store.Attempt{attempt(0, 10, time.Minute)}, want: "sign 0 nonce 0 over 10; send 0 nonce 0 fee 10 | anchoring"},

		// intended, sent
		{name: "intended", latest: at(10, 0, 4), final: at(8, 0, 4), open: []store.Anchor{row(5, 0, store.Intended)}, want: "sign 5 nonce 4 | anchoring"},
		{name: "sent", latest: at(10, 0, 4), final: at(8, 0, 4), open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, 0))}, want: "send 5 nonce 4 fee 10 | anchoring"},
		{name: "sent, due again", latest: at(10, 0, 4), final: at(8, 0, 4), due: true, open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, 0))}, want: "send 5 nonce 4 fee 10 | anchoring"},
		{name: "stuck", latest: at(10, 0, 4), final: at(8, 0, 4), open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, time.Minute))}, want: "sign 5 nonce 4 over 10; send 5 nonce 4 fee 10 | anchoring"},
		{name: "stuck, newer entries", latest: at(10, 0, 4), final: at(8, 0, 4), entries: 9, open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, time.Minute))}, want: "sign 5 nonce 4 over 10 fresher; send 5 nonce 4 fee 10 | anchoring"},
		{name: "raised already", latest: at(10, 0, 4), final: at(8, 0, 4), open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, time.Hour), attempt(4, 12, 0))}, want: "send 5 nonce 4 fee 12 | anchoring"},
		{name: "raised with a newer head", latest: at(10, 0, 4), final: at(8, 0, 4), open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, time.Hour)), row(9, 0, store.Sent, attempt(4, 12, 0))}, want: "send 9 nonce 4 fee 12 | anchoring"},
		{name: "foreign nonce", latest: at(10, 0, 5), final: at(8, 0, 4), open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, 0))}, want: "sign 5 nonce 5 | anchoring"},
		{name: "foreign nonce again", latest: at(10, 0, 6), final: at(8, 0, 4), open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, 0), attempt(5, 10, 0))}, want: "sign 5 nonce 6 | anchoring"},
		{name: "foreign nonce undone", latest: at(10, 0, 4), final: at(8, 0, 4), open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, 0), attempt(5, 10, 0))}, want: "send 5 nonce 4 fee 10 | anchoring"},
		{name: "the log moved on", latest: at(10, 3, 4), final: at(8, 0, 4), events: events(event(3, 0, 10)), open: []store.Anchor{minedRow(3, 0, 10), row(5, 0, store.Sent, attempt(4, 10, 0))}, want: "sign 5 nonce 4 over 10 | anchoring"},
		{name: "two dropped", latest: at(10, 0, 4), final: at(8, 0, 4), open: []store.Anchor{row(5, 0, store.Intended, attempt(4, 10, 0)), row(9, 5, store.Intended, attempt(5, 10, 0))}, want: "send 5 nonce 4 fee 10; send 9 nonce 5 fee 10 | anchoring"},
		{name: "an older one in the way", latest: at(10, 0, 4), final: at(8, 0, 4), open: []store.Anchor{row(5, 0, store.Intended), row(9, 5, store.Intended, attempt(5, 10, 0))}, want: "sign 9 nonce 4 | anchoring"},

		// mined
		{name: "mined", latest: at(10, 5, 5), final: at(6, 0, 4), events: events(event(5, 0, 7)), open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, 0))}, want: "mined 5@7 | anchoring"},
		{name: "mined from intended", latest: at(10, 5, 5), final: at(6, 0, 4), events: events(event(5, 0, 7)), open: []store.Anchor{row(5, 0, store.Intended)}, want: "mined 5@7 | anchoring"},
		{name: "mined and known", latest: at(10, 5, 5), final: at(6, 0, 4), events: events(event(5, 0, 7)), open: []store.Anchor{minedRow(5, 0, 7)}, want: " | anchoring"},
		{name: "mined, next due", latest: at(10, 5, 5), final: at(6, 0, 4), due: true, events: events(event(5, 0, 7)), open: []store.Anchor{minedRow(5, 0, 7)}, want: "freeze | anchoring"},
		{name: "mined elsewhere", latest: at(10, 5, 5), final: at(6, 0, 4), events: events(fork), open: []store.Anchor{minedRow(5, 0, 7)}, want: "mined 5@7 | anchoring"},
		{name: "event not shown yet", latest: at(10, 5, 5), final: at(6, 0, 4), due: true, open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, 0))}, want: " | waiting"},
		{name: "adopted", latest: at(10, 5, 5), final: at(6, 0, 4), events: events(event(5, 0, 7)), want: "adopt 5 | anchoring"},

		// orphaned
		{name: "dropped", latest: at(10, 0, 4), final: at(6, 0, 4), open: []store.Anchor{minedRow(5, 0, 7, attempt(4, 10, 0))}, want: "orphan 5 | anchoring"},
		{name: "orphaned before a crash", latest: at(10, 0, 4), final: at(6, 0, 4), open: []store.Anchor{row(5, 0, store.Orphaned, attempt(4, 10, 0))}, want: "orphan 5 | anchoring"},
		{name: "lagging", latest: at(6, 0, 4), final: at(4, 0, 4), open: []store.Anchor{minedRow(5, 0, 7, attempt(4, 10, 0))}, want: " | waiting", err: ErrNoAnswer},

		// final
		{name: "final", latest: at(10, 5, 5), final: at(8, 5, 5), events: events(event(5, 0, 7)), open: []store.Anchor{minedRow(5, 0, 7)}, want: "final 5 | anchoring"},
		{name: "at the final block", latest: at(10, 5, 5), final: at(7, 5, 5), events: events(event(5, 0, 7)), open: []store.Anchor{minedRow(5, 0, 7)}, want: "final 5 | anchoring"},
		{name: "final state not known", latest: at(10, 5, 5), final: unknown, events: events(event(5, 0, 7)), open: []store.Anchor{minedRow(5, 0, 7)}, want: "final 5 | anchoring"},
		{name: "final state without it", latest: at(10, 5, 5), final: at(8, 0, 5), events: events(event(5, 0, 7)), open: []store.Anchor{minedRow(5, 0, 7)}, want: " | anchoring"},
		{name: "sent to final", latest: at(10, 5, 5), final: at(8, 5, 5), events: events(event(5, 0, 7)), open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, 0))}, want: "mined 5@7; final 5 | anchoring"},
		{name: "overtaken", latest: at(10, 9, 5), final: at(8, 9, 5), events: events(event(9, 0, 7)), open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, 0)), minedRow(9, 0, 7)}, want: "overtaken 5 by 9; final 9 | anchoring"},
		{name: "not overtaken yet", latest: at(10, 9, 5), final: at(6, 0, 4), events: events(event(9, 0, 7)), open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, 0)), minedRow(9, 0, 7)}, want: " | anchoring"},
		{name: "the one before is missing", latest: at(10, 9, 5), final: at(8, 9, 5), events: events(event(9, 5, 7)), open: []store.Anchor{minedRow(9, 5, 7)}, want: " | anchoring"},
		{name: "the one before is gone", latest: at(10, 9, 5), final: at(8, 9, 5), events: events(event(9, 5, 7)), gone: []uint64{5}, open: []store.Anchor{minedRow(9, 5, 7)}, want: "final 9 | anchoring"},
		{name: "the one before is not final", latest: at(10, 9, 5), final: at(7, 9, 5), events: events(event(5, 0, 8), event(9, 5, 7)), open: []store.Anchor{minedRow(5, 0, 8), minedRow(9, 5, 7)}, want: " | anchoring"},
		{name: "the one before is hidden", latest: at(10, 9, 5), final: at(8, 9, 5), events: events(event(9, 5, 7)), gone: []uint64{5}, open: []store.Anchor{row(5, 0, store.Sent, attempt(4, 10, 0)), minedRow(9, 5, 7)}, want: " | anchoring"},
		{name: "after a final one", latest: at(10, 9, 5), final: at(8, 9, 5), last: finalRow(5, 0, 5), events: events(event(9, 5, 7)), open: []store.Anchor{minedRow(9, 5, 7)}, want: "final 9 | anchoring"},

		// stops
		{name: "closed", latest: closed, final: at(8, 5, 1), last: finalRow(5, 0, 5), due: true, want: " | stopped", err: ErrLogClosed},
		{name: "another operator", latest: strange, final: at(8, 5, 1), last: finalRow(5, 0, 5), due: true, want: " | stopped", err: ErrNotOperator},
		{name: "another operator, sent", latest: strange, final: at(8, 5, 1), last: finalRow(5, 0, 5), open: []store.Anchor{row(9, 5, store.Sent, attempt(1, 10, 0))}, want: " | stopped", err: ErrNotOperator},

		// contradictions
		{name: "final above latest", latest: at(10, 5, 1), final: at(11, 5, 1), due: true, want: " | waiting", err: ErrNoAnswer},
		{name: "latest below a final anchor", latest: at(4, 5, 1), final: at(2, 0, 0), last: finalRow(5, 0, 5), due: true, want: " | waiting", err: ErrNoAnswer},
		{name: "a final anchor undone", latest: at(10, 0, 0), final: at(8, 0, 0), last: finalRow(5, 0, 5), due: true, want: " | waiting", err: ErrNoAnswer},
		{name: "a final anchor undone, not often enough", latest: at(10, 0, 0), final: at(8, 0, 0), last: finalRow(5, 0, 5), due: true, undone: maxUndone - 1, want: " | waiting", err: ErrNoAnswer},
		{name: "a final anchor undone, often enough", latest: at(10, 0, 0), final: at(8, 0, 0), last: finalRow(5, 0, 5), due: true, undone: maxUndone, want: " | stopped", err: ErrFinalReverted},
		{name: "a final anchor undone and moved", latest: at(10, 5, 1), final: at(8, 5, 1), last: finalRow(5, 0, 5), due: true, undone: maxUndone, want: " | stopped", err: ErrFinalReverted},
		{name: "a final anchor undone above the final block", latest: at(10, 0, 0), final: at(4, 0, 0), last: finalRow(5, 0, 5), due: true, undone: maxUndone, want: " | waiting", err: ErrNoAnswer},
		{name: "made anew", latest: later(at(4, 0, 0)), final: at(2, 0, 0), last: finalRow(5, 0, 5), due: true, undone: maxUndone, want: " | stopped", err: ErrFinalReverted},
		{name: "made anew, not often enough", latest: later(at(4, 0, 0)), final: at(2, 0, 0), last: finalRow(5, 0, 5), due: true, undone: maxUndone - 1, want: " | waiting", err: ErrNoAnswer},
		{name: "lagging for long", latest: at(4, 5, 1), final: at(2, 0, 0), last: finalRow(5, 0, 5), due: true, undone: maxUndone, want: " | waiting", err: ErrNoAnswer},
		{name: "final above latest for long", latest: later(at(4, 5, 1)), final: at(11, 5, 1), last: finalRow(5, 0, 5), due: true, undone: maxUndone, want: " | waiting", err: ErrNoAnswer},
		{name: "what was final is back", latest: at(10, 5, 1), final: at(8, 5, 1), last: finalRow(5, 0, 5), due: true, undone: maxUndone, want: "freeze | idle"},
		{name: "the log shrank below final", latest: at(10, 3, 1), final: at(8, 3, 1), last: finalRow(5, 0, 5), due: true, want: " | waiting", err: ErrNoAnswer},
		{name: "final state ahead of latest", latest: at(10, 5, 1), final: at(8, 9, 1), due: true, want: " | waiting", err: ErrNoAnswer},
		{name: "final nonce ahead of latest", latest: at(10, 5, 1), final: at(8, 5, 2), due: true, want: " | waiting", err: ErrNoAnswer},
		{name: "an event above the head", latest: at(10, 0, 1), final: at(8, 0, 1), events: events(event(5, 0, 7)), open: []store.Anchor{minedRow(5, 0, 7)}, want: " | waiting", err: ErrNoAnswer},
		{name: "an event with another root", latest: at(10, 5, 1), final: at(8, 0, 1), events: events(other), open: []store.Anchor{row(5, 0, store.Sent, attempt(0, 1, 0))}, want: " | waiting", err: ErrNoAnswer},
	} {
		p := picture{latest: c.latest, final: c.final, events: c.events, gone: map[uint64]bool{}}
		for _, g := range c.gone {
			p.gone[g] = true
		}
		if c.last != nil {
			p.lastFinal = verify.BlockHash(c.last.Block.Hash)
			if strings.HasPrefix(c.name, "a final anchor undone") {
				p.lastFinal = blockHash(5, 1)
			}
		}
		pl := reconcile(p, journal{last: c.last, open: c.open, opening: c.opening},
			terms{operator: us, opening: &Opening{Operator: us}, stuck: time.Minute, now: t0, entries: c.entries, due: c.due, undone: c.undone})
		if got := pl.words(); got != c.want {
			t.Errorf("%s: %s\n want %s (%s)", c.name, got, c.want, pl.detail)
		}
		if !errors.Is(pl.err, c.err) || pl.detail == "" {
			t.Errorf("%s: error %v, want %v: %q", c.name, pl.err, c.err, pl.detail)
		}
	}
}

func TestReconcileLimits(t *testing.T) {
	t.Parallel()
	p := picture{latest: at(100, maxUnfinal, 100), final: at(8, 0, 0), events: map[uint64]found{}}
	var j journal
	for i := range uint64(maxUnfinal) {
		j.open = append(j.open, minedRow(i+1, i, 20+i))
		p.events[i+1] = event(i+1, i, 20+i)
	}
	pl := reconcile(p, j, terms{operator: us, due: true, now: t0, stuck: time.Minute})
	if pl.freeze || pl.phase != Waiting {
		t.Errorf("%s", pl.words())
	}
	p = picture{latest: at(10, 5, 5), noFinality: true, events: events(event(5, 0, 7))}
	pl = reconcile(p, journal{open: []store.Anchor{minedRow(5, 0, 7)}}, terms{operator: us, now: t0})
	if pl.phase != Waiting || !errors.Is(pl.err, ErrNoFinality) || len(pl.final) != 0 {
		t.Errorf("%s", pl.words())
	}
}

// A world is a model of a chain with one log and one account, and of the
// journal, small enough to try millions of histories.
type world struct {
	blocks [][]modelTx // by number; block 0 is empty
	forks  []byte      // which branch each block is of
	final  int         // number of the final block
	pool   map[uint64][]modelTx
	known  map[store.ChainHash]modelTx

	j       journal
	done    []store.Anchor // rows that are no longer open: final or overtaken
	entries uint64
	next    byte
	now     time.Time
}

type modelTx struct {
	nonce, prev, size, fee uint64 // size 0: not ours
	hash                   store.ChainHash
}

// state replays the chain up to block n: the contract refuses what does not
// start at its head, and each nonce is used once.
func (w *world) state(n int) (size, nonce uint64, events []found) {
	for i := 1; i <= n; i++ {
		for _, tx := range w.blocks[i] {
			nonce++
			if tx.size > size && tx.prev == size {
				e := event(tx.size, size, uint64(i))
				e.Block, e.tx = block(uint64(i), w.forks[i]), tx.hash
				events = append(events, e)
				size = tx.size
			}
		}
	}
	return size, nonce, events
}

func (w *world) picture(lag int) picture {
	n := max(len(w.blocks)-1-lag, 0)
	f := min(w.final, n)
	p := picture{events: map[uint64]found{}, gone: map[uint64]bool{}}
	size, nonce, list := w.state(n)
	p.latest = at(uint64(n), size, nonce)
	p.latest.block = block(uint64(n), w.forks[n])
	fsize, fnonce, _ := w.state(f)
	p.final = at(uint64(f), fsize, fnonce)
	p.final.block = block(uint64(f), w.forks[f])
	for _, e := range list {
		if e.Size > w.j.lastSize() {
			p.events[e.Size] = e
		}
	}
	if l := w.j.last; l != nil && l.Block.Number <= uint64(n) {
		p.lastFinal = blockHash(l.Block.Number, w.forks[l.Block.Number])
	}
	return p
}

// mine seals a block with the best transaction of each next nonce.
func (w *world) mine(full bool) {
	w.next++
	var txs []modelTx
	_, nonce, _ := w.state(len(w.blocks) - 1)
	for full {
		list := w.pool[nonce]
		if len(list) == 0 {
			break
		}
		txs = append(txs, slices.MaxFunc(list, func(a, b modelTx) int { return int(a.fee) - int(b.fee) }))
		nonce++
	}
	w.blocks, w.forks = append(w.blocks, txs), append(w.forks, w.next)
	w.final = max(w.final, len(w.blocks)-4)
}

func (w *world) reorg(depth int, drop bool) {
	depth = min(depth, len(w.blocks)-1-w.final)
	w.blocks, w.forks = w.blocks[:len(w.blocks)-depth], w.forks[:len(w.forks)-depth]
	if drop {
		clear(w.pool)
	}
	for range depth {
		w.mine(false)
	}
}

func (w *world) row(size uint64) *store.Anchor {
	for i := range w.j.open {
		if w.j.open[i].Size == size {
			return &w.j.open[i]
		}
	}
	return nil
}

func (w *world) freeze() {
	if w.entries > w.j.newest() {
		w.j.open = append(w.j.open, row(w.entries, w.j.newest(), store.Intended))
	}
}

// look does what Anchor.look does, and stops after some steps when it crashes.
func (w *world) look(t *testing.T, lag, crash int, deliver, due bool) {
	p := w.picture(lag)
	steps := 0
	crashed := func() bool { steps++; return crash > 0 && steps > crash }
	for range maxRounds {
		pl := reconcile(p, w.j, terms{operator: us, stuck: time.Minute, now: w.now, entries: w.entries, due: due && w.entries > w.j.newest()})
		w.judge(t, p, pl)
		for _, size := range pl.orphaned {
			r := w.row(size)
			r.State, r.Block, r.TxHash = store.Orphaned, nil, nil
			if crashed() {
				return
			}
			r.State = store.Intended
		}
		for _, e := range pl.mined {
			r := w.row(e.Size)
			r.State, r.PrevSize, r.Block, r.TxHash = store.Mined, e.PrevSize, chainBlock(e.Block), &e.tx
			if crashed() {
				return
			}
		}
		for _, e := range pl.final {
			for _, o := range pl.overtaken {
				if o.by == e.Size {
					w.row(o.size).State = store.Orphaned
					if crashed() {
						return
					}
				}
			}
			r := *w.row(e.Size)
			r.State = store.Final
			w.j.last = &r
			w.done = append(w.done, r)
			p.lastFinal = e.Block.Hash
			w.j.open = slices.DeleteFunc(w.j.open, func(r store.Anchor) bool { return r.Size <= e.Size })
			if crashed() {
				return
			}
		}
		if len(pl.orphaned)+len(pl.mined)+len(pl.final) > 0 {
			continue
		}
		if pl.freeze {
			w.freeze()
			if crashed() {
				return
			}
			continue
		}
		if s := pl.sign; s != nil {
			if s.freshen {
				w.freeze()
				s.size = w.j.newest()
			}
			fee := uint64(8)
			if s.attempt != nil {
				fee = s.attempt.FeeCap * 9 / 8
			}
			if fee < 1000 {
				w.next++
				tx := modelTx{nonce: s.nonce, prev: p.latest.head.tree.Size, size: s.size, fee: fee,
					hash: store.ChainHash{byte(len(w.known)), byte(len(w.known) >> 8), 7}}
				w.known[tx.hash] = tx
				r := w.row(s.size)
				r.State, r.PrevSize = store.Sent, tx.prev
				r.Attempts = append(r.Attempts, store.Attempt{Nonce: tx.nonce, FeeCap: fee, Hash: tx.hash, SentAt: w.now})
				if crashed() {
					return
				}
				if deliver {
					w.pool[tx.nonce] = append(w.pool[tx.nonce], tx)
				}
				return
			}
		}
		for _, s := range pl.send {
			w.row(s.size).State = store.Sent
			tx, ok := w.known[s.attempt.Hash]
			if !ok {
				t.Fatalf("sends what was never signed: %s", pl.words())
			}
			if deliver && !slices.Contains(w.pool[tx.nonce], tx) {
				w.pool[tx.nonce] = append(w.pool[tx.nonce], tx)
			}
			if crashed() {
				return
			}
		}
		return
	}
}

// judge holds a plan against what may never happen.
func (w *world) judge(t *testing.T, p picture, pl plan) {
	t.Helper()
	if pl.detail == "" {
		t.Fatalf("no sentence: %s", pl.words())
	}
	if s := pl.sign; s != nil && (s.nonce != p.latest.nonce || s.size <= p.latest.head.tree.Size) {
		t.Fatalf("signs for a used nonce or an anchored size: %s", pl.words())
	}
	for i, s := range pl.send {
		if s.nonce != p.latest.nonce+uint64(i) || s.attempt.Nonce != s.nonce {
			t.Fatalf("sends out of order: %s", pl.words())
		}
	}
	for _, e := range pl.final {
		if e.Block.Number > p.final.block.Number || e.Block.Number > uint64(w.final) {
			t.Fatalf("final above the final block: %s", pl.words())
		}
	}
	if pl.phase == Waiting && errors.Is(pl.err, ErrNoAnswer) && (pl.sign != nil || pl.send != nil || pl.freeze) {
		t.Fatalf("acts on what it doubts: %s", pl.words())
	}
}

// live plays one history and then lets the chain be honest: everything must
// come to its end, each size once.
func live(t *testing.T, moves []byte) {
	w := &world{blocks: [][]modelTx{nil}, forks: []byte{0}, pool: map[uint64][]modelTx{}, known: map[store.ChainHash]modelTx{}, now: t0}
	for i, m := range moves {
		arg := int(m >> 4)
		switch m & 15 {
		case 0:
			w.entries += uint64(1 + arg)
		case 1, 2, 3, 4:
			w.look(t, 0, 0, m&1 == 0, arg&1 == 1)
		case 5:
			w.look(t, arg&3, 0, true, true) // lagging
		case 6, 7:
			w.look(t, 0, 1+arg&3, m&1 == 0, true) // crashing
		case 8, 9, 10:
			w.mine(true)
		case 11:
			w.mine(false)
		case 12:
			w.reorg(1+arg&3, arg&4 != 0)
		case 13: // somebody else uses the account
			_, nonce, _ := w.state(len(w.blocks) - 1)
			w.pool[nonce] = append(w.pool[nonce], modelTx{nonce: nonce, fee: 5000, hash: store.ChainHash{byte(i), byte(i >> 8), 8}})
		case 14:
			w.now = w.now.Add(time.Minute)
		case 15:
			clear(w.pool)
		}
	}
	for range 60 {
		w.look(t, 0, 0, true, true)
		w.mine(true)
		w.now = w.now.Add(time.Minute)
	}
	w.look(t, 0, 0, true, true)
	_, _, list := w.state(len(w.blocks) - 1)
	if len(w.j.open) > 0 || w.j.newest() != w.entries || len(list) != len(w.done) {
		t.Fatalf("not at an end: %d open, newest %d of %d, %d final of %d on the chain\nmoves %v", len(w.j.open), w.j.newest(), w.entries, len(w.done), len(list), moves)
	}
	for i, e := range list {
		if r := w.done[i]; r.Size != e.Size || r.PrevSize != e.PrevSize || r.Block.Hash != store.ChainHash(e.Block.Hash) {
			t.Fatalf("final %+v, on the chain %+v\nmoves %v", r, e, moves)
		}
	}
}

// TestLives plays random histories of the model.
func TestLives(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		moves := make([]byte, 20+rng.IntN(120))
		for i := range moves {
			moves[i] = byte(rng.Uint32())
		}
		live(t, moves)
	}
}

// FuzzReconcile lets the fuzzer choose the history.
func FuzzReconcile(f *testing.F) {
	f.Add([]byte{0, 1, 8, 1, 12, 1, 8, 8, 8, 1})
	f.Add([]byte{0, 0x11, 13, 8, 1, 14, 0, 1, 15, 0x41, 8, 0x7c, 6, 7, 5})
	f.Fuzz(func(t *testing.T, moves []byte) {
		if len(moves) <= 400 {
			live(t, moves)
		}
	})
}
