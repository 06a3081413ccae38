package verify

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/mr-tron/base58"
)

// The fixed members of a LogBinding.
const (
	bindingType    = "LogBinding"
	proofType      = "DataIntegrityProof"
	cryptosuite    = "eddsa-jcs-2022"
	proofPurpose   = "assertionMethod"
	maxBindingLogs = 64
	maxIssuer      = 2048 // bytes of an issuer's name
	maxProofValue  = 96   // characters; 64 bytes in base58 are at most 88
)

// ErrSignature says that a binding is not signed by the key that it names.
var ErrSignature = errors.New("the signature does not fit")

// A Binding is an issuer's signed statement: these logs are mine. It is a
// JSON document with a Data Integrity proof of the cryptosuite eddsa-jcs-2022
// (W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.3):
//
//	{"type":"LogBinding","issuer":…,"origin":…,"keys":[…],"logs":["eip155:…"],"proof":{…}}
type Binding struct {
	Type   string              `json:"type"`   // "LogBinding"
	Issuer string              `json:"issuer"` // as records name it; 1 to 2,048 bytes
	Origin string              `json:"origin"` // of each of the logs
	Keys   checkpoint.Keys     `json:"keys"`   // of the logs when this was signed
	Logs   []checkpoint.LogRef `json:"logs"`   // 1 to 64, none twice
	Proof  BindingProof        `json:"proof"`
}

// A BindingProof is the Data Integrity proof of a Binding.
type BindingProof struct {
	Type        string `json:"type"`        // "DataIntegrityProof"
	Cryptosuite string `json:"cryptosuite"` // "eddsa-jcs-2022"
	Created     string `json:"created"`     // of signing, 2006-01-02T15:04:05Z
	// The issuer, or the key's did:key, then "#" and the key as Multikey. So
	// the signature can be checked by itself; whose key it is, is asked apart.
	VerificationMethod string `json:"verificationMethod"`
	ProofPurpose       string `json:"proofPurpose"` // "assertionMethod"
	ProofValue         string `json:"proofValue"`   // "z" and the 64 bytes of the signature in base58btc
}

// bindingDocument is a Binding without its proof, and bindingConfig a proof
// without its value: the two things that are signed.
type (
	bindingDocument struct {
		Type   string              `json:"type"`
		Issuer string              `json:"issuer"`
		Origin string              `json:"origin"`
		Keys   checkpoint.Keys     `json:"keys"`
		Logs   []checkpoint.LogRef `json:"logs"`
	}
	bindingConfig struct {
		Type               string `json:"type"`
		Cryptosuite        string `json:"cryptosuite"`
		Created            string `json:"created"`
		VerificationMethod string `json:"verificationMethod"`
		ProofPurpose       string `json:"proofPurpose"`
	}
)

// SignBinding states that the logs, all of that origin and with those keys,
// are the issuer's, and signs it with the issuer's assertion key. An empty
// issuer stands for the key's own did:key.
func SignBinding(key ed25519.PrivateKey, issuer, origin string, keys checkpoint.Keys, logs []checkpoint.LogRef, created time.Time) (*Binding, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("sign binding: a key of %d bytes, want %d", len(key), ed25519.PrivateKeySize)
	}
	public := key.Public().(ed25519.PublicKey)
	if issuer == "" {
		issuer = DIDKey(public)
	}
	b := &Binding{
		Type: bindingType, Issuer: issuer, Origin: origin, Keys: keys, Logs: logs,
		Proof: BindingProof{
			Type:               proofType,
			Cryptosuite:        cryptosuite,
			Created:            created.UTC().Format(time.RFC3339),
			VerificationMethod: issuer + "#" + Multikey(public),
			ProofPurpose:       proofPurpose,
		},
	}
	message, err := b.message()
	if err != nil {
		return nil, fmt.Errorf("sign binding: %w", err)
	}
	b.Proof.ProofValue = "z" + base58.Encode(ed25519.Sign(key, message))
	if err := b.Validate(); err != nil {
		return nil, fmt.Errorf("sign binding: %w", err)
	}
	return b, nil
}

// message returns what is signed: SHA-256(JCS(proof without its value)) ‖
// SHA-256(JCS(document without its proof)).
func (b *Binding) message() ([]byte, error) {
	p := b.Proof
	config, err := encode(&bindingConfig{p.Type, p.Cryptosuite, p.Created, p.VerificationMethod, p.ProofPurpose})
	if err != nil {
		return nil, explain(err)
	}
	document, err := encode(&bindingDocument{b.Type, b.Issuer, b.Origin, b.Keys, b.Logs})
	if err != nil {
		return nil, explain(err)
	}
	var message []byte
	for _, part := range [][]byte{config, document} {
		canonical, err := canonicalize(part)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(canonical)
		message = append(message, sum[:]...)
	}
	return message, nil
}

// Verify checks the signature by the key that the binding names, and returns
// that key. An error wraps ErrSignature when the signature does not fit, else
// the binding has not its shape. A key that verifies says nothing of whose it
// is: see Policy.
func (b *Binding) Verify() (ed25519.PublicKey, error) {
	if err := b.Validate(); err != nil {
		return nil, err
	}
	key, err := b.key()
	if err != nil {
		return nil, err
	}
	signature, err := multibase(b.Proof.ProofValue, maxProofValue)
	if err != nil {
		return nil, fmt.Errorf("proofValue: %w", err)
	}
	message, err := b.message()
	if err != nil {
		return nil, err
	}
	if !ed25519.Verify(key, message, signature) {
		return nil, ErrSignature
	}
	return key, nil
}

// key returns the key in the verification method.
func (b *Binding) key() (ed25519.PublicKey, error) {
	// An issuer may have a "#" of its own: the last one counts.
	method := b.Proof.VerificationMethod
	i := strings.LastIndexByte(method, '#')
	if i < 0 {
		return nil, errors.New("verificationMethod names no key behind a #")
	}
	controller, fragment := method[:i], method[i+1:]
	if controller != b.Issuer && controller != didKeyPrefix+fragment {
		return nil, errors.New("verificationMethod belongs neither to the issuer nor to a did:key")
	}
	key, err := ParseMultikey(fragment)
	if err != nil {
		return nil, fmt.Errorf("verificationMethod: %w", err)
	}
	return key, nil
}

// Names reports whether the binding is about that log.
func (b *Binding) Names(log checkpoint.LogRef) bool {
	for _, l := range b.Logs {
		if l == log {
			return true
		}
	}
	return false
}

// Validate returns an error unless b has the shape of a binding. It does not
// look at the signature.
func (b *Binding) Validate() error {
	p := b.Proof
	for _, fixed := range []struct{ member, got, want string }{
		{"type", b.Type, bindingType},
		{"proof.type", p.Type, proofType},
		{"proof.cryptosuite", p.Cryptosuite, cryptosuite},
		{"proof.proofPurpose", p.ProofPurpose, proofPurpose},
	} {
		if fixed.got != fixed.want {
			return fmt.Errorf("%s is not %q", fixed.member, fixed.want)
		}
	}
	if !visible(b.Issuer, maxIssuer) {
		return fmt.Errorf("issuer is not 1 to %d visible characters", maxIssuer)
	}
	if err := checkpoint.CheckOrigin(b.Origin); err != nil {
		return err
	}
	if err := b.Keys.Validate(b.Origin); err != nil {
		return err
	}
	if len(b.Logs) == 0 || len(b.Logs) > maxBindingLogs {
		return fmt.Errorf("%d logs, want 1 to %d", len(b.Logs), maxBindingLogs)
	}
	seen := make(map[checkpoint.LogRef]bool)
	for i, l := range b.Logs {
		if l.ChainID == 0 || l.ChainID > maxNumber {
			return fmt.Errorf("log %d: chain id %d, want 1 to 2^53-1", i, l.ChainID)
		}
		if seen[l] {
			return fmt.Errorf("log %d stands there twice", i)
		}
		seen[l] = true
	}
	created, err := time.Parse(time.RFC3339, p.Created)
	if err != nil || created.UTC().Format(time.RFC3339) != p.Created {
		return errors.New("proof.created is not a time like 2006-01-02T15:04:05Z")
	}
	if _, err := b.key(); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	if signature, err := multibase(p.ProofValue, maxProofValue); err != nil || len(signature) != ed25519.SignatureSize {
		return errors.New("proof.proofValue is not an Ed25519 signature: the letter z and 64 bytes in base58btc")
	}
	return nil
}

// ParseBinding reads a binding as `akashi init` writes and a node serves it:
// JSON of any spacing, without unknown or repeated members. It does not look
// at the signature.
func ParseBinding(data []byte) (*Binding, error) {
	b := new(Binding)
	if len(data) > MaxEvidenceSize {
		return nil, fmt.Errorf("binding: %d bytes, want at most %d", len(data), MaxEvidenceSize)
	}
	if err := decode(data, b); err != nil {
		return nil, fmt.Errorf("binding: %w", err)
	}
	if err := b.Validate(); err != nil {
		return nil, fmt.Errorf("binding: %w", err)
	}
	return b, nil
}
