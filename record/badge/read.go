package badge

import (
	"bytes"
	"errors"

	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/internal/tree"
)

// Media types of what badges name.
var (
	jsonTypes       = []string{"application/ld+json", "application/json", "application/activity+json"}
	credentialTypes = []string{
		"application/vc", "application/vc+jwt", "application/vc+ld+json", "application/vc+ld+json+jwt", "application/vc-ld+jwt",
		"application/jwt", "application/jose", "application/ld+json", "application/json", "application/statuslist+jwt",
	}
)

// ask gets a document, whatever its status. Without an answer it says why.
func (r *run) ask(url string, accept []string) (fetch.Answer, *phrase) {
	if !isWebURL(url) {
		return fetch.Answer{}, wordsNoURL
	}
	at, _ := tree.Split(url)
	answer, err := r.fetcher.Fetch(r.ctx, fetch.Request{URL: at, Accept: accept})
	if err != nil {
		return fetch.Answer{}, wordsOf(fetch.KindOf(err))
	}
	return answer, nil
}

func wordsOf(kind fetch.Kind) *phrase {
	if p, ok := fetchWords[kind]; ok {
		return p
	}
	return fetchWords[fetch.Unreachable]
}

// read gets a JSON document. Without one it says why.
func (r *run) read(url string, accept []string) (tree.Object, *phrase) {
	answer, why := r.ask(url, accept)
	switch {
	case why != nil:
		return nil, why
	case answer.Status != fetch.OK:
		return nil, wordsStatus
	}
	return r.parsed(url, answer.Body)
}

// parsed reads what was fetched as JSON. Without it, it says why.
func (r *run) parsed(url string, body []byte) (tree.Object, *phrase) {
	at, _ := tree.Split(url)
	o, err := r.work.reader.Parse(at, body)
	switch {
	case errors.Is(err, tree.ErrTooMuch):
		return nil, wordsOf(fetch.Exhausted)
	case err != nil:
		return nil, wordsMalformed
	}
	return o, nil
}

// trimmed takes the newline off a token, which servers of files leave there.
func trimmed(b []byte) []byte {
	if t := bytes.TrimRight(b, "\r\n"); !bytes.ContainsAny(t, "{ ") {
		return t
	}
	return b
}
