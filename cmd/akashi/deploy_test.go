package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/testnet"
)

func deployed(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// figure is how metrics are named.
var figure = regexp.MustCompile(`\b(?:akashi|process|go)_[a-z0-9_]+`)

// TestFigures holds that alerts and dashboard ask for metrics that there are,
// and that docs/operations.md says of each alert and finding what to do.
func TestFigures(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"process_resident_memory_bytes": true, "process_cpu_seconds_total": true, "go_memstats_heap_inuse_bytes": true}
	for _, m := range regexp.MustCompile("(?m)^\\| `(akashi_[a-z_]+)`").FindAllStringSubmatch(string(b), -1) {
		known[m[1]] = true
	}
	asked := map[string]bool{}
	for _, name := range []string{"alerts.yml", "dashboard.json"} {
		for _, m := range figure.FindAllString(deployed(t, name), -1) {
			if whole := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(m, ""); !known[m] && !known[whole] {
				t.Errorf("%s asks for %s, which no node shows", name, m)
			}
			asked[m] = true
		}
	}
	if len(asked) < 30 {
		t.Errorf("only %d metrics are asked for", len(asked))
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	alerts := regexp.MustCompile(`(?m)alert: (\w+)$`).FindAllStringSubmatch(deployed(t, "alerts.yml"), -1)
	for _, a := range alerts {
		if !strings.Contains(string(page), "`"+a[1]+"`") {
			t.Errorf("docs/operations.md does not say what to do for %s", a[1])
		}
	}
	if n := strings.Count(string(page), "`Akashi"); n != len(alerts) {
		t.Errorf("docs/operations.md has %d alerts, the rules %d", n, len(alerts))
	}
	for _, code := range node.FindingCodes {
		if !strings.Contains(string(page), "\n| `"+code+"` |") {
			t.Errorf("docs/operations.md does not say what to do for the finding %s", code)
		}
	}
}

// TestDashboard holds that the dashboard is one that Grafana can import, each
// panel with a question.
func TestDashboard(t *testing.T) {
	var d struct {
		UID    string `json:"uid"`
		Panels []struct {
			ID      int    `json:"id"`
			Type    string `json:"type"`
			Title   string `json:"title"`
			Targets []struct {
				Expr string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
	}
	if err := json.Unmarshal([]byte(deployed(t, "dashboard.json")), &d); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	var rules strings.Builder
	rules.WriteString("groups:\n- name: dashboard\n  rules:\n")
	for _, p := range d.Panels {
		if seen[p.ID] || p.Title == "" || (p.Type != "row") != (len(p.Targets) > 0) {
			t.Errorf("panel %d, %q of type %s", p.ID, p.Title, p.Type)
		}
		seen[p.ID] = true
		for i, target := range p.Targets {
			expr := strings.NewReplacer("$__rate_interval", "5m", "$job", "akashi", "$instance", "uni").Replace(target.Expr)
			fmt.Fprintf(&rules, "  - record: panel:%d:%d\n    expr: %q\n", p.ID, i, expr)
		}
	}
	if d.UID == "" || len(d.Panels) < 20 {
		t.Errorf("%d panels", len(d.Panels))
	}
	path := filepath.Join(t.TempDir(), "dashboard.yml")
	if err := os.WriteFile(path, []byte(rules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", path)
}

// TestAlerts has Prometheus' own tool read the rules, and fires some of them.
func TestAlerts(t *testing.T) {
	rules, err := filepath.Abs(filepath.Join("..", "..", "docs", "deploy", "alerts.yml"))
	if err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", rules)
	series := map[string]string{
		"AkashiDown":             `up{job="akashi",instance="n"} 0x60`,
		"AkashiStoreBroken":      `akashi_store_broken{job="akashi",instance="n"} 1x60`,
		"AkashiDiskFull":         `akashi_store_disk_free_bytes{job="akashi",instance="n"} 1000000000x60`,
		"AkashiFenced":           `akashi_anchor_fenced{job="akashi",instance="n"} 1x60`,
		"AkashiAnchoringStopped": `akashi_anchor_phase{job="akashi",instance="n",phase="stopped"} 1x60`,
		"AkashiAnchoringWaits":   `akashi_anchor_phase{job="akashi",instance="n",phase="waiting"} 1x60`,
		"AkashiFundsGone":        `akashi_anchor_funds_left_seconds{job="akashi",instance="n"} 86400x60`,
		"AkashiBackupOld":        `akashi_backup_timestamp_seconds{job="akashi",instance="n"} -200000x60`,
		"AkashiChainOld":         `akashi_chain_latest_block_timestamp_seconds{job="akashi",instance="n"} 0x60`,
	}
	var b strings.Builder
	fmt.Fprintf(&b, "rule_files: [%s]\nevaluation_interval: 1m\ntests:\n", rules)
	for alert, s := range series {
		name, values, _ := strings.Cut(s, "} ")
		// The summary is compared too unless nothing is expected: so each
		// alert is asked for by the series that Prometheus makes of it.
		labels := regexp.MustCompile(`(\w+)="([^"]*)"`).FindAllString(name, -1)
		severity := regexp.MustCompile(`alert: ` + alert + `\n[\s\S]*?severity: (\w+)`).FindStringSubmatch(deployed(t, "alerts.yml"))[1]
		fmt.Fprintf(&b, "- interval: 1m\n  input_series:\n  - series: '%s}'\n    values: '%s'\n  promql_expr_test:\n  - eval_time: 55m\n    expr: ALERTS{alertname=\"%s\",alertstate=\"firing\"}\n    exp_samples:\n    - labels: 'ALERTS{alertname=\"%s\",alertstate=\"firing\",severity=\"%s\",%s}'\n      value: 1\n",
			name, strings.Replace(values, "x", "+0x", 1), alert, alert, severity, strings.Join(labels, ","))
	}
	path := filepath.Join(t.TempDir(), "test.yml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "test", "rules", path)
}

func promtool(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("promtool", args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %v: %v (make tools installs it)\n%s", args, err, out)
	}
}

// TestUnit has systemd read the unit and say how exposed the service is.
func TestUnit(t *testing.T) {
	unit := strings.Replace(deployed(t, "akashi.service"), "/usr/local/bin/akashi", "/bin/true", 1)
	path := filepath.Join(t.TempDir(), "akashi.service")
	if err := os.WriteFile(path, []byte(unit), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", path).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	// The threshold is a tenth: 1.5 of 10, which systemd calls OK.
	if out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=15", path).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}

// TestNginx puts a real nginx with docs/deploy/nginx.conf before a real node:
// TLS ends there, a client cannot pass for another, figures are not shown, and
// a batch is answered line by line while it is still being sent.
func TestNginx(t *testing.T) {
	w := newWorld(t, build(t, ""))
	p := w.start(nil, "anchor.interval=1h", "http.client_ip_header=X-Real-IP", "http.evidence_per_minute=2")
	defer w.stop(p)
	dir := t.TempDir()
	var ports [2]int
	for i := range ports {
		var err error
		if ports[i], err = testnet.FreePort(); err != nil {
			t.Fatal(err)
		}
	}
	key, cert := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	if out, err := exec.Command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=log.uni.example",
		"-addext", "subjectAltName=DNS:log.uni.example", "-keyout", key, "-out", cert).CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
	site := deployed(t, "nginx.conf")
	for from, to := range map[string]string{
		"127.0.0.1:8044": w.listen, "listen 443": fmt.Sprintf("listen 127.0.0.1:%d", ports[0]), "listen 80": fmt.Sprintf("listen 127.0.0.1:%d", ports[1]),
		"/etc/letsencrypt/live/log.uni.example/fullchain.pem": cert, "/etc/letsencrypt/live/log.uni.example/privkey.pem": key,
	} {
		if strings.Count(site, from) != 1 {
			t.Fatalf("nginx.conf has %q %d times", from, strings.Count(site, from))
		}
		site = strings.Replace(site, from, to, 1)
	}
	site = regexp.MustCompile(`(?m)^ *listen \[::\].*$`).ReplaceAllString(site, "")
	conf := filepath.Join(dir, "nginx.conf")
	temp := ""
	for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += fmt.Sprintf("%s_temp_path %s;\n", name, filepath.Join(dir, name))
	}
	whole := fmt.Sprintf("daemon off;\nworker_processes 1;\npid %s/pid;\nerror_log stderr warn;\nevents {}\nhttp {\naccess_log off;\n%s%s\n}\n", dir, temp, site)
	if os.Getuid() == 0 {
		whole = "user root;\n" + whole // the folder is the test's
	}
	if err := os.WriteFile(conf, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	nginx := exec.Command("/usr/sbin/nginx", "-c", conf, "-p", dir)
	nginx.Stderr = &log
	if err := nginx.Start(); err != nil {
		t.Fatalf("%v (make tools installs it)", err)
	}
	defer func() {
		nginx.Process.Signal(os.Interrupt)
		nginx.Wait()
		if t.Failed() {
			t.Logf("nginx says\n%s", log.String())
		}
	}()
	raw, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(raw)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "log.uni.example"}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	url := fmt.Sprintf("https://127.0.0.1:%d", ports[0])
	w.until("nginx answers", func(ctx context.Context) bool {
		resp, err := client.Get(url + "/healthz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	status := func(method, url, body string, header http.Header) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range header {
			req.Header[k] = v
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	if got := status(http.MethodGet, url+"/metrics", "", nil); got != http.StatusNotFound {
		t.Errorf("/metrics answers %d", got)
	}
	if got := status(http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/checkpoint", ports[1]), "", nil); got != http.StatusPermanentRedirect {
		t.Errorf("plain HTTP answers %d", got)
	}
	for i, want := range []int{http.StatusForbidden, http.StatusForbidden, http.StatusTooManyRequests} {
		spoofed := http.Header{"X-Real-Ip": {fmt.Sprintf("192.0.2.%d", i)}, "X-Forwarded-For": {fmt.Sprintf("192.0.2.%d", i)}, "Content-Type": {"application/json"}}
		if got := status(http.MethodPost, url+"/v1/evidence", `{"index":0}`, spoofed); got != want {
			t.Errorf("request %d under another address answers %d, want %d", i, got, want)
		}
	}

	// One line is answered before the next is sent.
	body, lines := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/records/batch", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", node.BatchMediaType)
	req.Header.Set("Authorization", "Bearer "+w.client().Token)
	go fmt.Fprintf(lines, `{"type":"document","digest":"%064d"}`+"\n", 1)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answers := bufio.NewReader(resp.Body)
	for i := 1; i <= 3; i++ {
		line, err := answers.ReadString('\n')
		if err != nil || !strings.Contains(line, fmt.Sprintf(`"line":%d`, i)) {
			t.Fatalf("answer %d: %q, %v", i, line, err)
		}
		if i < 3 {
			fmt.Fprintf(lines, `{"type":"document","digest":"%064d"}`+"\n", i+1)
		}
	}
	lines.Close()
	if summary, err := answers.ReadString('\n'); err != nil || !strings.Contains(summary, `"logged":3`) {
		t.Errorf("summary %q, %v", summary, err)
	}

	// What the batch logged is told to who has listened since before.
	stream, err := client.Get(url + "/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	events := bufio.NewScanner(stream.Body)
	until := func(text string) {
		t.Helper()
		for events.Scan() {
			if strings.Contains(events.Text(), text) {
				return
			}
		}
		t.Fatalf("the stream ended before %s: %v", text, events.Err())
	}
	until(`"size":3`)
	fourth := fmt.Sprintf(`{"type":"document","digest":"%064d"}`+"\n", 4)
	post := http.Header{"Content-Type": {node.BatchMediaType}, "Authorization": {"Bearer " + w.client().Token}}
	if got := status(http.MethodPost, url+"/v1/records/batch", fourth, post); got != http.StatusOK {
		t.Fatalf("a batch answers %d", got)
	}
	until(`"size":4`)
}
