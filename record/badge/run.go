package badge

import (
	"context"
	"time"

	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/ld"
)

// a run is one check of one badge. The badges within a learner record have
// runs of their own, which share what was fetched.
type run struct {
	ctx     context.Context
	o       Options
	now     time.Time
	fetcher fetch.Fetcher
	depth   int // of badges within badges
	work    *work

	badge  Badge
	report *Report
}

// work is what one check may still do, with all the badges within.
type work struct {
	nested   int   // badges within badges
	unpacked int64 // bytes of status lists

	lists map[listKey]readList // that were judged before: many badges share one
}

// A listKey says of what a status list was judged.
type listKey struct{ url, issuer, kind, purpose string }

// A readList is a status list and what was said of it.
type readList struct {
	bits     []byte
	ok       bool
	findings []Finding
}

// MaxUnpacked bounds the status lists that one check unpacks, all together.
const MaxUnpacked = 4 * MaxListBytes

// limits bounds the work on linked data. What is within another badge gets a
// share: there may be MaxNested of them, and the whole must end in time.
func (r *run) limits() ld.Limits {
	if r.depth == 0 {
		return ld.Limits{}
	}
	l := ld.DefaultLimits
	return ld.Limits{Quads: l.Quads / 16, Nodes: l.Nodes / 16, Output: l.Output / 16, Steps: l.Steps / 16, Contexts: l.Contexts / 4, Terms: l.Terms / 4}
}

// add records what a check found.
func (r *run) add(s *sentence, args ...any) {
	r.report.Checks = append(r.report.Checks, Finding{s.code, s.result, s.in(r.o.Language, args)})
}

// result returns the worst result of a code so far, and whether there is one.
func (r *run) result(code Code) (Result, bool) {
	var worst Result
	rank := map[Result]int{Pass: 1, Warn: 2, Unknown: 3, Fail: 4}
	for _, c := range r.report.Checks {
		if c.Code == code && rank[c.Result] > rank[worst] {
			worst = c.Result
		}
	}
	return worst, worst != ""
}
