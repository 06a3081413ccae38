package audit_test

import (
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/testnet/biglog"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// TestBadServers reads tiles from servers that are broken or hostile: nothing
// of that refutes a log.
func TestBadServers(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 700, Anchors: 7, PerBlock: 7})
	bundles := func(answer func(w http.ResponseWriter, req *http.Request)) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, req *http.Request) bool {
			if !strings.HasPrefix(req.URL.Path, "/tile/entries/001") {
				return false
			}
			answer(w, req)
			return true
		}
	}
	zeros := make([]byte, 1<<20)
	for name, meet := range map[string]func(w http.ResponseWriter, req *http.Request){
		"missing":   http.NotFound,
		"forbidden": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
		"busy": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1000000000000")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"nothing": func(w http.ResponseWriter, _ *http.Request) {},
		"short":   func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte{0, 35, 1, 1}) },
		"long":    func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 513)) },
		"a page":  func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<!DOCTYPE html><p>Sorry")) },
		"endless": func(w http.ResponseWriter, req *http.Request) {
			for req.Context().Err() == nil {
				if _, err := w.Write(zeros); err != nil {
					return
				}
			}
		},
		"bomb": func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 64 {
				if _, err := z.Write(zeros); err != nil {
					return
				}
			}
			z.Close()
		},
		"cut off": func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Length", "9000")
			w.Write(zeros[:100])
		},
		"in circles": func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, req.URL.Path, http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			r := *r
			r.t = t
			r.tiles.set(bundles(meet))
			want(t, r.audit(nil), verify.CouldNotTell, audit.EntryRead, audit.AnchorRoot)
			// A mirror that answers is enough.
			mirror := serve(t, r.log.Handler())
			report := r.audit(func(o *audit.Options) { o.Tiles = append(o.Tiles, audit.Tiles{URL: mirror.URL}) })
			want(t, report, verify.Verified, audit.EntryRead)
		})
	}
	r.tiles.set(bundles(func(w http.ResponseWriter, req *http.Request) {
		for req.Context().Err() == nil { // byte by byte, for ever
			if _, err := w.Write([]byte{0}); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-req.Context().Done():
			case <-time.After(10 * time.Millisecond):
			}
		}
	}))
	// On a busy machine the others take as long, perhaps.
	if slow := r.audit(func(o *audit.Options) { o.Timeout = 500 * time.Millisecond }); slow.Verdict != verify.CouldNotTell || len(found(slow, audit.EntryRead)) != 1 {
		t.Error(text(t, slow))
	}
	r.tiles.set(func(w http.ResponseWriter, req *http.Request) bool {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		r.log.Handler().ServeHTTP(zipped{w, z}, req)
		return true
	})
	want(t, r.audit(nil), verify.Verified)
	r.tiles.Close()
	want(t, r.audit(nil), verify.CouldNotTell, audit.EntryRead, audit.AnchorRoot, audit.CheckpointRead)
	mirror := serve(t, r.log.Handler())
	want(t, r.audit(func(o *audit.Options) { o.Tiles = append(o.Tiles, audit.Tiles{URL: mirror.URL}) }), verify.Verified, audit.EntryRead)
}

type zipped struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (z zipped) Write(b []byte) (int, error) { return z.z.Write(b) }
func (z zipped) WriteHeader(code int) {
	z.Header().Del("Content-Length")
	z.ResponseWriter.WriteHeader(code)
}

// TestLargeEntries takes entries as long as tiles can hold.
func TestLargeEntries(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 600, Anchors: 3, PerBlock: 3, Entry: func(i uint64, planned []byte) []byte {
		if i%100 == 7 {
			return make([]byte, merkle.MaxEntry)
		}
		return planned
	}})
	report := r.audit(nil)
	want(t, report, verify.Verified, audit.EntryForm)
	if n := report.Logs[0].Entries.Unknown; n != 6 {
		t.Errorf("%d unknown entries, want 6", n)
	}
}

// TestCheckpoints serves checkpoints of every kind.
func TestCheckpoints(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 600, Anchors: 3, PerBlock: 3})
	key, _, err := checkpoint.GenerateKey(r.log.Origin)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := checkpoint.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: r.log.Origin, Tree: r.log.Tree}, stranger)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		note string
		v    verify.Verdict
		code audit.Code
	}{
		"rubbish":    {"<html>", verify.CouldNotTell, audit.CheckpointRead},
		"a stranger": {string(foreign), verify.CouldNotTell, audit.CheckpointSigned},
		"too large":  {strings.Repeat("x", checkpoint.MaxNoteSize+1), verify.CouldNotTell, audit.CheckpointRead},
	} {
		r.tiles.set(func(w http.ResponseWriter, req *http.Request) bool {
			if req.URL.Path != "/checkpoint" {
				return false
			}
			w.Write([]byte(c.note))
			return true
		})
		t.Run(name, func(t *testing.T) { want(t, r.audit(nil), c.v, c.code) })
	}
}

// TestWaiting looks at entries that no final anchor covers yet: the chain's
// final block lies before the last anchors.
func TestWaiting(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 1000, Anchors: 20, PerBlock: 1})
	note, err := os.ReadFile(r.log.Dir + "/checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	final := r.log.Anchors[11].Block
	client, _ := newProxy(t, r.chain.RPC(), func(q question, result any) any {
		if q.Method == "eth_getBlockByNumber" && q.Params[0] == "finalized" {
			h, err := r.chain.Client().HeaderByNumber(r.ctx, new(big.Int).SetUint64(final))
			if err != nil {
				t.Error(err)
				return nil
			}
			return map[string]any{"number": hexutil.Uint64(final), "hash": h.Hash(), "parentHash": h.ParentHash, "timestamp": hexutil.Uint64(h.Time)}
		}
		return result
	})
	run := func() *audit.Report { return r.audit(func(o *audit.Options) { o.Client = client }) }
	report := run()
	want(t, report, verify.Verified)
	l := report.Logs[0]
	if c := l.Checkpoint; len(l.Anchors) != 12 || l.Entries.Total != 600 || c.Size != 1000 || c.Waiting != 400 || !c.Compared {
		t.Errorf("%d anchors, %+v, %+v", len(l.Anchors), l.Entries, c)
	}
	// What waits is compared with the checkpoint that the log signed.
	r.rewrite(900)
	want(t, run(), verify.Verified)
	r.tiles.set(func(w http.ResponseWriter, req *http.Request) bool {
		if req.URL.Path != "/checkpoint" {
			return false
		}
		w.Write(note)
		return true
	})
	want(t, run(), verify.Refuted, audit.CheckpointTree)
	// A checkpoint smaller than what is anchored.
	small := r.log.Anchors[5].Tree
	key := ed25519.NewKeyFromSeed(seed(r.log.Origin))
	signer, _, err := checkpoint.SignerFromKey(r.log.Origin, key)
	if err != nil {
		t.Fatal(err)
	}
	if note, err = checkpoint.Sign(checkpoint.Checkpoint{Origin: r.log.Origin, Tree: small}, signer); err != nil {
		t.Fatal(err)
	}
	want(t, run(), verify.Verified, audit.CheckpointAhead)
	small.Root[0] ^= 1
	if note, err = checkpoint.Sign(checkpoint.Checkpoint{Origin: r.log.Origin, Tree: small}, signer); err != nil {
		t.Fatal(err)
	}
	want(t, run(), verify.Refuted, audit.CheckpointAhead, audit.CheckpointTree)
}

// seed is that of biglog's keys.
func seed(origin string) []byte {
	s := sha256.Sum256([]byte("akashi biglog key of " + origin))
	return s[:]
}

// TestStatusTiles compares the states that a log serves.
func TestStatusTiles(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 100, Anchors: 2, Entry: func(i uint64, planned []byte) []byte {
		if i == 60 {
			return statusEntry(7, record.Revoked)
		}
		return planned
	}})
	tile := make([]byte, merkle.StatusTileSize)
	tile[1] = byte(record.Revoked)
	r.tiles.set(func(w http.ResponseWriter, req *http.Request) bool {
		if req.URL.Path != "/tile/status/000" {
			return false
		}
		w.Write(tile)
		return true
	})
	want(t, r.audit(nil), verify.Verified)
	tile[1] = 0 // the revoked one is shown as valid
	report := r.audit(nil)
	want(t, report, verify.Verified, audit.StatusTiles)
	if f := found(report, audit.StatusTiles)[0]; *f.Where.Entry != 0 || *f.Where.Last != 99 {
		t.Errorf("%+v", f)
	}
	tile = tile[1:]
	want(t, r.audit(nil), verify.Verified, audit.StatusTiles)
}

// TestOrigins reads at the origin that the chain names only when it is public.
func TestOrigins(t *testing.T) {
	for _, origin := range []string{"127.0.0.1:1/log", "[::1]:1/log", "localhost:1/log", "10.1.2.3/log", "169.254.169.254/latest/meta-data", "100.64.0.1/x", "[fec0::1]:1/x", "[::127.0.0.1]:1/x", "[2001::1]:1/x", "user@host/x", "%zz"} {
		r := newRig(t, biglog.Options{Origin: unique(origin), Entries: 2, Anchors: 1})
		report := r.audit(func(o *audit.Options) { o.Tiles = nil })
		if f := found(report, audit.EntryRead); report.Verdict != verify.CouldNotTell || len(f) != 1 || !strings.Contains(f[0].Text, "public") && !strings.Contains(f[0].Text, "no place") {
			t.Errorf("%s: %s %+v", origin, report.Verdict, f)
		}
	}
}

// TestStingyRPC reads events from an RPC that gives few blocks, or few events,
// at a time, takes no batches, and keeps no states.
func TestStingyRPC(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 900, Anchors: 90, PerBlock: 3})
	whole := r.audit(nil)
	client, p := newProxy(t, r.chain.RPC(), func(q question, result any) any {
		if q.Method != "eth_getLogs" {
			return result
		}
		filter := q.Params[0].(map[string]any)
		if number(filter["toBlock"])-number(filter["fromBlock"]) >= 50 {
			return refuse("block range too wide")
		}
		if list, ok := result.([]any); ok && len(list) > 10 {
			return refuse("too many results")
		}
		return result
	})
	// The chain may have grown meanwhile.
	to := func(o *audit.Options) { o.To.Block = &whole.Range.To.Number }
	same := text(t, r.audit(to))
	report := r.audit(func(o *audit.Options) { o.Client = client; to(o) })
	if text(t, report) != same {
		t.Error("an RPC that gives little at a time leads to another report")
	}
	if n := p.asked["eth_getLogs"]; n < 9 {
		t.Errorf("%d questions for events", n)
	}
	client, _ = newProxy(t, r.chain.RPC(), func(q question, result any) any {
		if q.Method == "eth_call" {
			return refuse("missing trie node")
		}
		return result
	})
	want(t, r.audit(func(o *audit.Options) { o.Client = client }), verify.Verified, audit.ChainState)
}

func number(v any) uint64 {
	var n uint64
	for _, c := range strings.TrimPrefix(v.(string), "0x") {
		n = n<<4 | uint64(strings.IndexRune("0123456789abcdef", c))
	}
	return n
}

// TestLyingRPC is told wrong things by the chain's RPC: no lie refutes a log,
// and none that matters goes unnoticed.
func TestLyingRPC(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 200, Anchors: 20, PerBlock: 2})
	logs := func(change func(list []any) []any) func(question, any) any {
		return func(q question, result any) any {
			list, ok := result.([]any)
			switch {
			case !ok || q.Method != "eth_getLogs":
				return result
			case len(list) < 12:
				return refuse("it lies about all of it, or not at all")
			}
			return change(list)
		}
	}
	withField := func(event any, name string, v any) any {
		m := map[string]any{}
		for k, old := range event.(map[string]any) {
			m[k] = old
		}
		m[name] = v
		return m
	}
	const other = "0x00000000000000000000000000000000000000000000000000000000000000aa"
	for name, c := range map[string]struct {
		change func(question, any) any
		codes  []audit.Code // none: no report, the chain could not be asked
	}{
		"the last event is withheld": {logs(func(l []any) []any { return l[:len(l)-1] }), []audit.Code{audit.ChainState}},
		"one is withheld":            {logs(func(l []any) []any { return slices.Delete(slices.Clone(l), 7, 8) }), []audit.Code{audit.AnchorOrder}},
		"the opening is withheld":    {logs(func(l []any) []any { return l[1:] }), []audit.Code{audit.LogID}},
		"all are withheld":           {logs(func(l []any) []any { return []any{} }), []audit.Code{audit.LogID}},
		"another order":              {logs(func(l []any) []any { l = slices.Clone(l); slices.Reverse(l); return l }), []audit.Code{}},
		"another block hash": {logs(func(l []any) []any {
			for i := range l { // two of a block
				if l[i].(map[string]any)["blockNumber"] == l[9].(map[string]any)["blockNumber"] {
					l[i] = withField(l[i], "blockHash", other)
				}
			}
			return l
		}), []audit.Code{audit.ChainBlock}},
		"another log": {logs(func(l []any) []any {
			l[3] = withField(l[3], "topics", []any{l[3].(map[string]any)["topics"].([]any)[0], other, other})
			return l
		}), nil},
		"another contract": {logs(func(l []any) []any {
			l[3] = withField(l[3], "address", "0x00000000000000000000000000000000000000aa")
			return l
		}), nil},
		"removed":  {logs(func(l []any) []any { l[3] = withField(l[3], "removed", true); return l }), nil},
		"twice":    {logs(func(l []any) []any { return append(l, l[4]) }), nil},
		"cut data": {logs(func(l []any) []any { l[3] = withField(l[3], "data", "0x12"); return l }), nil},
		"another last root": {logs(func(l []any) []any {
			d := l[len(l)-1].(map[string]any)["data"].(string)
			l[len(l)-1] = withField(l[len(l)-1], "data", "0x"+strings.Repeat("0", 64)+d[66:])
			return l
		}), []audit.Code{audit.ChainState}},
		"another root": {logs(func(l []any) []any {
			d := l[5].(map[string]any)["data"].(string)
			l[5] = withField(l[5], "data", "0x"+strings.Repeat("0", 64)+d[66:])
			return l
		}), []audit.Code{audit.ChainEvents}},
		"other code": {func(q question, result any) any {
			if q.Method == "eth_getCode" {
				return "0x00"
			}
			return result
		}, []audit.Code{audit.ChainCode}},
		"another chain": {func(q question, result any) any {
			if q.Method == "eth_chainId" {
				return "0x1"
			}
			return result
		}, nil},
		"no events": {func(q question, result any) any {
			if q.Method == "eth_getLogs" {
				return refuse("no")
			}
			return result
		}, nil},
		"times that fall": {func(q question, result any) any {
			if m, ok := result.(map[string]any); ok && q.Method == "eth_getBlockByNumber" && q.Params[0] != "latest" && q.Params[0] != "finalized" && number(q.Params[0])%2 == 0 {
				return withField(m, "timestamp", "0x1")
			}
			return result
		}, []audit.Code{audit.AnchorTime}},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := newProxy(t, r.chain.RPC(), c.change)
			o := r.options()
			o.Client = client
			report, err := audit.Run(r.ctx, o)
			if c.codes == nil {
				if err == nil {
					t.Fatalf("there is a report: %s", report.Verdict)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(c.codes) == 0 {
				want(t, report, verify.Verified)
				return
			}
			if report.Verdict != verify.CouldNotTell {
				t.Errorf("verdict %s", report.Verdict)
			}
			for _, code := range c.codes {
				if len(found(report, code)) == 0 {
					b, _ := json.Marshal(report.Logs)
					t.Errorf("no finding %s among %s", code, b)
				}
			}
		})
	}
}

// TestMemory reads 61 MB of entries, and holds a part of that at a time.
func TestMemory(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 1024, Anchors: 2, Entry: func(i uint64, planned []byte) []byte {
		if i%2 == 0 {
			return make([]byte, merkle.MaxEntry)
		}
		return append([]byte{9}, make([]byte, merkle.MaxEntry-1)...)
	}})
	live := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most, calls := live(), uint64(0), 0
	report := r.audit(func(o *audit.Options) {
		o.Progress = func(p audit.Progress) {
			if p.Log > 0 {
				calls++
				most = max(most, live())
			}
		}
	})
	if n := report.Logs[0].Entries.Total; n != 1024 || calls < 4 {
		t.Fatalf("%d entries, %d calls", n, calls)
	}
	if most > before && most-before > 40<<20 {
		t.Errorf("the audit held up to %d MB", (most-before)>>20)
	}
}
