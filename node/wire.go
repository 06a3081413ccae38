package node

import (
	"encoding/json"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// How far a record has come. Each state includes those before it.
const (
	StateLogged   = "logged"   // durable in the log, covered by no mined anchor
	StateAnchored = "anchored" // covered by an anchor in a block that is not final yet
	StateFinal    = "final"    // covered by a final anchor; evidence can be had
)

// Logged answers POST /v1/records: 201 for a new record, 200 for one that was
// there, 202 when the wait that was asked for ended too soon.
type Logged struct {
	Index uint64      `json:"index"` // place in the log, for good
	Type  record.Type `json:"type"`
	// CID names an open record, Commitment a sealed one; the other is absent.
	CID        string             `json:"cid,omitempty"`
	Commitment *record.Commitment `json:"commitment,omitempty"`
	Duplicate  bool               `json:"duplicate"` // the same (type, digest) was logged before
	State      string             `json:"state"`     // StateLogged, StateAnchored or StateFinal
}

// Lookup is the body of POST /v1/lookup, which needs a token: it finds a
// record by its identity.
type Lookup struct {
	Type   record.Type   `json:"type"`
	Digest record.Digest `json:"digest"`
}

// Found answers it.
type Found struct {
	Index      uint64             `json:"index"`
	Type       record.Type        `json:"type"`
	CID        string             `json:"cid,omitempty"`
	Commitment *record.Commitment `json:"commitment,omitempty"`
	State      string             `json:"state"`  // StateLogged, StateAnchored or StateFinal
	Status     record.State       `json:"status"` // as the log has it now, anchored or not
}

// StatusChange is the body of POST /v1/status-changes. Exactly one of Index
// and Commitment names the record.
type StatusChange struct {
	Index      *uint64            `json:"index,omitempty"`
	Commitment *record.Commitment `json:"commitment,omitempty"`
	State      record.State       `json:"state"`
}

// StatusChanged answers it: 201 with the status entry, or 200 with Changed
// false when the record already had that state and nothing was appended.
type StatusChanged struct {
	Target  uint64       `json:"target"`
	State   record.State `json:"state"`
	Changed bool         `json:"changed"`
	Index   *uint64      `json:"index,omitempty"` // of the status entry
}

// Target is the body of POST /v1/forget. Exactly one member names the record.
type Target struct {
	Index      *uint64            `json:"index,omitempty"`
	Commitment *record.Commitment `json:"commitment,omitempty"`
}

// Forgotten answers it. Forgetting twice gives the same answer.
type Forgotten struct {
	Index     uint64 `json:"index"`
	Forgotten bool   `json:"forgotten"`
}

// EvidenceQuery is the body of POST /v1/evidence. It names the record in one
// of four ways:
//
//   - CID: an open record. Anybody may ask.
//   - Commitment and Salt: a sealed record. Anybody who holds its salt may
//     ask: that is, whoever holds older evidence of it.
//   - Type and Digest: needs a token, since an answer would confirm a guess.
//   - Index, or Commitment alone: needs a token, since indexes and commitments
//     are public and the answer holds digest and salt.
type EvidenceQuery struct {
	CID        string             `json:"cid,omitempty"`
	Commitment *record.Commitment `json:"commitment,omitempty"`
	Salt       *record.Salt       `json:"salt,omitempty"`
	Type       *record.Type       `json:"type,omitempty"`
	Digest     *record.Digest     `json:"digest,omitempty"`
	Index      *uint64            `json:"index,omitempty"`
}

// BackupAsked answers POST /v1/backup: the backup is made when GET /v1/backup
// shows Runs of at least Awaited.
type BackupAsked struct {
	Awaited uint64 `json:"awaited"`
}

// BackupStatus answers GET /v1/backup.
type BackupStatus struct {
	Configured bool   `json:"configured"` // the node makes backups
	Running    bool   `json:"running"`    // one is being made
	Runs       uint64 `json:"runs"`       // that ended since the node started, well or not
	// Last is the last that ended well, also before the node started.
	Last    *BackupMade `json:"last,omitempty"`
	Written int64       `json:"written,omitzero"` // bytes that it cost; 0 when it was before the node started
	// Error is why the last one failed, and FailedAt when, in Unix seconds;
	// both absent when it did not.
	Error    string `json:"error,omitempty"`
	FailedAt int64  `json:"failedAt,omitzero"`
}

// BackupMade says what a backup holds.
type BackupMade struct {
	Made  int64       `json:"made"`  // Unix seconds
	Size  uint64      `json:"size"`  // entries of the log
	Root  merkle.Hash `json:"root"`  // of the tree of that size
	Bytes int64       `json:"bytes"` // of all its files
}

// Block is a block of the chain.
type Block struct {
	Number uint64 `json:"number"`
	Hash   string `json:"hash"` // 0x and 64 lower-case hex digits
	Time   uint64 `json:"time"` // Unix seconds
}

// AnchorInfo is one row of the anchor journal.
type AnchorInfo struct {
	Size     uint64      `json:"size"`     // entries the anchor covers
	Root     merkle.Hash `json:"root"`     // of the tree of that size
	PrevSize uint64      `json:"prevSize"` // size of the anchor before it
	State    string      `json:"state"`    // intended, sent, mined, final or orphaned
	TxHash   string      `json:"txHash,omitempty"`
	Block    *Block      `json:"block,omitempty"`
	// Event is the proof of the anchor, as evidence carries it; only of a
	// final anchor that was asked for by its size.
	Event json.RawMessage `json:"event,omitempty"`
}

// Anchors answers GET /v1/anchors, ascending by size.
type Anchors struct {
	Anchors []AnchorInfo `json:"anchors"`
	// Next is the value of "from" that continues the list; absent at its end.
	Next *uint64 `json:"next,omitempty"`
}

// Anchoring says in a word and a sentence how anchoring goes.
type Anchoring struct {
	// State is starting (the chain was not asked yet), idle (all that is due
	// is anchored and final), anchoring (an anchor is on its way), waiting
	// (something outside the node has to change first) or stopped (somebody
	// has to act).
	State  string `json:"state"`
	Detail string `json:"detail"`
	// Fenced is true until the chain's head was seen to agree with the store:
	// the node signs nothing while it is.
	Fenced bool `json:"fenced"`
}

// LogInfo answers GET /v1/log.
type LogInfo struct {
	Ref      checkpoint.LogRef  `json:"ref"` // eip155:CHAIN:REGISTRY:LOGID
	LogID    checkpoint.LogID   `json:"logId"`
	Owner    checkpoint.Address `json:"owner"`
	Operator checkpoint.Address `json:"operator"` // the key this node anchors with
	Origin   string             `json:"origin"`
	Keys     []string           `json:"keys"` // the opening ones, which are part of the log's id
	ChainID  uint64             `json:"chainId"`
	Registry checkpoint.Address `json:"registry"`
	// Sizes in entries: committed to disk, signed in the checkpoint, and
	// covered by the latest mined and the latest final anchor.
	Size           uint64    `json:"size"`
	CheckpointSize uint64    `json:"checkpointSize"`
	AnchoredSize   uint64    `json:"anchoredSize"`
	FinalSize      uint64    `json:"finalSize"`
	Anchoring      Anchoring `json:"anchoring"`
	// Signing says with which keys the checkpoint is signed now, and KeyChanges
	// how it came to that: every change after the opening that is final, oldest
	// first, by the chain as the node last saw it.
	Signing    Signing     `json:"signing"`
	KeyChanges []KeyChange `json:"keyChanges"`
}

// Signing is how the signing of checkpoints goes.
type Signing struct {
	State  string   `json:"state"`          // signing, or waiting
	Detail string   `json:"detail"`         // one sentence for people
	Keys   []string `json:"keys"`           // that sign, by the chain; empty while that is not known
	Next   []string `json:"next,omitempty"` // announced in a block that is not final yet
}

// A KeyChange is a KeysChanged event of the registry: Keys sign from AtSize
// entries on (docs/formats/log.md).
type KeyChange struct {
	AtSize uint64   `json:"atSize"`
	Keys   []string `json:"keys"` // empty: what was announced are no keys of this log
	Block  Block    `json:"block"`
}

// Health answers GET /healthz and GET /readyz. Readyz says 503 when the node
// does not take records, or when somebody has to act for anchoring to go on;
// with the parameter part it is about one of the two.
type Health struct {
	Status    string     `json:"status"` // ok, or unavailable
	Detail    string     `json:"detail,omitempty"`
	Logging   *Logging   `json:"logging,omitempty"`   // readyz only
	Anchoring *Anchoring `json:"anchoring,omitempty"` // readyz only
}

// Logging says whether records are taken.
type Logging struct {
	Ready  bool   `json:"ready"`
	Detail string `json:"detail"`
}

// The parts of GET /readyz?part=. ReadyAnchoring asks for more than no part
// does: that the chain was seen to agree with the log, and nothing is waited
// for.
const (
	ReadyLogging   = "logging"
	ReadyAnchoring = "anchoring"
)
