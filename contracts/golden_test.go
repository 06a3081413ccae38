package contracts_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/contracts"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// golden reads a file of cases that no later release may change.
func golden(t *testing.T, name string, cases any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../testdata/golden/v1", name))
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(cases); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// goldenMessage has the members of all messages; each has some of them. As
// everywhere, roots are bare hexadecimal, and what Ethereum defines has 0x.
type goldenMessage struct {
	LogID    *common.Hash    `json:"logId"`
	Size     uint64          `json:"size"`
	Root     string          `json:"root"`
	Owner    *common.Address `json:"owner"`
	Operator *common.Address `json:"operator"`
	NewOwner *common.Address `json:"newOwner"`
	Origin   string          `json:"origin"`
	Keys     []string        `json:"keys"`
	Nonce    uint64          `json:"nonce"`
	Deadline uint64          `json:"deadline"`
}

// keyBytes are verifier keys as the contract takes them.
func keyBytes(keys []string) []byte {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(k + "\n")
	}
	return []byte(b.String())
}

func (m goldenMessage) message(t *testing.T, kind string) contracts.Message {
	t.Helper()
	switch kind {
	case "Anchor":
		return contracts.Anchor{LogID: *m.LogID, Size: m.Size, Root: common.HexToHash(m.Root), Deadline: m.Deadline}
	case "OpenLog":
		return contracts.OpenLog{Owner: *m.Owner, Operator: *m.Operator, Origin: m.Origin, Keys: keyBytes(m.Keys), Deadline: m.Deadline}
	case "SetOperator":
		return contracts.SetOperator{LogID: *m.LogID, Operator: *m.Operator, Nonce: m.Nonce, Deadline: m.Deadline}
	case "SetKeys":
		return contracts.SetKeys{LogID: *m.LogID, Keys: keyBytes(m.Keys), Nonce: m.Nonce, Deadline: m.Deadline}
	case "TransferOwner":
		return contracts.TransferOwner{LogID: *m.LogID, NewOwner: *m.NewOwner, Nonce: m.Nonce, Deadline: m.Deadline}
	case "AcceptOwner":
		return contracts.AcceptOwner{LogID: *m.LogID, NewOwner: *m.NewOwner, Nonce: m.Nonce, Deadline: m.Deadline}
	case "CloseLog":
		return contracts.CloseLog{LogID: *m.LogID, Nonce: m.Nonce, Deadline: m.Deadline}
	}
	t.Fatalf("there is no message %q", kind)
	return nil
}

func TestGoldenMessages(t *testing.T) {
	var cases []struct {
		Domain struct {
			ChainID   uint64         `json:"chainId"`
			Registry  common.Address `json:"registry"`
			Separator common.Hash    `json:"separator"`
		} `json:"domain"`
		Type      string         `json:"type"`
		Message   goldenMessage  `json:"message"`
		Digest    common.Hash    `json:"digest"`
		Signer    common.Address `json:"signer"`
		Signature hexutil.Bytes  `json:"signature"`
	}
	golden(t, "eip712.json", &cases)
	seen := map[string]bool{}
	for i, c := range cases {
		d := contracts.Domain{ChainID: c.Domain.ChainID, Registry: c.Domain.Registry}
		if got := d.Separator(); got != c.Domain.Separator {
			t.Errorf("case %d: separator %s, want %s", i, got, c.Domain.Separator)
		}
		m := c.Message.message(t, c.Type)
		if got := m.Digest(d); got != c.Digest {
			t.Errorf("case %d: digest of %s is %s, want %s", i, c.Type, got, c.Digest)
		}
		if got, err := contracts.Signer(m, d, c.Signature); err != nil || got != c.Signer {
			t.Errorf("case %d: signed by %s (%v), want %s", i, got, err, c.Signer)
		}
		seen[c.Type] = true
	}
	for kind := range fields {
		if !seen[kind] {
			t.Errorf("no case of %s", kind)
		}
	}
}

type goldenEvent struct {
	Event  string        `json:"event"`
	Values goldenValues  `json:"values"`
	Topics []common.Hash `json:"topics"`
	Data   hexutil.Bytes `json:"data"`
}

// goldenValues has the members of all events; each has some of them.
type goldenValues struct {
	LogID    common.Hash     `json:"logId"`
	Owner    *common.Address `json:"owner"`
	NewOwner *common.Address `json:"newOwner"`
	Operator *common.Address `json:"operator"`
	Previous *common.Address `json:"previous"`
	Origin   string          `json:"origin"`
	Keys     []string        `json:"keys"`
	Size     uint64          `json:"size"`
	PrevSize uint64          `json:"prevSize"`
	AtSize   uint64          `json:"atSize"`
	Root     string          `json:"root"`
	Reason   string          `json:"reason"` // the error's name
}

func (v goldenValues) event(t *testing.T, name string) any {
	t.Helper()
	switch name {
	case "LogOpened":
		return contracts.AnchorRegistryLogOpened{LogId: v.LogID, Owner: *v.Owner, Operator: *v.Operator, Origin: v.Origin, Keys: keyBytes(v.Keys)}
	case "Anchored":
		return contracts.AnchorRegistryAnchored{LogId: v.LogID, Size: v.Size, Root: common.HexToHash(v.Root), PrevSize: v.PrevSize}
	case "KeysChanged":
		return contracts.AnchorRegistryKeysChanged{LogId: v.LogID, AtSize: v.AtSize, Keys: keyBytes(v.Keys)}
	case "OperatorChanged":
		return contracts.AnchorRegistryOperatorChanged{LogId: v.LogID, Operator: *v.Operator, Previous: *v.Previous}
	case "OwnerOffered":
		return contracts.AnchorRegistryOwnerOffered{LogId: v.LogID, NewOwner: *v.NewOwner, Owner: *v.Owner}
	case "OwnerChanged":
		return contracts.AnchorRegistryOwnerChanged{LogId: v.LogID, Owner: *v.Owner, Previous: *v.Previous}
	case "LogClosed":
		return contracts.AnchorRegistryLogClosed{LogId: v.LogID, Size: v.Size, Root: common.HexToHash(v.Root)}
	case "Skipped":
		reason := contracts.ABI().Errors[v.Reason].ID
		return contracts.AnchorRegistrySkipped{LogId: v.LogID, Size: v.Size, Reason: [4]byte(reason[:4])}
	}
	t.Fatalf("there is no event %q", name)
	return nil
}

// signatures of the events, written out once more: a change of the contract
// must not go by because the golden file went along.
var signatures = map[string]string{
	"LogOpened":       "LogOpened(bytes32,address,address,string,bytes)",
	"Anchored":        "Anchored(bytes32,uint64,bytes32,uint64)",
	"KeysChanged":     "KeysChanged(bytes32,uint64,bytes)",
	"OperatorChanged": "OperatorChanged(bytes32,address,address)",
	"OwnerOffered":    "OwnerOffered(bytes32,address,address)",
	"OwnerChanged":    "OwnerChanged(bytes32,address,address)",
	"LogClosed":       "LogClosed(bytes32,uint64,bytes32)",
	"Skipped":         "Skipped(bytes32,uint64,bytes4)",
}

func TestGoldenEvents(t *testing.T) {
	var cases []goldenEvent
	golden(t, "events.json", &cases)
	seen := map[string]bool{}
	for i, c := range cases {
		seen[c.Event] = true
		if want := crypto.Keccak256Hash([]byte(signatures[c.Event])); c.Topics[0] != want {
			t.Errorf("case %d: the first topic of %s is %s, want %s", i, c.Event, c.Topics[0], want)
		}
		log := &types.Log{Topics: c.Topics, Data: c.Data}
		want := c.Values.event(t, c.Event)
		if got := unpackEvent(t, log); !reflect.DeepEqual(got, want) {
			t.Errorf("case %d: it decodes to %+v, want %+v", i, got, want)
		}
		// Topics and data are the only ones of these values.
		topics, data := encode(t, c)
		if !slices.Equal(topics, c.Topics) || !bytes.Equal(data, c.Data) {
			t.Errorf("case %d: %s encodes to %s %x, want %s %x", i, c.Event, topics, data, c.Topics, []byte(c.Data))
		}
	}
	for name := range signatures {
		if !seen[name] {
			t.Errorf("no case of %s", name)
		}
	}
	for name := range contracts.ABI().Events {
		if signatures[name] == "" {
			t.Errorf("the contract has an event %s that is not in this test", name)
		}
	}
}

// encode packs the values of a case by the ABI, indexed ones as topics.
func encode(t *testing.T, c goldenEvent) ([]common.Hash, []byte) {
	t.Helper()
	v := c.Values
	values := map[string]any{
		"logId": [32]byte(v.LogID), "origin": v.Origin, "keys": keyBytes(v.Keys), "size": v.Size,
		"prevSize": v.PrevSize, "atSize": v.AtSize, "root": [32]byte(common.HexToHash(v.Root)),
	}
	for name, a := range map[string]*common.Address{"owner": v.Owner, "newOwner": v.NewOwner, "operator": v.Operator, "previous": v.Previous} {
		if a != nil {
			values[name] = *a
		}
	}
	if c.Event == "Skipped" {
		reason := contracts.ABI().Errors[v.Reason].ID
		values["reason"] = [4]byte(reason[:4])
	}
	event := contracts.ABI().Events[c.Event]
	topics := []common.Hash{event.ID}
	var plain []any
	for _, in := range event.Inputs {
		if !in.Indexed {
			plain = append(plain, values[in.Name])
			continue
		}
		word, err := (abi.Arguments{{Type: in.Type}}).Pack(values[in.Name])
		if err != nil {
			t.Fatal(err)
		}
		topics = append(topics, common.BytesToHash(word))
	}
	data, err := event.Inputs.NonIndexed().Pack(plain...)
	if err != nil {
		t.Fatal(err)
	}
	return topics, data
}

// TestLiveEvents has the contract itself log the events of the golden file
// that its rules allow to be made on a fresh chain, byte for byte.
func TestLiveEvents(t *testing.T) {
	r := deploy(t, shared)
	var live []*types.Log
	run := func(receipt *types.Receipt) { live = append(live, receipt.Logs...) }
	tree := newTree(1, 9)
	run(r.send(owner, binding.PackOpenLog(operator.Address, origin, keys)))
	id := logID(owner.Address, origin, keys)
	run(r.send(operator, binding.PackAnchor(id, 4, tree.root(4), nil)))
	run(r.send(sponsor, binding.PackAnchorMany([]contracts.SignedAnchor{r.item(rival, id, 9, tree.root(9), nil)})))
	for _, a := range actions {
		by := owner
		if a.name == "closeLog" {
			by = heir
		} else if a.name == "acceptOwner" {
			by = a.by()
		}
		run(r.send(by, a.direct(id)))
	}
	seen := map[string]bool{}
	for _, l := range live {
		e := unpackEvent(t, l)
		name := e.(interface{ ContractEventName() string }).ContractEventName()
		seen[name] = true
		topics, data := encode(t, goldenEvent{Event: name, Values: valuesOf(t, e)})
		if !slices.Equal(topics, l.Topics) || !bytes.Equal(data, l.Data) {
			t.Errorf("the contract logs %s as %s %x, want %s %x", name, l.Topics, l.Data, topics, data)
		}
	}
	for name := range signatures {
		if !seen[name] {
			t.Errorf("the contract did not log %s", name)
		}
	}
}

// valuesOf is the other way round from goldenValues.event.
func valuesOf(t *testing.T, e any) goldenValues {
	t.Helper()
	split := func(keys []byte) []string { return strings.Split(strings.TrimSuffix(string(keys), "\n"), "\n") }
	hex := func(root [32]byte) string { return common.Hash(root).Hex() }
	switch e := e.(type) {
	case contracts.AnchorRegistryLogOpened:
		return goldenValues{LogID: e.LogId, Owner: &e.Owner, Operator: &e.Operator, Origin: e.Origin, Keys: split(e.Keys)}
	case contracts.AnchorRegistryAnchored:
		return goldenValues{LogID: e.LogId, Size: e.Size, Root: hex(e.Root), PrevSize: e.PrevSize}
	case contracts.AnchorRegistryKeysChanged:
		return goldenValues{LogID: e.LogId, AtSize: e.AtSize, Keys: split(e.Keys)}
	case contracts.AnchorRegistryOperatorChanged:
		return goldenValues{LogID: e.LogId, Operator: &e.Operator, Previous: &e.Previous}
	case contracts.AnchorRegistryOwnerOffered:
		return goldenValues{LogID: e.LogId, NewOwner: &e.NewOwner, Owner: &e.Owner}
	case contracts.AnchorRegistryOwnerChanged:
		return goldenValues{LogID: e.LogId, Owner: &e.Owner, Previous: &e.Previous}
	case contracts.AnchorRegistryLogClosed:
		return goldenValues{LogID: e.LogId, Size: e.Size, Root: hex(e.Root)}
	case contracts.AnchorRegistrySkipped:
		return goldenValues{LogID: e.LogId, Size: e.Size, Reason: contracts.ErrorName(e.Reason)}
	}
	t.Fatalf("unknown event %T", e)
	return goldenValues{}
}
