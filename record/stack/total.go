package stack

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/akashi-project/akashi/record/descriptor"
)

// levels compares the level of each badge that counts with the least.
func (r *run) levels() {
	least := r.p.Require.Level
	if least == nil {
		return
	}
	for _, it := range r.items {
		if !it.counts {
			continue
		}
		result, sentence, level := Unknown, "badge.level.unknown", ""
		for _, l := range it.facts.Levels {
			if frameworkName(l.Framework) != frameworkName(least.Framework) {
				continue
			}
			n, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(strings.ToLower(l.Code), "level")))
			switch {
			case err != nil || len(l.Code) > 20:
				continue
			case n >= least.Least:
				result, sentence = Pass, "badge.level.pass"
			default:
				result, sentence = Fail, "badge.level.fail"
			}
			level = strconv.Itoa(n)
		}
		r.row(BadgeLevel, result, sentence, it, it.unit.ID, "level", level, "framework", least.Framework, "least", strconv.Itoa(least.Least))
	}
}

// frameworkName makes the names of one framework alike.
func frameworkName(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	if s == "european qualifications framework" || strings.HasPrefix(s, "european qualifications framework for") {
		return "eqf"
	}
	return s
}

// met says which units have a badge. In the modular model none is needed by
// itself.
func (r *run) met() {
	for _, u := range r.p.Units {
		switch met := r.counting(u.ID); {
		case met != nil:
			r.row(UnitMet, Pass, "unit.met.pass", met, u.ID, "title", u.Title)
		case u.Optional || r.p.Model == Modular:
		default:
			r.row(UnitMet, Fail, "unit.met.fail", nil, u.ID, "title", u.Title)
		}
	}
}

// counting is the badge that counts for a unit, or nil.
func (r *run) counting(unit string) *item {
	i := slices.IndexFunc(r.units[unit], func(it *item) bool { return it.counts })
	if i < 0 {
		return nil
	}
	return r.units[unit][i]
}

// order says whether what must come before came before, by the dates of award.
// One day is one time: dates of award seldom have a true hour.
func (r *run) order() {
	titles := map[string]string{}
	for _, u := range r.p.Units {
		titles[u.ID] = u.Title
	}
	for _, u := range r.p.Units {
		it := r.counting(u.ID)
		if it == nil {
			continue
		}
		for _, id := range u.After {
			before := r.counting(id)
			args := []string{"title", u.Title, "before", titles[id]}
			switch {
			case before == nil:
				r.row(UnitOrder, Fail, "unit.order.missing", it, u.ID, args...)
			case before.facts.Awarded.IsZero() || it.facts.Awarded.IsZero():
				r.row(UnitOrder, Unknown, "unit.order.unknown", it, u.ID, args...)
			case day(before.facts.Awarded).After(day(it.facts.Awarded)):
				r.row(UnitOrder, Fail, "unit.order.fail", it, u.ID, args...)
			default:
				r.row(UnitOrder, Pass, "unit.order.pass", it, u.ID, args...)
			}
		}
	}
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// totals adds hours and credits of the badges that count.
func (r *run) totals() {
	hours, credits, transferred := new(big.Rat), new(big.Rat), new(big.Rat)
	t := &r.d.Totals
	t.CreditScheme = r.p.Require.CreditScheme
	for _, it := range r.items {
		if !it.counts {
			continue
		}
		if it.hours == nil {
			t.NoHours++
		} else {
			hours.Add(hours, it.hours)
		}
		switch {
		case it.credits == nil:
			t.NoCredits++
		case r.p.Model == Transfer && it.facts.IssuerID != r.p.Institution:
			transferred.Add(transferred, it.credits)
		default:
			credits.Add(credits, it.credits)
		}
	}
	if most := r.p.Require.MaxTransfer.rat(); most != nil {
		if transferred.Cmp(most) > 0 {
			r.row(TotalTransfer, Warn, "total.transfer.warn", nil, "", "credits", descriptor.Decimal(transferred), "most", descriptor.Decimal(most))
			transferred = most
		} else {
			r.row(TotalTransfer, Pass, "total.transfer.pass", nil, "", "credits", descriptor.Decimal(transferred), "most", descriptor.Decimal(most))
		}
	}
	credits.Add(credits, transferred)
	t.Hours, t.Credits = descriptor.Decimal(hours), descriptor.Decimal(credits)
	r.total(TotalHours, hours, r.p.Require.Hours, t.NoHours, &t.RequiredHours)
	r.total(TotalCredits, credits, r.p.Require.Credits, t.NoCredits, &t.RequiredCredits)
}

// total compares a sum with what is required. A sum that is too small is
// unknown when badges do not say what they count for.
func (r *run) total(c Code, have *big.Rat, require Number, silent int, required *string) {
	want := require.rat()
	if want == nil {
		return
	}
	*required = descriptor.Decimal(want)
	args := []string{"have", descriptor.Decimal(have), "want", *required, "silent", strconv.Itoa(silent), "scheme", r.p.Require.CreditScheme}
	switch {
	case have.Cmp(want) >= 0:
		r.row(c, Pass, string(c)+".pass", nil, "", args...)
	case silent > 0:
		r.row(c, Unknown, string(c)+".unknown", nil, "", args...)
	default:
		r.row(c, Fail, string(c)+".fail", nil, "", args...)
	}
}

// outcomes says which outcomes are covered, by which badges: by the unit that a
// badge meets, or by an outcome that the badge itself names.
func (r *run) outcomes() {
	for _, o := range r.p.Outcomes {
		entry := OutcomeEntry{ID: o.ID, Text: o.Text, CoveredBy: []int{}}
		for _, it := range r.items {
			if !it.counts {
				continue
			}
			covers := slices.Contains(it.unit.Outcomes, o.ID) || slices.ContainsFunc(it.facts.Outcomes, func(own descriptor.Outcome) bool {
				return o.URI != "" && own.URI == o.URI || own.Text == o.Text
			})
			if covers {
				it.covers[o.ID] = true
				entry.CoveredBy = append(entry.CoveredBy, it.number)
			}
		}
		r.d.Outcomes = append(r.d.Outcomes, entry)
		switch n := len(entry.CoveredBy); {
		case n == 0:
			r.row(OutcomeCovered, Fail, "outcome.covered.fail", nil, "", "outcome", o.Text)
		case n > 1:
			r.row(OutcomeCovered, Pass, "outcome.covered.pass", nil, "", "outcome", o.Text)
			r.row(OutcomeOverlap, Warn, "outcome.overlap.warn", nil, "", "outcome", o.Text, "badges", numbers(entry.CoveredBy))
		default:
			r.row(OutcomeCovered, Pass, "outcome.covered.pass", nil, "", "outcome", o.Text)
		}
	}
}

func numbers(list []int) string {
	var out []string
	for _, n := range list {
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, ", ")
}

// write fills the lists of the dossier and settles the verdict.
func (r *run) write() {
	for _, it := range r.items {
		f := it.facts
		e := Entry{
			File: it.input.Name, Path: it.path, SHA256: it.input.Record.Digest().Hex(), Title: f.Title, Issuer: f.Issuer, IssuerID: f.IssuerID,
			Achievement: f.Achievement, Credential: f.Credential, Counts: it.counts, Judgements: append([]Judgement{}, it.input.Judgements...),
			Hours: descriptor.Decimal(f.Effort.Hours), Credits: descriptor.Decimal(f.Effort.Credits), CreditScheme: f.Effort.Scheme,
		}
		if !f.Awarded.IsZero() {
			e.Awarded = f.Awarded.Format(time.RFC3339)
		}
		if it.unit != nil {
			e.Unit = it.unit.ID
		}
		for i, l := range f.Levels {
			if i < 3 {
				e.Level = strings.TrimPrefix(e.Level+"; "+strings.TrimSpace(l.Framework+" "+l.Code), "; ")
			}
		}
		r.d.Badges = append(r.d.Badges, e)
	}
	for _, u := range r.p.Units {
		e := UnitEntry{ID: u.ID, Title: u.Title, Optional: u.Optional || r.p.Model == Modular, MetBy: []int{}}
		for _, it := range r.units[u.ID] {
			e.MetBy = append(e.MetBy, it.number)
		}
		if it := r.counting(u.ID); it != nil {
			e.Hours, e.Credits = descriptor.Decimal(it.hours), descriptor.Decimal(it.credits)
		}
		r.d.Units = append(r.d.Units, e)
	}
	r.d.Verdict = Complete
	for _, row := range r.d.Checks {
		switch {
		case row.Result == Fail:
			r.d.Verdict = Incomplete
			return
		case row.Result == Unknown:
			r.d.Verdict = CouldNotTell
		}
	}
}
