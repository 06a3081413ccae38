//go:build linux || darwin

package store

import (
	"fmt"
	"math"
	"os"
	"syscall"
)

// DiskOf asks the system about the disk of a directory.
func DiskOf(dir string) (Disk, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return Disk{}, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	bytes := func(blocks uint64) int64 {
		if s.Bsize <= 0 || blocks > math.MaxInt64/uint64(s.Bsize) {
			return math.MaxInt64
		}
		return int64(blocks * uint64(s.Bsize))
	}
	if s.Blocks == 0 {
		return Disk{}, fmt.Errorf("statfs %s: the file system has no size", dir)
	}
	return Disk{Free: bytes(s.Bavail), Total: bytes(s.Blocks)}, nil
}
