package anchor_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// rewriting is a fault that changes the answers to some methods.
func rewriting(f func(result string) string, methods ...string) testnet.Faults {
	return testnet.Faults{Rewrite: func(method string, _, result []byte) []byte {
		for _, m := range methods {
			if m == method {
				return []byte(f(string(result)))
			}
		}
		return result
	}}
}

// TestLieMinedNowhere tells once that an anchor is mined which a reorg had
// dropped. The journal believes it; the truth takes it back.
func TestLieMinedNowhere(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.step()
	size := r.store.Tree().Size
	r.mine(1)
	was := r.header()
	var receipt json.RawMessage
	r.must(r.chain.Client().Client().CallContext(r.ctx, &receipt, "eth_getTransactionReceipt", r.row(size).Attempts[0].Hash))
	head, err := r.chain.Client().CallContract(r.ctx, callOf(r, contracts.NewAnchorRegistry().PackHead(r.ref.Log)), nil)
	r.must(err)
	r.reorg(1, true)
	lie := strings.ReplaceAll(string(receipt), was.Hash().Hex(), r.header().Hash().Hex())
	r.set(testnet.Faults{Rewrite: func(method string, _, result []byte) []byte {
		switch {
		case method == "eth_getTransactionReceipt":
			return []byte(lie)
		case method == "eth_getTransactionCount":
			var n hexutil.Uint64
			r.must(json.Unmarshal(result, &n))
			return fmt.Appendf(nil, "%q", (n + 1).String())
		case method == "eth_call" && len(result) == len(`"0x"`)+2*len(head):
			return fmt.Appendf(nil, "%q", hexutil.Encode(head))
		}
		return result
	}})
	r.step()
	r.wantState(size, store.Mined)
	r.set(testnet.Faults{})
	r.finish()
}

// TestLieAboutPlace tells once, in receipts or in logs, that an anchor was
// emitted by another transaction or in another block. The proof shows it, and
// the anchor becomes final where it is.
func TestLieAboutPlace(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"eth_getTransactionReceipt", "eth_getLogs"} {
		for _, what := range []string{"transaction", "block"} {
			if by == "eth_getTransactionReceipt" && what == "transaction" {
				continue // TestLogOfAnotherTransaction
			}
			t.Run(by+"/"+what, func(t *testing.T) {
				t.Parallel()
				r := newOpenRig(t)
				r.mine(1)
				before := r.header()
				r.request(2)
				r.step()
				size := r.store.Tree().Size
				r.mine(1)
				at := r.header()
				r.set(testnet.Faults{Rewrite: func(method string, _, result []byte) []byte {
					if method != by {
						if method == "eth_getTransactionReceipt" {
							return []byte("null")
						}
						return result
					}
					s := string(result)
					if what == "block" {
						s = strings.ReplaceAll(s, at.Hash().Hex(), before.Hash().Hex())
						s = strings.ReplaceAll(s, fmt.Sprintf(`"blockNumber":"%#x"`, at.Number), fmt.Sprintf(`"blockNumber":"%#x"`, before.Number))
					} else {
						tx := r.row(size).Attempts[0].Hash.String()
						s = strings.ReplaceAll(s, tx, "0x"+strings.Repeat("ab", 32))
					}
					return []byte(s)
				}})
				r.step()
				r.wantState(size, store.Mined)
				if row := r.row(size); common.Hash(row.Block.Hash) == at.Hash() && *row.TxHash == row.Attempts[0].Hash {
					t.Fatal("the lie was not believed, and nothing is tested")
				}
				r.set(testnet.Faults{})
				r.finish()
			})
		}
	}
}

// TestLogOfAnotherTransaction does not take an event from a receipt whose log
// claims to be of another transaction.
func TestLogOfAnotherTransaction(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.step()
	size := r.store.Tree().Size
	r.mine(1)
	tx := r.row(size).Attempts[0].Hash.String()
	r.set(testnet.Faults{Rewrite: func(method string, _, result []byte) []byte {
		switch method {
		case "eth_getTransactionReceipt":
			var receipt types.Receipt
			r.must(json.Unmarshal(result, &receipt))
			for _, l := range receipt.Logs {
				l.TxHash = common.Hash{1}
			}
			out, err := json.Marshal(receipt)
			r.must(err)
			if !strings.Contains(string(out), tx) {
				t.Error("the receipt itself is of another transaction")
			}
			return out
		case "eth_getLogs":
			return []byte("[]")
		}
		return result
	}})
	r.step()
	r.wantState(size, store.Sent)
	r.phase(anchor.Waiting)
	r.set(testnet.Faults{})
	r.finish()
}

// TestLieAboutRoot tells of an anchor that the journal has lost with another
// root than it has: that is not adopted, and ends nothing.
func TestLieAboutRoot(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.crashAt("frozen")
	r.stop()
	old := filepath.Join(t.TempDir(), "copy")
	r.must(os.CopyFS(old, os.DirFS(r.dir)))
	r.start()
	r.a.Request()
	r.finish()
	size := r.store.Tree().Size
	root := r.row(size).Root.String()
	r.stop()
	r.dir = old
	r.start()
	r.set(rewriting(func(s string) string {
		return strings.ReplaceAll(s, root, strings.Repeat("ab", 32))
	}, "eth_getLogs"))
	if err := r.a.Step(r.ctx); !errors.Is(err, anchor.ErrNoAnswer) || errors.Is(err, anchor.ErrJournal) || !strings.Contains(err.Error(), "another root") {
		t.Fatalf("%v", err)
	}
	r.phase(anchor.Waiting)
	if _, err := r.store.Anchor(size); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("adopted: %v", err)
	}
	r.set(testnet.Faults{})
	r.finish()
}

// TestHiddenEvent hides the smaller of two anchors after a reorg moved both:
// the larger one says that it follows the smaller, which is not given up.
func TestHiddenEvent(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	var sizes []uint64
	for range 2 {
		r.request(2)
		r.step()
		r.mine(1)
		r.step()
		sizes = append(sizes, r.store.Tree().Size)
	}
	r.reorg(2, false)
	r.mine(4)
	tx := r.row(sizes[0]).Attempts[0].Hash.String()
	topic := fmt.Sprintf("%064x", sizes[0])
	r.set(testnet.Faults{Rewrite: func(method string, params, result []byte) []byte {
		switch {
		case method == "eth_getTransactionReceipt" && strings.Contains(string(params), tx):
			return []byte("null")
		case method == "eth_getLogs" && strings.Contains(string(params), topic):
			return []byte("[]")
		}
		return result
	}})
	for range 3 {
		r.step()
		r.wantNot(sizes[0], store.Orphaned)
		r.wantState(sizes[1], store.Mined)
	}
	r.set(testnet.Faults{})
	r.finish()
	r.wantState(sizes[0], store.Final)
}
