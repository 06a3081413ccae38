package audit_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/akashi-project/akashi/anchor"
)

// A question is one to an RPC, and its answer.
type question struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params []any           `json:"params"`
}

type answer struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  any             `json:"result,omitempty"`
	Error   any             `json:"error,omitempty"`
}

// A proxy stands before an RPC and may change each answer.
type proxy struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int
}

// refuse is the answer of an RPC that does not like a question.
type refuse string

// newProxy returns a client whose answers go through change, which gets each
// question with its true result and returns the result to give, or a refuse.
func newProxy(t testing.TB, rpc string, change func(q question, result any) any) (*anchor.Client, *proxy) {
	t.Helper()
	p := &proxy{asked: map[string]int{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		resp, err := http.Post(rpc, "application/json", bytes.NewReader(body))
		if err != nil {
			http.Error(w, "upstream", http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err != nil {
			return
		}
		batch := bytes.HasPrefix(bytes.TrimSpace(body), []byte("["))
		var qs []question
		var as []answer
		if batch {
			if json.Unmarshal(body, &qs) != nil || json.Unmarshal(raw, &as) != nil {
				http.Error(w, "batch", http.StatusBadGateway)
				return
			}
		} else {
			qs, as = make([]question, 1), make([]answer, 1)
			if json.Unmarshal(body, &qs[0]) != nil || json.Unmarshal(raw, &as[0]) != nil {
				http.Error(w, "one", http.StatusBadGateway)
				return
			}
		}
		for i := range as {
			p.mu.Lock()
			p.asked[qs[i].Method]++
			p.mu.Unlock()
			if as[i].Error != nil {
				continue
			}
			as[i].Result = change(qs[i], as[i].Result)
			if why, ok := as[i].Result.(refuse); ok {
				as[i].Result, as[i].Error = nil, map[string]any{"code": -32005, "message": string(why)}
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if batch {
			json.NewEncoder(w).Encode(as)
			return
		}
		if as[0].Error == nil && as[0].Result == nil {
			as[0].Result = json.RawMessage("null")
		}
		json.NewEncoder(w).Encode(as[0])
	}))
	t.Cleanup(p.Close)
	c, err := anchor.Dial(p.URL, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, p
}
