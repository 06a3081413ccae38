package issue

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/controller"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/internal/tree"
	"github.com/akashi-project/akashi/record/proof"
)

// maxDocuments bounds what a template names.
const maxDocuments = 64

// readDocuments reads what the issuer serves, by id.
func readDocuments(all [][]byte) (map[string]tree.Object, error) {
	documents := map[string]tree.Object{}
	for i, b := range all {
		doc, err := tree.Parse(b)
		if err != nil {
			return nil, fmt.Errorf("%w: document %d: %w", ErrDocument, i+1, err)
		}
		id := doc.Text("id")
		if tree.Origin(id) == "" && !strings.HasPrefix(id, "did:web:") {
			return nil, fmt.Errorf("%w: document %d has no \"id\" that is the URL it is served at", ErrDocument, i+1)
		}
		at, _ := tree.Split(address(id))
		if _, ok := documents[at]; ok {
			return nil, fmt.Errorf("%w: document %d has the address of another, %s", ErrDocument, i+1, at)
		}
		documents[at] = doc
	}
	return documents, nil
}

// address is where the document of an id is served; "" when nowhere.
func address(id string) string {
	if strings.HasPrefix(id, "did:web:") {
		at, err := controller.DIDWebURL(id)
		if err != nil {
			return ""
		}
		return at
	}
	if tree.Origin(id) == "" {
		return ""
	}
	return id
}

// A world is what there is to fetch while badges are rehearsed.
type world struct {
	documents map[string]tree.Object // the issuer's
	made      map[string]tree.Object // these stand before them
	method    string                 // by which the key of the rehearsal is found
}

// Fetch is a fetch.Fetcher that answers out of memory.
func (w world) Fetch(_ context.Context, q fetch.Request) (fetch.Answer, error) {
	doc, ok := w.made[q.URL]
	if !ok {
		doc, ok = w.documents[q.URL]
	}
	if !ok {
		return fetch.Answer{}, &fetch.Error{URL: q.URL, Kind: fetch.Offline}
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return fetch.Answer{}, &fetch.Error{URL: q.URL, Kind: fetch.BadType, Err: err}
	}
	return fetch.Answer{Status: fetch.OK, ContentType: "application/json", Body: b}, nil
}

// unseen lists what a check asked for in vain.
func (w world) unseen(r badge.Report) []string {
	var all []string
	for _, e := range r.Fetched {
		if e.Error == fetch.Offline {
			all = append(all, e.URL)
		}
	}
	return all
}

// world makes the documents of the issuer list the key of the rehearsal, and a
// hosted assertion be where it says.
func (s stage) world(doc tree.Object) world {
	w := world{documents: s.documents, made: map[string]tree.Object{}}
	public, err := proof.NewKey(s.key.Public())
	if err != nil {
		return w // not reached: the key was just made
	}
	multikey, err := public.Multikey()
	if err != nil {
		return w
	}
	issuer := tree.ID(doc["issuer"])
	w.method = "did:key:" + multikey + "#" + multikey
	if !s.template.isOB3() {
		if s.template.Format == OB2Hosted {
			at, _ := tree.Split(doc.Text("id"))
			w.made[at] = doc
			return w
		}
		s.profiles(w, doc, multikey)
		return w
	}
	if at := address(issuer); at != "" {
		w.method = issuer + "#rehearsal"
		at, _ = tree.Split(at)
		w.made[at] = listing(s.documents[at], issuer, w.method, multikey)
	}
	return w
}

// listing is a controller document with one more key for assertions.
func listing(doc tree.Object, issuer, method, multikey string) tree.Object {
	out := tree.Object{"id": issuer}
	for name, v := range doc {
		out[name] = v
	}
	key := map[string]any{"id": method, "type": "Multikey", "controller": issuer, "publicKeyMultibase": multikey}
	out["verificationMethod"] = append([]any{key}, doc.Each("verificationMethod")...)
	out["assertionMethod"] = append([]any{method}, doc.Each("assertionMethod")...)
	return out
}

// profiles gives the Profiles among the documents the key of the rehearsal,
// under the name by which the assertion calls its key.
func (s stage) profiles(w world, doc tree.Object, multikey string) {
	creator := doc.Object("verification").Text("creator")
	for at, d := range s.documents {
		if !d.Is("Profile", "Issuer") {
			continue
		}
		name := creator
		if name == "" {
			name = d.Text("id") + "#rehearsal"
		}
		profile := tree.Object{}
		for member, v := range d {
			profile[member] = v
		}
		profile["publicKey"] = map[string]any{"id": name, "type": "Multikey", "controller": d.Text("id"), "publicKeyMultibase": multikey}
		w.made[at] = profile
	}
}
