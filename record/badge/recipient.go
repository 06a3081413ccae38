package badge

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"github.com/akashi-project/akashi/record/internal/tree"
)

// An identity is how a badge names its recipient (Open Badges 2.0
// IdentityObject, Open Badges 3.0 IdentityObject).
type identity struct {
	hashed bool
	value  string // sha256$HEX, md5$HEX, or plain text
	salt   string
	kind   string // identityType; empty: an id
}

// lengths of the hex digits of the hashes that count.
var hashLengths = map[string]int{"sha256": 2 * sha256.Size, "md5": 2 * md5.Size}

// algorithm returns the hash of a hashed identity; "" when it has no form of
// one.
func (i identity) algorithm() string {
	name, digits, ok := strings.Cut(i.value, "$")
	if !ok || len(digits) != hashLengths[name] {
		return ""
	}
	if _, err := hex.DecodeString(digits); err != nil {
		return ""
	}
	return name
}

// is reports whether it names that person. An address of mail is compared as
// it was written: hashes leave no other way.
func (i identity) is(who string) bool {
	if !i.hashed {
		return i.value == who
	}
	name, digits, _ := strings.Cut(i.value, "$")
	var sum []byte
	switch name {
	case "sha256":
		h := sha256.Sum256([]byte(who + i.salt))
		sum = h[:]
	case "md5":
		h := md5.Sum([]byte(who + i.salt))
		sum = h[:]
	default:
		return false
	}
	return subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum)), []byte(strings.ToLower(digits))) == 1
}

// identities judges the identities by which an Open Badges 3.0 subject is
// named, and compares them with the one that the caller expects.
func (r *run) identities(list []any) {
	var all []identity
	for _, v := range list {
		all = append(all, identityOf(tree.AsObject(v), "identityHash", "identityType"))
	}
	for _, i := range all {
		r.hidden(i)
	}
	r.match(all, r.badge.doc.Object("credentialSubject").Text("id"))
}

// hidden judges how an identity is hidden.
func (r *run) hidden(i identity) {
	switch {
	case !i.hashed:
		r.add(sayRecipientPlain)
	case i.algorithm() == "":
		r.add(sayRecipientBad)
	case i.algorithm() == "md5":
		r.add(sayRecipientMD5)
	case i.salt == "":
		r.add(sayRecipientSalt)
	default:
		r.add(sayRecipientOK)
	}
}

// match compares with the recipient that the caller named, if any.
func (r *run) match(all []identity, id string) {
	who := r.o.Recipient
	if who == "" {
		return
	}
	for _, i := range all {
		if i.is(who) {
			r.add(sayMatch)
			return
		}
	}
	switch {
	case id == who:
		r.add(sayMatch)
	case len(all) == 0:
		r.add(sayNoIdentity)
	default:
		r.add(sayNoMatch)
	}
}
