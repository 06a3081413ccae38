package node

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxBatchAnswer bounds one line of the node's answer to a batch.
const maxBatchAnswer = 64 << 10

// ErrBatchCut says that the answer to a batch ended before its summary. What
// was answered holds; the rest was logged or not, and is sent again without
// harm.
var ErrBatchCut = errors.New("the answer to the batch was cut off")

// A Batch is one POST /v1/records/batch. Client.Batch makes it; Answers sends
// it.
type Batch struct {
	client  *Client
	ctx     context.Context
	options BatchOptions
	records iter.Seq[BatchRecord]
	summary BatchSummary
}

// Batch makes a batch out of any number of records; nothing is sent before
// Answers is read. Neither side holds all of them: records are drawn while
// answers come in.
//
// Sending records again does no harm, so after an error the caller makes
// another batch of those that have no answer.
func (c *Client) Batch(ctx context.Context, o BatchOptions, records iter.Seq[BatchRecord]) *Batch {
	return &Batch{client: c, ctx: ctx, options: o, records: records}
}

// Answers sends the records and yields an answer for each, in their order. It
// can be read once. records runs in a goroutine of its own, ahead of the
// answers by as much as the node and the network hold, and has returned when
// Answers has; leaving the loop early stops it at its next record.
//
// An error ends the answers: a *Problem for the batch as a whole (no token, a
// node that takes no records), an error wrapping ErrUnreachable, ErrBatchCut,
// or what is wrong with a BatchRecord. After the last answer without an error,
// Summary has what the node counted.
func (b *Batch) Answers() iter.Seq2[BatchAnswer, error] {
	return func(yield func(BatchAnswer, error) bool) {
		ctx, cancel := context.WithCancel(b.ctx)
		pr, pw := io.Pipe()
		sent := make(chan error, 1)
		go func() { sent <- b.send(pw) }()
		err, left := b.receive(ctx, pr, yield)
		// Ends send at its next write, also when it waits in records.
		pr.CloseWithError(io.ErrClosedPipe)
		cancel()
		if serr := <-sent; serr != nil && !errors.Is(serr, io.ErrClosedPipe) {
			err = serr // the cause of the node's not getting the rest
		}
		if err != nil && !left {
			yield(BatchAnswer{}, err)
		}
	}
}

// Summary is what the node counted, once Answers has ended without an error.
func (b *Batch) Summary() BatchSummary { return b.summary }

// send writes the lines.
func (b *Batch) send(pw *io.PipeWriter) error {
	w := bufio.NewWriterSize(pw, 64<<10)
	n := uint64(0)
	for r := range b.records {
		n++
		line, err := r.encode()
		if err == nil {
			if _, err = w.Write(line); err == nil {
				err = w.WriteByte('\n')
			}
		} else {
			err = fmt.Errorf("record %d of the batch: %w", n, err)
		}
		if err != nil {
			pw.CloseWithError(err)
			return err
		}
	}
	err := w.Flush()
	pw.CloseWithError(err) // nil closes as at the end of a file
	return err
}

// receive makes the request and yields the answers; left says that the caller
// wants no more.
func (b *Batch) receive(ctx context.Context, body io.Reader, yield func(BatchAnswer, error) bool) (err error, left bool) {
	const path = "/v1/records/batch"
	q := url.Values{}
	if b.options.Wait != "" {
		q.Set("wait", b.options.Wait)
	}
	if b.options.Timeout != 0 {
		q.Set("timeout", b.options.Timeout.String())
	}
	target := path
	if len(q) > 0 {
		target += "?" + q.Encode()
	}
	resp, err := b.client.send(ctx, http.MethodPost, target, BatchMediaType, body)
	if err != nil {
		return err, false
	}
	defer resp.Body.Close()
	got, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode != http.StatusOK || got != BatchMediaType {
		text, err := io.ReadAll(io.LimitReader(resp.Body, maxBatchAnswer))
		if err != nil {
			return fmt.Errorf("%w at %s: the answer broke off: %w", ErrUnreachable, b.client.URL, err), false
		}
		return b.client.refused(resp, path, got, text), false
	}
	lines := bufio.NewReaderSize(resp.Body, maxBatchAnswer)
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil {
			// A part of a line is nothing: it may be a part of a number.
			return fmt.Errorf("%s%s: %w: %w", b.client.URL, path, ErrBatchCut, err), false
		}
		var out struct {
			Line    *uint64        `json:"line"`
			Problem *Problem       `json:"problem"`
			Waiting jsontext.Value `json:"waiting"`
			Summary *BatchSummary  `json:"summary"`
		}
		var answer BatchAnswer
		err = json.Unmarshal(line, &out)
		switch {
		case err == nil && out.Waiting != nil:
			continue
		case err == nil && out.Summary != nil:
			b.summary = *out.Summary
			return nil, false
		case err == nil && out.Line != nil && out.Problem != nil:
			answer = BatchAnswer{Line: *out.Line, Problem: out.Problem}
		case err == nil && out.Line != nil && whole(line, &answer.Logged) && json.Unmarshal(line, &answer.Logged) == nil:
			answer.Line = *out.Line
		default:
			return fmt.Errorf("%s%s answered with a line that is no akashi node's: %w", b.client.URL, path, ErrUnreachable), false
		}
		if !yield(answer, nil) {
			return nil, true
		}
	}
}
