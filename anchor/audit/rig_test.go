package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/await"
	"github.com/akashi-project/akashi/testnet/biglog"
	"github.com/akashi-project/akashi/verify"
)

const patience = await.Patience

var shared = testnet.Shared{Options: testnet.Options{Behind: 5 * time.Hour, Every: 50 * time.Millisecond}}

func TestMain(m *testing.M) {
	if job := os.Getenv(childEnv); job != "" {
		if err := child(job); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(shared.Run(m))
}

func chain(t testing.TB) *testnet.Chain {
	t.Helper()
	c, err := shared.Chain()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A rig is an anchored log, its folder of tiles behind HTTP, and an RPC.
type rig struct {
	t      testing.TB
	ctx    context.Context
	chain  *testnet.Chain
	log    *biglog.Log
	tiles  *server
	client *anchor.Client
}

// A server serves a log's folder; meet, when set, may answer in its place.
type server struct {
	*httptest.Server
	mu   sync.Mutex
	meet func(w http.ResponseWriter, r *http.Request) bool
	hits map[string]int
}

func serve(t testing.TB, h http.Handler) *server {
	s := &server{hits: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		meet := s.meet
		s.hits[r.URL.Path]++
		s.mu.Unlock()
		if meet == nil || !meet(w, r) {
			h.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) set(meet func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meet = meet
}

// unique makes an origin that no log on the chain has, also when a test runs
// twice.
func unique(origin string) string { return fmt.Sprintf("%s/%d", origin, origins.Add(1)) }

var origins atomic.Int64

func newRig(t testing.TB, o biglog.Options) *rig {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	r := &rig{t: t, ctx: ctx, chain: chain(t)}
	if o.Origin == "" {
		o.Origin = unique("log.test.example/" + t.Name())
	}
	o.Dir = t.TempDir()
	var err error
	if r.log, err = biglog.Build(ctx, r.chain, o); err != nil {
		t.Fatal(err)
	}
	r.tiles = serve(t, r.log.Handler())
	if r.client, err = anchor.Dial(r.chain.RPC(), patience); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.client.Close)
	return r
}

// options are those for the rig's log.
func (r *rig) options() audit.Options {
	return audit.Options{
		Client: r.client, ChainID: r.log.Ref.ChainID, Registry: r.log.Ref.Registry, Log: &r.log.Ref.Log,
		Tiles: []audit.Tiles{{URL: r.tiles.URL}}, Attempts: 1, Timeout: patience,
	}
}

// audit runs an audit; change may alter its options.
func (r *rig) audit(change func(*audit.Options)) *audit.Report {
	r.t.Helper()
	o := r.options()
	if change != nil {
		change(&o)
	}
	report, err := audit.Run(r.ctx, o)
	if err != nil {
		r.t.Fatal(err)
	}
	return report
}

// text is a report as text, to compare and to show.
func text(t testing.TB, r *audit.Report) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	if err := e.Encode(r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// found gives the findings of a code.
func found(r *audit.Report, code audit.Code) (list []audit.Finding) {
	for _, f := range r.Findings {
		if f.Code == code {
			list = append(list, f)
		}
	}
	for _, l := range r.Logs {
		for _, f := range l.Findings {
			if f.Code == code {
				list = append(list, f)
			}
		}
	}
	return list
}

// want fails unless the report has that verdict and findings of just those
// codes.
func want(t testing.TB, r *audit.Report, v verify.Verdict, codes ...audit.Code) {
	t.Helper()
	var got []audit.Code
	for _, f := range append(slices.Clone(r.Findings), r.Logs[0].Findings...) {
		if !slices.Contains(got, f.Code) {
			got = append(got, f.Code)
		}
	}
	slices.Sort(got)
	slices.Sort(codes)
	if r.Verdict != v || !slices.Equal(got, codes) {
		short := *r
		short.Logs = slices.Clone(r.Logs)
		for i := range short.Logs {
			short.Logs[i].Anchors = nil
		}
		t.Fatalf("verdict %s with %v, want %s with %v\n%s", r.Verdict, got, v, codes, text(t, &short))
	}
}

// count says how often a path was asked for.
func (s *server) count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits[path]
}
