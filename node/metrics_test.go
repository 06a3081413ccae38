package node

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/testnet"
)

// descText is how a Desc shows itself, the only way to read it.
var descText = regexp.MustCompile(`^Desc\{fqName: "([^"]+)", help: "([^"]+)", (?:unit: "[^"]*", )?constLabels: \{([^}]*)\}, variableLabels: \{([^}]*)\}\}$`)

// metricRows are the lines that docs/metrics.md has to have: one for each
// metric that the node can ever show beside those of Go and the process.
func metricRows(t *testing.T, n *Node) []string {
	t.Helper()
	out := make(chan *prometheus.Desc)
	go func() {
		defer close(out)
		n.metrics.registry.Describe(out)
	}()
	var rows []string
	for d := range out {
		m := descText.FindStringSubmatch(d.String())
		if m == nil {
			t.Fatalf("%s is not read", d)
		}
		if !strings.HasPrefix(m[1], "akashi_") {
			continue
		}
		labels := m[4]
		if m[3] != "" {
			labels = "version,go"
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", m[1], strings.ReplaceAll(labels, ",", ", "), m[2]))
	}
	slices.Sort(rows)
	return rows
}

// gathered are the node's own metrics at the moment, by name.
func gathered(t *testing.T, n *Node) map[string]*dto.MetricFamily {
	t.Helper()
	all, err := n.Metrics().Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*dto.MetricFamily{}
	for _, f := range all {
		if strings.HasPrefix(f.GetName(), "akashi_") {
			out[f.GetName()] = f
		}
	}
	return out
}

// total adds up what a metric shows under all its labels; of a histogram it is
// the number of observations.
func total(f *dto.MetricFamily) (sum float64) {
	for _, m := range f.GetMetric() {
		sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	return sum
}

// TestMetrics takes a node through all that is measured, and holds that every
// metric has moved then, is named by the rules, has labels of a closed set, and
// is on the page.
func TestMetrics(t *testing.T) {
	t.Parallel()
	fault := faulty(t)
	r := newRig(t, fault.URL(), nil)
	r.load("http.evidence_per_minute", "1", "backup.dir", filepath.Join(t.TempDir(), "backup"))
	r.start()
	n := r.node

	page, err := os.ReadFile(filepath.Join("..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := metricRows(t, n)
	for _, row := range rows {
		if !strings.Contains(string(page), "\n"+row+"\n") {
			t.Errorf("docs/metrics.md lacks\n%s", row)
		}
	}
	if got := strings.Count(string(page), "\n| `akashi_"); got != len(rows) {
		t.Errorf("docs/metrics.md has %d metrics, the node %d", got, len(rows))
	}

	first := r.submit(badge("https://m.example", 1), StateFinal)
	second := r.submit(badge("https://m.example", 2), StateFinal)
	if _, _, err := r.client.Evidence(t.Context(), EvidenceQuery{Index: &first.Index}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.ChangeStatus(t.Context(), StatusChange{Index: &first.Index, State: record.Revoked}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.Forget(t.Context(), Target{Index: &second.Index}); err != nil {
		t.Fatal(err)
	}
	r.do(http.MethodPost, "/v1/records/batch", BatchMediaType, []byte("{}\n"), http.Header{"Authorization": {"Bearer " + r.token()}})
	for range 2 {
		r.do(http.MethodPost, "/v1/evidence", "application/json", []byte(`{"index":0}`), nil)
	}
	if err := fault.Set(testnet.Faults{Dead: true}); err != nil {
		t.Fatal(err)
	}
	if s, err := r.client.Backup(t.Context(), time.Millisecond); err != nil || s.Error != "" {
		t.Fatalf("%+v, %v", s, err)
	}
	n.anchor.Request()
	r.until("the RPC is missed", func(s anchor.Status) bool { return s.Phase == anchor.Waiting })
	resp, b := r.do(http.MethodGet, "/metrics", "", nil, http.Header{"Authorization": {"Bearer " + r.token()}})
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(b), "\nakashi_log_entries ") || !strings.Contains(string(b), "\ngo_goroutines ") {
		t.Errorf("GET /metrics answers %s\n%.500s", resp.Status, b)
	}
	if resp, _ := r.get("/metrics"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("GET /metrics without a token answers %s", resp.Status)
	}

	// What only shows when something goes badly is moved by the collectors'
	// own tests, or stays at 0 in a good run.
	still := []string{
		"akashi_store_commit_errors_total", "akashi_store_index_flush_seconds", "akashi_store_index_flush_errors_total", "akashi_store_broken",
		"akashi_store_queue_requests", "akashi_checkpoint_errors_total", "akashi_anchor_fenced", "akashi_anchor_fee_raises_total",
		"akashi_anchor_orphaned_total", "akashi_batch_in_flight_requests", "akashi_events_in_flight_requests", "akashi_evidence_in_flight_requests", "akashi_http_in_flight_requests",
		"akashi_anchor_waiting_entries", "akashi_anchor_pending_entries", // one of them has moved
	}
	all := gathered(t, n)
	for _, row := range rows {
		name := strings.Split(row, "`")[1]
		f := all[name]
		switch {
		case name == "akashi_tls_certificate_expiry_timestamp_seconds": // TestTLS
		case slices.Contains(still, name):
			if f == nil {
				t.Errorf("%s is not shown", name)
			}
		case f == nil || total(f) == 0:
			t.Errorf("%s has not moved: %v", name, f)
		}
	}
	if all["akashi_anchor_waiting_entries"] != nil && total(all["akashi_anchor_waiting_entries"])+total(all["akashi_anchor_pending_entries"]) == 0 {
		t.Error("no entry waits for its anchor")
	}

	problems, err := testutil.GatherAndLint(n.Metrics(), slices.Collect(maps.Keys(all))...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	checkLabels(t, n, all)
}

// endings are the last words of names, which say what is counted.
var endings = []string{"seconds", "bytes", "total", "entries", "requests", "coins", "wei", "block", "phase", "fenced", "broken", "info"}

// checkLabels holds that no name or label can come from outside.
func checkLabels(t *testing.T, n *Node, all map[string]*dto.MetricFamily) {
	t.Helper()
	routes := slices.Collect(maps.Keys(n.routes()))
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	var phases []string
	for _, p := range anchor.Phases {
		phases = append(phases, string(p))
	}
	closed := map[string][]string{
		"route": append(routes, "/"), "class": {"1xx", "2xx", "3xx", "4xx", "5xx"}, "method": anchor.Methods, "phase": phases,
		"problem": names, "result": batchResults, "file": {"log.db", "index.db", "keys"},
	}
	for name, f := range all {
		if !slices.Contains(endings, name[strings.LastIndexByte(name, '_')+1:]) {
			t.Errorf("%s does not say at its end what it counts", name)
		}
		if name == "akashi_build_info" {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if !slices.Contains(closed[l.GetName()], l.GetValue()) {
					t.Errorf("%s has %s=%q, which is not among %v", name, l.GetName(), l.GetValue(), closed[l.GetName()])
				}
			}
		}
	}
}

// TestStrangePaths holds that no path or method of a stranger becomes a label.
func TestStrangePaths(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	for _, path := range []string{"/no/such/thing", "/tile/0/x999", "/v1/records/none", "/v1/anchors/999999", "/%2e%2e/x"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, "BREW"} {
			r.do(method, path, "", nil, nil)
		}
	}
	checkLabels(t, r.node, gathered(t, r.node))
}

// TestFundsLeft reckons by the slower of the configured and the measured pace.
func TestFundsLeft(t *testing.T) {
	t.Parallel()
	n := &Node{config: Config{Anchor: AnchorConfig{Interval: Duration{time.Hour}}}}
	if left := n.fundsLeft(anchor.Status{}); left >= 0 {
		t.Errorf("of an unknown balance: %s", left)
	}
	s := anchor.Status{Balance: wei(60_000 * 24 * 10), Price: wei(1)}
	if left := n.fundsLeft(s); left != 10*24*time.Hour {
		t.Errorf("at the configured pace: %s", left)
	}
	n.pace.Store(&pace{every: 2 * time.Hour})
	if left := n.fundsLeft(s); left != 20*24*time.Hour {
		t.Errorf("at half the pace: %s", left)
	}
}
