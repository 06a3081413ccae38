package testnet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// A call is a JSON-RPC 2.0 request, or one of a batch.
type call struct {
	Version json.RawMessage `json:"jsonrpc,omitempty"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params,omitempty"`
}

// An answer is a JSON-RPC 2.0 response, or one of a batch.
type answer struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
}

var null = json.RawMessage("null")

// errCut asks for the connection to be cut without an answer.
var errCut = errors.New("cut the connection")

// serve answers one HTTP request.
func (f *Fault) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, "request too large or cut short", http.StatusRequestEntityTooLarge)
		return
	}
	calls, batch, err := parseCalls(body)
	if err != nil {
		reply(w, mustJSON(failed(null, -32700, err.Error())))
		return
	}
	faults := f.meet(calls)

	if faults.Hang {
		f.pause(r.Context(), maxHang)
		panic(http.ErrAbortHandler) // cuts the connection
	}
	if faults.Delay > 0 && !f.pause(r.Context(), faults.Delay) {
		panic(http.ErrAbortHandler)
	}
	if faults.Status != 0 {
		if faults.Status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
		}
		http.Error(w, http.StatusText(faults.Status), faults.Status)
		return
	}
	switch faults.Body {
	case Garbage:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<!doctype html>\n<title>Just a moment...</title>\n<p>Checking your browser.\n")
		return
	case Huge:
		huge(w, calls[0].ID)
		return
	}
	answers, err := f.answerAll(r.Context(), calls, faults)
	switch {
	case errors.Is(err, errCut):
		panic(http.ErrAbortHandler)
	case err != nil:
		http.Error(w, "upstream: "+err.Error(), http.StatusBadGateway)
		return
	}
	var out []byte
	switch {
	case len(answers) == 0: // notifications only
		w.WriteHeader(http.StatusOK)
		return
	case batch:
		out = mustJSON(answers)
	default:
		out = mustJSON(answers[0])
	}
	if faults.Body == Truncated {
		w.Header().Set("Content-Length", strconv.Itoa(len(out)))
		w.Write(out[:len(out)/2])
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
		panic(http.ErrAbortHandler)
	}
	reply(w, out)
}

func reply(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}

// huge writes an answer that a client without a limit would keep in memory
// whole. It ends early when the client hangs up.
func huge(w http.ResponseWriter, id json.RawMessage) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":"0x`, orNull(id))
	zeros := bytes.Repeat([]byte{'0'}, 1<<20)
	for range maxResponse >> 20 {
		if _, err := w.Write(zeros); err != nil {
			return
		}
	}
	io.WriteString(w, `"}`)
}

// pause waits; false means that the client or the Fault gave up first.
func (f *Fault) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-f.done:
		return false
	}
}

// parseCalls reads a request, single or batch.
func parseCalls(body []byte) (calls []call, batch bool, err error) {
	body = bytes.TrimLeft(body, " \t\r\n")
	if len(body) > 0 && body[0] == '[' {
		if err := json.Unmarshal(body, &calls); err != nil {
			return nil, true, fmt.Errorf("batch: %w", err)
		}
		if len(calls) == 0 || len(calls) > maxBatch {
			return nil, true, fmt.Errorf("batch of %d calls: 1 to %d are allowed", len(calls), maxBatch)
		}
		return calls, true, nil
	}
	var one call
	if err := json.Unmarshal(body, &one); err != nil {
		return nil, false, fmt.Errorf("request: %w", err)
	}
	return []call{one}, false, nil
}

// meet counts the calls and returns the faults that they are to meet.
func (f *Fault) meet(calls []call) Faults {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range calls {
		f.calls[c.Method]++
	}
	if !slices.ContainsFunc(calls, func(c call) bool { return f.faults.hits(c.Method) }) {
		return Faults{}
	}
	faults := f.faults
	if faults.Times > 0 {
		if f.left--; f.left == 0 {
			f.faults = Faults{}
		}
	}
	return faults
}

// hits reports whether the faults concern calls of that method.
func (f Faults) hits(method string) bool {
	return len(f.Methods) == 0 || slices.Contains(f.Methods, method)
}

// answerAll answers the calls one after the other, but for notifications.
func (f *Fault) answerAll(ctx context.Context, calls []call, faults Faults) ([]answer, error) {
	answers := make([]answer, 0, len(calls))
	for _, c := range calls {
		meets := faults
		if !faults.hits(c.Method) {
			meets = Faults{}
		}
		a, err := f.answer(ctx, c, meets)
		if err != nil {
			return nil, err
		}
		if c.ID == nil {
			continue
		}
		a.Version, a.ID = "2.0", c.ID
		answers = append(answers, a)
	}
	return answers, nil
}

// forward asks the upstream. An error means that it could not be asked; what
// it answers, errors included, is in the answer.
func (f *Fault) forward(ctx context.Context, c call) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, upstreamFor)
	defer cancel()
	c.Version, c.ID = json.RawMessage(`"2.0"`), json.RawMessage("1")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.upstream, bytes.NewReader(mustJSON(c)))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := f.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse+1))
	switch {
	case err != nil:
		return answer{}, err
	case resp.StatusCode != http.StatusOK:
		return answer{}, fmt.Errorf("status %s", resp.Status)
	case len(body) > maxResponse:
		return answer{}, fmt.Errorf("answer of more than %d bytes", maxResponse)
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return answer{}, fmt.Errorf("answer: %w", err)
	}
	if string(a.Error) == "null" {
		a.Error = nil
	}
	if a.Result == nil && a.Error == nil {
		a.Result = null
	}
	return a, nil
}

// ask forwards a call and decodes its result.
func (f *Fault) ask(ctx context.Context, result any, method string, params ...any) error {
	a, err := f.forward(ctx, call{Method: method, Params: mustJSON(params)})
	if err != nil {
		return err
	}
	if a.Error != nil {
		return fmt.Errorf("%s: %s", method, a.Error)
	}
	return json.Unmarshal(a.Result, result)
}

// failed is a JSON-RPC error.
func failed(id json.RawMessage, code int, message string) answer {
	return answer{Version: "2.0", ID: orNull(id), Error: mustJSON(map[string]any{"code": code, "message": message})}
}

func orNull(id json.RawMessage) json.RawMessage {
	if id == nil {
		return null
	}
	return id
}

// mustJSON encodes values that are made of strings, numbers and JSON already
// parsed, which cannot fail.
func mustJSON(v any) json.RawMessage {
	out, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("testnet: encode %T: %v", v, err))
	}
	return out
}
