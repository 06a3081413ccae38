package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIssueLocked holds that a run which finds another at work in its folder
// leaves nothing there: not even a secret of its own, which the badges of the
// other would outlive.
func TestIssueLocked(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"t.json": strings.NewReplacer("ISSUER", "https://hoshizora.example/issuer", "FORMAT", "ob3").Replace(issueTemplate), "picture.png": string(issuePNG()), "l.csv": "学籍番号,awarded,credits\n0000001,2024-05-01T00:00:00Z,1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key, out := filepath.Join(dir, "key.pem"), filepath.Join(dir, "out")
	run := func(args ...string) int {
		var said bytes.Buffer
		code := Main(append([]string{"akashi"}, args...), nil, strings.NewReader(""), &said, &said)
		t.Log(said.String())
		return code
	}
	if code := run("badge", "key", key); code != exitDone {
		t.Fatalf("badge key: %d", code)
	}
	args := []string{"badge", "issue", "--no-log", "--method", "https://hoshizora.example/issuer#1", "--key", key,
		"--template", filepath.Join(dir, "t.json"), "--learners", filepath.Join(dir, "l.csv"), "--out", out}
	release, err := lockFolder(out)
	if err != nil {
		t.Fatal(err)
	}
	if code := run(args...); code != exitFailed {
		t.Errorf("beside another run: %d", code)
	}
	if found, err := os.ReadDir(out); err != nil || len(found) != 0 {
		t.Errorf("it leaves %v, %v", found, err)
	}
	release()
	if code := run(args...); code != exitDone {
		t.Errorf("after it: %d", code)
	}
}
