package badge

import (
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/akashi-project/akashi/record/internal/tree"
)

// Limits on badges within badges.
const (
	MaxNested = 64 // in all, endorsements included
	MaxDepth  = 4  // a learner record within a learner record counts 2
)

// A Nested is the report on a badge that stands within another one.
type Nested struct {
	Path string `json:"path"` // of JSON names, such as credentialSubject.verifiableCredential[0]
	Report
}

// raw returns the bytes of a member as they stand in the canonical JSON, or in
// the payload of a token, so that a badge within is judged by its own bytes.
func raw(doc any) []byte {
	// Members of a canonical document are canonical by themselves, and these
	// options write them so again: the tree has lost nothing but their order.
	b, err := json.Marshal(doc, json.Deterministic(true))
	if err != nil {
		return nil
	}
	v := jsontext.Value(b)
	if v.Canonicalize() != nil {
		return nil
	}
	return v
}

// credentials judges each credential within a learner record as a document of
// its own.
func (r *run) credentials() {
	if r.badge.Standard != CLR2 {
		return
	}
	list := r.badge.doc.Object("credentialSubject").Each("verifiableCredential")
	if len(list) == 0 {
		r.add(sayNestedNone)
		return
	}
	var failed, open, judged int
	learner := learnersOf(r.badge)
	names := map[sameness]int{}
	for i, v := range list {
		report, within, ok := r.nested(v)
		if !ok {
			r.add(sayNestedDeep)
			break
		}
		judged++
		r.report.Credentials = append(r.report.Credentials, Nested{"credentialSubject.verifiableCredential[" + strconv.Itoa(i) + "]", report})
		switch report.Verdict {
		case Refuted:
			failed++
		case CouldNotTell:
			open++
		}
		switch within.Standard {
		case "", Endorsement: // no badge, and an endorsement, which is of what it endorses
		default:
			oneIssuer := within.Issuer() == r.badge.Issuer()
			said := compareAll(learner, learnersOf(within), oneIssuer)
			if said == different && !oneIssuer {
				said = renamed
			}
			names[said]++
		}
	}
	r.subjects(names, len(list), judged)
	switch {
	case failed > 0:
		r.add(sayNestedFail, failed, len(list))
	case open > 0:
		r.add(sayNestedU, open, len(list))
	case judged < len(list): // said before
	default:
		r.add(sayNested, len(list))
	}
}

// subjects says whether the credentials within are of the learner of the
// record, which is of one (1EdTech CLR 2.0, section 1). One issuer knows one
// learner by one name, and two issuers may know one by two.
//
// What was not judged is of nobody that is known here.
func (r *run) subjects(names map[sameness]int, all, judged int) {
	if n := names[different]; n > 0 {
		r.add(saySubjectsElse, n, all)
	}
	if n := names[renamed]; n > 0 {
		r.add(saySubjectsName, n, all)
	}
	if n := names[cannotTell]; n > 0 {
		r.add(saySubjectsU, n, all)
	}
	if n := names[same]; judged == all && n > 0 && n == names[same]+names[different]+names[renamed]+names[cannotTell] {
		r.add(saySubjects)
	}
}

// nested judges one badge within this one, which is an object or a token. It
// is not ok when there are too many, or they are too deep. The badge is zero
// when it could not be read as one.
func (r *run) nested(v any) (Report, Badge, bool) {
	if r.work.nested <= 0 || r.work.parsed <= 0 || r.depth+1 >= MaxDepth || r.ctx.Err() != nil {
		return Report{}, Badge{}, false
	}
	r.work.nested--
	// Each level is read again. What a token holds is known when it was read.
	text, isToken := v.(string)
	content := []byte(text)
	if !isToken {
		values := tree.Count(v)
		if values > r.work.parsed {
			r.work.parsed = 0
			return Report{}, Badge{}, false
		}
		r.work.parsed -= values
		content = raw(v)
	}
	inner := *r
	inner.report, inner.depth, inner.badge = &Report{At: r.report.At}, r.depth+1, Badge{}
	inner.o.Recipient = ""
	inner.content(content, nil)
	if isToken {
		r.work.parsed -= tree.Count(inner.badge.doc)
	}
	return *inner.report, inner.badge, true
}

// An endorsed is a place where endorsements stand.
type endorsed struct {
	path string
	of   tree.Object
}

// endorsements judges the endorsements of the badge, its achievement and its
// issuer. They are what others say: one that does not hold counts for nothing,
// and the badge holds without it.
func (r *run) endorsements() {
	doc := r.badge.doc
	places := []endorsed{{"", doc}, {"issuer.", doc.Object("issuer")}}
	if subject := doc.Object("credentialSubject"); r.badge.Standard == OpenBadges3 {
		achievement := subject.Object("achievement")
		places = append(places, endorsed{"credentialSubject.achievement.", achievement},
			endorsed{"credentialSubject.achievement.creator.", achievement.Object("creator")})
	}
	var all, bad int
	for _, p := range places {
		for _, member := range []string{"endorsement", "endorsementJwt"} {
			for i, v := range p.of.Each(member) {
				all++
				report, _, ok := r.nested(v)
				if !ok {
					bad++
					continue
				}
				// An endorsement of something else can be put anywhere.
				if report.Verdict != Verified || report.endorses == "" || report.endorses != p.of.Text("id") {
					bad++
				}
				r.report.Endorsements = append(r.report.Endorsements, Nested{p.path + member + "[" + strconv.Itoa(i) + "]", report})
			}
		}
	}
	switch {
	case bad > 0:
		r.add(sayEndorsedWarn, bad, all)
	case all > 0:
		r.add(sayEndorsed, all)
	}
}
