package testnet

import (
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/rpc"
)

// TestFaultMissing refuses the missing methods alone, as a node does that does
// not have them.
func TestFaultMissing(t *testing.T) {
	f := startFaulty(t, Fast())
	f.set(t, Faults{Missing: []string{"eth_gasPrice"}})
	_, err := f.via.SuggestGasPrice(t.Context())
	var e rpc.Error
	if !errors.As(err, &e) || e.ErrorCode() != -32601 {
		t.Fatalf("gas price: %v, want the JSON-RPC error -32601", err)
	}
	if _, err := f.via.SuggestGasTipCap(t.Context()); err != nil {
		t.Fatalf("tip: %v", err)
	}
	f.set(t, Faults{})
	if _, err := f.via.SuggestGasPrice(t.Context()); err != nil {
		t.Fatalf("gas price: %v", err)
	}
}
