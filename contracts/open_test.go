package contracts_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/contracts"
	"github.com/ethereum/go-ethereum/common"
)

func TestOpenLog(t *testing.T) {
	r := deploy(t, shared)
	id := logID(owner.Address, origin, keys)
	if got := r.state(id); got != (head{}) {
		t.Errorf("a log that nobody opened is %+v", got)
	}
	if got := common.BytesToHash(r.view(binding.PackLogIdOf(owner.Address, origin, keys))); got != id {
		t.Errorf("logIdOf says %s, want %s", got, id)
	}
	receipt := r.send(owner, binding.PackOpenLog(operator.Address, origin, keys))
	r.expect(receipt, contracts.AnchorRegistryLogOpened{LogId: id, Owner: owner.Address, Operator: operator.Address, Origin: origin, Keys: keys})
	if got, want := r.state(id), (head{operator: operator.Address, owner: owner.Address}); got != want {
		t.Errorf("the log opened as %+v, want %+v", got, want)
	}
	// Front-running: the same origin and keys by another owner is another log.
	r.send(rival, binding.PackOpenLog(rival.Address, origin, keys))
	if got := r.state(id); got.operator != operator.Address {
		t.Errorf("a stranger's opening touched the log: %+v", got)
	}
	r.refuse(owner, binding.PackOpenLog(operator.Address, origin, keys), &contracts.AnchorRegistryAlreadyOpen{LogId: id})
	r.refuse(owner, binding.PackOpenLog(rival.Address, origin, keys), &contracts.AnchorRegistryAlreadyOpen{LogId: id})
}

func TestOpenLogRefuses(t *testing.T) {
	r := deploy(t, shared)
	r.refuse(owner, binding.PackOpenLog(common.Address{}, origin, keys),
		&contracts.AnchorRegistryZeroOperator{LogId: logID(owner.Address, origin, keys)})
	for _, bad := range []string{
		"", "a b", "a+b", "+", "uni.example\n", "\x00", "a\x20", "\x7f", "uni\x80", "ünï", strings.Repeat("a", 256), strings.Repeat("a", 255) + "+",
	} {
		r.refuse(owner, binding.PackOpenLog(operator.Address, bad, keys), &contracts.AnchorRegistryInvalidOrigin{Origin: bad})
	}
	for _, bad := range [][]byte{{}, []byte("x"), append(bytes.Clone(keys), 'x'), bytes.Repeat([]byte("\n"), 8193)} {
		r.refuse(owner, binding.PackOpenLog(operator.Address, origin, bad), lengthError(bad))
	}
}

// TestOpenLogLimits opens logs at the edges of what is allowed.
func TestOpenLogLimits(t *testing.T) {
	r := deploy(t, shared)
	for _, good := range []string{"!", "~", "a", strings.Repeat("~", 255), "!\"#$%&'()*,-./09:;<=>?@AZ[\\]^_`az{|}~"} {
		r.openAs(good, operator.Address)
	}
	for _, good := range [][]byte{[]byte("\n"), append(bytes.Repeat([]byte{0xff}, 8191), '\n')} {
		r.send(owner, binding.PackOpenLog(operator.Address, origin, good))
	}
}

func TestOpenLogSigned(t *testing.T) {
	r := deploy(t, shared)
	university := poor("university") // without a coin
	m := contracts.OpenLog{Owner: university.Address, Operator: operator.Address, Origin: origin, Keys: keys, Deadline: r.now() + 1000}
	pack := func(m contracts.OpenLog, sig []byte) []byte {
		return binding.PackOpenLogSigned(m.Owner, m.Operator, m.Origin, m.Keys, m.Deadline, sig)
	}
	id := logID(university.Address, origin, keys)
	sig := r.sign(university, m)

	// Whoever changes a word of what was signed is not the owner.
	for name, change := range map[string]func(*contracts.OpenLog){
		"operator": func(m *contracts.OpenLog) { m.Operator = rival.Address },
		"origin":   func(m *contracts.OpenLog) { m.Origin += "x" },
		"keys":     func(m *contracts.OpenLog) { m.Keys = append(bytes.Clone(m.Keys), '\n') },
		"deadline": func(m *contracts.OpenLog) { m.Deadline++ },
		"owner":    func(m *contracts.OpenLog) { m.Owner = rival.Address },
		"zero":     func(m *contracts.OpenLog) { m.Owner = common.Address{} },
	} {
		changed := m
		change(&changed)
		signer := r.recover(changed, sig)
		if signer == university.Address {
			t.Fatalf("%s: the digest does not cover it", name)
		}
		r.refuse(stranger, pack(changed, sig), &contracts.AnchorRegistryNotOwner{
			LogId: logID(changed.Owner, changed.Origin, changed.Keys), Account: signer, Owner: changed.Owner})
	}
	late := m
	late.Deadline = r.now() - 1
	r.refuse(stranger, pack(late, r.sign(university, late)), &contracts.AnchorRegistryDeadlinePassed{Deadline: late.Deadline, Time: passed})
	for _, bad := range badSignatures(sig) {
		t.Log(bad.name)
		r.refuse(stranger, pack(m, bad.sig), &contracts.AnchorRegistryInvalidSignature{Signature: bad.sig})
	}
	zero := m
	zero.Operator = common.Address{}
	r.refuse(stranger, pack(zero, r.sign(university, zero)), &contracts.AnchorRegistryZeroOperator{LogId: id})
	spaced := m
	spaced.Origin = "a b"
	r.refuse(stranger, pack(spaced, r.sign(university, spaced)), &contracts.AnchorRegistryInvalidOrigin{Origin: "a b"})
	keyless := m
	keyless.Keys = []byte{}
	r.refuse(stranger, pack(keyless, r.sign(university, keyless)), lengthError(nil))

	receipt := r.send(sponsor, pack(m, sig))
	r.expect(receipt, contracts.AnchorRegistryLogOpened{LogId: id, Owner: university.Address, Operator: operator.Address, Origin: origin, Keys: keys})
	if got, want := r.state(id), (head{operator: operator.Address, owner: university.Address}); got != want {
		t.Errorf("the log opened as %+v, want %+v", got, want)
	}
	r.refuse(sponsor, pack(m, sig), &contracts.AnchorRegistryAlreadyOpen{LogId: id})
}
