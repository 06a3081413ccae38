package badge

import (
	"slices"
	"strconv"
	"strings"

	"github.com/akashi-project/akashi/record/internal/tree"
)

// maxEntries bounds the status entries of one credential that are looked up.
const maxEntries = 8

// An entry is a "credentialStatus" that names a place in a list.
type entry struct {
	kind    string // its type
	list    string // URL of the list
	purpose string
	index   uint64
	size    uint64 // bits of one place
}

// entries judges the form of credentialStatus.
func (r *run) entries() {
	_, said := r.statusEntries()
	for _, s := range said {
		r.add(s.sentence, s.args...)
	}
}

type spoken struct {
	sentence *sentence
	args     []any
}

// statusEntries reads credentialStatus, and says what is wrong with it.
func (r *run) statusEntries() (all []entry, said []spoken) {
	list := r.badge.doc.Each("credentialStatus")
	if len(list) > maxEntries {
		return nil, []spoken{{sayStatusMany, nil}}
	}
	for _, v := range list {
		o := tree.AsObject(v)
		e, missing := readEntry(o)
		switch {
		case !hasTypes(o):
			said = append(said, spoken{sayStatusBad, []any{"type"}})
		case o.Has("id") && !tree.IsURL(o.Text("id")):
			said = append(said, spoken{sayStatusBad, []any{"id"}})
		case e.kind == "":
			said = append(said, spoken{sayStatusKind, nil})
		case missing != "":
			said = append(said, spoken{sayStatusBad, []any{missing}})
		default:
			all = append(all, e)
		}
	}
	return all, said
}

// The kinds of status entries that are looked up.
const (
	kindBitstring = "BitstringStatusListEntry"
	kind2021      = "StatusList2021Entry"
	kind1EdTech   = "1EdTechRevocationList"
)

// readEntry reads one entry. Its kind is empty when it is not known here, and
// missing names the member that is wrong.
func readEntry(o tree.Object) (e entry, missing string) {
	switch {
	case o.Is(kindBitstring):
		e.kind = kindBitstring
	case o.Is(kind2021):
		e.kind = kind2021
	case o.Is(kind1EdTech):
		e = entry{kind: kind1EdTech, list: o.Text("id"), purpose: "revocation"}
		if !isWebURL(e.list) {
			return e, "id"
		}
		return e, ""
	default:
		return e, ""
	}
	e.list, e.purpose, e.size = o.Text("statusListCredential"), o.Text("statusPurpose"), 1
	if !isWebURL(e.list) {
		return e, "statusListCredential"
	}
	if e.purpose == "" {
		return e, "statusPurpose"
	}
	// The specification has a string of digits; many issuers write a number.
	var ok bool
	switch v := o["statusListIndex"].(type) {
	case string:
		n, err := strconv.ParseUint(v, 10, 62)
		e.index, ok = n, err == nil
	case float64:
		e.index, ok = uint64(v), v >= 0 && v < 1<<53 && v == float64(uint64(v))
	}
	if !ok {
		return e, "statusListIndex"
	}
	if v, has := o["statusSize"]; has {
		n, isNumber := v.(float64)
		if !isNumber || n < 1 || n > 64 || n != float64(uint64(n)) || e.kind == kind2021 {
			return e, "statusSize"
		}
		e.size = uint64(n)
	}
	if e.size > 1 && !describes(o, e.size) {
		return e, "statusMessage"
	}
	return e, ""
}

// describes reports whether statusMessage words every value of a place of more
// than one bit (Bitstring Status List 1.0, section 2.1).
func describes(o tree.Object, size uint64) bool {
	messages := o.Objects("statusMessage")
	if size > 8 || len(messages) != 1<<size {
		return false
	}
	for _, m := range messages {
		if !strings.HasPrefix(m.Text("status"), "0x") || m.Text("message") == "" {
			return false
		}
	}
	return true
}

func isWebURL(s string) bool {
	return tree.IsURL(s) && (strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://"))
}

// status looks up every status entry of a credential.
func (r *run) status() {
	all, _ := r.statusEntries()
	if len(r.badge.doc.Each("credentialStatus")) == 0 {
		if r.badge.Standard != Credential && r.badge.Standard != Endorsement {
			r.add(sayRevokedNone)
		}
		return
	}
	for _, e := range all {
		if r.work.lookups--; r.work.lookups < 0 {
			r.add(sayStatusMany)
			r.openQuestion(e.purpose)
			continue
		}
		switch e.kind {
		case kind1EdTech:
			r.revocationList(e)
		default:
			r.bitstring(e)
		}
	}
}

// answer says what a place of a list says, for its purpose.
func (r *run) answer(purpose string, set bool) {
	switch {
	case purpose == "revocation" && set:
		r.add(sayRevoked)
	case purpose == "revocation":
		r.add(sayNotRevoked)
	case purpose == "suspension" && set:
		r.add(saySuspended)
	case purpose == "suspension":
		r.add(sayNotSuspended)
	case set:
		r.add(sayNotice, purpose)
	default:
		r.add(sayNoNotice, purpose)
	}
}

// openQuestion says that a list did not answer.
func (r *run) openQuestion(purpose string) {
	switch purpose {
	case "revocation":
		r.add(sayRevokedU)
	case "suspension":
		r.add(saySuspendedU)
	}
}

// revocationList looks a credential up in a 1EdTechRevocationList: a JSON
// document {id, issuer, revokedCredential: [{id, …}]} without a signature
// (1EdTech Revocation List Status Method 1.0).
func (r *run) revocationList(e entry) {
	list, why := r.read(e.list, jsonTypes)
	if list == nil {
		r.add(sayListNone, why)
		r.openQuestion(e.purpose)
		return
	}
	// The name of the member differs between releases of the specification, and a
	// list may have both.
	revoked, ok := false, false
	for _, member := range []string{"revokedCredential", "revokedCredentials"} {
		if list[member] == nil {
			continue
		}
		in, readable := r.listed(e.list, list, member, r.badge.doc.Text("id"))
		if revoked, ok = revoked || in, readable; !ok {
			break
		}
	}
	issuer := tree.ID(list["issuer"])
	switch {
	case isWebURL(list.Text("id")) && list.Text("id") != e.list:
		r.add(sayListElse)
		r.openQuestion(e.purpose)
	case list.Text("id") != e.list:
		r.add(sayListBad, "id")
		r.openQuestion(e.purpose)
	case issuer != r.badge.Issuer():
		r.add(sayList)
		r.add(sayListForeign)
		r.openQuestion(e.purpose)
	case !ok:
		r.add(sayListBad, "revokedCredential")
		r.openQuestion(e.purpose)
	case r.badge.doc.Text("id") == "":
		r.add(sayListRange)
		r.openQuestion(e.purpose)
	default:
		r.add(sayList)
		r.add(sayListPlain)
		r.add(sayListIssuer)
		r.answer(e.purpose, revoked)
	}
}

// revocations are the ids in a list that is not signed. It is not ok when the
// list is none, or has an entry that might be anybody's.
type revocations struct {
	ids map[string]bool
	ok  bool
}

// listed looks for ids in the list that was read at an address, which is gone
// through once: many badges can name a long one.
func (r *run) listed(address string, list tree.Object, member string, ids ...string) (found, ok bool) {
	at := member + " " + address
	revoked, known := r.work.plain[at]
	if !known {
		revoked = readRevocations(list, member)
		r.work.plain[at] = revoked
	}
	return revoked.ok && slices.ContainsFunc(ids, func(id string) bool { return id != "" && revoked.ids[id] }), revoked.ok
}

// readRevocations reads a list whose entries are strings or objects with an id
// (or, in Open Badges 2.0, a uid).
func readRevocations(list tree.Object, member string) revocations {
	if !list.Has(member) {
		return revocations{}
	}
	entries := list.Each(member)
	r := revocations{ids: make(map[string]bool, len(entries)), ok: true}
	for _, v := range entries {
		id, uid := tree.ID(v), tree.AsObject(v).Text("uid")
		if id == "" && uid == "" {
			return revocations{} // an entry of a kind that is not known here might be ours
		}
		// {"id":…, "revoked": false} would not be a revocation.
		if revoked, has := tree.AsObject(v)["revoked"]; has && revoked == false {
			continue
		}
		for _, name := range []string{id, uid} {
			if name != "" {
				r.ids[name] = true
			}
		}
	}
	return r
}
