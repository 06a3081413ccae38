package merkle

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func TestTilePath(t *testing.T) {
	for _, tt := range []struct {
		tile Tile
		path string
	}{
		{Tile{0, 0, 256}, "tile/0/000"},
		{Tile{0, 0, 1}, "tile/0/000.p/1"},
		{Tile{0, 999, 256}, "tile/0/999"},
		{Tile{0, 1000, 256}, "tile/0/x001/000"},
		{Tile{0, 1234067, 3}, "tile/0/x001/x234/067.p/3"}, // the index of the C2SP page
		{Tile{3, 273, 255}, "tile/3/273.p/255"},
		{Tile{7, 0, 127}, "tile/7/000.p/127"},
		{Tile{0, 1<<55 - 1, 255}, "tile/0/x036/x028/x797/x018/x963/967.p/255"},
	} {
		if got := tt.tile.Path(); got != tt.path {
			t.Errorf("Path of %#v = %q, want %q", tt.tile, got, tt.path)
		}
		if got, err := ParseTilePath(tt.path); err != nil || got != tt.tile {
			t.Errorf("ParseTilePath(%q) = %#v, %v, want %#v", tt.path, got, err, tt.tile)
		}
		// x/mod's tlog has the same paths, but for the height as an element
		// of its own.
		tile, err := tlog.ParseTilePath("tile/8/" + strings.TrimPrefix(tt.path, "tile/"))
		if want := (tlog.Tile{H: 8, L: int(tt.tile.Level), N: int64(tt.tile.Index), W: tt.tile.Width}); err != nil || tile != want {
			t.Errorf("tlog reads %q as %v, %v, want %v", tt.path, tile, err, want)
		}
		if tt.tile.Level > 0 {
			continue
		}
		path := "tile/entries/" + strings.TrimPrefix(tt.path, "tile/0/")
		bundle := Bundle{Index: tt.tile.Index, Width: tt.tile.Width}
		if got := bundle.Path(); got != path || bundle.String() != path {
			t.Errorf("Path of %#v = %q, want %q", bundle, got, path)
		}
		if got, err := ParseBundlePath(path); err != nil || got != bundle {
			t.Errorf("ParseBundlePath(%q) = %#v, %v, want %#v", path, got, err, bundle)
		}
	}
}

// badIndexPaths are what may follow "tile/0/" or "tile/entries/", and must
// be refused.
var badIndexPaths = []string{
	"", "/", "0", "00", "0000", "1234", "067.p", "067.p/", "067.p/0", "067.p/00", "067.p/01",
	"067.p/256", "067.p/-1", "067.p/+1", "067.p/1/", "067.p/1.p/1", "067.p/ 1", "067.p/1e1",
	"067.p/99999999999999999999", "000/067", "x000/067", "x001/x067", "x001/67", "x001x/067",
	"x01/067", "X001/067", "x001//067", "/067", "067/", " 067", "067 ", "0x7", "+67", "-67",
	"٠٦٧", "06\x00", "x001/067/..", "../067",
	"x036/x028/x797/x018/x963/967",     // complete: the log would have 1<<63 leaves
	"x036/x028/x797/x018/x963/968.p/1", // past the largest log
	"x018/x446/x744/x073/x709/x551/615", "x018/x446/x744/x073/x709/x551/616",
	"x001/x000/x000/x000/x000/x000/x000/x000/x000/x000/000",
	strings.Repeat("x999/", 100000) + "999",
}

func TestBadTilePath(t *testing.T) {
	paths := []string{
		"", "tile", "tile/", "tile/0", "tile/0/", "/tile/0/067", "tile//067", "tile/8/067", "tile/9/067",
		"tile/63/067", "tile/00/067", "tile/+0/067", "tile/-1/067", "tile/a/067", "Tile/0/067",
		"tile/8/0/067", "tile/7/000", "tile/7/000.p/128", "tile/7/001.p/1", "tile/entries/067",
		"tile/0/067?", "tile/0/067.p/1?", "tile/0/067#",
	}
	for _, p := range badIndexPaths {
		paths = append(paths, "tile/0/"+p)
	}
	for _, p := range paths {
		if tile, err := ParseTilePath(p); err == nil {
			t.Errorf("ParseTilePath(%q) = %v, want an error", p, tile)
		} else if len(err.Error()) > 400 {
			t.Errorf("ParseTilePath of %d bytes: an error of %d bytes", len(p), len(err.Error()))
		}
	}
}

func TestBadBundlePath(t *testing.T) {
	paths := []string{"", "tile/entries", "tile/entries/", "tile/0/067", "tile/Entries/067", "/tile/entries/067", "tile/data/067"}
	for _, p := range badIndexPaths {
		paths = append(paths, "tile/entries/"+p)
	}
	for _, p := range paths {
		if bundle, err := ParseBundlePath(p); err == nil {
			t.Errorf("ParseBundlePath(%q) = %v, want an error", p, bundle)
		} else if len(err.Error()) > 400 {
			t.Errorf("ParseBundlePath of %d bytes: an error of %d bytes", len(p), len(err.Error()))
		}
	}
}

func TestTileIn(t *testing.T) {
	for _, tt := range []struct {
		tile Tile
		size uint64
		want bool
	}{
		{Tile{0, 0, 1}, 0, false},
		{Tile{0, 0, 1}, 1, true},
		{Tile{0, 0, 2}, 1, false},
		{Tile{0, 0, 256}, 255, false},
		{Tile{0, 0, 256}, 256, true},
		{Tile{1, 0, 1}, 255, false},
		{Tile{1, 0, 1}, 256, true},
		{Tile{1, 0, 2}, 511, false},
		{Tile{0, 1, 1}, 256, false},
		{Tile{0, 1, 1}, 257, true},
		{Tile{7, 0, 127}, MaxSize, true},
		{Tile{7, 0, 128}, 1<<64 - 1, false},
		{Tile{0, 0, 0}, 100, false},
		{Tile{0, 0, 257}, 1000, false},
		{Tile{0, 0, -1}, 1000, false},
		{Tile{8, 0, 1}, 1<<64 - 1, false},
		{Tile{0, 1 << 56, 1}, 1000, false}, // the first leaf's index wraps to 0
		{Tile{255, 0, 1}, 1000, false},
	} {
		if got := tt.tile.In(tt.size); got != tt.want {
			t.Errorf("%#v in a log of %d: %v, want %v", tt.tile, tt.size, got, tt.want)
		}
		if tt.tile.Level == 0 {
			if got := (Bundle{tt.tile.Index, tt.tile.Width}).In(tt.size); got != tt.want {
				t.Errorf("bundle %d of width %d in a log of %d: %v, want %v", tt.tile.Index, tt.tile.Width, tt.size, got, tt.want)
			}
		}
	}
}

// tlogTiles is what x/mod's tlog says TilesFor should yield.
func tlogTiles(oldSize, newSize uint64) []Tile {
	var tiles []Tile
	for _, x := range tlog.NewTiles(TileHeight, int64(oldSize), int64(newSize)) {
		tiles = append(tiles, Tile{uint8(x.L), uint64(x.N), x.W})
	}
	return tiles
}

func TestTilesFor(t *testing.T) {
	sizes := []uint64{0, 1, 2, 255, 256, 257, 511, 512, 513, 65535, 65536, 65537, 65536 + 255, 65536 + 256, 131072, 200000}
	for _, m := range sizes {
		for _, n := range sizes {
			got := slices.Collect(TilesFor(m, n))
			var want []Tile
			if m < n {
				want = tlogTiles(m, n)
			}
			if !slices.Equal(got, want) {
				t.Errorf("TilesFor(%d, %d) = %v, want %v", m, n, got, want)
			}
		}
	}
	if got := slices.Collect(TilesFor(1<<62, 1<<62+1)); !slices.Equal(got, []Tile{{0, 1 << 54, 1}}) {
		t.Errorf("TilesFor(1<<62, 1<<62+1) = %v", got)
	}
	if got := slices.Collect(TilesFor(MaxSize-1, MaxSize)); !slices.Equal(got, []Tile{{0, 1<<55 - 1, 255}}) {
		t.Errorf("TilesFor(MaxSize-1, MaxSize) = %v", got)
	}
	if got := slices.Collect(TilesFor(0, MaxSize+1)); got != nil {
		t.Errorf("TilesFor(0, MaxSize+1) = %d tiles, want none", len(got))
	}
	// Whoever stops early is not held up: this would go on for years.
	next, stop := iter.Pull(TilesFor(0, MaxSize))
	defer stop()
	if tile, ok := next(); !ok || tile != (Tile{0, 0, 256}) {
		t.Errorf("TilesFor(0, MaxSize) begins with %v, %v", tile, ok)
	}
}

func TestTileBytes(t *testing.T) {
	for _, n := range []int{1, 2, 255, 256} {
		hashes := testLeaves(n)
		data := AppendTile([]byte("before"), hashes)[len("before"):]
		got, err := ParseTile(data, n)
		if err != nil || !slices.Equal(got, hashes) {
			t.Errorf("ParseTile of %d hashes = %v, %v", n, got, err)
		}
		clear(data)
		if !slices.Equal(got, hashes) {
			t.Errorf("ParseTile of %d hashes shares memory with its input", n)
		}
		for _, bad := range [][]byte{nil, data[1:], data[:len(data)-1], data[HashSize:], append(data, 0), append(data, data[:HashSize]...)} {
			if got, err := ParseTile(bad, n); !errors.Is(err, ErrTile) {
				t.Errorf("ParseTile of %d bytes, width %d = %v, %v, want ErrTile", len(bad), n, got, err)
			}
		}
	}
	for _, width := range []int{-1, 0, 257, 1 << 30} {
		if _, err := ParseTile(nil, width); !errors.Is(err, ErrTile) {
			t.Errorf("ParseTile of width %d: %v, want ErrTile", width, err)
		}
		if _, err := ParseBundle(nil, width); !errors.Is(err, ErrTile) {
			t.Errorf("ParseBundle of width %d: %v, want ErrTile", width, err)
		}
	}
}

func TestBundleBytes(t *testing.T) {
	entries := [][]byte{{}, {1}, bytes.Repeat([]byte{2}, 39), bytes.Repeat([]byte{3}, 256), bytes.Repeat([]byte{4}, MaxEntry), {}}
	var data []byte
	for i, e := range entries {
		var err error
		if data, err = AppendEntry(data, e); err != nil {
			t.Fatal(err)
		}
		got, err := ParseBundle(data, i+1)
		if err != nil || !slices.EqualFunc(got, entries[:i+1], bytes.Equal) {
			t.Fatalf("ParseBundle of %d entries: %v", i+1, err)
		}
		for width := range TileWidth + 2 {
			if width == i+1 {
				continue
			}
			if _, err := ParseBundle(data, width); !errors.Is(err, ErrTile) {
				t.Fatalf("ParseBundle of %d entries as %d: %v, want ErrTile", i+1, width, err)
			}
		}
	}
	for n := range 700 {
		if _, err := ParseBundle(data[:n], len(entries)); !errors.Is(err, ErrTile) {
			t.Fatalf("ParseBundle cut at byte %d: %v, want ErrTile", n, err)
		}
	}
	before := []byte("before")
	if got, err := AppendEntry(before, make([]byte, MaxEntry+1)); err == nil || !bytes.Equal(got, before) {
		t.Errorf("AppendEntry of %d bytes: %d bytes, %v, want an error and nothing appended", MaxEntry+1, len(got), err)
	}
	// The layout, byte by byte.
	if got, _ := AppendEntry([]byte{9}, []byte("ab")); !bytes.Equal(got, []byte{9, 0, 2, 'a', 'b'}) {
		t.Errorf("AppendEntry = %v", got)
	}
	// An entry's slice does not reach into the next entry.
	got, err := ParseBundle([]byte{0, 1, 'a', 0, 1, 'b'}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _ = append(got[0], 'x'); got[1] == nil || got[1][0] != 'b' || cap(got[0]) != 1 {
		t.Errorf("appending to one entry changes the bundle: %q", got)
	}
}

// TestTilesAgainstTlog holds the contents of the tiles of every kind of edge
// against those that x/mod's tlog makes.
func TestTilesAgainstTlog(t *testing.T) {
	t.Parallel()
	const n = 70000
	leaves := testLeaves(n)
	oracle := tlogOver(t, leaves)
	tiles := buildTiles(t, leaves)
	for x := range TilesFor(0, n) {
		got, err := tiles.ReadTile(x)
		if err != nil {
			t.Fatal(err)
		}
		want, err := tlog.ReadTileData(tlog.Tile{H: TileHeight, L: int(x.Level), N: int64(x.Index), W: x.Width}, oracle)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(AppendTile(nil, got), want) {
			t.Fatalf("%v differs from tlog's", x)
		}
	}
	for _, size := range []int64{65535, 65536, 65537, 65792, 65793, n} {
		want, err := tlog.TreeHash(size, oracle)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := RootFromTiles(tiles, uint64(size)); err != nil || got != Hash(want) {
			t.Errorf("root of %d leaves = %v, %v, want %v", size, got, err, want)
		}
		if got := Root(leaves[:size]); got != Hash(want) {
			t.Errorf("Root of %d leaves = %v, want %v", size, got, want)
		}
	}
}

func ExampleParseTilePath() {
	tile, err := ParseTilePath("tile/0/x001/x234/067.p/3")
	fmt.Println(tile.Level, tile.Index, tile.Width, err)
	_, err = ParseTilePath("tile/0/x000/067")
	fmt.Println(err)
	// Output:
	// 0 1234067 3 <nil>
	// tile path "tile/0/x000/067": the only spelling is tile/0/067
}
