package ld_test

import (
	"crypto"
	"errors"
	"fmt"

	"github.com/akashi-project/akashi/record/ld"
)

// A document becomes the statements that an rdfc suite signs.
func ExampleContexts_Statements() {
	statements, contexts, err := ld.Embedded().Statements([]byte(`{
		"@context": "https://www.w3.org/ns/credentials/v2",
		"type": "VerifiableCredential",
		"name": "Sensors in the Field",
		"issuer": {"name": "Minato University of Technology"}
	}`), nil, ld.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	canonical, err := ld.Canonicalize(statements, crypto.SHA256, ld.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(canonical.NQuads))
	fmt.Println(contexts[0].URL, contexts[0].Version)
	// Output:
	// _:c14n0 <https://schema.org/name> "Minato University of Technology" .
	// _:c14n1 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://www.w3.org/2018/credentials#VerifiableCredential> .
	// _:c14n1 <https://schema.org/name> "Sensors in the Field" .
	// _:c14n1 <https://www.w3.org/2018/credentials#issuer> _:c14n0 .
	// https://www.w3.org/ns/credentials/v2 2.0
}

// What no context defines would not be signed, and is refused with its place.
func ExampleError() {
	_, _, err := ld.Embedded().Statements([]byte(`{
		"@context": "https://www.w3.org/ns/credentials/v2",
		"type": "VerifiableCredential",
		"honours": "with distinction"
	}`), nil, ld.Limits{})
	var refused *ld.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Code, refused.Path)
	}
	// Output:
	// ld.term /honours
}
