package main

import (
	"crypto/ed25519"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/proof"
	"github.com/akashi-project/akashi/verify"
)

// TestUnknownsThatMatter holds which unknowns keep a badge that has to hold from
// being verified: those that bear on whether it is genuine and not withdrawn, and
// not what others say beside it. Nothing can be reached.
func TestUnknownsThatMatter(t *testing.T) {
	raw, err := os.ReadFile("../../testdata/badges/ob3.json")
	if err != nil {
		t.Fatal(err)
	}
	_, key, _ := ed25519.GenerateKey(nil)
	public, err := proof.NewKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	multikey, err := public.Multikey()
	if err != nil {
		t.Fatal(err)
	}
	did := "did:key:" + multikey
	sign := func(method string, changes ...func(doc map[string]any)) map[string]any {
		var doc map[string]any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		delete(doc, "proof")
		doc["issuer"] = map[string]any{"id": did, "type": []string{"Profile"}}
		for _, change := range changes {
			change(doc)
		}
		b, _ := json.Marshal(doc)
		b, err := proof.Signer{Key: key, Method: method}.Document(b, proof.Options{Suite: proof.EdDSAJCS2022, Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		doc = nil
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	own := did + "#" + multikey
	elsewhere := func(doc map[string]any) { doc["issuer"] = "https://uni.example/issuer" }
	status := func(doc map[string]any) {
		doc["credentialStatus"] = map[string]any{"id": "https://uni.example/list#5", "type": "BitstringStatusListEntry",
			"statusPurpose": "revocation", "statusListIndex": "5", "statusListCredential": "https://uni.example/list"}
	}
	otherStatus := func(doc map[string]any) {
		doc["credentialStatus"] = map[string]any{"id": "https://uni.example/1", "type": "SomeStatus2030"}
	}
	unpinned := func(doc map[string]any) {
		doc["@context"] = append(doc["@context"].([]any), "https://uni.example/context/v7")
	}
	// The learner of the record, so that nothing but the list is open.
	same := func(doc map[string]any) { doc["credentialSubject"].(map[string]any)["id"] = "did:example:1" }
	foreign := "https://uni.example/issuer#" + multikey
	endorsed := func(doc map[string]any) {
		doc["endorsement"] = []any{sign(foreign, elsewhere, func(doc map[string]any) {
			doc["type"] = []string{"VerifiableCredential", "EndorsementCredential"}
			doc["credentialSubject"] = map[string]any{"id": doc["id"], "type": []string{"EndorsementSubject"}}
		})}
	}
	record := func(within map[string]any) func(map[string]any) {
		return func(doc map[string]any) {
			doc["@context"] = []string{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"}
			doc["type"] = []string{"VerifiableCredential", "ClrCredential"}
			doc["credentialSubject"] = map[string]any{"type": []string{"ClrSubject"}, "id": "did:example:1", "verifiableCredential": []any{within}}
		}
	}
	now := func() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name  string
		badge map[string]any
		want  verify.Result
		asked string // part of the step's text when the issuer is asked
		bytes string // and when nobody is
	}{
		{"nothing unknown", sign(own), verify.Pass, "By itself the badge holds", "By itself the badge holds"},
		{"an endorsement", sign(own, endorsed), verify.Pass, "By itself the badge holds", "By itself the badge holds"},
		{"the status list", sign(own, status), verify.Unknown, "(status.list): The status list could not be fetched", "(status.list, status.revoked): The status list"},
		{"the issuer's document", sign(foreign, elsewhere), verify.Unknown, "(proof.key): The issuer's document could not be fetched", "(proof.key): The issuer's document"},
		{"a status of another kind", sign(own, otherStatus), verify.Unknown, "(structure.status): The status is of a kind that is not known", "(structure.status): "},
		{"of a record, the status list of a badge within", sign(own, record(sign(own, status, same))), verify.Unknown, "(status.list): The status list could not be fetched", "(status.list, status.revoked): "},
		{"a context", rdfc(t, sign(own, unpinned)), verify.Unknown, "(proof.context): ", "(proof.context): "},
	} {
		b, _ := json.Marshal(c.badge)
		asked := badgeJudge{badge.Options{Fetcher: fetch.None, Now: now}}.JudgeBadge(t.Context(), b, verify.TrustedIssuer{})
		if asked.Result != c.want || !strings.Contains(asked.Text, c.asked) {
			t.Errorf("%s: %s: %s", c.name, asked.Result, asked.Text)
		}
		if got := (badgeJudge{badge.Options{Now: now}}).JudgeBadge(t.Context(), b, verify.TrustedIssuer{}); got.Result != c.want || !strings.Contains(got.Text, c.bytes) {
			t.Errorf("%s, nobody asked: %s: %s", c.name, got.Result, got.Text)
		}
	}
	// What decided is named, and not an unknown before it that does not matter.
	r := badge.Report{Verdict: badge.CouldNotTell, Checks: []badge.Finding{
		{Code: badge.ProofOther, Result: badge.Unknown, Text: "Another."}, {Code: badge.StatusRevoked, Result: badge.Unknown, Text: "Open."}}}
	if f, ok := decided(r); !ok || f.Code != badge.StatusRevoked {
		t.Errorf("decided by %+v", f)
	}
	if j := ofBadge(r); j.Code != string(badge.StatusRevoked) {
		t.Errorf("a stack names %+v", j)
	}
}

// rdfc says of a proof that it is of the suite that reads JSON-LD.
func rdfc(t *testing.T, doc map[string]any) map[string]any {
	t.Helper()
	p, ok := doc["proof"].(map[string]any)
	if !ok {
		t.Fatal("no proof")
	}
	p["cryptosuite"] = "eddsa-rdfc-2022"
	return doc
}
