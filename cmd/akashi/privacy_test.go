package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

// A learner is somebody whose data must not get anywhere.
type learner struct{ name, native, mail, number, grade, salt string }

func learnerOf(i int) learner {
	return learner{
		name: fmt.Sprintf("Aiko Tanaka-Planted%04d", i), native: fmt.Sprintf("田中愛子第%d号", 770000+i),
		mail: fmt.Sprintf("aiko.tanaka-%04d@students.invalid", i), number: fmt.Sprintf("S-2026-%06d-K", 770000+i),
		grade: fmt.Sprintf("distinction-98.%04d-of-100", i), salt: fmt.Sprintf("planted-identity-salt-%04d", i),
	}
}

func (l learner) addTo(s secrets) {
	for what, text := range map[string]string{"name": l.name, "native name": l.native, "mail": l.mail, "student number": l.number, "grade": l.grade, "salt of the identity": l.salt} {
		s.addText(what, text)
	}
}

func (l learner) badge(issuer string) []byte {
	hash := sha256.Sum256([]byte(l.mail + l.salt))
	b, err := json.Marshal(map[string]any{
		"@context": []string{"https://www.w3.org/ns/credentials/v2"}, "type": []string{"VerifiableCredential", "OpenBadgeCredential"}, "issuer": issuer,
		"credentialSubject": map[string]any{
			"name": l.name, "givenName": l.native, "studentId": l.number, "email": l.mail,
			"identifier": []any{map[string]any{"identityHash": "sha256$" + hex.EncodeToString(hash[:]), "salt": l.salt}},
			"result":     l.grade,
		},
	})
	if err != nil {
		panic(err)
	}
	return b
}

// A recorder stands before an HTTP service and remembers what went through.
type recorder struct {
	*httptest.Server
	mu      sync.Mutex // guards what follows
	urls    bytes.Buffer
	asked   bytes.Buffer // bodies of requests
	answers bytes.Buffer // headers and bodies
}

// newRecorder records all that private does not name as the business of those
// who ask: answers to it are not for everybody.
func newRecorder(t *testing.T, to string, private func(*http.Request, int) bool) *recorder {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	proxy.ErrorLog = nil
	proxy.ModifyResponse = func(resp *http.Response) error {
		r.mu.Lock()
		fmt.Fprintf(&r.answers, "%s %v\n", resp.Status, resp.Header)
		r.mu.Unlock()
		if !private(resp.Request, resp.StatusCode) {
			resp.Body = struct {
				io.Reader
				io.Closer
			}{io.TeeReader(resp.Body, r.sink(&r.answers)), resp.Body}
		}
		return nil
	}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		fmt.Fprintln(&r.urls, req.Method, req.RequestURI)
		r.mu.Unlock()
		// A batch is answered while it is sent.
		http.NewResponseController(w).EnableFullDuplex()
		req.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(req.Body, r.sink(&r.asked)), req.Body}
		proxy.ServeHTTP(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func (r *recorder) sink(w io.Writer) io.Writer { return lockedWriter{&r.mu, w} }

func (r *recorder) copyOf(b *bytes.Buffer) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(b.Bytes())
}

// TestPrivacyOfAFullRun takes learners' records through all that a university
// does, by the real program with its log at its most talkative, good and bad,
// and then looks for every value of theirs, the digests and the salts, in all
// that others can see: log lines, URLs, headers, answers, metrics, events,
// tiles, status tiles, entries, checkpoints, the chain's calldata and events,
// what the node and the verifier asked the chain; and in the node's files, but
// for its encrypted rows.
func TestPrivacyOfAFullRun(t *testing.T) {
	w := newWorld(t, build(t, ""))
	chain := newRecorder(t, w.chain.RPC(), func(*http.Request, int) bool { return false })
	p := w.start(nil, "logging.level=debug", "chain.rpc="+chain.URL, "sequencer.checkpoint_interval=20ms", "http.evidence_per_minute=100000")
	front := newRecorder(t, "http://"+w.listen, func(req *http.Request, status int) bool {
		// Evidence is for whoever has the record, and says so.
		return req.URL.Path == "/v1/evidence" && status == http.StatusOK
	})
	token := w.client().Token
	client := &node.Client{URL: front.URL, Token: token}
	stranger := &node.Client{URL: front.URL}
	ctx := t.Context()
	var policy verify.Policy
	policy, err := verify.ParsePolicy(read(t, filepath.Join(w.dir, node.PolicyFile)))
	if err != nil {
		t.Fatal(err)
	}
	issuer := policy.Issuers[0].ID

	// Whoever listens hears all of the run.
	events := listen(t, front.URL+"/v1/events", token)

	planted := secrets{"token itself": []byte(token)}
	know := func(b []byte, ofLearner bool) record.Record {
		t.Helper()
		r, err := record.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if ofLearner {
			d, raw := r.Digest(), sha256.Sum256(b)
			planted.add("digest", d[:])
			planted.add("hash of the file", raw[:])
			planted["cid"] = []byte(r.CID().String())
			planted["multihash in hex"] = append([]byte("01551220"), hex.EncodeToString(d[:])...)
		}
		return r
	}
	// One folder with a badge, a token, a document; one file of lines.
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var learners []learner
	for i := range 9 {
		learners = append(learners, learnerOf(i))
		learners[i].addTo(planted)
	}
	jwt := func(l learner) []byte {
		enc := base64.RawURLEncoding.EncodeToString
		payload := enc(l.badge(issuer))
		planted["payload of a JWS"] = []byte(payload[200:260])
		return []byte(enc([]byte(`{"alg":"EdDSA","typ":"JWT"}`)) + "." + payload + "." + enc(make([]byte, 64)))
	}
	single := write("single.json", learners[0].badge(issuer))
	files := map[string][]byte{
		"class/a.json": learners[1].badge(issuer), "class/b/token.jwt": jwt(learners[2]),
		"class/c.pdf": []byte("%PDF-1.7 transcript of " + learners[3].name + " " + learners[3].grade),
	}
	know(read(t, single), true)
	for name, b := range files {
		know(b, true)
		write(name, b)
	}
	var lines bytes.Buffer
	know(learners[4].badge(issuer), true)
	fmt.Fprintf(&lines, `{"type":"badge","record":%s}`+"\n", learners[4].badge(issuer))
	kept := know(learners[5].badge(issuer), true)
	fmt.Fprintf(&lines, `{"type":"badge","digest":%q}`+"\n", kept.Digest().Hex())
	letter := []byte("letter about " + learners[6].name + " <" + learners[6].mail + ">")
	know(letter, true)
	fmt.Fprintf(&lines, `{"bytes":%q}`+"\n", base64.StdEncoding.EncodeToString(letter))
	// Lines that are bad, each with a learner in it.
	l := learners[7]
	fmt.Fprintf(&lines, "{\"type\":\"badge\",\"record\":%s\n{%q:1}\n%s\n{\"type\":%q,\"bytes\":\"\"}\n{\"bytes\":%q}\n", l.badge(issuer), l.number, l.native, l.name, l.mail)
	ndjson := write("lines.ndjson", lines.Bytes())

	// The run, through the program. "@" is the node as others reach it.
	run := func(code int, args ...string) string {
		t.Helper()
		return w.run(code, append([]string{"--token-file", filepath.Join(w.dir, filepath.FromSlash(node.TokenFile)), "--node", front.URL}, args...)...)
	}
	class := filepath.Join(dir, "class")
	policyFile := filepath.Join(w.dir, node.PolicyFile)
	run(0, "submit", single, "--wait", "final", "--timeout", "1m")
	// Singly, as programs of the university do, rightly and wrongly.
	alone := learners[8].badge(issuer)
	know(alone, true)
	document, review := record.Document, record.CourseQA
	for _, s := range []node.Submission{{Record: alone, Wait: node.StateLogged}, {Record: alone}, {Record: alone, Open: true}, {Record: alone, Type: &document}, {Record: alone, Type: &review}, {Record: jwt(learners[8])}} {
		client.Submit(ctx, s)
		stranger.Submit(ctx, s)
	}
	run(0, "submit", class)
	if out := run(1, "submit", ndjson, "--ndjson"); !strings.Contains(out, "3 of 8 records are logged") {
		t.Fatalf("submit --ndjson:\n%s", out)
	}
	run(0, "submit", single, class)
	run(0, "submit", single, "--json", "--wait", "anchored")
	run(0, "suspend", filepath.Join(class, "a.json"))
	run(0, "reinstate", filepath.Join(class, "a.json"))
	run(0, "revoke", filepath.Join(class, "b", "token.jwt"))
	run(0, "submit", write("last.txt", []byte("regulations")), "--type", "document", "--open", "--wait", "final", "--timeout", "1m")
	run(0, "prove", class)
	run(0, "prove", single)
	run(0, "verify", single, "--policy", policyFile, "--rpc", chain.URL)
	run(1, "verify", class, "--csv", "--policy", policyFile, "--rpc", chain.URL)
	run(1, "verify", class, "--json", "--policy", policyFile) // the token's signature fits nobody's key
	for _, name := range []string{"single.json", "class/a.json", "class/b/token.jwt", "class/c.pdf"} {
		e, err := verify.ParseEvidence(read(t, filepath.Join(dir, name+evidenceSuffix)))
		if err != nil {
			t.Fatal(err)
		}
		planted.add("salt of the commitment", e.Record.Salt[:])
		// Evidence asked for in every way, by everybody.
		kind, digest, commitment, wrong := e.Record.Type, e.Record.Digest, e.Record.Entry().Commitment, e.Record.Salt
		wrong[0]++
		for _, who := range []*node.Client{client, stranger, {URL: front.URL, Token: l.number}, {URL: front.URL, Token: hex.EncodeToString(digest[:])}} {
			for _, q := range []node.EvidenceQuery{{Type: &kind, Digest: &digest}, {Digest: &digest}, {Commitment: &commitment, Salt: &e.Record.Salt}, {Commitment: &commitment, Salt: &wrong}, {Commitment: &commitment}, {CID: record.CIDOf(digest).String()}} {
				who.Evidence(ctx, q)
			}
			who.Find(ctx, kind, digest)
			who.ChangeStatus(ctx, node.StatusChange{Index: &e.Index, State: record.State(9)})
		}
	}
	run(0, "forget", filepath.Join(class, "c.pdf"))
	run(1, "submit", filepath.Join(class, "c.pdf"))
	run(1, "prove", filepath.Join(class, "c.pdf"))
	run(1, "revoke", filepath.Join(class, "c.pdf"))
	run(0, "log")

	mistakes(t, front.URL, token, l, learners[0].badge(issuer))
	// Clients that put a learner into a URL do so past the recorder, which
	// would remember it; the node must neither log nor repeat it.
	var repeated bytes.Buffer
	for _, text := range []string{url.PathEscape(l.name), url.PathEscape(l.native), l.number, kept.Digest().Hex()} {
		for _, path := range []string{"/v1/records/", "/", "/v1/log?", "/v1/anchors/", "/v1/records?type=", "/tile/", "/v1/events?from="} {
			repeated.Write(answerTo(t, "http://"+w.listen+path+text))
		}
	}

	// All that others can see.
	seen := map[string][]byte{"answers to odd URLs": repeated.Bytes()}
	seen["events"] = events()
	lookThrough(t, w, p, front, chain, planted, seen)
}

// lookThrough ends a node's run and looks for what was planted in all that
// others can see of it, beside what was seen already, and in the node's files.
func lookThrough(t *testing.T, w *world, p *process, front, chain *recorder, planted secrets, seen map[string][]byte) {
	t.Helper()
	client := &node.Client{URL: front.URL, Token: w.client().Token}
	var logInfo node.LogInfo
	w.until("a checkpoint over all", func(ctx context.Context) bool {
		var err error
		logInfo, err = client.Log(ctx)
		return err == nil && logInfo.CheckpointSize == logInfo.Size
	})
	var tiles bytes.Buffer
	for tile := range merkle.TilesFor(0, logInfo.Size) {
		tiles.Write(get(t, front.URL+"/"+tile.Path()))
	}
	tiles.Write(get(t, front.URL+"/"+merkle.Bundle{Width: int(logInfo.Size)}.Path()))
	tiles.Write(get(t, front.URL+"/tile/status/000"))
	seen["tiles"] = tiles.Bytes()
	for _, path := range []string{"/checkpoint", "/v1/log", "/v1/anchors?limit=1000", "/v1/binding", "/healthz", "/readyz"} {
		seen[path] = get(t, front.URL+path)
	}
	seen["/metrics"] = getWith(t, front.URL+"/metrics", client.Token)
	seen["URLs"], seen["answers"] = front.copyOf(&front.urls), front.copyOf(&front.answers)
	seen["questions to the chain"] = chain.copyOf(&chain.asked)
	seen["answers of the chain"] = chain.copyOf(&chain.answers)
	seen["calldata and events"] = onChain(t, w)
	w.stop(p)
	seen["log lines"] = []byte(p.Log())
	// On disk, what is about a learner is in encrypted rows.
	err := filepath.WalkDir(filepath.Join(w.dir, "data"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen["file "+d.Name()], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	// The test has ears: each place has something in it, and is searched.
	for where, least := range map[string]int{
		"URLs": 3000, "answers": 20_000, "tiles": 800, "/metrics": 1000, "events": 1000, "questions to the chain": 5000, "answers of the chain": 20_000,
		"calldata and events": 500, "log lines": 5000, "file log.db": 10_000,
	} {
		if len(seen[where]) < least {
			t.Errorf("%s: only %d bytes to look through", where, len(seen[where]))
		}
	}
	if bytes.Contains(seen["URLs"], []byte("token=")) {
		t.Error("a URL has a token")
	}
	if !bytes.Contains(seen["log lines"], []byte("level=debug")) {
		t.Error("the log is not at debug level")
	}
	if !bytes.Contains(seen["calldata and events"], bytes.TrimPrefix([]byte(logInfo.Ref.Log.String()), []byte("0x"))) {
		t.Error("the calldata and events are not those of this log")
	}
	for where, text := range seen {
		if what, around, found := planted.in(text); found {
			t.Errorf("the %s is in the %s: %s", what, where, around)
		}
		// A leak of any kind in this place would be found: a secret in the
		// middle of what is there is.
		for what, b := range planted {
			leak := append(append(bytes.Clone(text[len(text)/2:]), b...), text[:len(text)/2]...)
			if !bytes.Contains(leak, b) || len(b) < 12 {
				t.Fatalf("a leak of the %s in the %s would not be found", what, where)
			}
			break // one is enough for each place; which, the map decides
		}
	}
}

// TestSecretsBite: a leak is found in every form that it can take.
func TestSecretsBite(t *testing.T) {
	s := secrets{}
	learnerOf(1).addTo(s)
	digest := sha256.Sum256([]byte("record"))
	s.add("digest", digest[:])
	l := learnerOf(1)
	for name, leak := range map[string]string{
		"a log line":         `level=INFO msg="record logged" name="` + l.name + `"`,
		"a JSON log":         `{"msg":"x","name":"` + l.native + `"}`,
		"escaped JSON":       `{"name":"\u7530\u4e2d\u611b\u5b50\u7b2c770001\u53f7"}`,
		"a query":            "GET /v1/records?student=" + url.QueryEscape(l.mail),
		"a path":             "GET /v1/records/" + url.PathEscape(l.native),
		"calldata":           "0x00ff" + hex.EncodeToString([]byte(l.number)),
		"a digest in hex":    "commitment " + hex.EncodeToString(digest[:]),
		"a digest in base64": "x" + base64.StdEncoding.EncodeToString(append([]byte{1}, digest[:]...)),
		"a digest as bytes":  "\x00" + string(digest[:]) + "\x01",
		"a whole record":     base64.RawURLEncoding.EncodeToString(l.badge("https://uni.example")),
		"an upper-case dump": strings.ToUpper(hex.EncodeToString(digest[:])),
	} {
		if _, _, found := s.in([]byte(leak)); !found {
			t.Errorf("%s: %q was not found", name, leak)
		}
	}
	other := learnerOf(2)
	if what, around, found := s.in(other.badge("https://uni.example")); found {
		t.Errorf("another learner's badge is taken for this one's: %s %s", what, around)
	}
}

// mistakes sends what clients send by mistake: records where other documents
// belong, wrong tokens, learners in URLs and headers.
func mistakes(t *testing.T, base, token string, l learner, badge []byte) {
	t.Helper()
	send := func(method, path, contentType, auth string, body []byte) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		if auth != "" {
			req.Header.Set("Authorization", auth)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	bodies := [][]byte{
		badge[:len(badge)-3], fmt.Appendf(nil, `{%q:1,%q:2}`, l.name, l.name), fmt.Appendf(nil, `{"index":%q}`, l.number),
		fmt.Appendf(nil, `{"commitment":%q}`, l.mail), fmt.Appendf(nil, `{"type":%q,"digest":%q}`, l.grade, l.salt), []byte(l.native),
	}
	for _, path := range []string{"/v1/records", "/v1/records/batch", "/v1/evidence", "/v1/forget", "/v1/status-changes", "/v1/lookup", "/v1/log", "/nowhere"} {
		for _, contentType := range []string{"application/json", "application/x-ndjson", "text/plain", "x/" + l.number} {
			for _, auth := range []string{"Bearer " + token, "Bearer " + l.number, "Basic " + base64.StdEncoding.EncodeToString([]byte(l.mail+":"+l.salt)), ""} {
				for _, body := range bodies {
					if path == "/v1/records" && auth == "Bearer "+token && contentType != "application/json" {
						continue // a text is a document like any other
					}
					send(http.MethodPost, path, contentType, auth, body)
				}
			}
		}
	}
}

// listen reads a stream of events until the test calls what it returns.
func listen(t *testing.T, url, token string) (heard func() []byte) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	resp := openURL(ctx, t, url, token)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s", url, resp.Status)
	}
	var b bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		io.Copy(&b, resp.Body)
	}()
	t.Cleanup(cancel)
	return func() []byte {
		cancel()
		<-done
		resp.Body.Close()
		return b.Bytes()
	}
}

// answerTo is what a GET is answered with, head and all. A stream is cut.
func answerTo(t *testing.T, url string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	resp := openURL(ctx, t, url, "")
	defer resp.Body.Close()
	b, err := httputil.DumpResponse(resp, resp.StatusCode != http.StatusOK)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// onChain is the calldata of every transaction of a chain, and its events, as
// bytes and in hexadecimal.
func onChain(t *testing.T, w *world) []byte {
	t.Helper()
	var raw bytes.Buffer
	latest, _ := w.chain.Head()
	for n := range latest + 1 {
		block, err := w.chain.Client().BlockByNumber(t.Context(), new(big.Int).SetUint64(n))
		if err != nil {
			t.Fatal(err)
		}
		for _, tx := range block.Transactions() {
			raw.Write(tx.Data())
			receipt, err := w.chain.Client().TransactionReceipt(t.Context(), tx.Hash())
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range receipt.Logs {
				for _, topic := range l.Topics {
					raw.Write(topic[:])
				}
				raw.Write(l.Data)
			}
		}
	}
	return append(raw.Bytes(), hex.EncodeToString(raw.Bytes())...)
}
