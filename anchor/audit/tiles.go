package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
)

// Limits on what a source of tiles may answer.
const (
	// usualBundle is the largest entry bundle that is read ahead of its turn:
	// entries of this format version have at most 39 bytes. Larger ones, up
	// to what C2SP tlog-tiles can express, are read one at a time.
	usualBundle = 64 << 10
	maxBundle   = merkle.TileWidth * (2 + merkle.MaxEntry)

	maxRedirects  = 3
	longestPause  = 60 * time.Second // before a request is tried again
	shortestPause = 200 * time.Millisecond
)

// A source is one place where a log's tiles are served.
type source struct {
	shown    string // as reports name it
	base     string // with a slash at the end
	client   *http.Client
	timeout  time.Duration
	attempts int
	until    time.Time   // when it has taken too long; zero: never
	silent   atomic.Bool // it did not answer the last request, however often it was asked
}

// newSource prepares to read at a URL. A URL that comes from the chain, by
// the log's origin, is read at public addresses only.
func newSource(raw string, fromChain bool, o *Options) (*source, error) {
	u, err := parseTilesURL(raw)
	if err != nil {
		return nil, err
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxConnsPerHost = o.Parallel
	t.MaxIdleConnsPerHost = o.Parallel
	t.MaxResponseHeaderBytes = 64 << 10
	if fromChain {
		t.Proxy = nil // or the proxy's address would be the one that is looked at
		t.DialContext = (&net.Dialer{Timeout: o.Timeout, Control: publicOnly}).DialContext
	}
	s := &source{shown: strings.TrimSuffix(shownURL(raw), "/"), timeout: o.Timeout, attempts: o.Attempts}
	if fromChain && o.Log == nil {
		// Two transactions make a log of four billion entries, whose tiles come
		// as slowly as somebody likes: others are to have their turn.
		s.until = time.Now().Add(o.LogTime)
	}
	s.base = strings.TrimSuffix(u.String(), "/") + "/"
	s.client = &http.Client{Transport: t, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects || fromChain && req.URL.Scheme != "https" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return s, nil
}

func (s *source) close() { s.client.CloseIdleConnections() }

// errPrivate says that an origin on the chain leads into a private network.
var errPrivate = errors.New("not a public address")

// publicOnly refuses to connect to addresses that are not public.
func publicOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errPrivate
	}
	a := at.Addr().Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return errPrivate
	}
	return nil
}

// special are the ranges that net/netip takes as public and that lead into a
// private network, or nowhere
// (<https://www.iana.org/assignments/iana-ipv4-special-registry>, and the same
// for IPv6).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // within providers' networks (RFC 6598)
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),        // IPv4 inside IPv6, as it was once
	netip.MustParsePrefix("2001::/32"),    // and as some still have it (RFC 4380)
	netip.MustParsePrefix("fec0::/10"),    // site-local, as private networks were once (RFC 3879)
	netip.MustParsePrefix("64:ff9b::/96"), // IPv4 inside IPv6, any of it (RFC 6052)
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"),
}

// A sourceError says why a source gave nothing, in words that do not depend
// on the auditor's machine.
type sourceError struct {
	what    string
	missing bool // it answered that there is no such thing
	large   bool
}

func (e *sourceError) Error() string { return e.what }

func missing(err error) bool {
	var e *sourceError
	return errors.As(err, &e) && e.missing
}

func tooLarge(err error) bool {
	var e *sourceError
	return errors.As(err, &e) && e.large
}

// get reads what is at a path below the source's URL, at most limit bytes. It
// tries again when that may help. The error is a *sourceError, or the
// context's.
func (s *source) get(ctx context.Context, path string, limit int) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		if !s.until.IsZero() && time.Now().After(s.until) {
			return nil, &sourceError{what: "the time for one log of a registry is over; audit it alone, or name it by --tiles"}
		}
		b, wait, err := s.getOnce(ctx, path, limit)
		if err == nil {
			s.silent.Store(false)
			return b, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if wait < 0 {
			return nil, err
		}
		// Who has not answered before is asked once more, and not waited for.
		if attempt >= s.attempts || s.silent.Load() {
			s.silent.Store(true)
			return nil, err
		}
		if err := pause(ctx, max(wait, backoff(attempt))); err != nil {
			return nil, err
		}
	}
}

// backoff is how long to wait after a number of attempts.
func backoff(attempt int) time.Duration {
	d := min(shortestPause<<min(attempt-1, 10), longestPause)
	return d/2 + rand.N(d/2) // so that many that failed at once do not come again at once
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// getOnce asks once. With an error comes how long to wait at least before
// asking again; below 0: it would not help.
func (s *source) getOnce(ctx context.Context, path string, limit int) ([]byte, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, nil)
	if err != nil {
		return nil, -1, &sourceError{what: "its address cannot be used"}
	}
	req.Header.Set("User-Agent", "akashi-audit")
	resp, err := s.client.Do(req)
	if err != nil {
		if errors.Is(err, errPrivate) {
			return nil, -1, &sourceError{what: "its address is not a public one; name it by --tiles if you trust it"}
		}
		return nil, 0, &sourceError{what: "nobody answers"}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		e := &sourceError{what: fmt.Sprintf("it answers with HTTP status %d", resp.StatusCode), missing: resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone}
		switch c := resp.StatusCode; {
		case c == http.StatusTooManyRequests, c == http.StatusRequestTimeout, c == http.StatusTooEarly, c >= 500:
			return nil, retryAfter(resp), e
		}
		return nil, -1, e
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	switch {
	case len(b) > limit:
		return nil, -1, &sourceError{what: fmt.Sprintf("it answers with more than %d bytes", limit), large: true}
	case err != nil:
		return nil, 0, &sourceError{what: "its answers break off or take too long"}
	}
	return b, 0, nil
}

// retryAfter is how long a server asks to be left alone, within reason.
func retryAfter(resp *http.Response) time.Duration {
	n, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(min(n, 3600))*time.Second, longestPause)
}

// bundle reads the first width entries of a bundle: also from a wider one,
// since partial bundles may go when the log has grown (C2SP tlog-tiles). now
// is how many entries the log has, as far as that is known.
func (s *source) bundle(ctx context.Context, index uint64, width int, now uint64, limit int) (entries [][]byte, raw []byte, err error) {
	widths := widthsToTry(index, width, now)
	for again := 0; ; again++ {
		for _, w := range widths {
			raw, err = s.get(ctx, merkle.Bundle{Index: index, Width: w}.Path(), limit)
			if err == nil {
				entries, err = merkle.ParseBundle(raw, w)
				if err == nil {
					return cutBundle(entries, raw, width)
				}
				err = &sourceError{what: "what it answers is no entry bundle"}
			}
			if !missing(err) {
				break
			}
		}
		// What is malformed may have been damaged on its way.
		if again > 0 || missing(err) || tooLarge(err) || ctx.Err() != nil || s.attempts == 1 || errors.Is(err, context.Canceled) {
			return nil, nil, err
		}
		var e *sourceError
		if !errors.As(err, &e) || e.what != "what it answers is no entry bundle" {
			return nil, nil, err
		}
	}
}

// widthsToTry are those under which the first width items of a tile may be
// there, the likeliest first: a log has now items of that level.
func widthsToTry(index uint64, width int, now uint64) []int {
	widths := []int{width}
	if width == merkle.TileWidth {
		return widths
	}
	// Partial tiles of before may be gone.
	if w := int(min(merkle.TileWidth, max(now, index*merkle.TileWidth)-index*merkle.TileWidth)); w > width {
		widths = []int{w, width}
	}
	if widths[0] != merkle.TileWidth {
		widths = append(widths, merkle.TileWidth)
	}
	return widths
}

func cutBundle(entries [][]byte, raw []byte, width int) ([][]byte, []byte, error) {
	n := 0
	for _, e := range entries[:width] {
		n += 2 + len(e)
	}
	return entries[:width], raw[:n], nil
}

// tile reads the first hashes of a tile, also from a wider one.
func (s *source) tile(ctx context.Context, t merkle.Tile, now uint64) (hashes []merkle.Hash, err error) {
	for _, w := range widthsToTry(t.Index, t.Width, now>>(merkle.TileHeight*t.Level)) {
		var b []byte
		b, err = s.get(ctx, merkle.Tile{Level: t.Level, Index: t.Index, Width: w}.Path(), merkle.TileSize)
		if missing(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if hashes, err = merkle.ParseTile(b, w); err != nil {
			return nil, &sourceError{what: "what it answers is no tile"}
		}
		return hashes[:t.Width], nil
	}
	return nil, err
}

// statusTile reads the states of 32,768 entries.
func (s *source) statusTile(ctx context.Context, index uint64) ([]byte, error) {
	// The path is that of a full bundle with another word (docs/formats/log.md).
	path := "tile/status/" + strings.TrimPrefix(merkle.Bundle{Index: index, Width: merkle.TileWidth}.Path(), "tile/entries/")
	b, err := s.get(ctx, path, merkle.StatusTileSize)
	if err == nil && len(b) != merkle.StatusTileSize {
		err = &sourceError{what: "what it answers is no tile of states"}
	}
	return b, err
}

// checkpoint reads the log's signed head.
func (s *source) checkpoint(ctx context.Context) ([]byte, error) {
	return s.get(ctx, "checkpoint", checkpoint.MaxNoteSize)
}

// originURL is where a log serves its tiles when nobody says otherwise.
func originURL(origin string) (string, error) {
	u, err := url.Parse("https://" + origin)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("its origin is no place on the web")
	}
	return u.String(), nil
}
