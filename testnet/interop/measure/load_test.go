package measure

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/transparency-dev/tessera"
)

// load calls do b.N times, by so many callers at once, with the numbers from 0,
// and reports how many a second were done and how long each took. What is
// pushed back is done again, which counts as a retry.
func load(b *testing.B, callers int, do func(ctx context.Context, i int) error) {
	b.Helper()
	ctx, cancel := context.WithCancelCause(b.Context())
	defer cancel(nil)
	var (
		next, pushed atomic.Int64
		took         = make([]time.Duration, b.N)
		wg           sync.WaitGroup
	)
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= b.N {
					return
				}
				start := time.Now()
				err := do(ctx, i)
				for ; errors.Is(err, tessera.ErrPushback); err = do(ctx, i) {
					pushed.Add(1)
					backOff(ctx)
				}
				if err != nil {
					cancel(err)
					return
				}
				took[i] = time.Since(start)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	if err := context.Cause(ctx); err != nil {
		b.Fatal(err)
	}
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
	b.ReportMetric(took[b.N/2].Seconds()*1000, "median-ms")
	b.ReportMetric(took[b.N*99/100].Seconds()*1000, "p99-ms")
	if n := pushed.Load(); n > 0 {
		b.ReportMetric(float64(n), "retries")
	}
}

// backOff waits as a client does that Tessera pushes back: "apply back-pressure
// to the source of new entries" (tessera.ErrPushback). Nothing announces when
// it takes entries again, and to ask at once would only burn the core that it
// needs to get there.
func backOff(ctx context.Context) {
	timer := time.NewTimer(time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// payload is record i: 200 bytes that no other record has.
func payload(i int) []byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	var b bytes.Buffer
	fmt.Fprintf(&b, "certificate %d of the summer school; holder %s; ", i, hex.EncodeToString(sum[:]))
	b.Write(bytes.Repeat([]byte{'.'}, 200-b.Len()))
	return b.Bytes()
}
