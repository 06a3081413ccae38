//go:build !unix

package durable

import "os"

// keepOwner leaves the owner to the system.
func keepOwner(*os.File, os.FileInfo) error { return nil }
