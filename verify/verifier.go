package verify

import (
	"context"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// DefaultCallTimeout bounds one question to a Chain.
const DefaultCallTimeout = 10 * time.Second

// A Verifier judges records by their evidence. It keeps nothing between
// calls, and many goroutines may use one at once.
type Verifier struct {
	Policy Policy
	Chain  Chain            // nil: offline; only blocks that the policy names are trusted
	Now    func() time.Time // nil means time.Now; measures the age of a status

	// Badge judges badges by themselves, as one more step. Nil leaves that out.
	Badge BadgeJudge

	// BadgeNeeded says that whoever asks wants the badge to hold by itself too:
	// then a Badge that cannot tell leaves the verdict at could-not-tell. A list
	// of revoked badges that nobody can reach never means "not revoked".
	BadgeNeeded bool

	// ExpectIssuer, when it is not empty, is whose record this must be. For a
	// document, which names nobody, it says which of several issuers is meant.
	ExpectIssuer string

	// CallTimeout bounds each question to the Chain; 0 means
	// DefaultCallTimeout. After one that took too long no more are asked, so
	// that a chain client which hangs costs that much once.
	CallTimeout time.Duration
}

// CheckBytes is Check for evidence as a file has it. Bytes that are not
// evidence say nothing for or against the record: could-not-tell.
func (v *Verifier) CheckBytes(ctx context.Context, recordBytes, evidence []byte) Report {
	e, err := ParseEvidence(evidence)
	if err != nil {
		return unreadable(err)
	}
	return v.Check(ctx, recordBytes, e)
}

// Check judges a record by its evidence and returns every step of the way.
// It never fails: what cannot be checked is an unknown step with its reason.
func (v *Verifier) Check(ctx context.Context, recordBytes []byte, e Evidence) Report {
	if err := e.Validate(); err != nil {
		return unreadable(err)
	}
	c := &check{
		ctx: ctx, v: v, e: e, ref: e.Ref(),
		client: newClient(v.Chain, v.CallTimeout, e.Existence.Event.ChainID),
		now:    time.Now,
		done:   make(map[Code]Result),
	}
	if v.Now != nil {
		c.now = v.Now
	}
	c.report.Log, c.report.Index = &c.ref, &c.e.Index
	c.pass(EvidenceForm, "The evidence has the form of version 1.")
	c.record(recordBytes)
	c.judge(recordBytes)
	c.registry()
	c.existence()
	c.issuer()
	if e.Record.Type != record.CourseQA {
		c.status()
	}
	c.checkpoint()
	c.qa()
	c.badge()
	c.report.Verdict = c.verdict()
	return c.report
}

// unreadable is the report on evidence without the form of evidence.
func unreadable(err error) Report {
	return Report{Verdict: CouldNotTell, Steps: []Step{{Code: EvidenceForm, Result: Unknown, Text: sentence("The evidence cannot be read, and so proves nothing: %s.", because(err))}}}
}

// check is the state of one call of Check.
type check struct {
	ctx    context.Context
	v      *Verifier
	e      Evidence
	ref    checkpoint.LogRef
	client *client
	now    func() time.Time
	report Report
	done   map[Code]Result

	parsed    record.Record  // when record.form passed
	judgement BadgeJudgement // zero when there was no judge, or no badge for one
	dating    finding        // of the existence event, when existence.event passed
	first     merkle.Tree    // of the existence event, when existence.inclusion passed
	bound     *Issuer        // when issuer.bound passed
	fresh     bool           // status.current passed for good: the log is closed
	anchors   []anchor       // that events have shown so far, for checkpoint.signed
}

// verdict follows from the steps: a fail refutes, then an unknown one that is
// required leaves the question open.
func (c *check) verdict() Verdict {
	verdict := Verified
	for _, s := range c.report.Steps {
		switch {
		case s.Result == Fail:
			return Refuted
		case s.Result == Unknown && s.Required():
			verdict = CouldNotTell
		}
	}
	return verdict
}

func (c *check) add(code Code, result Result, format string, a ...any) {
	c.done[code] = result
	c.report.Steps = append(c.report.Steps, Step{Code: code, Result: result, Text: sentence(format, a...)})
}

func (c *check) pass(code Code, format string, a ...any)    { c.add(code, Pass, format, a...) }
func (c *check) warn(code Code, format string, a ...any)    { c.add(code, Warn, format, a...) }
func (c *check) fail(code Code, format string, a ...any)    { c.add(code, Fail, format, a...) }
func (c *check) unknown(code Code, format string, a ...any) { c.add(code, Unknown, format, a...) }

// rests reports whether all those steps passed, perhaps with a warning. If
// not, it records code as unknown for that reason.
func (c *check) rests(code Code, on ...Code) bool {
	for _, o := range on {
		if !c.passed(o) {
			c.unknown(code, "This was not checked, since it rests on the step %s, which did not pass.", o)
			return false
		}
	}
	return true
}

func (c *check) passed(codes ...Code) bool {
	for _, code := range codes {
		if r, ok := c.done[code]; !ok || r != Pass && r != Warn {
			return false
		}
	}
	return true
}
