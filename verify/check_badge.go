package verify

import (
	"context"
	"slices"

	"github.com/akashi-project/akashi/record"
)

// A BadgeJudge judges a badge by itself: its signature, its dates, what its
// issuer says of it elsewhere. That takes linked data and a network, which this
// package links in neither of; package record/badge has both.
type BadgeJudge interface {
	// JudgeBadge judges the bytes of a record of type badge. known is what the
	// policy says of the issuer whom the record names, and has no keys when it
	// says nothing. It must honour ctx.
	JudgeBadge(ctx context.Context, badge []byte, known TrustedIssuer) BadgeJudgement
}

// A BadgeJudgement is what a BadgeJudge found.
type BadgeJudgement struct {
	// Fail means that the badge contradicts itself, or that its issuer withdrew
	// it, and refutes the record. Unknown means that whether it holds could not
	// be told: that leaves the verdict to the evidence, unless
	// Verifier.BadgeNeeded. Pass and Warn mean that it holds.
	Result Result
	Text   string // one sentence, for the people who read the report

	// SignedBy is the issuer as the badge names it, when a signature over the
	// badge fits and its key is proven to be that issuer's; otherwise it is
	// empty. Pinned says that the key is one that the policy lists for them.
	SignedBy string
	Pinned   bool
	// Logs are those that the bytes under that signature name, in the spelling
	// of checkpoint.LogRef.
	Logs []string
}

// judge has the badge judged by itself, when there is somebody to do so. Only
// the record that the evidence is about is shown to the judge.
func (c *check) judge(recordBytes []byte) {
	if c.v.Badge == nil || c.e.Record.Type != record.Badge || !c.passed(RecordDigest, RecordType) {
		return
	}
	known := TrustedIssuer{}
	if id, _ := c.parsed.Issuer(); id != "" {
		known, _ = c.v.Policy.issuer(id)
	}
	c.judgement = c.v.Badge.JudgeBadge(c.ctx, recordBytes, known)
	if c.judgement.Result > Fail {
		c.judgement.Result = Unknown
	}
}

// badge says what came of it.
func (c *check) badge() {
	if c.v.Badge == nil || c.e.Record.Type != record.Badge {
		return
	}
	if c.rests(BadgeHolds, RecordDigest, RecordType) {
		c.add(BadgeHolds, c.judgement.Result, "%s", c.judgement.Text)
	}
	c.report.Steps[len(c.report.Steps)-1].Needed = c.v.BadgeNeeded
}

// A naming is what a badge itself says of the logs of its issuer.
type naming uint8

const (
	namesNone  naming = iota // nothing that its issuer is known to have signed
	namesThis                // this log, and that counts
	namesOther               // other logs
	namesMore                // this log, which the policy's list of the issuer's logs has not
)

// naming finds out whether the badge, signed by that issuer, names this log. A
// policy that lists the issuer's logs means all of them: whoever stole a key
// that the policy does not list adds none.
func (c *check) naming(issuer string) naming {
	j := c.judgement
	switch known, _ := c.v.Policy.issuer(issuer); {
	case issuer == "" || j.SignedBy != issuer || j.Result == Fail || len(j.Logs) == 0:
		return namesNone
	case !slices.Contains(j.Logs, c.ref.String()):
		return namesOther
	case len(known.Logs) > 0 && !slices.Contains(known.Logs, c.ref) && !j.Pinned:
		return namesMore
	}
	return namesThis
}
