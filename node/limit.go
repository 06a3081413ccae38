package node

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// limiter bounds how often one address asks. Memory is bounded: addresses
// are kept in two generations, and the older one is dropped when the younger
// is a minute old or full, so that an address is forgotten only after it
// could have refilled its allowance, or when more than maxAddresses ask at
// once.
type limiter struct {
	perMinute int
	now       func() time.Time

	mu    sync.Mutex // guards the rest
	young map[netip.Prefix]*rate.Limiter
	old   map[netip.Prefix]*rate.Limiter
	born  time.Time // of young
}

const maxAddresses = 1 << 16

func newLimiter(perMinute int, now func() time.Time) *limiter {
	return &limiter{perMinute: perMinute, now: now, young: map[netip.Prefix]*rate.Limiter{}, born: now()}
}

// allow reports whether the address may ask now, and counts that it did.
func (l *limiter) allow(from netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	return l.of(from, now).AllowN(now, 1)
}

// spent reports whether the address has used up its allowance. Nothing is
// counted: charge does so when it turns out that there is a reason.
func (l *limiter) spent(from netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	return l.of(from, now).TokensAt(now) < 1
}

// charge counts a request that began when nothing was spent. Of many that
// began at once all are counted: the address is in debt then, and waits.
func (l *limiter) charge(from netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.of(from, now).ReserveN(now, 1)
}

// of gives the allowance of an address.
func (l *limiter) of(from netip.Prefix, now time.Time) *rate.Limiter {
	if now.Sub(l.born) > time.Minute || len(l.young) >= maxAddresses {
		l.old, l.young, l.born = l.young, make(map[netip.Prefix]*rate.Limiter), now
	}
	b, ok := l.young[from]
	if !ok {
		if b, ok = l.old[from]; !ok {
			b = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), l.perMinute)
		}
		l.young[from] = b
	}
	return b
}

// clientAddress is whom a request counts for: an IPv4 address or an IPv6 /64,
// which is what one household or host has.
func clientAddress(r *http.Request, header string) netip.Prefix {
	text := ""
	if header != "" {
		values := strings.Split(strings.Join(r.Header.Values(header), ","), ",")
		// The last value is the one that our own proxy added.
		text = strings.TrimSpace(values[len(values)-1])
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		if addr, err = netip.ParseAddr(host); err != nil {
			return netip.Prefix{}
		}
	}
	addr = addr.Unmap().WithZone("")
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// limitListener lets at most n connections be open; further ones wait in the
// kernel's queue.
func limitListener(l net.Listener, n int) net.Listener {
	return &limitedListener{Listener: l, slots: make(chan struct{}, n), closed: make(chan struct{})}
}

type limitedListener struct {
	net.Listener
	slots  chan struct{} // one element for each open connection
	closed chan struct{}
	once   sync.Once
}

func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitedConn{Conn: c, release: sync.OnceFunc(func() { <-l.slots })}, nil
}

func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type limitedConn struct {
	net.Conn
	release func()
}

func (c *limitedConn) Close() error {
	err := c.Conn.Close()
	c.release()
	return err
}

// budget bounds how many bytes of bodies are in memory at once.
type budget struct {
	total int64
	free  *semaphore.Weighted
}

func newBudget(total int64) *budget {
	return &budget{total: total, free: semaphore.NewWeighted(total)}
}

// take waits for room for size bytes. release gives them back; further calls
// of it do nothing.
func (b *budget) take(ctx context.Context, size int64) (release func(), err error) {
	size = min(size, b.total)
	if b.free.TryAcquire(size) {
		return sync.OnceFunc(func() { b.free.Release(size) }), nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout/2)
	defer cancel()
	if err := b.free.Acquire(ctx, size); err != nil {
		return nil, &httpError{kind: kindBusy, retry: 5, detail: "Too many records are in memory at once; asking again does no harm", cause: err}
	}
	return sync.OnceFunc(func() { b.free.Release(size) }), nil
}
