package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/verify"
)

// TestForgedWithin holds that a learner record with a forged credential within is
// refuted without asking anybody, as the credential alone would be.
func TestForgedWithin(t *testing.T) {
	record, err := os.ReadFile("../../testdata/badges/clr.json")
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, record); err != nil {
		t.Fatal(err)
	}
	var j badgeJudge
	if got := j.JudgeBadge(t.Context(), compact.Bytes(), verify.TrustedIssuer{}); got.Result != verify.Pass {
		t.Fatalf("%s: %s", got.Result, got.Text)
	}
	// The credential within is changed, and the proof of the record taken away:
	// nothing but what is within is forged.
	var doc map[string]any
	if err := json.Unmarshal(record, &doc); err != nil {
		t.Fatal(err)
	}
	delete(doc, "proof")
	forged, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if got := j.JudgeBadge(t.Context(), forged, verify.TrustedIssuer{}); got.Result != verify.Warn {
		t.Fatalf("unsigned: %s: %s", got.Result, got.Text)
	}
	forged = []byte(strings.Replace(string(forged), "An introduction.", "A masterpiece.", 1))
	if got := j.JudgeBadge(t.Context(), forged, verify.TrustedIssuer{}); got.Result != verify.Fail || !strings.Contains(got.Text, "proof.signature") {
		t.Errorf("forged within: %s: %s", got.Result, got.Text)
	}
}
