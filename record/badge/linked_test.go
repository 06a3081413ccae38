package badge_test

import (
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/proof"
)

// linked signs with eddsa-rdfc-2022, the suite of the Open Badges certification.
func linked(t testing.TB, d doc) doc {
	t.Helper()
	b, err := proof.Signer{Key: dean.private, Method: deanMethod()}.Document(d.bytes(t),
		proof.Options{Suite: proof.EdDSARDFC2022, Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(b))
}

// TestLinkedData has the ways around a signature that lie in JSON-LD: what is
// not signed must be found.
func TestLinkedData(t *testing.T) {
	sound := linked(t, achievement(t))
	if r := check(t, sound.bytes(t), campus(t)); r.Verdict != badge.Verified {
		t.Fatalf("a sound one: %s %v", r.Verdict, r.Checks)
	}
	for _, c := range []struct {
		name    string
		doc     doc
		code    badge.Code
		result  badge.Result
		verdict badge.Verdict
	}{
		{"a word changed", sound.clone(t).set("credentialSubject.achievement.description", "Advanced."), badge.ProofSignature, badge.Fail, badge.Refuted},
		{"an undefined term added", sound.clone(t).set("honours", "summa cum laude"), badge.ProofTerms, badge.Fail, badge.Refuted},
		{"an undefined term within", sound.clone(t).set("credentialSubject.achievement.ects", 60), badge.ProofTerms, badge.Fail, badge.Refuted},
		{"a relative id", sound.clone(t).set("credentialSubject.achievement.related", []any{map[string]any{"id": "other", "type": []any{"Related"}}}), badge.ProofTerms, badge.Fail, badge.Refuted},
		{"a context that is not known", sound.clone(t).set("@context", append(sound["@context"].([]any), "https://university.example/terms/v1")), badge.ProofContext, badge.Unknown, badge.CouldNotTell},
	} {
		r := check(t, c.doc.bytes(t), campus(t))
		wants(t, c.name, r, c.code, c.result)
		if r.Verdict != c.verdict {
			t.Errorf("%s: %s", c.name, r.Verdict)
		}
	}
}
