package anchor_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
)

// TestRun lets the pipeline and the chain run by themselves.
func TestRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.now = time.Now()
	r.config = func(c *anchor.Config) { c.Poll = 10 * time.Millisecond }
	r.restart()
	r.chain.Resume()
	ctx, cancel := context.WithCancel(r.ctx)
	ended := make(chan error, 1)
	go func() { ended <- r.a.Run(ctx) }()
	if _, err := r.a.Wait(r.ctx, func(s anchor.Status) bool { return s.Phase == anchor.Idle && !s.Fenced }); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		r.request(4)
		final := func(s anchor.Status) bool { return s.FinalSize > 0 && s.FinalSize == r.store.Tree().Size }
		if s, err := r.a.Wait(r.ctx, final); err != nil {
			t.Fatalf("%v: %+v", err, s)
		}
	}
	// The RPC goes and comes back.
	r.set(testnet.Faults{Dead: true})
	r.request(1)
	if s, err := r.a.Wait(r.ctx, func(s anchor.Status) bool { return s.Phase == anchor.Waiting }); err != nil {
		t.Fatalf("%v: %+v", err, s)
	}
	r.set(testnet.Faults{})
	if s, err := r.a.Wait(r.ctx, func(s anchor.Status) bool { return s.FinalSize == r.store.Tree().Size }); err != nil {
		t.Fatalf("%v: %+v", err, s)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	r.check()
	if _, err := r.a.Wait(ctx, func(anchor.Status) bool { return false }); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
}

// TestRunStopsWhileHanging ends while a question to a hanging RPC is open.
func TestRunStopsWhileHanging(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set(testnet.Faults{Hang: true})
	ctx, cancel := context.WithCancel(r.ctx)
	ended := make(chan error, 1)
	go func() { ended <- r.a.Run(ctx) }()
	r.await("it asks", func() bool { return r.fault.Calls("eth_chainId") > 0 })
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	r.set(testnet.Faults{})
}

// TestRunStoreGone ends with an error when the store takes no more writes.
func TestRunStoreGone(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(1)
	r.must(r.store.Close())
	if err := r.a.Run(r.ctx); err == nil {
		t.Fatal("it ended without error")
	}
}

// TestTriggers closes a batch by interval, by count and by request, and never
// an empty one.
func TestTriggers(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.config = func(c *anchor.Config) { c.Interval, c.Entries = time.Minute, 10 }
	r.restart()
	none := func() {
		t.Helper()
		r.step()
		r.phase(anchor.Idle)
		if f, err := r.store.LastFrozen(); err == nil && f.Tree.Size != r.a.Status().FinalSize {
			t.Fatalf("frozen at %d", f.Tree.Size)
		}
	}
	some := func() {
		t.Helper()
		r.step()
		r.phase(anchor.Anchoring)
		r.finish()
	}
	none()
	r.a.Request()
	none() // there is nothing to anchor
	r.append(9)
	none()
	r.append(1)
	some() // by count
	none()
	r.now = r.now.Add(time.Hour)
	none()
	r.append(1)
	none()
	r.now = r.now.Add(59 * time.Second)
	none()
	r.now = r.now.Add(time.Second)
	some() // by interval
	r.append(1)
	none()
	r.a.Request()
	some() // by request
	none()
	r.append(1)
	none() // the request is used up

	// Entries from before a restart do not wait a whole interval again.
	r.now = r.now.Add(time.Minute)
	r.restart()
	some()

	// Notify wakes by count alone; step decides.
	r.append(3)
	r.a.Notify()
	none()
}

// TestNothingSecretInLogs greps what was logged for the operator's key.
func TestNothingSecretInLogs(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.finish()
	text := strings.ToLower(r.logs.String())
	if key := strings.TrimPrefix(r.account.KeyHex(), "0x"); strings.Contains(text, key) {
		t.Fatal("the operator's key is in the log")
	}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if !strings.Contains(line, "component=anchor") {
			t.Errorf("without component: %s", line)
		}
	}
}

// TestOverlap has anchors sent while earlier ones are mined and not final.
func TestOverlap(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	var sizes []uint64
	for range 4 {
		r.request(2)
		r.step()
		sizes = append(sizes, r.store.Tree().Size)
		r.mine(1)
		r.step()
	}
	r.wantState(sizes[3], store.Mined)
	r.finish()
	if n := len(r.events()); n != 4 {
		t.Fatalf("%d anchors", n)
	}
}
