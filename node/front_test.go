package node

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
)

// TestCORS holds that pages of other origins may read, and only read.
func TestCORS(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	r.submit(badge("https://a.example", 1), StateFinal)
	origin := http.Header{"Origin": {"https://page.example"}}
	for _, c := range []struct {
		method, path string
		open         bool
	}{
		{"GET", "/checkpoint", true}, {"GET", "/tile/0/000.p/1", true}, {"GET", "/v1/log", true}, {"GET", "/v1/nothing", true},
		{"GET", "/v1/anchors", true}, {"GET", "/healthz", true}, {"HEAD", "/v1/log", true}, {"POST", "/v1/evidence", true},
		{"POST", "/v1/records", false}, {"POST", "/v1/records/batch", false}, {"POST", "/v1/status-changes", false}, {"POST", "/v1/forget", false}, {"POST", "/v1/lookup", false},
		{"POST", "/v1/backup", false}, {"DELETE", "/v1/log", false}, {"PUT", "/v1/evidence", false},
	} {
		var body []byte
		if c.method == "POST" {
			body = []byte("{}")
		}
		resp, _ := r.do(c.method, c.path, "application/json", body, origin)
		if got := resp.Header.Get("Access-Control-Allow-Origin"); (got == "*") != c.open || got != "*" && got != "" {
			t.Errorf("%s %s: Access-Control-Allow-Origin %q", c.method, c.path, got)
		}
		if resp.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s %s allows credentials", c.method, c.path)
		}
		// The question before: a page that wants to send a JSON body asks it.
		ask := func(header string) string {
			resp, _ := r.do("OPTIONS", c.path, "", nil, http.Header{"Origin": origin["Origin"], "Access-Control-Request-Method": {c.method}, "Access-Control-Request-Headers": {header}})
			return resp.Header.Get("Access-Control-Allow-Origin")
		}
		if got := ask("content-type"); (got == "*") != c.open {
			t.Errorf("asking for %s %s: %q", c.method, c.path, got)
		}
		if got := ask("authorization"); got != "" {
			t.Errorf("asking for %s %s with a token: %q", c.method, c.path, got)
		}
	}
	if resp, body := r.do("OPTIONS", "/v1/log", "", nil, nil); problemOf(t, resp, body).Name() != "method-not-allowed" {
		t.Errorf("OPTIONS by itself: %s", body)
	}
}

// gzipped asks for an answer in gzip. It gives the body as it came over the
// wire, and unpacked.
func (r *rig) gzipped(method, path, contentType, body string, h http.Header) (resp *http.Response, raw, plain []byte) {
	r.t.Helper()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Accept-Encoding", "gzip")
	resp, raw = r.do(method, path, contentType, []byte(body), h)
	plain = raw
	if resp.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			r.t.Fatal(err)
		}
		if plain, err = io.ReadAll(z); err != nil {
			r.t.Fatal(err)
		}
	}
	return resp, raw, plain
}

// TestCompression holds what is compressed, and that nothing is that holds
// salts, digests or what a token is needed for.
func TestCompression(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	var lines strings.Builder
	for i := range 300 {
		fmt.Fprintf(&lines, "{\"record\":%s}\n", badge("https://a.example", i))
	}
	answers, sum := r.batch("?wait=final&timeout=2m", lines.String())
	if sum.State != StateFinal {
		t.Fatalf("%+v", sum)
	}
	commitment := answers[0].Logged.Commitment.String()
	waitFor(t, "the checkpoint", func() bool { p := r.node.sequencer.published.Load(); return p != nil && p.tree.Size >= 300 })
	post := func(path, body string) (*http.Response, []byte, []byte) {
		return r.gzipped(http.MethodPost, path, "application/json", body, auth(r))
	}
	get := func(path string) (*http.Response, []byte, []byte) {
		return r.gzipped(http.MethodGet, path, "", "", nil)
	}

	for _, path := range []string{"/tile/entries/000", "/tile/status/000", "/openapi.yaml"} {
		resp, raw, plain := get(path)
		if resp.Header.Get("Content-Encoding") != "gzip" || len(raw) >= len(plain) || !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s: %d bytes of %d, %v", path, len(raw), len(plain), resp.Header)
		}
		other, identity := r.do(http.MethodGet, path, "", nil, http.Header{"Accept-Encoding": {"identity"}})
		if other.Header.Get("Content-Encoding") != "" || !bytes.Equal(identity, plain) {
			t.Errorf("%s without compression: %d bytes, %v", path, len(identity), other.Header)
		}
		t.Logf("%s: %d bytes as %d", path, len(plain), len(raw))
	}
	never := func(what string) func(*http.Response, []byte, []byte) {
		return func(resp *http.Response, raw, plain []byte) {
			t.Helper()
			if resp.StatusCode/100 != 2 || resp.Header.Get("Content-Encoding") != "" || len(plain) == 0 {
				t.Errorf("%s: %d, %v", what, resp.StatusCode, resp.Header)
			}
		}
	}
	never("tile of hashes")(get("/tile/0/000"))
	never("checkpoint")(get("/checkpoint"))
	never("evidence")(post("/v1/evidence", `{"index":0}`))
	never("record by a token")(post("/v1/records?type=document&force=true", string(badge("https://a.example", 0))))
	resp, raw, _ := r.gzipped(http.MethodPost, "/v1/records/batch", BatchMediaType, lines.String(), auth(r))
	if resp.Header.Get("Content-Encoding") != "" || !bytes.Contains(raw, []byte(commitment)) {
		t.Errorf("batch: %v", resp.Header)
	}
	for pattern := range r.node.routes() {
		if strings.HasPrefix(pattern, "POST ") {
			for _, c := range compressed {
				if c == pattern {
					t.Errorf("%s is compressed", pattern)
				}
			}
		}
	}
}

// TestRequestLimit holds that one stranger cannot ask without end, whatever
// he asks for, and that holders of a token and monitors can.
func TestRequestLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	r.config.HTTP.RequestsPerMinute = 30
	r.start()
	for pattern := range r.node.routes() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{path...}", "0/000.p/1", "{cid}", "x", "{size}", "1").Replace(path)
		if path == "/healthz" || path == "/readyz" {
			for range 100 {
				if resp, _ := r.do(method, path, "", nil, nil); resp.StatusCode == 429 {
					t.Fatalf("%s is limited", path)
				}
			}
			continue
		}
		h := http.Header{}
		limited := false
		for range 100 {
			resp, body := r.do(method, path+"?unknown=1", "", nil, h)
			if resp.StatusCode == 429 {
				if problemOf(t, resp, body).RetryAfter == 0 || resp.Header.Get("Retry-After") == "" {
					t.Errorf("%s: no word when to come back: %s", pattern, body)
				}
				limited = true
				break
			}
		}
		if !limited {
			t.Errorf("%s has no limit", pattern)
		}
		if resp, _ := r.do(method, path+"?unknown=1", "", nil, auth(r)); resp.StatusCode == 429 {
			t.Errorf("%s is limited for a holder of a token", pattern)
		}
	}
}

// A rule is a sentence of a specification, and what holds it.
type rule struct {
	says string
	hold func(t *testing.T)
}

// TestC2SP holds the node against the sentences of C2SP tlog-tiles and
// tlog-checkpoint that are about what is served
// (https://c2sp.org/tlog-tiles, https://c2sp.org/tlog-checkpoint).
func TestC2SP(t *testing.T) {
	t.Parallel()
	r := quiet(t).start()
	const records = 300
	r.batch("", batchLines("https://tiles.example", records))
	waitFor(t, "the checkpoint", func() bool { p := r.node.sequencer.published.Load(); return p != nil && p.tree.Size == records })
	get := func(path string, h http.Header) (*http.Response, []byte) {
		return r.do(http.MethodGet, path, "", nil, h)
	}
	plain := http.Header{"Accept-Encoding": {"identity"}}
	status := func(t *testing.T, path string, want int) {
		t.Helper()
		if resp, _ := get(path, plain); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
	resp, note := get("/checkpoint", nil)
	c, _, err := checkpoint.Open(note, checkpoint.Keys(r.config.Log.Keys))
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []rule{
		{"The Signed Tree Head MUST be served as a checkpoint at <prefix>/checkpoint with `Content-Type: text/plain; charset=utf-8`.", func(t *testing.T) {
			if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
				t.Errorf("%d %v", resp.StatusCode, resp.Header)
			}
		}},
		{"This endpoint is mutable, so its headers SHOULD prevent caching beyond a few seconds.", func(t *testing.T) {
			tag := resp.Header.Get("ETag")
			if resp.Header.Get("Cache-Control") != "no-cache" || tag == "" {
				t.Errorf("%v", resp.Header)
			}
			for match, want := range map[string]int{tag: 304, `"other", ` + tag: 304, "*": 304, strings.TrimPrefix(tag, "W/"): 304, `"other"`: 200} {
				again, body := get("/checkpoint", http.Header{"If-None-Match": {match}})
				if again.StatusCode != want || again.Header.Get("ETag") != tag || again.Header.Get("Cache-Control") != "no-cache" || (len(body) == 0) != (want == 304) {
					t.Errorf("If-None-Match %s: %d %v %q", match, again.StatusCode, again.Header, body)
				}
			}
		}},
		{"If the log is public, […] the checkpoint MUST carry at least one Ed25519 signature by the log.", func(t *testing.T) {
			if !strings.Contains(string(note), "\n\n— "+r.config.Log.Origin+" ") {
				t.Errorf("%q", note)
			}
		}},
		{"The first line is the origin […] The second line is the tree size, the ASCII decimal representation of the number of leaves in the tree, with no leading zeroes […] The third line is the root hash, the base64 encoding of the root", func(t *testing.T) {
			text, _, _ := strings.Cut(string(note), "\n\n")
			if lines := strings.Split(text, "\n"); len(lines) != 3 || lines[0] != r.config.Log.Origin || lines[1] != fmt.Sprint(records) || c.Tree.Size != records || len(lines[2]) != 44 {
				t.Errorf("%q", text)
			}
		}},
		{"Tiles are served at <prefix>/tile/<L>/<N>[.p/<W>] with `Content-Type: application/octet-stream`. […] This endpoint is immutable, so its caching headers SHOULD be long-lived.", func(t *testing.T) {
			for _, path := range []string{"/tile/0/000", "/tile/0/001.p/44", "/tile/1/000.p/1", "/tile/entries/000", "/tile/entries/001.p/44"} {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					resp, body := r.do(method, path, "", nil, plain)
					if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/octet-stream" || resp.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
						t.Errorf("%s %s: %d %v", method, path, resp.StatusCode, resp.Header)
					}
					if (method == http.MethodHead) != (len(body) == 0) || resp.ContentLength <= 0 {
						t.Errorf("%s %s: %d bytes, length %d", method, path, len(body), resp.ContentLength)
					}
				}
			}
		}},
		{"<L> is the “level” of the tile, and MUST be a decimal ASCII integer between 0 and 63, with no additional leading zeroes. <N> […] MUST be a non-negative integer encoded into zero-padded 3-digit path elements. All but the last path element MUST begin with an x.", func(t *testing.T) {
			for _, path := range []string{"/tile/00/000", "/tile/64/000", "/tile/-1/000", "/tile/0/0", "/tile/0/0000", "/tile/0/x000/000", "/tile/0/000/000", "/tile/entries/0", "/tile/entries/x000/000"} {
				status(t, path, 404)
			}
		}},
		{"<W> is the width of the tile, a decimal ASCII integer between 1 and 255, with no additional leading zeroes.", func(t *testing.T) {
			for _, w := range []string{"0", "256", "01", "-1", "", "1/"} {
				status(t, "/tile/0/000.p/"+w, 404)
				status(t, "/tile/entries/000.p/"+w, 404)
			}
		}},
		{"Full tiles MUST be exactly 256 hashes wide, or 8,192 bytes.", func(t *testing.T) {
			if _, b := get("/tile/0/000", nil); len(b) != 8192 {
				t.Errorf("%d bytes", len(b))
			}
		}},
		{"The partial tile at level l for a tree of size s has floor(s / 256**l) mod 256 entries. Empty tiles MUST NOT be served.", func(t *testing.T) {
			if _, b := get("/tile/0/001.p/44", nil); len(b) != 44*merkle.HashSize {
				t.Errorf("%d bytes", len(b))
			}
			for _, path := range []string{"/tile/0/001", "/tile/0/001.p/45", "/tile/0/002", "/tile/0/002.p/1", "/tile/1/000", "/tile/1/000.p/2", "/tile/2/000.p/1", "/tile/entries/001", "/tile/entries/001.p/45", "/tile/entries/002"} {
				status(t, path, 404)
			}
		}},
		{"Logs MUST serve partial tiles corresponding to tree sizes for which a checkpoint was produced", func(t *testing.T) {
			// This one serves those of every size up to the checkpoint's.
			for w := 1; w <= 255; w++ {
				status(t, fmt.Sprintf("/tile/0/000.p/%d", w), 200)
				status(t, fmt.Sprintf("/tile/entries/000.p/%d", w), 200)
			}
		}},
		{"Entry bundles SHOULD be compressed at the HTTP layer. Logs MAY use […] any compression algorithm requested by the client with `Accept-Encoding`.", func(t *testing.T) {
			resp, _, packed := r.gzipped(http.MethodGet, "/tile/entries/000", "", "", nil)
			other, b := get("/tile/entries/000", plain)
			if resp.Header.Get("Content-Encoding") != "gzip" || other.Header.Get("Content-Encoding") != "" || !bytes.Equal(packed, b) {
				t.Errorf("%v, %v", resp.Header, other.Header)
			}
		}},
		{"Entry bundles are sequences of big-endian uint16 length-prefixed log entries. Each entry in a bundle hashes to the corresponding entry in the corresponding “level 0” Merkle Tree tile.", func(t *testing.T) {
			_, bundle := get("/tile/entries/001.p/44", plain)
			_, hashes := get("/tile/0/001.p/44", nil)
			for i := 0; len(bundle) > 0; i++ {
				n := int(bundle[0])<<8 | int(bundle[1])
				if h := merkle.LeafHash(bundle[2 : 2+n]); !bytes.Equal(h[:], hashes[i*32:i*32+32]) {
					t.Fatalf("entry %d does not hash to its place", i)
				}
				bundle = bundle[2+n:]
			}
		}},
	} {
		t.Run(strings.Map(func(c rune) rune {
			if c == '/' {
				return '|'
			}
			return c
		}, rule.says[:min(60, len(rule.says))]), rule.hold)
	}
}
