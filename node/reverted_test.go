package node

import (
	"fmt"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/testnet"
)

// TestFinalReverted has the chain tell of another block where the last anchor
// was final, to a node that runs and to one that starts. Readiness tells it,
// with what to do; records are taken; and all goes on by itself once the chain
// shows the block again.
func TestFinalReverted(t *testing.T) {
	t.Parallel()
	fault := faulty(t)
	r := newRig(t, fault.URL(), nil)
	r.load("anchor.poll", "10ms")
	r.start()
	r.submit(badge("https://a.example", 1), StateFinal)
	for i, fenced := range []bool{false, true} {
		last, err := r.node.store.LastFinal()
		if err != nil {
			t.Fatal(err)
		}
		number, hash := fmt.Sprintf(`"%#x"`, last.Block.Number), last.Block.Hash.String()
		undone := testnet.Faults{Rewrite: func(method string, params, result []byte) []byte {
			if method != "eth_getBlockByNumber" || !strings.Contains(string(params), number) {
				return result
			}
			return []byte(strings.ReplaceAll(string(result), hash, "0x"+strings.Repeat("ab", 32)))
		}}
		if fenced {
			if err := r.stop(); err != nil {
				t.Fatal(err)
			}
		}
		if err := fault.Set(undone); err != nil {
			t.Fatal(err)
		}
		if fenced {
			r.start()
		}
		r.until("what was final is found undone", func(s anchorStatus) bool { return s.Phase == anchor.Stopped && s.Fenced == fenced })
		h, err := r.client.Ready(t.Context())
		if err == nil {
			t.Errorf("ready: %+v", h)
		} else if !strings.Contains(err.Error(), "akashi init") || !strings.Contains(err.Error(), "another RPC") {
			t.Errorf("readiness says %v", err)
		}
		if _, err := r.client.Healthy(t.Context()); err != nil {
			t.Error(err)
		}
		record := badge("https://a.example", 2+i)
		r.submit(record, "")
		if err := fault.Set(testnet.Faults{}); err != nil {
			t.Fatal(err)
		}
		r.submit(record, StateFinal)
		if _, err := r.client.Ready(t.Context()); err != nil {
			t.Errorf("still not ready: %v", err)
		}
	}
}
