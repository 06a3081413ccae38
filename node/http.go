package node

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
)

// Time and size limits of every request. What a route needs beyond them
// (waiting for an anchor) it asks for itself.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	writeTimeout      = 90 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 16 << 10
	maxJSONBody       = 4 << 10 // of the small request documents
)

// handlerFunc handles a request or returns why not; it returns before it has
// written anything, or nil.
type handlerFunc func(w http.ResponseWriter, r *http.Request) error

// routes are all paths of the node. The patterns are what logs name.
func (n *Node) routes() map[string]handlerFunc {
	return map[string]handlerFunc{
		"GET /checkpoint":              n.getCheckpoint,
		"GET /tile/{path...}":          n.getTile,
		"POST /v1/records":             n.postRecord,
		"POST /v1/records/batch":       n.postBatch,
		"GET /v1/records/{cid}":        n.getRecord,
		"POST /v1/status-changes":      n.postStatusChange,
		"POST /v1/forget":              n.postForget,
		"POST /v1/lookup":              n.postLookup,
		"POST /v1/evidence":            n.postEvidence,
		"POST /v1/badges/check":        n.postBadgeCheck,
		"POST /credentials/verify":     n.postVerifyCredential,
		"POST /credentials/issue":      n.postIssueCredential,
		"GET /v1/anchors":              n.getAnchors,
		"GET /v1/anchors/{size}":       n.getAnchor,
		"POST /v1/backup":              n.postBackup,
		"GET /v1/backup":               n.getBackup,
		"GET /v1/log":                  n.getLog,
		"GET /v1/events":               n.getEvents,
		"GET /v1/binding":              n.getBinding,
		"GET /.well-known/akashi.json": n.getBinding,
		"GET /openapi.yaml":            n.getOpenAPI,
		"GET /healthz":                 n.getHealth,
		"GET /readyz":                  n.getReady,
		"GET /metrics":                 n.getMetrics,
	}
}

// Handler returns the node's HTTP. It may be served by a server of the
// caller's; Run serves it on Config.HTTP.Listen.
func (n *Node) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range n.routes() {
		mux.Handle(pattern, n.wrap(pattern, h))
	}
	unknown := n.wrap("/", func(w http.ResponseWriter, r *http.Request) error {
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
			if h, pattern := mux.Handler(other); pattern != "/" && isWrapped(h) {
				allowed = append(allowed, method)
				if method == http.MethodGet {
					allowed = append(allowed, http.MethodHead)
				}
			}
		}
		if len(allowed) == 0 {
			return refuse(kindNotFound, "No such path; docs/http.md lists them")
		}
		e := refuse(kindMethod, "Use "+allowed[0])
		e.header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
		return e
	})
	mux.Handle("/", unknown)
	return forPages(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// ServeMux itself redirects paths with empty or dotted segments, and
		// answers the request target *, without a word of ours.
		if h, _ := mux.Handler(r); r.RequestURI == "*" || !isWrapped(h) {
			unknown.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
}

// isWrapped reports whether a handler that ServeMux found is one of wrap's, and
// not one of its own.
func isWrapped(h http.Handler) bool {
	_, ok := h.(wrapped)
	return ok
}

// wrapped is a handler that wrap made.
type wrapped struct{ http.HandlerFunc }

// wrap gives a handler its request id, its last resort against panics, its
// problem documents and its line in the log.
func (n *Node) wrap(pattern string, h handlerFunc) http.Handler {
	inner := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := requestID()
		w := &recorder{ResponseWriter: rw}
		body := &countedBody{ReadCloser: r.Body}
		r.Body = body
		n.metrics.http.inFlight.Inc()
		defer func() { // also when the answer is cut off
			n.metrics.http.inFlight.Dec()
			n.metrics.http.answered(pattern, w.status(), time.Since(start), body.read.Load(), w.written)
		}()
		w.Header().Set("X-Request-Id", id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		var err error
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				err = &httpError{kind: kindInternal, detail: "The node's log has the cause under this request's id", cause: panicCause(p)}
				n.log.ErrorContext(r.Context(), "handler panicked", "request_id", id, "route", pattern, "stack", string(debug.Stack()))
			}
			if err != nil {
				n.answerError(w, r, pattern, id, err)
			}
			n.log.DebugContext(r.Context(), "request", "request_id", id, "route", pattern, "status", w.status(),
				"bytes", w.written, "duration", time.Since(start))
		}()
		if err = n.admit(pattern, r); err == nil {
			err = h(w, r)
		}
	})
	if slices.Contains(compressed, pattern) {
		return wrapped{compress(inner)}
	}
	return wrapped{inner}
}

// panicCause is what may be told of a panic: what the runtime says, such as
// "index out of range". Else its value may speak of a record, and the stack, in
// which there are no texts, says enough.
func panicCause(p any) error {
	if err, ok := p.(runtime.Error); ok {
		return fmt.Errorf("panic: %w", err)
	}
	return fmt.Errorf("panic with a %T", p)
}

// answerError writes the problem document of err, and logs what the operator
// has to know of it. Causes of a client's mistakes are not logged: they may
// speak of what the client sent.
func (n *Node) answerError(w *recorder, r *http.Request, pattern, id string, err error) {
	e := asHTTPError(err)
	n.metrics.http.problems.WithLabelValues(e.kind.name).Inc()
	if e.kind.status >= 500 && !(errors.Is(err, context.Canceled) && r.Context().Err() != nil) {
		n.logFailure(r.Context(), pattern, id, e)
	}
	if w.code != 0 {
		// Part of the answer is out: only cutting it off is left, so that it
		// is not taken for whole.
		panic(http.ErrAbortHandler)
	}
	for name, values := range e.header {
		w.Header()[name] = values
	}
	p := e.problem(id)
	if e.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.retry))
	}
	b, err := json.Marshal(p)
	if err != nil {
		b = []byte("{}") // not reached: a Problem holds strings that are UTF-8 by their making
	}
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(p.Status)
	w.Write(b)
}

// logFailure tells the operator what the node could not do.
func (n *Node) logFailure(ctx context.Context, pattern, id string, e *httpError) {
	level := slog.LevelWarn
	if e.kind == kindInternal || e.kind == kindNoRoom {
		level = slog.LevelError
	}
	attrs := []any{"request_id", id, "route", pattern, "problem", e.kind.name}
	if e.cause != nil {
		attrs = append(attrs, "err", e.cause.Error())
	}
	n.log.Log(ctx, level, "request failed", attrs...)
}

// answerJSON writes v, which is not to be cached.
func answerJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	return answer(w, status, "application/json", "no-store", b)
}

func answer(w http.ResponseWriter, status int, contentType, cache string, b []byte) error {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", cache)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	w.Write(b) // an error here is a client that left
	return nil
}

// countedBody counts what was read of a request's body.
type countedBody struct {
	io.ReadCloser
	read atomic.Int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Add(int64(n))
	return n, err
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	code    int
	written int64
}

func (w *recorder) WriteHeader(code int) {
	if w.code == 0 {
		w.code = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.written += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) status() int {
	if w.code == 0 {
		return http.StatusOK
	}
	return w.code
}

// requestID is made by the node: one from outside would be a stranger's text
// in the log.
func requestID() string {
	var b [8]byte
	rand.Read(b[:]) // does not fail (crypto/rand)
	return hex.EncodeToString(b[:])
}

func sizeText(limit int64) string {
	return fmt.Sprintf("The body is larger than the %d bytes taken here", limit)
}
