package badge

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/controller"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/internal/tree"
	"github.com/akashi-project/akashi/record/ld"
	"github.com/akashi-project/akashi/record/proof"
)

// signatures checks every signature of a verifiable credential: the proofs
// that are embedded in it, or the one of its token.
func (r *run) signatures() {
	keys := &keyring{
		resolver: r.work.resolver,
		pinned:   r.o.Pinned, reasons: map[string]*controller.Error{}, byPin: map[string]bool{},
	}
	v := r.verifier(keys.resolve)
	if r.badge.Token() {
		r.judge([]proof.Result{v.JWT(r.ctx, r.badge.Record.Bytes()).Result}, keys)
		return
	}
	results, err := v.Record(r.ctx, r.badge.Record)
	if err != nil {
		r.add(sayUnsigned) // the gates are passed, so there is no proof
		return
	}
	r.judge(results, keys)
}

func (r *run) clock() time.Time { return r.now }

func (r *run) verifier(resolve proof.Resolve) *proof.Verifier {
	return &proof.Verifier{Contexts: r.o.Contexts, Resolve: resolve, Now: r.clock, Limits: r.limits(), Budget: r.work.proofs}
}

// judge says what came of each signature. One of the issuer's that fits is
// enough; what others sign beside it is their word, and is told apart.
func (r *run) judge(results []proof.Result, keys *keyring) {
	for _, p := range results {
		r.report.proofs = append(r.report.proofs, p.Outcome == proof.Pass)
	}
	holds := slices.ContainsFunc(results, func(p proof.Result) bool { return p.Outcome == proof.Pass })
	for i, p := range results {
		switch {
		case p.Outcome == proof.Pass:
			if keys.byPin[p.Method] {
				r.add(sayKeyPinned)
			} else {
				r.add(sayKey)
			}
			r.add(saySigned, string(p.Suite))
			r.report.pinned = r.report.pinned || r.o.Pinned.has(r.badge.Issuer(), p.Key)
		case holds && p.Code == proof.CodeKey && p.Outcome == proof.Fail:
			r.add(sayOtherProof)
		case holds && p.Outcome == proof.Unknown && (p.Code == proof.CodeKey || p.Code == proof.CodeSuite):
			r.add(sayOtherProofU)
		case p.Code == proof.CodeKey:
			r.addKey(keys.reasons[p.Method])
		default:
			r.addProof(p, r.madeBy(i))
		}
	}
}

// madeBy names the way in which the i-th embedded proof says that it was made.
func (r *run) madeBy(i int) string {
	if r.badge.Token() {
		return r.algorithm()
	}
	proofs := r.badge.doc.Each("proof")
	if i >= len(proofs) {
		return ""
	}
	p := tree.AsObject(proofs[i])
	if suite := p.Text("cryptosuite"); suite != "" {
		return suite
	}
	return p.Text("type")
}

// algorithm is the one that the header of a token names.
func (r *run) algorithm() string {
	parts, err := record.SplitJWS(r.badge.Record.Bytes())
	if err != nil {
		return ""
	}
	header, err := tree.Parse(parts.Header)
	if err != nil {
		return ""
	}
	return header.Text("alg")
}

// proofSentences words what package proof found, by its code.
var proofSentences = map[proof.Code]struct{ fail, unknown *sentence }{
	proof.CodeForm:      {sayProofForm, sayProofFormU},
	proof.CodeSuite:     {sayProofSuite, sayProofSuiteU},
	proof.CodePurpose:   {sayProofPurpose, sayProofPurposeU},
	proof.CodeCreated:   {sayProofCreated, sayProofCreatedU},
	proof.CodeExpired:   {sayProofExpired, sayProofExpiredU},
	proof.CodeChain:     {sayProofChain, sayProofChainU},
	proof.CodeContext:   {sayProofContext, sayProofContextU},
	proof.CodeTerms:     {sayProofTerms, sayProofTermsU},
	proof.CodeComplex:   {sayProofComplex, sayProofComplexU},
	proof.CodeSignature: {sayForged, sayForgedU},
	proof.CodeHeader:    {sayProofHeader, sayProofHeaderU},
	proof.CodeClaims:    {sayProofClaims, sayProofClaimsU},
}

func (r *run) addProof(p proof.Result, suite string) {
	s, ok := proofSentences[p.Code]
	switch {
	case !ok:
		r.add(sayForgedU) // a code of a later release
	case p.Outcome == proof.Fail:
		r.add(s.fail)
	case p.Document != nil && p.Document.Code == ld.CodeHidden:
		r.add(sayProofLooped)
	case p.Document != nil && p.Document.Code == ld.CodeUnpinned:
		r.add(sayProofUnpinned, p.Document.Context)
	default:
		r.add(s.unknown, suite)
	}
}

var keySentences = map[controller.Reason]*sentence{
	controller.NoIssuer:    sayKeyNoIssuer,
	controller.Unsupported: sayKeyUnsupported,
	controller.BadDocument: sayKeyDocument,
	controller.Unproven:    sayKeyUnproven,
	controller.BadKey:      sayKeyBad,
	controller.Unlisted:    sayKeyUnlisted,
	controller.Purpose:     sayKeyPurpose,
	controller.Foreign:     sayKeyForeign,
	controller.Revoked:     sayKeyRevoked,
	controller.Expired:     sayKeyExpired,
}

func (r *run) addKey(e *controller.Error) {
	switch {
	case e == nil:
		r.add(sayKeyBad)
	case e.Reason == controller.NotFetched && e.Kind == "":
		r.add(sayKeyNotFetched, wordsStatus)
	case e.Reason == controller.NotFetched:
		r.add(sayKeyNotFetched, wordsOf(e.Kind))
	default:
		r.add(keySentences[e.Reason])
	}
}

// Why a key of an Open Badges 2.0 signature does not count.
var (
	errNotPublicKey = errors.New("not the publicKey of the Profile")
	errNoCreator    = errors.New("no key is named")
	errNoKey        = errors.New("the key could not be read")
)

// signedOB2 checks the signature of an assertion that is a JWS. The key is the
// Profile's publicKey, whatever the token's header says (Open Badges 2.0,
// section 5.2).
func (r *run) signedOB2(assertion, profile tree.Object) {
	var why error
	var fetched *phrase
	v := r.verifier(func(context.Context, proof.Query) (proof.Key, error) {
		var key proof.Key
		key, fetched, why = r.keyOfProfile(assertion, profile)
		switch {
		case errors.Is(why, errNotPublicKey):
			return key, proof.ErrRefuted
		case fetched != nil:
			return key, errNoKey
		}
		return key, why
	})
	p := v.JWS(r.ctx, r.badge.Record.Bytes(), proof.Query{Issuer: profile.Text("id"), Method: verificationOf(assertion).Text("creator")}).Result
	switch {
	case p.Outcome == proof.Pass:
		r.add(sayKey)
		r.add(saySigned, string(p.Suite))
		r.report.Issuer.Proven = true
		r.report.signedBy = profile.Text("id")
	case p.Code != proof.CodeKey:
		r.addProof(p, r.algorithm())
	case errors.Is(why, errNotPublicKey):
		r.add(sayKeyOB2)
	case errors.Is(why, errNoCreator):
		r.add(sayKeyCreator)
	case fetched != nil:
		r.add(sayKeyNotFetched, fetched)
	default:
		r.add(sayKeyBad)
	}
}

// keyOfProfile finds the key that verification.creator names, which must be
// one of the Profile's publicKey and must call the Profile its owner. Without
// a creator the Profile must have one key only.
func (r *run) keyOfProfile(assertion, profile tree.Object) (proof.Key, *phrase, error) {
	creator := verificationOf(assertion).Text("creator")
	keys := profile.Each("publicKey")
	if creator == "" && len(keys) == 1 {
		creator = tree.ID(keys[0])
	}
	if creator == "" {
		return proof.Key{}, nil, errNoCreator
	}
	i := slices.IndexFunc(keys, func(k any) bool { return tree.ID(k) == creator })
	if i < 0 {
		return proof.Key{}, nil, errNotPublicKey
	}
	key := tree.AsObject(keys[i])
	if key == nil {
		answer, why := r.ask(creator, append(slices.Clone(jsonTypes), "application/x-pem-file", "application/pem-certificate-chain"))
		switch {
		case why != nil:
			return proof.Key{}, why, nil
		case answer.Status != fetch.OK:
			return proof.Key{}, wordsStatus, nil
		}
		if key, why = r.parsed(creator, answer.Body); why != nil {
			return proof.Key{}, why, nil
		}
		if anonymous(key) {
			return proof.Key{}, wordsUnnamed, nil
		}
		if key.Text("id") != creator {
			return proof.Key{}, nil, errNotPublicKey
		}
	}
	m, err := proof.ParseMethod(raw(key))
	if err != nil {
		return proof.Key{}, nil, err
	}
	if m.Controller != profile.Text("id") {
		return proof.Key{}, nil, errNotPublicKey
	}
	if !m.Revoked.IsZero() && !r.now.Before(m.Revoked) {
		return proof.Key{}, nil, errNotPublicKey
	}
	return m.Key, nil, nil
}
