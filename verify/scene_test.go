package verify_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

const uni = "https://hoshizora.example/issuer"

// badgeOf is an Open Badges 3.0 credential of that issuer.
func badgeOf(issuer string) []byte {
	return []byte(`{
  "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
  "type": ["VerifiableCredential", "OpenBadgeCredential"],
  "issuer": {"id": "` + issuer + `", "type": ["Profile"], "name": "Hoshizora University"},
  "validFrom": "2026-05-01T00:00:00Z",
  "credentialSubject": {"type": ["AchievementSubject"], "id": "urn:learner:tanaka-hanako"}
}`)
}

// A scene is a university with its log on a registry that a verifier trusts.
type scene struct {
	chain    *chain
	registry checkpoint.Address
	code     verify.BlockHash
	log      *testLog
	badge    []byte // logged at index
	index    uint64
	policy   verify.Policy
	now      time.Time // an hour after the last block
}

// newScene logs a badge among others. It is anchored once, and once more with
// more entries, after each of the given things was done to it.
func newScene(t testing.TB, then ...record.State) *scene {
	t.Helper()
	return newSceneOf(t, record.Badge, badgeOf(uni), then...)
}

func newSceneOf(t testing.TB, kind record.Type, b []byte, then ...record.State) *scene {
	t.Helper()
	s := &scene{chain: newChain(1337, 1), badge: b}
	s.registry, s.code = s.chain.deploy("registry")
	s.log = newLog(t, s.chain, s.registry, "log.hoshizora.example")
	s.log.fill(t, 3)
	s.log.anchor(t)
	s.log.fill(t, 2)
	s.index = s.log.add(t, kind, b)
	s.log.fill(t, 4)
	s.log.anchor(t)
	s.log.fill(t, 150)
	for _, state := range then {
		s.log.setState(s.index, state)
	}
	s.log.anchor(t)
	s.policy = verify.Policy{
		Registries: []verify.TrustedRegistry{{ChainID: 1337, Address: s.registry, CodeHash: s.code}},
		Issuers:    []verify.TrustedIssuer{{ID: uni, Name: "Hoshizora University", Logs: []checkpoint.LogRef{s.log.ref}}},
	}
	s.setNow()
	return s
}

// setNow lets an hour pass after the last block.
func (s *scene) setNow() {
	last, _ := s.chain.at(uint64(len(s.chain.blocks) - 1))
	s.now = time.Unix(int64(last.Time), 0).Add(time.Hour)
}

func (s *scene) evidence(t testing.TB) verify.Evidence {
	t.Helper()
	return s.log.evidence(t, s.index)
}

// online verifies with the chain.
func (s *scene) online() *verify.Verifier {
	return &verify.Verifier{Policy: s.policy, Chain: s.chain, Now: func() time.Time { return s.now }}
}

// offline verifies with nothing but the hashes of the evidence's blocks.
func (s *scene) offline(e verify.Evidence) *verify.Verifier {
	v := s.online()
	v.Chain = nil
	v.Policy.Blocks = trustBlocks(e)
	return v
}

func trustBlocks(e verify.Evidence) []verify.TrustedBlock {
	blocks := []verify.TrustedBlock{trust(e.Existence.Event)}
	if e.Status != nil && e.Status.Event.Block != e.Existence.Event.Block {
		blocks = append(blocks, trust(e.Status.Event))
	}
	return blocks
}

func trust(e verify.Event) verify.TrustedBlock {
	return verify.TrustedBlock{ChainID: e.ChainID, Number: e.Block.Number, Hash: e.Block.Hash}
}

// want checks a report against a verdict and the steps that did not pass,
// each as "code result", and in that order. The rest of a step, behind a
// colon, must be part of its text.
func want(t *testing.T, r verify.Report, verdict verify.Verdict, steps ...string) {
	t.Helper()
	checkReport(t, r)
	if r.Verdict != verdict {
		t.Errorf("verdict %s, want %s", r.Verdict, verdict)
	}
	var got []string
	for _, s := range r.Steps {
		if s.Result != verify.Pass {
			got = append(got, string(s.Code)+" "+s.Result.String())
		}
	}
	plain := make([]string, len(steps))
	for i, s := range steps {
		var text string
		plain[i], text, _ = strings.Cut(s, ": ")
		code, _, _ := strings.Cut(plain[i], " ")
		if step, ok := r.Step(verify.Code(code)); ok && !strings.Contains(step.Text, text) {
			t.Errorf("%s: %q does not say %q", code, step.Text, text)
		}
	}
	if !slices.Equal(got, plain) {
		t.Errorf("steps that did not pass:\n %s\nwant\n %s", strings.Join(got, "\n "), strings.Join(plain, "\n "))
	}
	if t.Failed() {
		b, _ := json.MarshalIndent(r, "", " ")
		t.Logf("%s", b)
	}
}

// checkReport holds what is true of every report.
func checkReport(t testing.TB, r verify.Report) {
	t.Helper()
	at := -1
	for _, s := range r.Steps {
		i := slices.IndexFunc(verify.Codes, func(c verify.CodeInfo) bool { return c.Code == s.Code })
		if i <= at {
			t.Errorf("step %s is out of the order of the table, there twice, or not in it", s.Code)
			continue
		}
		at = i
		info := verify.Codes[i]
		if s.Result == verify.Fail && info.Fails == "" {
			t.Errorf("step %s fails, and the table says it never does", s.Code)
		}
		if info.Fails != "" && s.Result == verify.Unknown && info.Unknown == "" && !strings.Contains(s.Text, "not checked") && !strings.HasPrefix(string(s.Code), "existence.") && !strings.HasPrefix(string(s.Code), "status.") {
			t.Errorf("step %s is unknown, and the table says it never is", s.Code)
		}
		if s.Text == "" || strings.ContainsAny(s.Text, "\n\t") || !strings.HasSuffix(s.Text, ".") || strings.Contains(s.Text, "%!") {
			t.Errorf("step %s: %q is no sentence", s.Code, s.Text)
		}
	}
}
