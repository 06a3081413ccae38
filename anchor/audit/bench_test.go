package audit_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/biglog"
	"github.com/akashi-project/akashi/verify"
)

// BenchmarkAudit audits a log of a million entries, anchored 10,000 times, each
// in a block of its own, and smaller ones. Chain and tiles are in one process,
// the auditor in another, with loopback HTTP between them. It reports
//
//	s/audit         the whole of it, by the clock, both processes on these cores
//	cpu-s/audit     processor time of the auditor's process
//	entries/s       by the clock
//	anchors/s
//	×limit          the clock over that of a bare loop, run in turns with it,
//	                which asks the chain for the same events and block headers,
//	                fetches the same entry bundles, as many at once, hashes
//	                the same leaves, and does nothing else
//	×limit-cpu      the same by the processor time of the two processes
//	chain-s/limit   what part of the bare loop's time the chain took to answer
//	peak-heap-MiB   Go heap of the auditor, at most
//	peak-anon-MiB   anonymous memory of the auditor's process, at most
//
// Three sizes show what memory follows: the anchors, which the report lists,
// not the entries.
func BenchmarkAudit(b *testing.B) {
	for _, size := range []struct{ entries, anchors int }{{100_000, 1_000}, {100_000, 10_000}, {1_000_000, 10_000}} {
		b.Run(fmt.Sprintf("entries=%d,anchors=%d", size.entries, size.anchors), func(b *testing.B) {
			at, stop := fixture(b, size.entries, size.anchors)
			defer stop()
			var audits, limits measured
			b.ResetTimer()
			for b.Loop() {
				limits.add(b, "limit", at)
				audits.add(b, "audit", at)
			}
			n := float64(b.N)
			b.ReportMetric(audits.Seconds/n, "s/audit")
			b.ReportMetric(audits.CPU/n, "cpu-s/audit")
			b.ReportMetric(float64(size.entries)*n/audits.Seconds, "entries/s")
			b.ReportMetric(float64(size.anchors)*n/audits.Seconds, "anchors/s")
			b.ReportMetric(audits.Seconds/limits.Seconds, "×limit")
			b.ReportMetric(audits.CPU/limits.CPU, "×limit-cpu")
			b.ReportMetric(limits.Chain/n, "chain-s/limit")
			b.ReportMetric(audits.Heap, "peak-heap-MiB")
			b.ReportMetric(audits.Anon, "peak-anon-MiB")
		})
	}
}

// childEnv names the job of a process that a benchmark starts: this test
// binary again.
const childEnv = "AKASHI_AUDIT_TEST_CHILD"

// A place is where a fixture serves.
type place struct {
	RPC, Tiles string
	Ref        checkpoint.LogRef
	Opened     uint64 // number of the block
	Last       uint64 // number of that of the last anchor
	Tree       merkle.Tree
	Anchors    int
}

// A measured job, or many of them.
type measured struct {
	Seconds, CPU float64
	Chain        float64 // seconds of them that the bare loop waited for the chain
	Heap, Anon   float64 // MiB, at most
}

// add runs a job in a process of its own and adds what it measured.
func (m *measured) add(b *testing.B, job string, at place) {
	b.Helper()
	in, err := json.Marshal(at)
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], string(in))
	cmd.Env = append(os.Environ(), childEnv+"="+job)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v", job, err)
	}
	var one measured
	if err := json.Unmarshal(out, &one); err != nil {
		b.Fatalf("%s said %q: %v", job, out, err)
	}
	m.Seconds, m.CPU = m.Seconds+one.Seconds, m.CPU+one.CPU
	m.Chain += one.Chain
	m.Heap, m.Anon = max(m.Heap, one.Heap), max(m.Anon, one.Anon)
}

// fixture starts a process that builds and serves a log until stop.
func fixture(b *testing.B, entries, anchors int) (at place, stop func()) {
	b.Helper()
	cmd := exec.Command(os.Args[0], b.TempDir(), strconv.Itoa(entries), strconv.Itoa(anchors))
	cmd.Env = append(os.Environ(), childEnv+"=fixture")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	stop = func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			b.Errorf("fixture: %v", err)
		}
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &at)
	}
	if err != nil {
		stop()
		b.Fatalf("fixture said %q: %v", line, err)
	}
	return at, stop
}

// child does the job of a process that a benchmark started.
func child(job string) error {
	ctx := context.Background()
	if job == "fixture" {
		return serveFixture(ctx, os.Args[1], os.Args[2], os.Args[3])
	}
	var at place
	if err := json.Unmarshal([]byte(os.Args[1]), &at); err != nil {
		return err
	}
	peak := watch()
	began := time.Now()
	var m measured
	var err error
	switch job {
	case "audit":
		err = auditOnce(ctx, at)
	case "limit":
		err = bareLoop(ctx, at, &m)
	default:
		err = fmt.Errorf("no job %q", job)
	}
	if err != nil {
		return err
	}
	m.Seconds = time.Since(began).Seconds()
	m.Heap, m.Anon = peak()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return err
	}
	m.CPU = time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
	return json.NewEncoder(os.Stdout).Encode(m)
}

func serveFixture(ctx context.Context, dir, entries, anchors string) error {
	o := biglog.Options{Dir: dir}
	for to, s := range map[*int]string{&o.Entries: entries, &o.Anchors: anchors} {
		n, err := strconv.Atoi(s)
		if err != nil {
			return err
		}
		*to = n
	}
	chain, err := testnet.Start(ctx, o.Chain())
	if err != nil {
		return err
	}
	defer chain.Stop()
	l, err := biglog.Build(ctx, chain, o)
	if err != nil {
		return err
	}
	tiles := httptest.NewServer(l.Handler())
	defer tiles.Close()
	at := place{RPC: chain.RPC(), Tiles: tiles.URL, Ref: l.Ref, Opened: l.Opened, Tree: l.Tree, Anchors: len(l.Anchors)}
	for _, a := range l.Anchors {
		at.Last = max(at.Last, a.Block)
	}
	if err := json.NewEncoder(os.Stdout).Encode(at); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin) // until whoever asked has gone
	return err
}

func auditOnce(ctx context.Context, at place) error {
	client, err := anchor.Dial(at.RPC, patience)
	if err != nil {
		return err
	}
	defer client.Close()
	r, err := audit.Run(ctx, audit.Options{
		Client: client, ChainID: at.Ref.ChainID, Registry: at.Ref.Registry, Log: &at.Ref.Log,
		Tiles: []audit.Tiles{{URL: at.Tiles}},
	})
	if err != nil {
		return err
	}
	if l := r.Logs[0]; r.Verdict != verify.Verified || len(l.Anchors) != at.Anchors || l.Entries.Total != at.Tree.Size {
		return fmt.Errorf("%s, %d anchors, %d entries: %v", r.Verdict, len(l.Anchors), l.Entries.Total, l.Findings)
	}
	if _, err := audit.EncodeJSON(r); err != nil {
		return err
	}
	return audit.WriteHTML(io.Discard, r, audit.Page{})
}

// bareLoop reads what an audit reads and hashes every leaf.
func bareLoop(ctx context.Context, at place, m *measured) error {
	began := time.Now()
	if err := bareChain(ctx, at); err != nil {
		return err
	}
	m.Chain = time.Since(began).Seconds()
	var (
		next   atomic.Uint64
		wg     sync.WaitGroup
		failed atomic.Pointer[error]
		client = http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: audit.DefaultParallel}}
	)
	one := func(first uint64) error {
		bundle := merkle.Bundle{Index: first / merkle.TileWidth, Width: int(min(merkle.TileWidth, at.Tree.Size-first))}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.Tiles+"/"+bundle.Path(), nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s, %v", bundle, resp.Status, err)
		}
		entries, err := merkle.ParseBundle(b, bundle.Width)
		if err != nil {
			return err
		}
		for _, e := range entries {
			merkle.LeafHash(e)
		}
		return nil
	}
	for range audit.DefaultParallel {
		wg.Go(func() {
			for failed.Load() == nil {
				first := merkle.TileWidth * (next.Add(1) - 1)
				if first >= at.Tree.Size {
					return
				}
				if err := one(first); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// bareChain asks for the log's events and for the headers of their blocks.
func bareChain(ctx context.Context, at place) error {
	client, err := rpc.DialContext(ctx, at.RPC)
	if err != nil {
		return err
	}
	defer client.Close()
	logs, err := ethclient.NewClient(client).FilterLogs(ctx, ethereum.FilterQuery{
		FromBlock: new(big.Int), ToBlock: new(big.Int).SetUint64(at.Last),
		Addresses: []common.Address{common.Address(at.Ref.Registry)}, Topics: [][]common.Hash{nil, {common.Hash(at.Ref.Log)}},
	})
	if err != nil {
		return err
	}
	numbers := map[uint64]bool{}
	for _, l := range logs {
		numbers[l.BlockNumber] = true
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(numbers)), 100) {
		batch := make([]rpc.BatchElem, len(part))
		for i, n := range part {
			batch[i] = rpc.BatchElem{Method: "eth_getBlockByNumber", Args: []any{hexutil.Uint64(n), false}, Result: new(types.Header)}
		}
		if err := client.BatchCallContext(ctx, batch); err != nil {
			return err
		}
	}
	if len(logs) != at.Anchors+1 {
		return fmt.Errorf("%d events, want the opening and %d anchors", len(logs), at.Anchors)
	}
	return nil
}

// watch looks at this process's memory until the function that it returns is
// called, which gives the most heap and anonymous memory seen, in MiB.
func watch() func() (heap, anon float64) {
	var h, a uint64
	look := func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		h = max(h, sample[0].Value.Uint64())
		b, err := os.ReadFile("/proc/self/status")
		if err != nil {
			return // nothing to look at on this system
		}
		for line := range strings.Lines(string(b)) {
			if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
				var kib uint64
				if _, err := fmt.Sscan(rest, &kib); err == nil {
					a = max(a, kib<<10)
				}
			}
		}
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			look()
			select {
			case <-tick.C:
			case <-stop:
				look()
				return
			}
		}
	}()
	return func() (float64, float64) {
		close(stop)
		<-done
		return float64(h) / (1 << 20), float64(a) / (1 << 20)
	}
}
