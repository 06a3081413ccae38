package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestMeter: the bar is full when all is done, and never fuller.
func TestMeter(t *testing.T) {
	for _, test := range []struct {
		done, total int
		took        time.Duration
		want        string
	}{
		{0, 0, 0, "0 done, 0/s"},
		{12, 0, 3 * time.Second, "12 done, 4/s"},
		{0, 200, time.Second, "[                        ] 0 of 200, 0/s"},
		{50, 200, 10 * time.Second, "[======                  ] 50 of 200, 5/s, 30s left"},
		{200, 200, 10 * time.Second, "[========================] 200 of 200, 20/s"},
		{260, 200, 10 * time.Second, "[========================] 200 of 200, 26/s"},
	} {
		if got := meter(test.done, test.total, test.took); got != test.want {
			t.Errorf("%d of %d after %s: %q, want %q", test.done, test.total, test.took, got, test.want)
		}
	}
}

// TestNoBar: what is no terminal is shown nothing, and nothing is counted.
func TestNoBar(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var b bytes.Buffer
	for _, e := range []*env{{stderr: file}, {stderr: &b}, {stderr: os.Stderr, json: true}} {
		line := e.progress()
		if n := line.total(t.Context(), &walk{args: []string{"."}}); n != 0 {
			t.Errorf("%d files were counted for nobody", n)
		}
		line.bar(1, 2, "x")
		line.before(file)
		line.clear()
	}
	if info, err := file.Stat(); err != nil || info.Size() != 0 || b.Len() != 0 {
		t.Errorf("%v, %v, %q", info, err, b.String())
	}
}
