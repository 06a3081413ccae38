package main

import (
	"os"
	"strings"
	"testing"
)

// TestPolicy: the page is opened under the policy that the manual gives.
func TestPolicy(t *testing.T) {
	b, err := os.ReadFile("../../docs/wasm.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "\n    "+policy+"\n") {
		t.Errorf("docs/wasm.md does not give %q", policy)
	}
}
