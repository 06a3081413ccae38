package node

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record"
)

// TestClientAgainstOthers holds that a client is not misled by what is no
// node: it says ErrUnreachable or a plain error, and sends its token nowhere
// else.
func TestClientAgainstOthers(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("followed a redirect with token %q", r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	cid := record.CIDOf(record.DigestOf([]byte("right"))).String()
	for _, c := range []struct {
		name        string
		contentType string
		status      int
		body        string
		unreachable bool
	}{
		{"a web page", "text/html", 200, "<html>", true},
		{"a web page's error", "text/html", 500, "<html>", true},
		{"json of another kind", "application/json", 200, `[1]`, true},
		{"an object of another kind", "application/json", 200, `{"jsonrpc":"2.0","id":null}`, true},
		{"broken json", "application/json", 200, `{"index":`, true},
		{"json as text", "text/plain", 200, `{}`, true},
		{"a redirect", "text/html", 307, "", true},
		{"a problem of another status", problemType, 500, `{"type":"urn:akashi:problem:x","title":"t","status":400}`, true},
		{"nothing", "", 404, "", true},
		{"too much", "application/json", 200, strings.Repeat(" ", maxAnswer+1), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", c.contentType)
				if c.status == 307 {
					w.Header().Set("Location", elsewhere.URL)
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			}))
			defer s.Close()
			client := &Client{URL: s.URL, Token: "SECRET"}
			check := func(what string, err error) {
				t.Helper()
				if err == nil || errors.Is(err, ErrUnreachable) != c.unreachable {
					t.Errorf("%s: %v", what, err)
				}
				if _, ok := asProblem(err); ok || strings.Contains(err.Error(), "SECRET") {
					t.Errorf("%s: %v", what, err)
				}
			}
			_, err := client.Submit(t.Context(), Submission{Record: []byte("x")})
			check("submit", err)
			_, err = client.Log(t.Context())
			check("log", err)
			_, _, err = client.Evidence(t.Context(), EvidenceQuery{})
			check("evidence", err)
		})
	}
	wrong := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		io.WriteString(w, "wrong")
	}))
	defer wrong.Close()
	if _, err := (&Client{URL: wrong.URL}).Record(t.Context(), cid); err == nil || !strings.Contains(err.Error(), "another record") {
		t.Errorf("another record: %v", err)
	}
	if _, err := (&Client{URL: wrong.URL}).Record(t.Context(), "nonsense"); err == nil {
		t.Error("asked for a CID that is none")
	}
	for _, url := range []string{"", "localhost:8044", "ftp://x", "http://"} {
		if _, err := (&Client{URL: url}).Log(t.Context()); err == nil || errors.Is(err, ErrUnreachable) {
			t.Errorf("URL %q: %v", url, err)
		}
	}
	dead := &Client{URL: deadRPC(t)}
	if _, err := dead.Log(t.Context()); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "akashi node") {
		t.Errorf("nobody there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := dead.Log(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	bad := record.Type(9)
	if _, err := dead.Submit(t.Context(), Submission{Record: []byte("x"), Type: &bad}); err == nil {
		t.Error("a type that is none was sent")
	}
	if _, err := dead.Submit(t.Context(), Submission{Record: []byte(`{"a":`)}); !errors.Is(err, record.ErrFormat) {
		t.Errorf("a record that no node takes: %v", err)
	}
}
