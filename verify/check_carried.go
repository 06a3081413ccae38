package verify

import (
	"errors"

	"github.com/akashi-project/akashi/checkpoint"
)

// An anchor is one that an event of the evidence has shown.
type anchor struct {
	Anchored
	// Bytes prove it, in a block that counts and by a registry that counts.
	// Anyone can write another: a lying chain client, or whoever makes a block.
	certain bool
}

// saw keeps the anchors of an event whose block was judged by that step.
func (c *check) saw(found finding, e Event, block Code) {
	certain := !found.attested && c.passed(RegistryTrusted, block) && e.ChainID == c.ref.ChainID && e.Registry == c.ref.Registry
	for _, a := range found.anchors {
		c.anchors = append(c.anchors, anchor{a, certain})
	}
}

// checkpoint checks a carried checkpoint against the keys of the log, and
// against the anchors. Nothing else rests on it: sizes and roots come from the
// chain.
//
// Which keys came after the opening ones is the word of a chain client. So a
// later key can make the step pass, and never fail; and where the opening keys
// were replaced, what they sign beyond shows nothing either: whoever stole
// them goes on signing.
func (c *check) checkpoint() {
	if c.e.Checkpoint == nil {
		return
	}
	terms, asked := checkpoint.Terms{{Keys: c.e.Log.Keys}}, errOffline
	if c.v.Chain != nil {
		var known checkpoint.Terms
		if known, asked = c.client.terms(c.ctx, c.ref, c.e.Log); asked == nil {
			terms = known
		}
	}
	signed, term, err := terms.Open(c.e.Checkpoint)
	switch {
	case errors.Is(err, checkpoint.ErrUntrusted) && errors.Is(asked, errOffline):
		c.unknown(CheckpointSigned, "The checkpoint is not signed by a key with which this log was opened; whether its owner has announced that key since, only a chain client can tell.")
		return
	case errors.Is(err, checkpoint.ErrUntrusted) && asked != nil:
		c.unknown(CheckpointSigned, "The checkpoint is not signed by a key with which this log was opened; whether its owner has announced that key since could not be found out: %s.", because(asked))
		return
	case errors.Is(err, checkpoint.ErrUntrusted):
		c.unknown(CheckpointSigned, "The checkpoint is signed neither by a key with which this log was opened nor by one that its owner has announced since.")
		return
	case errors.Is(err, checkpoint.ErrTerm) && signed.Tree.Size < terms[term].From:
		c.unknown(CheckpointSigned, "The checkpoint of %d entries is signed by keys that its owner announced later, when %d entries were anchored.", signed.Tree.Size, terms[term].From)
		return
	case errors.Is(err, checkpoint.ErrTerm):
		c.unknown(CheckpointSigned, "The checkpoint of %d entries is signed by keys that the owner replaced when %d entries were anchored: what they sign beyond counts for nothing.", signed.Tree.Size, terms[term+1].From)
		return
	case errors.Is(err, checkpoint.ErrSignature):
		c.signature(terms)
		return
	case err != nil:
		// It need not be there, and says nothing of the record.
		c.unknown(CheckpointSigned, "The checkpoint cannot be read, and so says nothing: %s.", because(err))
		return
	}
	doubtful := false
	for _, a := range c.anchors {
		if a.Size != signed.Tree.Size || a.Root == signed.Tree.Root {
			continue
		}
		if a.certain && term == 0 {
			c.fail(CheckpointSigned, "The log has signed other contents for its %d entries than were anchored; keep this evidence, since it shows that the log forked.", a.Size)
			return
		}
		doubtful = true
	}
	switch {
	case doubtful && term > 0:
		c.unknown(CheckpointSigned, "The log has signed other contents for its %d entries than were anchored, with keys that are its own by the word of the chain client; keep this evidence, since it may show that the log forked.", signed.Tree.Size)
	case doubtful:
		c.unknown(CheckpointSigned, "The log has signed other contents for its %d entries than an anchor that is not proved by bytes, in a block and by a registry that you trust; so either of the two may be wrong.", signed.Tree.Size)
	case asked != nil && !errors.Is(asked, errOffline):
		c.warn(CheckpointSigned, "The log has signed its head of %d entries, with the keys with which it was opened; whether its owner has replaced them could not be found out: %s.", signed.Tree.Size, because(asked))
	case term > 0:
		c.pass(CheckpointSigned, "The log has signed its head of %d entries, with keys that its owner announced when %d entries were anchored.", signed.Tree.Size, terms[term].From)
	default:
		c.pass(CheckpointSigned, "The log has signed its head of %d entries.", signed.Tree.Size)
	}
}

// signature says what a checkpoint is worth that names a key of the log under
// what that key did not sign.
func (c *check) signature(terms checkpoint.Terms) {
	if _, _, err := checkpoint.Open(c.e.Checkpoint, terms[0].Keys); !errors.Is(err, checkpoint.ErrSignature) {
		c.unknown(CheckpointSigned, "The checkpoint names a key that the chain client gives as one of this log, under something that the key did not sign.")
		return
	}
	c.fail(CheckpointSigned, "The checkpoint names a key of this log under something that the key did not sign.")
}

// qa says that course reviews are carried. They are judged by a later
// version; the verdict on the record does not rest on them.
func (c *check) qa() {
	if c.e.QA != nil {
		c.unknown(QACarried, "The evidence carries reviews of the course, which this version does not judge.")
	}
}
