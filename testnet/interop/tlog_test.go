package interop

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/transparency-dev/tessera/api"
	"golang.org/x/mod/sumdb/tlog"
)

// tiles reads a log's tiles for tlog. Its paths name the height of a tile,
// tile/8/0/001; those of C2SP, where the height is always 8, do not: tile/0/001.
type tiles struct {
	t    *testing.T
	url  string
	read []string // paths
}

func (r *tiles) Height() int                     { return 8 }
func (r *tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (r *tiles) ReadTiles(list []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range list {
		path := "/tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		r.read = append(r.read, path)
		b, err := fetch(r.t.Context(), r.url+path)
		if err != nil {
			return nil, err
		}
		data = append(data, b)
	}
	return data, nil
}

// tree is a head in the words of tlog.
func (h head) tree() tlog.Tree { return tlog.Tree{N: int64(h.Size), Hash: tlog.Hash(h.Hash)} }

// entry reads an entry of the log from its bundle, which tlog knows nothing of.
func entry(t *testing.T, index, size uint64) []byte {
	t.Helper()
	path := fmt.Sprintf("/tile/entries/%03d", index/256)
	if index/256 == size/256 {
		path += fmt.Sprintf(".p/%d", size%256)
	}
	b, err := fetch(t.Context(), grown.URL+path)
	if err != nil {
		t.Fatal(err)
	}
	var bundle api.EntryBundle
	if err := bundle.UnmarshalText(b); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return bundle.Entries[index%256]
}

// TestTlog proves, with the reader that the go command trusts, records in each
// head and each head in all later ones, from the node's tiles.
func TestTlog(t *testing.T) {
	for i, h := range grown.heads {
		t.Run(fmt.Sprint(h.Size), func(t *testing.T) {
			tree := h.tree()
			reader := tlog.TileHashReader(tree, &tiles{t: t, url: grown.URL})
			root, err := tlog.TreeHash(tree.N, reader)
			if err != nil || root != tree.Hash {
				t.Fatalf("root %v, want %v (%v)", root, tree.Hash, err)
			}
			for _, index := range indexes(h.Size) {
				proof, err := tlog.ProveRecord(tree.N, int64(index), reader)
				if err != nil {
					t.Fatal(err)
				}
				leaf := tlog.RecordHash(entry(t, index, h.Size))
				if err := tlog.CheckRecord(proof, tree.N, tree.Hash, int64(index), leaf); err != nil {
					t.Errorf("entry %d: %v", index, err)
				}
				leaf[0] ^= 1
				if tlog.CheckRecord(proof, tree.N, tree.Hash, int64(index), leaf) == nil {
					t.Errorf("entry %d: another leaf was proved", index)
				}
			}
			for _, older := range grown.heads[:i+1] {
				old := older.tree()
				proof, err := tlog.ProveTree(tree.N, old.N, reader)
				if err != nil {
					t.Fatal(err)
				}
				if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
					t.Errorf("from size %d: %v", old.N, err)
				}
			}
		})
	}
}

// TestTlogDamage lets tlog read tiles of which one was changed.
func TestTlogDamage(t *testing.T) {
	for name, path := range files() {
		if strings.HasPrefix(path, "/tile/entries/") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			tree := last().tree()
			reader := tlog.TileHashReader(tree, &tiles{t: t, url: damaged(t, path)})
			var all error
			for _, index := range append(indexes(last().Size), 7*256) {
				_, err := tlog.ProveRecord(tree.N, int64(index), reader)
				all = errors.Join(all, err)
			}
			if all == nil || !strings.Contains(all.Error(), "inconsistent tile") {
				t.Errorf("%s was changed: %v", path, all)
			}
		})
	}
}
