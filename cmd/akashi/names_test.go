package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/verify"
)

// TestNamesAreSynced runs the real command under strace: a folder that got a
// new name in it is synced after that, or power loss takes the name away and
// what lies under it.
func TestNamesAreSynced(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("this test needs strace: make tools installs it")
	}
	binary := build(t, "")
	node := liar(t, http.StatusOK, verify.MediaType, read(t, golden("verified", "evidence.json")))
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	for _, c := range []struct {
		name string
		args []string
		// Each must be called, and the folder synced after it.
		made   string
		folder string
	}{
		{"evidence", []string{"prove", "--node", node, "-o", at("out.akashi"), golden("verified", "record")}, `^rename(at2?)?\(.*out\.akashi"`, dir},
		{"init", []string{"init", "--origin", "log.names.example", "--network", "dev", "--rpc", "http://127.0.0.1:1", at("a", "b", "uni")}, `^mkdir(at)?\(.*/a"`, dir},
		{"init below", []string{"init", "--origin", "log.names.example", "--network", "dev", "--rpc", "http://127.0.0.1:1", at("c", "d", "uni")}, `^mkdir(at)?\(.*/c/d"`, at("c")},
		{"init itself", []string{"init", "--origin", "log.names.example", "--network", "dev", "--rpc", "http://127.0.0.1:1", at("e", "uni")}, `^rename(at2?)?\(.*/e/uni"`, at("e")},
	} {
		t.Run(c.name, func(t *testing.T) {
			trace := filepath.Join(t.TempDir(), "trace")
			cmd := exec.Command("strace", append([]string{"-f", "-y", "-s", "512", "-e", "trace=mkdir,mkdirat,rename,renameat,renameat2,fsync", "-o", trace, binary}, c.args...)...)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			b, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			made, synced := regexp.MustCompile(c.made), regexp.MustCompile(`^fsync\(\d+<`+regexp.QuoteMeta(c.folder)+`>`)
			seen, durable := false, false
			for line := range strings.Lines(string(b)) {
				_, call, _ := strings.Cut(strings.TrimSpace(line), " ")
				call = strings.TrimSpace(call)
				if made.MatchString(call) {
					seen, durable = true, false
				} else if synced.MatchString(call) {
					durable = true
				}
			}
			if !seen || !durable {
				t.Errorf("the name was made: %t; its folder was synced after that: %t\n%s", seen, durable, b)
			}
		})
	}
}
