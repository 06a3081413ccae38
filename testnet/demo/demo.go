// Package demo takes records all the way once, in front of the reader's eyes:
// an embedded chain, one university's node, five records over HTTP, an anchor,
// finality, verification online and offline, and the ways it can go wrong.
// Each step checks what it says and the demo ends at the first one that fails.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"golang.org/x/sync/errgroup"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
)

// Options say how the demo runs.
type Options struct {
	// Records is the folder with the sample records.
	Records string
	// Dir is where chain and node are kept; empty makes a temporary folder,
	// removed at the end.
	Dir string
	// Once ends after the last step; otherwise chain and node stay up until
	// ctx ends.
	Once bool
	// Binary is how the commands to try next name the program.
	Binary string
	Out    io.Writer
}

// Issuer is what the sample records name as their issuer.
const Issuer = "https://hoshizora.example/issuer"

const origin = "log.hoshizora.example"

// A demo is what the steps share.
type demo struct {
	Options
	dir    string
	start  time.Time
	step   time.Time // when the running step began
	number int

	chain    *testnet.Chain
	registry common.Address
	made     node.Initialized
	client   *node.Client
	samples  []*sample
	policy   verify.Policy
}

// A sample is one record on its way.
type sample struct {
	file     string
	what     string
	bytes    []byte
	logged   node.Logged
	evidence verify.Evidence
}

// Run runs the demo. The error names the step that failed.
func Run(ctx context.Context, o Options) (err error) {
	d := &demo{Options: o, start: time.Now(), step: time.Now(), dir: o.Dir}
	if d.dir == "" {
		if d.dir, err = os.MkdirTemp("", "akashi-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(d.dir)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	fmt.Fprintln(d.Out, "akashi demo: one university, one chain, five records")
	if err := d.startChain(ctx); err != nil {
		return d.failed(err)
	}
	defer d.chain.Stop()
	n, err := d.startNode(ctx)
	if err != nil {
		return d.failed(err)
	}
	g, running := errgroup.WithContext(ctx)
	g.Go(func() error { return n.Run(running) })
	steps := d.steps(running)
	cancel() // stops the node, also after a failed step
	stopped := g.Wait()
	if steps != nil {
		return steps
	}
	if stopped != nil && !errors.Is(stopped, context.Canceled) {
		return fmt.Errorf("the node ended with: %w", stopped)
	}
	return nil
}

// steps runs what needs chain and node.
func (d *demo) steps(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		d.submit, d.awaitFinal, d.prove, d.verifyOnline, d.verifyOffline,
		d.refuteTampered, d.badRPCs, d.revoke, d.forget, d.replay,
	} {
		if err := step(ctx); err != nil {
			return d.failed(err)
		}
	}
	fmt.Fprintf(d.Out, "all %d steps passed in %.1f s\n", d.number, time.Since(d.start).Seconds())
	if d.Once {
		return nil
	}
	if err := d.tryNext(); err != nil {
		return d.failed(err)
	}
	<-ctx.Done()
	return nil
}

// done ends a step with one line: its number, how long it took, what it showed.
func (d *demo) done(format string, a ...any) {
	d.number++
	fmt.Fprintf(d.Out, "%2d  %5.1f s  %s\n", d.number, time.Since(d.step).Seconds(), fmt.Sprintf(format, a...))
	d.step = time.Now()
}

// more adds a line to the step above it.
func (d *demo) more(format string, a ...any) {
	fmt.Fprintf(d.Out, "             %s\n", fmt.Sprintf(format, a...))
}

func (d *demo) failed(err error) error {
	return fmt.Errorf("step %d failed: %w", d.number+1, err)
}

func (d *demo) startChain(ctx context.Context) (err error) {
	d.chain, err = testnet.Start(ctx, testnet.Options{Dir: filepath.Join(d.dir, "chain")})
	if err != nil {
		return err
	}
	if d.registry, err = d.chain.Registry(ctx); err != nil {
		d.chain.Stop()
		return err
	}
	d.done("chain %d runs at %s, registry %s", d.chain.ChainID(), d.chain.RPC(), strings.ToLower(d.registry.Hex()))
	return nil
}

func (d *demo) startNode(ctx context.Context) (*node.Node, error) {
	dir := filepath.Join(d.dir, "hoshizora")
	made, err := node.Init(ctx, dir, node.InitOptions{
		Origin: origin, Issuer: Issuer, Network: "dev", RPC: d.chain.RPC(),
		Listen: "127.0.0.1:0", AnchorInterval: time.Second,
	})
	if err != nil {
		return nil, err
	}
	d.made = made
	if err := d.chain.Fund(ctx, common.Address(made.Operator), new(big.Int).Mul(big.NewInt(100), big.NewInt(params.Ether))); err != nil {
		return nil, err
	}
	config, err := node.Load(made.Config, nil, map[string]string{"anchor.poll": "250ms"})
	if err != nil {
		return nil, err
	}
	logFile, err := os.Create(filepath.Join(dir, "node.log"))
	if err != nil {
		return nil, err
	}
	config.Logger = slog.New(slog.NewTextHandler(logFile, nil))
	n, err := node.New(config)
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(filepath.Join(dir, node.TokenFile))
	if err != nil {
		return nil, err
	}
	policy, err := os.ReadFile(filepath.Join(dir, node.PolicyFile))
	if err != nil {
		return nil, err
	}
	if d.policy, err = verify.ParsePolicy(policy); err != nil {
		return nil, err
	}
	d.client = &node.Client{URL: n.URL(), Token: strings.TrimSpace(string(token))}
	d.done("Hoshizora University's node listens on %s", n.URL())
	d.more("log %s", made.Ref)
	return n, nil
}
