package main_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/network"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// An answer is that of rpc.mjs to one question.
type answer struct {
	Value json.RawMessage
	Error string
}

// online runs testdata/online.mjs.
func online(t *testing.T, in map[string]any) ([]answer, []verify.Report) {
	t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := nodeScript(t, "online.mjs")
	cmd.Stdin = bytes.NewReader(b)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr(err))
	}
	var result struct {
		Answers []answer
		Reports []verify.Report
	}
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return result.Answers, result.Reports
}

func stderr(err error) []byte {
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.Stderr
	}
	return nil
}

// TestOnline asks a real chain: rpc.mjs answers each question as the reader of
// the native verifier does, and leads to the same steps.
func TestOnline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	n, err := network.Start(ctx, network.Options{Dir: t.TempDir(), Nodes: 1, AnchorInterval: 200 * time.Millisecond, Chain: testnet.Fast()})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Stop()
	client, err := anchor.Dial(n.Chain.RPC(), 2*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	reader := anchor.NewReader(client, 0)

	t.Run("questions", func(t *testing.T) { testQuestions(t, ctx, n, reader) })

	// A badge of the university, judged when it is new, and by the same
	// evidence after it was revoked.
	u := n.Universities[0]
	badge := fmt.Appendf(nil, `{"type":["VerifiableCredential","OpenBadgeCredential"],"issuer":{"id":%q}}`, u.Issuer())
	l, err := u.Client.Submit(ctx, node.Submission{Record: badge, Wait: node.StateFinal, Timeout: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	old, _, err := u.Client.Evidence(ctx, node.EvidenceQuery{Index: &l.Index})
	if err != nil {
		t.Fatal(err)
	}
	same := func(name string, evidence []byte, verdict verify.Verdict, policy verify.Policy) {
		t.Helper()
		v := verify.Verifier{Policy: policy, Chain: reader, CallTimeout: 2 * time.Minute}
		want := v.CheckBytes(ctx, badge, evidence)
		text, err := json.Marshal(policy)
		if err != nil {
			t.Fatal(err)
		}
		_, reports := online(t, map[string]any{"rpc": n.Chain.RPC(), "checks": []any{map[string]any{"record": badge, "evidence": evidence, "policy": text}}})
		got := reports[0]
		if got.Verdict != verdict || !reflect.DeepEqual(steps(got), steps(want)) {
			t.Errorf("%s:\n%s %v in node.js\n%s %v natively; want %s", name, got.Verdict, got.Steps, want.Verdict, want.Steps, verdict)
		}
	}
	same("new", old, verify.Verified, n.Policy)
	same("untrusted registry", old, verify.CouldNotTell, verify.Policy{Issuers: n.Policy.Issuers})
	if _, err := u.Client.ChangeStatus(ctx, node.StatusChange{Index: &l.Index, State: record.Revoked}); err != nil {
		t.Fatal(err)
	}
	// What is logged later is final no sooner.
	if _, err := u.Client.Submit(ctx, node.Submission{Record: []byte("regulations"), Wait: node.StateFinal, Timeout: 2 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	now, _, err := u.Client.Evidence(ctx, node.EvidenceQuery{Index: &l.Index})
	if err != nil {
		t.Fatal(err)
	}
	same("revoked since", old, verify.Verified, n.Policy) // with a warning: there is a newer anchor
	same("revoked", now, verify.Refuted, n.Policy)
}

func steps(r verify.Report) []string {
	var list []string
	for _, s := range r.Steps {
		list = append(list, fmt.Sprint(s.Code, " ", s.Result))
	}
	return list
}

// testQuestions opens a log whose owner changes keys twice, and asks about it.
func testQuestions(t *testing.T, ctx context.Context, n *network.Network, reader *anchor.Reader) {
	abi := contracts.NewAnchorRegistry()
	owner := n.Chain.Accounts()[5]
	const origin = "log.keys.example"
	keys := func() checkpoint.Keys {
		_, vkey, err := checkpoint.GenerateKey(origin)
		if err != nil {
			t.Fatal(err)
		}
		return checkpoint.Keys{vkey}
	}
	log := checkpoint.Log{Owner: checkpoint.Address(owner.Address), Origin: origin, Keys: keys()}
	ref := checkpoint.LogRef{ChainID: n.Chain.ChainID(), Registry: checkpoint.Address(n.Registry), Log: log.ID()}
	var blocks []uint64
	for _, data := range [][]byte{
		abi.PackOpenLog(owner.Address, origin, log.Keys.Bytes()),
		abi.PackSetKeys(ref.Log, keys().Bytes()),
		abi.PackAnchor(ref.Log, 1, [32]byte{1}, nil),
		abi.PackSetOperator(ref.Log, common.Address{1}),
		abi.PackSetKeys(ref.Log, []byte("no keys at all\n")),
		abi.PackCloseLog(ref.Log),
	} {
		r, err := n.Chain.Transact(ctx, owner, &n.Registry, nil, data)
		if err != nil || r.Status != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		blocks = append(blocks, r.BlockNumber.Uint64())
	}
	if err := n.Chain.WaitFinal(ctx, blocks[len(blocks)-1]); err != nil {
		t.Fatal(err)
	}
	anchored, err := reader.Block(ctx, blocks[2])
	if err != nil {
		t.Fatal(err)
	}
	last, err := reader.Block(ctx, blocks[len(blocks)-1])
	if err != nil {
		t.Fatal(err)
	}
	code, err := n.Chain.Client().CodeAt(ctx, n.Registry, nil)
	if err != nil {
		t.Fatal(err)
	}
	logJSON := map[string]any{"chainId": ref.ChainID, "registry": ref.Registry, "log": ref.Log}
	nobody := map[string]any{"chainId": ref.ChainID, "registry": ref.Registry, "log": checkpoint.LogID{7}}
	head := func(at verify.Block) any {
		h, err := reader.LogHead(ctx, ref, at)
		if err != nil {
			t.Fatal(err)
		}
		return map[string]any{"size": h.Size, "root": h.Root, "time": h.Time, "closed": h.Closed}
	}
	changes := func(at verify.Block) any {
		list, err := reader.KeyChanges(ctx, ref, at)
		if err != nil {
			t.Fatal(err)
		}
		out := []any{}
		for _, k := range list {
			out = append(out, map[string]any{"atSize": k.AtSize, "keys": "0x" + hex.EncodeToString(k.Keys), "block": k.Block})
		}
		return out
	}
	events := func(number uint64) any {
		list, err := reader.Anchored(ctx, ref, number)
		if err != nil {
			t.Fatal(err)
		}
		out := []any{}
		for _, a := range list {
			out = append(out, map[string]any{"size": a.Size, "root": a.Root, "prevSize": a.PrevSize, "block": a.Block})
		}
		return out
	}
	if n := len(changes(last).([]any)); n != 2 {
		t.Fatalf("%d changes of keys natively", n)
	}
	finalized := func(value json.RawMessage) (any, error) { // moves on meanwhile, so it is looked up
		var b verify.Block
		if err := json.Unmarshal(value, &b); err != nil || b.Number < last.Number {
			return nil, fmt.Errorf("final block %s, %v", value, err)
		}
		return reader.Block(ctx, b.Number)
	}
	// Each question with the answer, or with words of the error, of a fault.
	asked := []struct {
		fault    string
		question []any
		want     any
	}{
		{"none", []any{"chainId"}, ref.ChainID},
		{"none", []any{"code", ref.Registry}, hexutil.Encode(code)},
		{"none", []any{"code", checkpoint.Address{9}}, "0x"},
		{"none", []any{"finalized"}, finalized},
		{"none", []any{"block", anchored.Number}, anchored},
		{"none", []any{"head", logJSON, anchored}, head(anchored)},
		{"none", []any{"head", logJSON, last}, head(last)},
		{"none", []any{"head", nobody, last}, map[string]any{"size": 0, "root": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "time": 0, "closed": false}},
		{"none", []any{"anchored", logJSON, anchored.Number}, events(anchored.Number)},
		{"none", []any{"anchored", logJSON, last.Number}, []any{}},
		{"none", []any{"keyChanges", logJSON, last}, changes(last)},
		{"none", []any{"keyChanges", logJSON, anchored}, changes(anchored)},
		{"none", []any{"keyChanges", nobody, last}, []any{}},
		{"ranges", []any{"keyChanges", logJSON, last}, changes(last)},
		{"none", []any{"block", 1 << 40}, "error: there is no block 0x10000000000"},
		{"hides", []any{"keyChanges", logJSON, last}, "error: counts 4 actions of the log's owner and shows 3"},
		{"foreign", []any{"keyChanges", logJSON, last}, "error: an event that was not asked for"},
		{"foreign", []any{"anchored", logJSON, anchored.Number}, "error: an event that was not asked for"},
		{"short", []any{"head", logJSON, last}, "error: an answer of another contract"},
		{"other", []any{"chainId"}, "error: no answer to this question"},
		{"huge", []any{"chainId"}, "error: more than 4194304 bytes"},
		{"html", []any{"chainId"}, "error: HTTP status 502"},
		{"down", []any{"chainId"}, "error: could not be reached"},
	}
	questions := map[string][]any{}
	for _, q := range asked {
		questions[q.fault] = append(questions[q.fault], q.question)
	}
	answers := map[string][]answer{}
	for fault, list := range questions {
		answers[fault], _ = online(t, map[string]any{"rpc": n.Chain.RPC(), "fault": fault, "questions": list})
	}
	for _, q := range asked {
		a := answers[q.fault][0]
		answers[q.fault] = answers[q.fault][1:]
		if words, ok := q.want.(string); ok && strings.HasPrefix(words, "error: ") {
			if !strings.Contains(a.Error, strings.TrimPrefix(words, "error: ")) {
				t.Errorf("%s %v: %s, error %q; want %s", q.fault, q.question, a.Value, a.Error, words)
			}
			continue
		}
		want := q.want
		if f, ok := want.(func(json.RawMessage) (any, error)); ok {
			var err error
			if want, err = f(a.Value); err != nil {
				t.Error(err)
				continue
			}
		}
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var gotValue, wantValue any
		if err := json.Unmarshal(b, &wantValue); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(a.Value, &gotValue); err != nil || !reflect.DeepEqual(gotValue, wantValue) {
			t.Errorf("%s %v: %.500s, error %q; want %.500s", q.fault, q.question, a.Value, a.Error, b)
		}
	}
}
