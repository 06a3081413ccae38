package stack

import (
	"encoding/json"
	"time"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/descriptor"
)

// A Result is the answer of one check. As text: "pass", "warn", "unknown",
// "fail".
type Result string

// The results.
const (
	Pass    Result = "pass"
	Warn    Result = "warn"
	Unknown Result = "unknown"
	Fail    Result = "fail"
)

// A Code names a check. It is stable.
type Code string

// The codes, in the order of a dossier.
const (
	BadgeGenuine    Code = "badge.genuine"
	BadgeUnit       Code = "badge.unit"
	BadgeTwice      Code = "badge.twice"
	BadgeRecognised Code = "badge.recognised"
	BadgeDeclared   Code = "badge.declared"
	BadgeLevel      Code = "badge.level"
	BadgeCredits    Code = "badge.credits"
	LearnerSame     Code = "learner.same"
	UnitMet         Code = "unit.met"
	UnitOrder       Code = "unit.order"
	TotalHours      Code = "total.hours"
	TotalCredits    Code = "total.credits"
	TotalTransfer   Code = "total.transfer"
	OutcomeCovered  Code = "outcome.covered"
	OutcomeOverlap  Code = "outcome.overlap"
)

// Codes lists all codes.
var Codes = []Code{BadgeGenuine, BadgeUnit, BadgeTwice, BadgeRecognised, BadgeDeclared, BadgeLevel, BadgeCredits, LearnerSame,
	UnitMet, UnitOrder, TotalHours, TotalCredits, TotalTransfer, OutcomeCovered, OutcomeOverlap}

// A Judgement is what somebody else says of whether a badge is genuine.
type Judgement struct {
	By      string `json:"by"`      // "badge": signature, status and structure; "log": akashi's evidence
	Verdict string `json:"verdict"` // "verified", "refuted" or "could-not-tell"
	Text    string `json:"text,omitempty"`
	Code    string `json:"code,omitempty"` // of the check that decided
}

// An Input is one record, and what is known of it. Without judgements it counts
// as not checked.
type Input struct {
	Name       string // as messages call it: a file name
	Record     record.Record
	Judgements []Judgement
}

// Options of Check.
type Options struct {
	Lang descriptor.Lang // of the sentences; En when empty
	// At is when the dossier is made. The zero time leaves it out.
	At time.Time
	// Learner is whom all badges must be of: an address of mail or another
	// identifier. Empty asks only that they are of one. It is not written down.
	Learner string
}

// A Dossier is what a programme and badges make together.
type Dossier struct {
	Version   int             `json:"v"`
	At        string          `json:"at,omitempty"` // RFC 3339
	Lang      descriptor.Lang `json:"lang"`
	Verdict   Verdict         `json:"verdict"`
	Programme About           `json:"programme"`
	Totals    Totals          `json:"totals"`
	Badges    []Entry         `json:"badges"`
	Units     []UnitEntry     `json:"units"`
	Outcomes  []OutcomeEntry  `json:"outcomes"`
	Checks    []Row           `json:"checks"`
}

// A Verdict is the answer of the whole.
type Verdict string

// The verdicts: all that is asked is there; something is missing or wrong; it
// cannot be told.
const (
	Complete     Verdict = "complete"
	Incomplete   Verdict = "incomplete"
	CouldNotTell Verdict = "could-not-tell"
)

// About says which programme it was.
type About struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Institution string `json:"institution"`
	Model       Model  `json:"model"`
	SHA256      string `json:"sha256"` // of the file
}

// Totals are sums over the badges that count, exact, as decimals; "≈" stands
// before one that has more than three digits behind its point.
type Totals struct {
	Hours           string `json:"hours"`
	RequiredHours   string `json:"requiredHours,omitempty"`
	Credits         string `json:"credits"`
	RequiredCredits string `json:"requiredCredits,omitempty"`
	CreditScheme    string `json:"creditScheme,omitempty"`
	NoHours         int    `json:"badgesWithoutHours"`
	NoCredits       int    `json:"badgesWithoutCredits"`
}

// An Entry is one badge; its number is its place in the list, from 1.
type Entry struct {
	File         string      `json:"file"`
	Path         string      `json:"path,omitempty"` // within the record
	SHA256       string      `json:"sha256"`         // the record's digest
	Title        string      `json:"title,omitempty"`
	Issuer       string      `json:"issuer,omitempty"`
	IssuerID     string      `json:"issuerId,omitempty"`
	Achievement  string      `json:"achievement,omitempty"`
	Credential   string      `json:"credential,omitempty"`
	Awarded      string      `json:"awarded,omitempty"` // RFC 3339
	Hours        string      `json:"hours,omitempty"`
	Credits      string      `json:"credits,omitempty"`
	CreditScheme string      `json:"creditScheme,omitempty"`
	Level        string      `json:"level,omitempty"`
	Unit         string      `json:"unit,omitempty"` // that it meets
	Counts       bool        `json:"counts"`         // towards the totals
	Judgements   []Judgement `json:"judgements"`
}

// A UnitEntry is one unit and the badges that meet it, by number.
type UnitEntry struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Optional bool   `json:"optional"`
	MetBy    []int  `json:"metBy"`
	Hours    string `json:"hours,omitempty"`   // that it counts for here
	Credits  string `json:"credits,omitempty"` // the same
}

// An OutcomeEntry is one outcome and the badges that cover it, by number.
type OutcomeEntry struct {
	ID        string `json:"id"`
	Text      string `json:"text"`
	CoveredBy []int  `json:"coveredBy"`
}

// A Row is one check.
type Row struct {
	Code   Code              `json:"code"`
	Result Result            `json:"result"`
	Badge  int               `json:"badge,omitempty"` // number of the badge that it is about
	Unit   string            `json:"unit,omitempty"`
	Args   map[string]string `json:"args,omitempty"`
	Text   string            `json:"text"` // one sentence, in the language of the dossier
}

// JSON writes a dossier: two spaces of indentation, members in the order of
// the type, a newline at its end. The same dossier gives the same bytes.
func (d Dossier) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}
