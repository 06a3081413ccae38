package anchor

import (
	"fmt"
	"slices"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/verify"
)

// A picture is what the chain showed: the state of two blocks, each read by
// the block's hash so that it is of one piece, and the anchors found in
// canonical blocks up to the latest.
type picture struct {
	latest, final point

	// events holds the Anchored events that were looked for and found, by
	// size, each in the canonical block of its number.
	events map[uint64]found

	// gone are sizes whose event was looked for in every block it could be
	// in, in vain.
	gone map[uint64]bool

	// unproven are sizes whose event could be final, but whose proof could
	// not be built from this picture's blocks, and why.
	unproven map[uint64]error

	// noFinality is true while the chain names no final block; final is zero
	// then.
	noFinality bool

	costs

	// lastFinal is the canonical hash at the number of the last final
	// anchor's block, when there is one and the latest block reaches it.
	lastFinal verify.BlockHash
}

// A point is the state after one block.
type point struct {
	block verify.Block
	known bool // head and nonce could be read; an RPC without old states knows the latest only
	head  head
	nonce uint64 // transactions that the operator's account has sent
}

// found is an Anchored event and the transaction that emitted it.
type found struct {
	verify.Anchored
	tx store.ChainHash
}

// A journal is what the store remembers of anchoring.
type journal struct {
	last    *store.Anchor   // the last final anchor; nil: none yet
	open    []store.Anchor  // the rows after it, smallest size first
	opening []store.Attempt // transactions that open the log, oldest first

	// signers are the accounts that signed the attempts, whose nonces count
	// apart: the owner may have changed the operator since.
	signers map[store.ChainHash]checkpoint.Address
}

// foreign reports whether an attempt was signed by another account.
func (j journal) foreign(a *store.Attempt, account checkpoint.Address) bool {
	signer, known := j.signers[a.Hash]
	return known && signer != account
}

// lastSize is the size of the last final anchor.
func (j journal) lastSize() uint64 {
	if j.last == nil {
		return 0
	}
	return j.last.Size
}

// newest is the largest size in the journal.
func (j journal) newest() uint64 {
	if n := len(j.open); n > 0 {
		return j.open[n-1].Size
	}
	return j.lastSize()
}

// has reports whether the journal has a row of that size, or one that is
// final and as large.
func (j journal) has(size uint64) bool {
	if size <= j.lastSize() {
		return true
	}
	for _, r := range j.open {
		if r.Size == size {
			return true
		}
	}
	return false
}

// terms are what reconcile judges by, besides the chain and the journal.
type terms struct {
	operator checkpoint.Address
	noKey    error         // why the key of the log's operator is not at hand; nil: it was not looked for
	opening  *Opening      // signed, if there is one
	stuck    time.Duration // after which a transaction's fee is raised
	now      time.Time
	entries  uint64 // in the committed tree
	due      bool   // a trigger wants the next anchor
	undone   int    // looks in a row that showed a chain without the last final anchor's block
}

// maxUnfinal is how many anchors may wait for finality before no more are
// sent: a chain that does not finalize for so long needs a person.
const maxUnfinal = 64

// A plan is what to do about a picture. Steps are in the order of the fields;
// each is journaled before the next, and before anything is sent. No step
// depends on one that the journal does not show afterwards, so a crash at any
// instant leads to the same plan or a shorter one.
type plan struct {
	adopt     []found  // anchors on the chain that the journal does not know: rows to make
	mined     []found  // rows that are now in these blocks
	orphaned  []uint64 // rows that were mined and are not any more: orphaned → intended
	overtaken []passed // rows that can never be anchored: orphaned for good
	final     []found  // rows that are final, smallest first

	send   []slot // persisted attempts to send again, smallest nonce first
	sign   *slot  // one new attempt to sign, persist and send
	freeze bool   // close the batch and journal its head as intended
	verdict
}

// A slot is one nonce of the operator's account and the attempt that is to
// fill it.
type slot struct {
	nonce   uint64
	size    uint64         // of the row; 0 is the opening
	attempt *store.Attempt // to send; in a sign, the one to replace by a higher fee, or nil
	freshen bool           // in a sign: a head frozen now may take the row's place
}

// passed is a row that a larger anchor passed.
type passed struct{ size, by uint64 }

// A verdict is a plan in words.
type verdict struct {
	phase  Phase
	detail string
	err    error
}

func say(phase Phase, err error, format string, a ...any) verdict {
	return verdict{phase: phase, err: err, detail: fmt.Sprintf(format, a...)}
}

// reconcile decides what to do. It is a function of its arguments alone: it
// remembers nothing between two looks at the chain, so that a restart changes
// nothing that it does, but for how soon it calls for a person.
func reconcile(p picture, j journal, t terms) plan {
	if v, ok := contradiction(p, j, t.undone); !ok {
		return plan{verdict: v}
	}
	pl := plan{verdict: say(Idle, nil, "everything due is anchored and final")}
	settle(&pl, p, j)
	if len(pl.adopt)+len(pl.mined)+len(pl.orphaned)+len(pl.overtaken)+len(pl.final) > 0 {
		// What follows reads the journal as it is after these steps.
		pl.verdict = say(Anchoring, nil, "the journal is brought up to block %d", p.latest.block.Number)
		return pl
	}
	advance(&pl, p, j, t)
	return pl
}

// contradiction returns false, and what to say, when the picture cannot be
// true by what is final. Then nothing is concluded and nothing is sent: the
// RPC lags, lies, or follows another fork, and will show it by itself later.
// Only what was final and is not any more, in so many looks in a row, is told
// to a person.
func contradiction(p picture, j journal, undone int) (verdict, bool) {
	doubt := func(format string, a ...any) (verdict, bool) {
		what := fmt.Sprintf(format, a...)
		return say(Waiting, fmt.Errorf("%w: %s", ErrNoAnswer, what), "the RPC lags or lies: %s", what), false
	}
	if p.final.block.Number > p.latest.block.Number {
		return doubt("its final block %d is above its latest, %d", p.final.block.Number, p.latest.block.Number)
	}
	if l := j.last; l != nil {
		if _, ok := p.undone(l); ok && undone >= maxUndone {
			return reverted(p, l), false
		}
		if p.latest.block.Number < l.Block.Number {
			return doubt("its latest block is %d, but size %d was final in block %d", p.latest.block.Number, l.Size, l.Block.Number)
		}
		if store.ChainHash(p.lastFinal) != l.Block.Hash {
			return doubt("its block %d is %s, but size %d was final in %s", l.Block.Number, p.lastFinal, l.Size, l.Block.Hash)
		}
		if p.latest.head.tree.Size < l.Size {
			return doubt("it shows the log at size %d in block %d, but size %d was final in block %d", p.latest.head.tree.Size, p.latest.block.Number, l.Size, l.Block.Number)
		}
	}
	if p.final.known && p.final.head.tree.Size > p.latest.head.tree.Size {
		return doubt("the log is larger in its final block %d than in its latest", p.final.block.Number)
	}
	if p.final.known && p.final.nonce > p.latest.nonce {
		return doubt("the account has sent more in its final block %d than in its latest", p.final.block.Number)
	}
	for size, e := range p.events {
		if size > p.latest.head.tree.Size {
			return doubt("it shows an anchor of size %d in block %d, but the log at size %d after it", size, e.Block.Number, p.latest.head.tree.Size)
		}
	}
	for _, r := range j.open {
		if e, ok := p.events[r.Size]; ok && e.Root != r.Root {
			return doubt("its anchor of size %d has another root than the store, unlike the log's head", r.Size)
		}
		// An RPC behind the block in which we saw the anchor cannot tell a
		// reorg from its own delay.
		if r.State == store.Mined && p.latest.block.Number < r.Block.Number {
			return doubt("its latest block is %d, but size %d was seen in block %d", p.latest.block.Number, r.Size, r.Block.Number)
		}
	}
	return verdict{}, true
}

// settle compares each row with the chain.
func settle(pl *plan, p picture, j journal) {
	for size, e := range p.events {
		if !j.has(size) {
			pl.adopt = append(pl.adopt, e)
		}
	}
	if len(pl.adopt) > 0 {
		return
	}
	prev := j.lastSize()
	var without []uint64 // rows after prev that have no event
	var hidden []uint64  // all rows so far that have none, those too that are orphaned just now
	whole := true        // every event so far is final, and follows the one before
	for _, r := range j.open {
		e, ok := p.events[r.Size]
		if !ok {
			hidden = append(hidden, r.Size)
		}
		switch {
		case !ok && r.State == store.Mined, !ok && r.State == store.Orphaned:
			pl.orphaned = append(pl.orphaned, r.Size)
			continue
		case !ok:
			without = append(without, r.Size)
			continue
		}
		if r.State != store.Mined || r.Block.Hash != store.ChainHash(e.Block.Hash) {
			pl.mined = append(pl.mined, e)
		}
		whole = whole && p.isFinal(e) && p.unproven[r.Size] == nil && (e.PrevSize == prev || p.gone[e.PrevSize])
		// A row that this one follows is on the chain, though not shown: it
		// must not be passed, however often it was looked for in vain.
		whole = whole && !slices.Contains(hidden, e.PrevSize)
		if !whole {
			continue
		}
		// Everything between two neighbouring events of the registry was
		// passed over, for good once the later one is final.
		for _, size := range without {
			pl.overtaken = append(pl.overtaken, passed{size: size, by: r.Size})
		}
		without = nil
		pl.final = append(pl.final, e)
		prev = r.Size
	}
}

// isFinal reports whether the event will not be undone: its block is the
// canonical one of its number (or it would not be in events) at or below the
// final block.
func (p picture) isFinal(e found) bool {
	return e.Block.Number <= p.final.block.Number && (!p.final.known || p.final.head.tree.Size >= e.Size)
}

// advance decides what to send.
func advance(pl *plan, p picture, j journal, t terms) {
	h := p.latest.head
	switch {
	case !h.opened():
		advanceOpening(pl, p, j, t)
		return
	case h.closed:
		pl.verdict = say(Stopped, ErrLogClosed, "the owner closed the log at size %d: nothing more can be anchored", h.tree.Size)
		return
	case h.operator != t.operator:
		why := ""
		if t.noKey != nil {
			why = fmt.Sprintf(" (%v)", t.noKey)
		}
		pl.verdict = say(Stopped, ErrNotOperator, "the log's operator is %s, but the key is of %s: give this node that key%s, or have the owner make %[2]s the operator; records are taken meanwhile, and nothing of them is anchored", h.operator, t.operator, why)
		return
	}
	if size := h.tree.Size; size > j.lastSize() {
		// A head that we journaled has an event, however long the RPC hides
		// it; one that we did not may be too old for the RPC to know.
		if _, ok := p.events[size]; !ok && (j.has(size) || !p.gone[size]) {
			pl.verdict = say(Waiting, nil, "the log is anchored at size %d, but the RPC does not show the event yet", size)
			return
		}
	}
	var open []store.Anchor // rows above the chain's head
	unfinal := 0
	var unproven *verdict
	for _, r := range j.open {
		if r.Size > h.tree.Size {
			open = append(open, r)
		} else if r.State == store.Mined {
			if why := p.unproven[r.Size]; why != nil {
				v := say(Waiting, why, "size %d is final in block %d, but its proof cannot be built and those after it wait: %v", r.Size, r.Block.Number, why)
				unproven = &v
			}
			// What waits for a proof alone is no reason to send nothing.
			if p.noFinality || r.Block.Number > p.final.block.Number {
				unfinal++
			}
			if p.noFinality {
				pl.verdict = say(Waiting, ErrNoFinality, "size %d is anchored in block %d, but the chain names no final block; if it never will, configure a number of confirmations", r.Size, r.Block.Number)
				continue
			}
			pl.verdict = say(Anchoring, nil, "size %d is anchored in block %d and waits until that is final; block %d is", r.Size, r.Block.Number, p.final.block.Number)
		}
	}
	if unproven != nil {
		pl.verdict = *unproven
	}
	if len(open) == 0 {
		switch {
		case !t.due:
		case unfinal >= maxUnfinal:
			pl.verdict = say(Waiting, nil, "%d anchors wait until the chain makes them final; no more are sent until then", unfinal)
		default:
			pl.freeze = true
		}
		return
	}

	// Everything from the latest nonce on is sent again, as far as it would
	// succeed on the chain's head: each attempt was signed for one head.
	size, nonce := h.tree.Size, p.latest.nonce
	for ; ; nonce++ {
		row, attempt := j.best(open, nonce, t.operator)
		if attempt == nil || row.PrevSize != size {
			break
		}
		pl.send = append(pl.send, slot{nonce: nonce, size: row.Size, attempt: attempt})
		size = row.Size
	}
	next := open[len(open)-1] // the newest head; those below it are passed over
	switch {
	case len(pl.send) == 0:
		// Nothing of ours can fill the nonce: nothing was signed yet, or the
		// account used the nonce for something else, or the log moved on.
		_, old := j.best(open, nonce, t.operator)
		pl.sign = &slot{nonce: nonce, size: next.Size, attempt: old}
		pl.verdict = say(Anchoring, nil, "size %d is about to be sent with nonce %d", next.Size, nonce)
	case t.now.Sub(pl.send[0].attempt.SentAt) >= t.stuck:
		// It may carry a newer head: anchors are cumulative.
		first := pl.send[0]
		pl.sign = &slot{nonce: first.nonce, size: next.Size, attempt: first.attempt, freshen: t.entries > j.newest()}
		pl.verdict = say(Anchoring, nil, "size %d is not mined %s after it was sent with nonce %d", first.size, t.now.Sub(first.attempt.SentAt).Round(time.Second), first.nonce)
	default:
		pl.verdict = say(Anchoring, nil, "size %d is sent with nonce %d and waits to be mined", pl.send[0].size, pl.send[0].nonce)
	}
}

// advanceOpening decides how the log gets opened.
func advanceOpening(pl *plan, p picture, j journal, t terms) {
	if t.opening == nil {
		pl.verdict = say(Waiting, ErrLogNotOpen, "the registry does not know the log, and no signed opening is configured: have the owner open it")
		return
	}
	if t.opening.Operator != t.operator {
		pl.verdict = say(Stopped, ErrLogNotOpen, "the registry does not know the log, and the signed opening makes %s its operator, but the key is of %s: give this node that key, or have the owner sign another opening", t.opening.Operator, t.operator)
		return
	}
	var best *store.Attempt
	for i := range j.opening {
		if !j.foreign(&j.opening[i], t.operator) {
			best = better(best, &j.opening[i], p.latest.nonce)
		}
	}
	pl.verdict = say(Anchoring, nil, "the log is being opened on the registry")
	switch {
	case best == nil:
		pl.sign = &slot{nonce: p.latest.nonce}
	case t.now.Sub(best.SentAt) >= t.stuck:
		pl.sign = &slot{nonce: p.latest.nonce, attempt: best}
		fallthrough
	default:
		pl.send = []slot{{nonce: best.Nonce, attempt: best}}
	}
}

// best returns, of all attempts of that account with that nonce, the one that
// offers most: the others can not replace it in a node's pool.
func (j journal) best(open []store.Anchor, nonce uint64, account checkpoint.Address) (store.Anchor, *store.Attempt) {
	var row store.Anchor
	var best *store.Attempt
	for _, r := range open {
		for i := range r.Attempts {
			if j.foreign(&r.Attempts[i], account) {
				continue
			}
			if b := better(best, &r.Attempts[i], nonce); b != best {
				row, best = r, b
			}
		}
	}
	return row, best
}

// better returns a if it has that nonce and offers at least what best does.
func better(best, a *store.Attempt, nonce uint64) *store.Attempt {
	if a.Nonce == nonce && (best == nil || a.FeeCap >= best.FeeCap) {
		return a
	}
	return best
}
