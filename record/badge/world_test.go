package badge_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
)

// A doc is a JSON object under construction.
type doc map[string]any

func (d doc) bytes(t testing.TB) []byte {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// parse reads a document from text, so that a test shows it as it is.
func parse(t testing.TB, text string) doc {
	t.Helper()
	var d doc
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return d
}

// clone copies a document with all that is within.
func (d doc) clone(t testing.TB) doc { return parse(t, string(d.bytes(t))) }

// set puts a value at a path of names, and nil takes it away.
func (d doc) set(path string, v any) doc {
	names := strings.Split(path, ".")
	at := map[string]any(d)
	for _, n := range names[:len(names)-1] {
		at = at[n].(map[string]any)
	}
	if last := names[len(names)-1]; v == nil {
		delete(at, last)
	} else {
		at[last] = v
	}
	return d
}

// A world is what is served on the web: by URL a body, or a status of its own.
type world map[string]page

type page struct {
	status int // 0 means 200
	kind   string
	body   string
}

func (w world) Fetch(_ context.Context, q fetch.Request) (fetch.Answer, error) {
	p, ok := w[q.URL]
	if !ok {
		return fetch.Answer{}, &fetch.Error{URL: q.URL, Kind: fetch.Unreachable}
	}
	if p.status == 0 {
		p.status = 200
	}
	if p.kind == "" {
		p.kind = "application/json"
	}
	return fetch.Answer{Status: p.status, ContentType: p.kind, Body: []byte(p.body)}, nil
}

// with is a copy of the world with one page changed; a page of status -1 is
// gone from it.
func (w world) with(url string, p page) world {
	c := world{}
	for u, old := range w {
		c[u] = old
	}
	if p.status < 0 {
		delete(c, url)
	} else {
		c[url] = p
	}
	return c
}

var today = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

// check judges a badge today, in a world.
func check(t testing.TB, input []byte, w fetch.Fetcher) badge.Report {
	t.Helper()
	r := badge.Check(t.Context(), input, badge.Options{Fetcher: w, Now: func() time.Time { return today }})
	for _, c := range r.Checks {
		if !strings.HasSuffix(c.Text, ".") && !strings.HasSuffix(c.Text, "1") || strings.Contains(c.Text, "{") {
			t.Errorf("%s says %q", c.Code, c.Text)
		}
	}
	return r
}

// wants holds a report to the result of a code.
func wants(t testing.TB, name string, r badge.Report, code badge.Code, result badge.Result) {
	t.Helper()
	got, ok := r.Find(code)
	if !ok || got.Result != result {
		t.Errorf("%s: %s is %q (%s), want %s; all: %v", name, code, got.Result, got.Text, result, r.Checks)
	}
}

// only holds a report to having no fail but of that code.
func only(t testing.TB, name string, r badge.Report, code badge.Code) {
	t.Helper()
	wants(t, name, r, code, badge.Fail)
	for _, c := range r.Checks {
		if c.Result == badge.Fail && c.Code != code {
			t.Errorf("%s: %s fails too: %s", name, c.Code, c.Text)
		}
	}
	if r.Verdict != badge.Refuted {
		t.Errorf("%s: %s", name, r.Verdict)
	}
}

// achievement is an Open Badges 3.0 credential without a signature.
func achievement(t testing.TB) doc {
	return parse(t, `{
	 "@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
	 "id":"https://uni.example/credentials/1",
	 "type":["VerifiableCredential","AchievementCredential"],
	 "issuer":{"id":"https://uni.example/issuers/1","type":["Profile"],"name":"University of Example"},
	 "validFrom":"2026-01-01T00:00:00Z",
	 "validUntil":"2027-01-01T00:00:00+09:00",
	 "name":"Data Science I",
	 "credentialSubject":{"id":"did:example:learner","type":["AchievementSubject"],
	  "achievement":{"id":"https://uni.example/achievements/1","type":["Achievement"],"name":"Data Science I",
	   "description":"An introduction.","criteria":{"narrative":"Pass the examination."}}}}`)
}
