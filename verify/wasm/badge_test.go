package main_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/image"
	"github.com/akashi-project/akashi/record/proof"
	"github.com/akashi-project/akashi/verify/internal/golden"
)

// A badgeCase is a badge and what was fetched for it once, if it needs that.
type badgeCase struct {
	name       string
	badge      []byte
	transcript []byte
	verdict    badge.Verdict // by the transcript, of the badge as it is; empty: any
}

// badgeNow is when badges are checked that have no transcript.
var badgeNow = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

func readFixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// badgeCases are the project's fixtures, and badges signed here in the ways
// that these do not show: by RDF canonicalisation, as a token, with a key and a
// status list that are fetched, and baked into a picture.
func badgeCases(t testing.TB) []badgeCase {
	t.Helper()
	cases := []badgeCase{
		{"ob2", readFixture(t, "badges/ob2.json"), readFixture(t, "badges/ob2.check"), badge.Verified},
		{"ob2-withdrawn", readFixture(t, "badges/ob2.json"), readFixture(t, "badges/ob2-withdrawn.check"), badge.Refuted},
	}
	for name, verdict := range map[string]badge.Verdict{
		"badges/ob3.json": badge.Verified, "badges/ob3-changed.json": badge.Refuted, "badges/clr.json": badge.Verified,
		"micro/ob2.json": "", "micro/ob3.json": "", "micro/narrative-ja.json": "",
	} {
		cases = append(cases, badgeCase{name, readFixture(t, name), nil, verdict})
	}
	slices.SortFunc(cases, func(a, b badgeCase) int { return strings.Compare(a.name, b.name) })

	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat("browser!", 4)))
	public, err := proof.NewKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	multikey, err := public.Multikey()
	if err != nil {
		t.Fatal(err)
	}
	sign := func(method string, suite proof.Suite, doc string) []byte {
		t.Helper()
		s := proof.Signer{Key: private, Method: method}
		b, err := s.Document([]byte(doc), proof.Options{Suite: suite, Created: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	achievement := func(id, more string) string {
		return fmt.Sprintf(`{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
		 "id":"urn:uuid:5d0a9c64-5d57-4c4b-9f0a-2f6f3f5c0a02","type":["VerifiableCredential","AchievementCredential"],
		 "issuer":{"id":%q,"type":["Profile"],"name":"星空大学"},"validFrom":"2026-01-01T00:00:00+09:00","name":"𠮷野の地学",
		 "credentialSubject":{"type":["AchievementSubject"],"identifier":[{"type":"IdentityObject","hashed":false,"identityHash":"0042","identityType":"identifier"}],
		  "achievement":{"id":"https://uni.example/achievements/1","type":["Achievement"],"name":"𠮷野の地学","description":"An introduction.","criteria":{"narrative":"Pass the examination."}}}%s}`, id, more)
	}
	did := "did:key:" + multikey
	rdfc := sign(did+"#"+multikey, proof.EdDSARDFC2022, achievement(did, ""))
	cases = append(cases, badgeCase{"rdfc", rdfc, nil, badge.Verified})

	baked, err := image.Bake(readFixture(t, "images/star.png"), image.Badge{Standard: image.OpenBadges3, Content: rdfc})
	if err != nil {
		t.Fatal(err)
	}
	cases = append(cases, badgeCase{"baked", baked, nil, badge.Verified})

	token, err := proof.Signer{Key: private, Method: did + "#" + multikey}.JWT([]byte(achievement(did, "")), proof.JWTVC20)
	if err != nil {
		t.Fatal(err)
	}
	cases = append(cases, badgeCase{"token", []byte(token), nil, badge.Verified})

	// The issuer's document and the status list are fetched.
	const issuer, list = "https://uni.example/issuers/1", "https://uni.example/status/3"
	const method = issuer + "#key-1"
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(make([]byte, badge.MinPlaces/8)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	w := world{
		issuer: {Status: 200, ContentType: "application/json", Body: fmt.Appendf(nil,
			`{"id":%q,"type":"Profile","verificationMethod":[{"id":%q,"type":"Multikey","controller":%[1]q,"publicKeyMultibase":%[3]q}],"assertionMethod":[%[2]q]}`, issuer, method, multikey)},
		list: {Status: 200, ContentType: "application/vc+ld+json", Body: sign(method, proof.EdDSAJCS2022, fmt.Sprintf(
			`{"@context":["https://www.w3.org/ns/credentials/v2"],"id":%q,"type":["VerifiableCredential","BitstringStatusListCredential"],"issuer":%q,"validFrom":"2026-03-01T00:00:00Z",
			 "credentialSubject":{"id":"%[1]s#list","type":"BitstringStatusList","statusPurpose":"revocation","encodedList":"u%[3]s"}}`, list, issuer, base64.RawURLEncoding.EncodeToString(packed.Bytes())))},
	}
	listed := sign(method, proof.EdDSARDFC2022, achievement(issuer,
		`,"credentialStatus":{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"7","statusListCredential":"`+list+`"}`))
	report := badge.Check(t.Context(), listed, badge.Options{Fetcher: w, Now: func() time.Time { return badgeNow }})
	transcript, err := json.Marshal(report.Transcript())
	if err != nil {
		t.Fatal(err)
	}
	return append(cases, badgeCase{"status list", listed, transcript, badge.Verified})
}

// A world is what is fetched, by URL.
type world map[string]fetch.Answer

func (w world) Fetch(_ context.Context, q fetch.Request) (fetch.Answer, error) {
	if a, ok := w[q.URL]; ok {
		return a, nil
	}
	return fetch.Answer{}, &fetch.Error{URL: q.URL, Kind: fetch.NotRecorded}
}

// A badgeRequest is what judge.mjs takes.
type badgeRequest struct {
	Badge     []byte                `json:"badge"`
	Replay    []byte                `json:"replay,omitempty"`
	Pages     map[string]badgeEntry `json:"pages,omitempty"`
	Recipient string                `json:"recipient,omitempty"`
	Language  badge.Language        `json:"language"`
	Now       int64                 `json:"now,omitempty"`
}

// A badgeEntry is what a page's fetcher says.
type badgeEntry struct {
	Status      int        `json:"status,omitempty"`
	ContentType string     `json:"contentType,omitempty"`
	Body        []byte     `json:"body,omitempty"`
	Error       fetch.Kind `json:"error,omitempty"`
}

// A badgeQuestion is a request and what the check of this build says to it.
type badgeQuestion struct {
	name               string
	request            badgeRequest
	report, transcript any
}

func badgeQuestionOf(t testing.TB, name string, request badgeRequest, o badge.Options) badgeQuestion {
	t.Helper()
	o.Language, o.Recipient = request.Language, request.Recipient
	if o.Now == nil {
		request.Now = badgeNow.Unix()
		o.Now = func() time.Time { return badgeNow }
	}
	report := badge.Check(t.Context(), request.Badge, o)
	q := badgeQuestion{name: name, request: request}
	for _, part := range []struct{ from, to any }{{report, &q.report}, {report.Transcript(), &q.transcript}} {
		b, err := json.Marshal(part.from)
		if err == nil {
			err = json.Unmarshal(b, part.to)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return q
}

// badgeQuestions asks about a badge in each way: without a network; by the
// transcript; with a fetcher that finds the documents of the transcript.
func badgeQuestions(t testing.TB, c badgeCase, language badge.Language) []badgeQuestion {
	t.Helper()
	r := badgeRequest{Badge: c.badge, Language: language}
	if strings.HasPrefix(c.name, "badges/ob3") {
		r.Recipient = "hanako@uni.example"
	}
	list := []badgeQuestion{badgeQuestionOf(t, c.name+", offline", r, badge.Options{})}
	if c.transcript == nil {
		return list
	}
	recorded, err := fetch.ParseTranscript(c.transcript)
	if err != nil {
		t.Fatal(err)
	}
	replayed := r
	replayed.Replay = c.transcript
	list = append(list, badgeQuestionOf(t, c.name+", replayed", replayed, badge.Options{}.Replay(recorded)))
	fetched := r
	fetched.Pages = map[string]badgeEntry{}
	for _, e := range recorded.Entries {
		fetched.Pages[e.URL] = badgeEntry{e.Status, e.ContentType, e.Body, e.Error}
	}
	return append(list, badgeQuestionOf(t, c.name+", fetched", fetched, badge.Options{Fetcher: recorded}))
}

// TestBadges has badges checked in node.js and natively, as they are and with
// each member changed, one at a time: reports and transcripts are the same to
// the last word.
func TestBadges(t *testing.T) {
	t.Parallel()
	const most = 60 // changes of one badge
	var all []badgeQuestion
	for _, c := range badgeCases(t) {
		for _, language := range badge.Languages {
			for _, q := range badgeQuestions(t, c, language) {
				all = append(all, q)
				byTranscript := c.transcript == nil || q.request.Replay != nil
				if verdict := q.report.(map[string]any)["verdict"]; byTranscript && c.verdict != "" && verdict != string(c.verdict) {
					t.Errorf("%s: %v, want %s: %v", q.name, verdict, c.verdict, q.report)
				}
			}
		}
		n := 0
		for kind, changed := range (golden.Case{Name: c.name, Record: c.badge}).Changed() {
			if n++; kind != golden.RecordChanged || n > most {
				continue
			}
			changed := badgeCase{name: changed.Name, badge: changed.Record, transcript: c.transcript}
			all = append(all, badgeQuestions(t, changed, badge.Languages[n%len(badge.Languages)])...)
		}
	}
	j := newJudge(t, "akashi-badge")
	written := asynchronously(func() error {
		for _, q := range all {
			if err := j.ask(q.request); err != nil {
				return err
			}
		}
		return nil
	})
	verdicts, codes := map[any]int{}, map[any]bool{}
	for _, q := range all {
		report, transcript, err := j.answer()
		if err != nil {
			t.Fatalf("%s: %v", q.name, err)
		}
		if !reflect.DeepEqual(report, q.report) {
			t.Errorf("%s:\n%v in node.js\n%v natively", q.name, report, q.report)
		}
		if !reflect.DeepEqual(transcript, q.transcript) {
			t.Errorf("%s: the transcripts are not the same", q.name)
		}
		r := q.report.(map[string]any)
		verdicts[r["verdict"]]++
		for _, c := range r["checks"].([]any) {
			codes[c.(map[string]any)["code"]] = true
		}
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	j.stop(t)
	t.Logf("%d questions, %v, %d codes", len(all), verdicts, len(codes))
	if len(all) < 400 || verdicts["verified"] < 15 || verdicts["refuted"] < 150 || verdicts["could-not-tell"] < 50 || len(codes) < 30 {
		t.Errorf("verdicts %v, %d codes: the changes do not reach far", verdicts, len(codes))
	}
}

// TestBadgesHostile hands over what nobody should; testdata/badges.mjs has the
// list.
func TestBadgesHostile(t *testing.T) {
	t.Parallel()
	succeed(t, nodeScript(t, "badges.mjs", absolute(t, "../../testdata/badges")))
}

// TestCoreAlone: the verifier is loaded and judges where the check of badges is
// not even there.
func TestCoreAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(folder(t))); err != nil {
		t.Fatal(err)
	}
	gone, err := filepath.Glob(filepath.Join(dir, "akashi-badge.*"))
	if err != nil || len(gone) != 3 {
		t.Fatal(gone, err)
	}
	for _, path := range gone {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join("testdata", "alone.mjs"), dir, absolute(t, goldenDir))
	if out := succeed(t, cmd); out != "verified\n" {
		t.Errorf("it says %q", out)
	}
}
