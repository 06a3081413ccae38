// Package live runs akashi as its users do: the programs built from the
// sources around it, a development chain and a node as processes, reached over
// HTTP. Other people's tools are tried and measured against it.
package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// Origin names the log of every node of this package.
const Origin = "log.uni.example"

// A Node is a running node on a chain of its own.
type Node struct {
	URL   string // of its HTTP, without a slash at the end
	Key   string // the log's verifier key (C2SP signed-note)
	Token string // for writes
	// Issuer is the did:key of the key that akashi init made for badges.
	Issuer string

	bin, dir string
	chain    *Process
	node     *Process
}

// Build makes a program of the akashi module, or of a module that this one
// requires, in dir, and returns its path.
func Build(ctx context.Context, dir, pkg string) (string, error) {
	out := filepath.Join(dir, filepath.Base(pkg))
	cmd := exec.CommandContext(ctx, "go", "build", "-o", out, pkg)
	if rest, ok := strings.CutPrefix(pkg, module); ok {
		// With the main module's own requirements, as it is shipped.
		root, err := Root(ctx)
		if err != nil {
			return "", err
		}
		cmd.Dir, cmd.Args[len(cmd.Args)-1] = root, "."+rest
	}
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", pkg, err, text)
	}
	return out, nil
}

const module = "github.com/akashi-project/akashi"

// Root is the folder of the akashi module.
func Root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("find the sources of %s: %w", module, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// Start builds the programs in dir, starts a chain, makes a node's folder,
// funds its operator and runs the node with settings of the form key=value.
func Start(ctx context.Context, dir string, settings ...string) (_ *Node, err error) {
	n := &Node{bin: filepath.Join(dir, "bin"), dir: filepath.Join(dir, "uni")}
	for _, program := range []string{"akashi", "akashi-testnet"} {
		if _, err := Build(ctx, n.bin, module+"/cmd/"+program); err != nil {
			return nil, err
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Stop())
		}
	}()
	var chain struct {
		RPC      string `json:"rpc"`
		ChainID  uint64 `json:"chainId"`
		Registry string `json:"registry"`
	}
	n.chain, err = Run(&chain, filepath.Join(n.bin, "akashi-testnet"), "chain", "--port", "0", "--json")
	if err != nil {
		return nil, err
	}
	out, err := n.run(ctx, nil, "akashi", "--json", "init", n.dir, "--origin", Origin, "--rpc", chain.RPC,
		"--chain-id", fmt.Sprint(chain.ChainID), "--registry", chain.Registry, "--listen", "127.0.0.1:0", "--light-keys")
	if err != nil {
		return nil, err
	}
	var made struct {
		Operator string   `json:"operator"`
		Issuer   string   `json:"issuer"`
		Keys     []string `json:"keys"`
	}
	if err := json.Unmarshal(out, &made); err != nil || len(made.Keys) == 0 {
		return nil, fmt.Errorf("akashi init answered %q: %w", out, err)
	}
	n.Key, n.Issuer = made.Keys[0], made.Issuer
	if _, err := n.run(ctx, nil, "akashi-testnet", "fund", "--rpc", chain.RPC, made.Operator); err != nil {
		return nil, err
	}
	token, err := os.ReadFile(filepath.Join(n.dir, "secrets", "token"))
	if err != nil {
		return nil, err
	}
	n.Token = strings.TrimSpace(string(token))
	return n, n.begin(settings)
}

// begin runs the node.
func (n *Node) begin(settings []string) (err error) {
	args := []string{"--json", "node", n.dir}
	for _, s := range settings {
		args = append(args, "--set", s)
	}
	var listens struct {
		URL string `json:"url"`
	}
	n.node, err = Run(&listens, filepath.Join(n.bin, "akashi"), args...)
	n.URL = listens.URL
	return err
}

// Restart stops the node as an operator does and runs it with other settings,
// at another URL.
func (n *Node) Restart(settings ...string) error {
	if err := n.node.Stop(); err != nil {
		return err
	}
	return n.begin(settings)
}

// Submit logs records, one JSON object a line as akashi submit --ndjson takes
// them, and returns when all are durable and, if args say so, anchored.
func (n *Node) Submit(ctx context.Context, lines io.Reader, args ...string) error {
	_, err := n.run(ctx, lines, "akashi", append([]string{"--dir", n.dir, "--node", n.URL, "submit", "-", "--ndjson"}, args...)...)
	return err
}

// Stop ends the node and the chain and waits for both.
func (n *Node) Stop() error { return errors.Join(n.node.Stop(), n.chain.Stop()) }

// run runs a program to its end and returns what it printed.
func (n *Node) run(ctx context.Context, in io.Reader, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(n.bin, program), args...)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr = in, &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s%s", program, strings.Join(args, " "), err, out, &said)
	}
	return out, nil
}

// A Process is a program that runs until it is stopped.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when all that it printed is read
	mu   sync.Mutex    // guards said
	said bytes.Buffer  // standard error
}

// Run starts a program and reads the JSON document that it prints when it is
// ready.
func Run(ready any, program string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.Command(program, args...), done: make(chan struct{})}
	p.cmd.Stderr = p
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	d := json.NewDecoder(out)
	err = d.Decode(ready)
	go func() {
		defer close(p.done)
		io.Copy(io.Discard, out)
	}()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s did not say that it is ready: %w", program, err), p.Stop())
	}
	return p, nil
}

// Write takes what the process says on standard error.
func (p *Process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.Write(b)
}

// Stop ends the process as Ctrl-C does and waits for it. A nil one did not
// start.
func (p *Process) Stop() error {
	if p == nil || p.cmd.ProcessState != nil {
		return nil
	}
	p.cmd.Process.Signal(syscall.SIGINT) // an error: it has ended, as Wait says
	<-p.done
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%s ended with %w\n%s", filepath.Base(p.cmd.Path), err, &p.said)
	}
	return nil
}
