package anchor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
)

// Why the registry would refuse an action, besides ErrLogNotOpen and
// ErrLogClosed.
var (
	ErrNotOwner        = errors.New("it is not the log's owner")
	ErrNotPendingOwner = errors.New("the log was not offered to it")
	ErrNonceUsed       = errors.New("its nonce is used")
	ErrNonceAhead      = errors.New("its nonce is not due yet")
	ErrDeadlinePassed  = errors.New("its deadline is over")
)

// An Owner is what the registry holds about who decides over a log.
type Owner struct {
	Ref      checkpoint.LogRef
	Block    verify.Block       // after which this was so
	Owner    checkpoint.Address // zero: the log is not open
	Pending  checkpoint.Address // whom it is offered to; zero: nobody
	Operator checkpoint.Address // zero: not open, or closed
	Nonce    uint64             // that the next signed action has to carry
	Size     uint64             // anchored
	Closed   bool
}

// Owner asks what the registry holds about a log's owner, at the latest block.
func (c *Client) Owner(ctx context.Context, ref checkpoint.LogRef) (Owner, error) {
	latest, err := c.block(ctx, latestBlock)
	if err != nil {
		return Owner{}, err
	}
	h, err := c.logHead(ctx, ref, latest.Hash)
	if err != nil {
		return Owner{}, err
	}
	pending, err := call(ctx, c, "pending owner of the log", ref.Registry, registry.PackPendingOwnerOf(ref.Log), latest.Hash, registry.UnpackPendingOwnerOf)
	if err != nil {
		return Owner{}, err
	}
	nonce, err := c.ownerNonce(ctx, ref, latest.Hash)
	if err != nil {
		return Owner{}, err
	}
	return Owner{
		Ref: ref, Block: latest.Block, Owner: h.owner, Pending: checkpoint.Address(pending), Operator: h.operator,
		Nonce: nonce, Size: h.tree.Size, Closed: h.closed,
	}, nil
}

// ownerNonce asks how many actions of its owners a log had after one block.
func (c *Client) ownerNonce(ctx context.Context, ref checkpoint.LogRef, at verify.BlockHash) (uint64, error) {
	return call(ctx, c, "nonce of the log", ref.Registry, registry.PackNonceOf(ref.Log), at, registry.UnpackNonceOf)
}

// Check returns nil when the registry would let that account do a. An error
// wraps ErrLogNotOpen, ErrLogClosed, ErrNotOwner or ErrNotPendingOwner.
func (o Owner) Check(a Action, account checkpoint.Address) error {
	switch {
	case o.Owner.IsZero():
		return fmt.Errorf("%w: %s; check the chain, or open it first", ErrLogNotOpen, a.Ref)
	case o.Closed:
		return fmt.Errorf("%w: %s ended at size %d, and nothing about it changes any more", ErrLogClosed, a.Ref, o.Size)
	case a.Kind == AcceptOwner && (o.Pending.IsZero() || account != o.Pending):
		if o.Pending.IsZero() {
			return fmt.Errorf("%w: %s; it is offered to nobody: the owner %s has to offer it first (akashi owner transfer)", ErrNotPendingOwner, account.Checksum(), o.Owner.Checksum())
		}
		return fmt.Errorf("%w: %s; it is offered to %s", ErrNotPendingOwner, account.Checksum(), o.Pending.Checksum())
	case a.Kind != AcceptOwner && account != o.Owner:
		return fmt.Errorf("%w: %s; that is %s, whose key is needed", ErrNotOwner, account.Checksum(), o.Owner.Checksum())
	}
	return nil
}

// CheckSigned returns nil when the registry would take s now. An error is one
// of Check's, or wraps ErrNonceUsed, ErrNonceAhead or ErrDeadlinePassed.
func (o Owner) CheckSigned(s SignedAction) error {
	if err := o.Check(s.Action, s.Signer); err != nil {
		return err
	}
	switch {
	case s.Nonce < o.Nonce:
		return fmt.Errorf("%w: the action has nonce %d and the log's next is %d: it was submitted before, or the owner did something else since; sign it anew", ErrNonceUsed, s.Nonce, o.Nonce)
	case s.Nonce > o.Nonce:
		return fmt.Errorf("%w: the action has nonce %d and the log's next is %d: submit the actions signed before it first", ErrNonceAhead, s.Nonce, o.Nonce)
	case o.Block.Time > uint64(s.Deadline.Unix()):
		return fmt.Errorf("%w: it counted until %s, and the chain's time is %s; sign it anew", ErrDeadlinePassed, s.Deadline.Format(time.RFC3339), time.Unix(int64(o.Block.Time), 0).UTC().Format(time.RFC3339))
	}
	return nil
}

// Done says where on the chain a transaction is.
type Done struct {
	Tx    verify.BlockHash `json:"tx"`
	Block uint64           `json:"block"`
}

// Do does what the owner of a log decided, from the owner's own account: Key
// is the owner's (of an AcceptOwner, that of the account which accepts). It
// returns once it is mined, or final if Final is set. The errors of
// Owner.Check come before anything is sent.
func (p Payer) Do(ctx context.Context, a Action) (Done, error) {
	if err := a.Validate(); err != nil {
		return Done{}, err
	}
	return p.act(ctx, a, a.call(), func(o Owner) error { return o.Check(a, p.Key.Address()) })
}

// SubmitSigned sends what the owner of a log signed, from any account that
// pays. It returns once it is mined, or final if Final is set. The errors of
// Owner.CheckSigned come before anything is sent.
func (p Payer) SubmitSigned(ctx context.Context, s SignedAction) (Done, error) {
	if err := s.Validate(); err != nil {
		return Done{}, err
	}
	data, err := packSigned(s.Message(), s.Signature)
	if err != nil {
		return Done{}, err
	}
	return p.act(ctx, s.Action, data, func(o Owner) error { return o.CheckSigned(s) })
}

func (p Payer) act(ctx context.Context, a Action, data []byte, check func(Owner) error) (Done, error) {
	if a.Ref.ChainID != p.ChainID {
		return Done{}, fmt.Errorf("%w: the action is for chain %d, the payer is on chain %d; nothing was sent", ErrWrongChain, a.Ref.ChainID, p.ChainID)
	}
	if id, err := p.Client.ChainID(ctx); err != nil {
		return Done{}, err
	} else if id != p.ChainID {
		return Done{}, fmt.Errorf("%w: %s is a node of chain %d, want chain %d; nothing was sent", ErrWrongChain, p.Client.host, id, p.ChainID)
	}
	to := common.Address(a.Ref.Registry)
	for try := 1; ; try++ {
		o, err := p.Client.Owner(ctx, a.Ref)
		if err != nil {
			return Done{}, err
		}
		if err := check(o); err != nil {
			return Done{}, fmt.Errorf("%s: %w", a.Kind, err)
		}
		r, err := p.transact(ctx, &to, data)
		if errors.Is(err, errRaced) && try < maxRaces {
			continue
		}
		if err != nil {
			return Done{}, fmt.Errorf("%s: %w", a.Kind, err)
		}
		return Done{Tx: verify.BlockHash(r.TxHash), Block: r.BlockNumber.Uint64()}, nil
	}
}

// maxRaces is how often an action is sent when the account sends other things
// meanwhile.
const maxRaces = 5
