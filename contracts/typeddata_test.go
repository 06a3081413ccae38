package contracts_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/contracts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// TestTypedData holds what wallets are given against another implementation
// of EIP-712 and against the digest that the contract computes.
func TestTypedData(t *testing.T) {
	d := contracts.Domain{ChainID: 1337, Registry: common.HexToAddress("0x22c3aa5e27d72a88a08b83343ed5e6755bc376e9")}
	id := common.HexToHash("0x23ebe8db9984521154fbab2d98dfaeb6d0deabcddd5a11251a2d9a99fc45da12")
	to := common.HexToAddress("0x00112233445566778899aabbccddeeff00112233")
	for _, m := range []contracts.Message{
		contracts.SetOperator{LogID: id, Operator: to, Nonce: 0, Deadline: 1 << 62},
		contracts.SetKeys{LogID: id, Keys: []byte("log.uni.example+8196915a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n"), Nonce: 3, Deadline: 1_900_000_000},
		contracts.TransferOwner{LogID: id, NewOwner: to, Nonce: 1<<64 - 1, Deadline: 1},
		contracts.TransferOwner{LogID: id, Nonce: 1, Deadline: 2},
		contracts.AcceptOwner{LogID: id, NewOwner: to, Nonce: 7, Deadline: 1_900_000_000},
		contracts.CloseLog{LogID: id, Nonce: 9, Deadline: 1_900_000_000},
	} {
		b, err := contracts.TypedData(m, d)
		if err != nil {
			t.Fatal(err)
		}
		var theirs apitypes.TypedData
		if err := json.Unmarshal(b, &theirs); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		hash, _, err := apitypes.TypedDataAndHash(theirs)
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if want := m.Digest(d); !bytes.Equal(hash, want[:]) {
			t.Errorf("%T: a wallet signs %x, the contract wants %s", m, hash, want)
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, b, "", "  "); err != nil {
			t.Fatal(err)
		}
		back, where, err := contracts.ParseTypedData(indented.Bytes())
		if err != nil || where != d || back.Digest(d) != m.Digest(d) {
			t.Errorf("%T came back as %+v for %+v: %v", m, back, where, err)
		}
	}
	if _, err := contracts.TypedData(contracts.Anchor{}, d); err == nil {
		t.Error("typed data of an anchor, which no owner signs")
	}

	good, err := contracts.TypedData(contracts.SetOperator{LogID: id, Operator: to, Nonce: 5, Deadline: 6}, d)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new string }{
		{"cut", `}}`, `}`},
		{"another domain", `"akashi AnchorRegistry"`, `"akashi  AnchorRegistry"`},
		{"another version", `"version":"1"`, `"version":"2"`},
		{"a member more", `"nonce":"5"`, `"nonce":"5","also":"1"`},
		{"a member twice", `"nonce":"5"`, `"nonce":"4","nonce":"5"`},
		{"another type", `{"name":"nonce","type":"uint64"}`, `{"name":"nonce","type":"uint32"}`},
		{"a bare number", `"nonce":"5"`, `"nonce":5`},
		{"a leading zero", `"nonce":"5"`, `"nonce":"05"`},
		{"no operator", `"operator":"0x00112233445566778899aabbccddeeff00112233",`, ``},
		{"another message", `"primaryType":"SetOperator"`, `"primaryType":"CloseLog"`},
		{"an anchor", `"primaryType":"SetOperator"`, `"primaryType":"Anchor"`},
	} {
		text := strings.Replace(string(good), c.old, c.new, 1)
		if text == string(good) {
			t.Fatalf("%s: nothing was changed in %s", c.name, good)
		}
		if _, _, err := contracts.ParseTypedData([]byte(text)); !errors.Is(err, contracts.ErrTypedData) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, _, err := contracts.ParseTypedData(bytes.Repeat([]byte(" "), 1<<20)); !errors.Is(err, contracts.ErrTypedData) {
		t.Errorf("a large file: %v", err)
	}
}
