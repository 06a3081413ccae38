// Package host is what the programs for pages have in common: how they are
// started, called, and ask the page in turn. program.mjs is the other side.
//
// A program runs in a world of its own: its global object is not the page's and
// holds neither document nor network nor storage, only an object akashi with
// these functions, none of which throws.
//
//	ready(check, answer)                 once, when the program can be called
//	done(id, json, error)                the end of one check: one of the two is ""
//	ask(id, question, method, arguments) put a question to what the page supplied
//	drop(question)                       nobody waits for that answer any more
//
// In return it calls
//
//	check(id, online, …)                 the rest is the program's own
//	answer(question, json, error)
//
// The program runs until the page drops it.
package host

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/go-json-experiment/json"
)

// Ask puts one question to what the page supplied: a method's name and a JSON
// array of its arguments. It returns JSON, soon after ctx is done at the
// latest.
type Ask func(ctx context.Context, method string, arguments []byte) ([]byte, error)

// A Source is what a page supplies to be asked.
type Source struct {
	Ask  Ask
	Name string // in errors: "the chain reader"
	Max  int    // bytes of JSON of one answer
}

// Question puts a question to a source and reads the answer into the type T.
// Members that nobody asked for are passed over.
func Question[T any](ctx context.Context, s Source, method string, arguments ...any) (T, error) {
	var value T
	if arguments == nil {
		arguments = []any{}
	}
	b, err := json.Marshal(arguments)
	if err != nil {
		return value, fmt.Errorf("%s: %w", method, err)
	}
	text, err := s.Ask(ctx, method, b)
	if err != nil {
		return value, fmt.Errorf("%s: %w", method, err)
	}
	if len(text) > s.Max {
		return value, fmt.Errorf("%s: %s's answer has %d bytes, at most %d are taken", method, s.Name, len(text), s.Max)
	}
	if err := json.Unmarshal(text, &value); err != nil {
		// The library's words quote the answer, which may be anything.
		return value, fmt.Errorf("%s: %s's answer is not of the form that the interface asks for", method, s.Name)
	}
	return value, nil
}

// Questions are those that wait for an answer. Many goroutines may use them.
type Questions struct {
	mu   sync.Mutex
	last int
	open map[int]chan reply
}

// A reply is JSON, or an error.
type reply struct {
	json []byte
	err  error
}

// Wait gives a question a number, puts it, and waits for its answer. When ctx
// is done first, the question is dropped.
func (q *Questions) Wait(ctx context.Context, put, drop func(number int)) ([]byte, error) {
	ch := make(chan reply, 1)
	q.mu.Lock()
	if q.open == nil {
		q.open = map[int]chan reply{}
	}
	q.last++
	number := q.last
	q.open[number] = ch
	q.mu.Unlock()
	put(number)
	select {
	case r := <-ch:
		return r.json, r.err
	case <-ctx.Done():
		q.take(number)
		drop(number)
		return nil, ctx.Err()
	}
}

// Answer answers a question, once; a later answer, or one to a question that
// was dropped, is passed over. With why, there is no answer.
func (q *Questions) Answer(number int, text []byte, why string) {
	ch := q.take(number)
	if ch == nil {
		return
	}
	r := reply{json: text}
	if why != "" {
		r = reply{err: errors.New(why)}
	}
	ch <- r
}

// take returns where the reply to a question goes, once.
func (q *Questions) take(number int) chan reply {
	q.mu.Lock()
	defer q.mu.Unlock()
	ch := q.open[number]
	delete(q.open, number)
	return ch
}
