package record

import (
	"errors"
	"fmt"
	"slices"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Names in the member "type" of a JSON document by which its record type is
// inferred. Adding one later is safe: inference is a default for submitters
// and no rule of the format.
var (
	badgeTypes = []string{
		"Assertion",             // Open Badges 2.0
		"OpenBadgeCredential",   // Open Badges 3.0
		"AchievementCredential", // Open Badges 3.0
		"ClrCredential",         // Comprehensive Learner Record 2.0
	}
	qaTypes = []string{
		"Appeal", "CarryOver", "Concern", "CourseReview", "CourseVersion", "Decision", "ForkProof",
		"InstitutionProfile", "KeyEvent", "Outcome", "Policy", "Response", "Review", "ReviewCommit",
		"ReviewRequest", "Rubric", "Unavailable", "Withdrawal",
	}
	// A course-qa record may be shaped as one of these, so they count last.
	credentialTypes = []string{"EndorsementCredential", "VerifiableCredential"}
)

// maxIssuer is the longest issuer that is read, in bytes.
const maxIssuer = 2048

// claims is what the bytes of a record say of themselves.
type claims struct {
	inferred Type
	issuer   string // "" when there is none to rely on
}

// document holds the members that are read. Their names are compared exactly,
// so "Issuer" is no issuer.
type document struct {
	Type   jsontext.Value `json:"type"`
	Issuer jsontext.Value `json:"issuer"`
	Badge  jsontext.Value `json:"badge"` // Open Badges 2.0: a BadgeClass, or its URL
	Iss    jsontext.Value `json:"iss"`   // JWT (RFC 7519, section 4.1.1)
	VC     jsontext.Value `json:"vc"`    // JWT of VC Data Model 1.1, section 6.3.1
}

// gated is for JSON that has passed the gates, so that its names are unique.
var gated = jsontext.AllowDuplicateNames(true)

// readClaims reads type and issuer of a record that has passed its gates.
func readClaims(form Form, canonical, payload []byte) claims {
	c := claims{inferred: Document}
	var d document
	switch form {
	case JSON:
		if json.Unmarshal(canonical, &d, gated) != nil {
			return c
		}
		c.issuer, _ = d.issuer()
		c.inferred = d.infer(c.issuer != "")
	case JWS:
		c.inferred = Badge
		if !looksLikeJSON(payload) || checkJSON(payload, false) != nil || json.Unmarshal(payload, &d, gated) != nil {
			return c // any payload may be signed; this one names no issuer
		}
		c.issuer = d.tokenIssuer()
	}
	return c
}

func (d document) infer(hasIssuer bool) Type {
	types := stringList(d.Type)
	is := func(names []string) bool {
		return slices.ContainsFunc(types, func(t string) bool { return slices.Contains(names, t) })
	}
	switch {
	case is(badgeTypes):
		return Badge
	case is(qaTypes):
		// Course-qa records are published. What names no issuer is not
		// published for a word in its type.
		if hasIssuer {
			return CourseQA
		}
		return Document
	case is(credentialTypes):
		return Badge
	}
	return Document
}

// errIssuer says that a document names its issuer in a way that two readers
// may read differently.
var errIssuer = errors.New("issuer not readable")

// issuer returns the name in "issuer" and in "badge"."issuer". When both are
// there they must be equal. No name and no error: the document names none.
func (d document) issuer() (string, error) {
	var names []string
	if d.Issuer != nil {
		names = append(names, identifier(d.Issuer))
	}
	if d.Badge.Kind() == '{' {
		var class document
		if err := json.Unmarshal(d.Badge, &class, gated); err != nil {
			return "", errIssuer
		}
		if class.Issuer != nil {
			names = append(names, identifier(class.Issuer))
		}
	}
	return agreed(names)
}

// tokenIssuer returns the issuer of a JWT payload, which may stand in "iss",
// in the payload as a document (VC-JOSE, section 3.1.1) and in "vc".
func (d document) tokenIssuer() string {
	var names []string
	if d.Iss != nil {
		var iss string
		if d.Iss.Kind() == '"' {
			iss = identifier(d.Iss)
		}
		names = append(names, iss)
	}
	parts := []document{d}
	if d.VC != nil {
		var vc document
		if d.VC.Kind() != '{' || json.Unmarshal(d.VC, &vc) != nil {
			return ""
		}
		parts = append(parts, vc)
	}
	for _, p := range parts {
		switch name, err := p.issuer(); {
		case err != nil:
			return ""
		case name != "":
			names = append(names, name)
		}
	}
	name, _ := agreed(names)
	return name
}

func agreed(names []string) (string, error) {
	if len(names) == 0 {
		return "", nil
	}
	for _, n := range names {
		if n == "" || n != names[0] {
			return "", errIssuer
		}
	}
	return names[0], nil
}

// identifier reads a string, or the member "id" of an object. It gives "" for
// what is not an identifier by itself: an object that also has the JSON-LD
// keyword "@id", a text with spaces, control or invisible characters, or one
// that is too long.
func identifier(v jsontext.Value) string {
	var s string
	switch v.Kind() {
	case '"':
		if json.Unmarshal(v, &s) != nil {
			return ""
		}
	case '{':
		var o struct {
			ID      string         `json:"id"`
			Keyword jsontext.Value `json:"@id"`
		}
		if json.Unmarshal(v, &o) != nil || o.Keyword != nil {
			return ""
		}
		s = o.ID
	}
	if len(s) > maxIssuer {
		return ""
	}
	for _, r := range s {
		if r == ' ' || !unicode.IsPrint(r) {
			return ""
		}
	}
	return s
}

// stringList reads a string or an array of strings; anything else is empty.
func stringList(v jsontext.Value) []string {
	var list []string
	switch v.Kind() {
	case '"':
		list = make([]string, 1)
		if json.Unmarshal(v, &list[0]) != nil {
			return nil
		}
	case '[':
		if json.Unmarshal(v, &list) != nil {
			return nil
		}
	}
	return list
}

// InferType returns the type that the bytes suggest to a submitter who
// declares none: by the member "type" of a JSON document a badge or a
// course-qa record; a JWS is a badge; all else is a document. Since course-qa
// records are published, one that names no issuer is not inferred.
func (r Record) InferType() Type {
	if r.IsZero() {
		return Document
	}
	return r.claims.inferred
}

// CheckType returns an error unless the bytes can be of type t: a badge is
// JSON or a JWS, a course-qa record is JSON, a document may be anything. It
// is a rule of the format, so it does not look into the JSON.
func (r Record) CheckType(t Type) error {
	switch {
	case t == Document,
		t == Badge && (r.form == JSON || r.form == JWS),
		t == CourseQA && r.form == JSON:
		return nil
	case t == Badge:
		return fmt.Errorf("a badge is a JSON document or a compact JWS, and these bytes are neither (form %s); submit them as a document", r.form)
	case t == CourseQA:
		return fmt.Errorf("a course-qa record is a JSON document, and these bytes are none (form %s)", r.form)
	}
	return fmt.Errorf("unknown record type %d", uint8(t))
}

// Issuer returns the issuer as the bytes name it, which proves nothing by
// itself. It is "issuer", or "badge"."issuer" of an Open Badges 2.0
// assertion, each a string or an object with an "id"; in the payload of a JWS
// also "iss" and the same members of "vc". It gives false when there is none,
// when two of them differ, or when one is not visible text of at most 2,048
// bytes.
func (r Record) Issuer() (string, bool) {
	return r.claims.issuer, r.claims.issuer != ""
}
