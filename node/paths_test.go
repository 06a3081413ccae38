package node

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestOddPaths asks in ways that net/http would answer by itself: every answer
// is a problem document with a request's id.
func TestOddPaths(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	for _, c := range []struct {
		method, target, problem string
	}{
		{"GET", "//v1/log", "not-found"},
		{"GET", "/v1//log", "not-found"},
		{"GET", "/v1/./log", "not-found"},
		{"GET", "/v1/../v1/log", "not-found"},
		{"GET", "/v1/log/", "not-found"},
		{"GET", "/v1/x%2f..%2flog", "not-found"},
		{"GET", "/tile", "not-found"},
		{"GET", "/tile/0//000", "not-found"},
		{"GET", "//evil.example/%2e%2e", "not-found"},
		{"POST", "//v1/records", "not-found"},
		{"GET", "*", "not-found"},
		{"POST", "/v1/log", "method-not-allowed"},
		{"BREW", "/v1/log", "method-not-allowed"},
		{"DELETE", "/tile/0/000", "method-not-allowed"},
	} {
		resp, body := raw(t, r.node.Addr().String(), c.method, c.target)
		if p := problemOf(t, resp, body); p.Name() != c.problem {
			t.Errorf("%s %s: %d %s", c.method, c.target, resp.StatusCode, body)
		}
		if got := resp.Header.Get("Location"); got != "" {
			t.Errorf("%s %s leads to %s", c.method, c.target, got)
		}
	}
}

// raw sends a request target as it is.
func raw(t *testing.T, addr, method, target string) (*http.Response, []byte) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: node.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", method, target); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp, b.Bytes()
}

// TestQueriesAreRefused holds that no path passes over parameters it does not
// know.
func TestQueriesAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	r.submit(badge("https://a.example", 1), StateFinal)
	for pattern := range r.node.routes() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{path...}", "0/000.p/1", "{cid}", "x", "{size}", "1").Replace(path)
		contentType := ""
		if method == http.MethodPost {
			contentType = "application/json"
		}
		resp, body := r.do(method, path+"?unknown=1", contentType, nil, auth(r))
		if p := problemOf(t, resp, body); p.Name() != "bad-request" {
			t.Errorf("%s: %d %s", pattern, resp.StatusCode, body)
		}
	}
}

// TestLastPage holds that a page which ends the journal says so, also when it
// is as long as was asked for.
func TestLastPage(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	for i := range 2 {
		r.submit(badge("https://a.example", i), StateFinal)
	}
	all, err := r.client.Anchors(t.Context(), 0, 0)
	if err != nil || len(all.Anchors) < 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	for limit := 1; limit <= len(all.Anchors)+1; limit++ {
		page, err := r.client.Anchors(t.Context(), 0, limit)
		if err != nil || (page.Next != nil) != (limit < len(all.Anchors)) {
			t.Errorf("limit %d of %d: next %v, %v", limit, len(all.Anchors), page.Next, err)
		}
	}
}
