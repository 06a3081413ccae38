package stack

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/akashi-project/akashi/record/descriptor"
)

//go:embed catalogue.json
var catalogueJSON []byte

var catalogue = sync.OnceValue(func() descriptor.Catalogue {
	var all descriptor.Catalogue
	if err := json.Unmarshal(catalogueJSON, &all); err != nil {
		panic(fmt.Sprintf("stack: catalogue: %v", err)) // a test reads it
	}
	return all
})

// Say gives a sentence or word of this package's catalogue.
func Say(l descriptor.Lang, code string, args map[string]string) string {
	return catalogue().Say(l, code, args)
}
