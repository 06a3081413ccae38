package badge_test

import (
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/badge"
)

const (
	vc1 = "https://www.w3.org/2018/credentials/v1"
	vc2 = "https://www.w3.org/ns/credentials/v2"
	ob3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
	clr = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
)

// learnerRecord is a CLR 2.0 around credentials.
func learnerRecord(t testing.TB, credentials ...any) doc {
	return achievement(t).set("@context", []any{vc2, clr, ob3}).set("type", []any{"VerifiableCredential", "ClrCredential"}).
		set("credentialSubject", map[string]any{"id": "did:example:learner", "type": []any{"ClrSubject"}, "verifiableCredential": credentials})
}

func endorsement(t testing.TB, of string) doc {
	return achievement(t).set("type", []any{"VerifiableCredential", "EndorsementCredential"}).
		set("credentialSubject", map[string]any{"id": of, "type": []any{"EndorsementSubject"}, "endorsementComment": "Good."})
}

// TestStructure holds every rule of the structure of Open Badges 3.0 and CLR
// 2.0 to a document that breaks it and nothing else. The published schemas let
// most of these pass.
func TestStructure(t *testing.T) {
	identity := func(hash, salt string) []any {
		return []any{map[string]any{"type": "IdentityObject", "hashed": true, "identityHash": hash, "identityType": "emailAddress", "salt": salt}}
	}
	for _, c := range []struct {
		name   string
		doc    doc
		code   badge.Code
		result badge.Result
	}{
		{"sound", achievement(t), badge.StructureContext, badge.Pass},
		{"sound type", achievement(t), badge.StructureType, badge.Pass},
		{"sound subject", achievement(t), badge.StructureSubject, badge.Pass},
		{"sound achievement", achievement(t), badge.StructureAchievement, badge.Pass},
		{"sound dates", achievement(t), badge.StructureValidity, badge.Pass},
		{"sound order", achievement(t), badge.ValidityOrder, badge.Pass},
		{"sound issuer", achievement(t), badge.StructureIssuer, badge.Pass},
		{"1.1", achievement(t).set("@context", []any{vc1, ob3}).set("validFrom", nil).set("validUntil", nil).set("issuanceDate", "2026-01-01T00:00:00Z"), badge.StructureValidity, badge.Pass},
		{"more contexts behind", achievement(t).set("@context", []any{vc2, ob3, "https://w3id.org/security/suites/ed25519-2020/v1"}), badge.StructureContext, badge.Pass},

		{"context of the wrong kind first", achievement(t).set("@context", []any{ob3, vc2}), badge.StructureContext, badge.Fail},
		{"no context of Open Badges", achievement(t).set("@context", []any{vc2}), badge.StructureContext, badge.Fail},
		{"something between", achievement(t).set("@context", []any{vc2, "https://evil.example/context", ob3}), badge.StructureContext, badge.Fail},
		{"a context written out", achievement(t).set("@context", []any{vc2, map[string]any{"a": "b:c"}, ob3}), badge.StructureContext, badge.Fail},
		{"a context that begins like it", achievement(t).set("@context", []any{vc2, "https://purl.imsglobal.org/spec/ob/v3p0/context.json.evil.example/"}), badge.StructureContext, badge.Fail},
		{"no list", achievement(t).set("@context", nil), badge.StructureContext, badge.Fail},
		{"CLR behind OB", learnerRecord(t).set("@context", []any{vc2, ob3, clr}), badge.StructureContext, badge.Fail},
		{"CLR without its context", learnerRecord(t).set("@context", []any{vc2, ob3}), badge.StructureContext, badge.Fail},
		{"CLR", learnerRecord(t), badge.StructureContext, badge.Pass},

		{"type Foo", achievement(t).set("type", "Foo"), badge.StructureType, badge.Fail},
		{"no VerifiableCredential", achievement(t).set("type", []any{"AchievementCredential"}), badge.StructureType, badge.Fail},
		{"VerifiableCredential only", achievement(t).set("type", []any{"VerifiableCredential"}), badge.StructureType, badge.Fail},

		{"no id", achievement(t).set("id", nil), badge.StructureID, badge.Fail},
		{"relative id", achievement(t).set("id", "credentials/1"), badge.StructureID, badge.Fail},
		{"id of another kind", achievement(t).set("id", 1), badge.StructureID, badge.Fail},

		{"no issuer", achievement(t).set("issuer", nil), badge.StructureIssuer, badge.Fail},
		{"issuer by name", achievement(t).set("issuer", "University of Example"), badge.StructureIssuer, badge.Fail},
		{"issuer without id", achievement(t).set("issuer.id", nil), badge.StructureIssuer, badge.Fail},
		{"issuer with @id", achievement(t).set("issuer.@id", "https://evil.example"), badge.StructureIssuer, badge.Fail},
		{"issuer without type", achievement(t).set("issuer.type", nil), badge.StructureIssuer, badge.Warn},

		{"no date", achievement(t).set("validFrom", nil), badge.StructureValidity, badge.Fail},
		{"no zone", achievement(t).set("validFrom", "2026-01-01T00:00:00"), badge.StructureValidity, badge.Fail},
		{"no time", achievement(t).set("validUntil", "2027-01-01"), badge.StructureValidity, badge.Fail},
		{"awarded some day", achievement(t).set("awardedDate", "last year"), badge.StructureValidity, badge.Fail},
		{"1.1 without issuanceDate", achievement(t).set("@context", []any{vc1, ob3}), badge.StructureValidity, badge.Fail},

		// As strings these stand in the other order.
		{"ends before it begins, by zones", achievement(t).set("validFrom", "2026-01-01T00:00:00Z").set("validUntil", "2026-01-01T08:00:00+09:00"), badge.ValidityOrder, badge.Fail},
		{"ends after it begins, by zones", achievement(t).set("validFrom", "2026-01-01T08:00:00+09:00").set("validUntil", "2026-01-01T00:00:00Z"), badge.ValidityOrder, badge.Pass},
		{"ends when it begins", achievement(t).set("validUntil", "2026-01-01T00:00:00Z"), badge.ValidityOrder, badge.Pass}, // the same or later: VC Data Model 2.0, section 4.9
		{"not begun, by its zone", achievement(t).set("validFrom", "2026-04-01T11:30:00-01:00"), badge.ValidityFrom, badge.Fail},
		{"begun, by its zone", achievement(t).set("validFrom", "2026-04-01T20:30:00+09:00"), badge.ValidityFrom, badge.Pass},
		{"ended, by its zone", achievement(t).set("validUntil", "2026-04-01T20:30:00+09:00"), badge.ValidityUntil, badge.Fail},
		{"lasts, by its zone", achievement(t).set("validUntil", "2026-04-01T11:30:00-01:00"), badge.ValidityUntil, badge.Pass},
		{"1.1 ended by the later name", achievement(t).set("@context", []any{vc1, ob3}).set("issuanceDate", "2026-01-01T00:00:00Z").set("expirationDate", "2028-01-01T00:00:00Z").set("validUntil", "2026-03-01T00:00:00Z"), badge.ValidityUntil, badge.Fail},

		{"no subject", achievement(t).set("credentialSubject", nil), badge.StructureSubject, badge.Fail},
		{"two subjects", achievement(t).set("credentialSubject", []any{map[string]any{}, map[string]any{}}), badge.StructureSubject, badge.Fail},
		{"subject of another type", achievement(t).set("credentialSubject.type", "Person"), badge.StructureSubject, badge.Fail},
		{"nobody", achievement(t).set("credentialSubject.id", nil), badge.StructureSubject, badge.Fail},
		{"empty id", achievement(t).set("credentialSubject.id", ""), badge.StructureSubject, badge.Fail},
		{"an identifier that is none", achievement(t).set("credentialSubject.identifier", []any{"a@b.example"}), badge.StructureSubject, badge.Fail},
		{"identifier instead of id", achievement(t).set("credentialSubject.id", nil).set("credentialSubject.identifier", identity("sha256$c7ef86405ba71b85acd8e2e95166c4b111448089f2e1599f42fe1bba46e865c5", "s")), badge.StructureSubject, badge.Pass},
		{"hashed", achievement(t).set("credentialSubject.identifier", identity("sha256$c7ef86405ba71b85acd8e2e95166c4b111448089f2e1599f42fe1bba46e865c5", "s")), badge.StructureRecipient, badge.Pass},
		{"hashed by md5", achievement(t).set("credentialSubject.identifier", identity("md5$d41d8cd98f00b204e9800998ecf8427e", "s")), badge.StructureRecipient, badge.Warn},
		{"hashed without a salt", achievement(t).set("credentialSubject.identifier", identity("sha256$c7ef86405ba71b85acd8e2e95166c4b111448089f2e1599f42fe1bba46e865c5", "")), badge.StructureRecipient, badge.Warn},
		{"hashed by nothing", achievement(t).set("credentialSubject.identifier", identity("sha256$abc", "s")), badge.StructureRecipient, badge.Fail},

		{"no achievement", achievement(t).set("credentialSubject.achievement", nil), badge.StructureAchievement, badge.Fail},
		{"no achievement id", achievement(t).set("credentialSubject.achievement.id", nil), badge.StructureAchievement, badge.Fail},
		{"achievement of another type", achievement(t).set("credentialSubject.achievement.type", []any{"Badge"}), badge.StructureAchievement, badge.Fail},
		{"no name", achievement(t).set("credentialSubject.achievement.name", " "), badge.StructureAchievement, badge.Fail},
		{"no description", achievement(t).set("credentialSubject.achievement.description", nil), badge.StructureAchievement, badge.Fail},
		{"no criteria", achievement(t).set("credentialSubject.achievement.criteria", nil), badge.StructureAchievement, badge.Fail},
		{"empty criteria", achievement(t).set("credentialSubject.achievement.criteria", map[string]any{}), badge.StructureAchievement, badge.Fail},

		{"endorsement", endorsement(t, "https://uni.example/issuers/1"), badge.StructureEndorsement, badge.Pass},
		{"endorsement without name", endorsement(t, "https://uni.example/issuers/1").set("name", nil), badge.StructureEndorsement, badge.Fail},
		{"endorsement of nothing", endorsement(t, "").set("credentialSubject.id", nil), badge.StructureEndorsement, badge.Fail},

		{"status without a list", achievement(t).set("credentialStatus", map[string]any{"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "1"}), badge.StructureStatus, badge.Fail},
		{"status at a place below zero", achievement(t).set("credentialStatus", map[string]any{"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "-1", "statusListCredential": "https://uni.example/s"}), badge.StructureStatus, badge.Fail},
		{"status of a kind of its own", achievement(t).set("credentialStatus", map[string]any{"type": "MyStatus"}), badge.StructureStatus, badge.Unknown},
		{"nothing within", learnerRecord(t), badge.NestedCredentials, badge.Fail},
	} {
		r := check(t, c.doc.bytes(t), nil)
		wants(t, c.name, r, c.code, c.result)
		if c.result != badge.Fail {
			continue
		}
		for _, other := range r.Checks {
			switch other.Code {
			case c.code, badge.ProofPresent, badge.NestedCredentials:
			default:
				if other.Result == badge.Fail {
					t.Errorf("%s: %s fails too: %s", c.name, other.Code, other.Text)
				}
			}
		}
	}
}

// TestGates has files that readers would read in two ways, and damaged ones,
// of which the report says what to do.
func TestGates(t *testing.T) {
	const differ, damaged, token = "readers would differ", "The file is cut off or damaged at line 1", "The token is not whole and exact at line 1"
	for _, c := range []struct{ name, text, says string }{
		{"two names", `{"type":"Assertion","type":"Assertion"}`, differ},
		{"half a pair", `{"type":"Assertion","name":"\ud800"}`, differ},
		{"number", `{"type":"Assertion","n":9007199254740993}`, differ},
		{"trailing", `{"type":"Assertion"} {}`, damaged},
		{"cut off", `{"type":"Assertion"`, damaged},
		{"no UTF-8", "{\"type\":\"Assert\xffion\"}", damaged},
		{"payload", "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxLCJhIjoyfQ.AAAA", differ}, // {"a":1,"a":2}
		{"padded token", "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ==.AAAA", token},
	} {
		r := check(t, []byte(c.text), nil)
		only(t, c.name, r, badge.InputForm)
		if len(r.Checks) == 0 || !strings.Contains(r.Checks[0].Text, c.says) {
			t.Errorf("%s: %+v does not say %q", c.name, r.Checks, c.says)
		}
	}
	deep := "{"
	for range 100 {
		deep += `"a":{`
	}
	wants(t, "too deep", check(t, []byte(deep), nil), badge.InputForm, badge.Unknown)
	for name, text := range map[string]string{
		"text": "hello", "empty object": "{}", "a class": `{"@context":"https://w3id.org/openbadges/v2","type":"BadgeClass"}`,
		"a presentation":  `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"VerifiablePresentation"}`,
		"a token of text": "eyJhbGciOiJFUzI1NiJ9.aGVsbG8.AAAA",
	} {
		r := check(t, []byte(text), nil)
		if wants(t, name, r, badge.InputKind, badge.Unknown); r.Verdict != badge.CouldNotTell {
			t.Errorf("%s: %s", name, r.Verdict)
		}
	}
}
