package proof_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"strings"
	"time"

	"github.com/akashi-project/akashi/record/proof"
)

// A badge is signed with a did:key and checked; then a word of it is changed.
func Example() {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, _ := proof.NewKey(private.Public())
	multikey, _ := public.Multikey()
	did := "did:key:" + multikey

	signer := proof.Signer{Key: private, Method: did + "#" + multikey}
	badge, err := signer.Document([]byte(`{
		"@context": ["https://www.w3.org/ns/credentials/v2"],
		"type": ["VerifiableCredential"],
		"name": "Sensors in the Field",
		"issuer": "`+did+`",
		"credentialSubject": {"id": "did:example:learner"}
	}`), proof.Options{Suite: proof.EdDSARDFC2022, Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)})
	if err != nil {
		fmt.Println(err)
		return
	}
	var verifier proof.Verifier
	for _, text := range []string{
		string(badge),
		strings.Replace(string(badge), "Sensors", "Censors", 1),
		strings.Replace(string(badge), `"name"`, `"honours":"none","name"`, 1),
	} {
		results, _ := verifier.Document(context.Background(), []byte(text))
		fmt.Println(results[0].Outcome, results[0].Code, results[0].Suite)
	}
	// Output:
	// pass proof.signature eddsa-rdfc-2022
	// fail proof.signature eddsa-rdfc-2022
	// fail proof.terms eddsa-rdfc-2022
}

// A token whose algorithm is "none" is refused before any key is looked for.
func ExampleVerifier_JWT() {
	var verifier proof.Verifier
	r := verifier.JWT(context.Background(), []byte("eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.AAAA"))
	fmt.Println(r.Outcome, r.Code)
	fmt.Println(r.Reason)
	// Output:
	// fail proof.header
	// the token says that it is not signed
}
