package badge

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/image"
	"github.com/akashi-project/akashi/record/ld"
)

// DefaultTimeout bounds one check, with all that it fetches.
const DefaultTimeout = 60 * time.Second

// Options say how a badge is judged. The zero value fetches nothing.
type Options struct {
	Fetcher  fetch.Fetcher    // nil means fetch.None
	Limits   fetch.Limits     // zero means fetch.DefaultLimits
	Now      func() time.Time // nil means time.Now
	Language Language         // empty means English
	Timeout  time.Duration    // 0 means DefaultTimeout

	// Contexts are the JSON-LD contexts that are known; nil means those that
	// are embedded. Any other makes a proof.context unknown, and none is fetched.
	Contexts *ld.Contexts

	// Pinned are keys that count as the issuer's without its document.
	Pinned Pinned

	// Recipient is whose badge this must be: an address of mail, or an id, as
	// it was given to the issuer. Empty asks nothing.
	Recipient string
}

// An Issuer is who issued a badge.
type Issuer struct {
	ID     string `json:"id"`            // URL or DID
	Name   string `json:"name,omitzero"` // as the badge or the Profile has it
	Proven bool   `json:"proven"`        // it signed, or hosts, this badge; otherwise the badge merely says so
}

// A Kind says what a badge is.
type Kind struct {
	Standard  Standard `json:"standard,omitzero"`
	DataModel string   `json:"dataModel,omitzero"` // "1.1" or "2.0" of W3C; not of Open Badges 2.0
	Form      string   `json:"form,omitzero"`      // "json" or "jws"
	Image     string   `json:"image,omitzero"`     // "png" or "svg", when it was taken out of one
	Title     string   `json:"title,omitzero"`     // name of the achievement, as the badge has it
}

// A Report is what Check found. It names what the badge names (its issuer, its
// title, the URLs that were fetched), so it is for whoever may see the badge.
type Report struct {
	Verdict Verdict   `json:"verdict"`
	At      int64     `json:"at"` // when it was checked, Unix seconds
	Kind    Kind      `json:"kind"`
	Issuer  *Issuer   `json:"issuer,omitzero"`
	Checks  []Finding `json:"checks"` // in the order in which they were made

	Credentials  []Nested `json:"credentials,omitempty"`  // within a learner record
	Endorsements []Nested `json:"endorsements,omitempty"` // of the badge, its achievement, its issuer

	// Logs are the logs that the badge names as its issuer's, when the issuer
	// signed it and the key is proven: docs/formats/trust.md. Each is
	// "eip155:CHAIN:0xREGISTRY:0xLOGID".
	Logs []string `json:"logs,omitempty"`

	// Fetched lists what was fetched, without bodies. Only the report on the
	// whole input has it.
	Fetched []fetch.Entry `json:"fetched,omitempty"`

	transcript fetch.Transcript
	proofs     []bool // of each, in their order, whether it holds
	endorses   string // id of the subject of an endorsement
	signedBy   string // issuer, as the badge has it, whose proven key signed it
	pinned     bool   // by a key of Options.Pinned
	work       Work
}

// Work is what a check took of what one check may, with all that is within and
// that it read. It counts, so that the same input takes the same on any machine,
// but for contexts that were made before.
type Work struct {
	Linked     ld.Limits // JSON-LD and RDFC-1.0; at most ld.DefaultLimits, and their values four times
	Signatures int       // in checks of an Ed25519 signature; at most proof.MaxSignatures
	Hashed     int       // bytes for eddsa-jcs-2022; at most proof.MaxHashed
	Parsed     int       // names and values of badges within badges; at most MaxParsed
	Read       int       // bytes of JSON that was fetched; at most MaxRead
	Unpacked   int64     // bytes of status lists; at most MaxUnpacked and one list
	Nested     int       // badges within badges; at most MaxNested
	Lookups    int       // status entries; at most MaxLookups
}

// Work returns what the check took.
func (r Report) Work() Work { return r.work }

// Transcript returns what was fetched, with bodies: a check of the same bytes
// by Replay of it gives the same report.
func (r Report) Transcript() fetch.Transcript { return r.transcript }

// Proofs says of each proof, in the order of the credential, whether it holds; a
// token has one. It is empty when none was judged.
func (r Report) Proofs() []bool { return r.proofs }

// Find returns the worst check with that code, if the report has one.
func (r Report) Find(code Code) (Finding, bool) {
	rank := map[Result]int{Pass: 1, Warn: 2, Unknown: 3, Fail: 4}
	var worst Finding
	for _, c := range r.Checks {
		if c.Code == code && rank[c.Result] > rank[worst.Result] {
			worst = c
		}
	}
	return worst, worst.Result != ""
}

// Replay returns the options with which a check is made again from what was
// fetched then, at the instant of then, without a network.
func (o Options) Replay(t fetch.Transcript) Options {
	o.Fetcher = t
	o.Now = func() time.Time { return t.At }
	return o
}

// Check judges a badge: JSON, a compact JWS, or a PNG or SVG image with either
// baked in. It never fails; what cannot be checked is an unknown check.
func Check(ctx context.Context, input []byte, o Options) Report {
	if o.Fetcher == nil {
		o.Fetcher = fetch.None
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Language == "" {
		o.Language = English
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	// One instant for the whole check, to the second as a transcript keeps it.
	now := o.Now().UTC().Truncate(time.Second)
	recorder := fetch.NewRecorder(o.Fetcher, o.Limits, o.Now)
	r := &run{ctx: ctx, o: o, now: now, fetcher: recorder, report: &Report{At: now.Unix()}}
	r.work = r.newWork()
	r.input(input)
	r.report.transcript, r.report.work = recorder.Transcript(now), r.work.spent()
	for _, e := range r.report.transcript.Entries {
		r.report.Fetched = append(r.report.Fetched, e.Shown())
	}
	return *r.report
}

// input takes a badge out of an image, if it is one.
func (r *run) input(b []byte) {
	format, isImage := image.FormatOf(b)
	if !isImage {
		r.content(trimmed(b), nil)
		return
	}
	baked, err := image.Extract(b)
	r.report.Kind.Image = format.String()
	var refused *image.Error
	switch {
	case errors.Is(err, image.ErrNoBadge):
		r.end(sayNoBadge)
		return
	case errors.As(err, &refused) && refused.Limit:
		r.end(sayImageLimit, refused.Offset)
		return
	case errors.As(err, &refused):
		r.end(sayImage, refused.Offset)
		return
	case err != nil:
		r.end(sayImage, 0)
		return
	}
	for _, w := range baked.Warnings {
		r.add(sayBaking, string(w))
	}
	content := baked.Badge.Content
	if content == nil {
		answer, why := r.ask(baked.Badge.Verify, jsonTypes)
		if why == nil && answer.Status != fetch.OK {
			why = wordsStatus
		}
		if why != nil {
			r.end(sayNoAnswer, why)
			return
		}
		r.add(sayOnlyURL)
		content = answer.Body
	}
	said := sayPNG
	if baked.Format == image.SVG {
		said = saySVG
	}
	r.content(content, said)
}

// end ends a run that cannot go on.
func (r *run) end(s *sentence, args ...any) {
	r.add(s, args...)
	r.report.Verdict = verdictOf(r.report.Checks)
}

// content judges a badge as bytes. said is how they were come by.
func (r *run) content(b []byte, said *sentence) {
	defer func() { r.report.Verdict = verdictOf(r.report.Checks) }()
	parsed, err := Parse(b)
	if err != nil {
		r.refused(err)
		return
	}
	r.badge = parsed
	kind := &r.report.Kind
	kind.Standard, kind.DataModel, kind.Title = parsed.Standard, parsed.DataModel, visible(parsed.Title())
	kind.Form = parsed.Record.Form().String()
	switch {
	case said != nil:
		r.add(said)
	case parsed.Token():
		r.add(sayToken)
	default:
		r.add(sayJSON)
	}
	r.add(map[Standard]*sentence{OpenBadges2: sayOB2, OpenBadges3: sayOB3, Endorsement: sayEndorses, CLR2: sayCLR, Credential: sayVC}[parsed.Standard])
	if parsed.Standard == OpenBadges2 {
		r.openBadges2()
		return
	}
	if id := parsed.Issuer(); id != "" {
		r.report.Issuer = &Issuer{ID: visible(id), Name: visible(parsed.doc.Object("issuer").Text("name"))}
	}
	if parsed.Standard == Endorsement {
		r.report.endorses = parsed.doc.Object("credentialSubject").Text("id")
	}
	r.structure()
	r.signatures()
	r.status()
	r.credentials()
	r.endorsements()
	if signed, _ := r.result(ProofSignature); r.report.Issuer != nil {
		key, _ := r.result(ProofKey)
		if r.report.Issuer.Proven = signed == Pass && key == Pass; r.report.Issuer.Proven {
			r.report.signedBy = parsed.Issuer()
		}
		if i := r.report.Issuer; strings.HasPrefix(i.ID, "did:key:") && i.Name != "" {
			r.add(sayNameless, i.Name)
		}
	}
	r.named(parsed.doc, r.report.signedBy != "")
}

// refused says why bytes are not judged.
func (r *run) refused(err error) {
	var gate *record.FormatError
	var part *PartError
	switch {
	case errors.As(err, &gate) && (gate.Gate == record.GateSize || gate.Gate == record.GateDepth || gate.Gate == record.GateValues):
		r.add(sayTooMuch, string(gate.Gate))
	case errors.As(err, &gate):
		r.add(sayOfGate(gate.Gate), string(gate.Gate), gate.Line, gate.Column)
	case errors.As(err, &part):
		r.add(sayPartOfOB2, part.Type)
	case errors.Is(err, ErrEnvelope):
		r.add(sayEnvelope)
	case errors.Is(err, ErrOpenBadges1):
		r.add(sayOB1)
	case errors.Is(err, ErrOpaque):
		r.add(sayOpaqueJOSE)
	default:
		r.add(sayNotBadge)
	}
}

// sayOfGate gives the words for a gate: some refuse what was damaged on its
// way, the others what was written in a way that readers differ on.
func sayOfGate(g record.Gate) *sentence {
	switch g {
	case record.GateEmpty, record.GateUTF8, record.GateSyntax, record.GateTrailing:
		return sayCut
	case record.GateJWS:
		return sayCutToken
	}
	return sayGate
}
