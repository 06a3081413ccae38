package main

import (
	"os"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

func init() { mountDisk = mountTmpfs }

// mountTmpfs is mountDisk.
func mountTmpfs(ts *testscript.TestScript, dir, size string) {
	dir = ts.MkAbs(dir)
	ts.Check(os.MkdirAll(dir, 0o755))
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		ts.Fatalf("mount a tmpfs: %v; this test fills a real disk and has to run as root, or in a user and mount namespace (unshare -rm)", err)
	}
	ts.Defer(func() { ts.Check(syscall.Unmount(dir, syscall.MNT_DETACH)) })
}
