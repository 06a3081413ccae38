// Command gen writes the Go bindings of the AnchorRegistry contract from what
// contracts/build.mjs compiled.
//
//	go run ./contracts/internal/gen -artifacts contracts/artifacts -out contracts/registry.go
package main

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi/abigen"
	"github.com/ethereum/go-ethereum/crypto"
)

func main() {
	artifacts := flag.String("artifacts", "contracts/artifacts", "folder with AnchorRegistry.abi.json, .bin and .bin-runtime")
	out := flag.String("out", "contracts/registry.go", "file to write")
	flag.Parse()
	if err := run(*artifacts, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(artifacts, out string) error {
	var parts [3]string
	for i, name := range []string{"AnchorRegistry.abi.json", "AnchorRegistry.bin", "AnchorRegistry.bin-runtime"} {
		b, err := os.ReadFile(filepath.Join(artifacts, name))
		if err != nil {
			return fmt.Errorf("%w; make contracts writes it", err)
		}
		parts[i] = strings.TrimSpace(string(b))
	}
	runtime, err := hex.DecodeString(parts[2])
	if err != nil {
		return fmt.Errorf("AnchorRegistry.bin-runtime: %w", err)
	}
	source, err := abigen.BindV2([]string{"AnchorRegistry"}, []string{parts[0]}, []string{parts[1]}, "contracts", nil, nil)
	if err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	source += fmt.Sprintf(`
// runtimeCodeHash is the Keccak-256 hash of AnchorRegistry.bin-runtime.
const runtimeCodeHash = "0x%x"
`, crypto.Keccak256(runtime))
	return os.WriteFile(out, []byte(source), 0o644)
}
