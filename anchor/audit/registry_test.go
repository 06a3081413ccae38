package audit_test

import (
	"net/http"
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/biglog"
	"github.com/akashi-project/akashi/verify"
)

// TestRegistry audits every log of a registry: one is right, one was
// rewritten, one does not answer. Each has a verdict of its own.
func TestRegistry(t *testing.T) {
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
	for i, name := range []string{"right.example", "wrong.example", "gone.example"} {
		l, err := biglog.Build(t.Context(), c, biglog.Options{Dir: t.TempDir(), Origin: name, Entries: 20, Anchors: 10, PerBlock: 10})
		if err != nil {
			t.Fatal(err)
		}
		o.Registry = l.Ref.Registry
		s := serve(t, l.Handler())
		o.Tiles = append(o.Tiles, audit.Tiles{Log: &l.Ref.Log, URL: s.URL})
		switch i {
		case 1:
			(&rig{t: t, log: l}).rewrite(8)
		case 2:
			s.set(func(w http.ResponseWriter, _ *http.Request) bool { http.NotFound(w, nil); return true })
		}
	}
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
