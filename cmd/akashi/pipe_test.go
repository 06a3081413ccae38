package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/akashi-project/akashi/node"
)

// TestLogReaderLeaves: a node whose log and standard output nobody reads any
// more goes on, as one whose log collector is restarted must.
func TestLogReaderLeaves(t *testing.T) {
	w := newWorld(t, build(t, ""))
	readers := make([]*os.File, 2)
	cmd := exec.Command(w.binary, "node", w.dir, "--log-level", "debug")
	for i := range readers {
		r, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		readers[i] = r
		if i == 0 {
			cmd.Stdout = writer
		} else {
			cmd.Stderr = writer
		}
		defer writer.Close()
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	if line, err := bufio.NewReader(readers[0]).ReadString('\n'); err != nil {
		t.Fatalf("the node did not start: %q, %v", line, err)
	}
	for _, f := range []*os.File{cmd.Stdout.(*os.File), cmd.Stderr.(*os.File), readers[0], readers[1]} {
		f.Close()
	}
	client := w.client()
	for i := range 3 { // each is a line in the log
		if _, err := client.Submit(t.Context(), node.Submission{Record: fmt.Appendf(nil, "record %d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("the node stopped with %v", err)
	}
}
