package node

import (
	"errors"
	"sync/atomic"
	"testing"
)

// BenchmarkSubmit logs badges over HTTP: one batch, against posts one by one
// by as many callers as the command has, and by many more.
func BenchmarkSubmit(b *testing.B) {
	b.Run("batch", func(b *testing.B) {
		r := newRig(b, "", nil).start()
		records := make([][]byte, b.N)
		for i := range records {
			records[i] = badge("https://bench.example", i)
		}
		b.ResetTimer()
		batch := r.client.Batch(b.Context(), BatchOptions{}, func(yield func(BatchRecord) bool) {
			for _, rec := range records {
				if !yield(BatchRecord{Record: rec}) {
					return
				}
			}
		})
		for a, err := range batch.Answers() {
			if err == nil && a.Problem != nil {
				err = a.Problem
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
	})
	for name, callers := range map[string]int{"single-16": 16, "single-256": 256} {
		b.Run(name, func(b *testing.B) {
			r := newRig(b, "", nil).start()
			var next atomic.Int64
			failed := make(chan error, callers)
			b.ResetTimer()
			for range callers {
				go func() {
					for {
						i := int(next.Add(1)) - 1
						if i >= b.N {
							failed <- nil
							return
						}
						if _, err := r.client.Submit(b.Context(), Submission{Record: badge("https://bench.example", i)}); err != nil {
							failed <- err
							return
						}
					}
				}()
			}
			var all error
			for range callers {
				all = errors.Join(all, <-failed)
			}
			if all != nil {
				b.Fatal(all)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
