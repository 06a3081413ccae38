package fetch

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"
)

// Limits bound what one check fetches.
type Limits struct {
	Count int   // requests
	Bytes int64 // of all bodies together
}

// DefaultLimits are those of a Recorder that was given none: enough for a
// learner record of many badges by several issuers.
var DefaultLimits = Limits{Count: 64, Bytes: 32 << 20}

// A Recorder is the Fetcher of one check: it asks each URL once, holds the
// check to its limits and writes down what came back. Many goroutines may use
// it; questions are asked one after the other, so that the transcript has an
// order.
type Recorder struct {
	from   Fetcher
	limits Limits
	now    func() time.Time

	mu      sync.Mutex // guards the rest; held while the network is asked
	entries []Entry
	place   map[string]int // of an URL in entries
	bytes   int64
}

// NewRecorder returns a Recorder before a Fetcher. Zero limits mean
// DefaultLimits, a nil clock means time.Now.
func NewRecorder(from Fetcher, limits Limits, now func() time.Time) *Recorder {
	if limits.Count == 0 {
		limits.Count = DefaultLimits.Count
	}
	if limits.Bytes == 0 {
		limits.Bytes = DefaultLimits.Bytes
	}
	if now == nil {
		now = time.Now
	}
	return &Recorder{from: from, limits: limits, now: now, place: map[string]int{}}
}

// Fetch asks, or gives what was answered before.
func (r *Recorder) Fetch(ctx context.Context, q Request) (Answer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i, ok := r.place[q.URL]; ok {
		return r.entries[i].answer(q)
	}
	if len(r.entries) >= r.limits.Count || r.bytes >= r.limits.Bytes {
		return Answer{}, &Error{URL: q.URL, Kind: Exhausted}
	}
	e := Entry{URL: q.URL, At: r.now().Unix()}
	a, err := r.from.Fetch(ctx, Request{URL: q.URL, Accept: q.Accept})
	if err == nil && r.bytes+int64(len(a.Body)) > r.limits.Bytes {
		err = &Error{URL: q.URL, Kind: Exhausted}
	}
	if err != nil {
		e.Error = KindOf(err)
	} else {
		e.Status, e.ContentType, e.Body = a.Status, a.ContentType, a.Body
		e.SHA256, e.Bytes = sha256.Sum256(a.Body), int64(len(a.Body))
		r.bytes += e.Bytes
	}
	r.place[q.URL] = len(r.entries)
	r.entries = append(r.entries, e)
	return e.answer(q)
}

// Transcript returns what was fetched so far, in order, for a check that
// began at an instant.
func (r *Recorder) Transcript(at time.Time) Transcript {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Transcript{At: at.UTC().Truncate(time.Second), Entries: append([]Entry(nil), r.entries...)}
}
