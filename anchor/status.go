package anchor

import (
	"math/big"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/store"
)

// A Phase says in a word how anchoring goes.
type Phase string

const (
	// Starting: the chain was not asked yet. Nothing may be signed.
	Starting Phase = "starting"

	// Idle: everything due is anchored and final.
	Idle Phase = "idle"

	// Anchoring: an anchor is on its way: sent, or mined and not final yet.
	Anchoring Phase = "anchoring"

	// Waiting: something outside the node has to change first, and the
	// pipeline looks again by itself: the chain cannot be asked, asks too
	// much, or answers what cannot be; the account is short of funds; the log
	// is not opened.
	Waiting Phase = "waiting"

	// Stopped: somebody has to act: the store is behind the chain or
	// contradicts it, the chain or the registry is another one or has undone
	// what was final, the key is not the operator's, or the log is closed. The
	// pipeline goes on looking.
	Stopped Phase = "stopped"
)

// Phases are all there are.
var Phases = []Phase{Starting, Idle, Anchoring, Waiting, Stopped}

// A Status is what the pipeline last saw and did.
type Status struct {
	Phase  Phase
	Detail string // one plain sentence, for people
	Err    error  // what it waits for or stopped at, for errors.Is; else nil

	// Fenced is true until the log's head on the chain was seen to agree with
	// the store. Nothing may be signed or anchored while it is true.
	Fenced bool

	// Restored is the mark of a store that was restored from a backup and not
	// released since; nil: there is none. It is never changed, only replaced.
	Restored *store.Restored

	LookedAt time.Time // when the chain last gave a whole picture; zero: never

	Latest    uint64 // number of the latest block seen
	LatestAt  uint64 // its time, in Unix seconds
	Finalized uint64 // number of the highest final block seen

	ChainSize uint64 // log's size on the chain at Latest
	FinalSize uint64 // size of the last final anchor in the journal
	Pending   uint64 // size of the anchor on its way; 0: none

	// Keys is which keys sign the log's checkpoints, by the chain; nil: not
	// known yet. It is never changed, only replaced.
	Keys *Keys
	// KeysDetail is why that is not known, or not by the latest look.
	KeysDetail string

	Operator checkpoint.Address // whose key is used
	Balance  *big.Int           // the operator account's, in wei; nil: not known
	Price    *big.Int           // today's, in wei for a unit of gas; nil: not known
	// DaysLeft estimates how long Balance pays for anchors at today's fee and
	// the configured interval; -1: not known.
	DaysLeft float64
}
