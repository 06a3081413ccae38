package audit

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
)

// Errors of Run. Others wrap anchor.ErrNoAnswer, when the chain could not be
// asked at all, or the context's error.
var (
	ErrOptions = errors.New("bad audit options")                   // the call is wrong; nothing was read
	ErrState   = errors.New("the state file is of another audit")  // or damaged, or of a chain that was made anew
	ErrRange   = errors.New("the range is not in the final chain") // nothing to audit yet
)

// Defaults of Options.
const (
	DefaultParallel   = 8
	DefaultTimeout    = 30 * time.Second
	DefaultAttempts   = 5
	DefaultMaxEntries = 1 << 32
	DefaultSaveEvery  = 10 * time.Second
	DefaultLogTime    = 20 * time.Minute
)

// Options say what to audit and where to read it.
type Options struct {
	Client        *anchor.Client     // the chain; needed
	ChainID       uint64             // EIP-155; needed
	Registry      checkpoint.Address // needed
	Log           *checkpoint.LogID  // nil: every log of the registry
	Confirmations uint64             // as of anchor.NewReader: 0 takes the chain's own word for what is final

	From, To Bound // of the anchors to audit; zero: from the beginning, up to the newest final block

	// Tiles say where the logs serve their tiles; further ones of a log are
	// mirrors. A log without any is read at https://ORIGIN, by its origin on
	// the chain, and then only at public addresses: who opens a log must not
	// make auditors knock at doors in their own network.
	Tiles []Tiles

	MaxGap time.Duration // whole seconds; a warning when there was no anchor for longer; 0: none

	// State is a file that holds how far the audit has come; empty: none. It
	// is written now and then and when Run is interrupted, each time whole or
	// not at all. When it is there Run goes on from it.
	State     string
	SaveEvery time.Duration // 0: DefaultSaveEvery

	Parallel   int           // requests at once to one log's sources; 0: DefaultParallel
	Timeout    time.Duration // of one request for tiles, to its last byte; 0: DefaultTimeout
	Attempts   int           // of each request, some time apart; 0: DefaultAttempts
	LogTime    time.Duration // of one log of a registry that is read at its own origin, for anybody opens such; 0: DefaultLogTime
	MaxEntries uint64        // of a log; memory takes up to three bits an entry; 0: DefaultMaxEntries

	Progress func(Progress) // called now and then, by one goroutine at a time; nil: not
}

// Tiles is one place where a log's tiles are served.
type Tiles struct {
	Log *checkpoint.LogID // nil: of the one log that is audited
	URL string            // http or https; paths of tiles are appended
}

// A Bound is an end of the range: a block, or a moment.
type Bound struct {
	Block *uint64
	Time  time.Time // From: the first block at it or later; To: the last one at it or before
}

func (b Bound) isZero() bool { return b.Block == nil && b.Time.IsZero() }

// A Progress says how far an audit has come.
type Progress struct {
	Log     int    // number of the log at hand, from 1; 0: the chain is read
	Logs    int    // in all
	Origin  string // of the log at hand
	Done    uint64 // blocks, or entries
	Total   uint64 // of them
	Anchors int    // of the log at hand, that were judged
}

func (o *Options) defaults() error {
	bad := func(format string, a ...any) error {
		return fmt.Errorf("%w: %s", ErrOptions, fmt.Sprintf(format, a...))
	}
	switch {
	case o.Client == nil:
		return bad("an audit needs the RPC of a chain")
	case o.ChainID == 0 || o.Registry.IsZero():
		return bad("an audit needs the chain id and the address of a registry")
	case o.From.Block != nil && !o.From.Time.IsZero() || o.To.Block != nil && !o.To.Time.IsZero():
		return bad("an end of the range is a block or a time, not both")
	case o.MaxGap < 0, o.MaxGap%time.Second != 0:
		return bad("a largest gap of %v; want whole seconds", o.MaxGap)
	}
	for _, t := range o.Tiles {
		if t.Log == nil && o.Log == nil {
			return bad("say of which log the tiles at %s are", shownURL(t.URL))
		}
		if t.Log != nil && o.Log != nil && *t.Log != *o.Log {
			return bad("the tiles at %s are of another log than the one audited", shownURL(t.URL))
		}
		if _, err := parseTilesURL(t.URL); err != nil {
			return bad("tiles: %v", err)
		}
	}
	set(&o.Parallel, DefaultParallel)
	set(&o.Timeout, DefaultTimeout)
	set(&o.Attempts, DefaultAttempts)
	set(&o.MaxEntries, DefaultMaxEntries)
	set(&o.SaveEvery, DefaultSaveEvery)
	set(&o.LogTime, DefaultLogTime)
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	return nil
}

func set[T int | uint64 | time.Duration](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

// sources gives the places of a log's tiles; none: where its origin says.
func (o *Options) sources(log checkpoint.LogID) (urls []string) {
	for _, t := range o.Tiles {
		if t.Log == nil || *t.Log == log {
			urls = append(urls, t.URL)
		}
	}
	return urls
}

// shown are those places as reports name them.
func (o *Options) shown(log checkpoint.LogID) (list []string) {
	for _, u := range o.sources(log) {
		list = append(list, strings.TrimSuffix(shownURL(u), "/"))
	}
	return list
}

func parseTilesURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("not a URL") // the cause would print it, with a password in it
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Fragment != "" || u.RawQuery != "" {
		return nil, fmt.Errorf("%s: want http://HOST/PATH or https://HOST/PATH", shownURL(raw))
	}
	return u, nil
}

// shownURL is what of a URL may be shown: no user, password, query.
func shownURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "a URL that cannot be read"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
