package audit_test

import (
	"context"
	"crypto/ed25519"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/testnet/biglog"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
)

// TestTwoTongues reads a bundle that comes out damaged the first time and
// right the second: the server contradicts itself, not the log the chain.
func TestTwoTongues(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 1000, Anchors: 10, PerBlock: 10})
	mirror := serve(t, r.log.Handler())
	const path = "/tile/entries/001"
	for _, tiles := range [][]audit.Tiles{{{URL: r.tiles.URL}}, {{URL: r.tiles.URL}, {URL: mirror.URL}}} {
		var once sync.Once
		r.tiles.set(func(w http.ResponseWriter, req *http.Request) (answered bool) {
			if req.URL.Path != path {
				return false
			}
			once.Do(func() {
				b, err := os.ReadFile(filepath.Join(r.log.Dir, filepath.FromSlash(path)))
				if err != nil {
					t.Error(err)
				}
				b[len(b)-1] ^= 1
				w.Write(b)
				answered = true
			})
			return answered
		})
		report := r.audit(func(o *audit.Options) { o.Tiles = tiles })
		if report.Verdict != verify.CouldNotTell || len(found(report, audit.EntryChanged)) != 0 {
			t.Errorf("%d sources: %s, %s", len(tiles), report.Verdict, text(t, report))
		}
		f := found(report, audit.AnchorRoot)
		if len(f) != 1 || f[0].Result != verify.Unknown || f[0].Where.Source != r.tiles.URL {
			t.Errorf("%d sources: %+v", len(tiles), f)
		}
	}
}

// TestRootOfNoTransaction is told a false root of one anchor by an RPC that
// gives no transactions. The next anchors are of the entries that it is said
// not to be of, and the registry let them follow it.
func TestRootOfNoTransaction(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 200, Anchors: 20, PerBlock: 2})
	client, _ := newProxy(t, r.chain.RPC(), func(q question, result any) any {
		switch list, ok := result.([]any); {
		case q.Method == "eth_getTransactionByHash":
			return nil
		case q.Method == "eth_getLogs" && ok && len(list) > 12:
			m := map[string]any{}
			for k, v := range list[5].(map[string]any) {
				m[k] = v
			}
			m["data"] = "0x" + strings.Repeat("0", 64) + m["data"].(string)[66:]
			list[5] = m
		}
		return result
	})
	report := r.audit(func(o *audit.Options) { o.Client = client })
	if report.Verdict != verify.CouldNotTell || len(found(report, audit.ChainEvents)) != 1 {
		t.Errorf("%s", text(t, report))
	}
	// An entry that was changed is another matter, without transactions too.
	r.rewrite(55)
	client, _ = newProxy(t, r.chain.RPC(), func(q question, result any) any {
		if q.Method == "eth_getTransactionByHash" {
			return nil
		}
		return result
	})
	if report = r.audit(func(o *audit.Options) { o.Client = client }); report.Verdict != verify.Refuted {
		t.Errorf("%s", text(t, report))
	}
}

// TestOldKey serves a checkpoint signed with a key that was replaced, as a
// thief of that key can: it refutes nothing.
func TestOldKey(t *testing.T) {
	origin := unique("log.test.example/" + t.Name())
	_, vkey, err := checkpoint.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, biglog.Options{Origin: origin, Entries: 400, Anchors: 40, PerBlock: 10, Mined: byOwner(t, 10, func(l *biglog.Log) []byte {
		return contracts.NewAnchorRegistry().PackSetKeys(l.Ref.Log, []byte(vkey+"\n"))
	})})
	old, _, err := checkpoint.SignerFromKey(origin, ed25519.NewKeyFromSeed(seed(origin)))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []uint64{400, 399} { // one that is anchored, and one between
		note, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: origin, Tree: merkle.Tree{Size: size, Root: merkle.Hash{1}}}, old)
		if err != nil {
			t.Fatal(err)
		}
		r.tiles.set(func(w http.ResponseWriter, req *http.Request) bool {
			if req.URL.Path != "/checkpoint" {
				return false
			}
			w.Write(note)
			return true
		})
		report := r.audit(nil)
		if f := found(report, audit.CheckpointTree); report.Verdict != verify.CouldNotTell || len(f) != 1 || f[0].Result != verify.Unknown {
			t.Errorf("size %d: %s", size, text(t, report))
		}
	}
}

// byOwner lets the log's owner call the registry after so many anchors.
func byOwner(t *testing.T, after int, data func(l *biglog.Log) []byte) func(context.Context, *biglog.Log, int) error {
	c := chain(t)
	return func(ctx context.Context, l *biglog.Log, anchors int) error {
		if anchors != after {
			return nil
		}
		to := common.Address(l.Ref.Registry)
		receipt, err := c.Transact(ctx, l.Owner, &to, nil, data(l))
		if err == nil && receipt.Status != 1 {
			t.Error("the registry refused the owner")
		}
		return err
	}
}

// TestGoesOnClosed closes a log that takes in another entry afterwards: it will
// never be anchored.
func TestGoesOnClosed(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 100, Anchors: 10, PerBlock: 5, Mined: byOwner(t, 10, func(l *biglog.Log) []byte {
		return contracts.NewAnchorRegistry().PackCloseLog(l.Ref.Log)
	})})
	latest, _ := r.chain.Head()
	if err := r.chain.Mine(r.ctx, 2); err != nil {
		t.Fatal(err)
	}
	if err := r.chain.WaitFinal(r.ctx, latest); err != nil {
		t.Fatal(err)
	}
	want(t, r.audit(nil), verify.Verified)
	raw, err := os.ReadFile(filepath.Join(r.log.Dir, "tile", "entries", "000.p", "100"))
	if err != nil {
		t.Fatal(err)
	}
	raw = append(raw, 0, 1, 9)
	entries, err := merkle.ParseBundle(raw, 101)
	if err != nil {
		t.Fatal(err)
	}
	var f merkle.Frontier
	for _, e := range entries {
		f.Append(merkle.LeafHash(e))
	}
	signer, _, err := checkpoint.SignerFromKey(r.log.Origin, ed25519.NewKeyFromSeed(seed(r.log.Origin)))
	if err != nil {
		t.Fatal(err)
	}
	note, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: r.log.Origin, Tree: f.Tree()}, signer)
	if err != nil {
		t.Fatal(err)
	}
	r.tiles.set(func(w http.ResponseWriter, req *http.Request) bool {
		switch req.URL.Path {
		case "/checkpoint":
			w.Write(note)
		case "/tile/entries/000.p/101":
			w.Write(raw)
		default:
			return false
		}
		return true
	})
	report := r.audit(nil)
	want(t, report, verify.Verified, audit.LogClosed, audit.EntryForm)
	if f := found(report, audit.LogClosed); len(f) != 1 || f[0].Result != verify.Warn || report.Logs[0].Checkpoint.Waiting != 1 {
		t.Errorf("%+v", f)
	}
}
