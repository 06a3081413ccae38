package anchor_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
)

// childEnv makes the test binary be the process that is killed.
const childEnv = "AKASHI_ANCHOR_CHILD"

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		if err := child([]byte(text)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// childConfig is what the child is told.
type childConfig struct {
	RPC     string
	Dir     string
	Secret  []byte
	Log     checkpoint.Log
	Ref     checkpoint.LogRef
	Opening json.RawMessage
}

// child appends and anchors until it is killed. It prints a line at each
// instant where a crash matters.
func child(text []byte) error {
	var c childConfig
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	opening, err := anchor.ParseOpening(c.Opening)
	if err != nil {
		return err
	}
	s, err := store.Open(store.Options{Dir: c.Dir, Secret: c.Secret})
	if err != nil {
		return err
	}
	client, err := anchor.Dial(c.RPC, 5*time.Second)
	if err != nil {
		return err
	}
	a, err := anchor.New(anchor.Config{
		Client: client, Log: c.Log, Ref: c.Ref, Opening: &opening,
		Operator: anchor.KeyOf((&testnet.Chain{}).Accounts()[0].Key),
		Poll:     5 * time.Millisecond, Interval: time.Hour, Stuck: 300 * time.Millisecond,
		Logger: slog.New(slog.DiscardHandler),
	}, s)
	if err != nil {
		return err
	}
	a.Trap(func(at string) error { fmt.Println(at); return nil })
	ctx := context.Background()
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	go func() {
		for {
			var d record.Digest
			rand.Read(d[:])
			if _, err := s.Append(ctx, store.Submission{Type: record.Badge, Digest: d}); err != nil {
				ended <- err
				return
			}
			a.Request()
			size := s.Tree().Size
			if _, err := a.Wait(ctx, func(s anchor.Status) bool { return s.ChainSize >= size }); err != nil {
				ended <- err
				return
			}
		}
	}()
	return <-ended
}

// TestKill kills a process that anchors, with SIGKILL and at random instants,
// on a chain that reorganises itself, and starts it again. Every anchor of the
// chain is in the journal afterwards, each size once.
func TestKill(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.stop() // the child has the store
	r.chain.Resume()
	opening, err := json.Marshal(r.opening)
	r.must(err)
	config, err := json.Marshal(childConfig{RPC: r.chain.RPC(), Dir: r.dir, Secret: r.secret, Log: r.log, Ref: r.ref, Opening: opening})
	r.must(err)
	rng := mathrand.New(mathrand.NewPCG(1, 2))
	seen := map[string]int{}
	for range 25 {
		cmd := exec.CommandContext(r.ctx, os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+string(config))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		r.must(err)
		r.must(cmd.Start())
		lines := bufio.NewScanner(out)
		last := ""
		for range 1 + rng.IntN(12) {
			if !lines.Scan() {
				t.Fatalf("the child ended by itself: %v", cmd.Wait())
			}
			last = lines.Text()
		}
		r.must(cmd.Process.Kill())
		cmd.Wait() // killed: its error says so
		seen[last]++
		if rng.IntN(3) == 0 {
			r.chain.Pause() // or it seals between count and reorg
			latest, final := r.chain.Head()
			if depth := latest - final; depth > 0 {
				r.must(r.chain.Reorg(r.ctx, depth, rng.IntN(2) == 0))
			}
			r.chain.Resume()
		}
	}
	t.Logf("killed after %v", seen)
	r.chain.Pause()
	r.now = time.Now()
	r.start()
	r.a.Request()
	r.finish()
	if len(r.events()) < 5 {
		t.Fatalf("%d anchors: too few to say anything", len(r.events()))
	}
}
