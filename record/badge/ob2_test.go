package badge_test

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/akashi-project/akashi/record/badge"
)

const (
	assertionURL = "https://badges.example/assertions/1"
	classURL     = "https://badges.example/classes/1"
	profileURL   = "https://badges.example/issuer"
)

func hash(who, salt string) string {
	return fmt.Sprintf("sha256$%x", sha256.Sum256([]byte(who+salt)))
}

func assertion(t testing.TB) doc {
	return parse(t, `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"`+assertionURL+`",
	 "recipient":{"type":"email","hashed":true,"salt":"s","identity":"`+hash("hanako@uni.example", "s")+`"},
	 "badge":"`+classURL+`","verification":{"type":"HostedBadge"},"issuedOn":"2026-01-01T00:00:00+09:00","expires":"2027-01-01T00:00:00Z"}`)
}

func class(t testing.TB) doc {
	return parse(t, `{"@context":"https://w3id.org/openbadges/v2","type":"BadgeClass","id":"`+classURL+`","name":"Statistics",
	 "description":"Basics.","image":"https://badges.example/1.png","criteria":{"narrative":"Pass."},"issuer":"`+profileURL+`"}`)
}

func profile(t testing.TB) doc {
	return parse(t, `{"@context":"https://w3id.org/openbadges/v2","type":"Profile","id":"`+profileURL+`","name":"Badges of Example",
	 "url":"https://badges.example","email":"badges@badges.example"}`)
}

// hosting is the web of one hosted badge.
func hosting(t testing.TB) world {
	return world{
		assertionURL: {body: string(assertion(t).bytes(t))},
		classURL:     {body: string(class(t).bytes(t))},
		profileURL:   {body: string(profile(t).bytes(t))},
	}
}

func TestHosted(t *testing.T) {
	r := check(t, assertion(t).bytes(t), hosting(t))
	if r.Verdict != badge.Verified || r.Issuer == nil || !r.Issuer.Proven || r.Issuer.ID != profileURL || len(r.Fetched) != 3 {
		t.Fatalf("a sound one: %s %+v %v", r.Verdict, r.Issuer, r.Checks)
	}
	evil := assertion(t).set("id", "https://evil.example/assertions/1")
	page1 := func(d doc) page { return page{body: string(d.bytes(t))} }
	for _, c := range []struct {
		name   string
		badge  doc
		world  world
		code   badge.Code
		result badge.Result
	}{
		{"410", assertion(t), hosting(t).with(assertionURL, page{status: 410}), badge.StatusRevoked, badge.Fail},
		{"revoked there", assertion(t), hosting(t).with(assertionURL, page{body: `{"id":"` + assertionURL + `","revoked":true}`}), badge.StatusRevoked, badge.Fail},
		{"revoked there, as text", assertion(t), hosting(t).with(assertionURL, page1(assertion(t).set("revoked", "true"))), badge.StatusRevoked, badge.Fail},
		{"perhaps revoked there", assertion(t), hosting(t).with(assertionURL, page1(assertion(t).set("revoked", 1))), badge.StatusRevoked, badge.Unknown},
		{"revoked here", assertion(t).set("revoked", true), hosting(t), badge.StatusRevoked, badge.Fail},
		{"404", assertion(t), hosting(t).with(assertionURL, page{status: 404}), badge.HostedFetch, badge.Unknown},
		{"500", assertion(t), hosting(t).with(assertionURL, page{status: 500}), badge.StatusRevoked, badge.Unknown},
		{"silent", assertion(t), hosting(t).with(assertionURL, page{status: -1}), badge.StatusRevoked, badge.Unknown},
		{"a page instead", assertion(t), hosting(t).with(assertionURL, page{body: "<html>", kind: "text/html"}), badge.HostedFetch, badge.Unknown},
		{"garbage", assertion(t), hosting(t).with(assertionURL, page{body: `{"id":1,"id":2}`}), badge.HostedFetch, badge.Unknown},
		{"an error instead", assertion(t), hosting(t).with(assertionURL, page{body: `{"error":"maintenance"}`}), badge.HostedFetch, badge.Unknown},
		{"revoked, and nothing else", assertion(t), hosting(t).with(assertionURL, page{body: `{"revoked":true}`}), badge.StatusRevoked, badge.Fail},
		{"another assertion", assertion(t), hosting(t).with(assertionURL, page1(assertion(t).set("id", "https://badges.example/assertions/2"))), badge.HostedFetch, badge.Fail},
		{"no URL", assertion(t).set("id", "urn:uuid:1"), hosting(t), badge.HostedFetch, badge.Fail},
		{"another recipient", assertion(t).set("recipient.identity", hash("taro@uni.example", "s")), hosting(t), badge.HostedSame, badge.Fail},
		{"another class", assertion(t).set("badge", "https://badges.example/classes/2"), hosting(t), badge.HostedSame, badge.Fail},
		{"another date", assertion(t).set("issuedOn", "2025-01-01T00:00:00Z"), hosting(t), badge.HostedSame, badge.Fail},
		{"another narrative", assertion(t).set("narrative", "Very good."), hosting(t), badge.HostedSame, badge.Warn},
		{"the class written out", assertion(t).set("badge", map[string]any(class(t))), hosting(t), badge.HostedSame, badge.Warn},
		{"unsigned, says signed", assertion(t).set("verification.type", "SignedBadge"), hosting(t), badge.ProofPresent, badge.Fail},

		// Hosted by a stranger, with the university's name.
		{"hosted elsewhere", evil, hosting(t).with("https://evil.example/assertions/1", page1(evil)), badge.HostedScope, badge.Fail},
		{"hosted elsewhere, the profile brought along", evil.clone(t).set("badge", map[string]any(class(t).set("issuer", map[string]any(profile(t).set("verification", map[string]any{"allowedOrigins": "evil.example"}))))),
			hosting(t).with("https://evil.example/assertions/1", page1(evil.clone(t).set("badge", map[string]any(class(t).set("issuer", map[string]any(profile(t).set("verification", map[string]any{"allowedOrigins": "evil.example"}))))))),
			badge.HostedScope, badge.Fail},
		{"allowed elsewhere", evil, hosting(t).with("https://evil.example/assertions/1", page1(evil)).with(profileURL, page1(profile(t).set("verification", map[string]any{"allowedOrigins": []any{"badges.example", "evil.example"}}))), badge.HostedScope, badge.Pass},
		{"begins elsewhere", assertion(t), hosting(t).with(profileURL, page1(profile(t).set("verification", map[string]any{"startsWith": "https://badges.example/other/"}))), badge.HostedScope, badge.Fail},
		{"begins there", assertion(t), hosting(t).with(profileURL, page1(profile(t).set("verification", map[string]any{"startsWith": []any{"https://badges.example/assertions/"}}))), badge.HostedScope, badge.Pass},
		{"begins with a shorter host", assertion(t), hosting(t).with(profileURL, page1(profile(t).set("verification", map[string]any{"startsWith": "https://badges.exam"}))), badge.HostedScope, badge.Fail},
		{"origins that are none", assertion(t), hosting(t).with(profileURL, page1(profile(t).set("verification", map[string]any{"allowedOrigins": 1}))), badge.HostedScope, badge.Fail},
		{"a class kept by others", assertion(t).set("badge", "https://evil.example/c"), hosting(t).with(assertionURL, page1(assertion(t).set("badge", "https://evil.example/c"))).with("https://evil.example/c", page1(class(t).set("id", "https://evil.example/c"))), badge.HostedScope, badge.Fail},

		{"no class", assertion(t), hosting(t).with(classURL, page{status: 404}), badge.ClassFetch, badge.Unknown},
		{"a class by another id", assertion(t), hosting(t).with(classURL, page1(class(t).set("id", "https://badges.example/classes/2"))), badge.ClassFetch, badge.Unknown},
		{"no profile", assertion(t), hosting(t).with(profileURL, page{status: -1}), badge.IssuerFetch, badge.Unknown},
		{"a profile that is another's by its own word", assertion(t), hosting(t).with(profileURL, page1(profile(t).set("id", "https://evil.example"))).with("https://evil.example", page1(profile(t).set("id", "https://evil.example"))), badge.HostedScope, badge.Fail},
		{"an error instead of the profile", assertion(t), hosting(t).with(profileURL, page{body: `{"error":"maintenance"}`}), badge.IssuerFetch, badge.Unknown},
		{"somebody else's profile", assertion(t), hosting(t).with(profileURL, page1(profile(t).set("id", "https://evil.example"))).with("https://evil.example", page1(profile(t).set("id", "https://evil.example/2"))), badge.IssuerFetch, badge.Fail},
		{"somebody else's profile, and they do not answer", assertion(t), hosting(t).with(profileURL, page1(profile(t).set("id", "https://evil.example"))), badge.IssuerFetch, badge.Unknown},
		{"a profile without an id", assertion(t), hosting(t).with(profileURL, page1(profile(t).set("id", nil))), badge.IssuerFetch, badge.Fail},

		{"no context", assertion(t).set("@context", "https://schema.org"), hosting(t), badge.StructureContext, badge.Fail},
		{"no recipient", assertion(t).set("recipient", nil), hosting(t), badge.StructureAssertion, badge.Fail},
		{"no badge", assertion(t).set("badge", nil), hosting(t), badge.StructureAssertion, badge.Fail},
		{"no verification", assertion(t).set("verification", nil), hosting(t), badge.StructureAssertion, badge.Fail},
		{"no issuedOn", assertion(t).set("issuedOn", nil), hosting(t), badge.StructureAssertion, badge.Fail},
		{"issuedOn without a zone", assertion(t).set("issuedOn", "2026-01-01"), hosting(t), badge.StructureAssertion, badge.Fail},
		{"no id", assertion(t).set("id", nil), hosting(t), badge.StructureAssertion, badge.Fail},
		{"md5", assertion(t).set("recipient.identity", fmt.Sprintf("md5$%x", md5.Sum([]byte("x")))), hosting(t), badge.StructureRecipient, badge.Warn},
		{"plain", assertion(t).set("recipient", map[string]any{"type": "email", "hashed": false, "identity": "hanako@uni.example"}), hosting(t), badge.StructureRecipient, badge.Warn},
		{"hash of nothing", assertion(t).set("recipient.identity", "sha1$abc"), hosting(t), badge.StructureRecipient, badge.Fail},
		{"ends before it begins", assertion(t).set("expires", "2025-12-31T14:59:59Z"), hosting(t), badge.ValidityOrder, badge.Fail},
		{"ended", assertion(t).set("expires", "2026-03-01T00:00:00Z"), hosting(t), badge.ValidityUntil, badge.Fail},
		{"issued tomorrow", assertion(t).set("issuedOn", "2026-04-02T00:00:00Z"), hosting(t), badge.ValidityFrom, badge.Fail},

		{"class without name", assertion(t), hosting(t).with(classURL, page1(class(t).set("name", " "))), badge.StructureClass, badge.Fail},
		{"class without issuer", assertion(t), hosting(t).with(classURL, page1(class(t).set("issuer", nil))), badge.StructureClass, badge.Fail},
		{"class of another type", assertion(t), hosting(t).with(classURL, page1(class(t).set("type", "Badge"))), badge.StructureClass, badge.Fail},
		{"class without criteria", assertion(t), hosting(t).with(classURL, page1(class(t).set("criteria", nil))), badge.StructureClass, badge.Fail},
		{"class without image", assertion(t), hosting(t).with(classURL, page1(class(t).set("image", nil))), badge.StructureClass, badge.Fail},
		{"class without description", assertion(t), hosting(t).with(classURL, page1(class(t).set("description", ""))), badge.StructureClass, badge.Fail},
		{"profile without email", assertion(t), hosting(t).with(profileURL, page1(profile(t).set("email", nil))), badge.StructureProfile, badge.Fail},
		{"profile without url", assertion(t), hosting(t).with(profileURL, page1(profile(t).set("url", nil))), badge.StructureProfile, badge.Fail},
		{"profile without name", assertion(t), hosting(t).with(profileURL, page1(profile(t).set("name", nil))), badge.StructureProfile, badge.Fail},
	} {
		r := check(t, c.badge.bytes(t), c.world)
		wants(t, c.name, r, c.code, c.result)
		want := map[badge.Result]badge.Verdict{badge.Fail: badge.Refuted, badge.Unknown: badge.CouldNotTell}[c.result]
		if want != "" && r.Verdict != want {
			t.Errorf("%s: %s, want %s", c.name, r.Verdict, want)
		}
		if r.Verdict == badge.Verified && c.result == badge.Fail || r.Verdict != badge.Verified && r.Issuer != nil && c.code == badge.HostedScope && r.Issuer.Proven {
			t.Errorf("%s: %s, issuer %+v", c.name, r.Verdict, r.Issuer)
		}
	}
}

// TestRecipient compares with whom the caller expects.
func TestRecipient(t *testing.T) {
	for who, want := range map[string]badge.Result{"hanako@uni.example": badge.Pass, "taro@uni.example": badge.Fail, "Hanako@uni.example": badge.Fail} {
		r := badge.Check(t.Context(), assertion(t).bytes(t), badge.Options{Fetcher: hosting(t), Recipient: who})
		wants(t, who, r, badge.RecipientMatch, want)
	}
	r := badge.Check(t.Context(), achievement(t).bytes(t), badge.Options{Recipient: "did:example:learner"})
	wants(t, "by id", r, badge.RecipientMatch, badge.Pass)
	r = badge.Check(t.Context(), achievement(t).bytes(t), badge.Options{Recipient: "hanako@uni.example"})
	wants(t, "by mail", r, badge.RecipientMatch, badge.Unknown)
}
