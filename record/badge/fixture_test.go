package badge_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/ld"
	"github.com/akashi-project/akashi/record/proof"
)

var update = flag.Bool("update", false, "write testdata/badges anew")

// TestFixtures holds the files of testdata/badges to what this package makes:
// the documentation and other programs' tests read them. The keys are public
// and worthless.
func TestFixtures(t *testing.T) {
	registrar := newSigner("registrar")
	own := achievement(t).set("issuer.id", registrar.did()).set("validUntil", nil).
		set("id", "urn:uuid:5d0a9c64-5d57-4c4b-9f0a-2f6f3f5c0a01").
		set("credentialSubject.id", nil).
		set("credentialSubject.identifier", []any{map[string]any{"type": "IdentityObject", "hashed": true,
			"identityHash": hash("hanako@uni.example", "7d1c"), "identityType": "emailAddress", "salt": "7d1c"}})
	signed := registrar.prove(t, own, registrar.didMethod())
	hosted := assertion(t).set("expires", nil)
	pages := hosting(t).with(assertionURL, page{body: string(hosted.bytes(t))})
	transcript, err := json.Marshal(check(t, hosted.bytes(t), pages).Transcript())
	if err != nil {
		t.Fatal(err)
	}
	gone, err := json.Marshal(check(t, hosted.bytes(t), pages.with(assertionURL, page{status: 410})).Transcript())
	if err != nil {
		t.Fatal(err)
	}
	clr := learnerRecord(t, map[string]any(signed)).set("issuer.id", registrar.did()).set("validUntil", nil).
		set("credentialSubject.id", "did:example:hanako").set("credentialSubject.identifier", own["credentialSubject"].(map[string]any)["identifier"])
	// A badge with terms of its university's own, which only those who know their
	// context can judge.
	const terms = `{"@context":{"room":"https://terms.uni.example/v1#room"}}` + "\n"
	known, err := ld.Embedded().With("https://terms.uni.example/v1", []byte(terms), sha256.Sum256([]byte(terms)))
	if err != nil {
		t.Fatal(err)
	}
	housed := own.clone(t)
	housed["@context"] = append(housed["@context"].([]any), "https://terms.uni.example/v1")
	inRoom, err := proof.Signer{Key: registrar.private, Method: registrar.didMethod(), Contexts: known}.Document(housed.set("credentialSubject.room", "3-201").bytes(t),
		proof.Options{Suite: proof.EdDSARDFC2022, Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	logged := own.clone(t).set("id", "urn:uuid:5d0a9c64-5d57-4c4b-9f0a-2f6f3f5c0a02").naming(t, ownLog)
	for name, want := range map[string][]byte{
		"ob3-log.json":        pretty(t, registrar.prove(t, logged, registrar.didMethod()).bytes(t)),
		"ob3-terms.json":      pretty(t, inRoom),
		"terms.json":          []byte(terms),
		"ob3.json":            pretty(t, signed.bytes(t)),
		"ob3-changed.json":    pretty(t, signed.clone(t).set("credentialSubject.achievement.name", "Data Science II").bytes(t)),
		"clr.json":            pretty(t, registrar.prove(t, clr, registrar.didMethod()).bytes(t)),
		"ob2.json":            pretty(t, hosted.bytes(t)),
		"ob2.check":           transcript,
		"ob2-withdrawn.check": gone,
	} {
		path := filepath.Join("..", "..", "testdata", "badges", name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is another; run this test with -update", path)
		}
	}
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "badges", name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		file, replay string
		want         badge.Verdict
	}{
		{"ob3.json", "", badge.Verified}, {"ob3-changed.json", "", badge.Refuted}, {"clr.json", "", badge.Verified}, {"ob3-log.json", "", badge.Verified},
		{"ob2.json", "", badge.CouldNotTell}, {"ob2.json", "ob2.check", badge.Verified}, {"ob2.json", "ob2-withdrawn.check", badge.Refuted},
	} {
		var o badge.Options
		if c.replay != "" {
			transcript, err := fetch.ParseTranscript(read(c.replay))
			if err != nil {
				t.Fatal(err)
			}
			o = o.Replay(transcript)
		}
		if r := badge.Check(t.Context(), read(c.file), o); r.Verdict != c.want {
			t.Errorf("%s by %q: %s %v", c.file, c.replay, r.Verdict, r.Checks)
		}
	}
}

func pretty(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", " "); err != nil {
		t.Fatal(err)
	}
	return append(out.Bytes(), '\n')
}
