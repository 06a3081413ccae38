package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// RestoreOptions say what to restore, and who may sign afterwards.
type RestoreOptions struct {
	From string // the folder of the backup

	// Mark is kept in the store. Its Operator and Keys have to be new, since
	// the machine that is lost may come back with those that it had. At, Made,
	// Size and Asked are filled in.
	Mark Restored

	// Progress, if not nil, is told what is done, and how much of how much.
	Progress func(what string, done, total uint64)
}

// Restore makes the store in Options.Dir, which must not exist or be empty,
// from a backup, and runs Fsck on it. The directory is a whole store afterwards,
// or as empty as it was. Restored tells what may be signed from it: nothing,
// until the chain names the new operator and the new keys (Restored, Release).
//
// ErrBadBackup says that the backup is damaged or was changed by somebody who
// does not have the secret; ErrSecret that it is another store's.
func Restore(ctx context.Context, o Options, r RestoreOptions) (FsckReport, error) {
	if err := o.defaults(); err != nil {
		return FsckReport{}, err
	}
	report, err := restore(ctx, o, r)
	if err != nil {
		return report, fmt.Errorf("restore from %s: %w", r.From, err)
	}
	return report, nil
}

func restore(ctx context.Context, o Options, r RestoreOptions) (report FsckReport, err error) {
	if err := r.Mark.validate(); err != nil {
		return report, err
	}
	m, line, mac, err := readManifest(r.From)
	if errors.Is(err, os.ErrNotExist) {
		return report, fmt.Errorf("there is no whole backup: %w", err)
	}
	if err != nil {
		return report, err
	}
	if m.Format > Format {
		return report, newerError(m.Format)
	}
	b, err := openBackup(r.From, m)
	if err != nil {
		return report, err
	}
	secrets := newSecrets(o.Secret)
	if !bytes.Equal(b.state.Secret, secrets.check(b.id)) {
		return report, fmt.Errorf("%w: use the secret of the node that the backup was made of", ErrSecret)
	}
	if want := secrets.sum([]byte(labelBackup), line); !bytes.Equal(want[:], mac) {
		return report, fmt.Errorf("%w: its %s was changed by somebody who does not have the secret", ErrBadBackup, manifestFile)
	}
	if r.Progress == nil {
		r.Progress = func(string, uint64, uint64) {}
	}
	if names, err := os.ReadDir(o.Dir); err == nil && len(names) > 0 {
		return report, fmt.Errorf("%s is not empty (there is %s); name a new folder", o.Dir, names[0].Name())
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return report, err
	}
	// What is being made takes the store's name when it is whole.
	part := o
	part.Dir = o.Dir + ".restoring"
	if err := makeDir(filepath.Dir(part.Dir)); err != nil {
		return report, err
	}
	if err := os.Mkdir(part.Dir, 0o700); err != nil {
		if errors.Is(err, os.ErrExist) {
			err = fmt.Errorf("%s was left by a restore that was cut off; delete it", part.Dir)
		}
		return report, diskError(err)
	}
	defer func() {
		if err != nil {
			os.RemoveAll(part.Dir)
		}
	}()
	mark := r.Mark
	mark.At, mark.Made, mark.Size, mark.Asked = o.Now().UTC(), m.Made, m.Size, 0
	w := &restorer{ctx: ctx, dir: part.Dir, backup: b, mark: mark, secrets: secrets, progress: r.Progress}
	if err := w.run(); err != nil {
		return report, err
	}
	report, err = Fsck(ctx, part, func(done, total uint64) { r.Progress("checking", done, total) })
	if err == nil && !report.Clean() {
		err = fmt.Errorf("%w: the store made from it does not check: %w", ErrBadBackup, report.Divergence)
	}
	if err != nil {
		return report, err
	}
	if err := syncDir(part.Dir); err != nil {
		return report, err
	}
	if err := os.Remove(o.Dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return report, err
	}
	if err := os.Rename(part.Dir, o.Dir); err != nil {
		return report, err
	}
	return report, syncName(o.Dir)
}

// restoreEntries is how many entries go into one transaction.
const restoreEntries = 64 * merkle.TileWidth

// A restorer writes a store from a backup.
type restorer struct {
	ctx      context.Context
	dir      string
	backup   *backupReader
	mark     Restored
	secrets  *secrets
	progress func(string, uint64, uint64)

	db      *bbolt.DB
	keys    *bufio.Writer
	builder *merkle.TileBuilder

	// What the next transaction gets.
	first   uint64
	bytes   int
	leaves  []merkle.Hash
	bundle  []byte // the one that is not full
	bundles []bundleData
	private []chunk
	records []chunk
	boxes   int // entries since the first of the last chunk of records
	changes []change
	frozen  []Frozen // Tree.Root is not set
}

func (r *restorer) run() (err error) {
	if r.builder, err = merkle.NewTileBuilder(nil, 0); err != nil {
		return err
	}
	path := filepath.Join(r.dir, logFile)
	if r.db, err = bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, NoGrowSync: true, NoFreelistSync: false, FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 30}); err != nil {
		return diskError(err)
	}
	open := true
	defer func() {
		if open {
			r.db.Close()
		}
	}()
	err = writeSynced(filepath.Join(r.dir, keysFile), func(w io.Writer) error {
		r.keys = bufio.NewWriterSize(w, 1<<20)
		if _, err := r.keys.Write(append([]byte(keysMagic), r.backup.id...)); err != nil {
			return err
		}
		if err := r.all(); err != nil {
			return err
		}
		return r.keys.Flush()
	})
	if err != nil {
		return diskError(err)
	}
	if err := r.db.Sync(); err != nil {
		return diskError(err)
	}
	open = false
	return r.db.Close()
}

func (r *restorer) all() error {
	if err := r.update(r.schema); err != nil {
		return err
	}
	for _, seg := range r.backup.m.Segments {
		if err := r.backup.segment(r.ctx, seg, r.entry); err != nil {
			return err
		}
	}
	if err := r.backup.end(); err != nil {
		return err
	}
	if err := r.flush(); err != nil {
		return err
	}
	if t := r.builder.Tree(); t.Root != r.backup.m.Root || t.Size != r.backup.m.Size {
		return fmt.Errorf("%w: its entries lead to root %s, the manifest says %s", ErrBadBackup, t.Root, r.backup.m.Root)
	}
	for _, seg := range r.backup.m.Journal {
		err := r.update(func(tx *bbolt.Tx) error {
			b := sequential(tx, bucketAnchors)
			return r.backup.journal(r.ctx, seg, func(size uint64, row []byte) error { return b.Put(key64(size), row) })
		})
		if err != nil {
			return err
		}
	}
	return r.update(r.rest)
}

func (r *restorer) update(f func(*bbolt.Tx) error) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	return diskError(updateDB(r.db, f))
}

func (r *restorer) schema(tx *bbolt.Tx) error {
	for _, name := range logBuckets {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	meta := tx.Bucket(bucketMeta)
	for _, row := range [][2][]byte{
		{metaFormat, binary.BigEndian.AppendUint32(nil, Format)},
		{metaID, r.backup.id},
		{metaSecret, r.secrets.check(r.backup.id)},
	} {
		if err := meta.Put(row[0], row[1]); err != nil {
			return err
		}
	}
	return nil
}

// entry takes one entry with all that belongs to it.
func (r *restorer) entry(c *copied, slot []byte) error {
	if _, err := r.keys.Write(slot); err != nil {
		return err
	}
	if c.index%merkle.TileWidth == 0 {
		r.bundle = make([]byte, 0, merkle.TileWidth*(2+record.MaxEntrySize))
	}
	var err error
	if r.bundle, err = merkle.AppendEntry(r.bundle, c.raw); err != nil {
		return err
	}
	if c.index%merkle.TileWidth == merkle.TileWidth-1 {
		r.bundles = append(r.bundles, bundleData{c.index / merkle.TileWidth, r.bundle})
	}
	r.leaves = append(r.leaves, merkle.LeafHash(c.raw))
	if c.row != nil {
		r.row(c.index, c.row)
	}
	if c.box != nil {
		r.box(c.index, c.box)
	}
	switch c.entry.Kind {
	case record.Status:
		r.changes = append(r.changes, change{c.entry.Target, c.index, c.entry.State})
	case record.Head:
		r.frozen = append(r.frozen, Frozen{Tree: merkle.Tree{Size: c.index + 1}, Time: c.time})
	}
	r.bytes += len(c.row) + len(c.box)
	// A transaction ends with a bundle, so that no chunk lies across two.
	if c.index%merkle.TileWidth == merkle.TileWidth-1 && (len(r.leaves) >= restoreEntries || r.bytes > DefaultMaxBatchBytes) {
		return r.flush()
	}
	return nil
}

// row adds a private row to the chunk of its 256 indexes.
func (r *restorer) row(index uint64, row []byte) {
	first := index - index%chunkRows
	n := len(r.private) - 1
	if n < 0 || r.private[n].first != first {
		r.private = append(r.private, chunk{first: first, data: make([]byte, 0, chunkRows*rowSize)})
		n++
	}
	c := &r.private[n]
	c.data = c.data[:int(index-first)*rowSize] // what is skipped is zero
	c.data = append(c.data, row...)
}

// box adds a record to the last chunk, or begins another.
func (r *restorer) box(index uint64, box []byte) {
	n := len(r.records) - 1
	if n < 0 || r.records[n].first/chunkRows != index/chunkRows || len(r.records[n].data)+len(box) > chunkBytes {
		r.records = append(r.records, chunk{first: index})
		n, r.boxes = n+1, 0
	}
	c := &r.records[n]
	for ; r.boxes < int(index-c.first); r.boxes++ {
		c.data = appendRecord(c.data, nil)
	}
	c.data = appendRecord(c.data, box)
	r.boxes++
}

// flush writes what has been gathered in one transaction.
func (r *restorer) flush() error {
	if len(r.leaves) == 0 {
		return r.update(func(tx *bbolt.Tx) error { return writeHead(tx, r.builder.Tree()) })
	}
	// The roots of the trees that were frozen on the way.
	frontier := r.builder.Frontier()
	next := 0
	for i := range r.frozen {
		for ; r.first+uint64(next) < r.frozen[i].Tree.Size; next++ {
			frontier.Append(r.leaves[next])
		}
		r.frozen[i].Tree = frontier.Tree()
	}
	builder, tiles, err := r.builder.Grow(r.leaves)
	if err != nil {
		return err
	}
	end := r.first + uint64(len(r.leaves))
	if end%merkle.TileWidth != 0 {
		r.bundles = append(r.bundles, bundleData{end / merkle.TileWidth, r.bundle})
	}
	b := &batch{
		bundles: r.bundles, tiles: tiles, private: r.private, records: r.records, changes: r.changes,
		after: tail{tree: builder.Tree()},
	}
	err = r.update(func(tx *bbolt.Tx) error {
		for _, f := range r.frozen {
			if err := sequential(tx, bucketFrozen).Put(key64(f.Tree.Size), frozenValue(f)); err != nil {
				return err
			}
		}
		return b.put(tx)
	})
	if err != nil {
		return err
	}
	r.builder, r.first, r.bytes = builder, end, 0
	r.leaves = nil // the builder keeps them
	r.bundles, r.private, r.records, r.changes, r.frozen = r.bundles[:0], r.private[:0], r.records[:0], r.changes[:0], r.frozen[:0]
	r.progress("restoring", end, r.backup.m.Size)
	return nil
}

// rest writes what does not follow from the entries.
func (r *restorer) rest(tx *bbolt.Tx) error {
	meta, s := tx.Bucket(bucketMeta), r.backup.state
	if s.Checkpoint != nil {
		if err := meta.Put(metaCheckpoint, s.Checkpoint); err != nil {
			return err
		}
	}
	if s.KeyTerms != nil {
		if err := meta.Put(metaKeyTerms, s.KeyTerms); err != nil {
			return err
		}
	}
	if s.Opening != nil {
		if err := meta.Put(metaOpening, s.Opening); err != nil {
			return err
		}
	}
	anchors := sequential(tx, bucketAnchors)
	for _, row := range s.Anchors {
		var a struct{ Size uint64 }
		if err := json.Unmarshal(row, &a); err != nil {
			return fmt.Errorf("%w: journal: %w", ErrBadBackup, err)
		}
		if err := anchors.Put(key64(a.Size), row); err != nil {
			return err
		}
	}
	tombstones, forgotten := tx.Bucket(bucketTombstones), tx.Bucket(bucketForgotten)
	for rest := s.Forgotten; len(rest) > 0; rest = rest[forgottenSize:] {
		if err := tombstones.Put(rest[8:forgottenSize], rest[:8]); err != nil {
			return err
		}
		if err := forgotten.Put(rest[:8], rest[8:forgottenSize]); err != nil {
			return err
		}
	}
	return putRestored(tx, r.mark)
}
