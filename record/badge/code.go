package badge

import "fmt"

// A Code names a check. Codes are stable: a release may add some, and never
// gives one another meaning.
type Code string

// The codes.
const (
	InputForm Code = "input.form"
	InputKind Code = "input.kind"

	StructureContext     Code = "structure.context"
	StructureType        Code = "structure.type"
	StructureID          Code = "structure.id"
	StructureIssuer      Code = "structure.issuer"
	StructureValidity    Code = "structure.validity"
	StructureSubject     Code = "structure.subject"
	StructureAchievement Code = "structure.achievement"
	StructureEndorsement Code = "structure.endorsement"
	StructureParts       Code = "structure.parts"
	StructureStatus      Code = "structure.status"
	StructureNames       Code = "structure.names"
	StructureExtension   Code = "structure.extension"
	StructureRelated     Code = "structure.related"
	StructureAssertion   Code = "structure.assertion"
	StructureClass       Code = "structure.class"
	StructureProfile     Code = "structure.profile"
	StructureRecipient   Code = "structure.recipient"

	ValidityOrder Code = "validity.order"
	ValidityFrom  Code = "validity.from"
	ValidityUntil Code = "validity.until"

	RecipientMatch Code = "recipient.match"

	HostedFetch Code = "hosted.fetch"
	HostedSame  Code = "hosted.same"
	HostedScope Code = "hosted.scope"
	ClassFetch  Code = "class.fetch"
	IssuerFetch Code = "issuer.fetch"
	IssuerName  Code = "issuer.name"

	ProofPresent   Code = "proof.present"
	ProofForm      Code = "proof.form"
	ProofSuite     Code = "proof.suite"
	ProofHeader    Code = "proof.header"
	ProofClaims    Code = "proof.claims"
	ProofPurpose   Code = "proof.purpose"
	ProofCreated   Code = "proof.created"
	ProofExpired   Code = "proof.expired"
	ProofChain     Code = "proof.chain"
	ProofContext   Code = "proof.context"
	ProofTerms     Code = "proof.terms"
	ProofComplex   Code = "proof.complex"
	ProofKey       Code = "proof.key"
	ProofSignature Code = "proof.signature"
	ProofOther     Code = "proof.other"

	StatusList      Code = "status.list"
	StatusSignature Code = "status.signature"
	StatusIssuer    Code = "status.issuer"
	StatusLength    Code = "status.length"
	StatusRevoked   Code = "status.revoked"
	StatusSuspended Code = "status.suspended"
	StatusNotice    Code = "status.notice"

	LogNamed Code = "log.named"

	NestedCredentials  Code = "nested.credentials"
	NestedSubject      Code = "nested.subject"
	NestedEndorsements Code = "nested.endorsements"
)

// A CodeInfo documents a Code.
type CodeInfo struct {
	Code     Code
	Asks     string // what the check asks
	Required bool   // an unknown leads to could-not-tell; a fail always refutes
}

// Codes lists every code, in the order in which the parts of a badge are
// looked at.
var Codes = []CodeInfo{
	{InputForm, "Can the file be read in one way only?", true},
	{InputKind, "Which kind of badge is it?", true},
	{StructureContext, "Do the JSON-LD contexts stand in the order that its kind asks for?", true},
	{StructureType, "Does it name the types of its kind?", true},
	{StructureID, "Has it an identifier that is a URL?", true},
	{StructureIssuer, "Does it name its issuer by a URL?", true},
	{StructureValidity, "Are its dates instants with a time zone?", true},
	{StructureSubject, "Does it say to whom it was given?", true},
	{StructureAchievement, "Does it say what was achieved, and by which criteria?", true},
	{StructureEndorsement, "Has an endorsement its name and what it endorses?", true},
	{StructureParts, "Have the objects within the types that they must have?", true},
	{StructureStatus, "Is its status entry one that can be looked up?", true},
	{StructureNames, "Are its name and description text, with or without a language?", true},
	{StructureExtension, "Do its schemas, terms, evidence and services say of which type they are?", true},
	{StructureRelated, "Are its related resources named once, with digests?", true},
	{StructureAssertion, "Has an Open Badges 2.0 assertion every member that it needs?", true},
	{StructureClass, "Has its BadgeClass every member that it needs?", true},
	{StructureProfile, "Has its issuer's Profile every member that it needs?", true},
	{StructureRecipient, "Is the recipient hidden by a hash of today, with a salt?", true},
	{ValidityOrder, "Does it not end before it begins?", true},
	{ValidityFrom, "Has it begun?", true},
	{ValidityUntil, "Has it not ended?", true},
	{RecipientMatch, "Is it the recipient that you named?", true},
	{HostedFetch, "Is the assertion still where it is hosted?", true},
	{HostedSame, "Is it what is hosted there?", true},
	{HostedScope, "Does the issuer host assertions there?", true},
	{ClassFetch, "Could the BadgeClass be read?", true},
	{IssuerFetch, "Could the issuer's Profile be read at the issuer's own address?", true},
	{IssuerName, "Does more than the badge itself say who the issuer is?", true},
	{ProofPresent, "Is it signed at all?", true},
	{ProofForm, "Has the signature the form of one?", true},
	{ProofSuite, "Is it made in a way that is known here?", true},
	{ProofHeader, "Does the header of the token ask for nothing that is not allowed?", true},
	{ProofClaims, "Do the claims of the token say what the credential says?", true},
	{ProofPurpose, "Was it signed as an assertion?", true},
	{ProofCreated, "Was it signed before now?", true},
	{ProofExpired, "Does the signature still count?", true},
	{ProofChain, "Are the signatures there that it builds on?", true},
	{ProofContext, "Are the meanings of its terms known here?", true},
	{ProofTerms, "Does the signature cover all that it says?", true},
	{ProofComplex, "Can it be checked within bounds?", true},
	{ProofKey, "Does the issuer's own document list the key for assertions?", true},
	{ProofSignature, "Does the signature fit?", true},
	{ProofOther, "What of the signatures beside the issuer's?", false},
	{StatusList, "Could the status list be read?", true},
	{StatusSignature, "Is the status list signed?", true},
	{StatusIssuer, "Is the status list the issuer's?", true},
	{StatusLength, "Is the status list long enough to hide who is asked for?", false},
	{StatusRevoked, "Is it not revoked?", true},
	{StatusSuspended, "Is it not suspended?", true},
	{StatusNotice, "Does its status say anything else?", false},
	{LogNamed, "Does its issuer name, under the signature, the logs in which it stands?", false},
	{NestedCredentials, "Do the credentials within hold, each by itself?", true},
	{NestedSubject, "Are the credentials within of the learner of the record?", true},
	{NestedEndorsements, "Do the endorsements within hold, each by itself?", false},
}

var required = func() map[Code]bool {
	m := make(map[Code]bool, len(Codes))
	for _, c := range Codes {
		m[c.Code] = c.Required
	}
	return m
}()

// A Result is what one check found.
type Result string

// The results.
const (
	Pass    Result = "pass"
	Fail    Result = "fail"    // the bytes contradict themselves, or it was withdrawn
	Warn    Result = "warn"    // passed, with something to know
	Unknown Result = "unknown" // could not be checked; the text says why
)

// A Verdict is what follows from all checks.
type Verdict string

// The verdicts.
const (
	Verified     Verdict = "verified"
	Refuted      Verdict = "refuted"
	CouldNotTell Verdict = "could-not-tell"
)

// verdictOf follows from the checks: a fail refutes, then an unknown that is
// required leaves the question open.
func verdictOf(checks []Finding) Verdict {
	verdict := Verified
	for _, c := range checks {
		switch {
		case c.Result == Fail:
			return Refuted
		case c.Open():
			verdict = CouldNotTell
		}
	}
	return verdict
}

// Deciding returns the checks that decided against "verified": those that
// failed, or else those that are unknown and leave the question open. What only
// somebody else says, such as an endorsement, is none of them.
func (r Report) Deciding() []Finding {
	var all []Finding
	for _, c := range r.Checks {
		if r.Verdict == Refuted && c.Result == Fail || r.Verdict == CouldNotTell && c.Open() {
			all = append(all, c)
		}
	}
	return all
}

// A Language of sentences. As text: "en", "ja".
type Language string

// The languages.
const (
	English  Language = "en"
	Japanese Language = "ja"
)

// Languages lists them.
var Languages = []Language{English, Japanese}

// ParseLanguage reads a language's name; empty means English.
func ParseLanguage(s string) (Language, error) {
	switch Language(s) {
	case "", English:
		return English, nil
	case Japanese:
		return Japanese, nil
	}
	return "", fmt.Errorf("language %q is not known; there are en and ja", s)
}
