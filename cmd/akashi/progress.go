package main

import (
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

// progress returns a function that shows how far long work has come, on
// standard error, when a person is looking; else one that does nothing.
func (e *env) progress(c *cli.Context, noun string) func(done, total uint64) {
	f, ok := e.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || c.Bool("json") {
		return func(uint64, uint64) {}
	}
	var last time.Time
	return func(done, total uint64) {
		if done < total && time.Since(last) < 200*time.Millisecond {
			return
		}
		last = time.Now()
		fmt.Fprintf(f, "\r%d of %d %s", done, total, noun)
		if done == total {
			fmt.Fprint(f, "\r\033[K")
		}
	}
}
