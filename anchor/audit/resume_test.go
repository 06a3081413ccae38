package audit_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/testnet/biglog"
	"github.com/akashi-project/akashi/verify"
)

// TestResume interrupts an audit at each of many points, again and again, and
// goes on from the state file: the report is that of an audit in one go.
func TestResume(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 5000, Anchors: 100, PerBlock: 20, Entry: func(i uint64, planned []byte) []byte {
		if i == 0 || i == 777 {
			return []byte{9} // findings are to survive, also that about entry 0
		}
		return planned
	}})
	r.rewrite(3000)
	whole := text(t, r.audit(nil))
	interrupted := 0
	for _, every := range []int{1, 2, 5, 11} {
		state := filepath.Join(t.TempDir(), "state")
		runs := 0
		for {
			runs++
			if runs > 200 {
				t.Fatal("it gets no further")
			}
			ctx, cancel := context.WithCancel(r.ctx)
			var asked atomic.Int64
			stop := int64(every * runs)
			r.tiles.set(func(w http.ResponseWriter, req *http.Request) bool {
				if asked.Add(1) == stop {
					cancel()
				}
				return false
			})
			o := r.options()
			o.State, o.Parallel, o.SaveEvery = state, 2, 1
			report, err := audit.Run(ctx, o)
			cancel()
			if err == nil {
				if text(t, report) != whole {
					t.Fatalf("after %d runs the report is another one", runs)
				}
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		interrupted += runs - 1
		if _, err := os.Stat(state); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the state file is still there: %v", err)
		}
	}
	if interrupted < 8 {
		t.Errorf("the audits were interrupted %d times in all", interrupted)
	}
	t.Logf("interrupted %d times", interrupted)
}

// TestResumeAmid interrupts an audit while it looks for a changed entry, in the
// middle of a bundle.
func TestResumeAmid(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 3000, Anchors: 60, PerBlock: 20})
	r.rewrite(2010)
	whole := text(t, r.audit(nil))
	state := filepath.Join(t.TempDir(), "state")
	for _, path := range []string{"/tile/1/", "/tile/0/"} {
		ctx, cancel := context.WithCancel(r.ctx)
		r.tiles.set(func(w http.ResponseWriter, req *http.Request) bool {
			if strings.HasPrefix(req.URL.Path, path) {
				cancel()
			}
			return false
		})
		o := r.options()
		o.State, o.SaveEvery = state, 1
		if _, err := audit.Run(ctx, o); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	r.tiles.set(nil)
	if text(t, r.audit(func(o *audit.Options) { o.State = state })) != whole {
		t.Error("the report is another one")
	}
}

// TestStateRefused does not go on from the state of another audit, or from a
// damaged one.
func TestStateRefused(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 2000, Anchors: 2})
	state := filepath.Join(t.TempDir(), "state")
	ctx, cancel := context.WithCancel(r.ctx)
	r.tiles.set(func(w http.ResponseWriter, req *http.Request) bool { cancel(); return false })
	o := r.options()
	o.State = state
	if _, err := audit.Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	r.tiles.set(nil)
	b, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	other := o
	other.MaxGap = 1e12
	if _, err := audit.Run(r.ctx, other); !errors.Is(err, audit.ErrState) {
		t.Errorf("of other options: %v", err)
	}
	for _, at := range []int{0, 30, 60, len(b) - 1} {
		damaged := append([]byte(nil), b...)
		damaged[at] ^= 1
		if err := os.WriteFile(state, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := audit.Run(r.ctx, o); !errors.Is(err, audit.ErrState) {
			t.Errorf("changed at byte %d: %v", at, err)
		}
	}
	if err := os.WriteFile(state, b, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := audit.Run(r.ctx, o)
	if err != nil || report.Verdict != verify.Verified {
		t.Errorf("%v %v", report, err)
	}
}

// TestStopsAnswering goes on where a source stopped answering, once it does
// again.
func TestStopsAnswering(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 5000, Anchors: 50, PerBlock: 10})
	whole := text(t, r.audit(nil))
	state := filepath.Join(t.TempDir(), "state")
	r.tiles.set(func(w http.ResponseWriter, req *http.Request) bool {
		if req.URL.Path == "/tile/entries/009" {
			http.Error(w, "gone fishing", http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	withState := func(o *audit.Options) { o.State = state }
	report := r.audit(withState)
	want(t, report, verify.CouldNotTell, audit.EntryRead, audit.AnchorRoot)
	if f := found(report, audit.EntryRead); *f[0].Where.Entry != 2304 {
		t.Errorf("%+v", f)
	}
	r.tiles.set(nil)
	before := r.tiles.count("/tile/entries/003")
	if again := text(t, r.audit(withState)); again != whole {
		t.Error("the report is another one than without the outage")
	}
	if r.tiles.count("/tile/entries/003") != before {
		t.Error("what was read before was read again")
	}
}

// TestResumeUnanswered takes up an audit while the RPC fails, or is cut short,
// at each of its first questions: the state file keeps what it held.
func TestResumeUnanswered(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 2000, Anchors: 20, PerBlock: 10})
	state := filepath.Join(t.TempDir(), "state")
	ctx, cancel := context.WithCancel(r.ctx)
	r.tiles.set(func(w http.ResponseWriter, req *http.Request) bool {
		if req.URL.Path == "/tile/entries/005" {
			cancel()
		}
		return false
	})
	o := r.options()
	o.State, o.SaveEvery, o.Parallel = state, 1, 1
	if _, err := audit.Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	r.tiles.set(nil)
	for n := int64(1); n <= 3; n++ {
		var asked atomic.Int64
		o.Client, _ = newProxy(t, r.chain.RPC(), func(_ question, result any) any {
			if asked.Add(1) >= n {
				return refuse("not today")
			}
			return result
		})
		if _, err := audit.Run(r.ctx, o); !errors.Is(err, anchor.ErrNoAnswer) {
			t.Fatalf("question %d unanswered: %v", n, err)
		}
	}
	before := r.tiles.count("/tile/entries/002")
	want(t, r.audit(func(o *audit.Options) { o.State = state }), verify.Verified)
	if r.tiles.count("/tile/entries/002") != before {
		t.Error("what was read before was read again: the state was lost")
	}
}

// TestResumeMirrors goes on when the log and its mirror stopped answering at
// different places, once both do again.
func TestResumeMirrors(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 3000, Anchors: 30, PerBlock: 10})
	mirror := serve(t, r.log.Handler())
	both := func(o *audit.Options) { o.Tiles = append(o.Tiles, audit.Tiles{URL: mirror.URL}) }
	whole := text(t, r.audit(both))
	gone := func(from string) func(w http.ResponseWriter, req *http.Request) bool {
		return func(w http.ResponseWriter, req *http.Request) bool {
			if strings.HasPrefix(req.URL.Path, "/tile/entries/") && req.URL.Path >= from {
				http.Error(w, "gone fishing", http.StatusServiceUnavailable)
				return true
			}
			return false
		}
	}
	state := filepath.Join(t.TempDir(), "state")
	withState := func(o *audit.Options) { both(o); o.State = state }
	r.tiles.set(gone("/tile/entries/003"))
	mirror.set(gone("/tile/entries/007"))
	want(t, r.audit(withState), verify.CouldNotTell, audit.EntryRead, audit.AnchorRoot)
	r.tiles.set(nil)
	mirror.set(nil)
	if again := text(t, r.audit(withState)); again != whole {
		t.Error("the report is another one than without the outage")
	}
}
