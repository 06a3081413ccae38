package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

// full is evidence with every member that evidence may have.
func full(t testing.TB) (*scene, verify.Evidence) {
	t.Helper()
	s := newScene(t)
	e := s.evidence(t)
	e.Checkpoint = s.log.checkpoint(t, s.log.anchors[2].tree)
	e.Binding = s.log.binding(t, privateKey("university"), uni)
	s.policy.Issuers[0].Keys = []string{verify.Multikey(public(privateKey("university")))}
	return s, e
}

func encoded(t testing.TB, e verify.Evidence) []byte {
	t.Helper()
	b, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRoundTrip: what Encode writes, ParseEvidence reads, and the other way
// round, byte for byte.
func TestRoundTrip(t *testing.T) {
	s, e := full(t)
	withQA := e
	withQA.QA = []byte(`[null,{"a":1,"b":"証"}]`)
	other := e
	other.Existence.Event.Proof = verify.EventProof{Type: "x", Other: []byte(`{"a":[],"type":"x"}`)}
	bare := s.evidence(t)
	bare.Status = nil
	qa := newSceneOf(t, record.CourseQA, []byte(`{"type":"Review","issuer":"`+uni+`"}`))
	for name, e := range map[string]verify.Evidence{
		"full": e, "with qa": withQA, "another proof": other, "without status": bare, "course-qa": qa.evidence(t), "revoked": newScene(t, record.Revoked).evidence(t),
	} {
		b := encoded(t, e)
		again, err := verify.ParseEvidence(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !bytes.Equal(encoded(t, again), b) {
			t.Errorf("%s: encodes otherwise the second time", name)
		}
		// Through encoding/json as well, which other packages use.
		viaJSON, err := json.Marshal(e)
		if err != nil || !bytes.Equal(viaJSON, b) {
			t.Errorf("%s: encoding/json gives %s (%v)", name, viaJSON, err)
		}
		var back verify.Evidence
		if err := json.Unmarshal(b, &back); err != nil || !bytes.Equal(encoded(t, back), b) {
			t.Errorf("%s: encoding/json reads another: %v", name, err)
		}
		event, err := json.Marshal(e.Existence.Event)
		var backEvent verify.Event
		if err == nil {
			err = json.Unmarshal(event, &backEvent)
		}
		if backAgain, _ := json.Marshal(backEvent); err != nil || !bytes.Equal(backAgain, event) {
			t.Errorf("%s: event: %v", name, err)
		}
	}
}

// TestShape: the members of the file, in their order.
func TestShape(t *testing.T) {
	_, e := full(t)
	e.QA = []byte("{}")
	b := string(encoded(t, e))
	for _, part := range []string{
		`{"v":1,"record":{"type":"badge","digest":"`, `","salt":"`, `"},"log":{"owner":"0x`, `","origin":"log.hoshizora.example","keys":["log.hoshizora.example+`,
		`"]},"index":6,"existence":{"event":{"chainId":1337,"registry":"0x`, `","block":{"number":4,"hash":"0x`, `","time":1790000048},"proof":{"type":"eth-receipt-mpt/1","header":"0xf9`,
		`","nodes":["0x`, `"],"txIndex":`, `,"logIndex":1}},"inclusion":["`, `"]},"status":{"event":{"chainId":1337,"registry":"0x`, `},"head":"0104`,
		`","headInclusion":["`, `"],"chunk":"0000`, `","chunkProof":["`, `"]},"checkpoint":"log.hoshizora.example\n163\n`, `","binding":{"type":"LogBinding","issuer":"`,
		`","origin":"log.hoshizora.example","keys":[`, `],"logs":["eip155:1337:0x`, `"],"proof":{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","created":"2026-09-21T14:13:20Z","verificationMethod":"`,
		`","proofPurpose":"assertionMethod","proofValue":"z`, `"}},"qa":{}}`,
	} {
		_, rest, ok := strings.Cut(b, part)
		if !ok {
			t.Fatalf("%q is not where it belongs: …%.200s", part, b)
		}
		b = rest
	}
	if b != "" {
		t.Errorf("something follows: %s", b)
	}
}

// TestRefused: everything but the one exact form.
func TestRefused(t *testing.T) {
	_, e := full(t)
	good := string(encoded(t, e))
	swap := func(old, with string) string {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the evidence", old)
		}
		return strings.Replace(good, old, with, 1)
	}
	digest, salt := e.Record.Digest.Hex(), e.Record.Salt.Hex()
	cid := record.CIDOf(e.Record.Digest).String()
	sealed := `"record":{"type":"badge","digest":"` + digest + `","salt":"` + salt + `"}`
	qaDeep := strings.Repeat("[", 65) + strings.Repeat("]", 65)
	for _, c := range []struct{ name, b, want string }{
		{"nothing", "", "ends before it is complete"},
		{"not JSON", "hello", "not JSON (RFC 8259) at byte 0"},
		{"an array", "[]", "not a value of the right kind"},
		{"null", "null", "version"},
		{"cut off", good[:len(good)/2], "in a file that was cut off"},
		{"something behind", good + "{}", "byte"},
		{"a newline behind", good + "\n", "exact form"},
		{"a space", swap(`{"v":1,`, `{"v":1, `), "byte 7 is not as the one exact form"},
		{"a byte order mark", "\ufeff" + good, "not JSON"},
		{"too long", good + strings.Repeat(" ", verify.MaxEvidenceSize), "at most 1048576"},
		{"version 2", swap(`"v":1`, `"v":2`), "version \"v\" is 2"},
		{"no version", swap(`"v":1,`, ``), "no version \"v\"; is it another file?"},
		{"version as text", swap(`"v":1`, `"v":"1"`), "at /v"},
		{"version 1.0", swap(`"v":1`, `"v":1.0`), "at /v"},
		{"an unknown member", swap(`"index"`, `"extra":1,"index"`), "unknown member in the document"},
		{"an unknown member below", swap(`"inclusion"`, `"extra":1,"inclusion"`), "unknown member in /existence"},
		{"an unknown member of a proof", swap(`"txIndex"`, `"extra":1,"txIndex"`), "unknown member"},
		{"another case", swap(`"index"`, `"Index"`), "unknown member"},
		{"a repeated member", swap(`"index":6`, `"index":6,"index":6`), "stands twice"},
		{"a repeated member, escaped", swap(`"index":6`, `"index":6,"inde\u0078":6`), "stands twice"},
		{"a repeated member of an event", swap(`"chainId":1337`, `"chainId":1337,"chainId":1337`), "stands twice"},
		{"another order", swap(`"v":1,"record"`, `"record":1,"v":1,"x"`), "record"},
		{"members swapped", swap(`"digest":"`+digest+`","salt":"`+salt+`"`, `"salt":"`+salt+`","digest":"`+digest+`"`), "exact form"},
		{"a spare escape", swap(`"origin":"l`, `"origin":"\u006c`), "exact form"},
		{"not UTF-8", swap(`"origin":"l`, "\"origin\":\"\xff"), "not JSON"},
		{"a lone surrogate", swap(`"origin":"l`, `"origin":"\ud800`), "not JSON"},
		{"index missing", swap(`"index":6,`, ``), "index is missing"},
		{"index null", swap(`"index":6`, `"index":null`), "index is missing"},
		{"index with exponent", swap(`"index":6`, `"index":6e0`), "/index"},
		{"index negative", swap(`"index":6`, `"index":-6`), "/index"},
		{"index 2^53", swap(`"index":6`, `"index":9007199254740992`), "below 2^53"},
		{"index 2^64", swap(`"index":6`, `"index":18446744073709551616`), "/index"},
		{"upper-case digits", strings.Replace(good, digest, strings.ToUpper(digest), 1), "at /record/digest"},
		{"a short digest", strings.Replace(good, digest, digest[:62], 1), "at /record/digest"},
		{"no digest", swap(`"digest":"`+digest+`",`, ``), "either digest and salt, or cid"},
		{"no salt", swap(`,"salt":"`+salt+`"`, ``), "either digest and salt, or cid"},
		{"salt and cid", swap(`"salt":"`+salt+`"`, `"salt":"`+salt+`","cid":"`+cid+`"`), "either digest and salt, or cid"},
		{"nothing of the record", swap(`,"digest":"`+digest+`","salt":"`+salt+`"`, ``), "either digest and salt, or cid"},
		{"an open badge", swap(sealed, `"record":{"type":"badge","cid":"`+cid+`"}`), "open badge"},
		{"sealed course-qa", swap(`"type":"badge"`, `"type":"course-qa"`), "want a cid"},
		{"status of course-qa", swap(sealed, `"record":{"type":"course-qa","cid":"`+cid+`"}`), "course-qa record has none"},
		{"a bad cid", swap(sealed, `"record":{"type":"document","cid":"`+strings.ToUpper(cid)+`"}`), "cid is not"},
		{"an unknown type", swap(`"type":"badge"`, `"type":"medal"`), "at /record/type"},
		{"type missing", swap(`"type":"badge",`, ``), "record: unknown type"},
		{"owner zero", swap(e.Log.Owner.String(), "0x0000000000000000000000000000000000000000"), "zero address"},
		{"owner without 0x", swap(e.Log.Owner.String(), e.Log.Owner.String()[2:]), "at /log/owner"},
		{"no keys", swap(`"keys":["`+e.Log.Keys[0]+`"]`, `"keys":[]`), "keys"},
		{"another origin", swap(`"origin":"log.`, `"origin":"lag.`), "name is not the log's origin"},
		{"registry zero", swap(e.Existence.Event.Registry.String(), "0x0000000000000000000000000000000000000000"), "zero address"},
		{"chain id 0", swap(`"chainId":1337`, `"chainId":0`), "chain id 0"},
		{"no block number", swap(`"number":4,`, ``), "block wants number"},
		{"no event", strings.Replace(good, string(mustJSON(t, e.Existence.Event)), "null", 1), "existence: the event is missing"},
		{"no proof", strings.Replace(good, `"proof":`+proofJSON(t, e.Existence.Event), `"proof":null`, 1), "type is missing"},
		{"proof without type", swap(`"type":"eth-receipt-mpt/1",`, ``), "type is missing"},
		{"type of proof with a space", swap(`"type":"eth-receipt-mpt/1"`, `"type":"a b"`), "visible characters"},
		{"another proof, not canonical", strings.Replace(good, proofJSON(t, e.Existence.Event), `{"type":"x","a":1}`, 1), "not in the form of RFC 8785"},
		{"another proof, deep", strings.Replace(good, proofJSON(t, e.Existence.Event), `{"a":`+qaDeep+`,"type":"x"}`, 1), "nested deeper"},
		{"header missing", strings.Replace(good, `"header":"0x`+fmt.Sprintf("%x", e.Existence.Event.Proof.Header)+`",`, "", 1), "want header"},
		{"header without 0x", swap(`"header":"0x`, `"header":"`), "does not begin with 0x"},
		{"header of odd digits", swap(`"header":"0x`, `"header":"0x0`), "even number"},
		{"too many nodes", swap(`"nodes":["`, `"nodes":["`+strings.Repeat(`0x00","`, 64)), "trie nodes"},
		{"txIndex 2^32", swap(`"logIndex":1`, `"logIndex":4294967296`), "2^32"},
		{"too many hashes", swap(`"inclusion":[`, `"inclusion":[`+strings.Repeat(`"`+strings.Repeat("0", 64)+`",`, 60)), "at most 63"},
		{"status null", strings.Replace(good, `"status":{`, `"status":null,"x":{`, 1), "unknown member"},
		{"a short chunk", strings.Replace(good, `"chunk":"00`, `"chunk":"`, 1), "chunk of 31 bytes"},
		{"head of odd digits", swap(`"head":"01`, `"head":"1`), "even number"},
		{"an empty checkpoint", strings.Replace(good, `"checkpoint":"`+strings.ReplaceAll(string(e.Checkpoint), "\n", `\n`)+`"`, `"checkpoint":""`, 1), "checkpoint: want"},
		{"a binding of another type", swap(`"type":"LogBinding"`, `"type":"LogUnbinding"`), `type is not "LogBinding"`},
		{"a binding of another suite", swap(`eddsa-jcs-2022`, `eddsa-rdfc-2022`), "cryptosuite"},
		{"a binding at no time", swap(`"created":"2026-09-21T14:13:20Z"`, `"created":"2026-09-21T14:13:20+00:00"`), "created"},
		{"a binding with an unknown member", swap(`"proofPurpose"`, `"nonce":"1","proofPurpose"`), "unknown member"},
		{"qa null and more", good[:len(good)-1] + `,"qa":{"b":1,"a":2}}`, "not in the form of RFC 8785"},
		{"qa with a space", good[:len(good)-1] + `,"qa":[1, 2]}`, "not in the form of RFC 8785"},
		{"qa of inexact numbers", good[:len(good)-1] + `,"qa":1.0}`, "not in the form of RFC 8785"},
		{"qa nested deep", good[:len(good)-1] + `,"qa":` + qaDeep + `}`, "nested deeper"},
		{"nested without end", strings.Repeat(`{"v":`, 20000), "not"},
	} {
		_, err := verify.ParseEvidence([]byte(c.b))
		if !errors.Is(err, verify.ErrEvidence) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q does not say %q", c.name, err, c.want)
		}
		if strings.Contains(err.Error(), digest[:16]) || strings.Contains(err.Error(), salt[:16]) {
			t.Errorf("%s: the error repeats the digest or the salt: %v", c.name, err)
		}
	}
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// proofJSON is the proof of an event as the evidence has it.
func proofJSON(t testing.TB, e verify.Event) string {
	t.Helper()
	_, proof, ok := strings.Cut(string(mustJSON(t, e)), `"proof":`)
	if !ok {
		t.Fatal("no proof")
	}
	return proof[:len(proof)-1]
}

// TestNotEncoded: values that no evidence has.
func TestNotEncoded(t *testing.T) {
	_, good := full(t)
	for name, change := range map[string]func(e *verify.Evidence){
		"zero":                func(e *verify.Evidence) { *e = verify.Evidence{} },
		"type":                func(e *verify.Evidence) { e.Record.Type = 4 },
		"open with salt":      func(e *verify.Evidence) { e.Record.Type, e.Record.Open = record.Document, true },
		"origin":              func(e *verify.Evidence) { e.Log.Origin = "a b" },
		"too many hashes":     func(e *verify.Evidence) { e.Status.ChunkProof = make([]merkle.Hash, 64) },
		"long head":           func(e *verify.Evidence) { e.Status.Head = make([]byte, 1<<16) },
		"large checkpoint":    func(e *verify.Evidence) { e.Checkpoint = make([]byte, checkpoint.MaxNoteSize+1) },
		"checkpoint not text": func(e *verify.Evidence) { e.Checkpoint = []byte{0xff} },
		"qa not JSON":         func(e *verify.Evidence) { e.QA = []byte("{") },
		"two values of qa":    func(e *verify.Evidence) { e.QA = []byte("1,2") },
		"empty qa":            func(e *verify.Evidence) { e.QA = []byte{} },
		"binding":             func(e *verify.Evidence) { e.Binding = &verify.Binding{} },
		"large":               func(e *verify.Evidence) { e.QA = []byte(`"` + strings.Repeat("a", verify.MaxEvidenceSize) + `"`) },
		"two kinds of proof":  func(e *verify.Evidence) { e.Existence.Event.Proof.Other = []byte("{}") },
		"a foreign proof with nodes": func(e *verify.Evidence) {
			e.Existence.Event.Proof.Type = "x"
			e.Existence.Event.Proof.Other = []byte(`{"type":"x"}`)
		},
		"large header": func(e *verify.Evidence) { e.Existence.Event.Proof.Header = make([]byte, 1<<20) },
	} {
		e := good
		if e.Status != nil {
			status := *e.Status
			e.Status = &status
		}
		change(&e)
		if b, err := e.Encode(); !errors.Is(err, verify.ErrEvidence) {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
		r := (&verify.Verifier{}).Check(context.Background(), nil, e)
		if name != "large" && (r.Verdict != verify.CouldNotTell || len(r.Steps) != 1 || r.Steps[0].Code != verify.EvidenceForm) {
			t.Errorf("%s: checked all the same: %+v", name, r)
		}
	}
}

// TestPrivate: evidence does not print digest or salt.
func TestPrivate(t *testing.T) {
	_, e := full(t)
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("got", "evidence", e, "record", e.Record)
	slog.New(slog.NewTextHandler(&log, nil)).Info("got", "evidence", e, "pointer", &e, "record", e.Record)
	out := log.String() + fmt.Sprintf("%v %+v %#v %s %v %+v", e, e, e, e, &e, e.Record)
	for _, secret := range []string{e.Record.Digest.Hex(), e.Record.Salt.Hex(), fmt.Sprint([]byte(e.Record.Salt[:])), fmt.Sprintf("%#v", []byte(e.Record.Digest[:]))} {
		if strings.Contains(out, secret) {
			t.Errorf("%s is in: %s", secret, out)
		}
	}
	if !strings.Contains(out, "evidence of the badge at index 6 of eip155:1337:0x") {
		t.Errorf("no word of what it is: %s", out)
	}
}

// TestChangedBytes changes every byte of evidence, to several values each, and
// takes it away or doubles it: none is verified, and nothing panics. Evidence
// has one spelling only, so there is no byte that may change without meaning.
func TestChangedBytes(t *testing.T) {
	s, e := full(t)
	b := encoded(t, e)
	online, offline := s.online(), s.offline(e)
	for _, v := range []*verify.Verifier{online, offline} {
		if r := v.CheckBytes(context.Background(), s.badge, b); r.Verdict != verify.Verified {
			t.Fatalf("the evidence is not verified to begin with: %+v", r)
		}
	}
	const others = "0123456789abcdefABCDEFz\"\\ ,:{}[]\n\x00\xff"
	check := func(t *testing.T, i int) {
		around := b[max(0, i-30):min(len(b), i+30)]
		verified := func(v *verify.Verifier, changed []byte) bool {
			return v.CheckBytes(context.Background(), s.badge, changed).Verdict == verify.Verified
		}
		changed := bytes.Clone(b)
		for _, c := range []byte{b[i] ^ 1, others[i%len(others)], others[(i+7)%len(others)]} {
			if changed[i] = c; c != b[i] && verified(offline, changed) {
				t.Fatalf("byte %d changed from %q to %q (…%s…), and it is verified", i, b[i], c, around)
			}
		}
		if i%16 == 0 {
			if changed[i] = b[i] ^ 1; verified(online, changed) {
				t.Fatalf("byte %d changed (…%s…), and it is verified online", i, around)
			}
		}
		if i%4 < 2 && verified(offline, slices.Delete(bytes.Clone(b), i, i+1)) {
			t.Fatalf("byte %d taken away (…%s…), and it is verified", i, around)
		}
		if i%4 >= 2 && verified(offline, slices.Insert(bytes.Clone(b), i, b[i])) {
			t.Fatalf("byte %d doubled (…%s…), and it is verified", i, around)
		}
	}
	for part := range 2 {
		t.Run(fmt.Sprintf("part %d", part), func(t *testing.T) {
			t.Parallel()
			for i := part; i < len(b); i += 2 {
				check(t, i)
			}
		})
	}
}

// FuzzParseEvidence: whatever is accepted re-encodes to the same bytes, and
// can be checked. The seeds are long, so fuzz with -fuzzminimizetime=10x.
func FuzzParseEvidence(f *testing.F) {
	s, e := full(f)
	f.Add(encoded(f, e))
	e.QA = []byte(`[1,{"a":"b"}]`)
	e.Status.Event.Proof = verify.EventProof{Type: "x", Other: []byte(`{"type":"x"}`)}
	f.Add(encoded(f, e))
	f.Add(encoded(f, newSceneOf(f, record.CourseQA, []byte(`{"type":"Review","issuer":"x"}`)).evidence(f)))
	v := s.offline(e)
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := verify.ParseEvidence(b)
		if err != nil {
			if !errors.Is(err, verify.ErrEvidence) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		again, err := e.Encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("accepted, and encodes otherwise (%v):\n%s\n%s", err, b, again)
		}
		checkReport(t, v.Check(context.Background(), s.badge, e))
	})
}

// FuzzChangedEvidence puts any bytes in place of others at any two places of
// good evidence: unless nothing changed, it is not verified.
func FuzzChangedEvidence(f *testing.F) {
	s, e := full(f)
	good := encoded(f, e)
	v := s.offline(e)
	f.Add(uint(0), uint(0), []byte{}, uint(0), uint(0), []byte{})
	f.Add(uint(20), uint(1), []byte("0"), uint(5000), uint(2), []byte("ff"))
	f.Fuzz(func(t *testing.T, at1, n1 uint, with1 []byte, at2, n2 uint, with2 []byte) {
		b := bytes.Clone(good)
		for _, change := range []struct {
			at, n uint
			with  []byte
		}{{at1, n1, with1}, {at2, n2, with2}} {
			from := change.at % uint(len(b)+1)
			to := min(uint(len(b)), from+change.n%64)
			b = slices.Concat(b[:from], change.with, b[to:])
		}
		r := v.CheckBytes(context.Background(), s.badge, b)
		checkReport(t, r)
		if unchanged := bytes.Equal(b, good); (r.Verdict == verify.Verified) != unchanged {
			t.Fatalf("%s, and unchanged is %v:\n%s", r.Verdict, unchanged, b)
		}
	})
}
