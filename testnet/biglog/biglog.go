package biglog

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/testnet"
)

// Options say which log is made.
type Options struct {
	// Dir is the folder that gets the tiles, made when missing.
	Dir string

	// Origin names the log; empty means "big.example/log". Logs of other
	// origins have other entries.
	Origin string

	// Entries are how many the log has in the end, heads counted, and Anchors
	// how often it is anchored meanwhile, each time after as many more entries
	// as the last, to one. Anchors is from 1 to Entries.
	Entries, Anchors int

	// PerBlock is how many anchors share a block; 0 means 1, as on a network
	// where an anchor takes its turn. A block takes a thousand at most.
	PerBlock int

	// Entry, when not nil, is given each entry as it is planned, and returns
	// the bytes to log in its place. A status entry it makes up acts if the
	// rules say so.
	Entry func(index uint64, planned []byte) []byte

	// Mined, when not nil, is called after each block that holds anchors, with
	// how many anchors there are by then. The chain seals by itself while it
	// runs, and it may change what it likes about the log on the chain. One
	// that appoints another operator sets l.Operator, too.
	Mined func(ctx context.Context, l *Log, anchors int) error
}

// Chain returns options for a chain on which this log is made without waiting:
// one that seals as fast as it can, with blocks stamped far enough behind the
// clock for each anchor, and an hour more.
func (o Options) Chain() testnet.Options {
	return testnet.Options{Behind: time.Duration(o.Anchors+3600) * time.Second, Every: 100 * time.Millisecond}
}

func (o *Options) complete() error {
	if o.Origin == "" {
		o.Origin = "big.example/log"
	}
	if o.PerBlock == 0 {
		o.PerBlock = 1
	}
	switch {
	case o.Dir == "":
		return errors.New("biglog: no folder for the tiles")
	case o.Anchors < 1 || o.Anchors > o.Entries:
		return fmt.Errorf("biglog: %d anchors of %d entries; there must be one, and an entry for each", o.Anchors, o.Entries)
	case o.PerBlock < 1 || o.PerBlock > maxPerBlock:
		return fmt.Errorf("biglog: %d anchors a block, want 1 to %d", o.PerBlock, maxPerBlock)
	}
	return nil
}

// size returns the size of the log at anchor k, counted from 0.
func (o *Options) size(k int) uint64 {
	return uint64(k+1) * uint64(o.Entries) / uint64(o.Anchors)
}

// An Anchor is one head of the log on the chain.
type Anchor struct {
	merkle.Tree
	Block  uint64      // number
	Time   uint64      // of the block, Unix seconds
	TxHash common.Hash // of the transaction
}

// A Log is an anchored log and the folder of its tiles.
type Log struct {
	checkpoint.Log
	Ref     checkpoint.LogRef
	Dir     string      // of the tiles, the checkpoint beside them
	Tree    merkle.Tree // the last anchored one
	Anchors []Anchor    // in the order of the chain
	Opened  uint64      // number of the block

	Owner    testnet.Account // owns the log
	Operator testnet.Account // anchors, from the next block on

	signer *checkpoint.Signer
}

// Build makes the log on the chain and in the folder. It returns when the last
// anchor is final. Nothing else should happen on the chain meanwhile.
func Build(ctx context.Context, chain *testnet.Chain, opts Options) (*Log, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	accounts := chain.Accounts()
	l := &Log{Dir: opts.Dir, Owner: accounts[0], Operator: accounts[1]}
	// Anyone can sign for this log, which is worth nothing.
	seed := sha256.Sum256([]byte("akashi biglog key of " + opts.Origin))
	signer, vkey, err := checkpoint.SignerFromKey(opts.Origin, ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		return nil, fmt.Errorf("biglog: %w", err)
	}
	l.signer = signer
	l.Log = checkpoint.Log{Owner: checkpoint.Address(l.Owner.Address), Origin: opts.Origin, Keys: checkpoint.Keys{vkey}}
	if err := os.MkdirAll(opts.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("biglog: %w", err)
	}
	tiles := newFolder(opts.Dir)
	if err := l.anchor(ctx, chain, &opts, tiles); err != nil {
		return nil, fmt.Errorf("biglog: %w", err)
	}
	if err := tiles.finish(); err != nil {
		return nil, fmt.Errorf("biglog: %w", err)
	}
	if err := l.publish(); err != nil {
		return nil, fmt.Errorf("biglog: %w", err)
	}
	return l, nil
}

// publish signs the log's tree into the folder.
func (l *Log) publish() error {
	note, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: l.Origin, Tree: l.Tree}, l.signer)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.Dir, "checkpoint"), note, 0o644)
}

// Handler serves the folder as a static host would: /checkpoint and the tiles
// of the last tree, no partial tile of an earlier one.
func (l *Log) Handler() http.Handler {
	files := http.FileServer(http.Dir(l.Dir))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Said here, or the server would read the file twice to guess it.
		if r.URL.Path == "/checkpoint" {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Cache-Control", "no-cache")
		} else {
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		files.ServeHTTP(w, r)
	})
}
