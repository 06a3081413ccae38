package ld

// Limits bound the work on one document. A field of 0 stands for that of
// DefaultLimits.
type Limits struct {
	Bytes    int // of a JSON or N-Quads document
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
}

// DefaultLimits lets any credential through that a person could mean, and keeps
// the hardest input far below two seconds and 256 MB.
var DefaultLimits = Limits{
	Bytes:    4 << 20,
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
		{&l.Bytes, &d.Bytes}, {&l.Depth, &d.Depth}, {&l.Contexts, &d.Contexts}, {&l.Terms, &d.Terms},
		{&l.Quads, &d.Quads}, {&l.Nodes, &d.Nodes}, {&l.Output, &d.Output}, {&l.Steps, &d.Steps},
	} {
		if *f.field <= 0 {
			*f.field = *f.def
		}
	}
	return l
}
