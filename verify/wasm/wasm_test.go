package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/akashi-project/akashi/verify"
	"github.com/akashi-project/akashi/verify/internal/golden"
)

const goldenDir = "../../testdata/golden/v1/evidence"

// built is the folder that `make wasm` makes, once for all tests.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "akashi-wasm")
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "wasm"), makeWasm(dir, "../..")
})

// makeWasm makes the target in dir from the sources in root.
func makeWasm(dir, root string) error {
	cmd := exec.Command("make", "--no-print-directory", "-s", "-C", root, "wasm", "BIN="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make wasm: %w\n%s", err, out)
	}
	return nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := built(); err == nil {
		os.RemoveAll(filepath.Dir(dir))
	}
	os.Exit(code)
}

func folder(t testing.TB) string {
	t.Helper()
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// nodeScript runs a script of testdata with node.js on the built folder.
func nodeScript(t testing.TB, script string, args ...string) *exec.Cmd {
	t.Helper()
	if filepath.Ext(script) == ".mjs" {
		script = filepath.Join("testdata", script)
	}
	return exec.CommandContext(t.Context(), "node", append([]string{script, folder(t)}, args...)...)
}

// succeed runs a script that says by its exit code whether all is well.
func succeed(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%.4000s", cmd.Args, err, out)
	}
	return string(out)
}

func absolute(t testing.TB, path string) string {
	t.Helper()
	p, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestSize holds each program to what a page can be asked to load as brotli. The
// larger one stays below its limit even when it is compressed less well, which
// takes a second instead of half a minute.
func TestSize(t *testing.T) {
	t.Parallel()
	for _, program := range []struct {
		name, quality string
		most          int // bytes
	}{{"akashi-verify", "11", 1_400_000}, {"akashi-badge", "6", 2_500_000}} {
		n, err := strconv.Atoi(strings.TrimSpace(succeed(t, nodeScript(t, "brotli.mjs", program.name, program.quality))))
		if err != nil || n < 100_000 {
			t.Fatalf("brotli gives %d bytes of %s, %v", n, program.name, err)
		}
		t.Logf("%s: %d bytes as brotli of quality %s", program.name, n, program.quality)
		if n > program.most {
			t.Errorf("%s: %d bytes as brotli, want at most %d: find what weighs in `GOOS=js GOARCH=wasm go list -deps` of its package", program.name, n, program.most)
		}
	}
}

// TestDependencies: what a page must never load, because it weighs or because
// the verifier has no business with it.
func TestDependencies(t *testing.T) {
	for _, program := range []struct {
		path  string
		core  string // which it cannot do without
		never []string
	}{
		{".", "verify", []string{
			"net", "crypto/x509", "crypto/ecdsa", "crypto/rsa", "regexp", "html", "text",
			"github.com/ipfs", "github.com/multiformats", "github.com/transparency-dev/formats/note", "github.com/gowebpki",
			"github.com/akashi-project/akashi/record/ld", "github.com/akashi-project/akashi/record/fetch", "github.com/akashi-project/akashi/record/badge",
		}},
		{"./badge", "record/badge", []string{
			"net/http", "github.com/akashi-project/akashi/record/fetch/web", "github.com/akashi-project/akashi/verify/wasm/bridge",
		}},
	} {
		cmd := exec.Command("go", "list", "-deps", program.path)
		cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		deps := strings.Fields(string(out))
		if !slices.Contains(deps, "github.com/akashi-project/akashi/"+program.core) || !slices.Contains(deps, "syscall/js") {
			t.Fatalf("go list gives only %v", deps)
		}
		for _, dep := range deps {
			for _, never := range append(program.never,
				"crypto/tls", "testing", "database", "github.com/ethereum", "go.etcd.io", "github.com/prometheus",
				"github.com/akashi-project/akashi/store", "github.com/akashi-project/akashi/anchor", "github.com/akashi-project/akashi/contracts", "github.com/akashi-project/akashi/node",
			) {
				if dep == never || strings.HasPrefix(dep, never+"/") {
					t.Errorf("%s links in %s", program.path, dep)
				}
			}
		}
	}
}

// A judge is a program in a node.js of its own.
type judge struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	err bytes.Buffer
}

func newJudge(t testing.TB, name string) *judge {
	t.Helper()
	j := &judge{cmd: nodeScript(t, "judge.mjs", name)}
	in, err := j.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := j.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	j.in, j.out = in, bufio.NewReaderSize(out, 1<<20)
	j.cmd.Stderr = &j.err
	if err := j.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return j
}

type request struct {
	Record   []byte `json:"record"`
	Evidence []byte `json:"evidence"`
	Policy   []byte `json:"policy"`
	Now      int64  `json:"now"`
	Issuer   string `json:"issuer,omitempty"`
}

func requestOf(c golden.Case) request {
	return request{c.Record, c.Evidence, c.Policy, c.Now, c.ExpectIssuer}
}

// ask hands a request over; answer takes the next answer.
func (j *judge) ask(r any) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = j.in.Write(append(b, '\n'))
	return err
}

func (j *judge) answer() (report, transcript any, err error) {
	line, err := j.out.ReadBytes('\n')
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %s", err, j.err.String())
	}
	var a struct {
		Report, Transcript any
		Error              string
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return nil, nil, err
	}
	if a.Report == nil {
		return nil, nil, errors.New(a.Error)
	}
	return a.Report, a.Transcript, nil
}

func (j *judge) stop(t testing.TB) {
	t.Helper()
	j.in.Close()
	if err := j.cmd.Wait(); err != nil || j.err.Len() > 0 {
		t.Errorf("node.js: %v\n%s", err, j.err.String())
	}
}

// natively is what the verifier of this build says, as JSON.
func natively(c golden.Case) (any, error) {
	policy, err := verify.ParsePolicy(c.Policy)
	if err != nil {
		return nil, err
	}
	v := verify.Verifier{Policy: policy, Now: func() time.Time { return time.Unix(c.Now, 0) }, ExpectIssuer: c.ExpectIssuer}
	b, err := json.Marshal(v.CheckBytes(context.Background(), c.Record, c.Evidence))
	if err != nil {
		return nil, err
	}
	var report any
	return report, json.Unmarshal(b, &report)
}

// TestGolden judges all golden evidence, as it is and changed in each member
// of evidence and record, in node.js and natively: the reports are the same to
// the last word.
func TestGolden(t *testing.T) {
	t.Parallel()
	cases, err := golden.Cases(goldenDir)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 34 {
		t.Fatalf("only %d cases", len(cases))
	}
	var all []golden.Case
	for _, c := range cases {
		all = append(all, c)
		for _, changed := range c.Changed() {
			all = append(all, changed)
		}
	}
	t.Logf("%d cases, %d with those that were changed", len(cases), len(all))
	j := newJudge(t, "akashi-verify")
	written := asynchronously(func() error {
		for _, c := range all {
			if err := j.ask(requestOf(c)); err != nil {
				return err
			}
		}
		return nil
	})
	verdicts := map[any]int{}
	for _, c := range all {
		got, _, err := j.answer()
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		want, err := natively(c)
		if err != nil {
			t.Fatalf("%s: natively: %v", c.Name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%v in node.js\n%v natively", c.Name, got, want)
		}
		verdicts[want.(map[string]any)["verdict"]]++
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	j.stop(t)
	if verdicts["verified"] < 9 || verdicts["refuted"] < 1000 || verdicts["could-not-tell"] < 1000 {
		t.Errorf("verdicts %v: the changes do not reach far", verdicts)
	}
}

func asynchronously(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

// TestHostile hands over what nobody should; testdata/hostile.mjs has the list.
func TestHostile(t *testing.T) {
	t.Parallel()
	succeed(t, nodeScript(t, "hostile.mjs", absolute(t, goldenDir)))
}

// TestEnded: a program that ends under a check leaves an error, and another
// program takes its place.
func TestEnded(t *testing.T) {
	t.Parallel()
	succeed(t, nodeScript(t, "ended.mjs", absolute(t, goldenDir)))
}
