package contracts_test

import (
	"bytes"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/contracts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
)

// TestRuntimeCode deploys the registry twice and compares what is on the chain
// with the hash that verifiers go by and with the committed files.
func TestRuntimeCode(t *testing.T) {
	for range 2 {
		r := deploy(t, shared)
		code, err := r.chain.Client().CodeAt(t.Context(), r.address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := crypto.Keccak256Hash(code); got != contracts.RuntimeCodeHash {
			t.Errorf("the deployed code has the hash %s, want %s", got, contracts.RuntimeCodeHash)
		}
		if want := artifact(t, "AnchorRegistry.bin-runtime"); !bytes.Equal(code, common.FromHex(want)) {
			t.Error("the deployed code is not that of artifacts/AnchorRegistry.bin-runtime")
		}
	}
}

func TestCreationCode(t *testing.T) {
	if want := artifact(t, "AnchorRegistry.bin"); !bytes.Equal(contracts.CreationCode(), common.FromHex(want)) {
		t.Error("CreationCode is not artifacts/AnchorRegistry.bin; run make contracts")
	}
	// The generator of the bindings leaves out all white space.
	if contracts.AnchorRegistryMetaData.ABI != strings.Join(strings.Fields(artifact(t, "AnchorRegistry.abi.json")), "") {
		t.Error("the bindings are not of artifacts/AnchorRegistry.abi.json; run make contracts")
	}
	// EIP-170 and EIP-3860, on every chain that has them.
	if n := len(common.FromHex(artifact(t, "AnchorRegistry.bin-runtime"))); n > 24_576 {
		t.Errorf("the code has %d bytes, more than a contract may have", n)
	}
}

func artifact(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("artifacts/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// TestConstructorWantsSHA256 deploys on a chain whose address 2 is empty, where
// a call succeeds and answers nothing, and on one where it answers something
// else.
func TestConstructorWantsSHA256(t *testing.T) {
	deployWith := func(code string) error {
		var out hexutil.Bytes
		two := map[string]any{"movePrecompileToAddress": common.Address{0xde, 0xad}}
		if code != "" {
			two["code"] = code
		}
		return shared.Client().Client().CallContext(t.Context(), &out, "eth_call",
			map[string]any{"from": stranger.Address, "input": hexutil.Bytes(contracts.CreationCode())},
			"latest", map[common.Address]any{common.BytesToAddress([]byte{2}): two})
	}
	refusal := func(err error) *contracts.AnchorRegistryNoSha256 {
		t.Helper()
		unpacked, _ := binding.UnpackError(revertData(err))
		got, ok := unpacked.(*contracts.AnchorRegistryNoSha256)
		if !ok {
			t.Fatalf("%v (%#v), want NoSha256", err, unpacked)
		}
		return got
	}
	refusal(deployWith("")) // carries what happened to be in memory
	// PUSH32 0x11…11 PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN
	answer := strings.Repeat("11", 32)
	if got := refusal(deployWith("0x7f" + answer + "60005260206000f3")); common.Hash(got.Answer).Hex() != "0x"+answer {
		t.Errorf("refused with %x, want the answer %s", got.Answer, answer)
	}
	var out hexutil.Bytes
	if err := shared.Client().Client().CallContext(t.Context(), &out, "eth_call",
		map[string]any{"from": stranger.Address, "input": hexutil.Bytes(contracts.CreationCode())}, "latest"); err != nil {
		t.Errorf("with the precompile in its place: %v", explain(err))
	}
}

// TestStorageLayout reads the four slots of a log, as the package comment says.
func TestStorageLayout(t *testing.T) {
	r := deploy(t, shared)
	id, tree := r.open(), newTree(1, 1000)
	r.send(operator, binding.PackAnchor(id, 1000, tree.root(1000), nil))
	anchored := r.now()
	r.send(owner, binding.PackSetKeys(id, otherKeys))
	r.send(owner, binding.PackTransferOwner(id, heir.Address))
	first := new(big.Int).SetBytes(crypto.Keccak256(id[:], make([]byte, 32)))
	word := func(parts ...any) common.Hash { // from the high end
		b := new(big.Int)
		for i := 0; i < len(parts); i += 2 {
			b.Lsh(b, uint(parts[i+1].(int))*8)
			switch v := parts[i].(type) {
			case uint64:
				b.Or(b, new(big.Int).SetUint64(v))
			case common.Address:
				b.Or(b, new(big.Int).SetBytes(v[:]))
			}
		}
		return common.BigToHash(b)
	}
	for i, want := range []common.Hash{
		word(anchored, 5, uint64(1000), 7, operator.Address, 20),
		tree.root(1000),
		word(uint64(2), 8, owner.Address, 20),
		word(heir.Address, 20),
		{},
	} {
		slot := common.BigToHash(new(big.Int).Add(first, big.NewInt(int64(i))))
		got, err := r.chain.Client().StorageAt(t.Context(), r.address, slot, nil)
		if err != nil {
			t.Fatal(err)
		}
		if common.BytesToHash(got) != want {
			t.Errorf("slot %d is %x, want %s", i, got, want)
		}
	}
}

func TestErrorName(t *testing.T) {
	seen := map[string]bool{}
	for name, e := range contracts.ABI().Errors {
		if got := contracts.ErrorName([4]byte(e.ID[:4])); got != name {
			t.Errorf("ErrorName of %s is %q", name, got)
		}
		seen[name] = true
	}
	if len(seen) != 17 {
		t.Errorf("%d errors, want 17", len(seen))
	}
	for _, no := range [][4]byte{{}, {1, 2, 3, 4}, {0x08, 0xc3, 0x79, 0xa0}} {
		if got := contracts.ErrorName(no); got != "" {
			t.Errorf("ErrorName of %x is %q, want none", no, got)
		}
	}
}

// TestInterface keeps the interface and the contract together:
// what the contract offers is in the interface, with nothing beside it that
// moves coin, code or authority.
func TestInterface(t *testing.T) {
	source, err := os.ReadFile("src/IAnchorRegistry.sol")
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range contracts.ABI().Methods {
		if !bytes.Contains(source, []byte("function "+name+"(")) {
			t.Errorf("%s is not in IAnchorRegistry", name)
		}
		if m.IsPayable() {
			t.Errorf("%s takes coin, which nobody could ever get back", name)
		}
	}
	if contracts.ABI().HasFallback() || contracts.ABI().HasReceive() {
		t.Error("the registry answers calls that it does not know")
	}
	// No opcode that leaves the contract but STATICCALL, to precompiles, nor
	// one that ends or replaces it.
	code := common.FromHex(artifact(t, "AnchorRegistry.bin-runtime"))
	for i := 0; i < len(code); i++ {
		switch op := code[i]; {
		case 0x60 <= op && op <= 0x7f: // PUSH1 to PUSH32
			i += int(op) - 0x5f
		case op == 0xf0, op == 0xf1, op == 0xf2, op == 0xf4, op == 0xf5, op == 0xff:
			t.Errorf("opcode %#x at %d: CREATE, CALL, CALLCODE, DELEGATECALL, CREATE2 or SELFDESTRUCT", op, i)
		case op == 0x5f, op == 0x5c, op == 0x5d, op == 0x5e:
			t.Errorf("opcode %#x at %d is not in Paris", op, i)
		}
	}
}
