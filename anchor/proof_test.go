package anchor_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
)

// proofType is the type of a final row's proof.
func (r *rig) proofType(size uint64) string {
	r.t.Helper()
	r.wantState(size, store.Final)
	var e verify.Event
	r.must(json.Unmarshal(r.row(size).Proof, &e))
	return e.Proof.Type
}

// TestForeignReceipts is a chain with transactions of a type that nobody here
// knows, as OP chains have them first in each block: the anchor becomes final,
// attested by an RPC, and the next one is sent.
func TestForeignReceipts(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	to := common.HexToAddress("0x1234")
	r.sendBeside(r.chain.Accounts()[2], 0, to)
	r.request(2)
	r.step()
	size := r.store.Tree().Size
	mark := strings.ToLower(r.chain.Accounts()[2].Address.Hex())
	// An L1 deposit's receipt has two more fields, so the block's receipts do
	// not hash to the header's root by what is known of them.
	r.set(testnet.Faults{Rewrite: func(method string, _, result []byte) []byte {
		if method != "eth_getBlockReceipts" {
			return result
		}
		var list []map[string]any
		r.must(json.Unmarshal(result, &list))
		for _, receipt := range list {
			if receipt["from"] == mark {
				receipt["type"], receipt["depositNonce"] = "0x7e", "0x1"
			}
		}
		out, err := json.Marshal(list)
		r.must(err)
		return out
	}})
	r.mine(3)
	r.step()
	if got := r.proofType(size); got != anchor.ProofAttested {
		t.Fatalf("proof of type %q", got)
	}
	r.phase(anchor.Idle)
	r.request(2)
	r.step()
	r.mine(3)
	r.step()
	if got := r.proofType(r.store.Tree().Size); got != verify.ProofReceipt {
		t.Fatalf("the next proof is of type %q", got)
	}
}

// TestUnprovable is an RPC whose receipts of one old block never hash to its
// header. That row stays mined and says why; new anchors go on, more of them
// than may wait for finality, and all is final once the receipts are right.
func TestUnprovable(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.step()
	old := r.store.Tree().Size
	r.mine(1)
	bad := r.header().Hash().Hex()
	r.set(testnet.Faults{Rewrite: func(method string, params, result []byte) []byte {
		if method == "eth_getBlockReceipts" && strings.Contains(string(params), bad) {
			return []byte(strings.ReplaceAll(string(result), `"cumulativeGasUsed":"0x`, `"cumulativeGasUsed":"0x1`))
		}
		return result
	}})
	r.mine(3)
	r.step()
	s := r.phase(anchor.Waiting)
	if !errors.Is(s.Err, anchor.ErrNoAnswer) || !strings.Contains(s.Detail, "its proof cannot be built") {
		t.Fatalf("%+v", s)
	}
	r.wantState(old, store.Mined)
	if note := r.row(old).Note; !strings.Contains(note, "no proof yet") || !strings.Contains(note, bad) {
		t.Fatalf("note %q", note)
	}
	for range 65 {
		r.request(1)
		r.step()
		r.wantState(r.store.Tree().Size, store.Sent)
		r.mine(3)
		r.step()
		r.wantState(r.store.Tree().Size, store.Mined)
	}
	r.wantState(old, store.Mined)
	r.set(testnet.Faults{})
	r.finish()
	if note := r.row(old).Note; note != "" {
		t.Fatalf("note %q of a final row", note)
	}
	if n := len(r.events()); n != 66 {
		t.Fatalf("%d anchors", n)
	}
}

// TestSpoiledHeader is an RPC whose headers are spoiled for a while. Nothing is
// given up for it: once they are right again the anchor is proved.
func TestSpoiledHeader(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(string) string{
		"empty":      func(string) string { return "{}" },
		"list":       func(string) string { return "[]" },
		"other hash": func(s string) string { return strings.Replace(s, `"hash":"0x`, `"extra":1,"hash":"0xff`, 1) },
		"not whole":  func(s string) string { return strings.Replace(s, `"stateRoot"`, `"stateRoom"`, 1) },
		"one digit":  func(s string) string { return strings.Replace(s, `"gasUsed":"0x`, `"gasUsed":"0x1`, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newOpenRig(t)
			r.request(2)
			r.step()
			size := r.store.Tree().Size
			r.mine(3)
			r.set(rewriting(spoil, "eth_getBlockByHash"))
			for range 9 {
				r.step()
				r.wantState(size, store.Mined)
			}
			if s := r.phase(anchor.Waiting); !errors.Is(s.Err, anchor.ErrNoAnswer) {
				t.Fatalf("%+v", s)
			}
			if name != "one digit" {
				r.step()
				r.wantState(size, store.Mined)
			}
			r.set(testnet.Faults{})
			r.finish()
		})
	}
}

// TestOddHeader is a chain whose headers hash in a way of its own: after many
// looks the anchor is final, attested by the RPC alone.
func TestOddHeader(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.step()
	size := r.store.Tree().Size
	r.mine(3)
	r.set(rewriting(func(s string) string { return strings.Replace(s, `"gasUsed":"0x`, `"gasUsed":"0x1`, 1) }, "eth_getBlockByHash"))
	for range 10 {
		r.wantNot(size, store.Final)
		r.step()
	}
	if got := r.proofType(size); got != anchor.ProofAttested {
		t.Fatalf("proof of type %q", got)
	}
}
