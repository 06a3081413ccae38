package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/node"
)

var update = flag.Bool("update", false, "write the node's answers into docs/http.md")

var (
	exchangeBlock = regexp.MustCompile("(?ms)^```http\n(.*?)^```$")
	routeRow      = regexp.MustCompile("(?m)^\\| `((?:GET|POST) [^`]+)` \\|")
)

// notShown stands on the page for a body that is like one before.
const notShown = "{…}"

// shownHeaders are those that the page shows of an answer, in this order.
var shownHeaders = []string{"Content-Type", "Cache-Control", "Location", "Allow", "WWW-Authenticate", "Retry-After", "Content-Disposition", "Content-Security-Policy"}

// TestHTTPPage sends the requests of docs/http.md, in their order, to a real
// node and holds its answers against those of the page: status, headers, and
// every member of the bodies. Hashes and the like differ between two nodes: a
// value of the page stands for the value that came in its place, also in later
// requests. With -update the page takes the answers instead.
func TestHTTPPage(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "http.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, build(t, ""))
	p := w.start(nil, "anchor.interval=1h", "anchor.entries=4", "badges.key_file="+filepath.Join(w.dir, "secrets", "issuer.key"))
	defer w.stop(p)
	r := &replay{world: w, client: w.client(), values: map[string]string{}}
	asked := map[string]bool{}
	fresh := exchangeBlock.ReplaceAllFunc(page, func(block []byte) []byte {
		text := string(exchangeBlock.FindSubmatch(block)[1])
		request, answer, _ := strings.Cut(text, "\nHTTP/1.1 ")
		got, pattern := r.exchange(t, request, answer)
		asked[pattern] = true
		return []byte("```http\n" + r.translate(strings.TrimRight(request, "\n")) + "\n\n" + got + "```")
	})
	for _, row := range routeRow.FindAllSubmatch(page, -1) {
		if pattern := string(row[1]); !asked[pattern] {
			t.Errorf("docs/http.md shows no exchange with %s", pattern)
		}
	}
	if *update {
		if err := os.WriteFile(path, fresh, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A replay remembers what the values of the page stand for.
type replay struct {
	*world
	client *node.Client
	values map[string]string // of the page → of this node
}

func (r *replay) translate(s string) string {
	for page, real := range r.values {
		s = strings.ReplaceAll(s, page, real)
	}
	return s
}

// exchange sends one request. It returns the answer as the page shows it and
// the row of the table of paths that the request belongs to.
func (r *replay) exchange(t *testing.T, request, want string) (got, pattern string) {
	t.Helper()
	head, body, _ := strings.Cut(strings.TrimRight(request, "\n"), "\n\n")
	lines := strings.Split(head, "\n")
	fields := strings.Fields(lines[0])
	if len(fields) != 3 {
		t.Fatalf("no request line: %q", lines[0])
	}
	req, err := http.NewRequestWithContext(t.Context(), fields[0], r.client.URL+r.translate(fields[1]), strings.NewReader(r.translate(body)))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, strings.ReplaceAll(value, "TOKEN", r.client.Token))
	}
	if req.Method == http.MethodGet {
		// The checkpoint follows the log within the blink of an eye.
		r.until("the checkpoint", func(ctx context.Context) bool {
			l, err := r.client.Log(ctx)
			return err == nil && l.CheckpointSize == l.Size
		})
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer := io.Reader(resp.Body)
	if resp.Header.Get("Content-Type") == "text/event-stream" {
		answer = untilStatus(resp.Body)
	}
	raw, err := io.ReadAll(answer)
	if err != nil {
		t.Fatal(err)
	}
	name := fields[0] + " " + fields[1]
	wantHead, wantBody, _ := strings.Cut("HTTP/1.1 "+want, "\n\n")
	gotHead := "HTTP/1.1 " + resp.Status + "\n"
	for _, h := range shownHeaders {
		if v := resp.Header.Get(h); v != "" {
			gotHead += h + ": " + v + "\n"
		}
	}
	if r.translate(strings.TrimRight(wantHead, "\n")+"\n") != gotHead && !*update {
		t.Errorf("%s answers\n%s\nand the page says\n%s", name, gotHead, wantHead)
	}
	shown := r.body(t, name, resp.Header.Get("Content-Type"), raw, strings.TrimRight(wantBody, "\n"))
	return gotHead + "\n" + shown + "\n", r.pattern(req.Method, fields[1])
}

// pattern finds the row of a request as http.ServeMux does.
func (r *replay) pattern(method, target string) string {
	path, _, _ := strings.Cut(target, "?")
	if path == "/v1/records/batch" {
		return method + " " + path
	}
	for prefix, pattern := range map[string]string{"/tile/": "/tile/{path...}", "/v1/records/": "/v1/records/{cid}", "/v1/anchors/": "/v1/anchors/{size}"} {
		if strings.HasPrefix(path, prefix) {
			path = pattern
		}
	}
	return method + " " + path
}

// body compares a body with that of the page and returns it as the page shows
// it.
func (r *replay) body(t *testing.T, name, contentType string, raw []byte, want string) string {
	t.Helper()
	if want == notShown {
		return want
	}
	if contentType == "text/event-stream" {
		return r.events(t, name, raw, want)
	}
	if contentType == node.BatchMediaType {
		return r.lines(t, name, raw, want)
	}
	if !strings.Contains(contentType, "json") {
		shown := fmt.Sprintf("(%d bytes)", len(raw))
		if strings.HasPrefix(contentType, "text/plain") || !bytes.ContainsFunc(raw, func(r rune) bool { return r < ' ' || r > '~' }) {
			shown = strings.TrimRight(string(raw), "\n")
		}
		if g, w := strings.Split(shown, "\n"), strings.Split(want, "\n"); !*update && (g[0] != w[0] || len(g) != len(w)) {
			t.Errorf("%s answers\n%s\nand the page says\n%s", name, shown, want)
		}
		return shown
	}
	var got, page any
	if err := decodeExactly(raw, &got); err != nil {
		t.Fatalf("%s: %v in %q", name, err, raw)
	}
	if err := decodeExactly([]byte(want), &page); err == nil {
		r.compare(t, name, "", page, got)
	} else if !*update {
		t.Errorf("%s: the page has no JSON: %v", name, err)
	}
	return indented(t, raw)
}

// untilStatus reads a stream of events, which has no end, to the end of its
// first status: before it comes all that the node knew.
func untilStatus(body io.Reader) io.Reader {
	var text strings.Builder
	for in := bufio.NewScanner(body); in.Scan(); {
		text.WriteString(in.Text() + "\n")
		if in.Text() == "" && strings.Contains(text.String(), "event: status") {
			break
		}
	}
	return strings.NewReader(text.String())
}

// events compares a stream with that of the page: which events, and their data.
func (r *replay) events(t *testing.T, name string, raw []byte, want string) string {
	t.Helper()
	shown := strings.TrimRight(string(raw), "\n")
	got, page := strings.Split(shown, "\n"), strings.Split(want, "\n")
	if len(got) != len(page) {
		if !*update {
			t.Errorf("%s answers\n%s\nand the page says\n%s", name, shown, want)
		}
		return shown
	}
	for i := range got {
		g, isData := strings.CutPrefix(got[i], "data: ")
		if !isData {
			if got[i] != page[i] && !strings.HasPrefix(got[i], "id: ") && !*update {
				t.Errorf("%s: line %d is %q, and the page says %q", name, i+1, got[i], page[i])
			}
			continue
		}
		var gv, pv any
		if err := decodeExactly([]byte(g), &gv); err != nil {
			t.Fatal(err)
		}
		if err := decodeExactly([]byte(strings.TrimPrefix(page[i], "data: ")), &pv); err == nil {
			r.compare(t, name, fmt.Sprintf("/events/%d", i), pv, gv)
		}
	}
	return shown
}

// lines compares the lines of an answer with those of the page.
func (r *replay) lines(t *testing.T, name string, raw []byte, want string) string {
	t.Helper()
	shown := strings.TrimRight(string(raw), "\n")
	got, page := strings.Split(shown, "\n"), strings.Split(want, "\n")
	if len(got) != len(page) && !*update {
		t.Errorf("%s answers %d lines and the page has %d:\n%s", name, len(got), len(page), shown)
	}
	for i := range min(len(got), len(page)) {
		var g, p any
		if err := decodeExactly([]byte(got[i]), &g); err != nil {
			t.Fatalf("%s: %v in %q", name, err, got[i])
		}
		if err := decodeExactly([]byte(page[i]), &p); err == nil {
			r.compare(t, name, fmt.Sprintf("/lines/%d", i), p, g)
		}
	}
	return shown
}

func decodeExactly(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(v)
}

// varies lists members whose numbers and sentences differ from run to run.
var varies = []string{"number", "time", "at", "txIndex", "logIndex", "anchoring/state", "anchoring/detail"}

// compare holds a value of the page against that of the node, and learns what
// its hashes stand for.
func (r *replay) compare(t *testing.T, name, at string, page, got any) {
	t.Helper()
	differ := func() {
		if !*update {
			t.Errorf("%s: %s is %v, and the page says %v", name, at, got, page)
		}
	}
	// The indexes of a batch follow no order, and events run after the log.
	free := strings.HasPrefix(at, "/events/") || strings.HasPrefix(at, "/lines/") && strings.HasSuffix(at, "/index") || slices.ContainsFunc(varies, func(v string) bool { return strings.HasSuffix(at, "/"+v) })
	switch p := page.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(p) {
			differ()
			return
		}
		for k, v := range p {
			r.compare(t, name, at+"/"+k, v, g[k])
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(p) {
			differ()
			return
		}
		for i, v := range p {
			r.compare(t, name, at, v, g[i])
		}
	case string:
		g, ok := got.(string)
		switch {
		case !ok:
			differ()
		case g == p || free || strings.HasSuffix(p, "…"):
		case min(len(p), len(g)) >= 32 && !strings.Contains(p+g, " "):
			r.values[p] = g
		case strings.HasSuffix(at, "/created"):
		default:
			differ()
		}
	default:
		if fmt.Sprint(page) != fmt.Sprint(got) && !(free && fmt.Sprintf("%T", page) == fmt.Sprintf("%T", got)) {
			differ()
		}
	}
}

// indented shows an answer over several lines, with long values cut.
func indented(t *testing.T, raw []byte) string {
	t.Helper()
	short := regexp.MustCompile(`"(0x[0-9a-f]{100})[0-9a-f]+"`).ReplaceAll(raw, []byte(`"$1…"`))
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(short), "", "  "); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
