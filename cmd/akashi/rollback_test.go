package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/node"
)

// TestRollback puts an old copy of the disk back: the chain is ahead of it.
// The node must notice at start, sign nothing, and say what to do.
func TestRollback(t *testing.T) {
	w := newWorld(t, build(t, ""))
	c := w.client()
	submit := func(text string) {
		t.Helper()
		got, err := c.Submit(t.Context(), node.Submission{Record: []byte(text), Wait: node.StateFinal})
		if err != nil || got.State != node.StateFinal {
			t.Fatalf("%q: %+v, %v", text, got, err)
		}
	}
	p := w.start(nil)
	submit("before the copy")
	w.stop(p)
	data, old := filepath.Join(w.dir, node.DataDir), filepath.Join(t.TempDir(), "old")
	copyDir(t, data, old)

	p = w.start(nil)
	submit("after the copy")
	w.stop(p)
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	copyDir(t, old, data)

	p = w.start(nil)
	before, err := c.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.until("the node says that its store is behind the chain", func(ctx context.Context) bool {
		l, err := c.Log(ctx)
		return err == nil && l.Anchoring.State == "stopped"
	})
	l, err := c.Log(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(l.Anchoring.Detail, "restore") {
		t.Errorf("the node does not say what to do: %s", l.Anchoring.Detail)
	}
	if _, err := c.Submit(t.Context(), node.Submission{Record: []byte("on the old disk")}); err == nil {
		t.Error("a record was taken at an index that the chain covers already")
	}
	if _, err := c.Ready(t.Context()); err == nil {
		t.Error("/readyz says that the node is ready")
	}
	after, err := c.Checkpoint(t.Context())
	if err != nil || string(after) != string(before) {
		t.Errorf("a new head was signed on an old disk:\n%s\n%s (%v)", before, after, err)
	}
	w.stop(p)
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v\n%s", err, out)
	}
}
