package node

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/akashi-project/akashi/record"
	badges "github.com/akashi-project/akashi/record/badge"
)

// maxVCBody is a credential with what the API of verifiable credentials (W3C
// VCALM, earlier VC API) puts around it.
const maxVCBody = record.MaxSize + 16<<10

// A ProblemDetail is a problem in a list, as VCALM 1.0, section 3.8, has it.
// Its type is one of the W3C's where one fits, else checkPrefix and the code of a
// check.
type ProblemDetail struct {
	Type   string        `json:"type"`
	Title  string        `json:"title"`
	Detail string        `json:"detail"`
	Check  badges.Code   `json:"check,omitempty"`  // see docs/badges.md
	Result badges.Result `json:"result,omitempty"` // fail, warn or unknown
}

// checkPrefix begins types for checks that the W3C has none for.
const checkPrefix = "urn:akashi:check:"

// Types of problems of the W3C (VC Data Model 2.0, section 7.2; VCALM 1.0,
// section 3.8; Bitstring Status List 1.0, section 3.5).
const (
	vcParsing    = "https://www.w3.org/TR/vc-data-model#PARSING_ERROR"
	vcMalformed  = "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR"
	vcRange      = "https://www.w3.org/TR/vc-data-model#RANGE_ERROR"
	vcSecurity   = "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR"
	vcOption     = "https://www.w3.org/TR/vcalm#UNKNOWN_OPTION_PROVIDED"
	vcStatusGet  = "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR"
	vcStatusBad  = "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR"
	vcStatusSize = "https://www.w3.org/ns/credentials/status-list#STATUS_LIST_LENGTH_ERROR"
)

// vcTypes are the W3C's types for checks that have one.
var vcTypes = map[badges.Code]string{
	badges.InputForm: vcParsing, badges.InputKind: vcMalformed, badges.ValidityOrder: vcRange,
	badges.StatusList: vcStatusGet, badges.StatusSignature: vcStatusBad, badges.StatusIssuer: vcStatusBad, badges.StatusLength: vcStatusSize,
}

func newProblemDetail(kind, detail string) ProblemDetail {
	title := strings.TrimPrefix(kind, checkPrefix)
	if _, name, ok := strings.Cut(kind, "#"); ok {
		title = name
	}
	return ProblemDetail{Type: kind, Title: title, Detail: detail}
}

// detailOf says of a check what VCALM has a problem for.
func detailOf(f badges.Finding) ProblemDetail {
	code := string(f.Code)
	kind := checkPrefix + code
	switch w3c, known := vcTypes[f.Code]; {
	case f.Result == badges.Warn && f.Code != badges.StatusLength: // the W3C's types are of errors
	case known:
		kind = w3c
	case strings.HasPrefix(code, "proof."):
		kind = vcSecurity
	case strings.HasPrefix(code, "structure."):
		kind = vcMalformed
	}
	d := newProblemDetail(kind, f.Text)
	d.Check, d.Result = f.Code, f.Result
	return d
}

// refuseVC refuses a request of this API: the node's problem, which names that
// of the W3C too.
func refuseVC(k kind, typ, detail string) *httpError {
	e := refuse(k, detail)
	e.details = []ProblemDetail{newProblemDetail(typ, detail)}
	return e
}

// readVC reads a request {member: credential, "options": {…}}: it returns the
// credential as it stands there, and fills options, which has the options that
// are known. VCALM 1.0, section 2.4, has any other refused.
func readVC(w http.ResponseWriter, r *http.Request, member string, options any) (credential jsontext.Value, err error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return nil, refuse(kindMediaType, "Send a JSON document with Content-Type: application/json")
	}
	b, err := readBody(w, r, maxVCBody)
	if err != nil {
		return nil, err
	}
	members := map[string]jsontext.Value{}
	if err := json.Unmarshal(b, &members); err != nil {
		detail := "The body is no JSON object"
		if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
			detail = fmt.Sprintf("The body is not one JSON object without repeated members: wrong at byte %d", e.ByteOffset)
		}
		return nil, refuseVC(kindBadRequest, vcParsing, detail)
	}
	for name := range members {
		if name != member && name != "options" {
			return nil, refuseVC(kindBadRequest, vcOption, "The body has an unknown member; members are "+member+", options")
		}
	}
	credential = members[member]
	if credential.Kind() != '{' {
		return nil, refuseVC(kindBadRequest, vcMalformed, "The member "+member+" is missing, or no JSON object; a token stands in an EnvelopedVerifiableCredential")
	}
	if len(credential) > record.MaxSize {
		return nil, &httpError{kind: kindTooLarge, detail: sizeText(record.MaxSize)}
	}
	if given := members["options"]; given != nil {
		if given.Kind() != '{' || json.Unmarshal(given, options, json.RejectUnknownMembers(true)) != nil {
			return nil, refuseVC(kindBadRequest, vcOption, "The member options has an unknown option, or one of the wrong form; options are "+membersOf(options))
		}
	}
	return credential, nil
}

// judge judges a badge within the time for it; its caller has a place.
func (n *Node) judge(r *http.Request, b []byte, o badges.Options) (badges.Report, error) {
	o.Now, o.Timeout, o.Contexts = n.config.Now, badgeCheckTimeout, n.contexts
	report := badges.Check(r.Context(), b, o)
	// Else half of what was fetched would be told as the whole.
	return report, r.Context().Err()
}

// takeJudge waits for a place among the badges being judged. It is taken before
// the body is read: a check waits for hosts that the badge names, and must not
// keep records from the memory for bodies.
func (n *Node) takeJudge(ctx context.Context) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, badgeCheckTimeout)
	defer cancel()
	select {
	case n.badgeChecks <- struct{}{}:
		return func() { <-n.badgeChecks }, nil
	case <-ctx.Done():
		return nil, &httpError{kind: kindBusy, retry: 5, detail: "Too many badges are judged at once; asking again does no harm", cause: ctx.Err()}
	}
}

// verifyOptions are the options of VCALM 1.0, section 3.3.1.
type verifyOptions struct {
	ReturnResults        bool  `json:"returnResults"`
	ReturnProblemDetails *bool `json:"returnProblemDetails"` // left out: true
	ReturnCredential     bool  `json:"returnCredential"`
	// Checks names in earlier versions what is to be looked at. Everything is,
	// whatever it says.
	Checks []string `json:"checks"`
}

// VerifiedCredential is the answer of POST /credentials/verify.
type VerifiedCredential struct {
	Verified       bool              `json:"verified"`
	Credential     jsontext.Value    `json:"credential,omitempty"`     // as it was sent, when returnCredential asks for it
	ProblemDetails []ProblemDetail   `json:"problemDetails,omitempty"` // what fails, is unknown, or is to be known
	Results        *CredentialChecks `json:"results,omitempty"`        // when returnResults asks for it
}

// CredentialChecks are the results by the members of a credential.
type CredentialChecks struct {
	ValidFrom        *CredentialCheck  `json:"validFrom,omitempty"`
	ValidUntil       *CredentialCheck  `json:"validUntil,omitempty"`
	CredentialStatus []CredentialCheck `json:"credentialStatus"` // true of all entries together
	Proof            []CredentialCheck `json:"proof"`
}

// A CredentialCheck says whether a member holds.
type CredentialCheck struct {
	Verified bool           `json:"verified"`
	Input    jsontext.Value `json:"input,omitempty"` // the member
}

// postVerifyCredential judges a credential (VCALM 1.0, section 3.3.1). The
// credential chooses what the node fetches, so that it takes a token.
func (n *Node) postVerifyCredential(w http.ResponseWriter, r *http.Request) error {
	if err := n.authorize(r, ScopeRead); err != nil {
		return err
	}
	if _, err := readQuery(r); err != nil {
		return err
	}
	leave, err := n.takeJudge(r.Context())
	if err != nil {
		return err
	}
	defer leave()
	var o verifyOptions
	credential, err := readVC(w, r, "verifiableCredential", &o)
	if err != nil {
		return err
	}
	var report badges.Report
	var details []ProblemDetail
	if parsed, err := badges.Parse(credential); err == nil && parsed.Standard == badges.OpenBadges2 {
		// It is judged elsewhere, and is nothing that this API speaks of.
		details = []ProblemDetail{newProblemDetail(vcMalformed, "This is an Open Badges 2.0 assertion and no verifiable credential; POST /v1/badges/check judges it")}
	} else if report, err = n.judge(r, credential, badges.Options{Fetcher: n.badgeFetcher}); err != nil {
		return err
	}
	for _, f := range report.Checks {
		// That it is no badge is nothing to know here.
		if f.Result != badges.Pass && !(f.Code == badges.InputKind && f.Result == badges.Warn) {
			details = append(details, detailOf(f))
		}
	}
	answer := VerifiedCredential{Verified: report.Verdict == badges.Verified, ProblemDetails: details}
	if o.ReturnProblemDetails != nil && !*o.ReturnProblemDetails {
		answer.ProblemDetails = nil
	}
	if o.ReturnCredential {
		answer.Credential = credential
	}
	if o.ReturnResults {
		answer.Results = checksOf(credential, report)
	}
	status := http.StatusOK
	if !answer.Verified {
		status = http.StatusBadRequest
	}
	return answerJSON(w, status, answer)
}

// checksOf orders a report by the members of the credential.
func checksOf(credential jsontext.Value, report badges.Report) *CredentialChecks {
	var members struct {
		ValidFrom  jsontext.Value `json:"validFrom"`
		ValidUntil jsontext.Value `json:"validUntil"`
		Status     jsontext.Value `json:"credentialStatus"`
		Proof      jsontext.Value `json:"proof"`
	}
	c := &CredentialChecks{CredentialStatus: []CredentialCheck{}, Proof: []CredentialCheck{}}
	if json.Unmarshal(credential, &members) != nil {
		return c // not reached: it was read as an object before
	}
	holds := func(code badges.Code) bool {
		f, found := report.Find(code)
		return found && (f.Result == badges.Pass || f.Result == badges.Warn)
	}
	for _, date := range []struct {
		code badges.Code
		raw  jsontext.Value
		to   **CredentialCheck
	}{{badges.ValidityFrom, members.ValidFrom, &c.ValidFrom}, {badges.ValidityUntil, members.ValidUntil, &c.ValidUntil}} {
		if date.raw.Kind() == '"' {
			*date.to = &CredentialCheck{Verified: holds(date.code), Input: date.raw}
		}
	}
	current := report.Verdict != ""
	for _, f := range report.Checks {
		if strings.HasPrefix(string(f.Code), "status.") || f.Code == badges.StructureStatus {
			current = current && (f.Result == badges.Pass || f.Result == badges.Warn || f.Code == badges.StatusNotice)
		}
	}
	for _, raw := range each(members.Status) {
		c.CredentialStatus = append(c.CredentialStatus, CredentialCheck{Verified: current, Input: raw})
	}
	proofs := each(members.Proof)
	for i, verified := range report.Proofs() {
		check := CredentialCheck{Verified: verified}
		if i < len(proofs) {
			check.Input = proofs[i]
		}
		c.Proof = append(c.Proof, check)
	}
	return c
}

// each gives the elements of a list, and anything else as a list of it.
func each(v jsontext.Value) []jsontext.Value {
	if v == nil {
		return nil
	}
	if v.Kind() != '[' {
		return []jsontext.Value{v}
	}
	var list []jsontext.Value
	if json.Unmarshal(v, &list) != nil {
		return nil // not reached: it was read before
	}
	return list
}
