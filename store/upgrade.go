package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// An upgradeStep makes the next format out of one.
//
// A step that fits one transaction does it all when do is called first and
// returns nil. A larger one changes a bounded part and returns a cursor; do is
// called with that in the next transaction, after a crash too, so it must go on
// from the cursor alone. From its first transaction on the file bears the new
// format and is marked as unfinished, so that neither the release before nor
// this one opens it.
type upgradeStep struct {
	what string                               // what changes, one sentence for operators
	plan func(*bbolt.Tx) (UpgradeWork, error) // reads only; what is there may be of an older format still
	do   func(tx *bbolt.Tx, cursor []byte) (next []byte, err error)
}

// UpgradeWork is how much a step writes.
type UpgradeWork struct {
	Rows  uint64 `json:"rows"`
	Bytes uint64 `json:"bytes"` // of their keys and values, about
}

// upgrades holds the steps by the format that they start from.
var upgrades = map[uint32]upgradeStep{
	1: {
		what: "the store can say that it was restored from a backup, and an attempt whose key signed it; no row changes but the number of the format",
		plan: func(*bbolt.Tx) (UpgradeWork, error) { return UpgradeWork{Rows: 1, Bytes: 4}, nil },
		do:   func(*bbolt.Tx, []byte) ([]byte, error) { return nil, nil },
	},
}

// What an upgrade is reckoned with: rates that a slow disk reaches.
const (
	slowBytes = 50 << 20 // a second
	slowRows  = 50_000   // a second
)

// An UpgradePlan says what bringing a store to the format of this release
// does, or did.
type UpgradePlan struct {
	From  uint32        `json:"from"`
	To    uint32        `json:"to"`
	Steps []PlannedStep `json:"steps"`

	// Interrupted says that an upgrade was begun and is to be finished.
	Interrupted bool `json:"interrupted,omitempty"`

	// Copy is the path of the copy of log.db that is made first, and
	// CopyBytes its length; empty when none is.
	Copy      string `json:"copy,omitempty"`
	CopyBytes uint64 `json:"copyBytes,omitempty"`

	// DiskBytes is how much room is taken for good or for a while, the copy
	// included, and Seconds how long it takes on a slow disk: both are
	// estimates.
	DiskBytes uint64 `json:"diskBytes"`
	Seconds   uint64 `json:"seconds"`
}

// A PlannedStep is one step of an UpgradePlan.
type PlannedStep struct {
	From uint32 `json:"from"`
	To   uint32 `json:"to"`
	What string `json:"what"`
	UpgradeWork
}

// Needed says whether there is anything to do.
func (p UpgradePlan) Needed() bool { return p.Interrupted || len(p.Steps) > 0 }

// UpgradeOptions say how to upgrade.
type UpgradeOptions struct {
	// DryRun reads, and changes nothing.
	DryRun bool
	// NoCopy leaves the copy of log.db out. There is no way back then but a
	// backup.
	NoCopy bool
	// Progress, if not nil, is told what is being done.
	Progress func(what string)
}

// Upgrade brings the store in a directory to the format of this release. No
// process may have it open (else ErrLocked). Before anything changes, log.db is
// copied beside itself as log.db.format-N: moving that back undoes the upgrade
// for as long as nothing was appended or forgotten. Each step is one transaction or, when
// large, several: what a crash interrupts is finished by upgrading again, and
// Open refuses the store until then.
func Upgrade(ctx context.Context, o Options, u UpgradeOptions) (UpgradePlan, error) {
	if err := o.defaults(); err != nil {
		return UpgradePlan{}, err
	}
	p, err := upgrade(ctx, o, u)
	if err != nil {
		return p, fmt.Errorf("upgrade store %s: %w", o.Dir, err)
	}
	return p, nil
}

func upgrade(ctx context.Context, o Options, u UpgradeOptions) (p UpgradePlan, err error) {
	path := filepath.Join(o.Dir, logFile)
	if n, err := sizeOf(path); err != nil || n == 0 {
		if err == nil {
			err = fmt.Errorf("there is no log.db: %w", os.ErrNotExist)
		}
		return p, err
	}
	db, err := openBolt(path, u.DryRun)
	if err != nil {
		return p, lockedError(o.Dir, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if u.Progress == nil {
		u.Progress = func(string) {}
	}
	if err := viewDB(db, func(tx *bbolt.Tx) (err error) {
		if err := checkSecret(tx, newSecrets(o.Secret)); err != nil {
			return err
		}
		p, err = planUpgrade(tx)
		return err
	}); err != nil {
		return p, err
	}
	if !p.Needed() || u.DryRun && u.NoCopy {
		return p, nil
	}
	if !p.Interrupted && !u.NoCopy {
		p.Copy = fmt.Sprintf("%s.format-%d", path, p.From)
		if err := viewDB(db, func(tx *bbolt.Tx) error { p.CopyBytes = uint64(tx.Size()); return nil }); err != nil {
			return p, err
		}
		p.DiskBytes += p.CopyBytes
		p.Seconds += p.CopyBytes / slowBytes
	}
	if u.DryRun {
		return p, nil
	}
	if p.Copy != "" {
		u.Progress("copying log.db")
		if err := copyBefore(ctx, db, p.Copy); err != nil {
			return p, fmt.Errorf("copy log.db first: %w; nothing was changed", err)
		}
	}
	return p, runUpgrades(ctx, db, u.Progress)
}

// checkSecret refuses a log.db that was made with another secret.
func checkSecret(tx *bbolt.Tx, s *secrets) error {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return fmt.Errorf("%w: log.db has no bucket meta; is it another program's file?", ErrDamaged)
	}
	if string(meta.Get(metaSecret)) != string(s.check(meta.Get(metaID))) {
		return fmt.Errorf("%w: use the secret that was configured when the store was made", ErrSecret)
	}
	return nil
}

// planUpgrade says which steps a store needs.
func planUpgrade(tx *bbolt.Tx) (UpgradePlan, error) {
	v, err := readFormat(tx, logFile)
	p := UpgradePlan{From: v, To: Format, Steps: []PlannedStep{}}
	if err != nil {
		return p, err
	}
	if v > Format {
		return p, newerError(v)
	}
	if tx.Bucket(bucketMeta).Get(metaUpgrading) != nil {
		p.Interrupted = true
		v--
		p.From = v
	}
	for ; v < Format; v++ {
		s, ok := upgrades[v]
		if !ok {
			return p, fmt.Errorf("%w: log.db has format %d, which no release ever wrote", ErrDamaged, v)
		}
		w, err := s.plan(tx)
		if err != nil {
			return p, fmt.Errorf("format %d: %w", v, err)
		}
		p.Steps = append(p.Steps, PlannedStep{From: v, To: v + 1, What: s.what, UpgradeWork: w})
		p.DiskBytes += w.Bytes
		p.Seconds += w.Bytes/slowBytes + w.Rows/slowRows
	}
	return p, nil
}

// copyBefore copies log.db, whole or not at all. One that is there already is
// of an upgrade that failed before it changed anything, and is made again.
func copyBefore(ctx context.Context, db *bbolt.DB, path string) error {
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	err := viewDB(db, func(tx *bbolt.Tx) error {
		return writeSynced(part, func(w io.Writer) error {
			to := &ctxWriter{ctx: ctx, w: w}
			if _, err := tx.WriteTo(to); err != nil {
				return errors.Join(to.err, err) // bbolt's error does not wrap ours
			}
			return nil
		})
	})
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		os.Remove(part)
		return err
	}
	return syncDir(filepath.Dir(path))
}

// runUpgrades runs the steps that a log.db needs, one transaction after the
// other.
func runUpgrades(ctx context.Context, db *bbolt.DB, progress func(string)) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var (
			from uint32
			done bool
		)
		err := updateDB(db, func(tx *bbolt.Tx) error {
			meta := tx.Bucket(bucketMeta)
			v, err := readFormat(tx, logFile)
			if err != nil {
				return err
			}
			from = v
			cursor := meta.Get(metaUpgrading)
			if cursor != nil {
				from--
				cursor = append([]byte(nil), cursor...) // it is about to be replaced
			}
			if done = from == Format; done {
				return nil
			}
			s, ok := upgrades[from]
			if !ok {
				return fmt.Errorf("%w: log.db has format %d, which no release ever wrote", ErrDamaged, from)
			}
			next, err := s.do(tx, cursor)
			if err != nil {
				return err
			}
			if err := meta.Put(metaFormat, binary.BigEndian.AppendUint32(nil, from+1)); err != nil {
				return err
			}
			if next == nil {
				return meta.Delete(metaUpgrading)
			}
			return meta.Put(metaUpgrading, next)
		})
		if err != nil {
			return fmt.Errorf("from format %d: %w", from, diskError(err))
		}
		if done {
			return nil
		}
		progress(fmt.Sprintf("format %d to %d", from, from+1))
	}
}

// readFormat returns the version of a log.db or index.db.
func readFormat(tx *bbolt.Tx, name string) (uint32, error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return 0, fmt.Errorf("%w: %s has no bucket meta; is it another program's file?", ErrDamaged, name)
	}
	v := meta.Get(metaFormat)
	if len(v) != 4 {
		return 0, fmt.Errorf("%w: %s has a format version of %d bytes, want 4", ErrDamaged, name, len(v))
	}
	return binary.BigEndian.Uint32(v), nil
}

func newerError(v uint32) error {
	return fmt.Errorf("%w: log.db has format %d, this release reads up to %d; install the release that wrote it, or a later one", ErrNewer, v, Format)
}

// olderError is that of a log.db that has to be upgraded first; nil when it
// has the format of this release.
func olderError(tx *bbolt.Tx, v uint32) error {
	switch _, known := upgrades[v]; {
	case tx.Bucket(bucketMeta).Get(metaUpgrading) != nil:
		return fmt.Errorf("%w: an upgrade to format %d was interrupted; run akashi upgrade again, which finishes it", ErrOlder, v)
	case v < Format && !known:
		return fmt.Errorf("%w: log.db has format %d, which no release ever wrote", ErrDamaged, v)
	case v < Format:
		return fmt.Errorf("%w: log.db has format %d, this release has %d; make a backup and run akashi upgrade, which with --dry-run only says what it will do", ErrOlder, v, Format)
	}
	return nil
}

// checkFormat says why a log.db cannot be used as it is.
func checkFormat(db *bbolt.DB) error {
	return viewDB(db, func(tx *bbolt.Tx) error {
		v, err := readFormat(tx, logFile)
		if err != nil {
			return err
		}
		if v > Format {
			return newerError(v)
		}
		if err := olderError(tx, v); err != nil {
			return err
		}
		for _, name := range logBuckets {
			if tx.Bucket(name) == nil {
				return fmt.Errorf("%w: log.db has no bucket %s; restore from a backup", ErrDamaged, name)
			}
		}
		return nil
	})
}

// Duration is the estimate of the time that a plan takes on a slow disk.
func (p UpgradePlan) Duration() time.Duration {
	return time.Duration(max(p.Seconds, 1)) * time.Second
}
