package contracts_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/akashi-project/akashi/contracts"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

func TestAnchorMany(t *testing.T) {
	r := deploy(t, shared)
	if got := r.many(); len(got) != 0 {
		t.Errorf("no item: %v", got)
	}
	tree := newTree(1, 50)
	a, b := r.openAs("a", operator.Address), r.openAs("b", poor("b").Address)
	// One log twice in one transaction: the heads move one after the other.
	got := r.many(
		r.item(operator, a, 10, tree.root(10), nil),
		r.item(poor("b"), b, 20, tree.root(20), nil),
		r.item(operator, a, 50, tree.root(50), tree.consistency(t, 10, 50)),
		r.item(operator, a, 50, tree.root(50), tree.consistency(t, 10, 50)),
	)
	if want := []string{"", "", "", "SizeNotAbove"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := r.state(a); got.size != 50 || got.root != tree.root(50) || got.time != r.now() {
		t.Errorf("log a is %+v", got)
	}
	if got := r.state(b); got.size != 20 || got.root != tree.root(20) {
		t.Errorf("log b is %+v", got)
	}
}

// TestAnchorManySkips puts each kind of bad item between two good ones.
func TestAnchorManySkips(t *testing.T) {
	tree, forged := newTree(1, 60), newTree(2, 60)
	proof := tree.consistency(t, 20, 60)
	for _, c := range []struct {
		name   string
		reason string
		spoil  func(r *registry, id common.Hash, good contracts.SignedAnchor) contracts.SignedAnchor
	}{
		{"deadline passed", "DeadlinePassed", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			it.Deadline = r.now() - 1
			it.Signature = r.sign(operator, contracts.Anchor{LogID: id, Size: it.Size, Root: it.Root, Deadline: it.Deadline})
			return it
		}},
		{"unknown log", "UnknownLog", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			return r.item(operator, common.Hash{9}, 60, it.Root, proof)
		}},
		{"closed log", "LogIsClosed", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			r.send(owner, binding.PackCloseLog(id))
			return it
		}},
		{"another signer", "NotOperator", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			return r.item(owner, id, 60, it.Root, proof)
		}},
		{"changed root", "NotOperator", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			it.Root = forged.root(60)
			return it
		}},
		{"changed size", "NotOperator", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			it.Size--
			return it
		}},
		{"changed deadline", "NotOperator", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			it.Deadline++
			return it
		}},
		{"operator changed before", "NotOperator", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			r.send(owner, binding.PackSetOperator(id, rival.Address))
			return it
		}},
		{"same size", "SizeNotAbove", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			return r.item(operator, id, 20, tree.root(20), nil)
		}},
		{"smaller size", "SizeNotAbove", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			return r.item(operator, id, 19, tree.root(19), nil)
		}},
		{"anchored before, by the operator itself", "SizeNotAbove", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			r.send(operator, binding.PackAnchor(id, 60, tree.root(60), proof))
			return it
		}},
		{"anchored before, to a size between", "InvalidProof", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			r.send(operator, binding.PackAnchor(id, 41, tree.root(41), tree.consistency(t, 20, 41)))
			return it
		}},
		{"size of 2^56", "SizeTooLarge", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			return r.item(operator, id, 1<<56, it.Root, proof)
		}},
		{"size of 2^64-1", "SizeTooLarge", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			return r.item(operator, id, 1<<64-1, it.Root, proof)
		}},
		{"forged root", "InvalidProof", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			return r.item(operator, id, 60, forged.root(60), forged.consistency(t, 20, 60))
		}},
		{"no proof", "InvalidProof", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			it.Proof = nil
			return it
		}},
		{"a proof of three thousand hashes", "InvalidProof", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			it.Proof = make([][32]byte, 3000)
			return it
		}},
		{"a signature of ten thousand bytes", "InvalidSignature", func(r *registry, id common.Hash, it contracts.SignedAnchor) contracts.SignedAnchor {
			it.Signature = make([]byte, 10_000)
			return it
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := deploy(t, shared)
			first, id, last := r.openAs("first", operator.Address), r.open(), r.openAs("last", operator.Address)
			r.send(operator, binding.PackAnchor(id, 20, tree.root(20), nil))
			bad := c.spoil(r, id, r.item(operator, id, 60, tree.root(60), proof))
			was := r.state(id)
			got := r.many(
				r.item(operator, first, 60, tree.root(60), nil),
				bad,
				r.item(operator, last, 60, tree.root(60), nil),
			)
			if want := []string{"", c.reason, ""}; !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
			if now := r.state(id); now != was {
				t.Errorf("the skipped item made the log %+v of %+v", now, was)
			}
			if r.state(first).size != 60 || r.state(last).size != 60 {
				t.Error("the skipped item cost another one its anchor")
			}
		})
	}
	t.Run("bad signatures", func(t *testing.T) {
		r := deploy(t, shared)
		id := r.open()
		good := r.item(operator, id, 60, tree.root(60), nil)
		var items []contracts.SignedAnchor
		for _, bad := range badSignatures(good.Signature) {
			item := good
			item.Signature = bad.sig
			items = append(items, item)
		}
		for i, got := range r.many(items...) {
			if got != "InvalidSignature" {
				t.Errorf("%s: %q, want InvalidSignature", badSignatures(good.Signature)[i].name, got)
			}
		}
		if got := r.many(good); got[0] != "" {
			t.Errorf("the good one: %q", got[0])
		}
	})
}

func TestAnchorDeadline(t *testing.T) {
	r := deploy(t, shared)
	id, tree := r.open(), newTree(1, 5)
	now := r.now()
	for _, c := range []struct {
		deadline uint64
		reason   string
	}{{0, "DeadlinePassed"}, {now - 1, "DeadlinePassed"}, {now, ""}, {now + 1, ""}, {1<<64 - 1, ""}} {
		m := contracts.Anchor{LogID: id, Size: 5, Root: tree.root(5), Deadline: c.deadline}
		// As a call, which is made in the time of the newest block.
		out, err := r.call(sponsor.Address, binding.PackAnchorMany([]contracts.SignedAnchor{
			{LogId: id, Size: 5, Root: m.Root, Deadline: c.deadline, Signature: r.sign(operator, m)}}))
		if err != nil {
			t.Fatal(err)
		}
		reasons, err := binding.UnpackAnchorMany(out)
		if err != nil {
			t.Fatal(err)
		}
		if got := contracts.ErrorName(reasons[0]); got != c.reason {
			t.Errorf("deadline %d at %d: %q, want %q", c.deadline, now, got, c.reason)
		}
	}
}

// TestGasOfOneItemIsBounded lets the owner of one log among twenty do the
// worst: it grows its log in the block before, so that the item in a sponsor's
// batch takes the longest walk there is, and then fails. With the gas that
// AnchorManyGas asks for, the other logs are anchored all the same.
func TestGasOfOneItemIsBounded(t *testing.T) {
	// From this size to that the walk hashes twice on all levels but two.
	// The operator may choose any proof, for whatever it leads to is a root.
	const from, to = 1<<55 - 1, 1<<56 - 1
	walk := make([][32]byte, 57)
	for i := range walk {
		walk[i][0] = byte(i + 1)
	}
	oldRoot, newRoot := rootsOf(t, from, to, walk)
	for _, c := range []struct {
		name  string
		root  common.Hash
		proof [][32]byte
		want  string
	}{
		{"the longest walk", newRoot, walk, ""},
		{"the longest walk, to another root", common.Hash{1}, walk, "InvalidProof"},
		{"too short a proof", newRoot, walk[:1], "InvalidProof"},
		{"no proof", newRoot, nil, "InvalidProof"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := deploy(t, shared)
			id := r.open()
			tree := newTree(1, 60)
			r.send(operator, binding.PackAnchor(id, from, oldRoot, nil))
			items := []contracts.SignedAnchor{r.item(operator, id, to, c.root, c.proof)}
			var others []common.Hash
			for i := range 19 {
				other := r.openAs(fmt.Sprint("log", i), operator.Address)
				others = append(others, other)
				items = append(items, r.item(operator, other, 60, tree.root(60), nil))
			}
			alone, err := r.chain.Client().EstimateGas(t.Context(), ethereum.CallMsg{
				From: sponsor.Address, To: &r.address, Data: binding.PackAnchorMany(items[:1])})
			if err != nil {
				t.Fatal(err)
			}
			if bound := contracts.AnchorManyGas(items[:1]); alone > bound {
				t.Errorf("alone it needs %d gas, more than the bound of %d", alone, bound)
			}
			gas := contracts.AnchorManyGas(items)
			data := binding.PackAnchorMany(items)
			tx := r.enqueue(sponsor, &r.address, data, gas)
			if err := r.chain.Mine(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			receipt, err := r.chain.WaitMined(t.Context(), tx)
			if err != nil {
				t.Fatal(err)
			}
			if receipt.Status != types.ReceiptStatusSuccessful {
				t.Fatalf("the batch failed with %d gas: %+v", gas, receipt)
			}
			if (r.state(id).size == to) != (c.want == "") {
				t.Errorf("the log is %+v", r.state(id))
			}
			for _, other := range others {
				if r.state(other).size != 60 {
					t.Errorf("log %s was not anchored", other)
				}
			}
			t.Logf("alone %d gas; %d used of %d", alone, receipt.GasUsed, gas)
		})
	}
}
