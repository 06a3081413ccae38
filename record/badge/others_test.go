package badge_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/badge"
)

// The forms below are those in which other makers' badges came.

// TestHostedByOthers has assertions of Open Badges 2.0 whose parts are named
// otherwise than they name themselves, and by the names of 1.1.
func TestHostedByOthers(t *testing.T) {
	page1 := func(d doc) page { return page{body: string(d.bytes(t))} }
	const (
		oldClass   = "https://badges.example/classes/1.json"
		oldProfile = "https://badges.example/issuer.json"
		plainURL   = "http://badges.example/assertions/1"
		evilURL    = "https://evil.example/assertions/1"
		evilClass  = "https://evil.example/classes/1"
	)
	renamed := assertion(t).set("badge", oldClass)
	classMoved := hosting(t).with(assertionURL, page1(renamed)).with(oldClass, page1(class(t)))
	profileMoved := hosting(t).with(classURL, page1(class(t).set("issuer", oldProfile))).with(oldProfile, page1(profile(t)))
	verify := assertion(t).set("verification", nil).set("verify", map[string]any{"type": "hosted", "url": assertionURL})
	plain := assertion(t).set("id", plainURL)
	// A stranger hosts an assertion and points at the university's class and
	// Profile, by addresses of their own.
	evil := assertion(t).set("id", evilURL).set("badge", evilClass)
	for _, c := range []struct {
		name    string
		badge   doc
		world   world
		code    badge.Code
		result  badge.Result
		verdict badge.Verdict
	}{
		{"a class that moved", renamed, classMoved, badge.ClassFetch, badge.Warn, badge.Verified},
		{"a class that moved to nowhere", renamed, classMoved.with(classURL, page{status: -1}), badge.ClassFetch, badge.Unknown, badge.CouldNotTell},
		{"a class that moved on and on", renamed, classMoved.with(classURL, page1(class(t).set("id", classURL+"0"))), badge.ClassFetch, badge.Unknown, badge.CouldNotTell},
		{"a profile that moved", assertion(t), profileMoved, badge.IssuerFetch, badge.Warn, badge.Verified},
		{"a profile that moved to nowhere", assertion(t), profileMoved.with(profileURL, page{status: -1}), badge.IssuerFetch, badge.Unknown, badge.CouldNotTell},
		{"a profile that moved to somebody else's", assertion(t), profileMoved.with(profileURL, page1(profile(t).set("id", "https://evil.example"))), badge.IssuerFetch, badge.Fail, badge.Refuted},
		{"a class of a stranger's that calls itself the university's", evil, hosting(t).with(evilURL, page1(evil)).with(evilClass, page1(class(t))), badge.HostedScope, badge.Fail, badge.Refuted},
		{"a profile of a stranger's that calls itself the university's", evil,
			hosting(t).with(evilURL, page1(evil)).with(evilClass, page1(class(t).set("id", evilClass).set("issuer", "https://evil.example/p"))).with("https://evil.example/p", page1(profile(t))),
			badge.HostedScope, badge.Fail, badge.Refuted},

		{"verify for verification", verify, hosting(t).with(assertionURL, page1(verify)), badge.StructureAssertion, badge.Pass, badge.Verified},
		{"verify, and signed by nobody", verify.clone(t).set("verify.type", "signed"), hosting(t).with(assertionURL, page1(verify)), badge.StructureAssertion, badge.Fail, badge.Refuted},
		{"another verify", verify.clone(t).set("verify.url", "https://badges.example/2"), hosting(t).with(assertionURL, page1(verify)), badge.HostedSame, badge.Fail, badge.Refuted},

		{"at http, of an issuer at https", plain, hosting(t).with(plainURL, page1(plain)), badge.HostedScope, badge.Pass, badge.Verified},
		{"at another port", assertion(t).set("id", "https://badges.example:8443/1"), hosting(t).with("https://badges.example:8443/1", page1(assertion(t).set("id", "https://badges.example:8443/1"))), badge.HostedScope, badge.Fail, badge.Refuted},
	} {
		r := check(t, c.badge.bytes(t), c.world)
		wants(t, c.name, r, c.code, c.result)
		if r.Verdict != c.verdict {
			t.Errorf("%s: %s, want %s: %v", c.name, r.Verdict, c.verdict, r.Checks)
		}
		if r.Verdict == badge.Verified && (r.Issuer.ID != profileURL || !r.Issuer.Proven) {
			t.Errorf("%s: issuer %+v", c.name, r.Issuer)
		}
	}
}

// TestOpenBadges1 has badges of the releases before 2.0, which nothing refutes.
func TestOpenBadges1(t *testing.T) {
	for name, text := range map[string]string{
		"1.1":    `{"@context":"https://w3id.org/openbadges/v1","type":"Assertion","id":"https://badges.example/1","uid":"1","recipient":{"type":"email","hashed":false,"identity":"hanako@uni.example"},"badge":"https://badges.example/c","verify":{"type":"hosted","url":"https://badges.example/1"},"issuedOn":"2015-04-30"}`,
		"1.0":    `{"uid":"1","recipient":{"type":"email","hashed":false,"identity":"hanako@uni.example"},"badge":"https://badges.example/c","verify":{"type":"hosted","url":"https://badges.example/1"},"issuedOn":"2015-04-30"}`,
		"0.5":    `{"recipient":"hanako@uni.example","badge":{"version":"0.5.0","name":"Statistics","issuer":{"origin":"https://badges.example","name":"Example"}}}`,
		"signed": "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(`{"uid":"1","recipient":{},"badge":"https://badges.example/c"}`)) + ".AAAA",
	} {
		r := check(t, []byte(text), nil)
		wants(t, name, r, badge.InputKind, badge.Unknown)
		if got, _ := r.Find(badge.InputKind); r.Verdict != badge.CouldNotTell || !strings.Contains(got.Text, "Open Badges 1") {
			t.Errorf("%s: %s %v", name, r.Verdict, r.Checks)
		}
	}
}

// TestParts has objects within a credential of types that are not theirs.
func TestParts(t *testing.T) {
	list := func(o map[string]any) []any { return []any{o} }
	wrong := map[string]any{"id": "https://uni.example/x", "type": "Thing"}
	for path, v := range map[string]any{
		"evidence":                                        list(wrong),
		"issuer.otherIdentifier":                          list(wrong),
		"issuer.parentOrg":                                wrong,
		"issuer.address":                                  map[string]any{"addressCountry": "Japan"},
		"credentialSubject.source":                        wrong,
		"credentialSubject.result":                        list(wrong),
		"credentialSubject.achievement.creator":           wrong,
		"credentialSubject.achievement.alignment":         list(wrong),
		"credentialSubject.achievement.resultDescription": list(wrong),
	} {
		r := check(t, dean.prove(t, achievement(t).set("issuer.id", uni).set(path, v), deanMethod()).bytes(t), campus(t))
		wants(t, path, r, badge.StructureParts, badge.Warn)
		if r.Verdict != badge.Verified {
			t.Errorf("%s: %s %v", path, r.Verdict, r.Checks)
		}
	}
	sound := achievement(t).set("issuer.id", uni).set("evidence", list(map[string]any{"type": []any{"Evidence", "Film"}})).
		set("issuer.parentOrg", map[string]any{"type": "Profile"}).set("credentialSubject.achievement.creator", "https://uni.example/issuers/2")
	if r := check(t, dean.prove(t, sound, deanMethod()).bytes(t), campus(t)); r.Verdict != badge.Verified {
		t.Errorf("sound: %s %v", r.Verdict, r.Checks)
	} else if f, ok := r.Find(badge.StructureParts); ok {
		t.Errorf("sound: %+v", f)
	}
}

// TestNamesSuite holds that a proof of a kind that is not known is named.
func TestNamesSuite(t *testing.T) {
	sound := dean.prove(t, achievement(t).set("issuer.id", uni), deanMethod())
	for name, d := range map[string]doc{
		"eddsa-2022":    sound.clone(t).set("proof.cryptosuite", "eddsa-2022"),
		"SomeProofType": sound.clone(t).set("proof", []any{map[string]any{"type": "SomeProofType", "proofPurpose": "assertionMethod"}}),
	} {
		r := check(t, d.bytes(t), campus(t))
		if f, _ := r.Find(badge.ProofSuite); f.Result != badge.Unknown || !strings.Contains(f.Text, "("+name+")") {
			t.Errorf("%s: %+v", name, r.Checks)
		}
	}
}

func publicJWK(key *rsa.PrivateKey) map[string]any {
	return map[string]any{"kty": "RSA", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}
}

// TestKeyInHeader has a token that brings its own key, which Open Badges 3.0
// allows (section 8.2.3). It counts as far as the issuer's documents list it.
func TestKeyInHeader(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	credential := achievement(t).set("issuer.id", uni)
	token := rs256(t, key, doc{"alg": "RS256", "typ": "JWT", "jwk": publicJWK(key)}, credential)
	document := func(members doc) page {
		members["id"] = uni
		return page{body: string(members.bytes(t))}
	}
	set := func(keys ...any) doc { return doc{"jwks": map[string]any{"keys": keys}} }
	for _, c := range []struct {
		name    string
		page    page
		result  badge.Result
		verdict badge.Verdict
	}{
		{"listed in the issuer's key set", document(set(publicJWK(other), publicJWK(key))), badge.Pass, badge.Verified},
		{"not listed there", document(set(publicJWK(other))), badge.Fail, badge.Refuted},
		{"an issuer who lists no keys", document(doc{"type": "Profile", "name": "University"}), badge.Unknown, badge.CouldNotTell},
		{"an issuer who does not answer", page{status: 500}, badge.Unknown, badge.CouldNotTell},
		{"listed as a method for assertions", document(doc{"assertionMethod": []any{map[string]any{"id": uni + "#1", "type": "JsonWebKey", "controller": uni, "publicKeyJwk": publicJWK(key)}}}), badge.Pass, badge.Verified},
	} {
		r := check(t, token, world{uni: c.page})
		wants(t, c.name, r, badge.ProofKey, c.result)
		if r.Verdict != c.verdict {
			t.Errorf("%s: %s %v", c.name, r.Verdict, r.Checks)
		}
	}
}

// TestLinkedRecord has learner records under rdfc signatures, whose contexts
// are among the pinned ones: what is whole is verified, and a change within
// them refutes.
func TestLinkedRecord(t *testing.T) {
	const clrFirst = "https://purl.imsglobal.org/spec/clr/v2p0/context.json"
	const obFirst = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json"
	// What is within keeps to the contexts around it, whose terms are protected.
	earlier := func(d doc) doc {
		return d.set("validFrom", nil).set("validUntil", nil).set("issuanceDate", "2026-01-01T00:00:00Z")
	}
	inner := dean.prove(t, achievement(t), deanMethod())
	innerFirst := dean.prove(t, earlier(achievement(t).set("@context", []any{vc1, obFirst, "https://w3id.org/security/data-integrity/v2"})), deanMethod())
	association := []any{map[string]any{"type": "Association", "associationType": "isParentOf", "sourceId": "urn:uuid:1", "targetId": "urn:uuid:2"}}
	for name, d := range map[string]doc{
		"2.0.1": learnerRecord(t, map[string]any(inner)),
		"2.0":   earlier(learnerRecord(t, map[string]any(innerFirst)).set("@context", []any{vc1, clrFirst, obFirst, "https://w3id.org/security/data-integrity/v2"})),
	} {
		d.set("id", "https://uni.example/records/1").set("credentialSubject.association", association)
		sound := linked(t, d)
		if r := check(t, sound.bytes(t), campus(t)); r.Verdict != badge.Verified {
			t.Errorf("%s: %s %v", name, r.Verdict, r.Checks)
		}
		changed := sound.clone(t).set("credentialSubject.association", []any{map[string]any{"type": "Association", "associationType": "isParentOf", "sourceId": "urn:uuid:1", "targetId": "urn:uuid:3"}})
		only(t, name+", changed", check(t, changed.bytes(t), campus(t)), badge.ProofSignature)
		added := sound.clone(t).set("credentialSubject.grade", "A")
		only(t, name+", with a term of no context", check(t, added.bytes(t), campus(t)), badge.ProofTerms)
	}
}
