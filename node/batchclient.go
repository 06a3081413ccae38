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

	"github.com/akashi-project/akashi/record"
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
	sent    uint64 // records; of send until it has returned
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
		body := newFeed()
		sent := make(chan error, 1)
		go func() { sent <- b.send(body) }()
		answered := uint64(0)
		err, left := b.receive(ctx, body, func(a BatchAnswer, err error) bool {
			answered++
			return yield(a, err)
		})
		body.Close() // ends send at its next record
		cancel()
		if serr := <-sent; serr != nil && !errors.Is(serr, io.ErrClosedPipe) {
			err = serr // the cause of the node's not getting the rest
		}
		if err == nil && !left && b.summary.Problem == nil && (answered != b.sent || answered != b.summary.Lines) {
			// Somebody between lost lines, and the node never saw them.
			err = fmt.Errorf("%s: %w: %d records were sent and %d answered", b.client.URL, ErrBatchCut, b.sent, answered)
		}
		if err != nil && !left {
			yield(BatchAnswer{}, err)
		}
	}
}

// Summary is what the node counted, once Answers has ended without an error.
func (b *Batch) Summary() BatchSummary { return b.summary }

// send writes the lines.
func (b *Batch) send(body *feed) error {
	for r := range b.records {
		b.sent++
		line, err := r.encode()
		if err == nil {
			err = body.line(line)
		} else {
			err = fmt.Errorf("record %d of the batch: %w", b.sent, err)
		}
		if err != nil {
			body.end(err)
			return err
		}
	}
	body.end(io.EOF)
	return nil
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
		answer, summary, ok := readAnswer(line)
		switch {
		case !ok:
			return fmt.Errorf("%s%s answered with a line that is no akashi node's: %w", b.client.URL, path, ErrUnreachable), false
		case summary != nil:
			b.summary = *summary
			return nil, false
		case answer.Line == 0:
			continue
		}
		if !yield(answer, nil) {
			return nil, true
		}
	}
}

// readAnswer reads one line of the answer: an answer, the summary, or neither,
// which is a sign of life. It is not ok when a member is missing that such a
// line always has.
func readAnswer(line []byte) (answer BatchAnswer, summary *BatchSummary, ok bool) {
	var l struct {
		Line       uint64             `json:"line"`
		Index      *uint64            `json:"index"`
		Type       *record.Type       `json:"type"`
		CID        string             `json:"cid"`
		Commitment *record.Commitment `json:"commitment"`
		Duplicate  *bool              `json:"duplicate"`
		State      string             `json:"state"`
		Problem    *Problem           `json:"problem"`
		Waiting    string             `json:"waiting"`
		Summary    *BatchSummary      `json:"summary"`
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return answer, nil, false
	}
	answer.Line, answer.Problem = l.Line, l.Problem
	switch {
	case l.Summary != nil, l.Waiting != "":
		return BatchAnswer{}, l.Summary, true
	case l.Line == 0:
		return answer, nil, false
	case l.Problem != nil:
		return answer, nil, true
	case l.Index == nil || l.Type == nil || l.Duplicate == nil || l.State == "":
		return answer, nil, false
	}
	answer.Logged = Logged{Index: *l.Index, Type: *l.Type, CID: l.CID, Commitment: l.Commitment, Duplicate: *l.Duplicate, State: l.State}
	return answer, nil, true
}
