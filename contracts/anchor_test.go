package contracts_test

import (
	"testing"

	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/testnet"
	"github.com/ethereum/go-ethereum/common"
)

func TestAnchor(t *testing.T) {
	r := deploy(t, shared)
	id := r.open()
	tree := newTree(1, 300)
	var prev uint64
	for _, size := range []uint64{1, 2, 3, 4, 7, 8, 9, 64, 100, 255, 256, 257, 300} {
		receipt := r.send(operator, binding.PackAnchor(id, size, tree.root(size), tree.consistency(t, prev, size)))
		r.expect(receipt, contracts.AnchorRegistryAnchored{LogId: id, Size: size, Root: tree.root(size), PrevSize: prev})
		want := head{size: size, root: tree.root(size), time: r.now(), operator: operator.Address, owner: owner.Address}
		if got := r.state(id); got != want {
			t.Errorf("after the anchor of %d the log is %+v, want %+v", size, got, want)
		}
		prev = size
	}
}

func TestAnchorRefuses(t *testing.T) {
	r := deploy(t, shared)
	id := r.open()
	tree := newTree(1, 40)
	r.refuse(operator, binding.PackAnchor(id, 0, tree.root(0), nil), &contracts.AnchorRegistrySizeNotAbove{LogId: id})
	r.refuse(operator, binding.PackAnchor(id, 20, tree.root(20), [][32]byte{{}}), &contracts.AnchorRegistryInvalidProof{LogId: id, Size: 20, Root: tree.root(20)})
	r.send(operator, binding.PackAnchor(id, 20, tree.root(20), nil))
	was := r.state(id)

	proof := tree.consistency(t, 20, 30)
	for _, who := range []testnet.Account{owner, stranger, sponsor} {
		r.refuse(who, binding.PackAnchor(id, 30, tree.root(30), proof), &contracts.AnchorRegistryNotOperator{LogId: id, Account: who.Address, Operator: operator.Address})
	}
	for _, size := range []uint64{0, 1, 19, 20} {
		r.refuse(operator, binding.PackAnchor(id, size, tree.root(size), nil), &contracts.AnchorRegistrySizeNotAbove{LogId: id, HeadSize: 20, Size: size})
	}
	for _, size := range []uint64{1 << 56, 1<<56 + 1, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
		r.refuse(operator, binding.PackAnchor(id, size, tree.root(30), proof), &contracts.AnchorRegistrySizeTooLarge{LogId: id, Size: size})
	}
	for name, p := range map[string][][32]byte{"none": nil, "of other sizes": tree.consistency(t, 20, 31), "of inclusion": tree.inclusion(t, 20, 30)} {
		t.Log(name)
		r.refuse(operator, binding.PackAnchor(id, 30, tree.root(30), p), &contracts.AnchorRegistryInvalidProof{LogId: id, HeadSize: 20, Size: 30, Root: tree.root(30)})
	}
	r.refuse(operator, binding.PackAnchor(id, 30, tree.root(31), proof), &contracts.AnchorRegistryInvalidProof{LogId: id, HeadSize: 20, Size: 30, Root: tree.root(31)})
	if got := r.state(id); got != was {
		t.Errorf("what was refused left the log as %+v, want %+v", got, was)
	}
	r.send(operator, binding.PackAnchor(id, 30, tree.root(30), proof))
}

// TestUnopenedLog anchors a log that nobody opened, in every way there is: its
// operator is zero, which is also what ecrecover says of a signature that it
// can make nothing of, and whom an eth_call without a sender comes from.
func TestUnopenedLog(t *testing.T) {
	r := deploy(t, shared)
	id := common.Hash{0xab}
	tree := newTree(1, 4)
	want := &contracts.AnchorRegistryUnknownLog{LogId: id}
	for _, who := range []testnet.Account{owner, operator, stranger} {
		r.refuse(who, binding.PackAnchor(id, 4, tree.root(4), nil), want)
	}
	if _, err := r.call(common.Address{}, binding.PackAnchor(id, 4, tree.root(4), nil)); err == nil {
		t.Error("nobody anchors what nobody opened")
	}
	item := r.item(stranger, id, 4, tree.root(4), nil)
	if got := r.many(item); got[0] != "UnknownLog" {
		t.Errorf("signed by a stranger: %q, want UnknownLog", got[0])
	}
	for _, bad := range badSignatures(item.Signature) {
		item.Signature = bad.sig
		if got := r.many(item); got[0] != "InvalidSignature" {
			t.Errorf("%s: %q, want InvalidSignature", bad.name, got[0])
		}
	}
	r.refuse(stranger, binding.PackVerifyInclusion(id, 0, 0, tree.entry(0), nil), want)
	if got := r.state(id); got != (head{}) {
		t.Errorf("the log that nobody opened is %+v", got)
	}
}

// TestCannotShrinkOrFork plays an operator, and an owner who makes itself
// operator, with a second history at hand.
func TestCannotShrinkOrFork(t *testing.T) {
	r := deploy(t, shared)
	id := r.open()
	honest, forged := newTree(1, 64), newTree(2, 64)
	r.send(operator, binding.PackAnchor(id, 40, honest.root(40), nil))

	attack := func(who testnet.Account) {
		t.Helper()
		for size := uint64(1); size <= 64; size++ {
			for _, tree := range []*tree{honest, forged} {
				for _, from := range []uint64{0, 1, 20, 39, 40, 41} {
					if from > size || tree == honest && from == 40 {
						continue
					}
					data := binding.PackAnchor(id, size, tree.root(size), tree.consistency(t, from, size))
					if _, err := r.call(who.Address, data); err == nil {
						t.Errorf("a tree of %d entries of history %d is anchored over 40 of history 1, with a proof from %d", size, tree.brand, from)
					}
				}
			}
		}
		// A fork that shares the first 39 entries.
		fork := newTree(1, 39)
		fork.AppendData([]byte("another entry 39"))
		for i := uint64(40); i < 64; i++ {
			fork.AppendData(honest.entry(i))
		}
		for size := uint64(41); size <= 64; size++ {
			for _, proof := range [][][32]byte{fork.consistency(t, 40, size), honest.consistency(t, 40, size)} {
				r.refuse(who, binding.PackAnchor(id, size, fork.root(size), proof),
					&contracts.AnchorRegistryInvalidProof{LogId: id, HeadSize: 40, Size: size, Root: fork.root(size)})
			}
		}
	}
	attack(operator)
	r.send(owner, binding.PackSetOperator(id, owner.Address))
	attack(owner)
	// Nor by handing the log around.
	r.send(owner, binding.PackTransferOwner(id, rival.Address))
	r.send(rival, binding.PackAcceptOwner(id))
	r.send(rival, binding.PackSetOperator(id, rival.Address))
	attack(rival)
	if got := r.state(id); got.size != 40 || got.root != honest.root(40) {
		t.Errorf("the log became %+v", got)
	}
	r.send(rival, binding.PackAnchor(id, 64, honest.root(64), honest.consistency(t, 40, 64)))
}

// TestFormerOperatorIsFenced: what it signed before does not count after.
func TestFormerOperatorIsFenced(t *testing.T) {
	r := deploy(t, shared)
	id := r.open()
	tree := newTree(1, 8)
	signed := r.item(operator, id, 8, tree.root(8), nil)
	r.send(owner, binding.PackSetOperator(id, rival.Address))
	r.refuse(operator, binding.PackAnchor(id, 8, tree.root(8), nil),
		&contracts.AnchorRegistryNotOperator{LogId: id, Account: operator.Address, Operator: rival.Address})
	if got := r.many(signed); got[0] != "NotOperator" {
		t.Errorf("an anchor of the former operator: %q, want NotOperator", got[0])
	}
	r.send(rival, binding.PackAnchor(id, 8, tree.root(8), nil))
}

// TestReplay hands messages to the registry of the same address on another
// chain, and to another registry on the same chain.
func TestReplay(t *testing.T) {
	var both []*registry
	for _, chainID := range []uint64{1337, 7331} {
		opts := byHand
		opts.ChainID = chainID
		chain, err := testnet.Start(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := chain.Stop(); err != nil {
				t.Error(err)
			}
		}()
		both = append(both, deploy(t, chain))
	}
	here, there := both[0], both[1]
	if here.address != there.address {
		t.Fatalf("the registries are at %s and %s; this test wants one address", here.address, there.address)
	}
	second := deploy(t, here.chain)
	id, tree := logID(owner.Address, origin, keys), newTree(1, 8)
	for _, r := range []*registry{here, there, second} {
		r.open()
	}
	anchor := here.item(operator, id, 8, tree.root(8), nil)
	anchor.Deadline = 1 << 40
	anchor.Signature = here.sign(operator, contracts.Anchor{LogID: id, Size: 8, Root: tree.root(8), Deadline: 1 << 40})
	open := contracts.OpenLog{Owner: rival.Address, Operator: operator.Address, Origin: origin, Keys: keys, Deadline: 1 << 40}
	opened := binding.PackOpenLogSigned(open.Owner, open.Operator, open.Origin, open.Keys, open.Deadline, here.sign(rival, open))
	for name, r := range map[string]*registry{"chain": there, "registry": second} {
		if got := r.many(anchor); got[0] != "NotOperator" {
			t.Errorf("an anchor signed for another %s: %q, want NotOperator", name, got[0])
		}
		r.refuse(sponsor, opened, &contracts.AnchorRegistryNotOwner{LogId: logID(open.Owner, origin, keys),
			Account: r.recover(open, here.sign(rival, open)), Owner: open.Owner})
		for _, a := range actions {
			if a.before != nil {
				continue // it needs an offer first; its turn comes below
			}
			m, call := a.signed(id, 0, 1<<40)
			sig := here.sign(a.by(), m)
			r.refuse(sponsor, call(sig), a.denied(id, r.recover(m, sig)))
		}
		r.send(owner, binding.PackTransferOwner(id, heir.Address))
		accept := contracts.AcceptOwner{LogID: id, NewOwner: heir.Address, Nonce: 1, Deadline: 1 << 40}
		sig := here.sign(heir, accept)
		r.refuse(sponsor, binding.PackAcceptOwnerSigned(id, heir.Address, 1, 1<<40, sig),
			&contracts.AnchorRegistryNotPendingOwner{LogId: id, Account: r.recover(accept, sig), PendingOwner: heir.Address})
	}
	// Here it all counts.
	here.send(sponsor, opened)
	if got := here.many(anchor); got[0] != "" {
		t.Errorf("where it was signed for: %q", got[0])
	}
}
