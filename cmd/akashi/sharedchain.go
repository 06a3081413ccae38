package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/verify"
)

// A sharedChain asks one chain on behalf of many checks: each question once,
// for records share blocks, registries and logs. It lasts for one run of a
// command. It implements verify.Chain.
//
// An outage is met by all of them together. The first question that goes
// unanswered makes one goroutine ask again and again, at growing pauses; the
// others wait for it. After patience they stop waiting: from then on questions
// fail at once, until the chain answers again.
type sharedChain struct {
	chain    verify.Chain
	patience time.Duration // of one outage, before questions fail at once
	now      func() time.Time

	run    context.Context // of the command
	cancel context.CancelFunc
	joined sync.WaitGroup // goroutines

	mu        sync.Mutex // guards what follows
	answers   map[any]*answer
	finalized struct {
		block verify.Block
		asked time.Time // zero: never
	}
	outage     *outage // nil while the chain answers
	unanswered int     // questions in a row that were given up, the chain answering others
}

var _ verify.Chain = (*sharedChain)(nil)

// An answer is one question's; it is being asked for until done is closed.
type answer struct {
	done  chan struct{}
	value any
	err   error
}

// An outage is a time in which the chain does not answer.
type outage struct {
	over chan struct{} // closed when it ends, or after patience
	err  error         // set before over is closed: nil when it ended
}

const (
	// maxAnswers bounds what is remembered; each takes some hundred bytes.
	maxAnswers = 1 << 16

	// finalFor is how long the final block counts as the newest. It is short,
	// since a run may take long and status.current rests on it.
	finalFor = 5 * time.Second

	// attempts is how often a question is asked that gets no answer while the
	// chain answers others.
	attempts = 4

	firstProbe = 100 * time.Millisecond
	mostProbe  = 5 * time.Second

	// mostUnanswered is how many questions in a row are given up before no
	// more are asked for the time of restFor.
	mostUnanswered = 3
	restFor        = 15 * time.Second
)

// shareChain makes a sharedChain over chain. close ends what it has running.
func shareChain(ctx context.Context, chain verify.Chain, patience time.Duration) *sharedChain {
	run, cancel := context.WithCancel(ctx)
	return &sharedChain{chain: chain, patience: patience, now: time.Now, run: run, cancel: cancel, answers: map[any]*answer{}}
}

// longestQuestion bounds one question to a sharedChain whose chain takes at
// most timeout for an answer, and whose patience is twice that.
func longestQuestion(timeout time.Duration) time.Duration {
	return attempts*(timeout+mostProbe) + 3*timeout
}

func (s *sharedChain) close() {
	s.cancel()
	s.joined.Wait()
}

// The questions, as keys of answers.
type (
	chainIDKey  struct{}
	codeHashKey checkpoint.Address
	blockKey    uint64
	finalKey    struct{}
	headKey     struct {
		log checkpoint.LogRef
		at  verify.Block
	}
	anchoredKey struct {
		log    checkpoint.LogRef
		number uint64
	}
	changesKey struct {
		log checkpoint.LogRef
		at  verify.Block
	}
)

// ChainID implements verify.Chain.
func (s *sharedChain) ChainID(ctx context.Context) (uint64, error) {
	return once(ctx, s, chainIDKey{}, s.chain.ChainID, always)
}

// CodeHash implements verify.Chain.
func (s *sharedChain) CodeHash(ctx context.Context, a checkpoint.Address) (verify.BlockHash, error) {
	return once(ctx, s, codeHashKey(a), func(ctx context.Context) (verify.BlockHash, error) { return s.chain.CodeHash(ctx, a) }, always)
}

// Finalized implements verify.Chain.
func (s *sharedChain) Finalized(ctx context.Context) (verify.Block, error) {
	s.mu.Lock()
	known := s.finalized
	s.mu.Unlock()
	if !known.asked.IsZero() && s.now().Sub(known.asked) < finalFor {
		return known.block, nil
	}
	return once(ctx, s, finalKey{}, func(ctx context.Context) (verify.Block, error) {
		asked := s.now()
		b, err := s.chain.Finalized(ctx)
		if err == nil {
			s.mu.Lock()
			s.finalized.block, s.finalized.asked = b, asked
			s.mu.Unlock()
		}
		return b, err
	}, never)
}

// Block implements verify.Chain.
func (s *sharedChain) Block(ctx context.Context, number uint64) (verify.Block, error) {
	return once(ctx, s, blockKey(number), func(ctx context.Context) (verify.Block, error) { return s.chain.Block(ctx, number) }, s.isFinal(number))
}

// LogHead implements verify.Chain. The block's hash is part of the question,
// so the answer is for ever.
func (s *sharedChain) LogHead(ctx context.Context, log checkpoint.LogRef, at verify.Block) (verify.LogHead, error) {
	return once(ctx, s, headKey{log, at}, func(ctx context.Context) (verify.LogHead, error) { return s.chain.LogHead(ctx, log, at) }, always)
}

// Anchored implements verify.Chain.
func (s *sharedChain) Anchored(ctx context.Context, log checkpoint.LogRef, number uint64) ([]verify.Anchored, error) {
	return once(ctx, s, anchoredKey{log, number}, func(ctx context.Context) ([]verify.Anchored, error) { return s.chain.Anchored(ctx, log, number) }, s.isFinal(number))
}

// KeyChanges implements verify.Chain. The block is a final one.
func (s *sharedChain) KeyChanges(ctx context.Context, log checkpoint.LogRef, at verify.Block) ([]verify.KeyChange, error) {
	return once(ctx, s, changesKey{log, at}, func(ctx context.Context) ([]verify.KeyChange, error) { return s.chain.KeyChanges(ctx, log, at) }, s.isFinal(at.Number))
}

func always() bool { return true }
func never() bool  { return false }

// isFinal tells whether an answer about the block of that number may be
// remembered: when it was final before the question was put. Another block may
// take the place of any other.
func (s *sharedChain) isFinal(number uint64) func() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	final := !s.finalized.asked.IsZero() && number <= s.finalized.block.Number
	return func() bool { return final }
}

// once asks a question that nobody is asking and nobody has asked, and else
// gives the answer of that one. Answers are remembered when keep says so;
// errors never.
func once[T any](ctx context.Context, s *sharedChain, key any, ask func(context.Context) (T, error), keep func() bool) (T, error) {
	s.mu.Lock()
	a, asked := s.answers[key]
	if !asked {
		if len(s.answers) >= maxAnswers {
			clear(s.answers) // who waits for one holds it
		}
		a = &answer{done: make(chan struct{})}
		s.answers[key] = a
		s.joined.Go(func() {
			v, err := patiently(s, ask)
			a.value, a.err = v, err
			s.mu.Lock()
			if (err != nil || !keep()) && s.answers[key] == a {
				delete(s.answers, key)
			}
			s.mu.Unlock()
			close(a.done)
		})
	}
	s.mu.Unlock()
	var zero T
	select {
	case <-a.done:
		if a.err != nil {
			return zero, a.err
		}
		return a.value.(T), nil
	case <-ctx.Done():
		return zero, ctx.Err()
	}
}

// patiently asks until there is an answer, or an error that asking again does
// not mend, or no hope.
func patiently[T any](s *sharedChain, ask func(context.Context) (T, error)) (T, error) {
	var zero T
	for n := 1; ; n++ {
		s.mu.Lock()
		o := s.outage
		s.mu.Unlock()
		if o != nil {
			select {
			case <-o.over:
				if o.err != nil {
					return zero, o.err
				}
			case <-s.run.Done():
				return zero, s.run.Err()
			}
		}
		v, err := ask(s.run)
		switch {
		case err == nil:
			s.mu.Lock()
			s.unanswered = 0
			s.mu.Unlock()
			return v, nil
		case !noAnswer(err) || s.run.Err() != nil:
			return zero, err
		}
		s.away(err, n)
		if n == attempts {
			return zero, err
		}
	}
}

// noAnswer reports whether an error says that the chain client was not
// reached, took too long or has too much to do, unlike an answer that there is
// no such block.
func noAnswer(err error) bool {
	var status rpc.HTTPError
	if errors.As(err, &status) {
		return status.StatusCode == 429 || status.StatusCode >= 500
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// away begins an outage unless one is under way, after the nth attempt at a
// question got no answer. When it was the last, the chain answers others but
// not this one, and of a few such in a row follows that it answers none that
// matter.
func (s *sharedChain) away(cause error, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := n == attempts
	if last {
		s.unanswered++
	}
	if s.outage != nil || last && s.unanswered < mostUnanswered {
		return
	}
	o := &outage{over: make(chan struct{})}
	pause := firstProbe << (2 * (n - 1)) // whoever has too much to do wants time
	if last {
		o.err = fmt.Errorf("%v; %d questions were asked %d times each, so nothing more is asked for %s", cause, s.unanswered, attempts, restFor)
		close(o.over)
		pause = restFor
	}
	s.outage = o
	s.joined.Go(func() { s.probe(o, cause, pause, last) })
}

// probe asks for the chain id until the outage is over. given says that
// nobody waits for its end any more.
func (s *sharedChain) probe(o *outage, cause error, pause time.Duration, given bool) {
	began := s.now()
	end := func(err error) {
		if o.err = err; err == nil {
			s.mu.Lock()
			s.outage = nil
			s.mu.Unlock()
		}
		close(o.over)
	}
	for ; ; pause = min(2*pause, max(mostProbe, pause)) {
		if err := sleep(s.run, pause); err != nil {
			if !given {
				end(err)
			}
			return
		}
		_, err := s.chain.ChainID(s.run)
		switch {
		case err == nil && !given:
			end(nil)
			return
		case err == nil:
			s.mu.Lock()
			s.outage = nil
			s.mu.Unlock()
			return
		case !given && s.now().Sub(began) >= s.patience:
			given = true
			// Only in words: the deadline inside was another question's.
			end(fmt.Errorf("%v; nothing was answered for %s, so it is not waited for any more", cause, s.now().Sub(began).Round(time.Second)))
		}
	}
}
