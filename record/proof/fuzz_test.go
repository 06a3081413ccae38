package proof_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/jcs"
	"github.com/akashi-project/akashi/record/proof"
)

// FuzzToken holds that one text alone verifies: whatever is done to a signed
// token refutes it.
func FuzzToken(f *testing.F) {
	signer := proof.Signer{Key: issuerKey(), Method: issuer + "#" + issuer[len("did:key:"):]}
	signed, err := signer.JWT([]byte(badge(f)), proof.JWTVC20)
	if err != nil {
		f.Fatal(err)
	}
	v := proof.Verifier{Now: now}
	if r := v.JWT(f.Context(), []byte(signed)); r.Outcome != proof.Pass {
		f.Fatalf("%+v", r)
	}
	f.Add([]byte(signed))
	f.Add([]byte(signed + "\n"))
	f.Add([]byte(strings.Replace(signed, ".", ".\n", 1)))
	f.Add([]byte("eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.AAAA"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r := v.JWT(t.Context(), b); r.Outcome == proof.Pass && string(b) != signed {
			t.Fatalf("%q verifies", b)
		} else if r.Outcome == "" || r.Code == "" || r.Reason == "" {
			t.Fatalf("%q: no answer, %+v", b, r)
		}
		if r := v.JWS(t.Context(), b, proof.Query{Issuer: issuer}); r.Outcome == proof.Pass && string(b) != signed {
			t.Fatalf("%q verifies", b)
		}
	})
}

// FuzzDocument holds that one document alone verifies under eddsa-jcs-2022,
// however it is spelled, and that every proof gets an answer.
func FuzzDocument(f *testing.F) {
	seed := []byte(sign(f, badge(f), issuerKey(), proof.Options{Suite: proof.EdDSAJCS2022}))
	f.Add(seed)
	f.Add([]byte(sign(f, badge(f), issuerKey(), proof.Options{Suite: proof.EdDSARDFC2022})))
	f.Add([]byte(sign(f, string(seed), issuerKey(), proof.Options{Suite: proof.EdDSAJCS2022, ID: "urn:1"})))
	f.Add([]byte(`{"proof":[{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","previousProof":["x"],"id":"x","proofPurpose":"assertionMethod","verificationMethod":"x","proofValue":"z1"}]}`))
	v := proof.Verifier{Now: now}
	f.Fuzz(func(t *testing.T, b []byte) {
		results, err := v.Document(t.Context(), b)
		if err != nil {
			return
		}
		for _, r := range results {
			if r.Outcome == "" || r.Code == "" || r.Reason == "" {
				t.Fatalf("%q: no answer, %+v", b, r)
			}
			if r.Outcome == proof.Pass && r.Suite == proof.EdDSAJCS2022 && len(results) == 1 {
				if canonical, err := jcs.Transform(b); err != nil || !bytes.Equal(canonical, seed) {
					t.Fatalf("%q verifies: %v", b, err)
				}
			}
		}
	})
}
