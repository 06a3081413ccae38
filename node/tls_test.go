package node

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writePair makes a certificate of its own for a host, writes it with its key,
// and returns it.
func writePair(t *testing.T, certFile, keyFile string, serial int64) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), DNSNames: []string{"log.uni.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: raw}} {
		// A new name each time, as certificate programs do.
		if err := os.WriteFile(path+".new", pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

// handshake returns what a node shows to a client that asks for host.
func handshake(t *testing.T, addr net.Addr, c *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	d := tls.Dialer{Config: c}
	conn, err := d.DialContext(t.Context(), "tcp", addr.String())
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState(), nil
}

// TestTLS serves HTTPS and HTTP/2 by two files, takes new ones without a
// restart, and keeps to the old ones while the new are broken.
func TestTLS(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	certFile, keyFile := filepath.Join(r.dir, "cert.pem"), filepath.Join(r.dir, "key.pem")
	first := writePair(t, certFile, keyFile, 1)
	r.load("http.tls_cert_file", certFile, "http.tls_key_file", keyFile)
	r.start()
	if !strings.HasPrefix(r.node.URL(), "https://") {
		t.Fatalf("the node is at %s", r.node.URL())
	}
	roots := x509.NewCertPool()
	roots.AddCert(first)
	config := &tls.Config{RootCAs: roots, ServerName: "log.uni.example", NextProtos: []string{"h2"}}
	s, err := handshake(t, r.node.Addr(), config)
	if err != nil || s.Version != tls.VersionTLS13 || s.NegotiatedProtocol != "h2" || !s.PeerCertificates[0].Equal(first) {
		t.Fatalf("%v, version %x, %q", err, s.Version, s.NegotiatedProtocol)
	}
	old := config.Clone()
	old.MaxVersion = tls.VersionTLS11
	if _, err := handshake(t, r.node.Addr(), old); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	transport := &http.Transport{TLSClientConfig: config.Clone(), ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	client := &Client{URL: r.node.URL(), Token: r.token(), HTTP: &http.Client{Transport: transport}}
	if l, err := client.Submit(t.Context(), Submission{Record: badge("https://tls.example", 1), Wait: StateFinal, Timeout: patience}); err != nil || l.State != StateFinal {
		t.Fatalf("over HTTP/2: %+v, %v", l, err)
	}
	resp, err := client.HTTP.Get(r.node.URL() + "/healthz")
	if err != nil || resp.ProtoMajor != 2 {
		t.Fatalf("%v, %v", resp, err)
	}
	resp.Body.Close()
	all := gathered(t, r.node)
	if got := all["akashi_tls_certificate_expiry_timestamp_seconds"].GetMetric()[0].GetGauge().GetValue(); got != float64(first.NotAfter.Unix()) {
		t.Errorf("the metric says %v, the certificate %d", got, first.NotAfter.Unix())
	}

	shown := func() *x509.Certificate {
		t.Helper()
		s, err := handshake(t, r.node.Addr(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		return s.PeerCertificates[0]
	}
	// A pair that does not belong together, as for a moment in each renewal.
	writePair(t, certFile, filepath.Join(r.dir, "other.pem"), 2)
	if !shown().Equal(first) {
		t.Error("a certificate without its key is shown")
	}
	shown()
	if n := strings.Count(r.logs.String(), "certificate refused"); n != 1 {
		t.Errorf("the log says %d times that the files are broken", n)
	}
	third := writePair(t, certFile, keyFile, 3)
	if !shown().Equal(third) {
		t.Error("a new certificate is not shown")
	}
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	if !shown().Equal(third) {
		t.Error("without the key's file another certificate is shown")
	}
}

// TestPinned holds that the command line takes the node's own certificate and
// no other.
func TestPinned(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	certFile, keyFile := filepath.Join(r.dir, "cert.pem"), filepath.Join(r.dir, "key.pem")
	writePair(t, certFile, keyFile, 1)
	r.load("http.tls_cert_file", certFile, "http.tls_key_file", keyFile)
	r.start()
	own, err := PinnedHTTP(certFile)
	if err != nil {
		t.Fatal(err)
	}
	defer own.CloseIdleConnections()
	if _, err := (&Client{URL: r.node.URL(), HTTP: own}).Log(t.Context()); err != nil {
		t.Error(err)
	}
	other := filepath.Join(t.TempDir(), "cert.pem")
	writePair(t, other, other+".key", 2)
	strange, err := PinnedHTTP(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (&Client{URL: r.node.URL(), HTTP: strange}).Log(t.Context()); !errors.Is(err, ErrUnreachable) {
		t.Errorf("of a node with another certificate: %v", err)
	}
	if _, err := PinnedHTTP(keyFile); err == nil {
		t.Error("a key is taken for a certificate")
	}
}

// TestTLSFiles holds what is said of files that cannot be used at a start.
func TestTLSFiles(t *testing.T) {
	t.Parallel()
	r := newPoorRig(t, "", nil)
	certFile, keyFile := filepath.Join(r.dir, "cert.pem"), filepath.Join(r.dir, "key.pem")
	for _, test := range []struct {
		name string
		make func()
		set  []string
		want string
	}{
		{"no files", func() {}, []string{"http.tls_cert_file", certFile, "http.tls_key_file", keyFile}, "http.tls_key_file: "},
		{"one file", func() {}, []string{"http.tls_cert_file", certFile}, "goes with http.tls_key_file"},
		{"key for all to read", func() {
			writePair(t, certFile, keyFile, 1)
			if err := os.Chmod(keyFile, 0o644); err != nil {
				t.Fatal(err)
			}
		}, []string{"http.tls_cert_file", certFile, "http.tls_key_file", keyFile}, "chmod 600"},
		{"another key", func() { writePair(t, certFile, keyFile+".other", 1); writePair(t, certFile+".other", keyFile, 1) },
			[]string{"http.tls_cert_file", certFile, "http.tls_key_file", keyFile}, "private key does not match"},
	} {
		test.make()
		r.load(test.set...)
		n, err := New(r.config)
		if err == nil {
			n.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// TestMetricsListen serves the metrics on an address of their own, to anybody,
// and nothing else there.
func TestMetricsListen(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	r.load("http.metrics_listen", "127.0.0.1:0")
	r.start()
	ask := func(url string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	at := "http://" + r.node.MetricsAddr().String()
	if status, b := ask(at + "/metrics"); status != http.StatusOK || !strings.Contains(b, "\nakashi_log_entries 0\n") {
		t.Errorf("status %d\n%.300s", status, b)
	}
	if status, _ := ask(at + "/v1/log"); status != http.StatusNotFound {
		t.Errorf("another path there: status %d", status)
	}
	if resp, _ := r.do(http.MethodGet, "/metrics", "", nil, bearing(r.token())); resp.StatusCode != http.StatusNotFound {
		t.Errorf("on the node's own address: %s", resp.Status)
	}
	busy := r.config
	busy.HTTP.MetricsListen, busy.HTTP.Listen, busy.Store.Dir = r.node.MetricsAddr().String(), "127.0.0.1:0", filepath.Join(t.TempDir(), "data")
	if n, err := New(busy); !errors.Is(err, ErrPortInUse) || !strings.Contains(err.Error(), "http.metrics_listen") {
		t.Errorf("on a port in use: %v", err)
		if err == nil {
			n.Close()
		}
	}
}
