package anchor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
)

const (
	// DefaultCallTimeout is how long one question to the RPC may take.
	DefaultCallTimeout = 10 * time.Second

	// answerLimit bounds the answer to an ordinary question: a header, an
	// account, the code of a contract.
	answerLimit = 1 << 20

	// receiptsLimit bounds the receipts of one block, the one large answer:
	// a block of 60 million gas filled with logs is some 10 MB of JSON.
	receiptsLimit = 64 << 20
)

// A Client asks one RPC. Each question has its own time limit within the
// caller's context, each answer a size limit, redirects are not followed, and
// no error carries the RPC's path or query, where providers put their keys.
// It is safe for concurrent use.
type Client struct {
	rpc     *rpc.Client
	eth     *ethclient.Client
	host    string
	timeout time.Duration
	observe func(Question)
}

// Dial prepares a client for an http or https RPC. It does not connect: an
// RPC that is down shows with the first question. A timeout of 0 means
// DefaultCallTimeout.
func Dial(rawURL string, timeout time.Duration) (*Client, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, errors.New("RPC address is not a URL") // the cause would print it, with its key
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("RPC address on host %q: want http://HOST or https://HOST", u.Host)
	}
	if timeout <= 0 {
		timeout = DefaultCallTimeout
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxResponseHeaderBytes = 64 << 10
	hc := &http.Client{
		Transport:     limitedTransport{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c, err := rpc.DialOptions(context.Background(), rawURL, rpc.WithHTTPClient(hc))
	if err != nil {
		return nil, fmt.Errorf("RPC on host %s: %s", u.Host, reason(err))
	}
	return &Client{rpc: c, eth: ethclient.NewClient(c), host: u.Host, timeout: timeout, observe: func(Question) {}}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.rpc.Close() }

// Host is the RPC's host and port: what may be shown of its address.
func (c *Client) Host() string { return c.host }

// ask puts one question under the client's time limit. What it returns wraps
// ErrNoAnswer and says which question it was.
func ask[T any](ctx context.Context, c *Client, question string, do func(context.Context) (T, error)) (T, error) {
	asked := Question{Method: otherMethod}
	callCtx, cancel := context.WithTimeout(context.WithValue(ctx, askedKey{}, &asked), c.timeout)
	defer cancel()
	began := time.Now()
	v, err := do(callCtx)
	asked.Took, asked.Err = time.Since(began), err
	if ctx.Err() == nil { // else nobody waited for the answer
		c.observe(asked)
	}
	if err == nil {
		return v, nil
	}
	var zero T
	why := reason(err)
	if ctx.Err() == nil && callCtx.Err() != nil {
		why = fmt.Sprintf("no answer within %v", c.timeout)
	}
	return zero, &callError{text: fmt.Sprintf("%s at %s: %s", question, c.host, why), cause: err}
}

// callError is a question without an answer.
type callError struct {
	text  string
	cause error
}

func (e *callError) Error() string   { return ErrNoAnswer.Error() + ": " + e.text }
func (e *callError) Unwrap() []error { return []error{ErrNoAnswer, e.cause} }

// nonsense is an answer that cannot be: the RPC lies, or is broken.
func (c *Client) nonsense(format string, a ...any) error {
	return fmt.Errorf("%w: %s answers nonsense: %s", ErrNoAnswer, c.host, fmt.Sprintf(format, a...))
}

// reason puts an error of the RPC's making into one short line, without the
// RPC's address and without control characters. It is for people: nothing
// ever branches on it.
func reason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	text := err.Error()
	var h rpc.HTTPError
	if errors.As(err, &h) {
		text = "HTTP status " + h.Status
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if r := []rune(text); len(r) > 200 {
		text = string(r[:200]) + "…"
	}
	return text
}

type limitKey struct{}

// withLimit lets the answers to questions under ctx be n bytes long.
func withLimit(ctx context.Context, n int64) context.Context {
	return context.WithValue(ctx, limitKey{}, n)
}

// limitedTransport cuts answers off at the limit of their question.
type limitedTransport struct{ base http.RoundTripper }

func (t limitedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if asked, ok := req.Context().Value(askedKey{}).(*Question); ok {
		asked.Method = methodOf(req)
	}
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if asked, ok := req.Context().Value(askedKey{}).(*Question); ok {
		asked.Date, _ = http.ParseTime(resp.Header.Get("Date"))
	}
	limit, ok := req.Context().Value(limitKey{}).(int64)
	if !ok {
		limit = answerLimit
	}
	resp.Body = &limitedBody{body: resp.Body, left: limit, limit: limit}
	return resp, nil
}

// limitedBody fails the read that goes past the limit, so that a cut answer
// is never mistaken for a whole one.
type limitedBody struct {
	body        io.ReadCloser
	left, limit int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, fmt.Errorf("answer of more than %d bytes", b.limit)
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, fmt.Errorf("answer of more than %d bytes", b.limit)
	}
	return n, err
}

func (b *limitedBody) Close() error { return b.body.Close() }
