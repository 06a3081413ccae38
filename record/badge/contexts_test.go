package badge_test

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/ld"
	"github.com/akashi-project/akashi/record/proof"
)

// TestOperatorContext signs a badge with a term of a university's own over its
// RDF. What was signed is unknown until an operator adds the term's context; the
// finding names the URL. With another file under that URL it stays unproven.
func TestOperatorContext(t *testing.T) {
	const terms = "https://terms.uni.example/v1"
	const body = `{"@context":{"honours":"https://terms.uni.example/v1#honours"}}`
	with := func(body string) *ld.Contexts {
		known, err := ld.Embedded().With(terms, []byte(body), sha256.Sum256([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		return known
	}
	own, err := proof.Signer{Key: dean.private, Method: deanMethod(), Contexts: with(body)}.Document(
		achievement(t).set("@context", []any{vc2, ob3, terms}).set("honours", "summa cum laude").bytes(t),
		proof.Options{Suite: proof.EdDSARDFC2022, Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	check := func(known *ld.Contexts) badge.Report {
		return badge.Check(t.Context(), own, badge.Options{Fetcher: campus(t), Now: func() time.Time { return today }, Contexts: known})
	}
	r := check(nil)
	wants(t, "without", r, badge.ProofContext, badge.Unknown)
	if f, _ := r.Find(badge.ProofContext); r.Verdict != badge.CouldNotTell || !strings.Contains(f.Text, terms) {
		t.Errorf("without: %s %+v", r.Verdict, f)
	}
	for _, e := range r.Fetched {
		if e.URL == terms {
			t.Error("the context was fetched")
		}
	}
	r = check(with(body))
	wants(t, "with", r, badge.ProofSignature, badge.Pass)
	if r.Verdict != badge.Verified {
		t.Errorf("with: %s %v", r.Verdict, r.Checks)
	}
	only(t, "with another file", check(with(strings.Replace(body, "#honours", "#dishonours", 1))), badge.ProofSignature)
}

// TestTwoVersions has a publisher who changed a context under its URL. Badges of
// both versions verify, and each says by which; what neither version signed does
// not.
func TestTwoVersions(t *testing.T) {
	const url = "https://terms.uni.example/v1"
	versions := []string{`{"@context":{"room":"https://terms.uni.example/v1#room"}}`, `{"@context":{"room":"https://schema.org/location"}}`}
	var each []*ld.Contexts
	both := ld.Embedded()
	for _, body := range versions {
		one, err := ld.Embedded().With(url, []byte(body), sha256.Sum256([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		each = append(each, one)
		if both, err = both.With(url, []byte(body), sha256.Sum256([]byte(body))); err != nil {
			t.Fatal(err)
		}
	}
	d := achievement(t)
	d["@context"] = append(d["@context"].([]any), url)
	d.set("credentialSubject.room", "3")
	for i, known := range each {
		signed, err := proof.Signer{Key: dean.private, Method: deanMethod(), Contexts: known}.Document(d.bytes(t),
			proof.Options{Suite: proof.EdDSARDFC2022, Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		judge := func(b []byte, known *ld.Contexts) badge.Report {
			return badge.Check(t.Context(), b, badge.Options{Fetcher: campus(t), Now: func() time.Time { return today }, Contexts: known})
		}
		if r := judge(signed, both); r.Verdict != badge.Verified {
			t.Errorf("version %d: %s %v", i, r.Verdict, r.Checks)
		}
		only(t, "by the other version alone", judge(signed, each[1-i]), badge.ProofSignature)
		only(t, "changed", judge([]byte(strings.Replace(string(signed), `"room":"3"`, `"room":"4"`, 1)), both), badge.ProofSignature)
		results, err := (&proof.Verifier{Contexts: both, Now: func() time.Time { return today }, Resolve: func(context.Context, proof.Query) (proof.Key, error) {
			return proof.NewKey(dean.private.Public())
		}}).Document(t.Context(), signed)
		if err != nil || len(results) != 1 {
			t.Fatal(results, err)
		}
		told := false
		for _, pin := range results[0].Contexts {
			told = told || pin.URL == url && pin.SHA256 == sha256.Sum256([]byte(versions[i]))
		}
		if !told {
			t.Errorf("version %d: verified by %v", i, results[0].Contexts)
		}
	}
}
