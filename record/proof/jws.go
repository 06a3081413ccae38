package proof

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"strings"

	"github.com/akashi-project/akashi/record"
	"github.com/go-jose/go-jose/v4"
)

// algorithms are the JOSE algorithms that are taken. "none", the symmetric ones
// and all others are not: a token whose header names one is refused before any
// key is looked for.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}

// A Header is the protected header of a token: what it says, not what is so.
type Header struct {
	Algorithm   Suite          `json:"alg"`
	KeyID       string         `json:"kid"`
	Type        string         `json:"typ"`
	ContentType string         `json:"cty"`
	Critical    jsontext.Value `json:"crit"`
	Detached    jsontext.Value `json:"b64"`
	JWK         jsontext.Value `json:"jwk"`
}

// A Token is what came of a compact JWS (RFC 7515, section 7.1).
type Token struct {
	Result
	Header  Header
	Payload []byte // the exact bytes that are signed; nil when the token has not the form
}

// strict64 refuses a last character with bits beyond the last byte. It skips
// newlines, so it is only given text of the alphabet, which record.Parse sees to.
var strict64 = base64.RawURLEncoding.Strict()

// JWS checks a compact JWS against the key of q.Method, or where that is empty
// of the header's "kid", which is what an Open Badges 2.0 assertion needs: its
// key is named inside, by verification.creator.
//
// The text must be exact: three segments of base64url without padding, white
// space or loose bits. A key in the header (jwk, jku, x5c) is never trusted.
func (v *Verifier) JWS(ctx context.Context, token []byte, q Query) Token {
	t := v.openToken(token)
	if t.Outcome == "" {
		v.checkToken(ctx, &t, token, q)
	}
	return t
}

func (t *Token) fail(code Code, format string, a ...any) {
	t.Outcome, t.Code, t.Reason = Fail, code, fmt.Sprintf(format, a...)
}

// openToken reads the header and judges all that needs no key. The outcome is
// empty when nothing is wrong so far.
func (v *Verifier) openToken(token []byte) Token {
	var t Token
	r, err := record.Parse(token)
	if err != nil {
		t.fail(CodeForm, "%v", err)
		return t
	}
	if r.Form() != record.JWS {
		t.fail(CodeForm, "not three segments of base64url with dots between")
		return t
	}
	segments := strings.Split(string(token), ".")
	header, err := strict64.DecodeString(segments[0])
	if err == nil {
		t.Payload, err = strict64.DecodeString(segments[1])
	}
	if err != nil {
		t.fail(CodeForm, "a segment is not exact base64url")
		return t
	}
	if err := json.Unmarshal(header, &t.Header); err != nil {
		t.fail(CodeForm, "a member of the token's header has the wrong type")
		return t
	}
	t.Method, t.Purpose = t.Header.KeyID, v.purpose()
	t.Signed = sha256.Sum256([]byte(segments[0] + "." + segments[1]))
	switch t.Header.Algorithm {
	case RS256, ES256, EdDSA:
		t.Suite = t.Header.Algorithm
	case "", "none":
		t.fail(CodeHeader, "the token says that it is not signed")
		return t
	default:
		t.fail(CodeHeader, "an algorithm other than RS256, ES256 and EdDSA")
		return t
	}
	if t.Header.Critical != nil || t.Header.Detached != nil {
		t.fail(CodeHeader, "the header has crit or b64, which ask for extensions that are not known here")
	}
	return t
}

// checkToken resolves the key and checks the signature.
func (v *Verifier) checkToken(ctx context.Context, t *Token, token []byte, q Query) {
	if q.Method == "" {
		q.Method = t.Method
	}
	t.Method = q.Method
	if q.Purpose == "" {
		q.Purpose = v.purpose()
	}
	if t.Header.JWK != nil {
		k, err := ParseJWK(t.Header.JWK)
		if err != nil {
			t.fail(CodeHeader, "the key in the header is %v", err)
			return
		}
		q.Embedded = k
	}
	key, err := v.resolve(ctx, q)
	switch {
	case errors.Is(err, ErrRefuted):
		t.fail(CodeKey, "%v", err)
		return
	case err != nil:
		t.Outcome, t.Code, t.Reason = Unknown, CodeKey, fmt.Sprintf("the key could not be had: %v", err)
		return
	case !key.signs(t.Suite) || key.alg != "" && key.alg != t.Suite:
		t.fail(CodeSuite, "a key of type %q does not sign with %s", key.kind, t.Suite)
		return
	}
	t.Key = key
	parsed, err := jose.ParseSignedCompact(string(token), algorithms)
	if err != nil {
		t.fail(CodeForm, "the token has not the form of a compact JWS")
		return
	}
	payload, err := parsed.Verify(key.public)
	if err != nil || !bytes.Equal(payload, t.Payload) {
		t.fail(CodeSignature, "the signature does not fit: the token was changed, or another key signed")
		return
	}
	t.Outcome, t.Code, t.Reason = Pass, CodeSignature, "the signature fits"
}
