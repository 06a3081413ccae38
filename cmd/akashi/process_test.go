package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/await"
)

// A world is a chain and the folder of one node, run by the real binary.
type world struct {
	t      testing.TB
	binary string
	dir    string // of akashi init
	chain  *testnet.Chain
	listen string
}

// build makes the real program, with linker flags if there are any.
func build(t testing.TB, ldflags string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "akashi")
	out, err := exec.Command("go", "build", "-o", binary, "-ldflags", ldflags, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// newWorld starts a chain, makes a node's folder and funds its operator.
func newWorld(t testing.TB, binary string) *world {
	t.Helper()
	chain, err := testnet.Start(t.Context(), testnet.Fast())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { chain.Stop() })
	registry, err := chain.Registry(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	port, err := testnet.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, binary: binary, dir: filepath.Join(t.TempDir(), "uni"), chain: chain, listen: fmt.Sprintf("127.0.0.1:%d", port)}
	out := w.run(0, "init", w.dir, "--origin", "log.uni.example", "--rpc", chain.RPC(), "--chain-id", fmt.Sprint(chain.ChainID()),
		"--registry", strings.ToLower(registry.Hex()), "--listen", w.listen, "--anchor-interval", "200ms", "--light-keys")
	m := regexp.MustCompile(`(?m)^operator\s+(0x[0-9a-f]{40})$`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("init names no operator:\n%s", out)
	}
	if err := chain.Fund(t.Context(), common.HexToAddress(m[1]), big.NewInt(params.Ether)); err != nil {
		t.Fatal(err)
	}
	return w
}

// run runs the program to its end and returns what it printed.
func (w *world) run(code int, args ...string) string {
	w.t.Helper()
	cmd := exec.Command(w.binary, args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		w.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		w.t.Fatalf("akashi %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, out)
	}
	return string(out)
}

func (w *world) client() *node.Client {
	w.t.Helper()
	token, err := os.ReadFile(filepath.Join(w.dir, node.TokenFile))
	if err != nil {
		w.t.Fatal(err)
	}
	return &node.Client{URL: "http://" + w.listen, Token: strings.TrimSpace(string(token))}
}

// A process is a running node.
type process struct {
	*exec.Cmd
	mu  sync.Mutex
	log bytes.Buffer // standard error
}

// Write takes the process's standard error.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

// Log is what it has written to standard error.
func (p *process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// start runs the node, behind a wrapper if there is one, and returns when it
// listens.
func (w *world) start(wrapper []string, settings ...string) *process {
	w.t.Helper()
	args := append(append([]string{}, wrapper...), w.binary, "node", w.dir, "--set", "anchor.poll=100ms")
	for _, s := range settings {
		args = append(args, "--set", s)
	}
	p := &process{Cmd: exec.Command(args[0], args[1:]...)}
	p.Stderr = p
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that a wrapper's child is reached too
	w.t.Cleanup(func() { p.kill() })                    // after a failed test
	out, err := p.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		w.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "akashi listens on") {
		p.Wait()
		w.t.Fatalf("the node did not start: %q, %v\n%s", line, err, p.Log())
	}
	go io.Copy(io.Discard, out)
	return p
}

// interrupt tells the node to stop, as Ctrl-C does.
func (p *process) interrupt() { syscall.Kill(-p.Process.Pid, syscall.SIGINT) }

// kill ends the node as a crash does.
func (p *process) kill() { syscall.Kill(-p.Process.Pid, syscall.SIGKILL) }

// stop ends the node as an operator does and waits for it.
func (w *world) stop(p *process) {
	w.t.Helper()
	p.interrupt()
	if err := p.Wait(); err != nil {
		w.t.Fatalf("the node stopped with %v\n%s", err, p.Log())
	}
}

// until waits for what the node comes to without a word.
func (w *world) until(what string, done func(ctx context.Context) bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), await.Patience)
	defer cancel()
	if err := await.True(ctx, func() bool { return done(ctx) }); err != nil {
		w.t.Fatalf("waiting until %s: %v", what, err)
	}
}

// get fetches a URL that must answer 200.
func get(t *testing.T, url string) []byte {
	t.Helper()
	return getWith(t, url, "")
}

// getWith is get with a token, unless that is empty.
func getWith(t *testing.T, url, token string) []byte {
	t.Helper()
	resp := openURL(t.Context(), t, url, token)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v\n%s", url, resp.Status, err, b)
	}
	return b
}

// openURL sends a GET, with a token unless that is empty. The body is the
// caller's to close.
func openURL(ctx context.Context, t *testing.T, url, token string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}
