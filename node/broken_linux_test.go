package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/store"
)

// breakDisk makes every write to the store's file fail from here on, by a
// descriptor that may only read in the place of the store's.
func (r *rig) breakDisk() {
	r.t.Helper()
	path, err := filepath.EvalSymlinks(filepath.Join(r.config.Store.Dir, "log.db"))
	if err != nil {
		r.t.Fatal(err)
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		r.t.Fatal(err)
	}
	readable, err := os.Open(path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer readable.Close()
	n := 0
	for _, fd := range open {
		number, err := strconv.Atoi(fd.Name())
		if target, lerr := os.Readlink("/proc/self/fd/" + fd.Name()); err != nil || lerr != nil || target != path || number == int(readable.Fd()) {
			continue
		}
		if err := syscall.Dup3(int(readable.Fd()), number, syscall.O_CLOEXEC); err != nil {
			r.t.Fatal(err)
		}
		n++
	}
	if n == 0 {
		r.t.Fatal("the store's file was not found open")
	}
}

// TestBrokenStore holds that a node whose disk failed says so, and does not
// invite to try again what only a restart mends.
func TestBrokenStore(t *testing.T) {
	r := newRig(t, "", nil).start()
	r.submit(badge("https://a.example", 1), StateFinal)
	if resp, b := r.get("/readyz"); resp.StatusCode != 200 {
		t.Fatalf("before: %d %s", resp.StatusCode, b)
	}
	r.breakDisk()
	for i := range 2 {
		_, err := r.client.Submit(t.Context(), Submission{Record: badge("https://a.example", 2)})
		if p := wantProblem(t, err, "unavailable", http.StatusServiceUnavailable); p.Retry() || !strings.Contains(p.Detail, "restart") {
			t.Errorf("write %d: %+v", i, p)
		}
	}
	resp, b := r.get("/readyz")
	var h Health
	if err := json.Unmarshal(b, &h); err != nil || resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(h.Detail, "restart") {
		t.Errorf("/readyz answered %d %s", resp.StatusCode, b)
	}
	if resp, _ := r.get("/checkpoint"); resp.StatusCode != 200 {
		t.Errorf("reading ended: %d", resp.StatusCode)
	}
	for _, path := range []string{"/readyz", "/v1/log"} {
		if _, b := r.get(path); strings.Contains(string(b), r.dir) || strings.Contains(string(b), "log.db") {
			t.Errorf("%s names files of the node: %s", path, b)
		}
	}
}

// TestPublicDetail holds which words of the pipeline strangers see.
func TestPublicDetail(t *testing.T) {
	const path = "/srv/akashi/data/log.db"
	file := &fs.PathError{Op: "write", Path: path, Err: syscall.EIO}
	for _, err := range []error{
		fmt.Errorf("%w: commit: %w", store.ErrBroken, file), fmt.Errorf("%w: %w", store.ErrFull, file),
		fmt.Errorf("%w: %s", store.ErrDamaged, path), fmt.Errorf("journal: %w", file), errors.Join(errors.New("x"), file),
	} {
		if got := publicDetail(anchor.Status{Detail: err.Error(), Err: err}); strings.Contains(got, path) || !strings.Contains(got, "log says where") {
			t.Errorf("%v is told as %q", err, got)
		}
	}
	const said = "the RPC does not answer"
	if got := publicDetail(anchor.Status{Detail: said, Err: fmt.Errorf("%w: dial", anchor.ErrNoAnswer)}); got != said {
		t.Errorf("%q became %q", said, got)
	}
	const rpc = "https://rpc.inner.example:8545/KEY"
	for detail, want := range map[string]string{
		"chain id at rpc.inner.example:8545: dial tcp 10.1.2.3:8545: connect: connection refused": "chain id at the RPC: dial tcp …: connect: connection refused",
		"rpc.inner.example: lookup rpc.inner.example on 10.0.0.2:53: no such host":                "the RPC: lookup the RPC on …: no such host",
		"read tcp 10.1.2.4:4000->10.1.2.3:8545: i/o timeout":                                      "read tcp …: i/o timeout",
		"size 3 is final in block 7 of 2026-11-21T20:00:00Z":                                      "size 3 is final in block 7 of 2026-11-21T20:00:00Z",
	} {
		if got := withoutHosts(detail, rpc); got != want {
			t.Errorf("%q is told as %q, want %q", detail, got, want)
		}
	}
}
