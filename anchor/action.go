package anchor

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/ethereum/go-ethereum/common"
)

// An ActionKind names what an owner decides about a log.
type ActionKind string

// The five things that an owner can do, and nobody else.
const (
	SetOperator   ActionKind = "set-operator"   // another account anchors
	SetKeys       ActionKind = "set-keys"       // other keys sign checkpoints from the anchored size on
	TransferOwner ActionKind = "transfer-owner" // offers the log to another account; to none takes the offer back
	AcceptOwner   ActionKind = "accept-owner"   // takes an offered log over
	CloseLog      ActionKind = "close-log"      // ends the log for good
)

// ErrAction is wrapped by every error that says: this is no action of an
// owner, or not one that is signed as it has to be.
var ErrAction = errors.New("bad owner action")

// An Action is one decision about one log.
type Action struct {
	Ref  checkpoint.LogRef
	Kind ActionKind
	// Account is the new operator, the new owner, or who accepts; zero when
	// Kind has none, and in a TransferOwner that takes an offer back.
	Account checkpoint.Address
	Keys    checkpoint.Keys // of SetKeys
}

// Validate returns an error wrapping ErrAction unless a can be done to some
// log. Whether it can be done to this one shows Client.Owner.
func (a Action) Validate() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrAction, fmt.Sprintf(format, args...))
	}
	if a.Ref.ChainID == 0 || a.Ref.ChainID > maxNumber || a.Ref.Registry.IsZero() {
		return bad("it names no chain or registry")
	}
	switch a.Kind {
	case SetOperator, AcceptOwner:
		if a.Account.IsZero() {
			return bad("%s needs an account other than zero", a.Kind)
		}
	case TransferOwner:
	case SetKeys, CloseLog:
		if !a.Account.IsZero() {
			return bad("%s is about no account", a.Kind)
		}
	default:
		return bad("there is none called %.40q", a.Kind)
	}
	if a.Kind != SetKeys {
		if len(a.Keys) > 0 {
			return bad("%s is about no keys", a.Kind)
		}
		return nil
	}
	if len(a.Keys) == 0 {
		return bad("%s needs keys", a.Kind)
	}
	origin, _, _ := strings.Cut(a.Keys[0], "+")
	if err := a.Keys.Validate(origin); err != nil {
		return fmt.Errorf("%w: %w", ErrAction, err)
	}
	return nil
}

// String says in a sentence what a does.
func (a Action) String() string {
	switch a.Kind {
	case SetOperator:
		return fmt.Sprintf("Make %s the operator of log %s: it alone can anchor from then on, and the operator before it no more.", a.Account.Checksum(), a.Ref)
	case SetKeys:
		return fmt.Sprintf("Let checkpoints of log %s be signed with %s from its anchored size on, and with no key before it any more.", a.Ref, strings.Join(a.Keys, " and "))
	case TransferOwner:
		if a.Account.IsZero() {
			return fmt.Sprintf("Take back the offer of log %s: nobody can accept it any more.", a.Ref)
		}
		return fmt.Sprintf("Offer log %s to %s, who becomes its owner by accepting.", a.Ref, a.Account.Checksum())
	case AcceptOwner:
		return fmt.Sprintf("Make %s, whom log %s was offered to, its owner: the owner before it can do nothing any more.", a.Account.Checksum(), a.Ref)
	case CloseLog:
		return fmt.Sprintf("Close log %s for good: it can never be anchored again, by nobody, and this cannot be undone.", a.Ref)
	}
	return "Do nothing that is known."
}

func (a Action) domain() contracts.Domain {
	return contracts.Domain{ChainID: a.Ref.ChainID, Registry: common.Address(a.Ref.Registry)}
}

// message is what an owner signs.
func (a Action) message(nonce, deadline uint64) contracts.Message {
	id, account := common.Hash(a.Ref.Log), common.Address(a.Account)
	switch a.Kind {
	case SetOperator:
		return contracts.SetOperator{LogID: id, Operator: account, Nonce: nonce, Deadline: deadline}
	case SetKeys:
		return contracts.SetKeys{LogID: id, Keys: a.Keys.Bytes(), Nonce: nonce, Deadline: deadline}
	case TransferOwner:
		return contracts.TransferOwner{LogID: id, NewOwner: account, Nonce: nonce, Deadline: deadline}
	case AcceptOwner:
		return contracts.AcceptOwner{LogID: id, NewOwner: account, Nonce: nonce, Deadline: deadline}
	}
	return contracts.CloseLog{LogID: id, Nonce: nonce, Deadline: deadline}
}

// call is what the owner's own account sends.
func (a Action) call() []byte {
	id, account := a.Ref.Log, common.Address(a.Account)
	switch a.Kind {
	case SetOperator:
		return registry.PackSetOperator(id, account)
	case SetKeys:
		return registry.PackSetKeys(id, a.Keys.Bytes())
	case TransferOwner:
		return registry.PackTransferOwner(id, account)
	case AcceptOwner:
		return registry.PackAcceptOwner(id)
	}
	return registry.PackCloseLog(id)
}

// A SignedAction is an action with the owner's signature (EIP-712), which
// anybody may submit. It is no secret: it can only do what it says, once, and
// not after its deadline.
type SignedAction struct {
	Action
	Nonce     uint64    // the log's, which each action of its owner takes one up
	Deadline  time.Time // last block time at which it counts, whole seconds
	Signer    checkpoint.Address
	Signature []byte // 65 bytes
}

// Sign signs a with the key of the log's owner; of an AcceptOwner, with that
// of the account that accepts.
func (a Action) Sign(key *Key, nonce uint64, deadline time.Time) (SignedAction, error) {
	if err := a.Validate(); err != nil {
		return SignedAction{}, err
	}
	s := SignedAction{Action: a, Nonce: nonce, Deadline: time.Unix(deadline.Unix(), 0).UTC(), Signer: key.Address()}
	sig, err := key.Sign(s.Message(), a.domain())
	if err != nil {
		return SignedAction{}, err
	}
	s.Signature = sig
	return s, s.Validate()
}

// Message is what Signature signs.
func (s SignedAction) Message() contracts.Message {
	return s.message(s.Nonce, uint64(max(s.Deadline.Unix(), 0)))
}

// Validate returns an error wrapping ErrAction unless s is whole and signed by
// its signer. Whose the log is, what its nonce is and what time it is are the
// chain's to say: see Owner.CheckSigned.
func (s SignedAction) Validate() error {
	if err := s.Action.Validate(); err != nil {
		return err
	}
	if s.Nonce > maxNumber || s.Deadline.Unix() <= 0 || s.Deadline.Unix() > maxNumber {
		return fmt.Errorf("%w: nonce or deadline is missing or out of range", ErrAction)
	}
	signer, err := contracts.Signer(s.Message(), s.domain(), s.Signature)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAction, err)
	}
	if checkpoint.Address(signer) != s.Signer {
		return fmt.Errorf("%w: it says that %s signed it, but the signature is of %s: something in it was changed", ErrAction, s.Signer, checkpoint.Address(signer))
	}
	if s.Kind == AcceptOwner && s.Signer != s.Account {
		return fmt.Errorf("%w: %s accepts, but %s signed", ErrAction, s.Account, s.Signer)
	}
	return nil
}

// signedActionJSON is a signed action in a file.
type signedActionJSON struct {
	Says      string              `json:"says"` // String, for whoever is asked to submit it
	Action    ActionKind          `json:"action"`
	ChainID   uint64              `json:"chainId"`
	Registry  checkpoint.Address  `json:"registry"`
	LogID     checkpoint.LogID    `json:"logId"`
	Account   *checkpoint.Address `json:"account,omitempty"`
	Keys      checkpoint.Keys     `json:"keys,omitempty"`
	Nonce     uint64              `json:"nonce"`
	Deadline  uint64              `json:"deadline"` // Unix seconds
	Until     string              `json:"until"`    // the deadline for people, RFC 3339
	Signer    checkpoint.Address  `json:"signer"`
	Signature string              `json:"signature"` // 0x and 130 digits
}

// MarshalJSON writes what ParseSignedAction reads.
func (s SignedAction) MarshalJSON() ([]byte, error) {
	j := signedActionJSON{
		Says: s.String(), Action: s.Kind, ChainID: s.Ref.ChainID, Registry: s.Ref.Registry, LogID: s.Ref.Log, Keys: s.Keys,
		Nonce: s.Nonce, Deadline: uint64(max(s.Deadline.Unix(), 0)), Until: s.Deadline.UTC().Format(time.RFC3339),
		Signer: s.Signer, Signature: "0x" + hex.EncodeToString(s.Signature),
	}
	if s.Kind != SetKeys && s.Kind != CloseLog {
		j.Account = &s.Account
	}
	return json.Marshal(j)
}

// ParseSignedAction reads what MarshalJSON writes, white space aside, and
// checks it as Validate does. What the file says in words has to be what it
// does. Members that it does not know are refused.
func ParseSignedAction(b []byte) (SignedAction, error) {
	bad := func(err error) (SignedAction, error) { return SignedAction{}, fmt.Errorf("%w: %w", ErrAction, err) }
	var j signedActionJSON
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
	s := SignedAction{
		Action: Action{Kind: j.Action, Ref: checkpoint.LogRef{ChainID: j.ChainID, Registry: j.Registry, Log: j.LogID}, Keys: j.Keys},
		Nonce:  j.Nonce, Deadline: time.Unix(int64(j.Deadline), 0).UTC(), Signer: j.Signer, Signature: sig,
	}
	if j.Account != nil {
		s.Account = *j.Account
	}
	if err := s.Validate(); err != nil {
		return SignedAction{}, err
	}
	if j.Says != s.String() || j.Until != s.Deadline.Format(time.RFC3339) {
		return bad(errors.New("what it says in words is not what it does, so somebody changed it: do not submit it, ask the owner for another"))
	}
	return s, nil
}

// parseSignature reads 0x and lower-case hexadecimal digits.
func parseSignature(text string) ([]byte, error) {
	digits, ok := strings.CutPrefix(text, "0x")
	sig, err := hex.DecodeString(digits)
	if !ok || err != nil || digits != strings.ToLower(digits) {
		return nil, errors.New("the signature is not 0x and lower-case hexadecimal digits")
	}
	return sig, nil
}

// maxSigned bounds what an owner has signed, as text; ML-DSA keys make it some
// kilobytes.
const maxSigned = 64 << 10

// decodeOne reads a file of exactly one JSON object into v, and refuses members
// that v does not have.
func decodeOne(b []byte, v any) error {
	if len(b) > maxSigned {
		return fmt.Errorf("%d bytes long, want at most %d", len(b), maxSigned)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the JSON object")
	}
	return nil
}

// TypedData returns what a wallet that keeps the owner's key signs: JSON for
// eth_signTypedData_v4. Its signature comes back with ImportSignature.
func (a Action) TypedData(nonce uint64, deadline time.Time) ([]byte, error) {
	if err := a.Validate(); err != nil {
		return nil, err
	}
	return contracts.TypedData(a.message(nonce, uint64(max(deadline.Unix(), 0))), a.domain())
}

// ImportSignature puts typed data that TypedData wrote and the signature that
// a wallet made of it together; the signature is 0x and 130 hexadecimal
// digits. Any signature is somebody's: the caller has to hold Signer against
// who should have signed.
func ImportSignature(typedData []byte, signature string) (SignedAction, error) {
	bad := func(err error) (SignedAction, error) { return SignedAction{}, fmt.Errorf("%w: %w", ErrAction, err) }
	m, d, err := contracts.ParseTypedData(typedData)
	if err != nil {
		return bad(err)
	}
	sig, err := parseSignature(strings.ToLower(strings.TrimSpace(signature)))
	if err != nil {
		return bad(err)
	}
	if sig, err = contracts.Signature(sig); err != nil {
		return bad(err)
	}
	var s SignedAction
	s.Ref.ChainID, s.Ref.Registry, s.Signature = d.ChainID, checkpoint.Address(d.Registry), sig
	var deadline uint64
	fill := func(kind ActionKind, id common.Hash, account common.Address, nonce, until uint64) {
		s.Kind, s.Ref.Log, s.Account, s.Nonce, deadline = kind, checkpoint.LogID(id), checkpoint.Address(account), nonce, until
	}
	switch m := m.(type) {
	case contracts.SetOperator:
		fill(SetOperator, m.LogID, m.Operator, m.Nonce, m.Deadline)
	case contracts.SetKeys:
		fill(SetKeys, m.LogID, common.Address{}, m.Nonce, m.Deadline)
		origin, _, _ := strings.Cut(string(m.Keys), "+")
		if s.Keys, err = checkpoint.ParseKeys(m.Keys, origin); err != nil {
			return bad(err)
		}
	case contracts.TransferOwner:
		fill(TransferOwner, m.LogID, m.NewOwner, m.Nonce, m.Deadline)
	case contracts.AcceptOwner:
		fill(AcceptOwner, m.LogID, m.NewOwner, m.Nonce, m.Deadline)
	case contracts.CloseLog:
		fill(CloseLog, m.LogID, common.Address{}, m.Nonce, m.Deadline)
	}
	if deadline > maxNumber {
		return bad(errors.New("the deadline is out of range"))
	}
	s.Deadline = time.Unix(int64(deadline), 0).UTC()
	signer, err := contracts.Signer(m, d, sig)
	if err != nil {
		return bad(err)
	}
	s.Signer = checkpoint.Address(signer)
	return s, s.Validate()
}
