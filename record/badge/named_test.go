package badge_test

import (
	"crypto/rand"
	"crypto/rsa"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/lognames"
	"github.com/akashi-project/akashi/record/proof"
)

const (
	ownLog   = "eip155:1337:0x5fbdb2315678afecb367f032d93f642f64180aa3:0x1e0b4b2f3d5c6a798897a6b5c4d3e2f1011223344556677889900aabbccddeef"
	otherLog = "eip155:1337:0x5fbdb2315678afecb367f032d93f642f64180aa3:0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
)

// naming puts the names of logs into a credential or an assertion.
func (d doc) naming(t testing.TB, logs ...string) doc {
	t.Helper()
	d = d.clone(t)
	if err := lognames.Name(d, logs...); err != nil {
		t.Fatal(err)
	}
	return d
}

// rdfc signs by the suite that signs statements.
func (s signer) rdfc(t testing.TB, d doc, method string) doc {
	t.Helper()
	b, err := proof.Signer{Key: s.private, Method: method}.Document(d.bytes(t), proof.Options{Suite: proof.EdDSARDFC2022, Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(b))
}

// TestNamedLogs: the logs that a badge names are those under its issuer's
// signature, by whatever way it is signed, and no others.
func TestNamedLogs(t *testing.T) {
	own, mallory := newSigner("registrar"), newSigner("mallory")
	plain := func() doc {
		return achievement(t).set("issuer.id", own.did()).set("validUntil", nil)
	}
	offline := world{}
	issuer := "https://uni.example/issuers/1"
	served := world{issuer: {body: controllerOf(t, issuer, own)}}
	jcs := func(d doc) []byte { return own.prove(t, d, own.didMethod()).bytes(t) }
	rdfc := func(d doc) doc { return own.rdfc(t, d, own.didMethod()) }
	token := func(d doc) []byte {
		b, err := proof.Signer{Key: own.private, Method: own.didMethod()}.JWT(d.bytes(t), proof.JWTVC20)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(b)
	}
	context := func(d doc) []any { return d["@context"].([]any) }
	// mallory adds names to a badge that was signed, each in another way.
	added := func(d doc, contexts ...any) doc {
		d = d.clone(t)
		d["@context"] = append(slices.Clone(context(d)), contexts...)
		d[lognames.Member] = []any{otherLog}
		return d
	}
	object := context(plain().naming(t, ownLog))[2]
	within := func(inner doc) doc {
		return learnerRecord(t, map[string]any(inner)).set("issuer.id", own.did()).set("validUntil", nil)
	}
	for _, c := range []struct {
		name   string
		input  []byte
		world  fetch.Fetcher
		logs   string       // that count
		result badge.Result // of log.named; "" when it is not there
		proof  badge.Result // of proof.signature, or proof.terms if that failed
	}{
		{"nothing named", jcs(plain()), offline, "", "", badge.Pass},
		{"jcs", jcs(plain().naming(t, ownLog)), offline, ownLog, badge.Pass, badge.Pass},
		{"rdfc", rdfc(plain().naming(t, ownLog, otherLog)).bytes(t), offline, ownLog + " " + otherLog, badge.Pass, badge.Pass},
		{"a token", token(plain().naming(t, ownLog)), offline, ownLog, badge.Pass, badge.Pass},
		{"a learner record", jcs(within(rdfc(plain())).naming(t, ownLog)), offline, ownLog, badge.Pass, badge.Pass},
		{"by the issuer's document", own.prove(t, achievement(t).naming(t, ownLog), issuer+"#"+own.multikey()).bytes(t), served, ownLog, badge.Pass, badge.Pass},
		{"by a document that is not reached", own.prove(t, achievement(t).naming(t, ownLog), issuer+"#"+own.multikey()).bytes(t), offline, "", badge.Unknown, ""},
		{"by a document with another key", mallory.prove(t, achievement(t).naming(t, ownLog), issuer+"#"+mallory.multikey()).bytes(t), served, "", badge.Unknown, ""},
		{"not signed", plain().naming(t, ownLog).bytes(t), offline, "", badge.Unknown, ""},
		{"in another's name", mallory.prove(t, plain().naming(t, otherLog), mallory.didMethod()).bytes(t), offline, "", badge.Unknown, ""},
		{"signed in another form", jcs(plain().naming(t, ownLog).set(lognames.Member, []any{strings.ToUpper(ownLog)})), offline, "", badge.Warn, badge.Pass},

		// To what is signed, mallory adds a log of their own.
		{"jcs, added", added(parse(t, string(jcs(plain()))), object).bytes(t), offline, "", badge.Unknown, badge.Fail},
		{"jcs, another in its place", parse(t, string(jcs(plain().naming(t, ownLog)))).set(lognames.Member, []any{otherLog}).bytes(t), offline, "", badge.Unknown, badge.Fail},
		{"jcs, within the proof", parse(t, string(jcs(plain()))).set("proof."+lognames.Member, []any{otherLog}).bytes(t), offline, "", "", badge.Fail},
		{"rdfc, added with its meaning", added(rdfc(plain()), object).bytes(t), offline, "", badge.Unknown, badge.Fail},
		{"rdfc, added without meaning", added(rdfc(plain())).bytes(t), offline, "", badge.Warn, badge.Fail},
		{"rdfc, added where nothing has meaning", added(rdfc(plain()), map[string]any{lognames.Member: nil}).bytes(t), offline, "", badge.Warn, badge.Fail},
		{"rdfc, added and its meaning taken away", added(rdfc(plain()), object, map[string]any{lognames.Member: nil}).bytes(t), offline, "", badge.Warn, badge.Fail},
		{"rdfc, its meaning taken away by a type", added(rdfc(plain()), object, map[string]any{
			"Odd": map[string]any{"@id": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#AchievementCredential", "@context": map[string]any{lognames.Member: nil}}}).
			set("type", []any{"VerifiableCredential", "AchievementCredential", "Odd"}).bytes(t), offline, "", badge.Warn, badge.Fail},
		{"rdfc, under the name of another member", rdfc(plain().naming(t, ownLog)).set("@context", []any{vc2, ob3,
			map[string]any{"other": map[string]any{"@id": lognames.Term, "@type": "@json"}, lognames.Member: nil}}).
			set("other", []any{ownLog}).set(lognames.Member, []any{otherLog}).bytes(t), offline, "", badge.Warn, badge.Fail},
		{"around a token", doc{"type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + string(token(plain())),
			"@context": []any{vc2, object}, lognames.Member: []any{otherLog}}.bytes(t), offline, "", "", badge.Pass},
		{"within a credential within", jcs(within(rdfc(plain().naming(t, otherLog)))), offline, "", "", badge.Pass},
		{"within the subject", jcs(plain().naming(t, ownLog).set(lognames.Member, nil).set("credentialSubject."+lognames.Member, []any{otherLog})), offline, "", "", badge.Pass},
		{"by another's proof beside", mallory.prove(t, added(parse(t, string(jcs(plain()))), object), mallory.didMethod()).bytes(t), offline, "", badge.Unknown, badge.Fail},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := check(t, c.input, c.world)
			if got := strings.Join(r.Logs, " "); got != c.logs {
				t.Errorf("names %q; %v", got, r.Checks)
			}
			if f, _ := r.Find(badge.LogNamed); f.Result != c.result {
				t.Errorf("log.named is %q: %s", f.Result, f.Text)
			}
			signed, _ := r.Find(badge.ProofSignature)
			if terms, ok := r.Find(badge.ProofTerms); ok && signed.Result == "" {
				signed = terms
			}
			if c.proof != "" && signed.Result != c.proof {
				t.Errorf("%s is %q: %v", signed.Code, signed.Result, r.Checks)
			}
			if by, _ := r.SignedBy(); c.logs != "" && by == "" || by != "" && signed.Result != badge.Pass {
				t.Errorf("signed by %q", by)
			}
		})
	}
}

// TestNamedLogsOB2: an assertion names logs when it is signed by its issuer.
func TestNamedLogsOB2(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signing := assertion(t).naming(t, ownLog).set("verification", map[string]any{"type": "SignedBadge", "creator": keyURL})
	web := hosting(t).with(profileURL, page{body: string(profile(t).set("publicKey", map[string]any{
		"type": "CryptographicKey", "id": keyURL, "owner": profileURL, "publicKeyPem": publicPEM(t, key)}).bytes(t))})
	r := check(t, rs256(t, key, doc{"alg": "RS256"}, signing), web)
	if by, _ := r.SignedBy(); by != profileURL || !slices.Equal(r.Logs, []string{ownLog}) {
		t.Errorf("signed: %q, %v, %v", by, r.Logs, r.Checks)
	}
	wants(t, "signed", r, badge.LogNamed, badge.Pass)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	r = check(t, rs256(t, stranger, doc{"alg": "RS256"}, signing), web)
	if by, _ := r.SignedBy(); by != "" || r.Logs != nil {
		t.Errorf("by a stranger: %q, %v", by, r.Logs)
	}
	hosted := assertion(t).naming(t, ownLog)
	r = check(t, hosted.bytes(t), hosting(t).with(assertionURL, page{body: string(hosted.bytes(t))}))
	if by, _ := r.SignedBy(); by != "" || r.Logs != nil || r.Verdict != badge.Verified || !r.Issuer.Proven {
		t.Errorf("hosted: %q, %v, %s", by, r.Logs, r.Verdict)
	}
	wants(t, "hosted", r, badge.LogNamed, badge.Warn)
}

// TestPinned: a key that the caller knows stands in for a document that cannot
// be had, and never against one that can.
func TestPinned(t *testing.T) {
	const issuer = "https://uni.example/issuers/1"
	own, mallory := newSigner("registrar"), newSigner("mallory")
	pinned := badge.Pinned{Issuer: issuer, Keys: []string{own.multikey()}}
	by := func(s signer, method string) []byte {
		return s.prove(t, achievement(t).naming(t, ownLog), method).bytes(t)
	}
	offline := world{}
	for _, c := range []struct {
		name   string
		input  []byte
		world  fetch.Fetcher
		pinned badge.Pinned
		result badge.Result // of proof.key
		pin    bool
	}{
		{"not pinned", by(own, issuer+"#"+own.multikey()), offline, badge.Pinned{}, badge.Unknown, false},
		{"pinned", by(own, issuer+"#"+own.multikey()), offline, pinned, badge.Pass, true},
		{"pinned, by its did:key", by(own, own.didMethod()), offline, pinned, badge.Pass, true},
		{"pinned for another issuer", by(own, issuer+"#"+own.multikey()), offline, badge.Pinned{Issuer: "https://other.example", Keys: pinned.Keys}, badge.Unknown, false},
		{"the same, by its did:key", by(own, own.didMethod()), offline, badge.Pinned{Issuer: "https://other.example", Keys: pinned.Keys}, badge.Unknown, false},
		{"another key", by(mallory, issuer+"#"+mallory.multikey()), offline, pinned, badge.Unknown, false},
		{"another key under the pinned one's name", by(mallory, issuer+"#"+own.multikey()), offline, pinned, "", false},
		{"under another name", by(own, issuer+"#key-1"), offline, pinned, badge.Unknown, false},
		{"in the document too", by(own, issuer+"#"+own.multikey()), world{issuer: {body: controllerOf(t, issuer, own)}}, pinned, badge.Pass, true},
		{"in the document, and pinned for another issuer", by(own, issuer+"#"+own.multikey()), world{issuer: {body: controllerOf(t, issuer, own)}}, badge.Pinned{Issuer: "https://other.example", Keys: pinned.Keys}, badge.Pass, false},
		{"in the document and not pinned", by(mallory, issuer+"#"+mallory.multikey()), world{issuer: {body: controllerOf(t, issuer, mallory)}}, pinned, badge.Pass, false},
		{"against the document", by(own, issuer+"#"+own.multikey()), world{issuer: {body: controllerOf(t, issuer, mallory)}}, pinned, badge.Fail, false},
	} {
		r := badge.Check(t.Context(), c.input, badge.Options{Fetcher: c.world, Now: func() time.Time { return today }, Pinned: c.pinned})
		if f, _ := r.Find(badge.ProofKey); f.Result != c.result {
			t.Errorf("%s: proof.key is %q: %s", c.name, f.Result, f.Text)
		}
		signedBy, pin := r.SignedBy()
		if proven := c.result == badge.Pass; pin != c.pin || (signedBy == issuer) != proven || (len(r.Logs) > 0) != proven || r.Issuer.Proven != proven {
			t.Errorf("%s: signed by %q, pinned %v, names %v", c.name, signedBy, pin, r.Logs)
		}
	}
}
