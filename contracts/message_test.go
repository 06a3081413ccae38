package contracts_test

import (
	"bytes"
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/akashi-project/akashi/contracts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// fields lists the members of each message, as EIP-712 has them.
var fields = map[string][]apitypes.Type{
	"Anchor":        {{Name: "logId", Type: "bytes32"}, {Name: "size", Type: "uint64"}, {Name: "root", Type: "bytes32"}, {Name: "deadline", Type: "uint64"}},
	"OpenLog":       {{Name: "owner", Type: "address"}, {Name: "operator", Type: "address"}, {Name: "origin", Type: "string"}, {Name: "keys", Type: "bytes"}, {Name: "deadline", Type: "uint64"}},
	"SetOperator":   {{Name: "logId", Type: "bytes32"}, {Name: "operator", Type: "address"}, {Name: "nonce", Type: "uint64"}, {Name: "deadline", Type: "uint64"}},
	"SetKeys":       {{Name: "logId", Type: "bytes32"}, {Name: "keys", Type: "bytes"}, {Name: "nonce", Type: "uint64"}, {Name: "deadline", Type: "uint64"}},
	"TransferOwner": {{Name: "logId", Type: "bytes32"}, {Name: "newOwner", Type: "address"}, {Name: "nonce", Type: "uint64"}, {Name: "deadline", Type: "uint64"}},
	"AcceptOwner":   {{Name: "logId", Type: "bytes32"}, {Name: "newOwner", Type: "address"}, {Name: "nonce", Type: "uint64"}, {Name: "deadline", Type: "uint64"}},
	"CloseLog":      {{Name: "logId", Type: "bytes32"}, {Name: "nonce", Type: "uint64"}, {Name: "deadline", Type: "uint64"}},
}

// typedData gives m to go-ethereum's implementation of EIP-712.
func typedData(m contracts.Message, d contracts.Domain) apitypes.TypedData {
	name, values := describe(m)
	return apitypes.TypedData{
		Types: apitypes.Types{
			"EIP712Domain": {{Name: "name", Type: "string"}, {Name: "version", Type: "string"}, {Name: "chainId", Type: "uint256"}, {Name: "verifyingContract", Type: "address"}},
			name:           fields[name],
		},
		PrimaryType: name,
		Domain: apitypes.TypedDataDomain{
			Name:              contracts.DomainName,
			Version:           contracts.DomainVersion,
			ChainId:           (*math.HexOrDecimal256)(new(big.Int).SetUint64(d.ChainID)),
			VerifyingContract: d.Registry.Hex(),
		},
		Message: values,
	}
}

// describe returns the EIP-712 name of m and its members.
func describe(m contracts.Message) (string, apitypes.TypedDataMessage) {
	n := func(n uint64) *math.HexOrDecimal256 { return (*math.HexOrDecimal256)(new(big.Int).SetUint64(n)) }
	switch m := m.(type) {
	case contracts.Anchor:
		return "Anchor", apitypes.TypedDataMessage{"logId": m.LogID.Hex(), "size": n(m.Size), "root": m.Root.Hex(), "deadline": n(m.Deadline)}
	case contracts.OpenLog:
		return "OpenLog", apitypes.TypedDataMessage{"owner": m.Owner.Hex(), "operator": m.Operator.Hex(), "origin": m.Origin, "keys": m.Keys, "deadline": n(m.Deadline)}
	case contracts.SetOperator:
		return "SetOperator", apitypes.TypedDataMessage{"logId": m.LogID.Hex(), "operator": m.Operator.Hex(), "nonce": n(m.Nonce), "deadline": n(m.Deadline)}
	case contracts.SetKeys:
		return "SetKeys", apitypes.TypedDataMessage{"logId": m.LogID.Hex(), "keys": m.Keys, "nonce": n(m.Nonce), "deadline": n(m.Deadline)}
	case contracts.TransferOwner:
		return "TransferOwner", apitypes.TypedDataMessage{"logId": m.LogID.Hex(), "newOwner": m.NewOwner.Hex(), "nonce": n(m.Nonce), "deadline": n(m.Deadline)}
	case contracts.AcceptOwner:
		return "AcceptOwner", apitypes.TypedDataMessage{"logId": m.LogID.Hex(), "newOwner": m.NewOwner.Hex(), "nonce": n(m.Nonce), "deadline": n(m.Deadline)}
	case contracts.CloseLog:
		return "CloseLog", apitypes.TypedDataMessage{"logId": m.LogID.Hex(), "nonce": n(m.Nonce), "deadline": n(m.Deadline)}
	}
	panic("unknown message")
}

// digestView asks the registry for the digest of m.
func (r *registry) digestView(m contracts.Message) common.Hash {
	r.Helper()
	var call []byte
	switch m := m.(type) {
	case contracts.Anchor:
		call = binding.PackAnchorDigest(m.LogID, m.Size, m.Root, m.Deadline)
	case contracts.OpenLog:
		call = binding.PackOpenLogDigest(m.Owner, m.Operator, m.Origin, m.Keys, m.Deadline)
	case contracts.SetOperator:
		call = binding.PackSetOperatorDigest(m.LogID, m.Operator, m.Nonce, m.Deadline)
	case contracts.SetKeys:
		call = binding.PackSetKeysDigest(m.LogID, m.Keys, m.Nonce, m.Deadline)
	case contracts.TransferOwner:
		call = binding.PackTransferOwnerDigest(m.LogID, m.NewOwner, m.Nonce, m.Deadline)
	case contracts.AcceptOwner:
		call = binding.PackAcceptOwnerDigest(m.LogID, m.NewOwner, m.Nonce, m.Deadline)
	case contracts.CloseLog:
		call = binding.PackCloseLogDigest(m.LogID, m.Nonce, m.Deadline)
	}
	return common.BytesToHash(r.view(call))
}

// TestDigests compares three makers of the digests: this package, the
// contract, and go-ethereum's EIP-712.
func TestDigests(t *testing.T) {
	r := deploy(t, shared)
	rng := rand.New(rand.NewChaCha8([32]byte{1}))
	word := func() (h common.Hash) {
		for i := range h {
			h[i] = byte(rng.Uint32())
		}
		return h
	}
	address := func() common.Address { return common.BytesToAddress(word().Bytes()) }
	keys := func() []byte { w := word(); return bytes.Repeat(w[:], rng.IntN(60)) }
	for range 40 {
		for _, m := range []contracts.Message{
			contracts.Anchor{LogID: word(), Size: rng.Uint64(), Root: word(), Deadline: rng.Uint64()},
			contracts.OpenLog{Owner: address(), Operator: address(), Origin: "log.uni.example/" + word().Hex()[:rng.IntN(60)], Keys: keys(), Deadline: rng.Uint64()},
			contracts.SetOperator{LogID: word(), Operator: address(), Nonce: rng.Uint64(), Deadline: rng.Uint64()},
			contracts.SetKeys{LogID: word(), Keys: keys(), Nonce: rng.Uint64(), Deadline: rng.Uint64()},
			contracts.TransferOwner{LogID: word(), NewOwner: address(), Nonce: rng.Uint64(), Deadline: rng.Uint64()},
			contracts.AcceptOwner{LogID: word(), NewOwner: address(), Nonce: rng.Uint64(), Deadline: rng.Uint64()},
			contracts.CloseLog{LogID: word(), Nonce: rng.Uint64(), Deadline: rng.Uint64()},
		} {
			got := m.Digest(r.domain)
			if want := r.digestView(m); got != want {
				t.Errorf("%#v: digest %s, the contract says %s", m, got, want)
			}
			want, _, err := apitypes.TypedDataAndHash(typedData(m, r.domain))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got[:], want) {
				t.Errorf("%#v: digest %s, go-ethereum says %x", m, got, want)
			}
		}
	}
}

func TestDomain(t *testing.T) {
	r := deploy(t, shared)
	if got := common.BytesToHash(r.view(binding.PackDomainSeparator())); got != r.domain.Separator() {
		t.Errorf("the contract's domain separator is %s, want %s", got, r.domain.Separator())
	}
	d, err := binding.UnpackEip712Domain(r.view(binding.PackEip712Domain()))
	if err != nil {
		t.Fatal(err)
	}
	if d.Fields != [1]byte{0x0f} || d.Name != contracts.DomainName || d.Version != contracts.DomainVersion ||
		d.ChainId.Uint64() != r.domain.ChainID || d.VerifyingContract != r.address || d.Salt != [32]byte{} || len(d.Extensions) != 0 {
		t.Errorf("the contract describes its domain as %+v", d)
	}
}

// A badSignature is a signature of the right key that must not count.
type badSignature struct {
	name string
	sig  []byte
}

// badSignatures spoils sig in each way that the registry refuses at sight.
func badSignatures(sig []byte) []badSignature {
	with := func(change func(s []byte) []byte) []byte { return change(bytes.Clone(sig)) }
	at := func(i int, v byte) []byte { return with(func(s []byte) []byte { s[i] = v; return s }) }
	s := new(big.Int).SetBytes(sig[32:64])
	return []badSignature{
		{"empty", []byte{}},
		{"short", sig[:64]},
		{"long", with(func(s []byte) []byte { return append(s, 0) })},
		{"two of them", with(func(s []byte) []byte { return append(s, s...) })},
		{"compact (EIP-2098)", with(func(s []byte) []byte { s[32] |= (s[64] - 27) << 7; return s[:64] })},
		{"v 0", at(64, 0)},
		{"v 1", at(64, 1)},
		{"v 26", at(64, 26)},
		{"v 29", at(64, 29)},
		{"v of EIP-155", at(64, 37)},
		{"malleable s", with(func(b []byte) []byte {
			new(big.Int).Sub(crypto.S256().Params().N, s).FillBytes(b[32:64])
			b[64] ^= 27 ^ 28
			return b
		})},
		{"r zero", with(func(s []byte) []byte { copy(s, make([]byte, 32)); return s })},
		{"s zero", with(func(s []byte) []byte { copy(s[32:], make([]byte, 32)); return s })},
		{"r above the order", with(func(s []byte) []byte { copy(s, bytes.Repeat([]byte{0xff}, 32)); return s })},
		{"s above the order", with(func(s []byte) []byte { copy(s[32:], bytes.Repeat([]byte{0xff}, 32)); return s })},
		{"r on no point", with(func(s []byte) []byte { copy(s, make([]byte, 32)); s[31] = 5; return s })},
		{"all zero", make([]byte, 65)},
	}
}

func TestSigner(t *testing.T) {
	d := contracts.Domain{ChainID: 5, Registry: common.Address{6}}
	m := contracts.CloseLog{LogID: common.Hash{7}, Nonce: 8, Deadline: 9}
	sig, err := contracts.Sign(m, d, owner.Key)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := contracts.Signer(m, d, sig); err != nil || got != owner.Address {
		t.Errorf("Signer: %s, %v, want %s", got, err, owner.Address)
	}
	for _, bad := range badSignatures(sig) {
		if got, err := contracts.Signer(m, d, bad.sig); !errors.Is(err, contracts.ErrSignature) || got != (common.Address{}) {
			t.Errorf("%s: Signer: %s, %v, want an error that is ErrSignature", bad.name, got, err)
		}
	}
	for name, other := range map[string]contracts.Domain{"chain": {ChainID: 4, Registry: d.Registry}, "registry": {ChainID: 5, Registry: common.Address{5}}} {
		if got, err := contracts.Signer(m, other, sig); err == nil && got == owner.Address {
			t.Errorf("a signature counts in another %s", name)
		}
	}
}

func TestSignature(t *testing.T) {
	m := contracts.CloseLog{Nonce: 1}
	raw, err := crypto.Sign(m.Digest(contracts.Domain{}).Bytes(), owner.Key)
	if err != nil {
		t.Fatal(err)
	}
	want, err := contracts.Sign(m, contracts.Domain{}, owner.Key)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range [][]byte{raw, want} {
		before := bytes.Clone(in)
		if got, err := contracts.Signature(in); err != nil || !bytes.Equal(got, want) {
			t.Errorf("Signature(%x) is %x, %v, want %x", in, got, err, want)
		}
		if !bytes.Equal(in, before) {
			t.Error("Signature changed what it was given")
		}
	}
	for _, bad := range badSignatures(want) {
		if bad.name == "v 0" || bad.name == "v 1" {
			continue // what signers make: read as 27 and 28
		}
		if got, err := contracts.Signature(bad.sig); !errors.Is(err, contracts.ErrSignature) && bad.name != "r on no point" {
			t.Errorf("%s: Signature gives %x, %v, want an error that is ErrSignature", bad.name, got, err)
		}
	}
}

// FuzzSigner: what Signer accepts is spelt in the one way that the contract
// takes, and comes from the key that the curve says.
func FuzzSigner(f *testing.F) {
	m, d := contracts.CloseLog{LogID: common.Hash{1}, Nonce: 2, Deadline: 3}, contracts.Domain{ChainID: 4}
	sig, err := contracts.Sign(m, d, poor("signer").Key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sig)
	for _, bad := range badSignatures(sig) {
		f.Add(bad.sig)
	}
	f.Fuzz(func(t *testing.T, sig []byte) {
		signer, err := contracts.Signer(m, d, sig)
		if err != nil {
			if !errors.Is(err, contracts.ErrSignature) || signer != (common.Address{}) {
				t.Fatalf("%s, %v: not an ErrSignature alone", signer, err)
			}
			return
		}
		if same, err := contracts.Signature(sig); err != nil || !bytes.Equal(same, sig) {
			t.Fatalf("Signer accepts %x, of which Signature makes %x, %v", sig, same, err)
		}
		raw := bytes.Clone(sig)
		raw[64] -= 27
		pub, err := crypto.Ecrecover(m.Digest(d).Bytes(), raw)
		if err != nil || common.BytesToAddress(crypto.Keccak256(pub[1:])[12:]) != signer {
			t.Fatalf("Signer says %s, the curve says %x, %v", signer, pub, err)
		}
		if new(big.Int).Lsh(new(big.Int).SetBytes(sig[32:64]), 1).Cmp(crypto.S256().Params().N) > 0 {
			t.Fatalf("Signer accepts an s in the upper half: %x", sig)
		}
	})
}
