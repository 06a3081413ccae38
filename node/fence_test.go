package node

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
)

// TestChainUnreachable starts nodes whose RPC is dead, hangs, or talks
// garbage: records are taken and durable, nothing is signed, and once the
// chain answers all comes to be final by itself.
func TestChainUnreachable(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults testnet.Faults
	}{
		{"dead", testnet.Faults{Dead: true}},
		{"hanging", testnet.Faults{Hang: true}},
		{"garbage", testnet.Faults{Body: testnet.Garbage}},
		{"failing", testnet.Faults{Status: 500}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fault := faulty(t)
			r := newRig(t, fault.URL(), nil)
			r.load("chain.timeout", "100ms")
			if err := fault.Set(c.faults); err != nil {
				t.Fatal(err)
			}
			r.start()
			logged := r.submit(badge("https://a.example", 1), "")
			r.until("the chain was asked in vain", func(s anchorStatus) bool { return s.Phase == anchor.Waiting })
			r.submit(badge("https://a.example", 2), "")
			if resp, body := r.get("/checkpoint"); resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
				t.Errorf("a checkpoint was signed behind the fence: %d %s", resp.StatusCode, body)
			}
			for _, path := range []string{"/tile/entries/000.p/1", "/tile/0/000.p/1", "/tile/status/000"} {
				if resp, _ := r.get(path); resp.StatusCode != 404 {
					t.Errorf("%s was published behind the fence: %d", path, resp.StatusCode)
				}
			}
			if _, _, err := r.node.store.Checkpoint(); err == nil {
				t.Error("a checkpoint was stored behind the fence")
			}
			h, err := r.client.Ready(t.Context())
			if err != nil || h.Status != "ok" || h.Anchoring.State != "waiting" || !h.Anchoring.Fenced {
				t.Errorf("a node that takes records is not ready: %+v, %v", h, err)
			}
			_, _, err = r.client.Evidence(t.Context(), EvidenceQuery{Index: &logged.Index})
			wantProblem(t, err, "not-final", 409)

			if err := fault.Set(testnet.Faults{}); err != nil {
				t.Fatal(err)
			}
			r.submit(badge("https://a.example", 1), StateFinal)
			if resp, _ := r.get("/checkpoint"); resp.StatusCode != 200 {
				t.Errorf("no checkpoint: %d", resp.StatusCode)
			}
		})
	}
}

type anchorStatus = anchor.Status

// copyDir copies the files of a closed store.
func copyDir(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestRollback puts an old copy of the disk back. The node must notice at
// start, sign nothing, take nothing, say what to do, and serve what it had.
func TestRollback(t *testing.T) {
	t.Parallel()
	fault := faulty(t)
	r := newRig(t, fault.URL(), nil).start()
	data := r.config.Store.Dir
	r.submit(badge("https://a.example", 1), StateFinal)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(t.TempDir(), "old")
	copyDir(t, data, old)
	r.start()
	r.submit(badge("https://a.example", 2), StateFinal)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	copyDir(t, old, data)

	refused := func(why error, words ...string) {
		t.Helper()
		r.until("the rollback is noticed", func(s anchorStatus) bool { return s.Phase == anchor.Stopped })
		before, err := r.client.Checkpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.client.Submit(t.Context(), Submission{Record: badge("https://a.example", 3)})
		p := wantProblem(t, err, "rollback", 503)
		zero := uint64(0)
		_, err = r.client.ChangeStatus(t.Context(), StatusChange{Index: &zero})
		wantProblem(t, err, "rollback", 503)
		_, err = r.client.Ready(t.Context())
		for _, w := range append(words, "put back", "new operator") {
			if !strings.Contains(p.Detail, w) {
				t.Errorf("%q does not say %q", p.Detail, w)
			}
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("readiness says %v, not %q", err, w)
			}
		}
		if p.Retry() {
			t.Error("it says that asking again helps")
		}
		if !strings.Contains(r.logs.String(), why.Error()) {
			t.Errorf("the log does not say it:\n%s", r.logs.String())
		}
		// What was proven holds when the chain falls silent.
		if err := fault.Set(testnet.Faults{Dead: true}); err != nil {
			t.Fatal(err)
		}
		r.until("the chain is silent", func(s anchorStatus) bool { return s.Phase == anchor.Waiting })
		_, err = r.client.Submit(t.Context(), Submission{Record: badge("https://a.example", 3)})
		wantProblem(t, err, "rollback", 503)
		if err := fault.Set(testnet.Faults{}); err != nil {
			t.Fatal(err)
		}
		// Reads go on, and nothing new was signed.
		if _, _, err := r.client.Evidence(t.Context(), EvidenceQuery{Index: &zero}); err != nil {
			t.Errorf("evidence of what was there: %v", err)
		}
		after, err := r.client.Checkpoint(t.Context())
		if err != nil || string(after) != string(before) {
			t.Errorf("the checkpoint changed from\n%s to\n%s, %v", before, after, err)
		}
		if _, err := r.client.Healthy(t.Context()); err != nil {
			t.Error(err)
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
	}
	size := func() uint64 {
		_, note, err := r.node.store.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		c, _, err := checkpoint.Open(note, checkpoint.Keys(r.made.Keys))
		if err != nil {
			t.Fatal(err)
		}
		return c.Tree.Size
	}
	r.start()
	had := size()
	refused(anchor.ErrStoreBehind, "behind the chain", "old copy")

	// The old disk grows another history past the chain's head while the
	// chain cannot be asked: the records are taken, and found to contradict.
	if err := fault.Set(testnet.Faults{Dead: true}); err != nil {
		t.Fatal(err)
	}
	r.start()
	for i := range 20 {
		r.submit(badge("https://fork.example", i), "")
	}
	if got := size(); got != had {
		t.Errorf("a checkpoint of size %d was signed behind the fence, %d was there", got, had)
	}
	if err := fault.Set(testnet.Faults{}); err != nil {
		t.Fatal(err)
	}
	refused(anchor.ErrStoreForked, "contradicts the chain")
}

// TestOtherCheckpoint refuses a store whose signed checkpoint is not of its
// entries, or not by this log's key.
func TestOtherCheckpoint(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	r.submit(badge("https://a.example", 1), StateFinal)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	other := newRig(t, "", func(o *InitOptions) { o.Origin = "other.example" })
	good := other.config.Store
	other.config.Store = r.config.Store
	_, err := New(other.config)
	if err == nil || !strings.Contains(err.Error(), "store of another log") {
		t.Errorf("the store of another log: %v", err)
	}
	other.config.Store = good
	n, err := New(other.config)
	if err != nil {
		t.Fatal(err)
	}
	n.Close()

	// A head that this key signed and these entries do not have: the files
	// come from different times.
	b, err := os.ReadFile(r.config.Log.CheckpointKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := checkpoint.NewSigner(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	note, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: r.made.Origin, Tree: merkle.Tree{Size: 1, Root: merkle.Hash{1}}}, signer)
	if err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(filepath.Join(r.config.Store.Dir, "log.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("checkpoint"), append([]byte{0, 0, 0, 0, 0, 0, 0, 1}, note...))
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := New(r.config); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "akashi fsck") {
		t.Errorf("a checkpoint that is not of the entries: %v", err)
	}
}
