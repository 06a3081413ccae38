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

// checkpoint checks a carried checkpoint against the keys with which the log
// was opened, and against the anchors. Nothing else rests on it: sizes and
// roots come from the chain.
func (c *check) checkpoint() {
	if c.e.Checkpoint == nil {
		return
	}
	signed, _, err := checkpoint.Open(c.e.Checkpoint, c.e.Log.Keys)
	switch {
	case errors.Is(err, checkpoint.ErrUntrusted):
		c.unknown(CheckpointSigned, "The checkpoint is not signed by a key with which this log was opened.")
		return
	case errors.Is(err, checkpoint.ErrSignature):
		c.fail(CheckpointSigned, "The checkpoint names a key of this log under something that the key did not sign.")
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
		if a.certain {
			c.fail(CheckpointSigned, "The log has signed other contents for its %d entries than were anchored; keep this evidence, since it shows that the log forked.", a.Size)
			return
		}
		doubtful = true
	}
	if doubtful {
		c.unknown(CheckpointSigned, "The log has signed other contents for its %d entries than an anchor that is not proved by bytes, in a block and by a registry that you trust; so either of the two may be wrong.", signed.Tree.Size)
		return
	}
	c.pass(CheckpointSigned, "The log has signed its head of %d entries.", signed.Tree.Size)
}

// qa says that course reviews are carried. They are judged by a later
// version; the verdict on the record does not rest on them.
func (c *check) qa() {
	if c.e.QA != nil {
		c.unknown(QACarried, "The evidence carries reviews of the course, which this version does not judge.")
	}
}
