package node

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/akashi-project/akashi/record"
)

// TestClientWhole: JSON of another server is not taken for a node's answer in
// which everything is zero.
func TestClientWhole(t *testing.T) {
	var answer string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, answer)
	}))
	defer server.Close()
	c := &Client{URL: server.URL}
	ctx := t.Context()
	index := uint64(3)
	for _, answer = range []string{`{}`, `{"jsonrpc":"2.0","id":1,"result":null}`, `[]`, `null`, `{"index":0}`} {
		for name, ask := range map[string]func() error{
			"submit":  func() error { _, err := c.Submit(ctx, Submission{Record: []byte("x")}); return err },
			"change":  func() error { _, err := c.ChangeStatus(ctx, StatusChange{Index: &index}); return err },
			"forget":  func() error { _, err := c.Forget(ctx, Target{Index: &index}); return err },
			"find":    func() error { _, err := c.Find(ctx, record.Badge, record.Digest{}); return err },
			"log":     func() error { _, err := c.Log(ctx); return err },
			"anchors": func() error { _, err := c.Anchors(ctx, 0, 0); return err },
			"anchor":  func() error { _, err := c.Anchor(ctx, 1); return err },
			"healthy": func() error { _, err := c.Healthy(ctx); return err },
		} {
			if err := ask(); !errors.Is(err, ErrUnreachable) {
				t.Errorf("%s takes %s: %v", name, answer, err)
			}
		}
	}
}
