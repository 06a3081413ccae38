package node

import "sync"

// progress says how far the log is anchored, and wakes those who wait for
// more.
type progress struct {
	mu       sync.Mutex // guards the rest
	anchored uint64     // size of the largest mined anchor
	final    uint64     // size of the largest final anchor; at most anchored
	changed  chan struct{}
}

func newProgress() *progress { return &progress{changed: make(chan struct{})} }

// set takes the sizes; a reorganisation may make anchored smaller.
func (p *progress) set(anchored, final uint64) {
	anchored = max(anchored, final)
	p.mu.Lock()
	defer p.mu.Unlock()
	if anchored == p.anchored && final == p.final {
		return
	}
	p.anchored, p.final = anchored, final
	close(p.changed)
	p.changed = make(chan struct{})
}

// of gives the state of the entry at index, and a channel that is closed when
// that may have changed.
func (p *progress) of(index uint64) (string, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case index < p.final:
		return StateFinal, p.changed
	case index < p.anchored:
		return StateAnchored, p.changed
	}
	return StateLogged, p.changed
}

func (p *progress) sizes() (anchored, final uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.anchored, p.final
}
