// Package demo takes records all the way once, in front of the reader's eyes:
// an embedded chain, the nodes of three universities, records over HTTP,
// anchors, finality, verification online and offline, an impostor, a
// university that closes, and the other ways it can go wrong. Each step checks
// what it says and the demo ends at the first one that fails.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/testnet/network"
	"github.com/akashi-project/akashi/verify"
)

// Options say how the demo runs.
type Options struct {
	// Records is the folder with the sample records.
	Records string
	// Once ends after the last step; otherwise chain and nodes stay up until
	// ctx ends.
	Once bool
	// Binary is how the commands to try next name the program.
	Binary string
	Out    io.Writer
}

// universities is how many there are in the demo.
const universities = 3

// A demo is what the steps share.
type demo struct {
	Options
	dir    string
	start  time.Time
	step   time.Time // when the running step began
	number int

	net     *network.Network
	home    *network.University // whose records the samples are
	samples []*sample
	foreign []*sample // a badge of each other university, of the same learner
}

// A sample is one record on its way.
type sample struct {
	file     string
	what     string
	at       *network.University
	bytes    []byte
	logged   node.Logged
	evidence verify.Evidence
}

// Run runs the demo. The error names the step that failed.
func Run(ctx context.Context, o Options) (err error) {
	d := &demo{Options: o, start: time.Now(), step: time.Now()}
	if d.dir, err = os.MkdirTemp("", "akashi-demo-"); err != nil {
		return err
	}
	defer os.RemoveAll(d.dir)
	fmt.Fprintln(d.Out, "akashi demo: three universities, one chain, one learner")
	if err := d.open(ctx); err != nil {
		return d.failed(err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan struct{})
	defer func() {
		close(ended)
		err = errors.Join(err, d.net.Stop())
	}()
	go func() {
		select {
		case err := <-d.net.Failed():
			cancel(err)
		case <-ended:
		}
	}()
	if err := d.steps(ctx); err != nil {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
			return cause
		}
		return err
	}
	return nil
}

// steps runs what needs chain and nodes.
func (d *demo) steps(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		d.submit, d.awaitFinal, d.prove, d.verifyOnline, d.verifyOffline,
		d.refuteTampered, d.badRPCs, d.revoke, d.impostor, d.forget, d.replay, d.closed,
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

// open starts the chain and the universities.
func (d *demo) open(ctx context.Context) (err error) {
	if d.net, err = network.Start(ctx, network.Options{Dir: filepath.Join(d.dir, "net"), Nodes: universities}); err != nil {
		return err
	}
	d.home = d.net.Universities[0]
	d.done("chain %d and the nodes of three universities run, all on the registry %s", d.net.Chain.ChainID(), strings.ToLower(d.net.Registry.Hex()))
	for _, u := range d.net.Universities {
		d.more("%s  %s", u.URL, u.Name)
	}
	return nil
}
