package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var learners = flag.Int("learners", 100, "how many learners TestIssueKilled has")

// issueTemplate makes badges whose every member the contexts of Open Badges
// 3.0 define.
const issueTemplate = `{
  "v": 1, "format": "ob3", "accept": ["status.revoked", "issuer.name"], "ids": "https://hoshizora.example/credentials/", "image": "picture.svg",
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

const issuePicture = `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><circle cx="5" cy="5" r="4"/></svg>`

// issueFiles writes what a run needs into a new folder.
func issueFiles(t testing.TB, w *world, n int) string {
	t.Helper()
	dir := t.TempDir()
	var table bytes.Buffer
	table.WriteString("学籍番号,氏名,awarded,credits\n")
	for i := range n {
		fmt.Fprintf(&table, "%07d,髙橋 %d,2024-05-01T00:00:00Z,1.5\n", i, i)
	}
	policy, err := os.ReadFile(filepath.Join(w.dir, "policy.json"))
	if err != nil {
		t.Fatal(err)
	}
	issuer := regexp.MustCompile(`did:key:z[0-9A-Za-z]+`).FindString(string(policy))
	for name, content := range map[string]string{"t.json": strings.Replace(issueTemplate, "ISSUER", issuer, 1), "picture.svg": issuePicture, "l.csv": table.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func issueArgs(w *world, dir, out string) []string {
	return []string{"--dir", w.dir, "badge", "issue", "--template", filepath.Join(dir, "t.json"), "--learners", filepath.Join(dir, "l.csv"),
		"--key", filepath.Join(w.dir, "secrets", "issuer.key"), "--out", filepath.Join(dir, out)}
}

// TestIssueKilled kills a run of issuing at ten random rows, and holds that the
// run which then goes on ends with what a run that nobody killed makes: each
// badge byte for byte, each once in the log, each with its evidence.
func TestIssueKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, build(t, ""))
	node := w.start(nil)
	dir := issueFiles(t, w, *learners)
	w.run(0, issueArgs(w, dir, "whole")...)
	whole := badgesOf(t, filepath.Join(dir, "whole"))
	if len(whole) != *learners {
		t.Fatalf("%d badges of %d learners", len(whole), *learners)
	}
	before, err := w.client().Log(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	// The same secret, so that the same badges are due.
	out := filepath.Join(dir, "killed")
	run, err := os.ReadFile(filepath.Join(dir, "whole", issueFile))
	if err == nil {
		err = os.Mkdir(out, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(out, issueFile), run, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	killed, made := 0, 0
	// A run may end before this process looks; then all is taken away but the run
	// itself, and the next begins anew.
	for i := 0; killed < 10; i++ {
		if i == 100 {
			t.Fatalf("of 100 runs only %d were killed; take more learners", killed)
		}
		// The next row at which it dies; the evidence comes after the badges.
		until := made + 1 + random.IntN(max(1, 2**learners/10))
		cmd := exec.Command(w.binary, issueArgs(w, dir, "killed")...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { cmd.Wait(); close(ended) }()
	watch:
		for {
			select {
			case <-ended:
				break watch
			default:
				if made = progressOf(t, out); made >= until {
					cmd.Process.Kill()
					<-ended
					break watch
				}
			}
		}
		made = progressOf(t, out)
		t.Logf("run %d: %d files of badges and evidence", i, made)
		if !cmd.ProcessState.Success() {
			killed++
			continue
		}
		rows, err := filepath.Glob(filepath.Join(out, rowPrefix+"*"))
		for _, row := range rows {
			err = errors.Join(err, os.RemoveAll(row))
		}
		if err != nil {
			t.Fatal(err)
		}
		made = 0
	}
	w.run(0, issueArgs(w, dir, "killed")...)
	again := badgesOf(t, out)
	if len(again) != len(whole) {
		t.Fatalf("%d badges, and %d of the run that was not killed", len(again), len(whole))
	}
	for name, b := range whole {
		if !bytes.Equal(again[name], b) {
			t.Errorf("%s is not what the other run made", name)
		}
		for _, file := range []string{name + evidenceSuffix, strings.TrimSuffix(name, ".json") + ".svg"} {
			if _, err := os.Stat(filepath.Join(out, file)); err != nil {
				t.Error(err)
			}
		}
	}
	left, err := filepath.Glob(filepath.Join(out, "*", ".akashi-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left half written: %q, %v", left, err)
	}
	after, err := w.client().Log(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if after.Size != before.Size {
		t.Errorf("the log grew from %d to %d entries, though every badge was in it", before.Size, after.Size)
	}
	image := filepath.Join(out, "line-00002", "badge.svg")
	if out := w.run(0, "verify", image, "--policy", filepath.Join(w.dir, "policy.json"), "--rpc", w.chain.RPC()); !strings.Contains(out, "VERIFIED") {
		t.Errorf("%s", out)
	}
	w.stop(node)
}

// progressOf counts the files of badges and evidence in the folder of a run.
func progressOf(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	for _, pattern := range []string{"badge.json", "badge.json.akashi"} {
		found, err := filepath.Glob(filepath.Join(dir, "*", pattern))
		if err != nil {
			t.Fatal(err)
		}
		n += len(found)
	}
	return n
}

// badgesOf reads every badge in the folder of a run, by its path there.
func badgesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	badges := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "badge.json" {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			badges[name], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return badges
}
