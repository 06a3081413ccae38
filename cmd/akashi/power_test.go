package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/node"
)

// TestSyncBeforeAnswer runs the real node under strace, submits records one
// after the other, and requires that between the arrival of each request and
// its answer a sync of the log's file has succeeded. SIGKILL cannot show
// this, since the kernel keeps what a killed process wrote; power loss does not.
func TestSyncBeforeAnswer(t *testing.T) {
	if unsynced, total := traceAnswers(t, build(t, "")); unsynced != 0 || total == 0 {
		t.Errorf("%d of %d answers were sent before the log was synced", unsynced, total)
	}
}

// TestSyncBeforeAnswerSees shows that the test above can fail: a build whose
// store does not sync fails it on every answer.
func TestSyncBeforeAnswerSees(t *testing.T) {
	binary := build(t, "-X github.com/akashi-project/akashi/store.noSync=true")
	if unsynced, total := traceAnswers(t, binary); unsynced != total || total == 0 {
		t.Errorf("without syncs, only %d of %d answers were noticed", unsynced, total)
	}
}

var (
	requestRead = regexp.MustCompile(`^read\(\d+<[^>]*>, ?"P?OST /v1/records`) // net/http may read the first byte apart
	logSynced   = regexp.MustCompile(`^fdatasync\(\d+<[^>]*/log\.db>\) += 0`)
	answerSent  = regexp.MustCompile(`^write\(\d+<[^>]*>, ?"HTTP/1\.1 201`)
	resumed     = regexp.MustCompile(`^<\.\.\. (\w+) resumed>`)
)

func traceAnswers(t *testing.T, binary string) (unsynced, total int) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("this test needs strace: make tools installs it")
	}
	w := newWorld(t, binary)
	trace := filepath.Join(t.TempDir(), "trace")
	p := w.start([]string{"strace", "-f", "-y", "-s", "64", "-e", "trace=read,write,fdatasync,fsync,msync", "-o", trace})
	const records = 20
	for i := range records {
		if _, err := w.client().Submit(t.Context(), node.Submission{Record: fmt.Appendf(nil, "record %d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	p.interrupt()
	p.Wait()
	b, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	return readTrace(t, string(b), records)
}

// readTrace goes through the calls in the order in which they began or, when
// interrupted by another thread, ended.
func readTrace(t *testing.T, trace string, records int) (unsynced, total int) {
	unfinished := map[string]string{} // thread → beginning of its call
	pending, synced := false, false
	for line := range strings.Lines(trace) {
		thread, call, _ := strings.Cut(strings.TrimSpace(line), " ")
		call = strings.TrimSpace(call)
		if begin, ok := strings.CutSuffix(call, " <unfinished ...>"); ok {
			unfinished[thread] = begin
			// An answer counts from the moment its write begins.
			if !answerSent.MatchString(begin) {
				continue
			}
			call = begin
		} else if m := resumed.FindString(call); m != "" {
			if answerSent.MatchString(unfinished[thread]) {
				continue
			}
			call = unfinished[thread] + call[len(m):]
		}
		switch {
		case requestRead.MatchString(call):
			pending, synced = true, false
		case logSynced.MatchString(call):
			synced = true
		case answerSent.MatchString(call):
			if !pending {
				t.Fatalf("an answer without a request: %s", call)
			}
			total++
			if !synced {
				unsynced++
			}
			pending = false
		}
	}
	if total != records {
		t.Fatalf("the trace shows %d answers to %d records", total, records)
	}
	return unsynced, total
}
