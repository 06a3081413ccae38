package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
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
func fill(s *Store, callers int, from, to uint64, failed func(error)) {
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
					failed(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func fails(b *testing.B) func(error) { return func(err error) { b.Error(err) } }

// BenchmarkAppend appends distinct records of 256 bytes, parsing included,
// each looked up for duplicates and durable when it is answered.
func BenchmarkAppend(b *testing.B) {
	for _, callers := range []int{64, 1024, 4096, 16384} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s := newTest(b)
			began := cpuTime()
			b.ResetTimer()
			fill(s, callers, 0, uint64(b.N), fails(b))
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
	fill(s, 4096, 0, n, fails(b))
	b.ResetTimer()
	for done := 0; done < b.N; done += n {
		fill(s, 4096, 0, uint64(min(n, b.N-done)), fails(b))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkProveInclusion proves random entries of a log of a million.
func BenchmarkProveInclusion(b *testing.B) {
	o := testOptions(filepath.Join(b.TempDir(), "store"))
	s := openTest(b, o)
	const n = 1_000_000
	fill(s, 8192, 0, n, fails(b))
	f := mustFreeze(b, s)
	b.ResetTimer()
	for b.Loop() {
		if _, err := s.ProveInclusion(f.Tree.Size, rand.Uint64N(n)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkProveStatus proves the state of random entries of a log of a
// million, of which one in fifty was revoked, as of its last head.
func BenchmarkProveStatus(b *testing.B) {
	s := newTest(b)
	const n = 1_000_000
	fill(s, 8192, 0, n, fails(b))
	var wg sync.WaitGroup
	for caller := range 1000 {
		wg.Go(func() {
			for i := range n / 50 / 1000 {
				if _, err := s.ChangeStatus(context.Background(), uint64(caller*1000+i*50), record.Revoked); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	f := mustFreeze(b, s)
	b.ResetTimer()
	for b.Loop() {
		if _, err := s.ProveStatus(f.Head(), rand.Uint64N(n)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGrowth fills stores of ten thousand to ten million entries, each in
// a process of its own, and reports what an entry took on average and in the
// end, what opening and proving takes then, and the memory and disk used. Run
// it with -benchtime 1x.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range []uint64{10_000, 100_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			for b.Loop() {
				cmd, out := startChild(b, "growth", filepath.Join(b.TempDir(), "store"), fmt.Sprint(n))
				var g grown
				out.Scan()
				if err := json.Unmarshal(out.Bytes(), &g); err != nil {
					b.Fatalf("child said %q: %v", out.Text(), err)
				}
				if err := cmd.Wait(); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(g.Append.Nanoseconds())/1000, "append-µs")
				b.ReportMetric(float64(g.Last.Nanoseconds())/1000, "last-µs")
				b.ReportMetric(g.Open.Seconds()*1000, "open-ms")
				b.ReportMetric(float64(g.Prove.Nanoseconds())/1000, "prove-µs")
				b.ReportMetric(float64(g.Heap)/(1<<20), "heap-MiB")
				b.ReportMetric(float64(g.Anon)/(1<<20), "anon-MiB")
				b.ReportMetric(float64(g.Disk)/float64(n), "disk-B/entry")
				b.ReportMetric(0, "ns/op") // of everything together: says nothing
			}
		})
	}
}
