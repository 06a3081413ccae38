package node

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	badges "github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/ld"
)

const (
	termsURL  = "https://terms.uni.example/v1"
	termsBody = `{"@context":{"room":"https://terms.uni.example/v1#room"}}`
)

// additionOf names a file as a context of that body.
func additionOf(path, body string) string {
	return fmt.Sprintf("%x:%s:%s", sha256.Sum256([]byte(body)), path, termsURL)
}

// withTerms writes the setting into a rig's file, which names the context by a
// path from its own folder.
func (r *rig) withTerms() (path string) {
	r.t.Helper()
	path = filepath.Join(r.dir, "contexts", "terms.json")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r.t.Fatal(err)
	}
	writeFile(r.t, path, termsBody)
	file := filepath.Join(r.dir, ConfigFile)
	b, err := os.ReadFile(file)
	if err != nil {
		r.t.Fatal(err)
	}
	text := strings.Replace(string(b), "[badges]\n", fmt.Sprintf("[badges]\ncontexts = [\n  %q,\n]\n", additionOf("contexts/terms.json", termsBody)), 1)
	if text == string(b) {
		r.t.Fatal("there is no section badges")
	}
	writeFile(r.t, file, text)
	r.load("badges.key_file", filepath.Join(r.dir, "secrets", "issuer.key"))
	return path
}

// TestBadgeContexts has a credential whose terms are of a context that does not
// ship: without the setting it is not signed, and cannot be judged; with it both.
func TestBadgeContexts(t *testing.T) {
	t.Parallel()
	credential := strings.Replace(plainCredential, `"https://www.w3.org/ns/credentials/v2"`, `"https://www.w3.org/ns/credentials/v2","`+termsURL+`"`, 1)
	credential = strings.Replace(credential, `"credentialSubject":{`, `"credentialSubject":{"room":"3",`, 1)

	with := newRig(t, "", nil)
	with.withTerms()
	with.start()
	signed := with.issueVC(credential, `{}`)
	if status, v := with.verifyVC(signed, `{}`); status != http.StatusOK || !v.Verified {
		t.Errorf("with the context: %d %+v", status, v)
	}
	check := func(r *rig, credential string) badges.Report {
		t.Helper()
		resp, b := r.do(http.MethodPost, "/v1/badges/check?offline=true", "application/json", []byte(credential), auth(r))
		var report badges.Report
		if err := json.Unmarshal(b, &report); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %s: %v", resp.StatusCode, b, err)
		}
		return report
	}
	if report := check(with, signed); report.Verdict != badges.Verified {
		t.Errorf("with the context: %s %v", report.Verdict, report.Checks)
	}
	if f, _ := check(with, strings.Replace(signed, `"room":"3"`, `"room":"4"`, 1)).Find(badges.ProofSignature); f.Result != badges.Fail {
		t.Errorf("its terms are signed: %+v", f)
	}

	without := issuerRig(t)
	if status, b := without.askVC("/credentials/issue", `{"credential":`+credential+`}`); status != http.StatusBadRequest || !strings.Contains(string(b), "ld.unpinned") {
		t.Errorf("signed without the context: %d %s", status, b)
	}
	report := check(without, signed)
	if f, _ := report.Find(badges.ProofContext); report.Verdict != badges.CouldNotTell || f.Result != badges.Unknown {
		t.Errorf("without the context: %s %v", report.Verdict, report.Checks)
	}
	if status, v := without.verifyVC(signed, `{}`); status != http.StatusBadRequest || v.Verified {
		t.Errorf("without the context: %d %+v", status, v)
	}
}

// TestBadgeContextsAreHeld changes the file, and takes it away: the node does
// not start, and everything that looks at its settings says why and what to do.
func TestBadgeContextsAreHeld(t *testing.T) {
	t.Parallel()
	r := newPoorRig(t, deadRPC(t), nil)
	path := r.withTerms()
	if want := additionOf(path, termsBody); len(r.config.Badges.Contexts) != 1 || r.config.Badges.Contexts[0] != want {
		t.Fatalf("read as %q, want %q", r.config.Badges.Contexts, want)
	}
	looks := func(name, result string, want ...string) {
		t.Helper()
		level := OK
		if result == CheckFail {
			level = Fail
		}
		d := &doctor{c: r.config.withDefaults(), dir: r.dir, now: r.config.Now}
		d.badgeContexts()
		if len(d.findings) != 1 || d.findings[0].Code != "badge-contexts" || d.findings[0].Level != level || level == Fail && d.findings[0].Do == "" {
			t.Errorf("%s: doctor says %+v", name, d.findings)
		}
		var texts string
		failed := CheckPass
		for _, c := range CheckConfig(t.Context(), filepath.Join(r.dir, ConfigFile), nil, nil, false) {
			if strings.Contains(c.Text, "badges.contexts") {
				texts, failed = texts+c.Text, c.Result
			}
		}
		if failed != result {
			t.Errorf("%s: config check says %s: %s", name, failed, texts)
		}
		for _, w := range want {
			if !strings.Contains(texts, w) {
				t.Errorf("%s: config check says %q, without %q", name, texts, w)
			}
		}
	}
	looks("whole", CheckPass)
	if _, err := r.config.readFiles(); err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(termsBody, "#room", "#hall", 1)
	writeFile(t, path, changed)
	if _, err := New(r.config); !errors.Is(err, ld.ErrHash) || !strings.Contains(err.Error(), "badges.contexts: "+path) {
		t.Errorf("a changed file: %v", err)
	}
	looks("changed", CheckFail, path, fmt.Sprintf("%x", sha256.Sum256([]byte(changed))), "Fetch "+termsURL+" again")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := New(r.config); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	looks("away", CheckFail, path)
	writeFile(t, path, strings.Repeat(" ", ld.MaxContext+1))
	looks("large", CheckFail, "larger than")
}
