// Package controller finds the key that a signature names, and asks the
// issuer's own document whether it is one of theirs.
//
// Anybody can sign with a key of their own and write a university's name
// beside it. So a key counts only when the document that stands behind the
// issuer's identifier lists it under assertionMethod (W3C Controlled
// Identifiers 1.0, sections 2.3.2 and 3.3):
//
//	issuer             its document
//	did:key:z6Mk…      needs none: the identifier is the key
//	did:web:host:path  https://host/path/did.json; see DIDWebURL
//	https://…          what is served there, when its "id" is that URL
//
// A method may stand in that document, or be listed there by its URL and be
// kept elsewhere: in a did:key, or in a document of its own. The list is
// followed for one step, never back and forth, so that controllers that point
// at each other end.
//
// A token may name its key in other ways: a bare "kid", a "jwk" in its header,
// the URL of a JWK. Such a key counts when it stands in the issuer's document
// as above, or among the keys of the issuer's JSON Web Key Set, which is the
// member "jwks" or "jwks_uri" of that document, or of the issuer's
// /.well-known/jwt-vc-issuer (SD-JWT-based Verifiable Credentials, section 4).
//
// A key that merely follows "issuer#" is Unproven. Every error has a Reason;
// those that speak against the key wrap proof.ErrRefuted, and all others mean
// that it could not be had.
package controller

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/internal/tree"
	"github.com/akashi-project/akashi/record/proof"
)

// A Reason says why there is no key. Reasons are stable.
type Reason string

// The reasons. Those marked refuted wrap proof.ErrRefuted.
const (
	NoIssuer    Reason = "no-issuer"   // the document names none
	Unsupported Reason = "unsupported" // an identifier or method of a kind that is not known here
	NotFetched  Reason = "not-fetched" // a document could not be had; Kind or Status says why
	BadDocument Reason = "document"    // what was served is no document of that identifier
	Unproven    Reason = "unproven"    // the issuer's document says nothing of keys
	BadKey      Reason = "key"         // the key is malformed, private, or of another type than its method says
	Unlisted    Reason = "unlisted"    // refuted: the issuer's document lists others
	Purpose     Reason = "purpose"     // refuted: it lists the key, and not for assertions
	Foreign     Reason = "foreign"     // refuted: the method says that it is somebody else's
	Revoked     Reason = "revoked"     // refuted: the method is revoked
	Expired     Reason = "expired"     // refuted: the method expired before the proof was made
)

func (r Reason) refutes() bool {
	switch r {
	case Unlisted, Purpose, Foreign, Revoked, Expired:
		return true
	}
	return false
}

var reasonWords = map[Reason]string{
	NoIssuer:    "the document names no issuer",
	Unsupported: "the issuer or the key has an identifier of a kind that is not known here",
	NotFetched:  "a document of the issuer could not be had",
	BadDocument: "what is served for the issuer is not the issuer's document",
	Unproven:    "the issuer's document says nothing of this key",
	BadKey:      "the key is not one that can be used",
	Unlisted:    "the issuer's document lists other keys",
	Purpose:     "the issuer's document lists the key, and not for assertions",
	Foreign:     "the key says that it belongs to somebody else",
	Revoked:     "the key is revoked",
	Expired:     "the key expired before it signed",
}

// An Error says why there is no key.
type Error struct {
	Reason Reason
	Kind   fetch.Kind // of NotFetched: why there was no answer
	Status int        // of NotFetched: the status of the answer
	Err    error      // may be nil
}

// Error gives the reason in words, without what the documents hold.
func (e *Error) Error() string {
	text := reasonWords[e.Reason]
	switch {
	case e.Kind != "":
		text += " (" + (&fetch.Error{Kind: e.Kind}).Error() + ")"
	case e.Status != 0:
		text += fmt.Sprintf(" (the server answers %d)", e.Status)
	}
	return text
}

// Unwrap returns proof.ErrRefuted when the reason speaks against the key, and
// what lies beneath.
func (e *Error) Unwrap() []error {
	var all []error
	if e.Reason.refutes() {
		all = append(all, proof.ErrRefuted)
	}
	if e.Err != nil {
		all = append(all, e.Err)
	}
	return all
}

func because(r Reason, err error) error { return &Error{Reason: r, Err: err} }

// ReasonOf returns the reason of an error of a Resolver.
func ReasonOf(err error) (*Error, bool) { return errors.AsType[*Error](err) }

// Media types of documents of keys.
var (
	documentTypes = []string{"application/json", "application/ld+json", "application/did+json", "application/did+ld+json", "application/did", "application/cid", "application/jwk-set+json", "application/jwk+json", "application/activity+json"}
	keySetTypes   = []string{"application/jwk-set+json", "application/json", "application/jwk+json"}
)

// maxMethods bounds the methods that are looked through in one document.
const maxMethods = 256

// A Resolver is the proof.Resolve of an issuer's own documents, for one check
// in one goroutine. A fetch.Recorder before its Fetcher keeps it from asking
// twice, a Reader from parsing twice, and it keeps what it has read of each
// method and key: a document can hold hundreds, large ones, and a thousand
// proofs can name them.
type Resolver struct {
	Fetcher fetch.Fetcher    // nil: nothing is fetched
	Now     func() time.Time // nil means time.Now; for methods that end
	Reader  *tree.Reader     // nil: each document is parsed whenever it is asked for

	seen seen
}

// Resolve is a proof.Resolve.
func (r *Resolver) Resolve(ctx context.Context, q proof.Query) (proof.Key, error) {
	if q.Issuer == "" {
		return proof.Key{}, because(NoIssuer, nil)
	}
	method := q.Method
	if strings.HasPrefix(method, "#") {
		method = q.Issuer + method
	}
	doc, err := r.document(ctx, q.Issuer)
	if err != nil {
		return proof.Key{}, err
	}
	key, err := r.listed(ctx, doc, method, q)
	if !errors.Is(err, errAbsent) {
		return key, err
	}
	// The document has no such method. A token may mean a key of its key set.
	key, setErr := r.inKeySet(ctx, doc, method, q)
	if !errors.Is(setErr, errAbsent) {
		return key, setErr
	}
	if doc.speaksOfKeys(q.Purpose) {
		return proof.Key{}, because(Unlisted, nil)
	}
	return proof.Key{}, because(Unproven, nil)
}

// errAbsent says that a document does not have the key; what follows from
// that depends on what else it has.
var errAbsent = errors.New("the key is not there")

// A document is that of an issuer.
type document struct {
	id      string
	members tree.Object
}

// speaksOfKeys reports whether the document lists keys at all, so that one
// which is missing is meant to be.
func (d document) speaksOfKeys(purpose string) bool {
	return d.members.Has(purpose) || d.members.Has("verificationMethod")
}

// absolute resolves a reference within the document: "#key" is one of its own.
func (d document) absolute(ref string) string {
	if strings.HasPrefix(ref, "#") {
		return d.id + ref
	}
	return ref
}

// document gets the issuer's own document.
func (r *Resolver) document(ctx context.Context, issuer string) (document, error) {
	switch {
	case strings.HasPrefix(issuer, "did:key:"):
		if strings.ContainsAny(issuer, "#?/") {
			return document{}, because(BadDocument, nil)
		}
		if _, err := proof.ParseDIDKey(issuer); err != nil {
			return document{}, because(BadKey, err)
		}
		multikey := strings.TrimPrefix(issuer, "did:key:")
		method := issuer + "#" + multikey
		return document{id: issuer, members: tree.Object{
			"id": issuer,
			"verificationMethod": []any{map[string]any{
				"id": method, "type": "Multikey", "controller": issuer, "publicKeyMultibase": multikey,
			}},
			proof.AssertionMethod: []any{method},
		}}, nil
	case strings.HasPrefix(issuer, "did:web:"):
		url, err := DIDWebURL(issuer)
		if err != nil {
			return document{}, because(Unsupported, err)
		}
		return r.fetchDocument(ctx, url, issuer)
	case strings.HasPrefix(issuer, "https://"), strings.HasPrefix(issuer, "http://"):
		url, _ := tree.Split(issuer)
		return r.fetchDocument(ctx, url, issuer)
	}
	return document{}, because(Unsupported, nil)
}

// fetchDocument gets the document that must call itself id.
func (r *Resolver) fetchDocument(ctx context.Context, url, id string) (document, error) {
	o, err := r.fetch(ctx, url, documentTypes)
	if err != nil {
		return document{}, err
	}
	if o.Text("id") != id {
		return document{}, because(BadDocument, nil)
	}
	return document{id: id, members: o}, nil
}

func (r *Resolver) fetch(ctx context.Context, url string, accept []string) (tree.Object, error) {
	fetcher := r.Fetcher
	if fetcher == nil {
		fetcher = fetch.None
	}
	answer, err := fetcher.Fetch(ctx, fetch.Request{URL: url, Accept: accept})
	if err != nil {
		return nil, &Error{Reason: NotFetched, Kind: fetch.KindOf(err), Err: err}
	}
	if answer.Status != fetch.OK {
		return nil, &Error{Reason: NotFetched, Status: answer.Status}
	}
	parse := func(_ string, b []byte) (tree.Object, error) { return tree.Parse(b) }
	if r.Reader != nil {
		parse = r.Reader.Parse
	}
	o, err := parse(url, answer.Body)
	switch {
	case errors.Is(err, tree.ErrTooMuch):
		return nil, &Error{Reason: NotFetched, Kind: fetch.Exhausted, Err: err}
	case err != nil:
		return nil, because(BadDocument, err)
	}
	return o, nil
}

// listed looks for the method under the purpose of the issuer's document. It
// answers errAbsent when it is not there.
func (r *Resolver) listed(ctx context.Context, doc document, method string, q proof.Query) (proof.Key, error) {
	list := doc.members.Each(q.Purpose)
	if len(list) > maxMethods || len(doc.members.Each("verificationMethod")) > maxMethods {
		return proof.Key{}, because(BadDocument, nil)
	}
	var found []tree.Object // under the purpose, as objects
	for _, entry := range list {
		id := doc.absolute(tree.ID(entry))
		embedded := tree.AsObject(entry)
		if embedded == nil {
			embedded = r.method(doc, id)
		}
		switch {
		case id == "":
		case id == method && embedded != nil:
			found = append(found, embedded)
		case id == method:
			return r.elsewhere(ctx, doc, method, q)
		case embedded != nil && !tree.IsURL(method):
			// A token names its key by a bare name or shows it.
			if r.means(doc, embedded, method, q) {
				found = append(found, embedded)
			}
		}
	}
	switch {
	case len(found) == 1:
		return r.key(doc, found[0], method, q)
	case len(found) > 1:
		return proof.Key{}, because(BadDocument, errors.New("two methods of one name"))
	case method != "" && r.method(doc, method) != nil:
		return proof.Key{}, because(Purpose, nil)
	}
	return proof.Key{}, errAbsent
}

// means reports whether a token that names its key by a bare name, or shows it
// in its header, means this method.
func (r *Resolver) means(doc document, m tree.Object, name string, q proof.Query) bool {
	if name != "" {
		_, fragment := tree.Split(doc.absolute(m.Text("id")))
		return fragment == "#"+name || m.Object("publicKeyJwk").Text("kid") == name
	}
	if q.Embedded.IsZero() {
		// A did:key is one key, and needs no name for it.
		return strings.HasPrefix(doc.id, "did:key:")
	}
	parsed, err := r.parseMethod(m)
	return err == nil && parsed.Key.Equal(q.Embedded)
}

// elsewhere reads a method that the issuer's document lists by a URL and does
// not hold.
func (r *Resolver) elsewhere(ctx context.Context, doc document, method string, q proof.Query) (proof.Key, error) {
	url, fragment := tree.Split(method)
	switch {
	case url == doc.id:
		return proof.Key{}, because(BadDocument, errors.New("lists a method that it does not hold, or holds twice"))
	case strings.HasPrefix(method, "did:key:"):
		k, err := proof.ParseDIDKey(method)
		if err != nil || fragment == "" {
			return proof.Key{}, because(BadKey, err)
		}
		return k, nil
	case strings.HasPrefix(method, "did:web:"):
		other, err := r.document(ctx, url)
		if err != nil {
			return proof.Key{}, err
		}
		if m := r.method(other, method); m != nil {
			return r.key(other, m, method, q)
		}
		return proof.Key{}, because(BadDocument, nil)
	case !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://"):
		return proof.Key{}, because(Unsupported, nil)
	}
	o, err := r.fetch(ctx, url, documentTypes)
	if err != nil {
		return proof.Key{}, err
	}
	other := document{id: url, members: o}
	switch {
	case o.Text("id") == method: // the method by itself
		return r.key(doc, o, method, q)
	case o.Text("id") == url:
		if m := r.method(other, method); m != nil {
			return r.key(other, m, method, q)
		}
	}
	return proof.Key{}, because(BadDocument, nil)
}

// key reads a method, which must say that it belongs to the document in which
// it stands, or for which it was fetched.
func (r *Resolver) key(doc document, m tree.Object, method string, q proof.Query) (proof.Key, error) {
	parsed, err := r.parseMethod(m)
	if err != nil {
		return proof.Key{}, because(BadKey, err)
	}
	// Without a name of its own a method belongs to where it stands.
	if parsed.Controller != "" && doc.absolute(parsed.Controller) != doc.id {
		return proof.Key{}, because(Foreign, nil)
	}
	now := time.Now
	if r.Now != nil {
		now = r.Now
	}
	if !parsed.Revoked.IsZero() && !now().Before(parsed.Revoked) {
		return proof.Key{}, because(Revoked, nil)
	}
	if !parsed.Expires.IsZero() && !now().Before(parsed.Expires) && (q.Created.IsZero() || !q.Created.Before(parsed.Expires)) {
		return proof.Key{}, because(Expired, nil)
	}
	return parsed.Key, nil
}
