package badge

import (
	"slices"
	"strings"
	"time"

	"github.com/akashi-project/akashi/record/internal/tree"
)

// structure holds a verifiable credential to the rules of its kind: Open
// Badges 3.0 (1EdTech, sections 8 and B), CLR 2.0 (1EdTech, section B), VC
// Data Model 2.0 and 1.1 (W3C, section 4). The published JSON Schemas alone let
// any context, type and empty criteria pass, so the rules stand here.
func (r *run) structure() {
	r.contexts()
	r.types()
	r.identifier()
	r.issuer()
	r.dates()
	r.subject()
	if r.badge.Standard != Credential {
		r.parts()
	}
	r.entries()
	r.names()
	r.extensions()
	r.related()
}

// isOB3 reports whether a URL is a context of Open Badges 3.0, isCLR of CLR 2.0.
func isOB3(c string) bool {
	return strings.HasPrefix(c, prefixOB3) && isContextName(c[len(prefixOB3):])
}
func isCLR(c string) bool {
	return strings.HasPrefix(c, prefixCLR) && isContextName(c[len(prefixCLR):])
}

// isContextName accepts what the publisher names: context.json, and
// context-3.0.3.json.
func isContextName(s string) bool {
	version, ok := strings.CutSuffix(s, ".json")
	if !ok || version == "" {
		return ok
	}
	version, ok = strings.CutPrefix(version, "-")
	return ok && version != "" && strings.Trim(version, "0123456789.") == ""
}

// isContext reports whether a value can be one of "@context": a URL, or a
// context that is written out (VC Data Model 2.0, section 4.3).
func isContext(v any) bool {
	url, ok := v.(string)
	return ok && tree.IsURL(url) || tree.AsObject(v) != nil
}

func (r *run) contexts() {
	list := contexts(r.badge.doc)
	at := func(i int) string {
		if i < len(list) {
			return list[i]
		}
		return ""
	}
	switch {
	case len(list) == 0:
		r.add(sayContextNone)
	case at(0) != contextVC1 && at(0) != contextVC2:
		r.add(sayContextFirst)
	case slices.ContainsFunc(r.badge.doc.Each("@context"), func(v any) bool { return !isContext(v) }):
		r.add(sayContextItem)
	case r.badge.Standard == CLR2 && (!isCLR(at(1)) || !isOB3(at(2))):
		r.add(sayContextCLR)
	case (r.badge.Standard == OpenBadges3 || r.badge.Standard == Endorsement) && !isOB3(at(1)):
		r.add(sayContextOB)
	default:
		r.add(sayContextOK)
	}
}

func (r *run) types() {
	doc := r.badge.doc
	switch {
	case !doc.Is("VerifiableCredential"):
		r.add(sayTypeVC)
	case !hasTypes(doc):
		r.add(sayTypeBad)
	case r.badge.Standard == OpenBadges3 && !doc.Is("AchievementCredential", "OpenBadgeCredential"):
		r.add(sayTypeKind, "AchievementCredential")
	case r.badge.Standard == CLR2 && !doc.Is("ClrCredential"):
		r.add(sayTypeKind, "ClrCredential")
	default:
		r.add(sayTypeOK)
	}
}

// identifier judges "id", which Open Badges and CLR ask for and the W3C data
// model does not.
func (r *run) identifier() {
	id, has := r.badge.doc["id"]
	text, _ := id.(string)
	switch {
	case !has && r.badge.Standard == Credential:
	case !has:
		r.add(sayIDNone)
	case !tree.IsURL(text):
		r.add(sayIDBad)
	default:
		r.add(sayIDOK)
	}
}

func (r *run) issuer() {
	issuer := r.badge.doc["issuer"]
	id := tree.ID(issuer)
	profile := tree.AsObject(issuer)
	switch {
	case !tree.IsURL(id) || profile.Has("@id"):
		r.add(sayIssuerNone)
	case profile != nil && r.badge.Standard != Credential && !profile.Is("Profile"):
		r.add(sayIssuerType, id)
	default:
		r.add(sayIssuerOK, id)
	}
}

// dates judges the window in which the credential counts. Instants are
// compared as instants: as strings, two of different zones may stand in the
// wrong order.
func (r *run) dates() {
	doc := r.badge.doc
	from := "validFrom"
	if r.badge.DataModel == "1.1" {
		from = "issuanceDate"
	}
	var begin, end time.Time
	ok := true
	read := func(name string) time.Time {
		if !doc.Has(name) {
			return time.Time{}
		}
		t, good := instant(doc[name])
		if !good {
			r.add(sayDatesBad, name)
			ok = false
		}
		return t
	}
	// Open Badges 3.0 allows the later names beside the earlier ones, and the
	// contexts that tell the model may be put behind those that are signed: so
	// all are read, and the narrower counts.
	for _, name := range []string{"validFrom", "issuanceDate"} {
		if t := read(name); t.After(begin) {
			begin = t
		}
	}
	for _, name := range []string{"validUntil", "expirationDate"} {
		if t := read(name); !t.IsZero() && (end.IsZero() || t.Before(end)) {
			end = t
		}
	}
	read("awardedDate")
	if !doc.Has(from) && (r.badge.Standard != Credential || r.badge.DataModel == "1.1") {
		r.add(sayDatesNone, from)
		ok = false
	}
	if ok {
		r.add(sayDatesOK)
	}
	r.window(begin, end)
}

// window judges when the badge begins and ends; a zero instant is none.
func (r *run) window(begin, end time.Time) {
	if !begin.IsZero() && !end.IsZero() {
		if end.Before(begin) {
			r.add(sayOrderBad)
			return
		}
		r.add(sayOrderOK)
	}
	if !begin.IsZero() {
		if r.now.Before(begin) {
			r.add(sayNotBegun, shown(begin))
		} else {
			r.add(sayBegun, shown(begin))
		}
	}
	if !end.IsZero() {
		if r.now.Before(end) {
			r.add(sayLasts, shown(end))
		} else {
			r.add(sayEnded, shown(end))
		}
	}
}

func (r *run) subject() {
	subjects := r.badge.doc.Each("credentialSubject")
	if r.badge.Standard == Credential {
		r.claims(subjects)
		r.match(nil, r.badge.doc.Object("credentialSubject").Text("id"))
		return
	}
	if len(subjects) != 1 || tree.AsObject(subjects[0]) == nil {
		r.add(saySubjectNone)
		return
	}
	subject := tree.AsObject(subjects[0])
	want := map[Standard]string{OpenBadges3: "AchievementSubject", Endorsement: "EndorsementSubject", CLR2: "ClrSubject"}[r.badge.Standard]
	id, hasID := subject["id"]
	text, _ := id.(string)
	identifiers := subject.Each("identifier")
	if r.badge.Standard == Endorsement {
		r.endorsement(subject)
	}
	switch {
	case !subject.Is(want):
		r.add(saySubjectType, want)
	case hasID && !tree.IsURL(text), slices.ContainsFunc(identifiers, func(v any) bool { return !isIdentity(v) }):
		r.add(saySubjectBad)
	case !hasID && len(identifiers) == 0 && r.badge.Standard != Endorsement:
		r.add(saySubjectWho)
	default:
		r.add(saySubjectOK)
		r.identities(identifiers)
	}
	if r.badge.Standard == OpenBadges3 {
		r.achievement(subject)
	}
}

// claims judges the subjects of a credential that is no badge: objects with
// something in each (VC Data Model 2.0, section 4.8), and with one id if any.
func (r *run) claims(subjects []any) {
	if len(subjects) == 0 {
		r.add(saySubjectNone)
	}
	for _, v := range subjects {
		o := tree.AsObject(v)
		switch {
		case len(o) == 0:
			r.add(saySubjectEmpty)
			return
		case o.Has("id") && !tree.IsURL(o.Text("id")):
			r.add(saySubjectBad)
			return
		}
	}
}

// isIdentity reports whether a value is an IdentityObject of Open Badges 3.0:
// its type, whether it is hashed, the hash or plain text, and its kind.
func isIdentity(v any) bool {
	o := tree.AsObject(v)
	_, hashed := o["hashed"].(bool)
	return o.Is("IdentityObject") && hashed && o.Text("identityHash") != "" && o.Text("identityType") != ""
}

func (r *run) achievement(subject tree.Object) {
	achievement := subject.Object("achievement")
	if achievement == nil {
		r.add(sayAchievementNo)
		return
	}
	criteria := achievement.Object("criteria")
	for _, part := range []struct {
		name string
		ok   bool
	}{
		{"id", tree.IsURL(achievement.Text("id"))},
		{"type", achievement.Is("Achievement")},
		{"name", strings.TrimSpace(achievement.Text("name")) != ""},
		{"description", strings.TrimSpace(achievement.Text("description")) != ""},
		{"criteria", tree.IsURL(criteria.Text("id")) || strings.TrimSpace(criteria.Text("narrative")) != ""},
	} {
		if !part.ok {
			r.add(sayAchievementBad, part.name)
			return
		}
	}
	r.add(sayAchievementOK)
}

// endorsement judges what an EndorsementCredential has to have beside the
// rest: a name, and the id of what it endorses.
func (r *run) endorsement(subject tree.Object) {
	switch {
	case strings.TrimSpace(r.badge.doc.Text("name")) == "":
		r.add(sayEndorsementBad, "name")
	case !tree.IsURL(subject.Text("id")):
		r.add(sayEndorsementBad, "credentialSubject.id")
	default:
		r.add(sayEndorsementOK)
	}
}
