package bridge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/verify/wasm/badge/bridge"
	"github.com/akashi-project/akashi/verify/wasm/host"
)

var now = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../../../testdata/badges", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// says is a page whose fetcher gives one answer to everything.
func says(text string) host.Ask {
	return func(context.Context, string, []byte) ([]byte, error) { return []byte(text), nil }
}

func TestLimits(t *testing.T) {
	for want, r := range map[string]bridge.Request{
		"badge has":    {Badge: make([]byte, bridge.MaxInput+1)},
		"recipient ha": {Recipient: strings.Repeat("x", bridge.MaxRecipient+1)},
		"recipient is": {Recipient: "\xff"},
		"timeout is":   {Timeout: bridge.MaxTimeout + 1},
		"language \"f": {Language: "fr"},
		"replay has":   {Replay: []byte("{}"), Now: now},
		"replay: ":     {Replay: []byte("{}")},
	} {
		if out, err := bridge.Check(t.Context(), r, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want an error that begins with %q, have %s, %v", want, out, err)
		}
	}
	if _, err := bridge.Check(t.Context(), bridge.Request{Replay: fixture(t, "ob2.check")}, says(`{}`)); err == nil || !strings.Contains(err.Error(), "leave fetcher out") {
		t.Error(err)
	}
}

// TestPanic: a defect is an answer, and not the end of the instance.
func TestPanic(t *testing.T) {
	ask := func(context.Context, string, []byte) ([]byte, error) { panic("a defect") }
	if _, err := bridge.Check(t.Context(), bridge.Request{Badge: fixture(t, "ob2.json"), Now: now}, ask); err == nil || !strings.Contains(err.Error(), "this is a defect") {
		t.Error(err)
	}
}

// TestFetcher: what the page is asked, and what becomes of its answers.
func TestFetcher(t *testing.T) {
	const url = "https://badges.example/assertions/1"
	for _, tt := range []struct {
		text, contentType string
		status            int
		kind              fetch.Kind
	}{
		{`{"status":200,"contentType":"Application/LD+json; charset=utf-8","body":"e30="}`, "application/ld+json", 200, ""},
		{`{"status":200,"body":"e30=","more":1}`, "", 200, ""},
		{`{"status":200,"contentType":"ä/b"}`, "", 200, ""},
		{`{"status":404}`, "", 404, ""},
		{`{"error":"tls"}`, "", 0, fetch.BadTLS},
		{`{"error":"other"}`, "", 0, fetch.Unreachable},
		{`{"status":600}`, "", 0, fetch.Unreachable},
		{`{"status":200,"body":"?"}`, "", 0, fetch.Unreachable},
		{`null`, "", 0, fetch.Unreachable},
		{`{"status":200,"body":"` + strings.Repeat("A", bridge.MaxBody/3*4+4) + `"}`, "", 0, fetch.TooLarge},
		{strings.Repeat(" ", 2*bridge.MaxBody), "", 0, fetch.Unreachable},
	} {
		asked := ""
		ask := func(ctx context.Context, method string, arguments []byte) ([]byte, error) {
			if asked == "" {
				asked = method + string(arguments)
			}
			if _, ok := ctx.Deadline(); !ok {
				return nil, errors.New("without an end")
			}
			return []byte(tt.text), nil
		}
		b, err := bridge.Check(t.Context(), bridge.Request{Badge: fixture(t, "ob2.json"), Now: now}, ask)
		var got struct{ Transcript json.RawMessage }
		if err != nil || json.Unmarshal(b, &got) != nil {
			t.Fatalf("%.60s: %s, %v", tt.text, b, err)
		}
		transcript, err := fetch.ParseTranscript(got.Transcript)
		if err != nil || len(transcript.Entries) == 0 {
			t.Fatalf("%.60s: %v", tt.text, err)
		}
		e := transcript.Entries[0]
		if e.URL != url || e.Status != tt.status || e.ContentType != tt.contentType || e.Error != tt.kind {
			t.Errorf("%.60s: %+v", tt.text, e)
		}
		if !strings.HasPrefix(asked, `fetch["`+url+`",[`) {
			t.Errorf("asked %s", asked)
		}
	}
}

// FuzzFetcher: whatever the page answers, there is a report, and its transcript
// makes the same one again.
func FuzzFetcher(f *testing.F) {
	f.Add(`{"status":200,"contentType":"application/json","body":"e30="}`)
	f.Add(`{"error":"timeout"}`)
	badge := fixture(f, "ob2.json")
	f.Fuzz(func(t *testing.T, text string) {
		first, err := bridge.Check(t.Context(), bridge.Request{Badge: badge, Now: now}, says(text))
		var got struct{ Transcript json.RawMessage }
		if err != nil || json.Unmarshal(first, &got) != nil {
			t.Fatalf("%s, %v", first, err)
		}
		again, err := bridge.Check(t.Context(), bridge.Request{Badge: badge, Replay: got.Transcript}, nil)
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("%s\n%s, %v", first, again, err)
		}
	})
}
