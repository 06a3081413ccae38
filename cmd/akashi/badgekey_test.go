package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
)

// onePage answers for one URL.
type onePage struct {
	url  string
	body []byte
}

func (p onePage) Fetch(_ context.Context, r fetch.Request) (fetch.Answer, error) {
	if r.URL != p.url {
		return fetch.Answer{Status: 404}, nil
	}
	return fetch.Answer{Status: fetch.OK, ContentType: "application/json", Body: p.body}, nil
}

// TestBadgeKeyProfile holds that whoever serves what badge key --rsa prints, with
// the name, page and mail of the institution, has badges that verify.
func TestBadgeKeyProfile(t *testing.T) {
	const issuer = "https://hoshizora.example/issuer"
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	run := func(args ...string) []byte {
		t.Helper()
		var out, said bytes.Buffer
		if code := Main(append([]string{"akashi"}, args...), nil, strings.NewReader(""), &out, &said); code != exitDone {
			t.Fatalf("%q: %d, %s", args, code, said.String())
		}
		return out.Bytes()
	}
	var answer badgeKeyJSON
	if err := json.Unmarshal(run("--json", "badge", "key", at("key.pem"), "--rsa", "--issuer", issuer), &answer); err != nil {
		t.Fatal(err)
	}
	profile := answer.Document
	for _, member := range []string{"name", "url", "email"} {
		if _, asked := profile[member]; !asked {
			t.Errorf("%s is not asked for", member)
		}
	}
	profile["name"], profile["url"], profile["email"] = "Hoshizora", "https://hoshizora.example", "badges@hoshizora.example"
	page, err := json.Marshal(profile)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"profile.json": string(page),
		"l.csv":        "id,awarded\n0012345,2024-05-01T00:00:00Z\n",
		"t.json": `{"v": 1, "format": "ob2", "ids": "urn:uuid:", "accept": ["status.revoked"],
			"learner": {"identifier": "{{id}}", "type": "https://hoshizora.example/number"}, "documents": ["profile.json"],
			"badge": {"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "issuedOn": "{{awarded}}",
				"verification": {"type": "SignedBadge", "creator": "` + answer.Method + `"},
				"badge": {"id": "https://hoshizora.example/classes/1", "type": "BadgeClass", "name": "Seismology", "description": "D",
					"image": "https://hoshizora.example/1.png", "criteria": {"narrative": "N"}, "issuer": "` + issuer + `"}}}`,
	} {
		if err := os.WriteFile(at(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run("badge", "issue", "--no-log", "--template", at("t.json"), "--learners", at("l.csv"), "--key", at("key.pem"), "--out", at("out"))
	made, err := os.ReadFile(at("out/line-00002/badge.jws"))
	if err != nil {
		t.Fatal(err)
	}
	r := badge.Check(t.Context(), made, badge.Options{Fetcher: onePage{issuer, page}})
	if r.Verdict != badge.Verified {
		t.Errorf("%s: %v", r.Verdict, r.Checks)
	}
}
