package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/testnet"
)

// TestCaddy runs docs/deploy/Caddyfile before a node, with a certificate that
// Caddy need not get from the internet: no client passes for another, and what
// is streamed over HTTP/2 passes line by line.
func TestCaddy(t *testing.T) {
	w := newWorld(t, build(t, ""))
	p := w.start(nil, "anchor.interval=1h", "http.client_ip_header=X-Real-IP", "http.evidence_per_minute=2")
	defer w.stop(p)
	dir := t.TempDir()
	port, err := testnet.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	url := fmt.Sprintf("https://127.0.0.1:%d", port)
	key, cert := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	if out, err := exec.Command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=log.uni.example",
		"-addext", "subjectAltName=DNS:log.uni.example", "-keyout", key, "-out", cert).CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
	raw, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(raw)
	site := deployed(t, "Caddyfile")
	for from, to := range map[string]string{
		"127.0.0.1:8044": w.listen, "log.uni.example {": fmt.Sprintf("https://log.uni.example:%d {\n\tbind 127.0.0.1\n\ttls %s %s", port, cert, key),
	} {
		if strings.Count(site, from) != 1 {
			t.Fatalf("Caddyfile has %q %d times", from, strings.Count(site, from))
		}
		site = strings.Replace(site, from, to, 1)
	}
	conf := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(conf, []byte("{\n\tadmin off\n\tauto_https disable_redirects\n}\n"+site), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	caddy := exec.Command("caddy", "run", "--config", conf, "--adapter", "caddyfile")
	caddy.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	caddy.Stderr = &log
	if err := caddy.Start(); err != nil {
		t.Fatalf("%v (make tools installs it)", err)
	}
	defer func() {
		caddy.Process.Kill() // asked to end, it waits for streams
		caddy.Wait()
		if t.Failed() {
			t.Logf("caddy says\n%s", log.String())
		}
	}()
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "log.uni.example"}, ForceAttemptHTTP2: true,
	}}
	defer client.CloseIdleConnections()
	w.until("caddy answers", func(ctx context.Context) bool {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "log.uni.example"
		resp, err := client.Do(req)
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	do := func(method, path string, body io.Reader, header http.Header) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, url+path, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "log.uni.example"
		req.Header = header
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	if got := do(http.MethodGet, "/metrics", nil, nil).StatusCode; got != http.StatusNotFound {
		t.Errorf("/metrics answers %d", got)
	}
	for i, want := range []int{http.StatusForbidden, http.StatusForbidden, http.StatusTooManyRequests} {
		other := fmt.Sprintf("192.0.2.%d", i)
		header := http.Header{"X-Real-Ip": {other}, "X-Forwarded-For": {other}, "Content-Type": {"application/json"}}
		if got := do(http.MethodPost, "/v1/evidence", strings.NewReader(`{"index":0}`), header).StatusCode; got != want {
			t.Errorf("request %d under another address answers %d, want %d", i, got, want)
		}
	}

	events := bufio.NewScanner(do(http.MethodGet, "/v1/events", nil, nil).Body)
	body, lines := io.Pipe()
	go fmt.Fprintf(lines, `{"type":"document","digest":"%064d"}`+"\n", 1)
	batch := do(http.MethodPost, "/v1/records/batch", body, http.Header{"Content-Type": {node.BatchMediaType}, "Authorization": {"Bearer " + w.client().Token}})
	answers := bufio.NewScanner(batch.Body)
	for i := 1; i <= 3; i++ {
		if !answers.Scan() || !strings.Contains(answers.Text(), fmt.Sprintf(`"line":%d`, i)) {
			t.Fatalf("answer %d: %q, %v", i, answers.Text(), answers.Err())
		}
		// The event comes while the batch is still open.
		for told := false; !told; told = strings.Contains(events.Text(), fmt.Sprintf(`"size":%d`, i)) {
			if !events.Scan() {
				t.Fatalf("the stream of events ended: %v", events.Err())
			}
		}
		if i < 3 {
			fmt.Fprintf(lines, `{"type":"document","digest":"%064d"}`+"\n", i+1)
		}
	}
	lines.Close()
	if !answers.Scan() || !strings.Contains(answers.Text(), `"logged":3`) {
		t.Errorf("summary %q, %v", answers.Text(), answers.Err())
	}
}
