package node

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/await"
	"github.com/akashi-project/akashi/verify"
)

const patience = await.Patience

var shared = testnet.Shared{Options: testnet.Fast()}

func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }

func chain(t testing.TB) *testnet.Chain {
	t.Helper()
	c, err := shared.Chain()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// faulty starts an RPC before the shared chain that fails and lies as it is
// told.
func faulty(t testing.TB) *testnet.Fault {
	t.Helper()
	f, err := testnet.NewFault(chain(t).RPC())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// rig is a node in a directory of its own, with the log lines it wrote.
type rig struct {
	t      testing.TB
	dir    string
	made   Initialized
	config Config
	logs   *logBuffer

	node   *Node
	client *Client
	stop   func() error // stops the running node and returns what Run did
}

// newRig makes a directory against the chain at rpc (the shared one's when
// empty) and funds its operator. change may alter options; nil does not.
func newRig(t testing.TB, rpc string, change func(*InitOptions)) *rig {
	t.Helper()
	r := newPoorRig(t, rpc, change)
	r.fund()
	return r
}

// newPoorRig is newRig without coin for the operator.
func newPoorRig(t testing.TB, rpc string, change func(*InitOptions)) *rig {
	t.Helper()
	if rpc == "" {
		rpc = chain(t).RPC()
	}
	o := InitOptions{
		Origin: "log.test.example/" + strings.ToLower(t.Name()), Network: "dev", RPC: rpc, Listen: "127.0.0.1:0",
		AnchorInterval: 100 * time.Millisecond,
	}
	if change != nil {
		change(&o)
	}
	r := &rig{t: t, dir: filepath.Join(t.TempDir(), "uni"), logs: &logBuffer{}}
	var err error
	if r.made, err = Init(t.Context(), r.dir, o); err != nil {
		t.Fatal(err)
	}
	r.load()
	return r
}

func (r *rig) fund() {
	r.t.Helper()
	if err := chain(r.t).Fund(r.t.Context(), common.Address(r.made.Operator), big.NewInt(params.Ether)); err != nil {
		r.t.Fatal(err)
	}
}

// load reads the configuration as the command does.
func (r *rig) load(set ...string) {
	r.t.Helper()
	flags := map[string]string{"anchor.poll": "50ms", "sequencer.checkpoint_interval": "10ms", "chain.timeout": "5s"}
	for i := 0; i < len(set); i += 2 {
		flags[set[i]] = set[i+1]
	}
	var err error
	if r.config, err = Load(filepath.Join(r.dir, ConfigFile), nil, flags); err != nil {
		r.t.Fatal(err)
	}
	r.config.Logger = slog.New(slog.NewJSONHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// start runs the node until the test ends or stop is called.
func (r *rig) start() *rig {
	r.t.Helper()
	n, err := New(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.run(n)
}

// run runs a node that New made.
func (r *rig) run(n *Node) *rig {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	r.node = n
	r.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	r.t.Cleanup(func() {
		if err := r.stop(); err != nil {
			r.t.Errorf("the node ended with %v", err)
		}
		if r.t.Failed() {
			logs := r.logs.String()
			r.t.Logf("the end of the node's log:\n%s", logs[max(0, len(logs)-6000):])
		}
	})
	r.client = &Client{URL: n.URL(), Token: r.token()}
	if _, bench := r.t.(*testing.B); !bench {
		r.client.HTTP = &http.Client{Transport: watch(r.t)}
	}
	return r
}

// ends waits until the node ends by itself, and returns why.
func (r *rig) ends() error {
	r.t.Helper()
	n, err := New(r.config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err = n.Run(ctx)
	if ctx.Err() != nil {
		r.t.Fatalf("the node did not end by itself; its log:\n%s", r.logs.String())
	}
	return err
}

func (r *rig) token() string {
	r.t.Helper()
	b, err := os.ReadFile(filepath.Join(r.dir, TokenFile))
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// stranger is a client without a token.
func (r *rig) stranger() *Client { return &Client{URL: r.client.URL, HTTP: r.client.HTTP} }

// until waits for a state of the pipeline.
func (r *rig) until(what string, done func(anchor.Status) bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	if s, err := r.node.anchor.Wait(ctx, done); err != nil {
		r.t.Fatalf("waiting until %s: %v; the pipeline is %s: %s", what, err, s.Phase, s.Detail)
	}
}

// waitFor waits for something that nobody announces.
func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := await.True(ctx, done); err != nil {
		t.Fatalf("waiting for %s: %v", what, err)
	}
}

// submit logs a record and fails the test when that fails.
func (r *rig) submit(record []byte, wait string) Logged {
	r.t.Helper()
	l, err := r.client.Submit(r.t.Context(), Submission{Record: record, Wait: wait, Timeout: patience})
	if err != nil {
		r.t.Fatal(err)
	}
	if wait != "" && wait != StateLogged && l.State != wait && l.State != StateFinal {
		r.t.Fatalf("record %d came as far as %s, wanted %s", l.Index, l.State, wait)
	}
	return l
}

// policy is the one that Init wrote for verifiers.
func (r *rig) policy() verify.Policy {
	r.t.Helper()
	b, err := os.ReadFile(filepath.Join(r.dir, PolicyFile))
	if err != nil {
		r.t.Fatal(err)
	}
	p, err := verify.ParsePolicy(b)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// check judges a record by evidence, asking the chain when online.
func (r *rig) check(record []byte, e verify.Evidence, online bool) verify.Report {
	r.t.Helper()
	v := &verify.Verifier{Policy: r.policy()}
	if online {
		c, err := anchor.Dial(chain(r.t).RPC(), 0)
		if err != nil {
			r.t.Fatal(err)
		}
		defer c.Close()
		v.Chain = anchor.NewReader(c, 0)
	}
	return v.Check(r.t.Context(), record, e)
}

// sample reads a record of testdata.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "records", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// badge makes a badge that no other call makes.
func badge(issuer string, i int) []byte {
	return fmt.Appendf(nil, `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential","OpenBadgeCredential"],"issuer":%q,"credentialSubject":{"id":"did:example:learner-%d"}}`, issuer, i)
}

// baked is badge in an SVG.
func baked(issuer string, i int) []byte {
	return fmt.Appendf(nil, `<svg><o:credential xmlns:o="https://purl.imsglobal.org/ob/v3p0"><![CDATA[%s]]></o:credential></svg>`, badge(issuer, i))
}

// wantProblem fails unless err is the problem of that name and status.
func wantProblem(t testing.TB, err error, name string, status int) *Problem {
	t.Helper()
	p, ok := asProblem(err)
	if !ok || p.Name() != name || p.Status != status {
		t.Fatalf("got %v, want problem %s with status %d", err, name, status)
	}
	if p.Title == "" || p.Detail == "" || !strings.HasPrefix(p.Instance, "urn:akashi:request:") {
		t.Fatalf("problem without title, detail or instance: %+v", p)
	}
	return p
}

// logBuffer is a writer for slog that can be read meanwhile.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// get asks for a path and gives status, header and body.
func (r *rig) get(path string) (*http.Response, []byte) {
	return r.do(http.MethodGet, path, "", nil, nil)
}

// do makes one request by hand.
func (r *rig) do(method, path, contentType string, body []byte, header http.Header) (*http.Response, []byte) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.client.URL+path, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := watch(r.t).RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		r.t.Fatal(err)
	}
	return resp, b.Bytes()
}
