package node

import (
	"time"

	"github.com/akashi-project/akashi/record"
)

// BatchMediaType is the media type of the lines of a batch, both ways: JSON
// documents with a newline (U+000A) after each.
const BatchMediaType = "application/x-ndjson"

// BatchOptions are the parameters of a batch.
type BatchOptions struct {
	// Wait is how far every record must have come before the summary is given:
	// StateLogged (also the empty string), StateAnchored or StateFinal. The
	// answers to the records do not wait.
	Wait string
	// Timeout bounds that wait; 0 lets the node choose (60s), at most 5m.
	Timeout time.Duration
}

// A BatchRecord is one record of a batch. Exactly one of Record, Digest and
// Line is set.
type BatchRecord struct {
	// Record is the record's bytes, whatever their form.
	Record []byte
	// Digest stands for a record that its owner keeps; it needs Type.
	Digest *record.Digest
	// Line is a whole line as the node reads it (docs/http.md), without its
	// newline; it goes out as it is, and Type, Open and Force must be unset.
	Line []byte

	Type  *record.Type // nil lets the node infer it from the bytes
	Open  bool         // publish a document's bytes
	Force bool         // as Submission.Force
}

// A BatchAnswer is what became of one record.
type BatchAnswer struct {
	// Line counts the lines that were sent, from 1: blank ones too, which have
	// no answer.
	Line uint64
	// Logged says where the record is, when Problem is nil.
	Logged Logged
	// Problem says why this record was not logged. Problem.Retry tells that it
	// may be sent again.
	Problem *Problem
}

// A BatchSummary is what the last line of an answer says. Without it the
// answer was cut off, and what has no answer must be sent again.
type BatchSummary struct {
	Lines      uint64 `json:"lines"`      // that have an answer
	Logged     uint64 `json:"logged"`     // records in the log, the duplicates among them
	Duplicates uint64 `json:"duplicates"` // of those, logged before
	Refused    uint64 `json:"refused"`    // lines answered by a problem
	// State is how far all of the logged records are, when Wait asked for more
	// than StateLogged; it is less than Wait when the time was up. A batch
	// that logged nothing has none.
	State string `json:"state,omitempty"`
	// Problem says why the node answered no further lines; nil when it read
	// all of them.
	Problem *Problem `json:"problem,omitempty"`
}
