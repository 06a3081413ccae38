package main

import (
	"testing"

	"github.com/akashi-project/akashi/record/badge"
)

// TestCopyNotGenuine holds that a copy of a hosted badge, which may say more than
// what is hosted and was judged, is not added up as genuine.
func TestCopyNotGenuine(t *testing.T) {
	for _, c := range []struct {
		result badge.Result
		want   badge.Verdict
	}{{badge.Pass, badge.Verified}, {badge.Warn, badge.CouldNotTell}} {
		r := badge.Report{Verdict: badge.Verified, Checks: []badge.Finding{{Code: badge.HostedSame, Result: c.result, Text: "Said so."}}}
		if j := ofBadge(r); j.Verdict != string(c.want) || c.result == badge.Warn && j.Code != string(badge.HostedSame) {
			t.Errorf("%s: %+v", c.result, j)
		}
	}
}
