package verify_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/core/types"
	"golang.org/x/mod/sumdb/note"
)

// TestVerified: a good badge, online and from the hashes of two blocks alone.
func TestVerified(t *testing.T) {
	s := newScene(t)
	e := s.evidence(t)
	r := s.online().Check(context.Background(), s.badge, e)
	want(t, r, verify.Verified)
	if r.Type != record.Badge || r.Issuer == nil || r.Issuer.ID != uni || r.Issuer.Name != "Hoshizora University" || *r.Log != s.log.ref || *r.Index != s.index {
		t.Errorf("facts: %+v", r)
	}
	first, last := s.log.anchors[1], s.log.anchors[2]
	if r.Existence == nil || r.Existence.Block != first.event.Block || r.Existence.Size != first.tree.Size {
		t.Errorf("existence: %+v", r.Existence)
	}
	if r.Status == nil || *r.Status != (verify.StatusFact{State: record.Valid, Block: last.event.Block, Size: last.tree.Size}) {
		t.Errorf("status: %+v", r.Status)
	}
	want(t, s.offline(e).Check(context.Background(), s.badge, e), verify.Verified, "status.current warn: Nobody was asked for a newer status; the status is 1 hour old")

	// The record may be spelled otherwise, as long as it is the same.
	compact := []byte(strings.ReplaceAll(string(s.badge), "\n", ""))
	want(t, s.online().Check(context.Background(), compact, e), verify.Verified)

	b, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want(t, s.online().CheckBytes(context.Background(), s.badge, b), verify.Verified)
}

// TestStates: what the issuer's log says counts.
func TestStates(t *testing.T) {
	for _, c := range []struct {
		name    string
		then    []record.State
		verdict verify.Verdict
		step    []string
		state   record.State
	}{
		{"revoked", []record.State{record.Revoked}, verify.Refuted, []string{"status.state fail: revoked as of block 7"}, record.Revoked},
		{"suspended", []record.State{record.Suspended}, verify.Refuted, []string{"status.state fail: suspended as of block 7"}, record.Suspended},
		{"reinstated", []record.State{record.Suspended, record.Valid}, verify.Verified, nil, record.Valid},
		{"suspended, then revoked", []record.State{record.Suspended, record.Revoked}, verify.Refuted, []string{"status.state fail"}, record.Revoked},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, c.then...)
			r := s.online().Check(context.Background(), s.badge, s.evidence(t))
			want(t, r, c.verdict, c.step...)
			if r.Status == nil || r.Status.State != c.state || r.Status.Final != (c.state == record.Revoked) {
				t.Errorf("status: %+v", r.Status)
			}
		})
	}
	t.Run("reserved", func(t *testing.T) {
		s := newScene(t, 3)
		want(t, s.online().Check(context.Background(), s.badge, s.evidence(t)), verify.CouldNotTell, "status.state unknown: does not know")
	})
	t.Run("none carried", func(t *testing.T) {
		s := newScene(t)
		e := s.evidence(t)
		e.Status = nil
		want(t, s.online().Check(context.Background(), s.badge, e), verify.CouldNotTell,
			"status.event unknown: carries no status", "status.block unknown", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown")
	})
}

// TestStatusOfTheSameAnchor: one anchor may prove both.
func TestStatusOfTheSameAnchor(t *testing.T) {
	s := newScene(t)
	e := s.log.evidenceAt(t, s.index, 1)
	if e.Status.Event.Block != e.Existence.Event.Block {
		t.Fatal("two anchors")
	}
	want(t, s.offline(e).Check(context.Background(), s.badge, e), verify.Verified, "status.current warn")
	// Online, the newer anchor is known of.
	want(t, s.online().Check(context.Background(), s.badge, e), verify.Verified, "status.current warn: A newer anchor exists")
}

// TestAge: how old a status may be that is not known to be the newest.
func TestAge(t *testing.T) {
	s := newScene(t)
	newest, older := s.evidence(t), s.log.evidenceAt(t, s.index, 1)
	week := 7 * 24 * time.Hour
	at := func(e verify.Evidence, d time.Duration) time.Time {
		return time.Unix(int64(e.Status.Event.Block.Time), 0).Add(d)
	}
	check := func(name string, v *verify.Verifier, e verify.Evidence, now time.Time, verdict verify.Verdict, steps ...string) {
		t.Run(name, func(t *testing.T) {
			v.Now = func() time.Time { return now }
			want(t, v.Check(context.Background(), s.badge, e), verdict, steps...)
		})
	}
	check("offline, a week", s.offline(newest), newest, at(newest, week), verify.Verified, "status.current warn: 7 days old")
	check("offline, a second more", s.offline(newest), newest, at(newest, week+time.Second), verify.CouldNotTell, "status.current unknown: older than the 7 days that your policy allows")
	short := s.offline(newest)
	short.Policy.MaxStatusAge = time.Minute
	check("a policy of a minute", short, newest, at(newest, 2*time.Minute), verify.CouldNotTell, "status.current unknown: 2 minutes old, older than the 1 minute")
	check("a clock that is slow", s.offline(newest), newest, at(newest, -10*time.Minute), verify.Verified, "status.current warn: 0 seconds old")
	check("a clock that is wrong", s.offline(newest), newest, at(newest, -time.Hour), verify.CouldNotTell, "status.current unknown: set the clock right")
	final := 12 * time.Second // the final block is the next one
	check("online, a clock that is slow", s.online(), newest, at(newest, final-15*time.Minute), verify.Verified)
	check("online, a clock that is wrong", s.online(), newest, at(newest, final-15*time.Minute-time.Second), verify.CouldNotTell, "status.current unknown: newest final block is of 2026-09-21 14:14 UTC, which your clock says is yet to come")
	check("online, newer anchor, young", s.online(), older, at(older, week), verify.Verified, "status.current warn: A newer anchor exists")
	check("online, newer anchor, old", s.online(), older, at(older, week+time.Hour), verify.CouldNotTell, "status.current unknown: A newer anchor exists")
	check("online, a chain that stands still", s.online(), newest, at(newest, 3*week), verify.CouldNotTell, "status.current unknown: its newest final block is 20 days old")

	s.chain.seal(3, 2*week)
	check("online, newest, old", s.online(), newest, at(newest, 2*week), verify.Verified)
	check("online, newest, suspended by none", s.online(), newest, at(newest, 2*week), verify.Verified)
	s.chain.close(s.log.ref)
	s.chain.seal(2, 0)
	check("closed, a clock that is wrong", s.online(), newest, at(newest, 0), verify.Verified)
	check("closed", s.online(), newest, at(newest, 100*week), verify.Verified)
	r := s.online().Check(context.Background(), s.badge, newest)
	if !r.Status.Final {
		t.Errorf("the status of a closed log is not final: %+v", r.Status)
	}

	// An old suspension may have been lifted; a revocation is for ever.
	s = newScene(t, record.Suspended)
	e := s.evidence(t)
	check("suspended long ago", s.offline(e), e, at(e, 2*week), verify.CouldNotTell, "status.current unknown", "status.state unknown: may have changed since")
	check("suspended, offline and young", s.offline(e), e, at(e, time.Hour), verify.CouldNotTell, "status.current warn: Nobody was asked", "status.state unknown: may have changed since; get fresh evidence")
	check("suspended, the newest", s.online(), e, at(e, time.Hour), verify.Refuted, "status.state fail: suspended as of block 7")
	s.log.setState(s.index, record.Valid)
	s.log.anchor(t)
	check("suspended, and lifted in a newer anchor", s.online(), e, at(e, time.Hour), verify.CouldNotTell, "status.current warn: A newer anchor exists", "status.state unknown: may have changed since")
	s = newScene(t, record.Revoked)
	e = s.evidence(t)
	check("revoked long ago", s.offline(e), e, at(e, 2*week), verify.Refuted, "status.current unknown", "status.state fail: revoked as of block")
}

// TestIssuers: the ways in which a log is known to be somebody's.
func TestIssuers(t *testing.T) {
	var (
		uniKey  = privateKey("university")
		uniDID  = verify.DIDKey(public(uniKey))
		mallory = privateKey("mallory")
	)
	malloryDID := verify.DIDKey(public(mallory))
	pin := verify.TrustedIssuer{ID: uni, Keys: []string{verify.Multikey(public(uniKey))}}
	for _, c := range []struct {
		name    string
		kind    record.Type
		record  []byte
		issuers []verify.TrustedIssuer // with Logs nil: none; the log of the scene is added when Name is "own"
		expect  string
		binding func(t *testing.T, s *scene) *verify.Binding
		verdict verify.Verdict
		steps   []string
		id      string
	}{
		{name: "in the policy", kind: record.Badge, record: badgeOf(uni), issuers: []verify.TrustedIssuer{{ID: uni, Name: "own"}}, verdict: verify.Verified, id: uni},
		{name: "a did:key by its own signature", kind: record.Badge, record: badgeOf(uniDID), binding: sign(uniKey, ""), verdict: verify.Verified, id: uniDID},
		{name: "a pinned key", kind: record.Badge, record: badgeOf(uni), issuers: []verify.TrustedIssuer{pin}, binding: sign(uniKey, uni), verdict: verify.Verified, id: uni},
		{name: "expected", kind: record.Badge, record: badgeOf(uni), issuers: []verify.TrustedIssuer{{ID: uni, Name: "own"}}, expect: uni, verdict: verify.Verified, id: uni},
		{name: "document, in the policy", kind: record.Document, record: []byte("diploma"), issuers: []verify.TrustedIssuer{{ID: uni, Name: "own"}}, verdict: verify.Verified, id: uni},
		{name: "document, a pinned key", kind: record.Document, record: []byte("diploma"), issuers: []verify.TrustedIssuer{pin}, binding: sign(uniKey, uni), verdict: verify.Verified, id: uni},
		{name: "document, expected", kind: record.Document, record: []byte("diploma"), issuers: []verify.TrustedIssuer{{ID: uni, Name: "own"}, {ID: "https://other.example", Name: "own"}}, expect: uni, verdict: verify.Verified, id: uni},
		{name: "document, expected did:key", kind: record.Document, record: []byte("diploma"), expect: uniDID, binding: sign(uniKey, ""), verdict: verify.Verified, id: uniDID},
		{name: "binding not needed", kind: record.Badge, record: badgeOf(uni), issuers: []verify.TrustedIssuer{{ID: uni, Name: "own"}}, binding: sign(uniKey, uni), verdict: verify.Verified, id: uni,
			steps: []string{"issuer.binding unknown: does not list for them"}},

		{name: "nobody", kind: record.Badge, record: badgeOf(uni), verdict: verify.CouldNotTell,
			steps: []string{"issuer.bound unknown: anyone can log a record in a log of their own", "status.state unknown: counts for nothing"}},
		{name: "another issuer's log", kind: record.Badge, record: badgeOf(uni), issuers: []verify.TrustedIssuer{{ID: "https://other.example", Name: "own"}, {ID: uni}}, verdict: verify.CouldNotTell,
			steps: []string{"issuer.bound unknown", "status.state unknown"}},
		{name: "a binding by somebody else's did:key", kind: record.Badge, record: badgeOf(uni), binding: sign(mallory, ""), verdict: verify.CouldNotTell,
			steps: []string{"issuer.bound unknown", "status.state unknown"}},
		{name: "a binding in the issuer's name by another key", kind: record.Badge, record: badgeOf(uni), issuers: []verify.TrustedIssuer{pin}, binding: sign(mallory, uni), verdict: verify.CouldNotTell,
			steps: []string{"issuer.binding unknown: does not list for them", "issuer.bound unknown", "status.state unknown"}},
		{name: "a did:key's name by another key", kind: record.Badge, record: badgeOf(uniDID), binding: sign(mallory, uniDID), verdict: verify.CouldNotTell,
			steps: []string{"issuer.binding unknown", "issuer.bound unknown", "status.state unknown"}},
		{name: "a key pinned for another issuer", kind: record.Badge, record: badgeOf(uni), issuers: []verify.TrustedIssuer{{ID: "https://other.example", Keys: pin.Keys}}, binding: sign(uniKey, uni), verdict: verify.CouldNotTell,
			steps: []string{"issuer.binding unknown", "issuer.bound unknown", "status.state unknown"}},
		{name: "a binding about another log", kind: record.Badge, record: badgeOf(uniDID), binding: bindOther(uniKey), verdict: verify.CouldNotTell,
			steps: []string{"issuer.binding unknown: not about this log", "issuer.bound unknown", "status.state unknown"}},
		{name: "a binding with a changed signature", kind: record.Badge, record: badgeOf(uni), issuers: []verify.TrustedIssuer{{ID: uni, Name: "own"}}, binding: broken(uniKey), verdict: verify.Refuted,
			steps: []string{"issuer.binding fail: not signed by the key"}, id: uni},
		{name: "a binding of another origin", kind: record.Badge, record: badgeOf(uniDID), binding: bindOrigin(uniKey), verdict: verify.Refuted,
			steps: []string{"issuer.binding fail: another origin", "issuer.bound unknown", "status.state unknown"}},
		{name: "another issuer than expected", kind: record.Badge, record: badgeOf(uni), issuers: []verify.TrustedIssuer{{ID: uni, Name: "own"}}, expect: "https://other.example", verdict: verify.Refuted,
			steps: []string{"issuer.expected fail: names the issuer \"https://hoshizora.example/issuer\"", "issuer.bound unknown", "status.state unknown"}},
		{name: "another issuer than expected, whose log it is", kind: record.Badge, record: badgeOf(uni), issuers: []verify.TrustedIssuer{{ID: "https://other.example", Name: "own"}}, expect: "https://other.example", verdict: verify.Refuted,
			steps: []string{"issuer.expected fail", "issuer.bound unknown", "status.state unknown"}},
		{name: "no issuer in the badge", kind: record.Badge, record: []byte(`{"type":"Assertion"}`), issuers: []verify.TrustedIssuer{{ID: uni, Name: "own"}}, verdict: verify.CouldNotTell,
			steps: []string{"issuer.bound unknown: names no issuer", "status.state unknown"}},
		{name: "document, self-made did:key", kind: record.Document, record: []byte("diploma"), binding: sign(mallory, ""), verdict: verify.CouldNotTell,
			steps: []string{"issuer.bound unknown: whose log this is", "status.state unknown"}},
		{name: "document, self-made did:key, another expected", kind: record.Document, record: []byte("diploma"), binding: sign(mallory, ""), expect: uni, verdict: verify.CouldNotTell,
			steps: []string{"issuer.expected unknown", "issuer.bound unknown", "status.state unknown"}},
		{name: "document, several issuers", kind: record.Document, record: []byte("diploma"), issuers: []verify.TrustedIssuer{{ID: uni, Name: "own"}, {ID: "https://other.example", Name: "own"}}, verdict: verify.CouldNotTell,
			steps: []string{"issuer.bound unknown: several issuers", "status.state unknown"}},
		{name: "a document that looks like a badge", kind: record.Document, record: badgeOf(malloryDID), binding: sign(mallory, ""), verdict: verify.CouldNotTell,
			steps: []string{"record.type unknown", "issuer.bound unknown", "status.state unknown"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSceneOf(t, c.kind, c.record)
			s.policy.Issuers = nil
			for _, i := range c.issuers {
				if i.Name == "own" {
					i.Name, i.Logs = "", []checkpoint.LogRef{s.log.ref}
				}
				s.policy.Issuers = append(s.policy.Issuers, i)
			}
			e := s.evidence(t)
			if c.binding != nil {
				e.Binding = c.binding(t, s)
			}
			v := s.online()
			v.ExpectIssuer = c.expect
			r := v.Check(context.Background(), c.record, e)
			want(t, r, c.verdict, c.steps...)
			if got := r.Issuer; (got == nil) != (c.id == "") || got != nil && got.ID != c.id {
				t.Errorf("issuer %+v, want %q", got, c.id)
			}
		})
	}
}

// TestCourseQA: an open record, without status.
func TestCourseQA(t *testing.T) {
	qa := []byte(`{"type":"Review","issuer":"` + uni + `","course":"seismology-1"}`)
	s := newSceneOf(t, record.CourseQA, qa)
	e := s.evidence(t)
	r := s.online().Check(context.Background(), qa, e)
	want(t, r, verify.Verified)
	if r.Status != nil || r.Existence == nil {
		t.Errorf("%+v", r)
	}
	if _, ok := r.Step(verify.StatusState); ok {
		t.Error("a status of a course-qa record")
	}
	want(t, s.offline(e).Check(context.Background(), qa, e), verify.Verified)
}

// TestOpenDocument: a document may be open, and has a status.
func TestOpenDocument(t *testing.T) {
	s := newSceneOf(t, record.Document, []byte("catalogue"))
	r, err := record.Parse([]byte("open catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	claim := verify.Claim{Type: record.Document, Open: true, Digest: r.Digest()}
	i := s.log.append(claim.Entry().Bytes())
	s.log.claims[i] = claim
	s.log.anchor(t)
	s.setNow()
	want(t, s.online().Check(context.Background(), []byte("open catalogue"), s.log.evidence(t, i)), verify.Verified)
}

// TestCheckpoint: a carried checkpoint must be the log's.
func TestCheckpoint(t *testing.T) {
	s := newScene(t)
	tree := s.log.anchors[2].tree
	other := tree
	other.Root[0] ^= 1
	signed := s.log.checkpoint(t, tree)
	later, err := note.Sign(&note.Note{Text: string(checkpoint.Checkpoint{Origin: s.log.log.Origin, Tree: tree}.Body()) + "more\n"}, s.log.signer)
	if err != nil {
		t.Fatal(err)
	}
	stranger := newLog(t, s.chain, s.registry, "log.hoshizora.example2")
	stranger.log.Origin = s.log.log.Origin
	for _, c := range []struct {
		name    string
		note    []byte
		verdict verify.Verdict
		steps   []string
	}{
		{"of the last anchor", signed, verify.Verified, nil},
		{"of a size that is not anchored", s.log.checkpoint(t, merkle.Tree{Size: tree.Size + 5, Root: other.Root}), verify.Verified, nil},
		{"of a fork", s.log.checkpoint(t, other), verify.Refuted, []string{"checkpoint.signed fail: forked"}},
		{"changed", []byte(strings.Replace(string(signed), "\n", "x\n", 1)), verify.Refuted, []string{"checkpoint.signed fail: did not sign"}},
		{"not a note", []byte("hello"), verify.CouldNotTell, []string{"checkpoint.signed unknown: cannot be read"}},
		{"cut off", signed[:len(signed)-1], verify.CouldNotTell, []string{"checkpoint.signed unknown: cannot be read"}},
		{"with a line of a later version", later, verify.CouldNotTell, []string{"checkpoint.signed unknown: extension line"}},
		{"of another log", stranger.checkpointAs(t, "log.hoshizora.example2", tree), verify.CouldNotTell, []string{"checkpoint.signed unknown: signed neither by a key"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := s.evidence(t)
			e.Checkpoint = c.note
			want(t, s.online().Check(context.Background(), s.badge, e), c.verdict, c.steps...)
		})
	}
}

// TestForkNeedsProof: nobody but the log can make it look forked. Its genuine
// checkpoint contradicts an anchor that anyone could have made up.
func TestForkNeedsProof(t *testing.T) {
	garbage := merkle.Hash{0xbb}
	// The real log id, size and checkpoint in a block that mallory made.
	madeUp := func(t *testing.T, s *scene) verify.Evidence {
		a := s.log.anchors[1]
		own := newChain(1337, 99)
		own.noise(2)
		tx := own.add(&types.Receipt{Type: types.DynamicFeeTxType, Status: 1, Logs: []*types.Log{anchoredLog(s.log.ref, merkle.Tree{Size: a.tree.Size, Root: garbage}, a.prev)}})
		own.seal(2, 0)
		e := s.log.evidenceAt(t, s.index, 1)
		e.Status.Event = own.event(t, s.log.ref, uint64(len(own.blocks)-3), tx, 0)
		e.Checkpoint = s.log.checkpoint(t, a.tree)
		return e
	}
	attested := func(t *testing.T, s *scene) verify.Evidence {
		e := s.evidence(t)
		e.Status.Event.Proof = verify.EventProof{Type: "eth-rpc-attested/1", Other: []byte(`{"type":"eth-rpc-attested/1"}`)}
		e.Checkpoint = s.log.checkpoint(t, s.log.anchors[2].tree)
		return e
	}
	forked := func(t *testing.T, s *scene) verify.Evidence {
		e := s.evidence(t)
		other := s.log.anchors[2].tree
		other.Root = garbage
		e.Checkpoint = s.log.checkpoint(t, other)
		return e
	}
	lying := func(l []verify.Anchored) []verify.Anchored { l[0].Root = garbage; return l }
	for _, c := range []struct {
		name   string
		make   func(t *testing.T, s *scene) verify.Evidence
		change func(s *scene, v *verify.Verifier)
		result verify.Result
		text   string
	}{
		{"a block that nobody knows", madeUp, func(*scene, *verify.Verifier) {}, verify.Unknown, "either of the two may be wrong"},
		{"a client that lies about an attested anchor", attested, func(s *scene, v *verify.Verifier) { v.Chain = &faulty{Chain: s.chain, anchored: lying} }, verify.Unknown, "not proved by bytes"},
		{"a client that tells the truth", attested, func(*scene, *verify.Verifier) {}, verify.Pass, "signed its head"},
		{"a registry that the policy does not list", forked, func(_ *scene, v *verify.Verifier) { v.Policy.Registries = nil }, verify.Unknown, "by a registry that you trust"},
		{"offline, blocks that the policy does not name", forked, func(_ *scene, v *verify.Verifier) { v.Chain = nil }, verify.Unknown, "in a block"},
		{"a real fork", forked, func(*scene, *verify.Verifier) {}, verify.Fail, "forked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			e := c.make(t, s)
			v := s.online()
			c.change(s, v)
			r := v.Check(context.Background(), s.badge, e)
			checkReport(t, r)
			step, ok := r.Step(verify.CheckpointSigned)
			if !ok || step.Result != c.result || !strings.Contains(step.Text, c.text) || c.result != verify.Fail && strings.Contains(step.Text, "fork") {
				t.Errorf("%+v, want %s: %s", step, c.result, c.text)
			}
		})
	}
}

// checkpointAs signs under the name that the log's key has.
func (l *testLog) checkpointAs(t *testing.T, origin string, tree merkle.Tree) []byte {
	t.Helper()
	b, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: origin, Tree: tree}, l.signer)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestQA: reviews are carried, and change nothing yet.
func TestQA(t *testing.T) {
	s := newScene(t)
	e := s.evidence(t)
	e.QA = []byte(`{"reviews":[1,2]}`)
	want(t, s.online().Check(context.Background(), s.badge, e), verify.Verified, "qa.carried unknown")
}

// TestUnjudged holds what the package says of the parts that no step judges:
// other bytes in them give the same report.
func TestUnjudged(t *testing.T) {
	s := newScene(t)
	signed := s.log.checkpoint(t, s.log.anchors[2].tree)
	witness := func(signature byte) []byte {
		line := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{signature}, 76))
		return append(bytes.Clone(signed), "— witness.example "+line+"\n"...)
	}
	proof := func(text string) verify.EventProof {
		return verify.EventProof{Type: "eth-rpc-attested/1", Other: []byte(text)}
	}
	one, other := s.evidence(t), s.evidence(t)
	one.Checkpoint, other.Checkpoint = witness(1), witness(2)
	one.QA, other.QA = []byte(`{"reviews":[1]}`), []byte(`{"reviews":[2]}`)
	one.Status.Event.Proof, other.Status.Event.Proof = proof(`{"by":1,"type":"eth-rpc-attested/1"}`), proof(`{"by":2,"type":"eth-rpc-attested/1"}`)
	a, b := s.online().Check(context.Background(), s.badge, one), s.online().Check(context.Background(), s.badge, other)
	want(t, a, verify.Verified, "qa.carried unknown")
	if !reflect.DeepEqual(a, b) {
		t.Errorf("the reports differ:\n%+v\n%+v", a, b)
	}
	// Nothing may be spelled otherwise in them all the same.
	i := bytes.LastIndexByte(one.Checkpoint, '=') - 2
	one.Checkpoint[i] ^= 1
	want(t, s.online().Check(context.Background(), s.badge, one), verify.CouldNotTell, "checkpoint.signed unknown: bits beyond its last byte", "qa.carried unknown")
}

// TestReportsAreSilent: no report repeats record, digest or salt, however the
// check ends, and whatever is formatted.
func TestReportsAreSilent(t *testing.T) {
	s := newScene(t)
	e := s.evidence(t)
	b, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{e.Record.Digest.Hex(), e.Record.Salt.Hex(), "tanaka-hanako"}
	v := s.online()
	var reports []any
	for i := range 40 {
		broken := append([]byte{}, b...)
		broken[i*7] ^= 1
		reports = append(reports, v.CheckBytes(context.Background(), s.badge, broken))
		_, err := verify.ParseEvidence(broken)
		reports = append(reports, err)
	}
	reports = append(reports,
		v.Check(context.Background(), s.badge, e),
		v.Check(context.Background(), append(s.badge[:len(s.badge):len(s.badge)], ' ', 'x'), e),
		v.Check(context.Background(), []byte(`{"a":1,"a":"tanaka-hanako"}`), e),
		e.String(), e.LogValue(), e.Record.LogValue(),
	)
	for _, r := range reports {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if err, ok := r.(error); ok {
			text = append(text, err.Error()...)
		}
		for _, secret := range secrets {
			if strings.Contains(string(text), secret) {
				t.Errorf("a report says %s: %s", secret, text)
			}
		}
	}
}

// TestConcurrent: many goroutines use one verifier and one piece of evidence.
func TestConcurrent(t *testing.T) {
	s, e := full(t)
	v := s.online()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				if r := v.Check(context.Background(), s.badge, e); r.Verdict != verify.Verified {
					t.Errorf("%+v", r)
				}
			}
		})
	}
	group.Wait()
}
