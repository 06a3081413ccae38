// Addbench measures durable, deduplicated adds: akashi's store beside
// Tessera's POSIX driver with its Badger deduplication, with the same records,
// the same number of concurrent callers and on the same filesystem.
//
// Each run is a process of its own, so that neither inherits the other's heap.
// Every answer counts only once it is durable: store.Append returns after the
// sync; Tessera's future resolves after the entry is integrated.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	badger "github.com/transparency-dev/tessera/storage/posix/antispam"
	"golang.org/x/mod/sumdb/note"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
)

// A Result is what one run measured.
type Result struct {
	Name      string        `json:"name"`
	Adds      int           `json:"adds"`
	Callers   int           `json:"callers"`
	PerSecond float64       `json:"per_second"`
	Median    time.Duration `json:"median_ns"`
	P99       time.Duration `json:"p99_ns"`
	Pushback  int64         `json:"pushback"` // answers "try again", each retried
	HeapMB    float64       `json:"heap_mb"`
}

type settings struct {
	Name    string
	Batch   uint
	Age     time.Duration
	Tessera bool
}

// runs are akashi once, and Tessera with the batch settings of its own POSIX
// server, its defaults, and two larger ones.
var runs = []settings{
	{Name: "akashi store"},
	{Name: "tessera 256 entries, 1 s", Tessera: true, Batch: 256, Age: time.Second},
	{Name: "tessera 256 entries, 250 ms", Tessera: true, Batch: 256, Age: 250 * time.Millisecond},
	{Name: "tessera 1024 entries, 100 ms", Tessera: true, Batch: 1024, Age: 100 * time.Millisecond},
	{Name: "tessera 4096 entries, 100 ms", Tessera: true, Batch: 4096, Age: 100 * time.Millisecond},
}

func main() {
	n := flag.Int("n", 400_000, "records to add in each run")
	callers := flag.Int("callers", 4096, "concurrent callers")
	dir := flag.String("dir", "", "folder on the filesystem to measure (default: the temporary one)")
	one := flag.Int("run", -1, "make only this run, in this process")
	flag.Parse()
	if *one >= 0 {
		r, err := measure(runs[*one], *n, *callers, *dir)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		json.NewEncoder(os.Stdout).Encode(r)
		return
	}
	var all []Result
	for i := range runs {
		cmd := exec.Command(os.Args[0], "-run", fmt.Sprint(i), "-n", fmt.Sprint(*n), "-callers", fmt.Sprint(*callers), "-dir", *dir)
		var talk bytes.Buffer // the databases' own messages: shown when a run fails
		cmd.Stderr = &talk
		out, err := cmd.Output()
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n%s", runs[i].Name, err, &talk)
			os.Exit(1)
		}
		var r Result
		if err := json.Unmarshal(out, &r); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		all = append(all, r)
	}
	fmt.Println("| durable adds, deduplicated | adds/s | median | p99 | heap | push-back |")
	fmt.Println("|---|---|---|---|---|---|")
	best := 0.0
	for i, r := range all {
		fmt.Printf("| %s | %.0f | %v | %v | %.0f MB | %d |\n", r.Name, r.PerSecond, r.Median.Round(time.Millisecond), r.P99.Round(time.Millisecond), r.HeapMB, r.Pushback)
		if i > 0 {
			best = max(best, r.PerSecond)
		}
	}
	fmt.Printf("\n%d records, %d callers, %d cores: akashi makes **%.2f times** the adds of Tessera's best setting.\n", *n, *callers, runtime.NumCPU(), all[0].PerSecond/best)
}

// payload is record i: some 200 bytes that no other record has.
func payload(i int) []byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	var b bytes.Buffer
	fmt.Fprintf(&b, "certificate %d of the summer school; holder %s; ", i, hex.EncodeToString(sum[:]))
	for b.Len() < 200 {
		b.WriteByte('.')
	}
	return b.Bytes()
}

type adder interface {
	// add returns when the record is durable; retries counts push-backs.
	add(ctx context.Context, b []byte) (retries int64, err error)
	close(ctx context.Context) error
}

func measure(s settings, n, callers int, parent string) (Result, error) {
	dir, err := os.MkdirTemp(parent, "addbench")
	if err != nil {
		return Result{}, err
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	open := openAkashi
	if s.Tessera {
		open = openTessera
	}
	a, err := open(ctx, dir, s)
	if err != nil {
		return Result{}, err
	}
	var (
		next, pushed atomic.Int64
		failed       atomic.Pointer[error]
		took         = make([]time.Duration, n)
		wg           sync.WaitGroup
	)
	start := time.Now()
	for range callers {
		wg.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				t := time.Now()
				retries, err := a.add(ctx, payload(i))
				if err != nil {
					failed.Store(&err)
					return
				}
				pushed.Add(retries)
				took[i] = time.Since(t)
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	if err := failed.Load(); err != nil {
		return Result{}, *err
	}
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	slices.Sort(took)
	r := Result{
		Name: s.Name, Adds: n, Callers: callers, PerSecond: float64(n) / elapsed.Seconds(),
		Median: took[n/2], P99: took[n*99/100], Pushback: pushed.Load(), HeapMB: float64(mem.HeapAlloc) / (1 << 20),
	}
	return r, a.close(ctx)
}

type akashi struct{ s *store.Store }

func openAkashi(_ context.Context, dir string, _ settings) (adder, error) {
	s, err := store.Open(store.Options{Dir: dir, Secret: make([]byte, 32)})
	return akashi{s}, err
}

func (a akashi) add(ctx context.Context, b []byte) (int64, error) {
	r, err := record.Parse(b)
	if err != nil {
		return 0, err
	}
	_, err = a.s.Append(ctx, store.Submission{Type: record.Document, Record: r})
	return 0, err
}

func (a akashi) close(context.Context) error { return a.s.Close() }

type tesseraLog struct {
	appender *tessera.Appender
	shutdown func(context.Context) error
}

func openTessera(ctx context.Context, dir string, s settings) (adder, error) {
	driver, err := posix.New(ctx, posix.Config{Path: filepath.Join(dir, "log")})
	if err != nil {
		return nil, err
	}
	dedup, err := badger.NewAntispam(ctx, filepath.Join(dir, "antispam"), badger.AntispamOpts{})
	if err != nil {
		return nil, err
	}
	secret, _, err := note.GenerateKey(rand.Reader, "bench.example")
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, err
	}
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(time.Second).
		WithBatching(s.Batch, s.Age).
		WithPushback(64<<10).
		WithAntispam(tessera.DefaultAntispamInMemorySize, dedup))
	return tesseraLog{appender, shutdown}, err
}

func (t tesseraLog) add(ctx context.Context, b []byte) (int64, error) {
	for retries := int64(0); ; retries++ {
		_, err := t.appender.Add(ctx, tessera.NewEntry(b))()
		if !errors.Is(err, tessera.ErrPushback) {
			return retries, err
		}
		// Its own hammer waits a moment as well; without it the loop would
		// only burn the core that the log needs.
		time.Sleep(time.Millisecond)
	}
}

func (t tesseraLog) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return t.shutdown(ctx)
}
