package stack

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/akashi-project/akashi/record/descriptor"
)

// Limits on a programme.
const (
	MaxProgramme = 1 << 20 // bytes
	MaxUnits     = 500
	MaxOutcomes  = 500
	maxPerUnit   = 100 // badges, outcomes and units before it
	maxText      = 500 // bytes
)

// A Model says how badges add up to a programme.
type Model string

// The models.
const (
	Inclusion Model = "inclusion"
	Transfer  Model = "transfer"
	Modular   Model = "modular"
)

// A Programme is what badges are held against. Its JSON form is strict:
// docs/formats/programme.md.
type Programme struct {
	Version     int       `json:"v"`
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Institution string    `json:"institution"` // who awards the programme: an identifier as issuers have them
	Model       Model     `json:"model"`
	Require     Require   `json:"require,omitzero"`
	Outcomes    []Outcome `json:"outcomes,omitempty"`
	Units       []Unit    `json:"units"`
	Recognised  []string  `json:"recognised,omitempty"` // identifiers of issuers beside the institution
}

// Require is what the whole must reach; what is left out is not asked.
type Require struct {
	Hours        Number `json:"hours,omitempty"`
	Credits      Number `json:"credits,omitempty"`
	CreditScheme string `json:"creditScheme,omitempty"` // needed with credits
	MaxTransfer  Number `json:"maxTransfer,omitempty"`  // transfer: credits that count at most
	Level        *Level `json:"level,omitempty"`
}

// A Level is the least that each badge must have.
type Level struct {
	Framework string `json:"framework"` // such as EQF
	Least     int    `json:"least"`
}

// An Outcome is one that the programme leads to.
type Outcome struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	URI  string `json:"uri,omitempty"`
}

// A Unit is a part of the programme that a badge meets.
type Unit struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Badges   []string `json:"badges"` // identifiers of achievements, any of which meets it
	Optional bool     `json:"optional,omitempty"`
	Hours    Number   `json:"hours,omitempty"`   // that it counts for; else the badge's
	Credits  Number   `json:"credits,omitempty"` // the same
	Outcomes []string `json:"outcomes,omitempty"`
	After    []string `json:"after,omitempty"` // units that must be met before
}

// A Number is hours or credits as text: "1.5", "45", "1/3".
type Number string

// rat is the number; nil when it is left out.
func (n Number) rat() *big.Rat {
	if n == "" {
		return nil
	}
	r, _ := descriptor.ParseNumber(string(n))
	return r
}

// ParseProgramme reads a programme. Its error says what is wrong and where.
func ParseProgramme(b []byte) (Programme, error) {
	var p Programme
	if len(b) > MaxProgramme {
		return p, fmt.Errorf("the programme has %d bytes, at most %d are taken", len(b), MaxProgramme)
	}
	if err := json.Unmarshal(b, &p, json.RejectUnknownMembers(true)); err != nil {
		return Programme{}, fmt.Errorf("programme, %w", explain(b, err))
	}
	if err := p.validate(); err != nil {
		return Programme{}, fmt.Errorf("programme: %w", err)
	}
	return p, nil
}

func (p Programme) validate() error {
	var all []error
	bad := func(format string, a ...any) {
		if len(all) < 20 {
			all = append(all, fmt.Errorf(format, a...))
		}
	}
	text := func(where, s string, needed bool) {
		switch {
		case s == "" && needed:
			bad("%s is missing", where)
		case len(s) > maxText:
			bad("%s has more than %d bytes", where, maxText)
		case !printable(s):
			bad("%s holds a control character", where)
		}
	}
	number := func(where string, n Number) {
		if n != "" && n.rat() == nil {
			bad("%s is %q, and a number is written like \"45\", \"1.5\" or \"1/3\"", where, clip(string(n)))
		}
	}
	if p.Version != 1 {
		bad("v is %d, and this release reads 1", p.Version)
	}
	text("id", p.ID, true)
	text("name", p.Name, true)
	text("institution", p.Institution, true)
	if !slices.Contains([]Model{Inclusion, Transfer, Modular}, p.Model) {
		bad("model is %q; there are inclusion, transfer and modular", clip(string(p.Model)))
	}
	number("require.hours", p.Require.Hours)
	number("require.credits", p.Require.Credits)
	number("require.maxTransfer", p.Require.MaxTransfer)
	if p.Require.Credits != "" && p.Require.CreditScheme == "" {
		bad("require.creditScheme is missing: of which scheme are the credits?")
	}
	if p.Require.MaxTransfer != "" && p.Model != Transfer {
		bad("require.maxTransfer is for the model transfer")
	}
	if l := p.Require.Level; l != nil {
		text("require.level.framework", l.Framework, true)
		if l.Least < 1 || l.Least > 100 {
			bad("require.level.least is %d, and levels are 1 to 100", l.Least)
		}
	}
	text("require.creditScheme", p.Require.CreditScheme, false)
	if len(p.Units) == 0 || len(p.Units) > MaxUnits {
		bad("there are %d units, and a programme has 1 to %d", len(p.Units), MaxUnits)
	}
	if len(p.Outcomes) > MaxOutcomes {
		bad("there are %d outcomes, at most %d are taken", len(p.Outcomes), MaxOutcomes)
	}
	if len(all) > 0 {
		return errors.Join(all...)
	}
	for i, id := range p.Recognised {
		text(fmt.Sprintf("recognised[%d]", i), id, true)
	}
	outcomes, units := map[string]bool{}, map[string]bool{}
	for i, o := range p.Outcomes {
		where := fmt.Sprintf("outcomes[%d]", i)
		text(where+".id", o.ID, true)
		text(where+".text", o.Text, true)
		text(where+".uri", o.URI, false)
		if outcomes[o.ID] {
			bad("%s has the id of another one, %q", where, clip(o.ID))
		}
		outcomes[o.ID] = true
	}
	owner := map[string]string{}
	for i, u := range p.Units {
		where := fmt.Sprintf("units[%d]", i)
		text(where+".id", u.ID, true)
		text(where+".title", u.Title, true)
		number(where+".hours", u.Hours)
		number(where+".credits", u.Credits)
		if units[u.ID] {
			bad("%s has the id of another one, %q", where, clip(u.ID))
		}
		units[u.ID] = true
		if len(u.Badges) == 0 || len(u.Badges) > maxPerUnit || len(u.Outcomes) > maxPerUnit || len(u.After) > maxPerUnit {
			bad("%s has %d badges, %d outcomes and %d units before it; it has 1 to %d badges and at most as many of the others", where, len(u.Badges), len(u.Outcomes), len(u.After), maxPerUnit)
			continue
		}
		for j, id := range u.Badges {
			text(fmt.Sprintf("%s.badges[%d]", where, j), id, true)
			if other, taken := owner[id]; taken {
				bad("%s.badges[%d] meets the unit %q already, and a badge meets one unit", where, j, clip(other))
			}
			owner[id] = u.ID
		}
		for j, id := range u.Outcomes {
			if !outcomes[id] {
				bad("%s.outcomes[%d] names no outcome of the programme: %q", where, j, clip(id))
			}
		}
	}
	for i, u := range p.Units {
		for j, id := range u.After {
			if !units[id] {
				bad("units[%d].after[%d] names no unit: %q", i, j, clip(id))
			}
		}
	}
	if len(all) == 0 {
		if cycle := p.cycle(); cycle != nil {
			bad("these units come after each other in a circle, so that none can be the first: %s", strings.Join(cycle, " → "))
		}
	}
	return errors.Join(all...)
}

// cycle finds units that are their own prerequisites, or nil.
func (p Programme) cycle() []string {
	after := map[string][]string{}
	for _, u := range p.Units {
		after[u.ID] = u.After
	}
	const open, done = 1, 2
	state := map[string]int{}
	var path []string
	var visit func(id string) []string
	visit = func(id string) []string {
		switch state[id] {
		case done:
			return nil
		case open:
			cycle := append(slices.Clone(path[slices.Index(path, id):]), id)
			for i, s := range cycle {
				cycle[i] = clip(s)
			}
			return cycle
		}
		state[id] = open
		path = append(path, id)
		for _, before := range after[id] {
			if cycle := visit(before); cycle != nil {
				return cycle
			}
		}
		path = path[:len(path)-1]
		state[id] = done
		return nil
	}
	for _, u := range p.Units {
		if cycle := visit(u.ID); cycle != nil {
			return cycle
		}
	}
	return nil
}

func printable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }) < 0
}

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}
