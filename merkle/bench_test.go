package merkle

import (
	"crypto/sha256"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
)

// BenchmarkBuild builds the tree over 65,536 leaf hashes, and before each
// build makes the bare SHA-256 calls that it needs: one of 65 bytes for each
// node, spread over as many cores. ×bare is the shortest build over the
// shortest bare run of the same benchmark, by the clock; ×bare-cpu compares
// the processor time of all builds with that of all bare runs, which other
// work on the machine hardly weighs on. The sub-benchmarks differ in what is
// built and on how many cores.
func BenchmarkBuild(b *testing.B) {
	const n = 1 << 16
	leaves := testLeaves(n)
	root := func() { Root(leaves) }
	tiles := func() {
		if _, _, err := new(TileBuilder).Grow(leaves); err != nil {
			b.Fatal(err)
		}
	}
	oneByOne := func() {
		var f Frontier
		for _, leaf := range leaves {
			f.Append(leaf)
		}
		f.Tree()
	}
	for _, bm := range []struct {
		name  string
		cores int
		build func()
	}{
		{"root", runtime.NumCPU(), root},
		{"tiles", runtime.NumCPU(), tiles},
		{"root-one-core", 1, root},
		{"tiles-one-core", 1, tiles},
		{"append-one-core", 1, oneByOne},
	} {
		b.Run(bm.name, func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(bm.cores))
			const never = time.Duration(math.MaxInt64)
			bare, built := never, never
			var bareCPU, builtCPU time.Duration
			for b.Loop() {
				cpu0, start := cpuTime(b), time.Now()
				bareCalls(n - 1)
				cpu1, middle := cpuTime(b), time.Now()
				bm.build()
				built = min(built, time.Since(middle))
				bare = min(bare, middle.Sub(start))
				bareCPU += cpu1 - cpu0
				builtCPU += cpuTime(b) - cpu1
			}
			b.ReportMetric(float64(builtCPU)/float64(bareCPU), "×bare-cpu")
			b.ReportMetric(float64(built)/float64(bare), "×bare")
			b.ReportMetric(float64(bare.Nanoseconds())/(n-1), "bare-ns/hash")
			b.ReportMetric(float64(built.Nanoseconds())/n, "ns/leaf")
			b.ReportMetric(0, "ns/op") // of both together: says nothing
		})
	}
}

// cpuTime returns the processor time that this process has used.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// bareCalls hashes n buffers of 65 bytes on all cores.
func bareCalls(n int) {
	parallel((n+TileWidth-1)/TileWidth, func(block int) {
		var buf [1 + 2*HashSize]byte
		for range min(TileWidth, n-block*TileWidth) {
			h := sha256.Sum256(buf[:])
			copy(buf[1:], h[:]) // so that no call can be left out
		}
	})
}

// BenchmarkGrow appends batches to a log of a million entries, as a store
// does at each commit.
func BenchmarkGrow(b *testing.B) {
	const n = 1_000_000
	base, _, err := new(TileBuilder).Grow(testLeaves(n))
	if err != nil {
		b.Fatal(err)
	}
	for _, bm := range []struct {
		name  string
		batch int
	}{{"1", 1}, {"100", 100}, {"1000", 1000}, {"10000", 10000}} {
		leaves := testLeaves(bm.batch)
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				next, _, err := base.Grow(leaves)
				if err != nil {
					b.Fatal(err)
				}
				next.Tree()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(bm.batch), "ns/leaf")
		})
	}
}

// BenchmarkInclusion proves leaves of a log of a million entries drawn at
// random, from tiles in memory, with caches of several sizes, and always
// checked against the root. The median hides what other work on the machine
// takes away.
func BenchmarkInclusion(b *testing.B) {
	const n = 1_000_000
	leaves := testLeaves(n)
	base, changed, err := new(TileBuilder).Grow(leaves)
	if err != nil {
		b.Fatal(err)
	}
	tiles := newMemTiles()
	tiles.put(changed)
	tree := base.Tree()
	for _, bm := range []struct {
		name  string
		tiles int
	}{{"no-cache", 0}, {"cache-64", 64}, {"cache-1024", 1024}, {"cache-4096", 4096}} {
		b.Run(bm.name, func(b *testing.B) {
			p := NewProver(tiles, bm.tiles)
			rng := rand.New(rand.NewPCG(1, 2))
			for i := range uint64(n / TileWidth) { // every tile once
				if _, err := p.Inclusion(tree, i*TileWidth); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				if _, err := p.Inclusion(tree, rng.Uint64N(n)); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "median-ns")
		})
	}
	b.Run("without-root", func(b *testing.B) {
		rng := rand.New(rand.NewPCG(1, 2))
		for b.Loop() {
			if _, err := ProveInclusion(tiles, n, rng.Uint64N(n)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("check", func(b *testing.B) {
		p, err := NewProver(tiles, 0).Inclusion(tree, 123456)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := tree.CheckInclusion(leaves[123456], p); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkStatus changes a state among a million targets and computes the
// root, and proves states drawn at random.
func BenchmarkStatus(b *testing.B) {
	const n = 1_000_000
	r := make(memStatus)
	tree, err := NewStatusTree(r, n)
	if err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range n / 100 {
		if err := tree.Set(rng.Uint64N(n), 2); err != nil {
			b.Fatal(err)
		}
	}
	r.store(tree)
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			tree, err := NewStatusTree(r, n)
			if err == nil {
				_, err = tree.Root()
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("set", func(b *testing.B) {
		state := uint8(0)
		for b.Loop() {
			state ^= 1
			if err := tree.Set(rng.Uint64N(n), state); err != nil {
				b.Fatal(err)
			}
			if _, err := tree.Root(); err != nil {
				b.Fatal(err)
			}
			r.store(tree)
		}
	})
	b.Run("prove", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := tree.Prove(rng.Uint64N(n)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
