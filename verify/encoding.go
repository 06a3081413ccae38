package verify

import (
	"errors"
	"fmt"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/go-json-experiment/json/jsontext"
)

// The wire types are the JSON of evidence, members in their order. A pointer
// tells a member that is missing from one that is zero.
type (
	wireEvidence struct {
		Version    uint64         `json:"v"`
		Record     wireClaim      `json:"record"`
		Log        wireLog        `json:"log"`
		Index      *uint64        `json:"index"`
		Existence  wireExistence  `json:"existence"`
		Status     *wireStatus    `json:"status,omitzero"`
		Checkpoint *string        `json:"checkpoint,omitzero"`
		Binding    *Binding       `json:"binding,omitzero"`
		QA         jsontext.Value `json:"qa,omitzero"`
	}
	wireClaim struct {
		Type   record.Type    `json:"type"`
		Digest *record.Digest `json:"digest,omitzero"`
		Salt   *record.Salt   `json:"salt,omitzero"`
		CID    *string        `json:"cid,omitzero"`
	}
	wireLog struct {
		Owner  checkpoint.Address `json:"owner"`
		Origin string             `json:"origin"`
		Keys   checkpoint.Keys    `json:"keys"`
	}
	wireExistence struct {
		Event     *Event        `json:"event"`
		Inclusion []merkle.Hash `json:"inclusion"`
	}
	wireStatus struct {
		Event         *Event        `json:"event"`
		Head          plain         `json:"head"`
		HeadInclusion []merkle.Hash `json:"headInclusion"`
		Chunk         plain         `json:"chunk"`
		ChunkProof    []merkle.Hash `json:"chunkProof"`
	}
	wireEvent struct {
		ChainID  uint64             `json:"chainId"`
		Registry checkpoint.Address `json:"registry"`
		Block    wireBlock          `json:"block"`
		Proof    jsontext.Value     `json:"proof"`
	}
	wireBlock struct {
		Number *uint64    `json:"number"`
		Hash   *BlockHash `json:"hash"`
		Time   *uint64    `json:"time"`
	}
	wireProof struct {
		Type     string     `json:"type"`
		Header   prefixed   `json:"header"`
		Nodes    []prefixed `json:"nodes"`
		TxIndex  *uint64    `json:"txIndex"`
		LogIndex *uint64    `json:"logIndex"`
	}
)

// ParseEvidence reads evidence in its one exact form: whatever it accepts,
// Encode writes back byte for byte. Everything else gives an error that wraps
// ErrEvidence and says where and why, without digest or salt.
func ParseEvidence(b []byte) (Evidence, error) {
	bad := func(err error) (Evidence, error) {
		if errors.Is(err, ErrEvidence) {
			return Evidence{}, err
		}
		return Evidence{}, fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	if len(b) > MaxEvidenceSize {
		return bad(fmt.Errorf("%d bytes, want at most %d", len(b), MaxEvidenceSize))
	}
	// The version comes first, so that a later one is named as such and not
	// by its first unknown member.
	var version struct {
		Version *uint64 `json:"v"`
	}
	if err := explain(unmarshalLoosely(b, &version)); err != nil {
		return bad(err)
	}
	switch v := version.Version; {
	case v == nil:
		return bad(errors.New("it has no version \"v\"; is it another file?"))
	case *v != 1:
		return bad(fmt.Errorf("its version \"v\" is %d, and this release reads 1; use a newer one", *v))
	}
	var w wireEvidence
	if err := decode(b, &w); err != nil {
		return bad(err)
	}
	e, err := w.evidence()
	if err != nil {
		return bad(err)
	}
	again, err := e.Encode()
	if err != nil {
		return bad(err)
	}
	if i := difference(again, b); i >= 0 {
		return bad(fmt.Errorf("byte %d is not as the one exact form of this evidence has it: compact, each member in its place, no spare escape; take the file as the node gave it", i))
	}
	return e, nil
}

// Encode writes e in its one exact form, which ParseEvidence reads. It gives
// an error wrapping ErrEvidence when e does not have the shape of evidence.
func (e Evidence) Encode() ([]byte, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	index := e.Index
	w := wireEvidence{
		Version:   1,
		Record:    wireClaim{Type: e.Record.Type},
		Log:       wireLog(e.Log),
		Index:     &index,
		Existence: wireExistence{Event: &e.Existence.Event, Inclusion: e.Existence.Inclusion},
		Binding:   e.Binding,
		QA:        e.QA,
	}
	if digest, salt := e.Record.Digest, e.Record.Salt; e.Record.Open {
		cid := record.CIDOf(digest).String()
		w.Record.CID = &cid
	} else {
		w.Record.Digest, w.Record.Salt = &digest, &salt
	}
	if s := e.Status; s != nil {
		w.Status = &wireStatus{
			Event: &s.Event, Head: s.Head, HeadInclusion: s.HeadInclusion, Chunk: s.Chunk[:], ChunkProof: s.ChunkProof,
		}
	}
	if e.Checkpoint != nil {
		text := string(e.Checkpoint)
		w.Checkpoint = &text
	}
	b, err := encode(&w)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvidence, explain(err))
	}
	if len(b) > MaxEvidenceSize {
		return nil, fmt.Errorf("%w: %d bytes, want at most %d", ErrEvidence, len(b), MaxEvidenceSize)
	}
	return b, nil
}

// MarshalJSON is Encode. An encoder around it may escape characters, which is
// then no longer the exact form: hand on Encode's bytes as they are.
func (e Evidence) MarshalJSON() ([]byte, error) { return e.Encode() }

// UnmarshalJSON is ParseEvidence.
func (e *Evidence) UnmarshalJSON(b []byte) error {
	p, err := ParseEvidence(b)
	if err == nil {
		*e = p
	}
	return err
}

func (w *wireEvidence) evidence() (Evidence, error) {
	var e Evidence
	claim, err := w.Record.claim()
	switch {
	case err != nil:
		return e, fmt.Errorf("record: %w", err)
	case w.Index == nil:
		return e, errors.New("index is missing")
	case w.Existence.Event == nil:
		return e, errors.New("existence: the event is missing")
	}
	e = Evidence{
		Record:    claim,
		Log:       checkpoint.Log(w.Log),
		Index:     *w.Index,
		Existence: Existence{Event: *w.Existence.Event, Inclusion: w.Existence.Inclusion},
		Binding:   w.Binding,
		QA:        w.QA,
	}
	if w.Checkpoint != nil {
		e.Checkpoint = []byte(*w.Checkpoint)
	}
	if s := w.Status; s != nil {
		if s.Event == nil {
			return e, errors.New("status: the event is missing")
		}
		e.Status = &Status{Event: *s.Event, Head: s.Head, HeadInclusion: s.HeadInclusion, ChunkProof: s.ChunkProof}
		if len(s.Chunk) != merkle.ChunkSize {
			return e, fmt.Errorf("status: chunk of %d bytes, want %d", len(s.Chunk), merkle.ChunkSize)
		}
		e.Status.Chunk = merkle.Chunk(s.Chunk)
	}
	return e, nil
}

func (w wireClaim) claim() (Claim, error) {
	sealed := w.Digest != nil && w.Salt != nil && w.CID == nil
	open := w.Digest == nil && w.Salt == nil && w.CID != nil
	switch {
	case sealed:
		return Claim{Type: w.Type, Digest: *w.Digest, Salt: *w.Salt}, nil
	case open:
		d, err := record.ParseCID(*w.CID)
		if err != nil {
			return Claim{}, errors.New("cid is not a CIDv1, raw, sha2-256, in lower-case base32")
		}
		return Claim{Type: w.Type, Open: true, Digest: d}, nil
	}
	return Claim{}, errors.New("want either digest and salt, or cid")
}

// MarshalJSON writes the event as docs/formats/evidence.md has it.
func (e Event) MarshalJSON() ([]byte, error) {
	if err := e.validate(); err != nil {
		return nil, err
	}
	w := wireEvent{
		ChainID: e.ChainID, Registry: e.Registry,
		Block: wireBlock{Number: &e.Block.Number, Hash: &e.Block.Hash, Time: &e.Block.Time},
		Proof: e.Proof.Other,
	}
	if e.Proof.Type == ProofReceipt {
		p := wireProof{Type: e.Proof.Type, Header: e.Proof.Header, TxIndex: &e.Proof.TxIndex, LogIndex: &e.Proof.LogIndex}
		for _, n := range e.Proof.Nodes {
			p.Nodes = append(p.Nodes, n)
		}
		var err error
		if w.Proof, err = encode(&p); err != nil {
			return nil, err
		}
	}
	return encode(&w)
}

// UnmarshalJSON reads an event; unknown and repeated members are refused.
func (e *Event) UnmarshalJSON(b []byte) error {
	var w wireEvent
	if err := decode(b, &w); err != nil {
		return err
	}
	if w.Block.Number == nil || w.Block.Hash == nil || w.Block.Time == nil {
		return errors.New("event: block wants number, hash and time")
	}
	proof, err := parseProof(w.Proof)
	if err != nil {
		return fmt.Errorf("event: proof: %w", err)
	}
	p := Event{
		ChainID: w.ChainID, Registry: w.Registry,
		Block: Block{Number: *w.Block.Number, Hash: *w.Block.Hash, Time: *w.Block.Time},
		Proof: proof,
	}
	if err := p.validate(); err != nil {
		return err
	}
	*e = p
	return nil
}

func parseProof(b []byte) (EventProof, error) {
	var kind struct {
		Type *string `json:"type"`
	}
	if err := explain(unmarshalLoosely(b, &kind)); err != nil {
		return EventProof{}, err
	}
	if kind.Type == nil {
		return EventProof{}, errors.New("type is missing")
	}
	if *kind.Type != ProofReceipt {
		return EventProof{Type: *kind.Type, Other: b}, nil
	}
	var w wireProof
	if err := decode(b, &w); err != nil {
		return EventProof{}, err
	}
	if w.Header == nil || w.Nodes == nil || w.TxIndex == nil || w.LogIndex == nil {
		return EventProof{}, errors.New("want header, nodes, txIndex and logIndex")
	}
	p := EventProof{Type: *kind.Type, Header: w.Header, TxIndex: *w.TxIndex, LogIndex: *w.LogIndex, Nodes: make([][]byte, 0, len(w.Nodes))}
	for _, n := range w.Nodes {
		p.Nodes = append(p.Nodes, n)
	}
	return p, nil
}
