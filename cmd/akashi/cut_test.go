package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/akashi-project/akashi/node"
)

// A cutter passes connections on to a node and cuts each after so many bytes
// of the answer, as long as there are numbers left.
type cutter struct {
	listener net.Listener
	cuts     atomic.Int64 // how many connections were cut
}

func newCutter(t *testing.T, to string, after ...int64) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{listener: l}
	t.Cleanup(func() { l.Close() })
	left := make(chan int64, len(after))
	for _, n := range after {
		left <- n
	}
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			go io.Copy(out, in)
			go func() {
				defer in.Close()
				defer out.Close()
				select {
				case n := <-left:
					if _, err := io.CopyN(in, out, n); err == nil {
						c.cuts.Add(1)
						in.(*net.TCPConn).SetLinger(0) // a reset, as a lost network is
						return
					}
				default:
				}
				io.Copy(in, out)
			}()
		}
	}()
	return c
}

func (c *cutter) url() string { return "http://" + c.listener.Addr().String() }

// TestSubmitCut: a submission that is cut off goes on by itself, and run again
// doubles nothing.
func TestSubmitCut(t *testing.T) {
	w := newWorld(t, build(t, ""))
	p := w.start(nil)
	dir := t.TempDir()
	const n = 600
	for i := range n {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.json", i)), fmt.Appendf(nil, `{"type":"Assertion","id":"urn:cut-%d"}`, i), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	indexes := func(out string) map[string]int {
		t.Helper()
		m := map[string]int{}
		seen := map[int]bool{}
		for _, f := range regexp.MustCompile(`(?m)^(.*): badge at index (\d+), `).FindAllStringSubmatch(out, -1) {
			i, err := strconv.Atoi(f[2])
			if err != nil || seen[i] {
				t.Errorf("index %s is there twice", f[2])
			}
			seen[i], m[f[1]] = true, i
		}
		return m
	}
	submit := func(url string) (int, string, string) {
		return call(t, nil, "--token-file", filepath.Join(w.dir, filepath.FromSlash(node.TokenFile)), "submit", dir, "--node", url)
	}
	// Nobody gets anywhere: what was logged is, and the rest is counted.
	hopeless := make([]int64, 100)
	for i := range hopeless {
		hopeless[i] = 10
	}
	code, _, stderr := submit(newCutter(t, w.listen, hopeless...).url())
	if code != exitFailed || !strings.Contains(stderr, "submit them again later: what is logged keeps its index") {
		t.Fatalf("code %d, %q", code, stderr)
	}
	// Cut in the head, within a line, after some lines; then let through.
	c := newCutter(t, w.listen, 400, 7000, 1500, 30000)
	code, out, stderr := submit(c.url())
	first := indexes(out)
	if code != exitDone || len(first) != n || c.cuts.Load() < 3 {
		t.Fatalf("code %d, %d of %d, %d cuts, %q", code, len(first), n, c.cuts.Load(), stderr)
	}
	code, out, stderr = submit("http://" + w.listen)
	again := indexes(out)
	if code != exitDone || !strings.Contains(stderr, "600 of 600 records are logged, 600 of them were there already and keep their index") {
		t.Fatalf("code %d, %q", code, stderr)
	}
	for name, i := range first {
		if again[name] != i {
			t.Errorf("%s is at %d and at %d", name, i, again[name])
		}
	}
	w.stop(p)
	if out := w.run(exitDone, "fsck", w.dir); !strings.Contains(out, "clean") {
		t.Errorf("fsck: %s", out)
	}
}

// TestSubmitInterrupted: a run that is interrupted says that it is not whole,
// also when what was sent is logged.
func TestSubmitInterrupted(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.json", i)), []byte(`{"type":"Assertion"}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// A node that interrupts the program instead of answering.
	stop := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		syscall.Kill(os.Getpid(), syscall.SIGINT)
		select {
		case <-r.Context().Done():
		case <-stop:
		}
	}))
	defer s.Close()
	defer close(stop)
	code, out, stderr := call(t, nil, "submit", dir, "--node", s.URL)
	// How many files were found by then is chance.
	sum := regexp.MustCompile(`0 of (1 records are logged, 1 failed|2 records are logged, 1 failed, 1 not sent|3 records are logged, 1 failed, 2 not sent)`)
	if code != exitFailed || out != "" || !sum.MatchString(stderr) || !strings.Contains(stderr, "interrupted: what comes after these was not sent") {
		t.Errorf("code %d, %q, %q", code, out, stderr)
	}
}
