package bridge_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/verify"
	"github.com/akashi-project/akashi/verify/internal/golden"
	"github.com/akashi-project/akashi/verify/wasm/bridge"
)

func verified(t testing.TB) golden.Case {
	t.Helper()
	cases, err := golden.Cases("../../../testdata/golden/v1/evidence")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Name == "verified" {
			return c
		}
	}
	t.Fatal("no case is named verified")
	return golden.Case{}
}

func requestOf(c golden.Case) bridge.Request {
	return bridge.Request{Record: c.Record, Evidence: c.Evidence, Policy: c.Policy, Now: time.Unix(c.Now, 0)}
}

// answers is a chain reader that says what is written there.
func answers(m map[string]string) bridge.Ask {
	return func(ctx context.Context, method string, arguments []byte) ([]byte, error) {
		if text, ok := m[method]; ok {
			return []byte(text), nil
		}
		return nil, errors.New("not now")
	}
}

func TestLimits(t *testing.T) {
	for name, change := range map[string]func(*bridge.Request){
		"record has":   func(r *bridge.Request) { r.Record = make([]byte, bridge.MaxInput+1) },
		"evidence has": func(r *bridge.Request) { r.Evidence = make([]byte, bridge.MaxInput+1) },
		"policy has":   func(r *bridge.Request) { r.Policy = make([]byte, bridge.MaxInput+1) },
		"issuer has":   func(r *bridge.Request) { r.Issuer = strings.Repeat("x", bridge.MaxIssuer+1) },
		"issuer is":    func(r *bridge.Request) { r.Issuer = "\xff" },
		"timeout is":   func(r *bridge.Request) { r.Timeout = bridge.MaxTimeout + 1 },
		"policy: ":     func(r *bridge.Request) { r.Policy = nil },
	} {
		r := requestOf(verified(t))
		change(&r)
		if report, err := bridge.Check(t.Context(), r, nil); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("want an error that begins with %q, have %s, %v", name, report, err)
		}
	}
}

// TestPanic: a defect is an answer, and not the end of the instance.
func TestPanic(t *testing.T) {
	ask := func(context.Context, string, []byte) ([]byte, error) { panic("a defect") }
	if _, err := bridge.Check(t.Context(), requestOf(verified(t)), ask); err == nil || !strings.Contains(err.Error(), "this is a defect") {
		t.Error(err)
	}
}

// TestAnswers: what a chain reader says wrongly or not at all is in the report.
func TestAnswers(t *testing.T) {
	const block = `{"number":9,"hash":"0x` + "00000000000000000000000000000000000000000000000000000000000000aa" + `","time":1790000999}`
	good := map[string]string{
		"chainId": `1337`, "code": `"0x"`, "finalized": block, "block": block, "head": `{"size":163,"root":"` + strings.Repeat("0", 64) + `","time":1,"closed":false}`,
		"anchored": `[]`, "keyChanges": `[]`,
	}
	for _, tt := range []struct{ method, text, step, want string }{
		{"chainId", `"1337"`, "registry.trusted", "not of the form"},
		{"chainId", `7`, "registry.trusted", "it is on chain 7"},
		{"chainId", `null`, "registry.trusted", "it is on chain 0"},
		{"code", `"0x0"`, "registry.trusted", "not of the form"},
		{"code", `"zz"`, "registry.trusted", "not of the form"},
		{"code", `null`, "registry.trusted", "lacks its bytes"},
		{"code", `"0x00"`, "registry.trusted", "your policy trusts only"},
		{"finalized", `{"number":9,"time":1}`, "status.current", "lacks number, hash or time"},
		{"finalized", `[]`, "status.current", "not of the form"},
		{"finalized", `{"number":1e99,"hash":"0x","time":1}`, "status.current", "not of the form"},
		{"head", `{}`, "status.current", "lacks size, root, time or closed"},
		{"head", `null`, "status.current", "lacks size, root, time or closed"},
		{"head", `{"size":-1}`, "status.current", "not of the form"},
		{"head", `"` + strings.Repeat("x", bridge.MaxAnswer) + `"`, "status.current", "at most 4194304"},
	} {
		said := map[string]string{}
		for k, v := range good {
			said[k] = v
		}
		said[tt.method] = tt.text
		b, err := bridge.Check(t.Context(), requestOf(verified(t)), answers(said))
		if err != nil {
			t.Errorf("%s %.40s: %v", tt.method, tt.text, err)
			continue
		}
		var r verify.Report
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		step, _ := r.Step(verify.Code(tt.step))
		if r.Verdict == verify.Refuted || !strings.Contains(step.Text, tt.want) {
			t.Errorf("%s %.40s: %s, %s", tt.method, tt.text, r.Verdict, step.Text)
		}
	}
}

// TestArguments: what a chain reader is asked.
func TestArguments(t *testing.T) {
	asked := map[string]string{}
	said := map[string]string{"chainId": `1337`, "finalized": `{"number":9,"hash":"0x` + strings.Repeat("a", 64) + `","time":1790000999}`}
	ask := func(ctx context.Context, method string, arguments []byte) ([]byte, error) {
		asked[method] = string(arguments)
		return answers(said)(ctx, method, arguments)
	}
	if _, err := bridge.Check(t.Context(), requestOf(verified(t)), ask); err != nil {
		t.Fatal(err)
	}
	var head []struct {
		ChainID  uint64
		Registry checkpoint.Address
		Log      checkpoint.LogID
		Number   uint64
	}
	if err := json.Unmarshal([]byte(asked["head"]), &head); err != nil || len(head) != 2 || head[0].ChainID != 1337 || head[0].Log == (checkpoint.LogID{}) || head[1].Number != 9 {
		t.Errorf("head was asked for with %s", asked["head"])
	}
	if asked["chainId"] != `[]` || asked["code"] != `["`+head[0].Registry.String()+`"]` || asked["finalized"] != `[]` {
		t.Errorf("asked %v", asked)
	}
}

// FuzzAnswers: whatever a chain reader says, there is a report, and it does not
// refute.
func FuzzAnswers(f *testing.F) {
	f.Add(`1337`, `"0x"`, `{"number":1}`, `{"size":1}`, `[]`)
	r := requestOf(verified(f))
	f.Fuzz(func(t *testing.T, chainID, code, block, head, list string) {
		b, err := bridge.Check(t.Context(), r, answers(map[string]string{
			"chainId": chainID, "code": code, "finalized": block, "block": block, "head": head, "anchored": list, "keyChanges": list,
		}))
		var report verify.Report
		if err != nil || json.Unmarshal(b, &report) != nil || report.Verdict == verify.Refuted {
			t.Fatalf("%s, %v", b, err)
		}
	})
}
