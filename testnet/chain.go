package testnet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/txpool/blobpool"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/rpc"
)

// Options say how a Chain is run. The zero value is a chain in memory on a free
// port, sealing as a real one would.
type Options struct {
	// Dir is the directory that holds the chain, made when missing. A chain
	// started in it again goes on where the last one ended, however that one
	// ended. Empty keeps everything in memory until Stop.
	Dir string

	// Port is the TCP port of the JSON-RPC on 127.0.0.1; 0 takes a free one.
	Port int

	// ChainID is the chain id; 0 means DefaultChainID. A directory keeps the
	// id it was made with, and Start refuses another one.
	ChainID uint64

	// Every is how often a block is sealed while one that holds transactions
	// is not final; 0 means one second. Less than that needs Behind.
	Every time.Duration

	// Heartbeat is how often a block is sealed when there is nothing to do;
	// 0 means one minute. An empty block costs 4 to 7 KB of disk.
	Heartbeat time.Duration

	// Behind is how far block times may lag behind the clock, rounded down to
	// seconds; 0, the default, stamps each block with the time it is made.
	//
	// Block times strictly increase by whole seconds and are never ahead of
	// the clock, so a chain that tells the truth seals one block a second at
	// most, and transactions that come faster wait for the next. A test that
	// needs many blocks at once sets Behind to an hour: 3,600 blocks can then
	// be sealed without waiting, each stamped up to an hour too early.
	Behind time.Duration

	// FinalityLag is how many blocks below the head the finalized block is;
	// 0 means 2. It bounds the depth of a Reorg.
	FinalityLag uint64

	// Manual keeps the chain from sealing by itself: only Mine makes blocks,
	// until Resume.
	Manual bool

	// Log gets one line for each block and reorg; nil discards them.
	Log *slog.Logger
}

// Fast returns options for tests that need many blocks in little time: a chain
// in memory that seals ten times a second while anything is not final, and up
// to 3,600 blocks without waiting, with block times up to an hour behind the
// clock.
func Fast() Options {
	return Options{Behind: time.Hour, Every: 100 * time.Millisecond}
}

var (
	// ErrPortInUse wraps the error of a Start whose port another process
	// listens on.
	ErrPortInUse = errors.New("port in use")

	// ErrDirLocked wraps the error of a Start in a directory that another
	// process runs a chain in.
	ErrDirLocked = errors.New("directory locked by another process")

	// ErrOtherChain wraps the error of a Start in a directory that holds a
	// chain of another id or another first block.
	ErrOtherChain = errors.New("directory holds another chain")

	// ErrFinalized wraps the error of a Reorg that would replace a finalized
	// block.
	ErrFinalized = errors.New("below the finalized block")

	// ErrStopped is returned by what waits on a Chain that was stopped.
	ErrStopped = errors.New("the chain was stopped")
)

// A Chain is a running development chain with JSON-RPC over HTTP on loopback.
// All its methods may be called at any time from any goroutine.
type Chain struct {
	opts   Options
	log    *slog.Logger
	stack  *node.Node
	eth    *eth.Ethereum
	client *ethclient.Client
	url    string

	cancel context.CancelFunc // ends the sealing goroutine
	sealer sync.WaitGroup     // joins it
	wake   chan struct{}      // tells it to look again, capacity 1

	// sealing is held while a block is built and made the head, so that each
	// block has one parent and Reorg sees a head that stands still, and while
	// Transact takes the next nonce.
	sealing sync.Mutex

	mu      sync.Mutex    // guards what follows, never held over chain calls
	manual  bool          // no sealing but by Mine
	balked  bool          // the last block left out what is includable: try no sooner than Every
	sealed  time.Time     // when the last block was sealed, by the monotonic clock
	changed chan struct{} // closed and replaced when the head or finality moves
	stopped bool
}

// Start runs a chain until Stop is called; ctx bounds the start only. It
// returns when JSON-RPC answers, the genesis is final and transactions are
// accepted.
func Start(ctx context.Context, opts Options) (*Chain, error) {
	if opts.ChainID == 0 {
		opts.ChainID = DefaultChainID
	}
	if opts.Every <= 0 {
		opts.Every = time.Second
	}
	if opts.Heartbeat <= 0 {
		opts.Heartbeat = time.Minute
	}
	if opts.FinalityLag == 0 {
		opts.FinalityLag = 2
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Port < 0 || opts.Port > 65535 {
		return nil, fmt.Errorf("testnet: port %d is not between 0 and 65535", opts.Port)
	}
	if opts.Dir != "" {
		dir, err := filepath.Abs(opts.Dir)
		if err != nil {
			return nil, fmt.Errorf("testnet: directory %q: %w", opts.Dir, err)
		}
		opts.Dir = dir
	}
	if err := probe(ctx, opts.Port); err != nil {
		return nil, err
	}
	c := &Chain{
		opts:    opts,
		log:     opts.Log.With("component", "testnet"),
		wake:    make(chan struct{}, 1),
		manual:  opts.Manual,
		changed: make(chan struct{}),
		sealed:  time.Now(),
	}
	if err := c.open(); err != nil {
		return nil, err
	}
	if err := c.begin(ctx); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// probe tells of a taken port before anything is started: go-ethereum finds
// out after its goroutines run, and leaves them behind.
func probe(ctx context.Context, port int) error {
	if port == 0 {
		return nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("testnet: %w: nothing else may listen on 127.0.0.1:%d; stop it or choose another port: %w", ErrPortInUse, port, err)
	}
	return l.Close()
}

// open assembles go-ethereum's node around the directory and starts it.
func (c *Chain) open() (err error) {
	stack, err := node.New(&node.Config{
		Name:                 "akashi-testnet",
		DataDir:              c.opts.Dir,
		UseLightweightKDF:    true,
		HTTPHost:             "127.0.0.1",
		HTTPPort:             c.opts.Port,
		HTTPModules:          []string{"eth", "net", "web3"},
		HTTPVirtualHosts:     []string{"localhost"}, // and any IP address: a page on another host cannot rebind its name to this port
		HTTPTimeouts:         rpc.DefaultHTTPTimeouts,
		BatchRequestLimit:    1000,
		BatchResponseMaxSize: 25_000_000,
		HTTPBodyLimit:        5 << 20,
		P2P:                  p2p.Config{NoDiscovery: true, NoDial: true},
	})
	switch {
	case errors.Is(err, node.ErrDatadirUsed):
		return fmt.Errorf("testnet: %w: %s: stop the chain that runs there or choose another directory", ErrDirLocked, c.opts.Dir)
	case err != nil:
		return fmt.Errorf("testnet: open %s: %w", c.opts.Dir, err)
	}
	c.stack = stack

	conf := ethconfig.Defaults
	conf.Genesis = genesis(c.opts.ChainID)
	conf.SyncMode = ethconfig.FullSync
	// Hash scheme without pruning writes each block's state when the block is
	// written; any other choice keeps it in memory for a clean stop to save.
	conf.StateScheme = "hash"
	conf.NoPruning = true
	conf.SnapshotCache = 0
	conf.Preimages = false
	conf.TrieCleanCache = 16
	conf.TrieDirtyCache = 16
	conf.DatabaseCache = 16
	conf.DatabaseHandles = 64
	conf.TransactionHistory = 0 // every transaction can be looked up
	conf.LogNoHistory = true    // logs are searched block by block: no index to repair after a kill
	conf.Miner.GasCeil = gasLimit
	conf.Miner.GasPrice = big.NewInt(minTip)
	// No journal of local transactions: it would bring back those that a
	// Reorg was told to drop.
	conf.TxPool.NoLocals = true
	conf.TxPool.Journal = ""
	conf.BlobPool = blobpool.DefaultConfig
	conf.BlobPool.Datacap = 64 << 20
	backend, err := eth.New(stack, &conf)
	if err != nil {
		err = errors.Join(c.explain(err), stack.Close())
		return fmt.Errorf("testnet: %w", err)
	}
	c.eth = backend
	stack.RegisterAPIs([]rpc.API{{
		Namespace: "eth",
		Service:   filters.NewFilterAPI(filters.NewFilterSystem(backend.APIBackend, filters.Config{LogCacheSize: 32})),
	}})
	if err := stack.Start(); err != nil {
		return fmt.Errorf("testnet: start: %w", err)
	}
	backend.SetSynced() // or its transaction pool takes none
	c.client = ethclient.NewClient(stack.Attach())
	c.url = stack.HTTPEndpoint()
	return nil
}

// explain puts a sentence before the errors of go-ethereum that mean a
// directory of another chain.
func (c *Chain) explain(err error) error {
	if _, ok := errors.AsType[*core.GenesisMismatchError](err); ok {
		return fmt.Errorf("%w: %s was made for another chain id than %d, or by another version: choose another directory or remove it: %w",
			ErrOtherChain, c.opts.Dir, c.opts.ChainID, err)
	}
	return fmt.Errorf("open chain in %q: %w", c.opts.Dir, err)
}

// begin brings the head, finality and the transaction index to where they were
// or to a defined start, and starts the sealing goroutine.
func (c *Chain) begin(ctx context.Context) error {
	if err := c.recover(); err != nil {
		return fmt.Errorf("testnet: %w", err)
	}
	if c.eth.BlockChain().CurrentBlock().Number.Sign() == 0 {
		// Until its first block go-ethereum answers "transaction indexing is
		// in progress" where it should answer that there is no such receipt.
		if err := c.Mine(ctx, 1); err != nil {
			return err
		}
	}
	if err := c.indexed(ctx); err != nil {
		return err
	}
	run, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	txs := make(chan core.NewTxsEvent, 16)
	sub := c.eth.TxPool().SubscribeTransactions(txs, true)
	c.sealer.Go(func() { c.seal(run, txs, sub) })
	return nil
}

// indexed waits until go-ethereum can tell a missing transaction from one that
// it has not looked for yet.
func (c *Chain) indexed(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !c.eth.BlockChain().TxIndexDone() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("testnet: wait for the transaction index: %w", ctx.Err())
		}
	}
	return nil
}

// RPC returns the URL of the JSON-RPC endpoint: http://127.0.0.1:PORT.
func (c *Chain) RPC() string { return c.url }

// ChainID returns the chain's id.
func (c *Chain) ChainID() uint64 { return c.opts.ChainID }

// Accounts returns the funded accounts, always the same ten.
func (c *Chain) Accounts() []Account { return devAccounts() }

// Client returns a client that talks to the chain within the process, past any
// Fault. Stop closes it.
func (c *Chain) Client() *ethclient.Client { return c.client }

// Stop ends the chain and returns when its directory can be opened again. What
// waits on the chain gets ErrStopped. A second Stop does nothing.
func (c *Chain) Stop() error {
	c.mu.Lock()
	if c.stopped {
		c.mu.Unlock()
		return nil
	}
	c.stopped = true
	close(c.changed)
	c.changed = make(chan struct{})
	c.mu.Unlock()
	return c.close()
}

// close ends what open and begin started, the last first.
func (c *Chain) close() error {
	if c.cancel != nil {
		c.cancel()
		c.sealer.Wait()
	}
	c.client.Close()
	c.sealing.Lock() // a Mine or Reorg under way ends first
	defer c.sealing.Unlock()
	if err := c.stack.Close(); err != nil {
		return fmt.Errorf("testnet: stop: %w", err)
	}
	return nil
}
