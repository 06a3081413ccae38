package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/issue"
)

// learnersWords are in each row of the tables of these tests: of the student
// number, the name and the address of mail. Each has a character that no base58
// or base64 has, or a signature would hold it by chance.
var learnersWords = []string{"HSZ#", "髙橋", "students.example"}

// namesLearner reports a word of the learners in b, also within the segments of
// a token, and in a token that is baked into an image.
func namesLearner(b []byte) string {
	texts := [][]byte{b}
	for _, segment := range regexp.MustCompile(`[A-Za-z0-9_-]{40,}`).FindAll(b, -1) {
		if text, err := base64.RawURLEncoding.DecodeString(string(segment)); err == nil {
			texts = append(texts, text)
		}
	}
	for _, text := range texts {
		for _, word := range learnersWords {
			if bytes.Contains(text, []byte(word)) {
				return word
			}
		}
	}
	return ""
}

// TestIssuePrivate holds that a learner is in no file, no file's name and nothing
// that is printed, but where the template puts them; that two runs' badges of one
// learner share no id, salt or hash; and that nothing of a cell or a template
// leads out of the folder.
func TestIssuePrivate(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(want int, args ...string) string {
		t.Helper()
		var said bytes.Buffer
		if code := Main(append([]string{"akashi"}, args...), nil, strings.NewReader(""), &said, &said); code != want {
			t.Fatalf("%q: code %d\n%s", args, code, &said)
		}
		return said.String()
	}
	write("picture.png", string(issuePNG()))
	write("l.csv", "学籍番号,氏名,mail,awarded,credits\nHSZ#1,髙橋 花,a@students.example,2024-05-01T00:00:00Z,1\n../../HSZ#2,../髙橋,b@students.example,2024-05-01T00:00:00Z,1\n")
	write("bad.csv", "学籍番号,氏名,mail,awarded,credits\nHSZ#1,髙橋 花,a@students.example,2024-05-01,x\nHSZ#2,髙橋,b@students.example\nHSZ#３,髙橋,b@students.example,,1\nHSZ#1,髙橋 花,a@students.example,2024-05-01T00:00:00Z,1\nHSZ#1,髙橋 花,a@students.example,2024-05-01T00:00:00Z,1\nHSZ#5,髙橋\u202e,b@students.example,,1\n")
	run(0, "badge", "key", at("key.pem"))
	run(0, "badge", "key", "--rsa", at("rsa.pem"))
	ob3 := strings.NewReplacer("ISSUER", "https://hoshizora.example/issuer").Replace(issueTemplate)
	hosted := strings.NewReplacer(`"ob2"`, `"ob2-hosted"`, `urn:uuid:`, `https://hoshizora.example/assertions/`, "SignedBadge", "HostedBadge", `, "creator": "https://hoshizora.example/issuer#key"`, "").Replace(issueTemplateOB2)
	seen := map[string]string{} // ids, salts and hashes, of which run
	for _, c := range []struct{ format, template, key string }{
		{"ob3", strings.Replace(ob3, "FORMAT", "ob3", 1), "key.pem"},
		{"ob3-jwt", strings.Replace(ob3, "FORMAT", "ob3-jwt", 1), "key.pem"},
		{"ob2", issueTemplateOB2, "rsa.pem"},
		{"ob2-hosted", hosted, ""},
	} {
		write("t.json", c.template)
		args := []string{"badge", "issue", "--template", at("t.json"), "--learners"}
		said := run(1, append(args, at("bad.csv"), "--dry-run")...)
		// The preview is what was asked for; the problems are not about a person.
		_, problems, _ := strings.Cut(said, " problems:\n")
		if word := namesLearner([]byte(problems)); word != "" || problems == "" {
			t.Errorf("%s: the problems name %q:\n%s", c.format, word, problems)
		}
		for _, n := range []string{"1", "2"} {
			out := c.format + n
			args := append(args, at("l.csv"), "--no-log", "--out", at(out))
			if c.key != "" {
				args = append(args, "--key", at(c.key), "--method", "https://hoshizora.example/issuer#key")
			}
			if said := run(0, args...); namesLearner([]byte(said)) != "" {
				t.Errorf("%s: what it says names a learner:\n%s", c.format, said)
			}
			files := 0
			err := filepath.WalkDir(at(out), func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				files++
				b, err := os.ReadFile(path)
				if word := namesLearner(b); word != "" {
					t.Errorf("%s names a learner: %s", path, word)
				}
				if name := filepath.Base(filepath.Dir(path)); name != out && !regexp.MustCompile(`^line-\d{5}$`).MatchString(name) {
					t.Errorf("a folder is called %s", name)
				}
				if !strings.HasPrefix(d.Name(), "badge.") || strings.HasSuffix(path, ".png") {
					return err
				}
				for _, value := range drawn(t, b) {
					if where, ok := seen[value]; ok {
						t.Errorf("%s and %s share an id, salt or hash", where, path)
					}
					seen[value] = path
				}
				return err
			})
			if err != nil || files != 2*2+2 {
				t.Errorf("%s: %d files, %v", out, files, err)
			}
		}
	}
	if len(seen) != 4*2*2*3 {
		t.Errorf("%d ids, salts and hashes", len(seen))
	}
	found, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "HSZ#*"))
	if err != nil || len(found) > 0 {
		t.Errorf("files outside the folder: %q, %v", found, err)
	}
	for _, name := range []string{"../picture.png", "/etc/hostname", `..\\picture.png`, "C:picture.png", ".hidden"} {
		for _, member := range []string{`"image": "NAME"`, `"image": "picture.png", "documents": ["NAME"]`} {
			_, err := issue.ParseTemplate([]byte(strings.Replace(strings.Replace(issueTemplateOB2, `"image": "picture.png"`, member, 1), "NAME", name, 1)))
			if err == nil || !strings.Contains(err.Error(), "beside the template") {
				t.Errorf("%s as %s: %v", name, member, err)
			}
		}
	}
	// What the issuer puts in is in.
	write("t.json", strings.Replace(strings.Replace(ob3, "FORMAT", "ob3", 1), `"type": ["AchievementSubject"],`, `"type": ["AchievementSubject"], "narrative": "{{氏名}}",`, 1))
	run(0, "badge", "issue", "--template", at("t.json"), "--learners", at("l.csv"), "--no-log", "--key", at("key.pem"), "--out", at("named"))
	b, err := os.ReadFile(at("named/line-00002/badge.json"))
	if err != nil || namesLearner(b) != "髙橋" {
		t.Errorf("the name that the template asks for: %v", err)
	}
	if index, err := os.ReadFile(at("named/index.csv")); err != nil || namesLearner(index) != "" {
		t.Errorf("the index: %v", err)
	}
}

// drawn takes what is drawn for each badge out of it: its id, and the learner's
// salt and hash.
func drawn(t *testing.T, b []byte) []string {
	t.Helper()
	if !bytes.HasPrefix(b, []byte("{")) {
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(string(b), ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		b = payload
	}
	type identity struct{ Salt, Identity, IdentityHash string }
	var badge struct {
		ID        string
		Recipient identity
		Subject   struct{ Identifier []identity } `json:"credentialSubject"`
	}
	if err := json.Unmarshal(b, &badge); err != nil {
		t.Fatal(err)
	}
	who := append(badge.Subject.Identifier, badge.Recipient)[0]
	return []string{badge.ID, who.Salt, who.Identity + who.IdentityHash}
}
