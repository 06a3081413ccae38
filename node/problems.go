package node

import (
	"context"
	"errors"
	"net/http"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
)

// A kind is one row of the table of problems.
type kind struct {
	name   string
	status int
	title  string
}

// The kinds of problem. Names are permanent; docs/http.md lists them.
var (
	kindBadRequest  = kind{"bad-request", http.StatusBadRequest, "The request is malformed"}
	kindToken       = kind{"token-needed", http.StatusUnauthorized, "A token is needed"}
	kindScope       = kind{"token-scope", http.StatusForbidden, "The token does not allow this"}
	kindPrivate     = kind{"private", http.StatusForbidden, "This way of asking needs a token"}
	kindNotFound    = kind{"not-found", http.StatusNotFound, "There is no such thing here"}
	kindMethod      = kind{"method-not-allowed", http.StatusMethodNotAllowed, "This path takes another method"}
	kindNotFinal    = kind{"not-final", http.StatusConflict, "The record is logged and waits for a final anchor"}
	kindNoEffect    = kind{"no-effect", http.StatusConflict, "The status change would have no effect"}
	kindForgotten   = kind{"forgotten", http.StatusGone, "The record was forgotten"}
	kindTooLarge    = kind{"too-large", http.StatusRequestEntityTooLarge, "The request is too large"}
	kindMediaType   = kind{"media-type", http.StatusUnsupportedMediaType, "The content type is not taken"}
	kindRecord      = kind{"record-refused", http.StatusUnprocessableEntity, "The record is refused"}
	kindCredential  = kind{"credential-refused", http.StatusBadRequest, "The credential is refused"}
	kindTooMany     = kind{"too-many-requests", http.StatusTooManyRequests, "Too many requests from this address"}
	kindInternal    = kind{"internal", http.StatusInternalServerError, "The node failed"}
	kindUnavailable = kind{"unavailable", http.StatusServiceUnavailable, "The node cannot do this now"}
	kindRollback    = kind{"rollback", http.StatusServiceUnavailable, "The node refuses to write"}
	kindNoRoom      = kind{"no-room", http.StatusInsufficientStorage, "The node's disk is full"}
	kindBusy        = kind{"busy", http.StatusServiceUnavailable, "The node is busy"}
	kindSlow        = kind{"request-timeout", http.StatusRequestTimeout, "The request came too slowly"}
)

// domainKinds says which problem an error of the parts below is. The first
// row that matches counts; an error in no row is kindInternal. shown rows
// repeat the error's text, which by the rules of those packages holds nothing
// private; the others get detail.
var domainKinds = []struct {
	err    error
	kind   kind
	shown  bool
	detail string
	retry  int // seconds
}{
	{err: record.ErrFormat, kind: kindRecord, shown: true},
	{err: store.ErrForgotten, kind: kindForgotten, detail: "What this node held of it is destroyed; it is not taken a second time, and there is no evidence of it any more"},
	{err: store.ErrNoEffect, kind: kindNoEffect, shown: true},
	{err: store.ErrRefused, kind: kindRecord, shown: true},
	{err: store.ErrNotFound, kind: kindNotFound, detail: "The log does not hold it"},
	{err: store.ErrFull, kind: kindNoRoom, detail: "Nothing that was acknowledged is lost; the operator has to make room on the node's disk", retry: 60},
	{err: store.ErrBroken, kind: kindUnavailable, detail: "A write to the node's disk failed; nothing that was acknowledged is lost; the operator has to look at the node's log and restart it"},
	{err: store.ErrClosed, kind: kindUnavailable, detail: "The node is stopping", retry: 5},
	{err: context.DeadlineExceeded, kind: kindBusy, detail: "The node did not finish in time; asking again does no harm", retry: 5},
	{err: context.Canceled, kind: kindUnavailable, detail: "The node is stopping, or the request was given up", retry: 5},
}

// A httpError is what a handler returns: what the client is told, and the
// cause, which only the node's log sees.
type httpError struct {
	kind   kind
	detail string
	retry  int
	cause  error
	header http.Header

	details []ProblemDetail // of requests of the W3C's API
}

func (e *httpError) Error() string {
	text := e.kind.name + ": " + e.detail
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

func (e *httpError) Unwrap() error { return e.cause }

// problem is what the client is told; id is the request's, or "" where another
// document names it.
func (e *httpError) problem(id string) Problem {
	p := Problem{Type: problemPrefix + e.kind.name, Title: e.kind.title, Status: e.kind.status, Detail: e.detail, RetryAfter: e.retry, ProblemDetails: e.details}
	if id != "" {
		p.Instance = "urn:akashi:request:" + id
	}
	return p
}

// refuse makes the error of a kind; detail must be fit to be seen.
func refuse(k kind, detail string) *httpError { return &httpError{kind: k, detail: detail} }

// asHTTPError finds the row of an error.
func asHTTPError(err error) *httpError {
	var known *httpError
	if errors.As(err, &known) {
		return known
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &httpError{kind: kindTooLarge, detail: sizeText(tooLarge.Limit), cause: err}
	}
	for _, row := range domainKinds {
		if errors.Is(err, row.err) {
			e := &httpError{kind: row.kind, detail: row.detail, retry: row.retry, cause: err}
			if row.shown {
				e.detail = err.Error()
			}
			return e
		}
	}
	return &httpError{kind: kindInternal, detail: "The node's log has the cause under this request's id", cause: err}
}
