package proof

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/akashi-project/akashi/record"
)

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

	signed, signature []byte
}

// JWS checks a compact JWS against the key of q.Method, or where that is empty
// of the header's "kid", which is what an Open Badges 2.0 assertion needs: its
// key is named inside, by verification.creator.
//
// The text must be exact: three segments of base64url without padding, white
// space or loose bits. A key in the header (jwk, jku, x5c) is never trusted.
func (v *Verifier) JWS(ctx context.Context, token []byte, q Query) Token {
	t := v.openToken(token)
	if t.Outcome == "" {
		v.checkToken(ctx, &t, q)
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
	parts, err := record.SplitJWS(token)
	if err != nil {
		t.fail(CodeForm, "%v", err)
		return t
	}
	t.Payload, t.signature, t.signed = parts.Payload, parts.Signature, token[:parts.Signed]
	if err := json.Unmarshal(parts.Header, &t.Header, gated); err != nil {
		t.fail(CodeForm, "a member of the token's header has the wrong type")
		return t
	}
	t.Method, t.Purpose = t.Header.KeyID, v.purpose()
	t.Signed = sha256.Sum256(t.signed)
	switch name := strings.ToUpper(string(t.Header.Algorithm)); {
	case slices.Contains([]Suite{RS256, ES256, EdDSA}, t.Header.Algorithm):
		t.Suite = t.Header.Algorithm
	case name == "", name == "NONE":
		t.fail(CodeHeader, "the token says that it is not signed")
		return t
	case strings.HasPrefix(name, "HS"), name == "RS1":
		// A symmetric one would take a public key for its secret; SHA-1 is broken.
		t.fail(CodeHeader, "an algorithm by which anybody can sign")
		return t
	default:
		t.Outcome, t.Code, t.Reason = Unknown, CodeSuite, "an algorithm other than RS256, ES256 and EdDSA, which is not known here"
		return t
	}
	if t.Header.Critical != nil || t.Header.Detached != nil {
		t.fail(CodeHeader, "the header has crit or b64, which ask for extensions that are not known here")
	}
	return t
}

// checkToken resolves the key and checks the signature.
func (v *Verifier) checkToken(ctx context.Context, t *Token, q Query) {
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
	if !v.budget().signature(key) {
		t.Outcome, t.Code, t.Reason = Unknown, CodeComplex, reasonSignatures
		return
	}
	if !key.verify(t.signed, t.signature) {
		t.fail(CodeSignature, "the signature does not fit: the token was changed, or another key signed")
		return
	}
	t.Outcome, t.Code, t.Reason = Pass, CodeSignature, "the signature fits"
}
