package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/store"
)

// sequencer signs the committed head of the log and publishes it. What it
// publishes is signed and on disk; what it signs is committed; and it signs
// nothing while the fence stands, nor with a key that the chain does not name.
type sequencer struct {
	store    *store.Store
	origin   string
	signer   func() (*checkpoint.Signer, error) // of the key that the chain names
	interval time.Duration                      // shortest between two checkpoints
	fenced   func() bool
	keep     func(merkle.Tree, []byte) error // store.SetCheckpoint
	stepped  func(error)                     // told of each checkpoint, and of those that failed
	now      func() time.Time
	log      *slog.Logger

	wake      chan struct{} // of size 1: the log may have grown, or the fence fallen
	published atomic.Pointer[published]
	waits     string // why there is no signer, as it was last logged
}

// published is a checkpoint that the world may have seen.
type published struct {
	tree merkle.Tree
	note []byte
	at   time.Time // when this process published it; zero: an earlier one did
	key  string    // that signed it
}

// recover takes up the checkpoint that was stored last, whichever of the log's
// keys signed it. It is refused when the log is not the one that was signed:
// then the files come from different times, or another key signed them.
func (s *sequencer) recover(terms checkpoint.Terms) error {
	size, note, err := s.store.Checkpoint()
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	// Outside its term it may be: the head was signed before the change, and
	// nobody has read the chain since.
	c, term, err := terms.Open(note)
	if err != nil && !errors.Is(err, checkpoint.ErrTerm) {
		return fmt.Errorf("the store's checkpoint is signed neither by log.keys of the configuration nor by keys that the owner announced later; it is the store of another log, or the keys were changed: %w", err)
	}
	tree, err := s.store.TreeAt(size)
	if err != nil {
		return fmt.Errorf("the store's checkpoint of size %d: %w", size, err)
	}
	if tree != c.Tree {
		return fmt.Errorf("%w: its signed checkpoint of size %d has another root than its entries; run akashi fsck", store.ErrDamaged, size)
	}
	s.published.Store(&published{tree: tree, note: note, key: terms[term].Keys[0]})
	return nil
}

// notify says that there may be something to sign.
func (s *sequencer) notify() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run signs whenever the log has grown, at most once an interval, until ctx
// ends; and once more then, so that a stopped node has published all it has.
// What could not be stored is tried again, after pauses that double up to
// maxPause, until the store stops writing for good.
func (s *sequencer) run(ctx context.Context) error {
	defer s.step()
	const maxPause = time.Minute
	timer := time.NewTimer(0)
	defer timer.Stop()
	s.notify()
	pause := s.interval
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		err := s.step()
		switch {
		case err == nil, errors.Is(err, store.ErrBroken):
			pause = s.interval
		default:
			pause = min(2*pause, max(maxPause, s.interval))
			s.notify()
		}
		timer.Reset(pause)
	}
}

// step signs, stores and publishes the committed head, when it or the key is
// new. Its error is logged already.
//
// A crash after signing and before storing leaves a signature that nobody
// saw. A crash after storing and before publishing is mended by recover.
func (s *sequencer) step() error {
	if s.fenced() {
		return nil
	}
	signer, err := s.signer()
	if err != nil {
		// A missing key may come as a file, which nobody announces: run asks
		// again after a while.
		if s.waits != err.Error() {
			s.waits = err.Error()
			s.log.Warn("nothing is signed", "err", err)
		}
		return err
	}
	s.waits = ""
	tree := s.store.Tree()
	if p := s.published.Load(); p != nil && p.tree.Size >= tree.Size && p.key == signer.VerifierKey() {
		return nil
	}
	note, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: s.origin, Tree: tree}, signer)
	if err == nil {
		err = s.keep(tree, note)
	}
	s.stepped(err)
	if err != nil {
		s.log.Error("checkpoint not published", "size", tree.Size, "err", err)
		return err
	}
	if p := s.published.Load(); p != nil && p.key != signer.VerifierKey() {
		s.log.Info("checkpoint key changed", "key", signer.VerifierKey(), "before", p.key, "size", tree.Size)
	}
	s.published.Store(&published{tree: tree, note: note, at: s.now(), key: signer.VerifierKey()})
	s.log.Debug("checkpoint published", "size", tree.Size, "root", tree.Root.String())
	return nil
}
