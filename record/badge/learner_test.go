package badge_test

import (
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/badge"
)

// TestNestedSubject puts credentials of this and that learner into a record of
// one learner, signed by the university of the record or by another one.
func TestNestedSubject(t *testing.T) {
	other := newSigner("other")
	by := func(s signer, d doc) any {
		if s.did() == dean.did() {
			return map[string]any(dean.prove(t, d, deanMethod()))
		}
		return map[string]any(s.prove(t, d.set("issuer.id", s.did()), s.didMethod()))
	}
	named := func(id string, identifiers ...any) doc {
		d := achievement(t).set("credentialSubject.id", nil)
		if id != "" {
			d.set("credentialSubject.id", id)
		}
		if len(identifiers) > 0 {
			d.set("credentialSubject.identifier", identifiers)
		}
		return d
	}
	object := func(hashed bool, value, kind, salt string) any {
		return map[string]any{"type": "IdentityObject", "hashed": hashed, "identityHash": value, "identityType": kind, "salt": salt}
	}
	mail := func(who, salt string) any { return object(true, hash(who, salt), "emailAddress", salt) }
	plain := func(who string) any { return object(false, who, "emailAddress", "") }
	number := func(n string) any { return object(false, n, "studentId", "") }
	const hanako, taro, me = "hanako@uni.example", "taro@uni.example", "did:example:learner"
	token := dean.token(t, doc{"kid": deanMethod()}, named("did:example:taro").set("iss", uni))
	for _, c := range []struct {
		name    string
		record  []any // identifiers of the record's learner, beside the id
		within  []any
		result  badge.Result
		verdict badge.Verdict
	}{
		{"the same id", nil, []any{by(dean, named(me)), by(other, named(me))}, badge.Pass, badge.Verified},
		{"somebody else's, of the record's issuer", nil, []any{by(dean, named(me)), by(dean, named("did:example:taro"))}, badge.Fail, badge.Refuted},
		{"somebody else's, as a token", nil, []any{token}, badge.Fail, badge.Refuted},
		{"another name, by another issuer", nil, []any{by(dean, named(me)), by(other, named("did:web:hanako.example"))}, badge.Unknown, badge.CouldNotTell},
		{"another id and the same address", []any{mail(hanako, "s")}, []any{by(other, named("did:web:hanako.example", mail(hanako, "s")))}, badge.Pass, badge.Verified},
		{"the same address in plain text", []any{mail(hanako, "s")}, []any{by(other, named("", plain(hanako)))}, badge.Pass, badge.Verified},
		{"the same address as an id", []any{mail(hanako, "s")}, []any{by(other, named("mailto:"+hanako))}, badge.Pass, badge.Verified},
		{"another address, one salt", []any{mail(hanako, "s")}, []any{by(dean, named("", mail(taro, "s")))}, badge.Fail, badge.Refuted},
		{"another address in plain text", []any{mail(hanako, "s")}, []any{by(dean, named("", plain(taro)))}, badge.Fail, badge.Refuted},
		{"another address, another issuer", []any{mail(hanako, "s")}, []any{by(other, named("", plain(taro)))}, badge.Unknown, badge.CouldNotTell},
		{"another salt", []any{mail(hanako, "s")}, []any{by(dean, named("", mail(hanako, "t")))}, badge.Unknown, badge.CouldNotTell},
		{"another kind of name", []any{mail(hanako, "s")}, []any{by(dean, named("", number("0012")))}, badge.Unknown, badge.CouldNotTell},
		{"the hash of the id", nil, []any{by(dean, named("", object(true, hash(me, "s"), "identifier", "s")))}, badge.Pass, badge.Verified},
		{"the same number", []any{number("0012")}, []any{by(dean, named("", number("0012")))}, badge.Pass, badge.Verified},
		{"the same number, of another university", []any{number("0012")}, []any{by(other, named("", number("0012")))}, badge.Unknown, badge.CouldNotTell},
		{"the same number, hashed with one salt, of another university", []any{object(true, hash("0012", "s"), "studentId", "s")}, []any{by(other, named("", object(true, hash("0012", "s"), "studentId", "s")))}, badge.Unknown, badge.CouldNotTell},
		{"the same number, of a member of the staff", []any{number("0012")}, []any{by(dean, named("", object(false, "0012", "staffId", "")))}, badge.Unknown, badge.CouldNotTell},
		{"a namesake", []any{object(false, "Hanako", "name", "")}, []any{by(dean, named("", object(false, "Hanako", "name", "")))}, badge.Unknown, badge.CouldNotTell},
		{"a number without its zeros", []any{number("0012")}, []any{by(dean, named("", number("12")))}, badge.Fail, badge.Refuted},
	} {
		d := learnerRecord(t, c.within...)
		if c.record != nil {
			d.set("credentialSubject.identifier", c.record)
		}
		r := check(t, dean.prove(t, d, deanMethod()).bytes(t), campus(t))
		wants(t, c.name, r, badge.NestedSubject, c.result)
		wants(t, c.name, r, badge.NestedCredentials, badge.Pass)
		if r.Verdict != c.verdict {
			t.Errorf("%s: %s %v", c.name, r.Verdict, r.Checks)
		}
		for _, f := range r.Checks {
			if strings.Contains(f.Text, "hanako") || strings.Contains(f.Text, "taro") {
				t.Errorf("%s: %s repeats a name: %s", c.name, f.Code, f.Text)
			}
		}
	}
}

// TestNestedEndorsement holds that an endorsement within a record, which is of
// an achievement or an institution, is not taken for a badge of its learner.
func TestNestedEndorsement(t *testing.T) {
	praise := endorsement(t, "https://uni.example/achievements/1").set("issuer.id", stranger.did())
	r := check(t, dean.prove(t, learnerRecord(t, map[string]any(dean.prove(t, achievement(t), deanMethod())),
		map[string]any(stranger.prove(t, praise, stranger.didMethod()))), deanMethod()).bytes(t), campus(t))
	wants(t, "beside a badge", r, badge.NestedSubject, badge.Pass)
	if r.Verdict != badge.Verified {
		t.Error(r.Verdict, r.Checks)
	}
}
