package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
)

// Limits of POST /v1/records/batch.
const (
	maxBatches     = 64               // under way at once
	batchWindow    = 8192             // lines of one batch between being read and being answered
	batchHeartbeat = 15 * time.Second // between two lines while the answer waits for an anchor
	batchFlush     = 32 << 10         // bytes of answers that are written at once
	batchLinger    = 5 * time.Second  // for a client that still sends when it was answered; a fifth while stopping

	// The first answers are held back while lines come, so that a batch that is
	// small, or sent in one go, is read before it is answered: servers and
	// proxies that do not speak both ways at once lose what they have not read
	// when an answer begins.
	batchHold     = 200 * time.Millisecond // without a line
	batchHoldSize = 256 << 10              // bytes of answers, of more than 1,000 lines
)

// A batchRun is one POST /v1/records/batch.
//
// The goroutine read takes lines off the body. A few workers parse them and
// hand the records to the store; the goroutine of the handler waits for them
// and writes the answers, in the order of the lines. So as many records as the
// window holds are under way at once, and the store commits them together.
// What bounds memory also slows the sender down: a full window, a full budget
// for bodies or a busy store stop the reading, and TCP does the rest.
type batchRun struct {
	n       *Node
	ctx     context.Context
	id      string // of the request
	control *http.ResponseController
	lines   *lineReader
	pending chan *lineAnswer // in the order of the lines; closed by read
	work    chan *lineAnswer // for the workers; closed by read
	working sync.WaitGroup   // read and the workers

	// Of the handler's goroutine.
	w       http.ResponseWriter
	open    bool // the answer has begun
	told    bool // the summary was written
	buf     []byte
	summary BatchSummary
	highest uint64 // index of those logged
	fresh   bool   // something was appended since the parts were told
}

// A lineAnswer is one line on its way. It belongs to a worker until begun is
// closed, then to the handler's goroutine.
type lineAnswer struct {
	number  uint64
	line    []byte
	release func() // gives the line's memory back
	begun   chan struct{}
	typ     record.Type
	pending store.Pending // when err is nil
	err     error
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
		work:    make(chan *lineAnswer),
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
	b.working.Go(b.read)
	for range 2 * runtime.GOMAXPROCS(0) {
		b.working.Go(b.begin)
	}
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
		if b.told && r.ProtoMajor == 1 {
			b.linger(r.Body)
		}
	}()
	if err := b.hold(); err != nil {
		return err
	}
	b.open = true
	w.WriteHeader(http.StatusOK)
	if err := b.flush(); err != nil {
		return err
	}
	if err := b.answer(); err != nil {
		return err
	}
	return b.finish(wait, duration)
}

// read takes lines off the body until its end, or until it is interrupted.
func (b *batchRun) read() {
	defer close(b.pending)
	defer close(b.work)
	for {
		line, release, err := b.lines.next()
		if err != nil && line == nil {
			return // b.lines keeps the reason
		}
		a := &lineAnswer{number: b.lines.count, line: line, release: release, begun: make(chan struct{}), err: err}
		if err != nil {
			close(a.begun)
		}
		select {
		case b.pending <- a:
		case <-b.ctx.Done():
			a.drop()
			return
		}
		if err != nil {
			continue
		}
		select {
		case b.work <- a:
		case <-b.ctx.Done():
			a.err = b.ctx.Err()
			a.drop()
			close(a.begun)
			return
		}
	}
}

// drop gives back the memory of the line, which is not needed any more.
func (a *lineAnswer) drop() {
	a.line = nil
	if a.release != nil {
		a.release()
	}
}

// begin parses lines and hands their records to the store.
func (b *batchRun) begin() {
	for a := range b.work {
		b.beginOne(a)
		a.drop()
		close(a.begun)
	}
}

func (b *batchRun) beginOne(a *lineAnswer) {
	defer func() {
		if p := recover(); p != nil {
			a.err = &httpError{kind: kindInternal, detail: "The node's log has the cause under this request's id", cause: fmt.Errorf("panic: %v", p)}
			b.n.log.ErrorContext(b.ctx, "handler panicked", "request_id", b.id, "route", "POST /v1/records/batch", "stack", string(debug.Stack()))
		}
	}()
	l, err := parseBatchLine(a.line)
	if err != nil {
		a.err = err
		return
	}
	sub, err := l.toStore()
	if err != nil {
		a.err = err
		return
	}
	a.typ = sub.Type
	a.pending, a.err = b.n.store.Begin(b.ctx, sub)
}

// hold puts the first answers without writing them. A client that asked for
// 100 Continue has got it when this ends, unless it sends nothing.
func (b *batchRun) hold() error {
	timer := time.NewTimer(batchHold)
	defer timer.Stop()
	for len(b.buf) < batchHoldSize {
		select {
		case a, more := <-b.pending:
			if !more {
				return nil
			}
			logged, err := b.wait(a)
			if err == nil {
				err = b.put(a, logged)
			}
			if err != nil {
				return err
			}
			timer.Reset(batchHold)
		case <-timer.C:
			return nil
		}
	}
	return nil
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
		logged, err := b.wait(a)
		if err == nil {
			err = b.put(a, logged)
		}
		if err != nil {
			return err
		}
		if len(b.buf) >= batchFlush {
			if err := b.flush(); err != nil {
				return err
			}
		}
	}
}

// wait waits for the store's answer to a line. What was put before goes out
// meanwhile. Its error is that of writing.
func (b *batchRun) wait(a *lineAnswer) (logged store.Logged, err error) {
	ready := func() bool {
		select {
		case <-a.begun:
			return a.err != nil || a.pending.Ready()
		default:
			return false
		}
	}
	if !ready() {
		if err := b.flush(); err != nil {
			return logged, err
		}
		<-a.begun
	}
	if a.err == nil {
		logged, a.err = a.pending.Wait(b.ctx)
	}
	return logged, nil
}

// put counts an answer and adds it to what is written next.
func (b *batchRun) put(a *lineAnswer, logged store.Logged) error {
	b.summary.Lines++
	b.n.metrics.batch.answered(logged.Duplicate, a.err)
	if a.err == nil {
		b.summary.Logged++
		if logged.Duplicate {
			b.summary.Duplicates++
		} else {
			b.fresh = true
		}
		b.highest = max(b.highest, logged.Index)
		out := struct {
			Line uint64 `json:"line"`
			Logged
		}{a.number, Logged{Index: logged.Index, Type: a.typ, Duplicate: logged.Duplicate}}
		out.CID, out.Commitment = names(logged.Entry)
		out.State, _ = b.n.progress.of(logged.Index)
		return b.line(out)
	}
	b.summary.Refused++
	e := asHTTPError(a.err)
	if e.kind.status >= http.StatusInternalServerError {
		// The node's trouble and not the line's: each further line would meet
		// it too. Those that were read are answered.
		// A client that left is no trouble of anybody's.
		if b.lines.interrupt(e) && !(errors.Is(a.err, context.Canceled) && b.ctx.Err() != nil) {
			b.n.logFailure(b.ctx, "POST /v1/records/batch", b.id, e)
		}
	}
	return b.line(struct {
		Line    uint64  `json:"line"`
		Problem Problem `json:"problem"`
	}{a.number, e.problem("")})
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
	if !b.open {
		return nil
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
	if err := b.flush(); err != nil {
		return err
	}
	b.told = true
	return nil
}

// linger reads on for a while after an answer that came before the body's end.
// Closing a connection with bytes unread resets it, and a reset takes the
// answer away from a client that still writes and has not read it yet.
func (b *batchRun) linger(body io.Reader) {
	if b.lines.ended() == nil {
		return
	}
	_ = b.control.SetReadDeadline(time.Now().Add(b.n.linger))
	over := make(chan struct{})
	b.working.Go(func() {
		select {
		case <-b.n.stopping:
			_ = b.control.SetReadDeadline(time.Now().Add(b.n.linger / 5))
		case <-over:
		}
	})
	_, _ = io.Copy(io.Discard, body)
	close(over)
	b.working.Wait()
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
