package controller

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/akashi-project/akashi/record/internal/tree"
	"github.com/akashi-project/akashi/record/proof"
)

// seen is what a Resolver has read of objects in documents, by which object it
// was.
type seen struct {
	methods map[uintptr]seenMethod
	keys    map[uintptr]seenKey
	own     map[uintptr]seenDocument
}

// Each keeps its object, so that no other one comes to stand in its place.
type (
	seenMethod struct {
		object tree.Object
		method proof.Method
		err    error
	}
	seenKey struct {
		object tree.Object
		key    proof.Key
		err    error
	}
	seenDocument struct {
		object  tree.Object
		methods map[string]tree.Object // its own by id; nil for an id that two have
	}
)

func identity(o tree.Object) uintptr { return reflect.ValueOf(o).Pointer() }

func textOf(o tree.Object) ([]byte, error) {
	b, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("%w: no JSON", proof.ErrKey)
	}
	return b, nil
}

// parseMethod is proof.ParseMethod, once for each object.
func (r *Resolver) parseMethod(m tree.Object) (proof.Method, error) {
	at := identity(m)
	if known, ok := r.seen.methods[at]; ok {
		return known.method, known.err
	}
	known := seenMethod{object: m}
	b, err := textOf(m)
	if err == nil {
		known.method, err = proof.ParseMethod(b)
	}
	known.err = err
	if r.seen.methods == nil {
		r.seen.methods = map[uintptr]seenMethod{}
	}
	r.seen.methods[at] = known
	return known.method, known.err
}

// parseJWK is proof.ParseJWK, once for each object.
func (r *Resolver) parseJWK(k tree.Object) (proof.Key, error) {
	at := identity(k)
	if known, ok := r.seen.keys[at]; ok {
		return known.key, known.err
	}
	known := seenKey{object: k}
	b, err := textOf(k)
	if err == nil {
		known.key, err = proof.ParseJWK(b)
	}
	known.err = err
	if r.seen.keys == nil {
		r.seen.keys = map[uintptr]seenKey{}
	}
	r.seen.keys[at] = known
	return known.key, known.err
}

// method returns the document's own method of that id; nil when there is
// none, or more than one.
func (r *Resolver) method(d document, id string) tree.Object {
	at := identity(d.members)
	known, ok := r.seen.own[at]
	if !ok {
		known = seenDocument{d.members, map[string]tree.Object{}}
		for _, m := range d.members.Objects("verificationMethod") {
			name := d.absolute(m.Text("id"))
			if _, twice := known.methods[name]; twice {
				m = nil
			}
			known.methods[name] = m
		}
		if r.seen.own == nil {
			r.seen.own = map[uintptr]seenDocument{}
		}
		r.seen.own[at] = known
	}
	return known.methods[id]
}
