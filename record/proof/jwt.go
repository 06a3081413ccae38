package proof

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/akashi-project/akashi/record"
)

// A Profile says how a token carries its credential.
type Profile string

// The profiles.
const (
	// JWTVC11 has the credential in the claim "vc", some of whose members stand
	// in registered claims instead (VC Data Model 1.1, section 6.3.1).
	JWTVC11 Profile = "vc-jwt-1.1"
	// JWTVC20 has the credential as its payload (Securing Verifiable Credentials
	// using JOSE and COSE, section 3.1; Open Badges 3.0, section 8.2).
	JWTVC20 Profile = "vc+jwt"
)

// A CredentialToken is what came of a VC-JWT.
type CredentialToken struct {
	Token
	Profile Profile
	// Credential is the credential as JSON: the payload, or for JWTVC11 the claim
	// "vc" with the members that the registered claims stand for. It is nil when
	// the payload has not the form.
	Credential []byte
	Issuer     string    // "iss", or the credential's issuer
	Subject    string    // "sub"
	TokenID    string    // "jti"
	NotBefore  time.Time // "nbf"; zero when not there
	Issued     time.Time // "iat"; zero when not there
	Expires    time.Time // "exp"; zero when not there
}

// claims are the registered claims (RFC 7519, section 4.1), "vc" and "vp".
type claims struct {
	Issuer  *string        `json:"iss"`
	Subject *string        `json:"sub"`
	TokenID *string        `json:"jti"`
	Before  *float64       `json:"nbf"`
	Issued  *float64       `json:"iat"`
	Expires *float64       `json:"exp"`
	VC      jsontext.Value `json:"vc"`
	VP      jsontext.Value `json:"vp"`

	// The members of a credential that is the payload.
	Context       jsontext.Value `json:"@context"`
	ID            jsontext.Value `json:"id"`
	CredentialIss jsontext.Value `json:"issuer"`
	CredentialSub jsontext.Value `json:"credentialSubject"`
}

// JWT checks a credential that is secured as a compact JWS, VC-JWT. The key is
// that of the header's "kid", or of the issuer where there is none. Registered
// claims that contradict the credential refute it: readers would disagree on
// whose it is.
func (v *Verifier) JWT(ctx context.Context, token []byte) CredentialToken {
	t := CredentialToken{Token: v.openToken(token)}
	if t.Outcome != "" {
		return t
	}
	t.readClaims()
	if t.Outcome != "" {
		return t
	}
	now := v.now()
	switch {
	case t.NotBefore.After(now.Add(Skew)), t.Issued.After(now.Add(Skew)):
		t.fail(CodeCreated, "the token is not valid yet")
		return t
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		t.fail(CodeExpired, "the token is over")
		return t
	}
	method := t.Header.KeyID
	if strings.HasPrefix(method, "#") {
		method = t.Issuer + method
	}
	v.checkToken(ctx, &t.Token, Query{Method: method, Issuer: t.Issuer, Created: t.Issued})
	return t
}

// readClaims finds the credential and holds the registered claims to it.
func (t *CredentialToken) readClaims() {
	var c claims
	if err := record.CheckJSON(t.Payload); err != nil {
		t.fail(CodeForm, "the payload: %v", err)
		return
	}
	if json.Unmarshal(t.Payload, &c, gated) != nil {
		t.fail(CodeForm, "a claim of the token has the wrong type")
		return
	}
	if c.VP != nil || strings.HasPrefix(strings.ToLower(t.Header.Type), "vp") {
		t.fail(CodePurpose, "a presentation, not a credential")
		return
	}
	for _, at := range []struct {
		claim *float64
		to    *time.Time
	}{{c.Before, &t.NotBefore}, {c.Issued, &t.Issued}, {c.Expires, &t.Expires}} {
		if at.claim == nil {
			continue
		}
		// RFC 7519, section 2, NumericDate; up to the year 9999.
		if s := *at.claim; s >= 0 && s < 253402300800 {
			whole, part := math.Modf(s)
			*at.to = time.Unix(int64(whole), int64(part*1e9)).UTC()
			continue
		}
		t.fail(CodeClaims, "nbf, iat or exp is no number of seconds since 1970, up to the year 9999")
		return
	}
	t.Created, t.Token.Expires = t.Issued, t.Expires
	var credential map[string]jsontext.Value
	switch {
	case c.VC != nil && strings.HasPrefix(strings.ToLower(t.Header.Type), "vc+"):
		t.fail(CodeClaims, "a token of type vc+jwt has no claim vc")
		return
	case c.VC != nil:
		t.Profile = JWTVC11
		if json.Unmarshal(c.VC, &credential, gated) != nil || credential == nil {
			t.fail(CodeForm, "the claim vc is not an object")
			return
		}
	case c.Context != nil:
		t.Profile = JWTVC20
		credential = map[string]jsontext.Value{"id": c.ID, "issuer": c.CredentialIss, "credentialSubject": c.CredentialSub}
	default:
		t.fail(CodeForm, `the payload is no credential: it has neither a claim "vc" nor an "@context"`)
		return
	}
	t.mapClaims(c, credential)
}

// mapClaims compares each registered claim with the member that it stands for,
// and for JWTVC11 puts it there where it is missing.
func (t *CredentialToken) mapClaims(c claims, credential map[string]jsontext.Value) {
	set := func(name string, value any) {
		if t.Profile == JWTVC11 {
			credential[name], _ = json.Marshal(value)
		}
	}
	differ := func(claim, member string) {
		if t.Outcome == "" {
			t.fail(CodeClaims, "the claim %s and the credential's %s say different things", claim, member)
		}
	}
	issuer, hasIssuer := idOf(credential["issuer"])
	if c.Issuer != nil {
		if t.Issuer = *c.Issuer; !hasIssuer && credential["issuer"] == nil {
			set("issuer", t.Issuer)
		} else if issuer != t.Issuer {
			differ("iss", "issuer")
		}
	} else {
		t.Issuer = issuer
	}
	if c.TokenID != nil {
		t.TokenID = *c.TokenID
		if id, ok := idOf(credential["id"]); credential["id"] == nil {
			set("id", t.TokenID)
		} else if !ok || id != t.TokenID {
			differ("jti", "id")
		}
	}
	if c.Subject != nil {
		t.Subject = *c.Subject
		t.mapSubject(credential, differ)
	}
	if t.Profile != JWTVC11 {
		// Here nbf and exp bound the token and validFrom and validUntil the
		// credential: two things, and both count.
		t.Credential = t.Payload
		return
	}
	for _, at := range []struct {
		claim, member string
		instant       time.Time
	}{{"nbf", "issuanceDate", t.NotBefore}, {"exp", "expirationDate", t.Expires}} {
		if at.instant.IsZero() {
			continue
		}
		if credential[at.member] == nil {
			set(at.member, at.instant.Format(time.RFC3339))
			continue
		}
		var text string
		json.Unmarshal(credential[at.member], &text)
		// NumericDate is written in whole seconds mostly.
		if stated, err := ParseInstant(text); err != nil || stated.Sub(at.instant).Abs() >= time.Second {
			differ(at.claim, at.member)
		}
	}
	t.Credential, _ = json.Marshal(credential, json.Deterministic(true))
}

// mapSubject compares "sub" with the id of the one subject.
func (t *CredentialToken) mapSubject(credential map[string]jsontext.Value, differ func(claim, member string)) {
	raw := credential["credentialSubject"]
	if raw.Kind() == '[' {
		var list []jsontext.Value
		if json.Unmarshal(raw, &list, gated) != nil || len(list) != 1 {
			differ("sub", "credentialSubject")
			return
		}
		raw = list[0]
	}
	var subject map[string]jsontext.Value
	if json.Unmarshal(raw, &subject, gated) != nil || subject == nil {
		differ("sub", "credentialSubject")
		return
	}
	if subject["id"] == nil {
		if t.Profile == JWTVC11 {
			subject["id"], _ = json.Marshal(t.Subject)
			credential["credentialSubject"], _ = json.Marshal(subject, json.Deterministic(true))
		}
		return
	}
	if id, ok := idOf(subject["id"]); !ok || id != t.Subject {
		differ("sub", "credentialSubject.id")
	}
}

// idOf is a string, or the id of an object.
func idOf(raw jsontext.Value) (string, bool) {
	if raw == nil {
		return "", false
	}
	switch raw.Kind() {
	case '"':
		var s string
		err := json.Unmarshal(raw, &s, gated)
		return s, err == nil
	case '{':
		var object struct {
			ID *string `json:"id"`
		}
		if json.Unmarshal(raw, &object, gated) == nil && object.ID != nil {
			return *object.ID, true
		}
	}
	return "", false
}
