package badge

import (
	"slices"
	"strings"

	"github.com/akashi-project/akashi/record/internal/tree"
)

// Limits on comparing learners: hashes are tried against names, so that both
// are a stranger's.
const (
	maxNames      = 16   // of one learner
	maxNameLength = 1024 // bytes
)

// A sameness is what the names of two learners tell.
type sameness int

const (
	cannotTell sameness = iota
	same
	different
	renamed // different, by different issuers
)

// learnersOf returns the names by which a badge knows its learner: the ids and
// the identifiers of its subjects, or the recipient of Open Badges 2.0.
func learnersOf(b Badge) []identity {
	var all []identity
	add := func(i identity) {
		if i.value != "" && len(i.value) <= maxNameLength && len(i.salt) <= maxNameLength && len(all) < maxNames {
			all = append(all, i)
		}
	}
	if b.Standard == OpenBadges2 {
		add(identityOf(b.doc.Object("recipient"), "identity", "type"))
		return all
	}
	for _, subject := range b.doc.Objects("credentialSubject") {
		add(identity{value: subject.Text("id")})
		for _, o := range subject.Objects("identifier") {
			add(identityOf(o, "identityHash", "identityType"))
		}
	}
	return all
}

func identityOf(o tree.Object, value, kind string) identity {
	hashed, _ := o["hashed"].(bool)
	return identity{hashed: hashed, value: o.Text(value), salt: o.Text("salt"), kind: o.Text(kind)}
}

// kindMail is the kind of addresses of mail, which badges write in three ways.
const kindMail = "emailAddress"

// kindOf returns what kind of name it is: as the badge says, and of an id its
// scheme. Names of different kinds may be of one person.
func (i identity) kindOf() string {
	switch i.kind {
	case "email", kindMail:
		return kindMail
	case "":
	default:
		return i.kind
	}
	scheme, _, _ := strings.Cut(i.value, ":")
	if scheme = strings.ToLower(scheme); scheme == "mailto" {
		return kindMail
	}
	return scheme // "did", "https", "urn"
}

// plain is a name without what says its kind.
func (i identity) plain() string {
	if rest, ok := strings.CutPrefix(i.value, "mailto:"); ok {
		return rest
	}
	return i.value
}

// kindName is the kind of what people are called.
const kindName = "name"

// isUnique reports whether nobody else has a name, whoever wrote it down: an
// address of mail, a DID, a URL or a URN.
func (i identity) isUnique() bool {
	if i.hashed {
		return i.kindOf() == kindMail
	}
	if i.kindOf() == kindMail {
		return strings.Contains(i.value, "@")
	}
	return slices.ContainsFunc([]string{"did:", "https://", "http://", "urn:"}, func(scheme string) bool { return strings.HasPrefix(i.value, scheme) })
}

// compare says whether two names are of one learner, as far as they show it.
// Two universities each have a student 0012, a number can be of a student and of
// a member of the staff, and two people can be called the same.
func (i identity) compare(o identity, oneIssuer bool) sameness {
	if !i.hashed && o.hashed {
		i, o = o, i
	}
	var equal bool
	switch {
	case i.hashed && o.hashed:
		if i.salt != o.salt || i.algorithm() == "" || i.algorithm() != o.algorithm() {
			return cannotTell
		}
		equal = strings.EqualFold(i.value, o.value)
	case i.hashed:
		if i.algorithm() == "" {
			return cannotTell
		}
		equal = i.is(o.value) || i.is(o.plain())
	default:
		equal = i.plain() == o.plain() || i.kindOf() == kindMail && strings.EqualFold(i.plain(), o.plain())
	}
	switch {
	case equal && (i.isUnique() || o.isUnique() || oneIssuer && i.kindOf() == o.kindOf() && i.kindOf() != kindName):
		return same
	case equal:
		return cannotTell
	case i.kindOf() == o.kindOf():
		return different
	}
	return cannotTell
}

// compareAll says of two learners with all their names: one that is the same
// decides, else one that is different.
func compareAll(a, b []identity, oneIssuer bool) sameness {
	answer := cannotTell
	for _, x := range a {
		for _, y := range b {
			switch x.compare(y, oneIssuer) {
			case same:
				return same
			case different:
				answer = different
			}
		}
	}
	return answer
}
