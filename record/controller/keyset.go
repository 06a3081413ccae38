package controller

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/akashi-project/akashi/record/internal/tree"
	"github.com/akashi-project/akashi/record/proof"
)

// maxKeys bounds the keys that are looked through in one JSON Web Key Set.
const maxKeys = 256

// inKeySet looks for the key of a token in the issuer's JSON Web Key Set
// (RFC 7517, section 5). It answers errAbsent when the issuer has none, or the
// key is not in it; and when the method is that of a Data Integrity proof,
// which no key set lists.
func (r *Resolver) inKeySet(ctx context.Context, doc document, method string, q proof.Query) (proof.Key, error) {
	if strings.HasPrefix(doc.id, "did:key:") || strings.HasPrefix(method, "did:") {
		return proof.Key{}, errAbsent
	}
	set, at, err := r.keySet(ctx, doc)
	if err != nil {
		return proof.Key{}, err
	}
	// The name of the key: as it stands, or behind the address of the set.
	name := method
	if tree.IsURL(method) {
		base, fragment := tree.Split(method)
		if base != at || fragment == "" {
			name = method // some sets name their keys by whole URLs
		} else {
			name = fragment[1:]
		}
	}
	if len(set.Each("keys")) > maxKeys {
		return proof.Key{}, because(BadDocument, nil)
	}
	keys := set.Objects("keys")
	var found []proof.Key
	for _, k := range keys {
		if name != "" && k.Text("kid") != name {
			continue
		}
		key, err := r.parseJWK(k)
		switch {
		case err != nil && name != "":
			return proof.Key{}, because(BadKey, err)
		case err != nil: // a key for something else, such as encryption
		case name == "" && (q.Embedded.IsZero() || !key.Equal(q.Embedded)):
		default:
			found = append(found, key)
		}
	}
	switch {
	case len(found) == 1:
		if !q.Embedded.IsZero() && !q.Embedded.Equal(found[0]) {
			return proof.Key{}, because(Unlisted, nil)
		}
		return found[0], nil
	case len(found) > 1 && name != "":
		return proof.Key{}, because(BadDocument, errors.New("two keys of one name"))
	case len(found) > 1:
		return found[0], nil // the same key, more than once
	}
	if len(keys) == 0 || name != "" && tree.IsURL(name) {
		return proof.Key{}, errAbsent // a URL may name a key that is kept elsewhere
	}
	return proof.Key{}, because(Unlisted, nil)
}

// keySet gets the issuer's key set and where it is kept, which is empty when
// it stands in the document.
func (r *Resolver) keySet(ctx context.Context, doc document) (set tree.Object, at string, err error) {
	from := doc.members
	if from.Object("jwks") == nil && from.Text("jwks_uri") == "" {
		if doc.speaksOfKeys(proof.AssertionMethod) {
			return nil, "", errAbsent
		}
		where, ok := wellKnown(doc.id)
		if !ok {
			return nil, "", errAbsent
		}
		from, err = r.fetch(ctx, where, keySetTypes)
		if err != nil || from.Text("issuer") != doc.id {
			// The issuer's own document was there and speaks of no keys; that
			// nothing more is served is no news.
			return nil, "", errAbsent
		}
	}
	if set := from.Object("jwks"); set != nil {
		return set, "", nil
	}
	at = from.Text("jwks_uri")
	if !strings.HasPrefix(at, "https://") && !strings.HasPrefix(at, "http://") {
		return nil, "", because(BadDocument, nil)
	}
	set, err = r.fetch(ctx, at, keySetTypes)
	return set, at, err
}

// wellKnown puts /.well-known/jwt-vc-issuer between host and path.
func wellKnown(issuer string) (string, bool) {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.Fragment != "" || u.RawQuery != "" {
		return "", false
	}
	return u.Scheme + "://" + u.Host + "/.well-known/jwt-vc-issuer" + strings.TrimSuffix(u.EscapedPath(), "/"), true
}
