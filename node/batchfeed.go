package node

import (
	"io"
	"sync"
)

// maxFeed is how many bytes of lines a feed holds before its writer waits.
const maxFeed = 256 << 10

// A feed is the body of a batch request: one goroutine writes lines, the
// transport reads what has come together since it last read. So a line that is
// alone goes out at once, and thousands go out in large pieces.
type feed struct {
	ready, room chan struct{} // of size 1: there is something to read, or room to write

	mu    sync.Mutex // guards the rest
	lines []byte     // not read yet
	err   error      // what the reader gets after them
	left  bool       // nobody reads any more
}

func newFeed() *feed {
	return &feed{ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// line writes a line and its newline, or fails with io.ErrClosedPipe.
func (f *feed) line(b []byte) error {
	for {
		f.mu.Lock()
		if f.left {
			f.mu.Unlock()
			return io.ErrClosedPipe
		}
		if len(f.lines) < maxFeed {
			f.lines = append(append(f.lines, b...), '\n')
			f.mu.Unlock()
			signal(f.ready)
			return nil
		}
		f.mu.Unlock()
		<-f.room
	}
}

// end says that no more lines come, with the error that the reader gets.
func (f *feed) end(err error) {
	f.mu.Lock()
	f.err = err
	f.mu.Unlock()
	signal(f.ready)
}

// Read gives what is there, and waits when nothing is.
func (f *feed) Read(p []byte) (int, error) {
	for {
		f.mu.Lock()
		n := copy(p, f.lines)
		f.lines = f.lines[:copy(f.lines, f.lines[n:])]
		err, left := f.err, f.left
		f.mu.Unlock()
		switch {
		case n > 0:
			signal(f.room)
			return n, nil
		case left:
			return 0, io.ErrClosedPipe
		case err != nil:
			return 0, err
		}
		<-f.ready
	}
}

// Close is called when nobody will read any more.
func (f *feed) Close() error {
	f.mu.Lock()
	f.left = true
	f.mu.Unlock()
	signal(f.ready)
	signal(f.room)
	return nil
}
