package node

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

// Limits of POST /v1/records/batch.
const (
	maxBatches     = 64               // under way at once
	batchWindow    = 8192             // lines of one batch between being read and being answered
	batchHeartbeat = 15 * time.Second // between two lines while the answer waits for an anchor
	batchFlush     = 32 << 10         // bytes of answers that are written at once
)

// A batchRun is one POST /v1/records/batch.
//
// The goroutine read takes lines off the body and starts a goroutine for each,
// which parses and appends; the goroutine of the handler writes the answers in
// the order of the lines. So the store sees as many callers at once as there
// are lines in the window, and commits them together. What bounds memory also
// slows the sender down: a full window, or a full budget for bodies, stops the
// reading, and TCP does the rest.
type batchRun struct {
	n       *Node
	ctx     context.Context
	id      string // of the request
	control *http.ResponseController
	lines   *lineReader
	pending chan *lineAnswer // in the order of the lines; closed by read
	working sync.WaitGroup   // read, and one for each line

	// Of the handler's goroutine.
	w       http.ResponseWriter
	buf     []byte
	summary BatchSummary
	highest uint64 // index of those logged
	fresh   bool   // something was appended since the parts were told
}

// A lineAnswer belongs to its line's goroutine until done is closed.
type lineAnswer struct {
	line   uint64
	done   chan struct{}
	logged Logged
	err    error
}

// postBatch logs the records of an NDJSON body and answers each by a line of
// NDJSON while the body still comes. A line that is refused does not end it.
func (n *Node) postBatch(w http.ResponseWriter, r *http.Request) error {
	if err := n.authorize(r, ScopeSubmit); err != nil {
		return err
	}
	if err := n.writable(); err != nil {
		return err
	}
	q, err := readQuery(r, "wait", "timeout")
	if err != nil {
		return err
	}
	wait, duration, err := readWait(q)
	if err != nil {
		return err
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != BatchMediaType {
		return refuse(kindMediaType, "Send one JSON document a line with Content-Type: "+BatchMediaType)
	}
	if err := plainEncoding(r); err != nil {
		return err
	}
	select {
	case n.batches <- struct{}{}:
		defer func() { <-n.batches }()
	default:
		return &httpError{kind: kindBusy, retry: 5, detail: fmt.Sprintf("%d batches are under way; asking again does no harm", maxBatches)}
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	b := &batchRun{
		n: n, ctx: ctx, id: w.Header().Get("X-Request-Id"), control: http.NewResponseController(w), w: w,
		pending: make(chan *lineAnswer, batchWindow),
	}
	b.lines = newLineReader(ctx, r.Body, n.bodies, n.readTimeout, b.control.SetReadDeadline)
	// HTTP/1 of net/http reads the body to its end before it writes, unless
	// told otherwise; HTTP/2 never does, and a server that knows neither
	// answers when it can.
	_ = b.control.EnableFullDuplex()
	h := w.Header()
	h.Set("Content-Type", BatchMediaType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold answers back
	begun := make(chan struct{})
	if r.Header.Get("Expect") == "" {
		close(begun)
	}
	b.working.Go(func() { b.read(begun) })
	stop := make(chan struct{})
	b.working.Go(func() {
		select {
		case <-n.stopping:
			b.lines.interrupt(&httpError{kind: kindUnavailable, detail: "The node is stopping; send the rest again", retry: 5})
		case <-stop:
		}
	})
	// The body must not be read, nor the store be used, after the handler.
	defer func() {
		close(stop)
		b.lines.interrupt(context.Canceled)
		cancel()
		b.working.Wait()
	}()
	// A client that asked for 100 Continue gets it when read begins to read,
	// and would take an earlier 200 for the end.
	<-begun
	w.WriteHeader(http.StatusOK)
	if err := b.flush(); err != nil {
		return err
	}
	if err := b.answer(); err != nil {
		return err
	}
	return b.finish(wait, duration)
}

// read takes lines off the body until its end, or until they are interrupted.
func (b *batchRun) read(begun chan struct{}) {
	defer close(b.pending)
	for first := true; ; first = false {
		line, release, err := b.lines.next()
		if first {
			select {
			case <-begun:
			default:
				close(begun)
			}
		}
		if err != nil && line == nil {
			return // b.lines keeps the reason
		}
		a := &lineAnswer{line: b.lines.count, done: make(chan struct{})}
		if err != nil {
			a.err = err
			close(a.done)
		}
		select {
		case b.pending <- a:
		case <-b.ctx.Done():
			if err == nil {
				release()
			}
			return
		}
		if err == nil {
			b.working.Go(func() {
				defer close(a.done)
				defer release()
				b.log(a, line)
			})
		}
	}
}

// log logs the record of one line.
func (b *batchRun) log(a *lineAnswer, line []byte) {
	defer func() {
		if p := recover(); p != nil {
			a.err = &httpError{kind: kindInternal, detail: "The node's log has the cause under this request's id", cause: fmt.Errorf("panic: %v", p)}
			b.n.log.ErrorContext(b.ctx, "handler panicked", "request_id", b.id, "route", "POST /v1/records/batch", "stack", string(debug.Stack()))
		}
	}()
	l, err := parseBatchLine(line)
	if err != nil {
		a.err = err
		return
	}
	sub, err := l.toStore()
	if err != nil {
		a.err = err
		return
	}
	logged, err := b.n.store.Append(b.ctx, sub)
	if err != nil {
		a.err = err
		return
	}
	a.logged = Logged{Index: logged.Index, Type: sub.Type, Duplicate: logged.Duplicate}
	a.logged.CID, a.logged.Commitment = names(logged.Entry)
	a.logged.State, _ = b.n.progress.of(logged.Index)
}

// answer writes the answers to the lines, in their order, as they come.
func (b *batchRun) answer() error {
	for {
		var a *lineAnswer
		more := true
		select {
		case a, more = <-b.pending:
		default:
			if err := b.flush(); err != nil {
				return err
			}
			a, more = <-b.pending
		}
		if !more {
			return b.flush()
		}
		select {
		case <-a.done:
		default:
			if err := b.flush(); err != nil {
				return err
			}
			<-a.done
		}
		if err := b.put(a); err != nil {
			return err
		}
		if len(b.buf) >= batchFlush {
			if err := b.flush(); err != nil {
				return err
			}
		}
	}
}

// put counts an answer and adds it to what is written next.
func (b *batchRun) put(a *lineAnswer) error {
	b.summary.Lines++
	b.n.metrics.batch.answered(a)
	if a.err == nil {
		b.summary.Logged++
		if a.logged.Duplicate {
			b.summary.Duplicates++
		} else {
			b.fresh = true
		}
		b.highest = max(b.highest, a.logged.Index)
		return b.line(struct {
			Line uint64 `json:"line"`
			Logged
		}{a.line, a.logged})
	}
	b.summary.Refused++
	e := asHTTPError(a.err)
	if e.kind.status >= http.StatusInternalServerError {
		// The node's trouble and not the line's: each further line would meet
		// it too. Those that were read are answered.
		if b.lines.interrupt(e) {
			b.n.logFailure(b.ctx, "POST /v1/records/batch", b.id, e)
		}
	}
	return b.line(struct {
		Line    uint64  `json:"line"`
		Problem Problem `json:"problem"`
	}{a.line, e.problem("")})
}

// line adds one line to what is written next.
func (b *batchRun) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	b.buf = append(append(b.buf, text...), '\n')
	return nil
}

// flush sends what was put. The limit is on each write, not on the answer: a
// client has the usual time to take a part of it.
func (b *batchRun) flush() error {
	if b.fresh {
		b.n.grew()
		b.fresh = false
	}
	_ = b.control.SetWriteDeadline(time.Now().Add(b.n.writeTimeout))
	if len(b.buf) > 0 {
		if _, err := b.w.Write(b.buf); err != nil {
			return &httpError{kind: kindSlow, detail: "The answers were not taken", cause: err}
		}
		b.buf = b.buf[:0]
	}
	if err := b.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return &httpError{kind: kindSlow, detail: "The answers were not taken", cause: err}
	}
	return nil
}

// finish waits as far as asked, and writes the last line.
func (b *batchRun) finish(wait string, d time.Duration) error {
	if cause := b.lines.ended(); cause != nil {
		p := asHTTPError(cause).problem(b.id)
		b.summary.Problem = &p
		d = 0 // what is missing has to be sent again first
	}
	if wait != StateLogged && b.summary.Logged > 0 {
		if err := b.await(wait, d); err != nil {
			return err
		}
	}
	if err := b.line(struct {
		Summary BatchSummary `json:"summary"`
	}{b.summary}); err != nil {
		return err
	}
	return b.flush()
}

// await waits until the last of the batch's records is as far as wanted, and
// with it all of them: an anchor covers the whole log up to its size.
func (b *batchRun) await(wanted string, d time.Duration) error {
	timer, beat := time.NewTimer(d), time.NewTicker(batchHeartbeat)
	defer timer.Stop()
	defer beat.Stop()
	for {
		state, changed := b.n.progress.of(b.highest)
		b.summary.State = state
		if state == wanted || state == StateFinal || d == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-timer.C:
			d = 0
		case <-b.n.stopping:
			d = 0
		case <-b.ctx.Done():
			return b.ctx.Err()
		case <-beat.C:
			// For those between, which take silence for the end.
			if err := b.line(struct {
				Waiting string `json:"waiting"`
			}{wanted}); err != nil {
				return err
			}
			if err := b.flush(); err != nil {
				return err
			}
		}
	}
}
