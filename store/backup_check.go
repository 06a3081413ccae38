package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// CheckBackup reads every byte of a backup: the checksums must be those of the
// manifest, the entries must lead to its root, and each record must have its
// row and its slot unless it was forgotten, when it has neither. It needs no
// secret, and so cannot look into rows; Restore does. An error that wraps
// ErrBadBackup names what is wrong. progress, if not nil, is told how many of
// how many entries are done.
func CheckBackup(ctx context.Context, dir string, progress func(done, total uint64)) (BackupInfo, error) {
	info, err := checkBackup(ctx, dir, progress)
	if err != nil {
		return info, backupError(dir, err)
	}
	return info, nil
}

func checkBackup(ctx context.Context, dir string, progress func(done, total uint64)) (BackupInfo, error) {
	m, _, _, err := readManifest(dir)
	if err != nil {
		return BackupInfo{}, err
	}
	r, err := openBackup(dir, m)
	if err != nil {
		return BackupInfo{}, err
	}
	var (
		frontier merkle.Frontier
		info     = m.info()
	)
	info.Forgotten = uint64(len(r.gone))
	for _, seg := range m.Segments {
		err := r.segment(ctx, seg, func(c *copied, _ []byte) error {
			frontier.Append(merkle.LeafHash(c.raw))
			return nil
		})
		if err != nil {
			return info, err
		}
		if progress != nil {
			progress(seg.end(), m.Size)
		}
	}
	if err := r.end(); err != nil {
		return info, err
	}
	if t := frontier.Tree(); t.Root != m.Root {
		return info, fmt.Errorf("%w: its entries lead to root %s, the manifest says %s", ErrBadBackup, t.Root, m.Root)
	}
	for _, seg := range m.Journal {
		if err := r.journal(ctx, seg, func(uint64, []byte) error { return nil }); err != nil {
			return info, err
		}
	}
	for _, f := range m.Files {
		if _, err := r.file(f); err != nil {
			return info, err
		}
	}
	return info, nil
}

// A backupReader reads a backup from its begin to its end.
type backupReader struct {
	dir   string
	m     manifest
	id    []byte
	state backupState
	gone  []uint64 // forgotten records not come to yet, ascending
}

func openBackup(dir string, m manifest) (*backupReader, error) {
	r := &backupReader{dir: dir, m: m}
	var err error
	if r.id, err = hex.DecodeString(m.Store); err != nil {
		return nil, err // the manifest was checked
	}
	if r.state, err = readState(dir, m); err != nil {
		return nil, err
	}
	r.gone = r.state.indexes()
	return r, nil
}

// segment hands f the entries of a segment with their slots. The row and the
// box of a record that was forgotten after the segment was written are left
// out.
func (r *backupReader) segment(ctx context.Context, seg segment, f func(c *copied, slot []byte) error) error {
	entries, err := openSum(r.dir, seg.Data)
	if err != nil {
		return err
	}
	keys, err := openSum(r.dir, seg.Keys)
	if err != nil {
		return entries.close(err)
	}
	slot := make([]byte, slotSize)
	err = keys.header(slotsMagic, r.id, seg)
	if err == nil {
		err = readEntries(entries, r.id, seg, func(c *copied) error {
			if c.index%merkle.TileWidth == 0 {
				if err := ctx.Err(); err != nil {
					return err
				}
			}
			if err := keys.full(slot); err != nil {
				return err
			}
			if err := r.checkEntry(c, slot); err != nil {
				return fmt.Errorf("%w: %s, entry %d: %w", ErrBadBackup, seg.Data.Name, c.index, err)
			}
			return f(c, slot)
		})
	}
	// Damage of one file may show while the other is read.
	return keys.close(entries.close(err))
}

// checkEntry wants each record to have what it needs, and no forgotten one to
// have it.
func (r *backupReader) checkEntry(c *copied, slot []byte) error {
	if c.entry.Kind != record.Sealed && c.entry.Kind != record.Open {
		return nil
	}
	gone := len(r.gone) > 0 && r.gone[0] == c.index
	switch {
	case gone && !allZero(slot):
		return fmt.Errorf("it was forgotten, but its slot is there")
	case gone:
		r.gone = r.gone[1:]
		c.row, c.box = nil, nil
	case c.row == nil || allZero(slot):
		return fmt.Errorf("its private row or its slot is missing, and it was not forgotten")
	}
	return nil
}

// end says that all segments were read.
func (r *backupReader) end() error {
	if len(r.gone) > 0 {
		return fmt.Errorf("%w: %s says that entry %d was forgotten, which holds no record", ErrBadBackup, r.m.State.Name, r.gone[0])
	}
	return nil
}

func (r *backupReader) journal(ctx context.Context, seg segment, f func(size uint64, row []byte) error) error {
	j, err := openSum(r.dir, seg.Data)
	if err != nil {
		return err
	}
	return j.close(readJournal(j, r.id, seg, func(size uint64, row []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := decodeAnchor(row); err != nil {
			return fmt.Errorf("%w: %s, size %d: %w", ErrBadBackup, seg.Data.Name, size, err)
		}
		return f(size, row)
	}))
}

func (r *backupReader) file(f namedFile) ([]byte, error) {
	if f.Size > maxBackupFile {
		return nil, fmt.Errorf("%w: %s has %d bytes, at most %d are read", ErrBadBackup, f.Name, f.Size, maxBackupFile)
	}
	in, err := openSum(r.dir, f.backupFile)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(in)
	return b, in.close(err)
}

// BackupFiles returns the small files of a backup by their names.
func BackupFiles(dir string) ([]BackupFile, error) {
	m, _, _, err := readManifest(dir)
	if err != nil {
		return nil, backupError(dir, err)
	}
	r := &backupReader{dir: dir, m: m}
	var out []BackupFile
	for _, f := range m.Files {
		b, err := r.file(f)
		if err != nil {
			return nil, backupError(dir, err)
		}
		out = append(out, BackupFile{Name: f.As, Data: b})
	}
	slices.SortFunc(out, func(a, b BackupFile) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out, nil
}
