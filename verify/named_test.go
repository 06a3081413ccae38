package verify_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/lognames"
	"github.com/akashi-project/akashi/record/proof"
	"github.com/akashi-project/akashi/verify"
)

// A registrar judges badges with the real package, on a web of documents.
type registrar struct {
	web map[string]string // by URL
	now time.Time
}

func (j *registrar) Fetch(_ context.Context, q fetch.Request) (fetch.Answer, error) {
	body, ok := j.web[q.URL]
	if !ok {
		return fetch.Answer{}, &fetch.Error{URL: q.URL, Kind: fetch.Unreachable}
	}
	return fetch.Answer{Status: 200, ContentType: "application/json", Body: []byte(body)}, nil
}

func (j *registrar) JudgeBadge(ctx context.Context, b []byte, known verify.TrustedIssuer) verify.BadgeJudgement {
	r := badge.Check(ctx, b, badge.Options{Fetcher: j, Now: func() time.Time { return j.now }, Pinned: badge.Pinned{Issuer: known.ID, Keys: known.Keys}})
	said := verify.BadgeJudgement{Text: "So says its check.", Logs: r.Logs}
	said.SignedBy, said.Pinned = r.SignedBy()
	switch r.Verdict {
	case badge.Verified:
		said.Result = verify.Pass
	case badge.Refuted:
		said.Result = verify.Fail
	}
	return said
}

// A signedBadge is a badge under construction.
type signedBadge struct {
	issuer string // empty: the key's did:key
	method string // empty: the issuer, "#" and the key as Multikey
	key    ed25519.PrivateKey
	logs   []string
	change func(unsigned map[string]any)
}

func (b signedBadge) sign(t testing.TB) []byte {
	t.Helper()
	multikey := verify.Multikey(b.key.Public().(ed25519.PublicKey))
	if b.issuer == "" {
		b.issuer = "did:key:" + multikey
	}
	if b.method == "" {
		b.method = b.issuer + "#" + multikey
	}
	doc := parseJSON(t, `{
	  "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
	  "id": "urn:uuid:5d0a9c64-5d57-4c4b-9f0a-2f6f3f5c0a03",
	  "type": ["VerifiableCredential", "OpenBadgeCredential"],
	  "issuer": {"id": "`+b.issuer+`", "type": ["Profile"]},
	  "validFrom": "2026-05-01T00:00:00Z", "name": "Seismology",
	  "credentialSubject": {"type": ["AchievementSubject"], "id": "urn:learner:tanaka-hanako",
	    "achievement": {"id": "https://hoshizora.example/achievements/1", "type": ["Achievement"], "name": "Seismology",
	      "description": "Earthquakes.", "criteria": {"narrative": "An examination."}}}}`)
	if len(b.logs) > 0 {
		if err := lognames.Name(doc, b.logs...); err != nil {
			t.Fatal(err)
		}
	}
	suite := proof.EdDSARDFC2022
	if b.change != nil {
		b.change(doc)
		suite = proof.EdDSAJCS2022
	}
	unsigned, _ := json.Marshal(doc)
	signed, err := proof.Signer{Key: b.key, Method: b.method}.Document(unsigned, proof.Options{Suite: suite, Created: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func parseJSON(t testing.TB, text string) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return doc
}

// unlisted is a scene whose policy trusts the registry and knows no issuer.
func unlisted(t testing.TB, b []byte, then ...record.State) *scene {
	t.Helper()
	s := newSceneOf(t, record.Badge, b, then...)
	s.policy.Issuers = nil
	return s
}

// judged verifies with the chain and a judge of badges that finds those pages.
func (s *scene) judged(web map[string]string) *verify.Verifier {
	v := s.online()
	v.Badge, v.BadgeNeeded = &registrar{web, s.now}, true
	return v
}

// document is an issuer's, which lists keys for assertions.
func controllerDocument(id string, keys ...ed25519.PrivateKey) string {
	var methods []any
	for _, k := range keys {
		multikey := verify.Multikey(k.Public().(ed25519.PublicKey))
		methods = append(methods, map[string]any{"id": id + "#" + multikey, "type": "Multikey", "controller": id, "publicKeyMultibase": multikey})
	}
	b, _ := json.Marshal(map[string]any{"id": id, "type": "Profile", "assertionMethod": methods})
	return string(b)
}

// TestBadgeNamesLog: the badge itself, signed by its issuer with a key that is
// proven, ties the log to the issuer; nothing less does.
func TestBadgeNamesLog(t *testing.T) {
	university, mallory := privateKey("university"), privateKey("mallory")
	multikey := verify.Multikey(university.Public().(ed25519.PublicKey))
	did := "did:key:" + multikey
	scenery := newScene(t)
	this := scenery.log.ref.String() // the same in each scene
	elsewhere := newLog(t, scenery.chain, scenery.registry, "log.elsewhere.example").ref
	other := elsewhere.String()
	page := map[string]string{uni: controllerDocument(uni, university)}
	listed := func(logs []checkpoint.LogRef, keys ...string) func(*verify.Policy) {
		return func(p *verify.Policy) {
			p.Issuers = []verify.TrustedIssuer{{ID: uni, Name: "Hoshizora University", Logs: logs, Keys: keys}}
		}
	}
	unknown := []string{"issuer.bound unknown: Nothing that you trust", "status.state unknown"}
	for _, c := range []struct {
		name    string
		badge   signedBadge
		web     map[string]string
		policy  func(*verify.Policy)
		bind    bool // with a LogBinding of the badge's issuer
		verdict verify.Verdict
		steps   []string
		issuer  string
	}{
		{name: "by its did:key", badge: signedBadge{key: university, logs: []string{this}}, verdict: verify.Verified, issuer: did},
		{name: "as the second of two", badge: signedBadge{key: university, logs: []string{other, this}}, verdict: verify.Verified, issuer: did},
		{name: "by the issuer's document", badge: signedBadge{issuer: uni, key: university, logs: []string{this}}, web: page, verdict: verify.Verified, issuer: uni},
		{name: "the document is not reached", badge: signedBadge{issuer: uni, key: university, logs: []string{this}},
			verdict: verify.CouldNotTell, steps: append(unknown, "badge.holds unknown")},
		{name: "by a key that the policy pins", badge: signedBadge{issuer: uni, key: university, logs: []string{this}},
			policy: listed(nil, multikey), verdict: verify.Verified, issuer: uni},
		{name: "nothing is named", badge: signedBadge{key: university}, verdict: verify.CouldNotTell, steps: unknown},
		{name: "another log", badge: signedBadge{key: university, logs: []string{other}},
			verdict: verify.CouldNotTell, steps: []string{"issuer.bound unknown: names other logs than this one", "status.state unknown: counts for nothing"}},
		{name: "another log, and the policy lists this one", badge: signedBadge{issuer: uni, key: university, logs: []string{other}}, web: page,
			policy: listed([]checkpoint.LogRef{scenery.log.ref}), verdict: verify.Verified, steps: []string{"issuer.bound warn: names other logs and not this one"}, issuer: uni},
		{name: "another log, and a binding names this one", badge: signedBadge{key: university, logs: []string{other}}, bind: true,
			verdict: verify.Verified, steps: []string{"issuer.bound warn: names other logs and not this one"}, issuer: did},
		{name: "this log, where the policy lists another", badge: signedBadge{issuer: uni, key: university, logs: []string{this}}, web: page,
			policy: listed([]checkpoint.LogRef{elsewhere}), verdict: verify.CouldNotTell,
			steps: []string{"issuer.bound unknown: your policy lists other logs", "status.state unknown"}},
		{name: "this log, where the policy lists another and the key", badge: signedBadge{issuer: uni, key: university, logs: []string{this}}, web: page,
			policy: listed([]checkpoint.LogRef{elsewhere}, multikey), verdict: verify.Verified, issuer: uni},
		{name: "with a key that the document does not list", badge: signedBadge{issuer: uni, key: mallory, logs: []string{this}}, web: page,
			verdict: verify.Refuted, steps: append(unknown, "badge.holds fail")},
		{name: "in the university's name, by an own did:key", badge: signedBadge{issuer: uni, method: "did:key:" + verify.Multikey(mallory.Public().(ed25519.PublicKey)) + "#" + verify.Multikey(mallory.Public().(ed25519.PublicKey)), key: mallory, logs: []string{this}},
			verdict: verify.CouldNotTell, steps: append(unknown, "badge.holds unknown")},
		{name: "in the university's did:key, by an own key", badge: signedBadge{issuer: did, method: did + "#" + multikey, key: mallory, logs: []string{this}},
			verdict: verify.Refuted, steps: append(unknown, "badge.holds fail")},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := c.badge.sign(t)
			s := unlisted(t, b)
			if s.log.ref.String() != this {
				t.Fatal("the scene has another log")
			}
			if c.policy != nil {
				c.policy(&s.policy)
			}
			e := s.evidence(t)
			if c.bind {
				e.Binding = s.log.binding(t, c.badge.key, "")
			}
			r := s.judged(c.web).Check(t.Context(), b, e)
			want(t, r, c.verdict, c.steps...)
			if c.issuer != "" && (r.Issuer == nil || r.Issuer.ID != c.issuer) || c.issuer == "" && r.Issuer != nil {
				t.Errorf("the issuer is %+v", r.Issuer)
			}
			// Who does not judge badges cannot tell what only the badge says.
			plain := s.online().Check(t.Context(), b, e)
			if byBadge := c.issuer != "" && !c.bind && !strings.HasPrefix(c.name, "another log"); byBadge && plain.Verdict != verify.CouldNotTell {
				t.Errorf("without a judge: %s", plain.Verdict)
			}
		})
	}
}

// TestBadgeNamesLogAttackers: whoever has a log of their own and a badge wants
// the badge to name that log. None is verified.
func TestBadgeNamesLogAttackers(t *testing.T) {
	university, mallory := privateKey("university"), privateKey("mallory")
	did := verify.DIDKey(university.Public().(ed25519.PublicKey))
	scenery := newScene(t)
	this := scenery.log.ref.String()
	theirs := newLog(t, scenery.chain, scenery.registry, "log.mallory.example").ref.String()
	genuine := signedBadge{key: university, logs: []string{this}}.sign(t)
	bare := signedBadge{key: university}.sign(t)
	edit := func(b []byte, change func(doc map[string]any)) []byte {
		doc := parseJSON(t, string(b))
		change(doc)
		out, _ := json.Marshal(doc)
		return out
	}
	meaning := parseJSON(t, `{"transparencyLog": {"@id": "https://github.com/akashi-project/akashi/transparency-log/v1", "@type": "@json"}}`)
	contexts := func(doc map[string]any, more ...any) {
		doc["@context"] = append(doc["@context"].([]any), more...)
		doc[lognames.Member] = []any{theirs}
	}
	clr := func(within []byte, logs ...string) []byte {
		return signedBadge{key: university, logs: logs, change: func(doc map[string]any) {
			list := doc["@context"].([]any)
			doc["@context"] = append([]any{list[0], "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"}, list[1:]...)
			doc["type"] = []any{"VerifiableCredential", "ClrCredential"}
			doc["credentialSubject"] = map[string]any{"type": []any{"ClrSubject"}, "id": "urn:learner:tanaka-hanako", "verifiableCredential": []any{parseJSON(t, string(within))}}
		}}.sign(t)
	}
	bound := []string{"issuer.bound unknown", "status.state unknown"}
	for _, c := range []struct {
		name    string
		badge   []byte
		verdict verify.Verdict
		steps   []string
	}{
		{"a genuine badge, logged again", genuine, verify.CouldNotTell, []string{"issuer.bound unknown: names other logs", "status.state unknown"}},
		{"a genuine badge that names no log", bare, verify.CouldNotTell, bound},
		{"another log in the place of the one", edit(genuine, func(doc map[string]any) { doc[lognames.Member] = []any{theirs} }), verify.Refuted, append(bound, "badge.holds fail")},
		{"another log beside the one", edit(genuine, func(doc map[string]any) { doc[lognames.Member] = []any{this, theirs} }), verify.Refuted, append(bound, "badge.holds fail")},
		{"added", edit(bare, func(doc map[string]any) { contexts(doc, meaning) }), verify.Refuted, append(bound, "badge.holds fail")},
		{"added without a meaning", edit(bare, func(doc map[string]any) { contexts(doc) }), verify.Refuted, append(bound, "badge.holds fail")},
		{"added, and its meaning taken away", edit(bare, func(doc map[string]any) { contexts(doc, meaning, map[string]any{lognames.Member: nil}) }), verify.Refuted, append(bound, "badge.holds fail")},
		{"the signed one under another name", edit(genuine, func(doc map[string]any) {
			list := doc["@context"].([]any)
			doc["@context"] = append(list[:len(list)-1], map[string]any{"other": meaning[lognames.Member], lognames.Member: nil})
			doc["other"], doc[lognames.Member] = doc[lognames.Member], []any{theirs}
		}), verify.Refuted, append(bound, "badge.holds fail")},
		{"in the proof", edit(bare, func(doc map[string]any) { doc["proof"].(map[string]any)[lognames.Member] = []any{theirs} }), verify.Refuted, append(bound, "badge.holds fail")},
		{"a proof of one's own beside", addProof(t, edit(bare, func(doc map[string]any) { contexts(doc, meaning) }), mallory), verify.Refuted, append(bound, "badge.holds fail")},
		{"an own badge in the university's name", signedBadge{issuer: did, method: verify.DIDKey(mallory.Public().(ed25519.PublicKey)) + "#" + verify.Multikey(mallory.Public().(ed25519.PublicKey)), key: mallory, logs: []string{theirs}}.sign(t), verify.Refuted, append(bound, "badge.holds fail")},
		{"a record of the university's, with a credential of one's own within", clr(signedBadge{key: mallory, logs: []string{theirs}}.sign(t)), verify.CouldNotTell, bound},
		{"the same, where the record names its log", clr(signedBadge{key: mallory, logs: []string{theirs}}.sign(t), this), verify.CouldNotTell, []string{"issuer.bound unknown: names other logs", "status.state unknown"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := unlisted(t, c.badge, record.Revoked)
			e := relog(t, s, newLog(t, s.chain, s.registry, "log.mallory.example"))
			if e.Ref().String() != theirs {
				t.Fatal("mallory has another log")
			}
			r := s.judged(nil).Check(t.Context(), c.badge, e)
			want(t, r, c.verdict, c.steps...)
			if r.Issuer != nil {
				t.Errorf("the issuer is %+v", r.Issuer)
			}
			// Whom one expects, or a badge that need not hold, changes nothing.
			v := s.judged(nil)
			v.ExpectIssuer, v.BadgeNeeded = did, false
			if r := v.Check(t.Context(), c.badge, e); r.Verdict == verify.Verified {
				t.Error("verified as that of the issuer that is expected")
			}
		})
	}
	// In the log that it names, the badge is what that log says of it.
	s := unlisted(t, genuine, record.Revoked)
	want(t, s.judged(nil).Check(t.Context(), genuine, s.evidence(t)), verify.Refuted, "status.state fail: The issuer has revoked the record")
	// A record of the university's own log, in a badge of mallory's own, is
	// mallory's badge: the log is said to be mallory's, not the university's.
	own := signedBadge{key: mallory, logs: []string{this}}.sign(t)
	s = unlisted(t, own)
	v := s.judged(nil)
	v.ExpectIssuer = did
	want(t, v.Check(t.Context(), own, s.evidence(t)), verify.Refuted, "issuer.expected fail", "issuer.bound unknown", "status.state unknown")
}

// A notary says what it is told to of who signed a badge and which logs it names.
type notary verify.BadgeJudgement

func (n notary) JudgeBadge(context.Context, []byte, verify.TrustedIssuer) verify.BadgeJudgement {
	return verify.BadgeJudgement(n)
}

// TestBadgeNamesLogOfWhom: names count for the issuer who is proven to have
// signed them, and in one spelling.
func TestBadgeNamesLogOfWhom(t *testing.T) {
	s := unlisted(t, badgeOf(uni))
	e, this := s.evidence(t), s.log.ref.String()
	for name, c := range map[string]struct {
		notary  notary
		verdict verify.Verdict
		steps   []string
	}{
		"its issuer":              {notary{Result: verify.Pass, SignedBy: uni, Logs: []string{this}}, verify.Verified, nil},
		"nobody who is proven":    {notary{Result: verify.Pass, Logs: []string{this}}, verify.CouldNotTell, []string{"issuer.bound unknown: Nothing that you trust", "status.state unknown"}},
		"somebody else":           {notary{Result: verify.Pass, SignedBy: uni + "/", Logs: []string{this}}, verify.CouldNotTell, []string{"issuer.bound unknown: Nothing that you trust", "status.state unknown"}},
		"in another spelling":     {notary{Result: verify.Pass, SignedBy: uni, Logs: []string{strings.ToUpper(this), this + " ", " " + this}}, verify.CouldNotTell, []string{"issuer.bound unknown: names other logs", "status.state unknown"}},
		"a badge that is refuted": {notary{Result: verify.Fail, SignedBy: uni, Logs: []string{this}}, verify.Refuted, []string{"issuer.bound unknown: Nothing that you trust", "status.state unknown", "badge.holds fail"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.notary.Text = "So says the notary."
			v := s.online()
			v.Badge = c.notary
			want(t, v.Check(t.Context(), s.badge, e), c.verdict, c.steps...)
		})
	}
}

// addProof adds a proof to a document, beside those that it has.
func addProof(t testing.TB, b []byte, key ed25519.PrivateKey) []byte {
	t.Helper()
	public := key.Public().(ed25519.PublicKey)
	out, err := proof.Signer{Key: key, Method: verify.DIDKey(public) + "#" + verify.Multikey(public)}.Document(b, proof.Options{Suite: proof.EdDSAJCS2022, Created: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
