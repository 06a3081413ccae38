package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/akashi-project/akashi/merkle"
)

// manifestFile is the one file of a backup whose name does not change. It is
// replaced by renaming; what it does not name is not part of the backup.
//
// It has two lines: a manifest as compact JSON, and
//
//	SHA-256(line 1) in hex, space, HMAC-SHA-256(secret, "akashi/store/backup/v1\n" ‖ line 1) in hex
//
// so that damage shows to anybody, and a change made by somebody else to whoever
// has the secret.
const manifestFile = "MANIFEST"

// Limits on what a backup may ask a reader to take into memory.
const (
	maxManifest   = 64 << 20
	maxState      = 256 << 20
	maxBackupFile = 1 << 20 // of a named file
)

const labelBackup = "akashi/store/backup/v1\n"

// A manifest says what a backup consists of.
type manifest struct {
	V      int         `json:"v"` // 1
	Store  string      `json:"store"`
	Format uint32      `json:"format"` // of the store
	Run    uint64      `json:"run"`    // counts the runs into this folder, from 1
	Made   time.Time   `json:"made"`
	Size   uint64      `json:"size"`
	Root   merkle.Hash `json:"root"`

	Segments []segment   `json:"segments"` // all entries, in order
	Journal  []segment   `json:"journal"`  // journal rows up to the last final one
	State    backupFile  `json:"state"`
	Files    []namedFile `json:"files,omitempty"`
}

// A segment holds what belongs to Count indexes, or sizes in the journal,
// from First on.
type segment struct {
	First uint64     `json:"first"`
	Count uint64     `json:"count"`
	Data  backupFile `json:"data"`
	Keys  backupFile `json:"keys,omitzero"` // the key slots of the same indexes
}

func (s segment) end() uint64 { return s.First + s.Count }

// A backupFile is a file in the folder.
type backupFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// A namedFile is a small file that the caller gave to Backup.
type namedFile struct {
	As string `json:"as"`
	backupFile
}

// backupNames are the names that a backup gives to its files. A name from a
// manifest that is none of them could lead anywhere.
var backupNames = regexp.MustCompile(`^(entries|keys|journal|state|file)-[0-9a-f]{1,16}-[0-9a-f]{1,16}$`)

func (f backupFile) check() error {
	if !backupNames.MatchString(f.Name) || f.Size < 0 || len(f.SHA256) != 2*sha256.Size {
		return fmt.Errorf("%w: the manifest names a file in a way that no backup does", ErrBadBackup)
	}
	return nil
}

// all lists the files that a manifest names.
func (m manifest) all() []backupFile {
	var out []backupFile
	for _, s := range m.Segments {
		out = append(out, s.Data, s.Keys)
	}
	for _, s := range m.Journal {
		out = append(out, s.Data)
	}
	for _, f := range m.Files {
		out = append(out, f.backupFile)
	}
	return append(out, m.State)
}

// check looks at what a manifest says of itself.
func (m manifest) check() error {
	if m.V != 1 {
		return fmt.Errorf("%w: the backup has version %d, this release reads 1; use the release that made it, or a later one", ErrNewer, m.V)
	}
	if id, err := hex.DecodeString(m.Store); err != nil || len(id) != idSize {
		return fmt.Errorf("%w: the manifest names no store", ErrBadBackup)
	}
	if m.Size > merkle.MaxStatusTargets {
		return fmt.Errorf("%w: size %d is above any that a store reaches", ErrBadBackup, m.Size)
	}
	for _, f := range m.all() {
		if err := f.check(); err != nil {
			return err
		}
	}
	next := uint64(0)
	for _, s := range m.Segments {
		if s.First != next || s.Count == 0 || s.Count > m.Size-next {
			return fmt.Errorf("%w: the manifest has no segment of the entries from %d on", ErrBadBackup, next)
		}
		next = s.end()
	}
	if next != m.Size {
		return fmt.Errorf("%w: the segments end at entry %d of %d", ErrBadBackup, next, m.Size)
	}
	next = 0
	for _, s := range m.Journal {
		if s.First != next || s.Count == 0 || s.Count > m.Size+1-next {
			return fmt.Errorf("%w: the manifest has no journal from size %d on", ErrBadBackup, next)
		}
		next = s.end()
	}
	return nil
}

// readManifest reads the manifest of a backup. The error wraps os.ErrNotExist
// when there is none. The HMAC is of its second line, to be compared by who
// has the secret.
func readManifest(dir string) (m manifest, line, mac []byte, err error) {
	f, err := os.Open(filepath.Join(dir, manifestFile))
	if err != nil {
		return m, nil, nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err != nil {
		return m, nil, nil, err
	}
	bad := func(what string) error {
		return fmt.Errorf("%w: its %s %s", ErrBadBackup, manifestFile, what)
	}
	line, sums, ok := bytes.Cut(b, []byte("\n"))
	sum, macText, two := strings.Cut(strings.TrimSuffix(string(sums), "\n"), " ")
	if !ok || !two || len(b) > maxManifest {
		return m, nil, nil, bad("is cut short")
	}
	if got := sha256.Sum256(line); hex.EncodeToString(got[:]) != sum {
		return m, nil, nil, bad("has another checksum than it says")
	}
	if mac, err = hex.DecodeString(macText); err != nil || len(mac) != sha256.Size {
		return m, nil, nil, bad("has no seal")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	// The version first: a later one may have members that this has not.
	var v struct{ V int }
	if err := json.Unmarshal(line, &v); err == nil && v.V > 1 {
		return manifest{V: v.V}, nil, nil, manifest{V: v.V}.check()
	}
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, nil, nil, bad("cannot be read: " + err.Error())
	}
	return m, line, mac, m.check()
}

// writeManifest commits a backup: before it, the folder holds the backup of
// before, after it the new one.
func writeManifest(dir string, m manifest, s *secrets) (int64, error) {
	line, err := json.Marshal(m)
	if err != nil {
		return 0, err
	}
	sum, mac := sha256.Sum256(line), s.sum([]byte(labelBackup), line)
	text := fmt.Sprintf("%s\n%x %x\n", line, sum, mac)
	part := filepath.Join(dir, manifestFile+".part")
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	err = writeSynced(part, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err == nil {
		err = syncDir(dir) // the names of all that it names
	}
	if err == nil {
		err = os.Rename(part, filepath.Join(dir, manifestFile))
	}
	if err != nil {
		return 0, err
	}
	return int64(len(text)), syncDir(dir)
}

// foreign returns the name of something in a folder that no backup put there.
func foreign(dir string) (string, error) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, n := range names {
		if name := n.Name(); name != manifestFile && name != manifestFile+".part" && !backupNames.MatchString(name) {
			return name, nil
		}
	}
	return "", nil
}

// clean takes away what a manifest does not name: the remains of a run that
// was cut off, and what the last one replaced. Slots are overwritten first: a
// record may have been forgotten since.
func clean(dir string, m manifest) error {
	keep := map[string]bool{}
	for _, f := range m.all() {
		keep[f.Name] = true
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	gone := false
	for _, n := range names {
		name := n.Name()
		if keep[name] || !backupNames.MatchString(name) {
			continue
		}
		path := filepath.Join(dir, name)
		if strings.HasPrefix(name, "keys-") {
			if err := overwrite(path); err != nil {
				return err
			}
		}
		if err := os.Remove(path); err != nil {
			return err
		}
		gone = true
	}
	if !gone {
		return nil
	}
	return syncDir(dir)
}

// overwrite fills a file with zeros. What keys.go says of devices that do not
// write in place holds here too.
func overwrite(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = io.Copy(io.NewOffsetWriter(f, 0), io.LimitReader(zeros{}, info.Size()))
	}
	if err == nil {
		err = syncFile(f)
	}
	return errors.Join(err, f.Close())
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// A BackupInfo says what a backup holds.
type BackupInfo struct {
	Made      time.Time   `json:"made"`
	Size      uint64      `json:"size"` // entries of the log
	Root      merkle.Hash `json:"root"`
	Bytes     int64       `json:"bytes"`     // of all its files
	Forgotten uint64      `json:"forgotten"` // records that it leaves out
	Files     []string    `json:"files"`     // the names of the small files in it
}

// String gives the backup in a line.
func (b BackupInfo) String() string {
	return fmt.Sprintf("%d entries with root %s, of %s, in %d bytes", b.Size, b.Root, b.Made.UTC().Format(time.RFC3339), b.Bytes)
}

func (m manifest) info() BackupInfo {
	b := BackupInfo{Made: m.Made, Size: m.Size, Root: m.Root, Files: []string{}}
	for _, f := range m.all() {
		b.Bytes += f.Size
	}
	for _, f := range m.Files {
		b.Files = append(b.Files, f.As)
	}
	slices.Sort(b.Files)
	return b
}

// ReadBackup reads what a backup says of itself. It does not look into the
// files; CheckBackup does.
func ReadBackup(dir string) (BackupInfo, error) {
	m, _, _, err := readManifest(dir)
	if err != nil {
		return BackupInfo{}, backupError(dir, err)
	}
	return m.info(), nil
}

// backupError names the folder, and says when it holds no backup.
func backupError(dir string, err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("backup %s: there is no whole backup: %w", dir, err)
	}
	return fmt.Errorf("backup %s: %w", dir, err)
}
