package badge

import (
	"github.com/akashi-project/akashi/record/internal/tree"
)

// maxParents bounds the organisations above an organisation that are looked at.
const maxParents = 8

// A typed is a member whose values have a type by their specification.
type typed struct{ member, name string }

// Objects within a credential and the type that each must have (Open Badges
// 3.0, appendix B). A profile may also stand as its URL, which has none.
var (
	partsOfCredential  = []typed{{"evidence", "Evidence"}}
	partsOfSubject     = []typed{{"result", "Result"}, {"source", "Profile"}}
	partsOfResult      = []typed{{"alignment", "Alignment"}}
	partsOfAchievement = []typed{{"alignment", "Alignment"}, {"creator", "Profile"}, {"otherIdentifier", "IdentifierEntry"}, {"resultDescription", "ResultDescription"}}
	partsOfProfile     = []typed{{"address", "Address"}, {"otherIdentifier", "IdentifierEntry"}, {"parentOrg", "Profile"}}
)

// parts warns of objects within that have not the type which they must have.
// What the badge says of whom stands elsewhere, so this refutes nothing; readers
// may pass such a part over.
func (r *run) parts() {
	doc := r.badge.doc
	untyped := func(of tree.Object, list []typed) bool {
		for _, p := range list {
			for _, o := range of.Objects(p.member) {
				if o != nil && !o.Is(p.name) {
					r.add(sayPartType, p.member, p.name)
					return true
				}
			}
		}
		return false
	}
	profile := func(p tree.Object) bool {
		for range maxParents {
			if p == nil {
				return false
			}
			if untyped(p, partsOfProfile) {
				return true
			}
			p = p.Object("parentOrg")
		}
		return false
	}
	if untyped(doc, partsOfCredential) || profile(doc.Object("issuer")) {
		return
	}
	for _, subject := range doc.Objects("credentialSubject") {
		if untyped(subject, partsOfSubject) || profile(subject.Object("source")) {
			return
		}
		for _, result := range subject.Objects("result") {
			if untyped(result, partsOfResult) {
				return
			}
		}
		for _, a := range subject.Objects("achievement") {
			if untyped(a, partsOfAchievement) || profile(a.Object("creator")) {
				return
			}
		}
	}
}
