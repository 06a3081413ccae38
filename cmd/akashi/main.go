// Akashi logs badges and course reviews, anchors the log on a chain, and
// proves and verifies what was logged. `akashi help` lists the commands.
package main

import (
	"io"
	"log"
	"os"
)

func main() {
	// net/http writes there what a host sends unasked, and strangers' badges
	// name hosts. What akashi has to say goes elsewhere.
	log.SetOutput(io.Discard)
	os.Exit(Main(os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
