package issue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/internal/tree"
)

// MaxTemplate is the size of a template, in bytes.
const MaxTemplate = 1 << 20

// A Format is what kind of badge a template makes.
type Format string

// The formats.
const (
	OB3       Format = "ob3"        // Open Badges 3.0 with a Data Integrity proof, eddsa-rdfc-2022
	OB3JWT    Format = "ob3-jwt"    // Open Badges 3.0 as VC-JWT
	OB2       Format = "ob2"        // Open Badges 2.0, signed (JWS)
	OB2Hosted Format = "ob2-hosted" // Open Badges 2.0, for a web server of the issuer
)

var formats = []Format{OB3, OB3JWT, OB2, OB2Hosted}

// ErrTemplate is wrapped by every refusal of a template.
var ErrTemplate = errors.New("not a template")

// A Template is the badge of many learners.
type Template struct {
	Format  Format
	IDs     string // an https URL that ends in "/" or "#", or "urn:uuid:"; an id of the badge's own follows
	Learner Learner
	Image   string // file of a PNG or SVG to bake into, beside the template; "" for none

	// Documents are files beside the template with what the issuer serves, for
	// Rehearse: see Rehearsal.Documents.
	Documents []string

	// Accept are codes of badge.Check whose warnings the issuer takes, such as
	// status.revoked of badges that cannot be revoked. validity.from lets badges
	// begin later, and proof.context tokens name contexts that are not known.
	Accept []string

	Columns []string
	badge   map[string]any
}

// A Learner is how a badge names its learner.
type Learner struct {
	Identifier string // what is hashed, such as {{student number}}
	Type       string // OB3 IdentifierTypeEnum, such as studentId or emailAddress; in OB2 email, url or telephone
}

// ParseTemplate reads a template. Unknown members are refused by name.
func ParseTemplate(b []byte) (Template, error) {
	if len(b) > MaxTemplate {
		return Template{}, fmt.Errorf("%w: it has more than %d KiB", ErrTemplate, MaxTemplate>>10)
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	r, err := record.Parse(b) // the gates of a record: no name twice, exact numbers
	if refused, ok := errors.AsType[*record.FormatError](err); ok {
		return Template{}, fmt.Errorf("%w: line %d, column %d: %s", ErrTemplate, refused.Line, refused.Column, refused.Reason)
	}
	if err != nil {
		return Template{}, fmt.Errorf("%w: %w", ErrTemplate, err)
	}
	if r.Form() != record.JSON {
		return Template{}, fmt.Errorf("%w: it has to be a JSON object", ErrTemplate)
	}
	var raw struct {
		V         int            `json:"v"`
		Format    Format         `json:"format"`
		IDs       string         `json:"ids"`
		Learner   Learner        `json:"learner"`
		Image     string         `json:"image"`
		Documents []string       `json:"documents"`
		Accept    []string       `json:"accept"`
		Badge     map[string]any `json:"badge"`
	}
	d := json.NewDecoder(bytes.NewReader(r.Bytes()))
	d.UseNumber()
	if err := errors.Join(knownMembers(r.Bytes()), d.Decode(&raw)); err != nil {
		return Template{}, mistyped(err)
	}
	t := Template{Format: raw.Format, IDs: raw.IDs, Learner: raw.Learner, Image: raw.Image, Documents: raw.Documents, Accept: raw.Accept, badge: raw.Badge}
	if raw.V != 1 {
		return t, fmt.Errorf("%w: v is %d; this program knows 1", ErrTemplate, raw.V)
	}
	if err := t.validate(); err != nil {
		return t, err
	}
	names, err := columnsOf(t.badge, "/badge", nil)
	if err == nil {
		names, err = columnsOf(t.Learner.Identifier, "/learner/identifier", names)
	}
	if err != nil {
		return t, fmt.Errorf("%w: %w", ErrTemplate, err)
	}
	t.Columns = names
	return t, nil
}

// members are those of a template, and of its learner, with what each has to be.
var (
	members = map[string]string{"v": "the number 1", "format": "a text", "ids": "a text", "learner": "an object with identifier and type",
		"image": "the name of a file", "documents": "a list of names of files", "accept": "a list of texts", "badge": "an object"}
	learnerMembers = map[string]string{"identifier": "a text such as {{column}}", "type": "a text"}
)

// knownMembers refuses a member that is not one of a template, letter by letter:
// the decoder takes Image for image.
func knownMembers(b []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	var learner map[string]json.RawMessage
	_ = json.Unmarshal(all["learner"], &learner) // the decoder says what it is, if no object
	var problems []error
	for _, o := range []struct {
		has   map[string]json.RawMessage
		known map[string]string
		where string
	}{{all, members, ""}, {learner, learnerMembers, "learner."}} {
		for _, name := range slices.Sorted(maps.Keys(o.has)) {
			if _, ok := o.known[name]; !ok {
				problems = append(problems, fmt.Errorf("%w: %s%s is no member of a template; %s are, and what the badge says goes into badge",
					ErrTemplate, o.where, name, strings.Join(slices.Sorted(maps.Keys(o.known)), ", ")))
			}
		}
	}
	return errors.Join(problems...)
}

// mistyped says of a member that is not what it has to be which it is.
func mistyped(err error) error {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return err
	}
	name := strings.ToLower(wrong.Field)
	want := members[name]
	if of, ok := strings.CutPrefix(name, "learner."); ok {
		want = learnerMembers[of]
	}
	if list, _, ok := strings.Cut(name, "."); ok && want == "" {
		name, want = list, members[list]
	}
	return fmt.Errorf("%w: %s has to be %s", ErrTemplate, name, want)
}

// validate joins everything that is wrong.
func (t Template) validate() error {
	var problems []error
	say := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("%w: "+format, append([]any{ErrTemplate}, args...)...))
	}
	if !slices.Contains(formats, t.Format) {
		say("format %q is not known; ob3, ob3-jwt, ob2 and ob2-hosted are", t.Format)
	}
	switch u, err := url.Parse(t.IDs); {
	case t.IDs == "urn:uuid:" && t.Format != OB2Hosted:
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Contains(t.IDs, opening) ||
		!strings.HasSuffix(t.IDs, "/") && !strings.HasSuffix(t.IDs, "#"):
		say("ids has to be an https URL that ends in / or #, or urn:uuid: (not for hosted badges)")
	}
	if !strings.Contains(t.Learner.Identifier, opening) {
		say("learner.identifier has to name a column, or every badge would be the same learner's")
	}
	if t.Learner.Type == "" {
		say("learner.type is missing, such as studentId or emailAddress")
	} else if (t.Format == OB2 || t.Format == OB2Hosted) && !slices.Contains([]string{"email", "url", "telephone"}, t.Learner.Type) && !tree.IsURL(t.Learner.Type) {
		say("learner.type is %q; Open Badges 2.0 knows email, url and telephone, and any other by its IRI", t.Learner.Type)
	}
	if !beside(t.Image) {
		say("image has to be the name of a file beside the template")
	}
	if len(t.Documents) > maxDocuments {
		say("documents names more than %d files", maxDocuments)
	}
	if slices.ContainsFunc(t.Documents, func(s string) bool { return s == "" || !beside(s) }) {
		say("documents has to be a list of names of files beside the template")
	}
	for _, code := range t.Accept {
		if !slices.ContainsFunc(badge.Codes, func(c badge.CodeInfo) bool { return string(c.Code) == code }) {
			say("accept names %q, which is the code of no check; akashi badge check prints them", code)
		}
	}
	if len(t.badge) == 0 {
		say("badge is missing: the credential with {{column}} where the table comes in")
	}
	for _, name := range t.added() {
		if _, ok := t.badge[name]; ok {
			say("badge.%s is put in by the program; take it out of the template", name)
		}
	}
	if s, ok := t.badge["credentialSubject"]; ok && t.isOB3() {
		subject, ok := s.(map[string]any)
		if !ok {
			say("badge.credentialSubject has to be one object")
		}
		for _, name := range []string{"id", "identifier"} {
			if _, ok := subject[name]; ok {
				say("badge.credentialSubject.%s is put in by the program; take it out of the template", name)
			}
		}
	} else if t.isOB3() {
		say("badge.credentialSubject is missing")
	}
	return errors.Join(problems...)
}

// beside reports whether a name is of a file in the template's own folder; ""
// is of none.
func beside(name string) bool {
	return !strings.ContainsAny(name, `/\:`) && !strings.HasPrefix(name, ".")
}

// Issuer is the issuer's id as the badge names it, in Open Badges 2.0 as its
// BadgeClass does; "" where the template leaves it to the table, or to a document
// elsewhere.
func (t Template) Issuer() string {
	v := t.badge["issuer"]
	if class, ok := t.badge["badge"].(map[string]any); ok && !t.isOB3() {
		v = class["issuer"]
	}
	if o, ok := v.(map[string]any); ok {
		v = o["id"]
	}
	s, _ := v.(string)
	if strings.Contains(s, opening) {
		return ""
	}
	return s
}

func (t Template) isOB3() bool { return t.Format == OB3 || t.Format == OB3JWT }

// added are the members of a badge that Make puts in.
func (t Template) added() []string {
	if t.isOB3() {
		return []string{"id", "proof"}
	}
	return []string{"id", "recipient"}
}
