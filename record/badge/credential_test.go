package badge_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
)

const uni = "https://uni.example/issuers/1"

var (
	dean     = newSigner("dean")
	stranger = newSigner("stranger")
)

func deanMethod() string { return uni + "#" + dean.multikey() }

// campus serves the issuer's document.
func campus(t testing.TB) world { return world{uni: {body: controllerOf(t, uni, dean)}} }

func TestCredential(t *testing.T) {
	sound := dean.prove(t, achievement(t), deanMethod())
	r := check(t, sound.bytes(t), campus(t))
	if r.Verdict != badge.Verified || r.Issuer == nil || !r.Issuer.Proven || r.Kind.Standard != badge.OpenBadges3 || r.Kind.Title != "Data Science I" || r.Kind.DataModel != "2.0" {
		t.Fatalf("a sound one: %s %+v %+v %v", r.Verdict, r.Kind, r.Issuer, r.Checks)
	}
	wants(t, "no status", r, badge.StatusRevoked, badge.Warn)

	profileOnly := world{uni: {body: `{"id":"` + uni + `","type":"Profile","name":"University"}`}}
	own := achievement(t).set("issuer.id", dean.did())
	for _, c := range []struct {
		name    string
		input   []byte
		world   world
		code    badge.Code
		result  badge.Result
		verdict badge.Verdict
	}{
		{"did:key", dean.prove(t, own, dean.didMethod()).bytes(t), world{}, badge.ProofSignature, badge.Pass, badge.Verified},
		{"title changed", sound.clone(t).set("name", "Data Science II").bytes(t), campus(t), badge.ProofSignature, badge.Fail, badge.Refuted},
		{"subject changed", sound.clone(t).set("credentialSubject.id", "did:example:other").bytes(t), campus(t), badge.ProofSignature, badge.Fail, badge.Refuted},
		{"date of the proof changed", sound.clone(t).set("proof.created", "2026-01-02T00:00:00Z").bytes(t), campus(t), badge.ProofSignature, badge.Fail, badge.Refuted},
		{"no proof", achievement(t).bytes(t), campus(t), badge.ProofPresent, badge.Fail, badge.Refuted},
		{"empty list of proofs", achievement(t).set("proof", []any{}).bytes(t), campus(t), badge.ProofPresent, badge.Fail, badge.Refuted},
		{"proof that is text", achievement(t).set("proof", "x").bytes(t), campus(t), badge.ProofForm, badge.Fail, badge.Refuted},
		{"other purpose", sound.clone(t).set("proof.proofPurpose", "authentication").bytes(t), campus(t), badge.ProofPurpose, badge.Fail, badge.Refuted},
		{"proof from tomorrow", sound.clone(t).set("proof.created", "2026-04-02T12:00:00Z").bytes(t), campus(t), badge.ProofCreated, badge.Fail, badge.Refuted},
		{"proof that is over", sound.clone(t).set("proof.expires", "2026-03-01T00:00:00Z").bytes(t), campus(t), badge.ProofExpired, badge.Fail, badge.Refuted},
		{"unknown suite", sound.clone(t).set("proof.cryptosuite", "bbs-2023").bytes(t), campus(t), badge.ProofSuite, badge.Unknown, badge.CouldNotTell},
		{"previous proof missing", sound.clone(t).set("proof.previousProof", "urn:uuid:1").bytes(t), campus(t), badge.ProofChain, badge.Fail, badge.Refuted},

		// Keys.
		{"key unproven", sound.bytes(t), profileOnly, badge.ProofKey, badge.Unknown, badge.CouldNotTell},
		{"a stranger's key behind issuer#", stranger.prove(t, achievement(t), uni+"#"+stranger.multikey()).bytes(t), profileOnly, badge.ProofKey, badge.Unknown, badge.CouldNotTell},
		{"a stranger's key, not listed", stranger.prove(t, achievement(t), uni+"#"+stranger.multikey()).bytes(t), campus(t), badge.ProofKey, badge.Fail, badge.Refuted},
		{"a stranger's did:key", stranger.prove(t, achievement(t), stranger.didMethod()).bytes(t), campus(t), badge.ProofKey, badge.Fail, badge.Refuted},
		{"a stranger's did:key, issuer did:key", stranger.prove(t, own, stranger.didMethod()).bytes(t), world{}, badge.ProofKey, badge.Fail, badge.Refuted},
		{"a stranger's signature by the dean's method", stranger.prove(t, achievement(t), deanMethod()).bytes(t), campus(t), badge.ProofSignature, badge.Fail, badge.Refuted},
		{"issuer silent", sound.bytes(t), world{}, badge.ProofKey, badge.Unknown, badge.CouldNotTell},
		{"issuer answers 404", sound.bytes(t), world{uni: {status: 404}}, badge.ProofKey, badge.Unknown, badge.CouldNotTell},
		{"issuer answers garbage", sound.bytes(t), world{uni: {body: "{"}}, badge.ProofKey, badge.Unknown, badge.CouldNotTell},
		{"issuer's host serves another's document", sound.bytes(t), world{uni: {body: controllerOf(t, "https://evil.example", dean)}}, badge.ProofKey, badge.Unknown, badge.CouldNotTell},

		// Sets: each proof by itself.
		{"two of the issuer's", dean.prove(t, sound, deanMethod()).bytes(t), campus(t), badge.ProofSignature, badge.Pass, badge.Verified},
		{"a stranger's beside it", stranger.prove(t, sound, stranger.didMethod()).bytes(t), campus(t), badge.ProofOther, badge.Warn, badge.Verified},
		{"one of two does not fit", stranger.prove(t, sound, deanMethod()).bytes(t), campus(t), badge.ProofSignature, badge.Fail, badge.Refuted},

		// Tokens.
		{"token", []byte(dean.token(t, doc{"kid": deanMethod()}, achievement(t).set("iss", uni))), campus(t), badge.ProofSignature, badge.Pass, badge.Verified},
		{"token of 1.1", []byte(dean.token(t, doc{"kid": deanMethod()}, doc{"iss": uni, "jti": "https://uni.example/credentials/1", "sub": "did:example:learner", "nbf": 1767225600,
			"vc": achievement(t).set("@context", []any{vc1, ob3}).set("validFrom", nil).set("validUntil", nil).set("issuanceDate", "2026-01-01T00:00:00Z")})), campus(t), badge.ProofSignature, badge.Pass, badge.Verified},
		{"token, payload changed", []byte(strings.Replace(dean.token(t, doc{"kid": deanMethod()}, achievement(t).set("iss", uni)), ".ey", ".eyJhIjoxLC", 1)), campus(t), badge.ProofSignature, badge.Fail, badge.Refuted},
		{"token of a stranger", []byte(stranger.token(t, doc{"kid": deanMethod()}, achievement(t).set("iss", uni))), campus(t), badge.ProofSignature, badge.Fail, badge.Refuted},
		{"token, another iss", []byte(dean.token(t, doc{"kid": deanMethod()}, achievement(t).set("iss", "https://evil.example"))), campus(t), badge.ProofClaims, badge.Fail, badge.Refuted},
		{"token, ES384", []byte(dean.token(t, doc{"alg": "ES384", "kid": deanMethod()}, achievement(t).set("iss", uni))), campus(t), badge.ProofSuite, badge.Unknown, badge.CouldNotTell},
		{"token, alg none", []byte(dean.token(t, doc{"alg": "none", "kid": deanMethod()}, achievement(t).set("iss", uni))), campus(t), badge.ProofHeader, badge.Fail, badge.Refuted},
	} {
		r := check(t, c.input, c.world)
		wants(t, c.name, r, c.code, c.result)
		if r.Verdict != c.verdict {
			t.Errorf("%s: %s, want %s", c.name, r.Verdict, c.verdict)
		}
		if proven := r.Issuer != nil && r.Issuer.Proven; proven != (c.verdict == badge.Verified) {
			t.Errorf("%s: issuer proven: %v", c.name, proven)
		}
	}
}

// TestOffline holds that what cannot be fetched never fails a badge.
func TestOffline(t *testing.T) {
	for name, input := range map[string][]byte{
		"credential": dean.prove(t, achievement(t).set("credentialStatus", statusEntry("revocation", "7")), deanMethod()).bytes(t),
		"assertion":  assertion(t).bytes(t),
		"record":     dean.prove(t, learnerRecord(t, map[string]any(dean.prove(t, achievement(t), deanMethod()))), deanMethod()).bytes(t),
	} {
		r := check(t, input, nil)
		if r.Verdict != badge.CouldNotTell {
			t.Errorf("%s: %s", name, r.Verdict)
		}
		for _, c := range r.Checks {
			if c.Result == badge.Fail {
				t.Errorf("%s: %s fails: %s", name, c.Code, c.Text)
			}
		}
	}
}

func TestNested(t *testing.T) {
	one := map[string]any(dean.prove(t, achievement(t), deanMethod()))
	tampered := map[string]any(doc(one).clone(t).set("name", "Another"))
	other := newSigner("other")
	byOther := map[string]any(other.prove(t, achievement(t).set("issuer.id", other.did()), other.didMethod()))
	token := dean.token(t, doc{"kid": deanMethod()}, achievement(t).set("iss", uni))
	unproven := map[string]any(dean.prove(t, achievement(t).set("issuer.id", "https://silent.example"), "https://silent.example#1"))
	for _, c := range []struct {
		name    string
		within  []any
		result  badge.Result
		verdict badge.Verdict
	}{
		{"all hold, of two issuers", []any{one, byOther, token}, badge.Pass, badge.Verified},
		{"one was changed", []any{one, tampered}, badge.Fail, badge.Refuted},
		{"one could not be judged", []any{one, unproven}, badge.Unknown, badge.CouldNotTell},
		{"one is not signed", []any{map[string]any(achievement(t))}, badge.Fail, badge.Refuted},
		{"one is no badge", []any{map[string]any{"a": 1}}, badge.Unknown, badge.CouldNotTell},
	} {
		r := check(t, dean.prove(t, learnerRecord(t, c.within...), deanMethod()).bytes(t), campus(t))
		wants(t, c.name, r, badge.NestedCredentials, c.result)
		wants(t, c.name, r, badge.ProofSignature, badge.Pass) // of the record itself
		if r.Verdict != c.verdict || len(r.Credentials) != len(c.within) {
			t.Errorf("%s: %s with %d within", c.name, r.Verdict, len(r.Credentials))
		}
	}
	// Records within records come to an end, and so do many.
	deep := one
	for range 6 {
		deep = map[string]any(dean.prove(t, learnerRecord(t, deep), deanMethod()))
	}
	r := check(t, doc(deep).bytes(t), campus(t))
	if r.Verdict != badge.CouldNotTell {
		t.Errorf("records within records: %s %v", r.Verdict, r.Checks)
	}
	many := make([]any, badge.MaxNested+1)
	for i := range many {
		many[i] = one
	}
	r = check(t, dean.prove(t, learnerRecord(t, many...), deanMethod()).bytes(t), campus(t))
	wants(t, "many", r, badge.NestedCredentials, badge.Unknown)
	// Nothing is said of all where some were not looked at.
	for _, f := range r.Checks {
		if (f.Code == badge.NestedCredentials || f.Code == badge.NestedSubject) && f.Result == badge.Pass {
			t.Errorf("of %d within, of which %d were judged: %s", len(many), len(r.Credentials), f.Text)
		}
	}
}

func TestEndorsements(t *testing.T) {
	praise := func(of string, change func(doc)) any {
		d := endorsement(t, of).set("issuer.id", stranger.did())
		d = stranger.prove(t, d, stranger.didMethod())
		if change != nil {
			change(d)
		}
		return map[string]any(d)
	}
	for _, c := range []struct {
		name   string
		within any
		result badge.Result
	}{
		{"sound", praise("https://uni.example/credentials/1", nil), badge.Pass},
		{"of another badge", praise("https://uni.example/credentials/2", nil), badge.Warn},
		{"changed", praise("https://uni.example/credentials/1", func(d doc) { d["name"] = "Excellent" }), badge.Warn},
	} {
		r := check(t, dean.prove(t, achievement(t).set("endorsement", []any{c.within}), deanMethod()).bytes(t), campus(t))
		wants(t, c.name, r, badge.NestedEndorsements, c.result)
		if r.Verdict != badge.Verified || len(r.Endorsements) != 1 {
			t.Errorf("%s: %s %v", c.name, r.Verdict, r.Checks)
		}
	}
}

// TestReplay checks again from what was fetched, without a network and years
// later.
func TestReplay(t *testing.T) {
	entry := statusEntry("revocation", "7")
	input := dean.prove(t, achievement(t).set("credentialStatus", entry), deanMethod()).bytes(t)
	w := campus(t).with(listURL, statusPage(t, "revocation", 1<<17/8, 8))
	first := check(t, input, w)
	if first.Verdict != badge.Verified || len(first.Fetched) != 2 {
		t.Fatal(first.Verdict, first.Checks)
	}
	file, err := json.Marshal(first.Transcript())
	if err != nil {
		t.Fatal(err)
	}
	transcript, err := fetch.ParseTranscript(file)
	if err != nil {
		t.Fatal(err)
	}
	later := badge.Options{Fetcher: fetch.None, Now: func() time.Time { return today.AddDate(9, 0, 0) }}
	again := badge.Check(t.Context(), input, later.Replay(transcript))
	want, _ := json.Marshal(first)
	got, _ := json.Marshal(again)
	if string(want) != string(got) || !reflect.DeepEqual(first.Checks, again.Checks) {
		t.Errorf("first %s\nagain %s", want, got)
	}
	// Another badge finds nothing in it, which fails nothing.
	if r := badge.Check(t.Context(), assertion(t).bytes(t), later.Replay(transcript)); r.Verdict != badge.CouldNotTell {
		t.Error(r.Verdict)
	}
}

// TestLanguages has each report in each language, with the same codes.
func TestLanguages(t *testing.T) {
	input := assertion(t).bytes(t)
	en := badge.Check(t.Context(), input, badge.Options{})
	ja := badge.Check(t.Context(), input, badge.Options{Language: badge.Japanese})
	if len(en.Checks) != len(ja.Checks) {
		t.Fatal(en.Checks, ja.Checks)
	}
	for i := range en.Checks {
		if en.Checks[i].Code != ja.Checks[i].Code || en.Checks[i].Result != ja.Checks[i].Result || en.Checks[i].Text == ja.Checks[i].Text {
			t.Errorf("%+v and %+v", en.Checks[i], ja.Checks[i])
		}
	}
	if _, err := badge.ParseLanguage("fr"); err == nil {
		t.Error("fr is known")
	}
}

// TestPrints holds that a parsed badge prints nothing of itself.
func TestPrints(t *testing.T) {
	b, err := badge.Parse(achievement(t).bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(verb, b); strings.Contains(text, "example") || strings.Contains(text, "Science") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}
