package main

import (
	"fmt"
	"path/filepath"
	"testing"
)

// BenchmarkIssue makes, signs, bakes and logs 3,000 badges, waits for their
// anchor and fetches their evidence, with the real programs: node, chain and
// issuer share the machine.
func BenchmarkIssue(b *testing.B) {
	const learners = 3000
	w := newWorld(b, build(b, ""))
	w.start(nil)
	dir := issueFiles(b, w, learners)
	n := 0
	for b.Loop() {
		// Another folder is another run, with badges of its own.
		w.run(0, issueArgs(w, dir, fmt.Sprintf("out%d", n))...)
		n++
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(n), "s/3000-badges")
	if made, err := filepath.Glob(filepath.Join(dir, "out0", "*", "badge.json.akashi")); err != nil || len(made) != learners {
		b.Errorf("%d badges have their evidence, %v", len(made), err)
	}
}
