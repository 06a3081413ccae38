package lognames_test

import (
	"encoding/json"
	"fmt"

	"github.com/akashi-project/akashi/record/lognames"
)

// A credential is given the name of the log in which it will stand, before it
// is signed.
func Example() {
	var credential map[string]any
	if err := json.Unmarshal([]byte(`{
		"@context": ["https://www.w3.org/ns/credentials/v2"],
		"type": ["VerifiableCredential"]
	}`), &credential); err != nil {
		fmt.Println(err)
		return
	}
	log := "eip155:1337:0x5fbdb2315678afecb367f032d93f642f64180aa3:0x1e0b4b2f3d5c6a798897a6b5c4d3e2f1011223344556677889900aabbccddeef"
	if err := lognames.Name(credential, log); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(lognames.Find(credential))

	// Where the member has lost its meaning, no signature is sure to cover it.
	credential["@context"] = []any{"https://www.w3.org/ns/credentials/v2"}
	_, err := lognames.Find(credential)
	fmt.Println(err)
	// Output:
	// [eip155:1337:0x5fbdb2315678afecb367f032d93f642f64180aa3:0x1e0b4b2f3d5c6a798897a6b5c4d3e2f1011223344556677889900aabbccddeef] <nil>
	// its @context does not give the member transparencyLog its meaning, or has an object of another kind
}
