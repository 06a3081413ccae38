//go:build !linux && !darwin

package store

import "errors"

// DiskOf is not known to this system.
func DiskOf(string) (Disk, error) {
	return Disk{}, errors.New("free room on a disk is not known on this system")
}
