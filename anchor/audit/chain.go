package audit

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/verify"
)

// Limits on what the chain may make an audit hold.
const (
	maxEvents = 20_000_000 // of all logs
	maxKeep   = 1 << 30    // bytes of keys and origins in them
)

// ask puts a question to the chain, some times when it is not answered.
func ask[T any](ctx context.Context, o *Options, do func() (T, error)) (T, error) {
	for attempt := 1; ; attempt++ {
		v, err := do()
		if err == nil || ctx.Err() != nil || attempt >= o.Attempts {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return v, err
		}
		if err := pause(ctx, backoff(attempt)); err != nil {
			return v, err
		}
	}
}

// resolve finds the ends of the range.
func resolve(ctx context.Context, o *Options) (Range, error) {
	reader := anchor.NewReader(o.Client, o.Confirmations)
	final, err := ask(ctx, o, func() (verify.Block, error) { return reader.Finalized(ctx) })
	if err != nil {
		return Range{}, err
	}
	block := func(n uint64) (verify.Block, error) {
		return ask(ctx, o, func() (verify.Block, error) { return reader.Block(ctx, n) })
	}
	r := Range{To: final, Partial: !o.From.isZero(), Past: !o.To.isZero(), MaxGapSeconds: uint64(o.MaxGap / time.Second), Confirmations: o.Confirmations}
	switch {
	case o.To.Block != nil:
		if *o.To.Block > final.Number {
			return r, fmt.Errorf("%w: block %d is not final yet; the newest that is has number %d", ErrRange, *o.To.Block, final.Number)
		}
		if r.To, err = block(*o.To.Block); err != nil {
			return r, err
		}
	case !o.To.Time.IsZero():
		// A later block may be of the same second, on chains of many blocks.
		if unix(o.To.Time) >= final.Time {
			return r, fmt.Errorf("%w: the newest final block is of %s, not after the end that was asked for", ErrRange, time.Unix(int64(final.Time), 0).UTC().Format(time.RFC3339))
		}
		n, err := firstAfter(block, final.Number, unix(o.To.Time)+1)
		if err != nil {
			return r, err
		}
		if n == 0 {
			return r, fmt.Errorf("%w: the chain began after the end that was asked for", ErrRange)
		}
		if r.To, err = block(n - 1); err != nil {
			return r, err
		}
	}
	from := uint64(0)
	switch {
	case o.From.Block != nil:
		from = *o.From.Block
	case !o.From.Time.IsZero():
		if from, err = firstAfter(block, final.Number, unix(o.From.Time)); err != nil {
			return r, err
		}
	}
	if from > r.To.Number {
		return r, fmt.Errorf("%w: it would begin with block %d and end with block %d", ErrRange, from, r.To.Number)
	}
	r.From, err = block(from)
	return r, err
}

func unix(t time.Time) uint64 { return uint64(max(t.Unix(), 0)) }

// firstAfter finds the first block at a time or later; last+1 if there is
// none.
func firstAfter(block func(uint64) (verify.Block, error), last, t uint64) (uint64, error) {
	low, high := uint64(0), last+1
	for low < high {
		mid := low + (high-low)/2
		b, err := block(mid)
		if err != nil {
			return 0, err
		}
		if b.Time >= t {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low, nil
}

// collect reads the events up to the end of the range into the state, in
// ranges of blocks as large as the RPC allows.
func (a *auditor) collect(ctx context.Context) error {
	s := a.state
	last := s.Range.To.Number
	step := last + 1     // blocks to ask for
	refused := uint64(0) // the smallest step that was refused lately; 0: none
	successes, failed := 0, 0
	for s.Scanned <= last {
		a.o.Progress(Progress{Done: s.Scanned, Total: last + 1})
		to := last
		if step-1 < last-s.Scanned {
			to = s.Scanned + step - 1
		}
		logs, err := a.o.Client.Events(ctx, a.o.Registry, a.o.Log, s.Scanned, to)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			// Whether it was too much to ask cannot be told from the error;
			// asking for less succeeds if it was.
			asked := to - s.Scanned + 1
			if asked > 1 && a.o.Client.Alive(ctx) {
				refused, step, successes, failed = asked, asked/2, 0, 0
				continue
			}
			if failed++; failed >= a.o.Attempts {
				return err
			}
			if err := pause(ctx, backoff(failed)); err != nil {
				return err
			}
			continue
		}
		failed = 0
		for i := range logs {
			e, err := readEvent(&logs[i])
			if err != nil {
				return fmt.Errorf("%w: %w", anchor.ErrNoAnswer, err)
			}
			id := checkpoint.LogID(logs[i].Topics[1])
			if e.Kind == skipped && s.Logs[id] != nil {
				// Strangers may cause as many as they pay for; they are counted.
				s.Logs[id].Skipped++
				s.Logs[id].EventBytes.add(appendEvent(nil, &logs[i]))
				continue
			}
			if s.Kept += uint64(len(e.Origin) + len(e.Keys)); s.Count >= maxEvents || s.Kept > maxKeep {
				return fmt.Errorf("the registry has more events than an audit can hold, %d; audit one log", s.Count)
			}
			s.Count++
			l := s.log(id)
			if e.Kind == skipped {
				l.Skipped++
			} else {
				l.Events = append(l.Events, e)
			}
			l.EventBytes.add(appendEvent(nil, &logs[i]))
		}
		s.Scanned = to + 1
		if successes++; successes >= 16 {
			refused, successes = 0, 0 // the blocks that were too much may lie behind
		}
		if bigger := 2 * step; bigger > step && (refused == 0 || bigger < refused) && step <= last {
			step = bigger
		}
		if err := a.save(false); err != nil {
			return err
		}
	}
	return nil
}

// headers asks for the blocks of events, and hashes them: number, hash and
// time of each, numbers in 8 bytes, big-endian.
func (a *auditor) headers(ctx context.Context, events []event, to verify.Block) (map[uint64]verify.Block, stream, error) {
	var numbers []uint64
	for i := range events {
		if n := events[i].Block; len(numbers) == 0 || numbers[len(numbers)-1] != n {
			numbers = append(numbers, n)
		}
	}
	out := make(map[uint64]verify.Block, len(numbers))
	var sum stream
	for part := range slices.Chunk(numbers, 1000) {
		blocks, err := ask(ctx, &a.o, func() ([]verify.Block, error) { return a.o.Client.Blocks(ctx, part) })
		if err != nil {
			return nil, sum, err
		}
		for _, b := range blocks {
			out[b.Number] = b
			line := binary.BigEndian.AppendUint64(nil, b.Number)
			line = append(line, b.Hash[:]...)
			sum.add(binary.BigEndian.AppendUint64(line, b.Time))
		}
	}
	return out, sum, nil
}

// transactions asks for transactions and hashes them: hash, sender, receiver,
// length of the calldata in 8 bytes, calldata.
func (a *auditor) transactions(ctx context.Context, hashes []verify.BlockHash, sum *stream) ([]*anchor.Transaction, error) {
	txs, err := ask(ctx, &a.o, func() ([]*anchor.Transaction, error) { return a.o.Client.Transactions(ctx, hashes) })
	if err != nil {
		return nil, err
	}
	for i, tx := range txs {
		if tx == nil {
			continue
		}
		b := append([]byte(nil), hashes[i][:]...)
		b = append(append(b, tx.From[:]...), tx.To[:]...)
		b = binary.BigEndian.AppendUint64(b, uint64(len(tx.Input)))
		sum.add(append(b, tx.Input...))
	}
	return txs, nil
}

// senders fills in who sent what the owners did.
func (a *auditor) senders(ctx context.Context, p *plan, sum *stream) error {
	var hashes []verify.BlockHash
	list := p.owners()
	for _, e := range list {
		hashes = append(hashes, e.Tx)
	}
	slices.SortFunc(hashes, func(a, b verify.BlockHash) int { return slices.Compare(a[:], b[:]) })
	hashes = slices.Compact(hashes)
	txs, err := a.transactions(ctx, hashes, sum)
	if err != nil {
		return err
	}
	by := map[verify.BlockHash]*anchor.Transaction{}
	for i, tx := range txs {
		by[hashes[i]] = tx
	}
	for _, e := range list {
		if tx := by[e.Tx]; tx != nil {
			e.From, e.Call = tx.From, callName(tx.To, a.o.Registry, tx.Input)
		}
	}
	return nil
}

// appendState appends what is hashed of the registry's state: size, root,
// operator, owner, a byte that is 1 if the log is closed, actions; numbers in 8
// bytes, big-endian.
func appendState(b []byte, s *anchor.LogState) []byte {
	b = append(binary.BigEndian.AppendUint64(b, s.Tree.Size), s.Tree.Root[:]...)
	b = append(append(b, s.Operator[:]...), s.Owner[:]...)
	closed := byte(0)
	if s.Closed {
		closed = 1
	}
	return binary.BigEndian.AppendUint64(append(b, closed), s.Actions)
}
