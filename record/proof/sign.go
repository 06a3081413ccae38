package proof

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/akashi-project/akashi/record/jcs"
	"github.com/akashi-project/akashi/record/ld"
	"github.com/go-json-experiment/json/jsontext"
)

// A Signer makes proofs with one key. Any number of goroutines may use it if
// its key allows that.
type Signer struct {
	// Key is an ed25519.PrivateKey, *ecdsa.PrivateKey or *rsa.PrivateKey, or
	// stands for one in other hands.
	Key crypto.Signer
	// Method is the verification method, by which a verifier finds the key: a
	// DID URL, or the URL of a method in the issuer's controller document.
	Method string
	// Contexts is for the rdfc suites; nil for ld.Embedded().
	Contexts *ld.Contexts
	Limits   ld.Limits
}

// Options say what a proof states of itself. Suite and Created are required.
type Options struct {
	Suite    Suite
	Created  time.Time // whole seconds are kept
	Expires  time.Time // zero for never
	Purpose  string    // "" for AssertionMethod
	ID       string    // "" for none; needed by a proof that is to cover this one
	Previous []string  // ids of proofs of the document that this one covers too
}

// The contexts that define the terms of a proof.
const (
	contextVC20           = "https://www.w3.org/ns/credentials/v2"
	contextDataIntegrity1 = "https://w3id.org/security/data-integrity/v1"
	contextDataIntegrity2 = "https://w3id.org/security/data-integrity/v2"
	contextEd25519v2020   = "https://w3id.org/security/suites/ed25519-2020/v1"
)

// Document adds a proof to a JSON document, beside those that it has, and
// returns the document in RFC 8785 form. Where the document's @context does not
// define the terms of the proof, the context that does is put behind it
// (Verifiable Credential Data Integrity 1.0, section 2.4.1); a document that has
// proofs already is refused then, since they would no longer hold. So is a
// document with anything in it that the suite would not sign: an *ld.Error.
func (s Signer) Document(doc []byte, o Options) ([]byte, error) {
	canonical, err := canonicalize(doc)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	key, err := s.public(o.Suite)
	if err != nil {
		return nil, err
	}
	if o.Created.IsZero() {
		return nil, errors.New("sign: the instant of signing is missing")
	}
	if canonical, err = inject(canonical, o.Suite); err != nil {
		return nil, err
	}
	// An unsigned document is opened with a proof that is dropped again.
	var existing [][]byte
	ms, err := members(canonical)
	if err != nil {
		return nil, err
	}
	if raw := find(ms, `"proof"`); raw == nil {
		canonical = join(with(ms, `"proof"`, []byte("{}")))
	} else if existing, err = listOf(raw); err != nil {
		return nil, err
	}
	v := Verifier{Contexts: s.Contexts, Limits: s.Limits}
	document, err := v.open(canonical)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if len(existing) >= MaxProofs {
		return nil, fmt.Errorf("sign: the document has %d proofs, and %d are the most", len(existing), MaxProofs)
	}
	p, err := s.options(document, o)
	if err != nil {
		return nil, err
	}
	var covered []*embedded
	for _, id := range o.Previous {
		found := document.byID[id]
		if len(found) != 1 {
			return nil, fmt.Errorf("sign: %d proofs of the document have the id %q that the new one is to cover", len(found), id)
		}
		covered = append(covered, found[0])
	}
	message, _, err := document.message(p, covered, key, nil)
	if err == nil && document.looped && o.Suite != EdDSAJCS2022 {
		err = errLooped
	}
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	signature, err := s.sign(key, message)
	if err != nil {
		return nil, err
	}
	value, err := json.Marshal("z" + encode58(signature))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	proofs := append(slices.Clone(existing), join(with(p.members, `"proofValue"`, value)))
	all := proofs[0]
	if len(proofs) > 1 {
		all = joinList(proofs)
	}
	return join(with(document.members, `"proof"`, all)), nil
}

// public returns the public key, if it makes signatures of the suite.
func (s Signer) public(suite Suite) (Key, error) {
	if s.Key == nil || s.Method == "" {
		return Key{}, errors.New("sign: a key and its verification method are needed")
	}
	key, err := NewKey(s.Key.Public())
	if err != nil {
		return Key{}, fmt.Errorf("sign: %w", err)
	}
	if !key.signs(suite) {
		return Key{}, fmt.Errorf("sign: a key of type %s makes no signatures of the suite %q; take a key of the kind that the suite is for", key.kind, suite)
	}
	return key, nil
}

// inject puts the context behind those of the document that defines a proof's
// terms, if none of them does.
func inject(canonical []byte, suite Suite) ([]byte, error) {
	var object map[string]any
	if err := json.Unmarshal(canonical, &object); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	context, ok := object["@context"]
	if !ok {
		return canonical, nil
	}
	list, ok := context.([]any)
	if !ok {
		list = []any{context}
	}
	known := []any{contextVC20, contextDataIntegrity1, contextDataIntegrity2}
	add := contextDataIntegrity2
	if suite == Ed25519Signature2020 {
		known, add = []any{contextEd25519v2020}, contextEd25519v2020
	}
	for _, one := range list {
		if _, isText := one.(string); isText && slices.Contains(known, one) {
			return canonical, nil
		}
	}
	if object["proof"] != nil {
		return nil, fmt.Errorf("sign: no context of the document defines the terms of the new proof, and with %s added the proofs that it has would not hold", add)
	}
	raw, err := json.Marshal(append(slices.Clone(list), add))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if raw, err = jcs.Transform(raw); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	ms, err := members(canonical)
	if err != nil {
		return nil, err
	}
	return join(with(ms, `"@context"`, raw)), nil
}

// options makes the proof without its value.
func (s Signer) options(document *secured, o Options) (*embedded, error) {
	if o.Purpose == "" {
		o.Purpose = AssertionMethod
	}
	object := map[string]any{
		"type": "DataIntegrityProof", "cryptosuite": string(o.Suite),
		"created": o.Created.UTC().Format(time.RFC3339), "proofPurpose": o.Purpose, "verificationMethod": s.Method,
	}
	if o.Suite == Ed25519Signature2020 {
		object["type"] = string(Ed25519Signature2020)
		delete(object, "cryptosuite")
	}
	if !o.Expires.IsZero() {
		object["expires"] = o.Expires.UTC().Format(time.RFC3339)
	}
	if o.ID != "" {
		if len(document.byID[o.ID]) > 0 {
			return nil, fmt.Errorf("sign: a proof of the document has the id %q already", o.ID)
		}
		object["id"] = o.ID
	}
	switch len(o.Previous) {
	case 0:
	case 1:
		object["previousProof"] = o.Previous[0]
	default:
		list := make([]any, len(o.Previous))
		for i, id := range o.Previous {
			list[i] = id
		}
		object["previousProof"] = list
	}
	if o.Suite == EdDSAJCS2022 && document.context != nil {
		object["@context"] = jsontext.Value(document.context)
	}
	raw, err := json.Marshal(object)
	if err == nil {
		raw, err = jcs.Transform(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("sign: the proof's options: %w", err)
	}
	p := &embedded{object: object, result: Result{Suite: o.Suite}}
	if p.members, err = members(raw); err != nil {
		return nil, err
	}
	return p, nil
}

// sign makes a signature as Key.verify takes it.
func (s Signer) sign(key Key, message []byte) ([]byte, error) {
	var (
		signature []byte
		err       error
	)
	switch key.kind {
	case Ed25519:
		signature, err = s.Key.Sign(rand.Reader, message, crypto.Hash(0))
	case P256, P384:
		signature, err = signECDSA(s.Key, key, message)
	case RSA:
		signature, err = s.Key.Sign(rand.Reader, key.digest(message), crypto.SHA256)
	}
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if !key.verify(message, signature) {
		return nil, errors.New("sign: the key's own signature does not verify; the key is broken")
	}
	return signature, nil
}

// signECDSA returns the two numbers at full length, one behind the other.
func signECDSA(signer crypto.Signer, key Key, message []byte) ([]byte, error) {
	h := crypto.SHA256
	if key.kind == P384 {
		h = crypto.SHA384
	}
	der, err := signer.Sign(rand.Reader, key.digest(message), h)
	if err != nil {
		return nil, err
	}
	var numbers struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &numbers); err != nil || len(rest) > 0 {
		return nil, errors.New("the key's signature is not in ASN.1")
	}
	size := key.signatureSize() / 2
	if numbers.R.Sign() <= 0 || numbers.S.Sign() <= 0 || numbers.R.BitLen() > 8*size || numbers.S.BitLen() > 8*size {
		return nil, errors.New("the key's signature is out of range")
	}
	out := make([]byte, 2*size)
	numbers.R.FillBytes(out[:size])
	numbers.S.FillBytes(out[size:])
	return out, nil
}

// Token signs a payload as compact JWS with EdDSA, ES256 or RS256, by the type
// of the key. typ goes into the header if it is not empty, and the signer's
// Method as "kid".
func (s Signer) Token(payload []byte, typ string) (string, error) {
	if s.Key == nil {
		return "", errors.New("sign: a key is needed")
	}
	key, err := NewKey(s.Key.Public())
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	header := struct {
		Algorithm Suite  `json:"alg"`
		KeyID     string `json:"kid,omitempty"`
		Type      string `json:"typ,omitempty"`
	}{tokenSuite[key.kind], s.Method, typ}
	if header.Algorithm == "" {
		return "", fmt.Errorf("sign: a key of type %s signs no token", key.kind)
	}
	raw, err := json.Marshal(header)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	input := encode(raw) + "." + encode(payload)
	signature, err := s.sign(key, []byte(input))
	if err != nil {
		return "", err
	}
	return input + "." + encode(signature), nil
}

var tokenSuite = map[KeyType]Suite{Ed25519: EdDSA, P256: ES256, RSA: RS256}

var (
	_ crypto.Signer = ed25519.PrivateKey(nil)
	_ crypto.Signer = (*ecdsa.PrivateKey)(nil)
)
