package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record"
)

// benchRecord is document n, of 256 bytes.
func benchRecord(buf []byte, n uint64) (record.Record, error) {
	binary.BigEndian.PutUint64(buf, n)
	return record.Parse(buf)
}

// fill appends the documents from … to-1 with many callers at once.
func fill(tb testing.TB, s *Store, callers int, from, to uint64) {
	var (
		next = atomic.Uint64{}
		wg   sync.WaitGroup
	)
	next.Store(from)
	for range callers {
		wg.Go(func() {
			buf := make([]byte, 256)
			for {
				n := next.Add(1) - 1
				if n >= to {
					return
				}
				r, err := benchRecord(buf, n)
				if err == nil {
					_, err = s.Append(context.Background(), Submission{Type: record.Document, Record: r})
				}
				if err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkAppend appends distinct records of 256 bytes, parsing included,
// each looked up for duplicates and durable when it is answered.
func BenchmarkAppend(b *testing.B) {
	for _, callers := range []int{1, 64, 1024, 4096, 16384} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s := newTest(b)
			began := cpuTime()
			b.ResetTimer()
			fill(b, s, callers, 0, uint64(b.N))
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
			b.ReportMetric(float64(cpuTime()-began)/float64(b.N), "cpu-ns/op")
		})
	}
}

// cpuTime is what this process used of all cores: the figure to compare when
// others use the machine too.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAppendDuplicates submits records that the log has already.
func BenchmarkAppendDuplicates(b *testing.B) {
	s := newTest(b)
	const n = 200_000
	fill(b, s, 4096, 0, n)
	b.ResetTimer()
	for done := 0; done < b.N; done += n {
		fill(b, s, 4096, 0, uint64(min(n, b.N-done)))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkProveInclusion proves random entries of a log of a million.
func BenchmarkProveInclusion(b *testing.B) {
	o := testOptions(filepath.Join(b.TempDir(), "store"))
	s := openTest(b, o)
	const n = 1_000_000
	fill(b, s, 8192, 0, n)
	f := mustFreeze(b, s)
	b.ResetTimer()
	for b.Loop() {
		if _, err := s.ProveInclusion(f.Tree.Size, rand.Uint64N(n)); err != nil {
			b.Fatal(err)
		}
	}
}
