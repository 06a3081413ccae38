// Akashi logs badges and course reviews, anchors the log on a chain, and
// proves and verifies what was logged. `akashi help` lists the commands.
package main

import "os"

func main() {
	os.Exit(Main(os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
