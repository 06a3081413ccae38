//go:build !linux

package main

import "github.com/rogpeppe/go-internal/testscript"

func mountDisk(ts *testscript.TestScript, _, _ string) {
	ts.Fatalf("this test fills a real disk, a tmpfs, which only Linux has")
}
