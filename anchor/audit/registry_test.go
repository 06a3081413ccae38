package audit_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/biglog"
	"github.com/akashi-project/akashi/verify"
)

// A logged is a log of a registry and the server of its tiles.
type logged struct {
	log   *biglog.Log
	tiles *server
}

// registry makes logs on a chain of their own, and options to audit all of
// them.
func registry(t *testing.T, origins ...string) ([]logged, audit.Options) {
	t.Helper()
	c, err := testnet.Start(t.Context(), testnet.Fast())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Stop() })
	client, err := anchor.Dial(c.RPC(), patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	o := audit.Options{Client: client, ChainID: c.ChainID(), Attempts: 1, Timeout: patience}
	var logs []logged
	for _, origin := range origins {
		l, err := biglog.Build(t.Context(), c, biglog.Options{Dir: t.TempDir(), Origin: origin, Entries: 20, Anchors: 10, PerBlock: 10})
		if err != nil {
			t.Fatal(err)
		}
		tiles := serve(t, l.Handler())
		logs = append(logs, logged{l, tiles})
		o.Registry = l.Ref.Registry
		o.Tiles = append(o.Tiles, audit.Tiles{Log: &l.Ref.Log, URL: tiles.URL})
	}
	return logs, o
}

// TestRegistry audits every log of a registry: one is right, one was
// rewritten, one does not answer. Each has a verdict of its own.
func TestRegistry(t *testing.T) {
	logs, o := registry(t, "right.example", "wrong.example", "gone.example")
	(&rig{t: t, log: logs[1].log}).rewrite(8)
	logs[2].tiles.set(func(w http.ResponseWriter, _ *http.Request) bool { http.NotFound(w, nil); return true })
	report, err := audit.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	verdicts := []verify.Verdict{verify.Verified, verify.Refuted, verify.CouldNotTell}
	if len(report.Logs) != 3 || report.Verdict != verify.Refuted || report.Subject != nil {
		t.Fatal(text(t, report))
	}
	for i, l := range report.Logs {
		if l.Verdict != verdicts[i] {
			t.Errorf("%s: %s, want %s", l.Origin, l.Verdict, verdicts[i])
		}
	}
	if f := found(report, audit.EntryChanged); len(f) != 1 || *f[0].Where.Entry != 8 {
		t.Errorf("named %+v", f)
	}
}

// TestRegistryOfNothing audits a registry of which the RPC gives no event, as
// one does that has dropped its history: that verifies nothing. A log that
// somebody asks about is not passed over in silence.
func TestRegistryOfNothing(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 20, Anchors: 2})
	client, _ := newProxy(t, r.chain.RPC(), func(q question, result any) any {
		if q.Method == "eth_getLogs" {
			return []any{}
		}
		return result
	})
	o := r.options()
	o.Client, o.Log, o.Tiles = client, nil, nil
	report, err := audit.Run(r.ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Logs) != 0 || report.Verdict != verify.CouldNotTell || len(found(report, audit.ChainEvents)) != 1 {
		t.Errorf("%s", text(t, report))
	}
	o.Tiles = []audit.Tiles{{Log: &r.log.Ref.Log, URL: r.tiles.URL}}
	if report, err = audit.Run(r.ctx, o); err != nil {
		t.Fatal(err)
	}
	if len(report.Logs) != 1 || report.Logs[0].Ref != r.log.Ref || report.Verdict != verify.CouldNotTell || len(found(report, audit.LogID)) != 1 {
		t.Errorf("%s", text(t, report))
	}
}

// TestRegistryElsewhere goes on with an audit in which one log was done and
// another was not, and names another place for the first: the report is of the
// places that are named now.
func TestRegistryElsewhere(t *testing.T) {
	logs, o := registry(t, "one.example", "two.example")
	o.State = filepath.Join(t.TempDir(), "state")
	run := func() *audit.Report {
		report, err := audit.Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	logs[1].tiles.set(func(w http.ResponseWriter, _ *http.Request) bool { http.NotFound(w, nil); return true })
	if got := run(); got.Logs[0].Verdict != verify.Verified || got.Logs[1].Verdict != verify.CouldNotTell {
		t.Fatal(text(t, got))
	}
	logs[1].tiles.set(nil)
	o.Tiles[0].URL = logs[0].tiles.URL + "/none"
	got := run()
	if f := found(got, audit.EntryRead); got.Logs[0].Verdict != verify.CouldNotTell || got.Logs[1].Verdict != verify.Verified || len(f) != 1 || f[0].Where.Source != o.Tiles[0].URL {
		t.Error(text(t, got))
	}
}

// TestLogTime gives the logs of a registry no more time than they may take.
func TestLogTime(t *testing.T) {
	r := newRig(t, biglog.Options{Origin: unique("127.0.0.1:1/slow"), Entries: 2, Anchors: 1})
	for whole, says := range map[bool]string{true: "the time for one log", false: "public"} {
		o := r.options()
		o.Tiles, o.LogTime = nil, 1
		if whole {
			o.Log = nil
		}
		report, err := audit.Run(r.ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(report.Logs, func(l audit.Log) bool { return l.Ref == r.log.Ref })
		f := report.Logs[i].Findings
		if report.Logs[i].Verdict != verify.CouldNotTell || !slices.ContainsFunc(f, func(f audit.Finding) bool {
			return f.Code == audit.EntryRead && strings.Contains(f.Text, says)
		}) {
			t.Errorf("%+v", f)
		}
	}
}
