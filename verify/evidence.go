package verify

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// MediaType is that of an evidence file.
const MediaType = "application/vnd.akashi.evidence+json"

// Limits on evidence; what is above is refused.
const (
	MaxEvidenceSize = 1 << 20   // bytes of the file
	maxHashes       = 63        // of one inclusion proof
	maxNodes        = 64        // of one receipt proof; a trie of 2^32 receipts is at most 11 deep
	maxHeader       = 64 << 10  // bytes of a block header
	maxEntry        = 1<<16 - 1 // bytes of the last leaf (C2SP tlog-tiles)
	maxQADepth      = 64        // nested arrays and objects of qa
	maxNumber       = 1<<53 - 1 // of a JSON number that every reader keeps whole
	maxTrieIndex    = 1<<32 - 1 // of a transaction in its block, of a log in its receipt
)

// ErrEvidence is wrapped by every error that says: this is not evidence in
// its one exact form. Such bytes prove nothing, for or against a record.
var ErrEvidence = errors.New("not evidence of version 1")

// Evidence is what goes with a record and proves it (docs/formats/evidence.md).
// It holds the digest and the salt of a sealed record, which are as private
// as the record: it does not print them.
type Evidence struct {
	Record     Claim
	Log        checkpoint.Log // opened with these; its ID is computed
	Index      uint64         // of the record's entry in the log
	Existence  Existence
	Status     *Status  // nil for course-qa, whose entries have no status
	Checkpoint []byte   // a signed checkpoint of the log, or nil
	Binding    *Binding // or nil
	QA         []byte   // course reviews as RFC 8785 JSON, carried and not judged, or nil
}

// A Claim is the record as its entry shows it.
type Claim struct {
	Type   record.Type
	Open   bool          // the entry holds the record's CID, not a commitment
	Digest record.Digest // private unless Open
	Salt   record.Salt   // zero when Open
}

// Existence shows the entry in the tree of the first anchor that covers it.
type Existence struct {
	Event     Event
	Inclusion []merkle.Hash // siblings from the leaf up, at most 63
}

// A Status shows the state of the entry in the tree of a later anchor, or of
// the same.
type Status struct {
	Event         Event
	Head          []byte        // entry bytes of the last leaf of the tree
	HeadInclusion []merkle.Hash // of that leaf, at most 63
	Chunk         merkle.Chunk  // that holds the state
	ChunkProof    []merkle.Hash // of the chunk in the head's status root, at most 63
}

// Entry returns the log entry that shows the claimed record.
func (c Claim) Entry() record.Entry {
	if c.Open {
		return record.Entry{Kind: record.Open, Type: c.Type, Digest: c.Digest}
	}
	return record.Entry{Kind: record.Sealed, Type: c.Type, Commitment: record.Commit(c.Salt, c.Digest)}
}

// LogValue names the type and leaves digest and salt out.
func (c Claim) LogValue() slog.Value { return slog.StringValue(c.Type.String()) }

// Ref names the log on the registry of the existence event.
func (e Evidence) Ref() checkpoint.LogRef {
	return checkpoint.LogRef{ChainID: e.Existence.Event.ChainID, Registry: e.Existence.Event.Registry, Log: e.Log.ID()}
}

// String says what the evidence is about, without digest or salt.
func (e Evidence) String() string {
	return fmt.Sprintf("evidence of the %s at index %d of %s", e.Record.Type, e.Index, e.Ref())
}

// LogValue is what String returns.
func (e Evidence) LogValue() slog.Value { return slog.StringValue(e.String()) }

// Validate returns an error wrapping ErrEvidence unless e has the shape of
// evidence: what Encode writes and Check reads. It proves nothing.
func (e Evidence) Validate() error {
	bad := func(format string, a ...any) error {
		return fmt.Errorf("%w: %w", ErrEvidence, fmt.Errorf(format, a...))
	}
	if err := e.Record.validate(); err != nil {
		return bad("record: %w", err)
	}
	if err := e.Log.Validate(); err != nil {
		return bad("log: %w", err)
	}
	if e.Index > maxNumber {
		return bad("index %d, want below 2^53", e.Index)
	}
	if err := e.Existence.Event.validate(); err != nil {
		return bad("existence: %w", err)
	}
	if n := len(e.Existence.Inclusion); n > maxHashes {
		return bad("existence: inclusion of %d hashes, want at most %d", n, maxHashes)
	}
	if s := e.Status; s != nil {
		if e.Record.Type == record.CourseQA {
			return bad("status: a course-qa record has none")
		}
		if err := s.Event.validate(); err != nil {
			return bad("status: %w", err)
		}
		if len(s.Head) > maxEntry {
			return bad("status: head of %d bytes, want at most %d", len(s.Head), maxEntry)
		}
		if n := max(len(s.HeadInclusion), len(s.ChunkProof)); n > maxHashes {
			return bad("status: a proof of %d hashes, want at most %d", n, maxHashes)
		}
	}
	if c := e.Checkpoint; c != nil && (len(c) == 0 || len(c) > checkpoint.MaxNoteSize || !utf8.Valid(c)) {
		return bad("checkpoint: want 1 to %d bytes of UTF-8", checkpoint.MaxNoteSize)
	}
	if e.Binding != nil {
		if err := e.Binding.Validate(); err != nil {
			return bad("binding: %w", err)
		}
	}
	if e.QA != nil {
		if err := canonicalValue(e.QA); err != nil {
			return bad("qa: %w", err)
		}
	}
	return nil
}

func (c Claim) validate() error {
	if c.Type < record.Badge || c.Type > record.Document {
		return errors.New("unknown type")
	}
	if c.Open && c.Type == record.Badge {
		return errors.New("an open badge: badges are sealed always, so none can be in a log by its CID")
	}
	if !c.Open && c.Type == record.CourseQA {
		return errors.New("a sealed course-qa record: those are open always; want a cid")
	}
	if c.Open && c.Salt != (record.Salt{}) {
		return errors.New("an open record with a salt")
	}
	return nil
}

// visible reports whether s is 1 to most bytes of UTF-8 that print as one word.
func visible(s string, most int) bool {
	return s != "" && len(s) <= most && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r == ' ' || !printable(r) })
}
