package jcs_test

import (
	"fmt"

	"github.com/akashi-project/akashi/record/jcs"
)

// Two spellings of one document have one form.
func Example() {
	for _, document := range []string{
		`{"b": [1.0, 2E1], "a": "\u8a3c"}`,
		"{\n\t\"a\": \"証\",\n\t\"b\": [1, 20]\n}",
	} {
		canonical, err := jcs.Transform([]byte(document))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(string(canonical))
	}
	// Output:
	// {"a":"証","b":[1,20]}
	// {"a":"証","b":[1,20]}
}
