package verify

import (
	"context"

	"github.com/akashi-project/akashi/record"
)

// A BadgeJudge judges a badge by itself: its signature, its dates, what its
// issuer says of it elsewhere. That takes linked data and a network, which this
// package links in neither of; package record/badge has both.
type BadgeJudge interface {
	// JudgeBadge judges the bytes of a record of type badge. It must honour ctx.
	JudgeBadge(ctx context.Context, badge []byte) BadgeJudgement
}

// A BadgeJudgement is what a BadgeJudge found.
type BadgeJudgement struct {
	// Fail means that the badge contradicts itself, or that its issuer withdrew
	// it, and refutes the record. Unknown means that whether it holds could not
	// be told: that leaves the verdict to the evidence, unless
	// Verifier.BadgeNeeded. Pass and Warn mean that it holds.
	Result Result
	Text   string // one sentence, for the people who read the report
}

// badge has the badge judged by itself, when there is somebody to do so. Only
// the record that the evidence is about is shown to the judge.
func (c *check) badge(recordBytes []byte) {
	if c.v.Badge == nil || c.e.Record.Type != record.Badge {
		return
	}
	if c.rests(BadgeHolds, RecordDigest, RecordType) {
		j := c.v.Badge.JudgeBadge(c.ctx, recordBytes)
		if j.Result > Fail {
			j.Result = Unknown
		}
		c.add(BadgeHolds, j.Result, "%s", j.Text)
	}
	c.report.Steps[len(c.report.Steps)-1].Needed = c.v.BadgeNeeded
}
