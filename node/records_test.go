package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record"
)

func auth(r *rig) http.Header {
	return http.Header{"Authorization": {"Bearer " + r.token()}}
}

// problemOf reads a problem document and checks its form.
func problemOf(t testing.TB, resp *http.Response, body []byte) Problem {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("status %d, no problem document: %v in %q", resp.StatusCode, err, body)
	}
	if got := resp.Header.Get("Content-Type"); got != problemType {
		t.Errorf("content type %q", got)
	}
	if p.Status != resp.StatusCode || p.Title == "" || p.Detail == "" || p.Instance != "urn:akashi:request:"+resp.Header.Get("X-Request-Id") {
		t.Errorf("problem %+v under status %d, request id %q", p, resp.StatusCode, resp.Header.Get("X-Request-Id"))
	}
	return p
}

func TestPostRecords(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	qa := []byte(`{"type":["VerifiableCredential","Review"],"issuer":"https://uni.example"}`)
	jwt := sample(t, "badge.jwt")
	jwt = bytes.TrimSpace(jwt)
	for i, c := range []struct {
		name, query, contentType string
		body                     []byte
		status                   int
		problem                  string // or ""
		kind                     string
	}{
		{"json badge", "", "application/json", badge("https://a.example", 1), 201, "", "badge"},
		{"again", "", "application/ld+json; charset=UTF-8", badge("https://a.example", 1), 200, "", "badge"},
		{"as a document too, and meant", "?type=document&force=true", "application/octet-stream", badge("https://a.example", 1), 201, "", "document"},
		{"force on a badge", "?force=true", "application/json", badge("https://a.example", 1), 200, "", "badge"},
		{"ob2", "", "application/json", sample(t, "ob2.json"), 201, "", "badge"},
		{"ob3", "", "application/vc", sample(t, "ob3.json"), 201, "", "badge"},
		{"jwt", "", "application/vc+jwt", jwt, 201, "", "badge"},
		{"jwt as text", "", "text/plain", jwt, 200, "", "badge"},
		{"qa", "", "application/json", qa, 201, "", "course-qa"},
		{"pdf", "", "application/pdf", sample(t, "diploma.pdf"), 201, "", "document"},
		{"open document", "?type=document&open=true", "application/octet-stream", []byte("regulations"), 201, "", "document"},
		{"badge baked into a picture", "", "image/svg+xml", baked("https://a.example", 7), 201, "", "badge"},
		{"the same by itself", "", "application/json", badge("https://a.example", 7), 200, "", "badge"},
		{"baked, as any bytes", "", "application/octet-stream", baked("https://a.example", 7), 200, "", "badge"},
		{"waiting", "?wait=final&timeout=2m", "application/json", badge("https://a.example", 2), 201, "", "badge"},

		{"no type", "", "", badge("https://a.example", 3), 415, "media-type", ""},
		{"form", "", "application/x-www-form-urlencoded", badge("https://a.example", 3), 415, "media-type", ""},
		{"multipart", "", "multipart/form-data; boundary=x", badge("https://a.example", 3), 415, "media-type", ""},
		{"html", "", "text/html", badge("https://a.example", 3), 415, "media-type", ""},
		{"garbled type", "", "application/json;;=", badge("https://a.example", 3), 415, "media-type", ""},
		{"charset", "", "application/json; charset=latin1", badge("https://a.example", 3), 415, "media-type", ""},
		{"json as pdf", "", "application/pdf", badge("https://a.example", 3), 415, "media-type", ""},
		{"pdf as json", "", "application/json", sample(t, "diploma.pdf"), 415, "media-type", ""},
		{"text that is no jws", "", "text/plain", []byte("hello"), 415, "media-type", ""},
		{"picture as json", "", "application/json", baked("https://a.example", 7), 415, "media-type", ""},
		{"jws with a newline", "", "application/jwt", append(jwt[:len(jwt):len(jwt)], '\n'), 422, "record-refused", ""},
		{"duplicate keys", "", "application/json", []byte(`{"type":"Assertion","SECRETKEY":1,"SECRETKEY":2}`), 422, "record-refused", ""},
		{"inexact number", "", "application/json", []byte(`{"type":"Assertion","n":9007199254740993}`), 422, "record-refused", ""},
		{"deep", "", "application/json", []byte(`{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`), 422, "record-refused", ""},
		{"broken", "", "application/json", []byte(`{"type":`), 422, "record-refused", ""},
		{"empty", "", "application/json", nil, 422, "record-refused", ""},
		{"too large", "", "application/octet-stream", make([]byte, record.MaxSize+1), 413, "too-large", ""},
		{"pdf as badge", "?type=badge", "application/pdf", sample(t, "diploma.pdf"), 422, "record-refused", ""},
		{"open badge", "?open=true", "application/json", badge("https://a.example", 4), 422, "record-refused", ""},
		{"badge as a course review", "?type=course-qa", "application/json", badge("https://a.example", 4), 422, "record-refused", ""},
		{"badge as an open document", "?type=document&open=true", "application/octet-stream", badge("https://a.example", 4), 422, "record-refused", ""},
		{"badge as a document", "?type=document", "application/octet-stream", badge("https://a.example", 4), 422, "record-refused", ""},
		{"badge as an open document, forced", "?type=document&open=true&force=true", "application/octet-stream", badge("https://a.example", 4), 422, "record-refused", ""},
		{"jws as a document", "?type=document", "application/octet-stream", jwt, 422, "record-refused", ""},
		{"bad force", "?force=1", "application/json", badge("https://a.example", 4), 400, "bad-request", ""},
		{"closed qa", "?open=false", "application/json", qa, 422, "record-refused", ""},
		{"unknown parameter", "?typ=badge", "application/json", badge("https://a.example", 4), 400, "bad-request", ""},
		{"parameter twice", "?type=badge&type=document", "application/json", badge("https://a.example", 4), 400, "bad-request", ""},
		{"bad type", "?type=diploma", "application/json", badge("https://a.example", 4), 400, "bad-request", ""},
		{"bad open", "?open=1", "application/json", badge("https://a.example", 4), 400, "bad-request", ""},
		{"bad wait", "?wait=forever", "application/json", badge("https://a.example", 4), 400, "bad-request", ""},
		{"bad timeout", "?timeout=1h", "application/json", badge("https://a.example", 4), 400, "bad-request", ""},
		{"bad query", "?%zz", "application/json", badge("https://a.example", 4), 400, "bad-request", ""},
	} {
		t.Run(fmt.Sprintf("%02d %s", i, c.name), func(t *testing.T) {
			resp, body := r.do(http.MethodPost, "/v1/records"+c.query, c.contentType, c.body, auth(r))
			if resp.StatusCode != c.status {
				t.Fatalf("status %d, want %d: %s", resp.StatusCode, c.status, body)
			}
			if c.problem != "" {
				if p := problemOf(t, resp, body); p.Name() != c.problem {
					t.Errorf("problem %s, want %s", p.Name(), c.problem)
				}
				if bytes.Contains(body, []byte("SECRET")) {
					t.Errorf("the answer repeats the record: %s", body)
				}
				return
			}
			var l Logged
			if err := json.Unmarshal(body, &l); err != nil {
				t.Fatal(err)
			}
			if l.Type.String() != c.kind || l.Duplicate != (c.status == 200) || (l.CID == "") == (l.Commitment == nil) {
				t.Errorf("answered %s", body)
			}
			if l.CID != "" {
				resp, got := r.get(resp.Header.Get("Location"))
				if resp.StatusCode != 200 || !bytes.Equal(got, c.body) || resp.Header.Get("Content-Security-Policy") == "" {
					t.Errorf("the open record comes back as %d %q", resp.StatusCode, got)
				}
				if got, err := r.client.Record(t.Context(), l.CID); err != nil || !bytes.Equal(got, c.body) {
					t.Errorf("the client reads %q, %v", got, err)
				}
			}
		})
	}
	t.Run("compressed", func(t *testing.T) {
		h := auth(r)
		h.Set("Content-Encoding", "gzip")
		resp, body := r.do(http.MethodPost, "/v1/records", "application/json", badge("https://a.example", 5), h)
		if p := problemOf(t, resp, body); p.Name() != "media-type" {
			t.Errorf("problem %s", p.Name())
		}
	})
	t.Run("chunked and too large", func(t *testing.T) {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, r.client.URL+"/v1/records", io.LimitReader(zeros{}, record.MaxSize+1))
		req.Header = auth(r)
		req.Header.Set("Content-Type", "application/octet-stream")
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		if p := problemOf(t, resp, body); p.Name() != "too-large" {
			t.Errorf("problem %s", p.Name())
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestTokens holds that nothing that changes the node, or shows what is
// private, passes without a token.
func TestTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	for _, path := range []string{"/v1/records", "/v1/status-changes", "/v1/forget", "/v1/lookup"} {
		for name, h := range map[string]http.Header{
			"none":   {},
			"empty":  {"Authorization": {""}},
			"wrong":  {"Authorization": {"Bearer SECRETwrong"}},
			"basic":  {"Authorization": {"Basic " + r.token()}},
			"twice":  {"Authorization": {"Bearer " + r.token(), "Bearer " + r.token()}},
			"spaced": {"Authorization": {"Bearer  " + r.token()}},
			"cut":    {"Authorization": {"Bearer " + r.token()[:20]}},
		} {
			resp, body := r.do(http.MethodPost, path, "application/json", []byte(`{"SECRET":1}`), h)
			if p := problemOf(t, resp, body); p.Name() != "token-needed" || resp.StatusCode != 401 || resp.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s with token %s: %d %s", path, name, resp.StatusCode, body)
			}
		}
	}
	resp, body := r.do(http.MethodPost, "/v1/evidence", "application/json", []byte(`{"index":0}`), http.Header{"Authorization": {"Bearer wrong"}})
	if p := problemOf(t, resp, body); p.Name() != "token-needed" {
		t.Errorf("evidence with a wrong token: %s", body)
	}
	if size := r.node.store.Tree().Size; size != 0 {
		t.Errorf("the log has %d entries", size)
	}
	if logs := r.logs.String(); strings.Contains(logs, "SECRET") || strings.Contains(logs, r.token()) {
		t.Errorf("the log shows tokens or bodies:\n%s", logs)
	}
}

// TestPathsAndMethods holds that every path that is not there, and every
// wrong method, gets a problem document.
func TestPathsAndMethods(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	for _, c := range []struct {
		method, path, problem string
		allow                 string
	}{
		{"GET", "/", "not-found", ""},
		{"GET", "/v1", "not-found", ""},
		{"GET", "/v2/records", "not-found", ""},
		{"GET", "/v1/records", "method-not-allowed", "POST"},
		{"DELETE", "/v1/records", "method-not-allowed", "POST"},
		{"PUT", "/checkpoint", "method-not-allowed", "GET, HEAD"},
		{"POST", "/v1/log", "method-not-allowed", "GET, HEAD"},
		{"GET", "/v1/records/bafk", "not-found", ""},
		{"GET", "/v1/records/" + record.CIDOf(record.Digest{1}).String(), "not-found", ""},
		{"GET", "/v1/anchors/1", "not-found", ""},
		{"GET", "/v1/anchors/01", "not-found", ""},
		{"GET", "/v1/anchors/-1", "not-found", ""},
		{"GET", "/v1/anchors?from=x", "bad-request", ""},
		{"GET", "/v1/anchors?limit=0", "bad-request", ""},
		{"GET", "/v1/anchors?limit=1001", "bad-request", ""},
		{"GET", "/v1/anchors?page=2", "bad-request", ""},
		{"GET", "/v1/log?x=1", "bad-request", ""},
	} {
		resp, body := r.do(c.method, c.path, "", nil, nil)
		if p := problemOf(t, resp, body); p.Name() != c.problem || resp.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: problem %s, Allow %q, want %s, %q", c.method, c.path, p.Name(), resp.Header.Get("Allow"), c.problem, c.allow)
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/v1/log", "/v1/anchors", "/v1/binding", "/.well-known/akashi.json"} {
		resp, body := r.get(path)
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("GET %s: %d %v %s", path, resp.StatusCode, resp.Header, body)
		}
		if resp, body := r.do(http.MethodHead, path, "", nil, nil); resp.StatusCode != 200 || len(body) != 0 {
			t.Errorf("HEAD %s: %d %q", path, resp.StatusCode, body)
		}
	}
}

// TestRequestDocuments sends bad JSON to the small documents.
func TestRequestDocuments(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	logged := r.submit(badge("https://a.example", 1), "")
	qa := r.submit([]byte(`{"type":"Review","issuer":"https://uni.example"}`), "")
	zero := strings.Repeat("0", 64)
	for _, c := range []struct {
		path, body string
		problem    string
	}{
		{"/v1/status-changes", ``, "bad-request"},
		{"/v1/status-changes", `null`, "bad-request"},
		{"/v1/status-changes", `[]`, "bad-request"},
		{"/v1/status-changes", `{"index":0,"state":"revoked"} x`, "bad-request"},
		{"/v1/status-changes", `{"index":0}`, "bad-request"},
		{"/v1/status-changes", `{"state":"revoked"}`, "bad-request"},
		{"/v1/status-changes", `{"index":0,"index":0,"state":"revoked"}`, "bad-request"},
		{"/v1/status-changes", `{"Index":0,"state":"revoked"}`, "bad-request"},
		{"/v1/status-changes", `{"index":"0","state":"revoked"}`, "bad-request"},
		{"/v1/status-changes", `{"index":-1,"state":"revoked"}`, "bad-request"},
		{"/v1/status-changes", `{"index":1.5,"state":"revoked"}`, "bad-request"},
		{"/v1/status-changes", `{"index":0,"state":"SECRET"}`, "bad-request"},
		{"/v1/status-changes", `{"index":0,"state":"revoked","SECRET":1}`, "bad-request"},
		{"/v1/status-changes", `{"index":0,"commitment":"` + zero + `","state":"revoked"}`, "bad-request"},
		{"/v1/status-changes", `{"commitment":"SECRET","state":"revoked"}`, "bad-request"},
		{"/v1/status-changes", `{"commitment":"` + zero + `","state":"revoked"}`, "not-found"},
		{"/v1/status-changes", `{"index":999,"state":"revoked"}`, "not-found"},
		{"/v1/status-changes", fmt.Sprintf(`{"index":%d,"state":"revoked"}`, qa.Index), "no-effect"},
		{"/v1/status-changes", strings.Repeat(" ", maxJSONBody+1), "too-large"},
		{"/v1/forget", `{}`, "bad-request"},
		{"/v1/forget", `{"index":999}`, "not-found"},
		{"/v1/lookup", `{"type":"badge"}`, "bad-request"},
		{"/v1/lookup", `{"type":"SECRET","digest":"` + zero + `"}`, "bad-request"},
		{"/v1/lookup", `{"type":"badge","digest":"` + zero + `"}`, "not-found"},
		{"/v1/evidence", `{}`, "bad-request"},
		{"/v1/evidence", `{"cid":"SECRET"}`, "bad-request"},
		{"/v1/evidence", `{"salt":"` + zero + `"}`, "bad-request"},
		{"/v1/evidence", `{"digest":"` + zero + `"}`, "bad-request"},
		{"/v1/evidence", `{"index":1,"type":"badge"}`, "bad-request"},
		{"/v1/evidence", `{"commitment":"` + zero + `"}`, "not-found"},
		{"/v1/evidence", `{"type":"badge","digest":"` + zero + `"}`, "not-found"},
		{"/v1/evidence", `{"index":999}`, "not-found"},
	} {
		resp, body := r.do(http.MethodPost, c.path, "application/json", []byte(c.body), auth(r))
		if p := problemOf(t, resp, body); p.Name() != c.problem {
			t.Errorf("POST %s %.80s: %s, want %s", c.path, c.body, body, c.problem)
		}
		if bytes.Contains(body, []byte("SECRET")) {
			t.Errorf("POST %s: the answer repeats the request: %s", c.path, body)
		}
	}
	if resp, body := r.do(http.MethodPost, "/v1/forget", "text/plain", []byte(`{"index":0}`), auth(r)); problemOf(t, resp, body).Name() != "media-type" {
		t.Errorf("forget as text/plain: %s", body)
	}
	if s, err := r.node.store.State(logged.Index); err != nil || s != record.Valid {
		t.Errorf("the badge became %s, %v", s, err)
	}
	if strings.Contains(r.logs.String(), "SECRET") {
		t.Errorf("the log repeats requests:\n%s", r.logs.String())
	}
}

// TestConcurrentSubmissions gives one record to many callers and many records
// to one log: every record has one index, every caller the same answer.
func TestConcurrentSubmissions(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	const records, callers = 50, 4
	var mu sync.Mutex
	indexes := map[int]map[uint64]int{}
	fresh := 0
	var wg sync.WaitGroup
	for i := range records * callers {
		wg.Go(func() {
			l, err := r.client.Submit(t.Context(), Submission{Record: badge("https://a.example", i%records)})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			if indexes[i%records] == nil {
				indexes[i%records] = map[uint64]int{}
			}
			indexes[i%records][l.Index]++
			if !l.Duplicate {
				fresh++
			}
		})
	}
	wg.Wait()
	seen := map[uint64]bool{}
	for i, at := range indexes {
		if len(at) != 1 {
			t.Errorf("record %d is at %v", i, at)
		}
		for index := range at {
			if seen[index] {
				t.Errorf("two records at %d", index)
			}
			seen[index] = true
		}
	}
	if fresh != records {
		t.Errorf("%d records were new, want %d", fresh, records)
	}
}

// TestWaitOutlastsTimeouts holds that a request that waits for its anchor is
// not cut off by the time limits on requests and answers. That they have
// passed is seen by another request, begun later, being cut off.
func TestWaitOutlastsTimeouts(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", func(o *InitOptions) { o.AnchorInterval = time.Hour })
	n, err := New(r.config)
	if err != nil {
		t.Fatal(err)
	}
	n.readTimeout, n.writeTimeout = 100*time.Millisecond, 100*time.Millisecond
	r.run(n)
	type answer struct {
		l   Logged
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		l, err := r.client.Submit(t.Context(), Submission{Record: badge("https://a.example", 1), Wait: StateFinal, Timeout: patience})
		answers <- answer{l, err}
	}()
	waitFor(t, "the record to be logged", func() bool { return n.store.Tree().Size > 0 })
	conn, err := net.Dial("tcp", n.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/evidence HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	if b, err := io.ReadAll(conn); err != nil {
		t.Fatalf("the slow request got %q, %v", b, err)
	}
	n.anchor.Request()
	a := <-answers
	if a.err != nil || a.l.State != StateFinal {
		t.Fatalf("waiting gave %+v, %v", a.l, a.err)
	}
}

// TestSlowBody answers a body that does not come.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	n, err := New(r.config)
	if err != nil {
		t.Fatal(err)
	}
	n.readTimeout = 50 * time.Millisecond
	r.run(n)
	for _, path := range []string{"/v1/evidence", "/v1/records"} {
		conn, err := net.Dial("tcp", n.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", path, r.token())
		if b, err := io.ReadAll(conn); err != nil || !bytes.Contains(b, []byte("408 Request Timeout")) || !bytes.Contains(b, []byte("urn:akashi:problem:request-timeout")) {
			t.Errorf("%s: the slow request got %q, %v", path, b, err)
		}
	}
}
