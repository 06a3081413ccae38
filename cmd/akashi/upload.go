package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
)

// A sending is one record on its way and what became of it.
type sending struct {
	path string // of its file
	line int    // of the file, from 1; 0 when the file is the record
	raw  []byte // the line, or what can be read once only
	err  error  // nil: logged. It names file and line
	// unsent says that it was not tried, since no other could be sent either.
	unsent bool
	logged node.Logged
	done   bool // err or logged is set
}

// name is how messages call it.
func (s *sending) name() string {
	if s.line == 0 {
		return nameOf(s.path)
	}
	return fmt.Sprintf("%s:%d", nameOf(s.path), s.line)
}

func (s *sending) fail(err error) {
	s.err, s.done, s.raw = fmt.Errorf("%s: %w", s.name(), err), true, nil
}

// An upload sends records in batches. A batch that is cut off is sent again
// as far as it was not answered: the node gives what it has logged before the
// same index, so that nothing is doubled.
type upload struct {
	e        *env
	client   *node.Client
	typ      *record.Type // of each file; nil: by its content
	open     bool
	force    bool
	patience time.Duration // without an answer

	// items are drawn one at a time; nil instead of one says that the next may
	// take its time, so that what was drawn had better be sent.
	items iter.Seq[*sending]

	blamed bool // a record has the error for which nothing more is sent
	unread bool // there were lines that were not even read
}

const (
	// A batch ends with so many records or bytes in memory, whichever is
	// first. Files are in memory one at a time; of lines all that are not
	// answered are.
	batchRecords = 4096
	batchBytes   = 32 << 20

	// tries is how often a batch is sent that gets nowhere.
	tries = 4
)

// run sends everything and tells each in its order, when it is done.
func (u *upload) run(ctx context.Context, tell func(*sending) error) error {
	next, stop := iter.Pull(u.items)
	defer stop()
	var gone error // why nothing more is sent
	for {
		// A request is made when there is something to send.
		first, ok := next()
		for ok && first == nil {
			first, ok = next()
		}
		if !ok {
			return nil
		}
		if gone != nil && first.line > 0 {
			u.unread = true // whoever writes the lines may never end
			return nil
		}
		batch := []*sending{first}
		draw := func(yield func(*sending) bool) {
			size := len(first.raw)
			for s := first; yield(s) && len(batch) < batchRecords && size < batchBytes; {
				if s, ok = next(); !ok || s == nil {
					return
				}
				batch = append(batch, s)
				size += len(s.raw)
			}
		}
		if gone == nil {
			gone = u.send(ctx, draw, &batch)
		}
		for _, s := range batch {
			if !s.done {
				s.fail(fmt.Errorf("not sent: %w", gone))
				s.unsent = true
			}
			if err := tell(s); err != nil {
				return err
			}
		}
	}
}

// send sends what draw yields, which it adds to batch, until each is done; or
// returns why it gave up. The first that was not done then has that error.
func (u *upload) send(ctx context.Context, draw iter.Seq[*sending], batch *[]*sending) error {
	pause, answered := 250*time.Millisecond, false
	for try := 1; ; try++ {
		progress, err := u.attempt(ctx, draw)
		answered = answered || progress
		var left []*sending
		for _, s := range *batch {
			if !s.done {
				left = append(left, s)
			}
		}
		if len(left) == 0 && err == nil {
			return nil
		}
		if progress {
			try, pause = 1, 250*time.Millisecond
		}
		var problem *node.Problem
		wait := pause
		if errors.As(err, &problem) && problem.RetryAfter > 0 {
			wait = time.Duration(problem.RetryAfter) * time.Second
		}
		// A node that was never reached is not waited for: it is the address
		// that is wrong, or it does not run.
		hopeless := problem != nil && isHopeless(problem)
		reached := answered || errors.Is(err, node.ErrBatchCut) || problem != nil && problem.Retry()
		if err == nil {
			err = errors.New("the node did not answer for this record")
		}
		if ctx.Err() != nil || try == tries || !reached || hopeless {
			if len(left) > 0 && !u.blamed {
				left[0].fail(harmless(err))
			}
			return err
		}
		_ = sleep(ctx, wait) // the next try says what an end of ctx means
		pause *= 4
		draw = func(yield func(*sending) bool) {
			for _, s := range left {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// attempt sends a batch once. progress says that a record got an answer for
// good. The error is of the batch as a whole.
func (u *upload) attempt(ctx context.Context, draw iter.Seq[*sending]) (progress bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// Whoever takes the connection and says nothing is given up.
	silence := time.AfterFunc(u.patience, func() { cancel(context.DeadlineExceeded) })
	defer silence.Stop()
	var sent []*sending // in the order of the answers
	ask := make(chan *sending, batchRecords)
	batch := u.client.Batch(ctx, node.BatchOptions{}, func(yield func(node.BatchRecord) bool) {
		defer close(ask)
		for s := range draw {
			r, ok := u.read(ctx, s)
			if !ok {
				continue
			}
			ask <- s // there is room for a whole batch
			if !yield(r) {
				return
			}
			silence.Reset(u.patience)
		}
	})
	var again error
	for answer, aerr := range batch.Answers() {
		if aerr != nil {
			err = aerr
			break
		}
		silence.Reset(u.patience)
		for uint64(len(sent)) < answer.Line {
			s, ok := <-ask
			if !ok {
				return progress, fmt.Errorf("%s answered for line %d, which was not sent: %w", u.client.URL, answer.Line, node.ErrUnreachable)
			}
			sent = append(sent, s)
		}
		if answer.Line == 0 || sent[answer.Line-1].done {
			return progress, fmt.Errorf("%s answered for line %d twice, or for none: %w", u.client.URL, answer.Line, node.ErrUnreachable)
		}
		s := sent[answer.Line-1]
		switch p := answer.Problem; {
		case p == nil:
			s.logged, s.done, s.raw = answer.Logged, true, nil
			progress = true
		case isHopeless(p):
			s.fail(p)
			u.blamed, again = true, p
		case p.Retry():
			again = p
		default:
			s.fail(p)
			progress = true
		}
	}
	if err == nil {
		err = again
	}
	if err == nil && batch.Summary().Problem != nil {
		err = batch.Summary().Problem
	}
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		err = fmt.Errorf("%w at %s: %w; is akashi node running there?", node.ErrUnreachable, u.client.URL, context.DeadlineExceeded)
	}
	return progress, err
}

// read makes the batch's line of a record; not when it is done already or
// cannot be read, which is then its error.
func (u *upload) read(ctx context.Context, s *sending) (node.BatchRecord, bool) {
	switch {
	case s.done:
		return node.BatchRecord{}, false
	case s.line > 0:
		return node.BatchRecord{Line: s.raw}, true
	}
	b, r, err := u.e.parseKept(ctx, s)
	if err == nil && u.typ == nil && r.Form() == record.JSON && isEvidence(b) {
		err = fmt.Errorf("%s: is evidence of another record; name --type document if it is to be logged itself", nameOf(s.path))
	}
	if err != nil {
		s.err, s.done = err, true
		return node.BatchRecord{}, false
	}
	return node.BatchRecord{Record: b, Type: u.typ, Open: u.open, Force: u.force}, true
}

// filesOf makes a sending of each file that a walk finds.
func (e *env) filesOf(ctx context.Context, w *walk) iter.Seq[*sending] {
	return func(yield func(*sending) bool) {
		for f := range w.files(ctx) {
			s := &sending{path: f.path}
			switch {
			case f.err != nil:
				s.fail(f.err)
			case readOnce(f.path):
				// It may take its time, in which the node need not wait, and a
				// batch that is sent again finds nothing there any more.
				if !yield(nil) {
					return
				}
				var err error
				if s.raw, err = e.readRecord(ctx, f.path); err != nil {
					s.fail(err)
				}
			}
			if !yield(s) {
				return
			}
		}
	}
}

// readOnce reports whether a path is standard input, a pipe or the like, which
// gives its bytes to the first who reads it.
func readOnce(path string) bool {
	info, err := os.Stat(path)
	return path == "-" || err == nil && !info.Mode().IsRegular()
}

// parseKept is parseRecord of a file, or of what was read of it before.
func (e *env) parseKept(ctx context.Context, s *sending) ([]byte, record.Record, error) {
	if s.raw != nil {
		return parseNamed(s.path, s.raw)
	}
	return e.parseRecord(ctx, s.path)
}

// maxLine is the longest line that can hold a record: its bytes in base64, and
// some room for what stands around them.
const maxLine = record.MaxSize/3*4 + 4096

// idle is how long a line may keep others waiting that are not sent yet.
const idle = 200 * time.Millisecond

// lines makes a sending of each line of the files. Blank lines are passed
// over.
func (e *env) lines(ctx context.Context, paths []string) iter.Seq[*sending] {
	return func(yield func(*sending) bool) {
		for _, path := range paths {
			if !e.linesOf(ctx, path, yield) {
				return
			}
		}
	}
}

func (e *env) linesOf(ctx context.Context, path string, yield func(*sending) bool) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	found := make(chan *sending)
	// A pipe may never say anything: then this is left to itself, and ends
	// with the process.
	go func() {
		defer close(found)
		tell := func(s *sending) bool {
			select {
			case found <- s:
				return true
			case <-ctx.Done():
				return false
			}
		}
		in := e.stdin
		if path != "-" {
			f, err := os.Open(path)
			if err != nil {
				s := &sending{path: path}
				s.fail(pathless(err))
				tell(s)
				return
			}
			defer f.Close()
			in = f
		}
		r := bufio.NewReaderSize(in, 64<<10)
		// Windows begins files with a mark that no JSON has (RFC 8259,
		// section 8.1).
		if mark, _ := r.Peek(3); string(mark) == "\ufeff" {
			r.Discard(3)
		}
		for n := 1; ; n++ {
			raw, long, err := readLine(r)
			s := &sending{path: path, line: n, raw: raw}
			switch {
			case long:
				s.fail(fmt.Errorf("has more than %d bytes, the most that a line with a record has", maxLine))
			case err != nil && err != io.EOF:
				s.fail(fmt.Errorf("the file broke off: %w", pathless(err)))
			}
			if (s.done || len(raw) > 0) && !tell(s) || err != nil {
				return
			}
		}
	}()
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		timer.Reset(idle)
		var s *sending
		ok := true
		select {
		case s, ok = <-found:
		case <-timer.C:
		case <-ctx.Done():
			s = &sending{path: path}
			s.fail(ctx.Err())
			return yield(s) && false
		}
		if !ok {
			return true
		}
		if !yield(s) {
			return false
		}
	}
}

// readLine reads a line without its end and without blanks around it. Of one
// that is too long it reads all and keeps nothing.
func readLine(r *bufio.Reader) (line []byte, long bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		if err != bufio.ErrBufferFull {
			return bytes.TrimSpace(line), long, err
		}
	}
}
