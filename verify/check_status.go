package verify

import (
	"errors"
	"time"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// status checks what the log says of the record since.
func (c *check) status() {
	s := c.e.Status
	if s == nil {
		c.unknown(StatusEvent, "The evidence carries no status, so whether the record was withdrawn is not known; ask the node for fresh evidence.")
		for _, code := range []Code{StatusBlock, StatusOrder, StatusHead, StatusChunk, StatusCurrent, StatusState} {
			c.rests(code, StatusEvent)
		}
		return
	}
	found, ok := c.event(StatusEvent, s.Event)
	c.block(StatusBlock, s.Event)
	if !ok {
		for _, code := range []Code{StatusOrder, StatusHead, StatusChunk, StatusCurrent, StatusState} {
			c.rests(code, StatusEvent)
		}
		return
	}
	c.saw(found, s.Event, StatusBlock)
	a := c.pick(found)
	c.order(found, a)
	root := c.head(found, a)
	c.chunk(found, a, root)
	c.current(a)
	c.state(a)
}

// pick returns the anchor that the head is the last leaf of. Evidence names
// no size; a block seldom holds two anchors of one log.
func (c *check) pick(found finding) Anchored {
	for _, a := range found.anchors {
		if c.headIncluded(a) {
			return a
		}
	}
	return found.anchors[len(found.anchors)-1]
}

func (c *check) headIncluded(a Anchored) bool {
	return a.Tree().CheckInclusion(merkle.LeafHash(c.e.Status.Head), merkle.Inclusion{Index: a.Size - 1, Hashes: c.e.Status.HeadInclusion}) == nil
}

// order checks that the status is of the same log, and not from before the
// record was anchored. The log id is the same: the event was checked for it.
func (c *check) order(found finding, a Anchored) {
	e := c.e.Status.Event
	// Two events contradict each other when bytes prove both.
	both := finding{attested: found.attested || c.dating.attested}
	switch {
	case e.ChainID != c.ref.ChainID || e.Registry != c.ref.Registry:
		c.fail(StatusOrder, "The status is from the registry %s of chain %d, and the record from another one.", e.Registry, e.ChainID)
	case !c.rests(StatusOrder, ExistenceEvent):
	case a.Size < c.first.Size || a.Block.Number < c.e.Existence.Event.Block.Number:
		c.add(StatusOrder, both.contradiction(), "The status is of the log at %d entries, from before the record was anchored at %d.", a.Size, c.first.Size)
	case a.Size == c.first.Size && a.Root != c.first.Root:
		c.add(StatusOrder, both.contradiction(), "The two anchors give the log of %d entries different contents.", a.Size)
	default:
		c.pass(StatusOrder, "The status is of the same log, at %d entries.", a.Size)
	}
}

// head checks that the log ended in a head entry there, and returns its root.
func (c *check) head(found finding, a Anchored) merkle.Hash {
	if !c.headIncluded(a) {
		c.add(StatusHead, found.contradiction(), "The head in the evidence is not the last entry of the log that was anchored.")
		return merkle.Hash{}
	}
	entry, err := record.ParseEntry(c.e.Status.Head)
	if err != nil || entry.Kind != record.Head {
		c.unknown(StatusHead, "The log does not end in a head entry there, so it says nothing of any status; tell the log's operator.")
		return merkle.Hash{}
	}
	c.pass(StatusHead, "The log ended in a head entry, which sums up every status.")
	return entry.StatusRoot
}

// chunk checks that the state is part of what the head sums up.
func (c *check) chunk(found finding, a Anchored, root merkle.Hash) {
	if !c.rests(StatusChunk, StatusHead) {
		return
	}
	s := c.e.Status
	if err := merkle.CheckStatus(root, a.Size-1, c.e.Index, s.Chunk, s.ChunkProof); err != nil {
		c.add(StatusChunk, found.contradiction(), "The status in the evidence is not the one that the head sums up.")
		return
	}
	c.pass(StatusChunk, "The status in the evidence is the one that the head sums up.")
}

// clockSkew is how far a block may be ahead of the verifier's clock.
const clockSkew = 15 * time.Minute

// current checks that there is no newer status, or that this one is young.
func (c *check) current(a Anchored) {
	if !c.rests(StatusCurrent, StatusOrder, StatusHead) {
		return
	}
	if c.v.Chain == nil {
		c.aged(a, "Nobody was asked for a newer status")
		return
	}
	final, err := c.client.final(c.ctx)
	if err == nil {
		var head LogHead
		if head, err = c.client.head(c.ctx, c.ref, final); err == nil {
			c.compare(a, final, head)
			return
		}
	}
	if errors.Is(err, errDisagree) {
		c.unknown(StatusCurrent, "Whether there is a newer status could not be found out: %s.", because(err))
		return
	}
	c.aged(a, "Whether there is a newer status could not be found out ("+because(err)+")")
}

// compare sets the status against the head that the contract holds.
func (c *check) compare(a Anchored, final Block, head LogHead) {
	switch {
	case head.Size < a.Size:
		c.unknown(StatusCurrent, "The chain client reports %d entries anchored as of block %d, fewer than the %d of the status in block %d, so it lags or is wrong.", head.Size, final.Number, a.Size, a.Block.Number)
	case head.Size > a.Size:
		c.aged(a, "A newer anchor exists that this evidence does not hold")
	case head.Root != a.Root:
		c.unknown(StatusCurrent, "The chain client reports other contents for the %d entries of the log, so one of the two is wrong.", a.Size)
	case head.Closed: // which no clock can change
		c.fresh = true
		c.pass(StatusCurrent, "The log is closed, so this status is its last.")
	case c.old(final.Time) < -clockSkew:
		c.unknown(StatusCurrent, "The chain client's newest final block is of %s, which your clock says is yet to come, so whether this status is the newest cannot be told; set the clock right, or ask another client.", date(final.Time))
	case c.old(final.Time) > c.v.Policy.statusAge():
		c.unknown(StatusCurrent, "The chain client knows of no newer status, and its newest final block is %s old, so it lags; ask another one.", age(c.old(final.Time)))
	default:
		c.pass(StatusCurrent, "This is the newest status as of block %d, of %s.", final.Number, date(final.Time))
	}
}

// old returns how long ago a block was made; below zero when it is to come.
func (c *check) old(blockTime uint64) time.Duration {
	// Sub saturates, so that a time beyond reckoning stays on its side.
	return c.now().Sub(time.Unix(int64(min(blockTime, maxNumber)), 0))
}

// aged judges a status that may not be the newest by its age.
func (c *check) aged(a Anchored, why string) {
	old := c.old(a.Block.Time)
	most := c.v.Policy.statusAge()
	switch {
	case old < -clockSkew:
		c.unknown(StatusCurrent, "%s, and the status is from %s, which your clock says is yet to come; set the clock right.", why, date(a.Block.Time))
	case old > most:
		c.unknown(StatusCurrent, "%s, and the status is %s old, older than the %s that your policy allows; get fresh evidence.", why, age(old), age(most))
	default:
		c.warn(StatusCurrent, "%s; the status is %s old, which your policy allows.", why, age(max(old, 0)))
	}
}

// state says what the log says of the record. It counts only when every step
// that it rests on passed, and only from the issuer's own log.
func (c *check) state(a Anchored) {
	if !c.rests(StatusState, RecordDigest, RegistryTrusted, ExistenceEvent, ExistenceBlock, ExistenceRange, ExistenceInclusion,
		StatusEvent, StatusBlock, StatusOrder, StatusHead, StatusChunk) {
		return
	}
	if !c.passed(IssuerBound) {
		c.unknown(StatusState, "What this log says of the record counts for nothing, since it is not known to be the issuer's.")
		return
	}
	state := record.State(c.e.Status.Chunk.State(c.e.Index))
	fact := &StatusFact{State: state, Block: a.Block, Size: a.Size, Final: state == record.Revoked || c.fresh}
	switch state {
	case record.Revoked: // for ever, so its age does not matter
		c.fail(StatusState, "The issuer has revoked the record: it is revoked as of block %d, of %s.", a.Block.Number, date(a.Block.Time))
	case record.Suspended:
		// A warning is not enough: the suspension may have been lifted in the
		// anchor that nobody has shown.
		if c.done[StatusCurrent] != Pass {
			c.unknown(StatusState, "The record was suspended as of block %d, of %s, which may have changed since; get fresh evidence.", a.Block.Number, date(a.Block.Time))
			return
		}
		c.fail(StatusState, "The issuer has suspended the record: it is suspended as of block %d, of %s.", a.Block.Number, date(a.Block.Time))
	case record.Valid:
		c.pass(StatusState, "The record is neither revoked nor suspended as of block %d, of %s.", a.Block.Number, date(a.Block.Time))
	default:
		c.unknown(StatusState, "The log gives the record a state that this version does not know.")
		return
	}
	c.report.Status = fact
}
