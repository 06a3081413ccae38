package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// tokenList is the tokens file as the node last read it. The node never holds
// a token longer than a request lasts.
//
// Each request that shows a token looks whether the file has changed, which
// is one stat: a token that is revoked is refused from then on. A new file
// that is broken or gone changes nothing but err, so that an editor's mistake
// locks nobody out.
type tokenList struct {
	path string
	log  *slog.Logger

	mu   sync.Mutex // guards the rest
	list map[[sha256.Size]byte]Token
	read bool        // list was read: there was a good file once
	seen os.FileInfo // of the file that was last looked into; nil when it could not be
	raw  []byte      // its content
	hot  bool        // it was just being written, so seen may not tell the next change
	err  error       // why the file as it is now is not what counts
}

// openTokens reads the file for the first time.
func openTokens(path string, log *slog.Logger) (*tokenList, error) {
	t := &tokenList{path: path, log: log}
	t.refresh(context.Background())
	return t, t.err
}

// settleTime is above the grain of the times of files: one that was changed
// as recently may be changed again without its time showing it.
const settleTime = 100 * time.Millisecond

// refresh reads the file again when it is another.
func (t *tokenList) refresh(ctx context.Context) {
	info, err := os.Stat(t.path)
	if err == nil && t.seen != nil && !t.hot && os.SameFile(info, t.seen) && info.Size() == t.seen.Size() && info.ModTime().Equal(t.seen.ModTime()) {
		return
	}
	// The content is read after the stat: when it changes in between, the
	// next stat shows it.
	var b []byte
	if err == nil {
		b, err = readTokensFile(t.path)
	}
	if err != nil {
		t.seen, t.raw = nil, nil
		t.refuse(ctx, err)
		return
	}
	same := t.seen != nil && bytes.Equal(b, t.raw)
	t.seen, t.raw, t.hot = info, b, time.Since(info.ModTime()).Abs() < settleTime
	if same {
		return
	}
	list, err := ParseTokens(b)
	if err != nil {
		t.refuse(ctx, fmt.Errorf("%s: %w", t.path, err))
		return
	}
	if t.read {
		t.log.InfoContext(ctx, "tokens read again", "tokens", len(list))
	}
	t.list = make(map[[sha256.Size]byte]Token, len(list))
	for _, token := range list {
		t.list[token.Hash] = token
	}
	t.read, t.err = true, nil
}

// refuse keeps what counts, and says so once.
func (t *tokenList) refuse(ctx context.Context, err error) {
	if t.read && (t.err == nil || t.err.Error() != err.Error()) {
		t.log.ErrorContext(ctx, "tokens file refused, the tokens read before count", "err", err)
	}
	t.err = err
}

// Err says why the tokens file as it is now does not count, or nil.
func (t *tokenList) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refresh(context.Background())
	return t.err
}

// find gives the token with a hash. How long that takes may tell of hashes,
// never of tokens: who guesses does not choose the hash of a guess.
func (t *tokenList) find(ctx context.Context, sum [sha256.Size]byte) (Token, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refresh(ctx)
	token, ok := t.list[sum]
	return token, ok
}

// TokensErr says why the tokens file as it is now is refused; nil when it is
// not. Tokens read before go on counting meanwhile.
func (n *Node) TokensErr() error { return n.tokens.Err() }

// errNoToken marks the refusal of a request that shows no token.
var errNoToken = errors.New("no token")

// bearer gives the token of a request's Authorization header (RFC 6750,
// section 2.1). The error of a request without one wraps errNoToken; a token
// that does not count is an error of its own, and not passed over.
func (n *Node) bearer(r *http.Request) (Token, error) {
	headers := r.Header.Values("Authorization")
	var scheme, text string
	if len(headers) > 0 {
		scheme, text, _ = strings.Cut(headers[0], " ")
	}
	switch {
	case len(headers) == 0, len(headers) == 1 && !strings.EqualFold(scheme, "Bearer"):
		return Token{}, challenge(&httpError{kind: kindToken, cause: errNoToken,
			detail: "Send the header Authorization: Bearer TOKEN; akashi init wrote a token to " + TokenFile}, "")
	case len(headers) > 1:
		return Token{}, challenge(refuse(kindToken, "The header Authorization is there more than once"), "invalid_token")
	}
	t, ok := n.tokens.find(r.Context(), HashToken(text))
	switch {
	case !ok:
		return Token{}, challenge(refuse(kindToken, "The token in the Authorization header is not one of this node's"), "invalid_token")
	case t.Expired(n.config.Now()):
		return Token{}, challenge(refuse(kindToken, "The token expired at "+t.Expires.Format(time.RFC3339)+"; the operator makes another by akashi token new"), "invalid_token")
	}
	return t, nil
}

// authorize lets a request pass whose token has the scope, or says what is
// missing: 401 without a token that counts, 403 with one that does not allow
// this (RFC 6750, section 3.1).
func (n *Node) authorize(r *http.Request, s Scope) error {
	t, err := n.bearer(r)
	if err != nil {
		return err
	}
	if !t.Allows(s) {
		return lacking(s)
	}
	return nil
}

// lacking refuses a token without the scope.
func lacking(s Scope) error {
	e := refuse(kindScope, "The token lacks the scope "+string(s)+"; the operator makes one that has it by akashi token new --scopes "+string(s))
	return challenge(e, "insufficient_scope", "scope", string(s))
}

// challenge adds the header WWW-Authenticate (RFC 6750, section 3): problem is
// one of its error codes, or empty when no token was shown, and more are names
// and values of further attributes.
func challenge(e *httpError, problem string, more ...string) *httpError {
	value := `Bearer realm="akashi"`
	if problem != "" {
		more = append([]string{"error", problem}, more...)
	}
	for i := 0; i < len(more); i += 2 {
		value += ", " + more[i] + `="` + more[i+1] + `"`
	}
	e.header = http.Header{"Www-Authenticate": {value}}
	return e
}
