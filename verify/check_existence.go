package verify

import (
	"errors"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// record checks that the bytes are those that the evidence claims.
func (c *check) record(b []byte) {
	r, err := record.Parse(b)
	if err != nil {
		if notTaken(err) {
			c.unknown(RecordForm, "This release does not read such a record, which says nothing against it: %s.", because(err))
		} else {
			c.fail(RecordForm, "The record cannot have been logged as it is: %s.", because(err))
		}
		c.unknown(RecordType, "This was not checked, since the record cannot be read.")
		c.unknown(RecordDigest, "This was not checked, since the record cannot be read.")
		return
	}
	c.parsed = r
	c.pass(RecordForm, "The record can be read: it is of the form %s.", r.Form())

	claim := c.e.Record
	inferred := r.InferType()
	switch err := r.CheckType(claim.Type); {
	case err != nil:
		c.fail(RecordType, "The record cannot be of the type %s, as which it was logged.", claim.Type)
	case claim.Type == record.Document && inferred != record.Document,
		claim.Type == record.CourseQA && inferred == record.Badge:
		// The other entry has a status of its own, or none at all: the badge
		// may be revoked where it stands as one.
		c.report.Type = claim.Type
		c.unknown(RecordType, "These bytes are a %s and were logged as a mere %s, which says nothing of the %[1]s; ask for the %[1]s's own evidence.", inferred, claim.Type)
	default:
		c.report.Type = claim.Type
		c.pass(RecordType, "The record can be a %s.", claim.Type)
	}
	if r.Digest() != claim.Digest {
		c.fail(RecordDigest, "This is not the record that the evidence is about, or it was changed.")
	} else {
		c.pass(RecordDigest, "The evidence is about this record.")
	}
}

// notTaken reports whether a record is refused for a bound or a gap of this
// release, and not for being malformed: its digest may be in a log.
func notTaken(err error) bool {
	var refused *record.FormatError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Gate {
	case record.GateBaked, record.GateSize, record.GateValues, record.GateDepth:
		return true
	}
	return false
}

// registry checks that the policy trusts the contract.
func (c *check) registry() {
	trusted, ok := c.v.Policy.registry(c.ref.ChainID, c.ref.Registry)
	if !ok {
		c.unknown(RegistryTrusted, "Your policy does not list the registry %s of chain %d, so its records count for nothing.", c.ref.Registry, c.ref.ChainID)
		return
	}
	if c.v.Chain == nil {
		c.pass(RegistryTrusted, "Your policy trusts the registry %s of chain %d.", c.ref.Registry, c.ref.ChainID)
		return
	}
	hash, err := c.client.codeHash(c.ctx, c.ref.Registry)
	switch {
	case err != nil && !errors.Is(err, errDisagree):
		// The policy's word stands. What hangs on the chain's says so itself.
		c.warn(RegistryTrusted, "Your policy trusts the registry %s of chain %d; its code could not be compared: %s.", c.ref.Registry, c.ref.ChainID, because(err))
	case err != nil:
		c.unknown(RegistryTrusted, "The registry could not be checked: %s.", because(err))
	case hash != trusted.CodeHash:
		c.unknown(RegistryTrusted, "The chain client reports code with the hash %s at the registry %s, and your policy trusts only %s.", hash, c.ref.Registry, trusted.CodeHash)
	default:
		c.pass(RegistryTrusted, "Your policy trusts the registry %s of chain %d, and its code is the one you trust.", c.ref.Registry, c.ref.ChainID)
	}
}

// A finding is what is known of an event: one anchor that its bytes prove, or
// the anchors that the chain client has in its block.
type finding struct {
	anchors  []Anchored
	attested bool // by the chain client, not by bytes
}

// contradiction is the result for a proof that does not fit an anchor: when
// the anchor rests on the word of a chain client, bytes do not contradict.
func (f finding) contradiction() Result {
	if f.attested {
		return Unknown
	}
	return Fail
}

// event checks one event of the evidence and records the step.
func (c *check) event(code Code, e Event) (finding, bool) {
	a, err := CheckEvent(e, c.ref.Log)
	switch {
	case err == nil:
		c.pass(code, "The registry recorded an anchor of this log in block %d, of %s.", a.Block.Number, date(a.Block.Time))
		return finding{anchors: []Anchored{a}}, true
	case !errors.Is(err, ErrProofType):
		c.fail(code, "The proof of the anchor contradicts itself: %s.", because(err))
		return finding{}, false
	}
	if e.ChainID != c.ref.ChainID || e.Registry != c.ref.Registry {
		// The client answers for the chain of the existence event only.
		c.unknown(code, "The anchor is proved in a way that this version does not know, on another registry.")
		return finding{}, false
	}
	list, err := c.client.anchored(c.ctx, c.ref, e.Block)
	if err != nil {
		c.unknown(code, "The anchor is proved in a way that this version does not know (%s), and could not be confirmed otherwise: %s.", clip(e.Proof.Type), because(err))
		return finding{}, false
	}
	c.pass(code, "The chain client reports an anchor of this log in block %d, of %s; the evidence itself does not prove it to this version.", e.Block.Number, date(e.Block.Time))
	return finding{anchors: list, attested: true}, true
}

// block checks that a block is canonical and final, and records the step.
func (c *check) block(code Code, e Event) {
	if trusted, ok := c.v.Policy.block(e.ChainID, e.Block.Number); ok {
		if trusted.Hash == e.Block.Hash {
			c.pass(code, "Your policy names block %d by its hash.", e.Block.Number)
		} else {
			c.unknown(code, "Your policy names block %d of chain %d by the hash %s, and the evidence has %s.", e.Block.Number, e.ChainID, trusted.Hash, e.Block.Hash)
		}
		return
	}
	if c.v.Chain == nil {
		c.unknown(code, "Nobody vouches for block %d: your policy does not name it, and there is no chain client to ask.", e.Block.Number)
		return
	}
	if e.ChainID != c.ref.ChainID {
		c.unknown(code, "Block %d is of chain %d, which the chain client was not asked about.", e.Block.Number, e.ChainID)
		return
	}
	final, err := c.client.final(c.ctx)
	if err != nil {
		c.unknown(code, "Whether block %d is final could not be found out: %s.", e.Block.Number, because(err))
		return
	}
	if e.Block.Number > final.Number {
		c.unknown(code, "Block %d is not final: the chain client's highest final block is %d; ask again later.", e.Block.Number, final.Number)
		return
	}
	b, err := c.client.block(c.ctx, e.Block.Number)
	switch {
	case err != nil:
		c.unknown(code, "Whether block %d is part of the chain could not be found out: %s.", e.Block.Number, because(err))
	case b != e.Block:
		c.unknown(code, "The chain client has another block %d, with the hash %s and not %s, so one of the two is wrong.", e.Block.Number, b.Hash, e.Block.Hash)
	case final.Number == b.Number && final.Hash != b.Hash:
		c.unknown(code, "The chain client contradicts itself: it gives block %d two hashes, %s and %s.", b.Number, b.Hash, final.Hash)
	default:
		c.pass(code, "The chain client has block %d, and it is final.", e.Block.Number)
	}
}

// existence checks that the entry is in the log, and since when.
func (c *check) existence() {
	event := c.e.Existence.Event
	found, ok := c.event(ExistenceEvent, event)
	c.block(ExistenceBlock, event)
	if !ok {
		c.rests(ExistenceRange, ExistenceEvent)
		c.rests(ExistenceInclusion, ExistenceEvent)
		return
	}
	a := found.anchors[0]
	for _, other := range found.anchors[1:] {
		if other.Covers(c.e.Index) {
			a = other
		}
	}
	c.dating = found
	c.saw(found, event, ExistenceBlock)
	if a.Covers(c.e.Index) {
		c.pass(ExistenceRange, "This anchor is the first that covers the record, so the record existed by %s.", date(a.Block.Time))
	} else {
		c.add(ExistenceRange, found.contradiction(), "This anchor added the entries from %d to %d, and the record is said to be entry %d.", a.PrevSize, a.Size-1, c.e.Index)
	}
	entry := c.e.Record.Entry()
	if err := a.Tree().CheckInclusion(merkle.LeafHash(entry.Bytes()), merkle.Inclusion{Index: c.e.Index, Hashes: c.e.Existence.Inclusion}); err != nil {
		c.add(ExistenceInclusion, found.contradiction(), "The record is not entry %d of the log that was anchored.", c.e.Index)
		return
	}
	c.pass(ExistenceInclusion, "The record is entry %d of the log.", c.e.Index)
	c.first = a.Tree()
	if c.passed(RecordDigest, RegistryTrusted, ExistenceBlock, ExistenceRange) {
		c.report.Existence = &ExistenceFact{Block: a.Block, Size: a.Size}
	}
}
