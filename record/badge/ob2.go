package badge

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/internal/tree"
)

// openBadges2 judges an Open Badges 2.0 assertion (1EdTech Open Badges 2.0,
// sections 3 and 4). What it names is trusted as far as it is read at its own
// address: an assertion where it is hosted, a Profile at the issuer's URL. The
// copies that a file brings along prove nothing.
func (r *run) openBadges2() {
	if !slices.Contains(contexts(r.badge.doc), contextOB2) {
		r.add(sayContextOB2)
	} else {
		r.add(sayContextOK)
	}
	assertion := r.badge.doc
	r.assertion(assertion)
	signed := r.badge.Token()
	if !signed {
		// The hosted one is what counts from here on.
		hosted, ok := r.hosted(assertion)
		if !ok {
			return
		}
		assertion = hosted
	}
	class, ok := r.class(assertion)
	if !ok {
		return
	}
	r.classMembers(class)
	r.report.Kind.Title = visible(class.Text("name"))
	profile, ok := r.profile(class)
	if !ok {
		return
	}
	r.profileMembers(profile)
	if signed {
		r.signedOB2(assertion, profile)
		r.revokedAssertions(assertion, profile)
		r.named(assertion, r.report.signedBy != "")
		return
	}
	r.scope(assertion, class, profile)
	r.named(assertion, false)
}

// The kinds of verification, with the names of Open Badges 1.1 that are still
// seen.
var (
	hostedKinds = []string{"HostedBadge", "hosted"}
	signedKinds = []string{"SignedBadge", "signed"}
)

// verificationOf returns how an assertion is to be verified. The context of
// Open Badges 2.0 keeps the name that 1.1 had, "verify", as another name of
// "verification".
func verificationOf(a tree.Object) tree.Object {
	if !a.Has("verification") {
		return a.Object("verify")
	}
	return a.Object("verification")
}

func (r *run) assertion(a tree.Object) {
	verification := verificationOf(a)
	kinds := hostedKinds
	if r.badge.Token() {
		kinds = signedKinds
	}
	recipient := a.Object("recipient")
	_, hashed := recipient["hashed"].(bool)
	issued, issuedOK := instant(a["issuedOn"])
	ends, endsOK := instant(a["expires"])
	for _, part := range []struct {
		name string
		ok   bool
	}{
		{"id", tree.IsURL(a.Text("id"))},
		{"type", a.Is("Assertion")},
		{"recipient", recipient != nil && recipient.Text("identity") != "" && len(recipient.Each("type")) > 0 && (hashed || !recipient.Has("hashed"))},
		{"badge", isWebURL(a.Text("badge")) || a.Object("badge") != nil},
		{"verification", verification != nil && verification.Is(kinds...)},
		{"issuedOn", issuedOK},
		{"expires", endsOK || !a.Has("expires")},
	} {
		if !part.ok {
			r.add(sayAssertionBad, part.name)
			return
		}
	}
	r.add(sayAssertionOK)
	i := identityOf(recipient, "identity", "type")
	r.hidden(i)
	r.match([]identity{i}, "")
	if !endsOK {
		ends = time.Time{}
	}
	r.window(issued, ends)
}

// hosted fetches the assertion again from its id. Without it nothing more is
// known: a file that calls itself hosted is signed by nobody.
func (r *run) hosted(a tree.Object) (tree.Object, bool) {
	if a["revoked"] == true {
		r.add(sayRevoked)
		return nil, false
	}
	id := a.Text("id")
	if verificationOf(a).Is(signedKinds...) {
		r.add(sayUnsigned)
		return nil, false
	}
	if !isWebURL(id) {
		r.add(sayHostedNoURL)
		return nil, false
	}
	answer, why := r.ask(id, jsonTypes)
	switch {
	case why == nil && answer.Status == fetch.Gone:
		r.add(sayGone)
		return nil, false
	case why == nil && answer.Status != fetch.OK:
		why = wordsStatus
	}
	if why != nil {
		r.add(sayNotHosted, why)
		r.add(sayRevokedU)
		return nil, false
	}
	there, why := r.parsed(id, answer.Body)
	switch {
	case why == wordsMalformed:
		r.add(sayHostedForm)
		r.add(sayRevokedU)
		return nil, false
	case why != nil:
		r.add(sayNotHosted, why)
		r.add(sayRevokedU)
		return nil, false
	case there.Text("id") != id && !anonymous(there):
		r.add(sayHostedOther)
		return nil, false
	case there["revoked"] == true, there["revoked"] == "true": // such an answer may hold little else
		r.add(sayHosted)
		r.add(sayRevoked)
		return nil, false
	case there.Has("revoked") && there["revoked"] != false && there["revoked"] != nil:
		r.add(sayHostedForm)
		r.add(sayRevokedU)
		return nil, false
	case anonymous(there):
		r.add(sayHostedNone)
		r.add(sayRevokedU)
		return nil, false
	case !there.Is("Assertion"):
		r.add(sayHostedOther)
		return nil, false
	}
	r.add(sayHosted)
	r.add(sayNotRevoked)
	for _, member := range []string{"recipient", "badge", "issuedOn", "expires", "verification", "verify"} {
		if !reflect.DeepEqual(a[member], there[member]) && !sameClass(member, a, there) {
			r.add(sayNotSame, member)
			return nil, false
		}
	}
	if reflect.DeepEqual(a, there) {
		r.add(saySame)
	} else {
		r.add(sayNearlySame)
	}
	return there, true
}

// sameClass reports whether both name one BadgeClass, one of them by its URL:
// images are often baked with all parts written out.
func sameClass(member string, a, b tree.Object) bool {
	if member != "badge" {
		return false
	}
	_, aIsText := a["badge"].(string)
	_, bIsText := b["badge"].(string)
	id := tree.ID(a["badge"])
	return aIsText != bIsText && id != "" && id == tree.ID(b["badge"])
}

// class gets the BadgeClass: from within the assertion, or from its URL.
func (r *run) class(a tree.Object) (tree.Object, bool) {
	if class := a.Object("badge"); class != nil {
		return class, true
	}
	class, moved, why := r.kept(a.Text("badge"))
	switch {
	case why != nil:
		r.add(sayClassNone, why)
		return nil, false
	case moved:
		r.add(sayClassMoved, class.Text("id"))
	default:
		r.add(sayClassRead)
	}
	return class, true
}

// anonymous reports whether a document does not even say what it is, as when a
// server answers with 200 that something went wrong.
func anonymous(o tree.Object) bool { return !o.Has("id") && !o.Has("type") }

// kept reads a BadgeClass or Profile by the URL that names it. What is kept
// there may call itself by another URL: after a move, or an issuer whose pages
// have more than one. Then it is what is kept at that one, if this agrees; so
// nothing is gained by pointing at somebody else, whose Profile says where
// they host and which keys are theirs.
func (r *run) kept(url string) (o tree.Object, moved bool, why *phrase) {
	o, why = r.read(url, jsonTypes)
	own := o.Text("id")
	if why != nil || own == url {
		return o, false, why
	}
	if anonymous(o) {
		return nil, false, wordsUnnamed
	}
	if !isWebURL(own) {
		return nil, false, wordsElse
	}
	o, why = r.read(own, jsonTypes)
	switch {
	case why != nil:
	case anonymous(o):
		why = wordsUnnamed
	case o.Text("id") != own:
		why = wordsElse
	}
	return o, true, why
}

func (r *run) classMembers(c tree.Object) {
	criteria := c["criteria"]
	text, _ := criteria.(string)
	for _, part := range []struct {
		name string
		ok   bool
	}{
		{"id", tree.IsURL(c.Text("id"))},
		{"type", c.Is("BadgeClass")},
		{"name", strings.TrimSpace(c.Text("name")) != ""},
		{"description", strings.TrimSpace(c.Text("description")) != ""},
		{"image", tree.IsURL(tree.ID(c["image"])) || strings.HasPrefix(tree.ID(c["image"]), "data:image/")},
		{"criteria", tree.IsURL(text) || tree.IsURL(tree.AsObject(criteria).Text("id")) || strings.TrimSpace(tree.AsObject(criteria).Text("narrative")) != ""},
		{"issuer", tree.IsURL(tree.ID(c["issuer"]))},
	} {
		if !part.ok {
			r.add(sayClassBad, part.name)
			return
		}
	}
	r.add(sayClassOK)
}

// profile reads the issuer's Profile at the issuer's own URL, always.
func (r *run) profile(class tree.Object) (tree.Object, bool) {
	profile, moved, why := r.kept(tree.ID(class["issuer"]))
	switch {
	case why == wordsElse, why == nil && !profile.Is("Profile", "Issuer"):
		r.add(sayProfileElse)
		return nil, false
	case why != nil:
		r.add(sayProfileNone, why)
		return nil, false
	}
	id := profile.Text("id")
	if moved {
		r.add(sayProfileMoved, id)
	} else {
		r.add(sayProfileRead, id)
	}
	r.report.Issuer = &Issuer{ID: id, Name: visible(profile.Text("name"))}
	return profile, true
}

func (r *run) profileMembers(p tree.Object) {
	email := p.Text("email")
	for _, part := range []struct {
		name string
		ok   bool
	}{
		{"name", strings.TrimSpace(p.Text("name")) != ""},
		{"url", isWebURL(p.Text("url"))},
		{"email", strings.Contains(email, "@")},
	} {
		if !part.ok {
			r.add(sayProfileBad, part.name)
			return
		}
	}
	r.add(sayProfileOK)
}

// scope judges whether the issuer hosts assertions where this one is. The
// issuer's Profile says where; else it is the Profile's own host.
func (r *run) scope(a, class, profile tree.Object) {
	id := a.Text("id")
	if !inScope(id, profile) {
		r.add(sayOutOfScope)
		return
	}
	// A class that is hosted somewhere else may be somebody else's.
	if c := class.Text("id"); isWebURL(c) && !inScope(c, profile) && host(c) != host(profile.Text("id")) {
		r.add(sayScopeClass)
		return
	}
	r.add(sayScope)
	if r.report.Issuer != nil {
		r.report.Issuer.Proven = true
	}
}

// maxScopes bounds the places of one Profile that are looked through.
const maxScopes = 4096

// host returns the host and port of an http or https URL; "" when it is none. A
// Profile allows hosts, not schemes: many a badge of an issuer who is at https
// now was given out at http.
func host(url string) string {
	_, host, _ := strings.Cut(tree.Origin(url), "://")
	return host
}

// inScope judges an id by "verification" of a Profile: allowedOrigins are host
// names or origins, startsWith the beginnings of URLs. When both are there,
// both must hold.
func inScope(id string, profile tree.Object) bool {
	at := tree.Origin(id)
	u, err := url.Parse(id)
	if at == "" || err != nil || hasDots(u) {
		return false
	}
	verification := profile.Object("verification")
	if !verification.Has("allowedOrigins") && !verification.Has("startsWith") {
		return host(id) == host(profile.Text("id"))
	}
	if verification.Has("allowedOrigins") {
		allowed, _ := verification.Texts("allowedOrigins")
		allowed = allowed[:min(len(allowed), maxScopes)]
		if !slices.ContainsFunc(allowed, func(o string) bool {
			if strings.Contains(o, "://") {
				return tree.Origin(o) == at
			}
			return o != "" && strings.EqualFold(o, u.Host)
		}) {
			return false
		}
	}
	if verification.Has("startsWith") {
		begins, _ := verification.Texts("startsWith")
		begins = begins[:min(len(begins), maxScopes)]
		if !slices.ContainsFunc(begins, func(b string) bool {
			// Without the look at the origin, https://uni.example would begin
			// https://uni.example.org too.
			return tree.Origin(b) == at && strings.HasPrefix(id, b)
		}) {
			return false
		}
	}
	return true
}

// hasDots reports whether a path leads elsewhere than it begins.
func hasDots(u *url.URL) bool {
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return strings.Contains(u.Path, `\`)
}

// revokedAssertions looks a signed assertion up in the issuer's list.
func (r *run) revokedAssertions(a, profile tree.Object) {
	if !profile.Has("revocationList") {
		r.add(sayRevokedNone)
		return
	}
	at := profile.Text("revocationList")
	list, why := r.read(at, jsonTypes)
	if why != nil {
		r.add(sayListNone, why)
		r.add(sayRevokedU)
		return
	}
	revoked, ok := r.listed(at, list, "revokedAssertions", a.Text("id"), a.Text("uid"))
	issuer := tree.ID(list["issuer"])
	switch {
	case isWebURL(list.Text("id")) && list.Text("id") != at:
		r.add(sayListElse)
		r.add(sayRevokedU)
	case list.Text("id") != at:
		r.add(sayListBad, "id")
		r.add(sayRevokedU)
	case issuer != "" && issuer != profile.Text("id"):
		r.add(sayList)
		r.add(sayListForeign)
		r.add(sayRevokedU)
	case !ok:
		r.add(sayListBad, "revokedAssertions")
		r.add(sayRevokedU)
	default:
		r.add(sayList)
		r.add(sayListPlain)
		r.add(sayListIssuer)
		r.answer("revocation", revoked)
	}
}
