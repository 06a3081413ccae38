package node

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
)

// tokens are the SHA-256 of the bearer tokens that may write. The node never
// holds a token longer than a request lasts.
type tokens [][sha256.Size]byte

// parseTokens reads a tokens file: one SHA-256 in lower-case hexadecimal a
// line, what follows it after a space being a comment. Empty lines and lines
// that begin with # count for nothing.
func parseTokens(b []byte) (tokens, error) {
	var t tokens
	for i, line := range strings.Split(string(b), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		digits, _, _ := strings.Cut(line, " ")
		raw, err := hex.DecodeString(digits)
		if err != nil || len(raw) != sha256.Size || digits != strings.ToLower(digits) {
			return nil, fmt.Errorf("line %d does not begin with the SHA-256 of a token (64 lower-case hexadecimal digits)", i+1)
		}
		t = append(t, [sha256.Size]byte(raw))
	}
	if len(t) > 10_000 {
		return nil, fmt.Errorf("%d tokens, at most 10000 are taken", len(t))
	}
	return t, nil
}

// bearer is the state of a request's Authorization header.
type bearer int

const (
	noToken bearer = iota
	wrongToken
	goodToken
)

// check compares hashes, and every one of them, so that the time taken tells
// nothing of a token.
func (t tokens) check(r *http.Request) bearer {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return noToken
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return wrongToken
	}
	sum := sha256.Sum256([]byte(token))
	found := 0
	for i := range t {
		found |= subtle.ConstantTimeCompare(t[i][:], sum[:])
	}
	if found == 1 {
		return goodToken
	}
	return wrongToken
}

// authorize lets a write pass or says what is missing.
func (n *Node) authorize(r *http.Request) error {
	switch n.tokens.check(r) {
	case goodToken:
		return nil
	case wrongToken:
		return refuse(kindToken, "The token in the Authorization header is not one of this node's")
	}
	return refuse(kindToken, "Send the header Authorization: Bearer TOKEN; akashi init wrote a token to "+TokenFile)
}
