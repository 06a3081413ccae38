package fetch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/fetch"
)

// web is a small world of documents.
type web map[string]fetch.Answer

func (w web) Fetch(_ context.Context, q fetch.Request) (fetch.Answer, error) {
	a, ok := w[q.URL]
	if !ok {
		return fetch.Answer{}, &fetch.Error{URL: q.URL, Kind: fetch.Unreachable, Err: errors.New("no such host")}
	}
	return a, nil
}

var at = time.Date(2026, 4, 1, 9, 0, 0, 123, time.UTC)

func clock() time.Time { return at }

func TestRecorder(t *testing.T) {
	asked := 0
	world := web{"https://a.example/1": {Status: 200, ContentType: "application/json", Body: []byte("{}")}}
	counted := fetcherFunc(func(ctx context.Context, q fetch.Request) (fetch.Answer, error) {
		asked++
		return world.Fetch(ctx, q)
	})
	r := fetch.NewRecorder(counted, fetch.Limits{Count: 2}, clock)
	ask := func(url string, accept ...string) (fetch.Answer, error) {
		return r.Fetch(t.Context(), fetch.Request{URL: url, Accept: accept})
	}
	for range 3 {
		if a, err := ask("https://a.example/1"); err != nil || string(a.Body) != "{}" {
			t.Fatal(a, err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times for one URL", asked)
	}
	// What was kept for one reader may be nothing for another.
	if _, err := ask("https://a.example/1", "application/jwt"); fetch.KindOf(err) != fetch.BadType {
		t.Errorf("another media type: %v", err)
	}
	if _, err := ask("https://b.example/"); fetch.KindOf(err) != fetch.Unreachable {
		t.Errorf("no host: %v", err)
	}
	if _, err := ask("https://c.example/"); fetch.KindOf(err) != fetch.Exhausted {
		t.Errorf("a third URL of two: %v", err)
	}
	if asked != 2 {
		t.Errorf("asked %d times, want 2", asked)
	}
	small := fetch.NewRecorder(world, fetch.Limits{Bytes: 1}, clock)
	if _, err := small.Fetch(t.Context(), fetch.Request{URL: "https://a.example/1"}); fetch.KindOf(err) != fetch.Exhausted {
		t.Errorf("more bytes than one check may: %v", err)
	}
}

type fetcherFunc func(context.Context, fetch.Request) (fetch.Answer, error)

func (f fetcherFunc) Fetch(ctx context.Context, q fetch.Request) (fetch.Answer, error) {
	return f(ctx, q)
}

func TestTranscript(t *testing.T) {
	world := web{
		"https://a.example/1": {Status: 200, ContentType: "application/json", Body: []byte(`{"a":1}`)},
		"https://a.example/2": {Status: 410},
	}
	r := fetch.NewRecorder(world, fetch.Limits{}, clock)
	urls := []string{"https://a.example/1", "https://a.example/2", "https://nowhere.example/"}
	for _, u := range urls {
		r.Fetch(t.Context(), fetch.Request{URL: u})
	}
	file, err := json.Marshal(r.Transcript(at))
	if err != nil {
		t.Fatal(err)
	}
	again, err := fetch.ParseTranscript(file)
	if err != nil {
		t.Fatal(err)
	}
	if !again.At.Equal(at.Truncate(time.Second)) || len(again.Entries) != 3 {
		t.Errorf("read back: %+v", again)
	}
	for _, u := range urls {
		then, errThen := r.Fetch(t.Context(), fetch.Request{URL: u})
		now, errNow := again.Fetch(t.Context(), fetch.Request{URL: u})
		if fmt.Sprint(errThen) != fmt.Sprint(errNow) || then.Status != now.Status || !bytes.Equal(then.Body, now.Body) {
			t.Errorf("%s: then %v %v, now %v %v", u, then, errThen, now, errNow)
		}
	}
	if _, err := again.Fetch(t.Context(), fetch.Request{URL: "https://a.example/3"}); fetch.KindOf(err) != fetch.NotRecorded {
		t.Errorf("what was not fetched: %v", err)
	}

	for name, change := range map[string][2]string{
		"body":          {`"body":"eyJhIjoxfQ=="`, `"body":"eyJhIjoyfQ=="`},
		"length":        {`"bytes":7`, `"bytes":8`},
		"version":       {`"v":1`, `"v":2`},
		"unknown name":  {`"v":1`, `"v":1,"w":1`},
		"twice":         {`https://a.example/2`, `https://a.example/1`},
		"status":        {`"status":410`, `"status":7`},
		"kind":          {`"error":"unreachable"`, `"error":"because"`},
		"both":          {`"error":"unreachable"`, `"error":"unreachable","status":200`},
		"repeated name": {`"v":1`, `"v":1,"v":1`},
		"no url":        {`"url":"https://nowhere.example/"`, `"url":""`},
		"no time":       {`"at":1775034000,"entries"`, `"at":0,"entries"`},
	} {
		changed := bytes.Replace(file, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(changed, file) {
			t.Errorf("%s: nothing to change in %s", name, file)
		}
		if _, err := fetch.ParseTranscript(changed); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParseTranscript(f *testing.F) {
	f.Add([]byte(`{"v":1,"at":1775034000,"entries":[]}`))
	f.Add([]byte(`{"v":1,"at":1775034000,"entries":[{"url":"https://a.example","at":1775034000,"error":"timeout"}]}`))
	f.Add([]byte(`{"v":1,"at":1775034000,"entries":[{"url":"https://a.example","at":1775034000,"status":410,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := fetch.ParseTranscript(b)
		if err != nil {
			return
		}
		out, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		second, err := fetch.ParseTranscript(out)
		if err != nil {
			t.Fatalf("does not read its own %s: %v", out, err)
		}
		if again, err := json.Marshal(second); err != nil || !bytes.Equal(out, again) {
			t.Fatalf("%s became %s (%v)", out, again, err)
		}
	})
}

func Example() {
	world := web{"https://uni.example/keys/1": {Status: 200, ContentType: "application/json", Body: []byte("{}")}}
	day := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	r := fetch.NewRecorder(world, fetch.Limits{}, func() time.Time { return day })
	r.Fetch(context.Background(), fetch.Request{URL: "https://uni.example/keys/1"})
	_, err := r.Fetch(context.Background(), fetch.Request{URL: "https://gone.example/status/7"})
	fmt.Println(err)
	for _, e := range r.Transcript(day).Entries {
		fmt.Printf("%s %d %d %q\n", e.URL, e.Status, e.Bytes, e.Error)
	}
	// Output:
	// the host could not be reached
	// https://uni.example/keys/1 200 2 ""
	// https://gone.example/status/7 0 0 "unreachable"
}
