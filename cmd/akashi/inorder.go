package main

import (
	"context"
	"iter"
	"sync"
)

const (
	// concurrent is how many files are worked on at once: enough that waiting
	// for disk or network keeps none back, and few enough for memory.
	concurrent = 16

	// ahead bounds how many are begun before the first of them is told, and so
	// how many results are in memory.
	ahead = 256
)

// inOrder does something with each of in, several at once, and tells the
// results in the order of in. It ends when in does, when tell gives an error,
// which it returns, or when ctx does: then what is not told yet is not told.
// All that it starts has ended when it returns.
func inOrder[In, Out any](ctx context.Context, in iter.Seq[In], do func(context.Context, In) Out, tell func(Out) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	type job struct {
		in   In
		out  Out
		done chan struct{} // closed when out is set
	}
	work, order := make(chan *job), make(chan *job, ahead)
	running.Go(func() {
		defer close(order)
		defer close(work)
		for x := range in {
			next := &job{in: x, done: make(chan struct{})}
			for _, to := range []chan *job{order, work} {
				select {
				case to <- next:
				case <-ctx.Done():
					return
				}
			}
		}
	})
	for range concurrent {
		running.Go(func() {
			for next := range work {
				next.out = do(ctx, next.in)
				close(next.done)
			}
		})
	}
	for next := range order {
		select {
		case <-next.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := tell(next.out); err != nil {
			return err
		}
	}
	return ctx.Err()
}
