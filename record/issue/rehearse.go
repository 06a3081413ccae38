package issue

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/internal/tree"
	"github.com/akashi-project/akashi/record/ld"
	"github.com/akashi-project/akashi/record/proof"
)

// A Rehearsal is the check of badges before they are signed: each is signed
// with a key that is thrown away and judged by badge.Check, in a world where the
// issuer's documents list that key. What is wrong there will be wrong for every
// verifier. Nothing is fetched.
type Rehearsal struct {
	Now time.Time // at which the badges are to hold; of their signatures too

	// Contexts give the terms their meaning; nil means ld.Embedded.
	Contexts *ld.Contexts

	// Documents are what the issuer serves, each with the URL it is served at as
	// its "id": BadgeClass, Profile, CryptographicKey and RevocationList of Open
	// Badges 2.0, a controller document, a status list.
	Documents [][]byte

	// Sign signs with the issuer's own key. One badge is signed with it, to hold
	// the key to the issuer's documents. Nil leaves that out.
	Sign func(unsigned []byte) ([]byte, error)

	// Done is called with the number of badges that are judged, by one goroutine
	// at a time; nil is not called.
	Done func(n int)
}

// ErrDocument is wrapped by every refusal of one of a Rehearsal's documents.
var ErrDocument = errors.New("not a document of the issuer")

// An AllError is a problem that every badge has, so that it is the template's.
type AllError struct {
	Column string // of the table, that it comes from; "" for none
	Text   string
}

// Error says that it is about every badge, and names the column, before the
// text.
func (e *AllError) Error() string {
	if e.Column != "" {
		return fmt.Sprintf("every badge, column %q: %s", e.Column, e.Text)
	}
	return "every badge: " + e.Text
}

// Rehearsed is what came of a Rehearsal.
type Rehearsed struct {
	// Problems are what verifiers would refute or warn of, and what no signature
	// gives a meaning to: a *RowError each or, where every badge has it, one
	// *AllError, in the order of the table. Their text may hold dates and the
	// issuer's id, and else nothing of a cell.
	Problems []error

	// Unseen are the URLs, in their order, of documents that decide and that
	// the Rehearsal does not have.
	Unseen []string
}

// Rehearse judges badges that Make made. Its error is about the Documents.
func (t Template) Rehearse(ctx context.Context, badges []Badge, r Rehearsal) (Rehearsed, error) {
	if r.Contexts == nil {
		r.Contexts = ld.Embedded()
	}
	var err error
	if !t.isOB3() {
		if r.Contexts, err = withOB2(r.Contexts); err != nil {
			return Rehearsed{}, err
		}
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Rehearsed{}, err
	}
	s := stage{template: t, rehearsal: r, key: key}
	if s.documents, err = readDocuments(r.Documents); err != nil {
		return Rehearsed{}, err
	}
	found, unseen := make([][]wrong, len(badges)), map[string]bool{}
	var mu sync.Mutex
	var work sync.WaitGroup
	rows := make(chan int)
	done := 0
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for i := range rows {
				texts, asked := s.judge(ctx, badges[i].JSON)
				mu.Lock()
				found[i] = texts
				for _, url := range asked {
					unseen[url] = true
				}
				if done++; r.Done != nil {
					r.Done(done)
				}
				mu.Unlock()
			}
		})
	}
	for i := range badges {
		if ctx.Err() != nil {
			break
		}
		rows <- i
	}
	close(rows)
	work.Wait()
	if err := ctx.Err(); err != nil {
		return Rehearsed{}, err
	}
	out := Rehearsed{Problems: problemsOf(badges, found)}
	if len(out.Problems) == 0 && len(badges) > 0 {
		texts, asked := s.own(ctx, badges[0].JSON)
		for _, text := range texts {
			out.Problems = append(out.Problems, &AllError{text.column, text.text})
		}
		for _, url := range asked {
			unseen[url] = true
		}
	}
	for url := range unseen {
		out.Unseen = append(out.Unseen, url)
	}
	slices.Sort(out.Unseen)
	return out, nil
}

// A wrong is a problem of one badge.
type wrong struct{ column, text string }

// problemsOf says once what every badge has.
func problemsOf(badges []Badge, found [][]wrong) []error {
	count := map[wrong]int{}
	for _, texts := range found {
		for _, text := range texts {
			count[text]++
		}
	}
	var all []error
	common := func(text wrong) bool { return len(badges) > 1 && count[text] == len(badges) }
	for i, texts := range found {
		for _, text := range texts {
			switch {
			case !common(text):
				all = append(all, &RowError{Line: badges[i].Row.Line, Column: text.column, Text: text.text})
			case i == 0:
				all = append(all, &AllError{text.column, text.text})
			}
		}
	}
	return all
}

// A stage is where badges are rehearsed.
type stage struct {
	template  Template
	rehearsal Rehearsal
	key       ed25519.PrivateKey
	documents map[string]tree.Object // by id
}

// judge says what is wrong with one badge, each thing once, and which documents
// it asked for in vain.
func (s stage) judge(ctx context.Context, unsigned []byte) (texts []wrong, unseen []string) {
	if text := s.terms(unsigned); text != "" {
		return []wrong{{text: text}}, nil
	}
	doc, err := tree.Parse(unsigned)
	if err != nil {
		return []wrong{{text: err.Error()}}, nil
	}
	w := s.world(doc)
	signer := proof.Signer{Key: s.key, Method: w.method, Contexts: s.rehearsal.Contexts}
	signed, err := signWith(s.template.Format, signer, unsigned, s.rehearsal.Now)
	if err != nil {
		return []wrong{{text: strings.TrimPrefix(err.Error(), "sign: ")}}, nil
	}
	report := badge.Check(ctx, signed, s.options(w))
	late := false
	for _, f := range report.Checks {
		late = late || f.Result == badge.Fail && slices.Contains([]badge.Code{badge.ValidityFrom, badge.ValidityUntil, badge.ValidityOrder}, f.Code)
	}
	for _, f := range report.Checks {
		switch {
		case f.Code == badge.ProofKey || f.Code == badge.ProofSignature:
			continue // of a key that nobody has; see own
		case late && (f.Code == badge.ProofCreated || f.Code == badge.ProofExpired):
			continue // the token says what its credential says
		}
		if text := s.worded(f, doc); text.text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts, w.unseen(report)
}

// own holds the issuer's own key to the issuer's documents, by one badge.
func (s stage) own(ctx context.Context, unsigned []byte) (texts []wrong, unseen []string) {
	doc, err := tree.Parse(unsigned)
	if err != nil || s.template.Format == OB2Hosted {
		return nil, nil
	}
	w := world{documents: s.documents}
	sign := s.rehearsal.Sign
	if sign == nil {
		if s.template.isOB3() {
			return nil, nil
		}
		// The key that the assertion names must be the Profile's, whoever has it.
		sign = func(b []byte) ([]byte, error) {
			return signWith(s.template.Format, proof.Signer{Key: s.key, Method: doc.Object("verification").Text("creator")}, b, s.rehearsal.Now)
		}
	}
	signed, err := sign(unsigned)
	if err != nil {
		return []wrong{{text: strings.TrimPrefix(err.Error(), "sign: ")}}, nil
	}
	report := badge.Check(ctx, signed, s.options(w))
	for _, f := range report.Checks {
		switch {
		case f.Code == badge.ProofKey && f.Result == badge.Fail:
		case f.Code == badge.ProofKey && f.Result == badge.Unknown && len(w.unseen(report)) == 0:
			f.Result = badge.Fail // no document is missing, so nobody will find the key
		case f.Code == badge.ProofSignature && f.Result == badge.Fail && s.rehearsal.Sign != nil:
		case f.Code == badge.ProofSuite && f.Result == badge.Fail && s.rehearsal.Sign != nil:
		default:
			continue
		}
		texts = append(texts, s.worded(f, doc))
	}
	return texts, w.unseen(report)
}

func (s stage) options(w world) badge.Options {
	return badge.Options{Fetcher: w, Contexts: s.rehearsal.Contexts, Now: func() time.Time { return s.rehearsal.Now }}
}

// worded says what a verifier would find, and what to do; "" when it is no
// problem. Of a date that comes from the table it names the column.
func (s stage) worded(f badge.Finding, doc tree.Object) wrong {
	accepted := slices.Contains(s.template.Accept, string(f.Code))
	column, advice := "", advice[f.Code]
	switch f.Code {
	case badge.ValidityFrom:
		column = s.template.dateColumn("validFrom", "issuedOn")
		if s.farAhead(doc) {
			advice = " Is the year right?"
		}
	case badge.ValidityUntil:
		column = s.template.dateColumn("validUntil", "expires")
	case badge.ValidityOrder:
		column = s.template.dateColumn("validUntil", "expires", "validFrom", "issuedOn")
	}
	switch {
	case f.Result == badge.Fail && !(f.Code == badge.ValidityFrom && accepted):
		return wrong{column, fmt.Sprintf("verifiers would refute it (%s): %s%s", f.Code, f.Text, advice)}
	case f.Result == badge.Warn && !accepted && f.Code != badge.StatusSignature:
		// Status lists of Open Badges 2.0 and 1EdTech have no signature; that is
		// the standard's doing, and nothing that an issuer can mend.
		return wrong{column, fmt.Sprintf("verifiers would be warned (%s): %s%s Or, if it is meant so, name %q in \"accept\" of the template.", f.Code, f.Text, advice, f.Code)}
	}
	return wrong{}
}

// farAhead reports whether a badge begins more than a year from now, as none is
// issued for but by a slip.
func (s stage) farAhead(doc tree.Object) bool {
	for _, name := range []string{"validFrom", "issuedOn"} {
		if from, err := proof.ParseInstant(doc.Text(name)); err == nil {
			return from.After(s.rehearsal.Now.AddDate(1, 0, 0))
		}
	}
	return false
}

// advice says what to do about what a check finds.
var advice = map[badge.Code]string{
	badge.StructureContext:     " Begin @context with https://www.w3.org/ns/credentials/v2 and then https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json, or with https://w3id.org/openbadges/v2 for Open Badges 2.0.",
	badge.StructureValidity:    " Write an instant with its time zone, such as 2026-03-20T00:00:00+09:00; of a table that has 2026-03-20 alone the template can say {{column}}T00:00:00+09:00.",
	badge.StructureAssertion:   " Write it into the template's badge as Open Badges 2.0 has it; dates with a time zone, such as 2026-03-20T00:00:00+09:00.",
	badge.StructureAchievement: " Write it into credentialSubject.achievement of the template's badge.",
	badge.StructureIssuer:      " Give issuer an id that is a URL or DID, and the type Profile.",
	badge.StructureSubject:     " Give credentialSubject the type AchievementSubject.",
	badge.StructureClass:       " Mend the BadgeClass, in the template or where you serve it.",
	badge.StructureProfile:     " Mend the Profile where you serve it.",
	badge.HostedScope:          " Let ids of the template lie where verification of the Profile says: allowedOrigins and startsWith, else the Profile's own host.",
	badge.ValidityOrder:        " Are the two dates exchanged?",
	badge.ValidityFrom:         " If the badges are for that day, name \"validity.from\" in \"accept\" of the template.",
	badge.ValidityUntil:        " Is the year right?",
	badge.StatusRevoked:        " Add a credentialStatus to the badge, or a revocationList to the Profile of Open Badges 2.0.",
	badge.IssuerName:           " Use an id at an address of your institution, and serve the document that akashi badge key --issuer prints.",
	badge.ProofKey:             " Sign with the key whose public half the issuer's document lists, and name it with --method; in Open Badges 2.0, verification.creator is one of the Profile's publicKey.",
}

// signWith makes what a format signs.
func signWith(f Format, s proof.Signer, unsigned []byte, created time.Time) ([]byte, error) {
	switch f {
	case OB3:
		return s.Document(unsigned, proof.Options{Suite: proof.EdDSARDFC2022, Created: created})
	case OB3JWT:
		token, err := s.JWT(unsigned, proof.JWTVC20)
		return []byte(token), err
	case OB2:
		token, err := s.Token(unsigned, "")
		return []byte(token), err
	}
	return unsigned, nil
}

// Sign makes the file of a badge: a credential with a proof of the instant
// created, or a token. Hosted badges are not signed.
func (t Template) Sign(s proof.Signer, unsigned []byte, created time.Time) ([]byte, error) {
	return signWith(t.Format, s, unsigned, created)
}
