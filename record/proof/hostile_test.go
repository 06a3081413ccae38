package proof_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/proof"
)

// TestManyProofs gives a large document sixteen proofs that each need it in a
// form of its own. The first are judged; then their common budget is spent.
func TestManyProofs(t *testing.T) {
	var names strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&names, `"%d",`, i)
	}
	one := func(id, previous string) string {
		return fmt.Sprintf(`{"type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022","id":%q%s,"proofPurpose":"assertionMethod","verificationMethod":"%s#%s","proofValue":"z%s"}`,
			id, previous, issuer, issuer[8:], strings.Repeat("1", 64))
	}
	proofs := []string{one("urn:p:0", "")}
	for i := range proof.MaxProofs - 1 {
		proofs = append(proofs, one(fmt.Sprintf("urn:p:%d", i+1), `,"previousProof":["urn:p:0"]`))
	}
	doc := `{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential","issuer":"` + issuer + `","name":[` + names.String() + `"x"],"proof":[` + strings.Join(proofs, ",") + `]}`
	results, err := (&proof.Verifier{Now: now}).Document(t.Context(), []byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	codes := make(map[proof.Code]int)
	for _, r := range results {
		if r.Outcome == proof.Pass {
			t.Errorf("a proof of zeros verifies: %+v", r)
		}
		codes[r.Code]++
	}
	if codes[proof.CodeSignature] == 0 || codes[proof.CodeComplex] == 0 || len(results) != proof.MaxProofs {
		t.Errorf("%d results: %v, want some %s and some %s", len(results), codes, proof.CodeSignature, proof.CodeComplex)
	}
}

// TestTooComplexOnce gives a document whose nodes look alike sixteen proofs, of
// which each needs it in a form of its own. The first spends the whole budget,
// and no other spends it again.
func TestTooComplexOnce(t *testing.T) {
	var nodes strings.Builder
	for i := range 12 {
		fmt.Fprintf(&nodes, `{"id":"_:n%d","urn:p":[`, i)
		for j := range 12 {
			fmt.Fprintf(&nodes, `{"id":"_:n%d"},`, (i+j+1)%12)
		}
		nodes.WriteString(`{"id":"urn:x"}]},`)
	}
	var proofs strings.Builder
	for i := range proof.MaxProofs {
		previous := ""
		if i > 0 {
			proofs.WriteString(",")
			previous = `,"previousProof":["urn:p:0"]`
		}
		fmt.Fprintf(&proofs, `{"type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022","id":"urn:p:%d"%s,"proofPurpose":"assertionMethod","verificationMethod":"%s#%s","proofValue":"z%s"}`,
			i, previous, issuer, issuer[8:], strings.Repeat("1", 64))
	}
	doc := `{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential","issuer":"` + issuer + `","urn:q":[` + nodes.String() + `{"id":"urn:x"}],"proof":[` + proofs.String() + `]}`
	results, err := (&proof.Verifier{Now: now}).Document(t.Context(), []byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if spent := strings.Contains(r.Reason, "steps"); r.Outcome != proof.Unknown || r.Code != proof.CodeComplex || spent != (i == 0) {
			t.Errorf("proof %d: %s %s, %s", i, r.Outcome, r.Code, r.Reason)
		}
	}
}
