package anchor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/verify"
)

// An Anchor brings the frozen heads of one store to the chain and their proofs
// back. There must be one for a store at most; the store's lock sees to that
// between processes.
type Anchor struct {
	c     Config
	store *store.Store
	log   *slog.Logger

	// wake tells Run to look again, capacity 1.
	wake chan struct{}

	// stepping is held for one look at the chain with all that follows from
	// it, so that two never act at once. It guards the fields below.
	stepping sync.Mutex
	looked   bool                                   // the chain was looked at since the start
	sentIn   map[store.ChainHash]verify.BlockHash   // latest block at which an attempt was sent last
	oddLooks map[uint64]int                         // looks in a row in which the header for a size's proof was odd
	fencedAt uint64                                 // highest block in which the chain's head was not in the store
	undone   sighting                               // of a chain without the last final anchor's block
	searches map[uint64]*search                     // sizes whose event is looked for block by block
	key      *Key                                   // that anchors: Config.Operator, or another that the owner made the operator
	keyErr   error                                  // why the key of the log's operator is not at hand
	signers  map[store.ChainHash]checkpoint.Address // of journaled attempts
	learned  history                                // what the log's owners did, as far as final
	checked  bool                                   // learned was held against the chain since the start
	kept     uint64                                 // learned.Block as the store has it
	events   historian
	restored *store.Restored // the store's mark; nil: none

	mu        sync.Mutex // guards what follows; nothing is waited for under it
	status    Status
	changed   chan struct{} // closed and replaced when status changes
	requested bool          // an anchor was asked for
	since     time.Time     // when the oldest entry that is not in the journal was noticed; zero: there is none

	// trap is called by tests at the instants where a crash matters; an error
	// ends the step there, as a crash would.
	trap func(at string) error
}

// New makes the pipeline for a store. It asks nothing and starts nothing.
func New(c Config, s *store.Store) (*Anchor, error) {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	a := &Anchor{
		c:        c,
		store:    s,
		log:      c.Logger.With("component", "anchor"),
		wake:     make(chan struct{}, 1),
		sentIn:   map[store.ChainHash]verify.BlockHash{},
		searches: map[uint64]*search{},
		key:      c.Operator,
		signers:  map[store.ChainHash]checkpoint.Address{},
		events:   historian{client: c.Client, ref: c.Ref},
		oddLooks: map[uint64]int{},
		changed:  make(chan struct{}),
		trap:     func(string) error { return nil },
	}
	a.status = Status{
		Phase: Starting, Detail: "the chain was not asked yet", Fenced: true,
		Operator: c.Operator.Address(), DaysLeft: -1,
	}
	if r, ok, err := s.Restored(); err != nil {
		return nil, fmt.Errorf("anchor: %w", err)
	} else if ok {
		a.restored, a.status.Restored = &r, &r
	}
	if l, err := s.LastFinal(); err == nil {
		a.status.FinalSize = l.Size
	} else if !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("anchor: %w", err)
	}
	return a, nil
}

// Run looks at the chain and acts until ctx ends, which is no error. It
// returns an error only when the store fails in a way that waiting does not
// mend; a full disk passes. It starts no goroutine that outlives it.
func (a *Anchor) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	failed := 0 // looks in a row that ended without a picture
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-a.wake:
		}
		err := a.step(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errStore) && !errors.Is(err, store.ErrFull):
			return fmt.Errorf("anchor: %w", err)
		}
		s := a.Status()
		if s.Phase == Waiting || s.Phase == Stopped {
			failed++
		} else {
			failed = 0
		}
		timer.Reset(a.pause(s, failed))
	}
}

// idlePolls is how many times Poll may pass between two looks at the chain.
const idlePolls = 20

// heldPolls is how many times while a restored store waits for the owner.
const heldPolls = 5

// pause is how long to wait before the next look.
func (a *Anchor) pause(s Status, failed int) time.Duration {
	longest := idlePolls * a.c.Poll
	if errors.Is(s.Err, ErrRestored) {
		return heldPolls * a.c.Poll // an owner acts, and somebody watches
	}
	if failed > 0 {
		return min(longest, a.c.Poll<<min(failed-1, 10))
	}
	if s.Phase != Idle || s.Keys == nil || s.Keys.pending() {
		return a.c.Poll
	}
	a.mu.Lock()
	since := a.since
	a.mu.Unlock()
	if since.IsZero() {
		return longest
	}
	// Entries wait for their batch to close.
	return min(longest, max(a.c.Poll, since.Add(a.c.Interval).Sub(a.c.Now())))
}

// Notify says that the log has grown. It never blocks; callers need not think
// about how often they call it.
func (a *Anchor) Notify() {
	n := a.store.Tree().Size
	a.mu.Lock()
	known := max(a.status.FinalSize, a.status.Pending)
	first := n > known && a.since.IsZero()
	if first {
		a.since = a.c.Now() // the batch's interval begins
	}
	wake := !a.status.Fenced && a.status.Phase == Idle && (first || n >= known+a.c.Entries)
	a.mu.Unlock()
	if wake {
		a.nudge()
	}
}

// Request closes the batch now instead of when the interval or the count says
// so. It never blocks; what it led to is seen by Status and Wait.
func (a *Anchor) Request() {
	a.mu.Lock()
	a.requested = true
	a.mu.Unlock()
	a.nudge()
}

func (a *Anchor) nudge() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Status returns what the pipeline last saw and did.
func (a *Anchor) Status() Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.status
}

// Wait returns the first status, from the present one on, for which done
// returns true, or the last one and the context's error.
func (a *Anchor) Wait(ctx context.Context, done func(Status) bool) (Status, error) {
	for {
		a.mu.Lock()
		s, changed := a.status, a.changed
		a.mu.Unlock()
		if done(s) {
			return s, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return s, ctx.Err()
		}
	}
}

// update changes the status and wakes those who wait for it.
func (a *Anchor) update(f func(*Status)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := a.status
	f(&a.status)
	close(a.changed)
	a.changed = make(chan struct{})
	if s := a.status; s.Phase != before.Phase || s.Fenced != before.Fenced || (s.Err == nil) != (before.Err == nil) || s.Err != nil && s.Detail != before.Detail {
		level := slog.LevelInfo
		if s.Phase == Waiting || s.Phase == Stopped {
			level = slog.LevelWarn
		}
		a.log.Log(context.Background(), level, "anchoring state changed", "phase", string(s.Phase), "detail", s.Detail, "fenced", s.Fenced)
	}
}

// Fence compares the head of the log on the chain, at the latest block, with
// the store, and returns nil only when the store holds everything that the
// chain holds. Until it has, the node may take records, but must sign nothing.
//
// A *FenceError says that the store is behind the chain (ErrStoreBehind) or
// contradicts it (ErrStoreForked); an error wrapping ErrSetup that the chain
// or the registry is another one; one wrapping ErrNoAnswer that it is not
// known yet. A log that was never opened has no head to be behind of.
//
// Run does the same each time it looks, and Status shows it.
func (a *Anchor) Fence(ctx context.Context) error {
	a.stepping.Lock()
	defer a.stepping.Unlock()
	if err := a.fence(ctx); err != nil {
		a.stopped(err)
		return err
	}
	a.update(func(s *Status) {
		s.Fenced = false
		if s.Phase == Starting || s.Phase == Stopped {
			s.Phase, s.Detail, s.Err = Idle, "the store agrees with the chain", nil
		}
	})
	return nil
}

func (a *Anchor) fence(ctx context.Context) error {
	j, err := a.load()
	if err != nil {
		return err
	}
	if err := a.c.Client.CheckRegistry(ctx, a.c.Ref, a.c.CodeHash); err != nil {
		return err
	}
	latest, err := a.c.Client.block(ctx, latestBlock)
	if err != nil {
		return err
	}
	p := picture{}
	if p.latest, err = a.point(ctx, latest.Block, true); err != nil {
		return err
	}
	if p.lastFinal, err = a.lastFinal(ctx, j, latest.Number); err != nil {
		return err
	}
	if err := a.compare(p.latest); err != nil {
		return err
	}
	if a.restored != nil {
		return a.heldError(p)
	}
	if v, ok := contradiction(p, j, 0); !ok {
		return v.err // Run alone counts looks
	}
	return a.liftable(p.latest.block)
}

// liftable returns an error when a picture that agrees with the store is too
// old to lift the fence.
func (a *Anchor) liftable(latest verify.Block) error {
	if !a.Status().Fenced {
		return nil
	}
	if latest.Number < a.fencedAt {
		return fmt.Errorf("%w: %s shows block %d as its latest, but block %d did not agree with the store; nothing is signed until the chain was seen to agree from there on",
			ErrNoAnswer, a.c.Client.host, latest.Number, a.fencedAt)
	}
	if lag := a.c.Now().Sub(time.Unix(int64(latest.Time), 0)); lag > a.c.MaxLag {
		return fmt.Errorf("%w: the RPC is %.0f hours behind: the latest block of %s, %d, is of %s; nothing is signed until it is at most %v old (anchor.max_lag), since the chain may hold anchors that this store does not",
			ErrNoAnswer, lag.Hours(), a.c.Client.host, latest.Number, time.Unix(int64(latest.Time), 0).UTC().Format(time.RFC3339), a.c.MaxLag)
	}
	return nil
}

// compare holds the chain's head against the store.
func (a *Anchor) compare(p point) error {
	err := a.holds(p.head)
	if _, ok := errors.AsType[*FenceError](err); ok {
		a.fencedAt = max(a.fencedAt, p.block.Number)
	}
	return err
}

// holds returns nil when the store begins with the chain's head.
func (a *Anchor) holds(h head) error {
	have := a.store.Tree().Size
	if h.tree.Size > have {
		return &FenceError{Reason: ErrStoreBehind, Log: a.c.Ref, Chain: h.tree, Store: have, Restored: a.restored != nil}
	}
	t, err := a.store.TreeAt(h.tree.Size)
	if err != nil {
		return ofStore(err)
	}
	if t.Root != h.tree.Root {
		return &FenceError{Reason: ErrStoreForked, Log: a.c.Ref, Chain: h.tree, Store: have, Restored: a.restored != nil}
	}
	return nil
}

// stopped puts an error of looking into the status. Errors of the store do
// not say anything about the chain and leave the fence as it is.
func (a *Anchor) stopped(err error) {
	phase := Waiting
	f, isFence := errors.AsType[*FenceError](err)
	if isFence || errors.Is(err, ErrSetup) {
		phase = Stopped
	}
	a.update(func(s *Status) {
		s.Phase, s.Detail, s.Err = phase, err.Error(), err
		if isFence {
			s.Fenced, s.ChainSize = true, f.Chain.Size
		}
	})
}

// step looks at the chain once and does what follows from it.
func (a *Anchor) step(ctx context.Context) error {
	a.stepping.Lock()
	defer a.stepping.Unlock()
	err := a.look(ctx)
	if err != nil && ctx.Err() == nil {
		a.stopped(err)
	}
	return err
}

// fewDays is when a status begins to speak of the account's balance.
const fewDays = 7

// maxRounds bounds how often one picture is judged: each round but the last
// writes something down that the next one reads.
const maxRounds = 8

func (a *Anchor) look(ctx context.Context) error {
	j, err := a.load()
	if err != nil {
		return err
	}
	p, err := a.observe(ctx, j)
	if err != nil {
		return err
	}
	if err := a.compare(p.latest); err != nil {
		return err
	}
	// What contradicts the journal says nothing about the store either: only
	// a picture that may be true lifts the fence.
	a.undone = a.undone.again(p, j.last, a.c.Now(), a.c.Poll)
	_, credible := contradiction(p, j, a.undone.looks)
	if credible {
		if err := a.liftable(p.latest.block); err != nil {
			return err
		}
	}
	a.update(func(s *Status) {
		s.LookedAt = a.c.Now()
		s.Operator = a.key.Address()
		s.Latest, s.LatestAt = p.latest.block.Number, p.latest.block.Time
		s.Finalized, s.ChainSize = p.final.block.Number, p.latest.head.tree.Size
		s.Balance, s.Price, s.DaysLeft = p.balance, nil, -1
		if p.baseFee != nil && p.tip != nil {
			s.Price = new(big.Int).Add(p.baseFee, p.tip)
			s.DaysLeft = s.DaysAt(a.c.Interval)
		}
	})
	if credible {
		if err := a.learnKeys(ctx, p); err != nil {
			return err
		}
		// Not before the keys were asked for: a node that stops as soon as the
		// fence has fallen signs its last head, and has to know with which.
		a.update(func(s *Status) { s.Fenced = s.Fenced && a.restored != nil })
	}
	if a.restored != nil {
		if held, err := a.held(ctx, p, credible); held || err != nil {
			return err
		}
	}
	for range maxRounds {
		pl := reconcile(p, j, a.terms(j))
		v, more, err := a.apply(ctx, p, j, pl)
		if err != nil {
			return err
		}
		if j, err = a.load(); err != nil {
			return err
		}
		if j.last != nil {
			// What became final just now was seen in a canonical block.
			if e, ok := p.events[j.last.Size]; ok {
				p.lastFinal = e.Block.Hash
			}
		}
		a.update(func(s *Status) {
			s.Phase, s.Detail, s.Err = v.phase, v.detail, v.err
			if s.DaysLeft >= 0 && s.DaysLeft < fewDays && !errors.Is(v.err, ErrShortOfFunds) {
				s.Detail += fmt.Sprintf("; the operator's account %s pays for about %.1f more days of anchors", s.Operator.Checksum(), s.DaysLeft)
			}
			s.FinalSize, s.Pending = j.lastSize(), 0
			if n := j.newest(); n > s.FinalSize {
				s.Pending = n
			}
		})
		if !more {
			break
		}
	}
	return nil
}

// load reads the journal.
func (a *Anchor) load() (journal, error) {
	var j journal
	last, err := a.store.LastFinal()
	switch {
	case err == nil:
		j.last = &last
	case !errors.Is(err, store.ErrNotFound):
		return j, ofStore(err)
	}
	if j.open, err = a.store.OpenAnchors(); err != nil {
		return j, ofStore(err)
	}
	if j.opening, err = a.store.Opening(); err != nil {
		return j, ofStore(err)
	}
	j.signers = a.signersOf(j)
	return j, nil
}

// errStore marks the errors of the store among those of a look.
var errStore = errors.New("journal")

func ofStore(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errStore, err)
}

// terms gathers what reconcile judges by, and notices new entries.
func (a *Anchor) terms(j journal) terms {
	t := terms{
		operator: a.key.Address(), noKey: a.keyErr, opening: a.c.Opening, stuck: a.c.Stuck,
		now: a.c.Now(), entries: a.store.Tree().Size, undone: a.undone.looks,
	}
	fresh := t.entries - min(t.entries, j.newest())
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case fresh == 0:
		a.since = time.Time{}
	case !a.looked:
		// Some were appended before this start, and after the last head; a
		// node that restarts often must not put them off each time.
		if f, err := a.store.LastFrozen(); err == nil {
			a.since = time.Unix(int64(f.Time), 0)
		} else if a.since.IsZero() {
			a.since = t.now.Add(-a.c.Interval)
		}
	case a.since.IsZero():
		a.since = t.now
	}
	a.looked = true
	if fresh == 0 {
		a.requested = false // what was asked for is in the journal
	}
	t.due = fresh > 0 && (a.requested || fresh >= a.c.Entries || t.now.Sub(a.since) >= a.c.Interval)
	return t
}
