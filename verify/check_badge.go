package verify

import (
	"context"

	"github.com/akashi-project/akashi/record"
)

// A BadgeJudge judges a badge by itself: its signature, its dates, what its
// issuer says of it elsewhere. That takes linked data and a network, which this
// package links in neither of; package record/badge has both.
//
// Pass, Warn and Unknown leave the verdict to the evidence: not knowing what a
// badge's own issuer says is no news of the log. Fail means that the badge
// contradicts itself, or that its issuer withdrew it, and refutes the record.
// why is one sentence, for the people who read the report. It must honour ctx.
type BadgeJudge interface {
	JudgeBadge(ctx context.Context, badge []byte) (result Result, why string)
}

// badge has the badge judged by itself, when there is somebody to do so. Only
// the record that the evidence is about is shown to the judge.
func (c *check) badge(recordBytes []byte) {
	if c.v.Badge == nil || c.e.Record.Type != record.Badge {
		return
	}
	if !c.rests(BadgeHolds, RecordDigest, RecordType) {
		return
	}
	result, why := c.v.Badge.JudgeBadge(c.ctx, recordBytes)
	if result > Fail {
		result = Unknown
	}
	c.add(BadgeHolds, result, "%s", why)
}
