package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/verify"
)

// A liar is a node that answers every request with one thing.
func liar(t *testing.T, status int, contentType string, body []byte) string {
	t.Helper()
	return logLiar(t, nil, status, contentType, body)
}

// A logLiar answers every request with one thing, but says that it keeps a
// certain log.
func logLiar(t *testing.T, info []byte, status int, contentType string, body []byte) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if info != nil && r.URL.Path == "/v1/log" {
			w.Header().Set("Content-Type", "application/json")
			w.Write(info)
			return
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		w.Write(body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func golden(name, file string) string {
	return filepath.Join("..", "..", "testdata", "golden", "v1", "evidence", name, file)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestForeignEvidence: evidence of another record than the one asked for is
// not written.
func TestForeignEvidence(t *testing.T) {
	url := liar(t, http.StatusOK, verify.MediaType, read(t, golden("verified", "evidence.json")))
	mine, err := verify.ParseEvidence(read(t, golden("verified", "evidence.json")))
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.akashi")
	other := "999999"
	for _, args := range [][]string{
		{golden("verified-document", "record")},
		{golden("verified", "record"), "--type", "document"},
		{"--index", other},
		{"--cid", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},
	} {
		code, _, stderr := call(t, nil, append([]string{"prove", "--node", url, "-o", out}, args...)...)
		if code != exitFailed || !strings.Contains(stderr, "evidence of another record") {
			t.Errorf("%v: code %d, %q", args, code, stderr)
		}
		if _, err := os.Stat(out); err == nil {
			t.Fatalf("%v: evidence was written", args)
		}
	}
	code, stdout, stderr := call(t, nil, "prove", "--node", url, "-o", out, golden("verified", "record"))
	if code != exitDone || !strings.Contains(stdout, mine.Ref().String()) {
		t.Errorf("the right one: code %d, %q, %q", code, stdout, stderr)
	}
}

// TestSpoiledEvidence: a node that answers with evidence by which the record
// would be refuted, though its issuer did not withdraw it, changes nothing.
func TestSpoiledEvidence(t *testing.T) {
	const good = "verified-course-qa"
	raw := read(t, golden(good, "evidence.json"))
	e, err := verify.ParseEvidence(raw)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Existence.Inclusion) == 0 {
		t.Fatal("the golden evidence has no inclusion proof to spoil")
	}
	e.Existence.Inclusion[0][0] ^= 1
	spoiled, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	info, err := json.Marshal(node.LogInfo{Ref: e.Ref()})
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{"spoiled": spoiled, "of another": read(t, golden("verified-document", "evidence.json")), "none": []byte("{}")} {
		url := logLiar(t, info, http.StatusOK, verify.MediaType, body)
		code, stdout, stderr := call(t, nil, "verify", golden(good, "record"), golden(good, "evidence.json"), "--policy", golden(good, "policy.json"), "--node", url)
		if code != exitDone || !strings.Contains(stdout, ": VERIFIED\n") || !strings.Contains(stderr, "newest evidence of the node was not used") {
			t.Errorf("%s: code %d, %q\n%s", name, code, stderr, stdout)
		}
	}
}

// TestSaltGoesToItsNode: the salt is sent to the node that keeps the record's
// log, and not to one that keeps another or does not say which.
func TestSaltGoesToItsNode(t *testing.T) {
	const good = "verified"
	raw := read(t, golden(good, "evidence.json"))
	e, err := verify.ParseEvidence(raw)
	if err != nil {
		t.Fatal(err)
	}
	other := e.Ref()
	other.Log[0] ^= 1
	for name, c := range map[string]struct {
		info any
		told bool
		want string
	}{
		"its node":       {node.LogInfo{Ref: e.Ref()}, true, ""},
		"another's node": {node.LogInfo{Ref: other}, false, "it keeps another log, " + other.String() + ", and was told nothing of the record"},
		"no node":        {[]string{}, false, "newest evidence of the node was not used"},
	} {
		info, err := json.Marshal(c.info)
		if err != nil {
			t.Fatal(err)
		}
		var heard atomic.Bool
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v1/log" && r.Method == http.MethodGet {
				w.Header().Set("Content-Type", "application/json")
				w.Write(info)
				return
			}
			heard.Store(true)
			w.Header().Set("Content-Type", verify.MediaType)
			w.Write(raw)
		}))
		t.Cleanup(s.Close)
		_, _, stderr := call(t, nil, "verify", golden(good, "record"), golden(good, "evidence.json"), "--policy", golden(good, "policy.json"), "--node", s.URL)
		if heard.Load() != c.told || !strings.Contains(stderr, c.want) || c.told && stderr != "" {
			t.Errorf("%s: was told of the record: %t; %q", name, heard.Load(), stderr)
		}
	}
}

// TestEscapes: what a node says cannot act on the terminal, in sentences or in
// JSON.
func TestEscapes(t *testing.T) {
	mine, err := verify.ParseEvidence(read(t, golden("verified", "evidence.json")))
	if err != nil {
		t.Fatal(err)
	}
	nasty := "\x1b[2J\x1b]0;owned\x07\u202e"
	problem, err := json.Marshal(node.Problem{Type: "urn:akashi:problem:" + nasty, Title: nasty, Status: 503, Detail: nasty, Instance: nasty})
	if err != nil {
		t.Fatal(err)
	}
	info, err := json.Marshal(node.LogInfo{Ref: mine.Ref(), Origin: nasty, Keys: []string{nasty}, Anchoring: node.Anchoring{State: nasty, Detail: nasty}})
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{liar(t, 503, "application/problem+json", problem), liar(t, 200, "application/json", info)} {
		for _, args := range [][]string{
			{"log"}, {"log", "--json"}, {"submit", golden("verified", "record")}, {"submit", "--json", golden("verified", "record")},
			{"prove", "--index", "0"}, {"revoke", "--index", "0"}, {"forget", "--index", "0", "--json"},
		} {
			_, stdout, stderr := call(t, nil, append(args, "--node", url)...)
			if text := stdout + stderr; strings.ContainsAny(text, "\x1b\x07") || !strings.Contains(strings.Join(args, " "), "json") && strings.Contains(text, "\u202e") {
				t.Errorf("%v: %q", args, text)
			}
		}
	}
}
