package main

import (
	"context"
	"fmt"
	"slices"
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
func (j badgeJudge) JudgeBadge(ctx context.Context, b []byte, known verify.TrustedIssuer) verify.BadgeJudgement {
	o := j.options
	o.Pinned = badge.Pinned{Issuer: known.ID, Keys: known.Keys}
	report := badge.Check(ctx, b, o)
	said := ofAnswers(report)
	if o.Fetcher == nil {
		said = ofBytes(report)
	}
	said.SignedBy, said.Pinned = report.SignedBy()
	said.Logs = report.Logs
	return said
}

// ofAnswers judges a badge whose issuer was asked.
func ofAnswers(report badge.Report) verify.BadgeJudgement {
	f, against := decided(report)
	switch {
	case report.Verdict == badge.Refuted:
		return judgement(verify.Fail, "By itself the badge is refuted (%s): %s", f.Code, f.Text)
	case report.Verdict == badge.Verified:
		return judgement(verify.Pass, "By itself the badge holds, in %d checks.", len(report.Checks))
	case against:
		return judgement(verify.Unknown, "By itself the badge could not be judged (%s): %s", f.Code, f.Text)
	}
	return judgement(verify.Unknown, "By itself the badge could not be judged.")
}

// ofBytes judges a badge whose issuer was not asked, by its bytes alone. What
// is not to be learned from them is named.
func ofBytes(report badge.Report) verify.BadgeJudgement {
	if c := contradiction(report); c != nil {
		return judgement(verify.Fail, "By itself the badge is refuted (%s): %s", c.Code, c.Text)
	}
	open := unasked(report)
	if i := slices.IndexFunc(report.Checks, func(c badge.Finding) bool { return c.Result == badge.Fail }); i >= 0 {
		text := fmt.Sprintf("The badge is not what its standard asks for (%s): %s", report.Checks[i].Code, report.Checks[i].Text)
		if len(open) > 0 {
			text += fmt.Sprintf(" Not checked, since nobody was asked, as --badge does: %s.", codesOf(open))
		}
		return judgement(verify.Warn, "%s", text)
	}
	if report.Verdict == badge.Verified {
		return judgement(verify.Pass, "By itself the badge holds, in %d checks.", len(report.Checks))
	}
	if len(open) == 0 {
		return judgement(verify.Unknown, "By itself the badge could not be judged.")
	}
	return judgement(verify.Unknown, "By itself the badge could not be judged without asking its issuer, as --badge does (%s): %s", codesOf(open), open[0].Text)
}

func judgement(r verify.Result, format string, a ...any) verify.BadgeJudgement {
	return verify.BadgeJudgement{Result: r, Text: fmt.Sprintf(format, a...)}
}

// decided is the one check to name when there is room for one: the first that
// decided against "verified". Of a learner record that is the one within.
func decided(r badge.Report) (badge.Finding, bool) {
	all := r.Deciding()
	if len(all) == 0 {
		return badge.Finding{}, false
	}
	if all[0].Code == badge.NestedCredentials {
		for _, within := range r.Credentials {
			if within.Verdict == r.Verdict {
				if f, ok := decided(within.Report); ok {
					return f, true
				}
			}
		}
	}
	return all[0], true
}

// unasked are the checks that leave the question open, of a badge or of those
// within a learner record.
func unasked(r badge.Report) []badge.Finding {
	var all []badge.Finding
	for _, c := range r.Checks {
		if c.Open() && c.Code != badge.NestedCredentials {
			all = append(all, c)
		}
	}
	for _, within := range r.Credentials {
		all = append(all, unasked(within.Report)...)
	}
	if c, ok := r.Find(badge.NestedCredentials); ok && len(all) == 0 && c.Open() {
		return []badge.Finding{c}
	}
	return all
}

// codesOf lists codes, each once.
func codesOf(all []badge.Finding) string {
	var codes []string
	for _, f := range all {
		if !slices.Contains(codes, string(f.Code)) {
			codes = append(codes, string(f.Code))
		}
	}
	return strings.Join(codes, ", ")
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
