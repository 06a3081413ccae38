package descriptor

import (
	"math/big"
	"regexp"
	"strings"
)

// A Scheme says how many hours of study a credit means.
type Scheme struct {
	Name                 string
	Names                []string // how it is written, in lower case
	Total, Contact       [2]int64 // hours of a credit, least and most; zero: no rule
	HasTotal, HasContact bool
}

// Schemes are those that have arithmetic. UCTS: 38 to 48 hours of study for a
// credit, 13 to 16 of them in class. ECTS: 25 to 30 hours.
var Schemes = []Scheme{
	{Name: "UCTS", Names: []string{"ucts", "umap", "umap credit transfer scheme"}, Total: [2]int64{38, 48}, Contact: [2]int64{13, 16}, HasTotal: true, HasContact: true},
	{Name: "ECTS", Names: []string{"ects", "european credit transfer and accumulation system"}, Total: [2]int64{25, 30}, HasTotal: true},
}

// SchemeByName finds a scheme as people write it.
func SchemeByName(name string) (Scheme, bool) {
	name = strings.ToLower(strings.Join(strings.Fields(name), " "))
	for _, s := range Schemes {
		for _, n := range s.Names {
			if n == name {
				return s, true
			}
		}
	}
	return Scheme{}, false
}

// Range returns the least and the most hours of so many credits, exactly.
func (s Scheme) Range(credits *big.Rat) (least, most *big.Rat) {
	return times(credits, s.Total[0]), times(credits, s.Total[1])
}

// ContactRange is Range of hours in class.
func (s Scheme) ContactRange(credits *big.Rat) (least, most *big.Rat) {
	return times(credits, s.Contact[0]), times(credits, s.Contact[1])
}

func times(r *big.Rat, n int64) *big.Rat { return new(big.Rat).Mul(r, big.NewRat(n, 1)) }

// numeral is what a number of hours or credits looks like: at most six digits
// before the point and six behind it, or a fraction of whole numbers.
var numeral = regexp.MustCompile(`^(?:[0-9]{1,6}(?:\.[0-9]{1,6})?|[0-9]{1,6}/[1-9][0-9]{0,5})$`)

// ParseNumber reads hours or credits: "1.5", "45", "1/3". It is exact.
func ParseNumber(s string) (*big.Rat, bool) {
	if !numeral.MatchString(s) {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// Decimal writes a number with at most three digits behind the point, and with
// "≈" before it when that is not all of it.
func Decimal(r *big.Rat) string {
	if r == nil {
		return ""
	}
	text := r.FloatString(3)
	if back, ok := new(big.Rat).SetString(text); ok && back.Cmp(r) != 0 {
		return "≈" + text
	}
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// Effort is the workload and the credits of a badge. Nil is not given.
type Effort struct {
	Hours   *big.Rat
	Contact *big.Rat
	Credits *big.Rat
	Scheme  string // as the badge writes it
}

// check compares credits with hours. Outside of a scheme is a warning: a
// university may know better than the rule.
func (e *Effort) check(f *Finding, at node) {
	if e.Hours != nil && e.Contact != nil && e.Contact.Cmp(e.Hours) > 0 {
		f.problem(ContactMore, at, "contact", Decimal(e.Contact), "hours", Decimal(e.Hours))
	}
	if e.Credits == nil {
		return
	}
	scheme, known := SchemeByName(e.Scheme)
	switch {
	case e.Scheme == "":
		f.problem(NoScheme, at, "credits", Decimal(e.Credits))
		return
	case !known:
		f.problem(UnknownScheme, at, "scheme", clip(e.Scheme))
		return
	}
	if least, most := scheme.Range(e.Credits); e.Hours != nil && (e.Hours.Cmp(least) < 0 || e.Hours.Cmp(most) > 0) {
		f.problem(HoursOutside, at, "scheme", scheme.Name, "credits", Decimal(e.Credits), "hours", Decimal(e.Hours), "least", Decimal(least), "most", Decimal(most))
	}
	if least, most := scheme.ContactRange(e.Credits); scheme.HasContact && e.Contact != nil && (e.Contact.Cmp(least) < 0 || e.Contact.Cmp(most) > 0) {
		f.problem(ContactOutside, at, "scheme", scheme.Name, "credits", Decimal(e.Credits), "hours", Decimal(e.Contact), "least", Decimal(least), "most", Decimal(most))
	}
}

var hoursInText = regexp.MustCompile(`(?i)([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*(?:hours?\b|hrs?\b|時間)`)

var creditsInText = regexp.MustCompile(`(?i)([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*(?:(UCTS|ECTS)\s*)?(?:credits?\b|単位)`)

// hoursOf reads a number of hours as a number, as an ISO 8601 duration of whole
// hours ("PT45H"), or as words ("45 hours", "45時間").
func hoursOf(s string) (*big.Rat, bool) {
	if r, ok := ParseNumber(s); ok {
		return r, true
	}
	if rest, ok := strings.CutPrefix(s, "PT"); ok {
		if rest, ok = strings.CutSuffix(rest, "H"); ok {
			return ParseNumber(rest)
		}
	}
	if m := hoursInText.FindStringSubmatch(s); m != nil {
		return ParseNumber(m[1])
	}
	return nil, false
}
