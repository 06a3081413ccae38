package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/image"
)

// A badgeHost serves what badges name, and remembers who asked how.
type badgeHost struct {
	*httptest.Server
	mu    sync.Mutex // guards what follows
	files map[string]string
	asked map[string]int  // paths, with queries
	heads map[string]bool // "Name: value" of the requests' headers
}

// unaskedPath is where a host goes on after its answer, without a question.
const unaskedPath = "/planted-path-unasked"

func newBadgeHost(t *testing.T) *badgeHost {
	t.Helper()
	h := &badgeHost{files: map[string]string{}, asked: map[string]int{}, heads: map[string]bool{}}
	h.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.asked[r.Method+" "+r.RequestURI]++
		for name, values := range r.Header {
			h.heads[name+": "+strings.Join(values, ", ")] = true
		}
		content, found := h.files[r.URL.Path]
		switch to, moved := strings.CutPrefix(content, "moved to "); {
		case !found:
			http.NotFound(w, r)
		case moved:
			http.Redirect(w, r, to, http.StatusFound)
		case r.URL.Path == unaskedPath:
			conn, out, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			fmt.Fprintf(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}%s", content)
			out.Flush()
			io.Copy(io.Discard, conn) // until the node hangs up
		default:
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, content)
		}
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *badgeHost) serve(path, content string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.files[path] = content
}

// TestPrivacyOfBadges takes badges through all that is done with them besides
// logging, good and bad, by the real program and by HTTP, with hosts that
// answer, lie, are silent or are nowhere; and then looks for the learners, for
// what the badges say and for every URL that they name in all that others can
// see, log lines first. What a badge names is asked of its host, in words that
// are the same for everybody.
func TestPrivacyOfBadges(t *testing.T) {
	host := newBadgeHost(t)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: host.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", roots) // for the programs that are started
	w := newWorld(t, build(t, ""))
	chain := newRecorder(t, w.chain.RPC(), func(*http.Request, int) bool { return false })
	config := filepath.Join(w.dir, node.ConfigFile)
	inside := bytes.Replace(read(t, config), []byte("\n[badges]\n"), []byte("\n[badges]\nnetworks = [\"127.0.0.0/8\"]\n"), 1)
	if err := os.WriteFile(config, inside, 0o600); err != nil {
		t.Fatal(err)
	}
	p := w.start(nil, "logging.level=debug", "chain.rpc="+chain.URL, "sequencer.checkpoint_interval=20ms")
	front := newRecorder(t, "http://"+w.listen, func(r *http.Request, status int) bool {
		// Who sends a badge is told what it says.
		return r.URL.Path == "/v1/evidence" || r.URL.Path == "/v1/badges/check" && status == http.StatusOK || strings.HasPrefix(r.URL.Path, "/credentials/")
	})
	token := w.client().Token
	events := listen(t, front.URL+"/v1/events", token)

	// What the badges say and name.
	const achievement = "Seismology of planted earthquakes"
	base := host.URL + "/planted-path-"
	planted := secrets{}
	for what, text := range map[string]string{
		"achievement": achievement, "issuer's name": "University of planted stars", "host": strings.TrimPrefix(host.URL, "https://"),
		"URLs of the host": "/planted-path-", "did:web that answers to nobody": "did:web:127.0.0.1%3A1:nowhere-planted", "host that is not there": "nobody-planted.invalid",
		"host's own words": "words-of-the-host-planted",
	} {
		planted.addText(what, text)
	}
	var learners []learner
	for i := range 4 {
		learners = append(learners, learnerOf(i+20))
		learners[i].addTo(planted)
	}

	// A class is issued and logged. Keys lie at the host.
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	asNode := func(args []string) []string {
		return append([]string{"--token-file", filepath.Join(w.dir, filepath.FromSlash(node.TokenFile)), "--node", front.URL}, args...)
	}
	run := func(code int, args ...string) string {
		t.Helper()
		return w.run(code, asNode(args)...)
	}
	issuer := base + "issuer"
	key := filepath.Join(dir, "key.pem")
	made := run(0, "badge", "key", key, "--issuer", issuer)
	method := regexp.MustCompile(regexp.QuoteMeta(issuer) + `#z6Mk\w+`).FindString(made)
	host.serve("/planted-path-issuer", fmt.Sprintf(`{"@context":"https://www.w3.org/ns/cid/v1","id":%q,"verificationMethod":[{"id":%q,"type":"Multikey","controller":%q,"publicKeyMultibase":%q}],"assertionMethod":[%q]}`,
		issuer, method, issuer, method[strings.Index(method, "#")+1:], method))
	host.serve("/planted-path-list", `{"words-of-the-host-planted":1}`)
	host.serve("/planted-path-moved", "moved to "+base+"assertion")
	host.serve(unaskedPath, strings.Repeat("words-of-the-host-planted", 10))
	template := fmt.Sprintf(`{"v":1,"format":"ob3","ids":%q,"image":"picture.svg","learner":{"identifier":"{{number}}","type":"studentId"},"badge":{
	 "@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],"type":["VerifiableCredential","OpenBadgeCredential"],
	 "issuer":{"id":%q,"type":["Profile"],"name":"University of planted stars"},"validFrom":"2026-05-01T00:00:00Z","name":%q,
	 "credentialStatus":{"id":%q,"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"{{place}}","statusListCredential":%q},
	 "credentialSubject":{"type":["AchievementSubject"],"narrative":"{{name}} {{native}} <{{mail}}> {{grade}}","achievement":{"id":%q,"type":["Achievement"],"name":%q,"description":"d","criteria":{"narrative":"c"}}}}}`,
		base+"credentials/", issuer, achievement, base+"list#{{place}}", base+"list", base+"achievement", achievement)
	var table bytes.Buffer
	table.WriteString("number,name,native,mail,grade,place\n")
	for i, l := range learners {
		fmt.Fprintln(&table, strings.Join([]string{l.number, l.name, l.native, l.mail, l.grade, strconv.Itoa(i)}, ","))
	}
	file("picture.svg", []byte(issuePicture))
	issue := []string{"badge", "issue", "--template", file("t.json", []byte(template)), "--learners", file("l.csv", table.Bytes()), "--key", key, "--method", method, "--out", filepath.Join(dir, "out")}
	run(0, append(issue, "--dry-run")...)
	run(0, issue...)
	run(0, issue...) // once more changes nothing
	fmt.Fprintf(&table, "%s,too few cells\n", learners[0].number)
	run(1, "badge", "issue", "--template", filepath.Join(dir, "t.json"), "--learners", file("bad.csv", table.Bytes()), "--key", key, "--method", method, "--out", filepath.Join(dir, "none"))
	paths, err := filepath.Glob(filepath.Join(dir, "out", "line-*", "badge.json"))
	if err != nil || len(paths) != len(learners) {
		t.Fatalf("%d badges, %v", len(paths), err)
	}
	var badges [][]byte
	for _, path := range paths {
		b := read(t, path)
		badges = append(badges, b)
		r, err := record.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		digest := r.Digest()
		planted.add("digest", digest[:])
		planted["cid of "+path] = []byte(r.CID().String())
		hash := regexp.MustCompile(`sha256\$([0-9a-f]{64})`).FindSubmatch(b)
		salt := regexp.MustCompile(`"salt":\s*"([^"]{12,})"`).FindSubmatch(b)
		if hash == nil || salt == nil {
			t.Fatalf("the learner is not hashed with a salt:\n%s", b)
		}
		planted["hash of the learner of "+path], planted["salt of the learner of "+path] = hash[1], salt[1]
	}
	good, l := badges[0], learners[0]

	// Badges of every kind of good and bad.
	assertion := func(id string) []byte {
		return fmt.Appendf(nil, `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":%q,"recipient":{"type":"email","hashed":false,"identity":%q},"badge":%q,"verification":{"type":"HostedBadge"},"issuedOn":"2026-01-01T00:00:00Z"}`,
			id, l.mail, base+"class")
	}
	host.serve("/planted-path-assertion", string(assertion(base+"moved")))
	enc := base64.RawURLEncoding.EncodeToString
	svg, err := image.Bake([]byte(issuePicture), image.Badge{Standard: image.OpenBadges3, Content: good})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string][]byte{
		"good": good, "baked": svg,
		"of another achievement": bytes.ReplaceAll(good, []byte(achievement), []byte(achievement+" II")),
		"by a did:web":           bytes.ReplaceAll(good, []byte(issuer), []byte("did:web:127.0.0.1%3A1:nowhere-planted")),
		"by nobody":              bytes.ReplaceAll(good, []byte(host.URL), []byte("https://nobody-planted.invalid")),
		"of http":                bytes.ReplaceAll(good, []byte("https://127"), []byte("http://127")),
		"undefined term":         bytes.Replace(good, []byte(`"narrative"`), fmt.Appendf(nil, `%q:%q,"narrative"`, l.name, l.grade), 1),
		"cut off":                good[:len(good)-9],
		"name twice":             fmt.Appendf(nil, `{%q:1,%q:2}`, l.name, l.name),
		"wrong form":             bytes.Replace(good, []byte(`"2026-05-01T00:00:00Z"`), fmt.Appendf(nil, "%q", l.number), 1),
		"a token":                []byte(enc([]byte(`{"alg":"EdDSA","kid":"`+method+`"}`)) + "." + enc(good) + "." + enc(make([]byte, 64))),
		"a token without a key":  []byte(enc([]byte(`{"alg":"`+l.number+`"}`)) + "." + enc(good) + "." + enc(make([]byte, 64))),
		"hosted":                 assertion(base + "moved"), "hosted nowhere": assertion(base + "none"), "hosted by one who goes on": assertion(host.URL + unaskedPath),
		"no badge": []byte("letter to " + l.name + " of " + achievement),
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		path := file(strings.ReplaceAll(name, " ", "-"), kinds[name])
		names = append(names, path)
	}

	// By the program: what it prints is for whoever has the badge.
	either := func(args ...string) {
		t.Helper()
		cmd := exec.Command(w.binary, asNode(args)...)
		if out, err := cmd.CombinedOutput(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() > exitUnknown {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	either(append([]string{"badge", "check", "--allow-network", "127.0.0.0/8"}, names...)...)
	either(append([]string{"badge", "lint"}, names...)...)
	either(append([]string{"badge", "crosswalk"}, names...)...)
	run(0, "badge", "bake", filepath.Join(dir, "picture.svg"), paths[0], "-o", filepath.Join(dir, "baked.svg"))
	run(0, "badge", "extract", filepath.Join(dir, "baked.svg"), "-o", filepath.Join(dir, "extracted.json"))
	programme := file("programme.json", fmt.Appendf(nil, `{"v":1,"id":"https://uni.example/one","name":%q,"institution":%q,"model":"inclusion","units":[{"id":"s","title":%q,"badges":[%q]}]}`,
		achievement, issuer, achievement, base+"achievement"))
	either(append([]string{"stack", "check", programme, "--allow-network", "127.0.0.0/8"}, names...)...)
	either(append([]string{"submit"}, names...)...)

	// By HTTP, rightly and wrongly.
	asks := 0
	ask := func(path, media, auth string, body []byte) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, front.URL+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", media)
		if auth != "" {
			req.Header.Set("Authorization", "Bearer "+auth)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Error(err)
		}
		if resp.StatusCode >= 500 {
			t.Errorf("POST %s: %s", path, resp.Status)
		}
		asks++
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		b := kinds[name]
		inside := b
		if !json.Valid(b) {
			inside, _ = json.Marshal(string(b))
		}
		for _, auth := range []string{token, l.number, ""} {
			ask("/v1/badges/check", "application/octet-stream", auth, b)
			ask("/credentials/verify", "application/json", auth, fmt.Appendf(nil, `{"verifiableCredential":%s,"options":{"returnResults":true,"returnCredential":true}}`, inside))
			ask("/credentials/issue", "application/json", auth, fmt.Appendf(nil, `{"credential":%s}`, inside))
		}
		ask("/v1/badges/check?lang=ja&offline=true", "application/json", token, b)
		ask("/v1/badges/check", "x/"+l.number, token, b)
		ask("/credentials/verify", "application/json", token, fmt.Appendf(nil, `{%q:%s,"options":{%q:1}}`, l.name, inside, l.native))
		ask("/credentials/issue", "application/json", token, b)
	}
	var unsigned map[string]any
	if err := json.Unmarshal(good, &unsigned); err != nil {
		t.Fatal(err)
	}
	delete(unsigned, "proof")
	delete(unsigned, "issuer")
	bare, err := json.Marshal(map[string]any{"credential": unsigned})
	if err != nil {
		t.Fatal(err)
	}
	ask("/credentials/issue", "application/json", token, bare)

	// What the host learnt is what everybody asks it.
	host.mu.Lock()
	if len(host.asked) < 5 {
		t.Errorf("the host was asked only for %v", host.asked)
	}
	for line := range host.asked {
		path, ok := strings.CutPrefix(line, "GET /planted-path-")
		if !ok || strings.ContainsAny(path, "?#") {
			t.Errorf("the host was asked: %s", line)
		}
	}
	for line := range host.heads {
		if name, value, _ := strings.Cut(line, ": "); name != "Accept" && line != "Accept-Encoding: identity" && line != "User-Agent: akashi" || strings.Contains(value, "planted") {
			t.Errorf("the host was told %s", line)
		}
	}
	host.mu.Unlock()

	lookThrough(t, w, p, front, chain, planted, map[string][]byte{"events": events()})
	for _, route := range []string{"POST /v1/badges/check", "POST /credentials/verify", "POST /credentials/issue"} {
		if n := strings.Count(p.Log(), `route="`+route+`"`); n < asks/10 {
			t.Errorf("the log has %d requests of %s, of %d", n, route, asks)
		}
	}
}
