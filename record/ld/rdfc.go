package ld

import (
	"crypto"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strings"

	_ "crypto/sha256" // the two hashes of RDFC-1.0
	_ "crypto/sha512"
)

// A Canonical is a dataset in its canonical form (W3C RDF Dataset
// Canonicalization, RDFC-1.0).
type Canonical struct {
	NQuads []byte            // the statements, sorted, each once
	Steps  int               // the work it took; see Limits
	Issued map[string]string // the canonical name of each blank node, "c14n0" for "b0", without "_:"
}

// Canonicalize names the blank nodes of a dataset by what is said of them, with
// crypto.SHA256 or crypto.SHA384, and writes it out. Two datasets that differ
// only in the names of blank nodes become the same bytes.
//
// Graphs can be built on which the algorithm takes time factorial in their
// size. The work is bounded by limits.Steps and limits.Nodes; beyond them the
// answer is an *Error with CodeComplex, "refused: too complex".
func Canonicalize(d Dataset, h crypto.Hash, limits Limits) (Canonical, error) {
	if h != crypto.SHA256 && h != crypto.SHA384 {
		return Canonical{}, fmt.Errorf("canonicalize: want SHA-256 or SHA-384, have %v", h)
	}
	limits = limits.OrDefault()
	if len(d) > limits.Quads {
		return Canonical{}, tooComplex("%d statements, at most %d are taken", len(d), limits.Quads)
	}
	c := canonicalizer{
		quads:  make(map[string][]*Quad),
		first:  make(map[string]string),
		issued: newIssuer("c14n"),
		hash:   h.New(),
		limits: limits,
	}
	// The same statement twice is one, or it would be counted twice below.
	seen := make(map[Quad]bool, len(d))
	unique := make(Dataset, 0, len(d))
	for _, q := range d {
		if !seen[q] {
			seen[q] = true
			unique = append(unique, q)
		}
	}
	for i := range unique {
		q := &unique[i]
		for j, term := range [...]string{q.Subject, q.Object, q.Graph} {
			// A node that stands twice in a statement has it once.
			if isBlank(term) && !(j > 0 && term == q.Subject) && !(j > 1 && term == q.Object) {
				c.quads[term] = append(c.quads[term], q)
			}
		}
	}
	if len(c.quads) > limits.Nodes {
		return Canonical{}, tooComplex("%d blank nodes, at most %d are taken", len(c.quads), limits.Nodes)
	}
	if err := c.name(); err != nil {
		return Canonical{}, err
	}
	lines := make([]string, 0, len(unique))
	size := 0
	var line []byte
	for _, q := range unique {
		q.Subject, q.Object, q.Graph = c.issued.canonical(q.Subject), c.issued.canonical(q.Object), c.issued.canonical(q.Graph)
		line = q.appendTo(line[:0])
		lines = append(lines, string(line))
		size += len(line)
	}
	slices.Sort(lines)
	out := Canonical{Steps: c.steps, NQuads: make([]byte, 0, size), Issued: make(map[string]string, len(c.quads))}
	for _, l := range lines {
		out.NQuads = append(out.NQuads, l...)
	}
	for _, b := range c.issued.order {
		out.Issued[b[2:]] = c.issued.names[b][2:]
	}
	return out, nil
}

func tooComplex(format string, a ...any) *Error {
	return &Error{Code: CodeComplex, Reason: "refused: too complex: " + fmt.Sprintf(format, a...)}
}

// A canonicalizer is the canonicalization state (RDFC-1.0, section 4.2). Blank
// nodes are written with their "_:".
type canonicalizer struct {
	quads  map[string][]*Quad // blank node → statements it stands in
	first  map[string]string  // blank node → its first degree hash
	issued *issuer
	hash   hash.Hash
	buf    []byte
	steps  int
	told   int // of them, to the budget
	limits Limits
}

// name issues the canonical names (RDFC-1.0, section 4.4.3, steps 3 to 5).
func (c *canonicalizer) name() error {
	alike := make(map[string][]string, len(c.quads))
	for b := range c.quads {
		h := c.hashFirstDegree(b)
		c.first[b] = h
		alike[h] = append(alike[h], b)
	}
	hashes := slices.Sorted(maps.Keys(alike))
	for _, h := range hashes {
		if nodes := alike[h]; len(nodes) == 1 {
			c.issued.issue(nodes[0])
			delete(alike, h)
		}
	}
	type result struct {
		hash   string
		issuer *issuer
	}
	for _, h := range hashes {
		var results []result
		nodes := alike[h]
		slices.Sort(nodes)
		for _, b := range nodes {
			if c.issued.has(b) {
				continue
			}
			temporary := newIssuer("b")
			temporary.issue(b)
			h, i, err := c.hashNDegree(b, temporary, 0)
			if err != nil {
				return err
			}
			results = append(results, result{h, i})
		}
		slices.SortStableFunc(results, func(a, b result) int { return strings.Compare(a.hash, b.hash) })
		for _, r := range results {
			for _, b := range r.issuer.order {
				c.issued.issue(b)
			}
		}
	}
	return nil
}

func (c *canonicalizer) digest(b []byte) string {
	c.hash.Reset()
	c.hash.Write(b)
	var sum [64]byte
	return hex.EncodeToString(c.hash.Sum(sum[:0]))
}

// hashFirstDegree is Hash First Degree Quads (section 4.6.3).
func (c *canonicalizer) hashFirstDegree(b string) string {
	mask := func(term string) string {
		switch {
		case !isBlank(term):
			return term
		case term == b:
			return "_:a"
		}
		return "_:z"
	}
	quads := c.quads[b]
	if len(quads) == 1 {
		q := *quads[0]
		q.Subject, q.Object, q.Graph = mask(q.Subject), mask(q.Object), mask(q.Graph)
		c.buf = q.appendTo(c.buf[:0])
		return c.digest(c.buf)
	}
	lines := make([]string, len(quads))
	for i, at := range quads {
		q := *at
		q.Subject, q.Object, q.Graph = mask(q.Subject), mask(q.Object), mask(q.Graph)
		c.buf = q.appendTo(c.buf[:0])
		lines[i] = string(c.buf)
	}
	slices.Sort(lines)
	c.buf = c.buf[:0]
	for _, l := range lines {
		c.buf = append(c.buf, l...)
	}
	return c.digest(c.buf)
}

// hashRelated is Hash Related Blank Node (section 4.7.3).
func (c *canonicalizer) hashRelated(related string, q *Quad, i *issuer, position byte) string {
	c.buf = append(c.buf[:0], position)
	if position != 'g' {
		c.buf = append(c.buf, q.Predicate...)
	}
	if name, ok := c.issued.names[related]; ok {
		c.buf = append(c.buf, name...)
	} else if name, ok := i.names[related]; ok {
		c.buf = append(c.buf, name...)
	} else {
		c.buf = append(c.buf, c.first[related]...)
	}
	c.steps += len(c.buf) / bytesPerStep
	return c.digest(c.buf)
}

// What a step is worth, besides a permutation or a quad: so many bytes hashed,
// or so many names copied. A predicate can be long.
const (
	bytesPerStep = 256
	namesPerStep = 8
)

func (c *canonicalizer) step(n int) error {
	if c.steps += n; c.steps > c.limits.Steps {
		return tooComplex("its blank nodes look so much alike that naming them takes more than %d steps; give them ids", c.limits.Steps)
	}
	// With what hashRelated counted since the last time.
	if !c.limits.Budget.take(ofSteps, c.steps-c.told) {
		return &Error{Code: CodeComplex, Reason: reasonBudget}
	}
	c.told = c.steps
	return nil
}

// hashNDegree is Hash N-Degree Quads (section 4.8.3).
func (c *canonicalizer) hashNDegree(b string, i *issuer, depth int) (string, *issuer, error) {
	if err := c.step(1 + len(c.quads[b])); err != nil {
		return "", nil, err
	}
	if depth > c.limits.Nodes/4 {
		return "", nil, tooComplex("its blank nodes form a chain of more than %d that look alike; give them ids", c.limits.Nodes/4)
	}
	related := make(map[string][]string)
	for _, q := range c.quads[b] {
		for _, at := range [...]struct {
			term     string
			position byte
		}{{q.Subject, 's'}, {q.Object, 'o'}, {q.Graph, 'g'}} {
			if isBlank(at.term) && at.term != b {
				h := c.hashRelated(at.term, q, i, at.position)
				related[h] = append(related[h], at.term)
			}
		}
	}
	var data strings.Builder
	for _, h := range slices.Sorted(maps.Keys(related)) {
		data.WriteString(h)
		var (
			chosen       string
			chosenIssuer *issuer
		)
		list := related[h]
		slices.Sort(list)
		for more := true; more; more = nextPermutation(list) {
			path, candidate, err := c.walk(list, i, chosen, depth)
			if err != nil {
				return "", nil, err
			}
			if candidate != nil && (chosen == "" || path < chosen) {
				chosen, chosenIssuer = path, candidate
			}
		}
		data.WriteString(chosen)
		i = chosenIssuer
	}
	return c.digest([]byte(data.String())), i, nil
}

// walk makes the path of one permutation (section 4.8.3, step 5.4). It gives no
// issuer as soon as the path cannot be smaller than the chosen one.
func (c *canonicalizer) walk(list []string, i *issuer, chosen string, depth int) (string, *issuer, error) {
	if err := c.step(len(list) + len(i.order)/namesPerStep); err != nil {
		return "", nil, err
	}
	i = i.clone()
	var (
		path    []byte
		recurse []string
		worse   = func() bool { return chosen != "" && len(path) >= len(chosen) && string(path) > chosen }
	)
	for _, b := range list {
		if name, ok := c.issued.names[b]; ok {
			path = append(path, name...)
		} else {
			if !i.has(b) {
				recurse = append(recurse, b)
			}
			path = append(path, i.issue(b)...)
		}
		if worse() {
			return "", nil, nil
		}
	}
	for _, b := range recurse {
		h, result, err := c.hashNDegree(b, i, depth+1)
		if err != nil {
			return "", nil, err
		}
		path = append(path, i.issue(b)...)
		path = append(path, '<')
		path = append(path, h...)
		path = append(path, '>')
		i = result
		if worse() {
			return "", nil, nil
		}
	}
	return string(path), i, nil
}

// nextPermutation puts list in the next order by the alphabet, and reports
// false after the last one. Equal members make no orders of their own, since
// the paths would be the same.
func nextPermutation(list []string) bool {
	i := len(list) - 2
	for i >= 0 && list[i] >= list[i+1] {
		i--
	}
	if i < 0 {
		return false
	}
	j := len(list) - 1
	for list[j] <= list[i] {
		j--
	}
	list[i], list[j] = list[j], list[i]
	slices.Reverse(list[i+1:])
	return true
}

// An issuer is an identifier issuer (section 4.5). Its clones share what is
// issued only until one of them issues again.
type issuer struct {
	prefix string
	names  map[string]string // blank node → "_:" prefix counter
	order  []string
}

func newIssuer(prefix string) *issuer {
	return &issuer{prefix: "_:" + prefix, names: make(map[string]string)}
}

func (i *issuer) clone() *issuer {
	return &issuer{prefix: i.prefix, names: maps.Clone(i.names), order: slices.Clone(i.order)}
}

func (i *issuer) has(b string) bool { return i.names[b] != "" }

func (i *issuer) issue(b string) string {
	name, ok := i.names[b]
	if !ok {
		name = fmt.Sprintf("%s%d", i.prefix, len(i.order))
		i.names[b] = name
		i.order = append(i.order, b)
	}
	return name
}

// canonical returns the issued name of a blank node, and any other term as it is.
func (i *issuer) canonical(term string) string {
	if isBlank(term) {
		return i.names[term]
	}
	return term
}
