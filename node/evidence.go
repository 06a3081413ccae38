package node

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/verify"
)

// postEvidence answers with the evidence of one record. Who may ask in which
// way is said at EvidenceQuery.
func (n *Node) postEvidence(w http.ResponseWriter, r *http.Request) error {
	token, err := n.bearer(r)
	stranger := errors.Is(err, errNoToken)
	if err != nil && !stranger {
		return err
	}
	trusted := !stranger && token.Allows(ScopeRead)
	if !trusted && !n.limiter.allow(clientAddress(r, n.config.HTTP.ClientIPHeader)) {
		return tooMany(n.config.HTTP.EvidencePerMinute, "Without a token that has the scope read %d requests for evidence a minute are answered")
	}
	if _, err := readQuery(r); err != nil {
		return err
	}
	var q EvidenceQuery
	if err := readJSON(w, r, &q); err != nil {
		return err
	}
	index, err := n.find(r.Context(), q, trusted)
	if e, ok := errors.AsType[*httpError](err); ok && e.kind == kindPrivate && !stranger {
		return lacking(ScopeRead)
	}
	if err != nil {
		return err
	}
	b, err := n.encoded(r.Context(), index)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, verify.MediaType, "no-store", b)
}

// tooMany refuses an address that has used up its allowance.
func tooMany(perMinute int, format string) error {
	return &httpError{kind: kindTooMany, retry: 1 + 60/perMinute, detail: fmt.Sprintf(format, perMinute)}
}

// encoded builds the evidence of the record at index. Whoever reads the
// answer slowly holds nothing of prove.
func (n *Node) encoded(ctx context.Context, index uint64) ([]byte, error) {
	release, err := n.prove(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	began := time.Now()
	e, err := n.evidence(index)
	if err != nil {
		return nil, err
	}
	b, err := e.Encode()
	if err == nil {
		n.metrics.evidence.seconds.Observe(time.Since(began).Seconds())
		n.metrics.evidence.bytes.Observe(float64(len(b)))
	}
	return b, err
}

// prove waits for leave to build an answer that takes processor time and disk
// reads: a few at once are as fast as many. release gives the leave back.
func (n *Node) prove(ctx context.Context) (release func(), err error) {
	select {
	case n.proving <- struct{}{}:
		return func() { <-n.proving }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// postLookup finds a record by its identity, for the university itself.
func (n *Node) postLookup(w http.ResponseWriter, r *http.Request) error {
	if err := n.authorize(r, ScopeRead); err != nil {
		return err
	}
	if _, err := readQuery(r); err != nil {
		return err
	}
	var q EvidenceQuery
	if err := readJSON(w, r, &q); err != nil {
		return err
	}
	if q.given() != "type+digest" {
		return refuse(kindBadRequest, "Name the record by type and digest")
	}
	index, err := n.find(r.Context(), q, true)
	if err != nil {
		return err
	}
	e, err := n.store.Entry(index)
	if err != nil {
		return err
	}
	status, err := n.store.State(index)
	if err != nil {
		return err
	}
	out := Found{Index: index, Type: e.Type, Status: status}
	out.CID, out.Commitment = names(e)
	out.State, _ = n.progress.of(index)
	return answerJSON(w, http.StatusOK, out)
}

// find gives the index that a query names, if whoever asks may know of it.
func (n *Node) find(ctx context.Context, q EvidenceQuery, trusted bool) (uint64, error) {
	private := func(why string) (uint64, error) {
		return 0, refuse(kindPrivate, why+"; send a token, or the commitment with the salt that older evidence of the record holds")
	}
	switch given := q.given(); {
	case given == "cid":
		digest, err := record.ParseCID(q.CID)
		if err != nil {
			return 0, refuse(kindBadRequest, "The member cid is no CID of a record: CIDv1, raw, sha2-256, in base32")
		}
		return n.openRecord(ctx, digest)
	case given == "index" && trusted:
		return n.resolve(q.Index, nil)
	case given == "index":
		return private("Indexes are public and evidence is not")
	case given == "type+digest" && trusted:
		index, err := n.store.ByDigest(*q.Type, *q.Digest)
		if errors.Is(err, store.ErrNotFound) {
			err = refuse(kindNotFound, "No record in this log has this type and digest")
		}
		return index, err
	case given == "type+digest":
		return private("A digest can be a guess, which an answer would confirm")
	case given == "commitment" && trusted:
		return n.resolve(nil, q.Commitment)
	case given == "commitment":
		return private("Commitments stand in the public log and evidence does not")
	case given == "commitment+salt":
		return n.findSalted(ctx, *q.Commitment, *q.Salt, trusted)
	}
	return 0, refuse(kindBadRequest, "Name the record by cid, by commitment and salt, by type and digest, or by index")
}

// given names the members of q that are there.
func (q EvidenceQuery) given() string {
	text := ""
	for _, m := range []struct {
		name string
		set  bool
	}{
		{"cid", q.CID != ""}, {"commitment", q.Commitment != nil}, {"salt", q.Salt != nil},
		{"type", q.Type != nil}, {"digest", q.Digest != nil}, {"index", q.Index != nil},
	} {
		if m.set && text != "" {
			text += "+"
		}
		if m.set {
			text += m.name
		}
	}
	return text
}

// findSalted finds a sealed record for somebody who holds its salt. A wrong
// salt, an unknown commitment and a forgotten record get the same answer after
// the same time: the commitments of all records are public, and which of them
// were forgotten is for holders of a token only.
func (n *Node) findSalted(ctx context.Context, c record.Commitment, salt record.Salt, trusted bool) (uint64, error) {
	missed := n.missing(ctx, "No record has this commitment and salt")
	index, err := n.store.ByCommitment(c)
	if errors.Is(err, store.ErrNotFound) {
		return 0, missed()
	}
	if err != nil {
		return 0, err
	}
	p, err := n.store.Identity(index)
	forgotten := errors.Is(err, store.ErrForgotten)
	if err != nil && (trusted || !forgotten) {
		return 0, err
	}
	if forgotten || subtle.ConstantTimeCompare(p.Salt[:], salt[:]) != 1 {
		return 0, missed()
	}
	return index, nil
}

// missTime is the grid on which answers lie that must not tell why there is
// nothing. It is far above what looking takes.
const missTime = 20 * time.Millisecond

// missing begins a search whose failure must not tell by its duration how far
// it came: what it returns gives the one answer, at a multiple of missTime
// after the begin.
func (n *Node) missing(ctx context.Context, detail string) func() error {
	begin := time.Now()
	return func() error {
		late := time.NewTimer(missTime - time.Since(begin)%missTime)
		defer late.Stop()
		select {
		case <-late.C:
		case <-ctx.Done():
		}
		return refuse(kindNotFound, detail)
	}
}

// evidence builds the evidence of the record at index: existence by the first
// final anchor that covers it, status by the latest.
func (n *Node) evidence(index uint64) (verify.Evidence, error) {
	var none verify.Evidence
	entry, err := n.store.Entry(index)
	if err != nil {
		return none, err
	}
	claim := verify.Claim{Type: entry.Type, Open: entry.Kind == record.Open}
	// Identity also tells whether the record was forgotten.
	private, err := n.store.Identity(index)
	if err != nil {
		return none, err
	}
	claim.Digest = private.Digest
	if !claim.Open {
		claim.Salt = private.Salt
	}
	first, err := n.store.FinalAnchorOf(index)
	if errors.Is(err, store.ErrNotFound) {
		return none, n.notFinal(index)
	}
	if err != nil {
		return none, err
	}
	e := verify.Evidence{Record: claim, Log: n.config.log(), Index: index, Binding: n.binding}
	if e.Existence.Event, err = n.events.of(first); err != nil {
		return none, err
	}
	inclusion, err := n.store.ProveInclusion(first.Size, index)
	if err != nil {
		return none, err
	}
	e.Existence.Inclusion = inclusion.Hashes
	if entry.Type != record.CourseQA {
		if e.Status, err = n.status(index); err != nil {
			return none, err
		}
	}
	return e, nil
}

// status builds the proof of a record's state as of the latest final anchor.
func (n *Node) status(index uint64) (*verify.Status, error) {
	last, err := n.store.LastFinal()
	if err != nil {
		return nil, err
	}
	s := &verify.Status{}
	if s.Event, err = n.events.of(last); err != nil {
		return nil, err
	}
	head := last.Size - 1
	proof, err := n.store.ProveStatus(head, index)
	if err != nil {
		return nil, err
	}
	inclusion, err := n.store.ProveInclusion(last.Size, head)
	if err != nil {
		return nil, err
	}
	s.Head, s.HeadInclusion = proof.Head.Bytes(), inclusion.Hashes
	s.Chunk, s.ChunkProof = proof.Chunk, proof.Hashes
	return s, nil
}

// notFinal says how far the record is, and when to ask again.
func (n *Node) notFinal(index uint64) error {
	if last, err := n.store.LastFinal(); err == nil && last.Size > index {
		return &httpError{kind: kindUnavailable, retry: 60,
			detail: "The journal lacks the anchor that dates this record; the operator has to look at the node's log",
			cause:  fmt.Errorf("entry %d is below the last final size %d, but no final anchor in the journal covers it", index, last.Size)}
	}
	state, _ := n.progress.of(index)
	retry := min(max(n.config.Anchor.Interval.Duration, time.Second), time.Minute)
	a := n.anchoring()
	if a.State == string(anchor.Idle) {
		// Nothing is under way, since this entry is not due yet.
		a.Detail = fmt.Sprintf("its batch is closed within %s", n.config.Anchor.Interval)
	}
	return &httpError{kind: kindNotFinal, retry: int(retry / time.Second),
		detail: fmt.Sprintf("Entry %d is %s, waiting for a final anchor; %s", index, state, a.Detail)}
}

// eventsRead remembers the events of anchors by the SHA-256 of the JSON that the
// journal keeps as their proof: evidence of all records names few anchors. The
// zero value is empty.
type eventsRead struct {
	mu     sync.Mutex // guards events
	events map[[sha256.Size]byte]verify.Event
}

// maxEventsRead bounds the memory: an event is some kilobytes.
const maxEventsRead = 256

// of gives the event of a final anchor. What it points to is not to be
// changed.
func (r *eventsRead) of(a store.Anchor) (verify.Event, error) {
	key := sha256.Sum256(a.Proof)
	r.mu.Lock()
	e, ok := r.events[key]
	r.mu.Unlock()
	if ok {
		return e, nil
	}
	if err := json.Unmarshal(a.Proof, &e); err != nil {
		return e, fmt.Errorf("journal: proof of the anchor of size %d: %w", a.Size, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.events == nil || len(r.events) == maxEventsRead {
		r.events = make(map[[sha256.Size]byte]verify.Event)
	}
	r.events[key] = e
	return e, nil
}
