package issue

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/akashi-project/akashi/record/ld"
)

// terms expands a badge safely and says what has no meaning, with its place:
// a proof of an rdfc suite would not cover it, and of any badge no reader could
// tell what it says. "" when all has one.
func (s stage) terms(unsigned []byte) string {
	_, _, err := s.rehearsal.Contexts.Statements(unsigned, nil, ld.Limits{})
	refused, ok := errors.AsType[*ld.Error](err)
	if err == nil || !ok {
		return ""
	}
	if refused.Code == ld.CodeUnpinned && s.template.Format != OB3 && slices.Contains(s.template.Accept, "proof.context") {
		return "" // what a token signs does not hang on it
	}
	place := "/badge" + refused.Path
	text := fmt.Sprintf("%s of the template: %s (%s).", place, refused.Reason, refused.Code)
	switch refused.Code {
	case ld.CodeTerm:
		text += " Correct its spelling, take it out, or define it in @context."
	case ld.CodeUnpinned:
		text += " Name its file with --context SHA256:FILE:URL"
		if s.template.Format != OB3 {
			text += `, or "proof.context" in "accept" of the template if its terms need no checking`
		}
		text += "."
	}
	return text
}

// contextOB2 is the context of Open Badges 2.0.
const contextOB2 = "https://w3id.org/openbadges/v2"

// withOB2 adds the terms of Open Badges 2.0 to a set of contexts that has no
// document of that context. The document itself is not embedded, since its
// licence lets nobody pass it on freely; what it defines are the names of the
// standard and the IRIs that they stand for, which are below.
func withOB2(c *ld.Contexts) (*ld.Contexts, error) {
	if slices.ContainsFunc(c.Pins(), func(p ld.Pin) bool { return p.URL == contextOB2 }) {
		return c, nil
	}
	if c == ld.Embedded() {
		return embeddedOB2()
	}
	b := termsOB2()
	return c.With(contextOB2, b, sha256.Sum256(b))
}

var embeddedOB2 = sync.OnceValues(func() (*ld.Contexts, error) {
	b := termsOB2()
	return ld.Embedded().With(contextOB2, b, sha256.Sum256(b))
})

// The vocabulary of Open Badges 2.0 (1EdTech Open Badges 2.0, section 4, and
// appendix "JSON-LD context"): which name stands for which IRI. Those of
// namesOB2 hold text, those of linksOB2 other things or their URLs, those of
// timesOB2 instants.
var (
	prefixesOB2 = map[string]string{
		"extensions": "https://w3id.org/openbadges/extensions#", "obi": "https://w3id.org/openbadges#",
		"cred": "https://w3id.org/credentials#", "dc": "http://purl.org/dc/terms/", "schema": "http://schema.org/",
		"sec": "https://w3id.org/security#", "xsd": "http://www.w3.org/2001/XMLSchema#", "validation": "https://w3id.org/openbadges#validation",
	}
	typesOB2 = strings.Fields(`Assertion BadgeClass Criteria Evidence Extension FrameValidation IdentityObject Image HostedBadge Issuer
		Profile RevocationList SignedBadge TypeValidation VerificationObject`)
	namesOB2 = map[string][]string{
		"obi":    strings.Fields(`allowedOrigins audience endorsementComment narrative revocationReason salt targetCode uid verificationProperty validatesType validationFrame validationSchema`),
		"schema": strings.Fields(`caption description email genre name targetDescription targetFramework targetName telephone version`),
		"sec":    strings.Fields(`publicKeyPem`),
	}
	linksOB2 = map[string][]string{
		"obi":    strings.Fields(`alignment badge criteria evidence issuer recipient revocationList`),
		"schema": strings.Fields(`author image url`),
		"sec":    strings.Fields(`owner publicKey`),
		"cred":   strings.Fields(`claim`),
		"dc":     strings.Fields(`creator`),
	}
	otherOB2 = map[string]any{
		"id": "@id", "type": "@type",
		"AlignmentObject": "schema:AlignmentObject", "CryptographicKey": "sec:Key", "Endorsement": "cred:Credential",
		"hosted": "obi:HostedBadge", "signed": "obi:SignedBadge",
		"tags": member("schema:keywords", ""), "identity": member("obi:identityHash", ""), "revokedAssertions": member("obi:revoked", ""),
		"startsWith":  member("http://purl.org/dqm-vocabulary/v1/dqm#startsWith", ""),
		"endorsement": member("cred:credential", "@id"), "related": member("dc:relation", "@id"),
		"verification": member("obi:verify", "@id"), "verify": member("obi:verify", "@id"),
		"created": member("dc:created", "xsd:dateTime"), "expires": member("sec:expiration", "xsd:dateTime"), "issuedOn": member("obi:issueDate", "xsd:dateTime"),
		"hashed": member("obi:hashed", "xsd:boolean"), "revoked": member("obi:revoked", "xsd:boolean"),
	}
)

func member(iri, typ string) map[string]any {
	m := map[string]any{"@id": iri}
	if typ != "" {
		m["@type"] = typ
	}
	return m
}

// termsOB2 writes the vocabulary as a context.
func termsOB2() []byte {
	all := map[string]any{}
	for name, iri := range prefixesOB2 {
		all[name] = iri
	}
	for _, name := range typesOB2 {
		all[name] = "obi:" + name
	}
	for prefix, names := range namesOB2 {
		for _, name := range names {
			all[name] = member(prefix+":"+name, "")
		}
	}
	for prefix, names := range linksOB2 {
		for _, name := range names {
			all[name] = member(prefix+":"+name, "@id")
		}
	}
	for name, v := range otherOB2 {
		all[name] = v
	}
	b, err := json.Marshal(map[string]any{"@context": all})
	if err != nil {
		panic("issue: the terms of Open Badges 2.0 are text: " + err.Error())
	}
	return b
}
