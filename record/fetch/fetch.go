// Package fetch is how the checking of a badge reads what is kept elsewhere:
// an issuer's keys, a status list, a hosted assertion. It opens no connection
// itself: record/fetch/web does.
//
// # The interface
//
// A Fetcher gives the answer to one GET request, or an *Error that says why
// there is none. A Recorder stands before any Fetcher and holds one check to
// its Limits, asks each URL once, and writes down what came back. What it wrote
// is a Transcript.
//
// # The transcript
//
// A check that is to be repeated later, by somebody else or without a network,
// needs the bytes that it saw and the instant at which it saw them. A Transcript
// holds both, and is a Fetcher itself:
//
//	{"v":1,
//	 "at":1795309323,
//	 "entries":[
//	  {"url":"https://uni.example/status/3","at":1795309323,
//	   "status":200,"contentType":"application/json",
//	   "sha256":HEX,"bytes":N,"body":BASE64},
//	  {"url":"https://gone.example/key","at":1795309324,"error":"unreachable"}]}
//
// Times are Unix seconds. Bodies and their hashes are checked when it is read. It is evidence for
// whoever made it and proves nothing to others: no server signed it. It names
// what the badge names, so it is as private as the badge.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
)

// A Request asks for one document by GET.
type Request struct {
	URL string // absolute, without a fragment

	// Accept lists the media types that are of use, best first, without
	// parameters. Empty means any.
	Accept []string
}

// The statuses that a check tells from others (RFC 9110, section 15).
const (
	OK   = 200
	Gone = 410 // what was here is withdrawn
)

// An Answer is what a server said, whatever its status.
type Answer struct {
	Status      int    // 100 to 599 (RFC 9110, section 15)
	ContentType string // media type in lower case, without parameters; empty when none was given
	Body        []byte // as sent; the caller must not change it
}

// A Fetcher gets documents. It must be safe for concurrent use, end when ctx
// does, follow no redirect to another host, and put a bound on time and size.
// Every error is an *Error; an answer of status 404 or 500 is no error.
type Fetcher interface {
	Fetch(ctx context.Context, r Request) (Answer, error)
}

// A Kind says why there is no answer. Kinds are stable.
type Kind string

// The kinds.
const (
	Offline     Kind = "offline"      // nothing may be fetched
	BadURL      Kind = "bad-url"      // not an absolute https URL, or one with a user name
	BadAddress  Kind = "address"      // the host leads to an address of a private or special network
	Redirected  Kind = "redirect"     // it points to another host, or too often onwards
	TooLarge    Kind = "too-large"    // more bytes than are taken
	Timeout     Kind = "timeout"      // no whole answer in time
	Unreachable Kind = "unreachable"  // no such host, no connection, a broken one
	BadTLS      Kind = "tls"          // the certificate is not good for that host
	BadType     Kind = "content-type" // another media type than asked for
	Exhausted   Kind = "limit"        // the check has fetched all that one check may
	NotRecorded Kind = "not-recorded" // the transcript that is replayed does not have it
	Canceled    Kind = "canceled"     // the caller gave up
)

// kinds lists all of them, for reading.
var kinds = []Kind{Offline, BadURL, BadAddress, Redirected, TooLarge, Timeout, Unreachable, BadTLS, BadType, Exhausted, NotRecorded, Canceled}

// Known reports whether this is one of the kinds.
func (k Kind) Known() bool { return slices.Contains(kinds, k) }

// An Error says why there is no answer. Its text never repeats the URL, which
// may be what a badge says of a learner; the field has it.
type Error struct {
	URL  string
	Kind Kind
	Err  error // what the library said; may be nil, and may repeat the URL
}

// reasons words the kinds.
var reasons = map[Kind]string{
	Offline:     "nothing is fetched in this check; run it again without --offline",
	BadURL:      "the address is not an absolute https URL without a user name",
	BadAddress:  "the host leads to an address of a private or special network, and none of these is asked",
	Redirected:  "the server points to another host, or onwards too often",
	TooLarge:    "the document is larger than is taken",
	Timeout:     "there was no whole answer in time",
	Unreachable: "the host could not be reached",
	BadTLS:      "the certificate is not good for that host",
	BadType:     "the document has another media type than is needed",
	Exhausted:   "one check may not fetch more than it has",
	NotRecorded: "the transcript that is replayed does not have it",
	Canceled:    "the check was given up",
}

// Error gives the reason in words.
func (e *Error) Error() string {
	if r, ok := reasons[e.Kind]; ok {
		return r
	}
	return fmt.Sprintf("no answer (%s)", string(e.Kind))
}

// Unwrap returns what the library said.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error of a Fetcher, or Unreachable for an
// error that is not an *Error.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Unreachable
}

// maxURL is the longest URL that is asked, in bytes.
const maxURL = 2048

// CheckURL says why an URL that a badge names is not asked, whoever asks it: it
// must be absolute and of the scheme https, or also http where that is allowed,
// without a user name or fragment. The error does not repeat it.
func CheckURL(text string, http bool) error {
	if len(text) > maxURL {
		return fmt.Errorf("longer than %d bytes", maxURL)
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("no URL")
	case u.Scheme != "https" && !(http && u.Scheme == "http"):
		return errors.New("not https")
	case u.Host == "" || u.Opaque != "" || u.User != nil || u.Fragment != "":
		return errors.New("no host, or a user name or fragment")
	}
	return nil
}

// None is the Fetcher of a check without a network.
var None Fetcher = none{}

type none struct{}

func (none) Fetch(_ context.Context, r Request) (Answer, error) {
	return Answer{}, &Error{URL: r.URL, Kind: Offline}
}
