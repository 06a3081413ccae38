package node

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// tap hears every request and answer of a client.
type tap struct {
	mu   sync.Mutex
	urls []string
	// Answers by path, but those of POST /v1/evidence, whose answer is the
	// evidence.
	answers bytes.Buffer
}

func (h *tap) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(b))
	h.mu.Lock()
	defer h.mu.Unlock()
	h.urls = append(h.urls, req.URL.String())
	for name, values := range resp.Header {
		fmt.Fprintf(&h.answers, "%s: %s\n", name, values)
	}
	if req.URL.Path != "/v1/evidence" || resp.StatusCode != 200 {
		h.answers.Write(b)
	}
	return resp, err
}

// TestPrivacy takes records with telling values through everything, good and
// bad, and then looks for them, their digests, salts and the token in all that
// others can see: log lines, URLs, answers, tiles, checkpoint; and on disk
// outside the encrypted rows.
func TestPrivacy(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	const learner = "Aiko-Tanaka-7731"
	sealed := fmt.Appendf(nil, `{"type":["VerifiableCredential","OpenBadgeCredential"],"issuer":%q,"credentialSubject":{"name":%q}}`, r.made.Issuer, learner)
	document := []byte("%PDF-1.7 transcript of " + learner)
	heard := &tap{}
	r.client.HTTP = &http.Client{Transport: heard}
	secrets := map[string][]byte{"learner": []byte(learner), "token": []byte(r.token())}
	keep := func(name string, b [32]byte) {
		secrets[name+" as bytes"] = b[:]
		secrets[name+" in hex"] = []byte(hex.EncodeToString(b[:]))
		secrets[name+" in base64"] = []byte(base64.RawStdEncoding.EncodeToString(b[:])[:40])
	}

	for i, b := range [][]byte{sealed, document} {
		rec, err := record.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		keep(fmt.Sprintf("digest %d", i), rec.Digest())
		secrets[fmt.Sprintf("cid %d", i)] = []byte(rec.CID().String())
		logged := r.submit(b, StateFinal)
		kind := logged.Type
		digest := rec.Digest()
		_, e, err := r.client.Evidence(t.Context(), EvidenceQuery{Type: &kind, Digest: &digest})
		if err != nil {
			t.Fatal(err)
		}
		keep(fmt.Sprintf("salt %d", i), e.Record.Salt)
		stranger := &Client{URL: r.client.URL, HTTP: r.client.HTTP}
		for _, q := range []EvidenceQuery{
			{Type: &kind, Digest: &digest}, {Commitment: logged.Commitment, Salt: &e.Record.Salt}, {Commitment: logged.Commitment}, {Digest: &digest},
		} {
			stranger.Evidence(t.Context(), q)
		}
		r.submit(b, "")
		if _, err := r.client.Find(t.Context(), kind, digest); err != nil {
			t.Fatal(err)
		}
		if _, err := r.client.ChangeStatus(t.Context(), StatusChange{Index: &logged.Index, State: record.Revoked}); err != nil {
			t.Fatal(err)
		}
		r.submit(badge("https://a.example", i), StateFinal)
		if i == 1 {
			if _, err := r.client.Forget(t.Context(), Target{Index: &logged.Index}); err != nil {
				t.Fatal(err)
			}
			r.client.Submit(t.Context(), Submission{Record: b})
			r.client.Evidence(t.Context(), EvidenceQuery{Type: &kind, Digest: &digest})
			r.client.Find(t.Context(), kind, digest)
		}
	}
	// Mistakes: records where other documents belong, in every wrong form.
	for _, path := range []string{"/v1/records", "/v1/evidence", "/v1/forget", "/v1/status-changes", "/v1/lookup", "/v1/log", "/nowhere"} {
		for _, contentType := range []string{"application/json", "text/plain", "application/pdf", "x/" + learner} {
			for _, b := range [][]byte{sealed, sealed[:len(sealed)-3], fmt.Appendf(nil, `{%q:1,%q:2}`, learner, learner), fmt.Appendf(nil, `{"index":%q}`, learner), fmt.Appendf(nil, `{"commitment":%q}`, learner)} {
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, r.client.URL+path, bytes.NewReader(b))
				req.Header.Set("Content-Type", contentType)
				req.Header.Set("Authorization", "Bearer "+r.token())
				resp, err := r.client.HTTP.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
			}
		}
	}
	// A client that puts its learner into URLs must not find them in our log
	// or answers.
	for _, path := range []string{"/v1/records/" + learner, "/" + learner, "/v1/log?" + learner, "/v1/records?type=" + learner, "/tile/" + learner} {
		resp, b := r.get(path)
		for name, values := range resp.Header {
			if strings.Contains(fmt.Sprint(values), learner) {
				t.Errorf("GET %s: header %s repeats it", path, name)
			}
		}
		if bytes.Contains(b, []byte(learner)) {
			t.Errorf("GET %s: the answer repeats it: %s", path, b)
		}
	}

	public := map[string][]byte{"log lines": []byte(r.logs.String()), "answers": heard.answers.Bytes(), "URLs": []byte(strings.Join(heard.urls, "\n"))}
	size := r.node.store.Tree().Size
	waitFor(t, "a checkpoint over all", func() bool { return r.node.sequencer.published.Load().tree.Size >= size })
	var tiles bytes.Buffer
	for tile := range merkle.TilesFor(0, size) {
		_, b := r.get("/" + tile.Path())
		tiles.Write(b)
	}
	_, b := r.get("/" + merkle.Bundle{Width: int(size)}.Path())
	tiles.Write(b)
	public["tiles"] = tiles.Bytes()
	_, public["checkpoint"] = r.get("/checkpoint")
	_, public["anchors"] = r.get("/v1/anchors")
	_, public["log info"] = r.get("/v1/log")
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	public["log lines until the end"] = []byte(r.logs.String())
	err := filepath.WalkDir(r.config.Store.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		public["file "+d.Name()], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(public["tiles"]) < 500 || len(public["log lines"]) < 1000 || len(heard.urls) < 100 || len(public["file log.db"]) < 1000 {
		t.Fatal("there is too little to look through: the test lost its ears")
	}
	for where, text := range public {
		for what, secret := range secrets {
			if i := bytes.Index(text, secret); i >= 0 {
				t.Errorf("the %s is in the %s: …%q…", what, where, text[max(0, i-80):min(len(text), i+120)])
			}
		}
	}
}

// TestPanicsStayInside holds that a handler's panic becomes a problem without
// a word of it, and that the node lives on.
func TestPanicsStayInside(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	h := r.node.wrap("GET /boom", func(http.ResponseWriter, *http.Request) error { panic("SECRET") })
	w := &memoryWriter{header: http.Header{}}
	req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, "/boom", nil)
	h.ServeHTTP(w, req)
	if w.code != 500 || strings.Contains(w.body.String(), "SECRET") || strings.Contains(w.body.String(), "goroutine") || !strings.Contains(w.body.String(), "urn:akashi:problem:internal") {
		t.Errorf("answered %d %s", w.code, w.body.String())
	}
	if logs := r.logs.String(); !strings.Contains(logs, "handler panicked") || !strings.Contains(logs, w.header.Get("X-Request-Id")) || !strings.Contains(logs, "panic with a string") || strings.Contains(logs, "SECRET") {
		t.Errorf("the log lacks it, or says too much:\n%s", logs)
	}
	r.node.wrap("GET /bounds", func(http.ResponseWriter, *http.Request) error { _ = []byte{}[len(w.header)]; return nil }).ServeHTTP(&memoryWriter{header: http.Header{}}, req)
	if logs := r.logs.String(); !strings.Contains(logs, "panic: runtime error: index out of range") {
		t.Errorf("the log lacks what the runtime said:\n%s", logs)
	}
	// After a part of the answer is out, cutting it off is all that is left.
	half := r.node.wrap("GET /half", func(w http.ResponseWriter, _ *http.Request) error {
		w.Write([]byte("half"))
		panic("SECRET")
	})
	func() {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("half an answer ended with %v", p)
			}
		}()
		half.ServeHTTP(&memoryWriter{header: http.Header{}}, req)
	}()
}

type memoryWriter struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (w *memoryWriter) Header() http.Header         { return w.header }
func (w *memoryWriter) WriteHeader(code int)        { w.code = code }
func (w *memoryWriter) Write(b []byte) (int, error) { return w.body.Write(b) }
