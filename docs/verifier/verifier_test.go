// Package verifier_test runs the second verifier, which is written from the
// formats in another language, and holds the two to the same reports.
package verifier_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/verify"
)

const golden = "../../testdata/golden/v1"

var changes = flag.Int("changes", 15, "changed inputs of each golden case on which the two verifiers must agree")

// node is the second verifier, or its runner. Its sources and the golden files
// are read here too, since the go command remembers a test that passed by the
// files which the test itself opens, and not by those that a child opens.
func node(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	for _, dir := range []string{".", golden} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				_, err = os.ReadFile(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return exec.Command("node", arguments...)
}

// TestGolden runs the second verifier over every golden file.
func TestGolden(t *testing.T) {
	out, err := node(t, "golden.mjs", golden).CombinedOutput()
	if err != nil {
		t.Fatalf("node golden.mjs: %v\n%s", err, out)
	}
	folders, err := os.ReadDir(filepath.Join(golden, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"record: ", "commitment: ", "entry: ", "status: ", "logid: ", "evidence: ", "all as they are frozen"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no line %q in\n%s", want, out)
		}
	}
	t.Logf("%d cases of evidence\n%s", len(folders), out)
}

// TestGoldenSeesAChange changes one frozen report, and wants the runner to fail.
func TestGoldenSeesAChange(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(golden)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "evidence", "revoked", "report.json")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(b, []byte("refuted"), []byte("verified"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := node(t, "golden.mjs", dir).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "evidence revoked") {
		t.Errorf("a changed report passes: %v\n%s", err, out)
	}
}

// A question is one line of input to main.mjs.
type question struct {
	Record       []byte `json:"record"`
	Evidence     []byte `json:"evidence"`
	Policy       []byte `json:"policy"`
	Now          int64  `json:"now"`
	ExpectIssuer string `json:"expectIssuer,omitempty"`

	name string
}

// TestAgreement asks both verifiers about changed records, evidence, policies
// and clocks, and about records with the evidence of others: each report must
// be the same, step by step.
func TestAgreement(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 26))
	var cases, questions []question
	folders, err := os.ReadDir(filepath.Join(golden, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		read := func(name string) []byte {
			b, err := os.ReadFile(filepath.Join(golden, "evidence", folder.Name(), name))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		q := question{Record: read("record"), Evidence: read("evidence.json"), Policy: read("policy.json"), name: folder.Name()}
		if err := json.Unmarshal(read("case.json"), &q); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, q)
	}
	for _, q := range cases {
		questions = append(questions, q)
		for range *changes {
			questions = append(questions, changed(r, q, cases))
		}
	}

	cmd := node(t, "main.mjs")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start node, which make tools installs: %v", err)
	}
	go func() {
		defer stdin.Close()
		e := json.NewEncoder(stdin)
		for _, q := range questions {
			if e.Encode(q) != nil {
				return // node has ended, which the reader below tells
			}
		}
	}()
	answers := bufio.NewScanner(stdout)
	verdicts := map[string]int{}
	for _, q := range questions {
		if !answers.Scan() {
			t.Fatalf("%s: no answer: %v", q.name, answers.Err())
		}
		got, want := map[string]any{}, frozen(t, q)
		if err := json.Unmarshal(answers.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			g, _ := json.Marshal(got)
			w, _ := json.Marshal(want)
			t.Errorf("%s: evidence\n%s\nJavaScript %s\nGo         %s", q.name, q.Evidence, g, w)
		}
		verdicts[want["verdict"].(string)]++
	}
	if _, err := io.Copy(io.Discard, stdout); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	for _, v := range []string{"verified", "refuted", "could-not-tell"} {
		if verdicts[v] < 10 {
			t.Errorf("%d reports say %s: the changes are too tame or too wild", verdicts[v], v)
		}
	}
	t.Logf("%d reports: %v", len(questions), verdicts)
}

// frozen is the report of the verifier in Go, as the golden files have one:
// without sentences.
func frozen(t *testing.T, q question) map[string]any {
	t.Helper()
	policy, err := verify.ParsePolicy(q.Policy)
	if err != nil {
		t.Fatal(err)
	}
	v := verify.Verifier{Policy: policy, Now: func() time.Time { return time.Unix(q.Now, 0) }, ExpectIssuer: q.ExpectIssuer}
	b, err := json.Marshal(v.CheckBytes(context.Background(), q.Record, q.Evidence))
	if err != nil {
		t.Fatal(err)
	}
	report := map[string]any{}
	if err := json.Unmarshal(b, &report); err != nil {
		t.Fatal(err)
	}
	for _, s := range report["steps"].([]any) {
		delete(s.(map[string]any), "text")
	}
	return report
}

// changed returns q with one thing otherwise.
func changed(r *rand.Rand, q question, all []question) question {
	other := all[r.IntN(len(all))]
	q.Record, q.Evidence = bytes.Clone(q.Record), bytes.Clone(q.Evidence)
	switch n := r.IntN(20); {
	case n < 10:
		flip(r, q.Evidence)
		q.name += " with a changed byte of evidence"
	case n < 12:
		flip(r, q.Record)
		q.name += " with a changed byte of the record"
	case n < 14:
		q.Record = other.Record
		q.name += " with the record of " + other.name
	case n < 16:
		q.Policy = other.Policy
		q.name += " with the policy of " + other.name
	case n < 17:
		q.Evidence, q.Policy = swap(q, other)
		q.name += " with the status of " + other.name
	case n < 18:
		q.Now += int64(r.IntN(3_000_000)) - 1_000_000
		q.name += " at another time"
	case n < 19:
		q.Policy = bytes.Replace(q.Policy, []byte(`"registries"`), []byte(`"maxStatusAgeSeconds": 10, "registries"`), 1)
		q.name += " by a strict policy"
	default:
		q.ExpectIssuer = []string{"", "https://hoshizora.example/issuer", "https://other.example"}[r.IntN(3)]
		q.name += " expecting " + q.ExpectIssuer
	}
	return q
}

// flip changes one byte: a digit of hexadecimal into another one, so that the
// form stays; any other byte by one bit.
func flip(r *rand.Rand, b []byte) {
	i := r.IntN(len(b))
	digits := []byte("0123456789abcdef")
	if d := bytes.IndexByte(digits, b[i]); d >= 0 && r.IntN(8) > 0 {
		b[i] = digits[(d+1+r.IntN(15))%16]
		return
	}
	b[i] ^= 1 << r.IntN(8)
}

// swap puts the status of other into the evidence of q, and its blocks into
// the policy, when both can be read.
func swap(q, other question) (evidence, policy []byte) {
	to, err := verify.ParseEvidence(q.Evidence)
	from, err2 := verify.ParseEvidence(other.Evidence)
	p, err3 := verify.ParsePolicy(q.Policy)
	p2, err4 := verify.ParsePolicy(other.Policy)
	if err != nil || err2 != nil || err3 != nil || err4 != nil || from.Status == nil {
		return q.Evidence, q.Policy
	}
	to.Status = from.Status
	evidence, err = to.Encode()
	if err != nil {
		return q.Evidence, q.Policy // a course-qa record takes no status
	}
	for _, b := range p2.Blocks {
		known := false
		for _, have := range p.Blocks {
			known = known || have.ChainID == b.ChainID && have.Number == b.Number
		}
		if !known {
			p.Blocks = append(p.Blocks, b)
		}
	}
	policy, err = json.Marshal(p)
	if err != nil {
		return q.Evidence, q.Policy
	}
	return evidence, policy
}

// TestPage holds docs/verifier.md to the code: it names every check code and
// every golden case.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../verifier.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range verify.Codes {
		if !bytes.Contains(page, []byte("`"+string(c.Code)+"`")) {
			t.Errorf("docs/verifier.md does not name the check %s", c.Code)
		}
	}
	folders, err := os.ReadDir(filepath.Join(golden, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if !bytes.Contains(page, []byte(folder.Name())) {
			t.Errorf("docs/verifier.md does not name the golden case %s", folder.Name())
		}
	}
	if !bytes.Contains(page, []byte(hex.EncodeToString(verify.AnchoredTopic[:]))) {
		t.Error("docs/verifier.md does not give the topic of Anchored")
	}
	programs, err := filepath.Glob("*.mjs")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs {
		if !bytes.Contains(page, []byte(p)) {
			t.Errorf("docs/verifier.md does not name the file %s", p)
		}
	}
}
