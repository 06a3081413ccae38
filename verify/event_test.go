package verify_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/crypto"
)

func TestAnchoredTopic(t *testing.T) {
	if want := crypto.Keccak256Hash([]byte("Anchored(bytes32,uint64,bytes32,uint64)")); verify.AnchoredTopic != want {
		t.Errorf("%x, want %x", verify.AnchoredTopic, want)
	}
	const frozen = "0x10d64b358a2a34d1aefd3923dfecde63ee095436d398bd873df1fd341db42724"
	if got := verify.BlockHash(verify.AnchoredTopic).String(); got != frozen {
		t.Errorf("%s, want %s", got, frozen)
	}
}

// TestCheckEvent: what the event says is what was anchored.
func TestCheckEvent(t *testing.T) {
	s := newScene(t)
	for i, a := range s.log.anchors {
		got, err := verify.CheckEvent(a.event, s.log.ref.Log)
		want := verify.Anchored{Log: s.log.ref.Log, Size: a.tree.Size, Root: a.tree.Root, PrevSize: a.prev, Block: a.event.Block}
		if err != nil || got != want || got.Tree() != a.tree {
			t.Errorf("anchor %d: %+v (%v), want %+v", i, got, err, want)
		}
		for index := range uint64(200) {
			if got.Covers(index) != (a.prev <= index && index < a.tree.Size) {
				t.Errorf("anchor %d, entry %d", i, index)
			}
		}
	}
	e := s.log.anchors[0].event
	if _, err := verify.CheckEvent(e, checkpoint.LogID{}); !errors.Is(err, verify.ErrEvent) {
		t.Errorf("another log: %v", err)
	}
	if _, err := verify.CheckEvent(verify.Event{}, s.log.ref.Log); !errors.Is(err, verify.ErrEvent) {
		t.Errorf("no event: %v", err)
	}
	e.Proof = verify.EventProof{Type: "eth-rpc-attested/1", Other: []byte(`{"type":"eth-rpc-attested/1"}`)}
	if _, err := verify.CheckEvent(e, s.log.ref.Log); !errors.Is(err, verify.ErrProofType) || errors.Is(err, verify.ErrEvent) {
		t.Errorf("another type of proof: %v", err)
	}
}

func TestNewEvent(t *testing.T) {
	s := newScene(t)
	p := s.log.anchors[0].event.Proof
	for _, c := range []struct {
		name, want string
		chain      uint64
		registry   checkpoint.Address
		header     []byte
		nodes      [][]byte
		tx         uint64
	}{
		{"chain 0", "chain id", 0, s.registry, p.Header, p.Nodes, 0},
		{"no registry", "zero address", 1, checkpoint.Address{}, p.Header, p.Nodes, 0},
		{"no header", "block header", 1, s.registry, nil, p.Nodes, 0},
		{"half a header", "block header", 1, s.registry, p.Header[:100], p.Nodes, 0},
		{"too many nodes", "trie nodes", 1, s.registry, p.Header, make([][]byte, 65), 0},
		{"a large index", "2^32", 1, s.registry, p.Header, p.Nodes, 1 << 32},
	} {
		if _, err := verify.NewEvent(c.chain, c.registry, c.header, c.nodes, c.tx, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestNames: verdicts and results as text.
func TestNames(t *testing.T) {
	for v, name := range map[verify.Verdict]string{verify.Verified: "verified", verify.Refuted: "refuted", verify.CouldNotTell: "could-not-tell"} {
		b, err := json.Marshal(v)
		var back verify.Verdict
		if err != nil || string(b) != `"`+name+`"` || json.Unmarshal(b, &back) != nil || back != v || v.String() != name {
			t.Errorf("%s: %s %v", name, b, err)
		}
	}
	for r, name := range map[verify.Result]string{verify.Pass: "pass", verify.Fail: "fail", verify.Warn: "warn", verify.Unknown: "unknown"} {
		b, err := json.Marshal(r)
		var back verify.Result
		if err != nil || string(b) != `"`+name+`"` || json.Unmarshal(b, &back) != nil || back != r || r.String() != name {
			t.Errorf("%s: %s %v", name, b, err)
		}
	}
	var v verify.Verdict
	if json.Unmarshal([]byte(`"Verified"`), &v) == nil || v != verify.CouldNotTell {
		t.Errorf("a verdict in another case: %v", v)
	}
	if _, err := json.Marshal(verify.Verdict(9)); err == nil || verify.Verdict(9).String() != "verdict 9" || verify.Result(9).String() != "result 9" {
		t.Error("a verdict without a name")
	}
	var r verify.Report
	if r.Verdict != verify.CouldNotTell {
		t.Error("an empty report is more than could-not-tell")
	}
	var h verify.BlockHash
	for _, bad := range []string{"", "0x", policyHash[2:], policyHash + "00", strings.ToUpper(policyHash), "0y" + policyHash[2:]} {
		if h.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q is a hash", bad)
		}
	}
	if err := h.UnmarshalText([]byte(policyHash)); err != nil || h.String() != policyHash {
		t.Errorf("%v %v", h, err)
	}
}

// TestCodes: the table names every code once, in full.
func TestCodes(t *testing.T) {
	seen := map[verify.Code]bool{}
	for _, c := range verify.Codes {
		if seen[c.Code] || c.Asks == "" || c.When == "" || c.Fails == "" && c.Unknown == "" {
			t.Errorf("%+v", c)
		}
		seen[c.Code] = true
	}
	if len(seen) != 22 {
		t.Errorf("%d codes; a new one is fine, an old one stays", len(seen))
	}
}
