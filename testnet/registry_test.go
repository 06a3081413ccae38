package testnet

import (
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/node"
)

// TestRegistry deploys once, finds what is deployed, and lands where the
// preset "dev" of akashi init says.
func TestRegistry(t *testing.T) {
	c := start(t, Fast())
	ctx := t.Context()
	first, err := c.Registry(ctx)
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Registry(ctx)
	if err != nil || again != first {
		t.Fatalf("second call: %s, %v, want %s", again, err, first)
	}
	code, err := c.Client().CodeAt(ctx, first, nil)
	if err != nil || crypto.Keccak256Hash(code) != contracts.RuntimeCodeHash {
		t.Fatalf("code of %d bytes at %s (%v) is not the registry's", len(code), first, err)
	}
	for _, n := range node.Networks {
		if n.Name == "dev" && (n.ChainID != DefaultChainID || n.Registry != [20]byte(first)) {
			t.Errorf("the preset names chain %d and registry %s; the chain is %d with %s", n.ChainID, n.Registry, uint64(DefaultChainID), first)
		}
	}
}
