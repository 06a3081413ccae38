package node

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/akashi-project/akashi/record"
)

// Sizes of the lines of a batch.
const (
	// maxBatchLine bounds a line: the largest record in base64, and its other
	// members with room to spare.
	maxBatchLine = record.MaxSize/3*4 + 64<<10
	// lineBuffer is what the reader of a batch holds; a line that fits is read
	// before its memory is asked for.
	lineBuffer = 64 << 10
	// interruptGrace is how long a reading that is interrupted waits for bytes.
	interruptGrace = 200 * time.Millisecond
	// lineCharge is what a line takes of the memory for bodies beside its
	// bytes, so that there is a bound on how many are under way.
	lineCharge = 4 << 10
)

// A lineReader takes lines off the body of a batch. Its limit in time is on
// progress: a whole line, or lineBuffer bytes of one, must come within
// timeout, however long the batch is.
type lineReader struct {
	ctx     context.Context // of the request
	in      *bufio.Reader
	body    io.Reader
	memory  *budget
	timeout time.Duration
	count   uint64 // lines begun, blank ones too
	since   int    // bytes since the deadline was set
	moved   bool   // there was progress since

	mu       sync.Mutex // guards the rest
	deadline func(time.Time) error
	cause    error // why reading ended early; nil at the end of the body
	over     bool  // the body's end was reached
}

func newLineReader(ctx context.Context, body io.Reader, memory *budget, timeout time.Duration, deadline func(time.Time) error) *lineReader {
	l := &lineReader{ctx: ctx, body: body, memory: memory, timeout: timeout, deadline: deadline, moved: true}
	l.in = bufio.NewReaderSize(progressReader{l}, lineBuffer)
	return l
}

// progressReader reads the body under the deadline.
type progressReader struct{ l *lineReader }

func (p progressReader) Read(b []byte) (int, error) {
	l := p.l
	if l.moved || l.since >= lineBuffer {
		l.moved, l.since = false, 0
		if err := l.extend(); err != nil {
			return 0, err
		}
	}
	n, err := l.body.Read(b)
	l.since += n
	if cause := l.ended(); cause != nil {
		return 0, cause // what came is not wanted any more
	}
	return n, err
}

// extend gives the sender more time, unless reading was interrupted.
func (l *lineReader) extend() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause != nil {
		return l.cause
	}
	_ = l.deadline(time.Now().Add(l.timeout)) // a connection without deadlines has no limit
	return nil
}

// interrupt ends the reading, also one under way, and reports whether it was
// the first reason to.
func (l *lineReader) interrupt(cause error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause != nil || l.over {
		return false
	}
	l.cause = cause
	if errors.Is(cause, context.Canceled) {
		_ = l.deadline(time.Unix(1, 0))
	} else {
		// Not at once: a body whose reading met a deadline cannot be read on,
		// and linger has to. What is on its way ends the reading first.
		_ = l.deadline(time.Now().Add(interruptGrace))
	}
	return true
}

// ended says why reading ended; nil is the end of the body.
func (l *lineReader) ended() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}

// next gives the next line that is not blank, without its newline, and the
// memory that it holds. An error without a line is the end, whose reason ended
// has; one with a line is about that line alone, which was passed over.
func (l *lineReader) next() (line []byte, release func(), err error) {
	for {
		l.count++
		line, release, err = l.one()
		if err == nil && len(bytes.TrimSpace(line)) == 0 {
			release()
			continue
		}
		if err != nil && line == nil {
			l.end(err)
		}
		return line, release, err
	}
}

// passedOver stands for a line that was not kept.
var passedOver = []byte("(passed over)")

// one reads one line.
func (l *lineReader) one() (line []byte, release func(), err error) {
	part, err := l.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return l.long(part)
	}
	if err != nil && !(errors.Is(err, io.EOF) && len(part) > 0) {
		return nil, nil, err // with the part of a line that a cut left, if any
	}
	l.moved = true
	part = bytes.TrimSuffix(part, []byte("\n"))
	// The line as it came, and the record's original and canonical bytes.
	release, err = l.take(3*int64(len(part)) + lineCharge)
	if err != nil {
		return nil, nil, err
	}
	return bytes.Clone(part), release, nil
}

// long reads a line that begins with part and is longer than the buffer, once
// there is memory for the longest.
func (l *lineReader) long(part []byte) (line []byte, release func(), err error) {
	if release, err = l.take(3*maxBatchLine + lineCharge); err != nil {
		return nil, nil, err
	}
	var buf bytes.Buffer
	buf.Write(part)
	size := len(part)
	for more := true; more; {
		part, err = l.in.ReadSlice('\n')
		l.moved = true
		if more = errors.Is(err, bufio.ErrBufferFull); !more && err != nil && !errors.Is(err, io.EOF) {
			release()
			return nil, nil, err
		}
		if size += len(part); size <= maxBatchLine+1 {
			buf.Write(part)
		} else {
			buf = bytes.Buffer{} // only its end is looked for
		}
	}
	line = bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if size > maxBatchLine+1 || len(line) > maxBatchLine {
		release()
		return passedOver, nil, refuse(kindTooLarge, fmt.Sprintf("The line is longer than the %d bytes that a line may have", maxBatchLine))
	}
	return line, release, nil
}

// take waits for memory. Waiting is not the sender's fault.
func (l *lineReader) take(size int64) (release func(), err error) {
	release, err = l.memory.take(l.ctx, size)
	l.moved = true
	return release, err
}

// end keeps the reason of an error that ended the reading.
func (l *lineReader) end(err error) {
	switch {
	case errors.Is(err, io.EOF):
		l.mu.Lock()
		defer l.mu.Unlock()
		l.over = l.cause == nil
		// The deadline was for the body. The server listens for the client's
		// leaving from here on, and would take a passed one for that.
		_ = l.deadline(time.Time{})
		return
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = refuse(kindSlow, fmt.Sprintf("Nothing came for %s, or too little; what has no answer is to be sent again", l.timeout))
	default:
		var known *httpError
		if !errors.As(err, &known) {
			err = &httpError{kind: kindBadRequest, detail: "The body broke off; what has no answer is to be sent again", cause: err}
		}
	}
	l.interrupt(err)
}
