package record

import (
	"encoding/base64"
	"fmt"
	"slices"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// badgeTypes make a JSON document a badge by themselves, whatever else it is.
var badgeTypes = []string{
	"Assertion",             // Open Badges 2.0
	"OpenBadgeCredential",   // Open Badges 3.0
	"AchievementCredential", // Open Badges 3.0
	"ClrCredential",         // Comprehensive Learner Record 2.0
}

// qaTypes make a JSON document a course-qa record.
var qaTypes = []string{
	"InstitutionProfile", "CourseVersion", "Rubric", "Policy", "ReviewRequest", "ReviewCommit", "Review",
	"Response", "Withdrawal", "Appeal", "Decision", "CarryOver", "Concern", "KeyEvent", "ForkProof",
	"Unavailable", "Outcome",
}

// plainTypes make a JSON document a badge when it is not a course-qa record,
// since one of those may be shaped as a credential.
var plainTypes = []string{"EndorsementCredential", "VerifiableCredential"}

// A head is what the bytes of a record say of themselves.
type head struct {
	kind   Type   // Badge, CourseQA, or 0
	issuer string // "" when there is none, or two that differ
}

// members are those read of a JSON document; names are compared exactly.
type members struct {
	Type   jsontext.Value `json:"type"`
	Issuer jsontext.Value `json:"issuer"`
	Badge  jsontext.Value `json:"badge"`
	Iss    jsontext.Value `json:"iss"`
	VC     jsontext.Value `json:"vc"`
}

// readHead reads the type and the issuer of a JSON record, or of the JSON
// payload of a JWS. It gives nil when there is none that the JSON gates take.
func readHead(r Record) *head {
	document := r.canonical
	if r.form == JWS {
		payload := document[:r.signed]
		payload = payload[slices.Index(payload, '.')+1:]
		var err error
		if document, err = base64.RawURLEncoding.DecodeString(string(payload)); err != nil {
			return nil
		}
		if !looksLikeJSON(document) || checkJSON(document, false) != nil {
			return nil
		}
	} else if r.form != JSON {
		return nil
	}
	var m members
	if json.Unmarshal(document, &m) != nil {
		return nil
	}
	h := m.head()
	if r.form == JSON {
		return &h
	}
	// A JWT names its issuer in iss, and its credential is the payload itself
	// (VC-JOSE, section 3.1.1) or its member vc (VC Data Model 1.1, section
	// 6.3.1). Two names must agree.
	if inner, ok := object(m.VC); ok {
		if v := inner.head(); h.kind == 0 {
			h = v
		} else if v != h {
			h.issuer = ""
		}
	}
	if h.kind == CourseQA {
		h.kind = 0 // course-qa records are JSON documents
	}
	if m.Iss != nil {
		iss := name(m.Iss)
		if h.issuer == "" && m.Issuer == nil && m.VC == nil {
			h.issuer = iss
		} else if h.issuer != iss {
			h.issuer = ""
		}
	}
	return &h
}

func (m members) head() head {
	types := stringList(m.Type)
	is := func(names []string) bool {
		return slices.ContainsFunc(types, func(t string) bool { return slices.Contains(names, t) })
	}
	var h head
	switch {
	case is(badgeTypes):
		h.kind = Badge
	case is(qaTypes):
		h.kind = CourseQA
	case is(plainTypes):
		h.kind = Badge
	}
	h.issuer = name(m.Issuer)
	if m.Issuer == nil && slices.Contains(types, "Assertion") {
		if class, ok := object(m.Badge); ok {
			h.issuer = name(class.Issuer)
		}
	}
	return h
}

// InferType returns the type that the bytes suggest: a badge or a course-qa
// record by their JSON member "type", else a document. A course-qa record is
// published, so one without an issuer is not inferred.
func (r Record) InferType() Type {
	if r.claims == nil || r.claims.kind == 0 || r.claims.kind == CourseQA && r.claims.issuer == "" {
		return Document
	}
	return r.claims.kind
}

// CheckType returns an error unless the bytes can be of type t. Everything
// can be a document.
func (r Record) CheckType(t Type) error {
	switch {
	case !t.known():
		return fmt.Errorf("unknown record type %d", uint8(t))
	case t == Document, r.claims != nil && r.claims.kind == t:
		return nil
	case t == Badge:
		return fmt.Errorf("not a badge: want a JSON document or JWS payload whose \"type\" names one of %v or %v", badgeTypes, plainTypes)
	}
	return fmt.Errorf("not a course-qa record: want a JSON document whose \"type\" names one of %v", qaTypes)
}

// Issuer returns the issuer as the bytes name it, which proves nothing by
// itself: "issuer" or its "id", or "badge"."issuer" or its "id" of an Open
// Badges 2.0 assertion, or "iss" of a JWT. It gives false when there is none,
// when two of them differ, or when it is not plain text of at most 2,048
// bytes.
func (r Record) Issuer() (string, bool) {
	if r.claims == nil || r.claims.issuer == "" {
		return "", false
	}
	return r.claims.issuer, true
}

// stringList reads a string or an array of strings; anything else is empty.
func stringList(v jsontext.Value) []string {
	var one string
	if v.Kind() == '"' && json.Unmarshal(v, &one) == nil {
		return []string{one}
	}
	var list []string
	if v.Kind() != '[' || json.Unmarshal(v, &list) != nil {
		return nil
	}
	return list
}

func object(v jsontext.Value) (members, bool) {
	var m members
	if v.Kind() != '{' || json.Unmarshal(v, &m) != nil {
		return members{}, false
	}
	return m, true
}

// name reads an identifier: a string, or the member "id" of an object.
func name(v jsontext.Value) string {
	var s string
	switch v.Kind() {
	case '"':
		if json.Unmarshal(v, &s) != nil {
			return ""
		}
	case '{':
		var o struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(v, &o) != nil {
			return ""
		}
		s = o.ID
	}
	const longest = 2048
	if len(s) > longest {
		return ""
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || unicode.IsSpace(r) {
			return ""
		}
	}
	return s
}
