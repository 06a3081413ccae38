package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"

	"github.com/akashi-project/akashi/testnet/interop/live"
)

// fetcher is Tessera's, of the log at a URL.
func fetcher(t *testing.T, at string) *client.HTTPFetcher {
	t.Helper()
	u, err := url.Parse(at + "/")
	if err != nil {
		t.Fatal(err)
	}
	f, err := client.NewHTTPFetcher(u, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestTesseraProofs builds inclusion and consistency proofs at each size.
func TestTesseraProofs(t *testing.T) {
	f := fetcher(t, grown.URL)
	for i, h := range grown.heads {
		t.Run(fmt.Sprint(h.Size), func(t *testing.T) {
			b, err := client.NewProofBuilder(t.Context(), h.Size, f.ReadTile)
			if err != nil {
				t.Fatal(err)
			}
			for _, index := range indexes(h.Size) {
				leaf := rfc6962.DefaultHasher.HashLeaf(entry(t, index, h.Size))
				p, err := b.InclusionProof(t.Context(), index)
				if err == nil {
					err = proof.VerifyInclusion(rfc6962.DefaultHasher, index, h.Size, leaf, p, h.Hash)
				}
				if err != nil {
					t.Errorf("entry %d: %v", index, err)
				}
			}
			for _, older := range grown.heads[:i] {
				p, err := b.ConsistencyProof(t.Context(), older.Size, h.Size)
				if err == nil {
					err = proof.VerifyConsistency(rfc6962.DefaultHasher, older.Size, h.Size, p, older.Hash, h.Hash)
				}
				if err != nil {
					t.Errorf("from size %d: %v", older.Size, err)
				}
			}
		})
	}
}

// TestTesseraTracker follows the log from each head to the one published now,
// and refuses when tiles do not bear it out.
func TestTesseraTracker(t *testing.T) {
	follow := func(at string, from head) (*client.LogStateTracker, error) {
		f := fetcher(t, at)
		tracker, err := client.NewLogStateTracker(t.Context(), f.ReadTile, from.note, verifier(t), live.Origin,
			client.UnilateralConsensus(f.ReadCheckpoint))
		if err != nil {
			t.Fatal(err)
		}
		_, _, _, err = tracker.Update(t.Context())
		return tracker, err
	}
	for _, h := range grown.heads {
		tracker, err := follow(grown.URL, h)
		if err != nil {
			t.Errorf("from size %d: %v", h.Size, err)
		} else if got := tracker.Latest(); got.Size != last().Size || !bytes.Equal(got.Hash, last().Hash) {
			t.Errorf("from size %d: the tracker is at %d %x", h.Size, got.Size, got.Hash)
		}
	}
	_, err := follow(damaged(t, files()["partial level 1"]), grown.heads[4])
	if want := (client.ErrInconsistency{}); !errors.As(err, &want) {
		t.Errorf("a changed tile: %v, want an ErrInconsistency", err)
	}
}

// TestTesseraStream reads all entries and compares them with the tiles.
func TestTesseraStream(t *testing.T) {
	f, n := fetcher(t, grown.URL), last().Size
	leaves, err := client.FetchLeafHashes(t.Context(), f.ReadTile, 0, n, n)
	if err != nil {
		t.Fatal(err)
	}
	size := func(context.Context) (uint64, error) { return n, nil }
	unbundle := func(b []byte) ([][]byte, error) {
		var e api.EntryBundle
		err := e.UnmarshalText(b)
		return e.Entries, err
	}
	next := uint64(0)
	for e, err := range client.Entries(client.EntryBundles(t.Context(), 8, size, f.ReadEntryBundle, 0, n), unbundle) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Index != next || !bytes.Equal(rfc6962.DefaultHasher.HashLeaf(e.Entry), leaves[e.Index]) {
			t.Fatalf("entry %d: not the leaf of its tile, or not number %d", e.Index, next)
		}
		next++
	}
	if next != n {
		t.Errorf("%d entries, want %d", next, n)
	}
}

// fsck runs Tessera's program, which ends with exit code 0 whatever it finds:
// success is the line that it says last.
func fsck(t *testing.T, program, at string) (string, bool) {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(grown.Key), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	// One worker would wait for itself after it has found something.
	out, err := exec.CommandContext(ctx, program, "-storage_url", at+"/", "-public_key", key, "-ui=false", "-N", "8").CombinedOutput()
	if err != nil {
		t.Fatalf("fsck: %v\n%s", err, out)
	}
	return string(out), strings.Contains(string(out), fmt.Sprintf("Successfully fsck'd log with size %d and root ", last().Size))
}

// TestTesseraFsck checks every entry and every tile of the log with Tessera's
// fsck, and sees it refuse each kind of file when one byte is changed.
func TestTesseraFsck(t *testing.T) {
	program, err := live.Build(t.Context(), t.TempDir(), "github.com/transparency-dev/tessera/cmd/fsck")
	if err != nil {
		t.Fatal(err)
	}
	if out, ok := fsck(t, program, grown.URL); !ok {
		t.Errorf("the log as it is:\n%s", out)
	}
	for name, path := range files() {
		t.Run(name, func(t *testing.T) {
			if out, ok := fsck(t, program, damaged(t, path)); ok {
				t.Errorf("%s was changed:\n%s", path, out)
			}
		})
	}
}
