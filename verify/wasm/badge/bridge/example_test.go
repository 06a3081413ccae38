package bridge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/akashi-project/akashi/verify/wasm/badge/bridge"
)

// A page hands over a badge and what was fetched for it by an earlier check.
func Example() {
	read := func(name string) []byte {
		b, err := os.ReadFile("../../../../testdata/badges/" + name)
		if err != nil {
			log.Fatal(err)
		}
		return b
	}
	for _, replay := range [][]byte{nil, read("ob2.check"), read("ob2-withdrawn.check")} {
		b, err := bridge.Check(context.Background(), bridge.Request{Badge: read("ob2.json"), Replay: replay}, nil)
		if err != nil {
			log.Fatal(err)
		}
		var shown struct{ Report struct{ Verdict string } }
		if err := json.Unmarshal(b, &shown); err != nil {
			log.Fatal(err)
		}
		fmt.Println(shown.Report.Verdict)
	}
	// Output:
	// could-not-tell
	// verified
	// refuted
}
