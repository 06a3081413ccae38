package node

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/store"
)

// An event is one of a stream, as a browser reads it.
type event struct{ id, name, data string }

// listener reads a stream.
type listener struct {
	t      testing.TB
	in     *bufio.Reader
	cancel context.CancelFunc
}

func (r *rig) listen(lastID string) *listener {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	r.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.client.URL+"/v1/events", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("Cache-Control") != "no-store" {
		r.t.Fatalf("status %d, %v", resp.StatusCode, resp.Header)
	}
	return &listener{r.t, bufio.NewReader(resp.Body), cancel}
}

// next gives the next event; false at the end of the stream.
func (l *listener) next() (event, bool) {
	var e event
	for {
		line, err := l.in.ReadString('\n')
		if err != nil {
			return e, false
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			if line == "\n" && e.name != "" {
				return e, true
			}
		}
	}
}

// until reads to an event of a name for which done holds, and gives it and
// those before it.
func (l *listener) until(name string, done func(data map[string]any) bool) []event {
	l.t.Helper()
	var all []event
	for {
		e, ok := l.next()
		if !ok {
			l.t.Fatalf("the stream ended before a %s: %+v", name, all)
		}
		all = append(all, e)
		var data map[string]any
		if err := json.Unmarshal([]byte(e.data), &data); err != nil {
			l.t.Fatalf("%+v: %v", e, err)
		}
		if e.name == name && done(data) {
			return all
		}
	}
}

func sizeIs(n uint64) func(map[string]any) bool {
	return func(d map[string]any) bool { return d["size"] == float64(n) }
}

func atLeast(n uint64) func(map[string]any) bool {
	return func(d map[string]any) bool { return d["size"].(float64) >= float64(n) }
}

// checkIDs holds that no number of an id ever falls.
func checkIDs(t *testing.T, from cursor, events []event) cursor {
	t.Helper()
	for _, e := range events {
		c, err := parseCursor(e.id)
		if err != nil || c.final < from.final || c.checkpoint < from.checkpoint || c.size < from.size || c.String() != e.id {
			t.Fatalf("id %s after %s: %v", e.id, from, err)
		}
		from = c
	}
	return from
}

// TestEvents follows records to their final anchors, across a restart of the
// node: every final anchor comes once, whether the reader was there or not.
func TestEvents(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	l := r.listen("")
	first := r.submit(badge("https://events.example", 1), StateFinal)
	events := l.until("final", atLeast(first.Index+1))
	seen := checkIDs(t, cursor{}, events)
	names := map[string]bool{}
	for _, e := range events {
		names[e.name] = true
		if strings.Contains(e.data, "events.example") || first.Commitment != nil && strings.Contains(e.data, first.Commitment.String()) {
			t.Errorf("an event tells of a record: %+v", e)
		}
	}
	for _, name := range []string{"logged", "checkpoint", "anchor", "final", "status"} {
		if !names[name] {
			t.Errorf("no event %s in %+v", name, events)
		}
	}
	l.cancel()

	// While nobody listens, three more anchors become final and the node
	// starts anew.
	var last Logged
	for i := range 3 {
		last = r.submit(badge("https://events.example", 2+i), StateFinal)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r.start()
	l = r.listen(seen.String())
	events = l.until("final", atLeast(last.Index+1))
	checkIDs(t, seen, events)
	var finals []AnchorInfo
	for _, e := range events {
		if e.name == "final" {
			var a AnchorInfo
			if err := json.Unmarshal([]byte(e.data), &a); err != nil {
				t.Fatal(err)
			}
			finals = append(finals, a)
		}
	}
	prev := seen.final
	for _, a := range finals {
		if a.PrevSize != prev || a.Block == nil || a.State != "final" {
			t.Errorf("after the anchor of size %d comes %+v", prev, a)
		}
		prev = a.Size
	}
	if len(finals) != 3 {
		t.Errorf("%d finals were replayed: %+v", len(finals), finals)
	}

	// From the first event on everything final comes again.
	all := r.listen("0-0-0").until("final", sizeIs(prev))
	count := 0
	for _, e := range all {
		if e.name == "final" {
			count++
		}
	}
	if count != 4 {
		t.Errorf("%d finals from the beginning", count)
	}
	// A cursor ahead of the log is told so, and served anew.
	ahead := r.listen("9000-9000-9000").until("logged", atLeast(1))
	if ahead[0].name != "reset" {
		t.Errorf("ahead of the log: %+v", ahead)
	}
}

// TestEventsEnd holds limits and ends of streams.
func TestEventsEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	for _, id := range []string{"x", "1", "1-2", "1-2-3-4", "-1-2-3", "01-2-3", "1-2-9007199254740992"} {
		resp, body := r.do(http.MethodGet, "/v1/events", "", nil, http.Header{"Last-Event-ID": {id}})
		if p := problemOf(t, resp, body); p.Name() != "bad-request" {
			t.Errorf("id %s: %s", id, body)
		}
	}
	if resp, body := r.do(http.MethodHead, "/v1/events", "", nil, nil); resp.StatusCode != 200 || len(body) != 0 {
		t.Errorf("HEAD: %d %q", resp.StatusCode, body)
	}
	var open []*listener
	for range maxStreamsEach {
		open = append(open, r.listen(""))
	}
	resp, body := r.do(http.MethodGet, "/v1/events", "", nil, nil)
	if p := problemOf(t, resp, body); p.Name() != "too-many-requests" || resp.Header.Get("Retry-After") == "" {
		t.Errorf("one stream too many: %s", body)
	}
	open[0].cancel()
	waitFor(t, "the stream to be counted out", func() bool {
		r.node.board.mu.Lock()
		defer r.node.board.mu.Unlock()
		return r.node.board.total == maxStreamsEach-1
	})
	r.listen("").cancel()
	// A stop ends them all, and is not kept waiting.
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	for {
		if _, ok := open[1].next(); !ok {
			break
		}
	}
}

// blocked is a reader that takes nothing.
type blocked struct {
	http.ResponseWriter
	header   http.Header
	deadline time.Time
}

func (b *blocked) Header() http.Header                { return b.header }
func (b *blocked) WriteHeader(int)                    {}
func (b *blocked) Write([]byte) (int, error)          { return 0, context.DeadlineExceeded }
func (b *blocked) SetWriteDeadline(t time.Time) error { b.deadline = t; return nil }

// TestEventsSlowReader holds that who does not take events within the limit is
// dropped.
func TestEventsSlowReader(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	w := &blocked{header: http.Header{}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.node.getEvents(w, req); err != nil { // returns
		t.Fatal(err)
	}
	if d := time.Until(w.deadline); d <= 0 || d > eventWrite {
		t.Errorf("the limit on a write is %s", d)
	}
}

// TestEventsTellEachState holds what a stream says of an anchor on its way,
// row by row, and that it says nothing twice.
func TestEventsTellEachState(t *testing.T) {
	s := &stream{told: map[uint64]string{}}
	row := func(state store.AnchorState, block uint64) []store.AnchorRow {
		a := store.AnchorRow{Size: 5, Root: merkle.EmptyRoot, State: state}
		if block > 0 {
			a.TxHash, a.Block = &store.ChainHash{1}, &store.ChainBlock{Number: block}
		}
		return []store.AnchorRow{a}
	}
	for i, c := range []struct {
		open []store.AnchorRow
		want string
	}{
		{row(store.Intended, 0), `"intended"`}, {row(store.Intended, 0), ""}, {row(store.Sent, 0), `"sent"`}, {row(store.Mined, 7), `"number":7`},
		{row(store.Mined, 7), ""}, {row(store.Orphaned, 0), `"orphaned"`}, {row(store.Mined, 8), `"number":8`}, {nil, ""},
	} {
		s.buf.Reset()
		s.tell(t.Context(), eventView{open: c.open})
		if got := s.buf.String(); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("step %d: %q, want %q", i, got, c.want)
		}
	}
}
