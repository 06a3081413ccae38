package store

import (
	"errors"

	"github.com/akashi-project/akashi/record"
)

// What callers branch on. Every other error is a disk that does not do as
// told, or damage; its text says where.
var (
	// ErrLocked says that another process has the store open. The text names
	// the process when it is known.
	ErrLocked = errors.New("store is locked by another process")

	// ErrForgotten says that the record was forgotten: its private row is
	// gone, and the record is not taken a second time.
	ErrForgotten = errors.New("record was forgotten")

	// ErrNoEffect says that a status change was refused because it would not
	// act (docs/formats/status.md), or would set the state that holds already.
	// Nothing was appended.
	ErrNoEffect = record.ErrNoEffect

	// ErrEmpty says that there is nothing to freeze: the log has no entries.
	ErrEmpty = errors.New("log is empty")

	// ErrNotFound says that the log does not hold what was asked for: an index
	// or a tile beyond its size, a size that was never frozen, an anchor that
	// was never begun.
	ErrNotFound = errors.New("not in the store")

	// ErrClosed says that the store is closed or closing.
	ErrClosed = errors.New("store is closed")

	// ErrFinal says that a journal row is final and does not change any more.
	ErrFinal = errors.New("anchor is final")

	// ErrRefused says that a submission breaks a rule; the text says which.
	ErrRefused = errors.New("submission refused")

	// ErrFull says that the disk, or the quota on it, has no room. What was
	// acknowledged is safe, reading goes on, and writing succeeds again once
	// there is room.
	ErrFull = errors.New("no room on disk")

	// ErrBroken says that a write failed in a way after which the store cannot
	// know what the disk holds. Reading goes on; writing needs the store closed
	// and opened again, which recovers what is there.
	ErrBroken = errors.New("store stopped writing; restart to recover")

	// ErrDamaged says that the files contradict themselves or each other. Fsck
	// names the place.
	ErrDamaged = errors.New("store is damaged")

	// ErrBadBackup says that a backup is not whole: a file is missing, cut
	// short or changed. The text names it.
	ErrBadBackup = errors.New("backup is damaged")

	// ErrOtherBackup says that a folder holds the backup of another log, or of
	// a past that the store does not have; it is not written over.
	ErrOtherBackup = errors.New("the folder holds another backup")

	// ErrNewer says that a later release wrote the store.
	ErrNewer = errors.New("store has a newer format")

	// ErrOlder says that an earlier release wrote the store, or that an upgrade
	// was interrupted. Upgrade brings it to the format of this release.
	ErrOlder = errors.New("store has an older format")

	// ErrSecret says that Options.Secret is not the one the store was made with.
	ErrSecret = errors.New("not this store's secret")
)
