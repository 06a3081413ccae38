package main

import (
	"bytes"
	"fmt"
	stdimage "image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/akashi-project/akashi/record/issue"
)

// issueTemplate makes badges whose every member the contexts of Open Badges
// 3.0 define.
const issueTemplate = `{
  "v": 1, "format": "FORMAT", "ids": "https://hoshizora.example/credentials/", "image": "picture.png",
  "accept": ["status.revoked", "issuer.name"],
  "learner": {"identifier": "{{学籍番号}}", "type": "studentId"},
  "badge": {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {"id": "ISSUER", "type": ["Profile"], "name": "星空大学"},
    "validFrom": "{{awarded}}", "name": "地震学入門",
    "credentialSubject": {"type": ["AchievementSubject"], "achievement": {
      "id": "https://hoshizora.example/a/1", "type": ["Achievement"], "name": "地震学入門", "description": "Reads a seismogram.",
      "criteria": {"narrative": "Locates five earthquakes."}, "creditsAvailable": "{{credits:number?}}"}}
  }
}`

// issueTemplateOB2 is the same in Open Badges 2.0, signed; class and Profile are
// elsewhere.
const issueTemplateOB2 = `{
  "v": 1, "format": "ob2", "ids": "urn:uuid:", "image": "picture.png",
  "learner": {"identifier": "{{学籍番号}}", "type": "email"},
  "badge": {
    "@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "badge": "https://hoshizora.example/b/1",
    "verification": {"type": "SignedBadge", "creator": "https://hoshizora.example/issuer#key"}, "issuedOn": "{{awarded}}",
    "narrative": "{{credits}}"
  }
}`

// issuePicture is a small picture.
const issuePicture = `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><circle cx="5" cy="5" r="4"/></svg>`

// issuePNG is a PNG of the size that pictures of badges have, about 230 kB:
// noise, which does not pack.
var issuePNG = sync.OnceValue(func() []byte {
	random := rand.New(rand.NewPCG(1, 2))
	m := stdimage.NewNRGBA(stdimage.Rect(0, 0, 320, 240))
	for y := range 240 {
		for x := range 320 {
			n := random.Uint32()
			m.SetNRGBA(x, y, color.NRGBA{uint8(n), uint8(n >> 8), uint8(n >> 16), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
})

// issueFiles writes what a run of n learners needs into a new folder.
func issueFiles(t testing.TB, w *world, f issue.Format, n int) string {
	t.Helper()
	dir := t.TempDir()
	var table bytes.Buffer
	table.WriteString("学籍番号,氏名,mail,awarded,credits\n")
	for i := range n {
		fmt.Fprintf(&table, "HSZ#%07d,髙橋 %d,s%d@students.example,2024-05-01T00:00:00Z,1.5\n", i, i, i)
	}
	policy, err := os.ReadFile(filepath.Join(w.dir, "policy.json"))
	if err != nil {
		t.Fatal(err)
	}
	issuer := regexp.MustCompile(`did:key:z[0-9A-Za-z]+`).FindString(string(policy))
	text := issueTemplate
	if f == issue.OB2 {
		text = issueTemplateOB2
		w.run(0, "badge", "key", "--rsa", filepath.Join(dir, "key.pem"))
	}
	for name, content := range map[string]string{"t.json": strings.NewReplacer("ISSUER", issuer, "FORMAT", string(f)).Replace(text), "picture.png": string(issuePNG()), "l.csv": table.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// issueArgs is the command of a run.
func issueArgs(w *world, dir, out string) []string {
	args := []string{"--dir", w.dir, "badge", "issue", "--template", filepath.Join(dir, "t.json"), "--learners", filepath.Join(dir, "l.csv"), "--out", filepath.Join(dir, out)}
	if key := filepath.Join(dir, "key.pem"); isFile(key) { // an RSA key is no did:key
		return append(args, "--key", key, "--method", "https://hoshizora.example/issuer#key")
	}
	return append(args, "--key", filepath.Join(w.dir, "secrets", "issuer.key"))
}

func isFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
