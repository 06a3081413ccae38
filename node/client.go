package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

// maxAnswer bounds what a Client reads of one answer: the largest is an open
// record or a page of anchors.
const maxAnswer = 8 << 20

// A Client speaks a node's HTTP. Its methods return a *Problem (find it with
// errors.As) when the node answered with an error, and an error wrapping
// ErrUnreachable when no node did. Any number of goroutines may use it.
type Client struct {
	// URL is where the node listens, "http://127.0.0.1:8044".
	URL string
	// Token is the bearer token; empty sends none, which is enough to read.
	Token string
	// HTTP does the requests; nil is a client of the Client's own with
	// timeouts on connecting but none on the whole, so that waiting is
	// bounded by ctx alone.
	HTTP *http.Client
}

// ErrUnreachable says that no node answered, or something that is no node.
var ErrUnreachable = errors.New("node cannot be reached")

// A Submission is what Client.Submit sends.
type Submission struct {
	Record []byte
	// Type is the record's type; nil lets the node infer it from the bytes.
	Type *record.Type
	// Open publishes a document's bytes. Course-QA records are always open,
	// badges never.
	Open bool
	// Force logs bytes that are a badge by their content as the document that
	// Type declares them to be. No evidence of that document will prove
	// anything of the badge.
	Force bool
	// Wait is how far the record must have come before the node answers:
	// StateLogged (also the empty string), StateAnchored or StateFinal.
	Wait string
	// Timeout bounds that wait; 0 lets the node choose (60s), at most 5m. When
	// it ends first the record is logged all the same and State says how far
	// it came.
	Timeout time.Duration
}

// Submit logs a record. It can be repeated without harm: the same record has
// one index.
func (c *Client) Submit(ctx context.Context, s Submission) (Logged, error) {
	q := url.Values{}
	if s.Type != nil {
		name, err := s.Type.MarshalText()
		if err != nil {
			return Logged{}, err
		}
		q.Set("type", string(name))
	}
	if s.Open {
		q.Set("open", "true")
	}
	if s.Force {
		q.Set("force", "true")
	}
	if s.Wait != "" {
		q.Set("wait", s.Wait)
	}
	if s.Timeout != 0 {
		q.Set("timeout", s.Timeout.String())
	}
	contentType, err := contentTypeOf(s.Record)
	if err != nil {
		return Logged{}, err
	}
	path := "/v1/records"
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	var out Logged
	return out, c.call(ctx, http.MethodPost, path, contentType, s.Record, &out)
}

// contentTypeOf names the media type under which the node takes these bytes.
// What no node would take is refused here, with the same words.
func contentTypeOf(b []byte) (string, error) {
	r, err := record.Parse(b)
	if err != nil {
		return "", err
	}
	switch {
	case r.Baked():
		return "application/octet-stream", nil
	case r.Form() == record.JSON:
		return "application/json", nil
	case r.Form() == record.JWS:
		return "application/jwt", nil
	}
	return "application/octet-stream", nil
}

// ChangeStatus suspends, revokes or reinstates a record.
func (c *Client) ChangeStatus(ctx context.Context, s StatusChange) (StatusChanged, error) {
	var out StatusChanged
	return out, c.post(ctx, "/v1/status-changes", s, &out)
}

// Forget destroys what the node holds of a sealed or open record beside its
// log entry: bytes, salt and digest. It cannot be undone.
func (c *Client) Forget(ctx context.Context, t Target) (Forgotten, error) {
	var out Forgotten
	return out, c.post(ctx, "/v1/forget", t, &out)
}

// Find looks a record up by its identity. It needs a token. A Problem named
// "not-found" says that the log never had it, "forgotten" that it had.
func (c *Client) Find(ctx context.Context, t record.Type, d record.Digest) (Found, error) {
	var out Found
	return out, c.post(ctx, "/v1/lookup", Lookup{Type: t, Digest: d}, &out)
}

// Evidence fetches a record's evidence, in its exact bytes and parsed. A
// Problem named "not-final" says that the record is logged and that its
// anchor is not final yet. Nothing in it is checked here: verify does that.
func (c *Client) Evidence(ctx context.Context, q EvidenceQuery) ([]byte, verify.Evidence, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return nil, verify.Evidence{}, err
	}
	b, got, err := c.do(ctx, http.MethodPost, "/v1/evidence", "application/json", body)
	if err != nil {
		return nil, verify.Evidence{}, err
	}
	if got != verify.MediaType {
		return nil, verify.Evidence{}, fmt.Errorf("%s/v1/evidence answered with something other than evidence: %w", c.URL, ErrUnreachable)
	}
	e, err := verify.ParseEvidence(b)
	if err != nil {
		return nil, verify.Evidence{}, fmt.Errorf("%s/v1/evidence: %w", c.URL, err)
	}
	return b, e, nil
}

// Anchors lists anchors of size from and above, at most limit of them
// (1–1000; 0 is 100).
func (c *Client) Anchors(ctx context.Context, from uint64, limit int) (Anchors, error) {
	q := url.Values{}
	if from > 0 {
		q.Set("from", strconv.FormatUint(from, 10))
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	path := "/v1/anchors"
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	var out Anchors
	return out, c.call(ctx, http.MethodGet, path, "", nil, &out)
}

// Anchor gives the anchor of exactly that size, with its proof when final.
func (c *Client) Anchor(ctx context.Context, size uint64) (AnchorInfo, error) {
	var out AnchorInfo
	return out, c.call(ctx, http.MethodGet, "/v1/anchors/"+strconv.FormatUint(size, 10), "", nil, &out)
}

// Log says which log the node keeps and how far it has come.
func (c *Client) Log(ctx context.Context) (LogInfo, error) {
	var out LogInfo
	return out, c.call(ctx, http.MethodGet, "/v1/log", "", nil, &out)
}

// Binding fetches the issuer's LogBinding in its exact bytes.
func (c *Client) Binding(ctx context.Context) ([]byte, error) {
	b, _, err := c.do(ctx, http.MethodGet, "/v1/binding", "", nil)
	return b, err
}

// Record fetches an open record as it was submitted and checks it against
// its CID.
func (c *Client) Record(ctx context.Context, cid string) ([]byte, error) {
	want, err := record.ParseCID(cid)
	if err != nil {
		return nil, err
	}
	b, _, err := c.do(ctx, http.MethodGet, "/v1/records/"+cid, "", nil)
	if err != nil {
		return nil, err
	}
	r, err := record.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s answered with bytes that are no record: %w", c.URL, err)
	}
	if r.Digest() != want {
		return nil, fmt.Errorf("%s answered with another record than the one asked for", c.URL)
	}
	return b, nil
}

// Checkpoint fetches the latest signed checkpoint. Its signature is for the
// caller to check.
func (c *Client) Checkpoint(ctx context.Context) ([]byte, error) {
	b, _, err := c.do(ctx, http.MethodGet, "/checkpoint", "", nil)
	return b, err
}

// Healthy reports whether the node runs.
func (c *Client) Healthy(ctx context.Context) (Health, error) {
	var out Health
	return out, c.call(ctx, http.MethodGet, "/healthz", "", nil, &out)
}

// Ready reports whether the node takes records and can vouch for its log.
func (c *Client) Ready(ctx context.Context) (Health, error) {
	var out Health
	return out, c.call(ctx, http.MethodGet, "/readyz", "", nil, &out)
}

// ReadyTo asks for one part of readiness, ReadyLogging or ReadyAnchoring: nil
// when it is there, a *Problem that says why not, or ErrUnreachable.
func (c *Client) ReadyTo(ctx context.Context, part string) error {
	var out Health
	return c.call(ctx, http.MethodGet, "/readyz?part="+part, "", nil, &out)
}

// Figures fetches the node's metrics that have no labels. They are on the
// node's own address for a token of scope metrics, or on listen, which is
// HTTPConfig.MetricsListen, for anybody.
func (c *Client) Figures(ctx context.Context, listen string) (map[string]float64, error) {
	at := *c
	if listen != "" {
		at = Client{URL: "http://" + listen}
	}
	b, _, err := at.do(ctx, http.MethodGet, "/metrics", "", nil)
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for line := range strings.Lines(string(b)) {
		name, text, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || strings.HasPrefix(name, "#") || strings.Contains(name, "{") {
			continue
		}
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			out[name] = v
		}
	}
	return out, nil
}

func (c *Client) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return c.call(ctx, http.MethodPost, path, "application/json", body, out)
}

func (c *Client) call(ctx context.Context, method, path, contentType string, body []byte, out any) error {
	b, got, err := c.do(ctx, method, path, contentType, body)
	if err != nil {
		return err
	}
	if got != "application/json" || !whole(b, out) || json.Unmarshal(b, out) != nil {
		return fmt.Errorf("%s%s answered with something other than the JSON of an akashi node: %w", c.URL, pathOnly(path), ErrUnreachable)
	}
	return nil
}

// whole reports whether b is a JSON object with every member that an answer of
// v's type always has: what another server says must not be taken for zeros,
// such as the index 0.
func whole(b []byte, v any) bool {
	var members map[string]jsontext.Value
	if json.Unmarshal(b, &members) != nil {
		return false
	}
	t := reflect.TypeOf(v).Elem()
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if _, ok := members[name]; !ok && options == "" {
			return false
		}
	}
	return true
}

var clientHTTP = &http.Client{
	Transport: func() *http.Transport {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.TLSHandshakeTimeout = 10 * time.Second
		t.MaxResponseHeaderBytes = 64 << 10
		t.MaxIdleConnsPerHost = 64
		return t
	}(),
	// A redirect would carry record and token to another place.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// do sends one request and gives body and media type of a 2xx answer.
func (c *Client) do(ctx context.Context, method, path, contentType string, body []byte) ([]byte, string, error) {
	resp, err := c.send(ctx, method, path, contentType, bytes.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, "", fmt.Errorf("%w at %s: the answer broke off: %w", ErrUnreachable, c.URL, err)
	}
	if len(b) > maxAnswer {
		return nil, "", fmt.Errorf("%s%s answered with more than %d bytes", c.URL, pathOnly(path), maxAnswer)
	}
	got, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode/100 == 2 {
		return b, got, nil
	}
	return nil, "", c.refused(resp, path, got, b)
}

// send makes a request and gives the answer, whatever its status. The caller
// closes its body.
func (c *Client) send(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	base, err := url.Parse(c.URL)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" {
		return nil, fmt.Errorf("%q is no node's URL; write it as http://127.0.0.1:8044", c.URL)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.URL, "/")+path, body)
	if err != nil {
		return nil, fmt.Errorf("make a request to %s: %w", c.URL, err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	client := c.HTTP
	if client == nil {
		client = clientHTTP
	}
	resp, err := client.Do(req)
	if err != nil {
		var shown *url.Error
		if errors.As(err, &shown) {
			err = shown.Err // the outer text repeats the URL
		}
		return nil, fmt.Errorf("%w at %s: %w; is akashi node running there?", ErrUnreachable, c.URL, err)
	}
	return resp, nil
}

// refused reads an answer that is none of 2xx: a *Problem, or an error
// wrapping ErrUnreachable.
func (c *Client) refused(resp *http.Response, path, got string, b []byte) error {
	var p Problem
	if got == problemType && json.Unmarshal(b, &p) == nil && p.Status == resp.StatusCode {
		return &p
	}
	// readyz answers 503 with its own document.
	var h Health
	if got == "application/json" && json.Unmarshal(b, &h) == nil && h.Detail != "" {
		return &Problem{Type: problemPrefix + "unavailable", Title: "The node is not ready", Status: resp.StatusCode, Detail: h.Detail}
	}
	return fmt.Errorf("%s%s answered %s, which is not how an akashi node says what is wrong: %w", c.URL, pathOnly(path), resp.Status, ErrUnreachable)
}

// pathOnly leaves the query out of messages.
func pathOnly(path string) string {
	p, _, _ := strings.Cut(path, "?")
	return p
}
