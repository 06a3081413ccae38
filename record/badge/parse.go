package badge

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/internal/tree"
)

// A Standard is the specification that a badge follows, as far as its types
// and contexts tell. As text, these values.
type Standard string

// The standards.
const (
	OpenBadges2 Standard = "open-badges-2.0"
	OpenBadges3 Standard = "open-badges-3.0"
	Endorsement Standard = "open-badges-3.0-endorsement"
	CLR2        Standard = "clr-2.0"
	Credential  Standard = "verifiable-credential" // of no kind that is a badge
)

// A Badge is a badge as it was read: its exact bytes, what it is, and its
// members. It does not change. It prints what it is and never its content.
type Badge struct {
	Record    record.Record // the bytes that are hashed and, for a token, signed
	Standard  Standard
	DataModel string // version of the W3C data model: "1.1", "2.0", or "" for Open Badges 2.0

	doc    tree.Object // the assertion or credential
	claims tree.Object // the payload of a token, with its registered claims; nil for JSON
}

// Token reports whether the badge is a compact JWS.
func (b Badge) Token() bool { return b.Record.Form() == record.JWS }

// redacted is how a Badge prints.
func (b Badge) redacted() string { return fmt.Sprintf("badge (%s, content redacted)", b.Standard) }

// String names the standard, never the content.
func (b Badge) String() string { return b.redacted() }

// Format writes what String gives, whatever the verb.
func (b Badge) Format(f fmt.State, verb rune) { io.WriteString(f, b.redacted()) }

// LogValue returns what String gives.
func (b Badge) LogValue() slog.Value { return slog.StringValue(b.redacted()) }

// Refusals of Parse beside *record.FormatError.
var (
	// ErrNotBadge says that the bytes are of nothing that is known here.
	ErrNotBadge = errors.New("no badge that is known here")
	// ErrOpenBadges1 says that the badge is of Open Badges 0.5, 1.0 or 1.1. It
	// wraps ErrNotBadge.
	ErrOpenBadges1 = fmt.Errorf("%w: of Open Badges 1, which is older", ErrNotBadge)
	// ErrOpaque says that a JWS signs something else than a JSON object.
	ErrOpaque = errors.New("the token holds no JSON object")
	// ErrEnvelope says that an EnvelopedVerifiableCredential is none: it lacks
	// the context that defines it, or its id is no data: URL of a token.
	ErrEnvelope = errors.New("the envelope holds no token, or not as the data model has it")
)

// A PartError says that the bytes are a part of Open Badges 2.0 that says of
// nobody that they earned anything. It wraps ErrNotBadge.
type PartError struct{ Type string } // BadgeClass, Profile, Issuer …

// Error names the part.
func (e *PartError) Error() string {
	return "this is a " + e.Type + " of Open Badges 2.0; the badge is the assertion"
}

// Unwrap returns ErrNotBadge.
func (e *PartError) Unwrap() error { return ErrNotBadge }

// The contexts by which a document is known.
const (
	contextVC1 = "https://www.w3.org/2018/credentials/v1"
	contextVC2 = "https://www.w3.org/ns/credentials/v2"
	contextOB2 = "https://w3id.org/openbadges/v2"
	contextOB1 = "https://w3id.org/openbadges/v1"

	prefixOB3 = "https://purl.imsglobal.org/spec/ob/v3p0/context"
	prefixCLR = "https://purl.imsglobal.org/spec/clr/v2p0/context"
)

// Types of Open Badges 2.0 that are no assertions.
var partsOfOB2 = []string{"BadgeClass", "Profile", "Issuer", "Endorsement", "CryptographicKey", "RevocationList", "AlignmentObject"}

// Parse reads a badge that is JSON or a compact JWS; images are for package
// image. JSON must pass the gates of record.Parse, and so must the payload of
// a JWS. Errors are a *record.FormatError, or wrap ErrNotBadge, ErrOpaque or
// ErrEnvelope.
func Parse(raw []byte) (Badge, error) {
	r, err := record.Parse(raw)
	if err != nil {
		return Badge{}, err
	}
	b := Badge{Record: r}
	switch r.Form() {
	case record.JSON:
		if b.doc, err = tree.FromGated(r.Bytes()); err != nil {
			return Badge{}, ErrNotBadge
		}
		// What was read is asked, and not the bytes: there an escape may stand.
		if b.doc.Is("EnvelopedVerifiableCredential") {
			token, err := unwrap(b.doc)
			if err != nil {
				return Badge{}, err
			}
			return Parse(token)
		}
	case record.JWS:
		payload := r.Payload()
		if !bytes.HasPrefix(bytes.TrimLeft(payload, " \t\r\n"), []byte("{")) {
			return Badge{}, ErrOpaque
		}
		if b.claims, err = tree.Parse(payload); err != nil {
			return Badge{}, err
		}
		b.doc = unfold(b.claims)
	default:
		return Badge{}, ErrNotBadge
	}
	return b, b.recognise()
}

// envelopes begin the id of an EnvelopedVerifiableCredential that holds a
// token (VC Data Model 2.0, section 4.12.1): the media type of today, and those
// of drafts.
var envelopes = []string{"data:application/vc+jwt,", "data:application/vc-ld+jwt,", "data:application/vc+ld+json+jwt,", "data:application/jwt,"}

// unwrap takes the token out of an enveloped credential. JSON and images are no
// tokens, however many dots they have.
func unwrap(o tree.Object) ([]byte, error) {
	if !slices.Contains(contexts(o), contextVC2) {
		return nil, ErrEnvelope
	}
	for _, prefix := range envelopes {
		token, ok := strings.CutPrefix(o.Text("id"), prefix)
		if ok && strings.Count(token, ".") == 2 && !strings.ContainsAny(token, "{<") {
			return []byte(token), nil
		}
	}
	return nil, ErrEnvelope
}

// unfold gives the credential of a token's payload: the payload itself (VC-JOSE,
// Open Badges 3.0 section 8.2.4), or "vc" of it (VC Data Model 1.1, section
// 6.3.1). Registered claims that are all there is of a member stand in for it;
// where both are there, they must agree, which the check proof.claims sees to.
func unfold(claims tree.Object) tree.Object {
	vc := claims.Object("vc")
	if vc == nil {
		return claims
	}
	doc := tree.Object{}
	for name, v := range vc {
		doc[name] = v
	}
	if iss := claims.Text("iss"); iss != "" && !doc.Has("issuer") {
		doc["issuer"] = iss
	}
	if jti := claims.Text("jti"); jti != "" && !doc.Has("id") {
		doc["id"] = jti
	}
	if sub := claims.Text("sub"); sub != "" {
		if subject := doc.Object("credentialSubject"); subject != nil && !subject.Has("id") {
			named := map[string]any{"id": sub}
			for name, v := range subject {
				named[name] = v
			}
			doc["credentialSubject"] = named
		}
	}
	from, until := "validFrom", "validUntil"
	if contexts, _ := doc.Texts("@context"); len(contexts) > 0 && contexts[0] == contextVC1 {
		from, until = "issuanceDate", "expirationDate"
	}
	for claim, name := range map[string]string{"nbf": from, "exp": until} {
		if at, ok := numericDate(claims[claim]); ok && !doc.Has(name) {
			doc[name] = at.Format("2006-01-02T15:04:05Z")
		}
	}
	return doc
}

// contexts returns the URLs in @context; a context that is written out stands
// as "".
func contexts(doc tree.Object) []string {
	var all []string
	for _, v := range doc.Each("@context") {
		s, _ := v.(string)
		all = append(all, s)
	}
	return all
}

// isOpenBadges1 reports whether a document is an assertion of Open Badges 1.1,
// by its context, or of 1.0 and 0.5, which have neither context nor type but
// say whom which badge is given to.
func isOpenBadges1(doc tree.Object, contexts []string) bool {
	if slices.Contains(contexts, contextOB1) && !slices.Contains(contexts, contextOB2) {
		return true
	}
	return !doc.Has("@context") && !doc.Has("type") && doc.Has("recipient") && doc.Has("badge")
}

// recognise finds the standard, by the types first and else by the contexts:
// a badge with a wrong type is a badge with a fault.
func (b *Badge) recognise() error {
	list := contexts(b.doc)
	has := func(prefix string) bool {
		return slices.ContainsFunc(list, func(c string) bool { return strings.HasPrefix(c, prefix) })
	}
	modern := b.doc.Is("VerifiableCredential", "AchievementCredential", "OpenBadgeCredential", "EndorsementCredential", "ClrCredential") ||
		has(contextVC1) || has(contextVC2) || has(prefixOB3) || has(prefixCLR)
	switch {
	case b.doc.Is("VerifiablePresentation"):
		return ErrNotBadge
	case !modern && isOpenBadges1(b.doc, list):
		return ErrOpenBadges1
	case !modern && b.doc.Is("Assertion"):
		b.Standard = OpenBadges2
	case !modern && has(contextOB2):
		for _, part := range partsOfOB2 {
			if b.doc.Is(part) {
				return &PartError{part}
			}
		}
		b.Standard = OpenBadges2
	case !modern:
		return ErrNotBadge
	case b.doc.Is("ClrCredential"):
		b.Standard = CLR2
	case b.doc.Is("AchievementCredential", "OpenBadgeCredential"):
		b.Standard = OpenBadges3
	case b.doc.Is("EndorsementCredential"):
		b.Standard = Endorsement
	case has(prefixCLR):
		b.Standard = CLR2
	case has(prefixOB3):
		b.Standard = OpenBadges3
	default:
		b.Standard = Credential
	}
	if b.Standard == OpenBadges2 {
		return nil
	}
	b.DataModel = "2.0"
	if v1, v2 := slices.Index(list, contextVC1), slices.Index(list, contextVC2); v1 >= 0 && (v2 < 0 || v1 < v2) {
		b.DataModel = "1.1"
	}
	return nil
}

// Issuer returns the issuer as the badge names it, which proves nothing by
// itself; "" when it names none.
func (b Badge) Issuer() string {
	if b.Standard == OpenBadges2 {
		return tree.ID(b.doc.Object("badge")["issuer"])
	}
	return tree.ID(b.doc["issuer"])
}

// Title returns the name of the achievement as the badge has it.
func (b Badge) Title() string {
	switch b.Standard {
	case OpenBadges2:
		return b.doc.Object("badge").Text("name")
	case OpenBadges3:
		if name := b.doc.Object("credentialSubject").Object("achievement").Text("name"); name != "" {
			return name
		}
	}
	return b.doc.Text("name")
}
