package node

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/store"
)

// Limits of GET /v1/events.
const (
	eventHeartbeat = 15 * time.Second       // between two signs of life
	eventInterval  = 100 * time.Millisecond // shortest between two looks at the log
	eventWrite     = 30 * time.Second       // for a reader to take what is sent
	eventRetry     = 5 * time.Second        // after which a client should come back
	eventPage      = 100                    // rows of the journal that are replayed at once
	maxStreams     = 512                    // in all
	maxStreamsEach = 16                     // of one address
)

// A cursor is what a reader of events has seen, and the id of each event.
// None of its numbers ever falls. It names states of the log on disk and no
// place in a buffer, so that it outlives the process.
type cursor struct {
	final      uint64 // size of the last final anchor
	checkpoint uint64 // size of the last checkpoint
	size       uint64 // entries
}

func (c cursor) String() string { return fmt.Sprintf("%d-%d-%d", c.final, c.checkpoint, c.size) }

func parseCursor(s string) (c cursor, err error) {
	parts := strings.Split(s, "-")
	if len(parts) != 3 {
		return c, fmt.Errorf("three numbers with - between are wanted")
	}
	for i, to := range []*uint64{&c.final, &c.checkpoint, &c.size} {
		if *to, err = parseNumber(parts[i]); err != nil {
			return c, err
		}
	}
	return c, nil
}

// An eventView is the state that events tell of.
type eventView struct {
	size       uint64
	checkpoint CheckpointEvent // zero before the first
	final      uint64
	open       []store.AnchorRow // beyond the last final one, ascending
	anchoring  Anchoring
}

// LoggedEvent is the data of the event "logged": the log has grown.
type LoggedEvent struct {
	Size uint64 `json:"size"` // entries on disk
}

// CheckpointEvent is the data of the event "checkpoint": a head was signed
// and published.
type CheckpointEvent struct {
	Size uint64      `json:"size"`
	Root merkle.Hash `json:"root"`
}

// board keeps the latest eventView, and wakes those who wait for another.
type board struct {
	poked chan struct{} // of size 1: there may be another

	mu      sync.Mutex // guards the rest
	view    eventView
	changed chan struct{}
	total   int // streams
	each    map[netip.Prefix]int
}

func newBoard() *board {
	return &board{poked: make(chan struct{}, 1), changed: make(chan struct{}), each: map[netip.Prefix]int{}}
}

// look gives the view, and a channel that is closed when there is another.
func (b *board) look() (eventView, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.view, b.changed
}

func (b *board) put(v eventView) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.view = v
	close(b.changed)
	b.changed = make(chan struct{})
}

// streams is how many are open.
func (b *board) streams() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.total
}

// enter counts a stream in; leave counts it out.
func (b *board) enter(from netip.Prefix) (leave func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.total >= maxStreams:
		return nil, &httpError{kind: kindBusy, retry: 30, detail: fmt.Sprintf("%d streams of events are open", maxStreams)}
	case b.each[from] >= maxStreamsEach:
		return nil, &httpError{kind: kindTooMany, retry: 30, detail: fmt.Sprintf("%d streams of events are open from this address; close one", maxStreamsEach)}
	}
	b.total++
	b.each[from]++
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.total--
		if b.each[from]--; b.each[from] == 0 {
			delete(b.each, from)
		}
	}, nil
}

// announce keeps the board up to date until ctx ends.
func (n *Node) announce(ctx context.Context) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.board.poked:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
		n.renew()
		pause.Reset(eventInterval)
	}
}

// renew reads the state that events tell of.
func (n *Node) renew() {
	v := eventView{anchoring: n.anchoring()}
	// Sizes are read before what covers them, so that an older one is never
	// shown beyond the newer.
	_, v.final = n.progress.sizes()
	if p := n.sequencer.published.Load(); p != nil {
		v.checkpoint = CheckpointEvent{Size: p.tree.Size, Root: p.tree.Root}
	}
	v.size = n.store.Tree().Size
	rows, _, err := n.store.AnchorRows(v.final+1, 0)
	if err != nil {
		n.log.Error("journal not read", "err", err)
	}
	v.open = rows
	n.board.put(v)
}

// getEvents streams what happens to the log as server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
func (n *Node) getEvents(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r); err != nil {
		return err
	}
	s := &stream{n: n, w: w, control: http.NewResponseController(w), told: map[uint64]string{}}
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		seen, err := parseCursor(id)
		if err != nil {
			return refuse(kindBadRequest, "The header Last-Event-ID is none of this node's ids: "+err.Error())
		}
		s.seen, s.resumed = seen, true
	}
	leave, err := n.board.enter(clientAddress(r, n.config.HTTP.ClientIPHeader))
	if err != nil {
		return err
	}
	defer leave()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	_ = s.control.SetReadDeadline(time.Time{}) // a stream lasts
	w.WriteHeader(http.StatusOK)
	fmt.Fprintf(&s.buf, "retry: %d\n\n", eventRetry.Milliseconds())
	s.run(r.Context())
	return nil
}

// A stream is one reader of events. It holds no queue: what the reader has not
// seen follows from its cursor, so that a slow one gets less and misses
// nothing that lasts.
type stream struct {
	n       *Node
	w       http.ResponseWriter
	control *http.ResponseController
	buf     strings.Builder
	seen    cursor
	resumed bool              // seen is what the client said
	told    map[uint64]string // size of an open anchor → what was said of it
	phase   Anchoring         // that was said
}

// run sends events until the client leaves or is too slow, or the node stops.
func (s *stream) run(ctx context.Context) {
	beat := time.NewTicker(eventHeartbeat)
	defer beat.Stop()
	for first := true; ; first = false {
		view, changed := s.n.board.look()
		if first {
			s.begin(view)
		}
		if !s.tell(ctx, view) || !s.flush() {
			return
		}
		select {
		case <-changed:
		case <-beat.C:
			s.buf.WriteString(": alive\n\n")
		case <-s.n.stopping:
			return
		case <-ctx.Done():
			return
		}
	}
}

// begin settles where the stream begins. Without a cursor that is the last
// final anchor. A cursor ahead of the log is of another log, or the disk is an
// older copy of itself: the client has to be told.
func (s *stream) begin(v eventView) {
	if s.resumed && (s.seen.final > v.final || s.seen.checkpoint > v.checkpoint.Size || s.seen.size > v.size) {
		s.resumed, s.seen = false, cursor{}
		s.event("reset", LoggedEvent{Size: v.size})
	}
	if s.resumed || v.final == 0 {
		return
	}
	if last, err := s.n.store.Anchor(v.final); err == nil {
		s.seen.final = last.PrevSize
	}
}

// tell puts what the reader has not seen of a view. It reports whether the
// stream goes on.
func (s *stream) tell(ctx context.Context, v eventView) bool {
	if v.size > s.seen.size {
		s.seen.size = v.size
		s.event("logged", LoggedEvent{Size: v.size})
	}
	if v.checkpoint.Size > s.seen.checkpoint {
		s.seen.checkpoint = v.checkpoint.Size
		s.event("checkpoint", v.checkpoint)
	}
	for from := s.seen.final + 1; from <= v.final; {
		rows, more, err := s.n.store.AnchorRows(from, eventPage)
		if err != nil {
			return false // the client comes back and finds what is left
		}
		for _, a := range rows {
			from = a.Size + 1
			if a.State == store.Final && a.Size <= v.final {
				s.seen.final = a.Size
				delete(s.told, a.Size)
				s.event("final", anchorInfo(a))
			}
		}
		if !more {
			break
		}
		if ctx.Err() != nil || !s.flush() {
			return false
		}
	}
	open := map[uint64]string{}
	for _, a := range v.open {
		info := anchorInfo(a)
		text := fmt.Sprint(info.State, info.TxHash, info.Block)
		if info.Block != nil {
			text = fmt.Sprint(info.State, info.TxHash, *info.Block)
		}
		open[a.Size] = text
		if s.told[a.Size] != text && a.State != store.Final {
			s.event("anchor", info)
		}
	}
	s.told = open
	if v.anchoring != s.phase {
		s.phase = v.anchoring
		s.event("status", v.anchoring)
	}
	return true
}

// event puts one event, with the cursor as it is after it.
func (s *stream) event(name string, data any) {
	b, err := json.Marshal(data)
	if err != nil {
		return // not reached: numbers, hashes and sentences
	}
	fmt.Fprintf(&s.buf, "id: %s\nevent: %s\ndata: %s\n\n", s.seen, name, b)
}

// flush sends what was put, and reports whether the reader took it.
func (s *stream) flush() bool {
	if s.buf.Len() == 0 {
		return true
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(min(eventWrite, s.n.writeTimeout)))
	_, err := s.w.Write([]byte(s.buf.String()))
	s.buf.Reset()
	return err == nil && s.control.Flush() == nil
}
