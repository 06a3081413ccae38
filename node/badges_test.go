package node

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-json-experiment/json"

	badges "github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
)

// hostedBadge is an assertion that is hosted at a URL.
func hostedBadge(at, learner string) []byte {
	return fmt.Appendf(nil, `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"%s/assertions/%s",
	 "recipient":{"type":"email","hashed":false,"identity":"%s@uni.example"},"badge":"%s/classes/1",
	 "verification":{"type":"HostedBadge"},"issuedOn":"2026-01-01T00:00:00Z"}`, at, learner, learner, at)
}

// TestBadgeCheck judges badges over HTTP: what they name is asked, hosts inside
// are not, and nothing of them is in any log line or metric.
func TestBadgeCheck(t *testing.T) {
	t.Parallel()
	const learner = "Aiko-Tanaka-8842"
	var visits atomic.Int64
	inside := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visits.Add(1)
		io.WriteString(w, "secret")
	}))
	defer inside.Close()
	r := newRig(t, "", nil).start()
	ask := func(query, media string, body []byte) badges.Report {
		t.Helper()
		resp, b := r.do(http.MethodPost, "/v1/badges/check"+query, media, body, auth(r))
		var report badges.Report
		if err := json.Unmarshal(b, &report); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %s: %v", resp.StatusCode, b, err)
		}
		return report
	}
	report := ask("", "application/json", hostedBadge(inside.URL, learner))
	if report.Verdict != badges.CouldNotTell || len(report.Fetched) != 1 || report.Fetched[0].Error != fetch.BadAddress || visits.Load() != 0 {
		t.Errorf("a host inside: %s, %+v, %d visits", report.Verdict, report.Fetched, visits.Load())
	}
	if f, _ := ask("?lang=ja&offline=true", "application/octet-stream", hostedBadge(inside.URL, learner)).Find(badges.HostedFetch); !strings.Contains(f.Text, "取得") {
		t.Errorf("in Japanese: %+v", f)
	}
	if v := ask("", "text/plain", []byte("hello "+learner)).Verdict; v != badges.CouldNotTell {
		t.Errorf("no badge: %s", v)
	}
	for _, c := range []struct {
		query, media string
		body         []byte
		want         string
	}{
		{"?lang=fr", "application/json", []byte("{}"), "bad-request"},
		{"?offline=perhaps", "application/json", []byte("{}"), "bad-request"},
		{"?recipient=" + learner, "application/json", []byte("{}"), "bad-request"},
		{"", "text/html", []byte("{}"), "media-type"},
		{"", "application/json", nil, "bad-request"},
		{"", "application/json", bytes.Repeat([]byte(" "), 4<<20+1), "too-large"},
	} {
		resp, b := r.do(http.MethodPost, "/v1/badges/check"+c.query, c.media, c.body, auth(r))
		if got := problemOf(t, resp, b).Name(); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.query, c.media, got, c.want)
		}
	}
	_, metrics := r.do(http.MethodGet, "/metrics", "", nil, auth(r))
	for name, text := range map[string]string{"the log": r.logs.String(), "metrics": string(metrics)} {
		if strings.Contains(text, learner) || strings.Contains(text, inside.URL) {
			t.Errorf("%s tells of the badge", name)
		}
	}
}

// TestBadgeCheckApart judges a badge while records have all the memory for bodies:
// neither may wait for the other, since a check waits for hosts of strangers.
func TestBadgeCheckApart(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	release, err := r.node.bodies.take(t.Context(), r.node.bodies.total)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if resp, b := r.do(http.MethodPost, "/v1/badges/check?offline=true", "text/plain", []byte("hello"), auth(r)); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, b)
	}
}

// TestBadgeNetworks asks a host inside when the configuration names it. Its
// certificate is nobody's, so that is as far as it gets.
func TestBadgeNetworks(t *testing.T) {
	t.Parallel()
	var greeted atomic.Int64
	inside := httptest.NewUnstartedServer(http.NotFoundHandler())
	inside.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		greeted.Add(1)
		return nil, nil
	}}
	inside.Config.ErrorLog = log.New(io.Discard, "", 0)
	inside.StartTLS()
	defer inside.Close()
	c, err := newBadgeFetcher(BadgesConfig{Networks: []string{"127.0.0.0/8"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Fetch(t.Context(), fetch.Request{URL: inside.URL}); fetch.KindOf(err) != fetch.BadTLS || greeted.Load() == 0 {
		t.Errorf("%v, %d greetings", err, greeted.Load())
	}
	if _, err := newBadgeFetcher(BadgesConfig{Networks: []string{"inside"}}); err == nil {
		t.Error("a network that is none was taken")
	}
}
