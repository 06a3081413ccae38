package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/node"
)

// isHopeless reports whether an error of one submission meets every other too:
// there is no node, it takes no records, or not from here.
func isHopeless(err error) bool {
	if err == nil {
		return false
	}
	if errors.Is(err, node.ErrUnreachable) || errors.Is(err, context.Canceled) {
		return true
	}
	var problem *node.Problem
	if !errors.As(err, &problem) {
		return false
	}
	switch problem.Name() {
	case "token-needed", "token-scope", "rollback", "unavailable", "no-room":
		return true
	}
	return false
}

// stateOf is how far a record is in a log that has come so far.
func stateOf(l node.LogInfo, r node.Logged) string {
	switch {
	case r.Index < l.FinalSize:
		return node.StateFinal
	case r.Index < l.AnchoredSize:
		return node.StateAnchored
	}
	return r.State
}

// How often a node is asked how far its log has come.
const (
	firstPause = 100 * time.Millisecond
	mostPause  = 2 * time.Second
)

// sleep waits for d, or for the end of ctx, whose error it then returns.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// await asks the node how far its log has come until the entry at index has
// the state goal. It returns what the node said last, and why it ended early:
// the time is over (0 is no limit), ctx ended, or anchoring has stopped.
func (e *env) await(ctx context.Context, client *node.Client, index uint64, goal string, limit time.Duration, line *progressLine) (node.LogInfo, error) {
	const nothingLost = "; what is logged stays logged, and submitting it again goes on waiting"
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	var last node.LogInfo
	detail := "the node was not asked"
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		l, err := e.askLog(ctx, client)
		switch {
		case err == nil:
			last = l
			if state := stateOf(l, node.Logged{Index: index}); state == goal || state == node.StateFinal {
				return last, nil
			}
			detail = "anchoring is " + clip(l.Anchoring.State, 100) + ": " + clip(l.Anchoring.Detail, 1000)
			switch l.Anchoring.State {
			case string(anchor.Stopped):
				return last, fmt.Errorf("not %s: %s%s", goal, detail, nothingLost)
			case string(anchor.Idle):
				detail = "the batch is not closed yet"
			}
		case ctx.Err() == nil:
			detail = message(err) // a node that restarts is worth waiting for
		}
		line.show("waiting for an anchor: %s", detail)
		switch err := sleep(ctx, pause); {
		case errors.Is(err, context.DeadlineExceeded):
			return last, fmt.Errorf("not %s after %s: %s%s", goal, limit, detail, nothingLost)
		case err != nil:
			return last, fmt.Errorf("interrupted before it was %s: %s%s", goal, detail, nothingLost)
		}
	}
}

func (e *env) askLog(ctx context.Context, client *node.Client) (node.LogInfo, error) {
	ctx, cancel := e.bounded(ctx)
	defer cancel()
	return client.Log(ctx)
}
