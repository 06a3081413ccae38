package verify_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

// An examiner says the same of every badge, and remembers what it was shown.
type examiner struct {
	result verify.Result
	shown  [][]byte
}

func (j *examiner) JudgeBadge(_ context.Context, b []byte, _ verify.TrustedIssuer) verify.BadgeJudgement {
	j.shown = append(j.shown, b)
	return verify.BadgeJudgement{Result: j.result, Text: "So says the examiner."}
}

// TestBadgeHolds: the badge by itself is one more step, which refutes what the
// log would let pass and vouches for nothing that the log does not.
func TestBadgeHolds(t *testing.T) {
	s := newScene(t)
	e := s.evidence(t)
	for result, c := range map[verify.Result]struct {
		verdict verify.Verdict
		step    []string
	}{
		verify.Pass:       {verify.Verified, nil},
		verify.Warn:       {verify.Verified, []string{"badge.holds warn: So says the examiner"}},
		verify.Unknown:    {verify.Verified, []string{"badge.holds unknown: So says the examiner"}},
		verify.Fail:       {verify.Refuted, []string{"badge.holds fail: So says the examiner"}},
		verify.Result(77): {verify.Verified, []string{"badge.holds unknown"}},
	} {
		v, j := s.online(), &examiner{result: result}
		v.Badge = j
		want(t, v.Check(context.Background(), s.badge, e), c.verdict, c.step...)
		if len(j.shown) != 1 || !bytes.Equal(j.shown[0], s.badge) {
			t.Errorf("%s: the examiner was shown %d badges", result, len(j.shown))
		}
	}
	// Whoever wants the badge to hold is not told "verified" for want of an
	// answer; a fail elsewhere still refutes.
	for result, c := range map[verify.Result]struct {
		verdict verify.Verdict
		step    []string
	}{
		verify.Pass:       {verify.Verified, nil},
		verify.Warn:       {verify.Verified, []string{"badge.holds warn"}},
		verify.Unknown:    {verify.CouldNotTell, []string{"badge.holds unknown: So says the examiner"}},
		verify.Fail:       {verify.Refuted, []string{"badge.holds fail"}},
		verify.Result(77): {verify.CouldNotTell, []string{"badge.holds unknown"}},
	} {
		v := s.online()
		v.Badge, v.BadgeNeeded = &examiner{result: result}, true
		r := v.Check(context.Background(), s.badge, e)
		want(t, r, c.verdict, c.step...)
		if step, _ := r.Step(verify.BadgeHolds); !step.Needed || !step.Required() {
			t.Errorf("%s: the report does not say that the badge has to hold: %+v", result, step)
		}
	}
	v := s.online()
	v.Badge, v.BadgeNeeded = &examiner{result: verify.Unknown}, true
	late := newScene(t, record.Revoked)
	v.Policy, v.Chain, v.Now = late.policy, late.chain, func() time.Time { return late.now }
	want(t, v.Check(context.Background(), late.badge, late.evidence(t)), verify.Refuted, "status.state fail", "badge.holds unknown")
	// A record that the evidence is not about is shown to nobody.
	j := &examiner{result: verify.Pass}
	v = s.online()
	v.Badge = j
	r := v.Check(context.Background(), bytes.Replace(s.badge, []byte("example"), []byte("exampel"), 1), e)
	if step, ok := r.Step(verify.BadgeHolds); !ok || step.Result != verify.Unknown || r.Verdict != verify.Refuted || len(j.shown) != 0 {
		t.Errorf("another record: %v %s, shown %d", step, r.Verdict, len(j.shown))
	}
	// Nor is a document.
	d := newSceneOf(t, record.Document, []byte("%PDF-1.7"))
	v = d.online()
	v.Badge = j
	if r := v.Check(context.Background(), d.badge, d.evidence(t)); len(j.shown) != 0 {
		t.Errorf("a document was judged: %v", r.Steps)
	} else if _, ok := r.Step(verify.BadgeHolds); ok {
		t.Error("a document has the step")
	}
}
