package proof

import (
	"crypto/rsa"

	"github.com/akashi-project/akashi/record/ld"
)

// What the proofs of one check may take together; see Budget.
const (
	MaxSignatures = 4096     // cost of signatures, of which an Ed25519 one has 1
	MaxHashed     = 64 << 20 // bytes hashed for eddsa-jcs-2022
)

// A Budget is what is left of the work that the proofs of several documents may
// take together: a badge, those within it, status lists. What would take more is
// Unknown by CodeComplex. It is for one goroutine.
type Budget struct {
	Linked     *ld.Budget // for JSON-LD and RDFC-1.0
	signatures int
	hashed     int
}

// NewBudget returns a whole Budget: of JSON-LD what one document may take, and
// its values four times, since each proof reads the contexts again.
func NewBudget() *Budget {
	return &Budget{Linked: ld.NewBudget(ld.Limits{Values: 4 * ld.DefaultLimits.Values}), signatures: MaxSignatures, hashed: MaxHashed}
}

// Spent returns the cost of signatures and the bytes hashed so far.
func (b *Budget) Spent() (signatures, hashed int) {
	return MaxSignatures - b.signatures, MaxHashed - b.hashed
}

// signature takes one signature of a key, and reports whether it was left.
func (b *Budget) signature(k Key) bool { return take(&b.signatures, k.cost()) }

func (b *Budget) hash(bytes int) bool { return take(&b.hashed, bytes) }

// take takes n. What is refused once is refused from then on.
func take(left *int, n int) bool {
	if n > *left {
		*left = 0
		return false
	}
	*left -= n
	return true
}

// cost is how many Ed25519 signatures can be checked in the time that one of
// this key takes, rounded up.
func (k Key) cost() int {
	switch k.kind {
	case P256:
		return 2
	case P384:
		return 12
	case RSA:
		// The exponent may have 31 bits, which takes twice that of the usual one.
		n := (k.public.(*rsa.PublicKey).N.BitLen() + 1023) / 1024
		return n * n
	}
	return 1
}
