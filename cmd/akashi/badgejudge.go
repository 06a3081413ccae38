package main

import (
	"context"
	"fmt"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/verify"
)

// badgeJudge is the verify.BadgeJudge of --badge. What it fetches, it fetches
// under the rules of akashi badge check.
type badgeJudge struct{ options badge.Options }

// JudgeBadge words what decided, with its code; akashi badge check shows the
// rest.
func (j badgeJudge) JudgeBadge(ctx context.Context, b []byte) (verify.Result, string) {
	report := badge.Check(ctx, b, j.options)
	decides, result, head := badge.Pass, verify.Pass, "By itself the badge holds"
	switch report.Verdict {
	case badge.Refuted:
		decides, result, head = badge.Fail, verify.Fail, "By itself the badge is refuted"
	case badge.CouldNotTell:
		decides, result, head = badge.Unknown, verify.Unknown, "By itself the badge could not be judged"
	}
	for _, c := range report.Checks {
		if c.Result == decides && result != verify.Pass {
			return result, fmt.Sprintf("%s (%s): %s", head, c.Code, c.Text)
		}
	}
	return result, fmt.Sprintf("%s, in %d checks.", head, len(report.Checks))
}
