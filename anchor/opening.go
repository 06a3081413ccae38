package anchor

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/ethereum/go-ethereum/common"
)

// An Opening is the owner's signature that opens a log on one registry
// (EIP-712 OpenLog). Anybody may submit it; the node does so when the registry
// does not know the log. It is no secret.
type Opening struct {
	ChainID   uint64
	Registry  checkpoint.Address
	Log       checkpoint.Log
	Operator  checkpoint.Address // who may anchor once it is open
	Deadline  time.Time          // last block time at which it counts, whole seconds
	Signature []byte             // 65 bytes, by the key of Log.Owner
}

// ErrOpening is wrapped by every error that says: this opens no log, or
// another one than it is used for.
var ErrOpening = errors.New("bad opening")

// SignOpening signs the opening of a log on the registry of ref with the key
// of its owner.
func SignOpening(owner *Key, log checkpoint.Log, ref checkpoint.LogRef, operator checkpoint.Address, deadline time.Time) (Opening, error) {
	o := Opening{ChainID: ref.ChainID, Registry: ref.Registry, Log: log, Operator: operator, Deadline: time.Unix(deadline.Unix(), 0).UTC()}
	if ref.Log != log.ID() {
		return Opening{}, fmt.Errorf("%w: %s does not name log %s", ErrOpening, ref, log.ID())
	}
	if owner.Address() != log.Owner {
		return Opening{}, fmt.Errorf("%w: the key is of %s, but the log's owner is %s", ErrOpening, owner, log.Owner)
	}
	sig, err := owner.Sign(o.message(), o.domain())
	if err != nil {
		return Opening{}, err
	}
	o.Signature = sig
	return o, o.Validate()
}

func (o Opening) domain() contracts.Domain {
	return contracts.Domain{ChainID: o.ChainID, Registry: common.Address(o.Registry)}
}

func (o Opening) message() contracts.OpenLog {
	return contracts.OpenLog{
		Owner:    common.Address(o.Log.Owner),
		Operator: common.Address(o.Operator),
		Origin:   o.Log.Origin,
		Keys:     o.Log.Keys.Bytes(),
		Deadline: uint64(max(o.Deadline.Unix(), 0)),
	}
}

// Validate returns an error wrapping ErrOpening unless the opening is whole
// and signed by the log's owner. Whether its deadline is over depends on the
// chain's time and is not looked at.
func (o Opening) Validate() error {
	if err := o.Log.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrOpening, err)
	}
	if o.ChainID == 0 || o.ChainID > maxNumber || o.Registry.IsZero() || o.Operator.IsZero() || o.Deadline.Unix() <= 0 || o.Deadline.Unix() > maxNumber {
		return fmt.Errorf("%w: chain id, registry, operator or deadline is missing or out of range", ErrOpening)
	}
	signer, err := contracts.Signer(o.message(), o.domain(), o.Signature)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOpening, err)
	}
	if checkpoint.Address(signer) != o.Log.Owner {
		return fmt.Errorf("%w: it is signed by %s, not by the owner %s; sign it again for this chain, registry, operator and keys", ErrOpening, checkpoint.Address(signer), o.Log.Owner)
	}
	return nil
}

// check wants the opening to be of that log, there. It may be for another
// operator: the owner may have changed it since.
func (o Opening) check(log checkpoint.Log, ref checkpoint.LogRef) error {
	if err := o.Validate(); err != nil {
		return err
	}
	switch {
	case o.Log.ID() != log.ID():
		return fmt.Errorf("%w: it opens log %s, configured is %s", ErrOpening, o.Log.ID(), log.ID())
	case o.ChainID != ref.ChainID || o.Registry != ref.Registry:
		return fmt.Errorf("%w: it is for registry %s on chain %d, configured is %s on chain %d", ErrOpening, o.Registry, o.ChainID, ref.Registry, ref.ChainID)
	}
	return nil
}

// openingJSON is an opening on disk.
type openingJSON struct {
	ChainID   uint64             `json:"chainId"`
	Registry  checkpoint.Address `json:"registry"`
	Owner     checkpoint.Address `json:"owner"`
	Operator  checkpoint.Address `json:"operator"`
	Origin    string             `json:"origin"`
	Keys      checkpoint.Keys    `json:"keys"`
	Deadline  uint64             `json:"deadline"` // Unix seconds
	Signature string             `json:"signature"`
}

// MarshalJSON writes {"chainId", "registry", "owner", "operator", "origin",
// "keys", "deadline", "signature"}: the deadline in Unix seconds, the
// signature as 0x and 130 lower-case hexadecimal digits.
func (o Opening) MarshalJSON() ([]byte, error) {
	return json.Marshal(openingJSON{
		ChainID: o.ChainID, Registry: o.Registry, Owner: o.Log.Owner, Operator: o.Operator, Origin: o.Log.Origin,
		Keys: o.Log.Keys, Deadline: uint64(max(o.Deadline.Unix(), 0)), Signature: "0x" + hex.EncodeToString(o.Signature),
	})
}

// ParseOpening reads what MarshalJSON writes, white space aside, and checks
// it as Validate does. Members that it does not know are refused.
func ParseOpening(b []byte) (Opening, error) {
	bad := func(err error) (Opening, error) { return Opening{}, fmt.Errorf("%w: %w", ErrOpening, err) }
	var j openingJSON
	if err := decodeOne(b, &j); err != nil {
		return bad(err)
	}
	sig, err := parseSignature(j.Signature)
	if err != nil {
		return bad(err)
	}
	if j.Deadline > maxNumber {
		return bad(errors.New("the deadline is out of range"))
	}
	o := Opening{
		ChainID: j.ChainID, Registry: j.Registry, Operator: j.Operator, Deadline: time.Unix(int64(j.Deadline), 0).UTC(), Signature: sig,
		Log: checkpoint.Log{Owner: j.Owner, Origin: j.Origin, Keys: j.Keys},
	}
	return o, o.Validate()
}

// pack returns the call that submits the opening.
func (o Opening) pack() []byte {
	m := o.message()
	return registry.PackOpenLogSigned(m.Owner, m.Operator, m.Origin, m.Keys, m.Deadline, o.Signature)
}
