package badge

import (
	"context"
	"slices"
	"time"

	"github.com/akashi-project/akashi/record/controller"
	"github.com/akashi-project/akashi/record/internal/tree"
	"github.com/akashi-project/akashi/record/proof"
)

// signatures checks every signature of a verifiable credential: the proofs
// that are embedded in it, or the one of its token.
func (r *run) signatures() {
	resolver := &controller.Resolver{Fetcher: r.fetcher, Now: r.clock}
	reasons := map[string]*controller.Error{} // by method
	v := r.verifier(func(ctx context.Context, q proof.Query) (proof.Key, error) {
		key, err := resolver.Resolve(ctx, q)
		if e, ok := controller.ReasonOf(err); ok {
			reasons[q.Method] = e
		}
		return key, err
	})
	if r.badge.Token() {
		r.add(sayProofSuiteU, "JWS")
		return
	}
	results, err := v.Document(r.ctx, r.badge.Record.Bytes())
	if err != nil {
		r.add(sayUnsigned) // the gates are passed, so there is no proof
		return
	}
	r.judge(results, reasons)
}

func (r *run) clock() time.Time { return r.now }

func (r *run) verifier(resolve proof.Resolve) *proof.Verifier {
	return &proof.Verifier{Contexts: r.o.Contexts, Resolve: resolve, Now: r.clock}
}

// judge says what came of each signature. One of the issuer's that fits is
// enough; what others sign beside it is their word, and is told apart.
func (r *run) judge(results []proof.Result, reasons map[string]*controller.Error) {
	holds := slices.ContainsFunc(results, func(p proof.Result) bool { return p.Outcome == proof.Pass })
	for _, p := range results {
		switch {
		case p.Outcome == proof.Pass:
			r.add(sayKey)
			r.add(saySigned, string(p.Suite))
		case holds && p.Code == proof.CodeKey && p.Outcome == proof.Fail:
			r.add(sayOtherProof)
		case holds && p.Outcome == proof.Unknown && (p.Code == proof.CodeKey || p.Code == proof.CodeSuite):
			r.add(sayOtherProofU)
		case p.Code == proof.CodeKey:
			r.addKey(reasons[p.Method])
		default:
			r.addProof(p)
		}
	}
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

func (r *run) addProof(p proof.Result) {
	s, ok := proofSentences[p.Code]
	switch {
	case !ok:
		r.add(sayForgedU) // a code of a later release
	case p.Outcome == proof.Fail:
		r.add(s.fail)
	default:
		r.add(s.unknown)
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

// signedOB2 judges the signature of an assertion that is a JWS.
func (r *run) signedOB2(tree.Object, tree.Object) { r.add(sayProofSuiteU, "JWS") }
