package proof

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-jose/go-jose/v4"
	"github.com/mr-tron/base58"
)

// Limits on keys.
const (
	MinRSABits = 2048  // RFC 7518, section 3.3
	MaxRSABits = 8192  // more costs a verifier time and gains nothing
	maxKeySize = 16384 // bytes of a key in any text form
)

// ErrKey is wrapped by every refusal of a key's form.
var ErrKey = errors.New("not a key that can be used")

// A KeyType is the kind of a public key: its algorithm and curve.
type KeyType string

// The key types.
const (
	Ed25519 KeyType = "Ed25519"
	P256    KeyType = "P-256"
	P384    KeyType = "P-384"
	RSA     KeyType = "RSA" // of MinRSABits to MaxRSABits
)

// A Key is a public key of a known type. It does not change, and the zero Key
// is no key. Only NewKey and the Parse functions make one, so a Key is always
// a point of its curve or of an allowed size.
type Key struct {
	kind   KeyType
	public crypto.PublicKey // ed25519.PublicKey, *ecdsa.PublicKey or *rsa.PublicKey
	alg    Suite            // the only JOSE algorithm a JWK allows; "" for any
}

// NewKey takes an ed25519.PublicKey, an *ecdsa.PublicKey on P-256 or P-384, or
// an *rsa.PublicKey of MinRSABits to MaxRSABits. An error wraps ErrKey.
func NewKey(public crypto.PublicKey) (Key, error) {
	switch k := public.(type) {
	case ed25519.PublicKey:
		if len(k) != ed25519.PublicKeySize {
			return Key{}, fmt.Errorf("%w: an Ed25519 key of %d bytes, want %d", ErrKey, len(k), ed25519.PublicKeySize)
		}
		return Key{kind: Ed25519, public: ed25519.PublicKey(bytes.Clone(k))}, nil
	case *ecdsa.PublicKey:
		// ECDH refuses what is not a point of the curve.
		if _, err := k.ECDH(); err != nil {
			return Key{}, fmt.Errorf("%w: not a point of its elliptic curve", ErrKey)
		}
		switch k.Curve {
		case elliptic.P256():
			return Key{kind: P256, public: k}, nil
		case elliptic.P384():
			return Key{kind: P384, public: k}, nil
		}
		return Key{}, fmt.Errorf("%w: curve %s, want P-256 or P-384", ErrKey, k.Curve.Params().Name)
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < MinRSABits || n > MaxRSABits {
			return Key{}, fmt.Errorf("%w: an RSA key of %d bits, want %d to %d", ErrKey, n, MinRSABits, MaxRSABits)
		}
		if k.E < 3 || k.E%2 == 0 {
			return Key{}, fmt.Errorf("%w: an RSA exponent of %d, want an odd number of 3 or more", ErrKey, k.E)
		}
		return Key{kind: RSA, public: k}, nil
	}
	return Key{}, fmt.Errorf("%w: want Ed25519, P-256, P-384 or RSA", ErrKey)
}

// IsZero reports whether k is no key.
func (k Key) IsZero() bool { return k.kind == "" }

// Type returns the key's type.
func (k Key) Type() KeyType { return k.kind }

// Public returns an ed25519.PublicKey, an *ecdsa.PublicKey or an
// *rsa.PublicKey. The caller must not change it.
func (k Key) Public() crypto.PublicKey { return k.public }

// Equal reports whether both are the same public key.
func (k Key) Equal(other Key) bool {
	equal, ok := k.public.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.kind == other.kind && equal.Equal(other.public)
}

// Thumbprint returns the SHA-256 JWK thumbprint (RFC 7638). It names a key of
// any type in a report.
func (k Key) Thumbprint() ([32]byte, error) {
	var sum [32]byte
	if k.IsZero() {
		return sum, fmt.Errorf("thumbprint: %w: there is none", ErrKey)
	}
	b, err := (&jose.JSONWebKey{Key: k.public}).Thumbprint(crypto.SHA256)
	if err != nil {
		return sum, fmt.Errorf("thumbprint: %w: %w", ErrKey, err)
	}
	return [32]byte(b), nil
}

// The multicodec prefixes of public keys, as unsigned varints (multicodec
// table, codes 0xed, 0x1200 and 0x1201), and the lengths of the keys.
var multicodecs = []struct {
	kind   KeyType
	prefix string
	size   int
}{
	{Ed25519, "\xed\x01", 32},
	{P256, "\x80\x24", 33},
	{P384, "\x81\x24", 49},
}

// ParseMultikey reads a public key as Multikey text: "z" and, in base58btc,
// the multicodec prefix and the key, an elliptic curve's point compressed
// (W3C Controlled Identifiers 1.0, section 2.2.2). An error wraps ErrKey.
func ParseMultikey(s string) (Key, error) {
	if len(s) > 128 || !strings.HasPrefix(s, "z") {
		return Key{}, fmt.Errorf("%w: a Multikey is z and at most 127 characters of base58btc", ErrKey)
	}
	raw, err := base58.Decode(s[1:])
	if err != nil {
		return Key{}, fmt.Errorf("%w: a Multikey with characters outside base58btc", ErrKey)
	}
	for _, c := range multicodecs {
		point, ok := strings.CutPrefix(string(raw), c.prefix)
		if !ok {
			continue
		}
		if len(point) != c.size {
			return Key{}, fmt.Errorf("%w: a %s Multikey of %d bytes, want %d", ErrKey, c.kind, len(point), c.size)
		}
		switch c.kind {
		case Ed25519:
			return NewKey(ed25519.PublicKey(point))
		case P256:
			return compressed(elliptic.P256(), []byte(point))
		default:
			return compressed(elliptic.P384(), []byte(point))
		}
	}
	return Key{}, fmt.Errorf("%w: a Multikey of another type than Ed25519, P-256 and P-384", ErrKey)
}

func compressed(curve elliptic.Curve, point []byte) (Key, error) {
	x, y := elliptic.UnmarshalCompressed(curve, point)
	if x == nil {
		return Key{}, fmt.Errorf("%w: not a point of its elliptic curve", ErrKey)
	}
	return NewKey(&ecdsa.PublicKey{Curve: curve, X: x, Y: y})
}

// Multikey returns the key as ParseMultikey reads it. An RSA key has no such
// form: the error wraps ErrKey.
func (k Key) Multikey() (string, error) {
	for _, c := range multicodecs {
		if c.kind != k.kind {
			continue
		}
		if public, ok := k.public.(ed25519.PublicKey); ok {
			return "z" + base58.Encode(append([]byte(c.prefix), public...)), nil
		}
		public := k.public.(*ecdsa.PublicKey)
		return "z" + base58.Encode(append([]byte(c.prefix), elliptic.MarshalCompressed(public.Curve, public.X, public.Y)...)), nil
	}
	return "", fmt.Errorf("%w: a key of type %q has no Multikey form", ErrKey, k.kind)
}

const didKeyPrefix = "did:key:"

// ParseDIDKey reads the key in a did:key, "did:key:z6Mk…", or in a
// verification method of one, "did:key:z6Mk…#z6Mk…", whose two halves must be
// equal (W3C CCG did:key Method, section 3). Such a key needs no document: it
// is its own. An error wraps ErrKey.
func ParseDIDKey(s string) (Key, error) {
	multikey, ok := strings.CutPrefix(s, didKeyPrefix)
	if !ok {
		return Key{}, fmt.Errorf("%w: a did:key begins with %s", ErrKey, didKeyPrefix)
	}
	multikey, fragment, hasFragment := strings.Cut(multikey, "#")
	if hasFragment && fragment != multikey {
		return Key{}, fmt.Errorf("%w: what follows # in a did:key is not the key before it", ErrKey)
	}
	return ParseMultikey(multikey)
}

// ParseJWK reads a public key as JSON Web Key (RFC 7517): kty OKP with crv
// Ed25519, EC with P-256 or P-384, or RSA. A private key is refused, since
// whoever published it gave it away; so are a key meant for encryption and one
// whose key_ops lack "verify". "alg" binds the key to that algorithm. An error
// wraps ErrKey.
func ParseJWK(b []byte) (Key, error) {
	if len(b) > maxKeySize {
		return Key{}, fmt.Errorf("%w: a JWK of %d bytes, at most %d are taken", ErrKey, len(b), maxKeySize)
	}
	// One issuer's key is read for each of their badges.
	sum := sha256.Sum256(b)
	if k, ok := knownJWKs.get(sum); ok {
		return k, nil
	}
	k, err := parseJWK(b)
	if err == nil {
		knownJWKs.put(sum, k)
	}
	return k, err
}

func parseJWK(b []byte) (Key, error) {
	var members struct {
		D   jsontext.Value `json:"d"`
		K   jsontext.Value `json:"k"`
		Ops []string       `json:"key_ops"`
		X5U string         `json:"x5u"`
	}
	if err := json.Unmarshal(b, &members); err != nil {
		return Key{}, fmt.Errorf("%w: a JWK is a JSON object", ErrKey)
	}
	if members.D != nil || members.K != nil {
		return Key{}, fmt.Errorf("%w: the JWK is a private or shared key, which anyone may now sign with; replace it", ErrKey)
	}
	verifies := members.Ops == nil
	for _, op := range members.Ops {
		verifies = verifies || op == "verify"
	}
	var j jose.JSONWebKey
	if err := j.UnmarshalJSON(b); err != nil || !j.Valid() || !j.IsPublic() {
		return Key{}, fmt.Errorf("%w: not a public JWK of kty OKP, EC or RSA", ErrKey)
	}
	if !verifies || j.Use != "" && j.Use != "sig" {
		return Key{}, fmt.Errorf("%w: the JWK is not meant for signatures", ErrKey)
	}
	k, err := NewKey(j.Key)
	if err != nil {
		return Key{}, err
	}
	if k.alg = Suite(j.Algorithm); k.alg != "" && !k.signs(k.alg) {
		return Key{}, fmt.Errorf("%w: the JWK's alg does not fit a key of type %s, or is not known here", ErrKey, k.kind)
	}
	return k, nil
}

// JWK returns the public key as a JSON Web Key.
func (k Key) JWK() ([]byte, error) {
	if k.IsZero() {
		return nil, fmt.Errorf("%w: there is none", ErrKey)
	}
	b, err := jose.JSONWebKey{Key: k.public, Algorithm: string(k.alg)}.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return b, nil
}

// ParsePEM reads one public key in PEM, as "publicKeyPem" of an Open Badges 2.0
// CryptographicKey holds it: "PUBLIC KEY" (RFC 5280 SubjectPublicKeyInfo) or
// "RSA PUBLIC KEY" (PKCS #1). An error wraps ErrKey.
func ParsePEM(b []byte) (Key, error) {
	if len(b) > maxKeySize {
		return Key{}, fmt.Errorf("%w: PEM of %d bytes, at most %d are taken", ErrKey, len(b), maxKeySize)
	}
	block, rest := pem.Decode(b)
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return Key{}, fmt.Errorf("%w: not one PEM block", ErrKey)
	}
	var (
		public any
		err    error
	)
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		return Key{}, fmt.Errorf("%w: a PEM block other than PUBLIC KEY and RSA PUBLIC KEY", ErrKey)
	}
	if err != nil {
		return Key{}, fmt.Errorf("%w: the PEM block holds no public key", ErrKey)
	}
	return NewKey(public)
}

// signs reports whether a key of this type makes signatures of the suite.
func (k Key) signs(s Suite) bool {
	switch s {
	case EdDSARDFC2022, EdDSAJCS2022, Ed25519Signature2020, EdDSA:
		return k.kind == Ed25519
	case ECDSARDFC2019:
		return k.kind == P256 || k.kind == P384
	case ES256:
		return k.kind == P256
	case RS256:
		return k.kind == RSA
	}
	return false
}
