package badge_test

import (
	"os"
	"testing"

	"github.com/akashi-project/akashi/record/badge"
)

// BenchmarkCheck is the whole check of a badge whose key and status list need no
// network: what each of many badges costs.
func BenchmarkCheck(b *testing.B) {
	input, err := os.ReadFile("../../testdata/badges/ob3.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if r := badge.Check(b.Context(), input, badge.Options{}); r.Verdict != badge.Verified {
			b.Fatal(r.Checks)
		}
	}
}
