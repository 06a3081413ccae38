package verify

import (
	"crypto/ed25519"
	"slices"

	"github.com/akashi-project/akashi/record"
)

// issuer checks whose log this is. Evidence can be made by anyone about any
// record, so nothing but the policy, or a statement signed with the issuer's
// own key, ties a log to an issuer: a LogBinding, or the badge itself.
func (c *check) issuer() {
	// A document is anybody's bytes: an "issuer" inside is no claim of a badge.
	var named string // by the record; "" when it names nobody
	if c.passed(RecordDigest, RecordType) && c.e.Record.Type != record.Document {
		named, _ = c.parsed.Issuer()
	}
	want := c.v.ExpectIssuer
	if want == "" {
		want = named
	}
	signer := c.binding()
	bound, why := c.boundTo(named, want, signer)

	switch {
	case c.v.ExpectIssuer == "":
	case !c.rests(IssuerExpected, RecordDigest, RecordType):
	case named == c.v.ExpectIssuer:
		c.pass(IssuerExpected, "The record is of the issuer that you expect.")
	case named != "":
		c.fail(IssuerExpected, "The record names the issuer %q, and you expect another.", clip(named))
	case bound != nil && bound.ID == c.v.ExpectIssuer:
		c.pass(IssuerExpected, "The record names no issuer, and stands in the log of the one that you expect.")
	default:
		c.unknown(IssuerExpected, "The record names no issuer, and the log is not known to be of the one that you expect.")
	}
	if c.done[IssuerExpected] == Fail {
		bound = nil
		why = "This was not checked, since the record is of another issuer than you expect."
	}
	if bound == nil {
		c.unknown(IssuerBound, "%s", why)
		return
	}
	c.bound = bound
	c.report.Issuer = bound
	if c.naming(bound.ID) == namesOther {
		c.warn(IssuerBound, "%s The badge itself, which its issuer signed, names other logs and not this one.", why)
		return
	}
	c.pass(IssuerBound, "%s", why)
}

// signer is who signed a binding that is about this log.
type signer struct {
	id     string
	pinned bool // the policy lists the key for the issuer; else it is a did:key, its own proof
}

// binding checks the carried binding by itself, and returns its issuer when
// its signature is that issuer's and it names this log.
func (c *check) binding() *signer {
	b := c.e.Binding
	if b == nil {
		return nil
	}
	key, err := b.Verify()
	if err != nil {
		c.fail(IssuerBinding, "The statement that ties the log to an issuer is not signed by the key that it names.")
		return nil
	}
	if !b.Names(c.ref) {
		c.unknown(IssuerBinding, "The statement that ties logs to the issuer %q is not about this log.", clip(b.Issuer))
		return nil
	}
	if b.Origin != c.e.Log.Origin {
		c.fail(IssuerBinding, "The statement that ties the log to an issuer calls it by another origin.")
		return nil
	}
	pinned := c.pinned(b.Issuer, key)
	if !pinned && b.Issuer != DIDKey(key) {
		c.unknown(IssuerBinding, "The statement that ties the log to %q is signed by a key that your policy does not list for them.", clip(b.Issuer))
		return nil
	}
	c.pass(IssuerBinding, "%q has signed that this log is theirs.", clip(b.Issuer))
	return &signer{id: b.Issuer, pinned: pinned}
}

func (c *check) pinned(id string, key ed25519.PublicKey) bool {
	i, ok := c.v.Policy.issuer(id)
	return ok && slices.Contains(i.Keys, Multikey(key))
}

// boundTo returns the issuer that the log is bound to, or nil and the reason.
func (c *check) boundTo(named, want string, s *signer) (*Issuer, string) {
	if want == "" && c.e.Record.Type != record.Document {
		if !c.passed(RecordDigest, RecordType) {
			return nil, "This was not checked, since it rests on the steps record.digest and record.type, which did not both pass."
		}
		return nil, "The record names no issuer, or two that differ, so nobody's log can be the right one; say which issuer you expect."
	}
	if want != "" {
		if i, ok := c.v.Policy.issuer(want); ok && slices.Contains(i.Logs, c.ref) {
			return &Issuer{ID: i.ID, Name: i.Name}, sentence("Your policy says that this is the log of %s.", title(i))
		}
		if s != nil && s.id == want {
			i, _ := c.v.Policy.issuer(want)
			return &Issuer{ID: want, Name: i.Name}, sentence("The issuer %q has signed that this log is theirs.", clip(want))
		}
		switch i, _ := c.v.Policy.issuer(want); c.naming(want) {
		case namesThis:
			return &Issuer{ID: want, Name: i.Name}, sentence("The badge itself names this log, signed by its issuer %q.", clip(want))
		case namesOther:
			return nil, sentence("The badge itself, signed by its issuer %q, names other logs than this one, and nothing else that you trust says that this log is theirs; anyone can log a record in a log of their own.", clip(want))
		case namesMore:
			return nil, sentence("The badge itself names this log, and your policy lists other logs of the issuer %q, and not the key that signed the badge; whoever stole that key could name a log of their own.", clip(want))
		}
		return nil, sentence("Nothing that you trust says that this log is of the issuer %q; anyone can log a record in a log of their own.", clip(want))
	}
	// A document of nobody's name: whoever the policy, or a key that the
	// policy pins, says that the log belongs to. A did:key that vouches for
	// itself says nothing here, since anyone can make one.
	switch list := c.v.Policy.issuersOf(c.ref); len(list) {
	case 1:
		return &Issuer{ID: list[0].ID, Name: list[0].Name}, sentence("Your policy says that this is the log of %s.", title(list[0]))
	case 0:
	default:
		return nil, "Your policy lists this log for several issuers; say which one you expect."
	}
	if s != nil && s.pinned {
		i, _ := c.v.Policy.issuer(s.id)
		return &Issuer{ID: s.id, Name: i.Name}, sentence("%s has signed, with a key that your policy lists, that this log is theirs.", title(i))
	}
	return nil, "The document names no issuer, and nothing that you trust says whose log this is."
}

// title names an issuer for people.
func title(i TrustedIssuer) string {
	if i.Name == "" {
		return clip(i.ID)
	}
	return clip(i.Name) + " (" + clip(i.ID) + ")"
}
