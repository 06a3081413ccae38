package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// checkEntries goes through the log once, in order, and at each entry through
// all the rows that it leads to.
func (f *fsck) checkEntries() error {
	var err error
	if f.builder, err = merkle.NewTileBuilder(nil, 0); err != nil {
		return err
	}
	if f.status, err = merkle.NewStatusTree(noStatus{}, 0); err != nil {
		return err
	}
	f.lastIn = make(map[uint64]uint64)
	f.private, f.records = newPrivateWalk(f.tx), newRecordWalk(f.tx)
	f.gone, f.frozen = newRows(f.tx, bucketForgotten), newRows(f.tx, bucketFrozen)
	bundles := newRows(f.tx, bucketEntries)
	size := f.report.Size
	for i := uint64(0); i < size; {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		bundle := i / merkle.TileWidth
		width := min(size-i, merkle.TileWidth)
		data, err := bundles.take(bundle)
		if err != nil {
			return err
		}
		if data == nil {
			return bad(bucketEntries, bundle, "the bundle is missing; the log has %d entries", size)
		}
		raw, err := merkle.ParseBundle(data, int(width))
		if err != nil {
			return bad(bucketEntries, bundle, "%v", err)
		}
		leaves := make([]merkle.Hash, len(raw))
		for n := range raw {
			leaves[n] = merkle.LeafHash(raw[n])
			f.frontier.Append(leaves[n])
			if err := f.checkEntry(i+uint64(n), raw[n]); err != nil {
				return err
			}
		}
		if err := f.checkNewTiles(leaves); err != nil {
			return err
		}
		i += width
		if f.progress != nil {
			f.progress(i, size)
		}
	}
	for _, r := range []interface{ end() error }{&bundles, &f.private, &f.records, &f.gone, &f.frozen} {
		if err := r.end(); err != nil {
			return err
		}
	}
	if got := f.frontier.Tree(); got.Root != f.report.Root {
		return bad(bucketMeta, "head", "root %s at size %d, the entries lead to %s", f.report.Root, size, got.Root)
	}
	return nil
}

// noStatus is the reader of a status tree that is kept in memory whole.
type noStatus struct{}

func (noStatus) ReadStatusTile(uint64) ([]byte, error) { return nil, nil }

func (f *fsck) checkEntry(i uint64, raw []byte) error {
	e, err := record.ParseEntry(raw)
	if err != nil {
		return bad(bucketEntries, i/merkle.TileWidth, "entry %d: %v", i, err)
	}
	row, err := f.private.take(i)
	if err != nil {
		return err
	}
	box, err := f.records.take(i)
	if err != nil {
		return err
	}
	switch e.Kind {
	case record.Sealed, record.Open:
		f.report.Records++
		return f.checkRecord(i, e, row, box)
	}
	if row != nil {
		return bad(bucketPrivate, i, "a row for an entry of kind %s", e.Kind)
	}
	if box != nil {
		return bad(bucketRecords, i, "a record for an entry of kind %s", e.Kind)
	}
	switch e.Kind {
	case record.Status:
		f.report.Statuses++
		return f.checkChange(i, e)
	}
	f.report.Heads++
	return f.checkHead(i, e)
}

func (f *fsck) checkChange(i uint64, e record.Entry) error {
	inBundle := func(format string, a ...any) error {
		return bad(bucketEntries, i/merkle.TileWidth, "status entry %d: %s", i, fmt.Sprintf(format, a...))
	}
	if e.Target >= i {
		return inBundle("it targets entry %d, which is not before it", e.Target)
	}
	if err := f.status.Grow(i); err != nil {
		return err
	}
	now, err := f.status.State(e.Target)
	if err != nil {
		return err
	}
	var target record.Entry
	if err := eachEntry(f.tx, e.Target, e.Target+1, func(_ uint64, raw []byte) (err error) {
		target, err = record.ParseEntry(raw)
		return err
	}); err != nil {
		return inBundle("read its target: %v", err)
	}
	then, err := e.Effect(i, target, record.State(now))
	if err != nil {
		return inBundle("%v", err)
	}
	if err := f.status.Set(e.Target, uint8(then)); err != nil {
		return err
	}
	f.lastIn[e.Target/merkle.StatusPerTile] = i
	row := f.tx.Bucket(bucketChanges).Get(key2(e.Target, i))
	if !bytes.Equal(row, []byte{byte(e.State)}) {
		return bad(bucketChanges, fmt.Sprintf("%d at %d", e.Target, i), "not the state %s that status entry %d sets", e.State, i)
	}
	return nil
}

func (f *fsck) checkHead(i uint64, e record.Entry) error {
	if err := f.status.Grow(i); err != nil {
		return err
	}
	root, err := f.status.Root()
	if err != nil {
		return err
	}
	if root != e.StatusRoot {
		return bad(bucketEntries, i/merkle.TileWidth, "head entry %d has status root %s, the status entries before it lead to %s", i, merkle.Hash(e.StatusRoot), root)
	}
	v, err := f.frozen.take(i + 1)
	if err != nil {
		return err
	}
	if v == nil {
		return bad(bucketFrozen, i+1, "the row is missing; entry %d is a head", i)
	}
	frozen, err := decodeFrozen(key64(i+1), v)
	if err != nil {
		return bad(bucketFrozen, i+1, "%v", err)
	}
	if tree := f.frontier.Tree(); frozen.Tree != tree {
		return bad(bucketFrozen, i+1, "root %s, the entries lead to %s", frozen.Tree.Root, tree.Root)
	}
	return nil
}

// checkNewTiles compares the tiles that leaves complete, and remembers those
// that they leave partial.
func (f *fsck) checkNewTiles(leaves []merkle.Hash) error {
	next, tiles, err := f.builder.Grow(leaves)
	if err != nil {
		return err
	}
	f.builder = next
	for _, t := range tiles {
		f.edge[t.Tile.Level] = t
		if t.Tile.Width < merkle.TileWidth {
			continue
		}
		if err := f.compareTile(t); err != nil {
			return err
		}
	}
	return nil
}

func (f *fsck) compareTile(t merkle.TileData) error {
	got := f.tx.Bucket(bucketTiles).Get(tileKey(t.Tile.Level, t.Tile.Index))
	want := merkle.AppendTile(nil, t.Hashes)
	if !bytes.Equal(got, want) {
		return bad(bucketTiles, t.Tile, "%s", differs(got, want, merkle.HashSize, "hash"))
	}
	return nil
}

// differs says where a value made of equal units leaves what it should be.
func differs(got, want []byte, unit int, noun string) string {
	if got == nil {
		return "the row is missing"
	}
	if len(got) != len(want) {
		return fmt.Sprintf("%d bytes, want %d", len(got), len(want))
	}
	for i := 0; i < len(got); i += unit {
		if end := min(i+unit, len(got)); !bytes.Equal(got[i:end], want[i:end]) {
			return fmt.Sprintf("%s %d is not what the entries lead to", noun, i/unit)
		}
	}
	return "as it should be"
}

// checkTiles compares the partial tiles at the log's edge and looks for tiles
// too many.
func (f *fsck) checkTiles() error {
	for _, t := range f.edge {
		if t.Tile.Width == 0 {
			continue
		}
		if err := f.compareTile(t); err != nil {
			return err
		}
	}
	return f.tx.Bucket(bucketTiles).ForEach(func(k, v []byte) error {
		if len(k) == 9 && k[0] < 8 {
			t := merkle.Tile{Level: k[0], Index: binary.BigEndian.Uint64(k[1:]), Width: len(v) / merkle.HashSize}
			if t.In(f.report.Size) {
				return nil
			}
		}
		return bad(bucketTiles, keyText(k), "a tile that a log of %d entries does not have", f.report.Size)
	})
}

// checkStatus compares the current states, and looks for changes too many.
func (f *fsck) checkStatus() error {
	want := make(map[uint64][]byte)
	for tile, last := range f.lastIn {
		want[tile] = append(key64(last), make([]byte, merkle.StatusTileSize)...)
	}
	for _, t := range f.status.Changed() {
		copy(want[t.Index][8:], t.Data)
	}
	b := f.tx.Bucket(bucketStatus)
	for tile := range merkle.StatusTiles(f.report.Size) {
		w, ok := want[tile]
		if !ok {
			continue
		}
		if got := b.Get(key64(tile)); !bytes.Equal(got, w) {
			if len(got) == len(w) && !bytes.Equal(got[:8], w[:8]) {
				return bad(bucketStatus, tile, "last changed by entry %d, the entries say %d", binary.BigEndian.Uint64(got), binary.BigEndian.Uint64(w))
			}
			if len(got) == len(w) {
				got, w = got[8:], w[8:]
			}
			return bad(bucketStatus, tile, "%s", differs(got, w, merkle.ChunkSize, "chunk"))
		}
	}
	err := b.ForEach(func(k, _ []byte) error {
		if n, err := num(k); err != nil || want[n] == nil {
			return bad(bucketStatus, keyText(k), "a tile that no status entry changed")
		}
		return nil
	})
	if err != nil {
		return err
	}
	rows := uint64(0)
	err = f.tx.Bucket(bucketChanges).ForEach(func(k, v []byte) error {
		rows++
		if len(k) != 16 || len(v) != 1 {
			return bad(bucketChanges, keyText(k), "%d and %d bytes, want 16 and 1", len(k), len(v))
		}
		target, i := binary.BigEndian.Uint64(k), binary.BigEndian.Uint64(k[8:])
		want := record.Entry{Kind: record.Status, Target: target, State: record.State(v[0])}
		var got record.Entry
		if i < f.report.Size {
			if err := eachEntry(f.tx, i, i+1, func(_ uint64, raw []byte) (err error) {
				got, err = record.ParseEntry(raw)
				return err
			}); err != nil {
				return err
			}
		}
		if got != want {
			return bad(bucketChanges, fmt.Sprintf("%d at %d", target, i), "entry %d is no such status change", i)
		}
		return nil
	})
	return err
}

// checkAnchors compares the journal with the frozen trees. The chain itself
// is not asked.
func (f *fsck) checkAnchors() error {
	var final uint64
	return f.tx.Bucket(bucketAnchors).ForEach(func(k, v []byte) error {
		f.report.Anchors++
		size, err := num(k)
		if err != nil {
			return bad(bucketAnchors, keyText(k), "a key of %d bytes, want 8", len(k))
		}
		a, err := decodeAnchor(v)
		if err != nil {
			return bad(bucketAnchors, size, "%v", err)
		}
		if a.Size != size {
			return bad(bucketAnchors, size, "the row is of size %d", a.Size)
		}
		if err := a.validate(); err != nil {
			return bad(bucketAnchors, size, "%v", err)
		}
		frozen, err := frozenAt(f.tx, size)
		if err != nil {
			return bad(bucketAnchors, size, "no tree of that size was frozen")
		}
		if frozen.Tree.Root != a.Root {
			return bad(bucketAnchors, size, "root %s, frozen was %s", a.Root, frozen.Tree.Root)
		}
		if a.State == Final {
			if a.PrevSize < final {
				return bad(bucketAnchors, size, "final over previous size %d, but size %d is final too", a.PrevSize, final)
			}
			final = size
		}
		return nil
	})
}

// checkCheckpoint compares the signed note's text with the tiles. Its
// signatures need keys, which are not here.
func (f *fsck) checkCheckpoint() error {
	v := f.tx.Bucket(bucketMeta).Get(metaCheckpoint)
	if v == nil {
		return nil
	}
	wrong := func(format string, a ...any) error { return bad(bucketMeta, "checkpoint", format, a...) }
	if len(v) <= 8 {
		return wrong("%d bytes", len(v))
	}
	size, note := binary.BigEndian.Uint64(v), v[8:]
	body, _, ok := bytes.Cut(note, []byte("\n\n"))
	if !ok {
		return wrong("it is no signed note")
	}
	c, err := checkpoint.ParseBody(append(bytes.Clone(body), '\n'))
	if err != nil {
		return wrong("%v", err)
	}
	if c.Tree.Size != size || size > f.report.Size {
		return wrong("kept for size %d, signed for %d, the log has %d", size, c.Tree.Size, f.report.Size)
	}
	root, err := merkle.RootFromTiles(txTiles{f.tx}, size)
	if err != nil {
		return wrong("%v", err)
	}
	if root != c.Tree.Root {
		return wrong("root %s at size %d, the log has %s", c.Tree.Root, size, root)
	}
	return nil
}
