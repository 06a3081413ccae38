package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
)

// ours counts goroutines that run this module's code beside the test's own.
func ours() (int, string) {
	b := make([]byte, 1<<20)
	b = b[:runtime.Stack(b, true)]
	n, text := 0, ""
	for _, g := range strings.Split(string(b), "\n\n") {
		if strings.Contains(g, "akashi/node.(*Node)") || strings.Contains(g, "akashi/store.") || strings.Contains(g, "akashi/anchor.") || strings.Contains(g, "akashi/node.(*sequencer)") {
			n++
			text += g + "\n\n"
		}
	}
	return n, text
}

// TestStop holds that a stop answers those who wait, publishes the last head,
// joins every goroutine and gives store and port back; and that a second run
// goes on where the first one ended.
func TestStop(t *testing.T) {
	before, _ := ours()
	r := newRig(t, "", func(o *InitOptions) { o.AnchorInterval = time.Hour }).start()
	addr := r.node.Addr().String()
	type answer struct {
		l   Logged
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		l, err := r.client.Submit(context.Background(), Submission{Record: badge("https://a.example", 1), Wait: StateFinal, Timeout: patience})
		answers <- answer{l, err}
	}()
	waitFor(t, "the record to be logged", func() bool { return r.node.store.Tree().Size > 0 })
	r.until("the fence has fallen", func(s anchorStatus) bool { return !s.Fenced })
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	a := <-answers
	if a.err != nil || a.l.State != StateLogged || a.l.Index != 0 {
		t.Errorf("who waited got %+v, %v", a.l, a.err)
	}
	http.DefaultClient.CloseIdleConnections()
	waitFor(t, "goroutines to end", func() bool { n, _ := ours(); return n <= before })
	if err := r.node.Close(); err != nil {
		t.Errorf("closing a closed node: %v", err)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatalf("the port is not given back: %v", err)
	}
	l.Close()

	r.start()
	if p := r.node.sequencer.published.Load(); p == nil || p.tree.Size != 1 {
		t.Errorf("the stopped node published %+v", p)
	}
	if l := r.submit(badge("https://a.example", 1), ""); !l.Duplicate || l.Index != 0 {
		t.Errorf("the restarted node answers %+v", l)
	}
}

// TestStopCutsOff holds that a stop does not wait for ever for a client that
// never finishes.
func TestStopCutsOff(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	r.load("http.shutdown_timeout", "50ms")
	r.start()
	conn, err := net.Dial("tcp", r.node.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// Expect makes the server say when it has begun with the request.
	fmt.Fprintf(conn, "POST /v1/records HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n", r.token())
	line := make([]byte, 12)
	if _, err := io.ReadFull(conn, line); err != nil || string(line) != "HTTP/1.1 100" {
		t.Fatalf("got %q, %v", line, err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.logs.String(), "requests cut off") {
		t.Errorf("the log does not say that a request was cut off:\n%s", r.logs.String())
	}
	if n, err := New(r.config); err != nil {
		t.Fatal(err)
	} else {
		if size := n.store.Tree().Size; size != 0 {
			t.Errorf("half a record was logged: %d entries", size)
		}
		n.Close()
	}
}

// TestListenerFails ends the node with an error when it can serve no more.
func TestListenerFails(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	n, err := New(r.config)
	if err != nil {
		t.Fatal(err)
	}
	n.listener.Close()
	if err := n.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "serve HTTP") {
		t.Errorf("Run returned %v", err)
	}
}

// TestHandlerAlone serves the node's handler by a server of the caller's.
func TestHandlerAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	n, err := New(r.config)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	server := httptest.NewServer(n.Handler())
	defer server.Close()
	c := &Client{URL: server.URL + "/", Token: r.token()}
	if l, err := c.Submit(t.Context(), Submission{Record: badge("https://a.example", 1)}); err != nil || l.State != StateLogged {
		t.Errorf("%+v, %v", l, err)
	}
	l, err := c.Log(t.Context())
	if err != nil || l.Size != 1 || !l.Anchoring.Fenced || l.Anchoring.State != "starting" {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestLimitListener(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limitListener(inner, 2)
	accepted := make(chan net.Conn, 10)
	ended := make(chan error, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- c
		}
	}()
	for range 3 {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	first, second := <-accepted, <-accepted
	defer second.Close()
	if n := len(l.(*limitedListener).slots); n != 2 {
		t.Fatalf("%d connections count", n)
	}
	select {
	case <-accepted:
		t.Fatal("a third connection was accepted")
	default:
	}
	first.Close()
	first.Close() // twice gives back one slot only
	third := <-accepted
	defer third.Close()
	l.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept ended with %v", err)
	}
	l.Close()
}

func TestBudget(t *testing.T) {
	b := newBudget(10)
	release, err := b.take(t.Context(), 1000) // more than there is takes all
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.take(ctx, 1); asHTTPError(err).kind != kindBusy {
		t.Errorf("got %v", err)
	}
	release()
	release()
	if !b.free.TryAcquire(10) || b.free.TryAcquire(1) {
		t.Error("the budget is not what it was")
	}
}

// FuzzRequests throws bodies at the documents: whatever they are, the answer
// is not the node's failure and does not repeat the body.
func FuzzRequests(f *testing.F) {
	paths := []string{"/v1/evidence", "/v1/status-changes", "/v1/records", "/v1/forget", "/v1/lookup"}
	for i := range paths {
		for _, s := range []string{`{"index":0}`, `{"index":0,"state":"revoked"}`, `{"commitment":"` + strings.Repeat("0", 64) + `"}`, `{"a":{"a":[]}}`, `{"index":1e999}`, `{"index":18446744073709551616}`, "{\"\x00\":1}"} {
			f.Add(uint8(i), []byte(s))
		}
	}
	made, err := Init(f.Context(), filepath.Join(f.TempDir(), "uni"), InitOptions{Origin: "fuzz.example", Network: "dev", RPC: "http://127.0.0.1:1", Listen: "127.0.0.1:0"})
	if err != nil {
		f.Fatal(err)
	}
	config, err := Load(made.Config, nil, nil)
	if err != nil {
		f.Fatal(err)
	}
	config.Logger = slog.New(slog.DiscardHandler)
	n, err := New(config)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { n.Close() })
	h := n.Handler()
	token, err := os.ReadFile(filepath.Join(made.Dir, TokenFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path uint8, body []byte) {
		req := httptest.NewRequest(http.MethodPost, paths[int(path)%len(paths)], bytes.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		if w.Code >= 500 {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		if w.Code >= 400 && len(body) > 12 && bytes.Contains(w.Body.Bytes(), body) {
			t.Fatalf("the answer repeats the body: %s", w.Body)
		}
	})
}

// TestDomainErrors holds the table of errors against the problems it makes.
func TestDomainErrors(t *testing.T) {
	for _, c := range []struct {
		err    error
		name   string
		status int
	}{
		{&record.FormatError{Gate: record.GateSyntax, Reason: "r"}, "record-refused", 422},
		{store.ErrForgotten, "forgotten", 410},
		{store.ErrNoEffect, "no-effect", 409},
		{store.ErrRefused, "record-refused", 422},
		{store.ErrNotFound, "not-found", 404},
		{store.ErrFull, "no-room", 507},
		{store.ErrBroken, "unavailable", 503},
		{store.ErrClosed, "unavailable", 503},
		{store.ErrDamaged, "internal", 500},
		{context.DeadlineExceeded, "busy", 503},
		{context.Canceled, "unavailable", 503},
		{&http.MaxBytesError{Limit: 5}, "too-large", 413},
		{errors.New("SECRET"), "internal", 500},
	} {
		e := asHTTPError(fmt.Errorf("wrapped: %w", c.err))
		if e.kind.name != c.name || e.kind.status != c.status || e.detail == "" || strings.Contains(e.detail, "SECRET") {
			t.Errorf("%v became %s %d %q", c.err, e.kind.name, e.kind.status, e.detail)
		}
		// A disk that failed mends itself no more than a bug does.
		if wants := e.kind.status == 503 && c.err != store.ErrBroken; wants != (e.retry > 0) && e.kind != kindNoRoom {
			t.Errorf("%v: %d with Retry-After %d", c.err, e.kind.status, e.retry)
		}
	}
}
