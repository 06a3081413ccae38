package audit

import (
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/verify"
)

// ReportVersion is the version of the form of a Report.
const ReportVersion = 1

// A Report is what an audit found. It is plain data that follows from the
// inputs alone: no clock, host name or path of the auditor's machine is in it,
// and every list has a fixed order. So two auditors who read the same inputs
// hold reports that are equal byte for byte.
//
// It names nobody: a log holds no record, and the report holds less.
type Report struct {
	Version  int                `json:"version"` // ReportVersion
	Registry Registry           `json:"registry"`
	Subject  *checkpoint.LogRef `json:"subject,omitzero"` // the one log asked for; absent: all of the registry
	Range    Range              `json:"range"`
	Inputs   []Input            `json:"inputs"`   // all that was read: of the registry, then of each log in the order of Logs, by kind in the order of the constants
	Findings []Finding          `json:"findings"` // those that are about no single log
	Logs     []Log              `json:"logs"`     // in the order of their opening
	Verdict  verify.Verdict     `json:"verdict"`  // refuted if any log is, else could-not-tell if any is; could-not-tell if the contract is not the registry
}

// A Registry is the contract that holds the logs.
type Registry struct {
	ChainID  uint64             `json:"chainId"`
	Address  checkpoint.Address `json:"address"`
	CodeHash verify.BlockHash   `json:"codeHash"` // keccak256 of its runtime code, as the RPC gave it; zero: not known
	Known    bool               `json:"known"`    // CodeHash is that of the registry of this release
}

// A Range is what part of the chain was audited: the anchors in blocks From to
// To, both included.
type Range struct {
	From verify.Block `json:"from"` // block 0 unless an earlier end was asked for
	To   verify.Block `json:"to"`   // final; the newest final block of the time unless asked for
	// Partial: From was asked for. Anchors before it were not judged, but for
	// the last one of each log. Entries before it were read all the same.
	Partial bool `json:"partial"`
	// Past: To was asked for. What a log serves now was not compared.
	Past bool `json:"past"`
	// MaxGapSeconds is the longest time between two anchors that was asked
	// for; absent: none was, and no gap is a finding.
	MaxGapSeconds uint64 `json:"maxGapSeconds,omitzero"`
	// Confirmations is how many blocks had to lie above a block that was taken
	// as final; absent: the chain's own word was.
	Confirmations uint64 `json:"confirmations,omitzero"`
}

// An Input is one stream of bytes that the audit read.
type Input struct {
	Log    *checkpoint.LogID `json:"log,omitzero"` // absent: of the registry as a whole
	Kind   string            `json:"kind"`         // one of the Input constants
	Source string            `json:"source"`       // "chain"; the address where tiles were read, without user and query; "tiles" for hash tiles of several
	Items  uint64            `json:"items"`        // events, headers, entries, tiles
	Bytes  uint64            `json:"bytes"`        // that were hashed
	SHA256 merkle.Hash       `json:"sha256"`       // of the bytes, in the form that docs/formats/audit.md gives for the kind
}

// The kinds of Input.
const (
	InputCode         = "code"         // of the registry
	InputHeaders      = "headers"      // number, hash and time of each block with an event other than Skipped
	InputEvents       = "events"       // of a log, in the order of the chain
	InputTransactions = "transactions" // that carried events of the owner, or anchors that were looked into
	InputState        = "state"        // what the registry held of the log at the end of the range, when that could be asked
	InputEntries      = "entries"      // each after its length in two bytes: entry bundles in a row
	InputHashTiles    = "hash-tiles"   // read only to find which entry was changed
	InputStatusTiles  = "status-tiles"
	InputCheckpoint   = "checkpoint"
)

// A Log is what was found about one log.
type Log struct {
	Ref       checkpoint.LogRef  `json:"ref"`
	Owner     checkpoint.Address `json:"owner"`  // that opened it; zero when the opening was not found
	Origin    string             `json:"origin"` // empty when the opening was not found
	Verdict   verify.Verdict     `json:"verdict"`
	Opened    *Event             `json:"opened,omitzero"`
	Keys      []KeysEvent        `json:"keys"`      // the opening's first
	Operators []AccountEvent     `json:"operators"` // the opening's first
	Owners    []AccountEvent     `json:"owners"`    // the opening's first
	Offers    []AccountEvent     `json:"offers"`    // of the log to another owner; a zero account takes one back
	Closed    *ClosedEvent       `json:"closed,omitzero"`

	// Base is the last anchor before a partial range. Its root and head were
	// checked, those before it were not.
	Base    *Anchor  `json:"base,omitzero"`
	Anchors []Anchor `json:"anchors"` // every one in the range, in the order of the chain
	Skipped uint64   `json:"skipped"` // Skipped events: anchors that anchorMany left out, perhaps a stranger's

	Entries    Entries     `json:"entries"`             // up to the last anchor
	States     States      `json:"states"`              // at the last anchor
	LongestGap Gap         `json:"longestGap,omitzero"` // between two anchors that follow each other
	Checkpoint *Checkpoint `json:"checkpoint,omitzero"` // what the log publishes now
	Checks     []Check     `json:"checks"`              // in the order of Codes, those that were made
	Findings   []Finding   `json:"findings"`            // in the order of Codes, then of the log
}

// An Event is where on the chain something stands.
type Event struct {
	Block verify.Block       `json:"block"`
	Tx    verify.BlockHash   `json:"tx"`            // hash of the transaction
	From  checkpoint.Address `json:"from,omitzero"` // who sent that; zero: could not be asked
	Call  string             `json:"call,omitzero"` // the registry's function that was called: "setKeysSigned"; empty: by another contract, or unknown
	Index uint64             `json:"index"`         // of the event within its block
}

// A KeysEvent is a change of the keys that sign a log's checkpoints.
type KeysEvent struct {
	AtSize uint64          `json:"atSize"` // entries anchored then
	Keys   checkpoint.Keys `json:"keys"`   // none: what was announced are no keys of this log
	At     Event           `json:"at"`
}

// An AccountEvent is a change of operator or owner, or an offer.
type AccountEvent struct {
	AtSize  uint64             `json:"atSize"` // entries anchored then
	Account checkpoint.Address `json:"account"`
	At      Event              `json:"at"`
}

// A ClosedEvent is the end of a log.
type ClosedEvent struct {
	Size uint64      `json:"size"`
	Root merkle.Hash `json:"root"`
	At   Event       `json:"at"`
}

// An Anchor is one row for each Anchored event. Size, PrevSize and Root are
// the event's.
type Anchor struct {
	Size      uint64           `json:"size"`
	PrevSize  uint64           `json:"prevSize"`
	Root      merkle.Hash      `json:"root"`
	Block     uint64           `json:"block"`
	BlockHash verify.BlockHash `json:"blockHash"`
	Time      uint64           `json:"time"`           // of the block, Unix seconds
	Result    verify.Result    `json:"result"`         // the worst of its checks
	Codes     []Code           `json:"codes,omitzero"` // of the checks that did not pass, in the order of Codes
}

// Entries counts entries by what they are.
type Entries struct {
	Total   uint64 `json:"total"`
	Sealed  uint64 `json:"sealed"`
	Open    uint64 `json:"open"`
	Status  uint64 `json:"status"`
	Head    uint64 `json:"head"`
	Unknown uint64 `json:"unknown"` // of unknown version, kind or type

	Badge    uint64 `json:"badge"` // of sealed and open ones
	CourseQA uint64 `json:"courseQa"`
	Document uint64 `json:"document"`

	NoEffect uint64 `json:"noEffect"` // status entries that do not act
}

// States counts badges and documents by their state.
type States struct {
	Valid     uint64 `json:"valid"`
	Suspended uint64 `json:"suspended"`
	Revoked   uint64 `json:"revoked"`
}

// A Gap is a time without an anchor.
type Gap struct {
	Seconds uint64 `json:"seconds"`
	From    uint64 `json:"from"` // Unix seconds: the block of the anchor before
	To      uint64 `json:"to"`   // that of the anchor after
	Size    uint64 `json:"size"` // of the anchor after
}

// A Checkpoint is the newest signed head that a log serves.
type Checkpoint struct {
	Size     uint64      `json:"size"`
	Root     merkle.Hash `json:"root"`
	Term     int         `json:"term"`     // number in Log.Keys of the keys that signed it; -1: none did
	Waiting  uint64      `json:"waiting"`  // entries that no final anchor covers yet
	Compared bool        `json:"compared"` // its root was recomputed from the entries
}

// A Check says how often a check was made, and with what result. Warnings
// are among Passed.
type Check struct {
	Code    Code   `json:"code"`
	Passed  uint64 `json:"passed"`
	Failed  uint64 `json:"failed"`
	Unknown uint64 `json:"unknown"`
}

// A Finding is one thing to know. Of one code a log has at most MaxFindings,
// the last of which then says how many more there were.
type Finding struct {
	Code   Code          `json:"code"`
	Result verify.Result `json:"result"` // fail, warn or unknown
	Where  Where         `json:"where,omitzero"`
	Text   string        `json:"text"` // one sentence for people; may change between releases
}

// MaxFindings is how many findings of one code a log has at most.
const MaxFindings = 100

// Where says where a Finding is. Only what is known is set.
type Where struct {
	Anchor *uint64 `json:"anchor,omitzero"` // size of the anchor
	Entry  *uint64 `json:"entry,omitzero"`  // index of the entry, or of the first that it may be
	Last   *uint64 `json:"last,omitzero"`   // index of the last entry that it may be, when it is not one alone
	Block  *uint64 `json:"block,omitzero"`  // number
	Source string  `json:"source,omitzero"` // as in Input
}
