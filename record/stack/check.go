package stack

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/akashi-project/akashi/record/descriptor"
)

// MaxBadges is how many badges are held against a programme, those of learner
// records counted one by one.
const MaxBadges = 500

// An item is a badge under check.
type item struct {
	facts   descriptor.Facts
	input   *Input
	path    string
	unit    *Unit
	number  int // from 1
	counts  bool
	refuted bool     // by a judgement: it counts for nothing
	hours   *big.Rat // that count
	credits *big.Rat
	covers  map[string]bool
}

// A run makes one dossier.
type run struct {
	p     Programme
	o     Options
	d     *Dossier
	items []*item
	units map[string][]*item // badges that meet a unit, those that count first
}

// Check holds badges against a programme. programme is the file that p was read
// of. An error names the input that is no badge.
func Check(p Programme, programme []byte, inputs []Input, o Options) (Dossier, error) {
	if o.Lang == "" {
		o.Lang = descriptor.En
	}
	sum := sha256.Sum256(programme)
	d := Dossier{Version: 1, Lang: o.Lang, Programme: About{p.ID, p.Name, p.Institution, p.Model, hex.EncodeToString(sum[:])},
		Badges: []Entry{}, Units: []UnitEntry{}, Outcomes: []OutcomeEntry{}, Checks: []Row{}}
	if !o.At.IsZero() {
		d.At = o.At.UTC().Format(time.RFC3339)
	}
	r := &run{p: p, o: o, d: &d, units: map[string][]*item{}}
	if err := r.read(inputs); err != nil {
		return Dossier{}, err
	}
	r.genuine()
	r.match()
	r.learner()
	r.levels()
	r.met()
	r.order()
	r.totals()
	r.outcomes()
	r.write()
	return d, nil
}

// row adds a check.
func (r *run) row(c Code, result Result, sentence string, it *item, unit string, args ...string) {
	row := Row{Code: c, Result: result, Unit: unit}
	if it != nil {
		row.Badge = it.number
	}
	for i := 0; i+1 < len(args); i += 2 {
		if row.Args == nil {
			row.Args = map[string]string{}
		}
		row.Args[args[i]] = args[i+1]
	}
	row.Text = Say(r.o.Lang, sentence, row.Args)
	r.d.Checks = append(r.d.Checks, row)
}

// read takes the badges out of the inputs.
func (r *run) read(inputs []Input) error {
	for i := range inputs {
		badges, err := descriptor.Parse(inputs[i].Record)
		if err != nil {
			return &InputError{inputs[i].Name, err}
		}
		for _, b := range badges {
			if len(r.items) == MaxBadges {
				return &InputError{inputs[i].Name, errTooMany}
			}
			r.items = append(r.items, &item{facts: b.Facts(), input: &inputs[i], path: b.Path, number: len(r.items) + 1, covers: map[string]bool{}})
		}
	}
	return nil
}

// genuine passes on what others said. What nobody checked is unknown.
func (r *run) genuine() {
	for _, it := range r.items {
		worst, by := Pass, Judgement{}
		for _, j := range it.input.Judgements {
			var result Result
			switch j.Verdict {
			case "verified":
				result = Pass
			case "refuted":
				result = Fail
			default:
				result = Unknown
			}
			if worse(result, worst) || by.By == "" {
				worst, by = result, j
			}
		}
		switch {
		case by.By == "":
			r.row(BadgeGenuine, Unknown, "badge.genuine.unchecked", it, "")
		case worst == Pass:
			r.row(BadgeGenuine, Pass, "badge.genuine.pass", it, "")
		case worst == Fail:
			it.refuted = true
			r.row(BadgeGenuine, Fail, "badge.genuine.fail", it, "", "code", by.Code, "text", by.Text)
		default:
			r.row(BadgeGenuine, Unknown, "badge.genuine.unknown", it, "", "code", by.Code, "text", by.Text)
		}
	}
}

// match finds the unit of each badge, and which badges count.
func (r *run) match() {
	byAchievement := map[string]*Unit{}
	for i, u := range r.p.Units {
		for _, id := range u.Badges {
			byAchievement[id] = &r.p.Units[i]
		}
	}
	first := map[string]*item{} // by what must not come twice
	for _, it := range r.items {
		// One badge may come as two files, and signed twice.
		same := []string{"record " + it.input.Record.Digest().Hex() + " " + it.path}
		if f := it.facts; f.Credential != "" {
			same = append(same, "credential "+f.IssuerID+" "+f.Credential+" "+f.Achievement)
		}
		var other *item
		for _, key := range same {
			if other == nil {
				other = first[key]
			}
		}
		if other != nil {
			r.row(BadgeTwice, Warn, "badge.twice.record", it, "", "other", strconv.Itoa(other.number))
			continue
		}
		for _, key := range same {
			first[key] = it
		}
		if it.facts.Achievement != "" {
			it.unit = byAchievement[it.facts.Achievement]
		}
		if it.unit == nil {
			r.row(BadgeUnit, Warn, "badge.unit.none", it, "")
			continue
		}
		r.row(BadgeUnit, Pass, "badge.unit.pass", it, it.unit.ID, "title", it.unit.Title)
		if !r.recognised(it) || it.refuted {
			continue
		}
		if other := first["unit "+it.unit.ID]; other != nil {
			r.row(BadgeTwice, Warn, "badge.twice.unit", it, it.unit.ID, "other", strconv.Itoa(other.number))
			r.units[it.unit.ID] = append(r.units[it.unit.ID], it)
			continue
		}
		first["unit "+it.unit.ID] = it
		it.counts = true
		r.units[it.unit.ID] = append(r.units[it.unit.ID], it)
		r.declared(it)
		r.worth(it)
	}
}

// recognised says whether the programme takes badges of this issuer. Anybody can
// sign a badge that names the achievement of a unit.
func (r *run) recognised(it *item) bool {
	id := it.facts.IssuerID
	switch {
	case id == r.p.Institution && id != "":
		if r.p.Model == Transfer {
			r.row(BadgeRecognised, Pass, "badge.recognised.own", it, it.unit.ID)
		}
		return true
	case slices.Contains(r.p.Recognised, id) && id != "":
		r.row(BadgeRecognised, Pass, "badge.recognised.pass", it, it.unit.ID)
		return true
	}
	r.row(BadgeRecognised, Warn, "badge.recognised.fail", it, it.unit.ID)
	return false
}

// declared compares what a badge says of its stacking with the programme. The
// programme decides, so that nothing here fails.
func (r *run) declared(it *item) {
	f := it.facts
	into := slices.Contains(f.StackInto, r.p.ID) || slices.Contains(f.StackInto, r.p.Name)
	switch {
	case f.StackKind == "" && len(f.StackInto) == 0:
		r.row(BadgeDeclared, Warn, "badge.declared.none", it, it.unit.ID)
	case f.StackKind != string(r.p.Model):
		r.row(BadgeDeclared, Warn, "badge.declared.kind", it, it.unit.ID, "kind", clip(f.StackKind), "model", string(r.p.Model))
	case !into:
		r.row(BadgeDeclared, Warn, "badge.declared.into", it, it.unit.ID)
	default:
		r.row(BadgeDeclared, Pass, "badge.declared.pass", it, it.unit.ID)
	}
}

// worth settles the hours and credits for which a badge counts: those of its
// unit, else its own when they are of the programme's scheme.
func (r *run) worth(it *item) {
	e := it.facts.Effort
	it.hours, it.credits = it.unit.Hours.rat(), it.unit.Credits.rat()
	if it.hours == nil {
		it.hours = e.Hours
	}
	if it.credits != nil {
		if e.Credits != nil && sameScheme(e.Scheme, r.p.Require.CreditScheme) && e.Credits.Cmp(it.credits) != 0 {
			r.row(BadgeCredits, Warn, "badge.credits.differ", it, it.unit.ID, "badge", descriptor.Decimal(e.Credits), "unit", descriptor.Decimal(it.credits))
		}
		return
	}
	switch want := r.p.Require.CreditScheme; {
	case e.Credits == nil, want == "":
	case sameScheme(e.Scheme, want):
		it.credits = e.Credits
	case e.Scheme == "":
		r.row(BadgeCredits, Warn, "badge.credits.noscheme", it, it.unit.ID, "credits", descriptor.Decimal(e.Credits), "want", want)
	default:
		r.row(BadgeCredits, Warn, "badge.credits.scheme", it, it.unit.ID, "credits", descriptor.Decimal(e.Credits), "scheme", clip(e.Scheme), "want", want)
	}
}

func sameScheme(a, b string) bool {
	if x, ok := descriptor.SchemeByName(a); ok {
		y, also := descriptor.SchemeByName(b)
		return also && x.Name == y.Name
	}
	return a != "" && strings.EqualFold(a, b)
}

// learner says whether the badges are of one person.
func (r *run) learner() {
	if r.o.Learner != "" {
		for _, it := range r.items {
			answer := descriptor.CannotTell
			for _, id := range it.facts.Learners {
				switch same := id.Is(r.o.Learner); {
				case same == descriptor.Same:
					answer = same
				case same == descriptor.Different && answer != descriptor.Same:
					answer = same
				}
			}
			switch answer {
			case descriptor.Same:
				r.row(LearnerSame, Pass, "learner.named.pass", it, "")
			case descriptor.Different:
				r.row(LearnerSame, Fail, "learner.named.fail", it, "")
			default:
				r.row(LearnerSame, Unknown, "learner.named.unknown", it, "")
			}
		}
		return
	}
	// Each badge is compared with the first: "the same" and "different" carry
	// over from there, "cannot tell" does not.
	for _, it := range r.items[min(1, len(r.items)):] {
		switch compare(r.items[0].facts.Learners, it.facts.Learners) {
		case descriptor.Same:
			r.row(LearnerSame, Pass, "learner.same.pass", it, "")
		case descriptor.Different:
			r.row(LearnerSame, Fail, "learner.same.fail", it, "")
		default:
			r.row(LearnerSame, Unknown, "learner.same.unknown", it, "")
		}
	}
}

// compare looks at all identifiers of two learners: one that is the same
// decides, else one that is different.
func compare(a, b []descriptor.Identity) descriptor.Sameness {
	answer := descriptor.CannotTell
	for _, x := range a[:min(len(a), 20)] {
		for _, y := range b[:min(len(b), 20)] {
			switch x.Compare(y) {
			case descriptor.Same:
				return descriptor.Same
			case descriptor.Different:
				answer = descriptor.Different
			}
		}
	}
	return answer
}

var errTooMany = tooMany{}

type tooMany struct{}

func (tooMany) Error() string { return "with this one there are more than 500 badges" }

// An InputError names the input that Check could not read.
type InputError struct {
	Name string
	Err  error
}

// Error gives the name and the cause.
func (e *InputError) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

func worse(a, b Result) bool {
	rank := map[Result]int{Pass: 0, Warn: 1, Unknown: 2, Fail: 3}
	return rank[a] > rank[b]
}
