package store

import (
	"os"
	"syscall"
)

// syncData makes written bytes durable. The metadata that reading them needs,
// such as a new length, goes along; times do not.
func syncData(f *os.File) error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if err != syscall.EINTR {
			return err
		}
	}
}
