package contracts

import (
	"crypto/ecdsa"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// DomainName and DomainVersion are the registry's in EIP-712.
const (
	DomainName    = "akashi AnchorRegistry"
	DomainVersion = "1"
)

// MaxAnchorDeadline is how far ahead of the clock a node puts the deadline of
// an anchor that it signs. The contract does not ask for it.
const MaxAnchorDeadline = 24 * time.Hour

// SignatureSize is the length of a signature: r, s, v in 32, 32 and 1 bytes.
const SignatureSize = 65

// ErrSignature is wrapped by the errors of Signer.
var ErrSignature = errors.New("not a signature that the registry accepts")

// A Domain is where a signed message counts: one registry on one chain.
type Domain struct {
	ChainID  uint64
	Registry common.Address
}

// What is hashed to name the type of a message (EIP-712, encodeType).
const (
	domainText        = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
	anchorText        = "Anchor(bytes32 logId,uint64 size,bytes32 root,uint64 deadline)"
	openLogText       = "OpenLog(address owner,address operator,string origin,bytes keys,uint64 deadline)"
	setOperatorText   = "SetOperator(bytes32 logId,address operator,uint64 nonce,uint64 deadline)"
	setKeysText       = "SetKeys(bytes32 logId,bytes keys,uint64 nonce,uint64 deadline)"
	transferOwnerText = "TransferOwner(bytes32 logId,address newOwner,uint64 nonce,uint64 deadline)"
	acceptOwnerText   = "AcceptOwner(bytes32 logId,address newOwner,uint64 nonce,uint64 deadline)"
	closeLogText      = "CloseLog(bytes32 logId,uint64 nonce,uint64 deadline)"
)

var (
	domainType        = typeHash(domainText)
	anchorType        = typeHash(anchorText)
	openLogType       = typeHash(openLogText)
	setOperatorType   = typeHash(setOperatorText)
	setKeysType       = typeHash(setKeysText)
	transferOwnerType = typeHash(transferOwnerText)
	acceptOwnerType   = typeHash(acceptOwnerText)
	closeLogType      = typeHash(closeLogText)
)

// Separator returns the EIP-712 domain separator.
func (d Domain) Separator() common.Hash {
	return hashStruct(domainType,
		crypto.Keccak256Hash([]byte(DomainName)), crypto.Keccak256Hash([]byte(DomainVersion)), word(d.ChainID), padded(d.Registry))
}

// digest is keccak256(0x19 0x01 ‖ separator ‖ hashStruct(message)).
func (d Domain) digest(message common.Hash) common.Hash {
	return crypto.Keccak256Hash([]byte{0x19, 0x01}, d.Separator().Bytes(), message.Bytes())
}

// A Message is one that the registry accepts with a signature: Anchor,
// OpenLog, SetOperator, SetKeys, TransferOwner, AcceptOwner or CloseLog.
type Message interface {
	// Digest returns the EIP-712 digest: what is signed.
	Digest(Domain) common.Hash
}

// An Anchor is signed by the log's operator, for AnchorMany.
type Anchor struct {
	LogID    common.Hash
	Size     uint64      // entries in the new head; above the old size, below 2^56
	Root     common.Hash // of those entries (RFC 9162)
	Deadline uint64      // last block timestamp at which it counts, seconds since 1970
}

// Digest returns what the operator signs.
func (m Anchor) Digest(d Domain) common.Hash {
	return d.digest(hashStruct(anchorType, m.LogID, word(m.Size), m.Root, word(m.Deadline)))
}

// An OpenLog is signed by the owner-to-be, for OpenLogSigned.
type OpenLog struct {
	Owner    common.Address
	Operator common.Address
	Origin   string // 1 to 255 bytes of 0x21 to 0x7E without "+"
	Keys     []byte // C2SP verifier keys, each ended by a newline; at most 8192 bytes
	Deadline uint64 // as in Anchor
}

// Digest returns what the owner signs.
func (m OpenLog) Digest(d Domain) common.Hash {
	return d.digest(hashStruct(openLogType, padded(m.Owner), padded(m.Operator),
		crypto.Keccak256Hash([]byte(m.Origin)), crypto.Keccak256Hash(m.Keys), word(m.Deadline)))
}

// A SetOperator is signed by the owner, for SetOperatorSigned.
type SetOperator struct {
	LogID    common.Hash
	Operator common.Address // not zero
	Nonce    uint64         // the log's, as NonceOf gives it
	Deadline uint64         // as in Anchor
}

// Digest returns what the owner signs.
func (m SetOperator) Digest(d Domain) common.Hash {
	return d.digest(hashStruct(setOperatorType, m.LogID, padded(m.Operator), word(m.Nonce), word(m.Deadline)))
}

// A SetKeys is signed by the owner, for SetKeysSigned.
type SetKeys struct {
	LogID    common.Hash
	Keys     []byte // as in OpenLog
	Nonce    uint64 // as in SetOperator
	Deadline uint64 // as in Anchor
}

// Digest returns what the owner signs.
func (m SetKeys) Digest(d Domain) common.Hash {
	return d.digest(hashStruct(setKeysType, m.LogID, crypto.Keccak256Hash(m.Keys), word(m.Nonce), word(m.Deadline)))
}

// A TransferOwner is signed by the owner, for TransferOwnerSigned. It offers
// the log to NewOwner; an offer to the zero address takes the last one back.
type TransferOwner struct {
	LogID    common.Hash
	NewOwner common.Address
	Nonce    uint64 // as in SetOperator
	Deadline uint64 // as in Anchor
}

// Digest returns what the owner signs.
func (m TransferOwner) Digest(d Domain) common.Hash {
	return d.digest(hashStruct(transferOwnerType, m.LogID, padded(m.NewOwner), word(m.Nonce), word(m.Deadline)))
}

// An AcceptOwner is signed by the new owner, for AcceptOwnerSigned.
type AcceptOwner struct {
	LogID    common.Hash
	NewOwner common.Address // the signer
	Nonce    uint64         // the log's: one above that of the TransferOwner it answers
	Deadline uint64         // as in Anchor
}

// Digest returns what the new owner signs.
func (m AcceptOwner) Digest(d Domain) common.Hash {
	return d.digest(hashStruct(acceptOwnerType, m.LogID, padded(m.NewOwner), word(m.Nonce), word(m.Deadline)))
}

// A CloseLog is signed by the owner, for CloseLogSigned.
type CloseLog struct {
	LogID    common.Hash
	Nonce    uint64 // as in SetOperator
	Deadline uint64 // as in Anchor
}

// Digest returns what the owner signs.
func (m CloseLog) Digest(d Domain) common.Hash {
	return d.digest(hashStruct(closeLogType, m.LogID, word(m.Nonce), word(m.Deadline)))
}

// Sign returns key's signature of m for the registry d, as the contract takes
// it.
func Sign(m Message, d Domain, key *ecdsa.PrivateKey) ([]byte, error) {
	sig, err := crypto.Sign(m.Digest(d).Bytes(), key)
	if err != nil {
		return nil, fmt.Errorf("sign %T: %w", m, err)
	}
	return Signature(sig)
}

// Signature returns a signature as the contract takes it from one as signers
// make it: of 65 bytes, the last of which is 0, 1, 27 or 28.
func Signature(sig []byte) ([]byte, error) {
	if len(sig) != SignatureSize {
		return nil, fmt.Errorf("signature of %d bytes, want %d: %w", len(sig), SignatureSize, ErrSignature)
	}
	out := append([]byte(nil), sig...)
	if out[64] < 2 {
		out[64] += 27
	}
	if err := checkSignature(out); err != nil {
		return nil, err
	}
	return out, nil
}

// Signer returns the account that signed m for the registry d, by the rules
// of the contract. An error wraps ErrSignature.
func Signer(m Message, d Domain, sig []byte) (common.Address, error) {
	if err := checkSignature(sig); err != nil {
		return common.Address{}, err
	}
	raw := append([]byte(nil), sig...)
	raw[64] -= 27
	pub, err := crypto.SigToPub(m.Digest(d).Bytes(), raw)
	if err != nil {
		return common.Address{}, fmt.Errorf("no key can have made it: %w", ErrSignature)
	}
	return crypto.PubkeyToAddress(*pub), nil
}

func checkSignature(sig []byte) error {
	if len(sig) != SignatureSize {
		return fmt.Errorf("signature of %d bytes, want %d: %w", len(sig), SignatureSize, ErrSignature)
	}
	v := sig[64]
	if v != 27 && v != 28 {
		return fmt.Errorf("signature ends in %d, want 27 or 28: %w", v, ErrSignature)
	}
	r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:64])
	if !crypto.ValidateSignatureValues(v-27, r, s, true) {
		return fmt.Errorf("signature has r or s out of range: %w", ErrSignature)
	}
	return nil
}

func typeHash(t string) common.Hash { return crypto.Keccak256Hash([]byte(t)) }

// hashStruct is EIP-712's, over fields that are encoded to 32 bytes each.
func hashStruct(typ common.Hash, fields ...common.Hash) common.Hash {
	b := make([]byte, 0, 32*(1+len(fields)))
	b = append(b, typ[:]...)
	for _, f := range fields {
		b = append(b, f[:]...)
	}
	return crypto.Keccak256Hash(b)
}

func word(n uint64) (w common.Hash) {
	binary.BigEndian.PutUint64(w[24:], n)
	return w
}

func padded(a common.Address) common.Hash { return common.BytesToHash(a[:]) }
