package verify

import (
	"fmt"
	"slices"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/record"
)

// A Verdict is the answer to: is this record genuine, and still good?
// As text: "verified", "refuted", "could-not-tell".
type Verdict uint8

// The verdicts. The zero value is the one that promises nothing.
const (
	CouldNotTell Verdict = iota // something needed could not be checked
	Verified                    // every required step passed
	Refuted                     // bytes contradict each other, or the issuer withdrew the record
)

var verdictNames = [...]string{CouldNotTell: "could-not-tell", Verified: "verified", Refuted: "refuted"}

// String returns the verdict's name.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return fmt.Sprintf("verdict %d", uint8(v))
}

// MarshalText returns the verdict's name; a value without one is an error.
func (v Verdict) MarshalText() ([]byte, error) { return marshalName(v, verdictNames[:]) }

// UnmarshalText accepts just what MarshalText returns.
func (v *Verdict) UnmarshalText(text []byte) error {
	return unmarshalName(v, verdictNames[:], text)
}

// A Result is what one step found. As text: "unknown", "pass", "warn", "fail".
type Result uint8

// The results of a step.
const (
	Unknown Result = iota // could not be checked; the text says why
	Pass
	Warn // passed, with something to know
	Fail // bytes contradict each other, or the record is withdrawn
)

var resultNames = [...]string{Unknown: "unknown", Pass: "pass", Warn: "warn", Fail: "fail"}

// String returns the result's name.
func (r Result) String() string {
	if int(r) < len(resultNames) {
		return resultNames[r]
	}
	return fmt.Sprintf("result %d", uint8(r))
}

// MarshalText returns the result's name; a value without one is an error.
func (r Result) MarshalText() ([]byte, error) { return marshalName(r, resultNames[:]) }

// UnmarshalText accepts just what MarshalText returns.
func (r *Result) UnmarshalText(text []byte) error { return unmarshalName(r, resultNames[:], text) }

func marshalName[T ~uint8](v T, names []string) ([]byte, error) {
	if int(v) >= len(names) {
		return nil, fmt.Errorf("value %d has no name", v)
	}
	return []byte(names[v]), nil
}

func unmarshalName[T ~uint8](v *T, names []string, text []byte) error {
	for i, name := range names {
		if name == string(text) {
			*v = T(i)
			return nil
		}
	}
	return fmt.Errorf("%q is none of %v", clip(string(text)), names)
}

// A Step is one check of a Report.
type Step struct {
	Code   Code   `json:"code"` // stable; see the table in codes.go
	Result Result `json:"result"`
	Text   string `json:"text"` // one sentence for people; may change between releases

	// Needed makes the step one that is required in this report, though it is
	// not by the table: badge.holds, when the verifier wants the badge to hold.
	Needed bool `json:"needed,omitzero"`
}

// Required reports whether the step's being unknown leaves the question open.
func (s Step) Required() bool {
	return s.Needed || slices.ContainsFunc(Codes, func(i CodeInfo) bool { return i.Code == s.Code && i.Required })
}

// A Report is what Verifier.Check found. It holds neither the record nor its
// digest or salt, and may be shown, logged and kept. Facts are there only as
// far as they are proved; the rest is in the steps.
type Report struct {
	Verdict Verdict `json:"verdict"`
	Steps   []Step  `json:"steps"` // in the order of the table in codes.go

	Type      record.Type        `json:"type,omitzero"`      // of the record, when its bytes can be of it
	Issuer    *Issuer            `json:"issuer,omitzero"`    // when issuer.bound passed
	Log       *checkpoint.LogRef `json:"log,omitzero"`       // that the evidence is about
	Index     *uint64            `json:"index,omitzero"`     // of the record in that log
	Existence *ExistenceFact     `json:"existence,omitzero"` // when every step of existence passed
	Status    *StatusFact        `json:"status,omitzero"`    // when every step up to status.state passed or failed by a withdrawal
}

// An Issuer is whose log holds the record.
type Issuer struct {
	ID   string `json:"id"`
	Name string `json:"name,omitzero"` // as the policy has it
}

// An ExistenceFact says since when the record exists at the latest.
type ExistenceFact struct {
	Block Block  `json:"block"` // the record existed at its time
	Size  uint64 `json:"size"`  // of the log then
}

// A StatusFact says what the issuer's log says of the record.
type StatusFact struct {
	State record.State `json:"state"`
	Block Block        `json:"block"` // as of this block
	Size  uint64       `json:"size"`  // of the log then
	Final bool         `json:"final"` // it cannot change: revoked, or the log is closed
}

// Step returns the step with that code, if the report has it.
func (r Report) Step(code Code) (Step, bool) {
	for _, s := range r.Steps {
		if s.Code == code {
			return s, true
		}
	}
	return Step{}, false
}
