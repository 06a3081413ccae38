// Package await waits in tests for what nobody announces: that another process
// listens, that a proxy was asked, that a chain of another process went on.
// What has a channel is waited for by the channel, and an embedded chain by
// [github.com/akashi-project/akashi/testnet.Chain.Await].
package await

import (
	"context"
	"errors"
	"time"
)

// Patience is how long a test waits for what has to come. It is no measure of
// anything: a busy machine takes its time, and only a broken program takes all
// of it.
const Patience = 2 * time.Minute

// pause is the time between two questions. It says how soon a wait ends after
// what it waits for, and never how it ends.
const pause = 5 * time.Millisecond

// Nil calls f again and again until it returns nil. If ctx ends first, the
// error wraps ctx's and the last one of f.
func Nil(ctx context.Context, f func() error) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// True calls f again and again until it returns true. The error is ctx's, if
// that ends first.
func True(ctx context.Context, f func() bool) error {
	err := Nil(ctx, func() error {
		if f() {
			return nil
		}
		return errFalse
	})
	if err != nil {
		return context.Cause(ctx)
	}
	return nil
}

var errFalse = errors.New("it is not so yet")
