package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/verify"
)

// badgeJudge is the verify.BadgeJudge of akashi verify. What it fetches with
// --badge, it fetches under the rules of akashi badge check; without, it asks
// nobody.
type badgeJudge struct{ options badge.Options }

// JudgeBadge words what decided, with its code; akashi badge check shows the
// rest.
func (j badgeJudge) JudgeBadge(ctx context.Context, b []byte) (verify.Result, string) {
	report := badge.Check(ctx, b, j.options)
	asked := j.options.Fetcher != nil
	if c := contradiction(report); c != nil && !asked {
		return verify.Fail, fmt.Sprintf("By itself the badge is refuted (%s): %s", c.Code, c.Text)
	}
	var fault, doubt *badge.Finding
	for i, c := range report.Checks {
		switch {
		case c.Result == badge.Fail && report.Verdict == badge.Refuted && asked:
			return verify.Fail, fmt.Sprintf("By itself the badge is refuted (%s): %s", c.Code, c.Text)
		case c.Result == badge.Fail && fault == nil:
			fault = &report.Checks[i]
		case c.Result == badge.Unknown && doubt == nil:
			doubt = &report.Checks[i]
		}
	}
	switch {
	case fault != nil:
		return verify.Warn, fmt.Sprintf("The badge is not what its standard asks for (%s): %s", fault.Code, fault.Text)
	case report.Verdict == badge.Verified:
		return verify.Pass, fmt.Sprintf("By itself the badge holds, in %d checks.", len(report.Checks))
	case doubt != nil && !asked:
		return verify.Unknown, fmt.Sprintf("By itself the badge could not be judged without asking its issuer, as --badge does (%s): %s", doubt.Code, doubt.Text)
	case doubt != nil:
		return verify.Unknown, fmt.Sprintf("By itself the badge could not be judged (%s): %s", doubt.Code, doubt.Text)
	}
	return verify.Unknown, "By itself the badge could not be judged."
}

// contradiction returns what of a badge, or of those within a learner record,
// contradicts itself or has run out; nil when nothing does.
func contradiction(r badge.Report) *badge.Finding {
	for i, c := range r.Checks {
		if c.Result == badge.Fail && contradicts(c.Code) {
			return &r.Checks[i]
		}
	}
	for _, within := range r.Credentials {
		if c := contradiction(within.Report); c != nil {
			return c
		}
	}
	return nil
}

// contradicts reports whether a badge that fails a check contradicts itself or
// has run out, rather than being another shape than its standard asks for. A
// log may hold any record; what is signed and does not fit is nobody's badge.
func contradicts(c badge.Code) bool {
	return strings.HasPrefix(string(c), "proof.") && c != badge.ProofPresent || c == badge.ValidityUntil
}
