package main

import (
	"path/filepath"
	"testing"

	"github.com/akashi-project/akashi/record/issue"
)

// BenchmarkIssue makes, signs, bakes and logs 3,000 badges, waits for their
// anchor, fetches their evidence and bakes it too, into PNGs of 230 kB, with the
// real programs: node, chain and issuer share the machine.
func BenchmarkIssue(b *testing.B) {
	for f, file := range map[issue.Format]string{issue.OB3: "badge.json", issue.OB3JWT: "badge.jwt", issue.OB2: "badge.jws"} {
		b.Run(string(f), func(b *testing.B) { benchmarkIssue(b, f, file) })
	}
}

func benchmarkIssue(b *testing.B, f issue.Format, file string) {
	const learners = 3000
	w := newWorld(b, build(b, ""))
	node := w.start(nil)
	defer w.stop(node)
	dir := issueFiles(b, w, f, learners)
	n := 0
	for b.Loop() {
		// Another folder is another run, with badges of its own.
		out := filepath.Join("out", string(rune('a'+n)))
		w.run(0, issueArgs(w, dir, out)...)
		n++
		if made, err := filepath.Glob(filepath.Join(dir, out, "*", file+evidenceSuffix)); err != nil || len(made) != learners {
			b.Fatalf("%d badges have their evidence, %v", len(made), err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(n), "s/3000-badges")
}
