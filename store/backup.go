package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"go.etcd.io/bbolt"
)

// A backup is one under way.
type backup struct {
	forgotten []uint64 // by Forget since it began
}

// A segment of a backup is closed when it has so many entries or bytes. It is
// written again, together with what is new, while it has fewer and no more
// entries than what is new: so an entry is copied some twenty times in its life
// however often a backup is made, and a log has few segments.
const (
	maxSegmentEntries = 1 << 18
	maxSegmentBytes   = 128 << 20
)

// A BackupFile is a small file that goes into a backup with the store, such
// as a configuration. It must not be secret.
type BackupFile struct {
	Name string // slashes between folders; not absolute, no ".."
	Data []byte // at most 1 MiB
}

// A BackupReport says what a run of Backup did.
type BackupReport struct {
	BackupInfo
	Dir     string `json:"dir"`
	Run     uint64 `json:"run"`     // counts the runs into this folder, from 1
	Entries uint64 `json:"entries"` // that were not in it before
	Written int64  `json:"written"` // bytes
	// Mended are the files of the backup that had gone missing or had another
	// length, and were made again.
	Mended []string `json:"mended,omitempty"`
}

// Backup brings the backup in a folder up to date, or makes one where there is
// none, while everything else goes on. The backup is the store as it was when
// Backup began. It costs reading and writing what changed since the run before:
// the log only grows, so entries stay where they are; of a segment in which
// records were forgotten the slots are written again and the old ones
// overwritten. What is forgotten while the copy is made is left out of it too.
//
// The folder holds the newest backup only. At any instant it is whole: the
// manifest is replaced last, by renaming. Nothing in it can be read without the
// secret but what the log shows anyway, the journal, and files; a folder with
// other things in it, a backup of another store, or one of a past that this
// store does not have (the store is an old copy, then) is refused and left as
// it is.
func (s *Store) Backup(ctx context.Context, dir string, files ...BackupFile) (BackupReport, error) {
	s.backing.Lock()
	defer s.backing.Unlock()
	r, err := s.backup(ctx, dir, files)
	if err != nil {
		return r, fmt.Errorf("back up to %s: %w", dir, err)
	}
	return r, nil
}

// A backupRun is one run of Backup.
type backupRun struct {
	s       *Store
	dir     string
	held    manifest        // what the folder held; zero for the first
	old     manifest        // what of it can be kept
	oldGone []uint64        // records forgotten as of old, ascending
	gone    map[uint64]bool // these, and at the commit all
	m       manifest
	state   backupState
	files   int
	report  BackupReport
}

// backupState is what changes from run to run, as JSON.
type backupState struct {
	Secret     HexBytes          `json:"secret"` // meta "secret"
	Checkpoint []byte            `json:"checkpoint,omitempty"`
	KeyTerms   json.RawMessage   `json:"keyTerms,omitempty"`
	Opening    json.RawMessage   `json:"opening,omitempty"`
	Anchors    []json.RawMessage `json:"anchors,omitempty"`   // journal rows after the last final one
	Forgotten  []byte            `json:"forgotten,omitempty"` // index[8] ‖ lookup HMAC[32], ascending
}

const forgottenSize = 8 + lookupSize

func (b backupState) indexes() []uint64 {
	out := make([]uint64, 0, len(b.Forgotten)/forgottenSize)
	for rest := b.Forgotten; len(rest) >= forgottenSize; rest = rest[forgottenSize:] {
		i, _ := num(rest[:8])
		out = append(out, i)
	}
	return out
}

func (s *Store) backup(ctx context.Context, dir string, files []BackupFile) (BackupReport, error) {
	if dir == "" {
		return BackupReport{}, errors.New("no folder is named")
	}
	for _, f := range files {
		if !fs.ValidPath(f.Name) || len(f.Data) > maxBackupFile {
			return BackupReport{}, fmt.Errorf("%q cannot go into a backup: it needs a plain name and at most %d bytes", f.Name, maxBackupFile)
		}
	}
	dir = filepath.Clean(dir)
	if err := makeDir(dir); err != nil {
		return BackupReport{}, err
	}
	run := &backupRun{s: s, dir: dir, gone: map[uint64]bool{}}
	if err := run.readOld(); err != nil {
		return BackupReport{}, err
	}
	b := &backup{}
	s.forgetting.Lock()
	s.backups[b] = struct{}{}
	s.forgetting.Unlock()
	defer func() {
		s.forgetting.Lock()
		delete(s.backups, b)
		s.forgetting.Unlock()
	}()
	err := run.copy(ctx, files)
	if err == nil {
		// From here on Forget waits. One that ran before is repeated in the
		// copy, one that runs after finds a backup older than itself.
		s.forgetting.Lock()
		err = run.commit(ctx, b.forgotten)
		s.forgetting.Unlock()
	}
	if err != nil {
		return BackupReport{}, errors.Join(err, run.abandon())
	}
	if err := clean(dir, run.m); err != nil {
		return BackupReport{}, fmt.Errorf("the backup is made, but what it replaced is still there: %w", err)
	}
	return run.report, nil
}

// abandon takes away what a run wrote that failed: it is not part of the
// backup, and may fill the disk. Where the manifest is replaced already, and
// only that it will outlast a power failure is not known, the files of both stay;
// the next run takes away what is too much.
func (r *backupRun) abandon() error {
	m, _, _, err := readManifest(r.dir)
	if err == nil && m.Run == r.held.Run || errors.Is(err, os.ErrNotExist) && r.held.Run == 0 {
		return clean(r.dir, r.held)
	}
	return err
}

// readOld reads the backup of before, and refuses one that this store must
// not replace.
func (r *backupRun) readOld() error {
	m, line, mac, err := readManifest(r.dir)
	if errors.Is(err, os.ErrNotExist) {
		name, err := foreign(r.dir)
		if err == nil && name != "" {
			err = fmt.Errorf("it holds %s, which is no part of a backup; name an empty folder or a new one", name)
		}
		return err
	}
	if err != nil {
		return fmt.Errorf("%w; move the folder away, or name another", err)
	}
	if name, err := foreign(r.dir); err != nil {
		return err
	} else if name != "" {
		return fmt.Errorf("it holds %s, which is no part of a backup; move it away", name)
	}
	if m.Store != hex.EncodeToString(r.s.id) {
		return fmt.Errorf("%w: of another log; name another folder", ErrOtherBackup)
	}
	if want := r.s.secrets.sum([]byte(labelBackup), line); !bytes.Equal(want[:], mac) {
		return fmt.Errorf("%w: its %s was changed by somebody who does not have the secret; name another folder", ErrBadBackup, manifestFile)
	}
	have := r.s.Tree()
	if m.Size > have.Size {
		return fmt.Errorf("%w: of %d entries, but the store has %d: the store is an older copy. Restore from that backup, or name another folder", ErrOtherBackup, m.Size, have.Size)
	}
	was, err := r.s.TreeAt(m.Size)
	if err != nil {
		return err
	}
	if was.Root != m.Root {
		return fmt.Errorf("%w: its %d entries are not those that the store begins with: one of the two is of another past; name another folder", ErrOtherBackup, m.Size)
	}
	r.held, r.old = m, m
	state, err := readState(r.dir, m)
	switch {
	case errors.Is(err, ErrBadBackup):
		// Then nobody knows which slots are in it that must not be.
		r.old.Segments, r.old.Journal, state = nil, nil, backupState{}
		r.report.Mended = append(r.report.Mended, m.State.Name)
	case err != nil:
		return err
	}
	r.oldGone = state.indexes()
	for _, i := range r.oldGone {
		r.gone[i] = true
	}
	return r.newer()
}

// newer refuses a store in which less was forgotten or less is final than in
// the backup of before. It may have as many entries as the backup, and is older.
func (r *backupRun) newer() error {
	older := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s: the store is an older copy. Restore from that backup, or name another folder", ErrOtherBackup, fmt.Sprintf(format, args...))
	}
	return r.s.view(func(tx *bbolt.Tx) error {
		for _, i := range r.oldGone {
			if tx.Bucket(bucketForgotten).Get(key64(i)) == nil {
				return older("record %d is forgotten in it, and not in the store", i)
			}
		}
		// The last row of the journal's segments is final, and final rows stay.
		n := len(r.held.Journal)
		if n == 0 {
			return nil
		}
		last := r.held.Journal[n-1].end() - 1
		row := tx.Bucket(bucketAnchors).Get(key64(last))
		if row != nil {
			a, err := decodeAnchor(row)
			if err != nil || a.State == Final {
				return err
			}
		}
		return older("size %d is final in it, and not in the store", last)
	})
}

// readState reads and checks the state file of a backup.
func readState(dir string, m manifest) (s backupState, err error) {
	if m.State.Size > maxState {
		return s, fmt.Errorf("%w: %s has %d bytes, at most %d are read", ErrBadBackup, m.State.Name, m.State.Size, maxState)
	}
	r, err := openSum(dir, m.State)
	if err != nil {
		return s, err
	}
	b, err := io.ReadAll(r)
	if err = r.close(err); err != nil {
		return s, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("%w: %s cannot be read: %w", ErrBadBackup, m.State.Name, err)
	}
	gone := s.indexes()
	if len(s.Forgotten)%forgottenSize != 0 || !slices.IsSorted(gone) || len(gone) > 0 && gone[len(gone)-1] >= m.Size {
		return s, fmt.Errorf("%w: %s lists forgotten records that cannot be", ErrBadBackup, m.State.Name)
	}
	return s, nil
}

// copy writes everything but what only the instant of the commit can tell.
func (r *backupRun) copy(ctx context.Context, files []BackupFile) error {
	s := r.s
	r.m = manifest{
		V: 1, Store: hex.EncodeToString(s.id), Format: Format, Run: r.old.Run + 1, Made: s.opts.Now().UTC(),
		Segments: []segment{}, Journal: []segment{},
	}
	final := uint64(0)
	err := s.view(func(tx *bbolt.Tx) error {
		t, err := readHead(tx)
		if err != nil {
			return err
		}
		r.m.Size, r.m.Root = t.Size, t.Root
		meta := tx.Bucket(bucketMeta)
		r.state.Secret = bytes.Clone(meta.Get(metaSecret))
		r.state.Checkpoint = bytes.Clone(meta.Get(metaCheckpoint))
		r.state.KeyTerms = bytes.Clone(meta.Get(metaKeyTerms))
		r.state.Opening = bytes.Clone(meta.Get(metaOpening))
		c := tx.Bucket(bucketAnchors).Cursor()
		for k, v := c.Last(); k != nil; k, v = c.Prev() {
			a, err := decodeAnchor(v)
			if err != nil {
				return err
			}
			if a.State == Final {
				final = a.Size
				break
			}
			r.state.Anchors = append(r.state.Anchors, bytes.Clone(v))
		}
		slices.Reverse(r.state.Anchors)
		return nil
	})
	if err != nil {
		return err
	}
	r.m.Segments, err = r.segments(r.old.Segments, r.m.Size, maxSegmentEntries, func(from, end uint64) (segment, error) {
		return r.entries(ctx, from, end)
	})
	if err != nil {
		return err
	}
	// A journal row is of a size, and nothing has size 0: sizes up to the last
	// final one are below final+1.
	end := final + 1
	if final == 0 {
		end = 0
	}
	r.m.Journal, err = r.segments(r.old.Journal, end, 1<<32, func(from, end uint64) (segment, error) {
		data, err := r.write("journal", from, func(w *sumWriter) error {
			if _, err := w.Write(segmentHeader(journalMagic, s.id, from)); err != nil {
				return err
			}
			return s.writeJournal(ctx, w, from, end)
		})
		return segment{First: from, Count: end - from, Data: data}, err
	})
	if err != nil {
		return err
	}
	for i, f := range files {
		data, err := r.write("file", uint64(i), func(w *sumWriter) error { _, err := w.Write(f.Data); return err })
		if err != nil {
			return err
		}
		r.m.Files = append(r.m.Files, namedFile{As: f.Name, backupFile: data})
	}
	return nil
}

// segments keeps the segments that need no writing, and has the others
// written. write may stop before end.
func (r *backupRun) segments(old []segment, end, most uint64, write func(from, end uint64) (segment, error)) ([]segment, error) {
	keep := slices.Clone(old)
	from := uint64(0)
	if len(keep) > 0 {
		from = keep[len(keep)-1].end()
	}
	// Small neighbours of what is new are written again with it.
	for n := len(keep); n > 0 && from < end; n-- {
		last := keep[n-1]
		if last.Count > end-from || end-last.First > most || last.Data.Size > maxSegmentBytes/2 {
			break
		}
		keep, from = keep[:n-1], last.First
	}
	out := []segment{}
	fill := func(from, end uint64) error {
		for from < end {
			s, err := write(from, end)
			if err != nil {
				return err
			}
			out = append(out, s)
			from = s.end()
		}
		return nil
	}
	for _, s := range keep {
		if bad := r.missing(s); bad != "" {
			r.report.Mended = append(r.report.Mended, bad)
			if err := fill(s.First, s.end()); err != nil {
				return nil, err
			}
			continue
		}
		out = append(out, s)
	}
	return out, fill(from, end)
}

// missing returns the name of a file of a segment that is not there, or has
// another length. Looking into all of them is CheckBackup's work.
func (r *backupRun) missing(s segment) string {
	for _, f := range []backupFile{s.Data, s.Keys} {
		if f.Name == "" {
			continue // the journal has no keys
		}
		if info, err := os.Stat(filepath.Join(r.dir, f.Name)); err != nil || info.Size() != f.Size {
			return f.Name
		}
	}
	return ""
}

// write writes one file of the backup.
func (r *backupRun) write(kind string, first uint64, f func(*sumWriter) error) (backupFile, error) {
	name := fmt.Sprintf("%s-%x-%x", kind, first, r.m.Run)
	if kind == "keys" {
		// Slots that were written before their record was forgotten.
		if err := overwrite(filepath.Join(r.dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return backupFile{}, err
		}
	}
	w, err := createSum(r.dir, name)
	if err != nil {
		return backupFile{}, err
	}
	b, err := w.close(f(w))
	r.report.Written += b.Size
	return b, err
}

// entries writes a segment that begins at from. How many entries it has
// follows from how large they are.
func (r *backupRun) entries(ctx context.Context, from, end uint64) (segment, error) {
	seg := segment{First: from, Count: min(end-from, maxSegmentEntries)}
	var err error
	seg.Data, err = r.write("entries", from, func(w *sumWriter) error {
		if _, err := w.Write(segmentHeader(entriesMagic, r.s.id, from)); err != nil {
			return err
		}
		n, err := r.s.writeEntries(ctx, w, func() int64 { return w.size }, from, end)
		seg.Count = n - from
		return err
	})
	if err != nil {
		return seg, err
	}
	seg.Keys, err = r.slots(ctx, seg)
	return seg, err
}

// slots writes the slots of a segment but for those of records that are known
// to be forgotten. The store may still have them: Forget overwrites a slot after
// it has set the tombstone, and the disk can fail in between.
func (r *backupRun) slots(ctx context.Context, seg segment) (backupFile, error) {
	return r.write("keys", seg.First, func(w *sumWriter) error {
		if _, err := w.Write(segmentHeader(slotsMagic, r.s.id, seg.First)); err != nil {
			return err
		}
		return r.s.writeSlots(ctx, w, seg.First, seg.end(), r.gone)
	})
}

// commit writes the slots again where records were forgotten, the state, and
// the manifest. The caller keeps Forget from running.
func (r *backupRun) commit(ctx context.Context, during []uint64) error {
	err := r.s.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketForgotten).ForEach(func(k, v []byte) error {
			if i, err := num(k); err != nil || i >= r.m.Size {
				return err
			}
			r.state.Forgotten = append(append(r.state.Forgotten, k...), v...)
			return nil
		})
	})
	if err != nil {
		return err
	}
	// Slots in files of before that must go, and those in files of this run
	// that were read before their record was forgotten.
	gone := r.state.indexes()
	fresh := map[uint64]bool{}
	for _, i := range gone {
		if _, was := slices.BinarySearch(r.oldGone, i); !was {
			fresh[i], r.gone[i] = true, true
		}
	}
	for i, seg := range r.m.Segments {
		touched := false
		for n := range fresh {
			touched = touched || n >= seg.First && n < seg.end()
		}
		for _, n := range during {
			touched = touched || n >= seg.First && n < seg.end()
		}
		if !touched {
			continue
		}
		// Its name is of this run: a file of this run is written over, one of
		// before stays until the manifest is replaced.
		if r.m.Segments[i].Keys, err = r.slots(ctx, seg); err != nil {
			return err
		}
	}
	text, err := json.Marshal(r.state)
	if err != nil {
		return err
	}
	if r.m.State, err = r.write("state", 0, func(w *sumWriter) error { _, err := w.Write(text); return err }); err != nil {
		return err
	}
	n, err := writeManifest(r.dir, r.m, r.s.secrets)
	if err != nil {
		return err
	}
	r.report.BackupInfo = r.m.info()
	r.report.Forgotten = uint64(len(gone))
	r.report.Dir, r.report.Run = r.dir, r.m.Run
	r.report.Entries = r.m.Size - min(r.old.Size, r.m.Size)
	r.report.Written += n
	return nil
}

// writeSynced makes a file that is durable, but for its name.
func writeSynced(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = syncFile(f)
	}
	return diskError(errors.Join(err, f.Close()))
}

// ctxWriter writes until ctx ends, and keeps the error that stopped it.
type ctxWriter struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (c *ctxWriter) Write(b []byte) (n int, err error) {
	if err = c.ctx.Err(); err == nil {
		n, err = c.w.Write(b)
	}
	c.err = err
	return n, err
}
