package node

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/akashi-project/akashi/record"
	badges "github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/ld"
	"github.com/akashi-project/akashi/record/proof"
)

// issueOptions are the options of VCALM 1.0, section 3.2.1, and the choice of
// a suite, which that leaves to each issuer.
type issueOptions struct {
	// CredentialID is what the caller calls the credential. The node keeps
	// nothing of it.
	CredentialID *string `json:"credentialId"`
	// MandatoryPointers are of suites that disclose selectively, which this
	// issuer has none of: the list must be empty.
	MandatoryPointers []string `json:"mandatoryPointers"`
	Cryptosuite       string   `json:"cryptosuite"` // "": eddsa-rdfc-2022
	// Type is DataIntegrityProof, the name of a suite, or
	// EnvelopedVerifiableCredential for a VC-JWT.
	Type string `json:"type"`
}

// typeEnvelope is the type of a credential that is a token (VC Data Model 2.0,
// section 4.12.1), and the option that asks for one.
const typeEnvelope = "EnvelopedVerifiableCredential"

// maxCredentialID bounds CredentialID, in bytes.
const maxCredentialID = 2048

// issueSuites are the suites that credentials are signed with.
var issueSuites = []proof.Suite{proof.EdDSARDFC2022, proof.EdDSAJCS2022}

// suite is the suite that is asked for; "" for a token.
func (o issueOptions) suite() (proof.Suite, *httpError) {
	if id := o.CredentialID; id != nil && (*id == "" || len(*id) > maxCredentialID || !utf8.ValidString(*id)) {
		return "", refuseVC(kindBadRequest, vcOption, "The option credentialId is empty, or longer than 2,048 bytes")
	}
	if len(o.MandatoryPointers) > 0 {
		return "", refuseVC(kindBadRequest, vcOption, "The option mandatoryPointers is for suites that disclose selectively; this issuer has none of them")
	}
	if o.Type == typeEnvelope {
		if o.Cryptosuite != "" {
			return "", refuseVC(kindBadRequest, vcOption, "The option cryptosuite is for embedded proofs; a token has none")
		}
		return "", nil
	}
	asked := proof.Suite(o.Cryptosuite)
	if o.Type != "" && o.Type != "DataIntegrityProof" {
		if asked != "" && asked != proof.Suite(o.Type) {
			return "", refuseVC(kindBadRequest, vcOption, "The options type and cryptosuite name two suites")
		}
		asked = proof.Suite(o.Type)
	}
	if asked == "" {
		asked = issueSuites[0]
	}
	if !slices.Contains(issueSuites, asked) {
		return "", refuseVC(kindBadRequest, vcOption, "The option cryptosuite is eddsa-rdfc-2022 or eddsa-jcs-2022")
	}
	return asked, nil
}

// IssuedCredential is the answer of POST /credentials/issue.
type IssuedCredential struct {
	VerifiableCredential jsontext.Value `json:"verifiableCredential"`
}

// postIssueCredential signs a credential with the institution's badge key
// (VCALM 1.0, section 3.2.1). Nothing of it is logged, counted or kept.
func (n *Node) postIssueCredential(w http.ResponseWriter, r *http.Request) error {
	if err := n.authorize(r, ScopeIssue); err != nil {
		return err
	}
	if _, err := readQuery(r); err != nil {
		return err
	}
	if n.issuer == nil {
		return refuse(kindNotFound, "This node signs no credentials: badges.key_file is not set")
	}
	leave, err := n.takeJudge(r.Context())
	if err != nil {
		return err
	}
	defer leave()
	var o issueOptions
	credential, err := readVC(w, r, "credential", &o)
	if err != nil {
		return err
	}
	suite, refused := o.suite()
	if refused != nil {
		return refused
	}
	unsigned, refused := n.issuer.claim(credential)
	if refused != nil {
		return refused
	}
	signed, err := n.issuer.sign(unsigned, proof.Options{Suite: suite, Created: n.config.Now()})
	if err != nil {
		return err
	}
	// What was signed is judged as its verifiers will, but for what has to be
	// fetched: a credential that they all refuse does not leave the node.
	report, err := n.judge(r, signed, badges.Options{Fetcher: fetch.None})
	if err != nil {
		return err
	}
	if refused := refusedBy(report); refused != nil {
		return refused
	}
	if suite == "" && report.Kind.DataModel != "2.0" {
		return refuseVC(kindCredential, vcMalformed, "A token is made of credentials of the data model 2.0 only; ask for an embedded proof")
	}
	return answerJSON(w, http.StatusCreated, IssuedCredential{signed})
}

// claim gives the credential that is to be signed: with this issuer, which
// VCALM has the caller leave out, and without any proof so far.
func (i *credentialIssuer) claim(credential jsontext.Value) ([]byte, *httpError) {
	members := map[string]jsontext.Value{}
	if json.Unmarshal(credential, &members) != nil {
		return nil, refuseVC(kindCredential, vcParsing, "The credential is no JSON object") // not reached: it was read as one
	}
	if members["proof"] != nil {
		return nil, refuseVC(kindCredential, vcMalformed, "The credential has a proof already, and this issuer adds none to another; send it without the member proof")
	}
	switch issuer := members["issuer"]; issuer.Kind() {
	case '"':
		var id string
		if json.Unmarshal(issuer, &id) != nil || id != i.id {
			return nil, i.another()
		}
	case '{':
		var named struct {
			ID *string `json:"id"`
		}
		if json.Unmarshal(issuer, &named) != nil || named.ID == nil || *named.ID != i.id {
			return nil, i.another()
		}
	default:
		if issuer != nil {
			return nil, i.another()
		}
		id, err := json.Marshal(i.id)
		if err != nil {
			return nil, refuseVC(kindCredential, vcMalformed, "The issuer of the settings is no text") // not reached: checked at the start
		}
		members["issuer"] = id
	}
	b, err := json.Marshal(members)
	if err != nil {
		return nil, refuseVC(kindCredential, vcParsing, "The credential cannot be written as JSON again") // not reached: its members were read
	}
	return b, nil
}

func (i *credentialIssuer) another() *httpError {
	return refuseVC(kindCredential, vcMalformed, "The issuer of the credential is not that of this node, "+i.id+"; leave the member issuer out, or name that")
}

// sign adds the proof, or makes the token. A document that has something which
// the graph of eddsa-rdfc-2022 would not cover is refused in every form: readers
// would not agree on what it says.
func (i *credentialIssuer) sign(unsigned []byte, o proof.Options) ([]byte, error) {
	if o.Suite != proof.EdDSARDFC2022 {
		covering := o
		covering.Suite = proof.EdDSARDFC2022
		if _, err := i.signer.Document(unsigned, covering); err != nil {
			return nil, notSigned(err)
		}
	}
	if o.Suite == "" {
		return i.envelop(unsigned)
	}
	signed, err := i.signer.Document(unsigned, o)
	if err != nil {
		return nil, notSigned(err)
	}
	return signed, nil
}

// envelop makes a VC-JWT (Securing Verifiable Credentials using JOSE and COSE,
// section 3.1) in its envelope.
func (i *credentialIssuer) envelop(unsigned []byte) ([]byte, error) {
	token, err := i.signer.JWT(unsigned, proof.JWTVC20)
	if err != nil {
		return nil, notSigned(err)
	}
	b, err := json.Marshal(struct {
		Context string `json:"@context"`
		ID      string `json:"id"`
		Type    string `json:"type"`
	}{"https://www.w3.org/ns/credentials/v2", "data:application/vc+jwt," + token, typeEnvelope})
	if err != nil {
		return nil, notSigned(err) // not reached: it is plain text
	}
	return b, nil
}

// notSigned says why a credential is not signed. Its text names members of the
// credential, for whoever sent it; the log never has it.
func notSigned(err error) error {
	var document *ld.Error
	var form *record.FormatError
	switch {
	case errors.As(err, &document):
		return refuseVC(kindCredential, vcMalformed, document.Error())
	case errors.As(err, &form):
		return refuseVC(kindCredential, vcParsing, form.Error())
	}
	return refuseVC(kindCredential, vcMalformed, "The credential cannot be signed: "+err.Error())
}

// refusedBy says why a signed credential does not leave the node; nil when it
// does. When it begins and ends is the issuer's to say, what others say within
// it is theirs, and keys and lists are for verifiers to fetch.
func refusedBy(report badges.Report) *httpError {
	var details []ProblemDetail
	for _, f := range report.Checks {
		if f.Result == badges.Fail && f.Code != badges.ValidityFrom && f.Code != badges.ValidityUntil {
			details = append(details, detailOf(f))
		}
	}
	if len(details) == 0 && (report.Kind.Standard == "" || report.Kind.Standard == badges.OpenBadges2) {
		details = []ProblemDetail{newProblemDetail(vcMalformed, "This is no verifiable credential")}
	}
	if len(details) == 0 {
		return nil
	}
	var texts []string
	for _, d := range details {
		texts = append(texts, d.Detail)
	}
	e := refuse(kindCredential, strings.Join(texts, " "))
	e.details = details
	return e
}
