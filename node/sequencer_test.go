package node

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
)

// TestCheckpointIsTriedAgain holds that a checkpoint which could not be stored
// is published later by itself, though nothing grows and nobody asks.
func TestCheckpointIsTriedAgain(t *testing.T) {
	s, err := store.Open(store.Options{Dir: filepath.Join(t.TempDir(), "data"), Secret: make([]byte, store.SecretSize), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Append(t.Context(), store.Submission{Type: record.Document, Digest: record.Digest{1}}); err != nil {
		t.Fatal(err)
	}
	key, _, err := checkpoint.GenerateKey("log.test.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := checkpoint.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		err   error
		tries int // within two minutes
	}{
		"no room":          {store.ErrFull, 4},
		"nothing to mend":  {store.ErrBroken, 1},
		"something passes": {errors.New("interrupted"), 4},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				q := &sequencer{
					store: s, origin: "log.test.example", signer: func() (*checkpoint.Signer, error) { return signer, nil }, interval: time.Second, fenced: func() bool { return false },
					log: slog.New(slog.DiscardHandler), wake: make(chan struct{}, 1), stepped: func(error) {}, now: time.Now,
					keep: func(merkle.Tree, []byte) error {
						if tries++; tries < 4 {
							return c.err
						}
						return nil
					},
				}
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- q.run(ctx) }()
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if tries != c.tries || (q.published.Load() != nil) != (c.tries == 4) {
					t.Errorf("%d tries, published: %t", tries, q.published.Load() != nil)
				}
				cancel()
				<-done
			})
		})
	}
}
