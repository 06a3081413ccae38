package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/record/fetch/web"
	"github.com/akashi-project/akashi/record/ld"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/verify"
)

// ErrPortInUse says that something else listens on Config.HTTP.Listen.
var ErrPortInUse = errors.New("is in use by another process; stop it, or set http.listen to another port")

// A Node is one log's service. New makes it, Run runs it once.
type Node struct {
	config   Config
	log      *slog.Logger
	store    *store.Store
	client   *anchor.Client
	anchor   *anchor.Anchor
	operator *anchor.Key
	listener net.Listener
	metering net.Listener // of HTTP.MetricsListen; nil: there is none
	cert     *certificate // nil: plain HTTP

	tokens       *tokenList
	binding      *verify.Binding // nil when there is none
	bindingBytes []byte          // the file as it is

	metrics *metrics
	pace    atomic.Pointer[pace]

	sequencer *sequencer
	keyring   *keyring
	backups   *backups
	progress  *progress
	board     *board
	limiter   *limiter      // of requests for evidence, and guesses of CIDs
	reads     *limiter      // of all requests
	bodies    *budget       // of records on their way in
	sending   *budget       // of records on their way out: who reads slowly keeps no writer waiting
	events    eventsRead    // of final anchors, for evidence
	proving   chan struct{} // one element for each evidence or list being built
	batches   chan struct{} // one element for each batch under way

	badgeFetcher *web.Client       // of what judged badges name
	badgeChecks  chan struct{}     // one element for each badge being judged
	issuer       *credentialIssuer // of POST /credentials/issue; nil: none
	contexts     *ld.Contexts      // by which badges are judged

	readTimeout  time.Duration // how long a request may take to arrive
	writeTimeout time.Duration // from then on, how long its answer may take
	linger       time.Duration // after a batch that was answered before its end

	// refused is why no record is taken: what the pipeline proved last.
	refused atomic.Pointer[httpError]

	stopping chan struct{} // closed when Run begins to stop
	stop     func()        // closes it, once
	closing  sync.Once
}

// New opens what a node needs: it reads keys and tokens, decrypts the
// operator key (which takes about a second), opens and locks the store, and
// listens. It does not ask the chain, which may be down. What is wrong with
// configuration or files is an error that names the key or file.
//
// A Node that New returned holds the store and the port until Run ends or
// Close is called.
func New(c Config) (_ *Node, err error) {
	c = c.withDefaults()
	f, err := c.validate()
	if err != nil {
		return nil, fmt.Errorf("configuration:\n%w", err)
	}
	n := &Node{
		config:   c,
		log:      c.Logger.With("component", "node"),
		metrics:  newMetrics(),
		progress: newProgress(),
		board:    newBoard(),
		limiter:  newLimiter(c.HTTP.EvidencePerMinute, c.Now),
		reads:    newLimiter(c.HTTP.RequestsPerMinute, c.Now),
		bodies:   newBudget(c.HTTP.MaxBodyBytes),
		sending:  newBudget(c.HTTP.MaxBodyBytes),
		proving:  make(chan struct{}, 4*runtime.GOMAXPROCS(0)),
		batches:  make(chan struct{}, maxBatches),
		stopping: make(chan struct{}),

		badgeChecks: make(chan struct{}, maxBadgeChecks),
		issuer:      f.issuer,
		contexts:    f.contexts,

		readTimeout: readTimeout, writeTimeout: writeTimeout, linger: batchLinger,
	}
	n.stop = sync.OnceFunc(func() { close(n.stopping) })
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if n.badgeFetcher, err = newBadgeFetcher(c.Badges); err != nil {
		return nil, err // not reached: validate has read it
	}
	n.tokens, n.operator, n.binding, n.bindingBytes = f.tokens, f.operator, f.binding, f.bindingBytes
	if n.store, err = store.Open(store.Options{Dir: c.Store.Dir, Secret: f.secret, Now: c.Now, Logger: c.Logger, Observer: &n.metrics.store}); err != nil {
		if errors.Is(err, store.ErrSecret) {
			err = fmt.Errorf("%w; store.secret_file %s belongs to another store", err, c.Store.SecretFile)
		}
		return nil, err
	}
	if n.client, err = anchor.Dial(c.Chain.RPC, c.Chain.Timeout.Duration); err != nil {
		return nil, fmt.Errorf("chain.rpc: %w", err)
	}
	n.client.Observe(n.metrics.rpc.asked)
	n.keyring = newKeyring(c, f.signer, n.log)
	n.anchor, err = anchor.New(anchor.Config{
		Client: n.client, Log: c.log(), Ref: c.ref(), Operator: n.operator, KeyFor: n.keyring.operator, Opening: f.opening,
		Confirmations: c.Chain.Confirmations, Interval: c.Anchor.Interval.Duration, Entries: c.Anchor.Entries, Poll: c.Anchor.Poll.Duration, MaxLag: c.Anchor.MaxLag.Duration,
		Fees:     anchor.FeePolicy{FeeCap: wei(c.Chain.FeeCapGwei), TipCap: wei(c.Chain.TipCapGwei)},
		Observer: &n.metrics.anchor, Logger: c.Logger, Now: c.Now,
	}, n.store)
	if err != nil {
		return nil, err
	}
	n.sequencer = &sequencer{
		store: n.store, origin: c.Log.Origin, signer: n.signerNow, interval: c.Sequencer.CheckpointInterval.Duration,
		fenced: func() bool { return n.anchor.Status().Fenced }, log: n.log, wake: make(chan struct{}, 1),
		keep: n.store.SetCheckpoint, stepped: n.stepped, now: c.Now,
	}
	terms, err := anchor.KeptTerms(n.store, c.log(), c.ref())
	if err != nil {
		return nil, err
	}
	if err := n.sequencer.recover(terms); err != nil {
		return nil, fmt.Errorf("store %s: %w", c.Store.Dir, err)
	}
	n.backups = newBackups(c, n.store, n.log)
	n.measure()
	n.renew()
	n.metrics.registry.MustRegister(snapshot{n})
	n.cert = f.cert
	if n.listener, err = listen("http.listen", c.HTTP.Listen); err != nil {
		return nil, err
	}
	if c.HTTP.MetricsListen != "" {
		if n.metering, err = listen("http.metrics_listen", c.HTTP.MetricsListen); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// listen opens a port for the setting key.
func listen(key, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%s: %s %w", key, address, ErrPortInUse)
	}
	return l, err
}

// Addr is the address that the node listens on, with the port that the
// system gave when the configuration says 0.
func (n *Node) Addr() net.Addr { return n.listener.Addr() }

// URL is where a Client on the same machine reaches the node.
func (n *Node) URL() string {
	if n.cert != nil {
		return "https://" + n.listener.Addr().String()
	}
	return "http://" + n.listener.Addr().String()
}

// MetricsAddr is the address of HTTP.MetricsListen; nil when there is none.
func (n *Node) MetricsAddr() net.Addr {
	if n.metering == nil {
		return nil
	}
	return n.metering.Addr()
}

// Ref names the log on its registry.
func (n *Node) Ref() checkpoint.LogRef { return n.config.ref() }

// Run serves until ctx ends, or until something that cannot be mended while
// running ends it with an error: an RPC of another chain, no registry or
// another contract at its address, found when the chain first answers; a
// failing listener. It stops in order: no new requests, open ones finished
// within HTTP.ShutdownTimeout, the last head signed, the pipeline joined, the
// store closed. Run is called once; the Node is closed when it returns.
func (n *Node) Run(ctx context.Context) error {
	// What must outlive ctx until the requests are done hangs on work.
	work, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	g, failed := errgroup.WithContext(work)
	server := n.server(work, n.Handler())
	g.Go(func() error {
		l := limitListener(n.listener, n.config.HTTP.MaxConnections)
		if n.cert != nil {
			server.TLSConfig = n.cert.config()
			return served(server.ServeTLS(l, "", ""))
		}
		return served(server.Serve(l))
	})
	paths := http.NewServeMux()
	paths.Handle("GET /metrics", n.metricsHandler())
	metering := n.server(work, paths)
	if n.metering != nil {
		g.Go(func() error { return served(metering.Serve(limitListener(n.metering, maxMetering))) })
	}
	g.Go(func() error { return n.anchor.Run(failed) })
	g.Go(func() error { return n.sequencer.run(failed) })
	g.Go(func() error { return n.watch(failed) })
	g.Go(func() error { return n.announce(failed) })
	g.Go(func() error { return n.checkSetup(failed) })
	g.Go(func() error { return n.backups.run(failed) })
	n.log.InfoContext(ctx, "node started", "config", n.config, "addr", n.listener.Addr().String(), "log", n.config.ref().String(), "size", n.store.Tree().Size)

	select {
	case <-ctx.Done():
	case <-failed.Done():
	}
	n.log.InfoContext(ctx, "node stopping")
	n.stop()
	patience, cancel := context.WithTimeout(work, n.config.HTTP.ShutdownTimeout.Duration)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		// What is cut off here was not answered, so nothing was promised.
		n.log.WarnContext(ctx, "requests cut off", "err", err)
		server.Close()
	}
	metering.Close() // last, so that the stop can be watched
	end()
	err := g.Wait()
	if cerr := n.Close(); cerr != nil {
		err = errors.Join(err, cerr)
	}
	n.log.InfoContext(ctx, "node stopped")
	return err
}

// maxMetering is how many connections to the address of the metrics are open
// at once.
const maxMetering = 64

// server makes a server for requests that hang on work.
func (n *Node) server(work context.Context, h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       n.readTimeout,
		WriteTimeout:      n.writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		BaseContext:       func(net.Listener) context.Context { return work },
		// "OPTIONS *" gets a problem document like every other odd request.
		DisableGeneralOptionsHandler: true,
		// What net/http says itself are handshakes and broken connections.
		ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
	}
}

// served says why a server ended, unless it was told to.
func served(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve HTTP: %w", err)
}

// Close gives back what New took. It is for a Node that is not run.
func (n *Node) Close() (err error) {
	n.stop()
	n.closing.Do(func() {
		for _, l := range []net.Listener{n.listener, n.metering} {
			if l == nil {
				continue
			}
			if cerr := l.Close(); cerr != nil && !errors.Is(cerr, net.ErrClosed) {
				err = errors.Join(err, cerr)
			}
		}
		if n.client != nil {
			n.client.Close()
		}
		if n.badgeFetcher != nil {
			n.badgeFetcher.Close()
		}
		if n.store != nil {
			if cerr := n.store.Close(); cerr != nil {
				err = errors.Join(err, fmt.Errorf("close store: %w", cerr))
			}
		}
	})
	return err
}

// grew tells everybody whom it concerns that the log has grown.
func (n *Node) grew() {
	signal(n.board.poked)
	n.sequencer.notify()
	n.anchor.Notify()
}

// stepped hears of each checkpoint, and of those that failed.
func (n *Node) stepped(err error) {
	n.metrics.checkpoint.stepped(err)
	signal(n.board.poked)
}

// watch keeps progress up to date, and signing going when the fence falls or
// a head entry was appended.
func (n *Node) watch(ctx context.Context) error {
	type view struct {
		phase                 anchor.Phase
		fenced, refused       bool
		keys                  [2]int
		chain, final, pending uint64
		detail                string
	}
	look := func(s anchor.Status) view {
		return view{s.Phase, s.Fenced, refusal(s) != nil, termCounts(s), s.ChainSize, s.FinalSize, s.Pending, s.Detail}
	}
	var seen view
	for {
		s, err := n.anchor.Wait(ctx, func(s anchor.Status) bool { return look(s) != seen })
		if err != nil {
			return nil // ctx ended
		}
		seen = look(s)
		n.remember(s)
		n.measure()
		n.sequencer.notify()
		signal(n.board.poked)
	}
}

// measure reads how far the log is anchored from the journal, which is what
// evidence is made from.
func (n *Node) measure() {
	var anchored, final uint64
	last, err := n.store.LastFinal()
	if err == nil {
		final = last.Size
	} else if !errors.Is(err, store.ErrNotFound) {
		n.log.Error("journal not read", "err", err)
		return
	}
	open, err := n.store.OpenAnchors()
	if err != nil {
		n.log.Error("journal not read", "err", err)
		return
	}
	times, err := n.store.FinalTimes(recentFinals)
	if err != nil {
		n.log.Error("journal not read", "err", err)
		return
	}
	var p pace
	if len(times) > 0 {
		p.finalAt = time.Unix(int64(times[0]), 0)
		p.minedAt = p.finalAt
	}
	p.every = paceOf(times)
	for _, a := range open {
		if a.State == store.Mined {
			anchored = max(anchored, a.Size)
			if a.Block != nil {
				p.minedAt = time.Unix(int64(a.Block.Time), 0)
			}
		}
	}
	n.pace.Store(&p)
	n.progress.set(anchored, final)
}

// checkSetup waits until the chain was asked for the first time. A wrong chain
// or registry found then ends the node, since no waiting mends a
// configuration; one that changes later is the pipeline's matter.
func (n *Node) checkSetup(ctx context.Context) error {
	s, err := n.anchor.Wait(ctx, func(s anchor.Status) bool {
		_, fence := errors.AsType[*anchor.FenceError](s.Err)
		return !s.Fenced || fence || errors.Is(s.Err, anchor.ErrSetup)
	})
	if err != nil {
		return nil // ctx ended
	}
	if errors.Is(s.Err, anchor.ErrSetup) && s.Fenced {
		return s.Err
	}
	return nil
}
