package badge

import (
	"context"
	"time"

	"github.com/akashi-project/akashi/record/fetch"
)

// a run is one check of one badge. The badges within a learner record have
// runs of their own, which share what was fetched.
type run struct {
	ctx     context.Context
	o       Options
	now     time.Time
	fetcher fetch.Fetcher
	depth   int // of badges within badges
	budget  *int

	badge  Badge
	report *Report
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
