package badge

import (
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/mr-tron/base58"

	"github.com/akashi-project/akashi/record/internal/tree"
)

// Members of a credential that others extend (VC Data Model 2.0, sections 4.11,
// 5.4 to 5.6 and 5.10): each value of them is an object that says by its type
// how it is to be read.
var extensions = []string{"credentialSchema", "termsOfUse", "evidence", "refreshService", "confidenceMethod", "renderMethod"}

// extensions judges them. None is fetched: what a schema, a policy or a service
// says is not looked at.
func (r *run) extensions() {
	doc := r.badge.doc
	var found []string
	for _, name := range extensions {
		values := doc.Each(name)
		for _, v := range values {
			o := tree.AsObject(v)
			switch {
			case !hasTypes(o):
				r.add(sayExtensionBad, name, "type")
				return
			case name == "credentialSchema" && !o.Has("id"), o.Has("id") && !tree.IsURL(o.Text("id")):
				r.add(sayExtensionBad, name, "id")
				return
			}
		}
		if len(values) > 0 {
			found = append(found, name)
		}
	}
	if len(found) > 0 {
		r.add(sayExtensionOK, strings.Join(found, ", "))
	}
}

// hasTypes reports whether an object has a type, and nothing else in its place:
// terms or URLs (VC Data Model 2.0, section 4.5).
func hasTypes(o tree.Object) bool {
	types, ok := o.Texts("type")
	for _, t := range types {
		ok = ok && t != ""
	}
	return ok
}

// names judges "name" and "description" of the credential and of its issuer
// (VC Data Model 2.0, section 4.6).
func (r *run) names() {
	doc := r.badge.doc
	if r.badge.DataModel != "2.0" {
		return // the model 1.1 does not have them
	}
	issuer := doc.Object("issuer")
	for _, m := range []struct {
		of       tree.Object
		in, name string
	}{{doc, "", "name"}, {doc, "", "description"}, {issuer, "issuer.", "name"}, {issuer, "issuer.", "description"}} {
		if m.of.Has(m.name) && !isWording(m.of[m.name]) {
			r.add(sayNamesBad, m.in+m.name)
			return
		}
	}
}

// isWording reports whether a value is a string, or one or more language value
// objects (VC Data Model 2.0, section 11.1).
func isWording(v any) bool {
	switch v := v.(type) {
	case string:
		return true
	case []any:
		for _, one := range v {
			if !isLanguageValue(tree.AsObject(one)) {
				return false
			}
		}
		return len(v) > 0
	}
	return isLanguageValue(tree.AsObject(v))
}

// isLanguageValue reports whether an object has "@value", and nothing beside it
// but "@language" and "@direction".
func isLanguageValue(o tree.Object) bool {
	for name, v := range o {
		s, isText := v.(string)
		switch name {
		case "@value", "@language":
			if !isText {
				return false
			}
		case "@direction":
			if s != "ltr" && s != "rtl" {
				return false
			}
		default:
			return false
		}
	}
	return o.Has("@value")
}

// related judges "relatedResource" (VC Data Model 2.0, section 5.3): each has a
// URL of its own and a digest that bytes can have. They are not fetched.
func (r *run) related() {
	values := r.badge.doc.Each("relatedResource")
	if r.badge.DataModel != "2.0" || len(values) == 0 {
		return
	}
	seen := map[string]bool{}
	for _, v := range values {
		o := tree.AsObject(v)
		id := o.Text("id")
		sri, hasSRI := o["digestSRI"]
		multibase, hasMultibase := o["digestMultibase"]
		switch {
		case !tree.IsURL(id):
			r.add(sayRelatedBad, "id")
			return
		case seen[id]:
			r.add(sayRelatedTwice)
			return
		case !hasSRI && !hasMultibase:
			r.add(sayRelatedBad, "digestSRI")
			return
		case hasSRI && !allTexts(sri, isIntegrity):
			r.add(sayRelatedBad, "digestSRI")
			return
		case hasMultibase && !allTexts(multibase, isMultihash):
			r.add(sayRelatedBad, "digestMultibase")
			return
		}
		seen[id] = true
	}
	r.add(sayRelatedOK)
}

// allTexts reports whether a value is a string, or a list of them, of a form.
func allTexts(v any, form func(string) bool) bool {
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, one := range list {
		if s, ok := one.(string); !ok || !form(s) {
			return false
		}
	}
	return len(list) > 0
}

// maxDigest bounds a digest that is read, in characters; SHA-512 has 91 in
// hexadecimal digits and less in every other form.
const maxDigest = 512

// isIntegrity reports whether a text is the metadata of Subresource Integrity
// (section 3.5): digests, each with its algorithm and as long as that makes
// them.
func isIntegrity(s string) bool {
	parts := strings.Fields(s)
	if len(s) > maxDigest {
		return false
	}
	for _, p := range parts {
		p, _, _ = strings.Cut(p, "?") // options, of which none is defined
		algorithm, value, ok := strings.Cut(p, "-")
		size := map[string]int{"sha256": 32, "sha384": 48, "sha512": 64}[algorithm]
		// Both alphabets are allowed by its grammar.
		b, err := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(value))
		if !ok || size == 0 || err != nil || len(b) != size {
			return false
		}
	}
	return len(parts) > 0
}

// isMultihash reports whether a text is a Multihash in Multibase (VC Data
// Integrity 1.0, section 2.6): the number of an algorithm, a length, and that
// many bytes, in base58btc or base64url. Of another base nothing is known here,
// and it is let pass.
func isMultihash(s string) bool {
	if len(s) < 2 || len(s) > maxDigest {
		return false
	}
	var b []byte
	var err error
	switch s[0] {
	case 'u':
		b, err = base64.RawURLEncoding.DecodeString(s[1:])
	case 'z':
		b, err = base58.Decode(s[1:])
	default:
		return true
	}
	if err != nil {
		return false
	}
	_, n := binary.Uvarint(b)
	if n <= 0 {
		return false
	}
	length, m := binary.Uvarint(b[n:])
	return m > 0 && length > 0 && length == uint64(len(b)-n-m)
}
