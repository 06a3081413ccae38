// Vcsuites runs public test suites of the W3C's VC API against a node of its
// own, on a development chain of its own:
//
//	go run ./vcsuites -suites DIR
//
// DIR holds clones of the suites by the names of their repositories, each with
// what it needs installed (npm install). The suites are no part of akashi. What
// a suite is told of the node stands in localConfig.cjs, which is written into
// its folder, over one that is there. The node listens on this machine only,
// and a proxy before it adds its token, since suites show none.
//
// It prints every case that does not pass, and the counts. It exits with 1 when
// a case fails that is not among those that docs/vc-api.md explains.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	dir := flag.String("suites", "", "`folder` that holds the suites, by the names of their repositories")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "vcsuites:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string) error {
	if dir == "" {
		return errors.New("name the folder that holds the suites: -suites DIR")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	var found []suite
	for _, s := range suites {
		if _, err := os.Stat(filepath.Join(dir, s.folder, "tests")); err == nil {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return fmt.Errorf("%s holds none of the suites; docs/vc-api.md says which, and how they lie there", dir)
	}
	temp, err := os.MkdirTemp("", "akashi-vcsuites-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	target, err := start(ctx, temp)
	if err != nil {
		return err
	}
	var failed error
	for _, s := range found {
		report, err := s.run(ctx, filepath.Join(dir, s.folder), target)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", s.folder, err))
			continue
		}
		failed = errors.Join(failed, report.print(os.Stdout, s))
	}
	return errors.Join(failed, target.stop())
}
