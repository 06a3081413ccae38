package node

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkEvidence builds evidence of records drawn at random from a log of
// 10,000, as a request for it does once it is read.
func BenchmarkEvidence(b *testing.B) {
	const entries = 10_000
	r := newRig(b, "", nil).start()
	batch := r.client.Batch(b.Context(), BatchOptions{Wait: StateFinal}, func(yield func(BatchRecord) bool) {
		for i := range entries {
			if !yield(BatchRecord{Record: fmt.Appendf(nil, "certificate %d", i)}) {
				return
			}
		}
	})
	var indexes []uint64
	for a, err := range batch.Answers() {
		if err == nil && a.Problem != nil {
			err = a.Problem
		}
		if err != nil {
			b.Fatal(err)
		}
		indexes = append(indexes, a.Logged.Index)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.node.encoded(b.Context(), indexes[rand.IntN(entries)]); err != nil {
			b.Fatal(err)
		}
	}
}
