package ld

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/akashi-project/akashi/record/jcs"
)

// valueObject gives the literal of an object with @value.
func (r *run) valueObject(ctx *context, entries []entry, at *place) (string, error) {
	var (
		value            any
		datatype, lang   string
		hasType, hasLang bool
	)
	for _, e := range entries {
		here := &place{up: at, name: e.name}
		switch e.iri {
		case "@value":
			value = e.value
		case "@type":
			tv := e.value.(typeValue)
			s, ok := tv.value.(string)
			if !ok {
				return "", here.refuse(CodeRelative, "the type of a value is a string")
			}
			if iri, _, _ := r.key(ctx, s, here); iri == "@json" {
				datatype, hasType = "@json", true
				continue
			}
			iri, err := r.reference(ctx, s, true, here)
			if err != nil {
				return "", err
			}
			if isBlank(iri) {
				return "", here.refuse(CodeRelative, "the type of a value is an absolute IRI")
			}
			datatype, hasType = iri[1:len(iri)-1], true
		case "@language":
			s, ok := e.value.(string)
			if !ok || !isLanguage(s) {
				return "", here.refuse(CodeDropped, "not a language tag, so the value would not be signed")
			}
			lang, hasLang = strings.ToLower(s), true
		default:
			return "", here.refuse(CodeDropped, "a value has no such member, so it would not be signed")
		}
	}
	if datatype == "@json" {
		text, err := canonicalJSON(value)
		if err != nil {
			return "", at.refuse(CodeJSON, "this JSON has no canonical form")
		}
		return literal(text, rdfJSON, ""), nil
	}
	if hasType && hasLang {
		return "", at.refuse(CodeDropped, "a value has a type or a language, not both")
	}
	switch v := value.(type) {
	case nil:
		return "", at.refuse(CodeDropped, "a value of null is not signed, and what stands beside it neither")
	case string:
		if hasLang {
			return literal(v, "", lang), nil
		}
		if !hasType {
			datatype = xsdString
		}
		return literal(v, datatype, ""), nil
	case bool, float64:
		if hasLang {
			return "", at.refuse(CodeDropped, "only text has a language")
		}
		return r.plain(v, datatype, at)
	}
	return "", at.refuse(CodeDropped, "@value is neither text, number, true nor false")
}

// languages gives the literals of a language map.
func (r *run) languages(ctx *context, m map[string]any, at *place, add func(string) error) error {
	for _, name := range sortedNames(m) {
		here := &place{up: at, name: name}
		language := strings.ToLower(name)
		if iri, _, _ := r.key(ctx, name, here); iri == "@none" {
			language = ""
		} else if !isLanguage(name) {
			return here.refuse(CodeDropped, "not a language tag")
		}
		list, ok := m[name].([]any)
		if !ok {
			list = []any{m[name]}
		}
		for _, v := range list {
			s, ok := v.(string)
			if v == nil {
				continue
			}
			if !ok {
				return here.refuse(CodeDropped, "only text has a language")
			}
			if err := add(literal(s, xsdString, language)); err != nil {
				return err
			}
		}
	}
	return nil
}

// scalar gives the term of a string, number or truth value (Value Expansion,
// section 5.3).
func (r *run) scalar(ctx *context, t *term, v any, at *place) (string, error) {
	if s, ok := v.(string); ok {
		if t.hasScoped {
			var err error
			if ctx, err = r.scopedContext(ctx, t, false, at); err != nil {
				return "", err
			}
		}
		switch t.typ {
		case "@id":
			return r.reference(ctx, s, false, at)
		case "@vocab":
			return r.reference(ctx, s, true, at)
		case "", "@none":
			language := ctx.language
			if t.hasLanguage {
				language = t.language
			}
			return literal(s, xsdString, language), nil
		}
		return literal(s, t.typ, ""), nil
	}
	datatype := t.typ
	switch datatype {
	case "@id", "@vocab", "@none":
		datatype = ""
	}
	return r.plain(v, datatype, at)
}

// plain gives the literal of a number or truth value (Object to RDF
// Conversion, section 8.2.2).
func (r *run) plain(v any, datatype string, at *place) (string, error) {
	var text, natural string
	switch v := v.(type) {
	case string:
		return literal(v, datatype, ""), nil
	case bool:
		text, natural = strconv.FormatBool(v), xsdBoolean
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e21 && datatype != xsdDouble {
			if text, natural = strconv.FormatFloat(v, 'f', 0, 64), xsdInteger; v == 0 {
				text = "0"
			}
			break
		}
		text, natural = double(v), xsdDouble
		if back, err := strconv.ParseFloat(text, 64); err != nil || back != v {
			return "", at.refuse(CodeDropped, "RDF keeps 16 digits of this number, so the last one would not be signed; round it, or write it as a string")
		}
	}
	if datatype == "" {
		datatype = natural
	}
	return literal(text, datatype, ""), nil
}

// double writes a number as canonical xsd:double, of 16 digits.
func double(v float64) string {
	s := strconv.FormatFloat(v, 'E', 15, 64)
	mantissa, exponent, _ := strings.Cut(s, "E")
	mantissa = strings.TrimRight(mantissa, "0")
	if strings.HasSuffix(mantissa, ".") {
		mantissa += "0"
	}
	sign := ""
	if strings.HasPrefix(exponent, "-") {
		sign = "-"
	}
	exponent = strings.TrimLeft(exponent, "+-0")
	if exponent == "" {
		exponent, sign = "0", ""
	}
	return mantissa + "E" + sign + exponent
}

func canonicalJSON(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	// RFC 8785 is for objects and arrays; a lone value is canonical inside one.
	b, err := jcs.Transform(append(append([]byte{'['}, raw...), ']'))
	if err != nil {
		return "", err
	}
	return string(b[1 : len(b)-1]), nil
}
