package measure

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	badger "github.com/transparency-dev/tessera/storage/posix/antispam"
	"golang.org/x/mod/sumdb/note"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
)

// An adder makes records durable.
type adder interface {
	// add returns when the record is durable, or with tessera.ErrPushback when
	// it is to be added again.
	add(ctx context.Context, b []byte) error
	close(ctx context.Context) error
}

// BenchmarkAdd adds records that are durable when add returns: to a file, which
// is the least that durability costs, to akashi's store, and to Tessera's POSIX
// driver with its Badger deduplication, with the batch settings of its own
// server, its defaults, and two larger ones. The store and Tessera look each
// record up for duplicates. Run each in a process of its own: neither shall
// inherit the other's heap.
func BenchmarkAdd(b *testing.B) {
	sides := []struct {
		name string
		open func(ctx context.Context, dir string) (adder, error)
	}{
		{"file", openFile},
		{"akashi", openAkashi},
		{"tessera-256-1s", openTessera(256, time.Second)},
		{"tessera-256-250ms", openTessera(256, 250*time.Millisecond)},
		{"tessera-1024-100ms", openTessera(1024, 100*time.Millisecond)},
		{"tessera-4096-100ms", openTessera(4096, 100*time.Millisecond)},
	}
	for _, callers := range []int{1, 256, 4096} {
		for _, side := range sides {
			b.Run(fmt.Sprintf("callers=%d/%s", callers, side.name), func(b *testing.B) {
				a, err := side.open(b.Context(), b.TempDir())
				if err != nil {
					b.Fatal(err)
				}
				load(b, callers, func(ctx context.Context, i int) error { return a.add(ctx, payload(i)) })
				var mem runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&mem)
				b.ReportMetric(float64(mem.HeapAlloc)/(1<<20), "heap-MiB")
				if err := a.close(b.Context()); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// file appends records to a file. Whatever waits is written in one go and
// synced once.
type file struct {
	f    *os.File
	adds chan fileAdd
}

type fileAdd struct {
	record []byte
	done   chan error
}

func openFile(_ context.Context, dir string) (adder, error) {
	f, err := os.Create(filepath.Join(dir, "records"))
	if err != nil {
		return nil, err
	}
	a := &file{f: f, adds: make(chan fileAdd, 4096)}
	go a.run()
	return a, nil
}

func (a *file) run() {
	for first := range a.adds {
		batch, data := []fileAdd{first}, append([]byte(nil), first.record...)
		for range len(a.adds) {
			next := <-a.adds
			batch, data = append(batch, next), append(data, next.record...)
		}
		_, err := a.f.Write(data)
		err = errors.Join(err, a.f.Sync())
		for _, add := range batch {
			add.done <- err
		}
	}
}

func (a *file) add(_ context.Context, b []byte) error {
	done := make(chan error, 1)
	a.adds <- fileAdd{b, done}
	return <-done
}

func (a *file) close(context.Context) error {
	close(a.adds)
	return a.f.Close()
}

type akashi struct{ s *store.Store }

func openAkashi(_ context.Context, dir string) (adder, error) {
	s, err := store.Open(store.Options{Dir: filepath.Join(dir, "store"), Secret: make([]byte, 32)})
	return akashi{s}, err
}

func (a akashi) add(ctx context.Context, b []byte) error {
	r, err := record.Parse(b)
	if err != nil {
		return err
	}
	_, err = a.s.Append(ctx, store.Submission{Type: record.Document, Record: r})
	return err
}

func (a akashi) close(context.Context) error { return a.s.Close() }

type tesseraLog struct {
	appender *tessera.Appender
	shutdown func(context.Context) error
}

func openTessera(batch uint, age time.Duration) func(context.Context, string) (adder, error) {
	return func(ctx context.Context, dir string) (adder, error) {
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
			WithBatching(batch, age).
			WithPushback(64<<10).
			WithAntispam(tessera.DefaultAntispamInMemorySize, dedup))
		return tesseraLog{appender, shutdown}, err
	}
}

// add returns when the entry has its index, which it gets when it is
// integrated and on disk.
func (t tesseraLog) add(ctx context.Context, b []byte) error {
	_, err := t.appender.Add(ctx, tessera.NewEntry(b))()
	return err
}

func (t tesseraLog) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	return t.shutdown(ctx)
}
