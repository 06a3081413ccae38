package node

import "fmt"

// A Problem is an RFC 9457 problem document: every error that the node's
// HTTP answers with, and the error that Client returns for it. Type and
// Status never change their meaning; Detail is for people.
type Problem struct {
	Type   string `json:"type"`   // "urn:akashi:problem:" and a name from the table in problems.go
	Title  string `json:"title"`  // what went wrong, the same for each Type
	Status int    `json:"status"` // the HTTP status
	Detail string `json:"detail,omitempty"`
	// Instance is "urn:akashi:request:" and the id that the node's log has.
	Instance string `json:"instance,omitempty"`
	// RetryAfter is how many seconds to wait before asking again, as in the
	// header Retry-After; 0 when asking again will not help by itself.
	RetryAfter int `json:"retryAfter,omitzero"`
	// ProblemDetails says the same with the types of the W3C, where a path of
	// its API refuses a request or a credential.
	ProblemDetails []ProblemDetail `json:"problemDetails,omitempty"`
}

const problemPrefix = "urn:akashi:problem:"

// problemType is the media type of a Problem (RFC 9457, section 3).
const problemType = "application/problem+json"

// Error gives title, detail and the request's id.
func (p *Problem) Error() string {
	text := p.Title
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	if p.Instance != "" {
		text += fmt.Sprintf(" (%s)", p.Instance)
	}
	return text
}

// Name is Type without its prefix: "not-final", "token-needed".
func (p Problem) Name() string {
	if len(p.Type) > len(problemPrefix) && p.Type[:len(problemPrefix)] == problemPrefix {
		return p.Type[len(problemPrefix):]
	}
	return p.Type
}

// Retry reports whether the same request may succeed later without anybody
// changing it: the record waits for its anchor, or the node is busy or down.
func (p Problem) Retry() bool { return p.RetryAfter > 0 }
