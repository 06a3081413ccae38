package verify

// A Code names a step of a Report. Codes are stable: a release may add some,
// and never gives one another meaning.
type Code string

// The codes, in the order in which a report has them.
const (
	EvidenceForm       Code = "evidence.form"
	RecordForm         Code = "record.form"
	RecordType         Code = "record.type"
	RecordDigest       Code = "record.digest"
	RegistryTrusted    Code = "registry.trusted"
	ExistenceEvent     Code = "existence.event"
	ExistenceBlock     Code = "existence.block"
	ExistenceRange     Code = "existence.range"
	ExistenceInclusion Code = "existence.inclusion"
	IssuerBinding      Code = "issuer.binding"
	IssuerExpected     Code = "issuer.expected"
	IssuerBound        Code = "issuer.bound"
	StatusEvent        Code = "status.event"
	StatusBlock        Code = "status.block"
	StatusOrder        Code = "status.order"
	StatusHead         Code = "status.head"
	StatusChunk        Code = "status.chunk"
	StatusCurrent      Code = "status.current"
	StatusState        Code = "status.state"
	CheckpointSigned   Code = "checkpoint.signed"
	QACarried          Code = "qa.carried"
	BadgeHolds         Code = "badge.holds"
)

// A CodeInfo documents a Code.
type CodeInfo struct {
	Code     Code
	When     string // in which reports it is
	Asks     string // what the step asks
	Fails    string // what contradicts it; empty when it never fails
	Unknown  string // why it may not be known
	Required bool   // an unknown leads to could-not-tell; a fail always refutes; see Step.Needed too
}

// When a step is in a report.
const (
	always    = "always"
	hasStatus = "badge and document"
)

// Codes is the table of all codes, in the order in which reports have them.
// An unknown step that rests on another one says so; that is left out here.
var Codes = []CodeInfo{
	{EvidenceForm, always, "Does the evidence have the form of version 1?",
		"", "It has another form, and so says nothing for or against the record.", true},
	{RecordForm, always, "Are the bytes a record as one can be logged?",
		"They are malformed by a rule of docs/formats/record.md.", "They are too large, too deep or of too many values for this release, or an image with something like a badge that cannot be read.", true},
	{RecordType, always, "Can the record be of the type that the evidence names?",
		"Its bytes are of another kind.", "They are those of a badge or of a course-qa record, logged as a mere document, or those of a badge, logged as a course-qa record: that says nothing of the badge.", true},
	{RecordDigest, always, "Is it the record that the evidence is about?",
		"It is another one, or was changed.", "", true},
	{RegistryTrusted, always, "Does the policy trust the registry?",
		"", "The policy does not list it, or the chain client reports other code there.", true},
	{ExistenceEvent, always, "Did the registry record an anchor of this log in the block of the existence proof?",
		"Header, trie nodes, receipt or event contradict each other.", "The proof is of another type, and the chain client could not confirm it.", true},
	{ExistenceBlock, always, "Is that block part of the chain, and final?",
		"", "Neither the policy nor the chain client vouches for it.", true},
	{ExistenceRange, always, "Is that anchor the first that covers the record?",
		"The record's index is not between the sizes of the anchor and the one before.", "", true},
	{ExistenceInclusion, always, "Is the record in the log at that anchor?",
		"The inclusion proof leads to another root.", "", true},
	{IssuerBinding, "a binding is carried", "Is the binding signed by its issuer, and about this log?",
		"The signature does not fit, or the binding names this log by another origin.", "The key is not known to be the issuer's, or the binding is about other logs.", false},
	{IssuerExpected, "ExpectIssuer is set", "Is the record of the expected issuer?",
		"The record names another issuer.", "The record names none, and the log is not known to be the issuer's.", true},
	{IssuerBound, always, "Is the log that of the record's issuer?",
		"", "Neither the policy, nor a binding, nor the badge itself under its issuer's signature says so.", true},
	{StatusEvent, hasStatus, "As existence.event, for the status proof.",
		"As existence.event.", "As existence.event; or the evidence carries no status.", true},
	{StatusBlock, hasStatus, "As existence.block, for the status proof.",
		"", "As existence.block.", true},
	{StatusOrder, hasStatus, "Is the status of the same log and registry, at the existence anchor or later?",
		"It is of another registry or chain, or from before.", "It is from before, and a chain client's word is all that there is of one of the two.", true},
	{StatusHead, hasStatus, "Is the head entry the last of the log at that anchor?",
		"Its inclusion proof leads to another root.", "The last entry is not a head entry.", true},
	{StatusChunk, hasStatus, "Is the state part of the head's status tree?",
		"Its inclusion proof leads to another root.", "", true},
	{StatusCurrent, hasStatus, "Is this the newest status, or young enough?",
		"", "It is older than the policy allows, a block is dated after the clock, or the chain client contradicts it.", true},
	{StatusState, hasStatus, "What does the issuer's log say of the record?",
		"It is revoked; or suspended, as of the newest status.", "The log is not known to be the issuer's; it was suspended, and the status may not be the newest; or the state is a reserved one.", true},
	{CheckpointSigned, "a checkpoint is carried", "Did the log sign the checkpoint, and does it agree with the anchors?",
		"The signature does not fit, or it has another root for a size that is certainly anchored: by bytes, in a trusted block and registry.",
		"It cannot be read; no opening key of the log, nor one that the chain client gives as announced since, has signed it; its keys do not count at its size; or it has another root than an anchor that is not certain, or under later keys.", true},
	{QACarried, "course reviews are carried", "Was the course behind the record reviewed?",
		"", "This version carries reviews and does not judge them.", false},
	{BadgeHolds, "a BadgeJudge is set and the record is a badge", "Does the badge hold by itself, whatever the log says?",
		"It contradicts itself, or its issuer withdrew it elsewhere.", "Something that it names could not be had; where the badge has to hold, that leaves the question open.", false},
}
