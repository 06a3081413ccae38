package ld

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
)

// A term is a term definition (JSON-LD 1.1 API, section 4.2).
type term struct {
	iri       string // absolute IRI, keyword, or "" for a term that is explicitly nothing
	typ       string // type mapping: IRI, "@id", "@vocab", "@json", "@none" or ""
	language  string // language mapping, if hasLanguage
	container container
	scoped    any // local context, if hasScoped

	hasScoped   bool
	hasLanguage bool
	prefix      bool // may stand before a colon
	protected   bool
	inline      bool   // defined in the document itself, not in a pinned one
	pure        bool   // defined in a pinned document: its scoped context may be cached
	odd         string // a feature of the definition that is refused on use
	extra       string // what else must be equal for two definitions to be so
}

// A container is the set of a term's container mapping.
type container uint8

const (
	inList container = 1 << iota
	inSet
	inLanguage
	inGraph
	inIndex
	inID
	inType
)

var containers = map[string]container{
	"@list": inList, "@set": inSet, "@language": inLanguage, "@graph": inGraph,
	"@index": inIndex, "@id": inID, "@type": inType,
}

// equal reports whether two definitions are the same but for protection.
func (t *term) equal(u *term) bool {
	return t.iri == u.iri && t.typ == u.typ && t.language == u.language && t.hasLanguage == u.hasLanguage &&
		t.container == u.container && t.prefix == u.prefix && t.odd == u.odd && t.extra == u.extra &&
		t.hasScoped == u.hasScoped && reflect.DeepEqual(t.scoped, u.scoped)
}

// A context is an active context (JSON-LD 1.1 API, section 4.1). It does not
// change once it is made.
type context struct {
	terms    map[string]*term
	vocab    string // IRI that undefined names are put behind, or ""
	language string // default language, or ""
	previous *context
	pure     bool        // made from pinned documents alone
	from     []*document // the pinned documents that it was made from

	ranks atomic.Pointer[map[string]rank] // see firmest; made when first asked for
}

func newContext() *context { return &context{terms: map[string]*term{}, pure: true} }

// share returns a context with the same terms, which must not be changed.
func (c *context) share() *context {
	return &context{terms: c.terms, vocab: c.vocab, language: c.language, previous: c.previous, pure: c.pure, from: c.from}
}

// clone returns a context with a copy of the terms.
func (c *context) clone() *context {
	d := c.share()
	d.terms = maps.Clone(c.terms)
	return d
}

// keywords of JSON-LD 1.1 (section 9.16 of the syntax).
var keywords = map[string]bool{
	"@base": true, "@container": true, "@context": true, "@default": true, "@direction": true, "@embed": true,
	"@explicit": true, "@graph": true, "@id": true, "@import": true, "@included": true, "@index": true, "@json": true,
	"@language": true, "@list": true, "@nest": true, "@none": true, "@omitDefault": true, "@prefix": true,
	"@preserve": true, "@propagate": true, "@protected": true, "@requireAll": true, "@reverse": true, "@set": true,
	"@type": true, "@value": true, "@version": true, "@vocab": true,
}

// looksLikeKeyword reports whether s is "@" and letters only, which is reserved.
func looksLikeKeyword(s string) bool {
	if len(s) < 2 || s[0] != '@' {
		return false
	}
	for _, c := range []byte(s[1:]) {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}

// processing says how a local context is processed.
type processing struct {
	place      *place
	document   *document // the pinned document that it stands in, nil for the signed one
	override   bool      // protected terms may be defined anew: a property-scoped context
	noRollback bool      // a type-scoped context: what it defines ends with its node
	depth      int       // of documents that name documents
}

// maxRemote bounds documents that name documents.
const maxRemote = 8

// process is Context Processing (JSON-LD 1.1 API, section 4.1.2).
func (r *run) process(active *context, local any, p processing) (*context, error) {
	result := active
	if object, ok := local.(map[string]any); ok {
		if v, has := object["@propagate"]; has {
			propagate, ok := v.(bool)
			if !ok {
				return nil, p.place.refuse(CodeContext, "@propagate is neither true nor false")
			}
			p.noRollback = !propagate
		}
	}
	list, ok := local.([]any)
	if !ok {
		list = []any{local}
	}
	at := p.place
	for i, one := range list {
		var err error
		if ok {
			p.place = &place{up: at, item: i}
		}
		switch one := one.(type) {
		case nil:
			result, err = r.nullify(result, p)
		case string:
			result, err = r.remote(result, one, p)
		case map[string]any:
			result, err = r.define(result, one, p)
		default:
			err = p.place.refuse(CodeContext, "a context is a URL, an object, null, or a list of these")
		}
		if err != nil {
			return nil, err
		}
	}
	if p.noRollback && result.previous == nil && result != active {
		result = result.share()
		result.previous = active
	}
	return result, nil
}

// nullify forgets all terms.
func (r *run) nullify(active *context, p processing) (*context, error) {
	if p.document == nil && len(active.terms) > 0 {
		return nil, p.place.refuse(CodeProtected, "a context of null would undo the contexts before it; leave it out")
	}
	if !p.override {
		for _, t := range active.terms {
			if t.protected {
				return nil, p.place.refuse(CodeProtected, "a context of null would undo protected terms; leave it out")
			}
		}
	}
	return r.initial(), nil
}

// remote processes a pinned document.
func (r *run) remote(active *context, url string, p processing) (*context, error) {
	if p.depth == maxRemote {
		return nil, p.place.refuse(CodeContext, "contexts name contexts more than %d deep", maxRemote)
	}
	d := r.contexts.find(url, r.choice)
	if d == nil {
		shown := url
		if len(shown) > maxShown {
			shown = strings.ToValidUTF8(shown[:maxShown], "") + "…"
		}
		e := p.place.refuse(CodeUnpinned, "the context %q is not pinned; add it to the trusted contexts by URL, file and SHA-256", shown)
		e.Context = shown
		return nil, e
	}
	key := cacheKey{active: active, document: d, protected: p.override}
	if ctx := r.cached(key); ctx != nil {
		r.use(ctx)
		return ctx, nil
	}
	p.document, p.depth, p.noRollback = d, p.depth+1, false
	ctx, err := r.process(active, d.local, p)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(ctx.from, d) {
		ctx = ctx.share()
		ctx.from = append(slices.Clip(ctx.from), d)
	}
	r.use(ctx)
	r.keep(key, ctx)
	return ctx, nil
}

// scopedContext processes the context of a term's definition.
func (r *run) scopedContext(active *context, t *term, byType bool, at *place) (*context, error) {
	key := cacheKey{active: active, scope: t, protected: !byType, propagate: !byType}
	if ctx := r.cached(key); ctx != nil {
		return ctx, nil
	}
	p := processing{place: at, override: !byType, noRollback: byType}
	if t.pure {
		p.document = scopeOfPinned
	}
	ctx, err := r.process(active, t.scoped, p)
	if err != nil {
		return nil, err
	}
	if t.pure {
		r.keep(key, ctx)
	}
	return ctx, nil
}

// scopeOfPinned stands for the pinned document in which a scoped context was
// found; which one does not matter.
var scopeOfPinned = &document{}

// define takes the definitions of a context object.
func (r *run) define(active *context, local map[string]any, p processing) (*context, error) {
	if err := r.work(1, len(active.terms)+len(local), p.place); err != nil {
		return nil, err
	}
	result := active.clone()
	pinned := p.document != nil
	result.pure = active.pure && pinned
	refuse := func(code Code, format string, a ...any) (*context, error) {
		return nil, p.place.refuse(code, format, a...)
	}
	if v, ok := local["@version"]; ok && v != 1.1 {
		return refuse(CodeContext, "@version is not 1.1")
	}
	if _, ok := local["@import"]; ok {
		return refuse(CodeUnsupported, "@import is not taken; name the imported context before this one")
	}
	if v, ok := local["@base"]; ok && v != nil && !pinned {
		return refuse(CodeRelative, "@base is not taken; write ids in full")
	}
	d := definer{run: r, result: result, local: local, p: p, state: make(map[string]bool, len(local))}
	if v, ok := local["@vocab"]; ok {
		switch v := v.(type) {
		case nil:
			result.vocab = ""
		case string:
			iri, err := d.expand(v)
			if err != nil {
				return nil, err
			}
			if !isAbsolute(iri) || !isWritable(iri) {
				return refuse(CodeRelative, "@vocab is not an absolute IRI")
			}
			result.vocab = iri
		default:
			return refuse(CodeContext, "@vocab is neither a string nor null")
		}
	}
	if v, ok := local["@language"]; ok {
		switch v := v.(type) {
		case nil:
			result.language = ""
		case string:
			if !isLanguage(v) {
				return refuse(CodeContext, "@language is not a language tag")
			}
			result.language = strings.ToLower(v)
		default:
			return refuse(CodeContext, "@language is neither a string nor null")
		}
	}
	if v, ok := local["@direction"]; ok && v != nil {
		return refuse(CodeDropped, "@direction is not part of what is signed")
	}
	if v, ok := local["@protected"]; ok {
		if d.protected, ok = v.(bool); !ok {
			return refuse(CodeContext, "@protected is neither true nor false")
		}
	}
	for _, name := range sortedNames(local) {
		switch name {
		case "@base", "@direction", "@import", "@language", "@propagate", "@protected", "@version", "@vocab":
			continue
		}
		if err := d.define(name); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// A rank says how firmly a name stands for its IRI.
type rank uint8

const (
	byIRI       rank = iota + 1 // no term: the IRI itself, or a name put behind @vocab
	byDocument                  // a term that the document itself defines
	byPinned                    // a term of a pinned context
	byProtected                 // one that is protected
)

func (t *term) rank() rank {
	switch {
	case t.inline:
		return byDocument
	case t.protected:
		return byProtected
	}
	return byPinned
}

// firmest returns the highest rank of a term that stands for the IRI.
func (c *context) firmest(iri string) rank {
	ranks := c.ranks.Load()
	if ranks == nil {
		made := make(map[string]rank, len(c.terms))
		for _, t := range c.terms {
			made[t.iri] = max(made[t.iri], t.rank())
		}
		ranks = &made
		c.ranks.Store(ranks)
	}
	return (*ranks)[iri]
}
