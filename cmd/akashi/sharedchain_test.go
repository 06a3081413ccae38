package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/verify"
)

// A weather is a chain whose answers a test decides. The real ones, faults and
// all, are in the script office.txtar; here time is the test's own.
type weather struct {
	asked atomic.Int64 // questions but those for the chain id
	fail  func(question string) error
	head  atomic.Uint64 // final block
}

func (w *weather) ask(question string) error {
	if question != "chain id" {
		w.asked.Add(1)
	}
	if w.fail == nil {
		return nil
	}
	return w.fail(question)
}

func (w *weather) ChainID(context.Context) (uint64, error) { return 1337, w.ask("chain id") }
func (w *weather) CodeHash(context.Context, checkpoint.Address) (verify.BlockHash, error) {
	return verify.BlockHash{1}, w.ask("code")
}
func (w *weather) Finalized(context.Context) (verify.Block, error) {
	return verify.Block{Number: w.head.Load()}, w.ask("final")
}
func (w *weather) Block(_ context.Context, number uint64) (verify.Block, error) {
	return verify.Block{Number: number, Time: w.head.Load()}, w.ask(fmt.Sprint("block ", number))
}
func (w *weather) LogHead(context.Context, checkpoint.LogRef, verify.Block) (verify.LogHead, error) {
	return verify.LogHead{}, w.ask("head")
}
func (w *weather) Anchored(_ context.Context, _ checkpoint.LogRef, number uint64) ([]verify.Anchored, error) {
	return nil, w.ask(fmt.Sprint("anchored ", number))
}
func (w *weather) KeyChanges(context.Context, checkpoint.LogRef, verify.Block) ([]verify.KeyChange, error) {
	return nil, w.ask("key changes")
}

// many asks for block after block, sixteen at once as verifyMany does, and
// returns the errors.
func many(s *sharedChain, blocks int) (errs []error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	next := make(chan int, blocks)
	for i := range blocks {
		next <- i
	}
	close(next)
	for range concurrent {
		wg.Go(func() {
			for i := range next {
				if _, err := s.Block(context.Background(), uint64(i)); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return errs
}

// TestSharedChainOnce: a question is asked once, unless the answer may change.
func TestSharedChainOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &weather{}
		w.head.Store(10)
		s := shareChain(t.Context(), w, time.Minute)
		defer s.close()
		ctx := t.Context()
		all := func() {
			s.CodeHash(ctx, checkpoint.Address{})
			s.Finalized(ctx)
			s.Block(ctx, 10)
			s.LogHead(ctx, checkpoint.LogRef{}, verify.Block{Number: 10})
			s.Anchored(ctx, checkpoint.LogRef{}, 10)
		}
		for range 100 {
			all()
		}
		if n := w.asked.Load(); n != 5 {
			t.Errorf("%d questions, want 5", n)
		}
		// A block above the final one may be replaced: it is asked each time.
		s.Block(ctx, 11)
		w.head.Store(11)
		if b, _ := s.Block(ctx, 11); b.Time != 11 {
			t.Error("a block that was not final is remembered")
		}
		// The final block is asked again after a while, and only that.
		time.Sleep(finalFor)
		if b, _ := s.Finalized(ctx); b.Number != 11 {
			t.Errorf("final block %d", b.Number)
		}
		w.asked.Store(0)
		all()
		if n := w.asked.Load(); n != 0 {
			t.Errorf("%d questions again", n)
		}
		// What is remembered is bounded.
		for i := range maxAnswers + 10 {
			s.CodeHash(ctx, checkpoint.Address{byte(i), byte(i >> 8), byte(i >> 16), 1})
		}
		if len(s.answers) > maxAnswers {
			t.Errorf("%d answers are kept", len(s.answers))
		}
	})
}

// TestSharedChainOutage: outages cost their own time and not one time-out for
// each question.
func TestSharedChainOutage(t *testing.T) {
	refused := rpc.HTTPError{StatusCode: 503, Status: "503 Service Unavailable"}
	const timeout = 10 * time.Second
	hang := func() error { time.Sleep(timeout); return context.DeadlineExceeded }
	for _, test := range []struct {
		name     string
		fail     func(now time.Duration, question string) error
		errs     bool          // of the questions, in the end
		most     time.Duration // that a thousand questions take
		mostAsks int64
	}{
		{"short", func(now time.Duration, _ string) error {
			if now < 3*time.Second {
				return refused
			}
			return nil
		}, false, 8 * time.Second, 1000 + 3*concurrent},
		{"for good", func(time.Duration, string) error { return refused }, true, 35 * time.Second, 2 * concurrent},
		{"hanging", func(time.Duration, string) error { return hang() }, true, 70 * time.Second, 2 * concurrent},
		{"answering nothing but its id", func(_ time.Duration, q string) error {
			if q == "chain id" {
				return nil
			}
			return hang()
		}, true, 120 * time.Second, attempts*2*concurrent + 10},
		{"not knowing a block", func(_ time.Duration, q string) error {
			if strings.HasPrefix(q, "block") {
				return errors.New("there is no such block")
			}
			return nil
		}, true, 0, 1000},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				w := &weather{fail: func(q string) error { return test.fail(time.Since(began), q) }}
				s := shareChain(t.Context(), w, 2*timeout)
				defer s.close()
				errs := many(s, 1000)
				if took := time.Since(began); took > test.most {
					t.Errorf("took %s", took)
				}
				if n := w.asked.Load(); n > test.mostAsks {
					t.Errorf("%d questions", n)
				}
				if test.errs != (len(errs) == 1000) || !test.errs && len(errs) > 0 {
					t.Errorf("%d errors, the first %v", len(errs), errs[:min(1, len(errs))])
				}
				for _, err := range errs {
					if took := time.Since(began); took > 0 && errors.Is(err, context.Canceled) {
						t.Errorf("%v", err)
					}
				}
			})
		})
	}
}

// TestSharedChainRecovers: who asks after an outage that was given up is
// answered.
func TestSharedChainRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := atomic.Bool{}
		down.Store(true)
		w := &weather{fail: func(string) error {
			if down.Load() {
				return rpc.HTTPError{StatusCode: 502, Status: "502 Bad Gateway"}
			}
			return nil
		}}
		s := shareChain(t.Context(), w, time.Second)
		defer s.close()
		if errs := many(s, 20); len(errs) != 20 || !strings.Contains(errs[19].Error(), "not waited for any more") {
			t.Errorf("errors %v", errs)
		}
		down.Store(false)
		time.Sleep(mostProbe)
		synctest.Wait()
		if errs := many(s, 20); len(errs) != 0 {
			t.Errorf("after the outage: %v", errs)
		}
		// A caller that gives up leaves the question to the others.
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		down.Store(true)
		if _, err := s.Block(ctx, 99); !errors.Is(err, context.Canceled) {
			t.Errorf("given up: %v", err)
		}
	})
}
