package node

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record"
)

// quiet makes a rig whose log is seldom anchored.
func quiet(t *testing.T) *rig {
	return newRig(t, "", func(o *InitOptions) { o.AnchorInterval, o.AnchorEntries = 24*time.Hour, 1<<40 })
}

// records counts the entries of the log that stand for records: a head entry
// may come between them.
func (r *rig) records() (n uint64) {
	r.t.Helper()
	for i := range r.node.store.Tree().Size {
		e, err := r.node.store.Entry(i)
		if err != nil {
			r.t.Fatal(err)
		}
		if e.Kind != record.Head {
			n++
		}
	}
	return n
}

// rawBatch is a batch as it goes over the wire, chunked or with its length.
func rawBatch(token, lines string, chunked bool) string {
	head := "POST /v1/records/batch HTTP/1.1\r\nHost: node\r\nConnection: close\r\nAuthorization: Bearer " + token + "\r\nContent-Type: " + BatchMediaType + "\r\n"
	if !chunked {
		return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(lines), lines)
	}
	var b strings.Builder
	b.WriteString(head + "Transfer-Encoding: chunked\r\n\r\n")
	for part := range chunks(lines, 100) {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(part), part)
	}
	b.WriteString("0\r\n\r\n")
	return b.String()
}

func chunks(s string, n int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for len(s) > 0 {
			k := min(n, len(s))
			if !yield(s[:k]) {
				return
			}
			s = s[k:]
		}
	}
}

// cut sends the first n bytes of a request and leaves: politely, by a reset,
// or after reading as much of the answer as there is of it.
func cut(t *testing.T, addr net.Addr, request string, n int, how int) {
	t.Helper()
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// The node may hang up first, on a head that it refuses.
	_, _ = io.WriteString(c, request[:n])
	switch how {
	case 1:
		_ = c.(*net.TCPConn).SetLinger(0)
	case 2:
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
	}
}

// TestBatchCutAtEveryByte cuts a short batch at each of its bytes, in three
// ways and two framings, and sends it again: each record is in the log once.
func TestBatchCutAtEveryByte(t *testing.T) {
	t.Parallel()
	r := quiet(t).start()
	const lines = 3
	batches, token := 0, r.token()
	seen := map[uint64]string{}
	for _, chunked := range []bool{false, true} {
		request := func(batch int) (string, string) {
			body := batchLines(fmt.Sprintf("https://cut-%06d.example", batch), lines)
			return rawBatch(token, body, chunked), body
		}
		sample, _ := request(0)
		head := strings.Index(sample, "\r\n\r\n")
		for n := head; n < len(sample); n++ {
			whole, body := request(batches)
			batches++
			cut(t, r.node.Addr(), whole, n, n%3)
			answers, sum := r.batch("", body)
			if len(answers) != lines || sum.Logged != lines || sum.Problem != nil {
				t.Fatalf("cut at %d and sent again: %+v, %+v", n, answers, sum)
			}
			for i, a := range answers {
				name := fmt.Sprintf("line %d of batch %d", i, batches)
				if other := seen[a.Logged.Index]; other != "" {
					t.Fatalf("%s has the index of %s", name, other)
				}
				seen[a.Logged.Index] = name
			}
		}
	}
	if size := r.records(); size != uint64(batches*lines) {
		t.Errorf("the log has %d entries, %d records were sent", size, batches*lines)
	}
}

// TestBatchCutAtRandom cuts a long batch at random bytes, while it is being
// logged and answered, and sends it again and again.
func TestBatchCutAtRandom(t *testing.T) {
	t.Parallel()
	r := quiet(t).start()
	const lines = 4000
	body := batchLines("https://long.example", lines)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 24 {
		whole := rawBatch(r.token(), body, i%2 == 0)
		cut(t, r.node.Addr(), whole, rnd.IntN(len(whole)), i%3)
	}
	answers, sum := r.batch("", body)
	if len(answers) != lines || sum.Logged != lines {
		t.Fatalf("%d answers, %+v", len(answers), sum)
	}
	seen := map[uint64]bool{}
	for _, a := range answers {
		seen[a.Logged.Index] = true
	}
	if size := r.records(); size != lines || len(seen) != lines {
		t.Errorf("the log has %d records, the answers %d indexes, %d records were sent", size, len(seen), lines)
	}
	if sum.Duplicates == 0 {
		t.Error("no cut came after a record was logged: the test shows nothing")
	}
}

// TestBatchAnswersWhileReading holds that an answer comes before the next line
// is sent: over HTTP/1.1 and HTTP/2, directly and through a reverse proxy.
func TestBatchAnswersWhileReading(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	upstream, err := url.Parse(r.node.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(upstream)
	proxy.FlushInterval = -1
	both := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
			t.Error(err)
		}
		proxy.ServeHTTP(w, r)
	})
	// A proxy that does not speak both ways passes on what is sent in one go.
	plain := httptest.NewServer(proxy)
	defer plain.Close()
	b := (&Client{URL: plain.URL, Token: r.token()}).Batch(t.Context(), BatchOptions{}, func(yield func(BatchRecord) bool) {
		for i := 0; i < 1000 && yield(BatchRecord{Record: badge("https://plain.example", i)}); i++ {
		}
	})
	for _, err := range b.Answers() {
		if err != nil {
			t.Fatal(err)
		}
	}
	if b.Summary().Logged != 1000 {
		t.Errorf("through a plain proxy: %+v", b.Summary())
	}
	for name, h := range map[string]http.Handler{"direct": r.node.Handler(), "proxied": both} {
		for _, version := range []int{1, 2} {
			server := httptest.NewUnstartedServer(h)
			server.EnableHTTP2 = version == 2
			server.StartTLS()
			defer server.Close()
			t.Run(fmt.Sprintf("%s HTTP/%d", name, version), func(t *testing.T) {
				client := &Client{URL: server.URL, Token: r.token(), HTTP: server.Client()}
				if version == 1 {
					tr := server.Client().Transport.(*http.Transport)
					tr.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
				}
				next := make(chan struct{}, 1)
				next <- struct{}{}
				n := 0
				b := client.Batch(t.Context(), BatchOptions{}, func(yield func(BatchRecord) bool) {
					for i := range 20 {
						<-next
						rec := fmt.Sprintf(`{"type":"Assertion","id":"%s-%d-%d"}`, name, version, i)
						if !yield(BatchRecord{Record: []byte(rec)}) {
							return
						}
					}
				})
				for a, err := range b.Answers() {
					if err != nil || a.Problem != nil {
						t.Fatal(err, a.Problem)
					}
					n++
					next <- struct{}{}
				}
				if n != 20 || b.Summary().Logged != 20 {
					t.Errorf("%d answers, %+v", n, b.Summary())
				}
			})
		}
	}
}

// pipeBatch begins a batch whose lines the test writes and whose answers it
// reads one by one.
func (r *rig) pipeBatch(header string) (net.Conn, *bufio.Reader) {
	r.t.Helper()
	c, err := net.Dial("tcp", r.node.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		r.t.Fatal(err)
	}
	fmt.Fprintf(c, "POST /v1/records/batch HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n%s\r\n", r.token(), BatchMediaType, header)
	return c, bufio.NewReader(c)
}

func sendChunk(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := fmt.Fprintf(c, "%x\r\n%s\r\n", len(text), text); err != nil {
		t.Fatal(err)
	}
}

// until reads to a line that has text, and gives it.
func until(t *testing.T, in *bufio.Reader, text string) string {
	t.Helper()
	for {
		line, err := in.ReadString('\n')
		if strings.Contains(line, text) {
			return line
		}
		if err != nil {
			t.Fatalf("no %q: %v", text, err)
		}
	}
}

// TestBatchProgress holds that a batch may take longer than any request, as
// long as lines come, and that it ends, with a reason, when none do.
func TestBatchProgress(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	n, err := New(r.config)
	if err != nil {
		t.Fatal(err)
	}
	n.readTimeout, n.writeTimeout = time.Second, time.Second
	r.run(n)
	c, in := r.pipeBatch("")
	start := time.Now()
	i := 0
	for ; time.Since(start) < 3*n.readTimeout; i++ {
		sendChunk(t, c, fmt.Sprintf("{\"record\":%s}\n", badge("https://slow.example", i)))
		until(t, in, fmt.Sprintf(`"line":%d,`, i+1))
	}
	sendChunk(t, c, `{"record":{"type":"Assertion"`) // and no more
	last := until(t, in, `"summary"`)
	if !strings.Contains(last, fmt.Sprintf(`"lines":%d,`, i)) || !strings.Contains(last, "request-timeout") {
		t.Errorf("after %d lines: %s", i, last)
	}
}

// TestBatchDrip holds that bytes which never make a line do not keep a batch
// open.
func TestBatchDrip(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	n, err := New(r.config)
	if err != nil {
		t.Fatal(err)
	}
	n.readTimeout = 500 * time.Millisecond
	r.run(n)
	c, in := r.pipeBatch("")
	over := make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			if _, err := io.WriteString(c, "1\r\n \r\n"); err != nil {
				return
			}
		}
	}()
	if last := until(t, in, `"summary"`); !strings.Contains(last, "request-timeout") {
		t.Errorf("ended by %s", last)
	}
	c.Close()
	<-over
}

// TestBatchExpect holds that a client which waits for 100 Continue gets it
// before the answer.
func TestBatchExpect(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	c, in := r.pipeBatch("Expect: 100-continue\r\n")
	if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("%q, %v", line, err)
	}
	sendChunk(t, c, "{\"bytes\":\"AA==\"}\n")
	until(t, in, "HTTP/1.1 200")
	until(t, in, `"line":1,`)
	fmt.Fprint(c, "0\r\n\r\n")
	until(t, in, `"summary"`)
}

// TestBatchStop stops a node with a batch open: it ends with a reason, what
// was answered is in the log, and nothing is left running.
func TestBatchStop(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	c, in := r.pipeBatch("")
	sendChunk(t, c, "{\"bytes\":\"AA==\"}\n{\"byt")
	until(t, in, `"line":1,`)
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	if last := until(t, in, `"summary"`); !strings.Contains(last, `"lines":1,"logged":1,`) || !strings.Contains(last, "unavailable") {
		t.Errorf("ended by %s", last)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestBatchLinger holds that a client which still sends when it was answered,
// and reads only then, gets the answer and no reset.
func TestBatchLinger(t *testing.T) {
	t.Parallel()
	r := quiet(t)
	n, err := New(r.config)
	if err != nil {
		t.Fatal(err)
	}
	n.linger = 5 * patience
	r.run(n)
	c, in := r.pipeBatch("")
	sendChunk(t, c, "{\"bytes\":\"AA==\"}\n")
	until(t, in, `"line":1,`)
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	<-n.stopping
	part := fmt.Sprintf("{\"bytes\":\"%s\"}\n", strings.Repeat("AAAA", 16<<10))
	for range 256 { // more than the buffers of a connection hold
		sendChunk(t, c, part)
	}
	if last := until(t, in, `"summary"`); !strings.Contains(last, "unavailable") {
		t.Errorf("ended by %s", last)
	}
	c.Close()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestBatchSlowReader holds that a client which sends and does not read is
// dropped, having taken no more memory than the window.
func TestBatchSlowReader(t *testing.T) {
	t.Parallel()
	r := quiet(t)
	n, err := New(r.config)
	if err != nil {
		t.Fatal(err)
	}
	n.writeTimeout = 300 * time.Millisecond
	r.run(n)
	c, _ := r.pipeBatch("")
	if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	part := strings.Repeat("{}\n", 1000)
	sent := 0
	for {
		if _, err := fmt.Fprintf(c, "%x\r\n%s\r\n", len(part), part); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("the node went on taking lines: %d", sent)
			}
			break
		}
		sent += 1000
	}
	waitFor(t, "the batch to end", func() bool { return len(n.batches) == 0 })
	if len(n.batches) != 0 || !n.bodies.free.TryAcquire(n.bodies.total) {
		t.Error("the batch holds memory")
	}
}

// TestBatchLimits holds the limits that come before the first line.
func TestBatchLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	post := func(query, media, encoding string) string {
		h := auth(r)
		if encoding != "" {
			h.Set("Content-Encoding", encoding)
		}
		resp, body := r.do(http.MethodPost, "/v1/records/batch"+query, media, []byte("{\"bytes\":\"AA==\"}\n"), h)
		if resp.StatusCode == http.StatusOK {
			return "ok"
		}
		return problemOf(t, resp, body).Name()
	}
	for _, c := range []struct{ query, media, encoding, want string }{
		{"", BatchMediaType, "", "ok"},
		{"", BatchMediaType + "; charset=utf-8", "", "ok"},
		{"", "application/json", "", "media-type"},
		{"", "", "", "media-type"},
		{"", BatchMediaType, "gzip", "media-type"},
		{"?wait=soon", BatchMediaType, "", "bad-request"},
		{"?timeout=1h", BatchMediaType, "", "bad-request"},
		{"?type=badge", BatchMediaType, "", "bad-request"},
	} {
		if got := post(c.query, c.media, c.encoding); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	for range maxBatches {
		r.node.batches <- struct{}{}
	}
	if got := post("", BatchMediaType, ""); got != "busy" {
		t.Errorf("with %d batches under way: %s", maxBatches, got)
	}
	for range maxBatches {
		<-r.node.batches
	}
	if size := r.node.store.Tree().Size; size == 0 {
		t.Error("nothing was logged")
	}
}

// FuzzBatch feeds the parser of lines: what it takes is one record that stands
// there, and what it refuses it says without repeating it.
func FuzzBatch(f *testing.F) {
	for _, s := range []string{
		`{"record":{"type":"Assertion"}}`, `{"type":"badge","digest":"` + strings.Repeat("0a", 32) + `"}`, `{"bytes":"AA==","open":true}`,
		`{"record":"e30.e30.AA"}`, `{"record":{}} {}`, `{"type":"document","force":true,"record":{"type":"Assertion"}}`, "{\"a\xff\":1}", `{`, `{"record":{"a":1,"a":2}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		was := bytes.Clone(line)
		l, err := parseBatchLine(line)
		if !bytes.Equal(line, was) {
			t.Fatal("the line was changed")
		}
		if err != nil {
			if e := asHTTPError(err); e.kind.status >= 500 || e.detail == "" {
				t.Fatalf("%q: %v", line, err)
			}
			return
		}
		if l.record.IsZero() == (l.digest == [32]byte{}) && l.digest != [32]byte{} {
			t.Fatalf("%q: neither record nor digest, or both", line)
		}
		sub, err := l.toStore()
		if err != nil {
			return
		}
		// What was read, written again by the client's side, is read alike.
		again := BatchRecord{Type: &sub.Type, Open: sub.Open, Force: l.force}
		if l.record.IsZero() {
			again.Digest = &l.digest
		} else {
			again.Record = l.record.Original()
		}
		text, err := again.encode()
		if err != nil {
			t.Fatal(err)
		}
		l2, err := parseBatchLine(text)
		if err != nil {
			t.Fatalf("%q, written as %q: %v", line, text, err)
		}
		sub2, err := l2.toStore()
		if err != nil || sub2.Type != sub.Type || sub2.Open != sub.Open || sub2.Digest != sub.Digest || !bytes.Equal(sub2.Record.Original(), sub.Record.Original()) {
			t.Fatalf("%q, written as %q: %+v, %v", line, text, sub2, err)
		}
	})
}
