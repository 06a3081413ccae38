package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// MaxTranscript is the most bytes that a transcript has as a file.
const MaxTranscript = 64 << 20

// A Hash is SHA-256 of a body. As text: 64 lower-case hex digits.
type Hash [sha256.Size]byte

// MarshalText returns the digits.
func (h Hash) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h[:])), nil }

// UnmarshalText accepts just what MarshalText returns.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) != 2*len(h) || strings.ToLower(string(b)) != string(b) {
		return errors.New("a hash is 64 lower-case hex digits")
	}
	_, err := hex.Decode(h[:], b)
	return err
}

// An Entry is one question and what came back: a status with a body, or the
// kind of an error.
type Entry struct {
	URL         string `json:"url"`
	At          int64  `json:"at"` // Unix seconds
	Status      int    `json:"status,omitzero"`
	ContentType string `json:"contentType,omitzero"`
	SHA256      Hash   `json:"sha256,omitzero"`
	Bytes       int64  `json:"bytes,omitzero"`
	Body        []byte `json:"body,omitempty"` // base64
	Error       Kind   `json:"error,omitzero"`
}

// Shown is the entry without its body, for a report.
func (e Entry) Shown() Entry {
	e.Body = nil
	return e
}

// answer gives the entry as the answer to a request. The same document may be
// asked for with other media types, so these are looked at here.
func (e Entry) answer(q Request) (Answer, error) {
	if e.Error != "" {
		return Answer{}, &Error{URL: e.URL, Kind: e.Error}
	}
	if e.Status == 200 && !Acceptable(e.ContentType, q.Accept) {
		return Answer{}, &Error{URL: e.URL, Kind: BadType}
	}
	return Answer{Status: e.Status, ContentType: e.ContentType, Body: e.Body}, nil
}

// Acceptable reports whether a media type is one of those asked for. Servers
// of files often know none of a document, so an answer that names none, or
// only that it is text or bytes, is left to its reader.
func Acceptable(contentType string, accept []string) bool {
	switch contentType {
	case "", "application/octet-stream", "text/plain":
		return true
	}
	return len(accept) == 0 || slices.Contains(accept, contentType)
}

// A Transcript is what one check fetched and when. It is a Fetcher that knows
// nothing else.
type Transcript struct {
	At      time.Time // when the check began, to the second, UTC
	Entries []Entry   // in the order in which they were asked
}

type transcriptJSON struct {
	V       int     `json:"v"`
	At      int64   `json:"at"`
	Entries []Entry `json:"entries"`
}

// MarshalJSON returns the file of a transcript.
func (t Transcript) MarshalJSON() ([]byte, error) {
	entries := t.Entries
	if entries == nil {
		entries = []Entry{}
	}
	return json.Marshal(transcriptJSON{V: 1, At: t.At.Unix(), Entries: entries})
}

// ParseTranscript reads a file. It refuses unknown and repeated members, a
// body that is not the one of its hash, and an URL that stands twice.
func ParseTranscript(b []byte) (Transcript, error) {
	if len(b) > MaxTranscript {
		return Transcript{}, fmt.Errorf("transcript of %d bytes, at most %d are taken", len(b), MaxTranscript)
	}
	var j transcriptJSON
	if err := json.Unmarshal(b, &j, json.RejectUnknownMembers(true)); err != nil {
		// The library's words may repeat the content.
		return Transcript{}, errors.New("not a transcript: the JSON has another shape, or is none; make it with akashi badge check --record")
	}
	if j.V != 1 {
		return Transcript{}, fmt.Errorf("transcript of version %d, this release reads version 1", j.V)
	}
	if j.At <= 0 || j.At >= 1<<40 {
		return Transcript{}, errors.New("the transcript does not say when the check was made")
	}
	seen := map[string]bool{}
	for i, e := range j.Entries {
		var wrong string
		switch {
		case e.URL == "":
			wrong = "has no URL"
		case seen[e.URL]:
			wrong = "repeats an URL"
		case e.Error != "" && !e.Error.Known():
			wrong = "has an error of an unknown kind"
		case e.Error != "" && (e.Status != 0 || len(e.Body) > 0 || e.Bytes != 0 || e.ContentType != "" || e.SHA256 != Hash{}):
			wrong = "has an error and an answer"
		case e.Error == "" && (e.Status < 100 || e.Status > 599):
			wrong = "has a status that HTTP does not know"
		case e.Error == "" && e.SHA256 != sha256.Sum256(e.Body):
			wrong = "has a body that is not the one of its hash"
		case e.Bytes != int64(len(e.Body)):
			wrong = "has a body of another length than it says"
		}
		if wrong != "" {
			return Transcript{}, fmt.Errorf("entry %d of the transcript %s", i+1, wrong)
		}
		seen[e.URL] = true
	}
	return Transcript{At: time.Unix(j.At, 0).UTC(), Entries: j.Entries}, nil
}

// Fetch gives what was answered then.
func (t Transcript) Fetch(_ context.Context, q Request) (Answer, error) {
	for _, e := range t.Entries {
		if e.URL == q.URL {
			return e.answer(q)
		}
	}
	return Answer{}, &Error{URL: q.URL, Kind: NotRecorded}
}
