package audit

import (
	"fmt"
	"strings"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/crypto"
)

// A plan is what the events of one log say: what there is to recompute.
type plan struct {
	log     Log // what the events fill of it
	terms   checkpoint.Terms
	all     []Anchor           // every anchor up to the end of the range
	txs     []verify.BlockHash // that made them
	base    int                // number of the first anchor to judge
	first   int                // number of the first one in the range: base, or the one after
	actions uint64             // of the owners
	opened  bool

	operator, owner checkpoint.Address // at the end
}

// follow goes through the events of a log as the registry must have made them
// (docs/formats/chain.md). What cannot be is noted as unknown: then the RPC
// left events out or made some up.
func follow(ref checkpoint.LogRef, events []event, blocks map[uint64]verify.Block, o *Options, from, to verify.Block, led *ledger) *plan {
	p := &plan{log: Log{Ref: ref, Keys: []KeysEvent{}, Operators: []AccountEvent{}, Owners: []AccountEvent{}, Offers: []AccountEvent{}, Anchors: []Anchor{}}}
	var size, time uint64
	var root merkle.Hash
	for i := range events {
		e := &events[i]
		b := blocks[e.Block]
		where := Where{Block: at(e.Block)}
		if b.Hash != e.Hash {
			led.find(ChainBlock, verify.Unknown, where, "The RPC gives an event in block %d of hash %s, but that block has the hash %s.", e.Block, e.Hash, b.Hash)
		} else {
			led.pass(ChainBlock)
		}
		here := Event{Block: b, Tx: e.Tx, Index: e.Index}
		if !p.opened && e.Kind != opened {
			led.find(LogID, verify.Unknown, where, "There is an event %s in block %d before any opening of the log.", e.Kind, e.Block)
			continue
		}
		if p.log.Closed != nil {
			led.find(LogClosed, verify.Unknown, where, "There is an event %s in block %d after the closing of the log.", e.Kind, e.Block)
			continue
		}
		switch e.Kind {
		case opened:
			if p.opened {
				led.find(LogID, verify.Unknown, where, "The log is opened once more in block %d.", e.Block)
				continue
			}
			p.open(e, here, led)
		case anchored:
			a := Anchor{Size: e.Size, PrevSize: e.Prev, Root: e.Root, Block: e.Block, BlockHash: e.Hash, Time: b.Time, Result: verify.Pass}
			in := e.Block >= from.Number
			// Outside the range nothing is judged, but a gap makes what
			// follows worth nothing.
			if e.Prev != size {
				led.find(AnchorOrder, verify.Unknown, Where{Anchor: at(e.Size), Block: at(e.Block)}, "The anchor of size %d says that the one before had size %d, but the events give %d.", e.Size, e.Prev, size)
				a.note(AnchorOrder, verify.Unknown)
			} else if in {
				led.pass(AnchorOrder)
			}
			if in {
				p.times(&a, time, len(p.all) > 0, o, led)
			} else {
				p.base, p.first = len(p.all), len(p.all)+1
			}
			p.all, p.txs = append(p.all, a), append(p.txs, e.Tx)
			size, root, time = e.Size, e.Root, b.Time
		case keysChanged:
			p.actions++
			p.keys(e, here, size, led)
		case operatorChanged:
			p.actions++
			p.follows(e, "operator", p.operator, led)
			p.operator = e.Account
			p.log.Operators = append(p.log.Operators, AccountEvent{AtSize: size, Account: e.Account, At: here})
		case ownerOffered:
			p.actions++
			p.follows(e, "owner", p.owner, led)
			p.log.Offers = append(p.log.Offers, AccountEvent{AtSize: size, Account: e.Account, At: here})
		case ownerChanged:
			p.actions++
			p.follows(e, "owner", p.owner, led)
			if n := len(p.log.Offers); n == 0 || p.log.Offers[n-1].Account != e.Account {
				led.find(LogOwner, verify.Unknown, where, "Block %d gives the log to an owner whom nobody offered it to.", e.Block)
			}
			p.owner = e.Account
			p.log.Owners = append(p.log.Owners, AccountEvent{AtSize: size, Account: e.Account, At: here})
		case logClosed:
			p.actions++
			p.operator = checkpoint.Address{}
			p.log.Closed = &ClosedEvent{Size: e.Size, Root: e.Root, At: here}
			if e.Size != size || e.Root != root {
				led.find(LogClosed, verify.Unknown, where, "The log is closed at size %d, but its last anchor has size %d, or another root.", e.Size, size)
			} else {
				led.pass(LogClosed)
			}
		}
	}
	p.silence(to, o, led)
	if !p.opened {
		led.find(LogID, verify.Unknown, Where{}, "No opening of the log was found up to block %d.", to.Number)
	}
	return p
}

// note keeps the code of a check that an anchor did not pass.
func (a *Anchor) note(code Code, r verify.Result) {
	a.Codes = append(a.Codes, code)
	if worse(r, a.Result) {
		a.Result = r
	}
}

func (p *plan) open(e *event, here Event, led *ledger) {
	p.opened = true
	p.operator, p.owner = e.Account, e.Owner
	p.log.Owner, p.log.Origin, p.log.Opened = e.Owner, e.Origin, &here
	p.log.Operators = append(p.log.Operators, AccountEvent{Account: e.Account, At: here})
	p.log.Owners = append(p.log.Owners, AccountEvent{Account: e.Owner, At: here})
	if got := logID(e.Owner, e.Origin, e.Keys); got != p.log.Ref.Log {
		led.find(LogID, verify.Unknown, Where{Block: at(e.Block)}, "Owner, origin and keys of the opening give the id %s.", got)
	} else {
		led.pass(LogID)
	}
	if err := checkpoint.CheckOrigin(e.Origin); err != nil {
		led.find(LogID, verify.Unknown, Where{Block: at(e.Block)}, "The log was opened with an origin that the registry refuses.")
		p.log.Origin = ""
	}
	p.keys(e, here, 0, led)
}

// keys notes a term of keys.
func (p *plan) keys(e *event, here Event, size uint64, led *ledger) {
	if e.Kind == keysChanged && e.Size != size {
		led.find(AnchorOrder, verify.Unknown, Where{Block: at(e.Block)}, "Keys were announced in block %d at size %d, but the last anchor before has size %d.", e.Block, e.Size, size)
	}
	// One by one: Announce copies what it is called on.
	p.terms = append(p.terms, checkpoint.Terms{}.Announce(e.Size, e.Keys, p.log.Origin)...)
	keys := p.terms.Current()
	if len(keys) == 0 {
		led.find(LogKeys, verify.Warn, Where{Block: at(e.Block)}, "What was announced in block %d are no keys of the log: nobody can sign its checkpoints until others are announced.", e.Block)
		keys = checkpoint.Keys{}
	} else {
		led.pass(LogKeys)
	}
	p.log.Keys = append(p.log.Keys, KeysEvent{AtSize: e.Size, Keys: keys, At: here})
}

// follows notes whether a change of operator or owner begins with the present
// one.
func (p *plan) follows(e *event, what string, now checkpoint.Address, led *ledger) {
	if e.Previous != now {
		led.find(LogOwner, verify.Unknown, Where{Block: at(e.Block)}, "Block %d changes the %s %s, but by the events before it is %s.", e.Block, what, e.Previous, now)
		return
	}
	led.pass(LogOwner)
}

// times judges the time of an anchor's block against that of the one before.
func (p *plan) times(a *Anchor, before uint64, has bool, o *Options, led *ledger) {
	if !has {
		return
	}
	if a.Time < before {
		led.find(AnchorTime, verify.Unknown, Where{Anchor: at(a.Size), Block: at(a.Block)}, "The block of the anchor of size %d is older than that of the anchor before.", a.Size)
		a.note(AnchorTime, verify.Unknown)
		return
	}
	led.pass(AnchorTime)
	gap := a.Time - before
	if gap > p.log.LongestGap.Seconds {
		p.log.LongestGap = Gap{Seconds: gap, From: before, To: a.Time, Size: a.Size}
	}
	if limit := uint64(o.MaxGap / time.Second); o.MaxGap > 0 && gap > limit {
		led.find(AnchorGap, verify.Warn, Where{Anchor: at(a.Size), Block: at(a.Block)}, "Before the anchor of size %d there was none for %d seconds; the limit asked for is %d.", a.Size, gap, limit)
		a.note(AnchorGap, verify.Warn)
	} else if o.MaxGap > 0 {
		led.pass(AnchorGap)
	}
}

// silence judges the time from the last anchor to the end of the range, or to
// the closing; without an anchor that from the opening.
func (p *plan) silence(to verify.Block, o *Options, led *ledger) {
	if !p.opened || o.MaxGap == 0 {
		return
	}
	end, since := to.Time, p.log.Opened.Block.Time
	if p.log.Closed != nil {
		end = p.log.Closed.At.Block.Time
	}
	where, what := Where{}, "the opening"
	if n := len(p.all); n > 0 {
		last := p.all[n-1]
		since, where, what = last.Time, Where{Anchor: at(last.Size), Block: at(last.Block)}, fmt.Sprintf("the anchor of size %d", last.Size)
	}
	gap, limit := end-min(since, end), uint64(o.MaxGap/time.Second)
	if gap <= limit {
		led.pass(AnchorGap)
		return
	}
	led.find(AnchorGap, verify.Warn, where, "After %s there was none for %d seconds, up to the end of the range or of the log; the limit asked for is %d.", what, gap, limit)
}

// logID is checkpoint.Log.ID over keys of any bytes, as the contract has it.
func logID(owner checkpoint.Address, origin string, keys []byte) checkpoint.LogID {
	var padded [32]byte
	copy(padded[12:], owner[:])
	return checkpoint.LogID(crypto.Keccak256(padded[:], crypto.Keccak256([]byte(origin)), crypto.Keccak256(keys)))
}

// size is what was anchored at the end of the range.
func (p *plan) tree() merkle.Tree {
	if len(p.all) == 0 {
		return merkle.Tree{Root: merkle.EmptyRoot}
	}
	a := p.all[len(p.all)-1]
	return merkle.Tree{Size: a.Size, Root: a.Root}
}

// events gives those that an owner caused, to be told who sent them.
func (p *plan) owners() (list []*Event) {
	if p.log.Opened != nil {
		list = append(list, p.log.Opened)
	}
	for i := range p.log.Keys {
		list = append(list, &p.log.Keys[i].At)
	}
	for _, l := range [][]AccountEvent{p.log.Operators, p.log.Owners, p.log.Offers} {
		for i := range l {
			list = append(list, &l[i].At)
		}
	}
	if p.log.Closed != nil {
		list = append(list, &p.log.Closed.At)
	}
	return list
}

// compare holds the events against what the registry held at the end.
func (p *plan) compare(s *anchor.LogState, led *ledger) {
	if s == nil {
		led.find(ChainState, verify.Warn, Where{}, "The RPC keeps no state of the last block of the range: events that it left out at the end would not be noticed.")
		return
	}
	var differs []string
	if s.Tree != p.tree() {
		differs = append(differs, fmt.Sprintf("the registry holds a head of size %d, the events lead to %d", s.Tree.Size, p.tree().Size))
	}
	if s.Actions != p.actions {
		differs = append(differs, fmt.Sprintf("the registry counts %d actions of the log's owners, the events are %d", s.Actions, p.actions))
	}
	if s.Owner != p.owner || s.Operator != p.operator || s.Closed != (p.log.Closed != nil) {
		differs = append(differs, "the registry holds another owner or operator, or another word on whether the log is closed")
	}
	if len(differs) > 0 {
		led.find(ChainState, verify.Unknown, Where{}, "The RPC contradicts itself: %s.", strings.Join(differs, "; "))
		return
	}
	led.pass(ChainState)
}

// callName is the registry's function that a transaction calls directly.
func callName(to, registryAt checkpoint.Address, input []byte) string {
	if to != registryAt || len(input) < 4 {
		return ""
	}
	m, err := abiOf().MethodById(input[:4])
	if err != nil {
		return ""
	}
	return m.Name
}
