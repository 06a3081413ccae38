package merkle

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// The shape of tiles (<https://c2sp.org/tlog-tiles>).
const (
	TileHeight = 8               // levels of the tree that one tile spans
	TileWidth  = 1 << TileHeight // hashes in a full tile
	TileSize   = TileWidth * HashSize

	tileLevels = 8 // levels of tiles in a tree of at most MaxSize leaves
)

// ErrTile is wrapped by every error that says: a tile is not what a log of
// this size holds. Either its reader or what the reader reads is broken.
var ErrTile = errors.New("tile does not fit the log")

// A Tile names one tile of hashes (<https://c2sp.org/tlog-tiles>). Hash i of
// the tile is the root of the perfect subtree of 256^Level leaves that begins
// at leaf (Index·256 + i)·256^Level: at level 0 the tile holds leaf hashes,
// above that each hash is the root of a full tile of the level below.
type Tile struct {
	Level uint8  // 0 … 7
	Index uint64 // position within the level; below 1<<55 at level 0
	Width int    // hashes: 256, or 1 … 255 in the partial tile at the right edge
}

// Path returns the tile's path relative to the log's prefix, as
// "tile/0/x001/x234/067" or, partial, "tile/0/x001/x234/067.p/3".
func (t Tile) Path() string {
	b := append(make([]byte, 0, 48), "tile/"...)
	b = strconv.AppendUint(b, uint64(t.Level), 10)
	b = append(b, '/')
	return string(appendIndexPath(b, t.Index, t.Width))
}

// String returns Path.
func (t Tile) String() string { return t.Path() }

// In reports whether a log of size leaves has all hashes of t, and so can
// serve it.
func (t Tile) In(size uint64) bool {
	return t.check() == nil && t.Index*TileWidth+uint64(t.Width) <= size>>(TileHeight*t.Level)
}

// check returns an error unless some log of at most MaxSize leaves has t.
func (t Tile) check() error {
	if t.Level >= tileLevels {
		return fmt.Errorf("tile level %d, want at most %d", t.Level, tileLevels-1)
	}
	return checkTilePosition(t.Index, t.Width, MaxSize>>(TileHeight*t.Level))
}

func checkTilePosition(index uint64, width int, hashes uint64) error {
	if width < 1 || width > TileWidth {
		return fmt.Errorf("tile width %d, want 1 to %d", width, TileWidth)
	}
	if last := (hashes - uint64(width)) / TileWidth; hashes < uint64(width) || index > last {
		return fmt.Errorf("tile index %d with width %d is past the largest log", index, width)
	}
	return nil
}

// A Bundle names one tile of entries (<https://c2sp.org/tlog-tiles>): those
// whose leaf hashes the tile of the same Index and Width at level 0 holds.
type Bundle struct {
	Index uint64 // the bundle's first entry is Index·256
	Width int    // entries: 256, or 1 … 255 in the partial bundle at the right edge
}

// Path returns the bundle's path relative to the log's prefix, as
// "tile/entries/x001/x234/067" or, partial, "tile/entries/x001/x234/067.p/3".
func (b Bundle) Path() string {
	p := append(make([]byte, 0, 48), "tile/entries/"...)
	return string(appendIndexPath(p, b.Index, b.Width))
}

// String returns Path.
func (b Bundle) String() string { return b.Path() }

// In reports whether a log of size leaves has all entries of b, and so can
// serve it.
func (b Bundle) In(size uint64) bool { return Tile{Index: b.Index, Width: b.Width}.In(size) }

// appendIndexPath appends the index in elements of three digits, all but the
// last begun by an x, and the width where it is not full.
func appendIndexPath(b []byte, index uint64, width int) []byte {
	digits := strconv.FormatUint(index, 10)
	digits = "00"[:(3-len(digits)%3)%3] + digits
	for ; len(digits) > 3; digits = digits[3:] {
		b = append(b, 'x')
		b = append(b, digits[:3]...)
		b = append(b, '/')
	}
	b = append(b, digits...)
	if width != TileWidth {
		b = append(b, ".p/"...)
		b = strconv.AppendInt(b, int64(width), 10)
	}
	return b
}

// maxPath is longer than the path of any tile or bundle of a log.
const maxPath = 64

// ParseTilePath reads just what Tile.Path returns for the tiles that a log of
// at most MaxSize leaves can have: the Path of its result is p.
func ParseTilePath(p string) (Tile, error) {
	bad := func(err error) (Tile, error) { return Tile{}, fmt.Errorf("tile path %s: %w", quotePath(p), err) }
	rest, ok := strings.CutPrefix(p, "tile/")
	if !ok || len(p) > maxPath {
		return bad(errors.New("want tile/LEVEL/INDEX or tile/LEVEL/INDEX.p/WIDTH"))
	}
	level, rest, ok := strings.Cut(rest, "/")
	if !ok || len(level) != 1 || level[0] < '0' || level[0] >= '0'+tileLevels {
		return bad(fmt.Errorf("want a level of 0 to %d", tileLevels-1))
	}
	index, width, err := parseIndexPath(rest)
	if err != nil {
		return bad(err)
	}
	t := Tile{Level: level[0] - '0', Index: index, Width: width}
	if err := t.check(); err != nil {
		return bad(err)
	}
	if t.Path() != p {
		return bad(fmt.Errorf("the only spelling is %s", t.Path()))
	}
	return t, nil
}

// ParseBundlePath reads just what Bundle.Path returns for the bundles that a
// log of at most MaxSize leaves can have: the Path of its result is p.
func ParseBundlePath(p string) (Bundle, error) {
	bad := func(err error) (Bundle, error) {
		return Bundle{}, fmt.Errorf("entry bundle path %s: %w", quotePath(p), err)
	}
	rest, ok := strings.CutPrefix(p, "tile/entries/")
	if !ok || len(p) > maxPath {
		return bad(errors.New("want tile/entries/INDEX or tile/entries/INDEX.p/WIDTH"))
	}
	index, width, err := parseIndexPath(rest)
	if err != nil {
		return bad(err)
	}
	b := Bundle{Index: index, Width: width}
	if err := checkTilePosition(index, width, MaxSize); err != nil {
		return bad(err)
	}
	if b.Path() != p {
		return bad(fmt.Errorf("the only spelling is %s", b.Path()))
	}
	return b, nil
}

// quotePath quotes a path from a stranger for an error, cut to a length that
// suits one.
func quotePath(p string) string {
	if len(p) > maxPath {
		return strconv.Quote(p[:maxPath]) + "…"
	}
	return strconv.Quote(p)
}

// parseIndexPath reads the part of a path that appendIndexPath writes, and
// some other spellings: the caller compares.
func parseIndexPath(s string) (index uint64, width int, err error) {
	s, w, partial := strings.Cut(s, ".p/")
	width = TileWidth
	if partial {
		width, err = strconv.Atoi(w)
		if err != nil || width < 1 || width >= TileWidth {
			return 0, 0, fmt.Errorf("want a width of 1 to %d after .p/", TileWidth-1)
		}
	}
	var digits []byte
	elements := strings.Split(s, "/")
	for i, e := range elements {
		if i < len(elements)-1 {
			var ok bool
			if e, ok = strings.CutPrefix(e, "x"); !ok {
				return 0, 0, errors.New("want an x before each element of the index but the last")
			}
		}
		if len(e) != 3 {
			return 0, 0, errors.New("want an index in elements of three digits")
		}
		digits = append(digits, e...)
	}
	index, err = strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		return 0, 0, errors.New("want an index in elements of three digits, below 1<<64")
	}
	return index, width, nil
}

// TilesFor yields the tiles, with their new widths, that change or begin when
// a log grows from oldSize to newSize: lowest level first, then by index.
// It yields nothing unless oldSize < newSize ≤ MaxSize.
func TilesFor(oldSize, newSize uint64) iter.Seq[Tile] {
	return func(yield func(Tile) bool) {
		if newSize > MaxSize {
			return
		}
		for level := range tileLevels {
			from, to := oldSize>>(TileHeight*level), newSize>>(TileHeight*level)
			if from >= to {
				return // and so at every level above
			}
			for index := from / TileWidth; index*TileWidth < to; index++ {
				width := int(min(TileWidth, to-index*TileWidth))
				if !yield(Tile{Level: uint8(level), Index: index, Width: width}) {
					return
				}
			}
		}
	}
}

// edgeTile returns the partial tile of a level of a log of size leaves, and
// whether there is one.
func edgeTile(size uint64, level int) (Tile, bool) {
	hashes := size >> (TileHeight * level)
	t := Tile{Level: uint8(level), Index: hashes / TileWidth, Width: int(hashes % TileWidth)}
	return t, t.Width != 0
}

// AppendTile appends the bytes of a tile to b: its hashes, 32 bytes each.
func AppendTile(b []byte, hashes []Hash) []byte {
	for i := range hashes {
		b = append(b, hashes[i][:]...)
	}
	return b
}

// ParseTile reads the bytes of a tile of width hashes, which must be all of
// data. The error wraps ErrTile. The result shares no memory with data.
func ParseTile(data []byte, width int) ([]Hash, error) {
	if width < 1 || width > TileWidth {
		return nil, fmt.Errorf("tile width %d, want 1 to %d: %w", width, TileWidth, ErrTile)
	}
	if len(data) != width*HashSize {
		return nil, fmt.Errorf("tile of width %d has %d bytes, want %d: %w", width, len(data), width*HashSize, ErrTile)
	}
	hashes := make([]Hash, width)
	for i := range hashes {
		hashes[i] = Hash(data[i*HashSize:])
	}
	return hashes, nil
}

// MaxEntry is the length of the longest entry that a bundle can hold.
const MaxEntry = 1<<16 - 1

// AppendEntry appends entry to the bytes of a bundle: its length in two
// bytes, big-endian, and itself. An entry longer than MaxEntry is refused.
func AppendEntry(bundle, entry []byte) ([]byte, error) {
	if len(entry) > MaxEntry {
		return bundle, fmt.Errorf("entry of %d bytes, want at most %d", len(entry), MaxEntry)
	}
	bundle = append(bundle, byte(len(entry)>>8), byte(len(entry)))
	return append(bundle, entry...), nil
}

// ParseBundle reads the bytes of a bundle of width entries, which must be all
// of data. The error wraps ErrTile. The entries share memory with data.
func ParseBundle(data []byte, width int) ([][]byte, error) {
	if width < 1 || width > TileWidth {
		return nil, fmt.Errorf("entry bundle width %d, want 1 to %d: %w", width, TileWidth, ErrTile)
	}
	entries := make([][]byte, width)
	rest := data
	for i := range entries {
		if len(rest) < 2 {
			return nil, fmt.Errorf("entry bundle ends at byte %d, in the length of entry %d of %d: %w", len(data), i, width, ErrTile)
		}
		n := int(rest[0])<<8 | int(rest[1])
		rest = rest[2:]
		if len(rest) < n {
			return nil, fmt.Errorf("entry bundle ends at byte %d, in entry %d of %d, which wants %d bytes more: %w", len(data), i, width, n-len(rest), ErrTile)
		}
		entries[i], rest = rest[:n:n], rest[n:]
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("entry bundle of width %d has %d bytes after its last entry: %w", width, len(rest), ErrTile)
	}
	return entries, nil
}
