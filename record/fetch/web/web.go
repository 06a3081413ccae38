// Package web fetches documents over HTTPS for a check whose URLs strangers
// choose. A badge may name any URL, and whoever checks it may stand inside a
// university's network, so
//
//   - only https is spoken, unless Options say otherwise, and with no proxy,
//     cookie, user name or header beyond Accept and User-Agent;
//   - the address that a connection goes to is looked at when it is dialled,
//     after names are resolved: a name that answers with a public address
//     first and a private one later gets nowhere;
//   - redirects stay on the host, its port and https;
//   - bodies are taken up to a size, as sent: compression is not asked for and
//     not undone, so there is nothing to blow up.
//
// It logs nothing. But net/http writes what a host sends unasked to the logger
// of package log: a program whose log is kept sends that one to io.Discard.
package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/akashi-project/akashi/record/fetch"
)

// Limits of a Client whose Options give none.
const (
	DefaultTimeout = 10 * time.Second // for one document, redirects included
	DefaultBytes   = 4 << 20          // of one document
	MaxRedirects   = 3
	maxHeader      = 64 << 10
)

// Options say what a Client may do beyond the safe default.
type Options struct {
	Timeout time.Duration // for one document; 0 means DefaultTimeout
	Bytes   int64         // of one document; 0 means DefaultBytes

	// Networks lists addresses that are asked although they are not public,
	// as a university does for hosts of its own.
	Networks []netip.Prefix

	// HTTP lets URLs of the scheme http be fetched. Whoever can change what
	// passes on the way can then change the answer.
	HTTP bool

	// Roots are the certificate authorities that count; nil means those of
	// the system.
	Roots *x509.CertPool
}

// A Client is a fetch.Fetcher. Many goroutines may use it.
type Client struct {
	options Options
	http    *http.Client
}

// errAddress marks a refused address on its way through net/http.
var errAddress = errors.New("address of a private or special network")

// errRedirect marks a refused redirect.
var errRedirect = errors.New("redirect refused")

// New returns a Client. It opens no connection before it is asked.
func New(o Options) *Client {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Bytes <= 0 {
		o.Bytes = DefaultBytes
	}
	c := &Client{options: o}
	dialer := &net.Dialer{Timeout: o.Timeout, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		// The last moment before the connection: address is what was resolved.
		at, err := netip.ParseAddrPort(address)
		if err != nil || !c.may(at.Addr()) {
			return errAddress
		}
		return nil
	}}
	c.http = &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil, // one of the environment would resolve names for us
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
			TLSHandshakeTimeout:    o.Timeout,
			ResponseHeaderTimeout:  o.Timeout,
			MaxResponseHeaderBytes: maxHeader,
			DisableCompression:     true,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    1,
			MaxIdleConns:           16,
			IdleConnTimeout:        30 * time.Second,
		},
		CheckRedirect: func(next *http.Request, before []*http.Request) error {
			first := before[0].URL
			if len(before) > MaxRedirects || next.URL.Scheme != first.Scheme || next.URL.Host != first.Host || next.URL.User != nil {
				return errRedirect
			}
			next.Header.Del("Referer") // the URL may be that of a learner's badge
			return nil
		},
	}
	return c
}

// may reports whether a connection to an address is allowed.
func (c *Client) may(a netip.Addr) bool {
	if Public(a) {
		return true
	}
	for _, p := range c.options.Networks {
		if p.Contains(a) || p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// Close gives up idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Fetch gets one document.
func (c *Client) Fetch(ctx context.Context, q fetch.Request) (fetch.Answer, error) {
	fail := func(kind fetch.Kind, err error) (fetch.Answer, error) {
		return fetch.Answer{}, &fetch.Error{URL: q.URL, Kind: kind, Err: err}
	}
	if err := fetch.CheckURL(q.URL, c.options.HTTP); err != nil {
		return fail(fetch.BadURL, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, q.URL, nil)
	if err != nil {
		return fail(fetch.BadURL, err)
	}
	r.Header.Set("User-Agent", "akashi")
	r.Header.Set("Accept-Encoding", "identity")
	if len(q.Accept) > 0 {
		r.Header.Set("Accept", strings.Join(q.Accept, ", "))
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return fail(kindOf(ctx, err), err)
	}
	defer answer.Body.Close()
	if enc := answer.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return fail(fetch.BadType, errors.New("the server compresses what was asked for as it is"))
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, c.options.Bytes+1))
	if err == nil {
		// A server that is told to stop may end its answer in good order, and
		// too short.
		err = ctx.Err()
	}
	switch {
	case err != nil:
		return fail(kindOf(ctx, err), err)
	case int64(len(body)) > c.options.Bytes:
		return fail(fetch.TooLarge, fmt.Errorf("more than %d bytes", c.options.Bytes))
	}
	contentType := ""
	if text := answer.Header.Get("Content-Type"); text != "" {
		if contentType, _, err = mime.ParseMediaType(text); err != nil {
			contentType = "" // as a server that says nothing
		}
	}
	if answer.StatusCode == http.StatusOK && !fetch.Acceptable(contentType, q.Accept) {
		return fail(fetch.BadType, nil)
	}
	return fetch.Answer{Status: answer.StatusCode, ContentType: contentType, Body: body}, nil
}

// kindOf reads the kind from an error of net/http.
func kindOf(ctx context.Context, err error) fetch.Kind {
	var timeout net.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errAddress):
		return fetch.BadAddress
	case errors.Is(err, errRedirect):
		return fetch.Redirected
	case errors.Is(ctx.Err(), context.Canceled):
		return fetch.Canceled
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return fetch.Timeout
	case errors.As(err, &certificate):
		return fetch.BadTLS
	}
	return fetch.Unreachable
}
