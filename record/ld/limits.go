package ld

// Limits bound the work on one document. A field of 0 stands for that of
// DefaultLimits.
type Limits struct {
	Bytes    int // of a JSON or N-Quads document
	Values   int // names and values of a JSON document
	Depth    int // of nested arrays and objects
	Contexts int // context definitions that are processed and not found in the cache
	Terms    int // term definitions that are made or copied
	Quads    int // statements
	Nodes    int // blank nodes
	Output   int // bytes of the statements and definitions: short names can stand for long IRIs
	// Steps bounds RDFC-1.0, whose worst case is factorial in the blank nodes
	// that look alike. A step is a node in a permutation that is begun, a quad
	// hashed in Hash N-Degree Quads, 256 bytes hashed there, or 8 names copied.
	// The hardest case of the W3C suite that is to be solved takes 6,636.
	Steps int

	// Budget is what several documents may take together, beside what each may;
	// nil stands for no such bound.
	Budget *Budget
}

// DefaultLimits lets any credential through that a person could mean, and keeps
// the hardest input far below two seconds and 256 MB.
var DefaultLimits = Limits{
	Bytes:    4 << 20,
	Values:   1 << 18,
	Depth:    64,
	Contexts: 256,
	Terms:    100_000,
	Quads:    100_000,
	Nodes:    20_000,
	Output:   16 << 20,
	Steps:    50_000,
}

// OrDefault puts the values of DefaultLimits where there are none.
func (l Limits) OrDefault() Limits {
	d := DefaultLimits
	for _, f := range []struct{ field, def *int }{
		{&l.Bytes, &d.Bytes}, {&l.Values, &d.Values}, {&l.Depth, &d.Depth}, {&l.Contexts, &d.Contexts}, {&l.Terms, &d.Terms},
		{&l.Quads, &d.Quads}, {&l.Nodes, &d.Nodes}, {&l.Output, &d.Output}, {&l.Steps, &d.Steps},
	} {
		if *f.field <= 0 {
			*f.field = *f.def
		}
	}
	return l
}

// A Budget is what is left of the work that several documents may take together,
// such as a badge with all that it holds and names. It is for one goroutine.
type Budget struct {
	left  Limits
	spent Limits
}

// NewBudget returns a Budget of that much. Depth and Bytes bound each document
// and are not counted together.
func NewBudget(total Limits) *Budget { return &Budget{left: total.OrDefault()} }

// Spent returns what was taken so far.
func (b *Budget) Spent() Limits { return b.spent }

// A cost is one of the counts that a Budget keeps.
type cost func(*Limits) *int

func ofValues(l *Limits) *int   { return &l.Values }
func ofContexts(l *Limits) *int { return &l.Contexts }
func ofTerms(l *Limits) *int    { return &l.Terms }
func ofQuads(l *Limits) *int    { return &l.Quads }
func ofNodes(l *Limits) *int    { return &l.Nodes }
func ofOutput(l *Limits) *int   { return &l.Output }
func ofSteps(l *Limits) *int    { return &l.Steps }

// take takes n of one count, and reports whether they were left. What is
// refused once is refused from then on.
func (b *Budget) take(of cost, n int) bool {
	if b == nil {
		return true
	}
	left := of(&b.left)
	if n > *left {
		*left = 0
		return n == 0
	}
	*left -= n
	*of(&b.spent) += n
	return true
}

// reasonBudget is why a document is refused that is not too complex by itself.
const reasonBudget = "refused: too complex: with all that was read before it, it takes more than one check may"
