package anchor

import (
	"fmt"
	"time"

	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/verify"
)

// maxUndone is in how many looks in a row the chain may lack the block that
// made the last anchor final until the chain and not the RPC is taken for the
// reason. Looks count that are Config.Poll apart; while they fail they are
// further apart than that, so that at the default Poll it takes minutes.
const maxUndone = 10

// deepBlocks is how far below the latest block one lies that nobody expects to
// change where the chain names no final block: two epochs of Ethereum's.
const deepBlocks = 64

// A sighting is what several looks in a row showed of a chain without the
// block of the last final anchor.
type sighting struct {
	size    uint64           // of that anchor
	instead verify.BlockHash // what is canonical in its place; zero: the chain has not come so far
	looks   int
	last    time.Time // when the last of them was counted
}

// undone reports whether the picture is of a chain without the block of the
// last final anchor, and one that is settled there, so that a delay or a reorg
// still going on is no reason. It returns the block that is there instead.
func (p picture) undone(l *store.Anchor) (verify.BlockHash, bool) {
	if l == nil || p.final.block.Number > p.latest.block.Number {
		return verify.BlockHash{}, false
	}
	if p.latest.block.Number < l.Block.Number {
		// Times do not fall along a chain: one that has a later time at a
		// lower number does not lead there. One that merely lags has not.
		return verify.BlockHash{}, p.latest.block.Time > l.Block.Time
	}
	if store.ChainHash(p.lastFinal) == l.Block.Hash {
		return verify.BlockHash{}, false
	}
	settled := p.final.block.Number >= l.Block.Number
	if p.noFinality {
		settled = p.latest.block.Number-l.Block.Number >= deepBlocks
	}
	return p.lastFinal, settled
}

// again counts a look at now that showed p.
func (s sighting) again(p picture, l *store.Anchor, now time.Time, poll time.Duration) sighting {
	instead, ok := p.undone(l)
	switch {
	case !ok:
		return sighting{}
	case s.looks == 0 || s.size != l.Size || s.instead != instead:
		return sighting{size: l.Size, instead: instead, looks: 1, last: now}
	case now.Sub(s.last) >= poll:
		s.looks, s.last = s.looks+1, now
	}
	return s
}

// reverted is the verdict on a chain that was seen often enough without the
// block of the last final anchor.
func reverted(p picture, l *store.Anchor) verdict {
	what := fmt.Sprintf("size %d was final in block %d, %s", l.Size, l.Block.Number, l.Block.Hash)
	if p.latest.block.Number < l.Block.Number {
		what += ", and the chain, at a later time than that block's, has not come to its number"
	} else {
		what += fmt.Sprintf(", and that block is %s now", p.lastFinal)
	}
	return say(Stopped, fmt.Errorf("%w: %s", ErrFinalReverted, what),
		"%s; records are logged and not anchored. Ask another RPC for that block: if it has it, configure that RPC. "+
			"If not, the chain was made anew, or a reorg went deeper than the configured confirmations, which are then to be raised: "+
			"this log cannot go on there; make a new one with akashi init and submit its records again", what)
}
