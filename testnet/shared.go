package testnet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
)

// A Shared is one chain for all tests of a package, where each test has a log
// of its own: a chain takes longer to start than most tests. Its methods may be
// called from any goroutine.
type Shared struct {
	Options Options

	mu    sync.Mutex // held while the chain starts
	chain *Chain
}

// Chain returns the chain, with the registry deployed. The first call starts
// it.
func (s *Shared) Chain() (*Chain, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chain != nil {
		return s.chain, nil
	}
	// It outlives the test that asks first.
	c, err := Start(context.Background(), s.Options)
	if err != nil {
		return nil, err
	}
	if _, err := c.Registry(context.Background()); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	s.chain = c
	return c, nil
}

// Run runs tests, which is what a *testing.M does, stops the chain, if one of
// them started it, and returns the code to exit with.
func (s *Shared) Run(tests interface{ Run() int }) int {
	code := tests.Run()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chain == nil {
		return code
	}
	if err := s.chain.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
