package proof

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/jcs"
)

// JWT secures a credential as VC-JWT. The registered claims iss, jti, sub, nbf
// and exp are taken from the credential, as Open Badges 3.0, section 8.2, and VC
// Data Model 1.1, section 6.3.1, want them. The credential keeps all its members.
func (s Signer) JWT(credential []byte, p Profile) (string, error) {
	if err := record.CheckJSON(credential); err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	var object map[string]any
	if err := json.Unmarshal(credential, &object); err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	claims := map[string]any{}
	switch issuer := object["issuer"].(type) {
	case string:
		claims["iss"] = issuer
	case map[string]any:
		if id, ok := issuer["id"].(string); ok {
			claims["iss"] = id
		}
	}
	if id, ok := object["id"].(string); ok {
		claims["jti"] = id
	}
	if subject, ok := object["credentialSubject"].(map[string]any); ok {
		if id, ok := subject["id"].(string); ok {
			claims["sub"] = id
		}
	}
	for _, at := range []struct{ claim, member string }{
		{"nbf", "issuanceDate"}, {"nbf", "validFrom"}, {"exp", "expirationDate"}, {"exp", "validUntil"},
	} {
		text, ok := object[at.member].(string)
		if !ok {
			continue
		}
		t, err := ParseInstant(text)
		if err != nil {
			return "", fmt.Errorf("sign: %s is %w", at.member, err)
		}
		if at.claim == "exp" && t.Nanosecond() > 0 {
			t = t.Add(time.Second) // a token must not end before its credential
		}
		claims[at.claim] = t.Unix()
	}
	typ := "vc+jwt"
	switch p {
	case JWTVC20:
		for name, value := range claims {
			object[name] = value
		}
		claims = object
	case JWTVC11:
		typ = "JWT"
		claims["vc"] = object
	default:
		return "", fmt.Errorf("sign: a token of profile %q is not known here", p)
	}
	payload, err := json.Marshal(claims)
	if err == nil {
		payload, err = jcs.Transform(payload)
	}
	if err != nil {
		return "", fmt.Errorf("sign: the token's claims: %w", err)
	}
	return s.Token(payload, typ)
}
