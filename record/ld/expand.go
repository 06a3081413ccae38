package ld

import (
	"slices"
	"strings"
)

// An entry is a member of an object with what its name stands for.
type entry struct {
	name  string
	iri   string // IRI or keyword
	term  *term  // nil when the name is no term
	value any
}

// key expands the name of a member (IRI Expansion, JSON-LD 1.1 API, section
// 5.2) and refuses one that would be dropped or hides what it means.
func (r *run) key(ctx *context, name string, at *place) (string, *term, error) {
	if t := ctx.terms[name]; t != nil {
		return t.iri, t, nil
	}
	if keywords[name] {
		return name, nil, nil
	}
	if i := strings.IndexByte(name, ':'); i > 0 {
		prefix, suffix := name[:i], name[i+1:]
		if p := ctx.terms[prefix]; p != nil && p.prefix && p.iri != "" && prefix != "_" && !strings.HasPrefix(suffix, "//") {
			return p.iri + suffix, nil, nil
		}
		return name, nil, nil
	}
	if ctx.vocab != "" && !looksLikeKeyword(name) {
		return ctx.vocab + name, nil, nil
	}
	return "", nil, nil
}

// checkKey refuses an entry whose name is no firm stand-in for what it means.
//
// inValue says that the object is a literal, which has @type as it has @value.
func (r *run) checkKey(ctx *context, e entry, at *place, inValue bool) error {
	at = &place{up: at, name: e.name}
	own := byIRI
	if e.term != nil {
		own = e.term.rank()
		if e.term.odd != "" {
			return at.refuse(CodeUnsupported, "this term is defined with %s, which is not taken", e.term.odd)
		}
	}
	switch {
	case e.iri == "" && e.term != nil:
		return at.refuse(CodeTerm, "a context says that this term means nothing, so it would not be signed")
	case e.iri == "":
		return at.refuse(CodeTerm, "no context defines this term, so it would not be signed")
	case keywords[e.iri]:
		if own < ctx.firmest(e.iri) && !inValue {
			return at.refuse(CodeHidden, "write this keyword by the name that the contexts give it")
		}
		return nil
	case strings.HasPrefix(e.iri, "_:"):
		return at.refuse(CodeDropped, "a blank node is no property in RDF, so this would not be signed")
	case !isAbsolute(e.iri):
		return at.refuse(CodeTerm, "no context defines this term, so it would not be signed")
	case !isWritable(e.iri):
		return at.refuse(CodeIRI, "the IRI of this member has characters that no IRI has")
	case own < ctx.firmest(e.iri):
		return at.refuse(CodeHidden, "the contexts have a name for this; under another one, a reader of the JSON would not find it")
	}
	return nil
}

// reference expands an IRI that is a value: of an id, a type, or a term that
// holds references.
func (r *run) reference(ctx *context, s string, vocab bool, at *place) (string, error) {
	if keywords[s] || looksLikeKeyword(s) {
		return "", at.refuse(CodeRelative, "a keyword stands where an IRI is wanted")
	}
	iri := s
	if t := ctx.terms[s]; vocab && t != nil {
		if iri = t.iri; iri == "" || keywords[iri] {
			return "", at.refuse(CodeDropped, "this value is a term that stands for no IRI, so it would not be signed")
		}
	} else if i := strings.IndexByte(s, ':'); i > 0 {
		prefix, suffix := s[:i], s[i+1:]
		if prefix == "_" {
			return r.label(suffix, at)
		}
		if p := ctx.terms[prefix]; p != nil && p.prefix && p.iri != "" && !strings.HasPrefix(suffix, "//") {
			if p.inline && !vocab {
				return "", at.refuse(CodeHidden, "this is shortened by a prefix of the document's own; write it in full")
			}
			iri = p.iri + suffix
		}
	} else if vocab && ctx.vocab != "" {
		iri = ctx.vocab + s
	}
	if !isAbsolute(iri) {
		return "", at.refuse(CodeRelative, "a relative reference, or a name that no context defines; write it as an absolute IRI")
	}
	if !isWritable(iri) {
		return "", at.refuse(CodeIRI, "an IRI with characters that no IRI has")
	}
	if strings.HasPrefix(iri, "_:") {
		return r.label(iri[2:], at)
	}
	return "<" + iri + ">", nil
}

// node states what an object says and returns its term. t is the definition of
// the property that holds it, nil for the document itself.
func (r *run) node(ctx *context, t *term, object map[string]any, at *place, graph string) (string, error) {
	ctx, entries, err := r.entries(ctx, t, object, at)
	if err != nil {
		return "", err
	}
	return r.describe(ctx, entries, at, graph, t == nil && at.up == nil)
}

// entries finds the context of an object (Expansion, JSON-LD 1.1 API, section
// 5.1.2, steps 3 and 7 to 11) and its members by name.
func (r *run) entries(ctx *context, t *term, object map[string]any, at *place) (*context, []entry, error) {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	var err error
	if ctx.previous != nil && r.ends(ctx, names, at) {
		ctx = ctx.previous
	}
	if t != nil && t.hasScoped {
		if ctx, err = r.scopedContext(ctx, t, false, at); err != nil {
			return nil, nil, err
		}
	}
	if local, ok := object["@context"]; ok {
		if ctx, err = r.process(ctx, local, processing{place: &place{up: at, name: "@context"}}); err != nil {
			return nil, nil, err
		}
	}
	// The contexts scoped to types apply in the order of the types' names, and
	// are looked up in the context before any of them.
	before := ctx
	for _, name := range names {
		if iri, _, _ := r.key(before, name, at); iri != "@type" {
			continue
		}
		var types []string
		switch v := object[name].(type) {
		case string:
			types = []string{v}
		case []any:
			for _, one := range v {
				if s, ok := one.(string); ok {
					types = append(types, s)
				}
			}
			slices.Sort(types)
		}
		for _, typ := range types {
			if t := before.terms[typ]; t != nil && t.hasScoped {
				if ctx, err = r.scopedContext(ctx, t, true, at); err != nil {
					return nil, nil, err
				}
			}
		}
	}
	entries := make([]entry, 0, len(names))
	inValue := r.holds(ctx, object, "@value", at)
	for _, name := range names {
		if name == "@context" {
			continue
		}
		iri, t, err := r.key(ctx, name, at)
		if err != nil {
			return nil, nil, err
		}
		e := entry{name, iri, t, object[name]}
		if err := r.checkKey(ctx, e, at, inValue); err != nil {
			return nil, nil, err
		}
		if iri == "@type" {
			// Types are expanded by the context before those scoped to them.
			e.value = typeValue{before, e.value}
		}
		entries = append(entries, e)
	}
	return ctx, entries, nil
}

// A typeValue is the value of @type and the context that it is read in.
type typeValue struct {
	ctx   *context
	value any
}

// ends reports whether a context that is scoped to a type ends here: at any
// node but a mere reference, and not at a value.
func (r *run) ends(ctx *context, names []string, at *place) bool {
	for _, name := range names {
		switch iri, _, _ := r.key(ctx, name, at); {
		case iri == "@value":
			return false
		case iri == "@id" && len(names) == 1:
			return false
		}
	}
	return true
}

// describe makes the statements of a node.
func (r *run) describe(ctx *context, entries []entry, at *place, graph string, root bool) (string, error) {
	var (
		subject string
		err     error
	)
	for _, e := range entries {
		here := &place{up: at, name: e.name}
		if e.iri == "@id" {
			s, ok := e.value.(string)
			if !ok {
				return "", here.refuse(CodeRelative, "an id is a string")
			}
			if subject != "" {
				return "", here.refuse(CodeHidden, "a second id of the same object")
			}
			if subject, err = r.reference(ctx, s, false, here); err != nil {
				return "", err
			}
		}
	}
	if subject == "" {
		if subject, err = r.blank(at); err != nil {
			return "", err
		}
	}
	if root {
		r.root, r.top = subject, ctx
	}
	for _, e := range entries {
		here := &place{up: at, name: e.name}
		if e.iri == "@id" {
			continue
		}
		// What is said of the document's own node must stand where readers of
		// the JSON look for it. What they know no name for there they do not
		// miss: an endorsement of the document says more of it. A name that no
		// pinned context has can be given a meaning at the top as well as here.
		if !root && subject == r.root && e.iri != "@type" && (e.term == nil || e.term.inline || r.top.firmest(e.iri) > 0) {
			return "", here.refuse(CodeHidden, "this object has the id of the document itself, and would speak for it from a place where it is not looked for")
		}
		switch {
		case e.iri == "@type":
			err = r.types(e.value.(typeValue), subject, here, graph)
		case e.iri == "@index", e.iri == "@direction":
			err = here.refuse(CodeDropped, "%s has no place in RDF, so it would not be signed", e.iri)
		case keywords[e.iri]:
			err = here.refuse(CodeHidden, "%s is not taken in an object: what it holds would stand where readers of the JSON do not look", e.iri)
		default:
			predicate := "<" + e.iri + ">"
			err = r.property(ctx, e.term, e.value, here, graph, func(object string) error {
				return r.add(Quad{subject, predicate, object, graph}, here)
			})
		}
		if err != nil {
			return "", err
		}
	}
	return subject, nil
}

func (r *run) types(v typeValue, subject string, at *place, graph string) error {
	list, ok := v.value.([]any)
	if !ok {
		list = []any{v.value}
	}
	for i, one := range list {
		s, ok := one.(string)
		if !ok {
			return at.refuse(CodeRelative, "a type is a string")
		}
		object, err := r.reference(v.ctx, s, true, &place{up: at, item: i})
		if err != nil {
			return err
		}
		if err := r.add(Quad{subject, rdfType, object, graph}, at); err != nil {
			return err
		}
	}
	return nil
}

// anonymous stands for a property whose name is no term.
var anonymous = &term{}

// property gives the terms of a member's value to add.
func (r *run) property(ctx *context, t *term, v any, at *place, graph string, add func(string) error) error {
	if t == nil {
		t = anonymous
	}
	switch {
	case t.typ == "@json":
		text, err := canonicalJSON(v)
		if err != nil {
			return at.refuse(CodeJSON, "this JSON has no canonical form")
		}
		return add(literal(text, rdfJSON, ""))
	case v == nil:
		return nil // the same as no member at all, in JSON-LD as in JSON
	case t.container&inLanguage != 0:
		if m, ok := v.(map[string]any); ok {
			return r.languages(ctx, m, at, add)
		}
	case t.container&inList != 0:
		if m, ok := v.(map[string]any); ok && r.holds(ctx, m, "@list", at) {
			break
		}
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		head, err := r.list(ctx, t, list, at, graph)
		if err != nil {
			return err
		}
		return add(head)
	case t.container&inGraph != 0:
		return r.graphs(ctx, t, v, at, add)
	}
	return r.value(ctx, t, v, at, graph, add)
}

// value gives the terms of a value: an array's one by one.
func (r *run) value(ctx *context, t *term, v any, at *place, graph string, add func(string) error) error {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		for i, one := range v {
			here := &place{up: at, item: i}
			if _, ok := one.([]any); ok && t.container&inList != 0 {
				head, err := r.list(ctx, t, one.([]any), here, graph)
				if err != nil {
					return err
				}
				if err := add(head); err != nil {
					return err
				}
			} else if err := r.value(ctx, t, one, here, graph, add); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		return r.object(ctx, t, v, at, graph, add)
	}
	object, err := r.scalar(ctx, t, v, at)
	if err != nil {
		return err
	}
	return add(object)
}

// object gives the term of an object: a value, list, set or node.
func (r *run) object(ctx *context, t *term, m map[string]any, at *place, graph string, add func(string) error) error {
	inner, entries, err := r.entries(ctx, t, m, at)
	if err != nil {
		return err
	}
	for _, e := range entries {
		here := &place{up: at, name: e.name}
		switch e.iri {
		case "@value":
			object, err := r.valueObject(inner, entries, at)
			if err != nil || object == "" {
				return err
			}
			return add(object)
		case "@list", "@set":
			if len(entries) > 1 {
				return here.refuse(CodeDropped, "%s stands beside other members, which would not be signed", e.iri)
			}
			if e.iri == "@set" {
				return r.value(inner, t, e.value, here, graph, add)
			}
			list, ok := e.value.([]any)
			if !ok {
				list = []any{e.value}
			}
			head, err := r.list(inner, t, list, here, graph)
			if err != nil {
				return err
			}
			return add(head)
		case "@language":
			if len(entries) == 1 {
				return here.refuse(CodeDropped, "a language without a value is not signed")
			}
		}
	}
	object, err := r.describe(inner, entries, at, graph, false)
	if err != nil {
		return err
	}
	return add(object)
}

// holds reports whether an object has a member that expands to the keyword.
func (r *run) holds(ctx *context, m map[string]any, keyword string, at *place) bool {
	for name := range m {
		if iri, _, _ := r.key(ctx, name, at); iri == keyword {
			return true
		}
	}
	return false
}

func sortedNames(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// list states an RDF list and returns its head.
func (r *run) list(ctx *context, t *term, items []any, at *place, graph string) (string, error) {
	head, last := rdfNil, ""
	appendItem := func(object string) error {
		cell, err := r.blank(at)
		if err != nil {
			return err
		}
		if last == "" {
			head = cell
		} else if err := r.add(Quad{last, rdfRest, cell, graph}, at); err != nil {
			return err
		}
		last = cell
		return r.add(Quad{cell, rdfFirst, object, graph}, at)
	}
	nested := *t
	nested.container |= inList
	if err := r.value(ctx, &nested, items, at, graph, appendItem); err != nil {
		return "", err
	}
	if last != "" {
		if err := r.add(Quad{last, rdfRest, rdfNil, graph}, at); err != nil {
			return "", err
		}
	}
	return head, nil
}

// graphs states each value in a graph of its own and adds the graphs' names.
func (r *run) graphs(ctx *context, t *term, v any, at *place, add func(string) error) error {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for i, one := range list {
		here := at
		if ok {
			here = &place{up: at, item: i}
		}
		if one == nil {
			continue
		}
		m, isObject := one.(map[string]any)
		if !isObject {
			return here.refuse(CodeDropped, "only an object can stand in a graph of its own; a mere reference there would not be signed")
		}
		name, err := r.blank(here)
		if err != nil {
			return err
		}
		before := len(r.quads)
		if err := r.object(ctx, t, m, here, name, func(string) error { return nil }); err != nil {
			return err
		}
		if len(r.quads) == before {
			return here.refuse(CodeDropped, "this object says nothing, so its id would not be signed")
		}
		if err := add(name); err != nil {
			return err
		}
	}
	return nil
}
