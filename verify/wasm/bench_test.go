package main_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/verify/internal/golden"
)

// BenchmarkWasmCheck starts the program in node.js and has it judge the golden
// badge again and again, as a page does that is open for long, and has the
// native verifier judge the same in the same run.
//
//	ms/start      load: compile the program and start it
//	ms/first      the first check, while the engine still compiles
//	ms/check      one of the later checks
//	ms/native     one by the native verifier of this run
//	brotli_bytes  what a page loads
func BenchmarkWasmCheck(b *testing.B) {
	cases, err := golden.Cases(goldenDir)
	if err != nil {
		b.Fatal(err)
	}
	var c golden.Case
	for _, c = range cases {
		if c.Name == "verified" {
			break
		}
	}
	figures := func(script string, args ...string) []float64 {
		cmd := nodeScript(b, script, args...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			b.Fatal(err)
		}
		var list []float64
		for _, f := range strings.Fields(string(out)) {
			x, err := strconv.ParseFloat(f, 64)
			if err != nil {
				b.Fatal(err)
			}
			list = append(list, x)
		}
		return list
	}
	size := figures("brotli.mjs", "akashi-verify")
	var native, took float64
	for b.Loop() {
		took++
		begun := time.Now()
		if _, err := natively(c); err != nil {
			b.Fatal(err)
		}
		native += time.Since(begun).Seconds() * 1000
	}
	f := figures("bench.mjs", absolute(b, goldenDir))
	b.ReportMetric(f[0], "ms/start")
	b.ReportMetric(f[1], "ms/first")
	b.ReportMetric(f[2], "ms/check")
	b.ReportMetric(native/took, "ms/native")
	b.ReportMetric(size[0], "brotli_bytes")
}
