package web_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/fetch/web"
)

func TestPublic(t *testing.T) {
	for _, text := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.8.8.8", "169.254.169.254",
		"172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.9",
		"224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1",
		"100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0",
		"fec0::1", "ff02::1", "2606:4700::1111%eth0",
	} {
		if web.Public(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as public", text)
		}
	}
	for _, text := range []string{"8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.169.0.1", "133.11.0.1", "2606:4700::1111", "2001:200::1", "2400::1"} {
		if !web.Public(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as special", text)
		}
	}
	if web.Public(netip.Addr{}) {
		t.Error("no address counts as public")
	}
}

// A site is a real HTTPS server on loopback that counts its visitors.
type site struct {
	*httptest.Server
	visits atomic.Int64
	roots  *x509.CertPool
}

func newSite(t *testing.T, h http.HandlerFunc) *site {
	s := &site{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.visits.Add(1)
		h(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are meant to fail
	s.StartTLS()
	t.Cleanup(s.Close)
	s.roots = x509.NewCertPool()
	s.roots.AddCert(s.Certificate())
	return s
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func (s *site) client(t *testing.T, change func(*web.Options)) *web.Client {
	o := web.Options{Networks: loopback, Roots: s.roots}
	if change != nil {
		change(&o)
	}
	c := web.New(o)
	t.Cleanup(c.Close)
	return c
}

func get(t *testing.T, c *web.Client, url string, accept ...string) (fetch.Answer, fetch.Kind) {
	t.Helper()
	a, err := c.Fetch(t.Context(), fetch.Request{URL: url, Accept: accept})
	if err == nil {
		return a, ""
	}
	if strings.Contains(err.Error(), url) {
		t.Errorf("the error repeats the URL: %v", err)
	}
	return a, fetch.KindOf(err)
}

func TestFetch(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept"); got != "application/json, text/plain" {
			t.Errorf("Accept %q", got)
		}
		for name := range r.Header {
			if name != "Accept" && name != "User-Agent" && name != "Accept-Encoding" {
				t.Errorf("the header %s is sent", name)
			}
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		io.WriteString(w, `{"a":1}`)
	})
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	t.Setenv("ALL_PROXY", "http://127.0.0.1:1")
	a, kind := get(t, s.client(t, nil), s.URL+"/a", "application/json", "text/plain")
	if kind != "" || a.Status != 200 || a.ContentType != "application/json" || string(a.Body) != `{"a":1}` {
		t.Errorf("%s %+v", kind, a)
	}
}

// TestSafety asks for what must not be got, and looks who was asked.
func TestSafety(t *testing.T) {
	other := newSite(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "other") })
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "plain") }))
	defer plain.Close()
	hang := make(chan struct{})
	s := newSite(t, nil)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.visits.Add(1)
		switch r.URL.Path {
		case "/onwards":
			http.Redirect(w, r, "/here", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/elsewhere":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/name": // the same machine by another name
			http.Redirect(w, r, strings.Replace(s.URL, "127.0.0.1", "localhost", 1), http.StatusFound)
		case "/downgrade":
			http.Redirect(w, r, plain.URL, http.StatusFound)
		case "/user":
			http.Redirect(w, r, strings.Replace(s.URL, "https://", "https://me@", 1), http.StatusFound)
		case "/large":
			w.Write(bytes.Repeat([]byte("x"), 1001))
		case "/full":
			w.Write(bytes.Repeat([]byte("x"), 1000))
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, "xx")
		case "/html":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>")
		case "/cut":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "xx")
		case "/headers":
			w.Header().Set("X", strings.Repeat("x", 1<<20))
		case "/silent", "/drip":
			if r.URL.Path == "/drip" {
				io.WriteString(w, "x")
				w.(http.Flusher).Flush()
			}
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		default:
			io.WriteString(w, "here")
		}
	})
	defer close(hang)
	small := s.client(t, func(o *web.Options) { o.Bytes = 1000 })
	quick := s.client(t, func(o *web.Options) { o.Timeout = 100 * time.Millisecond })
	usual := s.client(t, nil)
	for _, c := range []struct {
		name   string
		client *web.Client
		url    string
		want   fetch.Kind
	}{
		{"same host", usual, s.URL + "/onwards", ""},
		{"round and round", usual, s.URL + "/round", fetch.Redirected},
		{"other host", usual, s.URL + "/elsewhere", fetch.Redirected},
		{"other name", usual, s.URL + "/name", fetch.Redirected},
		{"to http", usual, s.URL + "/downgrade", fetch.Redirected},
		{"to a user name", usual, s.URL + "/user", fetch.Redirected},
		{"too large", small, s.URL + "/large", fetch.TooLarge},
		{"just fits", small, s.URL + "/full", ""},
		{"compressed", usual, s.URL + "/gzip", fetch.BadType},
		{"a page", usual, s.URL + "/html", fetch.BadType},
		{"cut off", usual, s.URL + "/cut", fetch.Unreachable},
		{"endless headers", usual, s.URL + "/headers", fetch.Unreachable},
		{"silent", quick, s.URL + "/silent", fetch.Timeout},
		{"drop by drop", quick, s.URL + "/drip", fetch.Timeout},
		{"http", usual, plain.URL, fetch.BadURL},
		{"file", usual, "file:///etc/passwd", fetch.BadURL},
		{"user name", usual, strings.Replace(s.URL, "https://", "https://me:pw@", 1), fetch.BadURL},
		{"fragment", usual, s.URL + "/#a", fetch.BadURL},
		{"relative", usual, "/a", fetch.BadURL},
		{"opaque", usual, "https:a", fetch.BadURL},
		{"long", usual, s.URL + "/" + strings.Repeat("a", 3000), fetch.BadURL},
		{"control", usual, s.URL + "/\x7f", fetch.BadURL},
		{"other certificate", web.New(web.Options{Networks: loopback}), s.URL, fetch.BadTLS},
	} {
		a, err := c.client.Fetch(t.Context(), fetch.Request{URL: c.url, Accept: []string{"application/json"}})
		if err == nil && c.want != "" || err != nil && fetch.KindOf(err) != c.want {
			t.Errorf("%s: %v (%s), %d; want %q", c.name, err, fetch.KindOf(err), a.Status, c.want)
		}
	}
	if n := other.visits.Load(); n != 0 {
		t.Errorf("the other host was asked %d times", n)
	}
}

// TestPrivate asks hosts inside by every spelling of their address, and by a
// name that resolves to it. The look is taken at the address that is dialled,
// so a name that changes its answer in between gains nothing.
func TestPrivate(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "secret") })
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	safe := web.New(web.Options{Roots: s.roots})
	for _, host := range []string{"127.0.0.1", "localhost", "127.1.2.3", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "[::]", "[64:ff9b::7f00:1]"} {
		if _, kind := get(t, safe, "https://"+host+":"+port+"/"); kind != fetch.BadAddress && !(host == "[::1]" && kind == fetch.Unreachable) {
			t.Errorf("%s: %q, want %q", host, kind, fetch.BadAddress)
		}
	}
	if n := s.visits.Load(); n != 0 {
		t.Errorf("it was asked %d times", n)
	}
	if _, kind := get(t, s.client(t, nil), s.URL); kind != "" {
		t.Errorf("configured: %q", kind)
	}
}

func TestCanceled(t *testing.T) {
	s := newSite(t, func(http.ResponseWriter, *http.Request) {})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.client(t, nil).Fetch(ctx, fetch.Request{URL: s.URL}); fetch.KindOf(err) != fetch.Canceled {
		t.Error(err)
	}
}

func Example() {
	c := web.New(web.Options{})
	defer c.Close()
	_, err := c.Fetch(context.Background(), fetch.Request{URL: "https://169.254.169.254/latest/meta-data/"})
	fmt.Println(err)
	// Output: the host leads to an address of a private or special network, and none of these is asked
}
