package anchor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// A Payer sends single transactions and waits for them: deploying a registry,
// submitting what an owner signed. It keeps no journal, so it is for a person
// who looks at the outcome and not for a node; anchors go through Anchor.
type Payer struct {
	Client  *Client
	ChainID uint64
	Key     *Key
	Fees    FeePolicy
	Poll    time.Duration // how often the receipt is asked for; 0 means 1 second

	// Final makes each call wait until its transaction is final, and not only
	// mined, counting Confirmations as Config does.
	Final         bool
	Confirmations uint64
}

// DeployRegistry deploys this release's AnchorRegistry and returns its address
// once it is mined and its code is there. Final it is later.
func (p Payer) DeployRegistry(ctx context.Context) (checkpoint.Address, error) {
	r, err := p.transact(ctx, nil, contracts.CreationCode())
	if err != nil {
		return checkpoint.Address{}, fmt.Errorf("deploy a registry: %w", err)
	}
	at := checkpoint.Address(r.ContractAddress)
	if err := p.Client.CheckRegistry(ctx, checkpoint.LogRef{ChainID: p.ChainID, Registry: at}, verify.BlockHash(contracts.RuntimeCodeHash)); err != nil {
		return checkpoint.Address{}, fmt.Errorf("deploy a registry: %w", err)
	}
	return at, nil
}

// Open submits an opening and returns once the log is open in a mined block.
// A log that is open already is no error.
func (p Payer) Open(ctx context.Context, o Opening) error {
	if err := o.Validate(); err != nil {
		return err
	}
	ref := checkpoint.LogRef{ChainID: o.ChainID, Registry: o.Registry, Log: o.Log.ID()}
	open := func() (bool, error) {
		latest, err := p.Client.block(ctx, latestBlock)
		if err != nil {
			return false, err
		}
		h, err := p.Client.logHead(ctx, ref, latest.Hash)
		return h.opened(), err
	}
	if ok, err := open(); ok || err != nil {
		return err
	}
	to := common.Address(o.Registry)
	_, err := p.transact(ctx, &to, o.pack())
	if err != nil {
		// Somebody else may have submitted it first.
		if ok, oerr := open(); ok && oerr == nil {
			return nil
		}
		return fmt.Errorf("open log %s: %w", ref, err)
	}
	return nil
}

// OwnerNonce returns the nonce that the next message signed by the log's
// owner has to carry.
func (c *Client) OwnerNonce(ctx context.Context, ref checkpoint.LogRef) (uint64, error) {
	latest, err := c.block(ctx, latestBlock)
	if err != nil {
		return 0, err
	}
	return c.ownerNonce(ctx, ref, latest.Hash)
}

// Submit sends a message that the owner of a log signed (Key.Sign):
// contracts.SetOperator, SetKeys, TransferOwner, AcceptOwner or CloseLog. It
// returns once it is mined.
func (p Payer) Submit(ctx context.Context, at checkpoint.Address, m contracts.Message, sig []byte) error {
	data, err := packSigned(m, sig)
	if err != nil {
		return err
	}
	if _, err := contracts.Signer(m, contracts.Domain{ChainID: p.ChainID, Registry: common.Address(at)}, sig); err != nil {
		return fmt.Errorf("submit %T: %w", m, err)
	}
	to := common.Address(at)
	if _, err := p.transact(ctx, &to, data); err != nil {
		return fmt.Errorf("submit %T: %w", m, err)
	}
	return nil
}

// packSigned returns the call that submits what an owner signed.
func packSigned(m contracts.Message, sig []byte) ([]byte, error) {
	switch m := m.(type) {
	case contracts.SetOperator:
		return registry.PackSetOperatorSigned(m.LogID, m.Operator, m.Nonce, m.Deadline, sig), nil
	case contracts.SetKeys:
		return registry.PackSetKeysSigned(m.LogID, m.Keys, m.Nonce, m.Deadline, sig), nil
	case contracts.TransferOwner:
		return registry.PackTransferOwnerSigned(m.LogID, m.NewOwner, m.Nonce, m.Deadline, sig), nil
	case contracts.AcceptOwner:
		return registry.PackAcceptOwnerSigned(m.LogID, m.NewOwner, m.Nonce, m.Deadline, sig), nil
	case contracts.CloseLog:
		return registry.PackCloseLogSigned(m.LogID, m.Nonce, m.Deadline, sig), nil
	}
	return nil, fmt.Errorf("submit %T: it is no action of an owner", m)
}

// transact sends one transaction and returns its receipt once it has succeeded
// in a mined, or if Final is set final, block. An error of sending is not believed: the chain is looked at
// until ctx ends, or the nonce was used by another transaction.
func (p Payer) transact(ctx context.Context, to *common.Address, data []byte) (*types.Receipt, error) {
	c, fees := p.Client, p.Fees.withDefaults()
	id, err := c.ChainID(ctx)
	if err != nil {
		return nil, err
	}
	if id != p.ChainID {
		return nil, fmt.Errorf("%w: %s is a node of chain %d, want chain %d; nothing was sent", ErrWrongChain, c.host, id, p.ChainID)
	}
	latest, err := c.block(ctx, latestBlock)
	if err != nil {
		return nil, err
	}
	if latest.baseFee == nil {
		return nil, ErrNoFeeMarket
	}
	nonce, err := c.nonce(ctx, p.Key.Address(), latest.Hash)
	if err != nil {
		return nil, err
	}
	tip, err := c.tip(ctx, latest.baseFee)
	if err != nil {
		return nil, err
	}
	f, err := fees.quote(latest.baseFee, tip)
	if err != nil {
		return nil, err
	}
	gas, err := c.estimate(ctx, p.Key.Address(), to, data)
	if err != nil {
		return nil, err
	}
	gas = gasLimit(gas)
	balance, err := c.balance(ctx, p.Key.Address(), latest.Hash)
	if err != nil {
		return nil, err
	}
	if need := cost(gas, f.cap); balance.Cmp(need) < 0 {
		return nil, shortOfFunds(p.Key.Address(), p.ChainID, balance, need)
	}
	tx, err := p.Key.signTx(p.ChainID, &types.DynamicFeeTx{Nonce: nonce, GasTipCap: f.tip, GasFeeCap: f.cap, Gas: gas, To: to, Data: data})
	if err != nil {
		return nil, err
	}
	raw, err := tx.MarshalBinary()
	if err != nil {
		return nil, err
	}
	sent := c.send(ctx, raw)
	var mined error // that it is mined, and what is still waited for
	unseen := 0     // looks that showed the nonce used and no receipt
	poll := p.Poll
	if poll <= 0 {
		poll = time.Second
	}
	for {
		// The nonce first: if it is used up and there is no receipt after
		// that, another transaction used it.
		used := p.used(ctx, nonce)
		r, err := c.receipt(ctx, tx.Hash())
		switch {
		case err == nil && r != nil:
			if r.Status != types.ReceiptStatusSuccessful {
				return nil, fmt.Errorf("transaction %s reverted in block %d", tx.Hash(), r.BlockNumber)
			}
			if to == nil {
				r.ContractAddress = crypto.CreateAddress(p.Key.address, nonce)
			}
			if mined = p.awaits(ctx, r); mined == nil {
				return r, nil
			}
		case err == nil && used && unseen < 3:
			unseen++ // the receipt may be known elsewhere behind one address
		case err == nil && used:
			return nil, because(fmt.Errorf("transaction %s was not taken: %w: %d of %s", tx.Hash(), errRaced, nonce, p.Key), sent)
		case err == nil && (sent != nil || mined != nil):
			// Not taken, or the answer was lost, or a reorg dropped it.
			sent, mined = c.send(ctx, raw), nil
		}
		select {
		case <-ctx.Done():
			if mined != nil {
				return nil, fmt.Errorf("%w: %w", mined, ctx.Err())
			}
			return nil, because(fmt.Errorf("transaction %s is not mined yet: %w", tx.Hash(), ctx.Err()), sent)
		case <-time.After(poll):
		}
	}
}

// awaits returns nil when a mined transaction is all that is wanted, or final.
func (p Payer) awaits(ctx context.Context, r *types.Receipt) error {
	if !p.Final {
		return nil
	}
	not := fmt.Errorf("transaction %s is mined in block %d and not final yet", r.TxHash, r.BlockNumber)
	latest, err := p.Client.block(ctx, latestBlock)
	if err != nil {
		return not
	}
	final, err := p.Client.final(ctx, latest.Block, p.Confirmations)
	if errors.Is(err, ErrNoFinality) {
		return fmt.Errorf("%w: %w", not, ErrNoFinality)
	}
	if err != nil || final.Number > latest.Number || final.Number < r.BlockNumber.Uint64() {
		return not
	}
	b, err := p.Client.canonical(ctx, r.BlockNumber.Uint64())
	if err != nil || common.Hash(b.Hash) != r.BlockHash {
		return not
	}
	return nil
}

// errRaced says that the account sent something else at the same time, as a
// node does from its operator's.
var errRaced = errors.New("another one used its nonce")

// used reports whether the chain is known to have seen that nonce.
func (p Payer) used(ctx context.Context, nonce uint64) bool {
	latest, err := p.Client.block(ctx, latestBlock)
	if err != nil {
		return false
	}
	n, err := p.Client.nonce(ctx, p.Key.Address(), latest.Hash)
	return err == nil && n > nonce
}

// because adds what sending said, if it said anything.
func because(err, sent error) error {
	if sent == nil {
		return err
	}
	return fmt.Errorf("%w (%w)", err, sent)
}
