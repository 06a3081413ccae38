package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/verify"
)

// call runs a command line inside the test.
func call(t *testing.T, stdin io.Reader, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(append([]string{"akashi"}, args...), nil, stdin, &out, &errs)
	return code, out.String(), errs.String()
}

// TestInterruptedInput: a command that waits for standard input ends when it
// is told to.
func TestInterruptedInput(t *testing.T) {
	r, w := io.Pipe()
	go func() {
		// Returns when the command has begun to read.
		w.Write([]byte(`{"type":`))
		syscall.Kill(os.Getpid(), syscall.SIGINT)
	}()
	code, _, stderr := call(t, r, "submit", "-")
	if code != exitFailed || stderr != "akashi: standard input: interrupted\n" {
		t.Errorf("code %d, %q", code, stderr)
	}
}

// TestSilentNode: a node that takes connections and says nothing is given up.
func TestSilentNode(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	badge := filepath.Join("..", "..", "testdata", "records", "ob3.json")
	for _, args := range [][]string{{"log"}, {"submit", badge}, {"prove", badge}, {"revoke", badge}, {"forget", "--index", "0"}} {
		code, _, stderr := call(t, nil, append(args, "--node", "http://"+l.Addr().String(), "--node-timeout", "50ms")...)
		if code != exitFailed || !strings.Contains(stderr, "no answer in time") {
			t.Errorf("%s: code %d, %q", args[0], code, stderr)
		}
	}
}

// TestPlain: what a terminal would act on is not passed on.
func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"証, 日本　語 é\n":          "証, 日本　語 é\n",
		"a\x1b[31mred\x07\r\b": "a\ufffd[31mred\ufffd\ufffd\ufffd",
		"\u202eabc\u2066":      "\ufffdabc\ufffd",
		"\xff\x00":             "\ufffd\ufffd",
	} {
		if got := plain(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// TestMessage: what a node says reaches people in one line, with what to do.
func TestMessage(t *testing.T) {
	problem := func(name string, status, retry int) *node.Problem {
		return &node.Problem{Type: "urn:akashi:problem:" + name, Title: "It went wrong", Status: status, Detail: "CIDs are short",
			Instance: "urn:akashi:request:00", RetryAfter: retry}
	}
	for _, test := range []struct {
		err  error
		want string
		code int
	}{
		{fmt.Errorf("a.json: %w", problem("not-found", 404, 0)), "a.json: it went wrong: CIDs are short", exitFailed},
		{problem("busy", 503, 5), "it went wrong: CIDs are short; ask again in 5 s (urn:akashi:request:00)", exitFailed},
		{problem("token-needed", 401, 0), "it went wrong: CIDs are short; give --dir FOLDER, or --token-file FILE", exitFailed},
		{problem("not-final", 409, 60), "it went wrong: CIDs are short; ask again later, or submit the record with --wait final", exitUnknown},
		{&node.Problem{}, "", exitFailed},
		{fmt.Errorf("a: %w", context.Canceled), "a: interrupted", exitFailed},
		{usage("so not"), "so not", exitUsage},
		{codedError{exitUnknown, errors.New("who knows")}, "who knows", exitUnknown},
		{&node.Problem{Title: strings.Repeat("x", 1<<20), Detail: strings.Repeat("y", 1<<20)},
			strings.Repeat("x", 200) + "…: " + strings.Repeat("y", 1000) + "…", exitFailed},
	} {
		if got := message(test.err); got != test.want {
			t.Errorf("message %q, want %q", got, test.want)
		}
		if got := codeOf(test.err); got != test.code {
			t.Errorf("%v: code %d, want %d", test.err, got, test.code)
		}
	}
}

// TestEvidenceChanged runs akashi verify over evidence with each byte changed
// in turn: none is verified as another, none is called refuted for being
// unreadable, and each is answered in sentences. A course review has no status
// and so the same verdict at any time.
func TestEvidenceChanged(t *testing.T) {
	golden := filepath.Join("..", "..", "testdata", "golden", "v1", "evidence", "verified-course-qa")
	raw, err := os.ReadFile(filepath.Join(golden, "evidence.json"))
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"verify", filepath.Join(golden, "record"), "", "--policy", filepath.Join(golden, "policy.json")}
	path := filepath.Join(t.TempDir(), "evidence.akashi")
	args[2] = path
	judge := func(b []byte) (int, string) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := call(t, nil, args...)
		if stderr != "" {
			t.Fatalf("standard error: %q", stderr)
		}
		return code, stdout
	}
	if code, out := judge(raw); code != exitDone || !strings.Contains(out, ": VERIFIED\n") {
		t.Fatalf("the evidence itself: code %d\n%s", code, out)
	}
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		code, out := judge(changed)
		_, unreadable := verify.ParseEvidence(changed)
		switch {
		case code == exitDone:
			t.Errorf("byte %d changed: verified\n%s", i, out)
		case unreadable != nil && code != exitUnknown, unreadable == nil && code != exitFailed && code != exitUnknown:
			t.Errorf("byte %d changed: code %d\n%s", i, code, out)
		case stackTrace.MatchString(out):
			t.Errorf("byte %d changed: a stack trace\n%s", i, out)
		}
	}
}
