package proof

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/ld"
)

// Limits on proofs.
const (
	MaxProofs = 16              // in one document
	Skew      = 5 * time.Minute // that a signer's clock may be ahead
)

// ErrNoProof says that a document has no member "proof".
var ErrNoProof = errors.New(`the document has no embedded proof; a "proof" member holds one`)

// A Verifier checks proofs. Its zero value knows the embedded contexts and the
// keys of did:key. It keeps nothing between calls and any number of goroutines
// may use it, unless they share its Budget.
type Verifier struct {
	Contexts *ld.Contexts     // nil for ld.Embedded()
	Resolve  Resolve          // nil for ResolveDIDKey
	Now      func() time.Time // nil for time.Now
	Purpose  string           // that proofs must have; "" for AssertionMethod
	Limits   ld.Limits

	// Budget is what this and other documents may take together; nil for a
	// whole one of each document.
	Budget *Budget
}

func (v *Verifier) budget() *Budget {
	if v.Budget != nil {
		return v.Budget
	}
	return NewBudget()
}

func (v *Verifier) contexts() *ld.Contexts {
	if v.Contexts != nil {
		return v.Contexts
	}
	return ld.Embedded()
}

func (v *Verifier) now() time.Time {
	if v.Now != nil {
		return v.Now()
	}
	return time.Now()
}

func (v *Verifier) purpose() string {
	if v.Purpose != "" {
		return v.Purpose
	}
	return AssertionMethod
}

func (v *Verifier) resolve(ctx context.Context, q Query) (Key, error) {
	if v.Resolve != nil {
		return v.Resolve(ctx, q)
	}
	return ResolveDIDKey(ctx, q)
}

// A secured is a document with embedded proofs, taken apart.
type secured struct {
	verifier *Verifier
	issuer   string
	members  []member // without proof
	context  []byte   // "@context" in RFC 8785 form, nil when there is none
	proofs   []*embedded
	byID     map[string][]*embedded

	parsed      map[string]any // see tree
	budget      *Budget
	left        ld.Limits // what the next transformation may take
	transformed int
	looped      bool // of a form so far; see ld.Stated

	hashes map[string]hashed // of the document alone, by suite and key size
}

// An embedded is one proof of the document.
type embedded struct {
	members []member
	object  map[string]any
	raw     []byte

	typ, suite, id, method, purpose, value string
	previous                               []string

	result  Result
	visited int // 0 not, 1 being judged, 2 judged
}

// Document checks each proof that is embedded in a JSON document (Verifiable
// Credential Data Integrity 1.0, sections 4.4 and 4.5), by itself, in the order
// in which they stand. A proof with previousProof covers those proofs too, and
// holds only if they do.
//
// An error is a *record.FormatError, for what is no JSON object that all readers
// read alike, or wraps ErrNoProof: there is nothing to judge. All else is in the
// results.
func (v *Verifier) Document(ctx context.Context, doc []byte) ([]Result, error) {
	canonical, err := canonicalize(doc)
	if err != nil {
		return nil, err
	}
	return v.canonical(ctx, canonical)
}

// Record is Document of what record.Parse has read, which needs no gates again.
// An error is ErrNoProof, also for what is no JSON.
func (v *Verifier) Record(ctx context.Context, r record.Record) ([]Result, error) {
	if r.Form() != record.JSON {
		return nil, ErrNoProof
	}
	return v.canonical(ctx, r.Bytes())
}

// canonical checks the proofs of a document in RFC 8785 form.
func (v *Verifier) canonical(ctx context.Context, b []byte) ([]Result, error) {
	s, err := v.open(b)
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(s.proofs))
	for i, p := range s.proofs {
		s.judge(ctx, p)
		results[i] = p.result
	}
	return results, nil
}

// open takes a document in RFC 8785 form apart.
func (v *Verifier) open(canonical []byte) (*secured, error) {
	s := &secured{verifier: v, budget: v.budget(), left: v.Limits.OrDefault(), byID: make(map[string][]*embedded), hashes: make(map[string]hashed)}
	s.left.Budget = s.budget.Linked
	var err error
	if s.members, err = members(canonical); err != nil {
		return nil, err
	}
	raw := find(s.members, `"proof"`)
	if raw == nil {
		return nil, ErrNoProof
	}
	s.members = without(s.members, `"proof"`)
	s.context = find(s.members, `"@context"`)
	s.issuer, _ = idOf(find(s.members, `"issuer"`))
	list, err := listOf(raw)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w; its list of proofs is empty", ErrNoProof)
	}
	if len(list) > MaxProofs {
		// One result stands for the list.
		s.proofs = []*embedded{{visited: 2, result: Result{
			Outcome: Unknown, Code: CodeComplex,
			Reason: fmt.Sprintf("refused: too complex: %d proofs, at most %d are judged", len(list), MaxProofs)}}}
		return s, nil
	}
	for _, raw := range list {
		p := &embedded{raw: raw}
		s.proofs = append(s.proofs, p)
		if json.Unmarshal(raw, &p.object, gated) != nil || p.object == nil {
			p.fail(CodeForm, "a proof is a JSON object")
			continue
		}
		if p.members, err = members(raw); err != nil {
			return nil, err
		}
		p.read(v)
		if p.id != "" {
			s.byID[p.id] = append(s.byID[p.id], p)
		}
	}
	return s, nil
}

// tree parses the document without its proof, for JSON-LD.
func (s *secured) tree() (map[string]any, error) {
	if s.parsed == nil {
		if err := json.Unmarshal(join(s.members), &s.parsed, gated); err != nil {
			return nil, errCanonical
		}
	}
	return s.parsed, nil
}

func (p *embedded) end(o Outcome, code Code, format string, a ...any) {
	p.result.Outcome, p.result.Code, p.result.Reason = o, code, fmt.Sprintf(format, a...)
	p.visited = 2
}

func (p *embedded) fail(code Code, format string, a ...any) { p.end(Fail, code, format, a...) }

// read takes the members of the proof and judges its form, suite, purpose and
// instants: all that needs nothing but the proof.
func (p *embedded) read(v *Verifier) {
	text := func(name string, to *string) bool {
		value, has := p.object[name]
		s, ok := value.(string)
		*to = s
		return !has || ok && s != ""
	}
	for _, m := range []struct {
		name string
		to   *string
	}{
		{"type", &p.typ}, {"cryptosuite", &p.suite}, {"id", &p.id}, {"verificationMethod", &p.method},
		{"proofPurpose", &p.purpose}, {"proofValue", &p.value},
	} {
		if !text(m.name, m.to) {
			p.fail(CodeForm, "%s of the proof is not a string, or empty", m.name)
			return
		}
	}
	p.result.ID, p.result.Method, p.result.Purpose = p.id, p.method, p.purpose
	switch previous := p.object["previousProof"].(type) {
	case nil:
	case string:
		p.previous = []string{previous}
	case []any:
		for _, one := range previous {
			s, ok := one.(string)
			if !ok {
				p.fail(CodeForm, "previousProof is neither an id nor a list of ids")
				return
			}
			p.previous = append(p.previous, s)
		}
	default:
		p.fail(CodeForm, "previousProof is neither an id nor a list of ids")
		return
	}
	p.result.Previous = p.previous
	switch {
	case p.typ == "":
		p.fail(CodeForm, "the proof has no type, or more than one")
		return
	case p.typ == string(Ed25519Signature2020) && p.suite == "":
		p.result.Suite = Ed25519Signature2020
	case p.typ == "DataIntegrityProof" && p.suite == "":
		p.fail(CodeForm, "a DataIntegrityProof names its cryptosuite")
		return
	case p.typ == "DataIntegrityProof":
		p.result.Suite = Suite(p.suite)
	default:
		p.end(Unknown, CodeSuite, "a proof of a type that is not known here")
		return
	}
	switch p.result.Suite {
	case EdDSARDFC2022, EdDSAJCS2022, ECDSARDFC2019, Ed25519Signature2020:
	default:
		p.result.Suite = ""
		p.end(Unknown, CodeSuite, "a cryptosuite that is not known here")
		return
	}
	if p.purpose == "" || p.method == "" || p.value == "" {
		p.fail(CodeForm, "a proof has proofPurpose, verificationMethod and proofValue")
		return
	}
	if p.purpose != v.purpose() {
		p.fail(CodePurpose, "the proof was made for another purpose than %s", v.purpose())
		return
	}
	p.instants(v.now())
}

// instants judges created and expires.
func (p *embedded) instants(now time.Time) {
	for _, at := range []struct {
		name string
		to   *time.Time
		code Code
	}{{"created", &p.result.Created, CodeCreated}, {"expires", &p.result.Expires, CodeExpired}} {
		value, has := p.object[at.name]
		if !has {
			continue
		}
		s, _ := value.(string)
		t, err := ParseInstant(s)
		if err != nil {
			p.fail(at.code, "%s of the proof is %v", at.name, err)
			return
		}
		*at.to = t
	}
	if p.result.Created.After(now.Add(Skew)) {
		p.fail(CodeCreated, "the proof says that it was made after now")
	} else if !p.result.Expires.IsZero() && !now.Before(p.result.Expires) {
		p.fail(CodeExpired, "the proof is over")
	}
}

// judge fills the proof's result.
func (s *secured) judge(ctx context.Context, p *embedded) {
	if p.visited != 0 {
		if p.visited == 1 {
			p.fail(CodeChain, "the proof covers itself by way of previousProof")
		}
		return
	}
	p.visited = 1
	covered, ok := s.covered(ctx, p)
	if !ok || p.visited == 2 {
		return
	}
	s.check(ctx, p, covered)
	if p.result.Outcome == Pass {
		for _, before := range covered {
			if o := before.result.Outcome; o != Pass {
				p.end(o, CodeChain, "the signature fits, and a proof that it covers does not hold")
				break
			}
		}
	}
	p.visited = 2
}

// covered finds the proofs that previousProof names and judges them.
func (s *secured) covered(ctx context.Context, p *embedded) ([]*embedded, bool) {
	var out []*embedded
	for _, id := range p.previous {
		found := s.byID[id]
		if len(found) != 1 {
			p.fail(CodeChain, "previousProof names an id that %d proofs of the document have", len(found))
			return nil, false
		}
		s.judge(ctx, found[0])
		if p.visited == 2 {
			return nil, false
		}
		out = append(out, found[0])
	}
	return out, true
}

// check resolves the key, makes the signed bytes and checks the signature.
func (s *secured) check(ctx context.Context, p *embedded, covered []*embedded) {
	key, err := s.verifier.resolve(ctx, Query{
		Method: p.method, Issuer: s.issuer, Purpose: p.purpose, Created: p.result.Created,
	})
	if errors.Is(err, ErrRefuted) {
		p.fail(CodeKey, "%v", err)
		return
	}
	if err == nil && !key.signs(p.result.Suite) {
		p.fail(CodeSuite, "a key of type %q makes no signatures of this suite", key.kind)
		return
	}
	p.result.Key = key
	// The bytes are made even without a key: what they cannot cover is wrong
	// whoever signed.
	message, pins, refused := s.message(p, covered, key, nil)
	p.result.Contexts = pins
	if refused != nil {
		p.refused(refused)
		return
	}
	p.result.Signed = sha256.Sum256(message)
	if err != nil {
		p.end(Unknown, CodeKey, "the key could not be had: %v", err)
		return
	}
	signature, err := decodeProofValue(p.value, key)
	if err != nil {
		p.fail(CodeForm, "proofValue is %v", err)
		return
	}
	if !s.budget.signature(key) {
		p.end(Unknown, CodeComplex, reasonSignatures)
		return
	}
	if key.verify(message, signature) {
		s.fits(p, "the signature fits")
		return
	}
	// Under another version of a context it may have meant, and been, another.
	for _, choice := range s.verifier.contexts().Choices(pins)[1:] {
		message, pins, refused := s.message(p, covered, key, choice)
		if refused == nil && !s.budget.signature(key) {
			p.end(Unknown, CodeComplex, reasonSignatures)
			return
		}
		if refused == nil && key.verify(message, signature) {
			p.result.Signed, p.result.Contexts = sha256.Sum256(message), pins
			s.fits(p, "the signature fits, by an earlier version of a context")
			return
		}
	}
	p.fail(CodeSignature, "the signature does not fit: the document or the proof was changed, or another key signed")
}

// fits ends a proof whose signature fits. Over statements, that is not enough
// where something within the document refers to the document itself: whoever
// wrote what is within may have written part of what stands at the top.
func (s *secured) fits(p *embedded, how string) {
	if s.looped && p.result.Suite != EdDSAJCS2022 {
		p.result.Document = errLooped
		p.end(Unknown, CodeTerms, "%v", errLooped)
		return
	}
	p.end(Pass, CodeSignature, "%s", how)
}

const reasonSignatures = "refused: too complex: more signatures than are looked at in one check"

// refused turns a refusal of the document into a result.
func (p *embedded) refused(err error) {
	var e *ld.Error
	if !errors.As(err, &e) {
		p.fail(CodeContext, "%v", err)
		return
	}
	p.result.Document = e
	switch e.Code {
	case ld.CodeUnpinned, ld.CodeUnsupported:
		p.end(Unknown, CodeContext, "%v", e)
	case ld.CodeComplex:
		p.end(Unknown, CodeComplex, "%v", e)
	case ld.CodeContext, ld.CodeProtected:
		p.fail(CodeContext, "%v", e)
	default:
		p.fail(CodeTerms, "%v", e)
	}
}
