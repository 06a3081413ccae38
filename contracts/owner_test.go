package contracts_test

import (
	"testing"

	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/testnet"
	"github.com/ethereum/go-ethereum/common"
)

var otherKeys = []byte("log.uni.example+2a21a112+AVpC/nv7/Id2CQ5uHcNRnLYOvs4l3DzAnCK9GC12W4Su\n")

// An action is one that a log's owner takes, in both its forms.
type action struct {
	name   string
	by     func() testnet.Account // who may
	before func(r *registry, id common.Hash)
	direct func(id common.Hash) []byte
	// signed gives the message for a nonce and a deadline, and the call that
	// hands it in.
	signed func(id common.Hash, nonce, deadline uint64) (contracts.Message, func(sig []byte) []byte)
	// denied is the error of somebody else.
	denied func(id common.Hash, account common.Address) any
	// event and after are what it does to the log.
	event func(id common.Hash, was head) any
	after func(*head)
}

func notOwner(id common.Hash, account common.Address) any {
	return &contracts.AnchorRegistryNotOwner{LogId: id, Account: account, Owner: owner.Address}
}

func theOwner() testnet.Account { return owner }

var actions = []action{{
	name:   "setOperator",
	by:     theOwner,
	direct: func(id common.Hash) []byte { return binding.PackSetOperator(id, rival.Address) },
	signed: func(id common.Hash, nonce, deadline uint64) (contracts.Message, func([]byte) []byte) {
		return contracts.SetOperator{LogID: id, Operator: rival.Address, Nonce: nonce, Deadline: deadline},
			func(sig []byte) []byte {
				return binding.PackSetOperatorSigned(id, rival.Address, nonce, deadline, sig)
			}
	},
	denied: notOwner,
	event: func(id common.Hash, was head) any {
		return contracts.AnchorRegistryOperatorChanged{LogId: id, Operator: rival.Address, Previous: was.operator}
	},
	after: func(h *head) { h.operator = rival.Address },
}, {
	name:   "setKeys",
	by:     theOwner,
	direct: func(id common.Hash) []byte { return binding.PackSetKeys(id, otherKeys) },
	signed: func(id common.Hash, nonce, deadline uint64) (contracts.Message, func([]byte) []byte) {
		return contracts.SetKeys{LogID: id, Keys: otherKeys, Nonce: nonce, Deadline: deadline},
			func(sig []byte) []byte { return binding.PackSetKeysSigned(id, otherKeys, nonce, deadline, sig) }
	},
	denied: notOwner,
	event: func(id common.Hash, was head) any {
		return contracts.AnchorRegistryKeysChanged{LogId: id, AtSize: was.size, Keys: otherKeys}
	},
	after: func(*head) {},
}, {
	name:   "transferOwner",
	by:     theOwner,
	direct: func(id common.Hash) []byte { return binding.PackTransferOwner(id, heir.Address) },
	signed: func(id common.Hash, nonce, deadline uint64) (contracts.Message, func([]byte) []byte) {
		return contracts.TransferOwner{LogID: id, NewOwner: heir.Address, Nonce: nonce, Deadline: deadline},
			func(sig []byte) []byte {
				return binding.PackTransferOwnerSigned(id, heir.Address, nonce, deadline, sig)
			}
	},
	denied: notOwner,
	event: func(id common.Hash, was head) any {
		return contracts.AnchorRegistryOwnerOffered{LogId: id, NewOwner: heir.Address, Owner: owner.Address}
	},
	after: func(h *head) { h.pending = heir.Address },
}, {
	name: "acceptOwner",
	by:   func() testnet.Account { return heir },
	before: func(r *registry, id common.Hash) {
		r.send(owner, binding.PackTransferOwner(id, heir.Address))
	},
	direct: func(id common.Hash) []byte { return binding.PackAcceptOwner(id) },
	signed: func(id common.Hash, nonce, deadline uint64) (contracts.Message, func([]byte) []byte) {
		return contracts.AcceptOwner{LogID: id, NewOwner: heir.Address, Nonce: nonce, Deadline: deadline},
			func(sig []byte) []byte {
				return binding.PackAcceptOwnerSigned(id, heir.Address, nonce, deadline, sig)
			}
	},
	denied: func(id common.Hash, account common.Address) any {
		return &contracts.AnchorRegistryNotPendingOwner{LogId: id, Account: account, PendingOwner: heir.Address}
	},
	event: func(id common.Hash, was head) any {
		return contracts.AnchorRegistryOwnerChanged{LogId: id, Owner: heir.Address, Previous: owner.Address}
	},
	after: func(h *head) { h.owner, h.pending = heir.Address, common.Address{} },
}, {
	name:   "closeLog",
	by:     theOwner,
	direct: func(id common.Hash) []byte { return binding.PackCloseLog(id) },
	signed: func(id common.Hash, nonce, deadline uint64) (contracts.Message, func([]byte) []byte) {
		return contracts.CloseLog{LogID: id, Nonce: nonce, Deadline: deadline},
			func(sig []byte) []byte { return binding.PackCloseLogSigned(id, nonce, deadline, sig) }
	},
	denied: notOwner,
	event: func(id common.Hash, was head) any {
		return contracts.AnchorRegistryLogClosed{LogId: id, Size: was.size, Root: was.root}
	},
	after: func(h *head) { h.operator, h.closed = common.Address{}, true },
}}

// prepare opens a log, anchors it once and makes it ready for the action.
func (a action) prepare(t *testing.T) (*registry, common.Hash, head) {
	t.Helper()
	r := deploy(t, shared)
	id := r.open()
	tree := newTree(1, 7)
	r.send(operator, binding.PackAnchor(id, 7, tree.root(7), nil))
	if a.before != nil {
		a.before(r, id)
	}
	return r, id, r.state(id)
}

// done sees that the action did what it should and no more.
func (a action) done(r *registry, id common.Hash, was head) {
	r.Helper()
	want := was
	a.after(&want)
	want.nonce++
	if got := r.state(id); got != want {
		r.Errorf("%s made the log\n%+v of\n%+v, want\n%+v", a.name, got, was, want)
	}
}

func TestOwnerActions(t *testing.T) {
	for _, a := range actions {
		t.Run(a.name, func(t *testing.T) {
			r, id, was := a.prepare(t)
			for _, who := range []testnet.Account{stranger, operator, sponsor} {
				r.refuse(who, a.direct(id), a.denied(id, who.Address))
			}
			unknown := common.Hash{1}
			r.refuse(a.by(), a.direct(unknown), &contracts.AnchorRegistryUnknownLog{LogId: unknown})
			r.expect(r.send(a.by(), a.direct(id)), a.event(id, was))
			a.done(r, id, was)
		})
	}
}

func TestOwnerActionsSigned(t *testing.T) {
	for _, a := range actions {
		t.Run(a.name, func(t *testing.T) {
			r, id, was := a.prepare(t)
			deadline := r.now() + 1000
			m, call := a.signed(id, was.nonce, deadline)
			sig := r.sign(a.by(), m)

			for _, who := range []testnet.Account{stranger, operator, sponsor} {
				r.refuse(stranger, call(r.sign(who, m)), a.denied(id, who.Address))
			}
			for _, nonce := range []uint64{was.nonce + 1, was.nonce + 2, was.nonce - 1, 1<<64 - 1} {
				if nonce == was.nonce {
					continue
				}
				m, call := a.signed(id, nonce, deadline)
				want := &contracts.AnchorRegistryWrongNonce{LogId: id, Nonce: nonce, Expected: was.nonce}
				r.refuse(stranger, call(r.sign(a.by(), m)), want)
				// The nonce is part of what is signed: the right one in the
				// call does not mend it.
				_, right := a.signed(id, was.nonce, deadline)
				wrong := r.sign(a.by(), m)
				r.refuse(stranger, right(wrong), a.denied(id, r.recover(firstOf(a.signed(id, was.nonce, deadline)), wrong)))
			}
			for _, late := range []uint64{0, 1, r.now() - 1} {
				m, call := a.signed(id, was.nonce, late)
				r.refuse(stranger, call(r.sign(a.by(), m)), &contracts.AnchorRegistryDeadlinePassed{Deadline: late, Time: passed})
			}
			_, later := a.signed(id, was.nonce, deadline+1)
			r.refuse(stranger, later(sig), a.denied(id, r.recover(firstOf(a.signed(id, was.nonce, deadline+1)), sig)))
			for _, bad := range badSignatures(sig) {
				t.Log(bad.name)
				r.refuse(stranger, call(bad.sig), &contracts.AnchorRegistryInvalidSignature{Signature: bad.sig})
			}
			// For another chain, another registry.
			for _, d := range []contracts.Domain{
				{ChainID: r.domain.ChainID + 1, Registry: r.address},
				{ChainID: 1, Registry: r.address},
				{ChainID: r.domain.ChainID, Registry: common.Address{1}},
			} {
				elsewhere, err := contracts.Sign(m, d, a.by().Key)
				if err != nil {
					t.Fatal(err)
				}
				r.refuse(stranger, call(elsewhere), a.denied(id, r.recover(m, elsewhere)))
			}
			if got := r.state(id); got != was {
				t.Fatalf("what was refused left the log as %+v, want %+v", got, was)
			}
			// The deadline is the last second that counts.
			brink, brinkCall := a.signed(id, was.nonce, r.now())
			if _, err := r.call(stranger.Address, brinkCall(r.sign(a.by(), brink))); err != nil {
				t.Errorf("refused in the second of its deadline: %v", explain(err))
			}

			r.expect(r.send(sponsor, call(sig)), a.event(id, was))
			a.done(r, id, was)
			if now := r.state(id); now.closed {
				r.refuse(sponsor, call(sig), &contracts.AnchorRegistryWrongNonce{LogId: id, Nonce: was.nonce, Expected: was.nonce + 1})
				m, call := a.signed(id, now.nonce, deadline)
				r.refuse(sponsor, call(r.sign(a.by(), m)), &contracts.AnchorRegistryLogIsClosed{LogId: id})
			} else {
				r.refuse(sponsor, call(sig), &contracts.AnchorRegistryWrongNonce{LogId: id, Nonce: was.nonce, Expected: was.nonce + 1})
			}
		})
	}
}

// TestDirectActionVoidsSigned takes an action back that was signed and not yet
// handed in: any other action of the owner does it.
func TestDirectActionVoidsSigned(t *testing.T) {
	for _, a := range actions {
		t.Run(a.name, func(t *testing.T) {
			r, id, was := a.prepare(t)
			m, call := a.signed(id, was.nonce, r.now()+1000)
			sig := r.sign(a.by(), m)
			r.send(owner, binding.PackSetKeys(id, otherKeys))
			r.refuse(sponsor, call(sig), &contracts.AnchorRegistryWrongNonce{LogId: id, Nonce: was.nonce, Expected: was.nonce + 1})
		})
	}
}

func TestOwnerInputs(t *testing.T) {
	r := deploy(t, shared)
	id := r.open()
	r.refuse(owner, binding.PackSetOperator(id, common.Address{}), &contracts.AnchorRegistryZeroOperator{LogId: id})
	r.refuse(owner, binding.PackSetKeys(id, nil), lengthError(nil))
	r.refuse(owner, binding.PackSetKeys(id, []byte("x")), lengthError([]byte("x")))
	long := make([]byte, 8193)
	long[8192] = '\n'
	r.refuse(owner, binding.PackSetKeys(id, long), lengthError(long))
	unsigned := contracts.SetOperator{LogID: id, Deadline: r.now() + 9}
	r.refuse(owner, binding.PackSetOperatorSigned(id, common.Address{}, 0, unsigned.Deadline, r.sign(owner, unsigned)),
		&contracts.AnchorRegistryZeroOperator{LogId: id})
}

// TestTransferTakesTwoSteps follows an offer that is made, changed, taken back
// and accepted.
func TestTransferTakesTwoSteps(t *testing.T) {
	r := deploy(t, shared)
	id := r.open()
	r.refuse(heir, binding.PackAcceptOwner(id), &contracts.AnchorRegistryNotPendingOwner{LogId: id, Account: heir.Address})
	r.refuse(owner, binding.PackAcceptOwner(id), &contracts.AnchorRegistryNotPendingOwner{LogId: id, Account: owner.Address})
	r.send(owner, binding.PackTransferOwner(id, heir.Address))
	r.refuse(heir, binding.PackTransferOwner(id, heir.Address), notOwner(id, heir.Address))
	r.send(owner, binding.PackTransferOwner(id, rival.Address))
	r.refuse(heir, binding.PackAcceptOwner(id), &contracts.AnchorRegistryNotPendingOwner{LogId: id, Account: heir.Address, PendingOwner: rival.Address})
	r.send(owner, binding.PackTransferOwner(id, common.Address{}))
	r.refuse(rival, binding.PackAcceptOwner(id), &contracts.AnchorRegistryNotPendingOwner{LogId: id, Account: rival.Address})
	// Nobody can accept for the zero address, whatever ecrecover makes of it.
	nobody := contracts.AcceptOwner{LogID: id, Nonce: r.state(id).nonce, Deadline: r.now() + 9}
	garbage := make([]byte, 65)
	garbage[64] = 27
	r.refuse(stranger, binding.PackAcceptOwnerSigned(id, common.Address{}, nobody.Nonce, nobody.Deadline, garbage),
		&contracts.AnchorRegistryInvalidSignature{Signature: garbage})
	if _, err := r.call(common.Address{}, binding.PackAcceptOwner(id)); err == nil {
		t.Error("an eth_call from nobody accepts an offer to nobody")
	}
	// A signature whose message names somebody else than the signer.
	r.send(owner, binding.PackTransferOwner(id, heir.Address))
	named := contracts.AcceptOwner{LogID: id, NewOwner: rival.Address, Nonce: r.state(id).nonce, Deadline: r.now() + 1000}
	r.refuse(stranger, binding.PackAcceptOwnerSigned(id, rival.Address, named.Nonce, named.Deadline, r.sign(heir, named)),
		&contracts.AnchorRegistryNotPendingOwner{LogId: id, Account: heir.Address, PendingOwner: rival.Address})
	r.refuse(stranger, binding.PackAcceptOwnerSigned(id, rival.Address, named.Nonce, named.Deadline, r.sign(rival, named)),
		&contracts.AnchorRegistryNotPendingOwner{LogId: id, Account: rival.Address, PendingOwner: heir.Address})

	r.send(heir, binding.PackAcceptOwner(id))
	// The old owner is nobody now, and the log has kept its id.
	for _, call := range [][]byte{binding.PackSetOperator(id, owner.Address), binding.PackTransferOwner(id, owner.Address), binding.PackCloseLog(id)} {
		r.refuse(owner, call, &contracts.AnchorRegistryNotOwner{LogId: id, Account: owner.Address, Owner: heir.Address})
	}
	r.refuse(heir, binding.PackAcceptOwner(id), &contracts.AnchorRegistryNotPendingOwner{LogId: id, Account: heir.Address})
	r.send(heir, binding.PackSetOperator(id, stranger.Address))
}

// TestClosedStaysClosed tries everything on a closed log.
func TestClosedStaysClosed(t *testing.T) {
	r := deploy(t, shared)
	id := r.open()
	tree := newTree(1, 9)
	r.send(operator, binding.PackAnchor(id, 5, tree.root(5), nil))
	r.send(owner, binding.PackTransferOwner(id, heir.Address))
	r.send(owner, binding.PackCloseLog(id))
	was := r.state(id)
	if !was.closed || was.size != 5 || was.root != tree.root(5) || was.operator != (common.Address{}) || was.owner != owner.Address || was.pending != (common.Address{}) {
		t.Fatalf("closed as %+v", was)
	}
	proof := tree.consistency(t, 5, 9)
	want := &contracts.AnchorRegistryLogIsClosed{LogId: id}
	r.refuse(operator, binding.PackAnchor(id, 9, tree.root(9), proof), want)
	r.refuse(owner, binding.PackAnchor(id, 9, tree.root(9), proof), want)
	r.refuse(owner, binding.PackSetOperator(id, operator.Address), want)
	r.refuse(owner, binding.PackSetKeys(id, keys), want)
	r.refuse(owner, binding.PackTransferOwner(id, heir.Address), want)
	r.refuse(owner, binding.PackCloseLog(id), want)
	r.refuse(heir, binding.PackAcceptOwner(id), want)
	r.refuse(owner, binding.PackOpenLog(operator.Address, origin, keys), &contracts.AnchorRegistryAlreadyOpen{LogId: id})
	again := contracts.OpenLog{Owner: owner.Address, Operator: operator.Address, Origin: origin, Keys: keys, Deadline: r.now() + 1000}
	r.refuse(sponsor, binding.PackOpenLogSigned(again.Owner, again.Operator, again.Origin, again.Keys, again.Deadline, r.sign(owner, again)),
		&contracts.AnchorRegistryAlreadyOpen{LogId: id})
	if got := r.many(r.item(operator, id, 9, tree.root(9), proof)); got[0] != "LogIsClosed" {
		t.Errorf("anchorMany: %v, want LogIsClosed", got)
	}
	// A call from nobody, which is what the operator of a closed log is.
	if _, err := r.call(common.Address{}, binding.PackAnchor(id, 9, tree.root(9), proof)); err == nil {
		t.Error("an eth_call from nobody anchors a closed log")
	}
	if got := r.state(id); got != was {
		t.Errorf("the closed log became %+v, was %+v", got, was)
	}
	// Its entries can still be proved.
	ok, err := binding.UnpackVerifyInclusion(r.view(binding.PackVerifyInclusion(id, 5, 3, tree.entry(3), tree.inclusion(t, 3, 5))))
	if err != nil || !ok {
		t.Errorf("an entry of a closed log is not proved: %v, %v", ok, err)
	}
}

func firstOf[A, B any](a A, _ B) A { return a }
