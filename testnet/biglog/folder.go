package biglog

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/akashi-project/akashi/merkle"
)

// A folder writes full tiles as files when they are full, and keeps the others
// until finish writes them.
type folder struct {
	dir   string
	edge  map[uint8]merkle.TileData // by level
	rest  []byte                    // of the last bundle, not full
	width int                       // entries in rest
	next  uint64                    // index of that bundle
}

func newFolder(dir string) *folder { return &folder{dir: dir, edge: map[uint8]merkle.TileData{}} }

// add takes an entry.
func (f *folder) add(entry []byte) (err error) {
	if f.rest, err = merkle.AppendEntry(f.rest, entry); err != nil {
		return err
	}
	if f.width++; f.width < merkle.TileWidth {
		return nil
	}
	if err := f.write(merkle.Bundle{Index: f.next, Width: f.width}.Path(), f.rest); err != nil {
		return err
	}
	f.rest, f.width, f.next = f.rest[:0], 0, f.next+1
	return nil
}

// put takes the tiles that changed.
func (f *folder) put(tiles []merkle.TileData) error {
	for _, t := range tiles {
		if t.Tile.Width < merkle.TileWidth {
			f.edge[t.Tile.Level] = t
			continue
		}
		delete(f.edge, t.Tile.Level)
		if err := f.write(t.Tile.Path(), merkle.AppendTile(nil, t.Hashes)); err != nil {
			return err
		}
	}
	return nil
}

// finish writes the partial tiles of the right edge.
func (f *folder) finish() error {
	for _, t := range f.edge {
		if err := f.write(t.Tile.Path(), merkle.AppendTile(nil, t.Hashes)); err != nil {
			return err
		}
	}
	if f.width == 0 {
		return nil
	}
	return f.write(merkle.Bundle{Index: f.next, Width: f.width}.Path(), f.rest)
}

func (f *folder) write(path string, b []byte) error {
	name := filepath.Join(f.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, b, 0o644)
}

// ReadTile implements merkle.TileReader for proofs while the log grows.
func (f *folder) ReadTile(t merkle.Tile) ([]merkle.Hash, error) {
	if e, ok := f.edge[t.Level]; ok && e.Tile.Index == t.Index && e.Tile.Width >= t.Width {
		return e.Hashes[:t.Width], nil
	}
	whole := t
	whole.Width = merkle.TileWidth
	b, err := os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(whole.Path())))
	if err != nil {
		return nil, err
	}
	hashes, err := merkle.ParseTile(b, whole.Width)
	if err != nil {
		return nil, err
	}
	return hashes[:t.Width], nil
}

// bundle returns the name of the bundle that holds the entry of that index.
func (l *Log) bundle(index uint64) merkle.Bundle {
	at := index / merkle.TileWidth
	return merkle.Bundle{Index: at, Width: int(min(merkle.TileWidth, l.Tree.Size-at*merkle.TileWidth))}
}

// Entry returns the bytes of an entry as the folder has them.
func (l *Log) Entry(index uint64) ([]byte, error) {
	entries, err := l.entries(index)
	if err != nil {
		return nil, err
	}
	return entries[index%merkle.TileWidth], nil
}

func (l *Log) entries(index uint64) ([][]byte, error) {
	if index >= l.Tree.Size {
		return nil, fmt.Errorf("biglog: entry %d of a log of %d", index, l.Tree.Size)
	}
	b := l.bundle(index)
	data, err := os.ReadFile(filepath.Join(l.Dir, filepath.FromSlash(b.Path())))
	if err != nil {
		return nil, fmt.Errorf("biglog: %w", err)
	}
	return merkle.ParseBundle(data, b.Width)
}

// Rewrite puts other bytes in the place of an entry and changes everything in
// the folder that follows from it: the bundle, the tiles of every level and
// the checkpoint, signed anew. All of it fits together again; only the chain
// still knows the old roots. It sets l.Tree to the forged one.
func (l *Log) Rewrite(index uint64, entry []byte) error {
	entries, err := l.entries(index)
	if err != nil {
		return err
	}
	entries[index%merkle.TileWidth] = entry
	var data []byte
	for _, e := range entries {
		if data, err = merkle.AppendEntry(data, e); err != nil {
			return fmt.Errorf("biglog: %w", err)
		}
	}
	f := newFolder(l.Dir)
	if err := f.write(l.bundle(index).Path(), data); err != nil {
		return fmt.Errorf("biglog: %w", err)
	}
	// The hash that changed, its level and its place there.
	hash, at := merkle.LeafHash(entry), index
	for level := range uint8(8) {
		count := l.Tree.Size >> (merkle.TileHeight * uint(level))
		if at >= count {
			break // in no full tile of the level below
		}
		first := at / merkle.TileWidth * merkle.TileWidth
		tile := merkle.Tile{Level: level, Index: at / merkle.TileWidth, Width: int(min(merkle.TileWidth, count-first))}
		name := filepath.Join(l.Dir, filepath.FromSlash(tile.Path()))
		b, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("biglog: %w", err)
		}
		hashes, err := merkle.ParseTile(b, tile.Width)
		if err != nil {
			return fmt.Errorf("biglog: %s: %w", name, err)
		}
		hashes[at-first] = hash
		if err := f.write(tile.Path(), merkle.AppendTile(nil, hashes)); err != nil {
			return fmt.Errorf("biglog: %w", err)
		}
		hash, at = merkle.Root(hashes), at/merkle.TileWidth
	}
	root, err := merkle.RootFromTiles(published{l}, l.Tree.Size)
	if err != nil {
		return fmt.Errorf("biglog: %w", err)
	}
	l.Tree.Root = root
	return l.publish()
}

// published reads the folder once the log has its size.
type published struct{ l *Log }

func (p published) ReadTile(t merkle.Tile) ([]merkle.Hash, error) {
	count := p.l.Tree.Size >> (merkle.TileHeight * uint(t.Level))
	stored := t
	stored.Width = int(min(merkle.TileWidth, count-t.Index*merkle.TileWidth))
	b, err := os.ReadFile(filepath.Join(p.l.Dir, filepath.FromSlash(stored.Path())))
	if err != nil {
		return nil, err
	}
	hashes, err := merkle.ParseTile(b, stored.Width)
	if err != nil {
		return nil, err
	}
	return hashes[:t.Width], nil
}
