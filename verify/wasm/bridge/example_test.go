package bridge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/akashi-project/akashi/verify/wasm/bridge"
)

// A page without network hands over three files, and shows the verdict.
func Example() {
	file := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join("../../../testdata/golden/v1/evidence/revoked", name))
		if err != nil {
			log.Fatal(err)
		}
		return b
	}
	report, err := bridge.Check(context.Background(), bridge.Request{
		Record: file("record"), Evidence: file("evidence.json"), Policy: file("policy.json"),
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	var shown struct {
		Verdict string
		Steps   []struct{ Code, Result, Text string }
	}
	if err := json.Unmarshal(report, &shown); err != nil {
		log.Fatal(err)
	}
	fmt.Println(shown.Verdict)
	for _, s := range shown.Steps {
		if s.Result == "fail" {
			fmt.Println(s.Code, s.Text)
		}
	}
	// Output:
	// refuted
	// status.state The issuer has revoked the record: it is revoked as of block 7, of 2026-09-21 14:14 UTC.
}
