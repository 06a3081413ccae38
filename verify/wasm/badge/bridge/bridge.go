// Package bridge puts the check of badges behind what JavaScript can hand over:
// bytes and JSON. Every failure is an error with a sentence for people; whatever
// comes in, nothing panics.
//
// A badge is judged as badge.Check judges it natively, and report and transcript
// have the same JSON. When the page supplies a fetcher, it is asked with the
// method fetch and the arguments [URL, [MEDIA TYPE, …]], and answers with
//
//	{"status":N,"contentType":"…","body":BASE64}   or   {"error":KIND}
//
// where KIND is one of package fetch. Only absolute https URLs are asked.
package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/verify/wasm/host"
)

// Limits on what JavaScript hands over. The check has closer ones for badges,
// and reports what exceeds those.
const (
	MaxInput        = 16 << 20         // bytes of a badge
	MaxRecipient    = 2048             // bytes
	MaxTimeout      = 10 * time.Minute // for one check
	MaxBody         = 4 << 20          // bytes of one document, as the native fetcher takes them
	DocumentTimeout = 10 * time.Second // for one document
)

// A Request is one question.
type Request struct {
	Badge     []byte // JSON, a compact JWS, PNG or SVG
	Replay    []byte // a transcript to check by, instead of a fetcher; empty: none
	Recipient string // whose badge it must be; empty: nobody is asked for
	Language  string // en or ja; empty: en

	Now     time.Time     // zero: the clock, or the instant of the transcript
	Timeout time.Duration // 0: badge.DefaultTimeout
}

// validate returns an error when a limit is passed.
func (r Request) validate() error {
	switch {
	case len(r.Badge) > MaxInput:
		return fmt.Errorf("badge has %d bytes, at most %d are taken", len(r.Badge), MaxInput)
	case len(r.Recipient) > MaxRecipient:
		return fmt.Errorf("recipient has %d bytes, at most %d are taken", len(r.Recipient), MaxRecipient)
	case !utf8.ValidString(r.Recipient):
		return errors.New("recipient is not UTF-8")
	case r.Timeout < 0 || r.Timeout > MaxTimeout:
		return fmt.Errorf("timeout is %v, want at most %v", r.Timeout, MaxTimeout)
	case len(r.Replay) > 0 && !r.Now.IsZero():
		return errors.New("replay has an instant of its own: leave now out")
	}
	return nil
}

// answer is what Check returns.
type answer struct {
	Report     badge.Report     `json:"report"`
	Transcript fetch.Transcript `json:"transcript"`
}

// Check judges a badge and returns {"report":…,"transcript":…}. With ask nil it
// fetches nothing. An error says that there is no report, and why: the
// transcript cannot be read, or a limit is passed.
func Check(ctx context.Context, r Request, ask host.Ask) (out []byte, err error) {
	// The instance serves other checks too, and must outlive a defect.
	defer func() {
		if recover() != nil {
			out, err = nil, errors.New("the check came to a case that it has no rule for; this is a defect, please report it")
		}
	}()
	if err := r.validate(); err != nil {
		return nil, err
	}
	o := badge.Options{Recipient: r.Recipient, Timeout: r.Timeout}
	if o.Language, err = badge.ParseLanguage(r.Language); err != nil {
		return nil, err
	}
	if !r.Now.IsZero() {
		o.Now = func() time.Time { return r.Now }
	}
	if ask != nil {
		o.Fetcher = fetcher{host.Source{Ask: ask, Name: "the fetcher", Max: MaxBody/3*4 + 4096}}
	}
	if len(r.Replay) > 0 {
		if ask != nil {
			return nil, errors.New("replay stands by itself: leave fetcher out")
		}
		t, err := fetch.ParseTranscript(r.Replay)
		if err != nil {
			return nil, fmt.Errorf("replay: %w", err)
		}
		o = o.Replay(t)
	}
	report := badge.Check(ctx, r.Badge, o)
	return json.Marshal(answer{report, report.Transcript()})
}

// fetcher is a fetcher in JavaScript.
type fetcher struct{ page host.Source }

// wireAnswer is what it says of one document.
type wireAnswer struct {
	Status      int        `json:"status"`
	ContentType string     `json:"contentType"`
	Body        []byte     `json:"body"`
	Error       fetch.Kind `json:"error"`
}

// Fetch asks for one document.
func (f fetcher) Fetch(ctx context.Context, q fetch.Request) (fetch.Answer, error) {
	fail := func(kind fetch.Kind, err error) (fetch.Answer, error) {
		return fetch.Answer{}, &fetch.Error{URL: q.URL, Kind: kind, Err: err}
	}
	if err := fetch.CheckURL(q.URL, false); err != nil {
		return fail(fetch.BadURL, err)
	}
	accept := q.Accept
	if accept == nil {
		accept = []string{}
	}
	asking, cancel := context.WithTimeout(ctx, DocumentTimeout)
	defer cancel()
	w, err := host.Question[wireAnswer](asking, f.page, "fetch", q.URL, accept)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fail(fetch.Canceled, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fail(fetch.Timeout, err)
	case err != nil:
		return fail(fetch.Unreachable, err)
	case w.Error.Known():
		return fail(w.Error, nil)
	case w.Error != "" || w.Status < 100 || w.Status > 599:
		return fail(fetch.Unreachable, errors.New("the fetcher's answer has neither a status of HTTP nor a known error"))
	case len(w.Body) > MaxBody:
		return fail(fetch.TooLarge, nil)
	}
	return fetch.Answer{Status: w.Status, ContentType: mediaType(w.ContentType), Body: w.Body}, nil
}

// mediaType is the media type of a Content-Type (RFC 9110, section 8.3) in
// lower case, or empty when it has none.
func mediaType(text string) string {
	text, _, _ = strings.Cut(text, ";")
	text = strings.ToLower(strings.TrimSpace(text))
	kind, sub, ok := strings.Cut(text, "/")
	if !ok || !token(kind) || !token(sub) {
		return ""
	}
	return text
}

// token reports whether text is a restricted name (RFC 6838, section 4.2).
func token(text string) bool {
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte("!#$&-^_.+", c) < 0 {
			return false
		}
	}
	return text != "" && len(text) <= 127
}
