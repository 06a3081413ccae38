package ld

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/akashi-project/akashi/record"
)

// A run turns one document into statements.
type run struct {
	contexts *Contexts
	choice   Choice
	limits   Limits

	used   []*document
	own    map[cacheKey]*context // contexts that are made from the document's own
	made   int                   // contexts
	terms  int                   // term definitions made or copied
	labels map[string]string
	nodes  int
	output int
	quads  Dataset
	root   string   // the term of the document's own node
	top    *context // its context
}

func newRun(c *Contexts, choice Choice, limits Limits) *run {
	return &run{
		contexts: c, choice: choice, limits: limits,
		own:    make(map[cacheKey]*context),
		labels: make(map[string]string),
	}
}

func (r *run) initial() *context { return r.contexts.cache.initial }

// shared reports whether a context made with k may be kept for other
// documents: it comes from pinned documents alone, in the preferred versions.
func (r *run) shared(k cacheKey) bool { return len(r.choice) == 0 && k.active.pure }

func (r *run) cached(k cacheKey) *context {
	if r.shared(k) {
		if ctx := r.contexts.cache.get(k); ctx != nil {
			return ctx
		}
	}
	return r.own[k]
}

func (r *run) keep(k cacheKey, ctx *context) {
	if r.shared(k) && ctx.pure {
		r.contexts.cache.put(k, ctx)
		return
	}
	r.own[k] = ctx
}

// use notes the pinned documents behind a context.
func (r *run) use(ctx *context) {
	for _, d := range ctx.from {
		if !slices.Contains(r.used, d) {
			r.used = append(r.used, d)
		}
	}
}

// work counts contexts that are made, and the terms copied into them.
func (r *run) work(contexts, terms int, at *place) error {
	r.made += contexts
	r.terms += terms
	if r.made > r.limits.Contexts || r.terms > r.limits.Terms {
		return at.refuse(CodeComplex, "refused: too complex: its contexts make more than %d contexts or %d terms", r.limits.Contexts, r.limits.Terms)
	}
	if !r.limits.Budget.take(ofContexts, contexts) || !r.limits.Budget.take(ofTerms, terms) {
		return at.refuse(CodeComplex, reasonBudget)
	}
	return nil
}

// grow counts the bytes of what a short name stands for.
func (r *run) grow(n int, at *place) error {
	if r.output += n; r.output > r.limits.Output {
		return at.refuse(CodeComplex, "refused: too complex: what its names stand for has more than %d bytes", r.limits.Output)
	}
	if !r.limits.Budget.take(ofOutput, n) {
		return at.refuse(CodeComplex, reasonBudget)
	}
	return nil
}

func (r *run) add(q Quad, at *place) error {
	if len(r.quads) == r.limits.Quads {
		return at.refuse(CodeComplex, "refused: too complex: more than %d statements", r.limits.Quads)
	}
	if !r.limits.Budget.take(ofQuads, 1) {
		return at.refuse(CodeComplex, reasonBudget)
	}
	if err := r.grow(len(q.Subject)+len(q.Predicate)+len(q.Object)+len(q.Graph), at); err != nil {
		return err
	}
	r.quads = append(r.quads, q)
	return nil
}

// blank makes a blank node of its own.
func (r *run) blank(at *place) (string, error) {
	if r.nodes++; r.nodes > r.limits.Nodes {
		return "", at.refuse(CodeComplex, "refused: too complex: more than %d nodes without an id", r.limits.Nodes)
	}
	if !r.limits.Budget.take(ofNodes, 1) {
		return "", at.refuse(CodeComplex, reasonBudget)
	}
	return "_:b" + strconv.Itoa(r.nodes-1), nil
}

// label gives the blank node that the document calls name.
func (r *run) label(name string, at *place) (string, error) {
	if b, ok := r.labels[name]; ok {
		return b, nil
	}
	b, err := r.blank(at)
	r.labels[name] = b
	return b, err
}

// Statements turns a JSON-LD document into RDF, by the contexts that are pinned
// and no others, and says which versions of them gave the terms their meaning.
// choice may be nil. Everything in the document becomes part of a statement, or
// the document is refused: see the package comment. Every refusal is an *Error.
func (c *Contexts) Statements(doc []byte, choice Choice, limits Limits) (Dataset, []Pin, error) {
	limits = limits.OrDefault()
	if len(doc) > limits.Bytes {
		return nil, nil, tooComplex("%d bytes, at most %d are taken", len(doc), limits.Bytes)
	}
	parsed, err := record.Parse(doc)
	if err != nil || parsed.Form() != record.JSON {
		e := &Error{Code: CodeJSON, Reason: "not one JSON object"}
		if err != nil {
			e.Reason = err.Error()
		}
		return nil, nil, e
	}
	var object map[string]any
	if err := json.Unmarshal(parsed.Bytes(), &object); err != nil {
		return nil, nil, &Error{Code: CodeJSON, Reason: "not one JSON object"}
	}
	stated, pins, err := c.ObjectStatements(object, choice, limits)
	return stated.Quads, pins, err
}

// Stated is what a document says.
type Stated struct {
	Quads Dataset
	// Looped says that something within the document refers to the document's
	// own node. Statements do not say where in the JSON they stood: the same can
	// then be written with members of that node moved, or with another node as
	// the beginning. See the package comment.
	Looped bool
}

// ObjectStatements is Statements of a document that was parsed before: into
// map[string]any, []any, string, float64, bool and nil, from JSON that passed
// the gates of record.Parse. It does not change the document.
func (c *Contexts) ObjectStatements(object map[string]any, choice Choice, limits Limits) (Stated, []Pin, error) {
	r := newRun(c, choice, limits.OrDefault())
	at := &place{}
	values, ok := count(object, r.limits.Depth)
	switch {
	case !ok:
		return Stated{}, nil, at.refuse(CodeComplex, "refused: too complex: nested deeper than %d levels", r.limits.Depth)
	case values > r.limits.Values:
		return Stated{}, nil, at.refuse(CodeComplex, "refused: too complex: more than %d names and values", r.limits.Values)
	case !r.limits.Budget.take(ofValues, values):
		return Stated{}, nil, at.refuse(CodeComplex, reasonBudget)
	}
	_, err := r.node(r.initial(), nil, object, at, "")
	pins := make([]Pin, len(r.used))
	for i, d := range r.used {
		pins[i] = d.pin
	}
	if err != nil {
		return Stated{}, pins, err
	}
	if len(r.quads) == 0 {
		return Stated{}, pins, at.refuse(CodeDropped, "the document says nothing that could be signed")
	}
	looped := slices.ContainsFunc(r.quads, func(q Quad) bool { return q.Object == r.root })
	return Stated{r.quads, looped}, pins, nil
}

// count counts the names and values of v. It is not ok when they nest more than
// left arrays and objects.
func count(v any, left int) (values int, ok bool) {
	values = 1
	switch v := v.(type) {
	case map[string]any:
		if left == 0 {
			return values, false
		}
		for _, w := range v {
			n, ok := count(w, left-1)
			if values += 1 + n; !ok {
				return values, false
			}
		}
	case []any:
		if left == 0 {
			return values, false
		}
		for _, w := range v {
			n, ok := count(w, left-1)
			if values += n; !ok {
				return values, false
			}
		}
	}
	return values, true
}
