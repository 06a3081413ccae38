package testnet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Faults say how a Fault differs from the chain behind it. The zero value
// passes everything through. What is set together acts together, in the order
// of the fields: a Hang hides whatever would have been answered.
type Faults struct {
	// Methods confines the faults, but for Dead, to calls of these JSON-RPC
	// methods; nil means all. A batch with one of them is hit as a whole by
	// the faults of the HTTP answer, call by call by those of the content.
	Methods []string

	// Times ends all faults after so many HTTP requests that hold a call of
	// Methods; 0 means never. Dead is not counted, since it sees no requests.
	Times int

	// Dead closes the port: connections are refused, open ones are cut.
	Dead bool

	// Hang accepts the request and answers nothing until the client gives
	// up, or for five minutes, after which the connection is cut.
	Hang bool

	// Delay is how long each answer is held back.
	Delay time.Duration

	// Status is the HTTP status that is answered instead of the content,
	// such as 500 or 429 (with Retry-After: 1); 0 means 200.
	Status int

	// Body is what is answered in place of JSON, with status 200.
	Body Body

	// Missing are methods that the RPC does not have: it answers them with
	// the JSON-RPC error -32601.
	Missing []string

	// Stale, unless nil, shows the chain as it was at an earlier head.
	Stale *Stale

	// ChainID, unless 0, is told as the chain's id.
	ChainID uint64

	// LieBlocks tells of a different block under each number: same time,
	// other content, other hash, and knows nothing of the true hashes.
	LieBlocks bool

	// LieState changes what contracts answer and hold: each 32-byte word of
	// the result of eth_call and eth_getStorageAt has its lowest bit
	// flipped, and eth_getCode shows other code.
	LieState bool

	// LieReceipts tells of another block hash and other log data in receipts
	// and logs.
	LieReceipts bool

	// Rewrite, unless nil, is given each call and its result, as changed by
	// all of the above, and returns the result to answer. It is for the lies
	// that one test alone needs. Errors and local answers to sends pass it by.
	Rewrite func(method string, params []byte, result []byte) []byte

	// Sends is what becomes of transactions.
	Sends Sends
}

// Stale is the head that a stale chain shows.
type Stale struct {
	Latest    uint64 // number of the newest block
	Finalized uint64 // number of the finalized and the safe block, at most Latest
}

// Body is a kind of answer that is no JSON-RPC.
type Body string

const (
	Proper    Body = ""          // the answer as it is
	Garbage   Body = "garbage"   // an HTML page, as gateways answer with status 200
	Truncated Body = "truncated" // the first half of the answer, then a cut connection
	Huge      Body = "huge"      // an answer that begins well and goes on for 64 MiB
)

// Sends says what becomes of transactions that are sent.
type Sends string

const (
	// Forward hands a transaction on.
	Forward Sends = ""
	// Drop answers with the transaction's hash and forgets it.
	Drop Sends = "drop"
	// Reject answers with an error: failed and not applied.
	Reject Sends = "reject"
	// ForwardError hands the transaction on and answers with an error: failed
	// but applied.
	ForwardError Sends = "forward, then error"
	// ForwardCut hands the transaction on and cuts the connection.
	ForwardCut Sends = "forward, then cut"
	// Duplicate hands the transaction on twice and answers what the second
	// got, as a gateway does that retries: "already known" or the like.
	Duplicate Sends = "duplicate"
	// Hold answers with the transaction's hash and keeps the transaction
	// until Release.
	Hold Sends = "hold"
)

const (
	maxHang     = 5 * time.Minute  // the longest that Hang holds a connection
	maxRequest  = 5 << 20          // bytes of a request, as go-ethereum has it
	maxResponse = 64 << 20         // bytes of an answer read from the upstream
	maxBatch    = 1000             // calls in one batch, as go-ethereum has it
	maxHeld     = 1000             // transactions kept by Hold
	maxLies     = 10_000           // block hashes made up by LieBlocks
	upstreamFor = 60 * time.Second // the longest wait for the upstream
)

// A Fault is an HTTP server on a free port of loopback that hands JSON-RPC on
// to a chain and spoils it as it is told. It may stand before any chain that
// speaks JSON-RPC over HTTP. All its methods may be called at any time from any
// goroutine.
type Fault struct {
	upstream string
	addr     string // 127.0.0.1:PORT, kept over Dead
	client   *http.Client
	done     chan struct{} // closed by Close: hanging requests end

	life    sync.Mutex     // held by Set and Close: one opens or closes the port at a time
	serving sync.WaitGroup // joins the goroutines that accept connections

	mu     sync.Mutex // guards what follows
	faults Faults
	left   int // requests until the faults end, when faults.Times > 0
	calls  map[string]int
	held   []hexutil.Bytes             // raw transactions, in the order sent
	lies   map[common.Hash]common.Hash // made-up block hash → true one
	server *http.Server                // nil while dead or closed
	closed bool
}

// NewFault starts a Fault before the JSON-RPC at that http URL. It passes
// everything through until Set.
func NewFault(upstream string) (*Fault, error) {
	u, err := url.Parse(upstream)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("testnet: fault: upstream %q is not an http or https URL", upstream)
	}
	f := &Fault{
		upstream: upstream,
		addr:     "127.0.0.1:0",
		client:   &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute}},
		done:     make(chan struct{}),
		calls:    map[string]int{},
		lies:     map[common.Hash]common.Hash{},
	}
	if err := f.listen(); err != nil {
		return nil, err
	}
	return f, nil
}

// URL returns the address to give to the client under test: http://127.0.0.1:PORT.
func (f *Fault) URL() string { return "http://" + f.addr }

// Set replaces all faults. Requests under way end under those they began with.
// It fails where the faults contradict themselves, or where the port cannot be
// taken again after Dead since another process has it.
func (f *Fault) Set(faults Faults) error {
	if s := faults.Stale; s != nil && s.Finalized > s.Latest {
		return fmt.Errorf("testnet: fault: stale finalized block %d is above the head %d", s.Finalized, s.Latest)
	}
	if faults.Status != 0 && (faults.Status < 300 || faults.Status > 599) {
		return fmt.Errorf("testnet: fault: status %d is not between 300 and 599", faults.Status)
	}
	if !slices.Contains([]Body{Proper, Garbage, Truncated, Huge}, faults.Body) {
		return fmt.Errorf("testnet: fault: no body of kind %q", faults.Body)
	}
	if !slices.Contains([]Sends{Forward, Drop, Reject, ForwardError, ForwardCut, Duplicate, Hold}, faults.Sends) {
		return fmt.Errorf("testnet: fault: no kind of sends %q", faults.Sends)
	}
	faults.Methods = slices.Clone(faults.Methods)
	faults.Missing = slices.Clone(faults.Missing)
	if faults.Stale != nil {
		stale := *faults.Stale
		faults.Stale = &stale
	}

	f.life.Lock()
	defer f.life.Unlock()
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return errors.New("testnet: fault: set after Close")
	}
	f.faults, f.left = faults, faults.Times
	server := f.server
	if faults.Dead {
		f.server = nil
	}
	f.mu.Unlock()
	switch {
	case faults.Dead && server != nil:
		if err := server.Close(); err != nil {
			return fmt.Errorf("testnet: fault: die: %w", err)
		}
	case !faults.Dead && server == nil:
		return f.listen()
	}
	return nil
}

// listen opens the port and serves it.
func (f *Fault) listen() error {
	l, err := net.Listen("tcp", f.addr)
	if err != nil {
		return fmt.Errorf("testnet: fault: listen: %w", err)
	}
	server := &http.Server{Handler: http.HandlerFunc(f.serve), ReadHeaderTimeout: 10 * time.Second}
	f.mu.Lock()
	f.addr, f.server = l.Addr().String(), server
	f.mu.Unlock()
	f.serving.Go(func() { server.Serve(l) }) // until Set or Close closes the server
	return nil
}

// Calls returns how often a JSON-RPC method has been called, whatever the
// answer was. Each call of a batch counts.
func (f *Fault) Calls(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[method]
}

// AllCalls returns how often each JSON-RPC method has been called.
func (f *Fault) AllCalls() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.calls)
}

// ResetCalls sets all counts to zero.
func (f *Fault) ResetCalls() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.calls)
}

// Release hands the transactions on that Hold kept, in the order they came,
// and returns how many the upstream took. It tries each, and returns the errors
// of those refused.
func (f *Fault) Release(ctx context.Context) (int, error) {
	f.mu.Lock()
	held := f.held
	f.held = nil
	f.mu.Unlock()
	var taken int
	var errs []error
	for _, raw := range held {
		answer, err := f.forward(ctx, call{Method: "eth_sendRawTransaction", Params: mustJSON([]hexutil.Bytes{raw})})
		switch {
		case err != nil:
			errs = append(errs, err)
		case answer.Error != nil:
			errs = append(errs, fmt.Errorf("upstream: %s", answer.Error))
		default:
			taken++
		}
	}
	if err := errors.Join(errs...); err != nil {
		return taken, fmt.Errorf("testnet: fault: release: %w", err)
	}
	return taken, nil
}

// Close ends the Fault, cutting what is under way. A second Close does nothing.
func (f *Fault) Close() error {
	f.life.Lock()
	defer f.life.Unlock()
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil
	}
	f.closed = true
	server := f.server
	f.server = nil
	f.mu.Unlock()
	close(f.done)
	f.client.CloseIdleConnections()
	if server != nil {
		if err := server.Close(); err != nil {
			return fmt.Errorf("testnet: fault: close: %w", err)
		}
	}
	f.serving.Wait()
	return nil
}
