package anchor

import (
	"errors"
	"fmt"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
)

// ErrNoAnswer is wrapped by every error that says: the chain could not be
// asked. The RPC is down, slow, answers with an error, or answers something
// that makes no sense. It says nothing about the chain itself, so nobody may
// conclude from it that a record is bad or an anchor lost.
var ErrNoAnswer = errors.New("the chain could not be asked")

// ErrSetup is wrapped by the errors that no waiting mends: the node looks at
// the wrong chain, the wrong registry, or has the wrong key. Nothing is sent
// while one of them stands.
var ErrSetup = errors.New("the chain is not the configured one")

// The errors of a setup that cannot work; each wraps ErrSetup.
var (
	ErrWrongChain  = fmt.Errorf("%w: wrong chain id", ErrSetup)
	ErrNoRegistry  = fmt.Errorf("%w: no contract at the registry's address", ErrSetup)
	ErrOtherCode   = fmt.Errorf("%w: the contract at the registry's address has other code", ErrSetup)
	ErrNoFeeMarket = fmt.Errorf("%w: its blocks have no base fee (EIP-1559)", ErrSetup)
	ErrNotOperator = fmt.Errorf("%w: the key is not the log's operator", ErrSetup)
)

// ErrLogNotOpen says that the registry does not know the log, and that no
// signed opening is at hand to open it with.
var ErrLogNotOpen = errors.New("the log is not opened on the registry")

// ErrLogClosed says that the owner closed the log: its last anchored head
// stays, and nothing can be anchored after it.
var ErrLogClosed = errors.New("the log is closed")

// ErrNoFinality says that the chain names no finalized block. Configure a
// number of confirmations for it.
var ErrNoFinality = errors.New("the chain names no finalized block")

// ErrFinalReverted says that the chain, by many looks in a row, does not hold
// the block any more that made the last anchor final. Nothing is anchored while
// it stands; it passes by itself when the chain shows that block again.
var ErrFinalReverted = errors.New("what was final on the chain was undone")

// ErrFeeTooHigh says that the chain asks more for gas than FeePolicy allows.
var ErrFeeTooHigh = errors.New("the chain's fee is above the cap")

// ErrShortOfFunds says that the operator's account cannot pay for the next
// transaction.
var ErrShortOfFunds = errors.New("the operator's account is short of funds")

// ErrStoreBehind and ErrStoreForked are what Fence finds; both come as a
// *FenceError.
var (
	ErrStoreBehind = errors.New("the store is behind the chain")
	ErrStoreForked = errors.New("the store contradicts the chain")
)

// ErrRestored says that the store was restored from a backup, and that the
// chain does not name the keys yet that were made with it.
var ErrRestored = errors.New("the store was restored from a backup")

// A FenceError says that the store on disk cannot be the newest copy of the
// log, by what the chain holds. Nothing may be signed from it.
type FenceError struct {
	Reason error             // ErrStoreBehind or ErrStoreForked
	Log    checkpoint.LogRef // whose head it is
	Chain  merkle.Tree       // head of the log on the chain, at the latest block
	Store  uint64            // entries in the store
	// Restored says that the store was made from a backup, and not released
	// since.
	Restored bool
}

// Error says what was found and what to do.
func (e *FenceError) Error() string {
	if e.Restored {
		what := fmt.Sprintf("the backup that it was restored from lacks the last %d entries", e.Chain.Size-min(e.Chain.Size, e.Store))
		if errors.Is(e.Reason, ErrStoreForked) {
			what = "it has taken records where the chain has others, which the backup lacked"
		}
		return fmt.Sprintf("%v: log %s is anchored at size %d and the store holds %d entries: %s; stop the node, and restore a newer backup or put back the old disk; where there is none this log cannot go on: keep this node for evidence of what it has, open a new log with akashi init, and log the lost records there",
			e.Reason, e.Log, e.Chain.Size, e.Store, what)
	}
	if errors.Is(e.Reason, ErrStoreForked) {
		return fmt.Sprintf("%v: log %s is anchored at size %d with a root that the store's first %d entries do not have: this disk holds another history; stop the node, put back the newest copy of the store, or restore and have the owner set a new operator and new keys",
			e.Reason, e.Log, e.Chain.Size, e.Chain.Size)
	}
	return fmt.Sprintf("%v: log %s is anchored at size %d but the store holds %d entries: this disk is an old copy; stop the node, put back the newest copy of the store, or restore and have the owner set a new operator and new keys",
		e.Reason, e.Log, e.Chain.Size, e.Store)
}

// Unwrap returns the reason.
func (e *FenceError) Unwrap() error { return e.Reason }
