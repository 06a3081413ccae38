package ld

import (
	"fmt"
	"strings"
)

// A definer makes the term definitions of one context object.
type definer struct {
	run       *run
	result    *context
	local     map[string]any
	p         processing
	protected bool
	state     map[string]bool // false: being defined; true: done
	deep      int
}

func (d *definer) refuse(code Code, name, format string, a ...any) error {
	at := &place{up: d.p.place, name: name}
	return at.refuse(code, format, a...)
}

// maxPrefixes bounds terms that are defined by terms.
const maxPrefixes = 32

// define is Create Term Definition (JSON-LD 1.1 API, section 4.2.2).
func (d *definer) define(name string) error {
	if done, ok := d.state[name]; ok {
		if !done {
			return d.refuse(CodeContext, name, "this term is defined by itself")
		}
		return nil
	}
	if name == "" {
		return d.refuse(CodeContext, name, "a term without a name")
	}
	if d.deep++; d.deep > maxPrefixes {
		return d.refuse(CodeContext, name, "terms are defined by terms more than %d deep", maxPrefixes)
	}
	defer func() { d.deep-- }()
	d.state[name] = false
	value := d.local[name]
	if keywords[name] && name != "@type" {
		return d.refuse(CodeContext, name, "a keyword cannot be a term")
	}
	if looksLikeKeyword(name) && name != "@type" {
		// Reserved for later versions: no definition is made, so that its use
		// is one of an undefined term.
		d.state[name] = true
		return nil
	}
	previous := d.result.terms[name]
	delete(d.result.terms, name)
	t := &term{protected: d.protected, inline: d.p.document == nil, pure: d.p.document != nil}
	object, simple, err := d.object(name, value)
	if err != nil {
		return err
	}
	if name == "@type" {
		err = d.typeKeyword(t, object)
	} else {
		err = d.fill(t, name, object, simple)
	}
	if err != nil {
		return err
	}
	if err := d.run.grow(len(t.iri)+len(t.typ), d.p.place); err != nil {
		return err
	}
	if previous != nil && previous.protected && !d.p.override {
		if !t.equal(previous) {
			return d.refuse(CodeProtected, name, "this term is protected by an earlier context and cannot mean something else")
		}
		t = previous
	}
	if previous != nil && t.inline && previous.rank() > t.rank() && !t.equal(previous) {
		return d.refuse(CodeProtected, name, "this term has its meaning from a pinned context; a document cannot give it another one")
	}
	d.result.terms[name] = t
	d.state[name] = true
	return nil
}

// object gives the long form of a definition; simple says that it was a string.
func (d *definer) object(name string, value any) (map[string]any, bool, error) {
	switch v := value.(type) {
	case nil:
		return map[string]any{"@id": nil}, false, nil
	case string:
		return map[string]any{"@id": v}, true, nil
	case map[string]any:
		return v, false, nil
	}
	return nil, false, d.refuse(CodeContext, name, "a term is defined by a string, an object or null")
}

// typeKeyword takes the definition of @type, which may be a set and protected.
func (d *definer) typeKeyword(t *term, object map[string]any) error {
	for key, v := range object {
		switch {
		case key == "@container" && v == "@set":
			t.container = inSet
		case key == "@protected":
			protected, ok := v.(bool)
			if !ok {
				return d.refuse(CodeContext, "@type", "@protected is neither true nor false")
			}
			t.protected = protected
		default:
			return d.refuse(CodeContext, "@type", "@type can only be made a set, or protected")
		}
	}
	if len(object) == 0 {
		return d.refuse(CodeContext, "@type", "@type can only be made a set, or protected")
	}
	t.iri = "@type"
	return nil
}

var termKeys = map[string]bool{
	"@id": true, "@reverse": true, "@container": true, "@context": true, "@direction": true, "@index": true,
	"@language": true, "@nest": true, "@prefix": true, "@protected": true, "@type": true,
}

// fill takes all else.
func (d *definer) fill(t *term, name string, object map[string]any, simple bool) error {
	for key := range object {
		if !termKeys[key] {
			return d.refuse(CodeContext, name, "the definition of this term has a member that JSON-LD does not know")
		}
	}
	if v, ok := object["@protected"]; ok {
		if t.protected, ok = v.(bool); !ok {
			return d.refuse(CodeContext, name, "@protected is neither true nor false")
		}
	}
	if v, ok := object["@type"]; ok {
		if err := d.typeMapping(t, name, v); err != nil {
			return err
		}
	}
	if v, ok := object["@reverse"]; ok {
		iri, err := d.iriOf(name, v)
		if err != nil {
			return err
		}
		t.iri, t.odd = iri, "@reverse"
		return nil
	}
	if err := d.iriMapping(t, name, object, simple); err != nil {
		return err
	}
	if v, ok := object["@container"]; ok {
		if err := d.containerMapping(t, name, v); err != nil {
			return err
		}
	}
	for _, key := range []string{"@index", "@nest"} {
		if v, ok := object[key]; ok {
			s, ok := v.(string)
			if !ok {
				return d.refuse(CodeContext, name, "%s is not a string", key)
			}
			t.odd = key
			t.extra += key + s + "\n"
		}
	}
	if v, ok := object["@context"]; ok {
		t.scoped, t.hasScoped = v, true
	}
	if v, ok := object["@language"]; ok && object["@type"] == nil {
		switch v := v.(type) {
		case nil:
		case string:
			if !isLanguage(v) {
				return d.refuse(CodeContext, name, "@language is not a language tag")
			}
			t.language = strings.ToLower(v)
		default:
			return d.refuse(CodeContext, name, "@language is neither a string nor null")
		}
		t.hasLanguage = true
	}
	if v, ok := object["@direction"]; ok && v != nil && object["@type"] == nil {
		t.odd = "@direction"
		t.extra += fmt.Sprintf("@direction%v\n", v)
	}
	if v, ok := object["@prefix"]; ok {
		prefix, ok := v.(bool)
		if !ok || strings.ContainsAny(name, ":/") || prefix && keywords[t.iri] {
			return d.refuse(CodeContext, name, "@prefix is not true or false, or does not belong here")
		}
		t.prefix = prefix
	}
	return nil
}

func (d *definer) typeMapping(t *term, name string, v any) error {
	s, ok := v.(string)
	if !ok {
		return d.refuse(CodeContext, name, "the @type of this term is not a string")
	}
	typ, err := d.expand(s)
	if err != nil {
		return err
	}
	switch typ {
	case "@id", "@vocab", "@json", "@none":
	default:
		if !isAbsolute(typ) || isBlank(typ) || !isWritable(typ) {
			return d.refuse(CodeContext, name, "the @type of this term is not an absolute IRI")
		}
	}
	t.typ = typ
	return nil
}

// iriOf expands the value of @id or @reverse of a definition.
func (d *definer) iriOf(name string, v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", d.refuse(CodeContext, name, "the IRI of this term is not a string")
	}
	iri, err := d.expand(s)
	if err != nil {
		return "", err
	}
	if iri == "@context" || !keywords[iri] && (!isAbsolute(iri) || !isWritable(iri)) {
		return "", d.refuse(CodeContext, name, "this term does not stand for an absolute IRI")
	}
	return iri, nil
}

// iriMapping finds what the term stands for (steps 14 to 18).
func (d *definer) iriMapping(t *term, name string, object map[string]any, simple bool) error {
	v, has := object["@id"]
	if has && v == nil {
		return nil // explicitly nothing
	}
	colon := strings.IndexByte(name, ':')
	if has && v != name {
		if s, ok := v.(string); ok && looksLikeKeyword(s) && !keywords[s] {
			t.iri = ""
			return nil // reserved: as if it were nothing
		}
		iri, err := d.iriOf(name, v)
		if err != nil {
			return err
		}
		t.iri = iri
		if colon > 0 && colon < len(name)-1 || strings.Contains(name, "/") {
			d.state[name] = true
			expanded, err := d.expand(name)
			if err != nil {
				return err
			}
			if expanded != iri {
				return d.refuse(CodeContext, name, "this term looks like an IRI and stands for another one")
			}
			return nil
		}
		t.prefix = simple && (strings.HasPrefix(iri, "_:") || strings.ContainsRune(":/?#[]@", rune(iri[len(iri)-1])))
		return nil
	}
	switch {
	case colon > 0:
		prefix, suffix := name[:colon], name[colon+1:]
		if _, ok := d.local[prefix]; ok {
			if err := d.define(prefix); err != nil {
				return err
			}
		}
		if p := d.result.terms[prefix]; p != nil && p.iri != "" {
			t.iri = p.iri + suffix
		} else {
			t.iri = name
		}
	case strings.Contains(name, "/"):
		t.iri = name
	case d.result.vocab != "":
		t.iri = d.result.vocab + name
	}
	if !isAbsolute(t.iri) && !strings.HasPrefix(t.iri, "_:") || !isWritable(t.iri) {
		return d.refuse(CodeContext, name, "this term does not stand for an absolute IRI")
	}
	return nil
}

func (d *definer) containerMapping(t *term, name string, v any) error {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, v := range list {
		s, _ := v.(string)
		c, ok := containers[s]
		if !ok {
			return d.refuse(CodeContext, name, "@container is not one that JSON-LD knows")
		}
		t.container |= c
	}
	c := t.container
	if c&inList != 0 && c != inList {
		return d.refuse(CodeContext, name, "a list cannot be another container too")
	}
	if c&(inIndex|inID|inType) != 0 {
		t.odd = "@container"
	}
	if c&inType != 0 && t.typ != "" && t.typ != "@id" && t.typ != "@vocab" {
		return d.refuse(CodeContext, name, "a map of types holds no literals")
	}
	return nil
}

// expand is IRI Expansion within a context that is being made (section 5.2).
func (d *definer) expand(s string) (string, error) {
	if keywords[s] {
		return s, nil
	}
	if _, ok := d.local[s]; ok && !d.state[s] {
		if err := d.define(s); err != nil {
			return "", err
		}
	}
	if t := d.result.terms[s]; t != nil {
		return t.iri, nil
	}
	if i := strings.IndexByte(s, ':'); i > 0 {
		prefix, suffix := s[:i], s[i+1:]
		if prefix == "_" || strings.HasPrefix(suffix, "//") {
			return s, nil
		}
		if _, ok := d.local[prefix]; ok && !d.state[prefix] {
			if err := d.define(prefix); err != nil {
				return "", err
			}
		}
		if p := d.result.terms[prefix]; p != nil && p.iri != "" && p.prefix {
			return p.iri + suffix, nil
		}
		return s, nil
	}
	if d.result.vocab != "" {
		return d.result.vocab + s, nil
	}
	return s, nil
}
