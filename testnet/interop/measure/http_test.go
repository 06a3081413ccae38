package measure

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/transparency-dev/tessera"
	"golang.org/x/mod/sumdb/note"

	"github.com/akashi-project/akashi/testnet/await"
	"github.com/akashi-project/akashi/testnet/interop/live"
)

// TestMain makes this binary the server that does nothing, when it is asked.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "serve-constant" {
		fmt.Fprintln(os.Stderr, serveConstant())
		os.Exit(1)
	}
	// Badger and Tessera talk there while they work, and go test puts it
	// between the name of a benchmark and its figures.
	quiet, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Stderr = quiet
	os.Exit(m.Run())
}

// serveConstant answers every request, whose body it reads, with as many bytes
// as the parameter "answer" says: what HTTP costs by itself.
func serveConstant() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf(`{"url":"http://%s"}`+"\n", l.Addr())
	bytesOf := bytes.Repeat([]byte{' '}, 1<<20)
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Query().Get("answer"))
		if _, err2 := io.Copy(io.Discard, r.Body); err != nil || err2 != nil || n < 0 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(n))
		for ; n > 0; n -= len(bytesOf) {
			w.Write(bytesOf[:min(n, len(bytesOf))])
		}
	}))
}

// constant starts that server and returns its URL for answers of n bytes.
func constant(b *testing.B) func(n int) string {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	var listens struct {
		URL string `json:"url"`
	}
	p, err := live.Run(&listens, self, "serve-constant")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.Stop() }) // by a signal, which is an error here
	return func(n int) string { return fmt.Sprintf("%s/?answer=%d", listens.URL, n) }
}

// startNode starts akashi with limits that the benchmarks do not reach.
func startNode(b *testing.B, settings ...string) *live.Node {
	b.Helper()
	n, err := live.Start(b.Context(), b.TempDir(), append(settings, "http.requests_per_minute=1000000")...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := n.Stop(); err != nil {
			b.Error(err)
		}
	})
	return n
}

// startTessera starts Tessera's own POSIX server, with its deduplication and
// its own batch settings, and returns the URL that takes records.
func startTessera(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	program, err := live.Build(b.Context(), dir, "github.com/transparency-dev/tessera/cmd/conformance/posix")
	if err != nil {
		b.Fatal(err)
	}
	secret, _, err := note.GenerateKey(rand.Reader, "bench.example")
	if err != nil {
		b.Fatal(err)
	}
	key := filepath.Join(dir, "key")
	if err := os.WriteFile(key, []byte(secret), 0o600); err != nil {
		b.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := free.Addr().String()
	free.Close()
	cmd := exec.Command(program, "-listen", addr, "-storage_dir", filepath.Join(dir, "log"), "-private_key", key, "-antispam")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		cmd.Process.Kill() // it has no other way to stop
		cmd.Wait()
	})
	ctx, cancel := context.WithTimeout(b.Context(), await.Patience)
	defer cancel()
	err = await.Nil(ctx, func() error { // it does not say when it listens
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err
	})
	if err != nil {
		b.Fatalf("Tessera's server does not listen: %v\n%s", err, &said)
	}
	return "http://" + addr + "/add"
}

// client keeps a connection open for each caller.
var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1024}}

// ask makes a request and returns how many bytes were answered.
func ask(ctx context.Context, method, url, token, contentType string, body io.Reader) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return 0, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		text, _ := io.ReadAll(resp.Body)
		if bytes.Contains(text, []byte(tessera.ErrPushback.Error())) { // its server answers that as a failure
			return 0, tessera.ErrPushback
		}
		return 0, fmt.Errorf("%s %s: %s: %s", method, url, resp.Status, text)
	}
	n, err := io.Copy(io.Discard, resp.Body)
	return int(n), err
}

const httpCallers = 256

// BenchmarkHTTPAdd posts records one by one by 256 callers to three servers:
// one that reads and forgets them, Tessera's, and akashi's.
func BenchmarkHTTPAdd(b *testing.B) {
	node := startNode(b)
	// From a full log the next number, so that no side sees a record twice.
	first := 0
	post := func(b *testing.B, url, token, contentType string) {
		from := first
		first += b.N
		load(b, httpCallers, func(ctx context.Context, i int) error {
			_, err := ask(ctx, http.MethodPost, url, token, contentType, bytes.NewReader(payload(from+i)))
			return err
		})
	}
	url := node.URL + "/v1/records?type=document"
	answer, err := ask(b.Context(), http.MethodPost, url, node.Token, "application/octet-stream", strings.NewReader("to see its size"))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("constant", func(b *testing.B) { post(b, constant(b)(answer), "", "application/octet-stream") })
	b.Run("tessera", func(b *testing.B) { post(b, startTessera(b), "", "") })
	b.Run("akashi", func(b *testing.B) { post(b, url, node.Token, "application/octet-stream") })
}

// BenchmarkHTTPBatch sends records as one batch: to a server that reads and
// forgets them, and to akashi, which answers each.
func BenchmarkHTTPBatch(b *testing.B) {
	node := startNode(b)
	first := 0
	lines := func(n int) io.Reader {
		r, w := io.Pipe()
		from := first
		first += n
		go func() {
			out := bufio.NewWriterSize(w, 1<<16)
			for i := range n {
				line, _ := json.Marshal(map[string]any{"type": "document", "bytes": payload(from + i)})
				out.Write(line)
				out.WriteByte('\n')
			}
			w.CloseWithError(out.Flush())
		}()
		return r
	}
	answered := 0 // bytes for each record
	send := func(b *testing.B, url, token string) {
		n, err := ask(b.Context(), http.MethodPost, url, token, "application/x-ndjson", lines(b.N))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
		answered = n / b.N
	}
	b.Run("akashi", func(b *testing.B) { send(b, node.URL+"/v1/records/batch", node.Token) })
	to := constant(b)
	b.Run("constant", func(b *testing.B) { send(b, to(answered*b.N), "") })
}

// BenchmarkHTTPRead asks a node for evidence of random records of 100,000 and
// for a tile, beside a server that reads as much and answers as many bytes.
func BenchmarkHTTPRead(b *testing.B) {
	const entries = 100_000
	node := startNode(b, "anchor.interval=1s", "anchor.poll=100ms")
	var lines bytes.Buffer
	for i := range entries {
		fmt.Fprintf(&lines, `{"type":"badge","digest":"%064x"}`+"\n", i+1)
	}
	if err := node.Submit(b.Context(), &lines, "--wait", "final"); err != nil {
		b.Fatal(err)
	}
	to := constant(b)
	evidence := func(i int) io.Reader {
		return strings.NewReader(fmt.Sprintf(`{"type":"badge","digest":"%064x"}`, i*7919%entries+1))
	}
	for _, what := range []struct {
		name, method, path, contentType string
		body                            func(i int) io.Reader
	}{
		{"evidence", http.MethodPost, "/v1/evidence", "application/json", evidence},
		{"tile", http.MethodGet, "/tile/0/007", "", func(int) io.Reader { return nil }},
	} {
		answer, err := ask(b.Context(), what.method, node.URL+what.path, node.Token, what.contentType, what.body(1))
		if err != nil {
			b.Fatal(err)
		}
		for _, side := range []struct{ name, url string }{{"constant", to(answer)}, {"akashi", node.URL + what.path}} {
			b.Run(what.name+"/"+side.name, func(b *testing.B) {
				load(b, 64, func(ctx context.Context, i int) error {
					_, err := ask(ctx, what.method, side.url, node.Token, what.contentType, what.body(i))
					return err
				})
				b.ReportMetric(float64(answer), "answer-bytes")
			})
		}
	}
}
