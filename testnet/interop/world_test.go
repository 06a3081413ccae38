package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"github.com/akashi-project/akashi/testnet/interop/live"
)

// A head is a checkpoint that the node published.
type head struct {
	note []byte
	*log.Checkpoint
}

// grown is what all tests read: a node whose log has had each of sizes, and
// whose last head is final on the chain.
var grown struct {
	*live.Node
	heads []head // by size; the last is what the node publishes now
}

// sizes are those at which the log's head is kept: tiles of level 0 partial,
// full and just begun, the same of level 1, and a partial one of level 2.
var sizes = []uint64{1, 255, 256, 257, 3000, 65536, 65793, 66666}

func TestMain(m *testing.M) {
	code, err := testMain(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func testMain(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "interop")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	defer func() {
		if grown.Node != nil {
			err = errors.Join(err, grown.Stop())
		}
	}()
	if err := grow(ctx, dir); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

func grow(ctx context.Context, dir string) (err error) {
	// Tools ask for hundreds of tiles a second. Anchors, which add an entry,
	// wait until the log has had exactly the sizes above.
	exactly := func(size uint64) func(uint64) (bool, error) {
		return func(n uint64) (bool, error) {
			if n > size {
				return false, fmt.Errorf("the log has %d entries, want %d", n, size)
			}
			return n == size, nil
		}
	}
	settings := []string{"http.requests_per_minute=1000000", "sequencer.checkpoint_interval=10ms", "anchor.poll=100ms"}
	grown.Node, err = live.Start(ctx, dir, append(settings, "anchor.interval=1h", "anchor.entries=1000000")...)
	if err != nil {
		return err
	}
	from := uint64(0)
	for _, size := range sizes {
		var lines bytes.Buffer
		for ; from < size; from++ {
			fmt.Fprintf(&lines, `{"type":"badge","digest":"%064x"}`+"\n", from+1)
		}
		if err := grown.Submit(ctx, &lines); err != nil {
			return err
		}
		if err := keepHead(ctx, exactly(size)); err != nil {
			return err
		}
	}
	// The node starts again, and the chain has its say.
	if err := grown.Restart(append(settings, "anchor.interval=100ms")...); err != nil {
		return err
	}
	if err := grown.Submit(ctx, strings.NewReader(`{"type":"badge","digest":"`+strings.Repeat("f", 64)+`"}`), "--wait", "final"); err != nil {
		return err
	}
	return keepHead(ctx, func(size uint64) (bool, error) {
		a, err := anchorOf(ctx, size)
		return err == nil && a.State == "final", nil
	})
}

// An anchor is what the node says of the chain's copy of a head.
type anchor struct {
	Root  string `json:"root"`
	State string `json:"state"`
}

func anchorOf(ctx context.Context, size uint64) (a anchor, err error) {
	b, err := fetch(ctx, fmt.Sprintf("%s/v1/anchors/%d", grown.URL, size))
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(b, &a)
}

// keepHead waits until the node publishes a head of a size that is wanted.
func keepHead(ctx context.Context, wanted func(size uint64) (bool, error)) error {
	v, err := note.NewVerifier(grown.Key)
	if err != nil {
		return err
	}
	for tick := time.Tick(20 * time.Millisecond); ; {
		raw, err := fetch(ctx, grown.URL+"/checkpoint")
		if err == nil {
			c, _, _, err := log.ParseCheckpoint(raw, live.Origin, v)
			if err != nil {
				return err
			}
			if ok, err := wanted(c.Size); err != nil {
				return err
			} else if ok {
				grown.heads = append(grown.heads, head{raw, c})
				return nil
			}
		}
		select {
		case <-tick:
		case <-ctx.Done():
			return fmt.Errorf("wait for checkpoint number %d: %w; the last answer was %q, %v", len(grown.heads), ctx.Err(), raw, err)
		}
	}
}

func fetch(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %s", url, resp.Status, b)
	}
	return b, err
}

// last is the head that the node publishes.
func last() head { return grown.heads[len(grown.heads)-1] }

// verifier is that of the log's key, made by transparency-dev's own reader.
func verifier(t *testing.T) note.Verifier {
	t.Helper()
	v, err := fnote.NewVerifier(grown.Key)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// indexes are the entries to prove in a tree of a size: at the edges of tiles
// and in between.
func indexes(size uint64) (list []uint64) {
	for _, i := range []uint64{0, 1, 254, 255, 256, 257, 1000, 65279, 65280, 65535, 65536, 65792, size / 2, size - 1} {
		if i < size {
			list = append(list, i)
		}
	}
	return list
}

// damaged is the node behind a server that changes the last byte of the file
// at path.
func damaged(t *testing.T, path string) string {
	t.Helper()
	to, err := url.Parse(grown.URL)
	if err != nil {
		t.Fatal(err)
	}
	changed := false
	s := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Header.Set("Accept-Encoding", "identity") // the byte is one of the file
		},
		ModifyResponse: func(r *http.Response) error {
			if r.Request.URL.Path != path {
				return nil
			}
			b, err := io.ReadAll(r.Body)
			if err != nil || len(b) == 0 {
				return err
			}
			changed = true
			b[len(b)-1] ^= 1
			r.Body = io.NopCloser(bytes.NewReader(b))
			r.Header.Set("Content-Length", strconv.Itoa(len(b)))
			return nil
		},
	})
	t.Cleanup(func() {
		s.Close()
		if !changed {
			t.Errorf("nobody asked for %s", path)
		}
	})
	return s.URL
}

// files are one of each kind in a log of the last size, and the tools must
// notice a changed byte in each.
func files() map[string]string {
	n := last().Size
	return map[string]string{
		"full bundle":     "/tile/entries/007",
		"partial bundle":  fmt.Sprintf("/tile/entries/%03d.p/%d", n/256, n%256),
		"full tile":       "/tile/0/007",
		"partial tile":    fmt.Sprintf("/tile/0/%03d.p/%d", n/256, n%256),
		"full level 1":    "/tile/1/000",
		"partial level 1": fmt.Sprintf("/tile/1/001.p/%d", n/256-256),
		"partial level 2": "/tile/2/000.p/1",
	}
}
