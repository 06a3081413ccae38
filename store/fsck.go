package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/merkle"
)

// A Divergence is a place where the files say something else than the log's
// entries lead to. It never shows private content.
type Divergence struct {
	File    string `json:"file"`             // log.db, index.db or keys
	Bucket  string `json:"bucket,omitempty"` // of a database
	Key     string `json:"key,omitempty"`    // as the schema reads it: a number, or hexadecimal digits
	Problem string `json:"problem"`          // what is there, what should be, what to do
}

// Error names the place and the problem in one line.
func (d *Divergence) Error() string {
	s := d.File
	if d.Bucket != "" {
		s += ", bucket " + d.Bucket
	}
	if d.Key != "" {
		s += ", key " + d.Key
	}
	return s + ": " + d.Problem
}

// A FsckReport says what Fsck went through and the first divergence.
type FsckReport struct {
	Size       uint64      `json:"size"` // entries of the log
	Root       merkle.Hash `json:"root"`
	Records    uint64      `json:"records"`   // sealed and open entries
	Forgotten  uint64      `json:"forgotten"` // of them
	Statuses   uint64      `json:"statuses"`  // status entries
	Heads      uint64      `json:"heads"`     // head entries, each with its frozen tree
	Anchors    uint64      `json:"anchors"`   // rows of the journal
	Indexed    uint64      `json:"indexed"`   // entries that index.db covers; it may lag and is caught up by Open
	Divergence *Divergence `json:"divergence,omitempty"`
}

// Clean reports whether no divergence was found.
func (r FsckReport) Clean() bool { return r.Divergence == nil }

// String gives the report in a line or two.
func (r FsckReport) String() string {
	if !r.Clean() {
		return "first divergence: " + r.Divergence.Error()
	}
	return fmt.Sprintf("clean: %d entries with root %s, of them %d records (%d forgotten), %d status changes, %d heads; %d anchors in the journal; %d entries indexed",
		r.Size, r.Root, r.Records, r.Forgotten, r.Statuses, r.Heads, r.Anchors, r.Indexed)
}

// Fsck recomputes everything in the store from the log's entries: hashes and
// tiles, states and heads, frozen trees, private rows and their records, key
// slots, tombstones, journal and index. It reads only, and no process may have
// the store open (else ErrLocked). The report names the first divergence in
// the order of the log; an error says that Fsck could not do its work.
// progress, if not nil, is told how many of how many entries are done.
func Fsck(ctx context.Context, o Options, progress func(done, total uint64)) (FsckReport, error) {
	if err := o.defaults(); err != nil {
		return FsckReport{}, err
	}
	f := &fsck{ctx: ctx, o: o, progress: progress, secrets: newSecrets(o.Secret)}
	err := f.run()
	if d, ok := errors.AsType[*Divergence](err); ok {
		f.report.Divergence = d
		return f.report, nil
	}
	if err != nil {
		return f.report, fmt.Errorf("fsck %s: %w", o.Dir, err)
	}
	return f.report, nil
}

type fsck struct {
	ctx      context.Context
	o        Options
	progress func(done, total uint64)
	secrets  *secrets
	report   FsckReport

	tx   *bbolt.Tx // of log.db
	id   []byte
	keys *os.File

	// What the entries gone through lead to.
	frontier merkle.Frontier
	builder  *merkle.TileBuilder
	edge     [8]merkle.TileData // the last tile of each level
	status   *merkle.StatusTree
	lastIn   map[uint64]uint64 // status tile → index of its last change
	private  chunkWalk
	records  chunkWalk
	gone     rows
	frozen   rows
}

func (f *fsck) run() error {
	path := filepath.Join(f.o.Dir, logFile)
	if _, err := os.Stat(path); err != nil {
		return err
	}
	if err := f.onDatabase(logFile, f.checkLog); err != nil {
		return err
	}
	return f.checkIndex()
}

// onDatabase runs check in a read transaction of one of the files.
func (f *fsck) onDatabase(file string, check func(*bbolt.Tx) error) error {
	path := filepath.Join(f.o.Dir, file)
	db, err := openBolt(path, true)
	if err != nil {
		if errors.Is(err, bbolt.ErrTimeout) {
			return lockedError(f.o.Dir, err)
		}
		if errors.Is(err, fs.ErrPermission) {
			return err
		}
		return unreadable(file, err)
	}
	defer db.Close()
	tx, err := db.Begin(false)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	// A panic of bbolt's over a damaged page, also one beyond the file's end,
	// is a divergence; so is whatever reading stumbles over.
	err = guard(path, func() error { return check(tx) })
	if errors.Is(err, ErrDamaged) {
		return unreadable(file, err)
	}
	return err
}

// unreadable is the divergence of a file whose pages do not hold together. The
// index is made from log.db, so that nobody needs a backup for it.
func unreadable(file string, err error) error {
	cause := err.Error()
	for _, what := range []string{ErrDamaged.Error() + ": ", file + ": ", "; run fsck, and restore from a backup", "; restore from a backup"} {
		cause = strings.ReplaceAll(cause, what, "")
	}
	advice := "; restore from a backup"
	if file == indexFile {
		advice = "; delete index.db, it is made anew at the next start"
	}
	return &Divergence{File: file, Problem: "it cannot be read: " + cause + advice}
}

// bad makes the divergence at a key of a bucket of log.db.
func bad(bucket []byte, key any, format string, a ...any) error {
	return &Divergence{File: logFile, Bucket: string(bucket), Key: fmt.Sprint(key), Problem: fmt.Sprintf(format, a...)}
}

// rows walks one bucket with 8-byte keys along with the log.
type rows struct {
	bucket []byte
	c      *bbolt.Cursor
	k, v   []byte
}

func newRows(tx *bbolt.Tx, bucket []byte) rows {
	r := rows{bucket: bucket, c: tx.Bucket(bucket).Cursor()}
	r.k, r.v = r.c.First()
	return r
}

// take returns the value at key n, nil when there is none. A key before n is
// one that the log does not lead to.
func (r *rows) take(n uint64) ([]byte, error) {
	if r.k == nil || bytes.Compare(r.k, key64(n)) > 0 {
		return nil, nil
	}
	if !bytes.Equal(r.k, key64(n)) {
		return nil, r.stray()
	}
	v := r.v
	r.k, r.v = r.c.Next()
	return v, nil
}

// end says that the log is over.
func (r *rows) end() error {
	if r.k != nil {
		return r.stray()
	}
	return nil
}

func (r *rows) stray() error {
	return bad(r.bucket, keyText(r.k), "a row that no entry leads to")
}

// keyText shows a key of 8 bytes as the number that it is.
func keyText(k []byte) string {
	if n, err := num(k); err == nil {
		return fmt.Sprint(n)
	}
	return hex.EncodeToString(k)
}

func (f *fsck) checkLog(tx *bbolt.Tx) error {
	f.tx = tx
	if err := f.checkMeta(); err != nil {
		return err
	}
	if err := f.openKeys(); err != nil {
		return err
	}
	defer f.keys.Close()
	if err := f.checkEntries(); err != nil {
		return err
	}
	for _, check := range []func() error{
		f.checkTiles, f.checkStatus, f.checkTombstones, f.checkAnchors, f.checkCheckpoint, f.checkPages,
	} {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (f *fsck) checkMeta() error {
	v, err := readFormat(f.tx, logFile)
	if err != nil {
		return &Divergence{File: logFile, Bucket: string(bucketMeta), Key: string(metaFormat), Problem: err.Error()}
	}
	if v > Format {
		return newerError(v)
	}
	if err := olderError(f.tx, v); err != nil {
		return err
	}
	known := make(map[string]bool)
	for _, name := range logBuckets {
		known[string(name)] = true
		if f.tx.Bucket(name) == nil {
			return &Divergence{File: logFile, Bucket: string(name), Problem: "the bucket is missing; restore from a backup"}
		}
	}
	err = f.tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		if !known[string(name)] {
			return &Divergence{File: logFile, Bucket: string(name), Problem: "a bucket that the format does not have"}
		}
		return nil
	})
	if err != nil {
		return err
	}
	meta := f.tx.Bucket(bucketMeta)
	for _, name := range [][]byte{metaFormat, metaID, metaHead, metaSecret, metaCheckpoint, metaKeyTerms, metaOpening, metaRestored} {
		known["meta "+string(name)] = true
	}
	if err := meta.ForEach(func(k, _ []byte) error {
		if !known["meta "+string(k)] {
			return bad(bucketMeta, hex.EncodeToString(k), "a name that the format does not have")
		}
		return nil
	}); err != nil {
		return err
	}
	if row := meta.Get(metaOpening); row != nil {
		if _, err := decodeOpening(row); err != nil {
			return bad(bucketMeta, "opening", "%v", err)
		}
	}
	if row := meta.Get(metaKeyTerms); row != nil && !json.Valid(row) {
		return bad(bucketMeta, "keyterms", "not JSON; delete the row, and the node asks the chain again")
	}
	if row := meta.Get(metaRestored); row != nil {
		if _, err := decodeRestored(row); err != nil {
			return bad(bucketMeta, "restored", "%v", err)
		}
	}
	if f.id = meta.Get(metaID); len(f.id) != idSize {
		return bad(bucketMeta, "id", "%d bytes, want %d", len(f.id), idSize)
	}
	if !bytes.Equal(meta.Get(metaSecret), f.secrets.check(f.id)) {
		return fmt.Errorf("%w: use the secret that was configured when the store was made (or meta's row secret is damaged)", ErrSecret)
	}
	t, err := readHead(f.tx)
	if err != nil {
		return bad(bucketMeta, "head", "%v", err)
	}
	f.report.Size, f.report.Root = t.Size, t.Root
	if t.Size > merkle.MaxStatusTargets {
		return bad(bucketMeta, "head", "size %d is above any that a store reaches", t.Size)
	}
	return nil
}

func (f *fsck) openKeys() error {
	file, err := os.Open(filepath.Join(f.o.Dir, keysFile))
	if errors.Is(err, os.ErrNotExist) {
		return &Divergence{File: keysFile, Problem: "the file is missing; put it back from the backup that log.db is of"}
	}
	if err != nil {
		return err
	}
	f.keys = file
	head := make([]byte, slotSize)
	if _, err := file.ReadAt(head, 0); err != nil || string(head) != keysMagic+string(f.id) {
		file.Close()
		return &Divergence{File: keysFile, Problem: "it is not the keys file of this log.db; put back the two of one backup"}
	}
	return nil
}

// checkPages checks what lies below the buckets: each page of the file must
// be used once or be free. It comes last, since by now every page was read
// with faults caught.
func (f *fsck) checkPages() error {
	return checkPages(f.ctx, f.tx, logFile)
}

func checkPages(ctx context.Context, tx *bbolt.Tx, file string) error {
	var first error
	for err := range tx.Check(bbolt.WithKVStringer(noKeys{})) {
		if first == nil { // go on: the channel must be emptied
			first = &Divergence{File: file, Problem: fmt.Sprintf("its pages are damaged: %v; restore from a backup", err)}
		}
	}
	if first == nil {
		return ctx.Err()
	}
	return first
}

// noKeys keeps keys and values out of bbolt's errors.
type noKeys struct{}

func (noKeys) KeyToString(k []byte) string   { return fmt.Sprintf("(%d bytes)", len(k)) }
func (noKeys) ValueToString(v []byte) string { return fmt.Sprintf("(%d bytes)", len(v)) }
