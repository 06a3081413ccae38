package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// The keys file: a header of 32 bytes, keysMagic ‖ the store's id, then one
// slot of 32 bytes for each index. The slot of a sealed or open entry holds
// random bytes, that of a forgotten one zeros; those of status and head
// entries, and those past the end of the log, mean nothing.
//
// Slots live outside log.db because bbolt never overwrites: a page that is
// freed stays on disk. Here Forget overwrites in place.
//
// BUG(store): overwriting in place reaches the old bytes only where the file
// system and the device below write in place. Copy-on-write file systems,
// snapshots and flash controllers keep old blocks for a while.
const keysMagic = "akashi keys v1\n\n"

// The file grows by a quarter, from keysStep to maxKeysStep bytes at a time:
// writing into allocated blocks needs no journal commit of the file system,
// and a full disk shows early.
const (
	keysStep    = 8192 * slotSize
	maxKeysStep = 64 * keysStep
)

type keyFile struct {
	f     *os.File
	size  int64 // bytes
	zeros []byte
	sync  func(*os.File) error

	flushing sync.Mutex
	flushed  error // of the first sync that failed
}

func keysOffset(index uint64) int64 { return slotSize + int64(index)*slotSize }

// openKeys opens or, when create is set, makes the keys file.
func openKeys(path string, id []byte, create bool, sync func(*os.File) error) (*keyFile, error) {
	flag := os.O_RDWR
	if create {
		flag |= os.O_CREATE
	}
	f, err := os.OpenFile(path, flag, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is missing; private rows cannot be read without it: put it back from a backup", ErrDamaged, path)
	}
	if err != nil {
		return nil, err
	}
	k := &keyFile{f: f, sync: sync, zeros: make([]byte, keysStep)}
	if err := k.init(id, create); err != nil {
		f.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return k, nil
}

func (k *keyFile) init(id []byte, create bool) error {
	info, err := k.f.Stat()
	if err != nil {
		return err
	}
	k.size = info.Size()
	want := append([]byte(keysMagic), id...)
	if k.size < slotSize || create && k.size == slotSize {
		// Without slots nothing is lost: power may have failed before the
		// log.db of that header was there.
		if !create {
			return fmt.Errorf("%w: %d bytes, the header alone has %d: put it back from a backup", ErrDamaged, k.size, slotSize)
		}
		if _, err := k.f.WriteAt(want, 0); err != nil {
			return diskError(err)
		}
		k.size = slotSize
		return diskError(k.f.Sync())
	}
	head := make([]byte, slotSize)
	if _, err := k.f.ReadAt(head, 0); err != nil {
		return err
	}
	if string(head) != string(want) {
		return fmt.Errorf("%w: it is not the keys file of this log.db: put back the two of one backup", ErrDamaged)
	}
	return nil
}

// covers says whether the file has a slot for each of n indexes.
func (k *keyFile) covers(n uint64) bool { return k.size >= keysOffset(n) }

// write puts slots at the indexes from first on, and syncs. Only indexes that
// no committed row has are ever written, so a crash or an error here leaves
// slots that mean nothing.
func (k *keyFile) write(first uint64, slots []byte) error {
	if end := keysOffset(first) + int64(len(slots)); k.size < end {
		for target := end + min(max(end/4, keysStep), maxKeysStep); k.size < target; {
			n, err := k.f.WriteAt(k.zeros, k.size)
			if err != nil && k.size < end {
				return fmt.Errorf("grow keys file: %w", diskError(err))
			}
			if err != nil {
				break // there is room for now
			}
			k.size += int64(n)
		}
	}
	if _, err := k.f.WriteAt(slots, keysOffset(first)); err != nil {
		return fmt.Errorf("write keys file: %w", diskError(err))
	}
	if err := k.flush(); err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return nil
}

// flush syncs. The kernel tells of a failed write-back once, to whoever syncs
// next, and drops the pages: what Forget is told may be about slots of the
// batch under way. So after one failure all others fail too.
func (k *keyFile) flush() error {
	k.flushing.Lock()
	defer k.flushing.Unlock()
	if k.flushed == nil {
		if err := k.sync(k.f); err != nil {
			k.flushed = fmt.Errorf("sync keys file: %w", err)
		}
	}
	return k.flushed
}

// read returns the slot of an index; io.ErrUnexpectedEOF when the file ends
// before it.
func (k *keyFile) read(index uint64) (slot [slotSize]byte, err error) {
	_, err = k.f.ReadAt(slot[:], keysOffset(index))
	if errors.Is(err, fs.ErrClosed) {
		return slot, ErrClosed
	}
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: keys file ends before slot %d", ErrDamaged, index)
	}
	return slot, err
}

// destroy overwrites one slot. It is gone once flush has returned.
func (k *keyFile) destroy(index uint64) error {
	if _, err := k.f.WriteAt(k.zeros[:slotSize], keysOffset(index)); err != nil {
		return fmt.Errorf("overwrite slot %d of the keys file: %w", index, diskError(err))
	}
	return nil
}

func (k *keyFile) close() error { return k.f.Close() }
