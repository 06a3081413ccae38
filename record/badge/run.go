package badge

import (
	"context"
	"time"

	"github.com/akashi-project/akashi/record/controller"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/internal/tree"
	"github.com/akashi-project/akashi/record/ld"
	"github.com/akashi-project/akashi/record/proof"
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
	lookups  int   // status entries
	unpacked int64 // bytes of status lists
	parsed   int   // names and values of badges within badges

	proofs   *proof.Budget        // signatures, and what must be made to check them
	resolver *controller.Resolver // of issuers' keys

	reader *tree.Reader           // of what was fetched
	lists  map[string]*statusList // by address: many badges share one
	plain  map[string]revocations // by address: lists that are not signed
}

// Limits on what one check reads and unpacks, with all the badges within.
const (
	MaxRead     = 8 << 20          // bytes of JSON that was fetched
	MaxParsed   = 1 << 17          // names and values of badges within badges, each level counted
	MaxUnpacked = 2 * MaxListBytes // bytes of status lists
	MaxLookups  = 128              // status entries
)

func (r *run) newWork() *work {
	reader := tree.NewReader(MaxRead)
	return &work{
		nested: MaxNested, lookups: MaxLookups, unpacked: MaxUnpacked, parsed: MaxParsed,
		proofs:   proof.NewBudget(),
		resolver: &controller.Resolver{Fetcher: r.fetcher, Now: r.clock, Reader: reader},
		reader:   reader,
		lists:    map[string]*statusList{}, plain: map[string]revocations{},
	}
}

// spent is what was done.
func (w *work) spent() Work {
	signatures, hashed := w.proofs.Spent()
	return Work{
		Linked: w.proofs.Linked.Spent(), Signatures: signatures, Hashed: hashed,
		Parsed: MaxParsed - w.parsed, Read: MaxRead - w.reader.Left(), Unpacked: MaxUnpacked - w.unpacked,
		Nested: MaxNested - w.nested, Lookups: MaxLookups - max(0, w.lookups),
	}
}

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
	r.report.Checks = append(r.report.Checks, r.found(s, args...))
}

// found words what a check found.
func (r *run) found(s *sentence, args ...any) Finding {
	return Finding{s.code, s.result, s.in(r.o.Language, args)}
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
