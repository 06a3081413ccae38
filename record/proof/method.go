package proof

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"time"

	"github.com/mr-tron/base58"
)

// AssertionMethod is the purpose of a proof on a credential, and the list of a
// controller document that its method must stand in (W3C Controlled
// Identifiers 1.0, section 2.3.2).
const AssertionMethod = "assertionMethod"

// ErrRefuted is wrapped by the errors of a Resolve that has the issuer's own
// document before it, and by that document the method is not one: not listed
// for the purpose, revoked, or of another controller. Any other error of a
// Resolve means that the key could not be had.
var ErrRefuted = errors.New("the issuer's document does not list this key")

// A Query asks for one key.
type Query struct {
	// Method is the verification method as the proof names it: a URL or DID
	// URL; for JOSE, "kid", which may be a bare name or missing.
	Method string
	// Issuer is who the signed document says signed it: "issuer" of the
	// credential, "iss" of the token. A claim, not a fact.
	Issuer string
	// Purpose is the list of the issuer's document that the method must stand
	// in: AssertionMethod.
	Purpose string
	// Created is the instant of signing as the proof states it, zero if it does
	// not. It is a claim too: a stolen key can state any.
	Created time.Time
	// Embedded is the key in the header of a token, which proves nothing. A
	// Resolve may look for it among the issuer's keys.
	Embedded Key
}

// A Resolve finds the public key of a verification method and vouches that the
// issuer's own document lists it for the purpose. An error that wraps
// ErrRefuted says that the document was read and speaks against it; any other
// that the key could not be had. It must honour ctx and bound its own work.
type Resolve func(ctx context.Context, q Query) (Key, error)

// ResolveDIDKey is the Resolve of did:key, which needs no document: the issuer
// must be the did:key of the method. Anything else it does not know.
func ResolveDIDKey(_ context.Context, q Query) (Key, error) {
	method := q.Method
	if method == "" {
		method = q.Issuer
	}
	k, err := ParseDIDKey(method)
	if err != nil {
		return Key{}, err
	}
	controller, err := ParseDIDKey(q.Issuer)
	if err != nil {
		return Key{}, fmt.Errorf("%w: the issuer is not the did:key that signed", ErrRefuted)
	}
	if !k.Equal(controller) {
		return Key{}, fmt.Errorf("%w: the issuer is another did:key than the one that signed", ErrRefuted)
	}
	return k, nil
}

// A Method is a verification method of a controller document (W3C Controlled
// Identifiers 1.0, section 2.2).
type Method struct {
	ID         string
	Type       string
	Controller string
	Key        Key
	Expires    time.Time // zero when there is none
	Revoked    time.Time // zero when there is none
}

// ParseMethod reads a verification method object in one of these forms:
//
//	Multikey, Ed25519VerificationKey2020              publicKeyMultibase
//	Ed25519VerificationKey2018                        publicKeyBase58
//	JsonWebKey, JsonWebKey2020                        publicKeyJwk
//	EcdsaSecp256r1VerificationKey2019                 publicKeyMultibase or publicKeyJwk
//	CryptographicKey, RsaVerificationKey2018          publicKeyPem or publicKeyJwk
//
// It holds exactly one key, and no private one. An error wraps ErrKey.
func ParseMethod(b []byte) (Method, error) {
	if len(b) > 2*maxKeySize {
		return Method{}, fmt.Errorf("%w: a verification method of %d bytes, at most %d are taken", ErrKey, len(b), 2*maxKeySize)
	}
	var m struct {
		ID         string         `json:"id"`
		Type       jsontext.Value `json:"type"`
		Controller string         `json:"controller"`
		Owner      string         `json:"owner"` // Open Badges 2.0
		Expires    string         `json:"expires"`
		Revoked    string         `json:"revoked"`
		Multibase  *string        `json:"publicKeyMultibase"`
		Base58     *string        `json:"publicKeyBase58"`
		JWK        jsontext.Value `json:"publicKeyJwk"`
		PEM        *string        `json:"publicKeyPem"`
		Secret     jsontext.Value `json:"secretKeyMultibase"`
		Private    jsontext.Value `json:"privateKeyMultibase"`
		Private58  jsontext.Value `json:"privateKeyBase58"`
		PrivateJWK jsontext.Value `json:"privateKeyJwk"`
		SecretJWK  jsontext.Value `json:"secretKeyJwk"`
		PrivatePEM jsontext.Value `json:"privateKeyPem"`
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return Method{}, fmt.Errorf("%w: not a verification method", ErrKey)
	}
	for _, private := range []jsontext.Value{m.Secret, m.Private, m.Private58, m.PrivateJWK, m.SecretJWK, m.PrivatePEM} {
		if private != nil {
			return Method{}, fmt.Errorf("%w: the verification method holds a private key, which anyone may now sign with; replace it", ErrKey)
		}
	}
	out := Method{ID: m.ID, Type: methodType(m.Type), Controller: m.Controller}
	if out.Controller == "" {
		out.Controller = m.Owner
	}
	for _, at := range []struct {
		text string
		to   *time.Time
	}{{m.Expires, &out.Expires}, {m.Revoked, &out.Revoked}} {
		if at.text == "" {
			continue
		}
		t, err := ParseInstant(at.text)
		if err != nil {
			return Method{}, fmt.Errorf("%w: expires or revoked of the verification method: %w", ErrKey, err)
		}
		*at.to = t
	}
	var (
		keys []Key
		take = func(k Key, err error) error {
			keys = append(keys, k)
			return err
		}
		errs []error
	)
	if m.Multibase != nil {
		errs = append(errs, take(ParseMultikey(*m.Multibase)))
	}
	if m.Base58 != nil {
		errs = append(errs, take(parseBase58(*m.Base58)))
	}
	if m.JWK != nil {
		errs = append(errs, take(ParseJWK(m.JWK)))
	}
	if m.PEM != nil {
		errs = append(errs, take(ParsePEM([]byte(*m.PEM))))
	}
	if err := errors.Join(errs...); err != nil {
		return Method{}, err
	}
	if len(keys) != 1 {
		return Method{}, fmt.Errorf("%w: the verification method holds %d keys in a known form, want 1", ErrKey, len(keys))
	}
	out.Key = keys[0]
	if want, ok := methodKeys[out.Type]; ok && want != out.Key.kind {
		return Method{}, fmt.Errorf("%w: a method of type %s with a key of type %s", ErrKey, out.Type, out.Key.kind)
	} else if !ok && !looseMethods[out.Type] {
		return Method{}, fmt.Errorf("%w: a verification method of a type that is not known here", ErrKey)
	}
	return out, nil
}

// Types of verification methods with one type of key, and with any.
var (
	methodKeys = map[string]KeyType{
		"Ed25519VerificationKey2018":        Ed25519,
		"Ed25519VerificationKey2020":        Ed25519,
		"EcdsaSecp256r1VerificationKey2019": P256,
		"RsaVerificationKey2018":            RSA,
	}
	looseMethods = map[string]bool{"Multikey": true, "JsonWebKey": true, "JsonWebKey2020": true, "CryptographicKey": true}
)

// methodType is "type", a string or a list; of a list the first that is known.
func methodType(raw jsontext.Value) string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return one
	}
	var many []string
	if json.Unmarshal(raw, &many) == nil {
		for _, t := range many {
			if _, ok := methodKeys[t]; ok || looseMethods[t] {
				return t
			}
		}
	}
	return ""
}

// parseBase58 reads publicKeyBase58: the 32 bytes of an Ed25519 key in
// base58btc, without prefix (Ed25519VerificationKey2018).
func parseBase58(s string) (Key, error) {
	if len(s) > 64 {
		return Key{}, fmt.Errorf("%w: publicKeyBase58 of %d characters, at most 64 are taken", ErrKey, len(s))
	}
	raw, err := base58.Decode(s)
	if err != nil {
		return Key{}, fmt.Errorf("%w: publicKeyBase58 with characters outside base58btc", ErrKey)
	}
	return NewKey(ed25519.PublicKey(raw))
}
