package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// TestSubmitReadsOnce: what gives its bytes only once is sent whole again when
// the node was busy, and may take longer to come than the node to answer.
func TestSubmitReadsOnce(t *testing.T) {
	t.Parallel()
	const text = "a document"
	const line = `{"bytes":"YSBkb2N1bWVudA=="}` + "\n"
	var asked atomic.Int64
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b, err := io.ReadAll(r.Body); err != nil || string(b) != line {
			t.Errorf("request %d brings %q, %v", asked.Load()+1, b, err)
		}
		if asked.Add(1) == 1 {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusServiceUnavailable)
			io.WriteString(w, `{"type":"urn:akashi:problem:busy","title":"The node is busy","status":503,"detail":"x","retryAfter":1}`)
			return
		}
		w.Header().Set("Content-Type", "application/x-ndjson")
		io.WriteString(w, `{"line":1,"index":7,"type":"document","duplicate":false,"state":"logged"}
{"summary":{"lines":1,"logged":1,"duplicates":0,"refused":0}}
`)
	}))
	defer node.Close()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("akashi_x"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, out := io.Pipe()
	const patience = 5 * time.Second // enough for a busy machine to answer
	time.AfterFunc(2*patience, func() {
		io.WriteString(out, text)
		out.Close()
	})
	var answer, errs bytes.Buffer
	code := Main([]string{"akashi", "--node", node.URL, "--token-file", token, "--node-timeout", patience.String(), "submit", "-"}, nil, in, &answer, &errs)
	if code != exitDone || answer.String() != "standard input: document at index 7, logged\n" || asked.Load() != 2 {
		t.Errorf("code %d after %d requests, %q, %q", code, asked.Load(), answer.String(), errs.String())
	}
}
